/* rows.h: what the loss files over class scores are written with. */
#ifndef LK_ROWS_H
#define LK_ROWS_H

#include "loss_words.h"
#include "vmath.h"

#endif
