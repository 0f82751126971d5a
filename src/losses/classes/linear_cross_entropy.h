/* Softmax cross-entropy on top of a linear layer, without ever holding all scores. */
#include "rows.h"

static const lk_loss_info linear_cross_entropy_info = {
    .name = "linear_cross_entropy",
    .family = "classes",
    .title = "Softmax cross-entropy of a linear layer",
    .tex = "\\log\\textstyle\\sum_j e^{a_j}-a_y,\\quad a=Wx+b",
    .gradient_tex = "W^\\top(p-e_y)",
    .source = "Wijmans et al., ICLR 2025 (cut cross-entropy)",
    .input = "features",
    .target = "labels in [0, C)",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_CONVEX | LK_DIFFERENTIABLE | LK_SMOOTH | LK_PROPER,
    .kind = LK_KIND_LINEAR,
    .takes = LK_LINEAR_ARGUMENTS | LK_BIT(BIAS) | LK_BIT(BIAS_GRADIENT),
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET) | LK_BIT(WEIGHTS),
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
    .notes = "Scores are held for a chunk of rows at a time, about 16 MB. The same bits as "
             "softmax_cross_entropy of scores that the same matrix product gives. Needs CBLAS.",
    .elsewhere = "PyTorch linear_cross_entropy (in 2.13, absent from older ones): the same but for "
                 "what holds of cross_entropy; it saves memory only when options ask for chunks. "
                 "Liger-Kernel has it for GPUs. Keras and optax have none.",
};
