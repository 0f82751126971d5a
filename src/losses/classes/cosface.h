/* CosFace: softmax of cosines, with a margin taken off the label's. */
#include "rows.h"

static const lk_loss_info cosface_info = {
    .name = "cosface",
    .family = "classes",
    .title = "CosFace (additive cosine margin)",
    .tex = "\\log\\textstyle\\sum_je^{f_j}-f_y,\\quad f_j=s\\cos\\theta_j,\\ "
           "f_y=s(\\cos\\theta_y-m)",
    .gradient_tex = "\\text{through }\\cos\\theta_j=\\hat W_j\\cdot\\hat x",
    .source = "Wang et al., CVPR 2018, 5265",
    .input = "features",
    .target = "labels in [0, C)",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_DIFFERENTIABLE,
    .kind = LK_KIND_LINEAR,
    .takes = LK_LINEAR_ARGUMENTS,
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET) | LK_BIT(WEIGHTS),
    .n_params = 2,
    .params = {{.name = "s", .preset = 64, .lowest = 1e-3, .highest = 1e6, .meaning = "scale"},
               {.name = "m",
                .preset = 0.35,
                .lowest = 0,
                .highest = 2,
                .meaning = "taken off the label's cosine"}},
    .axis = LK_AXIS_INPUT,
    .notes = "Features or weights of norm 0 have cosine 0 and gradient 0. Needs CBLAS.",
    .elsewhere = "pytorch-metric-learning CosFaceLoss: the same, margin = 0.35 and scale = 64. "
                 "insightface: m = 0.4. PyTorch itself and Keras have none.",
};
