#include "elements.h"
#include "source.h"

/* IDX, the format of the MNIST files: 00 00 TYPE NDIM, NDIM big-endian lengths, the elements. */

enum { PREFIX = 4, LENGTH_SIZE = 4 };

static int element_of(unsigned char code, element_type *type)
{
    switch (code) {
    case 0x08:
        *type = (element_type){ELEMENT_UNSIGNED, 1, 1};
        return 0;
    case 0x09:
        *type = (element_type){ELEMENT_SIGNED, 1, 1};
        return 0;
    case 0x0B:
        *type = (element_type){ELEMENT_SIGNED, 2, 1};
        return 0;
    case 0x0C:
        *type = (element_type){ELEMENT_SIGNED, 4, 1};
        return 0;
    case 0x0D:
        *type = (element_type){ELEMENT_FLOAT, 4, 1};
        return 0;
    case 0x0E:
        *type = (element_type){ELEMENT_FLOAT, 8, 1};
        return 0;
    default:
        return -1;
    }
}

int idx_is(const source *s)
{
    return s->size >= PREFIX && s->bytes[0] == 0 && s->bytes[1] == 0 && s->bytes[2] != 0;
}

int idx_parse(const source *s, array *out, error *e)
{
    *out = (array){0};
    if (!idx_is(s))
        return error_file(e, s->name, "it does not begin with the 00 00 TYPE NDIM of an IDX file");
    element_type type;
    if (element_of(s->bytes[2], &type))
        return error_file(e, s->name,
                          "byte 2: the type is 0x%02x; expected 0x08, 0x09, 0x0b, 0x0c, 0x0d or "
                          "0x0e",
                          s->bytes[2]);
    const int ndim = s->bytes[3];
    if (ndim > LK_ARRAY_MAX_DIMS)
        return error_file(e, s->name, "byte 3: %d dimensions; expected at most %d", ndim,
                          LK_ARRAY_MAX_DIMS);
    const size_t start = PREFIX + (size_t)ndim * LENGTH_SIZE;
    if (s->size < start)
        return error_file(e, s->name,
                          "%d dimensions take %zu bytes of header, but it has %zu bytes", ndim,
                          start, s->size);
    int64_t shape[LK_ARRAY_MAX_DIMS];
    for (int d = 0; d < ndim; d++) {
        const unsigned char *p = s->bytes + PREFIX + d * LENGTH_SIZE;
        shape[d] = (int64_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
    }
    if (elements_expect(s, start, &type, "the header at byte 4", ndim, shape, e)) return -1;
    return elements_decode(s, start, &type, 0, ndim, shape, out, e);
}
