/* Gaussian negative log-likelihood: squared error weighed by a predicted variance, which pays for
 * being large. */
#include "pointwise.h"

static const lk_loss_info gaussian_nll_info = {
    .name = "gaussian_nll",
    .family = "regression",
    .title = "Gaussian negative log-likelihood",
    .tex = "\\tfrac12\\left(\\log v+\\frac{r^2}{v}\\right),\\quad v=\\max(\\mathrm{var},\\epsilon)",
    .gradient_tex = "r/v",
    .curvature_tex = "1/v",
    .fisher_tex = "1/v",
    .upper_tex = "1/v",
    .source = "Nix and Weigend, IEEE ICNN 1994, 55",
    .input = "predicted mean",
    .target = "any real",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits =
        LK_CONVEX | LK_DIFFERENTIABLE | LK_SMOOTH | LK_SYMMETRIC | LK_DISTANCE_BASED | LK_PROPER,
    .n_params = 2,
    .params = {{.name = "epsilon",
                .preset = 1e-6,
                .lowest = 0x1p-126,
                .highest = 1e38,
                .meaning = "smallest variance; smaller ones are raised to it"},
               {.name = "full",
                .preset = 0,
                .lowest = 0,
                .highest = 1,
                .named = {{"no", 0}, {"yes", 1}},
                .meaning = "1: adds the constant log(2 pi) / 2"}},
    .auxiliary = "variance",
    .auxiliary_meaning = "predicted variance, at least 0",
    .auxiliary_gradient_tex = "\\tfrac12\\left(\\frac1v-\\frac{r^2}{v^2}\\right)",
    .auxiliary_domain = LK_CLOSED(0, HUGE_VAL),
    .auxiliary_param = -1,
    .notes = "The value may be negative. The gradient of the variance passes through the raising "
             "to epsilon unchanged, so that a variance below it can grow again.",
    .elsewhere = "PyTorch gaussian_nll_loss: the same, with variances raised to eps = 1e-6. Keras, "
                 "optax and scikit-learn have none.",
};

#define LOG_2PI R(1.83787706640934548356)
#if LK_REAL == 32
#define LOG_2PI_LO R(2.2706238463e-9)
#else
#define LOG_2PI_LO R(-7.7568316117e-17)
#endif

/* a + b = hi + lo. */
LK_FN pair two_sum(real a, real b)
{
    const real hi = a + b, c = hi - a;
    return (pair){hi, (a - (hi - c)) + (b - c)};
}

/* log v and r^2 / v cancel, and so do 1 and r^2 / v: they are pairs, z the half of the latter. */
LK_FN jet gaussian_nll(real input, real target, real variance, const real *p)
{
    const real r = input - target, v = r_max(variance, p[0]), full = p[1] > R(0.5) ? R(0.5) : R(0);
    const real q = r / v, half = R(0.5) * r, z = q * half, q_lo = -r_fma(q, v, -r) / v;
    const int moderate = z < R(0x1p64);
    const real z_lo = moderate ? r_fma(q_lo, half, r_fma(q, half, -z)) : R(0);
    const pair l = r_log_pair(v, R(0), R(0)), c = two_sum(R(0.5) * l.hi, full * LOG_2PI);
    const real rest = c.lo + r_fma(full, LOG_2PI_LO, R(0.5) * l.lo);
    const pair sum = two_sum(c.hi, moderate ? z : R(0));
    const real inverse = R(1) / v, near = ((R(0.5) - z) - z_lo) / v;
    const jet j = jet_of(moderate ? sum.hi + (sum.lo + (rest + z_lo)) : z + c.hi, q, inverse);
    return with_auxiliary_gradient(with_upper(with_fisher(j, inverse), inverse),
                                   moderate ? near : R(-0.5) * q * q);
}
