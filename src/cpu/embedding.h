/* embedding.h: what the loss files of this family are written with. */
#ifndef LK_EMBEDDING_H
#define LK_EMBEDDING_H

#include "loss_words.h"
#include "vmath.h"

#endif
