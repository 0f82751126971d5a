/* weighted_sigmoid.h: cross-entropy of a logit with a weight on each class. */
#ifndef LK_WEIGHTED_SIGMOID_H
#define LK_WEIGHTED_SIGMOID_H

#include "pointwise.h"

/* yes = w1 t and no = w0 (1 - t): yes softplus(-z) + no softplus(z). With a = |z|,
 * l = log1p(e^-a): softplus(z) = max(z,0) + l. The subtraction max(z,0) - z t cancels for soft
 * targets, |z| (z > 0 ? no : yes) does not; nor does the gradient in this form. The Fisher
 * information takes the target for 1 with probability sigma(z). */
LK_FN jet weighted_sigmoid(real z, real no, real yes, real w0, real w1)
{
    const real a = r_abs(z), e = r_exp_neg(-a), l = r_log1p_unit(e), d = R(1) + e;
    const int positive = z > R(0);
    const real up = positive ? R(1) : e, down = positive ? e : R(1); /* sigma(z) d, sigma(-z) d */
    const real both = no + yes, bell = e / (d * d);
    const jet j = jet_of(r_fma(a, positive ? no : yes, both * l), r_fma(no, up, -(yes * down)) / d,
                         both * bell);
    const real softplus = r_max(z, R(0)) + l, softplus_neg = r_max(-z, R(0)) + l;
    return with_target_gradient(
        with_upper(with_fisher(j, (w0 * down + w1 * up) / d * bell), R(0.25) * both),
        w1 * softplus_neg - w0 * softplus);
}

#endif
