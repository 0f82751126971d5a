/* Softmax: scores to probabilities. */
#include "rows.h"

static const lk_loss_info softmax_info = {
    .name = "softmax",
    .family = "classes",
    .title = "Softmax",
    .tex = "p_j=e^{a_j}/\\textstyle\\sum_k e^{a_k}",
    .gradient_tex = "p\\odot(u-\\textstyle\\sum_k u_kp_k)",
    .curvature_tex = "p\\odot(1-2p)\\odot(u-\\textstyle\\sum_k u_kp_k)",
    .source = "Boltzmann, Wiener Berichte 58 (1868) 517",
    .input = "scores (logits)",
    .target = "none",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_DIFFERENTIABLE | LK_SMOOTH | LK_BOUNDED,
    .bound = LK_CONSTANT(1),
    .kind = LK_KIND_ROWS,
    .takes = LK_BIT(INPUT) | LK_BIT(UPSTREAM) | LK_BIT(VALUE) | LK_BIT(GRADIENT) |
             LK_BIT(CURVATURE) | LK_BIT(VECTOR) | LK_BIT(HESSIAN_VECTOR),
    .needs = LK_BIT(INPUT),
    .axis = LK_AXIS_INPUT,
    .notes =
        "A function, not a loss: value has the shape of input, and the derivatives are those of "
        "sum(upstream * value), which is also the result; the reduction plays no part.",
    .elsewhere = "PyTorch softmax and scipy.special.softmax: the same, NaN for a row of -inf "
                 "alone; SciPy takes all elements as one row unless axis is set.",
};

LK_FN log_jet softmax(real x, real q, real u, real unused, const real *p)
{
    (void)x;
    (void)unused;
    (void)p;
    const real uq = u * q;
    return (log_jet){.value = uq, .slope = uq, .bend = uq, .output = q};
}
