/* test_dtypes.c: element types: every 16-bit pattern in, rounding on the way out, targets and
 * weights of every dtype, and one computation type whatever the arrays hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "isa.h"
#include "support/element_types.h"
#include "support/sample.h"
#include "support/scene.h"

enum {
    PATTERNS = 65536,
    EXTRAS = 1 << IN_AUXILIARY | 1 << IN_WEIGHT | 1 << IN_UPSTREAM,
    EVERYTHING = 31
};
static const int small_dtypes[] = {LK_F16, LK_BF16};

/* Runs the test with the kernels of each instruction set that this machine has. */
static void on_every_isa(void (*test)(void))
{
    for (int k = 0; lk_isa_at(k); k++) {
        if (!lk_isa_at(k)->supported()) continue;
        lk_isa_use(lk_isa_at(k));
        test();
    }
    lk_isa_use(NULL);
}

/* ---- 16 bits ----------------------------------------------------------------------------------
 */

/* |x - 0| is the input without its sign; its gradient tells the sign. */
static void load_patterns(int dtype, int64_t step)
{
    const int64_t n = PATTERNS;
    uint16_t *in = malloc((size_t)(n * step) * sizeof *in);
    float *value = malloc((size_t)n * sizeof *value), *slope = malloc((size_t)n * sizeof *slope);
    const float zero = 0;
    assert_true(in && value && slope);
    for (int64_t i = 0; i < n; i++) in[i * step] = (uint16_t)i;
    lk_tensor x = lk_vector(in, dtype, &n);
    const lk_tensor y = lk_view(&zero, LK_F32, 0, NULL);
    const lk_tensor v = lk_vector(value, LK_F32, &n), g = lk_vector(slope, LK_F32, &n);
    lk_call c = LK_CALL_INIT;
    x.strides = &step;
    c.input = &x, c.target = &y, c.value = &v, c.gradient = &g;
    c.reduction = LK_SUM;
    assert_int_equal(lk_absolute_error(&c), LK_OK);
    for (int64_t i = 0; i < n; i++) {
        const uint16_t bits = (uint16_t)i;
        const double want = dtype == LK_F16 ? half_to_double(bits) : bfloat_to_double(bits);
        const double got = copysign((double)value[i], (double)slope[i]);
        if (isnan(want) ? !isnan(got) : got != want)
            fail_msg("%s pattern %04x is %a, not %a", element_name(dtype), bits, got, want);
    }
    free(in);
    free(value);
    free(slope);
}

static void load_all(void)
{
    for (int k = 0; k < 2; k++) {
        load_patterns(small_dtypes[k], 1);
        load_patterns(small_dtypes[k], 3);
    }
}
static void test_every_pattern_in(void **state)
{
    (void)state;
    on_every_isa(load_all);
}

/* Stores numbers: the gradient of |1 - 0| times upstream is upstream. */
static void store(const float *numbers, int64_t n, int dtype, int64_t step, uint16_t *out)
{
    const float zero = 0;
    float *ones = malloc((size_t)n * sizeof *ones);
    assert_non_null(ones);
    for (int64_t i = 0; i < n; i++) ones[i] = 1;
    const lk_tensor x = lk_vector(ones, LK_F32, &n), u = lk_vector(numbers, LK_F32, &n);
    const lk_tensor y = lk_view(&zero, LK_F32, 0, NULL);
    lk_tensor g = lk_vector(out, dtype, &n);
    lk_call c = LK_CALL_INIT;
    g.strides = &step;
    c.input = &x, c.target = &y, c.upstream = &u, c.gradient = &g;
    c.reduction = LK_SUM;
    assert_int_equal(lk_absolute_error(&c), LK_OK);
    free(ones);
}

static void check_store(const float *numbers, int64_t n, int dtype, int64_t step)
{
    uint16_t *out = calloc((size_t)(n * step), sizeof *out);
    assert_non_null(out);
    store(numbers, n, dtype, step, out);
    for (int64_t i = 0; i < n; i++) {
        uint16_t want;
        element_set(&want, dtype, 0, (double)numbers[i]);
        if (!element_same(&want, 0, out, i * step, dtype) &&
            !(numbers[i] == 0 && !(out[i * step] & 0x7fff))) /* the weight rule drops a sign */
            fail_msg("%a becomes the %s %04x, not %04x", (double)numbers[i], element_name(dtype),
                     out[i * step], want);
    }
    free(out);
}

