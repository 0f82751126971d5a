/* Zero-one loss: counts the misclassified; what the other margin losses stand in for. */
#include "pointwise.h"

static const lk_loss_info zero_one_info = {
    .name = "zero_one",
    .family = "margin",
    .title = "Zero-one loss",
    .tex = "[m<0]",
    .gradient_tex = "0",
    .curvature_tex = "0",
    .source = "Wald, Ann. Math. Statist. 10 (1939) 299",
    .input = "score",
    .target = "label, -1 or +1",
    .input_domain = LK_REALS,
    .target_domain = LK_EITHER(-1, 1),
    .traits = LK_BOUNDED | LK_MARGIN_BASED,
    .bound = LK_CONSTANT(1),
    .axis = LK_AXIS_MARGIN,
    .n_kinks = 3,
    .kinks = {{LK_CONSTANT(0), 0}, {{1, -1, 0}, 0}, {{1, 1, 0}, 0}},
    .n_params = 1,
    .params = {{.name = "tolerance",
                .preset = 0,
                .lowest = 0,
                .highest = 1e38,
                .named = {{"sign", 0}},
                .meaning = "T > 0: the loss is 0 where |target - input| < T, else 1; "
                           "0: the sign rule"}},
    .auxiliary_param = -1,
    .notes = "The sign rule counts m = 0 as right. The gradient is 0 everywhere: it can be "
             "measured, not descended. With a tolerance the jumps are at m = 1 - T and 1 + T.",
    .elsewhere = "scikit-learn zero_one_loss is a metric of predicted labels, not of scores. "
                 "PyTorch, Keras and optax have none.",
};

#if LK_REAL == 32
#define LEAST R(0x1p-149) /* the positive numbers begin here: below it is at most 0 */
#else
#define LEAST R(0x1p-1074)
#endif

/* One computation for both rules, |target - input| and -target input: with w = 1 and 0 the cost is
 * |a input + b| and a input + b. Branches on a parameter would keep the loop out of vector
 * registers, selects between constants as well. */
LK_FN jet zero_one(real input, real target, const real *p)
{
    const real tolerance = p[0];
    const real w = tolerance > R(0) ? R(1) : R(0), limit = w > R(0) ? tolerance : LEAST;
    const real a = -(w + (R(1) - w) * target), b = w * target, v = a * input + b;
    const real cost = r_max(v, (R(1) - w - w) * v);
    /* 1 where cost >= limit. */
    return jet_of(R(0.5) + r_copysign(R(0.5), cost - limit), R(0), R(0));
}
