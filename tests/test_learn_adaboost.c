/* test_learn_adaboost.c: stumps against scikit-learn's AdaBoost (conformance/adaboost.py), and the
 * identities that the algorithm rests on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

enum { ROWS = 120, FEATURES = 5, ROUNDS = 40, SETS = 2 };

typedef struct golden_round {
    double feature, threshold, sign, theta, error, training_error;
} golden_round;

static double features[ROWS * FEATURES], target[ROWS], weight[ROWS];
static golden_round golden[SETS][ROUNDS];

static int read_golden(void **state)
{
    (void)state;
    char line[512];
    int row = 0, round = 0;
    FILE *f = fopen(LOSSKIT_SOURCE_DIR "/tests/conformance/adaboost.txt", "r");
    if (!f) return 1;
    while (fgets(line, sizeof line, f)) {
        double v[FEATURES + 2];
        if (*line == '#') continue;
        if (row < ROWS) {
            assert_int_equal(sscanf(line, "%lf %lf %lf %lf %lf %lf %lf", v, v + 1, v + 2, v + 3,
                                    v + 4, v + 5, v + 6),
                             FEATURES + 2);
            memcpy(features + row * FEATURES, v, FEATURES * sizeof *v);
            target[row] = v[FEATURES];
            weight[row++] = v[FEATURES + 1];
        } else {
            golden_round *g = &golden[round / ROUNDS][round % ROUNDS];
            assert_true(round++ < SETS * ROUNDS);
            assert_int_equal(sscanf(line, "%lf %lf %lf %lf %lf %lf", &g->feature, &g->threshold,
                                    &g->sign, &g->theta, &g->error, &g->training_error),
                             6);
        }
    }
    fclose(f);
    return round != SETS * ROUNDS;
}

/* ---- data and models ----------------------------------------------------------------------------
 */

static lk_dataset dense_data(const double *x, int64_t n, int64_t d, const double *y,
                             const double *w)
{
    const int64_t shape[] = {n, d};
    const lk_tensor t = lk_view(x, LK_F64, 2, shape), truth = lk_vector(y, LK_F64, &n);
    const lk_tensor weights = lk_vector(w, LK_F64, &n);
    lk_dataset data;
    assert_int_equal(lk_dataset_create(&t, &truth, w ? &weights : NULL, &data), LK_OK);
    assert_int_equal(lk_dataset_set_classes(&data, 2), LK_OK);
    return data;
}

/* Without most of the zeros: every seventh is stored. */
static lk_dataset sparse_data(const double *x, int64_t n, int64_t d, const double *y,
                              const double *w)
{
    int64_t *starts = calloc((size_t)n + 1, sizeof *starts), k = 0, zeros = 0;
    int32_t *columns = calloc((size_t)(n * d), sizeof *columns);
    double *values = calloc((size_t)(n * d), sizeof *values);
    assert_true(starts && columns && values);
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < d; j++) {
            if (x[i * d + j] == 0 && zeros++ % 7) continue;
            columns[k] = (int32_t)j;
            values[k++] = x[i * d + j];
        }
        starts[i + 1] = k;
    }
    lk_dataset data;
    assert_int_equal(lk_dataset_create_sparse(n, d, starts, columns, values, y, w, &data), LK_OK);
    assert_int_equal(lk_dataset_set_classes(&data, 2), LK_OK);
    free(starts);
    free(columns);
    free(values);
    return data;
}

static lk_model *boost(const lk_dataset *data, int64_t wanted, double *bounds, int64_t *rounds)
{
    lk_adaboost_options o = LK_ADABOOST_OPTIONS_INIT;
    o.rounds = wanted;
    o.bounds = bounds;
    lk_model *m = NULL;
    if (lk_train_adaboost(data, &o, &m, rounds)) fail_msg("%s", lk_last_error());
    return m;
}

static const void *array(const lk_model *m, const char *name, int64_t n)
{
    const void *data =
        lk_model_expect(m, name, n >= 0 ? LK_F64 : LK_I64, 1, (int64_t[]){n >= 0 ? n : -n});
    if (!data) fail_msg("%s", lk_last_error());
    return data;
}

