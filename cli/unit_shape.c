#include "unit_shape.h"

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

int unit_shape(lk_loss loss, const lk_call *call, int ndim, const int64_t *shape, int64_t *units)
{
    const lk_loss_info *info = lk_loss_describe(loss);
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
