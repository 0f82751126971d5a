/* Negative log-likelihood of the label, from log-probabilities. */
#include "rows.h"

static const lk_loss_info nll_info = {
    .name = "nll",
    .family = "classes",
    .title = "Negative log-likelihood",
    .tex = "-x_y",
    .gradient_tex = "-e_y",
    .curvature_tex = "0",
    .source = "Fisher, Phil. Trans. R. Soc. A 222 (1922) 309",
    .input = "log-probabilities",
    .target = "labels in [0, C)",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_CONVEX | LK_DIFFERENTIABLE | LK_SMOOTH | LK_LIPSCHITZ | LK_PROPER,
    .lipschitz = LK_CONSTANT(1),
    .kind = LK_KIND_ROWS,
    .takes = LK_ROW_ARGUMENTS,
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET),
    .axis = LK_AXIS_INPUT,
    .notes = "softmax_cross_entropy is log_softmax followed by this, in one pass.",
    .elsewhere = "PyTorch nll_loss: the same. Keras and optax have none of log-probabilities; "
                 "MXNet calls them so with from_logits=True.",
};
