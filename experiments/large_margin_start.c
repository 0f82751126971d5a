/* large_margin_start.c: whether large-margin softmax can do without plain softmax at first. */
#include "large_margin.h"
#include "trial.h"

#include <math.h>
#include <stdlib.h>

/* The label's score is then to two thirds that of the large margin. */
static const double small = .5;

lk_status margin_train(const image_set *set, const lk_dataset *data, int m,
                       const margin_schedule *schedule, uint64_t seed, lk_model **model)
{
    const double params[2] = {m, schedule->lowest};
    const lk_objective objective = {LK_LARGE_MARGIN_SOFTMAX, params, 2, 1, 0};
    plane_network network;
    plane_network_of(set, &objective, 1, seed, &network);
    network.options.epochs = schedule->epochs;
    network.options.learning_rate = 1e-3;
    network.options.schedule = LK_SCHEDULE_CONSTANT;
    network.options.margin_lambda = schedule->first;
    return lk_train_mlp(data, &network.options, model, NULL);
}

/* Epochs after which lambda has come down to `small`. */
static int64_t epochs_of_fall(const image_set *set, int64_t rows)
{
    const double steps = (double)(rows / set->batch);
    int64_t epochs = 1;
    while (lk_large_margin_lambda((double)epochs * steps, LAMBDA, 0.12, 1, small) > small) epochs++;
    return epochs;
}

/* How many classes the training has left out: less than half of its rows are told right. */
static lk_status count_lost(const lk_model *model, const lk_dataset *data, double *lost)
{
    const size_t rows = (size_t)data->rows;
    double *const scores = malloc(rows * DIGITS * sizeof *scores), matrix[DIGITS * DIGITS];
    int64_t *const truth = malloc(2 * rows * sizeof *truth);
    int64_t *const told = truth ? truth + rows : NULL;
    lk_class_metrics each[DIGITS];
    lk_classification all;
    lk_status status = scores && truth
                           ? LK_OK
                           : lk_fail(LK_NO_MEMORY, "no memory for the scores of %zu rows", rows);
    if (!status) status = lk_model_predict(model, data, scores);
    if (!status) status = lk_model_classify(model, data->rows, scores, told);
    for (size_t i = 0; !status && i < rows; i++) truth[i] = (int64_t)data->target[i];
    if (!status) status = lk_confusion_matrix(data->rows, DIGITS, truth, told, NULL, matrix);
    if (!status) status = lk_classification_metrics(DIGITS, matrix, 1, each, &all);
    *lost = 0;
    for (int c = 0; !status && c < DIGITS; c++) *lost += each[c].recall < 0.5;
    free(scores);
    free(truth);
    return status;
}

/* accuracy: on held-out rows */
typedef struct outcome {
    measurement accuracy, lost;
} outcome;

static lk_status try_schedule(const image_set *set, const trial_data *data, int m,
                              const margin_schedule *schedule, uint64_t seed, outcome *out)
{
    lk_model *model = NULL;
    double accuracy = NAN, lost = NAN;
    lk_status status = margin_train(set, &data->train, m, schedule, seed, &model);
    if (!status) status = trial_accuracy(model, &data->test, &accuracy);
    if (!status) status = count_lost(model, &data->train, &lost);
    if (!status) {
        measure(&out->accuracy, accuracy);
        measure(&out->lost, lost);
    }
    lk_model_free(model);
    return status;
}

static lk_status try_seed(const image_set *set, const lk_dataset *all, uint64_t seed,
                          outcome falling[MARGINS], outcome at_once[MARGINS], int64_t *epochs)
{
    trial_data data;
    lk_status status = trial_split(all, set->test, set->scale, seed, &data);
    const int64_t fall = status ? 0 : epochs_of_fall(set, data.train.rows);
    const margin_schedule falls = {LAMBDA, small, fall}, is_small = {small, small, fall};
    for (int m = 2; !status && m <= MARGINS; m++) {
        status = try_schedule(set, &data, m, &falls, seed, &falling[m - 1]);
        if (!status) status = try_schedule(set, &data, m, &is_small, seed, &at_once[m - 1]);
    }
    trial_free(&data);
    *epochs = fall;
    return status;
}

lk_status margin_start(experiment *x, const image_set *set, const lk_dataset *all)
{
    outcome falling[MARGINS] = {0}, at_once[MARGINS] = {0};
    int64_t epochs = 0;
    for (int s = 0; s < set->seeds; s++) {
        const lk_status status = try_seed(set, all, (uint64_t)s + 1, falling, at_once, &epochs);
        if (status) return status;
    }
    heading(x, "Starting with the large margin at once");
    tell(x,
         "λ mixes the plain score into that of the label, and falls as the training goes on: from "
         "1000 to %g within %lld epochs. Or it is %g in all of the %lld epochs: from m = 3 on some "
         "runs then never learn one digit or another. It is lost where less than half of its "
         "training images are told right.",
         small, (long long)epochs, small, (long long)epochs);
    table(x, "Digits lost in a run, and held-out accuracy",
          "m|lost, λ falls|lost, λ = 0.5 from the start|accuracy, λ falls|accuracy, λ = 0.5 from "
          "the start");
    for (int m = 2; m <= MARGINS; m++) {
        cell(x, "%d", m);
        cell_measured(x, falling[m - 1].lost, 1);
        cell_measured(x, at_once[m - 1].lost, 1);
        cell_measured(x, falling[m - 1].accuracy, 4);
        cell_measured(x, at_once[m - 1].accuracy, 4);
    }
    for (int m = 2; m <= MARGINS; m++)
        check_at_most(x, falling[m - 1].lost, 0, "digits lost in a run with m = %d where λ falls",
                      m);
    check_at_most(x, at_once[1].lost, 0, "digits lost in a run with m = 2 and a small λ");
    measurement lost = {0};
    for (int k = 0; k < set->seeds; k++)
        measure(&lost, at_once[2].lost.value[k] + at_once[3].lost.value[k]);
    check_at_least(x, lost, 0.4, "digits lost in two runs, with m = 3 and 4, and a small λ");
    return LK_OK;
}
