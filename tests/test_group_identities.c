/* test_group_identities.c: losses over regions and features that are another loss by another
 * name, or easily written down, in double precision. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "losskit.h"
#include "support/identity.h"

/* ---- regions ------------------------------------------------------------------------------ */
/* A value for each of N samples of C elements. */
static answer region(lk_loss loss, const double *params, int n_params, const data *d)
{
    return row_answer(loss, params, n_params, d->scores, NULL, d->soft);
}

/* Probabilities, and targets between 0 and 1. */
static void make_regions(data *d)
{
    make_data(d);
    for (int i = 0; i < ALL; i++) d->scores[i] = (d->scores[i] + 3) / 6;
}

static void test_dice_and_jaccard(void **state)
{
    data d;
    make_regions(&d);
    for (int k = 0; k < 3; k++) {
        const double smooth = k * 0.75;
        const answer dice = region(LK_DICE, (const double[]){smooth, 1, 0}, 3, &d);
        const answer jaccard = region(LK_JACCARD, (const double[]){smooth / 2, 0}, 2, &d);
        double value[N], gradient[ALL];
        for (int i = 0; i < N; i++) {
            const double j = 1 - jaccard.value[i];
            value[i] = 1 - 2 * j / (1 + j);
            for (int c = 0; c < C; c++)
                gradient[i * C + c] = 2 / ((1 + j) * (1 + j)) * jaccard.gradient[i * C + c];
        }
        check_same(dice.value, value, N, 1e-14, "dice from jaccard");
        check_same(dice.gradient, gradient, ALL, 1e-13, "gradient of dice from jaccard's");
    }
    (void)state;
}

static void test_tversky(void **state)
{
    data d;
    make_regions(&d);
    const answer dice = region(LK_DICE, (const double[]){1.5, 1, 0}, 3, &d);
    const answer half = region(LK_TVERSKY, (const double[]){0.5, 0.5, 0.75, 0}, 4, &d);
    check_rows(&half, &dice, 1e-13, "tversky with halves is dice");
    const answer jaccard = region(LK_JACCARD, (const double[]){0.75, 0}, 2, &d);
    const answer whole = region(LK_TVERSKY, (const double[]){1, 1, 0.75, 0}, 4, &d);
    check_rows(&whole, &jaccard, 1e-13, "tversky with ones is jaccard");
    const answer plain = region(LK_TVERSKY, (const double[]){0.3, 0.7, 1, 0}, 4, &d);
    const answer focal = region(LK_FOCAL_TVERSKY, (const double[]){0.3, 0.7, 1, 1, 0}, 5, &d);
    check_rows(&focal, &plain, 1e-14, "focal_tversky with power 1 is tversky");
    (void)state;
}

static void test_norms(void **state)
{
    data d;
    make_data(&d);
    double squares[N] = {0}, sums[N] = {0}, slopes[ALL], signs[ALL];
    for (int i = 0; i < ALL; i++) {
        const double r = d.scores[i] - d.soft[i];
        squares[i / C] += r * r;
        sums[i / C] += fabs(r);
        signs[i] = r > 0 ? 1 : -1;
    }
    for (int i = 0; i < N; i++) squares[i] = sqrt(squares[i]);
    for (int i = 0; i < ALL; i++) slopes[i] = (d.scores[i] - d.soft[i]) / squares[i / C];
    const answer l2 = region(LK_L2_NORM, NULL, 0, &d), l1 = region(LK_L1_NORM, NULL, 0, &d);
    check_same(l2.value, squares, N, 1e-15, "l2_norm");
    check_same(l2.gradient, slopes, ALL, 1e-15, "gradient of l2_norm");
    check_same(l1.value, sums, N, 1e-15, "l1_norm");
    check_same(l1.gradient, signs, ALL, 0, "gradient of l1_norm");
    (void)state;
}

/* ---- features ----------------------------------------------------------------------------- */
static double cosine(const double *a, const double *b)
{
    double dot = 0, x = 0, y = 0;
    for (int k = 0; k < D; k++) dot += a[k] * b[k], x += a[k] * a[k], y += b[k] * b[k];
    return dot / sqrt(x * y);
}

