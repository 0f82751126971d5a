/* Log-softmax: scores to logarithms of probabilities. */
#include "rows.h"

static const lk_loss_info log_softmax_info = {
    .name = "log_softmax",
    .family = "classes",
    .title = "Log-softmax",
    .tex = "a_j-\\log\\textstyle\\sum_k e^{a_k}",
    .gradient_tex = "u-p\\textstyle\\sum_k u_k",
    .curvature_tex = "-p\\odot(1-p)\\textstyle\\sum_k u_k",
    .source = "Bridle, Neurocomputing NATO ASI 68 (1990) 227",
    .input = "scores (logits)",
    .target = "none",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_DIFFERENTIABLE | LK_SMOOTH,
    .kind = LK_KIND_ROWS,
    .takes = LK_BIT(INPUT) | LK_BIT(UPSTREAM) | LK_BIT(VALUE) | LK_BIT(GRADIENT) |
             LK_BIT(CURVATURE) | LK_BIT(VECTOR) | LK_BIT(HESSIAN_VECTOR),
    .needs = LK_BIT(INPUT),
    .axis = LK_AXIS_INPUT,
    .notes =
        "A function, not a loss: value has the shape of input, and the derivatives are those of "
        "sum(upstream * value), which is also the result; the reduction plays no part.",
    .elsewhere = "PyTorch log_softmax and scipy.special.log_softmax: the same; SciPy takes all "
                 "elements as one row unless axis is set.",
};

/* A masked class takes no part in the sum unless its upstream gradient does. */
LK_FN log_jet log_softmax(real x, real q, real u, real unused, const real *p)
{
    (void)q;
    (void)unused;
    (void)p;
    return (log_jet){.value = u == R(0) ? R(0) : u * x, .slope = u, .bend = R(0), .output = x};
}
