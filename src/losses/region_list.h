/* region_list.h: every loss over regions, once as a file and once as (name, id). Append only: ids
 * are ABI (see lk_loss). */
#include "region.h"

#define LK_REGION_LOSSES(LOSS)
