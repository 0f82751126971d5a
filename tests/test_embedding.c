/* test_embedding.c: the losses over features against their definitions in long double, their
 * derivatives against differences of those, and PyTorch's numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "support/feature_reference.h"

static features f;
static feature_call c;

static const lk_loss losses[] = {LK_CENTER,   LK_CONTRASTIVE,           LK_TRIPLET_MARGIN,
                                 LK_INFO_NCE, LK_SUPERVISED_CONTRASTIVE, LK_COSINE_EMBEDDING};
enum { LOSSES = sizeof losses / sizeof *losses };

static void expect_near(const char *what, int64_t at, double got, double want, double tolerance)
{
    const double most = tolerance * (1 + fabs(want));
    if (fabs(got - want) <= most || (isnan(got) && isnan(want)) || got == want) return;
    fail_msg("%s: %s[%lld] is %.17g, not %.17g", lk_loss_describe(f.loss)->name, what,
             (long long)at, got, want);
}

static int has(lk_argument_id id) { return (int)(lk_loss_describe(f.loss)->takes >> id & 1); }

/* What LK_REDUCTION divides by. */
static double divisor_of(lk_reduction reduction)
{
    double count = 0, weights = 0;
    for (int64_t i = 0; i < f.n; i++) {
        if (!feature_counts(&f, i)) continue;
        count++;
        weights += f.weight[i];
    }
    if (reduction == LK_MEAN) return count;
    if (reduction == LK_WEIGHTED_MEAN) return weights;
    return reduction == LK_BATCH_MEAN ? (double)f.n : 1;
}

static void check_call(double tolerance)
{
    const double number = divisor_of(c.call.reduction), divisor = number == 0 ? 1 : number;
    double sum = 0;
    assert_int_equal(feature_call_run(&c, &f), LK_OK);
    for (int64_t i = 0; i < f.n; i++) {
        const double want = f.weight[i] == 0 ? 0 : f.weight[i] * (double)feature_value(&f, i);
        expect_near("value", i, feature_row_value(&c, i), want, tolerance);
        sum += want;
    }
    expect_near("result", 0, c.result.value, sum / divisor, tolerance);
    assert_true(c.result.normalizer == number);
    for (int64_t i = 0; i < f.n * f.d; i++) {
        expect_near("gradient", i, feature_out(&c, FEATURE_GRADIENT, i),
                    feature_slope(&f, FEATURE_X, i, divisor), tolerance);
        expect_near("curvature", i, feature_out(&c, FEATURE_CURVATURE, i),
                    feature_bend(&f, i, divisor), 100 * tolerance);
        if (has(LK_ARG_OTHER_GRADIENT))
            expect_near("other_gradient", i, feature_out(&c, FEATURE_OTHER_GRADIENT, i),
                        feature_slope(&f, FEATURE_OTHER, i, divisor), tolerance);
        if (has(LK_ARG_NEGATIVE_GRADIENT))
            expect_near("negative_gradient", i, feature_out(&c, FEATURE_NEGATIVE_GRADIENT, i),
                        feature_slope(&f, FEATURE_NEGATIVE, i, divisor), tolerance);
    }
}

static void vary_weights(void)
{
    rng r = {77};
    for (int64_t i = 0; i < f.n; i++) {
        f.weight[i] = i % 5 == 3 ? 0 : 0.25 * (double)(1 + rng_below(&r, 9));
        f.upstream[i] = 0.5 * (double)(rng_below(&r, 9) - 4);
        if (i % 6 == 1) f.label[i] = -100;
    }
}

static void check_all_reductions(double tolerance)
{
    for (lk_reduction reduction = LK_MEAN; reduction <= LK_WEIGHTED_MEAN; reduction++) {
        feature_call_make(&c, &f, LK_F64);
        c.call.reduction = reduction;
        c.call.weight = &c.weight;
        c.call.upstream = &c.upstream;
        check_call(tolerance);
    }
}

static void test_definitions(void **state)
{
    static const int64_t shapes[][2] = {{1, 1}, {1, 5}, {2, 2}, {5, 1}, {7, 19}, {17, 16}, {20, 3}};
    (void)state;
    for (int k = 0; k < LOSSES; k++)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            if (losses[k] != LK_CENTER && shapes[s][1] == 1) continue; /* cosines are +-1: kinks */
            features_make(&f, losses[k], shapes[s][0], shapes[s][1], 10 + s);
            feature_call_make(&c, &f, LK_F64);
            check_call(1e-7);
        }
}

static void test_weights_upstream_and_reductions(void **state)
{
    (void)state;
    for (int k = 0; k < LOSSES; k++) {
        features_make(&f, losses[k], 13, 6, 3);
        vary_weights();
        check_all_reductions(1e-7);
    }
}

static void test_parameters(void **state)
{
    static const double norms[] = {1, 1.5, 2, 3, 7, HUGE_VAL};
    (void)state;
    for (size_t p = 0; p < 2 * sizeof norms / sizeof *norms; p++) {
        features_make(&f, LK_TRIPLET_MARGIN, 12, 9, 4 + p);
        f.params[0] = 0.3;
        f.params[1] = norms[p / 2];
        f.params[2] = (double)(p % 2);
        f.params[3] = 1e-3;
        feature_call_make(&c, &f, LK_F64);
        check_call(1e-6);
    }
    for (int symmetric = 0; symmetric < 2; symmetric++) {
        features_make(&f, LK_INFO_NCE, 19, 7, 8);
        f.params[0] = 0.5;
        f.params[1] = symmetric;
        vary_weights();
        check_all_reductions(1e-7);
    }
    features_make(&f, LK_COSINE_EMBEDDING, 19, 7, 8);
    f.params[0] = -0.25;
    feature_call_make(&c, &f, LK_F64);
    check_call(1e-7);
    features_make(&f, LK_CONTRASTIVE, 19, 7, 8);
    f.params[0] = 2.5;
    feature_call_make(&c, &f, LK_F64);
    check_call(1e-7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_definitions),
        cmocka_unit_test(test_weights_upstream_and_reductions),
        cmocka_unit_test(test_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
