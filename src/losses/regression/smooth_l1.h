/* Smooth L1 loss: absolute error with its corner rounded within beta of the target. */
#include "pointwise.h"

static const lk_loss_info smooth_l1_info = {
    .name = "smooth_l1",
    .family = "regression",
    .title = "Smooth L1 loss",
    .tex = "\\begin{cases}\\frac{r^2}{2\\beta} & |r|<\\beta\\\\ "
           "|r|-\\tfrac12\\beta & \\text{else}\\end{cases}",
    .gradient_tex = "\\max(-1,\\min(r/\\beta,1))",
    .curvature_tex = "[|r|<\\beta]/\\beta",
    .fisher_tex = "1/\\max(|r|,\\beta)",
    .upper_tex = "1/\\beta",
    .source = "Girshick, ICCV 2015, arXiv:1504.08083",
    .input = "prediction",
    .target = "any real",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_CONVEX | LK_DIFFERENTIABLE | LK_LIPSCHITZ | LK_SYMMETRIC | LK_DISTANCE_BASED,
    .lipschitz = LK_CONSTANT(1),
    .n_kinks = 2,
    .kinks = {{LK_TIMES(-1, 0), 2}, {LK_TIMES(1, 0), 2}},
    .n_params = 1,
    .params = {{.name = "beta",
                .preset = 1,
                .lowest = 0x1p-126,
                .highest = 1e38,
                .named = {{"absolute", 0}},
                .meaning = "residual at which the loss turns linear; 0: absolute_error"}},
    .auxiliary_param = -1,
    .notes = "huber(delta) = delta * smooth_l1(beta = delta). With beta = 0 the gradient jumps at "
             "r = 0, where it is 0, and the weight 1/|r| and the upper bound are infinite there.",
    .elsewhere = "PyTorch smooth_l1_loss: the same, beta = 1 and beta = 0 included; its huber_loss "
                 "is beta times this. MXNet HuberLoss is this loss, its rho is beta. Keras and "
                 "optax have Huber alone.",
};

LK_FN jet smooth_l1(real input, real target, const real *p)
{
    const real beta = p[0], r = input - target, a = r_abs(r), slope = r / beta;
    const int near = a < beta;
    const real sign = r == R(0) ? R(0) : r_copysign(R(1), r);
    const jet j = jet_of(near ? R(0.5) * (r * slope) : a - R(0.5) * beta, near ? slope : sign,
                         near ? R(1) / beta : R(0));
    return with_upper(with_fisher(j, R(1) / r_max(a, beta)), R(1) / beta);
}
