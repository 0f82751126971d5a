/* row_kernels.c: compiled once per instruction set and width, as pointwise_kernels.c is. */
#include "row_kernels.h"

#include "kernel_set.h"

extern const lk_row_kernels LK_SET_NAME(lk_row_kernels);
const lk_row_kernels LK_SET_NAME(lk_row_kernels) = {0};
