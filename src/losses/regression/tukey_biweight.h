/* Tukey's biweight: outliers beyond c have no pull at all. */
#include "pointwise.h"

static const lk_loss_info tukey_biweight_info = {
    .name = "tukey_biweight",
    .family = "regression",
    .title = "Tukey's biweight loss",
    .tex = "\\tfrac{c^2}{6}\\left(1-\\max(0,1-u)^3\\right),\\quad u=(r/cs)^2",
    .gradient_tex = "\\frac{r}{s^2}\\max(0,1-u)^2",
    .curvature_tex = "\\frac{1}{s^2}\\max(0,1-u)(1-5u)",
    .fisher_tex = "\\frac{1}{s^2}\\max(0,1-u)^2",
    .upper_tex = "1/s^2",
    .source = "Beaton and Tukey, Technometrics 16 (1974) 147",
    .input = "prediction",
    .target = "any real",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_DIFFERENTIABLE | LK_SYMMETRIC | LK_DISTANCE_BASED,
    .n_kinks = 2,
    .kinks = {{LK_TIMES(-1, 0), 3}, {LK_TIMES(1, 0), 3}},
    .n_params = 2,
    .params = {{.name = "c",
                .preset = 4.6851,
                .lowest = 1e-15,
                .highest = 1e15,
                .meaning = "residual, in units of the scale, beyond which there is no pull; 4.6851 "
                           "gives 95 % efficiency on unit Gaussian noise"},
               {.name = "scale",
                .preset = 1,
                .lowest = 0x1p-126,
                .highest = 1e38,
                .named = {{"mad", 0}, {"mad_per_row", -1}},
                .meaning = "what residuals are divided by; mad: 1.4826 times their median absolute "
                           "deviation, of the whole input or of each row"}},
    .auxiliary = "scale",
    .auxiliary_meaning = "what the residual is divided by, more than 0",
    .auxiliary_domain = LK_ABOVE(0),
    .auxiliary_param = 1,
    .notes = "Not convex: curved downwards from c/sqrt(5), where the pull is strongest, 0.2862 c, "
             "up to c; bounded by c^2 / 6 (both in units of the scale, as are the kinks). The "
             "scale is a constant in the gradient. Start from a robust fit.",
    .elsewhere =
        "statsmodels TukeyBiweight: the same, with c = 4.685, of residuals that the caller has "
        "divided by their scale. Ceres TukeyLoss takes the squared residual and the solver halves "
        "it: the same, but half of it in old versions. PyTorch, Keras and scikit-learn have none.",
};

/* 1 - u cancels near u = 1, so u is a pair; below, 1 - (1 - u)^3 = 3u (1 - u + u^2/3) does not. */
LK_FN jet tukey_biweight(real input, real target, real scale, const real *p)
{
    const real c = p[0], s = scale, r = input - target, e = r / s;
    const real e_rest = -r_fma(e, s, -r) / s, e_lo = r_abs(e_rest) < R_INF ? e_rest : R(0);
    const int inside = (r_abs(e) - c) + (e > R(0) ? e_lo : -e_lo) < R(0);
    const real x = inside ? e : R(0), x_lo = inside ? e_lo : R(0);
    const real v = x / c, v_lo = (x_lo - r_fma(v, c, -x)) / c;
    const real u = v * v, u_lo = r_fma(R(2) * v, v_lo, r_fma(v, v, -u));
    const real w = inside ? (R(1) - u) - u_lo : R(0), w2 = w * w;
    const real half = R(0.5) * r_fma(x, x, R(2) * x * x_lo);
    const real near = r_fma(half, u * r_fma(u, R(0.333333333333333333), R(-1)), half);
    const real c2 = c * c, cap = c2 / R(6), y = r_fma(-w, w2, R(1));
    const real cap_lo = (r_fma(c, c, -c2) - r_fma(cap, R(6), -c2)) / R(6);
    const real far = r_fma(cap, y, cap_lo * y);
    const real five = r_fma(R(-5), u, R(1)) - R(5) * u_lo;
    const jet j = jet_of(w > R(0.5) ? near : far, x * w2 / s, w * five / s / s);
    return with_upper(with_fisher(j, w2 / s / s), R(1) / s / s);
}
