#include "elements.h"

#include "losskit.h"

#include <string.h>

int element_dtype(element_kind kind, int size)
{
    static const struct {
        element_kind kind;
        int size, dtype;
    } table[] = {
        {ELEMENT_FLOAT, 2, LK_F16},    {ELEMENT_FLOAT, 4, LK_F32},    {ELEMENT_FLOAT, 8, LK_F64},
        {ELEMENT_BFLOAT, 2, LK_BF16},  {ELEMENT_BOOL, 1, LK_U8},      {ELEMENT_SIGNED, 1, LK_I32},
        {ELEMENT_SIGNED, 2, LK_I32},   {ELEMENT_SIGNED, 4, LK_I32},   {ELEMENT_SIGNED, 8, LK_I64},
        {ELEMENT_UNSIGNED, 1, LK_U8},  {ELEMENT_UNSIGNED, 2, LK_I32}, {ELEMENT_UNSIGNED, 4, LK_I64},
        {ELEMENT_UNSIGNED, 8, LK_I64},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].kind == kind && table[i].size == size) return table[i].dtype;
    return 0;
}

int host_is_big_endian(void)
{
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    return first == 0;
}

static uint64_t load(const unsigned char *p, const element_type *type)
{
    uint64_t bits = 0;
    for (int i = 0; i < type->size; i++)
        bits = bits << 8 | p[type->big_endian ? i : type->size - 1 - i];
    if (type->kind != ELEMENT_SIGNED) return bits;
    const uint64_t sign = (uint64_t)1 << (8 * type->size - 1);
    return (bits ^ sign) - sign;
}

static void store(void *data, int64_t index, size_t size, uint64_t bits)
{
    switch (size) {
    case 1:
        ((uint8_t *)data)[index] = (uint8_t)bits;
        break;
    case 2:
        ((uint16_t *)data)[index] = (uint16_t)bits;
        break;
    case 4:
        ((uint32_t *)data)[index] = (uint32_t)bits;
        break;
    default:
        ((uint64_t *)data)[index] = bits;
        break;
    }
}

static const char *element_name(const element_type *type)
{
    static const char *const names[][4] = {
        [ELEMENT_SIGNED] = {"int8", "int16", "int32", "int64"},
        [ELEMENT_UNSIGNED] = {"uint8", "uint16", "uint32", "uint64"},
        [ELEMENT_FLOAT] = {"float8", "float16", "float32", "float64"},
        [ELEMENT_BFLOAT] = {"bfloat16", "bfloat16", "bfloat16", "bfloat16"},
        [ELEMENT_BOOL] = {"bool", "bool", "bool", "bool"},
    };
    const int power = type->size == 8 ? 3 : type->size / 2;
    return names[type->kind][power];
}

int elements_expect(const source *s, size_t start, const element_type *type, const char *header,
                    int ndim, const int64_t *shape, error *e)
{
    char text[LK_SHAPE_TEXT];
    shape_text(text, sizeof text, ndim, shape);
    const char *name = element_name(type);
    const int64_t count = shape_count(ndim, shape);
    size_t bytes = 0;
    if (count < 0 || __builtin_mul_overflow((size_t)count, (size_t)type->size, &bytes))
        return error_file(e, s->name, "%s says shape %s of %s, more bytes than can be counted",
                          header, text, name);
    const size_t present = s->size - start;
    if (present < bytes)
        return error_file(e, s->name, "%s says shape %s of %s, %zu bytes, but only %zu follow",
                          header, text, name, bytes, present);
    if (present > bytes)
        return error_file(
            e, s->name,
            "%s says shape %s of %s, %zu bytes, but %zu follow; the surplus begins at "
            "byte %zu",
            header, text, name, bytes, present, start + bytes);
    return 0;
}

/* Whether some bit patterns of the type are refused. */
static int is_checked(const element_type *type)
{
    return type->kind == ELEMENT_BOOL || (type->kind == ELEMENT_UNSIGNED && type->size == 8);
}

static int check(const source *s, size_t at, const element_type *type, uint64_t bits, error *e)
{
    if (type->kind == ELEMENT_BOOL && bits > 1)
        return error_file(e, s->name, "byte %zu: a bool is %d; expected 0 or 1", at, (int)bits);
    if (type->kind == ELEMENT_UNSIGNED && bits > INT64_MAX)
        return error_file(e, s->name,
                          "byte %zu: the uint64 %llu is above the largest int64, which is what "
                          "holds it here",
                          at, (unsigned long long)bits);
    return 0;
}

/* The walk over a file's elements in the order of the array. */
typedef struct walk {
    int64_t index[LK_ARRAY_MAX_DIMS];
    int64_t stride[LK_ARRAY_MAX_DIMS];
    int64_t at;
} walk;

static walk walk_begin(const array *a, int fortran)
{
    walk w = {{0}, {0}, 0};
    int64_t stride = 1;
    for (int i = 0; i < a->ndim; i++) {
        const int d = fortran ? i : a->ndim - 1 - i;
        w.stride[d] = stride;
        stride *= a->shape[d];
    }
    return w;
}

static void walk_next(walk *w, const array *a)
{
    for (int d = a->ndim - 1; d >= 0; d--) {
        w->at += w->stride[d];
        if (++w->index[d] < a->shape[d]) return;
        w->at -= w->stride[d] * a->shape[d];
        w->index[d] = 0;
    }
}

static int convert(const source *s, size_t offset, const element_type *type, int fortran,
                   const array *out, error *e)
{
    const size_t size = dtype_size(out->dtype);
    const int checked = is_checked(type);
    walk w = walk_begin(out, fortran);
    for (int64_t i = 0; i < out->count; i++) {
        const size_t at = offset + (size_t)w.at * (size_t)type->size;
        const uint64_t bits = load(s->bytes + at, type);
        if (checked && check(s, at, type, bits, e)) return -1;
        store(out->data, i, size, bits);
        walk_next(&w, out);
    }
    return 0;
}

int elements_decode(const source *s, size_t offset, const element_type *type, int fortran, int ndim,
                    const int64_t *shape, array *out, error *e)
{
    const int dtype = element_dtype(type->kind, type->size);
    if (array_allocate(out, dtype, ndim, shape, s->name, s->limit, e)) return -1;
    if (out->count == 0) return 0;
    const size_t size = dtype_size(dtype);
    const int same_order = size == 1 || type->big_endian == host_is_big_endian();
    if (same_order && size == (size_t)type->size && !(fortran && ndim > 1) && !is_checked(type)) {
        memcpy(out->data, s->bytes + offset, (size_t)out->count * size);
        return 0;
    }
    if (convert(s, offset, type, fortran, out, e) == 0) return 0;
    array_free(out);
    return -1;
}
