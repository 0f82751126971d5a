/* embedding_list.h: every loss over features, once as a file and once as (name, id), by what it is
 * a function of. Append only: ids are ABI (see lk_loss). */
#ifndef LK_EMBEDDING_LIST_H
#define LK_EMBEDDING_LIST_H

#include "embedding/center.h"
#include "embedding/contrastive.h"
#include "embedding/cosine_embedding.h"
#include "embedding/info_nce.h"
#include "embedding/supervised_contrastive.h"
#include "embedding/triplet_margin.h"

#define LK_GAP_LOSSES(LOSS) LOSS(center, LK_CENTER) LOSS(contrastive, LK_CONTRASTIVE)
#define LK_TRIPLET_LOSSES(LOSS) LOSS(triplet_margin, LK_TRIPLET_MARGIN)
#define LK_COSINE_LOSSES(LOSS) LOSS(cosine_embedding, LK_COSINE_EMBEDDING)
#define LK_SIMILARITY_LOSSES(LOSS) \
    LOSS(info_nce, LK_INFO_NCE)    \
    LOSS(supervised_contrastive, LK_SUPERVISED_CONTRASTIVE)

#define LK_EMBEDDING_LOSSES(LOSS) \
    LK_GAP_LOSSES(LOSS)           \
    LK_TRIPLET_LOSSES(LOSS)       \
    LK_COSINE_LOSSES(LOSS)        \
    LK_SIMILARITY_LOSSES(LOSS)

#endif
