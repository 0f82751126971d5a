/* pointwise.h: all that a pointwise loss file sees: the jet it returns and the description it gives
 * of itself. */
#ifndef LK_POINTWISE_H
#define LK_POINTWISE_H

#include "loss_words.h"
#include "real.h"
#include "vmath.h"

#if LK_REAL == 32
#define R_MOST R(0x1.fffffep127)
#else
#define R_MOST R(0x1.fffffffffffffp1023)
#endif

/* |r| for quotients: the residual of finite numbers may overflow, and inf / inf would be NaN. */
LK_FN real finite_size(real r) { return r_abs(r) < R_MOST ? r_abs(r) : R_MOST; }

/* Value, first and second derivative with respect to the input, and what else a loss defines.
 * What is not asked for is not computed: the jet never exists as a whole after inlining. */
typedef struct jet {
    real value, gradient, curvature;
    real fisher, upper; /* the other curvature modes */
    real target_gradient, auxiliary_gradient;
} jet;

LK_FN jet jet_of(real value, real gradient, real curvature)
{
    const jet j = {value, gradient, curvature, R(0), R(0), R(0), R(0)};
    return j;
}

LK_FN jet with_fisher(jet j, real fisher)
{
    j.fisher = fisher;
    return j;
}

LK_FN jet with_upper(jet j, real upper)
{
    j.upper = upper;
    return j;
}

LK_FN jet with_target_gradient(jet j, real gradient)
{
    j.target_gradient = gradient;
    return j;
}

LK_FN jet with_auxiliary_gradient(jet j, real gradient)
{
    j.auxiliary_gradient = gradient;
    return j;
}

/* The jet of L(m), m = y f, as a function of f: dL/df = y L'(m), d2L/df2 = L''(m) because y^2 = 1.
 */
LK_FN jet jet_of_margin(real target, real value, real slope, real curvature)
{
    return jet_of(value, target * slope, curvature);
}

#endif
