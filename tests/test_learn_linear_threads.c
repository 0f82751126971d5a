/* The same bits for any number of threads, of data large enough to be divided. */
#include "support/learn_linear_data.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 5000, FEATURES = 60, CLASSES = 3 };

static lk_dataset make(int sparse, int classes)
{
    lk_random random = {11};
    double *x = malloc((size_t)(ROWS * FEATURES) * sizeof *x), *y = malloc(ROWS * sizeof *y);
    int64_t *starts = calloc(ROWS + 1, sizeof *starts), n = 0;
    int32_t *columns = malloc((size_t)(ROWS * FEATURES) * sizeof *columns);
    assert_true(x && y && starts && columns);
    for (int64_t i = 0; i < ROWS; i++) {
        double score = 0;
        for (int k = 0; k < FEATURES; k++) {
            if (sparse && lk_random_unit(&random) < 0.3) continue;
            columns[n] = k;
            x[n] = lk_random_normal(&random);
            score += x[n++] * (k % 7 - 3) / 6;
        }
        starts[i + 1] = n;
        score += lk_random_normal(&random);
        y[i] = !classes ? score : (score > -1) + (classes == CLASSES && score > 1);
    }
    const int64_t shape[] = {ROWS, FEATURES};
    const lk_tensor a = lk_view(x, LK_F64, 2, shape), b = lk_vector(y, LK_F64, shape);
    lk_dataset data;
    assert_int_equal(
        sparse ? lk_dataset_create_sparse(ROWS, FEATURES, starts, columns, x, y, NULL, &data)
               : lk_dataset_create(&a, &b, NULL, &data),
        LK_OK);
    if (classes) assert_int_equal(lk_dataset_set_classes(&data, classes), LK_OK);
    free(x);
    free(y);
    free(starts);
    free(columns);
    return data;
}

/* The weights, the bias and, behind them, the scores. */
static double *numbers(const lk_dataset *data, const lk_linear_options *o, int threads, size_t *n)
{
    lk_set_num_threads(threads);
    lk_model *m;
    if (lk_train_linear(data, o, &m, NULL)) fail_msg("%s", lk_last_error());
    lk_model_info info;
    lk_model_describe(m, &info);
    const size_t outputs = (size_t)info.outputs;
    *n = outputs * (FEATURES + 1 + ROWS);
    double *all = malloc(*n * sizeof *all);
    assert_non_null(all);
    for (int64_t k = 0; k < 2; k++) {
        const char *name;
        lk_tensor t;
        assert_int_equal(lk_model_tensor(m, k, &name, &t), LK_OK);
        memcpy(all + (k ? outputs * FEATURES : 0), t.data,
               outputs * (k ? 1 : FEATURES) * sizeof *all);
    }
    assert_int_equal(lk_model_predict(m, data, all + outputs * (FEATURES + 1)), LK_OK);
    lk_model_free(m);
    lk_set_num_threads(0);
    return all;
}

static void check(lk_loss loss, lk_solver solver, int classes, double l1)
{
    for (int sparse = 0; sparse < (solver == LK_SOLVER_QR ? 1 : 2); sparse++) {
        lk_dataset data = make(sparse, classes);
        lk_linear_options o = LK_LINEAR_OPTIONS_INIT;
        o.loss = loss;
        o.solver = solver;
        o.l1 = l1;
        o.l2 = 1e-3;
        o.iterations = 8;
        size_t n;
        double *one = numbers(&data, &o, 1, &n), *two = numbers(&data, &o, 2, &n);
        double *five = numbers(&data, &o, 5, &n);
        if (memcmp(one, two, n * sizeof *one) != 0 || memcmp(one, five, n * sizeof *one) != 0)
            fail_msg("%s by %s depends on the threads", lk_loss_describe(loss)->name,
                     lk_solver_name(solver));
        free(one);
        free(two);
        free(five);
        lk_dataset_free(&data);
    }
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    check(LK_LOGISTIC, LK_SOLVER_NEWTON, 2, 0);
    check(LK_LOGISTIC, LK_SOLVER_LBFGS, 2, 0);
    check(LK_LOGISTIC, LK_SOLVER_PROXIMAL, 2, 0.01);
    check(LK_HINGE, LK_SOLVER_SGD, 2, 0);
    check(LK_HINGE, LK_SOLVER_DUAL, 2, 0);
    check(LK_RAMP, LK_SOLVER_CCCP, 2, 0);
    check(LK_SQUARED_ERROR, LK_SOLVER_QR, 0, 0);
    check(LK_TUKEY_BIWEIGHT, LK_SOLVER_IRLS, 0, 0);
    check(LK_SOFTMAX_CROSS_ENTROPY, LK_SOLVER_NEWTON, CLASSES, 0);
    check(LK_SOFTMAX_FOCAL, LK_SOLVER_LBFGS, CLASSES, 0);
    check(LK_LOGISTIC, LK_SOLVER_AUTO, CLASSES, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(threads_do_not_matter)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