static void near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance)) fail_msg("%.17g, not %.17g", got, want);
}

/* ---- tests --------------------------------------------------------------------------------------
 */

static void check_golden(const lk_dataset *data, const golden_round *want)
{
    double bounds[ROUNDS], scores[ROWS], bound = 1;
    int64_t rounds, classes[ROWS];
    for (int64_t n = 1; n <= ROUNDS; n += 13) {
        lk_model *m = boost(data, n, bounds, &rounds);
        assert_int_equal(rounds, n);
        const int64_t *feature = array(m, "stump.feature", -n);
        const double *threshold = array(m, "stump.threshold", n);
        const double *left = array(m, "stump.left", n), *right = array(m, "stump.right", n);
        bound = 1;
        for (int64_t k = 0; k < n; k++) {
            assert_int_equal(feature[k], (int64_t)want[k].feature);
            near(threshold[k], want[k].threshold, 1e-12);
            near(right[k], want[k].sign * want[k].theta, 1e-9);
            near(left[k], -right[k], 0);
            bound *= 2 * sqrt(want[k].error * (1 - want[k].error));
            near(bounds[k], bound, 1e-9);
        }
        assert_int_equal(lk_model_predict(m, data, scores), LK_OK);
        assert_int_equal(lk_model_classify(m, ROWS, scores, classes), LK_OK);
        double wrong = 0, all = 0;
        for (int i = 0; i < ROWS; i++) {
            const double w = data->weight ? weight[i] : 1;
            wrong += (double)classes[i] == target[i] ? 0 : w;
            all += w;
        }
        near(wrong / all, want[n - 1].training_error, 1e-12);
        lk_model_free(m);
    }
}

static void test_scikit(void **state)
{
    (void)state;
    for (int weighted = 0; weighted < SETS; weighted++) {
        const double *w = weighted ? weight : NULL;
        lk_dataset dense = dense_data(features, ROWS, FEATURES, target, w);
        lk_dataset sparse = sparse_data(features, ROWS, FEATURES, target, w);
        check_golden(&dense, golden[weighted]);
        check_golden(&sparse, golden[weighted]);
        lk_dataset_free(&dense);
        lk_dataset_free(&sparse);
    }
}

/* The product of the Z is the mean exponential loss of the score, which bounds the error. */
static void test_bound_is_exponential_loss(void **state)
{
    (void)state;
    const int64_t n = ROWS;
    lk_dataset data = dense_data(features, ROWS, FEATURES, target, weight);
    double bounds[ROUNDS], scores[ROWS];
    for (int64_t rounds = 1; rounds <= ROUNDS; rounds++) {
        lk_model *m = boost(&data, rounds, bounds, NULL);
        assert_int_equal(lk_model_predict(m, &data, scores), LK_OK);
        const lk_tensor input = lk_vector(scores, LK_F64, &n), w = lk_vector(weight, LK_F64, &n);
        const lk_tensor truth = lk_vector(target, LK_F64, &n);
        lk_result loss, error;
        lk_call call = LK_CALL_INIT;
        call.input = &input;
        call.target = &truth;
        call.weight = &w;
        call.flags = LK_LABELS_01;
        call.reduction = LK_WEIGHTED_MEAN;
        call.result = &loss;
        assert_int_equal(lk_exponential(&call), LK_OK);
        call.result = &error;
        assert_int_equal(lk_zero_one(&call, 0), LK_OK);
        near(bounds[rounds - 1], loss.value, 1e-13);
        assert_true(error.value <= loss.value && error.value > 0);
        lk_model_free(m);
    }
    lk_dataset_free(&data);
}

/* Under the weights of the next round, which are those of the exponential loss, the stump of this
 * round is wrong half of the time. */
