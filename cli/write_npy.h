/* Arrays as .npy files, version 1.0, C order, in the byte order of this machine. */
#ifndef LK_CLI_WRITE_NPY_H
#define LK_CLI_WRITE_NPY_H

#include "atomic_file.h"

#include <stdint.h>

/* data is contiguous in C order. bfloat16 is written as '<V2', as ml_dtypes does: NumPy alone loads
 * it as two-byte voids. A path that ends in ".gz" is compressed; "-" is standard output. */
typedef struct npy_output {
    const char *path;
    const void *data;
    int dtype;
    int ndim;
    const int64_t *shape;
} npy_output;

/* Writes into a file that has been begun with output->path; the caller commits or aborts. */
int npy_write(atomic_file *file, const npy_output *output, error *e);

int write_npy(const char *path, const void *data, int dtype, int ndim, const int64_t *shape,
              error *e);

/* All, or none unless a rename itself fails half way. */
int write_arrays(const npy_output *outputs, size_t count, error *e);

#endif
