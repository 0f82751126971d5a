#include "safetensors.h"

#include <stdlib.h>
#include <string.h>

enum { PREFIX = 8, MOST_HEADER = 100000000 /* as the reference implementation has it */ };

static const struct {
    const char *name;
    int dtype;
} dtypes[] = {{"F32", LK_F32}, {"F64", LK_F64}, {"I64", LK_I64}};
enum { DTYPES = sizeof dtypes / sizeof *dtypes };

void lk_copy_little_endian(void *to, const void *from, size_t size, size_t width)
{
    const uint16_t one = 1;
    if (!size) return;
    if (*(const uint8_t *)(const void *)&one == 1) {
        memcpy(to, from, size);
        return;
    }
    uint8_t *out = to;
    const uint8_t *in = from;
    for (size_t k = 0; k < size; k++) out[k] = in[k - k % width + (width - 1 - k % width)];
}

/* ---- writing ------------------------------------------------------------------------------------
 */

/* Wide elements first, so that all lie at multiples of their size. */
static int by_width_and_name(const void *left, const void *right)
{
    const lk_stored_array *a = left, *b = right;
    const size_t wa = lk_element_size(a->dtype), wb = lk_element_size(b->dtype);
    return wa != wb ? (wa < wb) - (wa > wb) : strcmp(a->name, b->name);
}

static json_t *entry_of(const lk_stored_array *a)
{
    const char *dtype = "";
    for (int k = 0; k < DTYPES; k++)
        if (dtypes[k].dtype == a->dtype) dtype = dtypes[k].name;
    json_t *const shape = json_array();
    for (int d = 0; d < a->ndim; d++) json_array_append_new(shape, json_integer(a->shape[d]));
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", dtype, "shape", shape, "data_offsets",
                     (json_int_t)a->begin, (json_int_t)(a->begin + a->size));
}

static lk_status header_of(json_t *metadata, const lk_stored_array *arrays, size_t n, char **text)
{
    *text = NULL;
    json_t *header = json_pack("{s:O}", "__metadata__", metadata);
    lk_status status = LK_OK;
    for (size_t k = 0; !status && k < n; k++) {
        if (json_object_get(header, arrays[k].name))
            status = lk_fail(LK_INVALID, "model: two arrays are called \"%.80s\"", arrays[k].name);
        else if (json_object_set_new(header, arrays[k].name, entry_of(&arrays[k])))
            status = lk_fail(LK_INVALID, "model: the name of array %zu is no UTF-8 text", k);
    }
    if (!status) *text = json_dumps(header, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(header);
    if (!status && !*text) status = lk_fail(LK_NO_MEMORY, "model: no memory for the header");
    return status;
}

lk_status lk_safetensors_pack(json_t *metadata, lk_stored_array *arrays, size_t n, void **bytes,
                              size_t *size)
{
    *bytes = NULL;
    *size = 0;
    size_t data = 0;
    char *text = NULL;
    if (n) qsort(arrays, n, sizeof *arrays, by_width_and_name);
    for (size_t k = 0; k < n; k++) {
        arrays[k].begin = data;
        data += arrays[k].size;
    }
    const lk_status status = header_of(metadata, arrays, n, &text);
    if (status) return status;
    const size_t length = strlen(text), header = (length + 7) / 8 * 8;
    uint8_t *file = header <= MOST_HEADER ? malloc(PREFIX + header + data) : NULL;
    if (!file) {
        free(text);
        return lk_fail(header > MOST_HEADER ? LK_INVALID : LK_NO_MEMORY,
                       "model: no room for a header of %zu bytes and %zu bytes of data", header,
                       data);
    }
    const uint64_t prefix = header;
    lk_copy_little_endian(file, &prefix, PREFIX, PREFIX);
    memcpy(file + PREFIX, text, length);
    memset(file + PREFIX + length, ' ', header - length);
    for (size_t k = 0; k < n; k++)
        lk_copy_little_endian(file + PREFIX + header + arrays[k].begin, arrays[k].data,
                              arrays[k].size, lk_element_size(arrays[k].dtype));
    free(text);
    *bytes = file;
    *size = PREFIX + header + data;
    return LK_OK;
}

/* ---- reading ------------------------------------------------------------------------------------
 */

static lk_status read_header(const uint8_t *bytes, size_t size, size_t *data, json_t **header)
{
    uint64_t length = 0;
    if (size < PREFIX)
        return lk_fail(LK_INVALID, "model: %zu bytes; expected at least the 8 of a header's length",
                       size);
    lk_copy_little_endian(&length, bytes, PREFIX, PREFIX);
    if (length > MOST_HEADER || length > size - PREFIX)
        return lk_fail(LK_INVALID,
                       "model: a header of %llu bytes in a file of %zu; is it a safetensors file?",
                       (unsigned long long)length, size);
    if (!length || bytes[PREFIX] != '{')
        return lk_fail(LK_INVALID, "model: the header does not begin with \"{\"");
    json_error_t error;
    *header =
        json_loadb((const char *)bytes + PREFIX, (size_t)length, JSON_REJECT_DUPLICATES, &error);
    if (!*header)
        return lk_fail(LK_INVALID, "model: the header, at byte %d: %.120s", error.position,
                       error.text);
    *data = PREFIX + (size_t)length;
    return LK_OK;
}

static lk_status check_metadata(const json_t *header, const json_t **metadata)
{
    const char *key;
    json_t *value;
    *metadata = json_object_get(header, "__metadata__");
    if (*metadata && !json_is_object(*metadata))
        return lk_fail(LK_INVALID, "model: __metadata__ is no object");
    json_object_foreach((json_t *)(uintptr_t)*metadata, key, value) if (
        !json_is_string(value)) return lk_fail(LK_INVALID,
                                               "model: the metadata \"%.80s\" is no string", key);
    return LK_OK;
}

static int is_size(const json_t *number)
{
    return json_is_integer(number) && json_integer_value(number) >= 0;
}

/* No product of extents, in whatever order it is formed, may leave int64_t. */
static lk_status read_shape(const json_t *shape, lk_stored_array *a)
{
    if (!json_is_array(shape) || json_array_size(shape) > LK_TENSOR_DIMS)
        return lk_fail(LK_INVALID, "model: array \"%.80s\": expected a shape of at most %d extents",
                       a->name, LK_TENSOR_DIMS);
    const int64_t width = (int64_t)lk_element_size(a->dtype);
    int64_t most = width, count = width;
    a->ndim = (int)json_array_size(shape);
    for (int d = 0; d < a->ndim; d++) {
        const json_t *extent = json_array_get(shape, (size_t)d);
        const int64_t n = json_integer_value(extent);
        if (!is_size(extent) || (n && most > INT64_MAX / n))
            return lk_fail(LK_INVALID,
                           "model: array \"%.80s\": extent %d of its shape is negative, "
                           "no integer or too large",
                           a->name, d);
        a->shape[d] = n;
        most *= n ? n : 1;
        count *= n;
    }
    if ((uint64_t)count > SIZE_MAX)
        return lk_fail(LK_INVALID, "model: array \"%.80s\" does not fit into memory", a->name);
    a->size = (size_t)count;
    return LK_OK;
}

static lk_status read_offsets(const json_t *offsets, size_t data, lk_stored_array *a)
{
    const json_t *const first = json_array_get(offsets, 0), *const last =
                                                                json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !is_size(first) || !is_size(last))
        return lk_fail(LK_INVALID,
                       "model: array \"%.80s\": expected data_offsets [begin, end], not negative",
                       a->name);
    const json_int_t begin = json_integer_value(first), end = json_integer_value(last);
    if ((uint64_t)end > data)
        return lk_fail(LK_INVALID,
                       "model: array \"%.80s\": data_offsets [%lld, %lld] end beyond the %zu bytes "
                       "of data",
                       a->name, begin, end, data);
    if (begin > end || (size_t)(end - begin) != a->size)
        return lk_fail(LK_INVALID,
                       "model: array \"%.80s\": data_offsets [%lld, %lld] for %zu bytes of its "
                       "shape",
                       a->name, begin, end, a->size);
    a->begin = (size_t)begin;
    return LK_OK;
}

