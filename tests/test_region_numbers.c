/* test_region_numbers.c: losses over regions at the edge: nothing, empty regions, NaN, masks, sizes
 * beyond the range of squares, ties, bad data and bad arguments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "losskit.h"
#include "support/rng.h"
#include "support/view.h"

static const lk_loss losses[] = {LK_DICE,         LK_TVERSKY, LK_FOCAL_TVERSKY, LK_JACCARD,
                                 LK_LOVASZ_HINGE, LK_L1_NORM, LK_L2_NORM};
enum { LOSSES = sizeof losses / sizeof *losses };

static void expect(lk_loss loss, const lk_call *call)
{
    if (lk_evaluate(loss, NULL, 0, call))
        fail_msg("%s: %s", lk_loss_describe(loss)->name, lk_last_error());
}

static void expect_error(lk_loss loss, const lk_call *call, lk_status status, const char *sentence)
{
    assert_int_equal(lk_evaluate(loss, NULL, 0, call), status);
    assert_string_equal(lk_last_error(), sentence);
}

/* ---- numbers at the edge ------------------------------------------------------------------------
 */

static void test_nothing(void **state)
{
    static const int64_t none[] = {0, 4}, hollow[] = {2, 0};
    const lk_tensor no_rows = lk_view(NULL, LK_F32, 2, none);
    const lk_tensor no_columns = lk_view(NULL, LK_F32, 2, hollow);
    float values[2] = {7, 7};
    const lk_tensor value = lk_view(values, LK_F32, 1, hollow);
    (void)state;
    for (int l = 0; l < LOSSES; l++) {
        lk_result result = {9, 9, 9};
        lk_call call = LK_CALL_INIT;
        call.input = call.target = &no_rows;
        call.gradient = &no_rows;
        call.result = &result;
        expect(losses[l], &call);
        assert_true(result.value == 0 && result.count == 0 && result.normalizer == 0);
        call.flags = LK_EMPTY_IS_NAN;
        call.grouping = LK_PER_BATCH;
        expect(losses[l], &call);
        assert_true(isnan(result.value) && result.count == 0);
        call.flags = 0;
        call.grouping = LK_PER_SAMPLE;
        call.input = call.target = call.gradient = &no_columns;
        call.value = &value;
        values[0] = values[1] = 7;
        expect(losses[l], &call);
        assert_true(values[0] == 0 && values[1] == 0 && result.count == 0 && result.value == 0);
    }
}

/* No region in prediction or target. */
static void test_empty_regions(void **state)
{
    const int64_t size[] = {2, 3};
    double x[6] = {0}, g[6] = {0, 0, 0, 1, 0, 0}, d[6], h[6], v[2];
    const lk_tensor input = lk_view(x, LK_F64, 2, size), target = lk_view(g, LK_F64, 2, size);
    const lk_tensor gradient = lk_view(d, LK_F64, 2, size), bend = lk_view(h, LK_F64, 2, size);
    const lk_tensor value = lk_view(v, LK_F64, 1, size);
    lk_call call = LK_CALL_INIT;
    (void)state;
    call.input = &input;
    call.target = &target;
    call.value = &value;
    call.gradient = &gradient;
    call.curvature = &bend;
    assert_int_equal(lk_dice(&call, 0, 1, 0), LK_OK);
    assert_true(v[0] == 0 && v[1] == 1);
    for (int i = 0; i < 3; i++) assert_true(d[i] == 0 && h[i] == 0);
    assert_true(d[3] == -1 && d[4] == 0); /* -2/U / 2 samples */
    assert_int_equal(lk_dice(&call, 1, 1, 0), LK_OK);
    assert_true(v[0] == 0 && v[1] == 0.5);
    assert_int_equal(lk_focal_tversky(&call, 0.5, 0.5, 4.0 / 3, 1, 0), LK_OK);
    assert_true(v[0] == 0 && d[0] == 0 && isfinite(h[0]));
    assert_int_equal(lk_l2_norm(&call), LK_OK);
    assert_true(v[0] == 0 && v[1] == 1 && d[0] == 0 && h[0] == 0 && h[3] == 0 && h[4] == 0.5);
    for (int i = 0; i < 3; i++) x[i] = i;
    assert_int_equal(lk_lovasz_hinge(&call), LK_OK); /* no target: the largest error, 1 + 2 */
    assert_true(v[0] == 3 && d[0] == 0 && d[1] == 0 && d[2] == 0.5);
}

