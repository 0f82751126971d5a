/* row_exponentials.h: the exponentials of a row and what they are taken relative to; part of
 * row_kernels.c. */
#ifndef LK_ROW_EXPONENTIALS_H
#define LK_ROW_EXPONENTIALS_H

#include "kernel_set.h"
#include "rows.h"

#ifdef __clang__
#define SIMD _Pragma("clang loop vectorize(enable)")
#else
#define SIMD _Pragma("omp simd")
#endif
#define LANES(l) SIMD for (int l = 0; l < LK_LANES; l++)

enum { ROW_BLOCK = 64 }; /* classes of a row at a time: independent chains hide latency */

/* What the exponentials of a row with maximum m are taken relative to: e = 2^60 e^(a - c). For
 * scores of ordinary size c = N ln2, N the integer nearest to m / ln2: then the argument is reduced
 * from a itself, no difference a - m is ever rounded, and N only moves the exponent. Beyond, c = m,
 * and the rounding error of a - m is carried into the exponential. 2^60 keeps the powers of two
 * normal down to where e underflows. */
#if LK_REAL == 32
#define NEAR R(240.0) /* n from (-240 - 106) to 240, over ln2: below 512, see LN2_HI */
#else
#define NEAR R(100000.0)
#endif
#define SCALE                                                                           \
    R(0x1p-60) /* takes it away again: not part of a coefficient, which could underflow \
                */

typedef struct origin {
    real m;
    ubits bias; /* of the exponent: 60 - N */
} origin;

LK_FN int is_near(real m) { return r_abs(m) <= NEAR; }

LK_FN origin origin_of(real m)
{
    const real s = r_fma(m, LOG2_E, SHIFTER);
    return (origin){m, (ubits)(EXPONENT_BIAS + 60) - ((ubits)r_bits(s) - (ubits)r_bits(SHIFTER))};
}

/* m - c, in double. */
LK_FN double offset_of(real m, int near)
{
    const double n = (double)(r_fma(m, LOG2_E, SHIFTER) - SHIFTER);
    return near ? ((double)m - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33 : 0.0;
}

/* A score that is too low, or masked by -inf, gives 0. */
LK_FN real exp_near(real a, origin o)
{
    const int underflow = a < o.m + EXP_LOWEST;
    const exp_parts e = exp_reduce(underflow ? o.m : a, NO_TAIL);
    const real power = r_from_bits((bits)(((ubits)r_bits(e.s) + o.bias) << MANTISSA));
    const real y = r_fma(e.p, power, power);
    return underflow ? R(0) : y;
}

LK_FN real exp_far(real a, origin o)
{
    const real d = a - o.m, b = d - a, error = (a - (d - b)) + (-o.m - b);
    return exp_neg_scaled(d, error, R(0x1p-4));
}

LK_FN real exp_from(real a, origin o, int near) { return near ? exp_near(a, o) : exp_far(a, o); }

/* log of a sum in double; in f32 it is taken of the sum's two halves, as a pair. */
LK_FN double log_of(double sum)
{
#if LK_REAL == 32
    const real hi = (real)sum;
    const pair l = r_log_pair(hi, (real)(sum - (double)hi), R(0));
    return (double)l.hi + (double)l.lo;
#else
    return r_log(sum);
#endif
}

#endif
