/* Squared logarithmic error: the squared error of log(1 + .), for targets that span magnitudes. */
#include "pointwise.h"

static const lk_loss_info squared_log_error_info = {
    .name = "squared_log_error",
    .family = "regression",
    .title = "Squared logarithmic error",
    .tex = "D^2,\\quad D=\\log(1+x)-\\log(1+t)",
    .gradient_tex = "\\frac{2D}{1+x}",
    .curvature_tex = "\\frac{2(1-D)}{(1+x)^2}",
    .fisher_tex = "\\frac{2}{(1+x)^2}",
    .target_gradient_tex = "-\\frac{2D}{1+t}",
    .source = "Tornqvist, Vartia and Vartia, Am. Stat. 39 (1985) 43",
    .input = "prediction, above -1",
    .target = "number above -1",
    .input_domain = LK_ABOVE(-1),
    .target_domain = LK_ABOVE(-1),
    .traits = LK_DIFFERENTIABLE | LK_SMOOTH,
    .axis = LK_AXIS_INPUT,
    .auxiliary_param = -1,
    .notes = "With mean reduction: MSLE; its root is RMSLE. Not convex: curved downwards where "
             "1 + x exceeds e (1 + t). Too low a prediction costs more than one as much too high.",
    .elsewhere =
        "Keras MeanSquaredLogarithmicError: the same, but inputs and targets below 1e-7 are raised "
        "to it. scikit-learn mean_squared_log_error: the same, as a metric. XGBoost "
        "reg:squaredlogerror: half of it, and the curvature is raised to 1e-6. PyTorch has none.",
};

/* |D| = log1p(q), q = |r| / (1 + min(x, t)), which does not cancel as the difference does. q can
 * overflow only where |r| is large: there both it and the 1 are scaled by 2^-64. */
LK_FN jet squared_log_error(real input, real target, const real *p)
{
    (void)p;
    const real r = input - target, a = r_abs(r), least = r > R(0) ? target : input;
    const real base = R(1) + least, most = least > R(1) ? least : R(1);
    const real base_lo = (most - base) + (least > R(1) ? R(1) : least);
    const int huge = a > R(0x1p60);
    const real unit = huge ? R(0x1p-64) : R(1), as = a * unit;
    const real q = as / base, q_lo = -r_fma(q, base_lo, r_fma(q, base, -as)) / base;
    const real w = unit + q, large = q > unit ? q : unit, little = q > unit ? unit : q;
    const pair l = r_log_pair(w, (large - w) + little, huge ? R(64) : R(0));
    const real lo = l.lo + q_lo / w, size = l.hi + lo, size_lo = (l.hi - size) + lo;
    const real d = r_copysign(size, r), x1 = R(1) + input, t1 = R(1) + target;
    const jet j = jet_of(r_fma(size, size, R(2) * size * size_lo), R(2) * d / x1,
                         R(2) * (R(1) - d) / x1 / x1);
    return with_target_gradient(with_fisher(j, R(2) / x1 / x1), R(-2) * d / t1);
}
