/* Poly-1: cross-entropy with the first coefficient of its expansion in 1 - p raised by epsilon. */
#include "rows.h"

static const lk_loss_info poly1_info = {
    .name = "poly1",
    .family = "classes",
    .title = "Poly-1 cross-entropy",
    .tex = "-\\log p_y+\\epsilon(1-p_y)",
    .gradient_tex = "(1+\\epsilon p_y)(p-e_y)",
    .curvature_tex = "(1+\\epsilon p_y)(\\operatorname{diag}(p)-pp^\\top)-\\epsilon "
                     "p_y(e_y-p)(e_y-p)^\\top",
    .source = "Leng et al., ICLR 2022",
    .input = "scores (logits)",
    .target = "labels in [0, C)",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_DIFFERENTIABLE | LK_SMOOTH,
    .kind = LK_KIND_ROWS,
    .takes = LK_ROW_ARGUMENTS,
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET),
    .n_params = 1,
    .params = {{.name = "epsilon",
                .preset = 1,
                .lowest = -1,
                .highest = 1e6,
                .meaning = "added to the coefficient of 1 - p; 0 is cross-entropy"}},
    .axis = LK_AXIS_INPUT,
    .notes = "The gradient is that of cross-entropy times 1 + epsilon p_y: epsilon above 0 pulls "
             "harder at labels that are likely already, below 0 less. The mean divides by the "
             "number of rows, whatever the class weights.",
    .elsewhere = "optax poly_loss_cross_entropy: the same, but epsilon is 2 unless set, and "
                 "targets are probabilities. polyloss-pytorch: the same with epsilon = 1, not "
                 "reduced unless asked for. PyTorch itself and Keras have none.",
};

LK_FN label_jet poly1(likelihood l, const real *p)
{
    const real ep = p[0] * l.p;
    return (label_jet){r_fma(p[0], l.q, -l.u), R(-1) - ep, -ep * l.q};
}
