/* Pseudo-Huber loss: a smooth Huber loss, quadratic near the target and linear far out. */
#include "hypotenuse.h"

static const lk_loss_info pseudo_huber_info = {
    .name = "pseudo_huber",
    .family = "regression",
    .title = "Pseudo-Huber loss",
    .tex = "\\delta^2\\left(\\sqrt{1+(r/\\delta)^2}-1\\right)",
    .gradient_tex = "\\frac{r}{\\sqrt{1+(r/\\delta)^2}}",
    .curvature_tex = "(1+(r/\\delta)^2)^{-3/2}",
    .fisher_tex = "(1+(r/\\delta)^2)^{-1/2}",
    .upper_tex = "1",
    .source = "Hartley and Zisserman, Multiple View Geometry (2003), A6.8",
    .input = "prediction",
    .target = "any real",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits =
        LK_CONVEX | LK_DIFFERENTIABLE | LK_SMOOTH | LK_LIPSCHITZ | LK_SYMMETRIC | LK_DISTANCE_BASED,
    .lipschitz = LK_TIMES(1, 0),
    .n_params = 1,
    .params = {{.name = "delta",
                .preset = 1,
                .lowest = 0x1p-126,
                .highest = 1e38,
                .meaning = "residual scale at which the loss turns linear"}},
    .auxiliary_param = -1,
    .notes = "Half of r^2 near 0, delta |r| - delta^2 far out: as with huber the slope is delta "
             "there. delta times charbonnier(epsilon = delta), less delta^2.",
    .elsewhere = "scipy.special.pseudo_huber(delta, r): the same. "
                 "scipy.optimize.least_squares(loss=\"soft_l1\"): the same as its cost, f_scale is "
                 "delta. XGBoost reg:pseudohubererror: the same, huber_slope is delta. PyTorch, "
                 "Keras and optax have none.",
};

/* With h = hypot(r, delta) the value is delta r^2 / (h + delta), which does not cancel. The larger
 * of |r| and delta over h or h + delta is of order 1, so no factor on the way can overflow. */
LK_FN jet pseudo_huber(real input, real target, const real *p)
{
    const real delta = p[0], r = input - target, a = r_abs(r);
    const real least = a > delta ? delta : a, most = r_max(finite_size(r), delta);
    const hypotenuse h = hypotenuse_of(r, delta);
    const real x = most * h.up * h.down, d = delta * h.up * h.down;
    const real weight = over_hypotenuse(delta, h);
    const jet j = jet_of(least * (a * (x / (h.length + d))), r_copysign(least * (x / h.length), r),
                         d / h.length * (d * (d / h.square)));
    return with_upper(with_fisher(j, weight), R(1));
}
