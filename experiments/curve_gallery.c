/* curve_gallery.c: what the losses look like. What can be read off: see curve_checks.c. */
#include "curve_gallery.h"
#include "trial.h"

#include <math.h>

enum { POINTS = 321, CURVES = 5 };

/* ---- the gallery --------------------------------------------------------------------------------
 */

typedef struct picture {
    figure_look look;
    double from, to, target;
    double unit; /* of the values; 0: 1 */
    int n_curves;
    curve curves[CURVES];
} picture;

static const picture margin_pictures[] = {
    {.look = {.title = "Margin losses",
              .alt = "Over the margin from -4 to 4: 0-1 loss is a step at 0, hinge and perceptron "
                     "are bent lines, logistic and exponential loss fall smoothly. All but the "
                     "perceptron's lie above the step.",
              .x_label = "margin m = y f",
              .y_label = "loss",
              .x_range = {-4, 4},
              .y_range = {0, 8}},
     .from = -4,
     .to = 4,
     .target = 1,
     .n_curves = 5,
     .curves = {{"0-1", LK_ZERO_ONE, 0, {0}},
                {"hinge", LK_HINGE, 0, {0}},
                {"logistic, base 2", LK_LOGISTIC, 1, {1}},
                {"exponential", LK_EXPONENTIAL, 0, {0}},
                {"perceptron", LK_PERCEPTRON, 0, {0}}}},
    {.look = {.title = "Ramp loss: a hinge with a ceiling",
              .alt = "The ramp with s = -0.5 follows the hinge from margin 2 down to -0.5 and "
                     "stays at 1.5 from there on, where the hinge goes on rising.",
              .x_label = "margin m = y f",
              .y_label = "loss",
              .x_range = {-2, 2},
              .y_range = {0, 3}},
     .from = -2,
     .to = 2,
     .target = 1,
     .n_curves = 3,
     .curves = {{"ramp, s = -0.5", LK_RAMP, 1, {-.5}},
                {"hinge", LK_HINGE, 0, {0}},
                {"0-1", LK_ZERO_ONE, 0, {0}}}}};

static const picture regression_pictures[] = {
    {.look = {.title = "Squared error of predictions from -10000 to 10000",
              .alt = "A parabola with its lowest point at the target 100; at the ends it reaches "
                     "100 million.",
              .x_label = "prediction (the target is 100)",
              .y_label = "squared error, in millions"},
     .from = -10000,
     .to = 10000,
     .target = 100,
     .unit = 1e6,
     .n_curves = 1,
     .curves = {{NULL, LK_SQUARED_ERROR, 0, {0}}}},
    {.look =
         {.title = "Absolute error of the same predictions",
          .alt = "A V with its lowest point at the target 100; at the ends it reaches 10 thousand.",
          .x_label = "prediction (the target is 100)",
          .y_label = "absolute error, in thousands"},
     .from = -10000,
     .to = 10000,
     .target = 100,
     .unit = 1e3,
     .n_curves = 1,
     .curves = {{NULL, LK_ABSOLUTE_ERROR, 0, {0}}}},
    {.look = {.title = "Huber loss",
              .alt =
                  "Three curves with the same lowest point: with delta 10 a parabola over the "
                  "whole range, with delta 1 a V with a rounded tip, with delta 0.1 nearly flat.",
              .x_label = "residual r",
              .y_label = "loss",
              .x_range = {-10, 10}},
     .from = -10,
     .to = 10,
     .n_curves = 3,
     .curves = {{"δ = 0.1", LK_HUBER, 1, {.1}},
                {"δ = 1", LK_HUBER, 1, {1}},
                {"δ = 10", LK_HUBER, 1, {10}}}},
    {.look = {.title = "Log-cosh: squared error near 0, absolute error far away",
              .alt = "Log-cosh follows half the squared error near 0 and runs parallel to the "
                     "absolute error, log 2 below it, far away.",
              .x_label = "residual r",
              .y_label = "loss",
              .x_range = {-10, 10},
              .y_range = {0, 10}},
     .from = -10,
     .to = 10,
     .n_curves = 3,
     .curves = {{"log-cosh", LK_LOG_COSH, 0, {0}},
                {"absolute error", LK_ABSOLUTE_ERROR, 0, {0}},
                {"half the squared error", LK_SQUARED_ERROR, 1, {1}}}},
    {.look = {.title = "L1, L2 and Tukey's loss",
              .alt = "L2, a parabola, leaves the frame at a residual of 4.5; L1 rises evenly to "
                     "20; Tukey's loss rises to 3.66 at a residual of 4.69 and stays there.",
              .x_label = "residual r",
              .y_label = "loss",
              .x_range = {-20, 20},
              .y_range = {0, 20}},
     .from = -20,
     .to = 20,
     .n_curves = 3,
     .curves = {{"L1: absolute error", LK_ABSOLUTE_ERROR, 0, {0}},
                {"L2: squared error", LK_SQUARED_ERROR, 0, {0}},
                {"Tukey, c = 4.6851", LK_TUKEY_BIWEIGHT, 0, {0}}}}};

