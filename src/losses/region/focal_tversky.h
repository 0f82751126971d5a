/* Focal Tversky loss: a power of the Tversky loss. */
#include "region.h"
#include "rows.h"

static const lk_loss_info focal_tversky_info = {
    .name = "focal_tversky",
    .family = "region",
    .title = "Focal Tversky loss",
    .tex = "t^\\gamma,\\quad t=\\text{Tversky loss}",
    .gradient_tex = "\\gamma\\,t^{\\gamma-1}\\,t'",
    .curvature_tex = "\\gamma\\,t^{\\gamma-1}\\,t''+\\gamma(\\gamma-1)\\,t^{\\gamma-2}\\,t'^2",
    .target_gradient_tex = "\\gamma\\,t^{\\gamma-1}\\,\\partial t/\\partial g",
    .source = "Abraham and Khan, ISBI 2019, arXiv:1810.07842",
    .input = "probability, or logit",
    .target = "0 or 1, or a probability",
    .input_domain = LK_CLOSED(0, 1), /* with logits: the reals */
    .target_domain = LK_CLOSED(0, 1),
    .traits = LK_BOUNDED,
    .bound = LK_CONSTANT(1),
    .axis = LK_AXIS_INPUT,
    .n_params = 5,
    .params = {{.name = "alpha",
                .preset = 0.5,
                .lowest = 0,
                .highest = 1e6,
                .meaning = "price of false positives"},
               {.name = "beta",
                .preset = 0.5,
                .lowest = 0,
                .highest = 1e6,
                .meaning = "price of false negatives"},
               {.name = "gamma",
                .preset = 4.0 / 3,
                .lowest = 0.0625,
                .highest = 64,
                .meaning = "the power; above 1 bad regions count more, below 1 good ones"},
               LK_SMOOTH_PARAMETER,
               LK_LOGITS_PARAMETER},
    .auxiliary_param = -1,
    .kind = LK_KIND_REGION,
    .takes = LK_REGION_ARGUMENTS | LK_BIT(TARGET_GRADIENT),
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET),
    .notes =
        "gamma is the power itself; Abraham and Khan write 1/gamma, so their 4/3 is 0.75 here. "
        "Where the Tversky loss is exactly 0 the derivatives are taken as 0 (gamma = 1: those "
        "of tversky), although for gamma < 1 the gradient grows without bound on the way "
        "there, and for gamma < 2 the curvature does.",
    .elsewhere = "The authors' Keras code: power 0.75, and alpha = 0.7 is the price of false "
                 "negatives. segmentation_models_pytorch TverskyLoss(gamma=...): the power of the "
                 "mean over the classes, not of each. PyTorch itself, Keras and optax have none.",
};

LK_FN region_jet focal_tversky(region_sums s, const real *p)
{
    const real gamma = p[2];
    const region_jet j = tversky_ratio(s, p[0], p[1], p[3]);
    const real t = j.value, power = t > R(0) ? unit_power(t, gamma) : t;
    const real slope = t > R(0) ? gamma * (power / t) : t + (gamma == R(1) ? R(1) : R(0));
    const real bend = t > R(0) ? gamma * (gamma - R(1)) * (power / t / t) : t;
    return jet_through(j, power, slope, bend);
}
