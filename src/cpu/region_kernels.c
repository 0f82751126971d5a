/* region_kernels.c: compiled once per instruction set and width, as pointwise_kernels.c is. */
#include "region_kernels.h"

#include "kernel_set.h"

extern const lk_region_kernels LK_SET_NAME(lk_region_kernels);
const lk_region_kernels LK_SET_NAME(lk_region_kernels) = {0};
