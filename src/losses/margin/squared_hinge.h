/* Squared hinge loss: the hinge with a continuous slope; the loss of the L2-loss SVM. */
#include "pointwise.h"

static const lk_loss_info squared_hinge_info = {
    .name = "squared_hinge",
    .family = "margin",
    .title = "Squared hinge loss",
    .tex = "\\max(0,1-m)^2",
    .gradient_tex = "-2y\\max(0,1-m)",
    .curvature_tex = "2\\,[m<1]",
    .fisher_tex = "2\\,[m<1]",
    .upper_tex = "2",
    .source = "Cortes and Vapnik, Machine Learning 20 (1995) 273",
    .input = "score",
    .target = "label, -1 or +1",
    .input_domain = LK_REALS,
    .target_domain = LK_EITHER(-1, 1),
    .traits = LK_CONVEX | LK_DIFFERENTIABLE | LK_MARGIN_BASED | LK_BOUNDS_ZERO_ONE,
    .axis = LK_AXIS_MARGIN,
    .n_kinks = 1,
    .kinks = {{LK_CONSTANT(1), 2}},
    .auxiliary_param = -1,
    .notes = "Without the factor 1/2 that some write. The pull grows with the distance from the "
             "margin: outliers count more than with hinge.",
    .elsewhere = "PyTorch has none for two classes. Keras SquaredHinge and scikit-learn "
                 "SGDClassifier(loss=\"squared_hinge\"): the same, without a factor 1/2. Keras "
                 "takes labels 0 and 1 as -1 and 1 only when the whole batch holds nothing else.",
};

LK_FN jet squared_hinge(real input, real target, const real *p)
{
    (void)p;
    const real m = target * input, d = m < R(1) ? R(1) - m : R(0);
    const real bend = m < R(1) ? R(2) : R(0);
    return with_upper(with_fisher(jet_of_margin(target, d * d, R(-2) * d, bend), bend), R(2));
}
