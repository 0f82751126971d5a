/* request.c: one call of a loss from one block of numbers, for callers to whom every argument of a
 * foreign function costs as much as the work: Python packs the block once, in one go.
 *
 * A request is a lk_request and then, for each of its tensors, an lk_packed_tensor, its shape and,
 * when strided, its strides: 8 bytes for every number, nothing else.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "losskit.h"

enum { MOST_DIMENSIONS = 64 };

typedef struct lk_request {
    int64_t loss, n_params;
    double params[LK_MAX_PARAMS];
    int64_t reduction, curvature_mode, flags, class_axis, ignore_index, grouping;
    double ignore_target;
    double scale;           /* multiplies the reduced value, and the derivatives as `upstream` */
    int64_t value, is_wide; /* the address of a float, or a double, for the reduced value; or 0 */
    int64_t n_tensors;
} lk_request;

typedef struct lk_packed_tensor {
    int64_t argument, data, dtype, ndim, strided;
} lk_packed_tensor;

LK_API lk_status lk_python_evaluate(const void *request);

static void write_value(const lk_request *r, double value)
{
    const uintptr_t place = (uintptr_t)r->value;
    if (!place) return;
    if (r->is_wide)
        *(double *)place = r->scale * value;
    else
        *(float *)place = (float)(r->scale * value);
}

lk_status lk_python_evaluate(const void *request)
{
    lk_request r;
    memcpy(&r, request, sizeof r);
    const char *at = (const char *)request + sizeof r;

    lk_tensor tensors[LK_ARGUMENTS], scale;
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.reduction = (lk_reduction)r.reduction;
    call.curvature_mode = (lk_curvature)r.curvature_mode;
    call.flags = (uint32_t)r.flags;
    call.class_axis = (int32_t)r.class_axis;
    call.ignore_index = r.ignore_index;
    call.grouping = (lk_grouping)r.grouping;
    call.ignore_target = r.ignore_target;
    call.result = &result;
    if (r.scale != 1) { /* an upstream among the tensors takes its place */
        scale = lk_view(&r.scale, LK_F64, 0, NULL);
        call.upstream = &scale;
    }
    if (r.n_tensors > LK_ARGUMENTS)
        return lk_fail(LK_INVALID, "request: %lld tensors, of %d kinds", (long long)r.n_tensors,
                       (int)LK_ARGUMENTS);
    for (int64_t i = 0; i < r.n_tensors; i++) {
        lk_packed_tensor p;
        memcpy(&p, at, sizeof p);
        at += sizeof p;
        const lk_argument *argument = lk_argument_describe((lk_argument_id)p.argument);
        if (!argument || p.ndim < 0 || p.ndim > MOST_DIMENSIONS)
            return lk_fail(LK_INVALID, "request: tensor %lld is no argument of a loss",
                           (long long)i);
        const int64_t *shape = (const int64_t *)(const void *)at;
        tensors[i] = lk_view((const void *)(uintptr_t)p.data, (int)p.dtype, (int32_t)p.ndim, shape);
        at += p.ndim * (int64_t)sizeof *shape;
        if (p.strided) {
            tensors[i].strides = (int64_t *)(uintptr_t)at;
            at += p.ndim * (int64_t)sizeof *shape;
        }
        const lk_tensor *view = &tensors[i];
        memcpy((char *)&call + argument->offset, &view, sizeof view);
    }
    const lk_status status = lk_evaluate((lk_loss)r.loss, r.params, (int)r.n_params, &call);
    if (status == LK_OK) write_value(&r, result.value);
    return status;
}
