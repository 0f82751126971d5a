/* Perceptron loss: linear in the margin of the misclassified; its gradient steps are the perceptron
 * algorithm. */
#include "pointwise.h"

static const lk_loss_info perceptron_info = {
    .name = "perceptron",
    .family = "margin",
    .title = "Perceptron loss",
    .tex = "\\max(0,-m)",
    .gradient_tex = "-y\\,[m<0]",
    .curvature_tex = "0",
    .source = "Rosenblatt, Psychol. Rev. 65 (1958) 386",
    .input = "score",
    .target = "label, -1 or +1",
    .input_domain = LK_REALS,
    .target_domain = LK_EITHER(-1, 1),
    .traits = LK_CONVEX | LK_LIPSCHITZ | LK_MARGIN_BASED,
    .lipschitz = LK_CONSTANT(1),
    .axis = LK_AXIS_MARGIN,
    .n_kinks = 1,
    .kinks = {{LK_CONSTANT(0), 1}},
    .auxiliary_param = -1,
    .notes =
        "Scores of 0 for all rows have loss 0, so its minimum separates nothing: the perceptron "
        "algorithm, which counts m = 0 as a mistake, finds a separating line where there is one. "
        "The subgradient at the kink m = 0 is 0 here, -1 there. No bound of zero_one.",
    .elsewhere = "optax perceptron_loss: the same, not reduced. scikit-learn Perceptron and "
                 "SGDClassifier(loss=\"perceptron\"): the same, but the gradient at m = 0 is -y. "
                 "PyTorch and Keras have none.",
};

LK_FN jet perceptron(real input, real target, const real *p)
{
    (void)p;
    const real m = target * input;
    const int active = m < R(0);
    return jet_of_margin(target, active ? -m : R(0), active ? R(-1) : R(0), R(0));
}
