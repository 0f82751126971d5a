/* Jaccard loss: one minus intersection over union. */
#include "region.h"

static const lk_loss_info jaccard_info = {
    .name = "jaccard",
    .family = "region",
    .title = "Jaccard loss",
    .tex = "1-\\frac{I+\\epsilon}{V},\\quad I=\\textstyle\\sum p\\,g,\\ V=\\sum p+\\sum "
           "g-I+\\epsilon",
    .gradient_tex = "-\\frac{gV-(I+\\epsilon)(1-g)}{V^2}",
    .curvature_tex = "\\frac{2(1-g)(gV-(I+\\epsilon)(1-g))}{V^3}",
    .target_gradient_tex = "-\\frac{pV-(I+\\epsilon)(1-p)}{V^2}",
    .source = "Rahman and Wang, ISVC 2016; Jaccard, New Phytologist 11 (1912) 37",
    .input = "probability, or logit",
    .target = "0 or 1, or a probability",
    .input_domain = LK_CLOSED(0, 1), /* with logits: the reals */
    .target_domain = LK_CLOSED(0, 1),
    .traits = LK_DIFFERENTIABLE | LK_SMOOTH | LK_BOUNDED,
    .bound = LK_CONSTANT(1),
    .axis = LK_AXIS_INPUT,
    .n_params = 2,
    .params = {LK_SMOOTH_PARAMETER, LK_LOGITS_PARAMETER},
    .auxiliary_param = -1,
    .kind = LK_KIND_REGION,
    .takes = LK_REGION_ARGUMENTS | LK_BIT(TARGET_GRADIENT),
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET),
    .notes = "Also called IoU loss; tversky with alpha = beta = 1. Groups and empty regions as in "
             "dice; without logits, input lies in [0, 1]. Soft targets: a prediction equal to a "
             "target strictly between 0 and 1 is not loss 0, because sum p g is less than sum p.",
    .elsewhere =
        "segmentation_models_pytorch JaccardLoss: a value for each class over the batch, not "
        "smoothed; a class without positives counts as 0. MONAI DiceLoss(jaccard=True): its "
        "smoothing counts half as much. PyTorch itself, Keras and optax have none.",
};

LK_FN region_jet jaccard(region_sums s, const real *p)
{
    return tversky_ratio(s, R(1), R(1), p[0]);
}
