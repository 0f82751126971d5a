/* test_cli_rare_data.c: the data and thresholds of the experiments with rare classes and with
 * several labels. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "overlaid_digits.h"
#include "rare_class.h"
#include "trial.h"

static void must(lk_status status)
{
    if (status) fail_msg("%s", lk_last_error());
}

/* ---- a digit ------------------------------------------------------------------------------------
 */

enum { ROWS = 2200, PIXELS = 64, CONSTANT = 5 };

/* Pixel 0 is different in each row, pixel CONSTANT the same in all. */
static lk_dataset made_up_digits(void)
{
    lk_dataset d;
    lk_random random = {3};
    must(trial_rows(ROWS, PIXELS, 10, &d));
    for (int64_t i = 0; i < ROWS; i++) {
        d.target[i] = (double)(i % 10);
        for (int64_t k = 0; k < PIXELS; k++)
            d.dense[i * PIXELS + k] = (double)lk_random_below(&random, 17);
        d.dense[i * PIXELS] = (double)i;
        d.dense[i * PIXELS + CONSTANT] = 4;
    }
    return d;
}

static double weighted_share(const lk_dataset *d)
{
    double rare = 0, all = 0;
    for (int64_t i = 0; i < d->rows; i++) {
        const double weight = d->weight ? d->weight[i] : 1;
        rare += weight * d->target[i];
        all += weight;
    }
    return rare / all;
}

