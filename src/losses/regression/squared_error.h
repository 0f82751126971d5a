/* Squared error: the loss whose best constant is the mean. */
#include "pointwise.h"

static const lk_loss_info squared_error_info = {
    .name = "squared_error",
    .family = "regression",
    .title = "Squared error",
    .tex = "r^2",
    .gradient_tex = "2r",
    .curvature_tex = "2",
    .fisher_tex = "2",
    .upper_tex = "2",
    .source = "Gauss, Theoria motus (1809)",
    .input = "prediction",
    .target = "any real",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits =
        LK_CONVEX | LK_DIFFERENTIABLE | LK_SMOOTH | LK_SYMMETRIC | LK_DISTANCE_BASED | LK_PROPER,
    .n_params = 1,
    .params = {{.name = "half",
                .preset = 0,
                .lowest = 0,
                .highest = 1,
                .named = {{"no", 0}, {"yes", 1}},
                .meaning = "1: half the square, so that the gradient is r (quadratic cost)"}},
    .auxiliary_param = -1,
    .notes = "With mean reduction: MSE. All formulas are halved with half.",
    .elsewhere = "PyTorch mse_loss and Keras MeanSquaredError: the same. optax squared_error: the "
                 "same, not reduced; its l2_loss is half of it, as are scikit-learn "
                 "HalfSquaredError and what XGBoost reg:squarederror takes the gradient of. Caffe "
                 "EuclideanLoss divides the half by the rows of the batch, not by the elements.",
};

LK_FN jet squared_error(real input, real target, const real *p)
{
    const real r = input - target, k = p[0] > R(0.5) ? R(0.5) : R(1), two = k + k;
    return with_upper(with_fisher(jet_of(k * r * r, two * r, two), two), two);
}
