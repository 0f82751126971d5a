/* Softmax cross-entropy: the negative log-likelihood of the label under the softmax of the scores.
 */
#include "rows.h"

static const lk_loss_info softmax_cross_entropy_info = {
    .name = "softmax_cross_entropy",
    .family = "classes",
    .title = "Softmax cross-entropy",
    .tex = "\\log\\textstyle\\sum_j e^{a_j}-a_y",
    .gradient_tex = "p-e_y",
    .curvature_tex = "\\operatorname{diag}(p)-pp^\\top",
    .target_gradient_tex = "-\\log p",
    .source = "Bridle, Neurocomputing NATO ASI 68 (1990) 227",
    .input = "scores (logits)",
    .target = "labels in [0, C), or probabilities of the shape of input",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_CONVEX | LK_DIFFERENTIABLE | LK_SMOOTH | LK_PROPER,
    .kind = LK_KIND_ROWS,
    .takes = LK_ROW_ARGUMENTS | LK_BIT(TARGET_GRADIENT),
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET),
    .n_params = 4,
    .params = {{.name = "label_smoothing",
                .preset = 0,
                .lowest = 0,
                .highest = 1,
                .meaning = "part of the target that is spread evenly over the classes"},
               {.name = "z_loss",
                .preset = 0,
                .lowest = 0,
                .highest = 1e6,
                .meaning = "adds this times the square of the log-sum-exp, unweighted by class"},
               {.name = "softcap",
                .preset = 0,
                .lowest = 0,
                .highest = 1e6,
                .named = {{"off", 0}},
                .meaning = "k > 0: scores become k tanh(a / k) first"},
               LK_SWITCH("smooth_masked", 0,
                         "1: smoothing reaches masked classes: the loss is inf")},
    .axis = LK_AXIS_INPUT,
    .notes = "As PyTorch's cross_entropy, but: the mean over no rows is 0, and label smoothing "
             "skips classes masked by -inf. Soft targets divide the mean by the number of rows, "
             "labels by the sum of their class weights. ignore_index takes rows out, not the class "
             "of that number out of the softmax.",
    .elsewhere =
        "PyTorch cross_entropy: the same, but the mean over no rows is NaN, and label smoothing "
        "over a score of -inf gives inf. Keras CategoricalCrossentropy takes probabilities unless "
        "from_logits=True. optax softmax_cross_entropy: the same, not reduced, NaN for a score of "
        "-inf with target 0. scikit-learn log_loss takes probabilities.",
};

LK_FN label_jet softmax_cross_entropy(likelihood l, const real *p)
{
    (void)p;
    return (label_jet){-l.u, R(-1), R(0)};
}
