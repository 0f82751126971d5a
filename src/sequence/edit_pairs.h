/* edit_pairs.h: the pairs of a call as sides. */
#ifndef LK_EDIT_PAIRS_H
#define LK_EDIT_PAIRS_H

#include "edit_side.h"
#include "losskit.h"

typedef struct lk_edit_pairs {
    const char *name;                 /* of the call, for sentences */
    const lk_sequences *sequences[2]; /* hypotheses, references */
} lk_edit_pairs;

/* Whatever can be told without reading tokens; of all pairs, or of the one that is not -1. */
lk_status lk_edit_check(const lk_edit_pairs *pairs, int64_t pair);

/* Memory for one pair after the other: `near` for most of them, more when a pair needs it. */
enum { LK_EDIT_NEAR = 1536 };
typedef struct lk_edit_scratch {
    char *more;
    size_t size;
    uint64_t near[LK_EDIT_NEAR];
} lk_edit_scratch;

/* The tokens of a pair, and `room(hypothesis, reference)` bytes behind them for whatever is done
 * with them. No sentence is left: LK_OUT_OF_DOMAIN is invalid text, see lk_edit_tell_invalid(). */
typedef size_t lk_edit_room(int64_t hypothesis, int64_t reference);
lk_status lk_edit_open(const lk_edit_pairs *pairs, int64_t pair, lk_edit_room *needs,
                       lk_edit_scratch *scratch, lk_edit_side sides[2], void **room);

/* The sentence about the first invalid text of pairs first .. last - 1. */
lk_status lk_edit_tell_invalid(const lk_edit_pairs *pairs, int64_t first, int64_t last);
lk_status lk_edit_tell_memory(const lk_edit_pairs *pairs);

#endif
