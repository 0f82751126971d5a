/* test_learn_balance_threads.c: scaling, SMOTE, the anomaly detector and probabilities: the same
 * bits for any number of threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"
#include "support/learn_numbers.h"

enum { RUNS = 4, D = 70 };
static const int threads[RUNS] = {1, 2, 5, 1};
static const int64_t sizes[3] = {900, 611, 30};

/* The bytes that `run` makes are those of the first run. */
typedef void *run_function(const lk_dataset *data, size_t *size);
static void check(run_function *run, int sparse)
{
    lk_dataset dense = random_classes(3, sizes, D, 6);
    lk_dataset data = sparse ? made_sparse(&dense, 1) : random_classes(3, sizes, D, 6);
    void *first = NULL;
    size_t size = 0, other_size;
    for (int k = 0; k < RUNS; k++) {
        lk_set_num_threads(threads[k]);
        void *const bytes = run(&data, k ? &other_size : &size);
        if (k) assert_int_equal(size, other_size);
        if (k) assert_memory_equal(bytes, first, size);
        if (k)
            free(bytes);
        else
            first = bytes;
    }
    lk_set_num_threads(0);
    free(first);
    lk_dataset_free(&data);
    lk_dataset_free(&dense);
}

static void *copy(const double *x, size_t n, size_t *size)
{
    *size = n * sizeof *x;
    void *const bytes = malloc(*size);
    assert_non_null(bytes);
    return memcpy(bytes, x, *size);
}

static void *scale(const lk_dataset *data, size_t *size)
{
    lk_scaling s;
    assert_int_equal(lk_scaling_fit(data, LK_SCALE_STANDARD, &s), LK_OK);
    void *const bytes = copy(s.factor, D, size);
    lk_scaling_free(&s);
    return bytes;
}

static void *resample(const lk_dataset *data, size_t *size)
{
    lk_resample_options o = LK_RESAMPLE_OPTIONS_INIT;
    o.method = LK_RESAMPLE_SMOTE;
    lk_dataset e;
    assert_int_equal(lk_resample_rows(data, &o, &e), LK_OK);
    const size_t n = (size_t)(e.dense ? e.rows * D : e.starts[e.rows]);
    void *const bytes = copy(e.dense ? e.dense : e.values, n, size);
    lk_dataset_free(&e);
    return bytes;
}

static void *detect(const lk_dataset *data, size_t *size)
{
    lk_model *m;
    if (lk_train_mahalanobis(data, 0, 0.1, 0.9, &m)) fail_msg("%s", lk_last_error());
    double *const scores = malloc((size_t)data->rows * sizeof *scores);
    assert_int_equal(lk_model_predict(m, data, scores), LK_OK);
    void *const bytes = copy(scores, (size_t)data->rows, size);
    free(scores);
    lk_model_free(m);
    return bytes;
}

static void *tell(const lk_dataset *data, size_t *size)
{
    const lk_dataset two = {.features = D, .classes = 2, .targets = 1};
    lk_model *const m = lk_model_new(LK_MODEL_LINEAR, &two, LK_LOGISTIC, NULL, 0, 1);
    const size_t n = (size_t)(data->rows * D);
    double *const p = malloc(2 * n * sizeof *p);
    assert_int_equal(lk_model_probabilities(m, (int64_t)n, data->dense, p), LK_OK);
    void *const bytes = copy(p, 2 * n, size);
    free(p);
    lk_model_free(m);
    return bytes;
}

static void scaling(void **state)
{
    (void)state;
    check(scale, 0);
}

static void smote(void **state)
{
    (void)state;
    check(resample, 0);
    check(resample, 1);
}

static void mahalanobis(void **state)
{
    (void)state;
    check(detect, 0);
    check(detect, 1);
}

static void probabilities(void **state)
{
    (void)state;
    check(tell, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(scaling), cmocka_unit_test(smote),
                                       cmocka_unit_test(mahalanobis),
                                       cmocka_unit_test(probabilities)};
    return cmocka_run_group_tests_name("learn_balance_threads", tests, NULL, NULL);
}
