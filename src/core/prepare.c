/* prepare.c: checks of a pointwise call, before anything is written. */
#include <stddef.h>

#include "losskit.h"
#include "pointwise_job.h"

enum { OUTPUTS = 5, INPUTS = 5 };

static lk_status check_options(const lk_job *j)
{
    const lk_call *c = j->call;
    if (c->reduction < LK_MEAN || c->reduction > LK_WEIGHTED_MEAN)
        return lk_fail(LK_INVALID, "%s: there is no reduction %d", j->name, (int)c->reduction);
    if (c->curvature_mode < LK_CURVATURE_TRUE || c->curvature_mode > LK_CURVATURE_UPPER)
        return lk_fail(LK_INVALID, "%s: there is no curvature mode %d", j->name,
                       (int)c->curvature_mode);
    if (c->flags & ~31u)
        return lk_fail(LK_INVALID, "%s: there are no flags 0x%x", j->name, c->flags & ~31u);
    if (c->flags & LK_CURVATURE_FLOOR && c->curvature_floor != c->curvature_floor)
        return lk_fail(LK_INVALID, "%s: curvature_floor is not a number", j->name);
    if (c->flags & LK_LABELS_01 && !(j->info && j->info->traits & LK_MARGIN_BASED))
        return lk_fail(LK_INVALID, "%s: LK_LABELS_01 is for margin losses; this loss takes %s",
                       j->name, j->info ? j->info->target : "its own targets");
    return LK_OK;
}

/* A member of another family's calls is set. */
static int has_foreign(const lk_call *c)
{
    return c->class_weight || c->vector || c->hessian_vector || c->weights || c->bias ||
           c->weights_gradient || c->bias_gradient || c->mask || c->other || c->negative ||
           c->centers || c->other_gradient || c->negative_gradient || c->center_step;
}

static int is_foreign(int id)
{
    return (id >= LK_ARG_CLASS_WEIGHT && id <= LK_ARG_CENTERS) || id >= LK_ARG_HESSIAN_VECTOR;
}

/* What is asked for and the loss does not have. */
static lk_status check_abilities(const lk_job *j)
{
    const lk_call *c = j->call;
    const lk_loss_info *info = j->info;
    if (c->curvature && c->curvature_mode == LK_CURVATURE_FISHER && !(info && info->fisher_tex))
        return lk_fail(LK_UNSUPPORTED, "%s has no Fisher or Gauss-Newton curvature", j->name);
    if (c->curvature && c->curvature_mode == LK_CURVATURE_UPPER && !(info && info->upper_tex))
        return lk_fail(LK_UNSUPPORTED, "%s has no finite upper bound of its curvature", j->name);
    const int target = info && (info->target_gradient_tex || info->traits & LK_DISTANCE_BASED);
    for (int id = 0; id < LK_ARGUMENTS && has_foreign(c); id++)
        if (is_foreign(id) && lk_argument_of(c, (lk_argument_id)id))
            return lk_fail(LK_INVALID, "%s takes no %s", j->name,
                           lk_argument_describe((lk_argument_id)id)->name);
    if (c->target_gradient && !target)
        return lk_fail(LK_UNSUPPORTED, "%s has no gradient of the target", j->name);
    if (c->auxiliary_gradient && !(info && info->auxiliary_gradient_tex))
        return lk_fail(LK_UNSUPPORTED, "%s has no gradient of %s", j->name,
                       info && info->auxiliary ? info->auxiliary : "a third input");
    if (c->auxiliary && !(info && info->auxiliary))
        return lk_fail(LK_INVALID, "%s takes no auxiliary input", j->name);
    if (info && info->auxiliary && info->auxiliary_param < 0 && !c->auxiliary)
        return lk_fail(LK_INVALID, "%s needs its auxiliary input, the %s", j->name,
                       info->auxiliary);
    return LK_OK;
}

/* Where the tensors of a call and their views in the job are. */
typedef struct field {
    const char *name;
    size_t tensor, array;
} field;
#define FIELD(name)                                            \
    {                                                          \
#name, offsetof(lk_call, name), offsetof(lk_job, name) \
    }
