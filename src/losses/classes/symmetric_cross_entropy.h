/* Symmetric cross-entropy: cross-entropy plus the reverse one, which is bounded and so bears wrong
 * labels. */
#include "rows.h"

static const lk_loss_info symmetric_cross_entropy_info = {
    .name = "symmetric_cross_entropy",
    .family = "classes",
    .title = "Symmetric cross-entropy",
    .tex = "-\\alpha\\log p_y-\\beta A(1-p_y)",
    .gradient_tex = "(\\alpha-\\beta A p_y)(p-e_y)",
    .curvature_tex = "(\\alpha-\\beta A p_y)(\\operatorname{diag}(p)-pp^\\top)+\\beta A "
                     "p_y(e_y-p)(e_y-p)^\\top",
    .source = "Wang et al., ICCV 2019, 322",
    .input = "scores (logits)",
    .target = "labels in [0, C)",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_DIFFERENTIABLE | LK_SMOOTH,
    .kind = LK_KIND_ROWS,
    .takes = LK_ROW_ARGUMENTS,
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET),
    .n_params = 3,
    .params = {{.name = "alpha",
                .preset = 0.1,
                .lowest = 0,
                .highest = 1e6,
                .meaning = "weight of the cross-entropy"},
               {.name = "beta",
                .preset = 1,
                .lowest = 0,
                .highest = 1e6,
                .meaning = "weight of the reverse cross-entropy"},
               {.name = "log_zero",
                .preset = -4,
                .lowest = -1e3,
                .highest = 0,
                .meaning = "A, what the logarithm of a target of 0 counts as"}},
    .axis = LK_AXIS_INPUT,
    .notes = "The reverse part is at most -beta A, so that rows with a wrong label pull less than "
             "with cross-entropy alone. Not convex. The mean divides by the number of rows, "
             "whatever the class weights.",
    .elsewhere =
        "PyTorch, Keras and optax have none. SCELoss-Reproduce, a PyTorch code: the logarithm of 0 "
        "counts as log(1e-4) = -9.2, not -4, and the small targets enter its cross-entropy too.",
};

LK_FN label_jet symmetric_cross_entropy(likelihood l, const real *p)
{
    const real b = -p[1] * p[2], bp = b * l.p;
    return (label_jet){r_fma(b, l.q, p[0] == R(0) ? R(0) : -p[0] * l.u), -p[0] - bp, -bp * l.q};
}
