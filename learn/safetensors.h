/* safetensors.h: the container of model files: named arrays behind a JSON header.
 *
 *     u64 n, little-endian | header: n bytes of JSON, padded with spaces | the arrays' bytes
 *     header: {"__metadata__": {"key": "text"}, "name": {"dtype", "shape", "data_offsets"}, ...}
 *
 * Offsets count from the end of the header; the arrays lie one after the other without holes. */
#ifndef LK_LEARN_SAFETENSORS_H
#define LK_LEARN_SAFETENSORS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "model.h"

/* A named array that lies elsewhere: in a model, or, little-endian, in the bytes of a file. */
typedef struct lk_stored_array {
    const char *name;
    int dtype, ndim;
    int64_t shape[LK_TENSOR_DIMS];
    const uint8_t *data;
    size_t begin, size; /* bytes of the file's data */
} lk_stored_array;

/* Views into the bytes that were opened, which must outlive them. */
typedef struct lk_safetensors {
    json_t *header;
    const json_t *metadata; /* of strings; NULL: there is none */
    lk_stored_array *arrays;
    size_t n_arrays;
} lk_safetensors;

/* The same arrays and metadata give the same bytes, in whatever order they come; sorts the arrays.
 * bytes: free(). */
lk_status lk_safetensors_pack(json_t *metadata, lk_stored_array *arrays, size_t n, void **bytes,
                              size_t *size);
/* On success to be closed. */
lk_status lk_safetensors_open(const void *bytes, size_t size, lk_safetensors *file);
void lk_safetensors_close(lk_safetensors *file);
/* Numbers between the order of a file's bytes and this machine's, either way. */
void lk_copy_little_endian(void *to, const void *from, size_t size, size_t width);

#endif
