/* Gamma loss: the deviance of a positive, right-skewed target under the logarithm of its mean. */
#include "log_link.h"

static const lk_loss_info gamma_info = {
    .name = "gamma",
    .family = "regression",
    .title = "Gamma negative log-likelihood",
    .tex = "x+t\\,e^{-x}",
    .gradient_tex = "1-t\\,e^{-x}",
    .curvature_tex = "t\\,e^{-x}",
    .fisher_tex = "1",
    .target_gradient_tex = "e^{-x}",
    .source = "Nelder and Wedderburn, J. R. Statist. Soc. A 135 (1972) 370",
    .input = "logarithm of the predicted mean",
    .target = "number above 0",
    .input_domain = LK_REALS,
    .target_domain = LK_ABOVE(0),
    .traits = LK_CONVEX | LK_DIFFERENTIABLE | LK_SMOOTH | LK_PROPER,
    .axis = LK_AXIS_INPUT,
    .auxiliary_param = -1,
    .notes = "Half the deviance up to terms in t alone. The value may be negative. Scaling the "
             "target only shifts the input.",
    .elsewhere = "scikit-learn HalfGammaLoss and LightGBM gamma: the same. scikit-learn "
                 "mean_gamma_deviance is a metric of means, not of their logarithms, and twice "
                 "this up to terms of the target. PyTorch and Keras have none.",
};

/* <math.h> may declare an obsolete function gamma. */
#define gamma(input, target, p) gamma_loss(input, target, p)

LK_FN jet gamma_loss(real input, real target, const real *p)
{
    (void)p;
    const exp_product e = exp_product_of(target, -input, NO_TAIL);
    const jet j = jet_of(plus(e, input, R(0)), -plus(e, R(-1), R(0)), times(R(1), e));
    return with_target_gradient(with_fisher(j, R(1)), r_exp(-input));
}
