/* test_errors.c: what is refused, with which sentence; nothing is written then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/element_types.h"
#include "support/sample.h"
#include "support/scene.h"

enum { EXTRAS = 1 << IN_WEIGHT | 1 << IN_UPSTREAM, ALL_BUT_AUXILIARY = 15 };
static const plan base = {
    .dtype = LK_F32, .ndim = 2, .shape = {4, 6}, .ins = EXTRAS, .outs = ALL_BUT_AUXILIARY};

/* ---- a wrong call of huber --------------------------------------------------------------------
 */

static int64_t numbers[LK_MAX_PARAMS + 20]; /* shapes and strides of a spoilt tensor */

#define SPOIL(name, statement) \
    static void name(scene *s) { statement; }
static void shape_of(view *v, int32_t ndim, int64_t a, int64_t b)
{
    numbers[0] = a;
    numbers[1] = b;
    v->tensor.ndim = ndim;
    v->tensor.shape = numbers;
}
static void strides_of(view *v, int64_t a, int64_t b)
{
    v->strides[0] = a;
    v->strides[1] = b;
    v->tensor.strides = v->strides;
}
static void same_memory(view *to, const view *from, int64_t bytes)
{
    to->tensor.data = from->memory + bytes;
}

SPOIL(size_wrong, s->call.size = 8)
SPOIL(no_input, s->call.input = NULL)
SPOIL(no_target, s->call.target = NULL)
SPOIL(reduction_5, s->call.reduction = (lk_reduction)5)
SPOIL(mode_3, s->call.curvature_mode = (lk_curvature)3)
SPOIL(flags_unknown, s->call.flags = 96)
SPOIL(floor_nan, s->call.flags = LK_CURVATURE_FLOOR; s->call.curvature_floor = NAN)
SPOIL(labels, s->call.flags = LK_LABELS_01)
SPOIL(auxiliary, s->call.auxiliary = s->call.input)
SPOIL(auxiliary_gradient, s->call.auxiliary_gradient = s->call.gradient)
SPOIL(on_gpu, s->in[IN_TARGET].tensor.device.type = 2)
SPOIL(output_on_gpu, s->out[TO_VALUE].tensor.device.type = 2)
SPOIL(many_dims, s->in[IN_INPUT].tensor.ndim = 17)
SPOIL(negative_dims, s->in[IN_INPUT].tensor.ndim = -1)
SPOIL(no_shape, s->in[IN_WEIGHT].tensor.shape = NULL)
SPOIL(negative_extent, shape_of(&s->in[IN_UPSTREAM], 2, 4, -6))
SPOIL(dtype_unknown, s->in[IN_INPUT].tensor.dtype.bits = 8)
SPOIL(dtype_lanes, s->in[IN_TARGET].tensor.dtype.lanes = 2)
SPOIL(dtype_integer, s->in[IN_INPUT].tensor.dtype.code = 0)
SPOIL(upstream_integer, s->in[IN_UPSTREAM].tensor.dtype.code = 0)
SPOIL(output_integer, s->out[TO_GRADIENT].tensor.dtype.code = 0)
SPOIL(output_bool, s->out[TO_VALUE].tensor.dtype.code = 6; s->out[TO_VALUE].tensor.dtype.bits = 8)
SPOIL(target_extent, shape_of(&s->in[IN_TARGET], 2, 4, 5))
SPOIL(target_extent_0, shape_of(&s->in[IN_TARGET], 2, 0, 6))
SPOIL(weight_extent, shape_of(&s->in[IN_WEIGHT], 1, 4, 0))
SPOIL(target_dims, shape_of(&s->in[IN_TARGET], 3, 1, 1); numbers[2] = 1)
SPOIL(gradient_dims, shape_of(&s->out[TO_GRADIENT], 1, 6, 0))
SPOIL(gradient_broadcast, shape_of(&s->out[TO_GRADIENT], 2, 1, 6))
SPOIL(too_many, shape_of(&s->in[IN_INPUT], 2, INT64_C(1) << 32, INT64_C(1) << 32))
SPOIL(no_data, s->in[IN_INPUT].tensor.data = NULL)
SPOIL(output_no_data, s->out[TO_CURVATURE].tensor.data = NULL)
SPOIL(misaligned, s->in[IN_INPUT].tensor.byte_offset = 2)
SPOIL(output_misaligned, s->out[TO_GRADIENT].tensor.data = s->out[TO_GRADIENT].memory + 1)
SPOIL(far, strides_of(&s->in[IN_TARGET], INT64_MAX / 4, 1))
SPOIL(far_both_ways, strides_of(&s->in[IN_TARGET], INT64_MAX / 16, -INT64_MAX / 16))
SPOIL(farthest, strides_of(&s->out[TO_VALUE], INT64_MIN, INT64_MIN))
SPOIL(repeats, strides_of(&s->out[TO_VALUE], 0, 1))
SPOIL(crosses, strides_of(&s->out[TO_TARGET], 1, 1))
SPOIL(crosses_partly, strides_of(&s->out[TO_GRADIENT], 5, 1))
SPOIL(outputs_same, same_memory(&s->out[TO_CURVATURE], &s->out[TO_GRADIENT], 0))
SPOIL(outputs_overlap, same_memory(&s->out[TO_GRADIENT], &s->out[TO_VALUE], 8))
SPOIL(input_overlap, same_memory(&s->out[TO_GRADIENT], &s->in[IN_INPUT], 4))
SPOIL(weight_transposed, same_memory(&s->out[TO_VALUE], &s->in[IN_WEIGHT], 0);
      shape_of(&s->out[TO_VALUE], 2, 4, 6); strides_of(&s->out[TO_VALUE], 1, 4))
