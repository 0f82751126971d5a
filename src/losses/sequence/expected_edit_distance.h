/* Expected edit distance (minimum risk training): the mean edit distance of the hypotheses of a
 * list under the softmax of their scores. */
#include "sequence.h"

static const lk_loss_info expected_edit_distance_info = {
    .name = "expected_edit_distance",
    .family = "sequence",
    .title = "Expected edit distance (minimum risk)",
    .tex = "\\textstyle\\sum_k\\hat p_kR_k",
    .gradient_tex = "\\hat p_k(R_k-\\bar R)",
    .curvature_tex = "\\hat p_k(1-2\\hat p_k)(R_k-\\bar R)",
    .source = "Shannon, INTERSPEECH 2017, 1537; Prabhavalkar et al., ICASSP 2018, 4839",
    .input = "scores of the hypotheses of each sequence, [N, K]",
    .target = "tokens of the references",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_DIFFERENTIABLE | LK_SMOOTH,
    .axis = LK_AXIS_INPUT,
    .auxiliary_param = -1,
    .kind = LK_KIND_SEQUENCE,
    .takes = LK_SEQUENCE_ARGUMENTS | LK_BIT(HYPOTHESES) | LK_BIT(HYPOTHESIS_LENGTHS),
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET) | LK_BIT(HYPOTHESES),
    .n_params = 1,
    .params = {LK_SWITCH("normalize", 0,
                         "1: distances are divided by the length of the reference")},
    .notes =
        "R_k is the edit distance of hypothesis k to the reference. The softmax is over the list "
        "alone; a score of -inf takes a hypothesis out of it.",
    .elsewhere = "pydrobert-pytorch MinimumErrorRateLoss: the same with normalize = yes, less the "
                 "mean of the list's error rates unless sub_avg=False (the gradient stays); its "
                 "mean divides by the number of hypotheses too. SpeechBrain has a minWER loss that "
                 "needs a CUDA package. PyTorch itself, Keras and optax have none.",
};
