/* Lovasz hinge: the convex extension of the Jaccard loss to hinge errors. The sort and the weights
 * of the sorted errors are the engine's (region_lovasz.c). */
#include "region.h"

static const lk_loss_info lovasz_hinge_info = {
    .name = "lovasz_hinge",
    .family = "region",
    .title = "Lovasz hinge loss",
    .tex = "\\textstyle\\sum_k\\max(0,e_k)\\,(J_k-J_{k-1}),\\quad e=1-x(2g-1),\\ e_1\\ge "
           "e_2\\ge\\dots,\\ J_k=1-\\frac{G-\\sum_{j\\le k}g_j}{G+\\sum_{j\\le k}(1-g_j)}",
    .gradient_tex = "-(2g_k-1)(J_k-J_{k-1})\\,[e_k>0]",
    .curvature_tex = "0",
    .source = "Berman, Rannen Triki and Blaschko, CVPR 2018, arXiv:1705.08790",
    .input = "logit",
    .target = "0 or 1",
    .input_domain = LK_REALS,
    .target_domain = LK_EITHER(0, 1),
    .traits = LK_CONVEX | LK_LIPSCHITZ,
    .lipschitz = LK_CONSTANT(1),
    .axis = LK_AXIS_INPUT,
    .n_params = 0,
    .auxiliary_param = -1,
    .kind = LK_KIND_REGION,
    .takes = LK_REGION_ARGUMENTS,
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET),
    .notes = "Equal errors are ranked by their place, so the gradient, a subgradient there, is the "
             "same on every run. A group without a positive target has the largest hinge error as "
             "its loss. Per image (per sample) and per batch differ. The curvature is 0 almost "
             "everywhere. A group is sorted on one thread.",
    .elsewhere = "segmentation_models_pytorch LovaszLoss: the same for mode binary, over the batch "
                 "unless per_image=True; several classes take the Lovasz softmax loss. PyTorch "
                 "itself, Keras and optax have none.",
};