SPOIL(other_dtype, same_memory(&s->out[TO_VALUE], &s->in[IN_INPUT], 0);
      s->out[TO_VALUE].tensor.dtype.bits = 16)
SPOIL(broadcast_target, s->in[IN_TARGET].tensor.ndim = 0;
      same_memory(&s->out[TO_VALUE], &s->in[IN_TARGET], 0))

typedef struct refusal {
    void (*spoil)(scene *);
    const char *sentence;
    lk_status status; /* 0: LK_INVALID */
} refusal;

static const refusal refusals[] = {
    {no_input, "huber: input is NULL", 0},
    {no_target, "huber: target is NULL", 0},
    {reduction_5, "huber: there is no reduction 5", 0},
    {mode_3, "huber: there is no curvature mode 3", 0},
    {flags_unknown, "huber: there are no flags 0x60", 0},
    {floor_nan, "huber: curvature_floor is not a number", 0},
    {labels, "huber: LK_LABELS_01 is for margin losses; this loss takes any real", 0},
    {auxiliary, "huber takes no auxiliary input", 0},
    {auxiliary_gradient, "huber has no gradient of a third input", LK_UNSUPPORTED},
    {on_gpu, "huber: target is on device type 2; losskit computes on the CPU (1)", 0},
    {output_on_gpu, "huber: value is on device type 2; losskit computes on the CPU (1)", 0},
    {many_dims, "huber: input has 17 dimensions; 0 to 16 are supported", 0},
    {negative_dims, "huber: input has -1 dimensions; 0 to 16 are supported", 0},
    {no_shape, "huber: weight has 2 dimensions but no shape", 0},
    {negative_extent, "huber: upstream has the negative extent -6 in dimension 1", 0},
    {dtype_unknown,
     "huber: input has dtype code 2, 8 bits, 1 lanes; supported are f32, f64, f16, "
     "bf16, i32, i64, u8 and bool",
     0},
    {dtype_lanes,
     "huber: target has dtype code 2, 32 bits, 2 lanes; supported are f32, f64, f16, "
     "bf16, i32, i64, u8 and bool",
     0},
    {dtype_integer, "huber: input is an integer array; it must be f32, f64, f16 or bf16", 0},
    {upstream_integer, "huber: upstream is an integer array; it must be f32, f64, f16 or bf16", 0},
    {output_integer, "huber: gradient is an integer array; outputs are f32, f64, f16 or bf16", 0},
    {output_bool, "huber: value is an integer array; outputs are f32, f64, f16 or bf16", 0},
    {target_extent, "huber: target has extent 5 where input has 6 (dimension 1 of input)", 0},
    {target_extent_0, "huber: target has extent 0 where input has 4 (dimension 0 of input)", 0},
    {weight_extent, "huber: weight has extent 4 where input has 6 (dimension 1 of input)", 0},
    {target_dims, "huber: target has 3 dimensions, more than the 2 of input", 0},
    {gradient_dims, "huber: gradient has 1 dimensions, input has 2", 0},
    {gradient_broadcast, "huber: gradient has extent 1 where input has 4 (dimension 0 of input)",
     0},
    {too_many, "huber: input has more than 2^63 elements", 0},
    {no_data, "huber: input has no data", 0},
    {output_no_data, "huber: curvature has no data", 0},
    {misaligned, "huber: input is not aligned to its 4-byte elements", 0},
    {output_misaligned, "huber: gradient is not aligned to its 4-byte elements", 0},
    {far, "huber: target spans more than 2^61 bytes", 0},
    {far_both_ways, "huber: target spans more than 2^61 bytes", 0},
    {farthest, "huber: value spans more than 2^61 bytes", 0},
    {repeats, "huber: value has strides that write an element twice", 0},
    {crosses, "huber: target_gradient has strides that write an element twice", 0},
    {crosses_partly, "huber: gradient has strides that write an element twice", 0},
    {outputs_same, "huber: curvature overlaps gradient", 0},
    {outputs_overlap, "huber: gradient overlaps value", 0},
    {input_overlap, "huber: gradient overlaps input without being the same view of it", 0},
    {weight_transposed, "huber: value overlaps weight without being the same view of it", 0},
    {other_dtype, "huber: value overlaps input without being the same view of it", 0},
    {broadcast_target, "huber: value overlaps target without being the same view of it", 0},
};

