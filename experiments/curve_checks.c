/* curve_checks.c: what can be read off the curves of the gallery. */
#include "curve_gallery.h"
#include "trial.h"

#include <math.h>

enum { POINTS = 321, MARGINS = 7 };

lk_status curve_values(const curve *c, int64_t n, const double *input, double target, double *value,
                       double *slope)
{
    return trial_curve(c->loss, c->n_params ? c->params : NULL, c->n_params, n, input, target,
                       value, slope, NULL);
}

/* ---- margin losses ------------------------------------------------------------------------------
 */

static lk_status show_margin_table(experiment *x)
{
    static const double margins[MARGINS] = {-2, -1, -.5, 0, .5, 1, 2};
    static const struct {
        curve c;
        double expected[MARGINS];
    } rows[] = {
        {{"hinge", LK_HINGE, 0, {0}}, {3, 2, 1.5, 1, .5, 0, 0}},
        {{"logistic, base 2", LK_LOGISTIC, 1, {1}},
         {3.0685, 1.8946, 1.4053, 1, .6839, .4519, .1831}},
        {{"logistic, natural", LK_LOGISTIC, 0, {0}},
         {2.1269, 1.3133, .9741, .6931, .4741, .3133, .1269}},
        {{"exponential", LK_EXPONENTIAL, 0, {0}}, {7.3891, 2.7183, 1.6487, 1, .6065, .3679, .1353}},
        {{"perceptron", LK_PERCEPTRON, 0, {0}}, {2, 1, .5, 0, 0, 0, 0}},
        {{"ramp, s = -0.5", LK_RAMP, 1, {-.5}}, {1.5, 1.5, 1.5, 1, .5, 0, 0}},
    };
    table(x, "Margin losses at the margin m", "loss|-2|-1|-0.5|0|0.5|1|2");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double value[MARGINS];
        const lk_status status = curve_values(&rows[i].c, MARGINS, margins, 1, value, NULL);
        if (status) return status;
        cell(x, "%s", rows[i].c.label);
        for (int k = 0; k < MARGINS; k++) cell_digits(x, value[k], rows[i].expected[k], 4);
    }
    return LK_OK;
}

/* The least of loss - zero_one over margins from -4 to 4, 1/1000 apart. */
static lk_status least_above(const curve *c, double *least)
{
    enum { FINE = 8001 };
    static const curve step = {"0-1", LK_ZERO_ONE, 0, {0}};
    double at[FINE], value[FINE], zero_one[FINE];
    trial_grid(-4, 4, FINE, at);
    lk_status status = curve_values(c, FINE, at, 1, value, NULL);
    if (!status) status = curve_values(&step, FINE, at, 1, zero_one, NULL);
    if (status) return status;
    *least = INFINITY;
    for (int k = 0; k < FINE; k++) *least = fmin(*least, value[k] - zero_one[k]);
    return LK_OK;
}

static lk_status show_bounds(experiment *x)
{
    static const curve bounds[] = {{"hinge", LK_HINGE, 0, {0}},
                                   {"squared hinge", LK_SQUARED_HINGE, 0, {0}},
                                   {"modified Huber", LK_MODIFIED_HUBER, 0, {0}},
                                   {"exponential", LK_EXPONENTIAL, 0, {0}},
                                   {"logistic in base 2", LK_LOGISTIC, 1, {1}},
                                   {"ramp, s = -0.5", LK_RAMP, 1, {-.5}},
                                   {"ramp, s = 0", LK_RAMP, 1, {0}}};
    static const curve perceptron = {"perceptron", LK_PERCEPTRON, 0, {0}},
                       natural = {"logistic", LK_LOGISTIC, 1, {0}};
    double least;
    tell(x, "A loss that nowhere lies below the 0-1 loss bounds the number of mistakes: a small "
            "loss then means few of them. The least distance to the 0-1 loss is looked for at "
            "margins from -4 to 4, 1/1000 apart.");
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        const lk_status status = least_above(&bounds[i], &least);
        if (status) return status;
        check_at_least(x, once(least), 0, "the least of %s minus 0-1 loss", bounds[i].label);
    }
    lk_status status = least_above(&perceptron, &least);
    if (status) return status;
    check_near(x, least, -1, .0011,
               "the least of the perceptron's loss minus 0-1 loss, just below margin 0: no bound");
    status = least_above(&natural, &least);
    if (status) return status;
    refute(
        x, "The logistic loss, with the natural logarithm, is an upper bound of the 0-1 loss.",
        "Just below margin 0, a mistake that costs 1, it is log 2 = 0.69. In base 2 it is 1 there, "
        "and a bound.");
    check_near(x, least, log(2) - 1, .001, "the least of natural logistic loss minus 0-1 loss");
    return LK_OK;
}

