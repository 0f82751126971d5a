/* Quantile (pinball) loss: the loss whose best constant is the q-quantile. */
#include "pointwise.h"

static const lk_loss_info quantile_info = {
    .name = "quantile",
    .family = "regression",
    .title = "Quantile (pinball) loss",
    .tex = "\\max((1-q)\\,r,-q\\,r)",
    .gradient_tex = "\\begin{cases}1-q & r>0\\\\ -q & r<0\\end{cases}",
    .curvature_tex = "0",
    .source = "Koenker and Bassett, Econometrica 46 (1978) 33",
    .input = "prediction",
    .target = "any real",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_CONVEX | LK_LIPSCHITZ | LK_DISTANCE_BASED,
    .lipschitz = LK_CONSTANT(1),
    .n_kinks = 1,
    .kinks = {{LK_CONSTANT(0), 1}},
    .n_params = 1,
    .params = {{.name = "q",
                .preset = 0.5,
                .lowest = 0,
                .highest = 1,
                .meaning = "the quantile; more than 1/2 makes too low a prediction cost more"}},
    .auxiliary_param = -1,
    .notes = "q = 1/2 is half of absolute_error. The gradient at r = 0 is 0.",
    .elsewhere =
        "scikit-learn PinballLoss and mean_pinball_loss: the same, with gradient -q at r = 0. "
        "LightGBM quantile: the same; its alpha is 0.9 unless set. XGBoost reg:quantileerror: one "
        "output for each quantile of quantile_alpha. PyTorch and Keras have none.",
};

LK_FN jet quantile(real input, real target, const real *p)
{
    const real q = p[0], r = input - target;
    const real slope = r > R(0) ? R(1) - q : -q;
    const real s = slope == R(0) ? R(0) : r; /* 0 * inf must not become NaN */
    return jet_of(r_abs(slope * s), r == R(0) ? R(0) : slope, R(0));
}
