/* bit_kernels.c: columns of a table of edit distances; compiled once per instruction set and width,
 * as pointwise_kernels.c is. Written with vectors because compilers do not keep arrays of words in
 * registers. */
#include "bit_kernels.h"

#include <string.h>

#include "kernel_set.h"

typedef uint64_t words __attribute__((vector_size(VECTOR), may_alias, aligned(sizeof(uint64_t))));
#include "bit_step.h"

enum {
    WORDS = VECTOR / (int)sizeof(uint64_t),
    PARTS = LK_BIT_LANES / WORDS,
    LAST = LK_BIT_COLUMNS - 1
};
#define UNROLL _Pragma("GCC unroll 8")

static void columns(const uint64_t *equal, lk_bit_lanes *lanes)
{
    words up[PARTS], down[PARTS], level[PARTS], fall[PARTS];
    memcpy(up, lanes->up, sizeof up);
    memcpy(down, lanes->down, sizeof down);
    memcpy(level, lanes->level, sizeof level);
    memcpy(fall, lanes->fall, sizeof fall);
    for (int j = 0; j < LK_BIT_COLUMNS; j++) {
        const words *const row = (const words *)(const void *)(equal + LK_BIT_LANES * j);
        UNROLL for (int p = 0; p < PARTS; p++)
        {
            const words above = level[p] & 1, below = fall[p] & 1;
            words levels, falls;
            bit_step(&row[p], &above, &below, &up[p], &down[p], &levels, &falls);
            level[p] = level[p] >> 1 | (levels & (uint64_t)1 << LAST);
            fall[p] = fall[p] >> 1 | (falls & (uint64_t)1 << LAST);
        }
    }
    memcpy(lanes->up, up, sizeof up);
    memcpy(lanes->down, down, sizeof down);
    memcpy(lanes->level, level, sizeof level);
    memcpy(lanes->fall, fall, sizeof fall);
}

extern const lk_bit_kernels LK_SET_NAME(lk_bit_kernels);
const lk_bit_kernels LK_SET_NAME(lk_bit_kernels) = {.columns = columns};
