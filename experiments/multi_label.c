/* multi_label.c: several labels in one picture, with a sigmoid for each and with one softmax. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiment.h"
#include "overlaid_digits.h"
#include "trial.h"

enum { BINS = 10 };
enum { SIGMOID, SOFTMAX, SOFTMAX_QUARTER, WAYS }; /* the last two are one model */
static const char *const names[WAYS] = {"a sigmoid for each label", "softmax, best threshold",
                                        "softmax, threshold ¼"};

typedef struct outcome {
    measurement threshold, exact, micro, macro, ece, brier;
    measurement exact_of[3]; /* of the pictures with no label, one and two */
    measurement both;        /* share of pictures of two labels with both probabilities above ½ */
    measurement largest;     /* mean largest probability of pictures without a label */
    measurement sum_error;   /* largest |sum of the probabilities - 1| */
    lk_calibration calibration; /* of the first seed */
} outcome;

static lk_status no_memory(void) { return lk_fail(LK_NO_MEMORY, "no memory for pictures"); }

/* ---- training and probabilities -----------------------------------------------------------------
 */

static lk_status train(int way, const lk_dataset *data, uint64_t seed, lk_model **out)
{
    static const lk_layer layer = {.units = 64, .activation = LK_ACTIVATION_RELU};
    const lk_objective objective = {
        .loss = way == SIGMOID ? LK_SIGMOID_CROSS_ENTROPY : LK_SOFTMAX_CROSS_ENTROPY, .factor = 1};
    lk_mlp_options options = LK_MLP_OPTIONS_INIT;
    options.layers = &layer;
    options.n_layers = 1;
    options.objective = &objective;
    options.n_objective = 1;
    options.learning_rate = 3e-3;
    options.epochs = 30;
    options.seed = seed;
    return lk_train_mlp(data, &options, out, NULL);
}

static lk_status probabilities(int way, const lk_model *model, const lk_dataset *data, double *p)
{
    const lk_status status = lk_model_predict(model, data, p);
    if (status) return status;
    if (way == SOFTMAX) return lk_model_probabilities(model, data->rows, p, p);
    /* The slope of the cross-entropy at target 0 is the sigmoid. */
    return trial_curve(LK_SIGMOID_CROSS_ENTROPY, NULL, 0, data->rows * OVERLAID_LABELS, p, 0, NULL,
                       p, NULL);
}

/* ---- measures -----------------------------------------------------------------------------------
 */

static int is_exact(const double *row, const double *p, double threshold)
{
    int exact = 1;
    for (int c = 0; c < OVERLAID_LABELS; c++) exact &= (p[c] > threshold) == (row[c] > 0);
    return exact;
}

static double exact_match(const lk_dataset *data, const double *p, double threshold, int labels)
{
    double n = 0, exact = 0;
    for (int64_t i = 0; i < data->rows; i++) {
        const double *const row = data->target + i * OVERLAID_LABELS;
        if (labels >= 0 && overlaid_labels(row) != labels) continue;
        n++;
        exact += is_exact(row, p + i * OVERLAID_LABELS, threshold);
    }
    return exact / n;
}

/* The threshold that is right on most validation pictures. */
static double best_threshold(const lk_dataset *data, const double *p)
{
    double best = -1, threshold = 0;
    for (int k = 1; k < 100; k++) {
        const double exact = exact_match(data, p, k / 100.0, -1);
        if (exact <= best) continue;
        best = exact;
        threshold = k / 100.0;
    }
    return threshold;
}

