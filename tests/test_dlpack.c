/* An lk_tensor is DLPack's DLTensor, field for field: arrays of other frameworks pass by a cast. */
#include <dlpack/dlpack.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka needs the headers around it */
#include <setjmp.h>

#include <cmocka.h>

#include "losskit.h"

#define SAME_FIELD(ours, theirs, field)                                            \
    _Static_assert(offsetof(ours, field) == offsetof(theirs, field) &&             \
                       sizeof(((ours *)0)->field) == sizeof(((theirs *)0)->field), \
                   #ours "." #field)

_Static_assert(sizeof(lk_tensor) == sizeof(DLTensor), "size of a tensor");
SAME_FIELD(lk_tensor, DLTensor, data);
SAME_FIELD(lk_tensor, DLTensor, device);
SAME_FIELD(lk_tensor, DLTensor, ndim);
SAME_FIELD(lk_tensor, DLTensor, dtype);
SAME_FIELD(lk_tensor, DLTensor, shape);
SAME_FIELD(lk_tensor, DLTensor, strides);
SAME_FIELD(lk_tensor, DLTensor, byte_offset);
_Static_assert(sizeof(lk_dtype) == sizeof(DLDataType), "size of a dtype");
SAME_FIELD(lk_dtype, DLDataType, code);
SAME_FIELD(lk_dtype, DLDataType, bits);
SAME_FIELD(lk_dtype, DLDataType, lanes);
_Static_assert(LK_F32 >> 8 == kDLFloat && LK_BF16 >> 8 == kDLBfloat && LK_I32 >> 8 == kDLInt &&
                   LK_U8 >> 8 == kDLUInt,
               "codes of dtypes");

static void test_dltensor_is_a_tensor(void **state)
{
    (void)state;
    float input[2] = {3, -1}, target[2] = {1, 1}, gradient[2];
    int64_t n = 2, step = 1;
    DLTensor tensors[3] = {{0}};
    float *const data[3] = {input, target, gradient};
    for (int k = 0; k < 3; k++) {
        tensors[k].data = data[k];
        tensors[k].device.device_type = kDLCPU;
        tensors[k].ndim = 1;
        tensors[k].dtype = (DLDataType){kDLFloat, 32, 1};
        tensors[k].shape = &n;
        tensors[k].strides = &step;
    }
    lk_call call = LK_CALL_INIT;
    call.input = (const lk_tensor *)&tensors[0];
    call.target = (const lk_tensor *)&tensors[1];
    call.gradient = (const lk_tensor *)&tensors[2];
    call.reduction = LK_SUM;
    assert_int_equal(lk_squared_error(&call, 0), LK_OK);
    assert_true(gradient[0] == 4 && gradient[1] == -4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_dltensor_is_a_tensor)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
