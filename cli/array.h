/* Arrays of the command line and the entry to every reader of them. */
#ifndef LK_CLI_ARRAY_H
#define LK_CLI_ARRAY_H

#include "cli_error.h"

#include <stddef.h>
#include <stdint.h>

enum { LK_ARRAY_MAX_DIMS = 8 };

/* Room for any shape as shape_text() writes it. */
enum { LK_SHAPE_TEXT = LK_ARRAY_MAX_DIMS * 22 + 4 };

/* The largest file, decompressed file or array that is held in memory. */
#define LK_ARRAY_LIMIT ((size_t)16 << 30)

/* C order, contiguous, owned; dtype is one of losskit.h's codes. */
typedef struct array {
    void *data;
    int dtype;
    int ndim;
    int64_t shape[LK_ARRAY_MAX_DIMS];
    int64_t count;
} array;

/* Reads "PATH", "PATH:KEY", "-" or "-:KEY"; an existing path that contains ':' wins over the split.
 * The format is told by the content (.npy, .npz, IDX, LIBSVM, any of them gzipped) or else by the
 * extension (.svm and .libsvm; everything else is CSV). KEY is a member of an .npz, a column of a
 * CSV (by header or by number from 1), or `labels` or `features` of a LIBSVM file. On failure out
 * is empty and the result is -1. */
int array_read(const char *spec, array *out, error *e);

/* The same where no single buffer may exceed limit bytes. */
int array_read_within(const char *spec, size_t limit, array *out, error *e);

void array_free(array *a); /* leaves it empty; an empty one may be freed */

size_t dtype_size(int dtype); /* bytes of an element; 0 for an unknown code */

/* The shape as Python writes a tuple. */
void shape_text(char *text, size_t size, int ndim, const int64_t *shape);

/* Elements of the shape, or -1 when a length is negative or the non-zero ones overflow. */
int64_t shape_count(int ndim, const int64_t *shape);

/* Uninitialised memory for the shape within limit; name is the file of the sentence. */
int array_allocate(array *out, int dtype, int ndim, const int64_t *shape, const char *name,
                   size_t limit, error *e);

#endif