static void test_wrong_calls(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof refusals / sizeof *refusals; k++) {
        scene s;
        rng r = {1};
        size_t bytes = 77;
        const refusal *f = &refusals[k];
        const lk_status status = f->status ? f->status : LK_INVALID;
        scene_make(&s, LK_HUBER, &base, &r);
        f->spoil(&s);
        scene_remember(&s);
        assert_int_equal(scene_run(&s), status);
        assert_string_equal(lk_last_error(), f->sentence);
        scene_untouched(&s, f->sentence);
        assert_int_equal(lk_huber(&s.call, 1), status);
        assert_int_equal(lk_workspace_size(LK_HUBER, NULL, 0, &s.call, &bytes), status);
        assert_string_equal(lk_last_error(), f->sentence);
        assert_int_equal(bytes, 77);
        scene_free(&s);
    }
}

static void test_size_and_null(void **state)
{
    char sentence[120];
    scene s;
    rng r = {1};
    (void)state;
    assert_int_equal(lk_evaluate(LK_HUBER, NULL, 0, NULL), LK_INVALID);
    assert_string_equal(lk_last_error(), "huber: the call is NULL");
    scene_make(&s, LK_HUBER, &base, &r);
    size_wrong(&s);
    scene_remember(&s);
    assert_int_equal(scene_run(&s), LK_INVALID);
    snprintf(sentence, sizeof sentence,
             "huber: the call's size is 8, not %zu: start from LK_CALL_INIT", sizeof s.call);
    assert_string_equal(lk_last_error(), sentence);
    scene_untouched(&s, sentence);
    scene_free(&s);
    assert_int_equal(lk_evaluate_custom(NULL, NULL, &s.call), LK_INVALID);
    assert_string_equal(lk_last_error(), "custom loss: the function is NULL");
}

/* ---- what a loss does not have ----------------------------------------------------------------
 */

