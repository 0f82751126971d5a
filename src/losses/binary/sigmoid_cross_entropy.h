/* Sigmoid cross-entropy: the negative log-likelihood of a probability target under a logit; one per
 * label in multi-label problems. */
#include "weighted_sigmoid.h"

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
    .elsewhere = "PyTorch binary_cross_entropy_with_logits: the same, pos_weight included; it has "
                 "no label_smoothing. Keras BinaryCrossentropy takes probabilities unless "
                 "from_logits=True, averages over the last axis and smooths labels as here. optax "
                 "sigmoid_binary_cross_entropy: the same, not reduced.",
};

/* 1 - t is smoothed like t, by itself: the difference would cancel. */
LK_FN jet sigmoid_cross_entropy(real input, real target, real pos_weight, const real *p)
{
    const real epsilon = p[1], keep = R(1) - epsilon, half = R(0.5);
    const real t = r_fma(epsilon, half - target, target);
    const real no = r_fma(epsilon, target - half, R(1) - target);
    const jet j = weighted_sigmoid(input, no, pos_weight * t, R(1), pos_weight);
    const real yes_cost = keep * pos_weight * r_softplus(-input);
    return with_target_gradient(j, keep > R(0) ? yes_cost - keep * r_softplus(input) : R(0));
}
