/* ArcFace: softmax of cosines, with an angle added to the label's. */
#include "rows.h"

static const lk_loss_info arcface_info = {
    .name = "arcface",
    .family = "classes",
    .title = "ArcFace (additive angular margin)",
    .tex = "\\log\\textstyle\\sum_je^{f_j}-f_y,\\quad f_j=s\\cos\\theta_j,\\ "
           "f_y=s\\cos(\\theta_y+m)",
    .gradient_tex = "\\text{through }\\cos\\theta_j=\\hat W_j\\cdot\\hat x",
    .source = "Deng et al., CVPR 2019, 4690",
    .input = "features",
    .target = "labels in [0, C)",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .kind = LK_KIND_LINEAR,
    .takes = LK_LINEAR_ARGUMENTS,
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET) | LK_BIT(WEIGHTS),
    .n_params = 2,
    .params = {{.name = "s", .preset = 64, .lowest = 1e-3, .highest = 1e6, .meaning = "scale"},
               {.name = "m",
                .preset = 0.5,
                .lowest = 0,
                .highest = 3.14,
                .meaning = "angle added to the label's, in radians"}},
    .axis = LK_AXIS_INPUT,
    .notes =
        "Past theta + m = pi the label's score is s (cos theta - m sin m). Features or weights "
        "of norm 0 have cosine 0 and gradient 0. Needs CBLAS.",
    .elsewhere = "pytorch-metric-learning ArcFaceLoss: the same, but margin is in degrees, 28.6 "
                 "unless set; old versions kept cos(theta + m) beyond pi. insightface: the same, "
                 "in radians; label -1 has no margin. PyTorch itself and Keras have none.",
};

/* The label's score over s and its derivative by the cosine. Where x and w are aligned the
 * derivative is infinite, but what it multiplies is 0. */
LK_FN double arcface(double c, double m, double *slope)
{
    const double sine = sqrt(c > -1 && c < 1 ? (1 - c) * (1 + c) : 0);
    if (c < -cos(m)) { /* theta + m > pi */
        *slope = 1;
        return c - m * sin(m);
    }
    *slope = sine > 0 ? cos(m) + c * sin(m) / sine : cos(m);
    return c * cos(m) - sine * sin(m);
}
