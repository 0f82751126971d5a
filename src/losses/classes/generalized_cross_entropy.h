/* Generalized cross-entropy: between cross-entropy (q = 0) and the absolute error of the label's
 * probability (q = 1), which a wrong label hardly moves. */
#include "rows.h"

static const lk_loss_info generalized_cross_entropy_info = {
    .name = "generalized_cross_entropy",
    .family = "classes",
    .title = "Generalized cross-entropy",
    .tex = "(1-p_y^q)/q",
    .gradient_tex = "p_y^q(p-e_y)",
    .curvature_tex = "p_y^q(\\operatorname{diag}(p)-pp^\\top)-q\\,p_y^q(e_y-p)(e_y-p)^\\top",
    .source = "Zhang and Sabuncu, NeurIPS 2018, 8778",
    .input = "scores (logits)",
    .target = "labels in [0, C)",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_DIFFERENTIABLE | LK_SMOOTH | LK_BOUNDED | LK_LIPSCHITZ,
    .lipschitz = LK_CONSTANT(1),
    .bound = LK_CONSTANT(1e3),
    .kind = LK_KIND_ROWS,
    .takes = LK_ROW_ARGUMENTS,
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET),
    .n_params = 1,
    .params = {{.name = "q",
                .preset = 0.7,
                .lowest = 1e-3,
                .highest = 1,
                .meaning = "robustness: towards 0 cross-entropy, 1 the absolute error 1 - p"}},
    .axis = LK_AXIS_INPUT,
    .notes = "At most 1/q. Almost no gradient where the label is found very unlikely.",
    .elsewhere =
        "Keras CategoricalGeneralizedCrossEntropy: the same of probabilities, q = 0.5 unless set. "
        "TruncatedLoss, a PyTorch code, leaves out rows whose label has a probability below k = "
        "0.5 and shifts the value by a constant. PyTorch itself and optax have none.",
};

/* The power is taken of p itself, whose error is a relative one, as long as p is there. */
LK_FN label_jet generalized_cross_entropy(likelihood l, const real *p)
{
    const real q = p[0], exponent = q * l.u;
    const real of_p = unit_power(l.p, q), of_u = r_exp_neg(exponent);
    const real power = l.p > SMALLEST_NORMAL ? of_p : of_u;
    return (label_jet){-r_expm1(exponent) / q, -power, -q * power * l.q};
}
