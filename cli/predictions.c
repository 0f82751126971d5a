#include "predictions.h"

#include "model_store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int no_memory(int64_t rows, error *e)
{
    return error_set(e, "no memory for predictions of %lld rows", (long long)rows);
}

/* ---- what a model says --------------------------------------------------------------------------
 */

/* A detector tells one class from all others, whatever their number. */
static void find_names(const lk_model *model, predictions *p)
{
    const char *normal = lk_model_note(model, NOTE_NORMAL);
    p->classes = p->info.classes;
    p->names = p->info.class_names;
    p->detector = p->info.kind == LK_MODEL_GAUSSIAN;
    if (!p->detector) return;
    p->detector_names[0] = normal ? normal : "normal";
    p->detector_names[1] = "anomaly";
    p->names = p->detector_names;
    p->classes = 2;
}

static int has_logarithms(lk_loss loss)
{
    return loss == LK_POISSON || loss == LK_GAMMA || loss == LK_TWEEDIE;
}

static int find_numbers(predictions *p, error *e)
{
    const int64_t n = p->rows * p->info.outputs;
    p->numbers = malloc((size_t)(n + 1) * sizeof *p->numbers);
    if (!p->numbers) return no_memory(p->rows, e);
    const int logarithms = has_logarithms(p->info.loss);
    for (int64_t i = 0; i < n; i++) p->numbers[i] = logarithms ? exp(p->scores[i]) : p->scores[i];
    return 0;
}

static int find_labels(const lk_model *model, double threshold, predictions *p, error *e)
{
    const int64_t outputs = p->info.outputs;
    p->labels = malloc((size_t)(p->rows + 1) * sizeof *p->labels);
    if (!p->labels) return no_memory(p->rows, e);
    if (isnan(threshold) && !p->detector && outputs > 1)
        return lk_model_classify(model, p->rows, p->scores, p->labels) ? error_library(e) : 0;
    const int usual = isnan(threshold);
    const double least = !usual ? threshold : p->detector ? 0 : p->info.boundary;
    for (int64_t i = 0; i < p->rows; i++)
        p->labels[i] = (p->probabilities && !usual ? p->probabilities[2 * i + 1]
                        : outputs == 1             ? p->scores[i]
                                       : p->scores[2 * i + 1] - p->scores[2 * i]) > least;
    return 0;
}

static int find_probabilities(const lk_model *model, predictions *p, error *e)
{
    if (p->detector) return 0;
    p->probabilities = malloc((size_t)(p->rows * p->classes + 1) * sizeof *p->probabilities);
    if (!p->probabilities) return no_memory(p->rows, e);
    const lk_status status = lk_model_probabilities(model, p->rows, p->scores, p->probabilities);
    if (!status) return 0;
    free(p->probabilities);
    p->probabilities = NULL;
    return status == LK_UNSUPPORTED ? 0 : error_library(e);
}

int predictions_make(const lk_model *model, const lk_dataset *data, double threshold,
                     predictions *out, error *e)
{
    predictions p = {.rows = data->rows};
    lk_model_describe(model, &p.info);
    find_names(model, &p);
    int status = 0;
    if (!isnan(threshold) && p.classes != 2)
        status = p.classes ? error_set(e, "a threshold is for two classes; the model has %lld",
                                       (long long)p.classes)
                           : error_set(e, "a threshold is for two classes; the model was trained "
                                          "on numbers");
    if (!status) status = model_scores(model, data, &p.scores, e);
    if (!status && !p.classes) status = find_numbers(&p, e);
    if (!status && p.classes) status = find_probabilities(model, &p, e);
    if (!status && p.classes) status = find_labels(model, threshold, &p, e);
    if (status) {
        predictions_free(&p);
        memset(out, 0, sizeof *out);
        return -1;
    }
    *out = p;
    if (p.detector) out->names = out->detector_names;
    return 0;
}

void predictions_free(predictions *p)
{
    free(p->scores);
    free(p->probabilities);
    free(p->numbers);
    free(p->labels);
    memset(p, 0, sizeof *p);
}

/* ---- how good it is -----------------------------------------------------------------------------
 */

/* Do the largest probabilities stand where the labels are? Probabilities that are cut at 0 and 1
 * can tie where scores do not. */
