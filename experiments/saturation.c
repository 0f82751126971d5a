/* saturation.c: one neuron with a sigmoid, trained from a bad start with two costs. */
#include "experiment.h"
#include "trial.h"

#include <math.h>

/* One input 1 whose target is 0: a = sigmoid(w + b). */
enum { UPDATES = 300, STARTS = 2, COSTS = 2 };
static const double rate = 0.15, slow_rate = 0.005;

static const struct {
    const char *name, *label;
    lk_loss loss;
    /* a after 0, 50, 100, 200 and 300 updates from each start (w, b), and the first |dC/dz| */
    double expected[STARTS][5], slope[STARTS];
} costs[COSTS] = {{"quadratic",
                   "quadratic cost",
                   LK_SQUARED_ERROR,
                   {{.8176, .3870, .2110, .1237, .0940}, {.9820, .9759, .9641, .7887, .2028}},
                   {.1219, .0173}},
                  {"cross-entropy",
                   "cross-entropy",
                   LK_SIGMOID_CROSS_ENTROPY,
                   {{.8176, .0792, .0371, .0178, .0116}, {.9820, .0985, .0411, .0186, .0120}},
                   {.8176, .9820}}};
static const double starts[STARTS][2] = {{.6, .9}, {2, 2}};
static const int shown[5] = {0, 50, 100, 200, 300};

typedef struct neuron {
    double output, slope; /* a and dC/dz */
} neuron;

/* The slope of cross-entropy at t = 0 is sigmoid(z) itself; the quadratic cost is of a, and the
 * chain rule brings in da/dz = a (1 - a), which is the curvature of cross-entropy. Cross-entropy of
 * a stands for the mistake of leaving that factor out. */
static lk_status look(lk_loss loss, double z, neuron *out)
{
    double a, a_slope;
    lk_status status = trial_curve(LK_SIGMOID_CROSS_ENTROPY, NULL, 0, 1, &z, 0, NULL, &a, &a_slope);
    *out = (neuron){a, a};
    if (status || loss == LK_SIGMOID_CROSS_ENTROPY) return status;
    if (loss == LK_BINARY_CROSS_ENTROPY)
        return trial_curve(loss, NULL, 0, 1, &a, 0, NULL, &out->slope, NULL);
    const double half = 1;
    status = trial_curve(loss, &half, 1, 1, &a, 0, NULL, &out->slope, NULL);
    out->slope *= a_slope;
    return status;
}

/* The output before the first and after each update. */
static lk_status train(lk_loss loss, double step, const double start[2], double *output,
                       double *first_slope)
{
    double w = start[0], b = start[1];
    for (int k = 0; k <= UPDATES; k++) {
        neuron now;
        const lk_status status = look(loss, w + b, &now);
        if (status) return status;
        output[k] = now.output;
        if (k == 0) *first_slope = fabs(now.slope);
        w -= step * now.slope;
        b -= step * now.slope;
    }
    return LK_OK;
}

/* A step without da/dz, as a published animation of this neuron takes it. */
static lk_status show_missing_slope(experiment *x)
{
    static const struct {
        const char *name;
        lk_loss loss;
        double expected[STARTS]; /* a after the last update */
    } steps[2] = {{"−η ∂C/∂a, as published", LK_BINARY_CROSS_ENTROPY, {.0404, .0479}},
                  {"−η ∂C/∂w, gradient descent", LK_SIGMOID_CROSS_ENTROPY, {.4177, .7796}}};
    double slope[2][STARTS];
    heading(x, "A step that is not gradient descent");
    table(x, "The output a after 300 updates with learning rate 0.005",
          "step of w and b|from (0.6, 0.9)|from (2, 2)");
    for (int k = 0; k < 2; k++) {
        cell(x, "%s", steps[k].name);
        for (int s = 0; s < STARTS; s++) {
            double output[UPDATES + 1];
            const lk_status status =
                train(steps[k].loss, slow_rate, starts[s], output, &slope[k][s]);
            if (status) return status;
            cell_digits(x, output[UPDATES], steps[k].expected[s], 4);
        }
    }
    refute(x, "A published animation shows how cross-entropy learns: its step is the slope ∂C/∂a.",
           "The slope of C along w and b is ∂C/∂a · σ'(z). Without σ' the steps are 1/(a(1 − a)) "
           "times too long, at least 4 times: the published curves, which end at 0.0404 and "
           "0.0479, are not those of gradient descent.");
    check_near(
        x, slope[0][1] / slope[1][1], 2 + 2 * cosh(starts[1][0] + starts[1][1]), 1e-9,
        "the published step over the gradient at (2, 2), which is 1/(a(1 − a)) = 2 + 2 cosh z");
    return LK_OK;
}

static lk_status run(experiment *x)
{
    double output[COSTS][STARTS][UPDATES + 1];
    double slope[COSTS][STARTS], at[UPDATES + 1];
    trial_grid(0, UPDATES, UPDATES + 1, at);
    for (int c = 0; c < COSTS; c++)
        for (int s = 0; s < STARTS; s++) {
            const lk_status status =
                train(costs[c].loss, rate, starts[s], output[c][s], &slope[c][s]);
            if (status) return status;
        }

    tell(x,
         "A single neuron with the input 1 has to give 0: a = σ(w + b). It starts at (w, b) = "
         "(0.6, 0.9), which is wrong, and at (2, 2), which is very wrong, and takes %d steps of "
         "gradient descent with learning rate %g.",
         UPDATES, rate);
    tell(x, "The quadratic cost and its slope:");
    formula(x,
            "C=\\tfrac12(y-a)^2,\\quad \\frac{\\partial C}{\\partial w}=(a-y)\\,\\sigma'(z)\\,x");
    tell(x, "Cross-entropy, for y = 0, and its slope:");
    formula(x, "C=-\\log(1-a),\\quad \\frac{\\partial C}{\\partial w}=(a-y)\\,x");
    table(x, "The neuron's output a after so many updates",
          "cost, start (w, b)|0|50|100|200|300|first slope of C in z");
    for (int c = 0; c < COSTS; c++)
        for (int s = 0; s < STARTS; s++) {
            cell(x, "%s, (%g, %g)", costs[c].name, starts[s][0], starts[s][1]);
            for (int k = 0; k < 5; k++)
                cell_digits(x, output[c][s][shown[k]], costs[c].expected[s][k], 4);
            cell_digits(x, slope[c][s], costs[c].slope[s], 4);
        }
    check_near(x, slope[0][0] / slope[0][1], 7, 0.1,
               "how much slower the quadratic cost learns from the larger error");

    for (int c = 0; c < COSTS; c++) {
        figure(x, &(figure_look){.title = costs[c].label,
                                 .alt = c ? "The output falls at once from both starts."
                                          : "From the worse start the output stays near 1 for 200 "
                                            "updates before it falls.",
                                 .x_label = "updates",
                                 .y_label = "output a (the target is 0)",
                                 .y_range = {0, 1}});
        figure_line(x, "from (0.6, 0.9)", UPDATES + 1, at, output[c][0]);
        figure_line(x, "from (2, 2)", UPDATES + 1, at, output[c][1]);
    }
    return show_missing_slope(x);
}

const experiment_info saturation_experiment = {
    .name = "saturation",
    .title = "A saturated neuron learns slowly with squared error, and at once with cross-entropy",
    .claim = "With the quadratic cost a neuron learns the more slowly the more wrong it is, "
             "because its gradient has the factor σ'(z). Cross-entropy cancels that factor.",
    .run = run,
};
