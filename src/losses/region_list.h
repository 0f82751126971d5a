/* region_list.h: every loss over regions, once as a file and once as (name, id). Append only: ids
 * are ABI (see lk_loss). */
#ifndef LK_REGION_LIST_H
#define LK_REGION_LIST_H

#include "region/dice.h"
#include "region/focal_tversky.h"
#include "region/jaccard.h"
#include "region/l1_norm.h"
#include "region/l2_norm.h"
#include "region/lovasz_hinge.h"
#include "region/tversky.h"

/* clang-format off */
/* functions of the sums of a group */
#define LK_RATIO_LOSSES(LOSS)               \
    LOSS(dice, LK_DICE)                     \
    LOSS(tversky, LK_TVERSKY)               \
    LOSS(focal_tversky, LK_FOCAL_TVERSKY)   \
    LOSS(jaccard, LK_JACCARD)
#define LK_REGION_LOSSES(LOSS)          \
    LK_RATIO_LOSSES(LOSS)               \
    LOSS(lovasz_hinge, LK_LOVASZ_HINGE) \
    LOSS(l1_norm, LK_L1_NORM)           \
    LOSS(l2_norm, LK_L2_NORM)
/* clang-format on */

#endif
