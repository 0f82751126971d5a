#include "rare_class.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "trial.h"

enum { ONE_IN = 100, PIXELS = 64 };

static lk_status no_memory(void) { return lk_fail(LK_NO_MEMORY, "no memory for a rare class"); }

void rare_free(rare_data *data)
{
    lk_dataset_free(&data->train);
    lk_dataset_free(&data->validation);
    lk_dataset_free(&data->test);
}

/* ---- clouds -------------------------------------------------------------------------------------
 */

lk_status rare_clouds(int64_t rows, uint64_t seed, lk_dataset *out)
{
    const lk_status status = trial_rows(rows, 2, 2, out);
    lk_random random = {lk_random_stream(seed, 0)};
    for (int64_t i = 0; !status && i < rows; i++) {
        out->target[i] = i % ONE_IN == 0;
        for (int k = 0; k < 2; k++)
            out->dense[2 * i + k] = lk_random_normal(&random) + sqrt(2) * out->target[i];
    }
    return status;
}

lk_status rare_cloud_data(int64_t train, int64_t test, uint64_t seed, rare_data *out)
{
    memset(out, 0, sizeof *out);
    lk_status status = rare_clouds(train, lk_random_stream(seed, 1), &out->train);
    if (!status) status = rare_clouds(train, lk_random_stream(seed, 2), &out->validation);
    if (!status) status = rare_clouds(test, lk_random_stream(seed, 3), &out->test);
    if (status) rare_free(out);
    return status;
}

/* ---- a digit ------------------------------------------------------------------------------------
 */

/* Moves the rare class to the front of `rows`, in random order, and leaves out what is too much of
 * it; returns where the rows that remain begin. */
static int64_t thin(const lk_dataset *data, uint64_t seed, int64_t n, int64_t *rows)
{
    int64_t rare = 0;
    for (int64_t i = 0; i < n; i++) {
        if (data->target[rows[i]] == 0) continue;
        const int64_t row = rows[i];
        memmove(rows + rare + 1, rows + rare, (size_t)(i - rare) * sizeof *rows);
        rows[rare++] = row;
    }
    lk_random random = {seed};
    lk_random_shuffle(&random, rare, rows);
    const int64_t kept = (n - rare) / (ONE_IN - 1);
    return kept < rare ? rare - kept : 0;
}

static lk_status weigh(lk_dataset *data)
{
    double rare = 0;
    for (int64_t i = 0; i < data->rows; i++) rare += data->target[i];
    data->weight = malloc((size_t)data->rows * sizeof *data->weight);
    if (!data->weight) return no_memory();
    const double weight = ((double)data->rows - rare) / (rare * (ONE_IN - 1));
    for (int64_t i = 0; i < data->rows; i++) data->weight[i] = data->target[i] > 0 ? weight : 1;
    return LK_OK;
}

static int is_constant(const lk_dataset *data, int64_t feature)
{
    double first = NAN;
    for (int64_t i = 0; i < data->rows; i++) {
        const double now = data->dense[i * data->features + feature];
        if (data->target[i] > 0) continue;
        if (isnan(first)) first = now;
        if (now != first) return 0;
    }
    return 1;
}

static void keep_features(lk_dataset *data, int64_t n, const int64_t *kept)
{
    for (int64_t i = 0; i < data->rows; i++)
        for (int64_t k = 0; k < n; k++)
            data->dense[i * n + k] = data->dense[i * data->features + kept[k]];
    data->features = n;
}

/* A feature that is constant in the common rows of the training has no deviation to measure by. */
static void drop_constant(rare_data *data)
{
    int64_t kept[PIXELS], n = 0;
    for (int64_t j = 0; j < PIXELS; j++)
        if (!is_constant(&data->train, j)) kept[n++] = j;
    keep_features(&data->train, n, kept);
    keep_features(&data->validation, n, kept);
    keep_features(&data->test, n, kept);
}

static lk_status standardise(rare_data *data)
{
    lk_scaling scaling;
    lk_status status = lk_scaling_fit(&data->train, LK_SCALE_STANDARD, &scaling);
    if (status) return status;
    status = lk_scaling_apply(&scaling, &data->train);
    if (!status) status = lk_scaling_apply(&scaling, &data->validation);
    if (!status) status = lk_scaling_apply(&scaling, &data->test);
    lk_scaling_free(&scaling);
    return status;
}

static lk_status divide(const lk_dataset *data, uint64_t seed, int64_t *rows, rare_data *out)
{
    static const double fractions[3] = {0.5, 0.2, 0.3};
    int64_t n[3];
    lk_status status = lk_split(data, 3, fractions, 1, lk_random_stream(seed, 0), rows, n);
    if (status) return status;
    const int64_t from = thin(data, lk_random_stream(seed, 1), n[0], rows);
    status = lk_dataset_take(data, n[0] - from, rows + from, &out->train);
    if (!status) status = lk_dataset_take(data, n[1], rows + n[0], &out->validation);
    if (!status) status = lk_dataset_take(data, n[2], rows + n[0] + n[1], &out->test);
    if (status) return status;
    drop_constant(out);
    status = weigh(&out->validation);
    if (!status) status = weigh(&out->test);
    return status ? status : standardise(out);
}

