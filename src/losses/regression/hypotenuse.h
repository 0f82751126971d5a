/* hypotenuse.h: sqrt(r^2 + d^2) where the squares neither overflow nor vanish. */
#ifndef LK_HYPOTENUSE_H
#define LK_HYPOTENUSE_H

#include "pointwise.h"

#if LK_REAL == 32
#define HYPOTENUSE_LARGE R(0x1p63)
#define HYPOTENUSE_DOWN R(0x1p-65)
#define HYPOTENUSE_SMALL R(0x1p-40)
#define HYPOTENUSE_UP R(0x1p100)
#else
#define HYPOTENUSE_LARGE R(0x1p510)
#define HYPOTENUSE_DOWN R(0x1p-515)
#define HYPOTENUSE_SMALL R(0x1p-400)
#define HYPOTENUSE_UP R(0x1p700)
#endif

/* sqrt(r^2 + d^2) = length / (up down) with powers of two up >= 1 >= down, one of which is 1. */
typedef struct hypotenuse {
    real length, square, up, down;
} hypotenuse;

LK_FN hypotenuse hypotenuse_of(real r, real d)
{
    const real a = finite_size(r), most = r_max(a, d);
    const real up = most < HYPOTENUSE_SMALL ? HYPOTENUSE_UP : R(1);
    const real down = most >= HYPOTENUSE_LARGE ? HYPOTENUSE_DOWN : R(1);
    const real x = most * up * down, y = (a > d ? d : a) * up * down;
    const real square = r_fma(x, x, y * y);
    return (hypotenuse){r_sqrt(square), square, up, down};
}

/* x over the hypotenuse. Scaling down comes last: x may be far below it. */
LK_FN real over_hypotenuse(real x, hypotenuse h) { return x * h.up / h.length * h.down; }

#endif
