/* test_learn_mlp_statistics.c: losses that look at the whole batch first, with a single output. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "losskit_learn.h"

enum { ROWS = 8 };

/* The loss before the first step, when all weights are 0, in one batch of all rows. */
static double first_loss(lk_loss loss, const double *params, int n_params, int64_t classes,
                         const double target[ROWS])
{
    const double x[ROWS] = {-3, -2, -1, -0.5, 0.5, 1, 2, 3};
    const int64_t shape[2] = {ROWS, 1};
    const lk_tensor features = lk_view(x, LK_F64, 2, shape), y = lk_view(target, LK_F64, 1, shape);
    const lk_objective objective = {loss, params, n_params, 1, 0};
    lk_mlp_options o = LK_MLP_OPTIONS_INIT;
    lk_mlp_report report;
    lk_dataset data;
    lk_model *model;
    assert_int_equal(lk_dataset_create(&features, &y, NULL, &data), LK_OK);
    if (classes) assert_int_equal(lk_dataset_set_classes(&data, classes), LK_OK);
    o.objective = &objective;
    o.n_objective = 1;
    o.initialization = LK_INIT_ZERO;
    o.batch = ROWS;
    o.epochs = 1;
    if (lk_train_mlp(&data, &o, &model, &report)) fail_msg("%s", lk_last_error());
    lk_model_free(model);
    lk_dataset_free(&data);
    return report.loss;
}

/* With logits of 0 each row costs log 2 times beta = 6/8 (positive) or 2/8: the mean over two
 * positive and six negative rows is (2 * 6/8 + 6 * 2/8) / 8 log 2 = 3/8 log 2. */
static void test_balance_of_the_batch(void **state)
{
    (void)state;
    const double target[ROWS] = {0, 0, 0, 0, 0, 0, 1, 1};
    const double loss = first_loss(LK_BALANCED_SIGMOID_CROSS_ENTROPY, NULL, 0, 2, target);
    assert_true(fabs(loss - 3.0 / 8 * log(2)) < 1e-6);
}

/* The output begins at the mean target, 0: the residuals' sizes are 1 1 2 2 3 3 4 4, their median
 * deviation from the median 0 is 2.5, and Tukey's loss of r / (1.4826 * 2.5) follows. */
static void test_spread_of_the_batch(void **state)
{
    (void)state;
    const double target[ROWS] = {-4, -3, -2, -1, 1, 2, 3, 4}, c = 4.6851, per_row = -1;
    const double params[2] = {c, per_row};
    double expected = 0;
    for (int i = 0; i < ROWS; i++) {
        const double u = pow(target[i] / (1.4826 * 2.5) / c, 2);
        expected += c * c / 6 * (1 - pow(1 - u, 3)) / ROWS;
    }
    const double loss = first_loss(LK_TUKEY_BIWEIGHT, params, 2, 0, target);
    if (fabs(loss - expected) > 1e-4 * expected) fail_msg("%g is not %g", loss, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_balance_of_the_batch),
                                       cmocka_unit_test(test_spread_of_the_batch)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
