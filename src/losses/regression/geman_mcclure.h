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
};

/* w = min(|r|, 1/|r|): no power of a large number is formed. */
LK_FN jet geman_mcclure(real input, real target, const real *p)
{
    (void)p;
    const real r = input - target, a = r_abs(r);
    const int far = a > R(1);
    const real w = far ? R(1) / a : a, w2 = w * w, d = r_fma(w, w, R(1));
    const real share = (far ? w2 : R(1)) / d; /* 1 / (1 + r^2) */
    const real bend = far ? w2 - R(3) : r_fma(R(-3) * w, w, R(1));
    const jet j = jet_of(R(0.5) * (far ? R(1) : w2) / d,
                         r_copysign((far ? w2 * w : w) / (d * d), r),
                         (far ? w2 * w2 : R(1)) * bend / (d * d * d));
    return with_upper(with_fisher(j, share * share), R(1));
}