static void test_chosen_stump_becomes_useless(void **state)
{
    (void)state;
    lk_dataset data = dense_data(features, ROWS, FEATURES, target, weight);
    double scores[ROWS];
    for (int64_t n = 1; n <= ROUNDS; n++) {
        lk_model *m = boost(&data, n, NULL, NULL);
        const int64_t feature = ((const int64_t *)array(m, "stump.feature", -n))[n - 1];
        const double threshold = ((const double *)array(m, "stump.threshold", n))[n - 1];
        const double right = ((const double *)array(m, "stump.right", n))[n - 1];
        assert_int_equal(lk_model_predict(m, &data, scores), LK_OK);
        double wrong = 0, all = 0;
        for (int i = 0; i < ROWS; i++) {
            const double y = target[i] > 0 ? 1 : -1, w = weight[i] * exp(-y * scores[i]);
            const double h = features[i * FEATURES + feature] > threshold ? right : -right;
            wrong += y * h < 0 ? w : 0;
            all += w;
        }
        near(wrong / all, 0.5, 1e-12);
        lk_model_free(m);
    }
    lk_dataset_free(&data);
}

static void test_perfect_stump(void **state)
{
    (void)state;
    static const double x[] = {5, 1, 5, 2, 5, 3, 5, 4}, y[] = {1, 1, 0, 0};
    lk_dataset data = dense_data(x, 4, 2, y, NULL);
    double bounds[9], scores[4];
    int64_t rounds, classes[4];
    lk_model *m = boost(&data, 9, bounds, &rounds);
    assert_int_equal(rounds, 1);
    assert_int_equal(*(const int64_t *)array(m, "stump.feature", -1), 1);
    near(*(const double *)array(m, "stump.threshold", 1), 2.5, 0);
    assert_int_equal(lk_model_predict(m, &data, scores), LK_OK);
    assert_int_equal(lk_model_classify(m, 4, scores, classes), LK_OK);
    for (int i = 0; i < 4; i++) assert_true((double)classes[i] == y[i] && isfinite(scores[i]));
    near(bounds[0], exp(-fabs(scores[0])), 1e-15); /* the mean exponential loss still */
    lk_model_free(m);
    lk_dataset_free(&data);
}

/* Exclusive or: no stump is better than chance. Constant features and one class. */
static void test_nothing_to_choose(void **state)
{
    (void)state;
    static const double x[] = {0, 0, 0, 1, 1, 0, 1, 1}, y[] = {0, 1, 1, 0}, same[] = {1, 1, 1, 1};
    lk_dataset data = dense_data(x, 4, 2, y, NULL);
    int64_t rounds;
    double scores[4];
    lk_model *m = boost(&data, 9, NULL, &rounds);
    assert_int_equal(rounds, 0);
    assert_int_equal(lk_model_predict(m, &data, scores), LK_OK);
    for (int i = 0; i < 4; i++) assert_true(scores[i] == 0);
    lk_model_free(m);
    lk_dataset_free(&data);
    data = dense_data(x, 4, 2, same, NULL); /* +1 everywhere is right */
    m = boost(&data, 9, NULL, &rounds);
    assert_int_equal(rounds, 1);
    assert_int_equal(lk_model_predict(m, &data, scores), LK_OK);
    for (int i = 0; i < 4; i++) assert_true(scores[i] > 1);
    lk_model_free(m);
    lk_dataset_free(&data);
    data = dense_data(same, 4, 1, y, NULL); /* one value: nothing to tell apart */
    m = boost(&data, 9, NULL, &rounds);
    assert_int_equal(rounds, 0);
    lk_model_free(m);
    lk_dataset_free(&data);
}

/* Zeros are equal, stored or not: the first feature is of no use, though its stored zeros are all
 * of class 1; the second is wrong once. */
