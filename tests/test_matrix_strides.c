/* test_matrix_strides.c: matrices of one row or column whose elements BLAS cannot step through are
 * refused, not read elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "losskit.h"

static void test_steps_that_do_not_ascend(void **state)
{
    (void)state;
    static const int64_t steps[] = {0, -1, -3};
    double column[] = {1, 2, 3}, one[] = {2}, out[3] = {0};
    int64_t tall[] = {3, 1}, flat[] = {1, 3}, single[] = {1, 1};
    if (lk_matrix_product(&(lk_tensor){0}, NULL, 0, NULL) == LK_UNSUPPORTED) skip();
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
        int64_t down[] = {steps[k], 1}, right[] = {3, steps[k]};
        lk_tensor a = lk_view(column + (steps[k] < 0 ? 2 : 0), LK_F64, 2, tall);
        const lk_tensor b = lk_view(one, LK_F64, 2, single), c = lk_view(out, LK_F64, 2, tall);
        a.strides = down;
        assert_int_equal(lk_matrix_product(&a, &b, 0, &c), LK_INVALID);
        a.shape = flat;
        a.strides = right;
        const lk_tensor row = lk_view(out, LK_F64, 2, flat);
        assert_int_equal(lk_matrix_product(&b, &a, 0, &row), LK_INVALID);
        lk_tensor target = lk_view(out, LK_F64, 2, tall);
        const lk_tensor plain = lk_view(column, LK_F64, 2, tall);
        target.strides = down;
        assert_int_equal(lk_matrix_product(&plain, &b, 0, &target), LK_INVALID);
    }
    for (int i = 0; i < 3; i++) assert_true(out[i] == 0);
}

/* The step of the only row or column, and of no elements, says nothing. */
static void test_steps_without_meaning(void **state)
{
    (void)state;
    double column[] = {1, 2, 3}, two[] = {2}, out[] = {5, 6, 7};
    int64_t tall[] = {3, 1}, single[] = {1, 1}, none[] = {3, 0}, width[] = {0, 1};
    int64_t apart[] = {1, 0}, nowhere[] = {0, -7};
    const lk_tensor c = lk_view(out, LK_F64, 2, tall);
    lk_tensor a = lk_view(column, LK_F64, 2, tall), b = lk_view(two, LK_F64, 2, single);
    if (lk_matrix_product(&(lk_tensor){0}, NULL, 0, NULL) == LK_UNSUPPORTED) skip();
    a.strides = apart;
    b.strides = nowhere;
    assert_int_equal(lk_matrix_product(&a, &b, 0, &c), LK_OK);
    for (int i = 0; i < 3; i++) assert_true(out[i] == 2 * column[i]);
    const lk_tensor empty = lk_view(column, LK_F64, 2, none);
    const lk_tensor nothing = lk_view(two, LK_F64, 2, width);
    assert_int_equal(lk_matrix_product(&empty, &nothing, 0.5, &c), LK_OK);
    for (int i = 0; i < 3; i++) assert_true(out[i] == column[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_that_do_not_ascend),
        cmocka_unit_test(test_steps_without_meaning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
