/* value_shape.c: the shape of what a loss has one value for. */
#include "losskit.h"

#include <string.h>

static int without(int axis, int ndim, const int64_t *shape, int64_t *units)
{
    int n = 0;
    for (int d = 0; d < ndim; d++)
        if (d != axis) units[n++] = shape[d];
    return n;
}

static int first_of(int n, const int64_t *shape, int64_t *units)
{
    memcpy(units, shape, (size_t)n * sizeof *units);
    return n;
}

static int group_shape(lk_grouping grouping, int ndim, const int64_t *shape, int64_t *units)
{
    switch (grouping) {
    case LK_PER_BATCH:
        return 0;
    case LK_PER_CLASS:
        return ndim > 1 ? first_of(1, shape + 1, units) : 0;
    case LK_PER_SAMPLE_CLASS:
        return first_of(ndim < 2 ? ndim : 2, shape, units);
    case LK_PER_ROW:
        return without(ndim - 1, ndim, shape, units);
    default:
        return first_of(ndim < 1 ? ndim : 1, shape, units);
    }
}

/* A single sequence of frames has a scalar; lists of hypotheses count sequences first. */
static int sequence_shape(const lk_call *call, int is_list, int ndim, const int64_t *shape,
                          int64_t *units)
{
    if (is_list) return first_of(ndim < 1 ? ndim : 1, shape, units);
    return ndim < 3 ? 0 : first_of(1, shape + !(call->flags & LK_BATCH_FIRST), units);
}

static int units_of(const lk_loss_info *info, lk_loss loss, const lk_call *call, int64_t *units)
{
    const int ndim = call->input->ndim;
    const int64_t *const shape = call->input->shape;
    const int is_function = !(lk_loss_takes(loss, NULL) >> LK_ARG_TARGET & 1);
    switch (info->kind) {
    case LK_KIND_ROWS:
        if (is_function) return first_of(ndim, shape, units);
        return ndim < 2 ? 0
                        : without(call->class_axis < 0 ? call->class_axis + ndim : call->class_axis,
                                  ndim, shape, units);
    case LK_KIND_LINEAR:
    case LK_KIND_EMBEDDING:
        return first_of(ndim < 1 ? ndim : 1, shape, units);
    case LK_KIND_SEQUENCE:
        return sequence_shape(call, (int)(info->takes >> LK_ARG_HYPOTHESES & 1), ndim, shape,
                              units);
    case LK_KIND_REGION:
        return group_shape(call->grouping, ndim, shape, units);
    default:
        return first_of(ndim, shape, units);
    }
}

lk_status lk_value_shape(lk_loss loss, const lk_call *call, int32_t *ndim, int64_t *shape)
{
    const lk_loss_info *info = lk_loss_describe(loss);
    if (!info) return lk_fail(LK_INVALID, "there is no loss %d", (int)loss);
    if (!call || !call->input || !ndim || !shape)
        return lk_fail(LK_INVALID, "%s: the shape of value is that of an input, which is missing",
                       info->name);
    *ndim = units_of(info, loss, call, shape);
    return LK_OK;
}
