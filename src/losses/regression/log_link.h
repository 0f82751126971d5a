/* log_link.h: sums with m e^x, for the losses whose input is the logarithm of a prediction. */
#ifndef LK_LOG_LINK_H
#define LK_LOG_LINK_H

#include "pointwise.h"

/* m e^x = near (1 + large + small) third^2 last, as in r_exp_times; `large` is exact. */
typedef struct exp_product {
    real near, large, small, third, last;
} exp_product;

/* m e^(x + tail) for finite m >= 0 and every x, |tail| <= a few ulp(x). */
LK_FN exp_product exp_product_of(real m, real x, real tail)
{
    const int low = x < -EXP_RANGE;
    const int high = x > EXP_RANGE;
    const real c = low ? -EXP_RANGE : high ? EXP_RANGE : x, t = low | high ? R(0) : tail;
    const real s = r_fma(c, LOG2_E, SHIFTER), n = s - SHIFTER;
    const real rh = r_fma(n, -LN2_HI, c), rl = r_fma(n, -LN2_LO, t), r = rh + rl, r2 = r * r;
    const int little = m < R(1);
    const real rest = n + (little ? R(-64) : R(64));
    const real third = r_fma(rest, R(0.333333333333333333), SHIFTER), a = third - SHIFTER;
    return (exp_product){m * (little ? R(0x1p64) : R(0x1p-64)), rh, r_fma(r2, exp_rest(r, r2), rl),
                         r_pow2(third), r_pow2((rest - (a + a)) + SHIFTER)};
}

/* g m e^x for |g| from 2^-20 to 2^20, or 0. */
LK_FN real times(real g, exp_product e)
{
    const real m = g * e.near;
    return r_fma(m, e.large + e.small, m) * e.third * e.third * e.last;
}

/* m e^x + c + c_lo. Where the terms cancel, m 2^n + c is exact, and `large` brings it close to the
 * result before it is first rounded; m 2^n itself may overflow before the product does. */
LK_FN real plus(exp_product e, real c, real c_lo)
{
    const real whole = times(R(1), e), base = e.near * e.third * e.third * e.last;
    const int moderate = (whole > R(0x1p-100)) & (whole < R(0x1p100));
    const real near = r_fma(base, e.small, r_fma(base, e.large, base + c) + c_lo);
    return moderate ? near : (whole + c) + c_lo;
}

#endif
