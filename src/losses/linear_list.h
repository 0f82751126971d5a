/* linear_list.h: every loss on top of a linear layer, once as a file and once as (name, id). Append
 * only: ids are ABI (see lk_loss). */
#include "rows.h"

#define LK_LINEAR_LOSSES(LOSS)