static void test_masked_nan(void **state)
{
    const int64_t size[] = {1, 4};
    double x[] = {0.5, NAN, 0.25, INFINITY}, g[] = {1, 0, 0, NAN}, d[4] = {0}, v = 0;
    const uint8_t keep[] = {1, 0, 1, 0};
    const lk_tensor input = lk_view(x, LK_F64, 2, size), target = lk_view(g, LK_F64, 2, size);
    const lk_tensor mask = lk_view(keep, LK_BOOL, 2, size), value = lk_view(&v, LK_F64, 1, size);
    const lk_tensor gradient = lk_view(d, LK_F64, 2, size);
    (void)state;
    for (int l = 0; l < LOSSES; l++) {
        lk_call call = LK_CALL_INIT;
        call.input = &input;
        call.target = &target;
        call.mask = &mask;
        call.value = &value;
        call.gradient = &gradient;
        expect(losses[l], &call);
        assert_true(isfinite(v) && v > 0 && isfinite(d[0]) && d[0] != 0);
        assert_true(d[1] == 0 && d[3] == 0);
    }
}

/* Squares beyond the range of the type, and below it. */
static void norm_at(int dtype, double size, double tolerance)
{
    const int64_t shape_[] = {1, 2};
    view x, d, h;
    double v = 0;
    rng r = {1};
    view_make(&x, dtype, 2, shape_, VIEW_PLAIN, &r);
    view_make(&d, LK_F64, 2, shape_, VIEW_PLAIN, &r);
    view_make(&h, LK_F64, 2, shape_, VIEW_PLAIN, &r);
    view_set(&x, 0, 3 * size);
    view_set(&x, 1, -4 * size);
    const lk_tensor value = lk_view(&v, LK_F64, 1, shape_);
    lk_call call = LK_CALL_INIT;
    call.input = &x.tensor;
    call.value = &value;
    call.gradient = &d.tensor;
    call.curvature = &h.tensor;
    expect(LK_L2_NORM, &call);
    const double exact = hypot(view_get(&x, 0), view_get(&x, 1));
    assert_true(fabs(v / exact - 1) <= tolerance);
    assert_true(fabs(view_get(&d, 0) - view_get(&x, 0) / exact) <= tolerance);
    assert_true(fabs(view_get(&d, 1) - view_get(&x, 1) / exact) <= tolerance);
    if (isfinite(0.64 / exact))
        assert_true(fabs(view_get(&h, 0) * exact / (view_get(&x, 1) / exact) -
                         view_get(&x, 1) / exact) <= 4 * tolerance);
    view_free(&x);
    view_free(&d);
    view_free(&h);
}

static void test_l2_norm_at_every_size(void **state)
{
    (void)state;
    norm_at(LK_F64, 1e200, 1e-15);
    norm_at(LK_F64, 1e307, 1e-15);
    norm_at(LK_F64, 1e-200, 1e-15);
    norm_at(LK_F64, 1e-300, 1e-15);
    norm_at(LK_F64, 0x1p-1070, 1e-15);
    norm_at(LK_F64, 1, 1e-15);
    norm_at(LK_F32, 1e30, 1e-7);
    norm_at(LK_F32, 5e37, 1e-7);
    norm_at(LK_F32, 1e-30, 1e-7);
}

