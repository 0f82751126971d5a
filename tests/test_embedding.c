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

static const lk_loss losses[] = {
    LK_CENTER,          LK_CONTRASTIVE, LK_TRIPLET_MARGIN, LK_INFO_NCE, LK_SUPERVISED_CONTRASTIVE,
    LK_COSINE_EMBEDDING};
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

/* ---- PyTorch's numbers ------------------------------------------------------------------------
 * torch 2.13.0 in float64: triplet_margin_loss, cosine_embedding_loss and cross_entropy of
 * normalize(a) @ normalize(b).T / 0.5, on the points below, reduction "none" summed or, for the
 * last, "mean". */

enum { GOLDEN_ROWS = 4, GOLDEN_SIZE = 3 };

static void golden_points(lk_loss loss)
{
    features_make(&f, loss, GOLDEN_ROWS, GOLDEN_SIZE, 1);
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < GOLDEN_ROWS; i++)
            for (int j = 0; j < GOLDEN_SIZE; j++)
                f.point[k][i * GOLDEN_SIZE + j] = ((i * 7 + j * 5 + k * 3) % 11 - 5) / 4.0;
    for (int j = 9; j < 12; j++) f.point[FEATURE_X][j] = f.point[FEATURE_OTHER][j];
}

typedef struct golden {
    double params[4];
    double value[4], input[12], other[12], negative[12];
} golden;

/* clang-format off */
static const golden triplets[] = {
    {{1, 2, 0, 1e-6}, {0.94544145019243242, 0, 0.80163276569084108, 0}, {0.31570198334103927, -0.87045830121548962, 0.34428836709560262, 0,
      0, 0, 0.27791336461831845, 0.37577892888399023,
      0.27791336461831845, 0, 0, 0}, {0.33129410417696392, 0.33129410417696392, -0.88345256413412832, 0,
      0, 0, 0.33129410417696387, -0.88345256413412809,
      0.33129410417696387, 0, 0, 0}, {-0.64699608751800319, 0.53916419703852569, 0.53916419703852569, 0,
      0, 0, -0.60920746879528231, 0.50767363525013787,
      -0.60920746879528231, 0, 0, 0}},
    {{1, 2, 1, 1e-6}, {0.99999999999999956, 0, 1.9648101317722082, 0}, {-0.33129410417696392, -0.33129410417696392, 0.88345256413412832, 0,
      0, 0, -0.33129410417696387, 0.88345256413412809,
      -0.33129410417696387, 0, 0, 0}, {0.66258820835392784, -0.55215845995716417, -0.5521584599571645, 0,
      0, 0, 0.90864437336658965, -0.30610229494450236,
      0.90864437336658965, 0, 0, 0}, {-0.33129410417696387, 0.88345256413412809, -0.33129410417696387, 0,
      0, 0, -0.57735026918962573, -0.57735026918962573,
      -0.57735026918962573, 0, 0, 0}},
    {{2, 1, 0, 1e-6}, {1.4999979999999997, 0.24999600000000033, 1.25, 0}, {0, -2, 0, -2,
      0, -2, 0, 0,
      0, 0, 0, 0}, {1, 1, -1, 1,
      1, 1, 1, -1,
      1, 0, 0, 0}, {-1, 1, 1, 1,
      -1, 1, -1, 1,
      -1, 0, 0, 0}},
    {{4, 3, 1, 1e-6}, {4.1297612622971442, 3.1434703659284362, 4.9862908963687085, 2.9183157067685848}, {0.46740088669071689, -0.54745816406267034, 0.5194127166143494, -0.89667641727097414,
      0.11818263348241304, -0.89667641727097414, -0.13153160356083229, 0.93533927711618747,
      -0.13153160356083229, 0.72112478515370348, 0.72112478515370348, 0.72112478515370348}, {0.13153160356083229, 0.13153160356083229, -0.93533927711618747, 0.48074985676913612,
      0.48074985676913612, 0.48074985676913612, 0.61228146032996844, -0.45458942034705135,
      0.61228146032996844, -0.24037492838456739, -0.24037492838456739, -0.24037492838456739}, {-0.59893249025154915, 0.41592656050183802, 0.41592656050183802, 0.41592656050183802,
      -0.59893249025154915, 0.41592656050183802, -0.48074985676913612, -0.48074985676913612,
      -0.48074985676913612, -0.48074985676913612, -0.48074985676913612, -0.48074985676913612}},
};
static const golden cosines = {{0.2}, {1.1507556722888028, 0.40609152673098009, 0.7999999999995453, 5.517808432387028e-13}, {0.30151134457758644, -0.36181361349312685, 0.30151134457762502, 0.44254301951803432,
      0.32709701442589134, 0.42330201866934386, -2.6445512446571229e-13, 3.9668268669856843e-13,
      -3.9668268669856843e-13, 2.2831736501416344e-13, -1.5221157667610896e-13, 3.0442315335221792e-13}, {0.65784293362382706, -0.082230366702923552, -0.5207923224522879, -0.019241000848492618,
      -0.4810250212150855, -0.096205004242924747, -3.3056890558214036e-14, 4.957145804951324e-14,
      -4.957145804951324e-14, 2.2831736501416344e-13, -1.5221157667610896e-13, 3.0442315335221792e-13}, {0}};
