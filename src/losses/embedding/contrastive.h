/* Contrastive loss: draws similar pairs together and pushes dissimilar ones apart up to a margin.
 */
#include "embedding.h"

static const lk_loss_info contrastive_info = {
    .name = "contrastive",
    .family = "embedding",
    .title = "Contrastive loss",
    .tex = "\\tfrac12\\left[y\\,d^2+(1-y)\\max(m-d,0)^2\\right],\\quad d=\\lVert a-b\\rVert",
    .gradient_tex = "\\left[y-(1-y)\\max(m-d,0)/d\\right](a-b)",
    .curvature_tex = "y+(1-y)[d<m]\\left(1-\\frac md+\\frac{m(a_i-b_i)^2}{d^3}\\right)",
    .source = "Hadsell, Chopra and LeCun, CVPR 2006, 1735",
    .input = "features of the first points",
    .target = "1 for similar, 0 for dissimilar pairs",
    .input_domain = LK_REALS,
    .target_domain = LK_EITHER(0, 1),
    .n_params = 1,
    .params = {{.name = "margin",
                .preset = 1,
                .lowest = 0,
                .highest = 1e38,
                .meaning = "distance from which dissimilar pairs cost nothing"}},
    .axis = LK_AXIS_INPUT,
    .auxiliary_param = -1,
    .kind = LK_KIND_EMBEDDING,
    .takes = LK_UNIT_ARGUMENTS | LK_BIT(TARGET) | LK_BIT(OTHER) | LK_BIT(OTHER_GRADIENT),
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET) | LK_BIT(OTHER),
    .notes = "A dissimilar pair of equal points has no direction to part in: its gradient and "
             "curvature are 0.",
    .elsewhere = "Caffe ContrastiveLoss: the same; its legacy_version has max(m - d^2, 0) for "
                 "dissimilar pairs. pytorch-metric-learning ContrastiveLoss: distances are not "
                 "squared, and the mean is over the pairs that cost something. PyTorch itself and "
                 "Keras have none: hinge_embedding_loss and cosine_embedding_loss are others.",
};

LK_FN gap_jet contrastive(double square, double distance, double target, const double *p)
{
    const double margin = p[0], missing = margin - distance;
    const gap_jet similar = {0.5 * square, 1, 0}, wrong = {target + distance, target, target};
    const gap_jet apart = {0, 0, 0}, equal = {0.5 * margin * margin, 0, 0};
    const gap_jet near = {0.5 * missing * missing, -missing / distance, margin / distance};
    if (!(target == target) || !(distance == distance)) return wrong;
    if (target == 1) return similar;
    if (missing <= 0) return apart;
    return distance > 0x1p-1000 ? near : equal;
}
