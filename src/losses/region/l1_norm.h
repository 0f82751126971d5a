/* Norm of the residuals of a group: the sum of their sizes. */
#include "region.h"

static const lk_loss_info l1_norm_info = {
    .name = "l1_norm",
    .family = "region",
    .title = "L1 norm of the residuals",
    .tex = "\\textstyle\\sum_i|r_i|",
    .gradient_tex = "\\operatorname{sign}(r_i)",
    .curvature_tex = "0",
    .target_gradient_tex = "-\\operatorname{sign}(r_i)",
    .source = "Laplace 1774",
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
    .notes =
        "A sum over the group, not a mean: absolute_error averages over elements. The gradient "
        "at a residual of 0 is 0.",
    .elsewhere = "PyTorch l1_loss(reduction=\"sum\"): the same for one group. Keras "
                 "MeanAbsoluteError(reduction=\"sum\") is not: it adds means over the last axis.",
};
