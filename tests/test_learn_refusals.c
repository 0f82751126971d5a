/* test_learn_refusals.c: what training cannot take ends with a sentence and empty outputs: numbers
 * that are not finite or too large to square, targets that are no classes, options of another size,
 * more weights than can be counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include "losskit_learn.h"
#include "model.h"

enum { ROWS = 12, FEATURES = 4 };

/* Rows of no particular kind; classes 0: numbers. */
static lk_dataset rows_of(int64_t classes, double size)
{
    static double x[ROWS * FEATURES], y[ROWS];
    const int64_t shape[] = {ROWS, FEATURES};
    const lk_tensor features = lk_view(x, LK_F64, 2, shape), target = lk_vector(y, LK_F64, shape);
    lk_random random = {5};
    lk_dataset data;
    for (int i = 0; i < ROWS * FEATURES; i++) x[i] = size * (0.5 + lk_random_unit(&random));
    for (int64_t i = 0; i < ROWS; i++)
        y[i] = classes ? (double)(i % classes) : 1 + lk_random_unit(&random);
    assert_int_equal(lk_dataset_create(&features, &target, NULL, &data), LK_OK);
    if (classes) assert_int_equal(lk_dataset_set_classes(&data, classes), LK_OK);
    return data;
}

static void told(lk_status status, lk_status want, const char *word, lk_model *const *model)
{
    if (status != want || !strstr(lk_last_error(), word))
        fail_msg("status %d, \"%s\"; expected %d, \"%s\"", status, lk_last_error(), want, word);
    if (model) assert_null(*model);
}

static void refuses(const lk_dataset *data, lk_loss loss, lk_solver solver, lk_status want,
                    const char *word)
{
    lk_linear_options o = LK_LINEAR_OPTIONS_INIT;
    lk_linear_report report;
    lk_model *model = (lk_model *)&o;
    memset(&report, 1, sizeof report);
    o.loss = loss;
    o.solver = solver;
    told(lk_train_linear(data, &o, &model, &report), want, word, &model);
    assert_true(report.objective == 0 && report.gap == 0 && report.gradient == 0);
    assert_true(!report.converged && !report.iterations && !report.solver);
}

static const struct {
    lk_loss loss;
    lk_solver solver;
    int64_t classes;
} trainings[] = {
    {LK_LOGISTIC, LK_SOLVER_NEWTON, 2},
    {LK_LOGISTIC, LK_SOLVER_LBFGS, 2},
    {LK_LOGISTIC, LK_SOLVER_PROXIMAL, 2},
    {LK_LOGISTIC, LK_SOLVER_SGD, 2},
    {LK_HINGE, LK_SOLVER_DUAL, 2},
    {LK_RAMP, LK_SOLVER_CCCP, 2},
    {LK_SQUARED_ERROR, LK_SOLVER_QR, 0},
    {LK_SQUARED_ERROR, LK_SOLVER_NEWTON, 0},
    {LK_CAUCHY, LK_SOLVER_IRLS, 0},
    {LK_TUKEY_BIWEIGHT, LK_SOLVER_IRLS, 0},
    {LK_SOFTMAX_CROSS_ENTROPY, LK_SOLVER_NEWTON, 3},
    {LK_MULTICLASS_HINGE, LK_SOLVER_DUAL, 3},
};
enum { TRAININGS = sizeof trainings / sizeof *trainings };

static void numbers_have_to_be_finite(void **state)
{
    (void)state;
    static const double bad[] = {NAN, HUGE_VAL};
    for (int k = 0; k < TRAININGS; k++)
        for (int b = 0; b < 2; b++) {
            lk_dataset data = rows_of(trainings[k].classes, 1);
            data.dense[4] = bad[b];
            refuses(&data, trainings[k].loss, trainings[k].solver, LK_OUT_OF_DOMAIN, "features");
            lk_dataset_free(&data);
        }
}

/* Their gradient has a norm beyond the doubles: no solver could tell where it ends. */
static void features_may_be_too_large(void **state)
{
    (void)state;
    static const double sizes[] = {1e160, 1e300};
    for (int k = 0; k < TRAININGS; k++)
        for (int s = 0; s < 2; s++) {
            lk_dataset data = rows_of(trainings[k].classes, sizes[s]);
            refuses(&data, trainings[k].loss, trainings[k].solver, LK_OUT_OF_DOMAIN, "features");
            lk_dataset_free(&data);
        }
}

