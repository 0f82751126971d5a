/* sequence.h: what the loss files over sequences are written with. */
#ifndef LK_SEQUENCE_H
#define LK_SEQUENCE_H

#include "loss_words.h"

#define LK_SEQUENCE_ARGUMENTS (LK_UNIT_ARGUMENTS | LK_BIT(TARGET) | LK_BIT(TARGET_LENGTHS))

#endif
