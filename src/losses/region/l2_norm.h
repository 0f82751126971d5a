/* Norm of the residuals of a group: their Euclidean length. */
#include "region.h"

static const lk_loss_info l2_norm_info = {
    .name = "l2_norm",
    .family = "region",
    .title = "L2 norm of the residuals",
    .tex = "|r|=\\sqrt{\\textstyle\\sum_i r_i^2}",
    .gradient_tex = "r_i/|r|",
    .curvature_tex = "(1-r_i^2/|r|^2)/|r|",
    .target_gradient_tex = "-r_i/|r|",
    .source = "Legendre 1805; as a norm, Minkowski 1896",
    .input = "prediction",
    .target = "any real; absent: 0",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_CONVEX | LK_LIPSCHITZ | LK_SYMMETRIC | LK_DISTANCE_BASED,
    .lipschitz = LK_CONSTANT(1),
    .axis = LK_AXIS_RESIDUAL,
    .n_kinks = 1,
    .kinks = {{LK_CONSTANT(0), 1}},
    .n_params = 0,
    .auxiliary_param = -1,
    .kind = LK_KIND_REGION,
    .takes = LK_REGION_ARGUMENTS | LK_BIT(TARGET_GRADIENT),
    .needs = LK_BIT(INPUT),
    .notes = "Not squared: the squares neither overflow nor vanish whatever the size of the "
             "residuals. Gradient and curvature are 0 where all residuals are 0 (the root of a sum "
             "of squares differentiated step by step gives NaN there).",
    .elsewhere = "PyTorch linalg.vector_norm of the difference: the same, with gradient 0 at 0. "
                 "PyTorch pairwise_distance adds 1e-6 to each difference first. The root of the "
                 "sum of squares written out has gradient NaN at 0.",
};