/* The arrays of a data set may be changed, and so its targets may be anything. */
static void targets_have_to_be_classes(void **state)
{
    (void)state;
    static const double bad[] = {3, -1, 1e9, 0.5, NAN};
    static const lk_loss losses[] = {LK_MULTICLASS_HINGE, LK_SOFTMAX_CROSS_ENTROPY, LK_HINGE,
                                     LK_LOGISTIC};
    for (int b = 0; b < 5; b++) {
        lk_dataset three = rows_of(3, 1), two = rows_of(2, 1);
        three.target[7] = two.target[7] = bad[b];
        for (int k = 0; k < 4; k++)
            refuses(&three, losses[k], LK_SOLVER_AUTO, LK_OUT_OF_DOMAIN, "target[7]");
        refuses(&two, LK_LOGISTIC, LK_SOLVER_AUTO, LK_OUT_OF_DOMAIN, "target[7]");
        const lk_perceptron_options perceptron = LK_PERCEPTRON_OPTIONS_INIT;
        const lk_adaboost_options adaboost = LK_ADABOOST_OPTIONS_INIT;
        lk_model *m;
        int64_t n = 1;
        told(lk_train_perceptron(&three, &perceptron, &m, &n), LK_OUT_OF_DOMAIN, "target[7]", &m);
        assert_int_equal(n, 0);
        n = 1;
        told(lk_train_adaboost(&two, &adaboost, &m, &n), LK_OUT_OF_DOMAIN, "target[7]", &m);
        assert_int_equal(n, 0);
        lk_dataset_free(&three);
        lk_dataset_free(&two);
    }
}

static void options_begin_with_their_size(void **state)
{
    (void)state;
    lk_dataset data = rows_of(2, 1), out;
    lk_linear_options linear = LK_LINEAR_OPTIONS_INIT;
    lk_perceptron_options perceptron = LK_PERCEPTRON_OPTIONS_INIT;
    lk_adaboost_options adaboost = LK_ADABOOST_OPTIONS_INIT;
    lk_resample_options resample = LK_RESAMPLE_OPTIONS_INIT;
    linear.size = perceptron.size = adaboost.size = resample.size = 0;
    lk_model *m;
    told(lk_train_linear(&data, &linear, &m, NULL), LK_INVALID, "LK_LINEAR_OPTIONS_INIT", &m);
    told(lk_train_perceptron(&data, &perceptron, &m, NULL), LK_INVALID,
         "LK_PERCEPTRON_OPTIONS_INIT", &m);
    told(lk_train_adaboost(&data, &adaboost, &m, NULL), LK_INVALID, "LK_ADABOOST_OPTIONS_INIT", &m);
    told(lk_resample_rows(&data, &resample, &out), LK_INVALID, "LK_RESAMPLE_OPTIONS_INIT", NULL);
    lk_dataset_free(&data);
}

/* Numbers of weights that 64 bits do not count. */
static void weights_may_be_too_many(void **state)
{
    (void)state;
    static const int64_t classes[] = {(int64_t)1 << 31, (int64_t)1 << 62, INT64_MAX};
    static const lk_loss losses[] = {LK_MULTICLASS_HINGE, LK_SOFTMAX_CROSS_ENTROPY, LK_LOGISTIC};
    for (int k = 0; k < 3; k++) {
        lk_dataset data = rows_of(3, 1);
        assert_int_equal(lk_dataset_set_classes(&data, classes[k]), LK_OK);
        lk_linear_options linear = LK_LINEAR_OPTIONS_INIT;
        linear.bias = LK_BIAS_NONE;
        lk_model *m;
        for (int l = 0; l < 3; l++) {
            linear.loss = losses[l];
            told(lk_train_linear(&data, &linear, &m, NULL), LK_INVALID, "classes", &m);
        }
        const lk_perceptron_options o = LK_PERCEPTRON_OPTIONS_INIT;
        told(lk_train_perceptron(&data, &o, &m, NULL), LK_INVALID, "classes", &m);
        lk_dataset_free(&data);
    }
    lk_dataset data = rows_of(2, 1);
    lk_model *m = lk_model_new(LK_MODEL_LINEAR, &data, LK_LOGISTIC, NULL, 0, 1);
    assert_non_null(m);
    const int64_t shape[] = {(int64_t)1 << 32, (int64_t)1 << 32};
    assert_null(lk_model_add(m, "weight", LK_F64, 2, shape));
    assert_non_null(strstr(lk_last_error(), "no memory"));
    assert_int_equal(lk_model_tensors(m), 0);
    lk_model_free(m);
    lk_dataset_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_to_be_finite),
        cmocka_unit_test(features_may_be_too_large),
        cmocka_unit_test(targets_have_to_be_classes),
        cmocka_unit_test(options_begin_with_their_size),
        cmocka_unit_test(weights_may_be_too_many),
    };
    return cmocka_run_group_tests_name("learn_refusals", tests, NULL, NULL);
}