static const golden one_sided = {{0.5, 0}, {1.4233447232812515, 1.1235838480135723, 4.0965578709046699, 0.68212158637261922}, {0}, {0}, {0}};
static const golden two_sided = {{0.5, 1}, {2.2160396023225761, 0.70870499767941175, 3.7963265656637777, 0.69770463229328461}, {0.14913129568361527, -0.19584862968814767, 0.14913129568361527, -0.17356604955750082,
      -0.12964350718260639, -0.17144192961542393, 0.020280843701815321, 0.17787589634376783,
      0.16435533387589085, 0.018319720374513619, 0.038473659874441159, 0.0054970396563353667}, {0.25226179438137325, -0.082519397761463692, -0.25069392734904594, -0.034868082749444376,
      0.11659566229787757, 0.072734019011274839, 0.12964893309511588, 0.025929786619023287,
      0.34399620047490309, -0.026181114661752755, 0.046645838072349684, 0.042958755032489415}, {0}};
/* clang-format on */

static void expect_golden(const golden *g, int derivatives)
{
    memcpy(f.params, g->params, sizeof g->params);
    feature_call_make(&c, &f, LK_F64);
    c.call.reduction = f.loss == LK_INFO_NCE ? LK_MEAN : LK_NONE;
    assert_int_equal(feature_call_run(&c, &f), LK_OK);
    for (int i = 0; i < GOLDEN_ROWS; i++)
        expect_near("value", i, feature_row_value(&c, i), g->value[i], 1e-13);
    for (int i = 0; derivatives && i < GOLDEN_ROWS * GOLDEN_SIZE; i++) {
        expect_near("gradient", i, feature_out(&c, FEATURE_GRADIENT, i), g->input[i], 1e-12);
        expect_near("other", i, feature_out(&c, FEATURE_OTHER_GRADIENT, i), g->other[i], 1e-12);
        expect_near("negative", i, feature_out(&c, FEATURE_NEGATIVE_GRADIENT, i), g->negative[i],
                    1e-12);
    }
}

static void test_pytorch(void **state)
{
    (void)state;
    golden_points(LK_TRIPLET_MARGIN);
    for (size_t k = 0; k < sizeof triplets / sizeof *triplets; k++) expect_golden(&triplets[k], 1);
    golden_points(LK_COSINE_EMBEDDING);
    for (int j = 6; j < 9; j++) f.point[FEATURE_OTHER][j] = 2 * f.point[FEATURE_X][j];
    for (int i = 0; i < GOLDEN_ROWS; i++) f.y[i] = i % 3 == 0 ? 1 : -1;
    expect_golden(&cosines, 1);
    golden_points(LK_INFO_NCE);
    expect_golden(&one_sided, 0);
    expect_golden(&two_sided, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_definitions),
        cmocka_unit_test(test_weights_upstream_and_reductions),
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
