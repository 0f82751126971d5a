/* test_embedding_edges.c: the losses over features at the edges: wrong arguments and labels, rows
 * without part, NaN, equal and huge points, nothing at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "support/element_types.h"
#include "support/feature_reference.h"

static features f;
static feature_call c, twin;

static const lk_loss losses[] = {
    LK_CENTER,          LK_CONTRASTIVE, LK_TRIPLET_MARGIN, LK_INFO_NCE, LK_SUPERVISED_CONTRASTIVE,
    LK_COSINE_EMBEDDING};
enum { LOSSES = sizeof losses / sizeof *losses, OUTS = FEATURE_STEP + 1 };

static void make(lk_loss loss, int64_t n, int64_t d, int dtype)
{
    features_make(&f, loss, n, d, 11);
    feature_call_make(&c, &f, dtype);
}

static int is_pairwise(void)
{
    return f.loss == LK_INFO_NCE || f.loss == LK_SUPERVISED_CONTRASTIVE;
}

static void expect_finite(void)
{
    for (int o = 0; o < OUTS; o++)
        for (int64_t i = 0; i < (o == FEATURE_STEP ? f.classes : f.n) * f.d; i++)
            if (!isfinite(feature_out(&c, o, i)))
                fail_msg("%s: output %d [%lld] is %g", lk_loss_describe(f.loss)->name, o,
                         (long long)i, feature_out(&c, o, i));
    for (int64_t i = 0; i < f.n; i++) assert_true(isfinite(feature_row_value(&c, i)));
    assert_true(isfinite(c.result.value));
}

static void expect_close(double got, double want)
{
    if (!(fabs(got - want) <= 1e-6 * (1 + fabs(want)))) fail_msg("%.9g is not %.9g", got, want);
}

/* ---- errors -----------------------------------------------------------------------------------
 */

/* Fails with this sentence and writes nothing. */
static void expect_failure(lk_status status, const char *sentence)
{
    for (int o = 0; o < OUTS; o++) memset(c.out[o], 0x5a, sizeof c.out[o]);
    memset(c.row_out, 0x5a, sizeof c.row_out);
    twin = c;
    assert_int_equal(feature_call_run(&c, &f), status);
    assert_string_equal(lk_last_error(), sentence);
    assert_memory_equal(c.out, twin.out, sizeof c.out);
    assert_memory_equal(c.row_out, twin.row_out, sizeof c.row_out);
}

static void test_wrong_targets(void **state)
{
    (void)state;
    make(LK_CENTER, 20, 4, LK_F32);
    f.classes = c.centers_shape[0] = 6;
    f.label[18] = -1;
    f.label[17] = 12;
    expect_failure(LK_OUT_OF_DOMAIN, "center: target[17] = 12 is outside [0, 6)");
    f.label[17] = 6;
    expect_failure(LK_OUT_OF_DOMAIN, "center: target[17] = 6 is outside [0, 6)");
    f.label[17] = 0;
    expect_failure(LK_OUT_OF_DOMAIN, "center: target[18] = -1 is outside [0, 6)");
    f.label[17] = INT64_C(0x100000000);
    expect_failure(LK_OUT_OF_DOMAIN, "center: target[17] = 4294967296 is outside [0, 6)");
    make(LK_CONTRASTIVE, 20, 4, LK_F32);
    c.y[3] = -1;
    expect_failure(LK_OUT_OF_DOMAIN, "contrastive: target[3] = -1 is neither 0 nor 1");
    make(LK_COSINE_EMBEDDING, 20, 4, LK_F32);
    c.y[19] = 0;
    expect_failure(LK_OUT_OF_DOMAIN, "cosine_embedding: target[19] = 0 is neither -1 nor 1");
}

