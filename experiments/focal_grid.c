/* focal_grid.c: focal loss over a grid of alpha and gamma, on a class of one row in a hundred. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "experiment.h"
#include "rare_class.h"
#include "remedy.h"
#include "trial.h"

enum { ALPHAS = 6, GAMMAS = 5, CELLS = ALPHAS * GAMMAS };
enum { DIGIT = 8, TRAIN = 10000, TEST = 20000, MANY = 200000 };
static const double alphas[ALPHAS] = {-1, 0.1, 0.25, 0.5, 0.75, 0.9}; /* -1: off */
static const double gammas[GAMMAS] = {0, 0.5, 1, 2, 5};
/* (off, 0), (off, 2), (0.25, 2) and (0.9, 0) */
enum { PLAIN = 0, FOCUSED = 3, PRESET = 2 * GAMMAS + 3, WEIGHED = 5 * GAMMAS };
static const double digit_l2 = 1e-3, cloud_l2 = 1e-4;

typedef struct cell_outcome {
    measurement validation_precision, precision; /* average precision of the rankings */
    measurement validation_f1, f1; /* at the threshold that is best on validation rows */
} cell_outcome;

/* ---- trials -------------------------------------------------------------------------------------
 */

static lk_status train(const lk_dataset *data, int at, double l2, lk_model **out)
{
    const double params[2] = {gammas[at % GAMMAS], alphas[at / GAMMAS]};
    return remedy_linear(data, LK_SIGMOID_FOCAL, params, 2, l2, out);
}

static lk_status judge(const lk_model *model, const rare_data *data, cell_outcome *to)
{
    rare_measures m;
    double *seen = NULL, *scores = NULL, threshold = 0;
    lk_status status = rare_scores(model, &data->validation, &seen);
    if (!status) status = rare_best_threshold(&data->validation, seen, &threshold);
    if (!status) status = rare_measure(&data->validation, seen, threshold, &m);
    if (!status) {
        measure(&to->validation_precision, m.average_precision);
        measure(&to->validation_f1, m.f1);
        status = rare_scores(model, &data->test, &scores);
    }
    if (!status) status = rare_measure(&data->test, scores, threshold, &m);
    if (!status) {
        measure(&to->precision, m.average_precision);
        measure(&to->f1, m.f1);
    }
    free(seen);
    free(scores);
    return status;
}

static lk_status try_all(const rare_data *data, double l2, cell_outcome *to)
{
    lk_status status = LK_OK;
    for (int at = 0; !status && at < CELLS; at++) {
        lk_model *model = NULL;
        status = train(&data->train, at, l2, &model);
        if (!status) status = judge(model, data, &to[at]);
        lk_model_free(model);
    }
    return status;
}

/* ---- calibration --------------------------------------------------------------------------------
 */

typedef struct calibrated {
    measurement ece[2], apart; /* of PLAIN and FOCUSED; PLAIN's scores from cross-entropy's */
    measurement shift;         /* mean score of WEIGHED minus that of PLAIN */
    lk_calibration first[2];
} calibrated;

static lk_status calibrate(const lk_dataset *rows, const lk_dataset *test, int which,
                           calibrated *to)
{
    lk_model *model = NULL;
    double *scores = NULL;
    rare_forecast now = {0};
    lk_status status = train(rows, which ? FOCUSED : PLAIN, cloud_l2, &model);
    if (!status) status = rare_scores(model, test, &scores);
    if (!status) status = rare_judge(model, test, scores, &now);
    lk_model_free(model);
    free(scores);
    if (status) return status;
    measure(&to->ece[which], now.calibration.ece);
    if (to->ece[which].n > 1)
        lk_calibration_free(&now.calibration);
    else
        to->first[which] = now.calibration;
    return LK_OK;
}

/* Rare rows with a high probability are so few that it takes many to judge by. */
static lk_status calibrate_both(const rare_data *data, uint64_t seed, calibrated *to)
{
    lk_dataset test;
    lk_status status = rare_clouds(MANY, lk_random_stream(seed, 4), &test);
    for (int which = 0; !status && which < 2; which++)
        status = calibrate(&data->train, &test, which, to);
    lk_dataset_free(&test);
    return status;
}

static lk_status compare(const rare_data *data, calibrated *to)
{
    lk_model *plain = NULL, *focal = NULL, *weighed = NULL;
    double *a = NULL, *b = NULL, *c = NULL, apart = 0, shift = 0;
    lk_status status = train(&data->train, PLAIN, cloud_l2, &focal);
    if (!status)
        status = remedy_linear(&data->train, LK_SIGMOID_CROSS_ENTROPY, NULL, 0, cloud_l2, &plain);
    if (!status) status = rare_scores(focal, &data->test, &a);
    if (!status) status = rare_scores(plain, &data->test, &b);
    if (!status) status = train(&data->train, WEIGHED, cloud_l2, &weighed);
    if (!status) status = rare_scores(weighed, &data->test, &c);
    for (int64_t i = 0; !status && i < data->test.rows; i++) {
        apart = fmax(apart, fabs(a[i] - b[i]));
        shift += (c[i] - a[i]) / (double)data->test.rows;
    }
    if (!status) measure(&to->apart, apart);
    if (!status) measure(&to->shift, shift);
    lk_model_free(plain);
    lk_model_free(focal);
    lk_model_free(weighed);
    free(a);
    free(b);
    free(c);
    return status;
}