static lk_status read_entry(const char *name, const json_t *entry, const uint8_t *bytes,
                            size_t data, lk_stored_array *a)
{
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    a->name = name;
    if (!json_is_object(entry) || json_object_size(entry) != 3 || !dtype)
        return lk_fail(LK_INVALID,
                       "model: array \"%.80s\": expected dtype, shape and data_offsets alone",
                       name);
    for (int k = 0; k < DTYPES; k++)
        if (!strcmp(dtype, dtypes[k].name)) a->dtype = dtypes[k].dtype;
    if (!a->dtype)
        return lk_fail(LK_INVALID,
                       "model: array \"%.80s\": dtype \"%.20s\"; expected F32, F64 or I64", name,
                       dtype);
    lk_status status = read_shape(json_object_get(entry, "shape"), a);
    if (!status) status = read_offsets(json_object_get(entry, "data_offsets"), data, a);
    a->data = bytes + a->begin;
    return status;
}

static int by_place(const void *left, const void *right)
{
    const lk_stored_array *a = left, *b = right;
    if (a->begin != b->begin) return a->begin < b->begin ? -1 : 1;
    if (a->size != b->size) return a->size < b->size ? -1 : 1;
    return strcmp(a->name, b->name);
}

static lk_status check_places(const lk_stored_array *arrays, size_t n, size_t data)
{
    size_t end = 0;
    for (size_t k = 0; k < n; end += arrays[k++].size)
        if (arrays[k].begin != end)
            return lk_fail(LK_INVALID,
                           "model: array \"%.80s\" begins at byte %zu of the data; the one before "
                           "ends at %zu",
                           arrays[k].name, arrays[k].begin, end);
    if (end == data) return LK_OK;
    return lk_fail(LK_INVALID, "model: %zu bytes of data, of which the arrays have %zu", data, end);
}

static lk_status read_arrays(const uint8_t *bytes, size_t size, lk_safetensors *file)
{
    const char *name;
    json_t *entry;
    file->arrays = calloc(json_object_size(file->header) + 1, sizeof *file->arrays);
    if (!file->arrays) return lk_fail(LK_NO_MEMORY, "model: no memory for the list of arrays");
    json_object_foreach(file->header, name, entry)
    {
        if (entry == file->metadata) continue;
        const lk_status status =
            read_entry(name, entry, bytes, size, &file->arrays[file->n_arrays++]);
        if (status) return status;
    }
    qsort(file->arrays, file->n_arrays, sizeof *file->arrays, by_place);
    return check_places(file->arrays, file->n_arrays, size);
}

lk_status lk_safetensors_open(const void *bytes, size_t size, lk_safetensors *file)
{
    size_t data = 0;
    memset(file, 0, sizeof *file);
    lk_status status = read_header(bytes, size, &data, &file->header);
    if (!status) status = check_metadata(file->header, &file->metadata);
    if (!status) status = read_arrays((const uint8_t *)bytes + data, size - data, file);
    if (status) lk_safetensors_close(file);
    return status;
}

void lk_safetensors_close(lk_safetensors *file)
{
    json_decref(file->header);
    free(file->arrays);
    memset(file, 0, sizeof *file);
}
