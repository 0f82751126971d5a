/* Huber loss: quadratic near the target, linear beyond delta, so that outliers pull with bounded
 * force. */
#include "pointwise.h"

static const lk_loss_info huber_info = {
    .name = "huber",
    .family = "regression",
    .title = "Huber loss",
    .tex = "\\begin{cases}\\tfrac12 r^2 & |r|\\le\\delta\\\\ "
           "\\delta(|r|-\\tfrac12\\delta) & \\text{else}\\end{cases}",
    .gradient_tex = "\\max(-\\delta,\\min(r,\\delta))",
    .curvature_tex = "[|r|<\\delta]",
    .fisher_tex = "\\min(1,\\delta/|r|)",
    .upper_tex = "1",
    .source = "Huber, Ann. Math. Statist. 35 (1964) 73",
    .input = "prediction",
    .target = "any real",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_CONVEX | LK_DIFFERENTIABLE | LK_LIPSCHITZ | LK_SYMMETRIC | LK_DISTANCE_BASED,
    .lipschitz = LK_TIMES(1, 0),
    .n_kinks = 2,
    .kinks = {{LK_TIMES(-1, 0), 2}, {LK_TIMES(1, 0), 2}},
    .n_params = 1,
    .params = {{.name = "delta",
                .preset = 1.0,
                .lowest = 0x1p-126,
                .highest = 1e38,
                .meaning = "residual at which the loss turns linear"}},
    .auxiliary_param = -1,
    .notes = "Unscaled: the slope beyond delta is delta. As delta goes to 0 the loss goes to 0; "
             "only huber/delta tends to |r|. delta = 1.345 sigma gives 95 % efficiency on "
             "Gaussian noise. huber(delta) = delta * smooth_l1(beta = delta).",
    .elsewhere =
        "PyTorch huber_loss, Keras Huber, optax huber_loss and scipy.special.huber: the same (in "
        "SciPy delta comes first). scikit-learn HuberRegressor: epsilon = 1.35 counts in units of "
        "a scale that is fitted too; GradientBoostingRegressor(loss=\"huber\"): delta is the 0.9 "
        "quantile of the absolute residuals. LightGBM huber: alpha = 0.9 is delta, with curvature "
        "1 everywhere.",
};

LK_FN jet huber(real input, real target, const real *p)
{
    const real delta = p[0], r = input - target, a = r_abs(r);
    const int near = a < delta;
    const jet j = jet_of(near ? R(0.5) * r * r : delta * (a - R(0.5) * delta),
                         near ? r : r_copysign(delta, r), near ? R(1) : R(0));
    return with_upper(with_fisher(j, near ? R(1) : delta / a), R(1));
}