static const field inputs[INPUTS] = {FIELD(input), FIELD(target), FIELD(auxiliary), FIELD(weight),
                                     FIELD(upstream)};
static const field outputs[OUTPUTS] = {FIELD(value), FIELD(gradient), FIELD(curvature),
                                       FIELD(target_gradient), FIELD(auxiliary_gradient)};

static const lk_tensor *tensor_of(const lk_job *j, const field *f)
{
    return *(const lk_tensor *const *)((const char *)j->call + f->tensor);
}
static lk_array *array_of(lk_job *j, const field *f) { return (lk_array *)((char *)j + f->array); }

static lk_status view_inputs(lk_job *j)
{
    for (const field *f = inputs; f < inputs + INPUTS; f++) {
        const lk_tensor *tensor = tensor_of(j, f);
        if (!tensor) continue;
        lk_array *array = array_of(j, f);
        const char *name = array == &j->auxiliary ? j->info->auxiliary : f->name;
        const lk_status status =
            lk_array_input(j->name, name, tensor, j->call->input, "input", array);
        if (status) return status;
        const int integers = array == &j->target || array == &j->weight;
        if (array->element > LK_ELEMENT_BF16 && !integers)
            return lk_fail(LK_INVALID,
                           "%s: %s is an integer array; it must be f32, f64, f16 or bf16", j->name,
                           name);
    }
    return LK_OK;
}

static lk_status view_outputs(lk_job *j, int *in_place)
{
    lk_named_array in[INPUTS], out[OUTPUTS];
    for (int k = 0; k < INPUTS; k++)
        in[k] = (lk_named_array){inputs[k].name, array_of(j, &inputs[k])};
    for (int k = 0; k < OUTPUTS; k++) {
        const lk_tensor *tensor = tensor_of(j, &outputs[k]);
        lk_array *array = array_of(j, &outputs[k]);
        out[k] = (lk_named_array){outputs[k].name, array};
        if (!tensor) continue;
        const lk_status status =
            lk_array_output(j->name, outputs[k].name, tensor, j->call->input, "input", array);
        if (status) return status;
    }
    return j->n ? lk_check_overlaps(j->name, in, INPUTS, out, OUTPUTS, in_place) : LK_OK;
}

static int is_direct(const lk_job *j, const lk_array *array)
{
    const int element = j->real_width == sizeof(float) ? LK_ELEMENT_F32 : LK_ELEMENT_F64;
    return !array->data || (array->element == element && (lk_array_is_contiguous(array)));
}

static int all_direct(const lk_job *j)
{
    const lk_call *c = j->call;
    return !j->custom && !j->weight.data && !j->upstream.data &&
           !(c->flags & (LK_ACCUMULATE | LK_LABELS_01 | LK_IGNORE)) &&
           !(c->curvature &&
             (c->curvature_mode != LK_CURVATURE_TRUE || c->flags & LK_CURVATURE_FLOOR)) &&
           !c->target_gradient && !c->auxiliary_gradient && is_direct(j, &j->input) &&
           is_direct(j, &j->target) && is_direct(j, &j->auxiliary) && is_direct(j, &j->value) &&
           is_direct(j, &j->gradient) && is_direct(j, &j->curvature);
}

/* An upstream gradient that is one number goes into the scale. */
static void fold_upstream(lk_job *j)
{
    if (!j->n || !j->upstream.data || !lk_array_is_scalar(&j->upstream)) return;
    double factor;
    lk_array_load(&j->upstream, j->isa->f64, sizeof factor, 0, 1, &factor);
    if (factor == 0) return; /* takes infinite gradients out, as the element-wise product does */
    j->scale *= factor;
    j->upstream.data = NULL;
}

/* The instruction set, the computation type, and the third input's source. */
static void choose_kernels(lk_job *j)
{
    j->isa = lk_isa_current();
    const int wide = j->custom || j->input.element == LK_ELEMENT_F64;
    j->real_width = wide ? sizeof(double) : sizeof(float);
    j->kernels = wide ? j->isa->f64 : j->isa->f32;
    j->auxiliary_source = j->auxiliary.data ? LK_AUX_ARRAY : LK_AUX_CONSTANT;
    if (j->info && j->info->auxiliary && j->info->auxiliary_param >= 0)
        j->auxiliary_value = j->params[j->info->auxiliary_param];
}

