/* request.c: one call of a loss from two blocks of numbers, for callers to whom every argument of a
 * foreign function costs as much as the work: Python packs each block in one go, and keeps the
 * first for further calls on tensors of the same shapes.
 *
 * A request is a lk_request and then, for each of its tensors, an lk_packed_tensor, its shape and,
 * when strided, its strides. Its places are a scale and then the address of each tensor. Both are 8
 * bytes for every number, nothing else.
 * SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <string.h>

#include "losskit.h"

enum {
    MOST_DIMENSIONS = 64,
    REDUCED = -1 /* as an argument: the reduced value, a float or a double */
};

typedef struct lk_request {
    int64_t loss, n_params;
    double params[LK_MAX_PARAMS];
    int64_t reduction, curvature_mode, flags, class_axis, ignore_index, grouping;
    double ignore_target;
    int64_t n_tensors;
} lk_request;

typedef struct lk_packed_tensor {
    int64_t argument, dtype, ndim, strided;
} lk_packed_tensor;

typedef struct lk_places {
    double scale; /* multiplies the reduced value, and the derivatives as `upstream` */
    int64_t data[LK_ARGUMENTS];
} lk_places;

LK_API lk_status lk_python_evaluate(const void *request, const void *places);

static void write_value(const lk_tensor *place, double value)
{
    if (place->dtype.bits == 64)
        *(double *)place->data = value;
    else
        *(float *)place->data = (float)value;
}

/* The tensor at *at, which moves on; returns the argument that it is. */
static int64_t unpack(const char **at, int64_t data, lk_tensor *tensor)
{
    lk_packed_tensor p;
    memcpy(&p, *at, sizeof p);
    *at += sizeof p;
    if (p.ndim < 0 || p.ndim > MOST_DIMENSIONS) return LK_ARGUMENTS;
    const int64_t *shape = (const int64_t *)(const void *)*at;
    *tensor = lk_view((const void *)(uintptr_t)data, (int)p.dtype, (int32_t)p.ndim, shape);
    *at += p.ndim * (int64_t)sizeof *shape;
    if (p.strided) {
        tensor->strides = (int64_t *)(uintptr_t)*at;
        *at += p.ndim * (int64_t)sizeof *shape;
    }
    return p.argument;
}

lk_status lk_python_evaluate(const void *request, const void *places)
{
    lk_request r;
    lk_places p;
    memcpy(&r, request, sizeof r);
    if (r.n_tensors < 0 || r.n_tensors > LK_ARGUMENTS)
        return lk_fail(LK_INVALID, "request: %lld tensors, of %d kinds", (long long)r.n_tensors,
                       (int)LK_ARGUMENTS);
    memcpy(&p, places, offsetof(lk_places, data) + (size_t)r.n_tensors * sizeof *p.data);

    lk_tensor tensors[LK_ARGUMENTS], scale;
    const lk_tensor *reduced = NULL;
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.reduction = (lk_reduction)r.reduction;
    call.curvature_mode = (lk_curvature)r.curvature_mode;
    call.flags = (uint32_t)r.flags;
    call.class_axis = (int32_t)r.class_axis;
    call.ignore_index = r.ignore_index;
    call.grouping = (lk_grouping)r.grouping;
    call.ignore_target = r.ignore_target;
    if (p.scale != 1) { /* an upstream among the tensors takes its place */
        scale = lk_view(&p.scale, LK_F64, 0, NULL);
        call.upstream = &scale;
    }
    const char *at = (const char *)request + sizeof r;
    for (int64_t i = 0; i < r.n_tensors; i++) {
        const lk_tensor *view = &tensors[i];
        const int64_t number = unpack(&at, p.data[i], &tensors[i]);
        if (number == REDUCED) reduced = view;
        if (number == REDUCED) continue;
        const lk_argument *argument = lk_argument_describe((lk_argument_id)number);
        if (!argument)
            return lk_fail(LK_INVALID, "request: tensor %lld is no argument of a loss",
                           (long long)i);
        memcpy((char *)&call + argument->offset, &view, sizeof view);
    }
    call.result = reduced ? &result : NULL;
    const lk_status status = lk_evaluate((lk_loss)r.loss, r.params, (int)r.n_params, &call);
    if (status == LK_OK && reduced) write_value(reduced, p.scale * result.value);
    return status;
}
