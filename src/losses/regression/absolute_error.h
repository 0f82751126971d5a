/* Absolute error: the loss whose best constant is the median. */
#include "pointwise.h"

static const lk_loss_info absolute_error_info = {
    .name = "absolute_error",
    .family = "regression",
    .title = "Absolute error",
    .tex = "|r|",
    .gradient_tex = "\\operatorname{sign} r",
    .curvature_tex = "0",
    .source = "Laplace, Mem. Acad. R. Sci. Paris 6 (1774) 621",
    .input = "prediction",
    .target = "any real",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_CONVEX | LK_LIPSCHITZ | LK_SYMMETRIC | LK_DISTANCE_BASED,
    .lipschitz = LK_CONSTANT(1),
    .n_kinks = 1,
    .kinks = {{LK_CONSTANT(0), 1}},
    .auxiliary_param = -1,
    .notes = "With mean reduction: MAE. The gradient at r = 0 is 0.",
    .elsewhere = "PyTorch l1_loss and Keras MeanAbsoluteError: the same. scikit-learn "
                 "AbsoluteError: the gradient at r = 0 is -1, and the curvature is given as 1. "
                 "LightGBM regression_l1: this loss.",
};

LK_FN jet absolute_error(real input, real target, const real *p)
{
    (void)p;
    const real r = input - target;
    return jet_of(r_abs(r), r == R(0) ? R(0) : r_copysign(R(1), r), R(0));
}