static void test_stored_zeros(void **state)
{
    (void)state;
    static const int64_t starts[] = {0, 0, 2, 2, 3, 5, 7};
    static const int32_t columns[] = {0, 1, 0, 0, 1, 0, 1};
    static const double values[] = {0, 2, 0, 1, 2, 1, 1}, y[] = {0, 1, 0, 1, 1, 0};
    lk_dataset data;
    assert_int_equal(lk_dataset_create_sparse(6, 2, starts, columns, values, y, NULL, &data),
                     LK_OK);
    assert_int_equal(lk_dataset_set_classes(&data, 2), LK_OK);
    int64_t rounds;
    double bound;
    lk_model *m = boost(&data, 1, &bound, &rounds);
    assert_int_equal(rounds, 1);
    assert_int_equal(*(const int64_t *)array(m, "stump.feature", -1), 1);
    near(*(const double *)array(m, "stump.threshold", 1), 1.5, 0);
    near(bound, 2 * sqrt(5.0 / 36), 1e-15);
    lk_model_free(m);
    lk_dataset_free(&data);
}

/* The threshold tells neighbouring numbers apart, and survives the largest ones. */
static void test_thresholds(void **state)
{
    (void)state;
    const double one = 1, next = nextafter(one, 2);
    const double pairs[][2] = {
        {one, next}, {-DBL_MAX, DBL_MAX}, {-next, -one}, {0, 0x1p-1074}, {DBL_MAX / 2, DBL_MAX}};
    static const double y[] = {0, 1};
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++) {
        lk_dataset data = dense_data(pairs[k], 2, 1, y, NULL);
        double scores[2];
        lk_model *m = boost(&data, 1, NULL, NULL);
        assert_int_equal(lk_model_predict(m, &data, scores), LK_OK);
        assert_true(scores[0] < 0 && scores[1] > 0);
        lk_model_free(m);
        lk_dataset_free(&data);
    }
}

/* Enough numbers that several threads share them. */
static void test_threads(void **state)
{
    (void)state;
    enum { MANY = 4000, WIDE = 30, TURNS = 8 };
    double *x = calloc(MANY * WIDE, sizeof *x), *y = calloc(MANY, sizeof *y);
    double *scores[3], *dense = calloc(MANY, sizeof *dense);
    assert_true(x && y && dense);
    lk_random random = {3};
    for (int k = 0; k < MANY * WIDE; k++)
        x[k] = lk_random_unit(&random) < 0.3 ? 0 : floor(20 * lk_random_normal(&random));
    for (int i = 0; i < MANY; i++)
        y[i] = x[i * WIDE + 3] + x[i * WIDE + 20] + 20 * lk_random_normal(&random) > 0;
    for (int sparse = 0; sparse < 2; sparse++) {
        lk_dataset data = (sparse ? sparse_data : dense_data)(x, MANY, WIDE, y, NULL);
        static const int threads[] = {1, 2, 5};
        for (int t = 0; t < 3; t++) {
            double bounds[TURNS];
            lk_set_num_threads(threads[t]);
            scores[t] = calloc(MANY, sizeof **scores);
            assert_non_null(scores[t]);
            lk_model *m = boost(&data, TURNS, bounds, NULL);
            assert_int_equal(lk_model_predict(m, &data, scores[t]), LK_OK);
            assert_memory_equal(scores[t], scores[0], MANY * sizeof **scores);
            assert_true(bounds[TURNS - 1] < bounds[0] && bounds[0] < 1);
            lk_model_free(m);
        }
        lk_set_num_threads(0);
        for (int i = 0; sparse && i < MANY; i++) near(scores[0][i], dense[i], 1e-9);
        memcpy(dense, scores[0], MANY * sizeof *dense);
        for (int t = 0; t < 3; t++) free(scores[t]);
        lk_dataset_free(&data);
    }
    free(dense);
    free(x);
    free(y);
}

static int stop_at_third(void *context, const lk_progress *progress)
{
    int *calls = context;
    assert_int_equal(progress->epoch, ++*calls);
    assert_true(progress->loss < 1 && progress->measure < 0.5);
    return *calls == 3;
}

