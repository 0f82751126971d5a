#include "text_lines.h"

#include "array.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static int read_bytes(const char *path, text_lines *out, error *e)
{
    file_bytes packed;
    if (input_read(path, LK_ARRAY_LIMIT, &out->bytes, e)) return -1;
    if (!input_is_gzip(out->bytes.data, out->bytes.size)) return 0;
    packed = out->bytes;
    const int status =
        input_gunzip(out->name, packed.data, packed.size, LK_ARRAY_LIMIT, &out->bytes, e);
    free(packed.data);
    return status;
}

static int64_t count_lines(const unsigned char *bytes, size_t size)
{
    int64_t count = 0;
    for (size_t i = 0; i < size; i++) count += bytes[i] == '\n';
    return count + (size && bytes[size - 1] != '\n');
}

/* Moves the lines together, over what ends them. */
static void join(text_lines *l, size_t start)
{
    unsigned char *const bytes = l->bytes.data;
    size_t end = 0;
    int64_t line = 0;
    for (size_t i = start; i < l->bytes.size;) {
        const unsigned char *const newline = memchr(bytes + i, '\n', l->bytes.size - i);
        const size_t next = newline ? (size_t)(newline - bytes) + 1 : l->bytes.size;
        size_t length = next - i - (newline ? 1 : 0);
        if (length && newline && bytes[i + length - 1] == '\r') length--;
        l->starts[line] = (int64_t)i;
        l->offsets[line++] = (int64_t)end;
        memmove(bytes + end, bytes + i, length);
        end += length;
        i = next;
    }
    l->offsets[line] = (int64_t)end;
}

int text_lines_read(const char *path, text_lines *out, error *e)
{
    size_t start;
    memset(out, 0, sizeof *out);
    out->name = input_name(path);
    if (read_bytes(path, out, e)) return -1;
    const source s = {
        .name = out->name, .bytes = out->bytes.data, .size = out->bytes.size, .limit = 0};
    if (text_start(&s, &start, e)) return -1;
    const int64_t count = count_lines(s.bytes + start, s.size - start);
    out->offsets = malloc((size_t)(count + 1) * sizeof *out->offsets);
    out->starts = malloc((size_t)(count + 1) * sizeof *out->starts);
    if (!out->offsets || !out->starts)
        return error_file(e, out->name, "no memory for its %lld lines", (long long)count);
    join(out, start);
    out->sequences =
        (lk_sequences){.data = out->bytes.data, .count = count, .offsets = out->offsets};
    return 0;
}

void text_lines_free(text_lines *l)
{
    free(l->bytes.data);
    free(l->offsets);
    free(l->starts);
}
