/* Binary cross-entropy of a probability, for models that give one; logits are better served by
 * sigmoid_cross_entropy. */
#include "pointwise.h"

static const lk_loss_info binary_cross_entropy_info = {
    .name = "binary_cross_entropy",
    .family = "binary",
    .title = "Binary cross-entropy",
    .tex = "-t\\log p-(1-t)\\log(1-p)",
    .gradient_tex = "\\frac{p-t}{p(1-p)}",
    .curvature_tex = "\\frac{t}{p^2}+\\frac{1-t}{(1-p)^2}",
    .fisher_tex = "\\frac{1}{p(1-p)}",
    .target_gradient_tex = "\\log(1-p)-\\log p",
    .source = "Good, J. R. Statist. Soc. B 14 (1952) 107",
    .input = "probability, 0 to 1",
    .target = "probability, 0 to 1",
    .input_domain = LK_CLOSED(0, 1),
    .target_domain = LK_CLOSED(0, 1),
    .traits = LK_CONVEX | LK_DIFFERENTIABLE | LK_SMOOTH | LK_PROPER,
    .axis = LK_AXIS_INPUT,
    .auxiliary_param = -1,
    .notes = "Logarithms are at least -100; in the derivatives p(1-p), p and 1-p are at least "
             "1e-12: all is finite, and the gradient is 0 where p = t is 0 or 1. The traits hold "
             "between these bounds.",
    .elsewhere =
        "PyTorch binary_cross_entropy: the same, clamps included. Keras BinaryCrossentropy clips "
        "probabilities to [1e-7, 1 - 1e-7]: no loss is above 16.2. scikit-learn log_loss clips by "
        "the rounding unit of the type, 2e-16 in f64.",
};

LK_FN pair clamped_log(pair l)
{
    const int low = l.hi < R(-100);
    return (pair){low ? R(-100) : l.hi, low ? R(0) : l.lo};
}

LK_FN jet binary_cross_entropy(real input, real target, const real *p)
{
    (void)p;
    const real one = input, zero = R(1) - input, t = target, least = R(1e-12);
    const pair a = clamped_log(r_log_pair(one, R(0), R(0))), b = clamped_log(r_log1p_pair(-one));
    const real d1 = r_max(one, least), d0 = r_max(zero, least), d = r_max(one * zero, least);
    const jet j = jet_of(-r_fma(t, a.hi, (R(1) - t) * b.hi), (one - t) / d,
                         t / (d1 * d1) + (R(1) - t) / (d0 * d0));
    return with_target_gradient(with_fisher(j, R(1) / d), (b.hi - a.hi) + (b.lo - a.lo));
}
