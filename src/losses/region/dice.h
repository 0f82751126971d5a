/* Dice loss: one minus twice the overlap of prediction and target by the sum of their sizes. */
#include "region.h"

static const lk_loss_info dice_info = {
    .name = "dice",
    .family = "region",
    .title = "Dice loss",
    .tex = "1-\\frac{2I+\\epsilon}{U},\\quad I=\\textstyle\\sum p\\,g,\\ U=\\sum p^k+\\sum "
           "g^k+\\epsilon",
    .gradient_tex = "-\\frac{2gU-(2I+\\epsilon)\\,k\\,p^{k-1}}{U^2}",
    .curvature_tex = "\\frac{4\\,g\\,k\\,p^{k-1}}{U^2}-\\frac{2(2I+\\epsilon)(k\\,p^{k-1})^2}{U^3}"
                     "+\\frac{(2I+\\epsilon)\\,k(k-1)}{U^2}",
    .target_gradient_tex = "-\\frac{2pU-(2I+\\epsilon)\\,k\\,g^{k-1}}{U^2}",
    .source = "Milletari et al., 3DV 2016, arXiv:1606.04797; Dice, Ecology 26 (1945) 297",
    .input = "probability, or logit",
    .target = "0 or 1, or a probability",
    .input_domain = LK_CLOSED(0, 1), /* with logits: the reals */
    .target_domain = LK_CLOSED(0, 1),
    .traits = LK_DIFFERENTIABLE | LK_SMOOTH | LK_BOUNDED,
    .bound = LK_CONSTANT(1),
    .axis = LK_AXIS_INPUT,
    .n_params = 3,
    .params = {LK_SMOOTH_PARAMETER,
               {.name = "power",
                .preset = 1,
                .lowest = 1,
                .highest = 2,
                .meaning = "exponent k of the sizes in the denominator, 1 or 2 (V-Net)"},
               LK_LOGITS_PARAMETER},
    .auxiliary_param = -1,
    .kind = LK_KIND_REGION,
    .takes = LK_REGION_ARGUMENTS | LK_BIT(TARGET_GRADIENT),
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET),
    .notes = "One value for each group; by default a group is a sample, so a vector is n groups of "
             "one element: use per batch or per row there. Without logits, input lies in [0, 1]. "
             "An empty target with an empty prediction has loss 0, with smooth = 0 too, where also "
             "the gradient is 0 (Keras says 1). smooth = 1 here is 0.5 in optax, which counts the "
             "overlap once. Dice = 2J/(1+J) for jaccard with half of this smooth. Not convex. "
             "Overlap and sizes do not say where errors are: combine with a cross-entropy.",
    .elsewhere = "PyTorch has none. Keras Dice: nothing is added but 1e-7 to the denominator, and "
                 "by default one value for the whole batch with all classes. MONAI DiceLoss: a "
                 "value for each sample and channel, smoothed by 1e-5. segmentation_models_pytorch "
                 "DiceLoss: a value for each class over the batch, not smoothed; a class without "
                 "positives counts as 0. optax dice_loss: for each sample and class.",
};

LK_FN region_jet dice(region_sums s, const real *p)
{
    return tversky_ratio(s, R(0.5), R(0.5), R(0.5) * p[0]);
}