/* The value of each row; target, other and centers may be NULL. */
static void features(lk_loss loss, const double *params, int n_params, const double *points,
                     const int64_t *labels, const double *other, const double *centers,
                     double *value, double *gradient)
{
    const lk_tensor input = lk_view(points, LK_F64, 2, feature_shape);
    const lk_tensor target = lk_view(labels, LK_I64, 1, row_shape);
    const lk_tensor second = lk_view(other, LK_F64, 2, feature_shape);
    const lk_tensor third = lk_view(centers, LK_F64, 2, feature_shape);
    const lk_tensor v = lk_view(value, LK_F64, 1, row_shape);
    const lk_tensor g = lk_view(gradient, LK_F64, 2, feature_shape);
    lk_call call = LK_CALL_INIT;
    call.input = &input, call.value = &v, call.gradient = &g;
    call.target = labels ? &target : NULL;
    call.other = other ? &second : NULL;
    call.centers = centers ? &third : NULL;
    call.reduction = LK_SUM;
    run_call(loss, params, n_params, &call);
}

static void test_similar_pairs_are_centers(void **state)
{
    static const double margin[] = {1};
    data d;
    make_data(&d);
    int64_t ones[N], order[N];
    double pair[N], center[N], pair_slope[N * D], center_slope[N * D], other[N * D];
    for (int i = 0; i < N; i++) ones[i] = 1, order[i] = i;
    for (int i = 0; i < N * D; i++) other[i] = d.scores[i];
    features(LK_CONTRASTIVE, margin, 1, d.features, ones, other, NULL, pair, pair_slope);
    features(LK_CENTER, NULL, 0, d.features, order, NULL, other, center, center_slope);
    check_same(pair, center, N, 1e-15, "contrastive of similar pairs");
    check_same(pair_slope, center_slope, N * D, 1e-15, "gradient of similar pairs");
    (void)state;
}

/* N x N cosines over the temperature under a softmax. */
static void check_similarities(const double *value, const double *scores, const int64_t *labels,
                               const double *soft, const char *what)
{
    static const int64_t square[] = {N, N};
    double want[N];
    const lk_tensor input = lk_view(scores, LK_F64, 2, square),
                    v = lk_view(want, LK_F64, 1, square);
    const lk_tensor target =
        labels ? lk_view(labels, LK_I64, 1, row_shape) : lk_view(soft, LK_F64, 2, square);
    lk_call call = LK_CALL_INIT;
    call.input = &input, call.target = &target, call.value = &v;
    run_call(LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, &call);
    check_same(value, want, N, 1e-13, what);
}

static void test_info_nce_is_cross_entropy(void **state)
{
    static const double params[] = {0.25, 0};
    data d;
    make_data(&d);
    int64_t own[N];
    double value[N], gradient[N * D], scores[N * N];
    for (int i = 0; i < N; i++) own[i] = i;
    for (int i = 0; i < N * N; i++)
        scores[i] = cosine(d.features + i / N * D, d.scores + i % N * D) / params[0];
    features(LK_INFO_NCE, params, 2, d.features, NULL, d.scores, NULL, value, gradient);
    check_similarities(value, scores, own, NULL, "info_nce");
    (void)state;
}

/* The positives share the probability; a row itself is masked. */
static void test_supervised_contrastive_is_cross_entropy(void **state)
{
    static const double temperature[] = {0.25};
    static const int64_t labels[N] = {0, 1, 0, 1, 1, 0, 0};
    data d;
    make_data(&d);
    double value[N], gradient[N * D], scores[N * N], soft[N * N];
    for (int i = 0; i < N * N; i++) {
        const int row = i / N, column = i % N, positive = labels[row] == labels[column];
        const double positives = labels[row] == 0 ? 3 : 2;
        scores[i] = cosine(d.features + row * D, d.features + column * D) / temperature[0];
        if (row == column) scores[i] = -INFINITY;
        soft[i] = row != column && positive ? 1 / positives : 0;
    }
    features(LK_SUPERVISED_CONTRASTIVE, temperature, 1, d.features, labels, NULL, NULL, value,
             gradient);
    check_similarities(value, scores, NULL, soft, "supervised_contrastive");
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dice_and_jaccard),
        cmocka_unit_test(test_tversky),
        cmocka_unit_test(test_norms),
        cmocka_unit_test(test_similar_pairs_are_centers),
        cmocka_unit_test(test_info_nce_is_cross_entropy),
        cmocka_unit_test(test_supervised_contrastive_is_cross_entropy),
    };
    return cmocka_run_group_tests_name("group_identities", tests, NULL, NULL);
}
