/* double_lanes.h: LK_LANES doubles as native vectors; part of the kernels that add up doubles. Sums
 * are written with vectors because compilers take arrays of 16 sums apart into scalars. */
#ifndef LK_DOUBLE_LANES_H
#define LK_DOUBLE_LANES_H

#include "kernel_set.h"

enum { WIDTH = VECTOR / (int)sizeof(double), VECTORS = LK_LANES / WIDTH };
typedef double doubles __attribute__((vector_size(VECTOR), may_alias, aligned(sizeof(double))));
#define UNROLL _Pragma("GCC unroll 16")

#endif
