/* outlier_lines.c: a line fitted to points of which some are wild. */
#include "outliers.h"
#include "trial.h"

#include <math.h>
#include <stdlib.h>

/* y = 1 + 2 x + noise, x uniform between -REACH and REACH, noise of variance 1. Wild in y: from the
 * line 36 + 7 x instead, far above. Wild in x: y as it was, x near 20. */
enum { POINTS = 200, SHARES = 7, REACH = 3 };
static const int percents[SHARES] = {0, 2, 5, 10, 20, 30, 40};
static const double height = 1, slope = 2, wild_height = 36, wild_slope = 7, wild_x = 20;
typedef enum wild { WILD_Y, WILD_X, WILDS } wild;

enum { AT_5 = 2, AT_10 = 3, AT_20 = 4, AT_40 = 6 }; /* of percents */

/* The first points are the wild ones; a larger share spoils more of the same points. */
static void scatter(uint64_t seed, wild how, int percent, lk_dataset *out)
{
    lk_random random = {lk_random_stream(seed, 52)};
    for (int i = 0; i < POINTS; i++) {
        const int spoilt = 100 * i < percent * POINTS;
        const double x = REACH * (2 * lk_random_unit(&random) - 1);
        const double noise = lk_random_normal(&random), shift = lk_random_normal(&random);
        const int other = spoilt && how == WILD_Y;
        out->dense[i] = spoilt && how == WILD_X ? wild_x + shift : x;
        out->target[i] = noise + (other ? wild_height + wild_slope * x : height + slope * x);
    }
}

typedef struct line {
    double at[2]; /* at -REACH and REACH */
} line;

static lk_status fit_line(const rival *r, const lk_dataset *points, const lk_dataset *ends,
                          line *out)
{
    lk_model *model = NULL;
    lk_status status = outlier_fit(r, points, &model);
    if (!status) status = lk_model_predict(model, ends, out->at);
    lk_model_free(model);
    return status;
}

static double slope_error(line l) { return fabs((l.at[1] - l.at[0]) / (2 * REACH) - slope); }

/* Root mean square of the difference to the true line between the ends. */
static double line_error(line l)
{
    const double a = l.at[0] - (height - slope * REACH), b = l.at[1] - (height + slope * REACH);
    return sqrt((a * a + a * b + b * b) / 3);
}

typedef struct outcome {
    measurement slope[SHARES][RIVALS], line[SHARES][RIVALS];
} outcome;

static lk_status fit_all(wild how, lk_dataset *points, const lk_dataset *ends, outcome *out)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        for (int s = 0; s < SHARES; s++) {
            scatter(seed, how, percents[s], points);
            for (int k = 0; k < RIVALS; k++) {
                line l;
                const lk_status status = fit_line(&rivals[k], points, ends, &l);
                if (status) return status;
                measure(&out->slope[s][k], slope_error(l));
                measure(&out->line[s][k], line_error(l));
            }
        }
    return LK_OK;
}

static void show_table(experiment *x, const char *caption, measurement of[SHARES][RIVALS])
{
    table(x, caption, "loss|0 %|2 %|5 %|10 %|20 %|30 %|40 %");
    for (int k = 0; k < RIVALS; k++) {
        cell(x, "%s", rivals[k].name);
        for (int s = 0; s < SHARES; s++) cell_measured(x, of[s][k], 2);
    }
}

static void draw_errors(experiment *x, const figure_look *look, measurement of[SHARES][RIVALS])
{
    static const int drawn[] = {SQUARED, ABSOLUTE, HUBER, CAUCHY, TUKEY};
    double at[SHARES], value[SHARES];
    figure(x, look);
    for (int k = 0; k < 5; k++) {
        for (int s = 0; s < SHARES; s++) {
            at[s] = percents[s];
            value[s] = mean_of(of[s][drawn[k]]);
        }
        figure_line(x, rivals[drawn[k]].name, SHARES, at, value);
    }
}

/* ---- wild in y ----------------------------------------------------------------------------------
 */

/* The worst loss with one of the pulls stands for all of them. */
static void check_worst(experiment *x, const measurement of[RIVALS], unsigned pulls, double limit,
                        const char *what)
{
    const int worst = outlier_worst(of, pulls);
    check_at_most(x, of[worst], limit, "%s (%s)", what, rivals[worst].name);
}

