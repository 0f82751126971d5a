#define _XOPEN_SOURCE 700
#include "input_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { FIRST_CAPACITY = 1 << 16, STEP_LIMIT = 1 << 30 };

typedef struct growing {
    const char *name;
    unsigned char *data;
    size_t size, capacity, limit;
} growing;

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static int check_limit(const growing *g, error *e)
{
    if (g->size <= g->limit) return 0;
    return error_file(e, g->name, "it holds more than %zu bytes, the limit", g->limit);
}

/* Makes room for at least one byte more. The capacity may pass the limit by one byte, which tells
 * an input that ends at the limit from one that goes on. */
static int grow(growing *g, error *e)
{
    if (check_limit(g, e)) return -1;
    if (g->size < g->capacity) return 0;
    const size_t wanted = g->capacity > SIZE_MAX / 2 ? SIZE_MAX : g->capacity * 2;
    const size_t capacity = least(wanted > FIRST_CAPACITY ? wanted : FIRST_CAPACITY, g->limit + 1);
    unsigned char *data = realloc(g->data, capacity);
    if (!data) return error_file(e, g->name, "no memory for its %zu bytes and more", g->size);
    g->data = data;
    g->capacity = capacity;
    return 0;
}

static int finish(growing *g, int status, file_bytes *out)
{
    if (status) {
        free(g->data);
        return status;
    }
    *out = (file_bytes){g->data, g->size};
    return 0;
}

const char *input_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* Reserves a regular file's size at once, since doubling would copy it over and over. */
static int reserve_for(int fd, growing *g, error *e)
{
    struct stat info;
    if (fstat(fd, &info)) return error_file(e, g->name, "cannot be examined: %s", strerror(errno));
    if (S_ISDIR(info.st_mode)) return error_file(e, g->name, "it is a directory; expected a file");
    if (!S_ISREG(info.st_mode) || info.st_size <= 0) return 0;
    if ((uintmax_t)info.st_size > g->limit)
        return error_file(e, g->name, "it holds %jd bytes; the limit is %zu bytes",
                          (intmax_t)info.st_size, g->limit);
    g->data = malloc((size_t)info.st_size + 1);
    if (!g->data)
        return error_file(e, g->name, "no memory for its %jd bytes", (intmax_t)info.st_size);
    g->capacity = (size_t)info.st_size + 1;
    return 0;
}

static int read_all(int fd, growing *g, error *e)
{
    for (;;) {
        if (grow(g, e)) return -1;
        const ssize_t got = read(fd, g->data + g->size, least(g->capacity - g->size, STEP_LIMIT));
        if (got == 0) return 0;
        if (got < 0 && errno != EINTR)
            return error_file(e, g->name, "reading failed after %zu bytes: %s", g->size,
                              strerror(errno));
        if (got > 0) g->size += (size_t)got;
    }
}

int input_read(const char *path, size_t limit, file_bytes *out, error *e)
{
    *out = (file_bytes){0};
    const int standard = strcmp(path, "-") == 0;
    growing g = {input_name(path), NULL, 0, 0, limit};
    const int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return error_file(e, g.name, "cannot be opened: %s", strerror(errno));
    int status = reserve_for(fd, &g, e);
    if (status == 0) status = read_all(fd, &g, e);
    if (!standard) close(fd);
    return finish(&g, status, out);
}

int input_is_gzip(const unsigned char *bytes, size_t size)
{
    return size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

/* zlib counts in 32 bits, so that a step takes a part of the input and of the room. */
static int inflate_step(z_stream *z, const unsigned char *end, growing *g)
{
    const size_t in = least((size_t)(end - z->next_in), STEP_LIMIT);
    const size_t room = least(g->capacity - g->size, STEP_LIMIT);
    z->avail_in = (uInt)in;
    z->next_out = g->data + g->size;
    z->avail_out = (uInt)room;
    const int code = inflate(z, Z_NO_FLUSH);
    g->size += room - z->avail_out;
    return code;
}

static int inflate_all(z_stream *z, const unsigned char *bytes, size_t size, growing *g, error *e)
{
    z->next_in = (z_const Bytef *)bytes;
    for (;;) {
        if (grow(g, e)) return -1;
        const int code = inflate_step(z, bytes + size, g);
        const size_t at = (size_t)(z->next_in - bytes);
        if (code == Z_STREAM_END) {
            if (at == size) return check_limit(g, e);
            if (!input_is_gzip(z->next_in, size - at))
                return error_file(e, g->name,
                                  "%zu bytes follow the gzip data that ends at byte %zu; expected "
                                  "none",
                                  size - at, at);
            inflateReset(z);
        } else if (code == Z_BUF_ERROR && at == size) {
            return error_file(e, g->name, "the gzip data stops short at byte %zu", size);
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            return error_file(e, g->name, "the gzip data is damaged before byte %zu: %s", at,
                              z->msg ? z->msg : zError(code));
        }
    }
}

int input_gunzip(const char *name, const unsigned char *bytes, size_t size, size_t limit,
                 file_bytes *out, error *e)
{
    *out = (file_bytes){0};
    z_stream z = {0};
    if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
        return error_file(e, name, "no memory to decompress it");
    growing g = {name, NULL, 0, 0, limit};
    int status = inflate_all(&z, bytes, size, &g, e);
    inflateEnd(&z);
    if (status == 0 && input_is_gzip(g.data, g.size))
        status = error_file(e, name, "it is gzipped twice; expected once or not");
    return finish(&g, status, out);
}

int input_read_plain(const char *path, size_t limit, file_bytes *out, error *e)
{
    if (input_read(path, limit, out, e)) return -1;
    if (!input_is_gzip(out->data, out->size)) return 0;
    const file_bytes packed = *out;
    const int status = input_gunzip(input_name(path), packed.data, packed.size, limit, out, e);
    free(packed.data);
    return status;
}
