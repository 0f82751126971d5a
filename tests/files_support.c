#define _XOPEN_SOURCE 700
#include "files_support.h"

#include "losskit.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static char scratch[64];

void put(bytes *b, const void *data, size_t size)
{
    assert_true(size <= sizeof b->data - b->size);
    if (size) memcpy(b->data + b->size, data, size);
    b->size += size;
}

void put_text(bytes *b, const char *text) { put(b, text, strlen(text)); }

void put_little(bytes *b, uint64_t value, int size)
{
    for (int i = 0; i < size; i++) {
        const unsigned char byte = (unsigned char)(i < 8 ? value >> 8 * i : 0);
        put(b, &byte, 1);
    }
}

bytes npy_bytes(int version, const char *header, const void *data, size_t size)
{
    bytes b = {.size = 0};
    put(&b, "\x93NUMPY", 6);
    put_little(&b, (uint64_t)version, 2);
    put_little(&b, strlen(header), version == 1 ? 2 : 4);
    put_text(&b, header);
    put(&b, data, size);
    return b;
}

source source_of(const char *name, const bytes *b)
{
    return (source){name, b->data, b->size, (size_t)1 << 20};
}

void enter_scratch(void)
{
    strcpy(scratch, "/tmp/losskit_files_XXXXXX");
    assert_non_null(mkdtemp(scratch));
    assert_int_equal(chdir(scratch), 0);
}

/* Removes the entries of the current directory, which tests fill one level deep, and counts them.
 */
static size_t visit_entries(int remove_them)
{
    DIR *directory = opendir(".");
    assert_non_null(directory);
    size_t count = 0;
    for (const struct dirent *entry; (entry = readdir(directory));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        count++;
        if (remove_them) assert_int_equal(remove(entry->d_name), 0);
    }
    closedir(directory);
    return count;
}

size_t scratch_entries(void) { return visit_entries(0); }

void leave_scratch(void)
{
    visit_entries(1);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(scratch), 0);
}

void write_file(const char *path, const void *data, size_t size)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
}

bytes read_back(const char *path)
{
    bytes b = {.size = 0};
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    b.size = fread(b.data, 1, sizeof b.data, f);
    fclose(f);
    return b;
}

void expect_sentence(int status, const array *out, const error *e, const char *sentence)
{
    assert_int_equal(status, -1);
    if (out) assert_null(out->data);
    assert_string_equal(e->text, sentence);
}

static double value_at(const array *a, int64_t i)
{
    uint32_t wide;
    float value;
    switch (a->dtype) {
    case LK_F64:
        return ((const double *)a->data)[i];
    case LK_F32:
        return (double)((const float *)a->data)[i];
    case LK_I64:
        return (double)((const int64_t *)a->data)[i];
    case LK_I32:
        return ((const int32_t *)a->data)[i];
    case LK_U8:
        return ((const uint8_t *)a->data)[i];
    case LK_BF16:
        wide = (uint32_t)((const uint16_t *)a->data)[i] << 16;
        memcpy(&value, &wide, sizeof value);
        return (double)value;
    default: /* LK_F16: the tests compare its bits */
        return ((const uint16_t *)a->data)[i];
    }
}

void expect_array(int status, array *a, const error *e, int dtype, const char *shape,
                  const double *values)
{
    if (status) fail_msg("%s", e->text);
    assert_int_equal(a->dtype, dtype);
    char text[LK_SHAPE_TEXT];
    shape_text(text, sizeof text, a->ndim, a->shape);
    assert_string_equal(text, shape);
    assert_int_equal(a->count, shape_count(a->ndim, a->shape));
    for (int64_t i = 0; i < a->count; i++) {
        const double found = value_at(a, i);
        if (found != values[i] && !(isnan(found) && isnan(values[i])))
            fail_msg("element %d is %g, not %g", (int)i, found, values[i]);
    }
    array_free(a);
    assert_null(a->data);
}

bytes deflated(const void *data, size_t size, int window)
{
    bytes out = {.size = 0};
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (z_const Bytef *)data;
    z.avail_in = (uInt)size;
    z.next_out = out.data;
    z.avail_out = sizeof out.data;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out.size = z.total_out;
    deflateEnd(&z);
    return out;
}

bytes gzip(const void *data, size_t size) { return deflated(data, size, GZIP_WINDOW); }