lk_status show_margin_curves(experiment *x)
{
    const lk_status status = show_margin_table(x);
    return status ? status : show_bounds(x);
}

/* ---- regression losses --------------------------------------------------------------------------
 */

static lk_status show_regression_table(experiment *x)
{
    static const struct {
        curve c;
        double prediction, target, expected;
        int decimals;
    } rows[] = {{{"squared error", LK_SQUARED_ERROR, 0, {0}}, -10000, 100, 102010000, 0},
                {{"absolute error", LK_ABSOLUTE_ERROR, 0, {0}}, -10000, 100, 10100, 0},
                {{"Huber, δ = 0.1", LK_HUBER, 1, {.1}}, 10, 0, .995, 3},
                {{"Huber, δ = 1", LK_HUBER, 1, {1}}, 10, 0, 9.5, 3},
                {{"Huber, δ = 10", LK_HUBER, 1, {10}}, 10, 0, 50, 3},
                {{"log-cosh", LK_LOG_COSH, 0, {0}}, 10, 0, 9.307, 3},
                {{"absolute error (L1)", LK_ABSOLUTE_ERROR, 0, {0}}, 20, 0, 20, 3},
                {{"squared error (L2)", LK_SQUARED_ERROR, 0, {0}}, 20, 0, 400, 3},
                {{"Tukey, c²/6", LK_TUKEY_BIWEIGHT, 0, {0}}, 20, 0, 3.658, 3}};
    table(x, "Regression losses at the ends of their curves", "loss|prediction|target|value");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double value;
        const lk_status status =
            curve_values(&rows[i].c, 1, &rows[i].prediction, rows[i].target, &value, NULL);
        if (status) return status;
        cell(x, "%s", rows[i].c.label);
        cell_number(x, rows[i].prediction, 0);
        cell_number(x, rows[i].target, 0);
        cell_digits(x, value, rows[i].expected, rows[i].decimals);
    }
    return LK_OK;
}

/* Where its slope, psi, is largest, and what lies beyond c. */
static lk_status show_tukey(experiment *x)
{
    enum { FINE = 20001 };
    static const curve tukey = {"Tukey", LK_TUKEY_BIWEIGHT, 0, {0}};
    const double c = lk_loss_describe(LK_TUKEY_BIWEIGHT)->params[0].preset;
    double at[FINE], value[FINE], slope[FINE];
    trial_grid(0, 20, FINE, at);
    const lk_status status = curve_values(&tukey, FINE, at, 0, value, slope);
    if (status) return status;
    int peak = 0;
    double lowest = INFINITY, highest = -INFINITY;
    for (int k = 0; k < FINE; k++) {
        if (slope[k] > slope[peak]) peak = k;
        if (at[k] <= c) continue;
        lowest = fmin(lowest, value[k]);
        highest = fmax(highest, value[k]);
    }
    check_near(x, at[peak], c / sqrt(5), .001,
               "the residual at which Tukey's slope ψ is largest: c/√5");
    check_near(x, lowest, c * c / 6, 1e-12, "Tukey's least value beyond c: c²/6");
    check_at_most(x, once(highest - lowest), 0, "how much Tukey's loss rises beyond c");
    return LK_OK;
}

