/* Modified Huber loss: the squared hinge, made linear below margin -1 so that outliers pull with
 * bounded force. */
#include "pointwise.h"

static const lk_loss_info modified_huber_info = {
    .name = "modified_huber",
    .family = "margin",
    .title = "Modified Huber loss",
    .tex = "\\begin{cases}\\max(0,1-m)^2 & m\\ge-1\\\\ -4m & \\text{else}\\end{cases}",
    .gradient_tex = "-y\\min(4,2\\max(0,1-m))",
    .curvature_tex = "2\\,[-1\\le m<1]",
    .fisher_tex = "2\\,[-1\\le m<1]",
    .upper_tex = "2",
    .source = "Zhang, Ann. Statist. 32 (2004) 56",
    .input = "score",
    .target = "label, -1 or +1",
    .input_domain = LK_REALS,
    .target_domain = LK_EITHER(-1, 1),
    .traits = LK_CONVEX | LK_DIFFERENTIABLE | LK_LIPSCHITZ | LK_MARGIN_BASED | LK_BOUNDS_ZERO_ONE,
    .lipschitz = LK_CONSTANT(4),
    .axis = LK_AXIS_MARGIN,
    .n_kinks = 2,
    .kinks = {{LK_CONSTANT(-1), 2}, {LK_CONSTANT(1), 2}},
    .auxiliary_param = -1,
    .notes = "The minimiser gives a probability: (1 + max(-1, min(f, 1))) / 2.",
    .elsewhere = "scikit-learn SGDClassifier(loss=\"modified_huber\"): the same. PyTorch, Keras "
                 "and optax have none.",
};

LK_FN jet modified_huber(real input, real target, const real *p)
{
    (void)p;
    const real m = target * input, d = m < R(1) ? R(1) - m : R(0);
    const int square = m >= R(-1);
    const real bend = (square & (m < R(1))) ? R(2) : R(0);
    const jet j =
        jet_of_margin(target, square ? d * d : R(-4) * m, square ? R(-2) * d : R(-4), bend);
    return with_upper(with_fisher(j, bend), R(2));
}
