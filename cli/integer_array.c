#include "integer_array.h"

#include "format.h"
#include "input_file.h"
#include "losskit.h"

#include <math.h>
#include <string.h>

int array_is_integer(const array *a)
{
    return a->dtype == LK_I32 || a->dtype == LK_I64 || a->dtype == LK_U8 || a->dtype == LK_BOOL;
}

int64_t array_integer(const array *a, int64_t i)
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
        return wide;
    default:
        return *p;
    }
}

static int replace(array *a, int dtype, const char *path, array *old, error *e)
{
    *old = *a;
    if (!array_allocate(a, dtype, old->ndim, old->shape, input_name(path), LK_ARRAY_LIMIT, e))
        return 0;
    *a = *old;
    return -1;
}

int array_widen(array *a, const char *path, error *e)
{
    array old;
    if (!array_is_integer(a)) return 0;
    if (replace(a, LK_F64, path, &old, e)) return -1;
    double *to = a->data;
    for (int64_t i = 0; i < a->count; i++) to[i] = (double)array_integer(&old, i);
    array_free(&old);
    return 0;
}

static double number_at(const array *a, int64_t i)
{
    return a->dtype == LK_F64 ? ((const double *)a->data)[i] : ((const float *)a->data)[i];
}

int array_make_integers(array *a, const integer_use *use, error *e)
{
    array old;
    if (a->dtype != LK_F64 && a->dtype != LK_F32) return 0;
    for (int64_t i = 0; i < a->count; i++) {
        const double x = number_at(a, i);
        char number[NUMBER_TEXT];
        if (!(fabs(x) <= 0x1p53) || x != floor(x))
            return error_file(e, input_name(use->path),
                              "%s %lld is %s; %s takes %s, which are whole numbers", use->array,
                              (long long)i, number_exact(number, x), use->loss, use->what);
    }
    if (replace(a, LK_I64, use->path, &old, e)) return -1;
    int64_t *to = a->data;
    for (int64_t i = 0; i < a->count; i++) to[i] = (int64_t)number_at(&old, i);
    array_free(&old);
    return 0;
}
