/* surfaces.c: the sigmoid and its slope, the surface of softmax cross-entropy, and the slopes of
 * cross-entropy and squared error. */
#include "experiment.h"
#include "trial.h"

#include <math.h>

enum { POINTS = 241, SIDE = 61, FINE = 2999 };

/* ---- the sigmoid --------------------------------------------------------------------------------
 */

/* a = sigmoid(z) is the slope of cross-entropy at the target 0, and its own slope the curvature. */
static lk_status sigmoid(int64_t n, const double *z, double *a, double *slope)
{
    return trial_curve(LK_SIGMOID_CROSS_ENTROPY, NULL, 0, n, z, 0, NULL, a, slope);
}

/* z at which the sigmoid is a: 1/3000 to 2999/3000, among them 1/2 and 2/3. */
static void fine_grid(double *a, double *z)
{
    trial_grid(1. / (FINE + 1), FINE / (FINE + 1.), FINE, a);
    for (int k = 0; k < FINE; k++) z[k] = log(a[k] / (1 - a[k]));
}

static lk_status show_sigmoid(experiment *x)
{
    double z[POINTS], a[POINTS], slope[POINTS];
    trial_grid(-6, 6, POINTS, z);
    const lk_status status = sigmoid(POINTS, z, a, slope);
    if (status) return status;
    formula(x, "\\sigma(z)=\\frac{1}{1+e^{-z}}");
    formula(x, "\\sigma'(z)=\\sigma(z)\\,(1-\\sigma(z))");
    figure(x, &(figure_look){.title = "The sigmoid and its slope",
                             .alt = "The sigmoid rises from 0 to 1 in an S; its slope is a bell, "
                                    "0.25 at 0 and almost 0 beyond -6 and 6.",
                             .x_label = "z",
                             .y_label = "σ(z), σ'(z)",
                             .x_range = {-6, 6},
                             .y_range = {0, 1}});
    figure_line(x, "σ(z)", POINTS, z, a);
    figure_line(x, "σ'(z)", POINTS, z, slope);
    int steepest = 0;
    for (int k = 0; k < POINTS; k++)
        if (slope[k] > slope[steepest]) steepest = k;
    check_near(x, slope[steepest], .25, 1e-15, "the steepest slope of the sigmoid");
    check_near(x, z[steepest], 0, 1e-12, "where it is");
    return LK_OK;
}

/* ---- softmax cross-entropy over two scores ------------------------------------------------------
 */

/* The loss of n rows of two scores, (right, wrong). */
static lk_status two_class_loss(int64_t n, const double *scores, double *value)
{
    static const int64_t right[SIDE * SIDE]; /* class 0 */
    const int64_t shape[2] = {n, 2};
    const lk_tensor in = lk_view(scores, LK_F64, 2, shape), label = lk_vector(right, LK_I64, &n),
                    out = lk_vector(value, LK_F64, &n);
    lk_call call = LK_CALL_INIT;
    call.input = &in;
    call.target = &label;
    call.value = &out;
    call.reduction = LK_NONE;
    return lk_softmax_cross_entropy(&call, 0, 0, 0, 0);
}

static lk_status show_surface(experiment *x)
{
    double along[SIDE], scores[SIDE * SIDE][2], value[SIDE * SIDE];
    trial_grid(-5, 5, SIDE, along);
    for (int row = 0; row < SIDE; row++)
        for (int column = 0; column < SIDE; column++) {
            scores[row * SIDE + column][0] = along[column];
            scores[row * SIDE + column][1] = along[row];
        }
    const lk_status status = two_class_loss((int64_t)SIDE * SIDE, scores[0], value);
    if (status) return status;
    heading(x, "Softmax cross-entropy over two scores");
    figure(x,
           &(figure_look){
               .title = "Softmax cross-entropy of two scores",
               .alt =
                   "A slope that falls from the upper left, where the wrong score is larger, to "
                   "the lower right, where it is flat. Lines of equal loss run along the diagonal.",
               .x_label = "score of the right class",
               .y_label = "score of the wrong class",
               .x_range = {-5, 5},
               .y_range = {-5, 5},
               .equal_units = 1});
    figure_surface(x, SIDE, SIDE, value);
    double equal = 0, along_diagonal = 0;
    for (int k = 0; k < SIDE; k++) equal = fmax(equal, fabs(value[k * SIDE + k] - log(2)));
    for (int row = 0; row + 1 < SIDE; row++)
        for (int column = 0; column + 1 < SIDE; column++)
            along_diagonal = fmax(along_diagonal, fabs(value[row * SIDE + column] -
                                                       value[(row + 1) * SIDE + column + 1]));
    check_at_most(x, once(equal), 1e-15, "how far the loss of equal scores is from log 2");
    check_at_most(x, once(along_diagonal), 1e-14,
                  "how much the loss changes when both scores grow by as much");
    check_digits(x, value[(SIDE - 1) * SIDE], 10.0000454, 7,
                 "the loss at scores -5 and 5: 10 + log(1 + e⁻¹⁰)");
    return LK_OK;
}

/* ---- two costs of one neuron --------------------------------------------------------------------
 */