static void expect_unsupported(scene *s, int has, const char *sentence)
{
    const lk_status status = scene_run(s);
    if (has) {
        if (status) fail_msg("%s", lk_last_error());
        return;
    }
    assert_int_equal(status, LK_UNSUPPORTED);
    assert_non_null(strstr(lk_last_error(), sentence));
    assert_int_equal(strncmp(lk_last_error(), s->info->name, strlen(s->info->name)), 0);
    scene_untouched(s, sentence);
}

static void check_abilities(lk_loss id, int what)
{
    const lk_loss_info *info = lk_loss_describe(id);
    plan p = base;
    scene s;
    rng r = {1};
    p.outs = 1u << TO_GRADIENT | (what < 2 ? 1u << TO_CURVATURE : 0);
    scene_make(&s, id, &p, &r);
    scene_remember(&s);
    unsigned char other[24 * 4];
    lk_tensor t = lk_view(other, LK_F32, 2, s.in[IN_INPUT].shape);
    switch (what) {
    case 0:
        s.call.curvature_mode = LK_CURVATURE_FISHER;
        expect_unsupported(&s, info->fisher_tex != NULL, "has no Fisher or Gauss-Newton curvature");
        break;
    case 1:
        s.call.curvature_mode = LK_CURVATURE_UPPER;
        expect_unsupported(&s, info->upper_tex != NULL, "has no finite upper bound");
        break;
    case 2:
        s.call.target_gradient = &t;
        expect_unsupported(&s, has_target_gradient(info), "has no gradient of the target");
        break;
    default:
        s.call.auxiliary_gradient = &t;
        expect_unsupported(&s, info->auxiliary_gradient_tex != NULL, "has no gradient of ");
    }
    scene_free(&s);
}

static void test_abilities(void **state)
{
    (void)state;
    FOR_EACH_LOSS(id)
    for (int what = 0; what < 4; what++) check_abilities(id, what);
}

/* A mode without a curvature to write is no request. */
static void test_modes_without_curvature(void **state)
{
    (void)state;
    FOR_EACH_LOSS(id)
    for (int mode = LK_CURVATURE_TRUE; mode <= LK_CURVATURE_UPPER; mode++) {
        plan p = base;
        scene s;
        rng r = {1};
        p.outs = 1u << TO_GRADIENT;
        scene_make(&s, id, &p, &r);
        s.call.curvature_mode = (lk_curvature)mode;
        assert_int_equal(scene_run(&s), LK_OK);
        scene_free(&s);
    }
}

static void test_auxiliary_and_labels(void **state)
{
    (void)state;
    FOR_EACH_LOSS(id)
    {
        const lk_loss_info *info = lk_loss_describe(id);
        char sentence[200];
        scene s;
        rng r = {1};
        scene_make(&s, id, &base, &r);
        scene_remember(&s);
        s.call.flags = LK_LABELS_01;
        if (!(info->traits & LK_MARGIN_BASED)) {
            snprintf(sentence, sizeof sentence,
                     "%s: LK_LABELS_01 is for margin losses; this loss takes %s", info->name,
                     info->target);
            assert_int_equal(scene_run(&s), LK_INVALID);
            assert_string_equal(lk_last_error(), sentence);
        }
        s.call.flags = 0;
        s.call.auxiliary = info->auxiliary ? NULL : s.call.input;
        if (!info->auxiliary || info->auxiliary_param < 0) {
            snprintf(sentence, sizeof sentence,
                     info->auxiliary ? "%s needs its auxiliary input, the %s"
                                     : "%s takes no auxiliary input",
                     info->name, info->auxiliary ? info->auxiliary : "");
            assert_int_equal(scene_run(&s), LK_INVALID);
            assert_string_equal(lk_last_error(), sentence);
            scene_untouched(&s, sentence);
        }
        scene_free(&s);
    }
}

/* ---- ids and parameters -----------------------------------------------------------------------
 */

