/* linear_list.h: every loss on top of a linear layer, once as a file and once as (name, id). Append
 * only: ids are ABI (see lk_loss). */
#ifndef LK_LINEAR_LIST_H
#define LK_LINEAR_LIST_H

#include "classes/arcface.h"
#include "classes/cosface.h"
#include "classes/large_margin_softmax.h"
#include "classes/linear_cross_entropy.h"

/* clang-format off */
#define LK_LINEAR_LOSSES(LOSS)                            \
    LOSS(linear_cross_entropy, LK_LINEAR_CROSS_ENTROPY)   \
    LOSS(large_margin_softmax, LK_LARGE_MARGIN_SOFTMAX)   \
    LOSS(arcface, LK_ARCFACE)                             \
    LOSS(cosface, LK_COSFACE)
/* clang-format on */

#endif