/* |dC/dz| at y = 0 of half the squared error and of cross-entropy. */
static lk_status slopes(int64_t n, const double *z, double *squared, double *cross)
{
    const double half = 1;
    double a[FINE], a_slope[FINE];
    lk_status status = sigmoid(n, z, a, a_slope);
    if (!status) status = trial_curve(LK_SQUARED_ERROR, &half, 1, n, a, 0, NULL, squared, NULL);
    for (int64_t k = 0; !status && k < n; k++) {
        squared[k] *= a_slope[k];
        cross[k] = a[k];
    }
    return status;
}

static void draw_slopes(experiment *x, const double *a, const double *squared, const double *cross)
{
    enum { STEP = 10, SHOWN = FINE / STEP };
    double at[SHOWN], s[SHOWN], c[SHOWN], ratio[SHOWN];
    for (int k = 0; k < SHOWN; k++) {
        at[k] = a[(k + 1) * STEP - 1];
        s[k] = squared[(k + 1) * STEP - 1];
        c[k] = cross[(k + 1) * STEP - 1];
        ratio[k] = c[k] / s[k];
    }
    figure(x, &(figure_look){.title = "Slope of two costs along z, target 0",
                             .alt = "Cross-entropy's slope is the output itself, a straight line. "
                                    "Squared error's slope stays below 0.15, is largest at 2/3 and "
                                    "falls to 0 at 1, where the neuron is most wrong.",
                             .x_label = "output a (the target is 0)",
                             .y_label = "|dC/dz|",
                             .x_range = {0, 1},
                             .y_range = {0, 1}});
    figure_line(x, "cross-entropy", SHOWN, at, c);
    figure_line(x, "½ squared error", SHOWN, at, s);
    figure_mark(x, "a = 2/3", 2. / 3);
    figure(x, &(figure_look){.title = "Cross-entropy's slope over squared error's: 1/(a(1 − a))",
                             .alt = "The ratio of the slopes is 4 at an output of 0.5 and grows "
                                    "beyond 100 towards 0 and 1.",
                             .x_label = "output a",
                             .y_label = "ratio of the slopes",
                             .x_range = {0, 1},
                             .y_range = {1, 1000},
                             .y_log = 1});
    figure_line(x, NULL, SHOWN, at, ratio);
}

static lk_status show_slopes(experiment *x)
{
    double a[FINE], z[FINE], squared[FINE], cross[FINE], above[FINE], below[FINE], unused[FINE];
    const double h = 1e-4;
    fine_grid(a, z);
    lk_status status = slopes(FINE, z, squared, cross);
    if (status) return status;
    double moved[FINE];
    for (int k = 0; k < FINE; k++) moved[k] = z[k] + h;
    status = slopes(FINE, moved, above, unused);
    for (int k = 0; k < FINE; k++) moved[k] = z[k] - h;
    if (!status) status = slopes(FINE, moved, below, unused);
    if (status) return status;

    double least = INFINITY, ratio_error = 0, slope_error = 0, curve_error = 0;
    int at_least = 0, peak = 0, wrong_sign = 0;
    for (int k = 0; k < FINE; k++) {
        const double ratio = cross[k] / squared[k], s = a[k] * (1 - a[k]);
        const double curvature = (above[k] - below[k]) / (2 * h);
        if (ratio < least) at_least = k;
        least = fmin(least, ratio);
        ratio_error = fmax(ratio_error, fabs(ratio * s - 1));
        slope_error = fmax(slope_error, fabs(squared[k] - a[k] * s));
        curve_error = fmax(curve_error, fabs(curvature - a[k] * s * (2 - 3 * a[k])));
        if (squared[k] > squared[peak]) peak = k;
        if (fabs(a[k] - 2. / 3) > 1e-3) wrong_sign += (curvature < 0) != (a[k] > 2. / 3);
    }
    heading(x, "Squared error against cross-entropy, through a sigmoid");
    tell(x, "With the target 0, ½a² and cross-entropy −log(1 − a) have these slopes along z:");
    formula(x, "\\frac{\\partial}{\\partial z}\\,\\tfrac12a^2=a^2(1-a)");
    formula(x, "-\\frac{\\partial}{\\partial z}\\log(1-a)=a");
    draw_slopes(x, a, squared, cross);
    check_near(x, least, 4, 1e-12, "the least ratio of cross-entropy's slope to squared error's");
    check_near(x, a[at_least], .5, 1e-9, "the output at which it is least");
    check_at_most(x, once(ratio_error), 1e-12,
                  "how far the ratio is from 1/(a(1 − a)), relatively");
    check_at_most(x, once(slope_error), 1e-15,
                  "how far |dC/dz| of squared error is from a²(1 − a)");
    check_near(x, a[peak], 2. / 3, 1e-9, "the output at which squared error is steepest");
    check_near(x, squared[peak], 4. / 27, 1e-15, "its slope there: 4/27");
    check_at_most(x, once(curve_error), 1e-8,
                  "how far its curvature, by differences, is from a²(1 − a)(2 − 3a)");
    check_digits(x, wrong_sign, 0, 0,
                 "outputs below 2/3 where it is not convex, and above 2/3 where it is");
    return LK_OK;
}

