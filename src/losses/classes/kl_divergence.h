/* Kullback-Leibler divergence of the prediction from the target distribution. */
#include "rows.h"

static const lk_loss_info kl_divergence_info = {
    .name = "kl_divergence",
    .family = "classes",
    .title = "Kullback-Leibler divergence",
    .tex = "\\textstyle\\sum_j t_j(\\log t_j-\\log q_j)",
    .gradient_tex = "-t\\quad(\\text{by }\\log q),\\qquad q\\textstyle\\sum t-t\\quad(\\text{by "
                    "logits})",
    .curvature_tex = "0,\\qquad \\textstyle\\sum t\\,(\\operatorname{diag}(q)-qq^\\top)",
    .target_gradient_tex = "\\log t-\\log q+1",
    .source = "Kullback and Leibler, Ann. Math. Statist. 22 (1951) 79",
    .input = "log-probabilities, or logits",
    .target = "probabilities of the shape of input, or their logarithms",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_CONVEX | LK_DIFFERENTIABLE | LK_SMOOTH | LK_PROPER,
    .kind = LK_KIND_ROWS,
    .takes = (LK_ROW_ARGUMENTS | LK_BIT(TARGET_GRADIENT)) & ~LK_BIT(CLASS_WEIGHT),
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET),
    .n_params = 2,
    .params = {LK_SWITCH("logits", 0, "1: input holds logits, not log-probabilities"),
               LK_SWITCH("log_target", 0, "1: target holds logarithms of probabilities")},
    .axis = LK_AXIS_INPUT,
    .notes = "One value for each row; the mean divides by the number of rows (PyTorch's \"mean\" "
             "divides by the number of elements). A target of 0 adds 0, and has gradient 0. Not "
             "symmetric: target and prediction cannot be exchanged.",
    .elsewhere =
        "PyTorch kl_div: log-probabilities first, then targets, as here; its mean divides by the "
        "number of elements, its batchmean by that of the rows. optax kl_divergence: the same, not "
        "reduced. Keras KLDivergence takes probabilities on both sides, clipped to [1e-7, 1].",
};

LK_FN log_jet kl_divergence(real x, real q, real t, real log_t, const real *p)
{
    (void)q;
    (void)p;
    const int absent = t == R(0);
    return (log_jet){.value = absent ? R(0) : t * (log_t - x),
                     .slope = -t,
                     .bend = R(0),
                     .target_slope = absent ? R(0) : log_t - x + R(1)};
}