static int64_t rare_rows(const lk_dataset *d)
{
    int64_t n = 0;
    for (int64_t i = 0; i < d->rows; i++) n += d->target[i] > 0;
    return n;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void test_digit_is_one_in_a_hundred(void **state)
{
    (void)state;
    lk_dataset digits = made_up_digits();
    rare_data data;
    must(rare_digit_data(&digits, 8, 1, &data));
    /* half of 1980 others, and one of the digit for 99 of them */
    assert_int_equal(data.train.rows, 1000);
    assert_int_equal(rare_rows(&data.train), 10);
    assert_int_equal(rare_rows(&data.validation), 44);
    assert_int_equal(rare_rows(&data.test), 66);
    assert_true(fabs(weighted_share(&data.validation) - 0.01) < 1e-12);
    assert_true(fabs(weighted_share(&data.test) - 0.01) < 1e-12);
    rare_free(&data);
    lk_dataset_free(&digits);
}

static void test_digit_parts_share_no_row(void **state)
{
    (void)state;
    lk_dataset digits = made_up_digits();
    rare_data data;
    must(rare_digit_data(&digits, 8, 1, &data));
    const lk_dataset *const parts[3] = {&data.train, &data.validation, &data.test};
    double first[ROWS], sum = 0, squares = 0;
    int n = 0;
    for (int p = 0; p < 3; p++) {
        assert_int_equal(parts[p]->features, PIXELS - 1);
        for (int64_t i = 0; i < parts[p]->rows; i++)
            first[n++] = parts[p]->dense[i * parts[p]->features];
    }
    for (int64_t i = 0; i < data.train.rows; i++) {
        sum += first[i];
        squares += first[i] * first[i];
    }
    assert_true(fabs(sum) < 1e-9);
    assert_true(fabs(squares / (double)data.train.rows - 1) < 1e-9);
    qsort(first, (size_t)n, sizeof *first, compare);
    for (int i = 1; i < n; i++) assert_true(first[i] > first[i - 1]);
    rare_free(&data);
    lk_dataset_free(&digits);
}

static void test_clouds(void **state)
{
    (void)state;
    lk_dataset d;
    must(rare_clouds(100000, 4, &d));
    double center[2] = {0, 0};
    assert_int_equal(rare_rows(&d), 1000);
    for (int64_t i = 0; i < d.rows; i++)
        for (int k = 0; k < 2; k++)
            center[k] +=
                d.dense[2 * i + k] * (d.target[i] > 0 ? 1 / 1000.0 : -1 / (double)(d.rows - 1000));
    assert_true(fabs(hypot(center[0], center[1]) - 2) < 0.15); /* its deviation is 0.03 */
    lk_dataset_free(&d);
}

/* ---- thresholds ---------------------------------------------------------------------------------
 */

static double f1_above(const lk_dataset *d, const double *scores, double threshold)
{
    double right = 0, taken = 0, rare = 0;
    for (int64_t i = 0; i < d->rows; i++) {
        const double weight = d->weight[i];
        rare += weight * d->target[i];
        if (scores[i] <= threshold) continue;
        taken += weight;
        right += weight * d->target[i];
    }
    return 2 * right / (taken + rare);
}

/* No threshold below any of the scores, or above all, is better; many scores are equal. */
static void test_best_threshold(void **state)
{
    (void)state;
    enum { N = 60 };
    for (uint64_t seed = 0; seed < 50; seed++) {
        lk_dataset d;
        lk_random random = {seed};
        double scores[N], threshold, best = 0;
        must(trial_rows(N, 1, 2, &d));
        d.weight = malloc(N * sizeof *d.weight);
        assert_non_null(d.weight);
        for (int i = 0; i < N; i++) {
            d.target[i] = i % 7 == 0;
            d.weight[i] = 1 + lk_random_unit(&random);
            scores[i] = floor(2 * (lk_random_normal(&random) + d.target[i]));
        }
        must(rare_best_threshold(&d, scores, &threshold));
        for (int i = 0; i < N; i++) best = fmax(best, f1_above(&d, scores, scores[i] - 0.5));
        assert_true(best > 0);
        assert_true(fabs(f1_above(&d, scores, threshold) - best) < 1e-12);
        rare_measures m;
        must(rare_measure(&d, scores, threshold, &m));
        assert_true(fabs(m.f1 - best) < 1e-12);
        lk_dataset_free(&d);
    }
}

/* ---- several labels -----------------------------------------------------------------------------
 */

/* Rows of single classes with weights have the loss of the soft targets that they stand for. */
static void test_soft_targets_as_classes(void **state)
{
    (void)state;
    enum { N = 6, C = OVERLAID_LABELS };
    static const double labels[N][C] = {{0, 0, 0, 0, 0}, {1, 0, 0, 1, 0}, {0, 0, 1, 0, 0},
                                        {0, 1, 1, 0, 0}, {0, 0, 0, 0, 1}, {1, 0, 0, 0, 1}};
    lk_dataset d, single;
    lk_random random = {5};
    double scores[N * C], soft[N * C], shared[2 * N * C];
    must(trial_rows(N, OVERLAID_PIXELS, 0, &d));
    free(d.target);
    d.targets = C;
    d.target = malloc(sizeof labels);
    assert_non_null(d.target);
    for (int i = 0; i < N; i++) {
        d.dense[i * OVERLAID_PIXELS] = i;
        const int n = overlaid_labels(labels[i]);
        for (int c = 0; c < C; c++) {
            d.target[i * C + c] = labels[i][c];
            soft[i * C + c] = n ? labels[i][c] / n : 0;
            scores[i * C + c] = lk_random_normal(&random);
        }
    }
    must(overlaid_as_classes(&d, &single));
    assert_int_equal(single.rows, 8);
    for (int64_t i = 0; i < single.rows; i++) {
        const int64_t from = (int64_t)single.dense[i * OVERLAID_PIXELS];
        for (int c = 0; c < C; c++) shared[i * C + c] = scores[from * C + c];
    }
    int64_t truth[2 * N];
    for (int64_t i = 0; i < single.rows; i++) truth[i] = (int64_t)single.target[i];
    const int64_t wide[2] = {N, C}, tall[2] = {single.rows, C};
    const lk_tensor input = lk_view(scores, LK_F64, 2, wide),
                    target = lk_view(soft, LK_F64, 2, wide);
    const lk_tensor rows = lk_view(shared, LK_F64, 2, tall);
    const lk_tensor classes = lk_vector(truth, LK_I64, tall);
    const lk_tensor weight = lk_vector(single.weight, LK_F64, tall);
    lk_result by_soft, by_class;
    lk_call call = LK_CALL_INIT;
    call.reduction = LK_SUM;
    call.input = &input;
    call.target = &target;
    call.result = &by_soft;
    must(lk_softmax_cross_entropy(&call, 0, 0, 0, 0));
    call.input = &rows;
    call.target = &classes;
    call.weight = &weight;
    call.result = &by_class;
    must(lk_softmax_cross_entropy(&call, 0, 0, 0, 0));
    assert_true(by_soft.value > 1);
    assert_true(fabs(by_soft.value - by_class.value) < 1e-12);
    lk_dataset_free(&single);
    lk_dataset_free(&d);
}

static void test_overlaid_pictures(void **state)
{
    (void)state;
    lk_dataset digits = made_up_digits();
    for (int64_t i = 0; i < ROWS; i++) digits.dense[i * PIXELS] = 0;
    overlaid_digits pictures;
    must(overlaid_make(&digits, 2, &pictures));
    int64_t with[3] = {0, 0, 0};
    for (int64_t i = 0; i < pictures.train.rows; i++) {
        const int labels = overlaid_labels(pictures.train.target + i * OVERLAID_LABELS);
        assert_in_range(labels, 0, 2);
        with[labels]++;
        for (int k = 0; k < PIXELS; k++) {
            const double ink = pictures.train.dense[i * PIXELS + k];
            assert_true(ink >= 0 && ink <= 1);
        }
        assert_true(pictures.train.dense[i * PIXELS + CONSTANT] == 0.5); /* (4 + 4) / 16 */
    }
    /* Of 45 pairs of digits 10 have no label, 25 one and 10 two. */
    assert_in_range(with[0], OVERLAID_TRAIN * 10 / 45 - 100, OVERLAID_TRAIN * 10 / 45 + 100);
    assert_in_range(with[2], OVERLAID_TRAIN * 10 / 45 - 100, OVERLAID_TRAIN * 10 / 45 + 100);
    overlaid_free(&pictures);
    lk_dataset_free(&digits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digit_is_one_in_a_hundred),
        cmocka_unit_test(test_digit_parts_share_no_row),
        cmocka_unit_test(test_clouds),
        cmocka_unit_test(test_best_threshold),
        cmocka_unit_test(test_soft_targets_as_classes),
        cmocka_unit_test(test_overlaid_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
