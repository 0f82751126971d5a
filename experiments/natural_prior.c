/* natural_prior.c: models trained on resampled classes, scored where classes are as they are. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "experiment.h"
#include "rare_class.h"
#include "remedy.h"
#include "trial.h"

enum { TRAIN = 20000, TEST = 100000, DIGIT = 8 };
static const double cloud_l2 = 1e-4, digit_l2 = 1e-2;

enum { METHODS = 4 };
static const struct {
    const char *name;
    lk_resample method;
} methods[METHODS] = {{"as they are", LK_RESAMPLE_NONE},
                      {"over-sampled", LK_RESAMPLE_OVER},
                      {"under-sampled", LK_RESAMPLE_UNDER},
                      {"SMOTE", LK_RESAMPLE_SMOTE}};
enum { NATURAL, OVER };

typedef struct outcome {
    measurement log_loss, brier, ece, auc;
    lk_calibration first; /* of the first seed */
} outcome;
typedef struct outcomes {
    outcome of[METHODS][2];       /* before and after the correction */
    measurement shift_error;      /* largest difference from the formula, OVER */
    measurement shift, intercept; /* by the formula; mean score of NATURAL minus that of OVER */
} outcomes;

static void free_outcomes(outcomes *o)
{
    for (int m = 0; m < METHODS; m++)
        for (int k = 0; k < 2; k++) lk_calibration_free(&o->of[m][k].first);
}

/* ---- trials -------------------------------------------------------------------------------------
 */

static lk_status note(const lk_model *model, const lk_dataset *test, const double *scores,
                      outcome *to)
{
    rare_forecast now;
    const lk_status status = rare_judge(model, test, scores, &now);
    if (status) return status;
    measure(&to->log_loss, now.log_loss);
    measure(&to->brier, now.brier);
    measure(&to->auc, now.auc);
    measure(&to->ece, now.calibration.ece);
    if (to->ece.n == 1)
        to->first = now.calibration;
    else
        lk_calibration_free(&now.calibration);
    return LK_OK;
}

static double mean(int64_t n, const double *values)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += values[i];
    return sum / (double)n;
}

/* scores: of the model before the correction; after it when this returns. */
static lk_status correct(const lk_model *model, const double *trained, const double *prior,
                         int64_t n, double *scores, double *shift, double *error)
{
    double *before = malloc((size_t)(n + 1) * sizeof *before);
    if (!before) return lk_fail(LK_NO_MEMORY, "no memory for %lld scores", (long long)n);
    memcpy(before, scores, (size_t)n * sizeof *before);
    const lk_status status = lk_correct_prior(model, n, scores, trained, prior);
    *shift = log(prior[1] / (1 - prior[1])) - log(trained[1] / (1 - trained[1]));
    *error = 0;
    for (int64_t i = 0; i < n; i++) *error = fmax(*error, fabs(scores[i] - before[i] - *shift));
    free(before);
    return status;
}

static lk_status try_method(int m, const trial_data *data, double l2, uint64_t seed,
                            double *natural, outcomes *to)
{
    const int64_t n = data->test.rows;
    lk_resample_options options = LK_RESAMPLE_OPTIONS_INIT;
    options.method = methods[m].method;
    options.seed = seed;
    lk_dataset rows = {0};
    lk_model *model = NULL;
    double trained[2], prior[2], shift = 0, error = 0;
    double *scores = NULL;
    lk_status status = lk_resample_rows(&data->train, &options, &rows);
    if (!status) status = lk_class_shares(&rows, trained);
    if (!status) status = lk_class_shares(&data->train, prior);
    if (!status) status = remedy_linear(&rows, LK_SIGMOID_CROSS_ENTROPY, NULL, 0, l2, &model);
    if (!status) status = rare_scores(model, &data->test, &scores);
    if (!status) status = note(model, &data->test, scores, &to->of[m][0]);
    const double center = status ? 0 : mean(n, scores);
    if (!status) status = correct(model, trained, prior, n, scores, &shift, &error);
    if (!status) status = note(model, &data->test, scores, &to->of[m][1]);
    if (!status && m == NATURAL) *natural = center;
    if (!status && m == OVER) {
        measure(&to->shift, shift);
        measure(&to->shift_error, error);
        measure(&to->intercept, *natural - center);
    }
    lk_model_free(model);
    lk_dataset_free(&rows);
    free(scores);
    return status;
}

static lk_status try_methods(const trial_data *data, double l2, uint64_t seed, outcomes *to)
{
    double natural = 0;
    lk_status status = LK_OK;
    for (int m = 0; !status && m < METHODS; m++)
        status = try_method(m, data, l2, seed, &natural, to);
    return status;
}

