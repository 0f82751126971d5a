#include "source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

/* NumPy writes an .npz as a zip of .npy members, stored or deflated. */

/* Deflate codes at most 258 bytes in two bits. */
enum { DEFLATE_RATIO = 1032, LISTED = 200 };

int npz_is(const source *s)
{
    return s->size >= 4 &&
           (memcmp(s->bytes, "PK\3\4", 4) == 0 || memcmp(s->bytes, "PK\5\6", 4) == 0);
}

/* The members as a sentence lists them, without ".npy", cut short after LISTED characters. */
static void list_members(zip_t *zip, char *text, size_t size)
{
    const zip_int64_t count = zip_get_num_entries(zip, 0);
    size_t used = 0;
    text[0] = '\0';
    for (zip_int64_t i = 0; i < count && used < size; i++) {
        const char *name = zip_get_name(zip, (zip_uint64_t)i, 0);
        if (!name) name = "?";
        size_t length = strlen(name);
        if (length > 4 && strcmp(name + length - 4, ".npy") == 0) length -= 4;
        const char *comma = i ? ", " : "";
        if (used + length + 8 > size) {
            snprintf(text + used, size - used, "%s...", comma);
            return;
        }
        used += (size_t)snprintf(text + used, size - used, "%s%.*s", comma, (int)length, name);
    }
}

static zip_int64_t locate(zip_t *zip, const char *key)
{
    const size_t size = strlen(key) + sizeof ".npy";
    char *name = malloc(size);
    if (!name) return -1;
    snprintf(name, size, "%s.npy", key);
    const zip_int64_t index = zip_name_locate(zip, name, 0);
    free(name);
    return index >= 0 ? index : zip_name_locate(zip, key, 0);
}

static int find_member(zip_t *zip, const source *s, const char *key, zip_uint64_t *index, error *e)
{
    const zip_int64_t count = zip_get_num_entries(zip, 0);
    char names[LISTED];
    list_members(zip, names, sizeof names);
    if (count <= 0) return error_file(e, s->name, "the archive holds no arrays");
    if (!key && count > 1)
        return error_file(e, s->name, "it holds %lld arrays; add \":NAME\" with one of: %s",
                          (long long)count, names);
    const zip_int64_t found = key ? locate(zip, key) : 0;
    if (found < 0)
        return error_file(e, s->name, "it has no array \"%s\"; it holds: %s", key, names);
    *index = (zip_uint64_t)found;
    return 0;
}

/* Only what the bytes present can yield is believed of a member's size. */
static int check_size(const source *s, const zip_stat_t *info, error *e)
{
    const zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if ((info->valid & needed) != needed)
        return error_file(e, s->name, "the archive does not give its size and compression");
    const unsigned long long size = info->size, packed = info->comp_size;
    if (info->valid & ZIP_STAT_ENCRYPTION_METHOD && info->encryption_method != ZIP_EM_NONE)
        return error_file(e, s->name, "it is encrypted; expected a plain member");
    if (info->comp_method != ZIP_CM_STORE && info->comp_method != ZIP_CM_DEFLATE)
        return error_file(e, s->name, "it uses compression method %u; expected 0 or 8 (deflate)",
                          info->comp_method);
    const unsigned long long most =
        info->comp_method == ZIP_CM_STORE ? packed : packed * DEFLATE_RATIO;
    if (packed > s->size || size > most)
        return error_file(e, s->name,
                          "the archive says %llu bytes in %llu compressed ones, which the file's "
                          "%zu bytes cannot yield",
                          size, packed, s->size);
    if (size > s->limit)
        return error_file(e, s->name, "it holds %llu bytes; the limit is %zu bytes", size,
                          s->limit);
    return 0;
}

static int fill(zip_file_t *member, const char *name, unsigned char *data, size_t size, error *e)
{
    size_t used = 0;
    while (used < size) {
        const zip_int64_t got = zip_fread(member, data + used, size - used);
        if (got < 0)
            return error_file(e, name, "reading failed after %zu of its %zu bytes: %s", used, size,
                              zip_file_strerror(member));
        if (got == 0) return error_file(e, name, "it stops after %zu of its %zu bytes", used, size);
        used += (size_t)got;
    }
    /* libzip compares the checksum when it meets the end. */
    unsigned char more;
    const zip_int64_t got = zip_fread(member, &more, 1);
    if (got > 0)
        return error_file(e, name, "it goes on after the %zu bytes that the archive gives", size);
    if (got < 0)
        return error_file(e, name, "its %zu bytes are damaged: %s", size,
                          zip_file_strerror(member));
    return 0;
}

static int parse_member(zip_t *zip, const source *s, zip_uint64_t index, array *out, error *e)
{
    zip_stat_t info;
    if (zip_stat_index(zip, index, 0, &info))
        return error_file(e, s->name, "the archive's entry cannot be read: %s", zip_strerror(zip));
    if (check_size(s, &info, e)) return -1;
    zip_file_t *member = zip_fopen_index(zip, index, 0);
    if (!member)
        return error_file(e, s->name, "the member cannot be opened: %s", zip_strerror(zip));
    const size_t size = (size_t)info.size;
    unsigned char *data = malloc(size ? size : 1);
    int status = -1;
    if (!data)
        error_file(e, s->name, "no memory for its %zu bytes", size);
    else if (fill(member, s->name, data, size, e) == 0)
        status = npy_parse(&(source){s->name, data, size, s->limit}, out, e);
    free(data);
    zip_fclose(member);
    return status;
}

/* The sentences about a member begin "FILE:MEMBER". */
static int parse_named(zip_t *zip, const source *s, zip_uint64_t index, array *out, error *e)
{
    const char *member = zip_get_name(zip, index, 0);
    const size_t size = strlen(s->name) + (member ? strlen(member) : 0) + 2;
    char *name = malloc(size);
    if (!name) return error_file(e, s->name, "no memory for the name of a member");
    snprintf(name, size, "%s:%s", s->name, member ? member : "");
    const source inner = {name, s->bytes, s->size, s->limit};
    const int status = parse_member(zip, &inner, index, out, e);
    free(name);
    return status;
}

static zip_t *open_archive(const source *s, error *e)
{
    zip_error_t reason;
    zip_error_init(&reason);
    zip_source_t *bytes = zip_source_buffer_create(s->bytes, s->size, 0, &reason);
    zip_t *zip = bytes ? zip_open_from_source(bytes, ZIP_RDONLY, &reason) : NULL;
    if (!zip) {
        error_file(e, s->name, "the zip archive cannot be read: %s", zip_error_strerror(&reason));
        if (bytes) zip_source_free(bytes);
    }
    zip_error_fini(&reason);
    return zip;
}

int npz_parse(const source *s, const char *key, array *out, error *e)
{
    *out = (array){0};
    zip_t *zip = open_archive(s, e);
    if (!zip) return -1;
    zip_uint64_t index = 0;
    int status = find_member(zip, s, key, &index, e);
    if (status == 0) status = parse_named(zip, s, index, out, e);
    zip_discard(zip);
    return status;
}

int npz_find(const source *s, const char *const *names, const char **found, error *e)
{
    *found = NULL;
    zip_t *zip = open_archive(s, e);
    if (!zip) return -1;
    while (*names && locate(zip, *names) < 0) names++;
    *found = *names;
    zip_discard(zip);
    return 0;
}