static void test_wrong_shapes(void **state)
{
    int64_t shape[2] = {20, 5}, one = 1;
    (void)state;
    make(LK_CENTER, 20, 4, LK_F32);
    c.centers.shape = shape;
    expect_failure(LK_INVALID, "center: centers has shape [20, 5] for an input with rows of 4");
    make(LK_TRIPLET_MARGIN, 20, 4, LK_F32);
    c.other.shape = shape;
    expect_failure(LK_INVALID,
                   "triplet_margin: other has shape [20, 5] for an input with rows of 4");
    make(LK_INFO_NCE, 20, 4, LK_F32);
    c.input.ndim = 1;
    expect_failure(LK_INVALID, "info_nce: input has 1 dimensions, not the 2 of [N, D]");
    make(LK_CONTRASTIVE, 20, 4, LK_F32);
    c.value.shape = &one;
    assert_int_equal(feature_call_run(&c, &f), LK_INVALID);
    make(LK_INFO_NCE, 20, 4, LK_F32);
    shape[1] = 0;
    c.input.shape = c.other.shape = c.gradient.shape = c.other_gradient.shape = c.curvature.shape =
        shape;
    expect_failure(LK_INVALID, "info_nce: the rows of input have no features");
}

static void test_wrong_arguments(void **state)
{
    (void)state;
    make(LK_SUPERVISED_CONTRASTIVE, 20, 4, LK_F32);
    c.target = lk_vector(c.y, LK_F64, &c.rows);
    expect_failure(LK_INVALID,
                   "supervised_contrastive: target holds classes; it must be i32, i64 or u8");
    make(LK_INFO_NCE, 20, 4, LK_F32);
    c.call.negative = &c.negative;
    expect_failure(LK_INVALID, "info_nce takes no negative");
    make(LK_TRIPLET_MARGIN, 20, 4, LK_F32);
    c.call.negative = NULL;
    expect_failure(LK_INVALID, "triplet_margin: negative is NULL");
    make(LK_CENTER, 7, 4, LK_F32);
    c.gradient = c.centers;
    expect_failure(LK_INVALID, "center: gradient overlaps centers");
    make(LK_CONTRASTIVE, 20, 4, LK_F32);
    c.gradient.data = (char *)c.in[FEATURE_X] + 4;
    expect_failure(LK_INVALID,
                   "contrastive: gradient overlaps input without being the same view of it");
    c.gradient = c.other_gradient;
    expect_failure(LK_INVALID, "contrastive: other_gradient overlaps gradient");
    make(LK_TRIPLET_MARGIN, 20, 4, LK_F32);
    f.params[1] = 0.5;
    expect_failure(LK_INVALID, "triplet_margin: p = 0.5 is outside [1, 1e+06]");
}

/* ---- rows that take no part, NaN ----------------------------------------------------------------
 */

static double *point(int which, int64_t i) { return c.in[which] + i * f.d; }

/* A weight of 0, or an upstream gradient of 0, is stronger than NaN and infinity in the row. For
 * the losses of all pairs that holds for what is the row's own. */
static void test_weight_zero(void **state)
{
    (void)state;
    for (int k = 0; k < LOSSES; k++)
        for (int upstream = 0; upstream < 2; upstream++) {
            make(losses[k], 12, 5, LK_F64);
            if (is_pairwise()) continue;
            (upstream ? c.u : c.w)[4] = 0;
            c.call.weight = &c.weight;
            c.call.upstream = &c.upstream;
            point(FEATURE_X, 4)[2] = upstream ? INFINITY : NAN;
            c.y[4] = NAN;
            assert_int_equal(feature_call_run(&c, &f), LK_OK);
            for (int o = 0; o < FEATURE_STEP; o++)
                for (int i = 0; i < 5; i++) assert_true(feature_out(&c, o, 20 + i) == 0);
            if (upstream) continue;
            assert_true(feature_row_value(&c, 4) == 0);
            expect_finite();
        }
}

/* Nothing depends on a row of input but its own loss. */
static void test_weight_zero_of_info_nce(void **state)
{
    (void)state;
    make(LK_INFO_NCE, 12, 5, LK_F32);
    c.w[4] = 0;
    c.call.weight = &c.weight;
    assert_int_equal(feature_call_run(&c, &f), LK_OK);
    twin = c;
    element_set(c.in[FEATURE_X], LK_F32, 4 * 5 + 3, NAN);
    assert_int_equal(feature_call_run(&c, &f), LK_OK);
    expect_finite();
    assert_true(c.result.value == twin.result.value && feature_row_value(&c, 4) == 0);
    for (int64_t i = 0; i < 60; i++) {
        const double want = i / 5 == 4 ? 0 : feature_out(&twin, FEATURE_GRADIENT, i);
        assert_true(feature_out(&c, FEATURE_GRADIENT, i) == want);
        assert_true(feature_out(&c, FEATURE_OTHER_GRADIENT, i) ==
                    feature_out(&twin, FEATURE_OTHER_GRADIENT, i));
    }
}

