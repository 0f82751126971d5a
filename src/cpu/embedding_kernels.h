/* embedding_kernels.h: what the kernels of every instruction set offer to the engine of this
 * family. */
#ifndef LK_EMBEDDING_KERNELS_H
#define LK_EMBEDDING_KERNELS_H

#include <stddef.h>
#include <stdint.h>

typedef struct lk_embedding_kernels {
    int none;
} lk_embedding_kernels;

#endif
