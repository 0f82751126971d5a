/* ratio.h: (r / c)^2 and log(1 + (r / c)^2) to more than working precision, for losses that go on
 * to put them into an exponential. */
#ifndef LK_RATIO_H
#define LK_RATIO_H

#include "pointwise.h"

#if LK_REAL == 32
#define RATIO_LARGE R(0x1p50)
#define RATIO_SMALL R(0x1p-30)
#define RATIO_UP R(0x1p50)
#define RATIO_DOWN R(0x1p-70)
#define RATIO_BITS R(120)
#else
#define RATIO_LARGE R(0x1p400)
#define RATIO_SMALL R(0x1p-60)
#define RATIO_UP R(0x1p120)
#define RATIO_DOWN R(0x1p-120)
#define RATIO_BITS R(240)
#endif

/* u = r / c and its square; the low part is 0 where the square overflows. */
typedef struct ratio {
    real u;
    pair square;
} ratio;

LK_FN ratio ratio_of(real r, pair c)
{
    const real u = r / c.hi, square = u * u;
    const real rest = r_fma(-u, c.lo, -r_fma(u, c.hi, -r)) / c.hi;
    const real lo = r_fma(R(2) * u, rest, r_fma(u, u, -square));
    return (ratio){u, {square, square < R_INF ? lo : R(0)}};
}

/* Whether the square might overflow; for c from 2^-70 to 2^70. */
LK_FN int ratio_is_large(real r, pair c) { return r_abs(r) > RATIO_LARGE * c.hi; }

/* log(1 + (r / c)^2), where the ratio is large as 2 log|r / c| with both numbers scaled. */
LK_FN pair ratio_log1p(real r, pair c, ratio q)
{
    const int large = ratio_is_large(r, c);
    const real z = q.square.hi, one = R(1) + z, most = z > R(1) ? z : R(1);
    const real one_lo = (most - one) + (z > R(1) ? R(1) : z);
    const real a = r_abs(r) * RATIO_DOWN, d = c.hi * RATIO_UP, w = a / d;
    const real w_lo = -r_fma(w, c.lo * RATIO_UP, r_fma(w, d, -a)) / d;
    const pair y = r_log_pair(large ? w : one, large ? w_lo : one_lo, large ? RATIO_BITS : R(0));
    const real hi = large ? y.hi + y.hi : y.hi;
    const real lo = large ? y.lo + y.lo : y.lo + q.square.lo / one, sum = hi + lo;
    return (pair){sum, (hi - sum) + lo};
}

/* c^2 y / 2, which rounds once. */
LK_FN real half_square_times(real c, pair y)
{
    const real s = c * c, s_lo = r_fma(c, c, -s);
    return R(0.5) * r_fma(s, y.hi, r_fma(s_lo, y.hi, s * y.lo));
}

#endif
