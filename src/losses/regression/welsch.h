/* Welsch loss: bounded; outliers lose their pull as fast as the tail of a Gaussian. */
#include "ratio.h"

static const lk_loss_info welsch_info = {
    .name = "welsch",
    .family = "regression",
    .title = "Welsch loss",
    .tex = "\\tfrac{c^2}{2}\\left(1-e^{-(r/c)^2}\\right)",
    .gradient_tex = "r\\,e^{-(r/c)^2}",
    .curvature_tex = "(1-2(r/c)^2)\\,e^{-(r/c)^2}",
    .fisher_tex = "e^{-(r/c)^2}",
    .upper_tex = "1",
    .source = "Dennis and Welsch, Comm. Statist. B 7 (1978) 345",
    .input = "prediction",
    .target = "any real",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_DIFFERENTIABLE | LK_SMOOTH | LK_LIPSCHITZ | LK_SYMMETRIC | LK_DISTANCE_BASED,
    .lipschitz = LK_TIMES(0.42888194248035339, 0),
    .n_params = 1,
    .params = {{.name = "c",
                .preset = 2.9846,
                .lowest = 1e-15,
                .highest = 1e15,
                .meaning = "residual scale beyond which the pull fades; 2.9846 gives 95 % "
                           "efficiency on unit Gaussian noise"}},
    .auxiliary_param = -1,
    .notes = "Not convex: curved downwards for |r| > c/sqrt(2). Bounded by c^2 / 2.",
    .elsewhere = "Barron's form (barron with alpha = -inf) is 1 - exp(-(r/c)^2 / 2): its c times "
                 "the root of 2 is c here, and this loss is its c^2 times as large. PyTorch, "
                 "Keras, optax and scikit-learn have none.",
};

/* The exponent goes in as a pair: its rounding alone would cost (r/c)^2 ULP. */
LK_FN jet welsch(real input, real target, const real *p)
{
    const real c = p[0], r = input - target, a = r_abs(r);
    const pair s = ratio_of(r, (pair){c, R(0)}).square;
    const int tiny = s.hi < RATIO_SMALL, below = s.hi < EXP_RANGE;
    const real x = below ? -s.hi : -EXP_RANGE, tail = below ? -s.lo : R(0);
    const real value = -half_square_times(c, (pair){r_expm1_tail(x, tail), R(0)});
    const real bend = r_fma(R(2), x, R(1)) + R(2) * tail;
    const real fall = r_exp_times(r_abs(bend), x, tail);
    const jet j =
        jet_of(tiny ? R(0.5) * r * r : value, r_copysign(below ? r_exp_times(a, x, tail) : R(0), r),
               below ? r_copysign(fall, bend) : R(0));
    return with_upper(with_fisher(j, below ? r_exp_neg_tail(x, tail) : R(0)), R(1));
}