static int labels_agree(const predictions *p)
{
    for (int64_t i = 0; i < p->rows; i++) {
        const double *row = p->probabilities + i * p->classes;
        int64_t best = 0;
        for (int64_t k = 1; k < p->classes; k++)
            if (row[k] > row[best]) best = k;
        if (best != p->labels[i]) return 0;
    }
    return 1;
}

/* One column of two: what is predicted of class 1. */
static int copy_column(const double *from, int64_t columns, int64_t column, int64_t rows,
                       double **out, error *e)
{
    *out = malloc((size_t)(rows + 1) * sizeof **out);
    if (!*out) return no_memory(rows, e);
    for (int64_t i = 0; i < rows; i++) (*out)[i] = from[i * columns + column];
    return 0;
}

static int ask_classes(measurement *m, const lk_dataset *data, int64_t normal, double threshold,
                       scores_question *q, error *e)
{
    predictions *p = &m->predictions;
    if (p->classes == 2 && p->probabilities) {
        scores_question_preset(q, SCORES_PROBABILITIES);
        if (copy_column(p->probabilities, 2, 1, p->rows, &m->answers, e)) return -1;
        q->predicted = m->answers;
    } else if (p->classes > 2 && p->probabilities && labels_agree(p)) {
        scores_question_preset(q, SCORES_PROBABILITIES);
        q->predicted = p->probabilities;
    } else {
        scores_question_preset(q, SCORES_RANKS);
        q->predicted = p->scores;
        if (p->classes == 2 && p->info.outputs == 2) {
            if (copy_column(p->scores, 2, 1, p->rows, &m->answers, e)) return -1;
            for (int64_t i = 0; i < p->rows; i++) m->answers[i] -= p->scores[2 * i];
            q->predicted = m->answers;
        }
    }
    if (!isnan(threshold))
        q->threshold = threshold;
    else if (p->classes == 2 && q->kind == SCORES_RANKS && p->info.outputs == 1 && !p->detector)
        q->threshold = p->info.boundary;
    q->columns = p->classes == 2 ? 1 : p->info.outputs;
    q->classes = p->classes;
    q->class_names = p->names;
    q->truth = data->target;
    if (!p->detector) return 0;
    m->truth = malloc((size_t)(p->rows + 1) * sizeof *m->truth);
    if (!m->truth) return no_memory(p->rows, e);
    for (int64_t i = 0; i < p->rows; i++) m->truth[i] = data->target[i] != (double)normal;
    q->truth = m->truth;
    return 0;
}

/* The labels are of the kind and number that the model predicts. */
static int check_labels(const predictions *p, const lk_dataset *data, error *e)
{
    if (p->detector || p->classes)
        return data->classes && (p->detector || data->classes == p->classes)
                   ? 0
                   : error_set(e, "the model predicts %lld classes; the labels are %s",
                               (long long)p->classes, data->classes ? "of others" : "numbers");
    return !data->classes && data->targets == p->info.outputs
               ? 0
               : error_set(
                     e, "the model gives %lld numbers for a row; the labels are %s, %lld of a row",
                     (long long)p->info.outputs, data->classes ? "classes" : "numbers",
                     (long long)data->targets);
}

int measure_predictions(const lk_model *model, const lk_dataset *data, int64_t normal,
                        double threshold, measurement *out, error *e)
{
    memset(out, 0, sizeof *out);
    if (predictions_make(model, data, threshold, &out->predictions, e)) return -1;
    const predictions *p = &out->predictions;
    scores_question q;
    int status = check_labels(p, data, e);
    if (p->classes) {
        if (!status) status = ask_classes(out, data, normal, threshold, &q, e);
    } else {
        scores_question_preset(&q, SCORES_NUMBERS);
        q.predicted = p->numbers;
        q.columns = p->info.outputs;
        q.truth = data->target;
    }
    q.n = p->rows;
    q.weight = data->weight;
    if (!status) status = scores_measure(&q, &out->report, e);
    if (status) measurement_free(out);
    return status;
}

void measurement_free(measurement *m)
{
    scores_report_free(&m->report);
    predictions_free(&m->predictions);
    free(m->truth);
    free(m->answers);
    memset(m, 0, sizeof *m);
}
