#include "write_npy.h"

#include "array.h"
#include "elements.h"
#include "losskit.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { PREFIX = 10, ALIGNMENT = 64, HEADER_ROOM = 384, PACK_ROOM = 1 << 16, STEP_LIMIT = 1 << 30 };

/* Where bytes go: into the file as they are, or through the packer. */
typedef struct sink {
    atomic_file *file;
    int packed;
    z_stream packer;
    unsigned char *room; /* PACK_ROOM bytes of packed data */
} sink;

static int ends_in_gz(const char *path)
{
    const size_t length = strlen(path);
    return length > 3 && strcmp(path + length - 3, ".gz") == 0;
}

/* The member gets no time stamp, so that equal arrays give equal files. */
static int sink_begin(sink *k, atomic_file *file, const char *path, error *e)
{
    *k = (sink){.file = file, .packed = ends_in_gz(path)};
    if (!k->packed) return 0;
    k->room = malloc(PACK_ROOM);
    if (k->room && deflateInit2(&k->packer, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8,
                                Z_DEFAULT_STRATEGY) == Z_OK)
        return 0;
    free(k->room);
    return error_file(e, path, "no memory to compress it");
}

static int pack(sink *k, const unsigned char *data, size_t size, int flush, error *e)
{
    k->packer.next_in = (z_const Bytef *)data;
    k->packer.avail_in = (uInt)size;
    do {
        k->packer.next_out = k->room;
        k->packer.avail_out = PACK_ROOM;
        deflate(&k->packer, flush);
        if (atomic_write(k->file, k->room, PACK_ROOM - k->packer.avail_out, e)) return -1;
    } while (k->packer.avail_out == 0);
    return 0;
}

/* zlib counts in 32 bits. */
static int sink_write(sink *k, const void *data, size_t size, error *e)
{
    if (!k->packed) return atomic_write(k->file, data, size, e);
    const unsigned char *p = data;
    while (size) {
        const size_t step = size < STEP_LIMIT ? size : STEP_LIMIT;
        if (pack(k, p, step, Z_NO_FLUSH, e)) return -1;
        p += step;
        size -= step;
    }
    return 0;
}

static int sink_end(sink *k, int status, error *e)
{
    if (!k->packed) return status;
    if (status == 0) status = pack(k, NULL, 0, Z_FINISH, e);
    deflateEnd(&k->packer);
    free(k->room);
    return status;
}

static const char *descr_of(int dtype)
{
    switch (dtype) {
    case LK_F64:
        return "f8";
    case LK_I64:
        return "i8";
    case LK_F32:
        return "f4";
    case LK_I32:
        return "i4";
    case LK_F16:
        return "f2";
    case LK_BF16:
        return "V2";
    case LK_U8:
        return "u1";
    default:
        return NULL;
    }
}

/* The prefix and the dictionary, padded so that the elements are aligned in a mapped file. */
static size_t make_header(unsigned char *header, const char *descr, int ndim, const int64_t *shape)
{
    char tuple[LK_SHAPE_TEXT];
    shape_text(tuple, sizeof tuple, ndim, shape);
    const char order = strcmp(descr, "u1") == 0 ? '|' : host_is_big_endian() ? '>' : '<';
    memset(header, ' ', HEADER_ROOM);
    memcpy(header, "\x93NUMPY\1\0", 8);
    char *text = (char *)header + PREFIX;
    const int length =
        snprintf(text, HEADER_ROOM - PREFIX,
                 "{'descr': '%c%s', 'fortran_order': False, 'shape': %s, }", order, descr, tuple);
    text[length] = ' ';
    const size_t least = PREFIX + (size_t)length + 1;
    const size_t size = (least + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    header[8] = (unsigned char)((size - PREFIX) & 0xff);
    header[9] = (unsigned char)((size - PREFIX) >> 8);
    header[size - 1] = '\n';
    return size;
}

/* The bytes of the elements, or a sentence where no .npy file can describe them. */
static int measure(const npy_output *o, size_t *bytes, error *e)
{
    if (!descr_of(o->dtype))
        return error_file(e, o->path, "dtype 0x%04x cannot be written", (unsigned)o->dtype);
    if (o->ndim < 0 || o->ndim > LK_ARRAY_MAX_DIMS)
        return error_file(e, o->path, "%d dimensions cannot be written; expected 0 to %d", o->ndim,
                          LK_ARRAY_MAX_DIMS);
    const int64_t count = shape_count(o->ndim, o->shape);
    if (count >= 0 && !__builtin_mul_overflow((size_t)count, dtype_size(o->dtype), bytes)) return 0;
    char text[LK_SHAPE_TEXT];
    shape_text(text, sizeof text, o->ndim, o->shape);
    return error_file(e, o->path, "the shape %s cannot be written", text);
}

int npy_write(atomic_file *file, const npy_output *o, error *e)
{
    size_t bytes = 0;
    if (measure(o, &bytes, e)) return -1;
    unsigned char header[HEADER_ROOM];
    const size_t size = make_header(header, descr_of(o->dtype), o->ndim, o->shape);
    sink k;
    if (sink_begin(&k, file, o->path, e)) return -1;
    int status = sink_write(&k, header, size, e);
    if (status == 0) status = sink_write(&k, o->data, bytes, e);
    return sink_end(&k, status, e);
}

int write_npy(const char *path, const void *data, int dtype, int ndim, const int64_t *shape,
              error *e)
{
    const npy_output output = {path, data, dtype, ndim, shape};
    return write_arrays(&output, 1, e);
}

int write_arrays(const npy_output *outputs, size_t count, error *e)
{
    atomic_file *files = calloc(count ? count : 1, sizeof *files);
    if (!files) return error_set(e, "no memory for %zu outputs", count);
    int status = 0;
    for (size_t i = 0; status == 0 && i < count; i++) {
        status = atomic_begin(&files[i], outputs[i].path, e);
        if (status == 0) status = npy_write(&files[i], &outputs[i], e);
    }
    if (status == 0) status = atomic_commit_all(files, count, e);
    for (size_t i = 0; status && i < count; i++) atomic_abort(&files[i]);
    free(files);
    return status;
}
