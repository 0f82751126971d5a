/* Soft edit distance: the edit distance of rows of probabilities to a reference, with a soft
 * minimum, so that it has a gradient. */
#include "sequence.h"

static const lk_loss_info soft_edit_distance_info = {
    .name = "soft_edit_distance",
    .family = "sequence",
    .title = "Soft edit distance",
    .tex = "D_{ij}=\\operatorname{softmin}_\\gamma(D_{i-1,j}+1,\\;D_{i,j-1}+1,\\;"
           "D_{i-1,j-1}+1-p_i[t_j])",
    .gradient_tex = "-\\textstyle\\sum_{j:t_j=k}E_{ij}\\,\\omega^{sub}_{ij}",
    .curvature_tex = "-\\tfrac1\\gamma\\,q_{ik}(1-q_{ik}),\\;"
                     "q_{ik}=\\textstyle\\sum_{j:t_j=k}E_{ij}\\,\\omega^{sub}_{ij}",
    .source = "after Cuturi and Blondel, ICML 2017, 894 (soft-DTW)",
    .input = "probabilities (or scores) of the classes in each row",
    .target = "labels in [0, C)",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_DIFFERENTIABLE | LK_SMOOTH,
    .axis = LK_AXIS_INPUT,
    .auxiliary_param = -1,
    .kind = LK_KIND_SEQUENCE,
    .takes = LK_SEQUENCE_ARGUMENTS | LK_BIT(INPUT_LENGTHS),
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET),
    .n_params = 2,
    .params = {{.name = "gamma",
                .preset = 1,
                .lowest = 1e-6,
                .highest = 1e6,
                .meaning = "softness of the minimum; to 0: the edit distance itself"},
               LK_SWITCH("logits", 0, "1: input holds scores, of which the softmax is taken")},
    .notes =
        "With a soft minimum the value may be negative. Rows are not aligned to frames as in ctc: "
        "every row that is no match costs an edit, so collapse repetitions and blanks first.",
    .elsewhere = "PyTorch, Keras and optax have none.",
};
