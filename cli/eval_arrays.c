#include "eval_arrays.h"

#include "input_file.h"
#include "write_npy.h"

#include <string.h>

static double integer_at(const array *a, int64_t i)
{
    const unsigned char *p = (const unsigned char *)a->data + (size_t)i * dtype_size(a->dtype);
    int32_t narrow;
    int64_t wide;
    switch (a->dtype) {
    case LK_I32:
        memcpy(&narrow, p, sizeof narrow);
        return narrow;
    case LK_I64:
        memcpy(&wide, p, sizeof wide);
        return (double)wide;
    default:
        return *p;
    }
}

static int is_integer(int dtype)
{
    return dtype == LK_I32 || dtype == LK_I64 || dtype == LK_U8 || dtype == LK_BOOL;
}

static int widen(array *a, const char *path, error *e)
{
    array wide;
    if (array_allocate(&wide, LK_F64, a->ndim, a->shape, input_name(path), LK_ARRAY_LIMIT, e))
        return -1;
    double *to = wide.data;
    for (int64_t i = 0; i < a->count; i++) to[i] = integer_at(a, i);
    array_free(a);
    *a = wide;
    return 0;
}

int eval_arrays_read(eval_arrays *a, error *e)
{
    for (int k = 0; k < EVAL_INPUTS; k++)
        if (a->input_paths[k] && array_read(a->input_paths[k], &a->inputs[k], e)) return -1;
    return is_integer(a->inputs[0].dtype) ? widen(&a->inputs[0], a->input_paths[0], e) : 0;
}

int eval_arrays_allocate(eval_arrays *a, int dtype, error *e)
{
    const array *like = &a->inputs[0];
    for (int k = 0; k < EVAL_OUTPUTS; k++)
        if (a->output_paths[k] &&
            array_allocate(&a->outputs[k], dtype ? dtype : like->dtype, like->ndim, like->shape,
                           a->output_paths[k], LK_ARRAY_LIMIT, e))
            return -1;
    return 0;
}

static const lk_tensor *view(const char *path, const array *a, lk_tensor *room)
{
    if (!path) return NULL;
    *room = lk_view(a->data, a->dtype, a->ndim, a->shape);
    return room;
}

void eval_arrays_attach(eval_arrays *a, lk_call *call)
{
    const lk_tensor **inputs[EVAL_INPUTS] = {&call->input, &call->target, &call->auxiliary,
                                             &call->weight, &call->upstream};
    const lk_tensor **outputs[EVAL_OUTPUTS] = {&call->value, &call->gradient, &call->curvature,
                                               &call->target_gradient, &call->auxiliary_gradient};
    for (int k = 0; k < EVAL_INPUTS; k++)
        *inputs[k] = view(a->input_paths[k], &a->inputs[k], &a->input_views[k]);
    for (int k = 0; k < EVAL_OUTPUTS; k++)
        *outputs[k] = view(a->output_paths[k], &a->outputs[k], &a->output_views[k]);
}

int eval_arrays_write(const eval_arrays *a, error *e)
{
    npy_output files[EVAL_OUTPUTS];
    size_t n = 0;
    for (int k = 0; k < EVAL_OUTPUTS; k++)
        if (a->output_paths[k])
            files[n++] = (npy_output){a->output_paths[k], a->outputs[k].data, a->outputs[k].dtype,
                                      a->outputs[k].ndim, a->outputs[k].shape};
    return n ? write_arrays(files, n, e) : 0;
}

void eval_arrays_free(eval_arrays *a)
{
    for (int k = 0; k < EVAL_INPUTS; k++) array_free(&a->inputs[k]);
    for (int k = 0; k < EVAL_OUTPUTS; k++) array_free(&a->outputs[k]);
}

const char *dtype_word(int dtype)
{
    switch (dtype) {
    case LK_F32:
        return "f32";
    case LK_F64:
        return "f64";
    case LK_F16:
        return "f16";
    case LK_BF16:
        return "bf16";
    default:
        return "integer";
    }
}