/* A contiguous vector like `input`: most small calls have no other arrays. */
static int is_plain(const lk_tensor *t, const lk_tensor *input, lk_array *array)
{
    const unsigned width = input->dtype.bits / 8u;
    const uintptr_t at = (uintptr_t)t->data + (uintptr_t)t->byte_offset;
    if (t->ndim != 1 || t->strides || !t->data || t->device.type != 1 || t->dtype.code != 2 ||
        t->dtype.bits != input->dtype.bits || t->dtype.lanes != 1 || at & (width - 1) ||
        t->shape[0] != input->shape[0])
        return 0;
    array->data = (char *)t->data + t->byte_offset;
    array->element = width == sizeof(float) ? LK_ELEMENT_F32 : LK_ELEMENT_F64;
    array->width = (int)width;
    array->ndim = 1;
    array->low = 0;
    array->high = (t->shape[0] - 1) * (int64_t)width;
    array->shape[0] = t->shape[0];
    array->step[0] = 1;
    return 1;
}

static int apart(const lk_array *a, const lk_array *b, size_t bytes)
{
    const uintptr_t x = (uintptr_t)a->data, y = (uintptr_t)b->data;
    return !b->data || (x > y ? x - y : y - x) >= bytes;
}

/* Accepts the simplest calls at a fraction of the cost of the general checks, which a call of a few
 * elements would otherwise spend most of its time in; refuses nothing: what it does not accept, the
 * general checks judge. */
static int prepare_plain(lk_job *j)
{
    const lk_call *c = j->call;
    const lk_tensor *input = c->input;
    if (!j->info || c->size != sizeof *c || !input || !c->target || c->auxiliary || c->weight ||
        c->upstream || c->target_gradient || c->auxiliary_gradient || c->flags ||
        c->curvature_mode != LK_CURVATURE_TRUE || c->reduction < LK_MEAN ||
        c->reduction > LK_NONE || (j->info->auxiliary && j->info->auxiliary_param < 0))
        return 0;
    if ((input->dtype.bits != 32 && input->dtype.bits != 64) ||
        !is_plain(input, input, &j->input) || !is_plain(c->target, input, &j->target))
        return 0;
    j->n = input->shape[0];
    if (j->n < 1 || j->n > INT64_MAX / 8) return 0;
    const size_t bytes = (size_t)j->n * (size_t)j->input.width;
    const lk_tensor *const tensors[] = {c->value, c->gradient, c->curvature};
    lk_array *const arrays[] = {&j->value, &j->gradient, &j->curvature};
    for (int k = 0; k < 3; k++) {
        if (!tensors[k]) continue;
        if (!is_plain(tensors[k], input, arrays[k])) return 0;
        if (!apart(arrays[k], &j->input, bytes) || !apart(arrays[k], &j->target, bytes)) return 0;
        for (int other = 0; other < k; other++)
            if (!apart(arrays[k], arrays[other], bytes)) return 0;
    }
    choose_kernels(j);
    j->direct = 1;
    return 1;
}

lk_status lk_prepare(lk_job *j)
{
    const lk_call *c = j->call;
    if (!c) return lk_fail(LK_INVALID, "%s: the call is NULL", j->name);
    if (prepare_plain(j)) return LK_OK;
    j->value.data = j->gradient.data = j->curvature.data = NULL;
    if (c->size != sizeof *c)
        return lk_fail(LK_INVALID, "%s: the call's size is %zu, not %zu: start from LK_CALL_INIT",
                       j->name, c->size, sizeof *c);
    if (!c->input || !c->target)
        return lk_fail(LK_INVALID, "%s: %s is NULL", j->name, c->input ? "target" : "input");
    int in_place = 0;
    lk_status status = check_options(j);
    if (!status) status = check_abilities(j);
    if (!status) status = lk_array_count(j->name, "input", c->input, &j->n);
    if (!status) status = view_inputs(j);
    if (!status) status = view_outputs(j, &in_place);
    if (status) return status;
    choose_kernels(j);
    fold_upstream(j);
    j->direct = !in_place && all_direct(j);
    return LK_OK;
}
