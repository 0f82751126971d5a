#define _XOPEN_SOURCE 700
#include "array.h"

#include "input_file.h"
#include "losskit.h"
#include "source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

size_t dtype_size(int dtype)
{
    switch (dtype) {
    case LK_F64:
    case LK_I64:
        return 8;
    case LK_F32:
    case LK_I32:
        return 4;
    case LK_F16:
    case LK_BF16:
        return 2;
    case LK_U8:
        return 1;
    default:
        return 0;
    }
}

void shape_text(char *text, size_t size, int ndim, const int64_t *shape)
{
    size_t used = 0;
    for (int d = 0; d < ndim && used < size; d++) {
        const char *after = ndim == 1 ? "," : "";
        used += (size_t)snprintf(text + used, size - used, "%s%" PRId64 "%s", d ? ", " : "(",
                                 shape[d], after);
    }
    if (used < size) snprintf(text + used, size - used, ndim ? ")" : "()");
}

int64_t shape_count(int ndim, const int64_t *shape)
{
    int64_t product = 1;
    int empty = 0;
    for (int d = 0; d < ndim; d++) {
        if (shape[d] < 0) return -1;
        if (shape[d] == 0)
            empty = 1;
        else if (__builtin_mul_overflow(product, shape[d], &product))
            return -1;
    }
    return empty ? 0 : product;
}

int array_allocate(array *out, int dtype, int ndim, const int64_t *shape, const char *name,
                   size_t limit, error *e)
{
    *out = (array){0};
    char text[LK_SHAPE_TEXT];
    shape_text(text, sizeof text, ndim, shape);
    const int64_t count = shape_count(ndim, shape);
    size_t bytes = 0;
    if (count < 0 || __builtin_mul_overflow((size_t)count, dtype_size(dtype), &bytes))
        return error_file(e, name, "an array of shape %s has more elements than can be counted",
                          text);
    if (bytes > limit)
        return error_file(e, name,
                          "an array of shape %s takes %zu bytes in memory; the limit is %zu bytes",
                          text, bytes, limit);
    void *data = malloc(bytes ? bytes : 1);
    if (!data)
        return error_file(e, name, "no memory for the %zu bytes of an array of shape %s", bytes,
                          text);
    out->data = data;
    out->dtype = dtype;
    out->ndim = ndim;
    out->count = count;
    memcpy(out->shape, shape, (size_t)ndim * sizeof *shape);
    return 0;
}

void array_free(array *a)
{
    free(a->data);
    *a = (array){0};
}

/* Whether the name, less a final ".gz", ends in the extension. */
static int has_extension(const char *name, const char *extension)
{
    const size_t wanted = strlen(extension);
    size_t length = strlen(name);
    if (length > 3 && strcasecmp(name + length - 3, ".gz") == 0) length -= 3;
    return length >= wanted && strncasecmp(name + length - wanted, extension, wanted) == 0;
}

static int refuse_key(const source *s, const char *key, const char *format, error *e)
{
    return error_file(e, s->name, "a%s file holds one array without a name; \":%s\" names nothing",
                      format, key);
}

source_format source_format_of(const source *s)
{
    if (npy_is(s)) return FORMAT_NPY;
    if (idx_is(s)) return FORMAT_IDX;
    if (npz_is(s)) return FORMAT_NPZ;
    if (libsvm_is(s) || has_extension(s->name, ".svm") || has_extension(s->name, ".libsvm"))
        return FORMAT_LIBSVM;
    return FORMAT_CSV;
}

static int parse_plain(const source *s, const char *key, array *out, error *e)
{
    if (s->size == 0)
        return error_file(e, s->name, "it is empty; expected .npy, .npz, IDX, CSV or LIBSVM");
    switch (source_format_of(s)) {
    case FORMAT_NPY:
        return key ? refuse_key(s, key, " .npy", e) : npy_parse(s, out, e);
    case FORMAT_IDX:
        return key ? refuse_key(s, key, "n IDX", e) : idx_parse(s, out, e);
    case FORMAT_NPZ:
        return npz_parse(s, key, out, e);
    case FORMAT_LIBSVM:
        return libsvm_parse(s, key, out, e);
    default:
        return csv_parse(s, key, out, e);
    }
}

int array_parse(const source *s, const char *key, array *out, error *e)
{
    *out = (array){0};
    if (!input_is_gzip(s->bytes, s->size)) return parse_plain(s, key, out, e);
    file_bytes plain;
    if (input_gunzip(s->name, s->bytes, s->size, s->limit, &plain, e)) return -1;
    const source inner = {s->name, plain.data, plain.size, s->limit};
    const int status = parse_plain(&inner, key, out, e);
    free(plain.data);
    return status;
}

static int exists(const char *path)
{
    struct stat info;
    return strcmp(path, "-") == 0 || stat(path, &info) == 0;
}

/* Cuts path (a copy of the spec) at the last ':' before which something exists, at the first where
 * nothing does, and returns the key or NULL. */
static char *split_key(char *path)
{
    if (exists(path)) return NULL;
    for (char *end = path + strlen(path); end > path; end--) {
        if (*end != ':') continue;
        *end = '\0';
        if (exists(path)) return end + 1;
        *end = ':';
    }
    char *first = strchr(path, ':');
    if (!first || first == path) return NULL;
    *first = '\0';
    return first + 1;
}

int array_read_within(const char *spec, size_t limit, array *out, error *e)
{
    *out = (array){0};
    char *path = strdup(spec);
    if (!path) return error_file(e, spec, "no memory for its name");
    const char *key = split_key(path);
    file_bytes file;
    int status = input_read(path, limit, &file, e);
    if (status == 0) {
        const source s = {input_name(path), file.data, file.size, limit};
        status = array_parse(&s, key, out, e);
        free(file.data);
    }
    free(path);
    return status;
}

int array_read(const char *spec, array *out, error *e)
{
    return array_read_within(spec, LK_ARRAY_LIMIT, out, e);
}