static void test_nan_stays_in_its_row(void **state)
{
    (void)state;
    for (int k = 0; k < LOSSES; k++) {
        make(losses[k], 12, 5, LK_F32);
        assert_int_equal(feature_call_run(&c, &f), LK_OK);
        twin = c;
        element_set(c.in[FEATURE_X], LK_F32, 4 * 5 + 3, NAN);
        assert_int_equal(feature_call_run(&c, &f), LK_OK);
        assert_true(isnan(feature_row_value(&c, 4)) && isnan(c.result.value));
        for (int i = 0; i < 5; i++) assert_true(isnan(feature_out(&c, FEATURE_GRADIENT, 20 + i)));
        for (int i = 0; i < 5; i++) assert_true(isnan(feature_out(&c, FEATURE_CURVATURE, 20 + i)));
        if (f.loss == LK_SUPERVISED_CONTRASTIVE) continue;
        for (int64_t i = 0; i < 12; i++)
            if (i != 4) assert_true(element_same(c.row_out, i, twin.row_out, i, LK_F32));
        for (int64_t i = 0; i < 60; i++) {
            const int own = i / 5 == 4;
            const int all = f.loss == LK_INFO_NCE; /* its loss depends on all rows of other */
            assert_true(own || element_same(c.out[FEATURE_GRADIENT], i, twin.out[FEATURE_GRADIENT],
                                            i, LK_F32));
            assert_true(own || all ||
                        element_same(c.out[FEATURE_OTHER_GRADIENT], i,
                                     twin.out[FEATURE_OTHER_GRADIENT], i, LK_F32));
        }
        for (int64_t i = 0; i < f.classes * 5; i++)
            assert_true((i / 5 == f.label[4] && i % 5 == 3) ||
                        element_same(c.out[FEATURE_STEP], i, twin.out[FEATURE_STEP], i, LK_F32));
    }
}

static void test_nan_target(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        make(k ? LK_CONTRASTIVE : LK_COSINE_EMBEDDING, 6, 3, LK_F64);
        c.y[2] = NAN;
        assert_int_equal(feature_call_run(&c, &f), LK_OK);
        for (int64_t i = 0; i < 6; i++) assert_int_equal(isnan(feature_row_value(&c, i)), i == 2);
        for (int64_t i = 0; i < 18; i++)
            assert_int_equal(isnan(feature_out(&c, FEATURE_OTHER_GRADIENT, i)), i / 3 == 2);
    }
}

static void test_ignored_rows(void **state)
{
    (void)state;
    for (int k = 0; k < LOSSES; k++) {
        if (!features_has_labels(losses[k])) continue;
        make(losses[k], 10, 3, LK_F64);
        for (int i = 0; i < 10; i++) f.label[i] = i % 2 ? 5 : -100;
        for (int i = 0; i < 10; i += 2) point(FEATURE_X, i)[1] = NAN;
        assert_int_equal(feature_call_run(&c, &f), LK_OK);
        expect_finite();
        assert_int_equal(c.result.count, 5);
        for (int i = 0; i < 10; i += 2) assert_true(feature_out(&c, FEATURE_GRADIENT, 3 * i) == 0);
        for (int i = 0; i < 10; i++) f.label[i] = -100;
        assert_int_equal(feature_call_run(&c, &f), LK_OK);
        assert_true(c.result.count == 0 && c.result.value == 0 && c.result.normalizer == 0);
        for (int i = 0; i < 30; i++) assert_true(feature_out(&c, FEATURE_GRADIENT, i) == 0);
        c.call.flags |= LK_EMPTY_IS_NAN;
        assert_int_equal(feature_call_run(&c, &f), LK_OK);
        assert_true(isnan(c.result.value));
    }
}