static void expect_parameter(scene *s, int k, double value, int allowed)
{
    const lk_parameter *p = &s->info->params[k];
    const double old = s->params[k];
    char sentence[200];
    s->params[k] = value;
    const lk_status status = scene_run(s);
    s->params[k] = old;
    snprintf(sentence, sizeof sentence, "%s: %s = %g is outside [%g, %g]", s->info->name, p->name,
             value, p->lowest, p->highest);
    if (allowed) {
        if (status) fail_msg("%s", lk_last_error());
        return;
    }
    assert_int_equal(status, LK_INVALID);
    assert_string_equal(lk_last_error(), sentence);
    scene_untouched(s, sentence);
}

static void check_parameters(scene *s)
{
    for (int k = 0; k < s->info->n_params; k++) {
        const lk_parameter *p = &s->info->params[k];
        const double wrong[] = {NAN,
                                INFINITY,
                                -INFINITY,
                                nextafter(p->lowest, -INFINITY),
                                nextafter(p->highest, INFINITY),
                                p->lowest - 5};
        for (int w = 0; w < 6; w++) {
            int named = p->lowest <= wrong[w] && wrong[w] <= p->highest;
            for (int m = 0; m < LK_MAX_NAMED; m++)
                named |= p->named[m].name && p->named[m].value == wrong[w];
            if (!named) expect_parameter(s, k, wrong[w], 0);
        }
    }
    for (int k = 0; k < s->info->n_params; k++) {
        const lk_parameter *p = &s->info->params[k];
        expect_parameter(s, k, p->preset, 1);
        expect_parameter(s, k, p->lowest, 1);
        expect_parameter(s, k, p->highest, 1);
        for (int m = 0; m < LK_MAX_NAMED; m++)
            if (p->named[m].name) expect_parameter(s, k, p->named[m].value, 1);
    }
}

static void test_parameters(void **state)
{
    (void)state;
    FOR_EACH_LOSS(id)
    {
        const lk_loss_info *info = lk_loss_describe(id);
        const double five[5] = {0};
        char sentence[100];
        scene s;
        rng r = {1};
        scene_make(&s, id, &base, &r);
        scene_remember(&s);
        for (int n = -1; n < 6; n++) {
            if (n != info->n_params && n >= 0) {
                assert_int_equal(lk_evaluate(id, five, n, &s.call), LK_INVALID);
                snprintf(sentence, sizeof sentence, "%s takes %d parameters, not %d", info->name,
                         info->n_params, n);
                assert_string_equal(lk_last_error(), sentence);
            }
            if (n != 0) assert_int_equal(lk_evaluate(id, NULL, n, &s.call), LK_INVALID);
        }
        scene_untouched(&s, "a wrong number of parameters");
        check_parameters(&s);
        assert_int_equal(lk_evaluate(id, NULL, 0, &s.call), LK_OK);
        scene_free(&s);
    }
}

static void test_unknown_ids(void **state)
{
    const int ids[] = {0, -1, 64, 65, 1000000, INT32_MAX, INT32_MIN};
    lk_call call = LK_CALL_INIT;
    (void)state;
    for (size_t k = 0; k < sizeof ids / sizeof *ids; k++) {
        char sentence[80];
        size_t bytes;
        snprintf(sentence, sizeof sentence, "there is no loss with id %d", ids[k]);
        assert_null(lk_loss_describe((lk_loss)ids[k]));
        assert_int_equal(lk_evaluate((lk_loss)ids[k], NULL, 0, &call), LK_INVALID);
        assert_string_equal(lk_last_error(), sentence);
        assert_int_equal(lk_workspace_size((lk_loss)ids[k], NULL, 0, &call, &bytes), LK_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_calls),
        cmocka_unit_test(test_size_and_null),
        cmocka_unit_test(test_abilities),
        cmocka_unit_test(test_modes_without_curvature),
        cmocka_unit_test(test_auxiliary_and_labels),
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_unknown_ids),
    };
    return cmocka_run_group_tests_name("errors", tests, NULL, NULL);
}
