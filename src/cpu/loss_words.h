/* loss_words.h: words that the metadata of every loss file uses. */
#ifndef LK_LOSS_WORDS_H
#define LK_LOSS_WORDS_H

#include <math.h>

#include "losskit.h"

#define LK_REALS               \
    {                          \
        -HUGE_VAL, HUGE_VAL, 0 \
    }
#define LK_CLOSED(lowest, highest) \
    {                              \
        lowest, highest, 0         \
    }
#define LK_ABOVE(lowest)    \
    {                       \
        lowest, HUGE_VAL, 1 \
    }
#define LK_EITHER(a, b) \
    {                   \
        a, b, 2         \
    }
#define LK_CONSTANT(c) \
    {                  \
        c, 0, -1       \
    }
#define LK_TIMES(factor, param) \
    {                           \
        0, factor, param        \
    }

/* The arguments that losses of every family take. */
#define LK_BIT(argument) (1u << LK_ARG_##argument)
#define LK_UNIT_ARGUMENTS                                                                   \
    (LK_BIT(INPUT) | LK_BIT(WEIGHT) | LK_BIT(UPSTREAM) | LK_BIT(VALUE) | LK_BIT(GRADIENT) | \
     LK_BIT(CURVATURE))

/* A parameter that is no (0) or yes (1). */
#define LK_SWITCH(name_, preset_, meaning_)                          \
    {                                                                \
        .name = name_, .preset = preset_, .lowest = 0, .highest = 1, \
        .named = {{"no", 0}, {"yes", 1}}, .meaning = meaning_        \
    }

#endif