lk_status rare_one_digit(const lk_dataset *digits, int digit, lk_dataset *out)
{
    memset(out, 0, sizeof *out);
    int64_t *rows = malloc((size_t)(digits->rows + 1) * sizeof *rows);
    if (!rows) return no_memory();
    for (int64_t i = 0; i < digits->rows; i++) rows[i] = i;
    const lk_status status = lk_dataset_take(digits, digits->rows, rows, out);
    free(rows);
    if (status) return status;
    for (int64_t i = 0; i < out->rows; i++) out->target[i] = out->target[i] == digit;
    return lk_dataset_set_classes(out, 2);
}

lk_status rare_digit_data(const lk_dataset *digits, int digit, uint64_t seed, rare_data *out)
{
    memset(out, 0, sizeof *out);
    lk_dataset all;
    lk_status status = rare_one_digit(digits, digit, &all);
    int64_t *rows = malloc((size_t)(digits->rows + 1) * sizeof *rows);
    if (!status && !rows) status = no_memory();
    if (!status) status = divide(&all, seed, rows, out);
    free(rows);
    lk_dataset_free(&all);
    if (status) rare_free(out);
    return status;
}

/* ---- measures -----------------------------------------------------------------------------------
 */

lk_status rare_scores(const lk_model *model, const lk_dataset *data, double **scores)
{
    *scores = malloc((size_t)(data->rows + 1) * sizeof **scores);
    if (!*scores) return no_memory();
    const lk_status status = lk_model_predict(model, data, *scores);
    if (!status) return LK_OK;
    free(*scores);
    *scores = NULL;
    return status;
}

lk_status rare_truth(const lk_dataset *data, int64_t **truth)
{
    *truth = malloc((size_t)(data->rows + 1) * sizeof **truth);
    if (!*truth) return no_memory();
    for (int64_t i = 0; i < data->rows; i++) (*truth)[i] = (int64_t)data->target[i];
    return LK_OK;
}

lk_status rare_measure(const lk_dataset *data, const double *scores, double threshold,
                       rare_measures *out)
{
    const int64_t n = data->rows;
    const double *weight = data->weight;
    lk_class_metrics each[2];
    lk_classification all;
    int64_t *truth, *taken = malloc((size_t)(n + 1) * sizeof *taken);
    lk_status status = rare_truth(data, &truth);
    if (!status && !taken) status = no_memory();
    if (!status) status = lk_classify_scores(n, 1, scores, threshold, taken);
    if (!status) status = lk_confusion_matrix(n, 2, truth, taken, weight, out->matrix);
    if (!status) status = lk_classification_metrics(2, out->matrix, 1, each, &all);
    if (!status) status = lk_roc_auc(n, truth, scores, weight, &out->auc);
    if (!status) status = lk_average_precision(n, truth, scores, weight, &out->average_precision);
    if (!status) {
        out->accuracy = all.accuracy;
        out->precision = each[1].precision;
        out->recall = each[1].recall;
        out->f1 = each[1].f;
    }
    free(truth);
    free(taken);
    return status;
}

lk_status rare_best_threshold(const lk_dataset *data, const double *scores, double *threshold)
{
    lk_curve curve = {0};
    int64_t *truth;
    lk_status status = rare_truth(data, &truth);
    if (!status)
        status = lk_precision_recall_curve(data->rows, truth, scores, data->weight, &curve);
    double best = -1;
    for (int64_t i = 0; !status && i < curve.n; i++) {
        const double sum = curve.x[i] + curve.y[i];
        const double f1 = sum > 0 ? 2 * curve.x[i] * curve.y[i] / sum : 0;
        if (f1 <= best) continue;
        best = f1;
        /* A point of the curve takes scores that are at least so high; we take what is above. */
        *threshold = nextafter(curve.threshold[i], -INFINITY);
    }
    lk_curve_free(&curve);
    free(truth);
    return status;
}

lk_status rare_judge(const lk_model *model, const lk_dataset *data, const double *scores,
                     rare_forecast *out)
{
    const int64_t n = data->rows;
    memset(out, 0, sizeof *out);
    int64_t *truth = NULL;
    double *p = malloc((size_t)(2 * n + 1) * sizeof *p);
    lk_status status = p ? rare_truth(data, &truth) : no_memory();
    if (!status) status = lk_model_probabilities(model, n, scores, p);
    for (int64_t i = 0; !status && i < n; i++) p[i] = p[2 * i + 1];
    if (!status) status = lk_log_loss(n, 1, truth, scores, 1, data->weight, &out->log_loss);
    if (!status) status = lk_brier_score(n, 1, truth, p, data->weight, &out->brier);
    if (!status) status = lk_roc_auc(n, truth, scores, data->weight, &out->auc);
    if (!status) status = lk_calibrate(n, truth, p, data->weight, RARE_BINS, 0, &out->calibration);
    free(truth);
    free(p);
    return status;
}
