/* Tversky loss: Dice with its own price for false positives and for false negatives. */
#include "region.h"

static const lk_loss_info tversky_info = {
    .name = "tversky",
    .family = "region",
    .title = "Tversky loss",
    .tex = "1-\\frac{I+\\epsilon}{T},\\quad I=\\textstyle\\sum p\\,g,\\ T=I+\\alpha\\sum "
           "p(1-g)+\\beta\\sum(1-p)g+\\epsilon",
    .gradient_tex = "-\\frac{gT-(I+\\epsilon)T'}{T^2},\\quad T'=\\alpha+(1-\\alpha-\\beta)g",
    .curvature_tex = "\\frac{2T'(gT-(I+\\epsilon)T')}{T^3}",
    .target_gradient_tex = "-\\frac{pT-(I+\\epsilon)(\\beta+(1-\\alpha-\\beta)p)}{T^2}",
    .source = "Salehi et al., MLMI 2017, arXiv:1706.05721",
    .input = "probability, or logit",
    .target = "0 or 1, or a probability",
    .input_domain = LK_CLOSED(0, 1), /* with logits: the reals */
    .target_domain = LK_CLOSED(0, 1),
    .traits = LK_DIFFERENTIABLE | LK_SMOOTH | LK_BOUNDED,
    .bound = LK_CONSTANT(1),
    .axis = LK_AXIS_INPUT,
    .n_params = 4,
    .params = {{.name = "alpha",
                .preset = 0.5,
                .lowest = 0,
                .highest = 1e6,
                .meaning = "price of false positives"},
               {.name = "beta",
                .preset = 0.5,
                .lowest = 0,
                .highest = 1e6,
                .meaning = "price of false negatives"},
               LK_SMOOTH_PARAMETER,
               LK_LOGITS_PARAMETER},
    .auxiliary_param = -1,
    .kind = LK_KIND_REGION,
    .takes = LK_REGION_ARGUMENTS | LK_BIT(TARGET_GRADIENT),
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET),
    .notes =
        "alpha = beta = 1/2 is dice with twice this smooth, alpha = beta = 1 is jaccard. Papers "
        "and libraries exchange alpha and beta: here alpha prices false positives, as in "
        "Salehi and in MONAI; beta > alpha finds more of the region. Groups and empty regions "
        "as in dice; without logits, input lies in [0, 1].",
    .elsewhere =
        "MONAI TverskyLoss and segmentation_models_pytorch TverskyLoss: alpha is the price of "
        "false positives, as here; smoothed by 1e-5 and by 0. Keras Tversky says the same of "
        "alpha, but its code multiplies the false negatives by it. PyTorch itself has none.",
};

LK_FN region_jet tversky(region_sums s, const real *p)
{
    return tversky_ratio(s, p[0], p[1], p[2]);
}
