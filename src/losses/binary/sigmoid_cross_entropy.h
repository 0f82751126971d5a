/* Sigmoid cross-entropy: the negative log-likelihood of a probability target under a logit; one per
 * label in multi-label problems. */
#include "pointwise.h"

static const lk_loss_info sigmoid_cross_entropy_info = {
    .name = "sigmoid_cross_entropy",
    .family = "binary",
    .title = "Sigmoid cross-entropy",
    .tex = "w\\,t\\log(1+e^{-z}) + (1-t)\\log(1+e^{z})",
    .gradient_tex = "(1-t)\\sigma(z) - w\\,t\\,\\sigma(-z)",
    .curvature_tex = "(1-t+w\\,t)\\,\\sigma(z)\\sigma(-z)",
    .fisher_tex = "(\\sigma(-z)+w\\,\\sigma(z))\\,\\sigma(z)\\sigma(-z)",
    .upper_tex = "\\tfrac14(1-t+w\\,t)",
    .target_gradient_tex = "w\\log(1+e^{-z}) - \\log(1+e^{z})",
    .source = "Good, J. R. Statist. Soc. B 14 (1952) 107",
    .input = "logit",
    .target = "probability, 0 to 1",
    .input_domain = LK_REALS,
    .target_domain = LK_CLOSED(0, 1),
    .traits = LK_CONVEX | LK_DIFFERENTIABLE | LK_SMOOTH | LK_PROPER,
    .axis = LK_AXIS_INPUT,
    .n_params = 2,
    .params = {{.name = "pos_weight",
                .preset = 1,
                .lowest = 0,
                .highest = 1e30,
                .meaning = "weight of the positive part; an array of weights replaces it"},
               {.name = "label_smoothing",
                .preset = 0,
                .lowest = 0,
                .highest = 1,
                .meaning = "epsilon: the target becomes t (1 - epsilon) + epsilon / 2"}},
    .auxiliary = "pos_weight",
    .auxiliary_meaning = "weight w of the positive part, at least 0",
    .auxiliary_domain = LK_CLOSED(0, HUGE_VAL),
    .auxiliary_param = 0,
    .notes = "For targets 0 and 1 equal to logistic at m = (2t - 1) z. Proper for pos_weight 1.",
};

/* With a = |z|, l = log1p(e^-a): softplus(z) = max(z,0) + l. The subtraction max(z,0) - z t cancels
 * for soft targets, |z| (z > 0 ? 1 - t : w t) does not; nor does the gradient in this form. */
LK_FN jet sigmoid_cross_entropy(real input, real target, real pos_weight, const real *p)
{
    const real z = input, epsilon = p[1];
    const real t = r_fma(target, R(1) - epsilon, R(0.5) * epsilon);
    const real a = r_abs(z), e = r_exp_neg(-a), l = r_log1p_unit(e), d = R(1) + e;
    const int positive = z > R(0);
    const real up = positive ? R(1) : e, down = positive ? e : R(1); /* sigma(z) d, sigma(-z) d */
    const real no = R(1) - t, yes = pos_weight * t, both = no + yes, bell = e / (d * d);
    const jet j = jet_of(r_fma(a, positive ? no : yes, both * l), r_fma(no, up, -(yes * down)) / d,
                         both * bell);
    const real softplus = r_max(z, R(0)) + l, softplus_neg = r_max(-z, R(0)) + l;
    const real slope = (R(1) - epsilon) * (pos_weight * softplus_neg - softplus);
    return with_target_gradient(
        with_upper(with_fisher(j, (down + pos_weight * up) / d * bell), R(0.25) * both), slope);
}