/* F1 of all decisions together, and its mean over the labels. */
static lk_status f_measures(const lk_dataset *data, const double *p, double threshold, outcome *to)
{
    double all[4] = {0}, macro = 0;
    lk_class_metrics each[2];
    lk_classification whole;
    for (int c = 0; c < OVERLAID_LABELS; c++) {
        double matrix[4] = {0};
        for (int64_t i = 0; i < data->rows; i++)
            matrix[2 * (data->target[i * OVERLAID_LABELS + c] > 0) +
                   (p[i * OVERLAID_LABELS + c] > threshold)]++;
        for (int k = 0; k < 4; k++) all[k] += matrix[k];
        const lk_status status = lk_classification_metrics(2, matrix, 1, each, &whole);
        if (status) return status;
        macro += each[1].f / OVERLAID_LABELS;
    }
    const lk_status status = lk_classification_metrics(2, all, 1, each, &whole);
    if (status) return status;
    measure(&to->micro, each[1].f);
    measure(&to->macro, macro);
    return LK_OK;
}

static void look_at_rows(const lk_dataset *data, const double *p, outcome *to)
{
    double two = 0, both = 0, none = 0, largest = 0, error = 0;
    for (int64_t i = 0; i < data->rows; i++) {
        const int labels = overlaid_labels(data->target + i * OVERLAID_LABELS);
        double sum = 0, most = 0;
        int above = 0;
        for (int c = 0; c < OVERLAID_LABELS; c++) {
            const double now = p[i * OVERLAID_LABELS + c];
            sum += now;
            most = fmax(most, now);
            above += now > 0.5;
        }
        error = fmax(error, fabs(sum - 1));
        two += labels == 2;
        both += labels == 2 && above >= 2;
        none += labels == 0;
        largest += labels == 0 ? most : 0;
    }
    measure(&to->both, both / two);
    measure(&to->largest, largest / none);
    measure(&to->sum_error, error);
}

static lk_status calibrate(const lk_dataset *data, const double *p, outcome *to)
{
    const int64_t n = data->rows * OVERLAID_LABELS;
    lk_calibration calibration;
    int64_t *truth = malloc((size_t)n * sizeof *truth);
    if (!truth) return no_memory();
    for (int64_t k = 0; k < n; k++) truth[k] = data->target[k] > 0;
    double brier = 0;
    lk_status status = lk_brier_score(n, 1, truth, p, NULL, &brier);
    if (!status) status = lk_calibrate(n, truth, p, NULL, BINS, 0, &calibration);
    free(truth);
    if (status) return status;
    measure(&to->brier, brier);
    measure(&to->ece, calibration.ece);
    if (to->ece.n == 1)
        to->calibration = calibration;
    else
        lk_calibration_free(&calibration);
    return LK_OK;
}

static lk_status note(const lk_dataset *data, const double *p, double threshold, outcome *to)
{
    lk_status status = f_measures(data, p, threshold, to);
    if (!status) status = calibrate(data, p, to);
    if (status) return status;
    measure(&to->threshold, threshold);
    measure(&to->exact, exact_match(data, p, threshold, -1));
    for (int k = 0; k < 3; k++) measure(&to->exact_of[k], exact_match(data, p, threshold, k));
    look_at_rows(data, p, to);
    return LK_OK;
}

static lk_status trial(int way, const overlaid_digits *data, uint64_t seed, outcome *to)
{
    lk_model *model = NULL;
    lk_dataset shared = {0};
    double *p = malloc((size_t)OVERLAID_TEST * OVERLAID_LABELS * sizeof *p);
    lk_status status = p ? LK_OK : no_memory();
    if (!status && way == SOFTMAX) status = overlaid_as_classes(&data->train, &shared);
    if (!status) status = train(way, way == SOFTMAX ? &shared : &data->train, seed, &model);
    double threshold = 0.5;
    if (!status && way == SOFTMAX) {
        status = probabilities(way, model, &data->validation, p);
        if (!status) threshold = best_threshold(&data->validation, p);
    }
    if (!status) status = probabilities(way, model, &data->test, p);
    if (!status) status = note(&data->test, p, threshold, &to[way]);
    if (!status && way == SOFTMAX) status = note(&data->test, p, 0.25, &to[SOFTMAX_QUARTER]);
    lk_model_free(model);
    lk_dataset_free(&shared);
    free(p);
    return status;
}

/* ---- what is told -------------------------------------------------------------------------------
 */

