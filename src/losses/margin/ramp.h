/* Ramp loss: the hinge cut off at margin s, so that hopeless examples neither cost more nor pull.
 */
#include "pointwise.h"

static const lk_loss_info ramp_info = {
    .name = "ramp",
    .family = "margin",
    .title = "Ramp loss",
    .tex = "\\min(1-s,\\max(0,1-m))",
    .gradient_tex = "-y\\,[s<m<1]",
    .curvature_tex = "0",
    .source = "Collobert, Sinz, Weston and Bottou, ICML 2006",
    .input = "score",
    .target = "label, -1 or +1",
    .input_domain = LK_REALS,
    .target_domain = LK_EITHER(-1, 1),
    .traits = LK_LIPSCHITZ | LK_BOUNDED | LK_MARGIN_BASED,
    .lipschitz = LK_CONSTANT(1),
    .bound = {1, -1, 0},
    .axis = LK_AXIS_MARGIN,
    .n_kinks = 2,
    .kinks = {{LK_TIMES(1, 0), 1}, {LK_CONSTANT(1), 1}},
    .n_params = 1,
    .params = {{.name = "s",
                .preset = -0.5,
                .lowest = -1e38,
                .highest = 0x1.fffffep-1,
                .meaning = "margin below which the loss stays at 1 - s; less than 1"}},
    .auxiliary_param = -1,
    .notes = "The difference of two hinges: not convex. Never below zero_one for s <= 0, but below "
             "it for s > 0. The gradient is 0 at both kinks. Rule of thumb for C classes: "
             "s = -1/(C - 1).",
    .elsewhere = "PyTorch, Keras, optax and scikit-learn have none.",
};

LK_FN jet ramp(real input, real target, const real *p)
{
    const real s = p[0], m = target * input;
    const int active = (m > s) & (m < R(1));
    const real c = m > s ? m : s;
    return jet_of_margin(target, c < R(1) ? R(1) - c : R(0), active ? R(-1) : R(0), R(0));
}
