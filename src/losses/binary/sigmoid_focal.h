/* Sigmoid focal loss: cross-entropy faded out on examples that are already right. */
#include "pointwise.h"

static const lk_loss_info sigmoid_focal_info = {
    .name = "sigmoid_focal",
    .family = "binary",
    .title = "Sigmoid focal loss",
    .tex = "-\\alpha_t(1-p_t)^\\gamma\\log p_t",
    .gradient_tex = "\\pm\\alpha_t q^\\gamma(\\gamma p_t\\log p_t+p_t-1)",
    .curvature_tex = "\\alpha_t q^\\gamma p_t[q(\\gamma\\log p_t+\\gamma+1)"
                     "-\\gamma(\\gamma p_t\\log p_t+p_t-1)]",
    .fisher_tex = "\\alpha_t q^\\gamma(q-\\gamma p_t\\log p_t)\\,p_t",
    .source = "Lin et al., ICCV 2017, arXiv:1708.02002",
    .input = "logit",
    .target = "0 or 1",
    .input_domain = LK_REALS,
    .target_domain = LK_EITHER(0, 1),
    .traits = LK_DIFFERENTIABLE | LK_SMOOTH,
    .axis = LK_AXIS_INPUT,
    .n_params = 2,
    .params = {{.name = "gamma",
                .preset = 2,
                .lowest = 0,
                .highest = 64,
                .meaning = "how fast easy examples fade; 0 is cross-entropy"},
               {.name = "alpha",
                .preset = 0.25,
                .lowest = 0,
                .highest = 1,
                .named = {{"none", -1}},
                .meaning = "weight of target 1, 1 - alpha of target 0; none: no weights"}},
    .auxiliary_param = -1,
    .notes = "p_t = sigma(+-z), q = 1 - p_t. Not convex for gamma > 0: the true curvature is "
             "negative for confident mistakes.",
    .elsewhere = "torchvision sigmoid_focal_loss: the same, gamma = 2 and alpha = 0.25, but not "
                 "reduced unless asked for; alpha below 0 turns the weights off. Keras "
                 "BinaryFocalCrossentropy uses alpha only with apply_class_balancing=True, and "
                 "takes probabilities unless from_logits=True. optax sigmoid_focal_loss and MONAI "
                 "FocalLoss: no alpha unless set. PyTorch itself has none.",
};

LK_FN jet sigmoid_focal(real input, real target, const real *p)
{
    const real gamma = p[0], alpha = p[1];
    const int one = target > R(0.5);
    const real u = one ? input : -input; /* p_t = sigma(u), q = 1 - p_t = sigma(-u) */
    const real weight = alpha < R(0) ? R(1) : one ? alpha : R(1) - alpha;
    const real e = r_exp_neg(-r_abs(u)), l = r_log1p_unit(e), d = R(1) + e;
    const int right = u > R(0);
    const real pt_d = right ? R(1) : e, q_d = right ? e : R(1); /* p_t d and q d, exact */
    const real most = right ? u : R(0), ce = (most - u) + l;    /* -log p_t; most - u is exact */

    /* q^gamma = e^(-gamma (most + l)), sum and product as unevaluated pairs: a rounded exponent
     * would cost gamma |log q| ULP. */
    const real hi = most + l, part = hi - most, lo = (most - (hi - part)) + (l - part);
    const real power = -gamma * hi, tail = -r_fma(gamma, lo, r_fma(gamma, hi, power));
    const real fade = weight * r_exp_neg_tail(power, tail);

    /* Both terms positive: no cancellation. */
    const real slope = fade * r_fma(gamma * pt_d, ce, q_d) / d;
    const real faint = pt_d * ce; /* before gamma: 0 * inf never forms near the largest |u| */
    const real bend =
        q_d * ((R(2) * gamma + R(1)) * pt_d - gamma * faint) + gamma * gamma * pt_d * faint;
    const jet j = jet_of(fade * ce, one ? -slope : slope, fade * bend / (d * d));
    /* The focal loss is an increasing function of the convex cross-entropy; the Gauss-Newton weight
     * keeps the term with the curvature of the latter. */
    return with_fisher(j, slope * pt_d / d);
}
