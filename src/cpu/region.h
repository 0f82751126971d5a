/* region.h: what the loss files of this family are written with. */
#ifndef LK_REGION_H
#define LK_REGION_H

#include "loss_words.h"
#include "vmath.h"

#endif
