/* embedding_list.h: every loss over features, once as a file and once as (name, id). Append only:
 * ids are ABI (see lk_loss). */
#include "embedding.h"

#define LK_EMBEDDING_LOSSES(LOSS)
