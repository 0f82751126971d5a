/* family.c: checks, workspace and result of a call, for the engines of all families. */
#include "family.h"

#include <math.h>
#include <stdlib.h>

#include "losskit.h"

#define ARGUMENT(id, member, output, like, meaning) \
    [id] = {#member, meaning, offsetof(lk_call, member), output, like}
static const lk_argument arguments[LK_ARGUMENTS] = {
    ARGUMENT(LK_ARG_INPUT, input, 0, LK_ARG_INPUT, "predictions, scores, logits or features"),
    ARGUMENT(LK_ARG_TARGET, target, 0, LK_ARG_TARGET, "targets or labels"),
    ARGUMENT(LK_ARG_AUXILIARY, auxiliary, 0, LK_ARG_AUXILIARY, "the loss's third input"),
    ARGUMENT(LK_ARG_WEIGHT, weight, 0, LK_ARG_WEIGHT, "sample weights"),
    ARGUMENT(LK_ARG_UPSTREAM, upstream, 0, LK_ARG_UPSTREAM, "gradient of what follows the loss"),
    ARGUMENT(LK_ARG_CLASS_WEIGHT, class_weight, 0, LK_ARG_CLASS_WEIGHT, "a weight for each class"),
    ARGUMENT(LK_ARG_VECTOR, vector, 0, LK_ARG_VECTOR, "what the Hessian is multiplied with"),
    ARGUMENT(LK_ARG_WEIGHTS, weights, 0, LK_ARG_WEIGHTS, "weights of the linear layer, C x D"),
    ARGUMENT(LK_ARG_BIAS, bias, 0, LK_ARG_BIAS, "bias of the linear layer, C"),
    ARGUMENT(LK_ARG_MASK, mask, 0, LK_ARG_MASK, "elements where it is 0 take no part"),
    ARGUMENT(LK_ARG_OTHER, other, 0, LK_ARG_OTHER, "the second points: pairs or positives"),
    ARGUMENT(LK_ARG_NEGATIVE, negative, 0, LK_ARG_NEGATIVE, "the negatives of triplets"),
    ARGUMENT(LK_ARG_CENTERS, centers, 0, LK_ARG_CENTERS, "a center for each class, C x D"),
    ARGUMENT(LK_ARG_INPUT_LENGTHS, input_lengths, 0, LK_ARG_INPUT_LENGTHS,
             "how many frames of each sequence count"),
    ARGUMENT(LK_ARG_TARGET_LENGTHS, target_lengths, 0, LK_ARG_TARGET_LENGTHS,
             "how many labels each target has"),
    ARGUMENT(LK_ARG_HYPOTHESES, hypotheses, 0, LK_ARG_HYPOTHESES,
             "tokens of the hypotheses, N x K x L"),
    ARGUMENT(LK_ARG_HYPOTHESIS_LENGTHS, hypothesis_lengths, 0, LK_ARG_HYPOTHESIS_LENGTHS,
             "how many tokens each hypothesis has"),
    ARGUMENT(LK_ARG_VALUE, value, 1, LK_ARG_VALUE, "the loss of each unit"),
    ARGUMENT(LK_ARG_GRADIENT, gradient, 1, LK_ARG_INPUT, "the gradient of the input"),
    ARGUMENT(LK_ARG_CURVATURE, curvature, 1, LK_ARG_INPUT, "the diagonal curvature"),
    ARGUMENT(LK_ARG_TARGET_GRADIENT, target_gradient, 1, LK_ARG_INPUT,
             "the gradient of the target"),
    ARGUMENT(LK_ARG_AUXILIARY_GRADIENT, auxiliary_gradient, 1, LK_ARG_INPUT,
             "the gradient of the third input"),
    ARGUMENT(LK_ARG_HESSIAN_VECTOR, hessian_vector, 1, LK_ARG_INPUT, "the Hessian times vector"),
    ARGUMENT(LK_ARG_WEIGHTS_GRADIENT, weights_gradient, 1, LK_ARG_WEIGHTS,
             "the gradient of the linear layer's weights"),
    ARGUMENT(LK_ARG_BIAS_GRADIENT, bias_gradient, 1, LK_ARG_BIAS, "the gradient of the bias"),
    ARGUMENT(LK_ARG_OTHER_GRADIENT, other_gradient, 1, LK_ARG_OTHER,
             "the gradient of the second points"),
    ARGUMENT(LK_ARG_NEGATIVE_GRADIENT, negative_gradient, 1, LK_ARG_NEGATIVE,
             "the gradient of the negatives"),
    ARGUMENT(LK_ARG_CENTER_STEP, center_step, 1, LK_ARG_CENTERS,
             "the step of the centers, to be subtracted times a rate"),
};

const lk_argument *lk_argument_describe(lk_argument_id id)
{
    return (int)id >= 0 && id < LK_ARGUMENTS ? &arguments[id] : NULL;
}

const lk_tensor *lk_argument_of(const lk_call *call, lk_argument_id id)
{
    return *(const lk_tensor *const *)((const char *)call + arguments[id].offset);
}

static lk_status check_tensors(const lk_request *r)
{
    const char *name = r->info->name;
    for (int id = 0; id < LK_ARGUMENTS; id++) {
        const lk_tensor *tensor = lk_argument_of(r->call, (lk_argument_id)id);
        if (tensor && !(r->info->takes >> id & 1))
            return arguments[id].output
                       ? lk_fail(LK_UNSUPPORTED, "%s has no output %s", name, arguments[id].name)
                       : lk_fail(LK_INVALID, "%s takes no %s", name, arguments[id].name);
        if (!tensor && r->info->needs >> id & 1)
            return lk_fail(LK_INVALID, "%s: %s is NULL", name, arguments[id].name);
    }
    return LK_OK;
}

lk_status lk_check_call(const lk_request *r)
{
    const lk_call *c = r->call;
    const char *name = r->info->name;
    const int is_sequence = r->info->kind == LK_KIND_SEQUENCE;
    const int is_function = r->info->kind == LK_KIND_ROWS && !(r->info->takes >> LK_ARG_TARGET & 1);
    const uint32_t taken = LK_ACCUMULATE | LK_EMPTY_IS_NAN | LK_CURVATURE_FLOOR |
                           (r->info->kind == LK_KIND_REGION ? (uint32_t)LK_IGNORE : 0) |
                           (is_sequence ? (uint32_t)LK_BATCH_FIRST : 0) |
                           (is_function ? (uint32_t)LK_VALUE_GIVEN : 0);
    if (!c) return lk_fail(LK_INVALID, "%s: the call is NULL", name);
    if (c->size != sizeof *c)
        return lk_fail(LK_INVALID, "%s: the call's size is %zu, not %zu: start from LK_CALL_INIT",
                       name, c->size, sizeof *c);
    if (c->reduction < LK_MEAN || c->reduction > (is_sequence ? LK_LENGTH_MEAN : LK_WEIGHTED_MEAN))
        return lk_fail(LK_INVALID, "%s: there is no reduction %d", name, (int)c->reduction);
    if (c->curvature_mode != LK_CURVATURE_TRUE)
        return lk_fail(LK_UNSUPPORTED, "%s has the true curvature only, not mode %d", name,
                       (int)c->curvature_mode);
    if (c->flags & ~taken)
        return lk_fail(LK_INVALID, "%s takes no flags 0x%x", name, c->flags & ~taken);
    if (c->flags & LK_CURVATURE_FLOOR && c->curvature_floor != c->curvature_floor)
        return lk_fail(LK_INVALID, "%s: curvature_floor is not a number", name);
    return check_tensors(r);
}

lk_status lk_check_overlaps(const char *loss, const lk_named_array *inputs, int n_inputs,
                            const lk_named_array *outputs, int n_outputs, int *in_place)
{
    int same;
    *in_place = 0;
    for (int k = 0; k < n_outputs; k++) {
        const lk_named_array *output = &outputs[k];
        if (!output->array->data) continue;
        for (int other = 0; other < k; other++)
            if (outputs[other].array->data &&
                lk_array_overlap(output->array, outputs[other].array, &same))
                return lk_fail(LK_INVALID, "%s: %s overlaps %s", loss, output->name,
                               outputs[other].name);
        for (int other = 0; other < n_inputs; other++) {
            const lk_array *input = inputs[other].array;
            if (!input->data || !lk_array_overlap(output->array, input, &same)) continue;
            if (!same)
                return lk_fail(LK_INVALID, "%s: %s overlaps %s without being the same view of it",
                               loss, output->name, inputs[other].name);
            *in_place = 1;
        }
    }
    return LK_OK;
}

lk_status lk_take_workspace(const lk_request *r, size_t bytes, void **workspace, void **own)
{
    *own = NULL;
    *workspace = NULL;
    if (!bytes) return LK_OK;
    char *base = r->call->workspace;
    if (!base || r->call->workspace_size < bytes) {
        base = *own = malloc(bytes);
        if (!base)
            return lk_fail(LK_NO_MEMORY, "%s: no memory for %zu bytes", r->info->name, bytes);
    }
    *workspace = base + (-(uintptr_t)base & LK_WORKSPACE_SLACK);
    return LK_OK;
}

double lk_divisor(const lk_call *call, int64_t count, double weights)
{
    if (call->reduction == LK_MEAN) return (double)count;
    if (call->reduction == LK_WEIGHTED_MEAN) return weights;
    if (call->reduction != LK_BATCH_MEAN) return 1;
    return count == 0 ? 0 : call->input->ndim ? (double)call->input->shape[0] : 1;
}

void lk_report(const lk_call *call, const lk_totals *totals, double divisor)
{
    const double empty = call->flags & LK_EMPTY_IS_NAN ? NAN : 0;
    const lk_result result = {divisor == 0 ? empty : totals->sum / divisor, divisor, totals->count};
    if (call->result) *call->result = result;
}