static void check_wild_y(experiment *x, const outcome *o)
{
    const double spread = (wild_slope - slope) * REACH / sqrt(3);
    int second = ABSOLUTE;
    for (int k = ABSOLUTE; k < RIVALS; k++)
        if (mean_of(o->line[0][k]) < mean_of(o->line[0][second])) second = k;
    check_at_least(x, difference_of(o->line[0][second], o->line[0][SQUARED]), -0.01,
                   "without outliers: the best other loss (%s) minus squared_error",
                   rivals[second].name);
    check_worst(x, o->line[0], LIMITED | VANISHING, 0.25, "without outliers: the worst loss");
    check_near(x, mean_of(o->line[AT_10][SQUARED]), 0.1 * hypot(wild_height - height, spread), 0.4,
               "10 %% outliers, squared_error: a tenth of the distance between the two lines");
    check_worst(x, o->line[AT_20], LIMITED, 1, "20 % outliers: the worst loss of limited slope");
    check_at_least(x, o->line[AT_40][ABSOLUTE], 0.5,
                   "40 %% outliers, absolute_error: it resists, but not without end");
    check_worst(x, o->line[AT_40], VANISHING, 0.4,
                "40 % outliers: the worst loss of vanishing slope");
    measurement half = o->line[AT_40][ABSOLUTE];
    for (int i = 0; i < half.n; i++) half.value[i] /= 2;
    const int worst = outlier_worst(o->line[AT_40], VANISHING);
    check_at_most(x, difference_of(o->line[AT_40][worst], half), 0,
                  "the same minus half the error of absolute_error");
}

/* One set of points with most outliers, and the lines. */
static lk_status draw_points(experiment *x, lk_dataset *points, const lk_dataset *ends)
{
    enum { WILD = POINTS * 2 / 5 };
    static const int drawn[] = {SQUARED, ABSOLUTE, TUKEY};
    scatter(1, WILD_Y, 40, points);
    figure(x, &(figure_look){.title = "40 % outliers, and the lines of three losses",
                             .alt = "120 points along a line and 80 far above. The line of squared "
                                    "error lies between both groups, that of absolute error a "
                                    "little above the larger one, Tukey's runs through it.",
                             .x_label = "x",
                             .y_label = "y"});
    figure_points(x, "outliers", WILD, points->dense, points->target);
    figure_points(x, "points", POINTS - WILD, points->dense + WILD, points->target + WILD);
    for (int k = 0; k < 3; k++) {
        line l;
        const lk_status status = fit_line(&rivals[drawn[k]], points, ends, &l);
        if (status) return status;
        figure_line(x, rivals[drawn[k]].name, 2, ends->dense, l.at);
    }
    return LK_OK;
}

static lk_status show_wild_y(experiment *x, lk_dataset *points, const lk_dataset *ends, outcome *o)
{
    const lk_status status = fit_all(WILD_Y, points, ends, o);
    if (status) return status;
    heading(x, "A line, outliers in y");
    tell(
        x,
        "%d points of the line y = %g + %g x, x between −%d and %d, with Gaussian noise of "
        "variance 1. A growing share of them comes from the line y = %g + %g x instead, far above. "
        "The error of a fitted line is the root mean square of its difference to the true one. "
        "Without outliers most losses are about as good, and the narrow geman_mcclure is worse by "
        "half; ten per cent ruin squared error. Limited "
        "slopes hold back what is far away, but it still counts, and all of it on one side; "
        "slopes that vanish forget it.",
        POINTS, height, slope, REACH, REACH, wild_height, wild_slope);
    show_table(x, "Error of the line, for each share of outliers", o->line);
    show_table(x, "Error of its slope alone", o->slope);
    check_wild_y(x, o);
    draw_errors(x,
                &(figure_look){.title = "Outliers in y",
                               .alt = "The error of squared error grows at once, that of absolute "
                                      "error and Huber's slowly; Tukey's and Cauchy's stay low.",
                               .x_label = "outliers (%)",
                               .y_label = "error of the line",
                               .y_log = 1},
                o->line);
    return draw_points(x, points, ends);
}

/* ---- wild in x ----------------------------------------------------------------------------------
 */

