/* Elements as files store them, and their conversion to an array. */
#ifndef LK_CLI_ELEMENTS_H
#define LK_CLI_ELEMENTS_H

#include "source.h"

typedef enum element_kind {
    ELEMENT_SIGNED,
    ELEMENT_UNSIGNED,
    ELEMENT_FLOAT,
    ELEMENT_BFLOAT,
    ELEMENT_BOOL
} element_kind;

typedef struct element_type {
    element_kind kind;
    int size; /* bytes */
    int big_endian;
} element_type;

/* The dtype that holds every value (uint64 up to INT64_MAX): 0 when there is none. */
int element_dtype(element_kind kind, int size);

int host_is_big_endian(void);

/* Compares the bytes from start to the end of the file with what the shape needs: exactly as many.
 */
int elements_expect(const source *s, size_t start, const element_type *type, const char *header,
                    int ndim, const int64_t *shape, error *e);

/* Allocates out and converts the elements that start at offset, where the caller has found as many
 * bytes as the shape needs. fortran: the first index varies fastest. */
int elements_decode(const source *s, size_t offset, const element_type *type, int fortran, int ndim,
                    const int64_t *shape, array *out, error *e);

#endif
