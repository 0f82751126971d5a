/* The handler that XLA calls for losskit.jax: one loss, as often as vmap says.
 *
 * Attributes, all static: what lk_evaluate() takes besides arrays, and which argument of lk_call
 * each buffer is ("arguments", "results": lk_argument_id, or -1 for the reduced value). Under vmap
 * all buffers have the same number of leading extents more than `ndim` says of the input; where an
 * operand's is 1, all calls share it. */
#include "losskit.h"
#include "xla_ffi.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { MAX_BUFFERS = LK_ARGUMENTS + 1, REDUCED = -1 };

typedef struct buffer {
    lk_tensor view; /* of one call */
    char *data;
    const int64_t *batch; /* the leading extents */
    size_t bytes;         /* of one call */
    int64_t argument;
} buffer;

typedef struct batch {
    int64_t ndim, count;
    const int64_t *extents; /* those of the results, which are never shared */
    buffer buffers[MAX_BUFFERS];
    int n;
} batch;

LK_API XLA_FFI_Error *lk_jax_handler(XLA_FFI_CallFrame *frame);

static XLA_FFI_Error *fail(const XLA_FFI_CallFrame *frame, XLA_FFI_Error_Code code,
                           const char *sentence)
{
    XLA_FFI_Error_Create_Args args = {sizeof args, NULL, sentence, code};
    return frame->api->XLA_FFI_Error_Create(&args);
}

static XLA_FFI_Error *fail_with_status(const XLA_FFI_CallFrame *frame, lk_status status)
{
    const XLA_FFI_Error_Code code = status == LK_NO_MEMORY ? XLA_FFI_Error_Code_RESOURCE_EXHAUSTED
                                    : status == LK_UNSUPPORTED
                                        ? XLA_FFI_Error_Code_UNIMPLEMENTED
                                        : XLA_FFI_Error_Code_INVALID_ARGUMENT;
    return fail(frame, code, lk_last_error());
}

/* ---- attributes -------------------------------------------------------------------------------
 */
static const void *find_attribute(const XLA_FFI_Attrs *attrs, const char *name,
                                  XLA_FFI_AttrType type)
{
    const size_t length = strlen(name);
    for (int64_t i = 0; i < attrs->size; i++)
        if (attrs->names[i]->len == length && !memcmp(attrs->names[i]->ptr, name, length))
            return attrs->types[i] == type ? attrs->attrs[i] : NULL;
    return NULL;
}

static bool read_array(const XLA_FFI_Attrs *attrs, const char *name, XLA_FFI_DataType dtype,
                       const void **data, size_t *size)
{
    const XLA_FFI_Array *array = find_attribute(attrs, name, XLA_FFI_AttrType_ARRAY);
    if (!array || array->dtype != dtype) return false;
    *data = array->data;
    *size = array->size;
    return true;
}

static bool read_integer(const XLA_FFI_Attrs *attrs, const char *name, int64_t *value)
{
    const XLA_FFI_Scalar *scalar = find_attribute(attrs, name, XLA_FFI_AttrType_SCALAR);
    if (!scalar || scalar->dtype != XLA_FFI_DataType_S64) return false;
    memcpy(value, scalar->value, sizeof *value);
    return true;
}

typedef struct attributes {
    int64_t loss, ndim, reduction, flags, class_axis, ignore_index, grouping;
    const int64_t *arguments, *results;
    const double *parameters; /* the loss's own, and ignore_target at the end */
    size_t n_arguments, n_results, n_parameters;
} attributes;

static bool read_attributes(const XLA_FFI_Attrs *attrs, attributes *a)
{
    const void *arguments, *results, *parameters;
    if (!read_integer(attrs, "loss", &a->loss) || !read_integer(attrs, "ndim", &a->ndim) ||
        !read_integer(attrs, "reduction", &a->reduction) ||
        !read_integer(attrs, "flags", &a->flags) ||
        !read_integer(attrs, "class_axis", &a->class_axis) ||
        !read_integer(attrs, "ignore_index", &a->ignore_index) ||
        !read_integer(attrs, "grouping", &a->grouping) ||
        !read_array(attrs, "arguments", XLA_FFI_DataType_S64, &arguments, &a->n_arguments) ||
        !read_array(attrs, "results", XLA_FFI_DataType_S64, &results, &a->n_results) ||
        !read_array(attrs, "parameters", XLA_FFI_DataType_F64, &parameters, &a->n_parameters))
        return false;
    a->arguments = arguments;
    a->results = results;
    a->parameters = parameters;
    return a->n_parameters > 0;
}

/* ---- buffers ----------------------------------------------------------------------------------
 */
static int dtype_of(XLA_FFI_DataType dtype)
{
    switch (dtype) {
    case XLA_FFI_DataType_F32:
        return LK_F32;
    case XLA_FFI_DataType_F64:
        return LK_F64;
    case XLA_FFI_DataType_F16:
        return LK_F16;
    case XLA_FFI_DataType_BF16:
        return LK_BF16;
    case XLA_FFI_DataType_S32:
        return LK_I32;
    case XLA_FFI_DataType_S64:
        return LK_I64;
    case XLA_FFI_DataType_U8:
        return LK_U8;
    case XLA_FFI_DataType_PRED:
        return LK_BOOL;
    }
    return 0;
}

