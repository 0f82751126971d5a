/* Triplet margin loss: the negative has to be farther from the anchor than the positive, by a
 * margin. */
#include "embedding.h"

static const lk_loss_info triplet_margin_info = {
    .name = "triplet_margin",
    .family = "embedding",
    .title = "Triplet margin loss",
    .tex = "\\max\\left(\\lVert a-b+\\epsilon\\rVert_p-\\lVert a-n+\\epsilon\\rVert_p+m,0\\right)",
    .gradient_tex = "g_p(a-b+\\epsilon)-g_p(a-n+\\epsilon),\\quad "
                    "g_p(u)_i=\\operatorname{sign}(u_i)\\,(|u_i|/\\lVert u\\rVert_p)^{p-1}",
    .curvature_tex = "h_p(a-b+\\epsilon)-h_p(a-n+\\epsilon),\\quad h_p(u)_i="
                     "\\frac{p-1}{\\lVert u\\rVert_p}\\left(r_i^{p-2}-r_i^{2p-2}\\right),\\ "
                     "r_i=|u_i|/\\lVert u\\rVert_p",
    .source = "Balntas, Riba, Ponsa and Mikolajczyk, BMVC 2016, 119",
    .input = "features of the anchors",
    .target = "none",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_LIPSCHITZ,
    .lipschitz = LK_CONSTANT(2),
    .axis = LK_AXIS_INPUT,
    .n_params = 4,
    .params = {{.name = "margin",
                .preset = 1,
                .lowest = 0,
                .highest = 1e38,
                .meaning = "by how much the negative has to be farther away"},
               {.name = "p",
                .preset = 2,
                .lowest = 1,
                .highest = 1e6,
                .named = {{"inf", HUGE_VAL}},
                .meaning = "the norm that measures distances"},
               LK_SWITCH("swap", 0,
                         "1: the negative's distance is the smaller one of those to the anchor and "
                         "to the positive"),
               {.name = "epsilon",
                .preset = 1e-6,
                .lowest = 0,
                .highest = 1e38,
                .meaning = "added to each difference before the norm"}},
    .auxiliary_param = -1,
    .kind = LK_KIND_EMBEDDING,
    .takes = LK_UNIT_ARGUMENTS | LK_BIT(OTHER) | LK_BIT(NEGATIVE) | LK_BIT(OTHER_GRADIENT) |
             LK_BIT(NEGATIVE_GRADIENT),
    .needs = LK_BIT(INPUT) | LK_BIT(OTHER) | LK_BIT(NEGATIVE),
    .notes = "As PyTorch, epsilon included, but with gradient 0 where the loss is exactly 0. A "
             "norm of 0 (possible with epsilon 0) and, for p < 2, the curvature of a coordinate "
             "without difference count as 0. Where the two distances of swap are equal, each gets "
             "half of the gradient; so do equal largest differences for p = inf.",
    .elsewhere =
        "PyTorch triplet_margin_loss: the same. optax triplet_margin_loss adds eps to the sum of "
        "the powers, not to each difference, and has no swap. pytorch-metric-learning "
        "TripletMarginLoss: margin = 0.05, over all triplets of a batch. Keras has none.",
};

/* negative: anchor to negative; swapped: positive to negative. */
LK_FN triplet_jet triplet_margin(double positive, double negative, double swapped, const double *p)
{
    const int swap = p[2] > 0.5;
    const double share = swap && swapped <= negative ? (swapped < negative ? 1 : 0.5) : 0;
    const double nearest = share > 0 ? swapped : negative;
    const double value = (positive - nearest) + p[0];
    const triplet_jet active = {value, 1, share - 1, -share}, far = {0, 0, 0, 0};
    const double number = swap ? value + swapped : value;
    const triplet_jet wrong = {number, number, number, number};
    if (!(number == number)) return wrong;
    return value > 0 ? active : far;
}
