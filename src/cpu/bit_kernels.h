/* bit_kernels.h: what the kernels of every instruction set offer to the edit distance. */
#ifndef LK_BIT_KERNELS_H
#define LK_BIT_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum { LK_BIT_LANES = 8, LK_BIT_COLUMNS = 64 };

/* Words of bit_step.h for as many blocks of 64 rows, each on 64 columns of its own. Bit j of level
 * and fall is the step of column j in the row above the block, then in the block's last row. */
typedef struct lk_bit_lanes {
    uint64_t up[LK_BIT_LANES], down[LK_BIT_LANES];
    uint64_t level[LK_BIT_LANES], fall[LK_BIT_LANES];
} lk_bit_lanes;

typedef struct lk_bit_kernels {
    /* equal: [column][lane] */
    void (*columns)(const uint64_t *equal, lk_bit_lanes *lanes);
} lk_bit_kernels;

#endif
