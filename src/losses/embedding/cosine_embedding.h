/* Cosine embedding loss: turns similar pairs to the same direction and others at least to a given
 * angle. */
#include "embedding.h"

static const lk_loss_info cosine_embedding_info = {
    .name = "cosine_embedding",
    .family = "embedding",
    .title = "Cosine embedding loss",
    .tex = "\\begin{cases}1-\\cos(a,b) & y=1\\\\ \\max(0,\\cos(a,b)-m) & y=-1\\end{cases}",
    .gradient_tex = "s\\left(\\frac{b}{\\lVert a\\rVert\\lVert b\\rVert}-\\cos(a,b)\\,"
                    "\\frac{a}{\\lVert a\\rVert^2}\\right),\\quad "
                    "s=-1\\ (y=1),\\ [\\cos(a,b)>m]\\ (y=-1)",
    .curvature_tex = "\\frac{s}{\\lVert a\\rVert^2}\\left(3\\cos(a,b)\\frac{a_i^2}{\\lVert a\\rVert"
                     "^2}-\\cos(a,b)-\\frac{2a_ib_i}"
                     "{\\lVert a\\rVert\\lVert b\\rVert}\\right)",
    .source = "PyTorch, torch.nn.CosineEmbeddingLoss",
    .input = "features of the first points",
    .target = "1 for similar, -1 for dissimilar pairs",
    .input_domain = LK_REALS,
    .target_domain = LK_EITHER(-1, 1),
    .traits = LK_BOUNDED,
    .bound = LK_CONSTANT(2),
    .n_params = 1,
    .params = {{.name = "margin",
                .preset = 0,
                .lowest = -1,
                .highest = 1,
                .meaning = "cosine up to which dissimilar pairs cost nothing"}},
    .axis = LK_AXIS_INPUT,
    .auxiliary_param = -1,
    .kind = LK_KIND_EMBEDDING,
    .takes = LK_UNIT_ARGUMENTS | LK_BIT(TARGET) | LK_BIT(OTHER) | LK_BIT(OTHER_GRADIENT),
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET) | LK_BIT(OTHER),
    .notes = "As PyTorch: 1e-12 is added to each squared norm, so that a row of zeros has cosine "
             "0 and a finite, though large, gradient. The gradient is 0 where the loss is exactly "
             "0.",
    .elsewhere = "PyTorch cosine_embedding_loss: the same. Keras CosineSimilarity is minus the "
                 "cosine, for similar pairs alone. optax cosine_distance is 1 - cos, NaN for a row "
                 "of zeros unless epsilon is set.",
};

LK_FN cosine_jet cosine_embedding(double cosine, double target, const double *p)
{
    const double above = cosine - p[0], number = cosine + target;
    const cosine_jet similar = {1 - cosine, -1}, near = {above, 1}, apart = {0, 0};
    const cosine_jet wrong = {number, number};
    if (!(number == number)) return wrong;
    if (target == 1) return similar;
    return above > 0 ? near : apart;
}