/* ---- what is told -------------------------------------------------------------------------------
 */

static measurement shown(const cell_outcome *of, int by_f1)
{
    return by_f1 ? of->f1 : of->precision;
}

static void print_grid(experiment *x, const char *caption, const cell_outcome *of, int by_f1)
{
    table(x, caption, "α|γ = 0|γ = 0.5|γ = 1|γ = 2|γ = 5");
    for (int at = 0; at < CELLS; at++) {
        const double alpha = alphas[at / GAMMAS];
        if (at % GAMMAS == 0 && alpha < 0) cell(x, "off");
        if (at % GAMMAS == 0 && alpha >= 0) cell(x, "%g", alpha);
        cell_measured(x, shown(&of[at], by_f1), 3);
    }
}

static void draw_grid(experiment *x, const char *title, const cell_outcome *of, int by_f1,
                      const char *alt)
{
    double mean[CELLS];
    for (int at = 0; at < CELLS; at++) mean[at] = mean_of(shown(&of[at], by_f1));
    figure(x, &(figure_look){.title = title,
                             .alt = alt,
                             .x_label = "γ",
                             .y_label = "α",
                             .x_names = "0|0.5|1|2|5",
                             .y_names = "off|0.1|0.25|0.5|0.75|0.9",
                             .x_range = {0, GAMMAS - 1},
                             .y_range = {0, ALPHAS - 1}});
    figure_surface(x, ALPHAS, GAMMAS, mean);
}

static void name_cell(int at, char *text, size_t size)
{
    const double alpha = alphas[at / GAMMAS];
    if (alpha < 0)
        snprintf(text, size, "α off, γ = %g", gammas[at % GAMMAS]);
    else
        snprintf(text, size, "α = %g, γ = %g", alpha, gammas[at % GAMMAS]);
}

/* The cell that validation rows find best is compared on the test rows. */
static void check_cells(experiment *x, const cell_outcome *of, int by_f1)
{
    int best = 0;
    for (int at = 1; at < CELLS; at++) {
        const cell_outcome *const now = &of[at], *const before = &of[best];
        if (by_f1 ? mean_of(now->validation_f1) > mean_of(before->validation_f1)
                  : mean_of(now->validation_precision) > mean_of(before->validation_precision))
            best = at;
    }
    static const int rivals[2] = {PRESET, PLAIN};
    static const char *const names[2] = {"α = 0.25, γ = 2", "cross-entropy"};
    char name[48];
    name_cell(best, name, sizeof name);
    for (int k = 0; k < 2; k++) {
        const measurement more =
            difference_of(shown(&of[best], by_f1), shown(&of[rivals[k]], by_f1));
        check_at_most(x, more, spread_of(more),
                      "%s of the best on validation rows (%s) minus that of %s, at most one spread "
                      "of the difference",
                      by_f1 ? "F1" : "average precision", name, names[k]);
    }
}

static lk_status tell_weights(experiment *x)
{
    static const double at[5] = {0.1, 0.5, 0.9, 0.968, 0.99};
    double logits[5], ratio = NAN;
    for (int k = 0; k < 5; k++) logits[k] = log(at[k] / (1 - at[k]));
    formula(x, "\\alpha_t\\,(1-p_t)^\\gamma\\,(-\\log p_t)");
    table(x, "How many times smaller than cross-entropy the loss of a row is, α off",
          "p_t|γ = 0|γ = 0.5|γ = 1|γ = 2|γ = 5");
    for (int k = 0; k < 5; k++) {
        cell(x, "%g", at[k]);
        for (int g = 0; g < GAMMAS; g++) {
            const double params[2] = {gammas[g], -1};
            double focal, plain;
            lk_status status =
                trial_curve(LK_SIGMOID_FOCAL, params, 2, 1, &logits[k], 1, &focal, NULL, NULL);
            if (!status)
                status = trial_curve(LK_SIGMOID_CROSS_ENTROPY, NULL, 0, 1, &logits[k], 1, &plain,
                                     NULL, NULL);
            if (status) return status;
            cell(x, "%.4g", plain / focal);
            if (k == 2 && gammas[g] == 2) ratio = plain / focal;
        }
    }
    check_near(x, ratio, 100, 1e-9, "how many times smaller it is at p_t = 0.9 with γ = 2");
    return LK_OK;
}

/* ---- two kinds of data --------------------------------------------------------------------------
 */

