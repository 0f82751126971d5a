/* Supervised contrastive loss: all rows of a class are each other's positives, all other rows are
 * negatives. */
#include "embedding.h"

static const lk_loss_info supervised_contrastive_info = {
    .name = "supervised_contrastive",
    .family = "embedding",
    .title = "Supervised contrastive loss",
    .tex = "-\\frac1{|P_i|}\\sum_{j\\in P_i}\\log\\frac{e^{s_{ij}}}{\\sum_{k\\ne i}e^{s_{ik}}},"
           "\\quad s_{ij}=\\frac{\\cos(x_i,x_j)}\\tau,\\ P_i=\\{j\\ne i:y_j=y_i\\}",
    .gradient_tex = "\\sum_{j\\ne i}\\left(p_{ij}-\\frac{[j\\in P_i]}{|P_i|}+p_{ji}-"
                    "\\frac{[i\\in P_j]}{|P_j|}\\right)\\nabla s_{ij},\\quad \\nabla s_{ij}="
                    "\\frac{\\hat x_j-\\cos(x_i,x_j)\\hat x_i}{\\tau\\lVert x_i\\rVert}",
    .curvature_tex = "\\sum_{j\\ne i}g_{ij}\\nabla^2s_{ij}+\\sum_{j\\ne i}(p_{ij}+p_{ji}-p_{ji}^2)"
                     "(\\nabla s_{ij})^2-\\left(\\sum_{j\\ne i}p_{ij}\\nabla s_{ij}\\right)^2,"
                     "\\quad g_{ij}\\text{ as in the gradient}",
    .source = "Khosla et al., NeurIPS 2020, 18661 (L_out)",
    .input = "features",
    .target = "class",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .n_params = 1,
    .params = {{.name = "temperature",
                .preset = 0.1,
                .lowest = 0x1p-20,
                .highest = 0x1p20,
                .meaning = "what the cosines are divided by"}},
    .axis = LK_AXIS_INPUT,
    .auxiliary_param = -1,
    .kind = LK_KIND_EMBEDDING,
    .takes = LK_UNIT_ARGUMENTS | LK_BIT(TARGET),
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET),
    .notes = "A row that is alone in its class has loss 0 and does not count; it stays a negative "
             "of the others. So does a row of weight 0, and a NaN in it reaches them; rows "
             "labelled ignore_index take no part at all. Without the factor temperature / base "
             "temperature of the authors' code. Zero rows and curvature_floor as in info_nce.",
    .elsewhere =
        "pytorch-metric-learning SupConLoss: temperature = 0.1, and the mean is over the rows "
        "whose loss is above 0. The authors' code: temperature 0.07; old versions give NaN for a "
        "row that is alone in its class. PyTorch itself, Keras and optax have none.",
};

LK_FN similarity_rule supervised_contrastive(const double *p)
{
    const similarity_rule rule = {p[0], 0, 1};
    return rule;
}