/* ---- repeating and weighting --------------------------------------------------------------------
 */

enum { TIMES = 99 };

/* Each rare row 99 times, and the same with weights. The objective divides by the number of rows,
 * so the weights are scaled to the mean 1. */
static lk_status repeat(const lk_dataset *data, lk_dataset *repeated, lk_dataset *weighted)
{
    int64_t n = 0;
    int64_t *rows = malloc((size_t)(TIMES * data->rows + 1) * sizeof *rows);
    if (!rows) return lk_fail(LK_NO_MEMORY, "no memory for repeated rows");
    for (int64_t i = 0; i < data->rows; i++)
        for (int k = 0; k < (data->target[i] > 0 ? TIMES : 1); k++) rows[n++] = i;
    lk_status status = lk_dataset_take(data, n, rows, repeated);
    for (int64_t i = 0; i < data->rows; i++) rows[i] = i;
    if (!status) status = lk_dataset_take(data, data->rows, rows, weighted);
    free(rows);
    const double one = (double)data->rows / (double)n;
    const double weights[2] = {one, TIMES * one};
    return status ? status : lk_weigh_classes(weighted, weights);
}

static lk_status compare_weights(const trial_data *data, measurement *apart)
{
    lk_dataset rows[2] = {{0}, {0}};
    double *scores[2] = {NULL, NULL}, most = 0;
    lk_status status = repeat(&data->train, &rows[0], &rows[1]);
    for (int k = 0; !status && k < 2; k++) {
        lk_model *model = NULL;
        status = remedy_linear(&rows[k], LK_SIGMOID_CROSS_ENTROPY, NULL, 0, cloud_l2, &model);
        if (!status) status = rare_scores(model, &data->test, &scores[k]);
        lk_model_free(model);
    }
    for (int64_t i = 0; !status && i < data->test.rows; i++)
        most = fmax(most, fabs(scores[0][i] - scores[1][i]));
    if (!status) measure(apart, most);
    for (int k = 0; k < 2; k++) {
        lk_dataset_free(&rows[k]);
        free(scores[k]);
    }
    return status;
}

/* ---- what is told -------------------------------------------------------------------------------
 */

static void print_outcomes(experiment *x, const char *caption, const outcomes *o)
{
    table(x, caption, "training rows|prior|log loss|Brier score|ECE|ROC AUC");
    for (int m = 0; m < METHODS; m++)
        for (int k = 0; k < (m == NATURAL ? 1 : 2); k++) {
            cell(x, "%s", methods[m].name);
            cell(x, "%s", m == NATURAL ? "natural" : k ? "corrected" : "resampled");
            cell_measured(x, o->of[m][k].log_loss, 4);
            cell_measured(x, o->of[m][k].brier, 4);
            cell_measured(x, o->of[m][k].ece, 4);
            cell_measured(x, o->of[m][k].auc, 4);
        }
}

static void draw_calibration(experiment *x, const char *title, const char *alt, const outcomes *o)
{
    static const double diagonal[2] = {0, 1};
    figure(x, &(figure_look){.title = title,
                             .alt = alt,
                             .x_label = "probability, mean of the bin",
                             .y_label = "share of the rare class",
                             .x_range = {0, 1},
                             .y_range = {0, 1}});
    figure_line(x, "calibrated", 2, diagonal, diagonal);
    for (int k = 0; k < 2; k++) {
        const lk_curve *curve = &o->of[OVER][k].first.curve;
        figure_line(x, k ? "over-sampled, corrected" : "over-sampled", curve->n, curve->x,
                    curve->y);
    }
}

static void check_both(experiment *x, const outcomes *o)
{
    const outcome *before = &o->of[OVER][0], *after = &o->of[OVER][1];
    check_at_most(x, o->shift_error, 1e-12,
                  "how far the correction of any score is from the formula's %.4f",
                  mean_of(o->shift));
    check_near(x, mean_of(difference_of(after->auc, before->auc)), 0, 1e-6,
               "ROC AUC after the correction minus before it");
}