static void print_outcomes(experiment *x, const outcome of[WAYS])
{
    table(x, "Test pictures", "outputs|threshold|exact match|micro F1|macro F1|Brier score|ECE");
    for (int k = 0; k < WAYS; k++) {
        cell(x, "%s", names[k]);
        cell_measured(x, of[k].threshold, 2);
        cell_measured(x, of[k].exact, 3);
        cell_measured(x, of[k].micro, 3);
        cell_measured(x, of[k].macro, 3);
        cell_measured(x, of[k].brier, 3);
        cell_measured(x, of[k].ece, 3);
    }
    table(x, "Exact match by the number of labels in the picture", "outputs|none|one|two");
    for (int k = 0; k < WAYS; k++) {
        cell(x, "%s", names[k]);
        for (int n = 0; n < 3; n++) cell_measured(x, of[k].exact_of[n], 3);
    }
}

static void check_outcomes(experiment *x, const outcome of[WAYS])
{
    const outcome *const sigmoid = &of[SIGMOID], *const softmax = &of[SOFTMAX];
    /* Of the two thresholds the better one: ¼ finds more labels. */
    const int better = mean_of(of[SOFTMAX_QUARTER].micro) > mean_of(softmax->micro);
    const outcome *const by_f1 = &of[better ? SOFTMAX_QUARTER : SOFTMAX];
    check_at_least(x, difference_of(sigmoid->exact, softmax->exact), 0.1,
                   "share of pictures with every label right, sigmoids minus softmax");
    check_at_least(
        x, difference_of(sigmoid->micro, by_f1->micro), 0.05,
        "F1 of all decisions together, sigmoids minus softmax with its better threshold");
    check_at_least(x, difference_of(sigmoid->macro, by_f1->macro), 0.05,
                   "mean F1 of the labels, likewise");
    check_at_least(x, difference_of(softmax->brier, sigmoid->brier), 0.02,
                   "Brier score of the single labels, softmax minus sigmoids");
    check_at_least(x, difference_of(softmax->ece, sigmoid->ece), 0,
                   "expected calibration error (ECE), softmax minus sigmoids: the softmax's errors "
                   "on pictures without labels and with two have opposite signs, and partly "
                   "cancel in it");
    check_at_most(x, softmax->both, 0,
                  "share of pictures of two labels where softmax gives both more than ½");
    check_at_least(x, sigmoid->both, 0.5, "the same share of the sigmoids");
    check_at_most(x, softmax->sum_error, 1e-12,
                  "how far the softmax's probabilities are from summing to 1, at most");
    check_at_least(x, softmax->largest, 0.4,
                   "mean of the largest probability where no label is right, softmax");
    check_at_most(x, sigmoid->largest, 0.3,
                  "mean of the largest probability where no label is right, sigmoids");
    check_at_least(x, difference_of(sigmoid->exact_of[0], softmax->exact_of[0]), 0.3,
                   "share of pictures without a label that are told so, sigmoids minus softmax");
}

static void draw_outcomes(experiment *x, const outcome of[WAYS])
{
    static const double diagonal[2] = {0, 1};
    figure(x, &(figure_look){.title = "Calibration of single labels",
                             .alt = "Both curves lie near the diagonal. Above one half that of the "
                                    "softmax lies below it: it is too sure.",
                             .x_label = "probability, mean of the bin",
                             .y_label = "share of labels that are there",
                             .x_range = {0, 1},
                             .y_range = {0, 1}});
    figure_line(x, "calibrated", 2, diagonal, diagonal);
    for (int k = 0; k <= SOFTMAX; k++) {
        const lk_curve *curve = &of[k].calibration.curve;
        figure_line(x, k ? "softmax" : "sigmoids", curve->n, curve->x, curve->y);
    }
    figure(x,
           &(figure_look){.title = "Pictures with every label right",
                          .alt = "Bars for pictures with no label, one and two. Only the sigmoids "
                                 "are right on many of each; the softmax, with either threshold, "
                                 "fails on those with none or those with two.",
                          .x_label = "labels in the picture",
                          .y_label = "share of pictures",
                          .x_names = "none|one|two",
                          .x_range = {-0.5, 2.5},
                          .y_range = {0, 1}});
    for (int k = 0; k < WAYS; k++) {
        double at[3], share[3];
        for (int n = 0; n < 3; n++) {
            at[n] = n + 0.27 * (k - 1);
            share[n] = mean_of(of[k].exact_of[n]);
        }
        figure_bars(x, names[k], 3, at, share, 0.25);
    }
}

