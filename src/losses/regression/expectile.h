/* Expectile loss: squared error with a different weight on either side; the quantile loss's smooth
 * relative. */
#include "pointwise.h"

static const lk_loss_info expectile_info = {
    .name = "expectile",
    .family = "regression",
    .title = "Expectile loss",
    .tex = "|\\tau-[r>0]|\\,r^2",
    .gradient_tex = "2\\,|\\tau-[r>0]|\\,r",
    .curvature_tex = "2\\,|\\tau-[r>0]|",
    .fisher_tex = "2\\,|\\tau-[r>0]|",
    .upper_tex = "2\\max(\\tau,1-\\tau)",
    .source = "Newey and Powell, Econometrica 55 (1987) 819",
    .input = "prediction",
    .target = "any real",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_CONVEX | LK_DIFFERENTIABLE | LK_DISTANCE_BASED,
    .n_kinks = 1,
    .kinks = {{LK_CONSTANT(0), 2}},
    .n_params = 1,
    .params = {{.name = "tau",
                .preset = 0.5,
                .lowest = 0,
                .highest = 1,
                .meaning = "the expectile; more than 1/2 makes too low a prediction cost more"}},
    .auxiliary_param = -1,
    .notes = "tau = 1/2 is half of squared_error, with the mean as best constant.",
    .elsewhere = "XGBoost reg:expectileerror, in recent versions: one output for each expectile of "
                 "expectile_alpha. PyTorch, Keras, optax and scikit-learn have none.",
};

LK_FN jet expectile(real input, real target, const real *p)
{
    const real tau = p[0], r = input - target, rest = R(1) - tau;
    const real k = r > R(0) ? rest : tau, two = k + k;
    const real s = k == R(0) ? R(0) : r; /* 0 * inf must not become NaN */
    const jet j = jet_of(k * s * s, two * s, two);
    return with_upper(with_fisher(j, two), R(2) * r_max(tau, rest));
}
