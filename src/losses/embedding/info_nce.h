/* InfoNCE, the NT-Xent loss of given pairs: each row of input has to find its own row of other
 * among all of them. */
#include "embedding.h"

static const lk_loss_info info_nce_info = {
    .name = "info_nce",
    .family = "embedding",
    .title = "InfoNCE loss",
    .tex = "-\\log\\frac{e^{s_{ii}}}{\\sum_je^{s_{ij}}},\\quad "
           "s_{ij}=\\frac{\\cos(a_i,b_j)}{\\tau}",
    .gradient_tex = "\\sum_j(p_{ij}-[i=j])\\nabla s_{ij},\\quad \\nabla s_{ij}="
                    "\\frac{\\hat b_j-\\cos(a_i,b_j)\\hat a_i}{\\tau\\lVert a_i\\rVert}",
    .curvature_tex = "\\sum_j(p_{ij}-[i=j])\\nabla^2s_{ij}+\\sum_jp_{ij}(\\nabla s_{ij})^2-"
                     "\\left(\\sum_jp_{ij}\\nabla s_{ij}\\right)^2",
    .source = "van den Oord, Li and Vinyals, arXiv:1807.03748 (2018); two-sided: Radford et al., "
              "ICML 2021, 8748",
    .input = "features of the first points",
    .target = "none",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .n_params = 2,
    .params = {{.name = "temperature",
                .preset = 0.1,
                .lowest = 0x1p-20,
                .highest = 0x1p20,
                .meaning = "what the cosines are divided by"},
               LK_SWITCH("symmetric", 0,
                         "1: averaged with the loss of finding the row of input for each row of "
                         "other")},
    .axis = LK_AXIS_INPUT,
    .auxiliary_param = -1,
    .kind = LK_KIND_EMBEDDING,
    .takes = LK_UNIT_ARGUMENTS | LK_BIT(OTHER) | LK_BIT(OTHER_GRADIENT),
    .needs = LK_BIT(INPUT) | LK_BIT(OTHER),
    .notes = "Rows are normalised here; a row of zeros has cosine 0 with all others, and gradient "
             "0. A weight belongs to row i's own loss: row i of other stays a negative of the "
             "other rows, and a NaN in it reaches them. curvature_floor counts in units of the "
             "unweighted loss.",
    .elsewhere = "info-nce-pytorch: the same for a batch without negative_keys. optax ntxent and "
                 "pytorch-metric-learning NTXentLoss take one batch with labels: rows of the same "
                 "label are each other's positives. PyTorch itself and Keras have none.",
};

LK_FN similarity_rule info_nce(const double *p)
{
    const similarity_rule rule = {p[0], p[1] > 0.5, 0};
    return rule;
}
