/* Large-margin softmax: the angle to the label's weights counts m times, so that classes must lie
 * apart in angle. */
#include "rows.h"

static const lk_loss_info large_margin_softmax_info = {
    .name = "large_margin_softmax",
    .family = "classes",
    .title = "Large-margin softmax (L-Softmax)",
    .tex = "\\log\\textstyle\\sum_je^{f_j}-f_y,\\quad "
           "f_y=\\frac{\\lambda W_yx+\\|W_y\\|\\|x\\|\\psi(\\theta_y)}{1+\\lambda},\\quad "
           "\\psi(\\theta)=(-1)^k\\cos m\\theta-2k",
    .gradient_tex = "\\frac{\\partial\\|w\\|\\|x\\|\\psi}{\\partial x}="
                    "\\frac{\\|w\\|}{\\|x\\|}(\\psi-cB)x+Bw,\\quad B=(-1)^km\\,U_{m-1}(c)",
    .source = "Liu et al., ICML 2016, 507",
    .input = "features",
    .target = "labels in [0, C)",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_DIFFERENTIABLE,
    .kind = LK_KIND_LINEAR,
    .takes = LK_LINEAR_ARGUMENTS,
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET) | LK_BIT(WEIGHTS),
    .n_params = 2,
    .params = {{.name = "m",
                .preset = 4,
                .lowest = 1,
                .highest = 64,
                .meaning = "whole number: how many times the angle counts; 1 is plain softmax"},
               {.name = "lambda",
                .preset = 5,
                .lowest = 0,
                .highest = 1e30,
                .meaning = "weight of the plain score in the mean of both; "
                           "lk_large_margin_lambda() lowers it while training"}},
    .axis = LK_AXIS_INPUT,
    .notes = "m = 1 takes the plain score and equals linear_cross_entropy bit for bit. Features or "
             "weights of norm 0 have cosine 0 and no gradient through the angle. Predict with the "
             "plain scores. Needs CBLAS.",
    .elsewhere = "The authors' Caffe layer: the same, with m from 1 to 4 and a lambda that falls "
                 "as in lk_large_margin_lambda(). pytorch-metric-learning LargeMarginSoftmaxLoss: "
                 "m is margin = 4, without lambda. PyTorch itself and Keras have none.",
};

/* psi and B = d(psi)/dc from the cosine c: Chebyshev's T_m and U_(m-1) by their recurrence. */
typedef struct margin_angle {
    double psi, slope;
} margin_angle;

LK_FN margin_angle large_margin_angle(double c, int m)
{
    const double pi = 3.14159265358979323846;
    double t0 = 1, t1 = c, u0 = 0, u1 = 1;
    int k = 0;
    for (int j = 1; j < m; j++) {
        const double t2 = 2 * c * t1 - t0, u2 = 2 * c * u1 - u0;
        t0 = t1;
        t1 = t2;
        u0 = u1;
        u1 = u2;
        k += c < cos(j * pi / m);
    }
    const double sign = k & 1 ? -1 : 1;
    const margin_angle a = {sign * t1 - 2 * k, sign * m * u1};
    return a;
}
