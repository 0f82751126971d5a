/* sequence_list.h: every loss over sequences, once as a file and once as (name, id). Append only:
 * ids are ABI (see lk_loss). */
#ifndef LK_SEQUENCE_LIST_H
#define LK_SEQUENCE_LIST_H

#include "sequence/ctc.h"
#include "sequence/expected_edit_distance.h"
#include "sequence/soft_edit_distance.h"

#define LK_SEQUENCE_LOSSES(LOSS)                    \
    LOSS(ctc, LK_CTC)                               \
    LOSS(soft_edit_distance, LK_SOFT_EDIT_DISTANCE) \
    LOSS(expected_edit_distance, LK_EXPECTED_EDIT_DISTANCE)

#endif