/* Three predictions, all wrong by r: their mean squared error is r², their L2 norm sqrt(3) |r|. */
static lk_status norm_and_mse(double r, double *norm, double *mse)
{
    const double input[3] = {r, r, r};
    const int64_t shape[2] = {1, 3};
    const lk_tensor in = lk_view(input, LK_F64, 2, shape);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &in;
    call.result = &result;
    lk_status status = lk_l2_norm(&call);
    if (status) return status;
    *norm = result.value;
    const double zero = 0;
    const lk_tensor target = lk_view(&zero, LK_F64, 0, NULL);
    call.target = &target;
    status = lk_squared_error(&call, 0);
    *mse = result.value;
    return status;
}

static lk_status show_norm(experiment *x)
{
    static const double errors[4] = {0, .001, 10, 20};
    double norm[4], mse[4];
    table(x, "Three predictions that are wrong by r",
          "r|mean squared error|L2 norm|MSE over r|L2 norm over r");
    for (int k = 0; k < 4; k++) {
        const lk_status status = norm_and_mse(errors[k], &norm[k], &mse[k]);
        if (status) return status;
        cell(x, "%g", errors[k]);
        cell_number(x, mse[k], 6);
        cell_number(x, norm[k], 6);
        cell_number(x, mse[k] / errors[k], 4);
        cell_number(x, norm[k] / errors[k], 4);
    }
    refute(x, "Mean squared error and the L2 norm have the same curve.",
           "They have only the same lowest point. The norm is a root: a cone with a tip, whose "
           "slope does not fade as the error does.");
    check_near(x, norm[1] / errors[1], sqrt(3), 1e-12,
               "the L2 norm's slope between r = 0 and r = 0.001");
    check_near(x, mse[1] / errors[1], .001, 1e-12, "the mean squared error's slope there");
    check_near(x, mse[3] / mse[2], 4, 1e-12, "MSE at r = 20 over MSE at r = 10");
    check_near(x, norm[3] / norm[2], 2, 1e-12, "L2 norm at r = 20 over L2 norm at r = 10");
    check_at_most(x, once(fmax(norm[0], mse[0])), 0, "both of them at r = 0, their lowest point");
    return LK_OK;
}

static lk_status show_small_delta(experiment *x)
{
    double at[POINTS], largest = 0, away = 0;
    curve huber = {"Huber", LK_HUBER, 1, {1}};
    trial_grid(-10, 10, POINTS, at);
    table(x, "Huber loss as δ falls, residuals from -10 to 10",
          "δ|largest huber|largest distance of huber/δ from abs r");
    for (int e = 0; e >= -6; e -= 2) {
        double value[POINTS];
        huber.params[0] = pow(10, e);
        const lk_status status = curve_values(&huber, POINTS, at, 0, value, NULL);
        if (status) return status;
        largest = away = 0;
        for (int k = 0; k < POINTS; k++) {
            largest = fmax(largest, value[k]);
            away = fmax(away, fabs(value[k] / huber.params[0] - fabs(at[k])));
        }
        cell(x, "%g", huber.params[0]);
        cell_number(x, largest, 7);
        cell_number(x, away, 7);
    }
    refute(x, "Huber loss becomes the absolute error as δ goes to 0.",
           "Huber loss divided by δ does. Huber loss itself goes to 0.");
    check_near(x, largest, 10e-6, 1e-12, "the largest Huber loss with δ = 0.000001: δ · 10 − ½δ²");
    check_near(x, away, .5e-6, 1e-12, "how far huber/δ is then from the absolute error: δ/2");
    return LK_OK;
}

lk_status show_regression_curves(experiment *x)
{
    lk_status status = show_regression_table(x);
    if (!status) status = show_tukey(x);
    if (!status) status = show_norm(x);
    if (!status) status = show_small_delta(x);
    return status;
}