static const picture focal_picture = {
    .look = {.title = "Focal loss takes weight from what is easy",
             .alt =
                 "Over the probability of the true class: five falling curves, the lower the "
                 "larger gamma; with gamma 5 the loss is close to 0 from a probability of 0.6 on.",
             .x_label = "probability p of the true class",
             .y_label = "loss",
             .x_range = {0, 1},
             .y_range = {0, 5}},
    .from = 0,
    .to = 1,
    .target = 1,
    .n_curves = 5,
    .curves = {{"γ = 0: cross-entropy", LK_SIGMOID_FOCAL, 2, {0, -1}},
               {"γ = 0.5", LK_SIGMOID_FOCAL, 2, {.5, -1}},
               {"γ = 1", LK_SIGMOID_FOCAL, 2, {1, -1}},
               {"γ = 2", LK_SIGMOID_FOCAL, 2, {2, -1}},
               {"γ = 5", LK_SIGMOID_FOCAL, 2, {5, -1}}}};

/* The curves at n inputs, over `at`. */
static lk_status draw_at(experiment *x, const picture *p, int64_t n, const double *at,
                         const double *input)
{
    figure(x, &p->look);
    for (int k = 0; k < p->n_curves; k++) {
        double value[POINTS];
        const lk_status status = curve_values(&p->curves[k], n, input, p->target, value, NULL);
        if (status) return status;
        for (int64_t i = 0; i < n; i++) value[i] /= p->unit > 0 ? p->unit : 1;
        figure_line(x, p->curves[k].label, n, at, value);
    }
    return LK_OK;
}

static lk_status draw(experiment *x, const picture *p)
{
    double at[POINTS];
    trial_grid(p->from, p->to, POINTS, at);
    return draw_at(x, p, POINTS, at, at);
}

/* ---- focal loss ---------------------------------------------------------------------------------
 */

static lk_status show_focal(experiment *x)
{
    enum { INSIDE = 199 }; /* without 0 and 1, whose logits are infinite */
    double p[INSIDE], z[INSIDE];
    trial_grid(.005, .995, INSIDE, p);
    for (int k = 0; k < INSIDE; k++) z[k] = log(p[k] / (1 - p[k]));
    lk_status status = draw_at(x, &focal_picture, INSIDE, p, z);
    const double easy = log(9); /* p = 0.9 */
    double cross, focal;
    if (!status) status = curve_values(&focal_picture.curves[0], 1, &easy, 1, &cross, NULL);
    if (!status) status = curve_values(&focal_picture.curves[3], 1, &easy, 1, &focal, NULL);
    if (status) return status;
    check_near(x, cross / focal, 100, 1e-10,
               "cross-entropy over focal loss with γ = 2 where the true class has probability 0.9");
    return LK_OK;
}

static lk_status run(experiment *x)
{
    heading(x, "Margin losses");
    tell(x, "The label y is -1 or +1, f the score, and m = y f the margin: positive where the "
            "score has the right sign.");
    formula(x, "\\text{hinge}=\\max(0,1-m)");
    formula(x, "\\text{logistic}=\\log_2(1+e^{-m})");
    formula(x, "\\text{exponential}=e^{-m}");
    formula(x, "\\text{perceptron}=\\max(0,-m)");
    lk_status status = LK_OK;
    for (int k = 0; !status && k < 2; k++) status = draw(x, &margin_pictures[k]);
    if (!status) status = show_margin_curves(x);
    heading(x, "Regression losses");
    tell(x, "r is the residual, prediction minus target. A loss is robust when it does not grow "
            "faster than r: an outlier then pulls no harder than any other point.");
    for (int k = 0; !status && k < 5; k++) status = draw(x, &regression_pictures[k]);
    if (!status) status = show_regression_curves(x);
    heading(x, "Focal loss");
    formula(x, "-(1-p)^{\\gamma}\\log p");
    if (!status) status = show_focal(x);
    return status;
}

const experiment_info curve_gallery_experiment = {
    .name = "curve_gallery",
    .title = "The curves of the losses, and what they tell",
    .claim =
        "A loss is known by its curve: how it grows says how it treats outliers, where it is flat "
        "says what it ignores, and a margin loss above the 0-1 loss bounds the number of mistakes.",
    .run = run,
};