static void test_l2_norm_of_opposite_giants(void **state)
{
    const int64_t size[] = {1, 1};
    double x = 1e308, y = -1e307, v = 0, d = 0;
    const lk_tensor input = lk_view(&x, LK_F64, 2, size), target = lk_view(&y, LK_F64, 2, size);
    const lk_tensor value = lk_view(&v, LK_F64, 1, size), slope = lk_view(&d, LK_F64, 2, size);
    lk_call call = LK_CALL_INIT;
    (void)state;
    call.input = &input;
    call.target = &target;
    call.value = &value;
    call.gradient = &slope;
    expect(LK_L2_NORM, &call);
    assert_true(fabs(v / 1.1e308 - 1) < 1e-15 && d == 1);
}

/* Equal errors keep their order, in short groups and in long ones. */
static void test_lovasz_ties(void **state)
{
    enum { MOST = 100 };
    float x[MOST] = {0}, d[MOST];
    uint8_t g[MOST] = {0};
    (void)state;
    for (int64_t n = 4; n <= MOST; n += MOST - 4) {
        const int64_t size[] = {1, n};
        const lk_tensor input = lk_view(x, LK_F32, 2, size), target = lk_view(g, LK_U8, 2, size);
        const lk_tensor slope = lk_view(d, LK_F32, 2, size);
        lk_result result;
        lk_call call = LK_CALL_INIT;
        call.input = &input;
        call.target = &target;
        call.gradient = &slope;
        call.result = &result;
        g[1] = 1; /* errors 1, all equal: J is 1/2 after the first, 1 from the second on */
        expect(LK_LOVASZ_HINGE, &call);
        assert_true(result.value == 1 && d[0] == 0.5f && d[1] == -0.5f && d[2] == 0 && d[3] == 0);
    }
}

/* ---- errors -------------------------------------------------------------------------------------
 */

static void test_bad_data(void **state)
{
    const int64_t size[] = {2, 2, 2};
    float x[8] = {0, 0.5f, 1, 0, 0, 0.25f, 1.5f, -2}, g[8] = {0, 1, 0, 1, 0, 1, 0, 0};
    const lk_tensor input = lk_view(x, LK_F32, 3, size), target = lk_view(g, LK_F32, 3, size);
    lk_result result = {9, 9, 9};
    lk_call call = LK_CALL_INIT;
    (void)state;
    call.input = &input;
    call.target = &target;
    call.result = &result;
    expect_error(LK_DICE, &call, LK_OUT_OF_DOMAIN,
                 "dice: input[1, 1, 0] = 1.5 is outside [0, 1]; logits take logits = 1");
    call.gradient = &input; /* the good group before is overwritten, the bad one still there */
    expect_error(LK_DICE, &call, LK_OUT_OF_DOMAIN,
                 "dice: input[1, 1, 0] = 1.5 is outside [0, 1]; logits take logits = 1");
    assert_true(result.value == 9 && result.count == 9);
    call.gradient = NULL;
    for (int i = 0; i < 4; i++) x[i] = 0;
    call.grouping = LK_PER_CLASS;
    g[5] = 2;
    expect_error(LK_DICE, &call, LK_OUT_OF_DOMAIN, "dice: target[1, 0, 1] = 2 is outside [0, 1]");
    g[5] = 0.5f;
    expect_error(LK_LOVASZ_HINGE, &call, LK_OUT_OF_DOMAIN,
                 "lovasz_hinge: target[1, 0, 1] = 0.5 is neither 0 nor 1");
    assert_int_equal(lk_jaccard(&call, 1, 1), LK_OK); /* logits, soft target */
}