/* Tukey's mean loss of a line. */
static lk_status tukey_loss(const lk_dataset *points, line l, double *mean)
{
    double predicted[POINTS];
    for (int i = 0; i < POINTS; i++)
        predicted[i] = l.at[0] + (l.at[1] - l.at[0]) * (points->dense[i] + REACH) / (2 * REACH);
    const lk_tensor input = lk_vector(predicted, LK_F64, &points->rows),
                    target = lk_vector(points->target, LK_F64, &points->rows);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.result = &result;
    const lk_status status =
        lk_tukey_biweight(&call, rivals[TUKEY].params[0], rivals[TUKEY].params[1]);
    if (!status) *mean = result.value;
    return status;
}

/* How much better than the line that was found the true one is for Tukey's loss. */
static lk_status compare_optima(experiment *x, lk_dataset *points, const lk_dataset *ends)
{
    measurement gain = {0};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const line truth = {{height - slope * REACH, height + slope * REACH}};
        line found;
        double of_found, of_truth;
        scatter(seed, WILD_X, 20, points);
        lk_status status = fit_line(&rivals[TUKEY], points, ends, &found);
        if (!status) status = tukey_loss(points, found, &of_found);
        if (!status) status = tukey_loss(points, truth, &of_truth);
        if (status) return status;
        measure(&gain, of_found - of_truth);
    }
    check_at_least(x, gain, 0.1,
                   "Tukey's mean loss at the line found with 20 %% wild x, above that at the true "
                   "line: the loss knows better, and its solver started on the wrong side");
    return LK_OK;
}

static void check_wild_x(experiment *x, const outcome *o)
{
    check_worst(x, o->slope[AT_5], VANISHING, 0.2, "5 % wild x: the worst loss of vanishing slope");
    check_at_least(x, o->slope[AT_5][HUBER], 0.4, "5 %% wild x: %s", rivals[HUBER].name);
    refute(x, "Huber's loss and absolute error are robust to outliers.",
           "They are to outliers in the target. A wild feature has the slope of the loss times its "
           "own size as its pull, and that is not limited.");
    check_at_least(x, o->slope[AT_10][ABSOLUTE], 1.5, "10 %% wild x, of a slope of 2: %s",
                   rivals[ABSOLUTE].name);
    check_at_least(x, o->slope[AT_10][HUBER], 1.5, "10 %% wild x, of a slope of 2: %s",
                   rivals[HUBER].name);
    check_at_least(x, o->slope[AT_20][TUKEY], 1, "20 %% wild x: %s", rivals[TUKEY].name);
}

static lk_status show_wild_x(experiment *x, lk_dataset *points, const lk_dataset *ends, outcome *o)
{
    lk_status status = fit_all(WILD_X, points, ends, o);
    if (status) return status;
    heading(x, "A line, outliers in x");
    tell(x,
         "The same points, but now it is x that is wrong: near %g, with the y that belongs to the "
         "true x. Such a point is a lever: its pull on the slope is the slope of the loss times x. "
         "A right point pulls with |x| = %g on average at most; where %.0f %% are wild they "
         "outweigh all others together, and no loss whose slope is limited can hold. A loss whose "
         "slope vanishes is trained from Huber's fit, and holds as long as that is not broken "
         "itself.",
         wild_x, REACH / 2.0, 100 * REACH / 2.0 / (REACH / 2.0 + wild_x));
    show_table(x, "Error of the slope, for each share of outliers", o->slope);
    check_wild_x(x, o);
    status = compare_optima(x, points, ends);
    if (status) return status;
    draw_errors(x,
                &(figure_look){.title = "Outliers in x",
                               .alt = "Squared error loses the slope at 2 %, absolute error and "
                                      "Huber's by 10 %; Cauchy's and Tukey's hold at 5 %, and at "
                                      "20 % all have lost it.",
                               .x_label = "outliers (%)",
                               .y_label = "error of the slope"},
                o->slope);
    return LK_OK;
}

lk_status outlier_lines(experiment *x)
{
    lk_dataset points = {0}, ends = {0};
    outcome *o = calloc(WILDS, sizeof *o);
    lk_status status = o ? LK_OK : lk_fail(LK_NO_MEMORY, "no memory for the errors of lines");
    if (!status) status = trial_rows(POINTS, 1, 0, &points);
    if (!status) status = trial_rows(2, 1, 0, &ends);
    if (!status) {
        ends.dense[0] = -REACH;
        ends.dense[1] = REACH;
        status = show_wild_y(x, &points, &ends, &o[WILD_Y]);
    }
    if (!status) status = show_wild_x(x, &points, &ends, &o[WILD_X]);
    free(o);
    lk_dataset_free(&points);
    lk_dataset_free(&ends);
    return status;
}
