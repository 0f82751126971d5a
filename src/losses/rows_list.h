/* rows_list.h: every loss over rows of class scores, once as a file and once as (name, id). Append
 * only: ids are ABI (see lk_loss). */
#include "rows.h"

#define LK_ROWS_LOSSES(LOSS)
