/* test_learn_class_weights.c: weights and shares of classes, against scikit-learn and exact
 * arithmetic. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/learn_numbers.h"

/* The labels of balance.txt; of `classes`, those past the third have no rows. */
static lk_dataset labels(int64_t classes)
{
    int64_t n;
    double *const y = golden_numbers("weights.labels", &n), *const x = calloc((size_t)n, sizeof *x);
    const lk_dataset d = dense_data(n, 1, x, y, NULL, classes);
    free(x);
    free(y);
    return d;
}

static void inverse_is_scikit_learns(void **state)
{
    (void)state;
    int64_t n;
    double *const expected = golden_numbers("weights.inverse", &n), weights[5];
    lk_dataset d = labels(5);
    assert_int_equal(lk_class_weights(&d, LK_BALANCE_INVERSE, 0, weights), LK_OK);
    assert_all_near("inverse", 3, weights, expected, 4e-16);
    assert_true(weights[3] == 0 && weights[4] == 0);
    assert_int_equal(lk_class_weights(&d, LK_BALANCE_NONE, 0, weights), LK_OK);
    assert_true(weights[0] == 1 && weights[1] == 1 && weights[2] == 1 && weights[3] == 0);
    free(expected);
    lk_dataset_free(&d);
}

static void effective_is_exact_up_to_1(void **state)
{
    (void)state;
    static const char *const names[] = {"weights.effective.zero", "weights.effective.nine",
                                        "weights.effective.999", "weights.effective.near_one"};
    lk_dataset d = labels(3);
    double weights[3], inverse[3];
    for (int k = 0; k < 4; k++) {
        int64_t n;
        double *const expected = golden_numbers(names[k], &n);
        assert_int_equal(lk_class_weights(&d, LK_BALANCE_EFFECTIVE, expected[0], weights), LK_OK);
        assert_all_near(names[k], 3, weights, expected + 1, 1e-15);
        free(expected);
    }
    assert_int_equal(lk_class_weights(&d, LK_BALANCE_EFFECTIVE, 1, weights), LK_OK);
    assert_int_equal(lk_class_weights(&d, LK_BALANCE_INVERSE, 0, inverse), LK_OK);
    assert_all_near("beta = 1", 3, weights, inverse, 4e-16);
    const double next = 1 - DBL_EPSILON / 2;
    assert_int_equal(lk_class_weights(&d, LK_BALANCE_EFFECTIVE, next, weights), LK_OK);
    assert_all_near("beta before 1", 3, weights, inverse, 1e-13);
    lk_dataset_free(&d);
}

static void weighs_rows(void **state)
{
    (void)state;
    lk_dataset d = labels(3);
    double weights[3], shares[3];
    assert_int_equal(lk_class_weights(&d, LK_BALANCE_INVERSE, 0, weights), LK_OK);
    assert_int_equal(lk_class_shares(&d, shares), LK_OK);
    const double counted[3] = {0.7, 0.25, 0.05};
    assert_all_near("share", 3, shares, counted, 1e-15);
    assert_int_equal(lk_weigh_classes(&d, weights), LK_OK);
    double sum = 0;
    for (int64_t i = 0; i < d.rows; i++) {
        assert_true(d.weight[i] == weights[(int)d.target[i]]);
        sum += d.weight[i];
    }
    assert_near("sum", 0, sum, (double)d.rows, 1e-14);
    assert_int_equal(lk_class_shares(&d, shares), LK_OK);
    for (int c = 0; c < 3; c++) assert_near("balanced share", c, shares[c], 1.0 / 3, 1e-14);
    const double again[3] = {2, 0, 1};
    assert_int_equal(lk_weigh_classes(&d, again), LK_OK);
    for (int64_t i = 0; i < d.rows; i++)
        assert_true(d.weight[i] == weights[(int)d.target[i]] * again[(int)d.target[i]]);
    /* N_c counts rows, whatever their weights. */
    double after[3];
    assert_int_equal(lk_class_weights(&d, LK_BALANCE_INVERSE, 0, after), LK_OK);
    assert_memory_equal(after, weights, sizeof after);
    lk_dataset_free(&d);
}

static void tells_what_is_wrong(void **state)
{
    (void)state;
    lk_dataset d = labels(3);
    double weights[3];
    assert_int_equal(lk_class_weights(&d, LK_BALANCE_EFFECTIVE, 1.5, weights), LK_INVALID);
    assert_told("beta = 1.5");
    assert_int_equal(lk_class_weights(&d, LK_BALANCE_EFFECTIVE, NAN, weights), LK_INVALID);
    assert_int_equal(lk_class_weights(&d, (lk_balance)7, 0, weights), LK_INVALID);
    assert_told("no balance 7");
    const double negative[3] = {1, -2, 1}, infinite[3] = {1, 1, HUGE_VAL}, zero[3] = {0, 0, 0};
    assert_int_equal(lk_weigh_classes(&d, negative), LK_INVALID);
    assert_told("-2 for class 1");
    assert_int_equal(lk_weigh_classes(&d, infinite), LK_INVALID);
    assert_null(d.weight);
    assert_int_equal(lk_weigh_classes(&d, zero), LK_OK);
    assert_int_equal(lk_class_shares(&d, weights), LK_INVALID);
    assert_told("no weight");
    d.target[40] = 3;
    assert_int_equal(lk_class_weights(&d, LK_BALANCE_INVERSE, 0, weights), LK_OUT_OF_DOMAIN);
    assert_told("target[40] = 3");
    d.classes = 0;
    assert_int_equal(lk_class_weights(&d, LK_BALANCE_INVERSE, 0, weights), LK_INVALID);
    assert_int_equal(lk_weigh_classes(&d, zero), LK_INVALID);
    assert_int_equal(lk_class_shares(&d, weights), LK_INVALID);
    assert_told("numbers");
    d.classes = 3;
    d.rows = 0;
    assert_int_equal(lk_class_weights(&d, LK_BALANCE_INVERSE, 0, weights), LK_OK);
    assert_memory_equal(weights, zero, sizeof zero);
    lk_dataset_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inverse_is_scikit_learns),
        cmocka_unit_test(effective_is_exact_up_to_1),
        cmocka_unit_test(weighs_rows),
        cmocka_unit_test(tells_what_is_wrong),
    };
    return cmocka_run_group_tests_name("learn_class_weights", tests, NULL, NULL);
}
