/* The readers: each parses one format from bytes in memory. None trusts a length before it has
 * compared it with the bytes that are there, and none allocates more than the limit at once. */
#ifndef LK_CLI_SOURCE_H
#define LK_CLI_SOURCE_H

#include "array.h"

typedef struct source {
    const char *name; /* for sentences, and for the extension */
    const unsigned char *bytes;
    size_t size;
    size_t limit;
} source;

/* Told by the content, or else by the extension: .svm and .libsvm; everything else is CSV. */
typedef enum source_format {
    FORMAT_NPY,
    FORMAT_IDX,
    FORMAT_NPZ,
    FORMAT_LIBSVM,
    FORMAT_CSV
} source_format;
source_format source_format_of(const source *s);

/* Any format, gzipped or not; key may be NULL. */
int array_parse(const source *s, const char *key, array *out, error *e);

int npy_is(const source *s);
int npy_parse(const source *s, array *out, error *e);
int npz_is(const source *s);
int npz_parse(const source *s, const char *key, array *out, error *e);
/* The first of the names (ended by NULL) that is an array of the archive; NULL: none is. */
int npz_find(const source *s, const char *const *names, const char **found, error *e);
int idx_is(const source *s);
int idx_parse(const source *s, array *out, error *e);
int csv_parse(const source *s, const char *key, array *out, error *e);
int libsvm_is(const source *s);
int libsvm_parse(const source *s, const char *key, array *out, error *e);

#endif