/* ---- unusual points ----------------------------------------------------------------------------
 */

static void test_equal_points(void **state)
{
    (void)state;
    for (int k = 0; k < LOSSES; k++)
        for (int zero = 0; zero < 2; zero++) {
            make(losses[k], 9, 4, LK_F64);
            for (int p = 0; p < FEATURE_POINTS; p++)
                for (int64_t i = 0; i < 9 * 4; i++) c.in[p][i] = zero ? -0.0 : 1.5;
            if (f.loss == LK_TRIPLET_MARGIN) f.params[3] = 0;
            assert_int_equal(feature_call_run(&c, &f), LK_OK);
            expect_finite();
            if (f.loss == LK_INFO_NCE) expect_close(c.result.value, log(9));
            if (f.loss == LK_SUPERVISED_CONTRASTIVE) expect_close(c.result.value, log(8));
            if (f.loss == LK_TRIPLET_MARGIN) expect_close(c.result.value, 1);
            for (int64_t i = 0; i < 36; i++) assert_true(fabs(feature_out(&c, 0, i)) < 1e-9);
        }
}

static void test_one_pair(void **state)
{
    (void)state;
    make(LK_INFO_NCE, 1, 6, LK_F32);
    f.params[1] = 1;
    assert_int_equal(feature_call_run(&c, &f), LK_OK);
    assert_true(c.result.value == 0 && c.result.count == 1);
    for (int i = 0; i < 6; i++) assert_true(feature_out(&c, FEATURE_GRADIENT, i) == 0);
    make(LK_SUPERVISED_CONTRASTIVE, 1, 6, LK_F32);
    assert_int_equal(feature_call_run(&c, &f), LK_OK);
    assert_true(c.result.value == 0 && c.result.count == 0);
    expect_finite();
}

/* Scaling all points by 2^k scales what is homogeneous exactly. */
static void test_huge_and_tiny_points(void **state)
{
    static const int powers[2][4] = {{100, 120, -90, -110}, {600, 1000, -600, -900}};
    (void)state;
    for (int wide = 0; wide < 2; wide++)
        for (int k = 0; k < LOSSES; k++)
            for (int p = 0; p < 4; p++) {
                const int dtype = wide ? LK_F64 : LK_F32, power = powers[wide][p];
                if (losses[k] == LK_CENTER || (losses[k] == LK_CONTRASTIVE && power > 0)) continue;
                if (losses[k] == LK_COSINE_EMBEDDING && power < 0) continue; /* its 1e-12 */
                make(losses[k], 8, 5, dtype);
                for (int64_t i = 0; i < 8; i++) c.y[i] = losses[k] == LK_CONTRASTIVE ? 0 : c.y[i];
                if (f.loss == LK_TRIPLET_MARGIN) f.params[0] = f.params[3] = 0;
                f.params[0] = f.loss == LK_CONTRASTIVE ? ldexp(4, power) : f.params[0];
                if (f.loss == LK_CONTRASTIVE && !wide) f.params[0] = 1;
                for (int q = 0; q < FEATURE_POINTS; q++)
                    for (int64_t i = 0; i < 40; i++)
                        element_set(c.in[q], dtype, i, ldexp(f.point[q][i], power));
                assert_int_equal(feature_call_run(&c, &f), LK_OK);
                for (int64_t i = 0; i < 40; i++)
                    assert_true(isfinite(feature_out(&c, FEATURE_GRADIENT, i)));
                twin = c;
                feature_call_make(&c, &f, dtype);
                if (f.loss == LK_CONTRASTIVE) continue;
                assert_int_equal(feature_call_run(&c, &f), LK_OK);
                const double factor = ldexp(1, f.loss == LK_TRIPLET_MARGIN ? 0 : -power);
                for (int64_t i = 0; i < 40; i++) {
                    const double want = feature_out(&c, FEATURE_GRADIENT, i) * factor;
                    const double got = feature_out(&twin, FEATURE_GRADIENT, i);
                    const double most = (wide ? 1e-9 : 3e-5) * (fabs(want) + factor * 1e-2);
                    if (fabs(got - want) > most + (wide ? 0 : 1e-37))
                        fail_msg("%s 2^%d: gradient[%lld] is %g, not %g",
                                 lk_loss_describe(f.loss)->name, power, (long long)i, got, want);
                }
            }
}

