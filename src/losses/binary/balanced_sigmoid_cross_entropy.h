/* Balanced sigmoid cross-entropy: each class weighed by the frequency of the other, so that a rare
 * foreground counts as much as the background. */
#include "weighted_sigmoid.h"

static const lk_loss_info balanced_sigmoid_cross_entropy_info = {
    .name = "balanced_sigmoid_cross_entropy",
    .family = "binary",
    .title = "Class-balanced sigmoid cross-entropy",
    .tex = "\\beta\\,t\\log(1+e^{-z}) + (1-\\beta)(1-t)\\log(1+e^{z})",
    .gradient_tex = "(1-\\beta)(1-t)\\,\\sigma(z) - \\beta\\,t\\,\\sigma(-z)",
    .curvature_tex = "(\\beta\\,t+(1-\\beta)(1-t))\\,\\sigma(z)\\sigma(-z)",
    .fisher_tex = "((1-\\beta)\\,\\sigma(-z)+\\beta\\,\\sigma(z))\\,\\sigma(z)\\sigma(-z)",
    .upper_tex = "\\tfrac14(\\beta\\,t+(1-\\beta)(1-t))",
    .target_gradient_tex = "\\beta\\log(1+e^{-z}) - (1-\\beta)\\log(1+e^{z})",
    .source = "Xie and Tu, ICCV 2015, arXiv:1504.06375",
    .input = "logit",
    .target = "probability, 0 to 1",
    .input_domain = LK_REALS,
    .target_domain = LK_CLOSED(0, 1),
    .traits = LK_CONVEX | LK_DIFFERENTIABLE | LK_SMOOTH | LK_LIPSCHITZ,
    .lipschitz = LK_CONSTANT(1),
    .axis = LK_AXIS_INPUT,
    .n_params = 1,
    .params = {{.name = "beta",
                .preset = -1,
                .lowest = 0,
                .highest = 1,
                .named = {{"auto", -1}},
                .meaning = "weight of target 1, 1 - beta of target 0; auto: the share of 0 among "
                           "the targets of each sample; an array of weights replaces it"}},
    .auxiliary = "beta",
    .auxiliary_meaning = "weight of target 1, 0 to 1",
    .auxiliary_domain = LK_CLOSED(0, 1),
    .auxiliary_param = 0,
    .notes = "beta = 1/2 is half of sigmoid_cross_entropy. In the gradients beta is a constant, "
             "with auto too.",
    .elsewhere = "The authors' Caffe layer counts in each image too, but targets other than 0 and "
                 "1 are missing from its value and not from its gradient. PyTorch has none that "
                 "counts: pos_weight of binary_cross_entropy_with_logits is given. LightGBM "
                 "is_unbalance and XGBoost scale_pos_weight weigh by the whole data set.",
};

LK_FN jet balanced_sigmoid_cross_entropy(real input, real target, real beta, const real *p)
{
    (void)p;
    const real rest = R(1) - beta;
    return weighted_sigmoid(input, rest * (R(1) - target), beta * target, rest, beta);
}
