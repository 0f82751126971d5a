/* row_kernels.h: what the kernels of every instruction set offer to the engine of this family. */
#ifndef LK_ROW_KERNELS_H
#define LK_ROW_KERNELS_H

#include <stddef.h>
#include <stdint.h>

typedef struct lk_row_kernels {
    int none;
} lk_row_kernels;

#endif