/* Every number of the type, the middle to the next, and the floats beside both. */
static void store_all(void)
{
    enum { EACH = 6 };
    float *numbers = malloc((size_t)PATTERNS * EACH * sizeof *numbers);
    assert_non_null(numbers);
    for (int k = 0; k < 2; k++) {
        const int dtype = small_dtypes[k];
        int64_t n = 0;
        for (uint32_t i = 0; i < PATTERNS; i++) {
            const uint16_t bits = (uint16_t)i, next = (uint16_t)(i + 1);
            const float a =
                (float)(dtype == LK_F16 ? half_to_double(bits) : bfloat_to_double(bits));
            const float b =
                (float)(dtype == LK_F16 ? half_to_double(next) : bfloat_to_double(next));
            const float infinite = copysignf(dtype == LK_F16 ? 65536.f : 0x1.ffp127f, a);
            const float middle = 0.5f * a + 0.5f * (isinf(b) && !isinf(a) ? infinite : b);
            const float each[EACH] = {a,
                                      nextafterf(a, INFINITY),
                                      middle,
                                      nextafterf(middle, INFINITY),
                                      nextafterf(middle, -INFINITY),
                                      nextafterf(a, -INFINITY)};
            memcpy(numbers + n, each, sizeof each);
            n += EACH;
        }
        check_store(numbers, n, dtype, 1);
        check_store(numbers, n / 16, dtype, 2);
    }
    free(numbers);
}
static void test_rounding_out(void **state)
{
    (void)state;
    on_every_isa(store_all);
}

/* ---- integers ---------------------------------------------------------------------------------
 */

static void check_integer_target(int dtype, double integer, float want)
{
    unsigned char one[8];
    const float zero = 0;
    float value = -1;
    element_set(one, dtype, 0, integer);
    const lk_tensor x = lk_view(&zero, LK_F32, 0, NULL), y = lk_view(one, dtype, 0, NULL);
    const lk_tensor v = lk_view(&value, LK_F32, 0, NULL);
    lk_call c = LK_CALL_INIT;
    c.input = &x, c.target = &y, c.value = &v;
    assert_int_equal(lk_absolute_error(&c), LK_OK);
    if (value != fabsf(want))
        fail_msg("the %s target %g is %a", element_name(dtype), integer, (double)value);
}

static void test_integer_targets(void **state)
{
    (void)state;
    for (int i = 0; i < 256; i++) check_integer_target(LK_U8, i, (float)i);
    for (int i = 0; i < 2; i++) check_integer_target(LK_BOOL, i, (float)i);
    for (int e = 0; e < 31; e++)
        for (int d = -1; d < 2; d++) {
            const int32_t i = (int32_t)(UINT32_C(1) << e) + d;
            check_integer_target(LK_I32, i, (float)i);
            check_integer_target(LK_I32, -i, (float)-i);
        }
    for (int e = 0; e < 53; e++)
        for (int d = -1; d < 2; d++) {
            const int64_t i = (int64_t)(UINT64_C(1) << e) + d;
            check_integer_target(LK_I64, (double)i, (float)i);
            check_integer_target(LK_I64, (double)-i, (float)-i);
        }
    check_integer_target(LK_I32, INT32_MIN, (float)INT32_MIN);
    check_integer_target(LK_I64, -0x1p63, -0x1p63f);
}

/* A target or weight of another dtype, in any layout, gives the bits of the same numbers as f32. */
static void check_other_dtype(lk_loss id, int in, int dtype, rng *r)
{
    const plan p = {.dtype = LK_F32,
                    .ndim = 2,
                    .shape = {23, 47},
                    .ins = EXTRAS,
                    .outs = EVERYTHING,
                    .bits = 3};
    const int small = dtype == LK_BOOL || dtype == LK_U8;
    const int integer = dtype == LK_I32 || dtype == LK_I64 || small;
    scene want, s;
    scene_make(&want, id, &p, r);
    scene_make(&s, id, &p, r);
    view *v = &s.in[in];
    if (integer && in == IN_TARGET && !in_domain(&s.info->target_domain, 1)) goto end;
    view_free(v);
    view_make(v, dtype, 2, p.shape, rng_below(r, 2) ? VIEW_RANDOM : VIEW_PLAIN, r);
    for (int64_t i = 0, n = view_count(v); i < n; i++) {
        double x = view_get(&want.in[in], i);
        if (integer) x = small ? (double)(i % 2) : (double)(i % 9 - 4);
        if (in == IN_TARGET && !in_domain(&s.info->target_domain, x)) x = 1;
        view_set(&want.in[in], i, x);
        view_set(v, i, x);
    }
    assert_int_equal(scene_run(&want), LK_OK);
    if (scene_run(&s)) fail_msg("%s", lk_last_error());
    scenes_agree(&want, &s, element_name(dtype));
end:
    scene_free(&s);
    scene_free(&want);
}

