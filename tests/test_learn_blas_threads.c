/* test_learn_blas_threads.c: how many threads BLAS has of its own does not matter to what is
 * learned through it, nor who else uses it at the same time; it has them back afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "support/learn_numbers.h"

enum { ROWS = 600, FEATURES = 150, ROUNDS = 8 };

/* Of OpenBLAS, if that is the BLAS at hand. */
__attribute__((weak)) void openblas_set_num_threads(int threads);
__attribute__((weak)) int openblas_get_num_threads(void);
__attribute__((weak)) int openblas_get_parallel(void);

static int has_threads(void)
{
    return openblas_set_num_threads && openblas_get_num_threads && openblas_get_parallel &&
           openblas_get_parallel() != 0;
}

static lk_dataset data;

static int make_data(void **state)
{
    (void)state;
    const int64_t size = ROWS;
    lk_random random = {9};
    data = random_classes(1, &size, FEATURES, 4);
    data.classes = 0;
    for (int64_t i = 0; i < ROWS; i++) data.target[i] = lk_random_normal(&random);
    return 0;
}

static int free_data(void **state)
{
    (void)state;
    lk_dataset_free(&data);
    return 0;
}

/* Least squares by QR, and a covariance by Cholesky. */
typedef struct learned {
    double weight[FEATURES], factor[FEATURES * FEATURES];
    lk_status status;
} learned;

static void *learn(void *context)
{
    learned *l = context;
    lk_linear_options o = LK_LINEAR_OPTIONS_INIT;
    o.loss = LK_SQUARED_ERROR;
    o.solver = LK_SOLVER_QR;
    lk_model *line = NULL, *gaussian = NULL;
    l->status = lk_train_linear(&data, &o, &line, NULL);
    if (!l->status) l->status = lk_train_mahalanobis(&data, 0, 0.1, 0.9, &gaussian);
    if (!l->status) {
        memcpy(l->weight, lk_model_find(line, "weight")->data, sizeof l->weight);
        memcpy(l->factor, lk_model_find(gaussian, "cholesky")->data, sizeof l->factor);
    }
    lk_model_free(line);
    lk_model_free(gaussian);
    return NULL;
}

static void same(const learned *a, const learned *b)
{
    assert_int_equal(a->status, LK_OK);
    assert_int_equal(b->status, LK_OK);
    assert_memory_equal(a->weight, b->weight, sizeof a->weight);
    assert_memory_equal(a->factor, b->factor, sizeof a->factor);
}

static void bits_do_not_depend_on_them(void **state)
{
    (void)state;
    static learned one, other;
    if (!has_threads()) skip();
    const int old = openblas_get_num_threads();
    for (int threads = 1; threads <= 4; threads *= 2) {
        openblas_set_num_threads(threads);
        learn(threads == 1 ? &one : &other);
        if (threads > 1) same(&one, &other);
        assert_int_equal(openblas_get_num_threads(), threads);
    }
    openblas_set_num_threads(old);
}

/* The first of two to leave does not bring the threads back to the other. */
static void last_one_out_gives_them_back(void **state)
{
    (void)state;
    if (!has_threads()) skip();
    const int old = openblas_get_num_threads();
    openblas_set_num_threads(3);
    lk_blas_begin();
    assert_int_equal(openblas_get_num_threads(), 1);
    static learned other;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, learn, &other), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(other.status, LK_OK);
    assert_int_equal(openblas_get_num_threads(), 1);
    lk_blas_end();
    assert_int_equal(openblas_get_num_threads(), 3);
    openblas_set_num_threads(old);
}

static void *learn_often(void *context)
{
    learned *l = context;
    for (int k = 0; k < ROUNDS; k++) learn(&l[k]);
    return NULL;
}

static void trainings_may_go_on_side_by_side(void **state)
{
    (void)state;
    static learned alone, by[2][ROUNDS];
    if (has_threads()) openblas_set_num_threads(3);
    learn(&alone);
    pthread_t threads[2];
    for (int t = 0; t < 2; t++)
        assert_int_equal(pthread_create(&threads[t], NULL, learn_often, by[t]), 0);
    for (int t = 0; t < 2; t++) assert_int_equal(pthread_join(threads[t], NULL), 0);
    for (int k = 0; k < 2 * ROUNDS; k++) same(&alone, &by[k % 2][k / 2]);
    if (has_threads()) assert_int_equal(openblas_get_num_threads(), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_do_not_depend_on_them),
        cmocka_unit_test(last_one_out_gives_them_back),
        cmocka_unit_test(trainings_may_go_on_side_by_side),
    };
    return cmocka_run_group_tests_name("learn_blas_threads", tests, make_data, free_data);
}
