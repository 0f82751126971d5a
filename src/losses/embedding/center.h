/* Center loss: pulls the features of a class together around a center of its own. */
#include "embedding.h"

static const lk_loss_info center_info = {
    .name = "center",
    .family = "embedding",
    .title = "Center loss",
    .tex = "\\tfrac12\\lVert x-c_y\\rVert^2",
    .gradient_tex = "x-c_y",
    .curvature_tex = "1",
    .source = "Wen, Zhang, Li and Qiao, ECCV 2016, 499",
    .input = "features",
    .target = "class in [0, C)",
    .input_domain = LK_REALS,
    .target_domain = LK_CLOSED(0, HUGE_VAL),
    .traits = LK_CONVEX | LK_DIFFERENTIABLE | LK_SMOOTH,
    .axis = LK_AXIS_INPUT,
    .auxiliary_param = -1,
    .kind = LK_KIND_EMBEDDING,
    .takes = LK_UNIT_ARGUMENTS | LK_BIT(TARGET) | LK_BIT(CENTERS) | LK_BIT(CENTER_STEP),
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET) | LK_BIT(CENTERS),
    .notes = "center_step[j] is the sum of c_j - x over the rows of class j, divided by 1 + their "
             "number: subtract it, times a rate (.5), from the centers. It is not the gradient: "
             "weights (other than 0, which takes a row out), upstream, reduction and accumulation "
             "leave it alone. Alone the loss collapses all features: add it to a classification "
             "loss of the same reduction.",
    .elsewhere = "The authors' Caffe layer: the same, with the same step of the centers. "
                 "pytorch-center-loss: without the factor 1/2; centers follow their gradient. "
                 "PyTorch itself, Keras and pytorch-metric-learning have none.",
};

LK_FN gap_jet center(double square, double distance, double target, const double *p)
{
    (void)distance, (void)target, (void)p;
    const gap_jet j = {0.5 * square, 1, 0};
    return j;
}