static lk_status run_digit(experiment *x)
{
    cell_outcome of[CELLS] = {0};
    heading(x, "A handwritten 8 among other digits, one in a hundred");
    tell(x, "The data of the experiment with imbalance: 8 images of the rare digit to train on. "
            "Thresholds are chosen on validation rows, numbers are of test rows. With so few "
            "images the numbers vary more from division to division than from cell to cell, and "
            "a small advantage would not be seen.");
    lk_status status = LK_OK;
    for (uint64_t seed = 0; !status && seed < SEEDS; seed++) {
        rare_data data;
        status = rare_digit_data(experiment_data(x, "digits"), DIGIT, seed, &data);
        if (status) return status;
        status = try_all(&data, digit_l2, of);
        rare_free(&data);
    }
    if (status) return status;
    print_grid(x, "The digit 8: average precision", of, 0);
    print_grid(x, "The digit 8: F1 at the threshold chosen on validation rows", of, 1);
    check_cells(x, of, 0);
    check_cells(x, of, 1);
    draw_grid(x, "Average precision: the digit 8", of, 0,
              "A field for each α and γ. Most fields are nearly alike; those with α = 0.1 and with "
              "γ = 5 are lower.");
    draw_grid(x, "F1: the digit 8", of, 1,
              "A field for each α and γ. Fields with α = 0.75 and γ from 0.5 to 2 are highest and "
              "those with α = 0.1 lowest, by a few hundredths.");
    return LK_OK;
}

static void check_clouds(experiment *x, const cell_outcome *of, const calibrated *c)
{
    double low = INFINITY, high = 0;
    for (int at = 0; at < CELLS; at++) {
        low = fmin(low, mean_of(of[at].precision));
        high = fmax(high, mean_of(of[at].precision));
    }
    check_at_most(x, once(high - low), 0.01,
                  "best minus worst average precision in the grid, means of five seeds");
    check_at_most(x, c->apart, 1e-6,
                  "how far scores of focal loss with γ = 0, α off are from those of "
                  "cross-entropy");
    check_near(x, mean_of(c->shift), log(9), 0.2,
               "mean score with α = 0.9 minus that with α off, γ = 0: log(α/(1 − α))");
    check_at_least(x, difference_of(c->ece[1], c->ece[0]), 0.05,
                   "expected calibration error of γ = 2, α off, minus that of cross-entropy");
}

static void draw_calibration(experiment *x, const calibrated *c)
{
    static const double diagonal[2] = {0, 1};
    figure(x, &(figure_look){.title = "Calibration: two clouds",
                             .alt = "Cross-entropy follows the diagonal. Focal loss draws the "
                                    "probabilities towards one half: its curve lies below the "
                                    "diagonal where they are small, and above it where they are "
                                    "large.",
                             .x_label = "probability, mean of the bin",
                             .y_label = "share of the rare class",
                             .x_range = {0, 1},
                             .y_range = {0, 1}});
    figure_line(x, "calibrated", 2, diagonal, diagonal);
    figure_line(x, "cross-entropy", c->first[0].curve.n, c->first[0].curve.x, c->first[0].curve.y);
    figure_line(x, "focal, γ = 2, α off", c->first[1].curve.n, c->first[1].curve.x,
                c->first[1].curve.y);
}

static lk_status run_clouds(experiment *x)
{
    cell_outcome of[CELLS] = {0};
    calibrated c = {0};
    heading(x, "Two overlapping clouds, where a linear model is right");
    tell(x,
         "%d rows to train on, one in a hundred of them rare. Every cell of the grid finds nearly "
         "the same direction, and with that the same ranking; what differs is where the "
         "probabilities lie.",
         TRAIN);
    lk_status status = LK_OK;
    for (uint64_t seed = 0; !status && seed < SEEDS; seed++) {
        rare_data data;
        status = rare_cloud_data(TRAIN, TEST, seed, &data);
        if (status) break;
        status = try_all(&data, cloud_l2, of);
        if (!status) status = compare(&data, &c);
        if (!status) status = calibrate_both(&data, seed, &c);
        rare_free(&data);
    }
    if (!status) {
        print_grid(x, "Two clouds: average precision", of, 0);
        check_clouds(x, of, &c);
        draw_calibration(x, &c);
    }
    for (int which = 0; which < 2; which++) lk_calibration_free(&c.first[which]);
    return status;
}

static lk_status run(experiment *x)
{
    tell(x, "Focal loss multiplies cross-entropy by (1 - p_t)^γ, where p_t is the probability of "
            "the right class, so that rows that are easily right count little; α weighs the rare "
            "class and 1 - α the common one. A difference of five pairs of runs is told from "
            "chance where its mean is more than its spread: chance alone does that about once in "
            "twenty times.");
    lk_status status = tell_weights(x);
    if (!status) status = run_digit(x);
    return status ? status : run_clouds(x);
}

const experiment_info focal_grid_experiment = {
    .name = "focal_grid",
    .title = "Focal loss over a grid of α and γ: none is seen to be better than (0.25, 2), or than "
             "(off, 0)",
    .claim = "Focal loss with α = 0.25 and γ = 2 is the usual choice for rare classes. With linear "
             "models on these data no choice can be told to be better than it, nor than plain "
             "cross-entropy, the spread over five seeds being what it is; but focal loss spoils "
             "the probabilities.",
    .data = {"digits"},
    .run = run,
};