/* ---- nothing ----------------------------------------------------------------------------------
 */

static void test_no_rows(void **state)
{
    (void)state;
    for (int k = 0; k < LOSSES; k++) {
        make(losses[k], 0, 4, LK_F32);
        for (int i = 0; i < 20; i++) element_set(c.out[FEATURE_STEP], LK_F32, i, 7);
        assert_int_equal(feature_call_run(&c, &f), LK_OK);
        assert_true(c.result.value == 0 && c.result.count == 0 && c.result.normalizer == 0);
        for (int i = 0; f.loss == LK_CENTER && i < 20; i++)
            assert_true(feature_out(&c, FEATURE_STEP, i) == 0);
        c.call.reduction = LK_SUM;
        assert_int_equal(feature_call_run(&c, &f), LK_OK);
        assert_true(c.result.value == 0 && c.result.normalizer == 1);
    }
}

/* ---- the step of the centers ------------------------------------------------------------------
 */

static void test_center_step(void **state)
{
    (void)state;
    make(LK_CENTER, 40, 5, LK_F64);
    f.label[7] = -100;
    c.w[3] = 0;
    c.w[4] = 3;
    c.call.weight = &c.weight;
    c.call.reduction = LK_MEAN;
    point(FEATURE_X, 3)[0] = NAN;
    assert_int_equal(feature_call_run(&c, &f), LK_OK);
    for (int64_t class = 0; class < f.classes; class ++)
        for (int64_t i = 0; i < 5; i++) {
            long double sum = 0;
            int rows = 0;
            for (int64_t k = 0; k < 40; k++) {
                if (f.label[k] != class || k == 3) continue;
                sum += (long double)f.point[FEATURE_CENTERS][class * 5 + i] - f.point[0][k * 5 + i];
                rows++;
            }
            const double got = feature_out(&c, FEATURE_STEP, class * 5 + i);
            expect_close(got, (double)(sum / (1 + rows)));
            if (!rows) assert_true(got == 0 && !signbit(got));
        }
}

/* The floor is of the loss's curvature, before reduction scales it. */
static void test_curvature_floor(void **state)
{
    (void)state;
    for (int k = 0; k < LOSSES; k++)
        for (lk_reduction reduction = LK_MEAN; reduction <= LK_SUM; reduction++) {
            make(losses[k], 11, 6, LK_F64);
            f.params[0] = f.loss == LK_CONTRASTIVE ? 3 : f.params[0];
            c.call.reduction = reduction;
            assert_int_equal(feature_call_run(&c, &f), LK_OK);
            twin = c;
            int raised = 0;
            c.call.flags |= LK_CURVATURE_FLOOR;
            c.call.curvature_floor = 0.125;
            assert_int_equal(feature_call_run(&c, &f), LK_OK);
            for (int64_t i = 0; i < 66; i++) {
                const double scale = c.result.normalizer;
                const double before = feature_out(&twin, FEATURE_CURVATURE, i) * scale;
                const double after = feature_out(&c, FEATURE_CURVATURE, i) * scale;
                raised += before < 0.125;
                assert_true(fabs(after - fmax(before, 0.125)) <= 1e-12 * (1 + fabs(before)));
            }
            assert_true(raised || f.loss == LK_CENTER);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_targets),
        cmocka_unit_test(test_wrong_shapes),
        cmocka_unit_test(test_wrong_arguments),
        cmocka_unit_test(test_weight_zero),
        cmocka_unit_test(test_weight_zero_of_info_nce),
        cmocka_unit_test(test_nan_stays_in_its_row),
        cmocka_unit_test(test_nan_target),
        cmocka_unit_test(test_ignored_rows),
        cmocka_unit_test(test_equal_points),
        cmocka_unit_test(test_one_pair),
        cmocka_unit_test(test_huge_and_tiny_points),
        cmocka_unit_test(test_no_rows),
        cmocka_unit_test(test_center_step),
        cmocka_unit_test(test_curvature_floor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