static bool add_buffer(batch *b, const XLA_FFI_Buffer *xla, int64_t argument)
{
    const int dtype = dtype_of(xla->dtype);
    if (!dtype || xla->rank < b->ndim || argument < REDUCED || argument >= LK_ARGUMENTS)
        return false;
    buffer *added = &b->buffers[b->n++];
    const int64_t *shape = xla->dims + b->ndim;
    added->view = lk_view(NULL, dtype, (int32_t)(xla->rank - b->ndim), shape);
    added->data = xla->data;
    added->batch = xla->dims;
    added->argument = argument;
    added->bytes = (size_t)(dtype & 0xFF) / 8;
    for (int32_t k = 0; k < added->view.ndim; k++) added->bytes *= (size_t)shape[k];
    return true;
}

static bool read_buffers(const XLA_FFI_CallFrame *frame, const attributes *a, batch *b)
{
    const size_t n_args = (size_t)frame->args.size, n_rets = (size_t)frame->rets.size;
    if (n_args != a->n_arguments || n_rets != a->n_results || n_args + n_rets > MAX_BUFFERS ||
        !n_args || !n_rets)
        return false;
    const XLA_FFI_Buffer *input = frame->args.args[0], *result = frame->rets.rets[0];
    b->n = 0;
    b->ndim = input->rank - a->ndim;
    if (b->ndim < 0) return false;
    for (size_t i = 0; i < n_args; i++)
        if (!add_buffer(b, frame->args.args[i], a->arguments[i])) return false;
    for (size_t i = 0; i < n_rets; i++)
        if (!add_buffer(b, frame->rets.rets[i], a->results[i])) return false;
    b->extents = result->dims;
    b->count = 1;
    for (int64_t k = 0; k < b->ndim; k++) b->count *= b->extents[k];
    return true;
}

/* Where the i-th call of the batch finds its part of a buffer. */
static void *part_of(const batch *b, const buffer *whole, int64_t i)
{
    int64_t part = 0, step = 1;
    for (int64_t k = b->ndim - 1; k >= 0; k--) {
        const int64_t index = i % b->extents[k];
        i /= b->extents[k];
        if (whole->batch[k] == 1) continue;
        part += index * step;
        step *= whole->batch[k];
    }
    return whole->data + (size_t)part * whole->bytes;
}

static void write_reduced(void *place, const lk_tensor *view, double value)
{
    const float narrow = (float)value;
    if (view->dtype.bits == 64)
        memcpy(place, &value, sizeof value);
    else
        memcpy(place, &narrow, sizeof narrow);
}

static lk_status evaluate(batch *b, const attributes *a)
{
    lk_call call = LK_CALL_INIT;
    lk_result reduced;
    call.result = &reduced;
    call.reduction = (lk_reduction)a->reduction;
    call.flags = (uint32_t)a->flags;
    call.class_axis = (int32_t)a->class_axis;
    call.ignore_index = a->ignore_index;
    call.grouping = (lk_grouping)a->grouping;
    const int n_parameters = (int)a->n_parameters - 1;
    call.ignore_target = a->parameters[n_parameters];
    for (int k = 0; k < b->n; k++) {
        const lk_tensor *view = &b->buffers[k].view;
        if (b->buffers[k].argument == REDUCED) continue;
        const lk_argument *argument = lk_argument_describe((lk_argument_id)b->buffers[k].argument);
        memcpy((char *)&call + argument->offset, &view, sizeof view);
    }
    for (int64_t i = 0; i < b->count; i++) {
        for (int k = 0; k < b->n; k++) b->buffers[k].view.data = part_of(b, &b->buffers[k], i);
        const lk_status status = lk_evaluate((lk_loss)a->loss, a->parameters, n_parameters, &call);
        if (status) return status;
        for (int k = 0; k < b->n; k++)
            if (b->buffers[k].argument == REDUCED)
                write_reduced(b->buffers[k].view.data, &b->buffers[k].view, reduced.value);
    }
    return LK_OK;
}

/* ---- the handler ------------------------------------------------------------------------------
 */
/* XLA asks at registration which version of the interface the handler was made for, and wants to
 * hear its own. What is used here has been in it from the first version on. Where it does not say
 * which it is, it is 0.1. */
static XLA_FFI_Error *tell_version(const XLA_FFI_CallFrame *frame)
{
    const XLA_FFI_Metadata_Extension *extension =
        (const XLA_FFI_Metadata_Extension *)frame->extension_start;
    const XLA_FFI_Api_Version first = {sizeof first, NULL, XLA_FFI_API_MAJOR, 1};
    extension->metadata->api_version = frame->api ? frame->api->api_version : first;
    extension->metadata->traits = 0;
    return NULL;
}

XLA_FFI_Error *lk_jax_handler(XLA_FFI_CallFrame *frame)
{
    if (frame->extension_start && frame->extension_start->type == XLA_FFI_Extension_Metadata)
        return tell_version(frame);
    if (frame->struct_size < sizeof *frame || frame->api->struct_size < sizeof *frame->api ||
        frame->api->api_version.major_version != XLA_FFI_API_MAJOR)
        return fail(frame, XLA_FFI_Error_Code_UNIMPLEMENTED,
                    "losskit was made for version 0 of XLA's foreign functions");

    attributes a;
    batch b;
    if (!read_attributes(&frame->attrs, &a) || !read_buffers(frame, &a, &b))
        return fail(
            frame, XLA_FFI_Error_Code_INTERNAL,
            "losskit: the call does not fit its handler; losskit.jax is of another version");
    const lk_status status = evaluate(&b, &a);
    return status ? fail_with_status(frame, status) : NULL;
}