static void refused(const lk_dataset *data, int64_t wanted, lk_status want, const char *word)
{
    lk_adaboost_options o = LK_ADABOOST_OPTIONS_INIT;
    o.rounds = wanted;
    lk_model *m = (lk_model *)(uintptr_t)data;
    int64_t rounds = 7;
    assert_int_equal(lk_train_adaboost(data, &o, &m, &rounds), want);
    assert_null(m);
    assert_int_equal(rounds, 0);
    if (!strstr(lk_last_error(), word)) fail_msg("\"%s\" without %s", lk_last_error(), word);
}

static void test_arguments(void **state)
{
    (void)state;
    lk_dataset data = dense_data(features, ROWS, FEATURES, target, NULL);
    lk_adaboost_options o = LK_ADABOOST_OPTIONS_INIT;
    int calls = 0;
    int64_t rounds;
    lk_model *m = NULL;
    o.progress = stop_at_third;
    o.context = &calls;
    assert_int_equal(lk_train_adaboost(&data, &o, &m, &rounds), LK_OK);
    assert_int_equal(rounds, 3);
    lk_model_free(m);
    refused(&data, 0, LK_INVALID, "0 rounds");
    refused(&data, INT64_MAX, LK_NO_MEMORY, "rounds");
    data.classes = 3;
    refused(&data, 5, LK_UNSUPPORTED, "there are 3");
    data.classes = 0;
    refused(&data, 5, LK_UNSUPPORTED, "numbers");
    lk_dataset_free(&data);
    data = dense_data(features, ROWS, 0, target, NULL);
    refused(&data, 5, LK_INVALID, "0 features");
    lk_dataset_free(&data);
    data = dense_data(features, 0, 5, target, NULL);
    refused(&data, 5, LK_INVALID, "no rows");
    lk_dataset_free(&data);
    static const double none[ROWS];
    data = dense_data(features, ROWS, FEATURES, target, none);
    refused(&data, 5, LK_INVALID, "sum to 0");
    lk_dataset_free(&data);
}

/* What a hostile file may hold. */
static void test_model_is_checked(void **state)
{
    (void)state;
    lk_dataset data = dense_data(features, ROWS, FEATURES, target, NULL);
    lk_model *m = boost(&data, 3, NULL, NULL);
    const lk_model_type *type = lk_model_type_of(LK_MODEL_STUMPS);
    int64_t *feature = lk_model_find(m, "stump.feature")->data;
    double *threshold = lk_model_find(m, "stump.threshold")->data;
    double *left = lk_model_find(m, "stump.left")->data, *right = left;
    right = lk_model_find(m, "stump.right")->data;
    assert_int_equal(type->check(m), LK_OK);
    const int64_t kept = feature[1];
    feature[1] = FEATURES;
    assert_int_equal(type->check(m), LK_INVALID);
    assert_non_null(strstr(lk_last_error(), "feature 5 of 5"));
    feature[1] = -1;
    assert_int_equal(type->check(m), LK_INVALID);
    feature[1] = kept;
    double *const numbers[] = {threshold, left, right};
    for (int k = 0; k < 3; k++) {
        const double old = numbers[k][2];
        numbers[k][2] = NAN;
        assert_int_equal(type->check(m), LK_INVALID);
        numbers[k][2] = old;
    }
    m->outputs = 2;
    assert_int_equal(type->check(m), LK_INVALID);
    m->outputs = 1;
    lk_model_find(m, "stump.left")->shape[0] = 2;
    assert_int_equal(type->check(m), LK_INVALID);
    lk_model_remove(m, "stump.left");
    assert_int_equal(type->check(m), LK_INVALID);
    lk_model_free(m);
    lk_dataset_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scikit),
        cmocka_unit_test(test_bound_is_exponential_loss),
        cmocka_unit_test(test_chosen_stump_becomes_useless),
        cmocka_unit_test(test_perfect_stump),
        cmocka_unit_test(test_nothing_to_choose),
        cmocka_unit_test(test_stored_zeros),
        cmocka_unit_test(test_thresholds),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_model_is_checked),
    };
    return cmocka_run_group_tests(tests, read_golden, NULL);
}
