/* Logistic loss: the negative log-likelihood of a label under a sigmoid, as a function of the
 * margin. */
#include "pointwise.h"

static const lk_loss_info logistic_info = {
    .name = "logistic",
    .family = "margin",
    .title = "Logistic loss",
    .tex = "\\log(1+e^{-m})",
    .gradient_tex = "-y\\,\\sigma(-m)",
    .curvature_tex = "\\sigma(m)\\sigma(-m)",
    .fisher_tex = "\\sigma(m)\\sigma(-m)",
    .upper_tex = "\\tfrac14",
    .source = "Cox, J. R. Statist. Soc. B 20 (1958) 215",
    .input = "score (logit)",
    .target = "label, -1 or +1",
    .input_domain = LK_REALS,
    .target_domain = LK_EITHER(-1, 1),
    .traits =
        LK_CONVEX | LK_DIFFERENTIABLE | LK_SMOOTH | LK_LIPSCHITZ | LK_MARGIN_BASED | LK_PROPER,
    .lipschitz = {1, 0.442695040888963407, 0},
    .axis = LK_AXIS_MARGIN,
    .n_params = 1,
    .params = {{.name = "base2",
                .preset = 0,
                .lowest = 0,
                .highest = 1,
                .named = {{"no", 0}, {"yes", 1}},
                .meaning = "1: logarithm in base 2 (the loss divided by ln 2), so that L(0) = 1"}},
    .auxiliary_param = -1,
    .notes = "Bounds zero_one from above only in base 2: L(0) is ln 2 in base e. Everything is "
             "divided by ln 2 with base2.",
    .elsewhere = "PyTorch soft_margin_loss: the same, but in f32 it is inf below a margin of about "
                 "-88. optax sigmoid_binary_cross_entropy, XGBoost binary:logistic and "
                 "scikit-learn HalfBinomialLoss: the same values for labels 0 and 1.",
};

LK_FN jet logistic(real input, real target, const real *p)
{
    const real m = target * input, e = r_exp_neg(-r_abs(m)), d = R(1) + e;
    const real k = p[0] > R(0.5) ? R(1.44269504088896340736) : R(1);
    const real curvature = k * (e / (d * d));
    const jet j = jet_of_margin(target, k * (r_max(-m, R(0)) + r_log1p_unit(e)),
                                -k * ((m > R(0) ? e : R(1)) / d), curvature);
    return with_upper(with_fisher(j, curvature), R(0.25) * k);
}
