/* Hinge loss: zero once the margin reaches 1, linear below; the loss of the soft-margin SVM. */
#include "pointwise.h"

static const lk_loss_info hinge_info = {
    .name = "hinge",
    .family = "margin",
    .title = "Hinge loss",
    .tex = "\\max(0,1-m)",
    .gradient_tex = "-y\\,[m<1]",
    .curvature_tex = "0",
    .source = "Cortes and Vapnik, Machine Learning 20 (1995) 273",
    .input = "score",
    .target = "label, -1 or +1",
    .input_domain = LK_REALS,
    .target_domain = LK_EITHER(-1, 1),
    .traits = LK_CONVEX | LK_LIPSCHITZ | LK_MARGIN_BASED | LK_BOUNDS_ZERO_ONE,
    .lipschitz = LK_CONSTANT(1),
    .axis = LK_AXIS_MARGIN,
    .n_kinks = 1,
    .kinks = {{LK_CONSTANT(1), 1}},
    .auxiliary_param = -1,
    .notes = "The subgradient at the kink m = 1 is 0. A score has no probability: only its sign "
             "and whether it is beyond the margin mean something.",
    .elsewhere = "PyTorch has none for two classes: its hinge_embedding_loss is another loss. "
                 "Keras Hinge takes labels 0 and 1 as -1 and 1 only when the whole batch holds "
                 "nothing else, and averages over the last axis. optax hinge_loss: the same, not "
                 "reduced. scikit-learn SGDClassifier: the same, but the gradient at m = 1 is -y.",
};

LK_FN jet hinge(real input, real target, const real *p)
{
    (void)p;
    const real m = target * input;
    const int active = m < R(1);
    return jet_of_margin(target, active ? R(1) - m : R(0), active ? R(-1) : R(0), R(0));
}
