/* test_value_shape.c: what a loss has one value for, of every family; expectations from the
 * contracts in losskit.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "losskit.h"

static const int64_t extents[4] = {2, 3, 5, 7};

static void check(lk_loss loss, int ndim, const lk_call *modes, int expected,
                  const int64_t *expected_shape)
{
    const lk_tensor input = lk_view(NULL, LK_F32, ndim, extents);
    lk_call call = *modes;
    call.input = &input;
    int32_t units = -1;
    int64_t shape[4] = {-1, -1, -1, -1};
    assert_int_equal(lk_value_shape(loss, &call, &units, shape), LK_OK);
    assert_int_equal(units, expected);
    for (int d = 0; d < expected; d++) assert_int_equal(shape[d], expected_shape[d]);
    if (expected < 4) assert_int_equal(shape[expected], -1);
}

static void test_elements_and_rows(void **state)
{
    (void)state;
    lk_call call = LK_CALL_INIT;
    check(LK_HUBER, 4, &call, 4, extents);
    check(LK_HUBER, 0, &call, 0, extents);
    check(LK_SOFTMAX, 3, &call, 3, extents);
    check(LK_SOFTMAX_CROSS_ENTROPY, 1, &call, 0, extents);
    check(LK_SOFTMAX_CROSS_ENTROPY, 4, &call, 3, (const int64_t[]){2, 5, 7});
    call.class_axis = -1;
    check(LK_NLL, 4, &call, 3, (const int64_t[]){2, 3, 5});
    call.class_axis = 0;
    check(LK_NLL, 2, &call, 1, (const int64_t[]){3});
    check(LK_LINEAR_CROSS_ENTROPY, 2, &call, 1, extents);
    check(LK_TRIPLET_MARGIN, 2, &call, 1, extents);
}

static void test_regions_and_sequences(void **state)
{
    (void)state;
    lk_call call = LK_CALL_INIT;
    check(LK_DICE, 4, &call, 1, extents);
    call.grouping = LK_PER_BATCH;
    check(LK_DICE, 4, &call, 0, extents);
    call.grouping = LK_PER_CLASS;
    check(LK_DICE, 4, &call, 1, (const int64_t[]){3});
    call.grouping = LK_PER_SAMPLE_CLASS;
    check(LK_DICE, 4, &call, 2, extents);
    call.grouping = LK_PER_ROW;
    check(LK_L2_NORM, 4, &call, 3, extents);
    check(LK_CTC, 3, &call, 1, (const int64_t[]){3});
    check(LK_CTC, 2, &call, 0, extents);
    call.flags = LK_BATCH_FIRST;
    check(LK_CTC, 3, &call, 1, extents);
    check(LK_EXPECTED_EDIT_DISTANCE, 2, &call, 1, extents);
}

static void test_refusals(void **state)
{
    (void)state;
    lk_call call = LK_CALL_INIT;
    int32_t ndim;
    int64_t shape[4];
    assert_int_equal(lk_value_shape((lk_loss)99, &call, &ndim, shape), LK_INVALID);
    assert_non_null(strstr(lk_last_error(), "there is no loss 99"));
    assert_int_equal(lk_value_shape(LK_HUBER, &call, &ndim, shape), LK_INVALID);
    assert_non_null(strstr(lk_last_error(), "huber"));
    assert_int_equal(lk_value_shape(LK_HUBER, NULL, &ndim, shape), LK_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_elements_and_rows),
                                       cmocka_unit_test(test_regions_and_sequences),
                                       cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