/* The first test picture with two labels, upright. */
static void draw_picture(experiment *x, const lk_dataset *data)
{
    int64_t i = 0;
    while (i + 1 < data->rows && overlaid_labels(data->target + i * OVERLAID_LABELS) != 2) i++;
    double upright[OVERLAID_PIXELS];
    for (int row = 0; row < OVERLAID_SIDE; row++)
        memcpy(upright + row * OVERLAID_SIDE,
               data->dense + i * OVERLAID_PIXELS + (OVERLAID_SIDE - 1 - row) * OVERLAID_SIDE,
               OVERLAID_SIDE * sizeof *upright);
    char alt[120], title[60];
    int a = 0, b = OVERLAID_LABELS - 1;
    while (data->target[i * OVERLAID_LABELS + a] == 0) a++;
    while (data->target[i * OVERLAID_LABELS + b] == 0) b--;
    snprintf(title, sizeof title, "A picture of %d and %d", a, b);
    snprintf(alt, sizeof alt, "Eight by eight pixels in which a %d and a %d lie over each other.",
             a, b);
    figure(x, &(figure_look){.title = title,
                             .alt = alt,
                             .x_label = "column of pixels",
                             .y_label = "row of pixels",
                             .x_range = {1, 8},
                             .y_range = {1, 8},
                             .equal_units = 1});
    figure_surface(x, OVERLAID_SIDE, OVERLAID_SIDE, upright);
}

static lk_status run(experiment *x)
{
    outcome of[WAYS] = {0};
    tell(x,
         "Two images of different digits are laid over each other; the labels are the digits 0 to "
         "4, so that a picture has none of them, one, or two. The same network, one hidden layer "
         "of 64 units, is trained on %d such pictures with each loss and tested on %d, made of "
         "images that it has not seen. The softmax is given the targets ½ and ½ for two labels, "
         "and zeros for none, from which it learns nothing. A label is taken to be there above the "
         "threshold: ½ for the "
         "sigmoids; for the softmax the one with most "
         "pictures exactly right on validation pictures, and ¼, halfway between what two labels "
         "and none should give.",
         OVERLAID_TRAIN, OVERLAID_TEST);
    formula(x, "\\sum_k\\bigl[-t_k\\log\\sigma(z_k)-(1-t_k)\\log(1-\\sigma(z_k))\\bigr]\\qquad"
               "-\\sum_k t_k\\log\\frac{e^{z_k}}{\\sum_j e^{z_j}}");
    lk_status status = LK_OK;
    for (uint64_t seed = 0; !status && seed < SEEDS; seed++) {
        overlaid_digits data;
        status = overlaid_make(experiment_data(x, "digits"), seed, &data);
        if (status) break;
        if (seed == 0) draw_picture(x, &data.test);
        for (int k = 0; !status && k <= SOFTMAX; k++) status = trial(k, &data, seed, of);
        overlaid_free(&data);
    }
    if (!status) {
        print_outcomes(x, of);
        check_outcomes(x, of);
        draw_outcomes(x, of);
    }
    for (int k = 0; k < WAYS; k++) lk_calibration_free(&of[k].calibration);
    return status;
}

const experiment_info multi_label_experiment = {
    .name = "multi_label",
    .title = "Several labels at once want a sigmoid each: softmax has one answer to give",
    .claim = "The probabilities of a softmax sum to 1. It cannot find two labels likely at once, "
             "nor say that there is none; one sigmoid for each label can do both.",
    .data = {"digits"},
    .run = run,
};