static void check_clouds(experiment *x, const outcomes *o, measurement apart)
{
    const outcome *natural = &o->of[NATURAL][0];
    const outcome *before = &o->of[OVER][0], *after = &o->of[OVER][1];
    check_at_least(x, difference_of(before->log_loss, after->log_loss), 0.2,
                   "log loss after over-sampling, without the correction minus with it");
    check_at_least(x, difference_of(before->brier, after->brier), 0.05, "Brier score, likewise");
    check_at_least(x, before->ece, 0.1, "ECE after over-sampling, without the correction");
    check_at_most(x, after->ece, 0.005, "ECE after over-sampling, with the correction");
    for (int m = OVER; m < METHODS; m++)
        check_near(x, mean_of(difference_of(o->of[m][1].log_loss, natural->log_loss)), 0,
                   m == OVER ? 0.002 : 0.005,
                   "log loss of the corrected model (%s) minus that of training on the rows as "
                   "they are",
                   methods[m].name);
    check_near(x, mean_of(o->intercept), mean_of(o->shift), 0.2,
               "mean score of the model trained on the rows as they are minus that of the "
               "over-sampled one, and the formula's shift");
    check_at_most(x, apart, 1e-6,
                  "how far scores are apart when each rare row is there %d times and when it has "
                  "that weight",
                  TIMES);
}

static lk_status run_clouds(experiment *x)
{
    outcomes o = {0};
    measurement apart = {0};
    heading(x, "Two overlapping clouds, 99 to 1");
    tell(x,
         "%d rows to train on, %d to test; the training rows are resampled to as many of one "
         "class as of the other.",
         TRAIN, TEST);
    lk_status status = LK_OK;
    for (uint64_t seed = 0; !status && seed < SEEDS; seed++) {
        trial_data data = {0};
        status = rare_clouds(TRAIN, lk_random_stream(seed, 1), &data.train);
        if (!status) status = rare_clouds(TEST, lk_random_stream(seed, 2), &data.test);
        if (!status) status = try_methods(&data, cloud_l2, seed, &o);
        if (!status) status = compare_weights(&data, &apart);
        trial_free(&data);
    }
    if (!status) {
        print_outcomes(x, "Two clouds: test rows at the natural prior of 1 %", &o);
        check_both(x, &o);
        check_clouds(x, &o, apart);
        draw_calibration(x, "Calibration: two clouds",
                         "Before the correction the curve runs along the bottom: the probabilities "
                         "are much too high. After it the curve follows the diagonal.",
                         &o);
    }
    free_outcomes(&o);
    return status;
}

static lk_status run_digit(experiment *x)
{
    outcomes o = {0};
    lk_dataset all;
    heading(x, "A handwritten 8 among other digits, one in ten");
    lk_status status = rare_one_digit(experiment_data(x, "digits"), DIGIT, &all);
    for (uint64_t seed = 0; !status && seed < SEEDS; seed++) {
        trial_data data;
        status = trial_split(&all, 0.5, LK_SCALE_STANDARD, seed, &data);
        if (status) break;
        status = try_methods(&data, digit_l2, seed, &o);
        trial_free(&data);
    }
    lk_dataset_free(&all);
    if (!status) {
        const outcome *before = &o.of[OVER][0], *after = &o.of[OVER][1];
        print_outcomes(x, "The digit 8: test rows at the natural prior of 10 %", &o);
        check_both(x, &o);
        check_at_least(x, difference_of(before->log_loss, after->log_loss), 0,
                       "log loss after over-sampling, without the correction minus with it");
        check_at_least(x, difference_of(before->brier, after->brier), 0, "Brier score, likewise");
        check_at_least(x, difference_of(before->ece, after->ece), 0, "ECE, likewise");
        draw_calibration(
            x, "Calibration: the digit 8",
            "Before the correction the curve runs far below the diagonal. After it the curve "
            "begins near the diagonal and lies above it further up, with few rows in a bin.",
            &o);
    }
    free_outcomes(&o);
    return status;
}

static lk_status run(experiment *x)
{
    tell(x, "A model that is trained on as many rare rows as common ones takes them to be equally "
            "frequent. Where they are not, its probabilities are wrong by a known factor of the "
            "odds, and its scores by a known number, where π is the share of the rare class, π_s "
            "that in the resampled rows:");
    formula(x, "z'=z+\\log\\frac{\\pi}{1-\\pi}-\\log\\frac{\\pi_s}{1-\\pi_s}");
    const lk_status status = run_clouds(x);
    return status ? status : run_digit(x);
}

const experiment_info natural_prior_experiment = {
    .name = "natural_prior",
    .title = "Probabilities after resampling are wrong until the prior is corrected",
    .claim = "Resampling changes the share of the classes, and with it every probability that the "
             "model gives. Adding one number to its scores takes that back; the ranking stays as "
             "it is. Repeating rows is the same as weighting them.",
    .data = {"digits"},
    .run = run,
};
