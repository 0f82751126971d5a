/* Epsilon-insensitive loss: absolute error beyond a tube in which errors cost nothing; the loss of
 * support vector regression. */
#include "pointwise.h"

static const lk_loss_info epsilon_insensitive_info = {
    .name = "epsilon_insensitive",
    .family = "regression",
    .title = "Epsilon-insensitive loss",
    .tex = "\\max(0,|r|-\\epsilon)",
    .gradient_tex = "\\operatorname{sign}(r)\\,[|r|>\\epsilon]",
    .curvature_tex = "0",
    .source = "Vapnik, The Nature of Statistical Learning Theory (1995)",
    .input = "prediction",
    .target = "any real",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_CONVEX | LK_LIPSCHITZ | LK_SYMMETRIC | LK_DISTANCE_BASED,
    .lipschitz = LK_CONSTANT(1),
    .n_kinks = 2,
    .kinks = {{LK_TIMES(-1, 0), 1}, {LK_TIMES(1, 0), 1}},
    .n_params = 1,
    .params = {{.name = "epsilon",
                .preset = 0.1,
                .lowest = 0,
                .highest = 1e38,
                .meaning = "half width of the tube; 0 is absolute_error"}},
    .auxiliary_param = -1,
    .notes = "The gradient is 0 inside the tube and at its edge.",
    .elsewhere = "scikit-learn SVR, LinearSVR and SGDRegressor: the same; epsilon is 0.1 unless "
                 "set, but 0 in LinearSVR. PyTorch, Keras and optax have none.",
};

LK_FN jet epsilon_insensitive(real input, real target, const real *p)
{
    const real epsilon = p[0], r = input - target, a = r_abs(r);
    const int beyond = a > epsilon;
    return jet_of(beyond ? a - epsilon : R(0), beyond ? r_copysign(R(1), r) : R(0), R(0));
}