static void test_bad_arguments(void **state)
{
    const int64_t size[] = {2, 3}, three[] = {3}, line[] = {6};
    float x[6] = {0}, g[6] = {0}, d[6] = {7}, w[3] = {1, 1, 1}, before[6];
    const lk_tensor input = lk_view(x, LK_F32, 2, size), target = lk_view(g, LK_F32, 2, size);
    const lk_tensor slope = lk_view(d, LK_F32, 2, size), weight = lk_view(w, LK_F32, 1, three);
    const lk_tensor vector = lk_view(x, LK_F32, 1, line), shifted = lk_view(x + 1, LK_F32, 1, line);
    const lk_tensor labels = lk_view(x, LK_I32, 2, size);
    lk_call call = LK_CALL_INIT;
    (void)state;
    memcpy(before, d, sizeof d);
    call.input = &input;
    call.gradient = &slope;
    expect_error(LK_DICE, &call, LK_INVALID, "dice: target is NULL");
    call.target = &target;
    call.grouping = (lk_grouping)9;
    expect_error(LK_DICE, &call, LK_INVALID, "dice: there is no grouping 9");
    call.grouping = LK_PER_SAMPLE;
    call.weight = &weight;
    expect_error(LK_DICE, &call, LK_INVALID,
                 "dice: weight has extent 3 where the grouping has 2 (dimension 0 of the "
                 "grouping)");
    call.grouping = LK_PER_CLASS;
    call.target = &weight; /* broadcasts */
    expect(LK_DICE, &call);
    memcpy(d, before, sizeof d);
    call.target = &target;
    call.other = &target;
    expect_error(LK_DICE, &call, LK_INVALID, "dice takes no other");
    call.other = NULL;
    call.target_gradient = &slope;
    expect_error(LK_LOVASZ_HINGE, &call, LK_UNSUPPORTED,
                 "lovasz_hinge has no output "
                 "target_gradient");
    call.target = NULL;
    call.gradient = NULL;
    expect_error(LK_L1_NORM, &call, LK_INVALID, "l1_norm: target_gradient without a target");
    call.target_gradient = NULL;
    call.flags = LK_IGNORE;
    expect_error(LK_L1_NORM, &call, LK_INVALID, "l1_norm: LK_IGNORE without a target");
    call.flags = 0;
    call.input = &labels;
    expect_error(LK_L1_NORM, &call, LK_INVALID,
                 "l1_norm: input is an integer array; it must be f32, f64, f16 or bf16");
    call.input = call.target = &vector;
    call.weight = NULL;
    expect_error(LK_L1_NORM, &call, LK_INVALID,
                 "l1_norm: groups per class need 2 dimensions, input has 1");
    call.grouping = LK_PER_BATCH;
    call.gradient = &shifted;
    expect_error(LK_L1_NORM, &call, LK_INVALID,
                 "l1_norm: gradient overlaps input without being the same view of it");
    call.gradient = NULL;
    assert_int_equal(lk_dice(&call, 1, 1.5, 0), LK_INVALID);
    assert_string_equal(lk_last_error(), "dice: power = 1.5 is neither 1 nor 2");
    assert_int_equal(lk_jaccard(&call, 1, 0.5), LK_INVALID);
    assert_string_equal(lk_last_error(), "jaccard: logits = 0.5 is neither 0 nor 1");
    assert_int_equal(lk_jaccard(&call, -1, 0), LK_INVALID);
    assert_memory_equal(before, d, sizeof d);
}

/* One number seen as a group without end: nothing can be sorted, and no size may wrap around. */
static void test_endless_group(void **state)
{
    int64_t size[] = {1, INT64_C(1) << 60}, steps[] = {0, 0};
    float x = 0;
    lk_tensor input = lk_view(&x, LK_F32, 2, size);
    lk_call call = LK_CALL_INIT;
    (void)state;
    input.strides = steps;
    call.input = call.target = &input;
    expect_error(LK_LOVASZ_HINGE, &call, LK_NO_MEMORY,
                 "lovasz_hinge: a group of 1152921504606846976 elements is too large to sort");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_empty_regions),
        cmocka_unit_test(test_masked_nan),
        cmocka_unit_test(test_l2_norm_at_every_size),
        cmocka_unit_test(test_l2_norm_of_opposite_giants),
        cmocka_unit_test(test_lovasz_ties),
        cmocka_unit_test(test_bad_data),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_endless_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