static void test_inputs_of_every_dtype(void **state)
{
    static const int all[] = {LK_F64, LK_F16, LK_BF16, LK_I32, LK_I64, LK_U8, LK_BOOL};
    rng r = {1};
    (void)state;
    FOR_EACH_LOSS(id)
    for (int k = 0; k < 7; k++) {
        check_other_dtype(id, IN_TARGET, all[k], &r);
        check_other_dtype(id, IN_WEIGHT, all[k], &r);
        if (k >= 3) continue;
        check_other_dtype(id, IN_UPSTREAM, all[k], &r);
        if (lk_loss_describe(id)->auxiliary) check_other_dtype(id, IN_AUXILIARY, all[k], &r);
    }
}

/* ---- the computation type ---------------------------------------------------------------------
 */

/* Outputs of any floating type are the rounded results of the one computation. */
static void check_outputs(lk_loss id, int input, int out, rng *r)
{
    plan p = {
        .dtype = input, .ndim = 2, .shape = {21, 53}, .ins = EXTRAS, .outs = EVERYTHING, .bits = 3};
    scene want, s;
    p.out = input == LK_F64 ? LK_F64 : LK_F32;
    scene_make(&want, id, &p, r);
    p.out = out;
    p.layout = VIEW_RANDOM;
    scene_make(&s, id, &p, r);
    assert_int_equal(scene_run(&want), LK_OK);
    if (scene_run(&s)) fail_msg("%s", lk_last_error());
    for (int k = 0; k < OUTS; k++)
        for (int64_t i = 0; want.outs >> k & 1 && i < 21 * 53; i++) {
            unsigned char rounded[8];
            /* From f64 to 16 bits by way of f32. */
            element_set(rounded, out, 0,
                        out == LK_F64 ? view_get(&want.out[k], i)
                                      : (double)(float)view_get(&want.out[k], i));
            if (!element_same(rounded, 0, view_at(&s.out[k], i), 0, out))
                fail_msg("%s %s: %s[%lld] as %s is %a, not %a", s.info->name, element_name(input),
                         scene_out_name(k), (long long)i, element_name(out), view_get(&s.out[k], i),
                         element_get(rounded, out, 0));
        }
    assert_true(element_same(&want.result.value, 0, &s.result.value, 0, LK_F64));
    scene_free(&s);
    scene_free(&want);
}

static void test_outputs_of_every_dtype(void **state)
{
    static const int floats[] = {LK_F32, LK_F64, LK_F16, LK_BF16};
    rng r = {2};
    (void)state;
    FOR_EACH_LOSS(id)
    for (int in = 0; in < 4; in++)
        for (int out = 0; out < 4; out++) check_outputs(id, floats[in], floats[out], &r);
}

/* A 16-bit input is computed as the same numbers in f32; sums do not round to 16 bits. */
static void test_small_inputs_are_computed_in_f32(void **state)
{
    (void)state;
    FOR_EACH_LOSS(id)
    for (int k = 0; k < 2; k++) {
        rng r = {3};
        const plan wide = {.dtype = LK_F32,
                           .ndim = 1,
                           .shape = {9001},
                           .ins = EXTRAS,
                           .outs = EVERYTHING,
                           .bits = 3};
        plan narrow = wide;
        scene want, s;
        narrow.dtype = small_dtypes[k];
        narrow.out = LK_F32;
        scene_make(&want, id, &wide, &r);
        scene_make(&s, id, &narrow, &r);
        assert_int_equal(scene_run(&want), LK_OK);
        assert_int_equal(scene_run(&s), LK_OK);
        scenes_agree(&want, &s, element_name(narrow.dtype));
        scene_free(&s);
        scene_free(&want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_pattern_in),
        cmocka_unit_test(test_rounding_out),
        cmocka_unit_test(test_integer_targets),
        cmocka_unit_test(test_inputs_of_every_dtype),
        cmocka_unit_test(test_outputs_of_every_dtype),
        cmocka_unit_test(test_small_inputs_are_computed_in_f32),
    };
    return cmocka_run_group_tests_name("dtypes", tests, NULL, NULL);
}
