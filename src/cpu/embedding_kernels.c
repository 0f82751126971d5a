/* embedding_kernels.c: compiled once per instruction set and width, as pointwise_kernels.c is. */
#include "embedding_kernels.h"

#include "kernel_set.h"

extern const lk_embedding_kernels LK_SET_NAME(lk_embedding_kernels);
const lk_embedding_kernels LK_SET_NAME(lk_embedding_kernels) = {0};
