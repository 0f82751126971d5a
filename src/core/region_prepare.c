/* region_prepare.c: checks of a call over regions, before anything is written. */
#include <string.h>

#include "losskit.h"
#include "region_job.h"

static const int64_t MOST_SORTED = INT64_C(1) << 40; /* scratch of all threads fits a size_t */

static int form_of(int id)
{
    return id == LK_LOVASZ_HINGE ? LK_REGION_LOVASZ
           : id == LK_L1_NORM    ? LK_REGION_L1
           : id == LK_L2_NORM    ? LK_REGION_L2
                                 : LK_REGION_RATIO;
}

/* The switches among the parameters; a power that is neither 1 nor 2 has no kernel. */
static lk_status read_parameters(lk_region_job *j)
{
    j->logits = j->squared = 0;
    for (int k = 0; k < j->info->n_params; k++) {
        const char *name = j->info->params[k].name;
        const int logits = !strcmp(name, "logits"), power = !strcmp(name, "power");
        j->params[k] = j->request->params[k];
        if (!logits && !power) continue;
        const double low = power ? 1 : 0;
        if (j->params[k] != low && j->params[k] != low + 1)
            return lk_fail(LK_INVALID, "%s: %s = %g is neither %g nor %g", j->name, name,
                           j->params[k], low, low + 1);
        *(power ? &j->squared : &j->logits) = j->params[k] > low;
    }
    return LK_OK;
}

static lk_status check_options(const lk_region_job *j)
{
    static const char *const groupings[] = {"sample", "batch", "class", "sample and class", "row"};
    static const int dims[] = {1, 0, 2, 2, 1};
    const lk_call *c = j->call;
    const int grouping = (int)c->grouping;
    if (grouping < LK_PER_SAMPLE || grouping > LK_PER_ROW)
        return lk_fail(LK_INVALID, "%s: there is no grouping %d", j->name, grouping);
    if (c->input->ndim < dims[grouping])
        return lk_fail(LK_INVALID, "%s: groups per %s need %d dimensions, input has %d", j->name,
                       groupings[grouping], dims[grouping], (int)c->input->ndim);
    if (c->flags & LK_IGNORE && !c->target)
        return lk_fail(LK_INVALID, "%s: LK_IGNORE without a target", j->name);
    if (c->target_gradient && !c->target)
        return lk_fail(LK_INVALID, "%s: target_gradient without a target", j->name);
    return LK_OK;
}

/* The shape of the groups, and how many elements each has. */
static void count_groups(lk_region_job *j)
{
    const lk_tensor *input = j->call->input;
    int32_t ndim = 0;
    const int64_t *shape = input->shape;
    switch (j->call->grouping) {
    case LK_PER_SAMPLE:
        ndim = 1;
        break;
    case LK_PER_BATCH:
        break;
    case LK_PER_CLASS:
        ndim = 1, shape++;
        break;
    case LK_PER_SAMPLE_CLASS:
        ndim = 2;
        break;
    case LK_PER_ROW:
        ndim = input->ndim - 1;
        break;
    }
    j->groups = 1;
    for (int d = 0; d < ndim; d++) j->groups *= j->group_shape[d] = shape[d];
    j->size = j->groups ? j->n / j->groups : 0;
    j->group_frame = lk_view(NULL, LK_F64, ndim, j->group_shape);
}

/* A tensor with its first two dimensions exchanged, as one of ndim dimensions. */
typedef struct turned {
    lk_tensor tensor;
    int64_t shape[LK_MAX_DIMS], strides[LK_MAX_DIMS];
} turned;

static const lk_tensor *turn(const lk_tensor *t, int32_t ndim, turned *result)
{
    result->tensor = *t;
    result->tensor.ndim = ndim;
    result->tensor.shape = result->shape;
    result->tensor.strides = result->strides;
    for (int d = 0; d < ndim; d++) {
        const int from = (d < 2 ? 1 - d : d) - (ndim - t->ndim);
        result->shape[d] = from < 0 ? 1 : t->shape[from];
        result->strides[d] = from < 0 ? 0 : lk_tensor_step(t, from);
    }
    return &result->tensor;
}