/* ---- cross-entropy, derived ---------------------------------------------------------------------
 */

/* The wish is dC/db = a - y. With da/db = a(1 - a) it gives dC/da; Simpson's rule gives C. */
static double wished_slope(double a, double y) { return (a - y) / (a * (1 - a)); }

static double integral(double from, double to, double y)
{
    enum { STEPS = 2000 };
    const double h = (to - from) / STEPS;
    double sum = wished_slope(from, y) + wished_slope(to, y);
    for (int k = 1; k < STEPS; k++) sum += (k % 2 ? 4 : 2) * wished_slope(from + k * h, y);
    return sum * h / 3;
}

static lk_status show_derivation(experiment *x)
{
    enum { N = 99, TARGETS = 3 };
    static const double targets[TARGETS] = {0, .3, 1};
    double a[N], value[N], slope[N], slope_error = 0, value_error = 0;
    trial_grid(.01, .99, N, a);
    for (int t = 0; t < TARGETS; t++) {
        const lk_status status =
            trial_curve(LK_BINARY_CROSS_ENTROPY, NULL, 0, N, a, targets[t], value, slope, NULL);
        if (status) return status;
        for (int k = 0; k < N; k++) {
            const double wished = wished_slope(a[k], targets[t]);
            slope_error = fmax(slope_error, fabs(slope[k] - wished) / (1 + fabs(wished)));
            value_error = fmax(
                value_error, fabs(value[k] - value[N / 2] - integral(a[N / 2], a[k], targets[t])));
        }
    }
    heading(x, "Cross-entropy, derived from a wish");
    tell(x, "Wanted: a cost whose slope along the bias is the error itself, without σ'.");
    formula(x,
            "\\frac{\\partial C}{\\partial b}=a-y,\\quad \\frac{\\partial a}{\\partial b}=a(1-a)");
    tell(x, "The second slope, divided out of the first, leaves");
    formula(x, "\\frac{\\partial C}{\\partial a}=\\frac{a-y}{a(1-a)}");
    tell(x, "and what has this slope is cross-entropy:");
    formula(x, "C=-y\\log a-(1-y)\\log(1-a)");
    check_at_most(
        x, once(slope_error), 1e-13,
        "how far binary_cross_entropy's gradient is from (a − y)/(a(1 − a)), y = 0, 0.3 and 1");
    check_at_most(x, once(value_error), 1e-7,
                  "how far binary_cross_entropy is from the integral of that slope");
    return LK_OK;
}

/* ---- the slope along a weight -------------------------------------------------------------------
 */

typedef struct neuron {
    double cost, a, dc_da, slope_at_z, slope_at_a;
} neuron;

static lk_status neuron_at(double input, double w, double b, neuron *n)
{
    const double z = w * input + b, half = 1;
    double again;
    lk_status status = sigmoid(1, &z, &n->a, &n->slope_at_z);
    if (!status) status = sigmoid(1, &n->a, &again, &n->slope_at_a);
    if (!status)
        status = trial_curve(LK_SQUARED_ERROR, &half, 1, 1, &n->a, 0, &n->cost, &n->dc_da, NULL);
    return status;
}

static lk_status show_weight(experiment *x)
{
    const double input = 1.5, w = .8, b = .9, h = 1e-5;
    neuron here, above, below;
    lk_status status = neuron_at(input, w, b, &here);
    if (!status) status = neuron_at(input, w + h, b, &above);
    if (!status) status = neuron_at(input, w - h, b, &below);
    if (status) return status;
    const double truth = (above.cost - below.cost) / (2 * h);
    const double right = here.dc_da * here.slope_at_z * input,
                 wrong = here.dc_da * here.slope_at_a * input;
    heading(x, "The slope along a weight");
    tell(x,
         "A neuron with input %g, weight %g, bias %g and the target 0: z = %g, a = %.4f. The slope "
         "of ½a² along the weight, by differences: %.6f.",
         input, w, b, w * input + b, here.a, truth);
    refute(x, "∂C/∂w = (a − y) σ'(a) x.",
           "The sigmoid is taken at z = wx + b, and so is its slope: ∂C/∂w = (a − y) σ'(z) x.");
    check_near(x, right, truth, 1e-9, "(a − y) σ'(z) x against differences");
    check_at_least(x, once(fabs(wrong / truth - 1)), .5,
                   "relative error of (a − y) σ'(a) x against differences");
    return LK_OK;
}

static lk_status run(experiment *x)
{
    lk_status status = show_sigmoid(x);
    if (!status) status = show_surface(x);
    if (!status) status = show_slopes(x);
    if (!status) status = show_derivation(x);
    if (!status) status = show_weight(x);
    return status;
}

const experiment_info surfaces_experiment = {
    .name = "surfaces",
    .title = "Slopes and surfaces: where squared error through a sigmoid goes flat",
    .claim =
        "Cross-entropy's slope is at least 4 times that of half the squared error, and the more "
        "so the more certain the neuron is. Squared error through a sigmoid is flat and not convex "
        "where it is most wrong.",
    .run = run,
};
