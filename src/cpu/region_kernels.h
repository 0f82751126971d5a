/* region_kernels.h: what the kernels of every instruction set offer to the engine of this family.
 */
#ifndef LK_REGION_KERNELS_H
#define LK_REGION_KERNELS_H

#include <stddef.h>
#include <stdint.h>

typedef struct lk_region_kernels {
    int none;
} lk_region_kernels;

#endif
