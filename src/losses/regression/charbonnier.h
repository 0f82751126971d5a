/* Charbonnier loss: absolute error with its corner rounded at the scale epsilon. */
#include "hypotenuse.h"

static const lk_loss_info charbonnier_info = {
    .name = "charbonnier",
    .family = "regression",
    .title = "Charbonnier loss",
    .tex = "\\sqrt{r^2+\\epsilon^2}",
    .gradient_tex = "\\frac{r}{\\sqrt{r^2+\\epsilon^2}}",
    .curvature_tex = "\\frac{\\epsilon^2}{(r^2+\\epsilon^2)^{3/2}}",
    .fisher_tex = "\\frac{1}{\\sqrt{r^2+\\epsilon^2}}",
    .upper_tex = "1/\\epsilon",
    .source = "Charbonnier, Blanc-Feraud, Aubert and Barlaud, ICIP 1994",
    .input = "prediction",
    .target = "any real",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits =
        LK_CONVEX | LK_DIFFERENTIABLE | LK_SMOOTH | LK_LIPSCHITZ | LK_SYMMETRIC | LK_DISTANCE_BASED,
    .lipschitz = LK_CONSTANT(1),
    .n_params = 1,
    .params = {{.name = "epsilon",
                .preset = 1e-3,
                .lowest = 0x1p-126,
                .highest = 1e38,
                .meaning = "residual scale below which the loss is flat"}},
    .auxiliary_param = -1,
    .notes = "The smallest value is epsilon, not 0.",
    .elsewhere = "BasicSR CharbonnierLoss: its eps is the square of epsilon here, 1e-12 unless "
                 "set. Codes in circulation differ in this: some square eps, some do not. Barron's "
                 "paper calls pseudo_huber Charbonnier loss. PyTorch, Keras and optax have none.",
};

LK_FN jet charbonnier(real input, real target, const real *p)
{
    const real epsilon = p[0], r = input - target, a = r_abs(r);
    const hypotenuse h = hypotenuse_of(r, epsilon);
    const real inverse = over_hypotenuse(R(1), h), share = over_hypotenuse(epsilon, h);
    const real grow = h.down < R(1) ? R(1) / HYPOTENUSE_DOWN : R(1);
    const real shrink = h.up > R(1) ? R(1) / HYPOTENUSE_UP : R(1);
    const jet j = jet_of(a < R_INF ? h.length * grow * shrink : a,
                         r_copysign(over_hypotenuse(finite_size(r), h), r),
                         share * (epsilon * h.up * h.down / h.square * h.up * h.down));
    return with_upper(with_fisher(j, inverse), R(1) / epsilon);
}
