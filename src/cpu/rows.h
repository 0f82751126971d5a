/* rows.h: what the loss files over class scores are written with. */
#ifndef LK_ROWS_H
#define LK_ROWS_H

#include "loss_words.h"
#include "vmath.h"

/* How likely the softmax finds the label: p, q = 1 - p and u = log p, each to full accuracy. */
typedef struct likelihood {
    real p, q, u;
} likelihood;

/* A loss as a function of u: value, d/du, and q times d2/du2, which stays finite where the second
 * derivative does not. */
typedef struct label_jet {
    real value, slope, bend_q;
} label_jet;

/* -u / q = -log(1 - q) / q, 1 at q = 0. */
LK_FN real surprise_ratio(likelihood l) { return l.q > R(0) ? -l.u / l.q : R(1); }

/* x^y for x in [0, 1], y >= 0; 0^0 = 1. The logarithm's low part keeps the exponent's rounding out
 * of the result. */
LK_FN real unit_power(real x, real y)
{
    const pair l = r_log_pair(x, R(0), R(0));
    const real h = y * l.hi, tail = r_fma(y, l.hi, -h) + y * l.lo;
    const real power = r_exp_neg_tail(h, x > R(0) ? tail : R(0));
    return y == R(0) ? R(1) : x > R(0) ? power : R(0);
}

/* A term of a sum over the classes, as a function of x = log q: value, first and second derivative,
 * the derivative by the target, and, for functions, what comes out. */
typedef struct log_jet {
    real value, slope, bend, target_slope, output;
} log_jet;

#define LK_ROW_ARGUMENTS                                                          \
    (LK_UNIT_ARGUMENTS | LK_BIT(TARGET) | LK_BIT(CLASS_WEIGHT) | LK_BIT(VECTOR) | \
     LK_BIT(HESSIAN_VECTOR))
#define LK_LINEAR_ARGUMENTS                                                             \
    ((LK_UNIT_ARGUMENTS & ~LK_BIT(CURVATURE)) | LK_BIT(TARGET) | LK_BIT(CLASS_WEIGHT) | \
     LK_BIT(WEIGHTS) | LK_BIT(WEIGHTS_GRADIENT))

#endif
