/* Exponential loss: the loss that AdaBoost minimises stage by stage. */
#include "pointwise.h"

static const lk_loss_info exponential_info = {
    .name = "exponential",
    .family = "margin",
    .title = "Exponential loss",
    .tex = "e^{-m}",
    .gradient_tex = "-y\\,e^{-m}",
    .curvature_tex = "e^{-m}",
    .fisher_tex = "e^{-m}",
    .source = "Friedman, Hastie and Tibshirani, Ann. Statist. 28 (2000) 337",
    .input = "score",
    .target = "label, -1 or +1",
    .input_domain = LK_REALS,
    .target_domain = LK_EITHER(-1, 1),
    .traits = LK_CONVEX | LK_DIFFERENTIABLE | LK_SMOOTH | LK_MARGIN_BASED | LK_BOUNDS_ZERO_ONE,
    .axis = LK_AXIS_MARGIN,
    .auxiliary_param = -1,
    .notes = "A row far on the wrong side outweighs all others: labels must be clean. Overflows to "
             "+inf (gradient -inf times y) below m = -88.72 in f32 and -709.78 in f64.",
    .elsewhere = "scikit-learn ExponentialLoss (GradientBoostingClassifier): the same, for labels "
                 "0 and 1 and all between. PyTorch, Keras and optax have none.",
};

LK_FN jet exponential(real input, real target, const real *p)
{
    (void)p;
    const real e = r_exp(-(target * input));
    return with_fisher(jet_of_margin(target, e, -e, e), e);
}
