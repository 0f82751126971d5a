/* Connectionist temporal classification: the negative log-probability of a sequence of labels,
 * summed over all ways to spread it over the frames. */
#include "sequence.h"

static const lk_loss_info ctc_info = {
    .name = "ctc",
    .family = "sequence",
    .title = "Connectionist temporal classification",
    .tex = "-\\log\\textstyle\\sum_{\\pi\\in\\mathcal{B}^{-1}(l)}\\prod_t y^t_{\\pi_t}",
    .gradient_tex = "y^t_k-\\gamma^t_k",
    .curvature_tex = "y^t_k(1-y^t_k)-\\gamma^t_k(1-\\gamma^t_k)",
    .source = "Graves, Fernandez, Gomez and Schmidhuber, ICML 2006, 369",
    .input = "scores (logits) or log-probabilities of the classes in each frame",
    .target = "labels in [0, C) without the blank",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_DIFFERENTIABLE | LK_SMOOTH,
    .axis = LK_AXIS_INPUT,
    .auxiliary_param = -1,
    .kind = LK_KIND_SEQUENCE,
    .takes = LK_SEQUENCE_ARGUMENTS | LK_BIT(INPUT_LENGTHS),
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET),
    .n_params = 4,
    .params = {{.name = "blank",
                .preset = 0,
                .lowest = 0,
                .highest = 2147483647,
                .named = {{"last", -1}},
                .meaning = "class that stands for no label"},
               LK_SWITCH("logits", 1,
                         "1: input holds scores; 0: log-probabilities, and the gradient is theirs, "
                         "-gamma"),
               LK_SWITCH("zero_infinity", 0,
                         "1: a target that no path can spell has the value 0, not inf"),
               LK_SWITCH("torch_gradient", 0,
                         "with logits = 0, 1: the gradient is exp(input) - gamma, as PyTorch's")},
    .notes =
        "gamma is the probability, given the target, that the path is at class k in frame t. A "
        "target needs as many frames as it has labels and equal neighbours; with fewer the value "
        "is inf and the gradient 0. PyTorch returns the gradient of the scores under the name of "
        "that of the log-probabilities: torch_gradient. Its mean divides by target lengths first: "
        "reduction length_mean.",
    .elsewhere = "PyTorch ctc_loss: of log-probabilities, frames first, blank 0; what it returns "
                 "as their gradient is right only below a log_softmax. Keras CTC: of scores, batch "
                 "first; label 0 is blank and padding at once. optax ctc_loss: of scores, batch "
                 "first, with paddings for lengths; an impossible target costs a large number, not "
                 "inf. MXNet: the last class is the blank.",
};
