/* Geman-McClure loss: a bounded loss; the pull of outliers falls off with the cube. */
#include "pointwise.h"

static const lk_loss_info geman_mcclure_info = {
    .name = "geman_mcclure",
    .family = "regression",
    .title = "Geman-McClure loss",
    .tex = "\\frac{r^2/2}{1+r^2}",
    .gradient_tex = "\\frac{r}{(1+r^2)^2}",
    .curvature_tex = "\\frac{1-3r^2}{(1+r^2)^3}",
    .fisher_tex = "\\frac{1}{(1+r^2)^2}",
    .upper_tex = "1",
    .source = "Geman and McClure, Bull. Int. Statist. Inst. 52 (1987) 5",
    .input = "prediction",
    .target = "any real",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_DIFFERENTIABLE | LK_SMOOTH | LK_LIPSCHITZ | LK_SYMMETRIC | LK_BOUNDED |
              LK_DISTANCE_BASED,
    .lipschitz = LK_CONSTANT(0.32475952641916449),
    .bound = LK_CONSTANT(0.5),
    .auxiliary_param = -1,
    .notes = "Not convex: curved downwards for |r| > 1/sqrt(3). It has no scale of its own: divide "
             "the residuals by theirs.",
    .elsewhere = "Barron's form (barron with alpha = -2) has a scale: with c = 1/2 it is 4 times "
                 "this loss. PyTorch, Keras, optax and scikit-learn have none.",
};

/* Far out 1 + r^2 rounds to r^2, which with its powers might overflow: w = 1/|r| serves. */
LK_FN jet geman_mcclure(real input, real target, const real *p)
{
    (void)p;
    const real r = input - target, a = finite_size(r);
    const int far = a > R(0x1p30);
    const real x = far ? R(0) : r, q = x * x, d = r_fma(x, x, R(1)), w = R(1) / a, w2 = w * w;
    const real d_lo = q > R(1) ? r_fma(x, x, -d) + R(1) : r_fma(x, x, R(1) - d);
    const real d2 = r_fma(d, d, R(2) * d * d_lo); /* (1 + r^2)^2, rounded once */
    const real cube = w2 * w, thin = r_fma(cube, R(3) * r_fma(-w, a, R(1)), cube); /* 1/|r|^3 */
    const jet j = jet_of(far ? R(0.5) : R(0.5) * q / d, far ? r_copysign(thin, r) : x / d2,
                         far ? R(-3) * w2 * w2 : r_fma(R(-3) * x, x, R(1)) / d / d2);
    return with_upper(with_fisher(j, far ? w2 * w2 : R(1) / d2), R(1));
}