/* Checks against the input as it is, so that sentences speak of its dimensions. */
static lk_status view_elements(const lk_region_job *j, lk_argument_id id, lk_array *array)
{
    const lk_argument *a = lk_argument_describe(id);
    const lk_tensor *tensor = lk_argument_of(j->call, id), *input = j->call->input;
    array->data = NULL;
    if (!tensor) return LK_OK;
    lk_status status = a->output ? lk_array_output(j->name, a->name, tensor, input, "input", array)
                                 : lk_array_input(j->name, a->name, tensor, input, "input", array);
    if (status || j->call->grouping != LK_PER_CLASS) return status;
    turned t, frame;
    return lk_array_input(j->name, a->name, turn(tensor, input->ndim, &t),
                          turn(input, input->ndim, &frame), "input", array);
}

static lk_status view_groups(const lk_region_job *j, lk_argument_id id, lk_array *array)
{
    const lk_argument *a = lk_argument_describe(id);
    const lk_tensor *tensor = lk_argument_of(j->call, id);
    array->data = NULL;
    if (!tensor) return LK_OK;
    if (a->output)
        return lk_array_output(j->name, a->name, tensor, &j->group_frame, "the grouping", array);
    return lk_array_input(j->name, a->name, tensor, &j->group_frame, "the grouping", array);
}

static lk_status refuse_integers(const lk_region_job *j, const char *name, const lk_array *array)
{
    if (!array->data || array->element <= LK_ELEMENT_BF16) return LK_OK;
    return lk_fail(LK_INVALID, "%s: %s is an integer array; it must be f32, f64, f16 or bf16",
                   j->name, name);
}

static lk_status view_tensors(lk_region_job *j)
{
    lk_status status = view_elements(j, LK_ARG_INPUT, &j->input);
    if (!status) status = refuse_integers(j, "input", &j->input);
    if (!status) status = view_elements(j, LK_ARG_TARGET, &j->target);
    if (!status) status = view_elements(j, LK_ARG_MASK, &j->mask);
    if (!status) status = view_elements(j, LK_ARG_GRADIENT, &j->gradient);
    if (!status) status = view_elements(j, LK_ARG_CURVATURE, &j->curvature);
    if (!status) status = view_elements(j, LK_ARG_TARGET_GRADIENT, &j->target_gradient);
    if (!status) status = view_groups(j, LK_ARG_WEIGHT, &j->weight);
    if (!status) status = view_groups(j, LK_ARG_UPSTREAM, &j->upstream);
    if (!status) status = refuse_integers(j, "upstream", &j->upstream);
    if (!status) status = view_groups(j, LK_ARG_VALUE, &j->value);
    return status;
}

static lk_status check_overlaps(lk_region_job *j, int *in_place)
{
    const lk_named_array inputs[] = {{"input", &j->input},
                                     {"target", &j->target},
                                     {"mask", &j->mask},
                                     {"weight", &j->weight},
                                     {"upstream", &j->upstream}};
    const lk_named_array outputs[] = {{"value", &j->value},
                                      {"gradient", &j->gradient},
                                      {"curvature", &j->curvature},
                                      {"target_gradient", &j->target_gradient}};
    *in_place = 0;
    return j->n ? lk_check_overlaps(j->name, inputs, 5, outputs, 4, in_place) : LK_OK;
}

lk_status lk_region_prepare(lk_region_job *j, const lk_request *request)
{
    const lk_call *c = request->call;
    j->request = request;
    j->call = c;
    j->info = request->info;
    j->name = request->info->name;
    j->id = request->id;
    j->form = (enum lk_region_form)form_of(request->id);
    j->scale = request->factor;
    int in_place;
    lk_status status = read_parameters(j);
    if (!status) status = lk_array_count(j->name, "input", c->input, &j->n);
    if (!status) status = check_options(j);
    if (status) return status;
    count_groups(j);
    if (j->form == LK_REGION_LOVASZ && j->size > MOST_SORTED)
        return lk_fail(LK_NO_MEMORY, "%s: a group of %lld elements is too large to sort", j->name,
                       (long long)j->size);
    status = view_tensors(j);
    if (!status) status = check_overlaps(j, &in_place);
    if (status) return status;
    j->isa = lk_isa_current();
    const int wide = j->input.element == LK_ELEMENT_F64 || j->form == LK_REGION_LOVASZ;
    j->real_width = wide ? sizeof(double) : sizeof(float);
    j->kernels = wide ? j->isa->f64 : j->isa->f32;
    j->filtered = c->mask || c->flags & LK_IGNORE;
    j->direct = !in_place && !j->filtered && !(c->flags & (LK_ACCUMULATE | LK_CURVATURE_FLOOR));
    j->first_bad = j->groups;
    return LK_OK;
}
