/* Tweedie loss: the deviance of a target that is 0 or positive and skewed (compound Poisson-gamma)
 * under the logarithm of its mean. */
#include "log_link.h"

static const lk_loss_info tweedie_info = {
    .name = "tweedie",
    .family = "regression",
    .title = "Tweedie negative log-likelihood",
    .tex = "\\frac{t\\,e^{(1-p)x}}{p-1}+\\frac{e^{(2-p)x}}{2-p}",
    .gradient_tex = "e^{(2-p)x}-t\\,e^{(1-p)x}",
    .curvature_tex = "(p-1)\\,t\\,e^{(1-p)x}+(2-p)\\,e^{(2-p)x}",
    .fisher_tex = "e^{(2-p)x}",
    .target_gradient_tex = "\\frac{e^{(1-p)x}}{p-1}",
    .source = "Jorgensen, J. R. Statist. Soc. B 49 (1987) 127",
    .input = "logarithm of the predicted mean",
    .target = "number at least 0",
    .input_domain = LK_REALS,
    .target_domain = LK_CLOSED(0, HUGE_VAL),
    .traits = LK_CONVEX | LK_DIFFERENTIABLE | LK_SMOOTH | LK_PROPER,
    .axis = LK_AXIS_INPUT,
    .n_params = 1,
    .params = {{.name = "power",
                .preset = 1.5,
                .lowest = 1.001,
                .highest = 1.999,
                .meaning = "p: the variance is proportional to this power of the mean; towards 1 "
                           "Poisson, towards 2 gamma"}},
    .auxiliary_param = -1,
    .notes = "Half the deviance up to terms in t alone. The input is the logarithm of the mean, "
             "not the mean; predict with its exponential.",
    .elsewhere = "scikit-learn HalfTweedieLoss and LightGBM tweedie: the same up to terms of the "
                 "target; LightGBM calls the power tweedie_variance_power, 1.5 unless set. "
                 "scikit-learn TweedieRegressor: the power is 0 unless set, which is squared "
                 "error. PyTorch and Keras have none.",
};

#if LK_REAL == 32
#define TWEEDIE_MANY R(0x1p30) /* (e - 1) / e rounds to 1 */
#else
#define TWEEDIE_MANY R(0x1p60)
#endif

/* 1 - p and 2 - p are exact; their products with x are pairs, whose rounding alone would cost as
 * many ULP as they are large. The gradient is e^((2-p)x) (1 - f), f = t e^-x, or, where f > 2,
 * t e^((1-p)x) (1/f - 1): the difference is exact and the factor bounded. */
LK_FN jet tweedie(real input, real target, const real *p)
{
    const real x = input, t = target, less = p[0] - R(1), more = R(2) - p[0];
    const real ax = -less * x, ax_lo = r_fma(-less, x, -ax), bx = more * x;
    const real bx_lo = r_fma(more, x, -bx);
    const exp_product a = exp_product_of(t, ax, ax_lo), b = exp_product_of(R(1), bx, bx_lo);
    const exp_product f = exp_product_of(t, -x, NO_TAIL);
    const real many = times(R(1), f), excess = plus(f, R(-1), R(0));
    const int above = many > R(2);
    const exp_product e = exp_product_of(above ? R(0) : r_abs(excess), bx, bx_lo);
    const real part = many < TWEEDIE_MANY ? excess / many : R(1);
    const real slope = above ? times(part, a) : r_copysign(times(R(1), e), excess);
    const jet j = jet_of(times(R(1) / less, a) + times(R(1) / more, b), -slope,
                         times(less, a) + times(more, b));
    const exp_product unit = exp_product_of(R(1), ax, ax_lo);
    return with_target_gradient(with_fisher(j, times(R(1), b)), times(R(1) / less, unit));
}
