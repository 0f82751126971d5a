/* Focal loss on the softmax: cross-entropy times (1 - p)^gamma, so that labels that are found
 * easily count little. */
#include "rows.h"

static const lk_loss_info softmax_focal_info = {
    .name = "softmax_focal",
    .family = "classes",
    .title = "Softmax focal loss",
    .tex = "-\\alpha(1-p_y)^\\gamma\\log p_y",
    .gradient_tex = "\\alpha\\left[(1-p_y)^\\gamma-\\gamma p_y(1-p_y)^{\\gamma-1}\\log "
                    "p_y\\right](p-e_y)",
    .curvature_tex = "\\ell''(u)(e_y-p)(e_y-p)^\\top-\\ell'(u)(\\operatorname{diag}(p)-pp^\\top),"
                     "\\quad u=\\log p_y",
    .source = "Lin et al., ICCV 2017, 2980",
    .input = "scores (logits)",
    .target = "labels in [0, C)",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_DIFFERENTIABLE | LK_SMOOTH,
    .kind = LK_KIND_ROWS,
    .takes = LK_ROW_ARGUMENTS,
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET),
    .n_params = 2,
    .params = {{.name = "gamma",
                .preset = 2,
                .lowest = 0,
                .highest = 100,
                .meaning = "how fast easy labels lose weight; 0 is cross-entropy"},
               {.name = "alpha",
                .preset = 1,
                .lowest = 0,
                .highest = 1e6,
                .meaning = "weight of all classes; class_weight gives each its own"}},
    .axis = LK_AXIS_INPUT,
    .notes = "Not convex for gamma > 0. The mean divides by the number of rows, whatever the class "
             "weights.",
    .elsewhere = "PyTorch and torchvision have none. Keras CategoricalFocalCrossentropy: alpha = "
                 "0.25 multiplies all classes, and it takes probabilities, clipped to [1e-7, 1 - "
                 "1e-7], unless from_logits=True. MONAI FocalLoss(use_softmax=True): alpha for all "
                 "classes but the first, which has 1 - alpha. segmentation_models_pytorch "
                 "FocalLoss of several classes is a sum of sigmoid focal losses, one for each.",
};

/* l = -q^gamma u; with u = -rho q no power of q below gamma is left. */
LK_FN label_jet softmax_focal(likelihood l, const real *p)
{
    const real gamma = p[0], rho = surprise_ratio(l);
    const real w = p[1] * unit_power(l.q, gamma), pw = l.p > R(0) ? gamma * l.p * w : R(0);
    const real pu = l.p > R(0) ? l.u : R(0);
    return (label_jet){w == R(0) ? R(0) : -w * l.u, l.p > R(0) ? -r_fma(pw, rho, w) : -w,
                       pw * (R(2) + pu + (gamma - R(1)) * (l.p > R(0) ? l.p * rho : R(0)))};
}
