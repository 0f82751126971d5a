/* Cauchy (Lorentzian) loss: the negative log-likelihood of a Cauchy distribution; far outliers lose
 * their pull. */
#include "ratio.h"

static const lk_loss_info cauchy_info = {
    .name = "cauchy",
    .family = "regression",
    .title = "Cauchy (Lorentzian) loss",
    .tex = "\\tfrac{c^2}{2}\\log(1+(r/c)^2)",
    .gradient_tex = "\\frac{r}{1+(r/c)^2}",
    .curvature_tex = "\\frac{1-(r/c)^2}{(1+(r/c)^2)^2}",
    .fisher_tex = "\\frac{1}{1+(r/c)^2}",
    .upper_tex = "1",
    .source = "Holland and Welsch, Comm. Statist. A 6 (1977) 813",
    .input = "prediction",
    .target = "any real",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_DIFFERENTIABLE | LK_SMOOTH | LK_LIPSCHITZ | LK_SYMMETRIC | LK_DISTANCE_BASED,
    .lipschitz = LK_TIMES(0.5, 0),
    .n_params = 1,
    .params = {{.name = "c",
                .preset = 2.3849,
                .lowest = 1e-15,
                .highest = 1e15,
                .meaning = "residual at which the pull is strongest; 2.3849 gives 95 % efficiency "
                           "on unit Gaussian noise"}},
    .auxiliary_param = -1,
    .notes = "Not convex: curved downwards for |r| > c.",
    .elsewhere =
        "scipy.optimize.least_squares(loss=\"cauchy\"): the same as its cost, f_scale is c. Ceres "
        "CauchyLoss: the same after the solver's halving. Barron's form (barron with alpha = 0) "
        "has half of the square in the logarithm: its c times the root of 2 is c here, and this "
        "loss is its c^2 times as large. PyTorch, Keras and optax have none.",
};

/* w = min(|r/c|, |c/r|): derivatives in it never square a large number. */
LK_FN jet cauchy(real input, real target, const real *p)
{
    const real r = input - target, a = finite_size(r);
    const pair c = {p[0], R(0)};
    const ratio q = ratio_of(a, c);
    const int tiny = q.square.hi < RATIO_SMALL;
    const int far = a > c.hi;
    const real finite = tiny ? R(0.5) * r * r : half_square_times(c.hi, ratio_log1p(a, c, q));
    const real w = far ? c.hi / a : a / c.hi, w2 = w * w, d = r_fma(w, w, R(1));
    const real bend = r_fma(-w, w, R(1)) / (d * d);
    const real weight = ratio_is_large(r, c) ? w2 : R(1) / (R(1) + q.square.hi);
    const jet j = jet_of(r_abs(r) < R_INF ? finite : R_INF, r_copysign((far ? c.hi * w : a) / d, r),
                         far ? -w2 * bend : bend);
    return with_upper(with_fisher(j, weight), R(1));
}
