/* scores_report.c: all that is measured of predictions, by what they are. */
#include "scores_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void scores_question_preset(scores_question *q, scores_kind kind)
{
    *q = (scores_question){.kind = kind,
                           .columns = 1,
                           .positive = 1,
                           .threshold = kind == SCORES_PROBABILITIES ? 0.5 : 0,
                           .beta = 1,
                           .quantile = 0.5,
                           .bins = 10,
                           .top = 5};
}

static int has_scores(const scores_question *q)
{
    return q->kind == SCORES_RANKS || q->kind == SCORES_PROBABILITIES;
}

static int copy_labels(const char *what, const scores_question *q, const double *labels,
                       int64_t *out, error *e)
{
    for (int64_t i = 0; i < q->n; i++) {
        if (!(labels[i] >= 0 && labels[i] < (double)q->classes) || labels[i] != floor(labels[i]))
            return error_set(e, "%s %lld is %g; expected a class, a whole number from 0 to %lld",
                             what, (long long)i, labels[i], (long long)q->classes - 1);
        out[i] = (int64_t)labels[i];
    }
    return 0;
}

static int allocate(scores_report *r, error *e)
{
    const scores_question *q = &r->question;
    const size_t n = (size_t)q->n + 1, classes = (size_t)q->classes;
    r->truth = malloc(n * sizeof *r->truth);
    r->predicted = malloc(n * sizeof *r->predicted);
    r->matrix = calloc(classes * classes, sizeof *r->matrix);
    r->each = calloc(classes, sizeof *r->each);
    r->auc = malloc(classes * sizeof *r->auc);
    r->average_precision = malloc(classes * sizeof *r->average_precision);
    if (has_scores(q) && q->classes == 2) r->ranks = malloc(2 * n * sizeof *r->ranks);
    if (r->truth && r->predicted && r->matrix && r->each && r->auc && r->average_precision &&
        (r->ranks || !has_scores(q) || q->classes != 2))
        return 0;
    return error_set(e, "no memory for %lld samples of %lld classes", (long long)q->n,
                     (long long)q->classes);
}

/* The classes, and what follows from them alone. */
static int measure_classes(scores_report *r, error *e)
{
    const scores_question *q = &r->question;
    if (copy_labels("truth", q, q->truth, r->truth, e)) return -1;
    if (!has_scores(q)) {
        if (copy_labels("prediction", q, q->predicted, r->predicted, e)) return -1;
    } else if (lk_classify_scores(q->n, q->columns, q->predicted, q->threshold, r->predicted)) {
        return error_library(e);
    }
    return lk_confusion_matrix(q->n, q->classes, r->truth, r->predicted, q->weight, r->matrix) ||
                   lk_classification_metrics(q->classes, r->matrix, q->beta, r->each, &r->summary)
               ? error_library(e)
               : 0;
}

/* Of two classes the belief in either: in class 1, and its negative. Of two columns of scores,
 * which may have any offset, it is the difference. */
static void rank_two(scores_report *r)
{
    const scores_question *q = &r->question;
    for (int64_t i = 0; i < q->n; i++) {
        const double *row = q->predicted + i * q->columns;
        const int whole = q->columns == 2 && q->kind == SCORES_PROBABILITIES;
        const double one = q->columns == 1 ? row[0] : whole ? row[1] : row[1] - row[0];
        r->ranks[2 * i] = -one;
        r->ranks[2 * i + 1] = one;
    }
}

static const double *ranks_of(const scores_report *r)
{
    return r->ranks ? r->ranks : r->question.predicted;
}

/* What is undefined, since all samples are of one class, is no failure: it stays NaN. */
static int accept(lk_status status, error *e)
{
    return status && status != LK_OUT_OF_DOMAIN ? error_library(e) : 0;
}

static int measure_ranks(scores_report *r, error *e)
{
    const scores_question *q = &r->question;
    if (r->ranks) rank_two(r);
    const double *ranks = ranks_of(r);
    for (int64_t i = 0; i < q->n * q->classes; i++)
        if (isnan(ranks[i]))
            return error_set(e, "the scores of sample %lld have no difference",
                             (long long)(i / q->classes));
    lk_average *auc = &r->mean_auc, *precision = &r->mean_average_precision;
    const lk_status ranked =
        lk_roc_auc_classes(q->n, q->classes, r->truth, ranks, q->weight, r->auc, auc);
    if (ranked) auc->macro = auc->weighted = NAN;
    if (accept(ranked, e)) return -1;
    const lk_status precise = lk_average_precision_classes(
        q->n, q->classes, r->truth, ranks, q->weight, r->average_precision, precision);
    if (precise) precision->macro = precision->weighted = NAN;
    if (accept(precise, e)) return -1;
    if (q->classes > 2 && q->top > 0 && q->top < q->classes &&
        lk_top_k_accuracy(q->n, q->classes, r->truth, ranks, q->weight, q->top, &r->top_accuracy))
        return error_library(e);
    return 0;
}

static int calibrate(scores_report *r, error *e)
{
    const scores_question *q = &r->question;
    const double *ranks = ranks_of(r);
    double *sure = malloc((size_t)q->n * sizeof *sure);
    int64_t *right = malloc((size_t)q->n * sizeof *right);
    int result = sure && right ? 0 : error_set(e, "no memory for the calibration");
    for (int64_t i = 0; i < q->n && !result; i++) {
        const int64_t k = q->classes == 2 ? q->positive : r->predicted[i];
        const double rank = ranks[i * q->classes + k];
        sure[i] = q->classes == 2 && k == 0 ? 1 + rank : rank;
        right[i] = r->truth[i] == k;
    }
    if (!result &&
        lk_calibrate(q->n, right, sure, q->weight, q->bins, q->quantile_bins, &r->calibration))
        result = error_library(e);
    free(sure);
    free(right);
    return result;
}

static int measure_probabilities(scores_report *r, error *e)
{
    const scores_question *q = &r->question;
    if (lk_log_loss(q->n, q->columns, r->truth, q->predicted, 0, q->weight, &r->log_loss) ||
        lk_brier_score(q->n, q->columns, r->truth, q->predicted, q->weight, &r->brier))
        return error_library(e);
    return calibrate(r, e);
}

static int measure_numbers(scores_report *r, error *e)
{
    const scores_question *q = &r->question;
    r->outputs = calloc((size_t)q->columns + 1, sizeof *r->outputs);
    if (!r->outputs) return error_set(e, "no memory for %lld outputs", (long long)q->columns);
    return lk_regression_metrics(q->n, q->columns, q->truth, q->predicted, q->weight, q->quantile,
                                 r->outputs, &r->regression)
               ? error_library(e)
               : 0;
}

/* The counts must fit each other, or the readings below would leave the arrays. */
static int check(const scores_question *q, error *e)
{
    if (q->n < 1) return error_set(e, "there are no samples to measure");
    if (q->kind == SCORES_NUMBERS) return 0;
    if (q->classes < 2)
        return error_set(e, "%lld classes; expected at least 2", (long long)q->classes);
    if (has_scores(q) && q->columns != q->classes && (q->columns != 1 || q->classes != 2))
        return error_set(e, "%lld columns of scores for %lld classes", (long long)q->columns,
                         (long long)q->classes);
    if (q->positive < 0 || q->positive >= q->classes)
        return error_set(e, "the positive class is %lld; there are %lld", (long long)q->positive,
                         (long long)q->classes);
    return 0;
}

int scores_measure(const scores_question *q, scores_report *out, error *e)
{
    memset(out, 0, sizeof *out);
    out->question = *q;
    out->log_loss = out->brier = out->top_accuracy = NAN;
    out->calibration.ece = out->calibration.mce = NAN;
    int result = check(q, e);
    if (!result && q->kind == SCORES_NUMBERS) {
        result = measure_numbers(out, e);
    } else if (!result) {
        result = allocate(out, e) || measure_classes(out, e);
        for (int64_t k = 0; k < q->classes && !result; k++)
            out->auc[k] = out->average_precision[k] = NAN;
        if (!result && has_scores(q)) result = measure_ranks(out, e);
        if (!result && q->kind == SCORES_PROBABILITIES) result = measure_probabilities(out, e);
    }
    if (result) scores_report_free(out);
    return result ? -1 : 0;
}

void scores_report_free(scores_report *r)
{
    free(r->truth);
    free(r->predicted);
    free(r->ranks);
    free(r->matrix);
    free(r->each);
    free(r->auc);
    free(r->average_precision);
    free(r->outputs);
    lk_calibration_free(&r->calibration);
    memset(r, 0, sizeof *r);
}

/* ---- what is asked of a report ------------------------------------------------------------------
 */

const char *scores_class_name(const scores_question *q, int64_t k, char text[CLASS_NAME])
{
    if (q->class_names) return q->class_names[k];
    snprintf(text, CLASS_NAME, "%lld", (long long)k);
    return text;
}

static double one_of(const scores_report *r, const double *each, const lk_average *mean)
{
    if (!has_scores(&r->question)) return NAN;
    return r->question.classes == 2 ? each[r->question.positive] : mean->macro;
}

double scores_auc(const scores_report *r) { return one_of(r, r->auc, &r->mean_auc); }

double scores_average_precision(const scores_report *r)
{
    return one_of(r, r->average_precision, &r->mean_average_precision);
}

double scores_share(const scores_report *r, int64_t k)
{
    return r->each[k].support / r->summary.micro.support;
}

/* Class k against the rest. */
static int set_apart(const scores_report *r, int64_t k, int64_t **truth, double **scores, error *e)
{
    const scores_question *q = &r->question;
    const double *ranks = ranks_of(r);
    if (!has_scores(q)) return error_set(e, "labels alone have no curve; it takes scores");
    *truth = malloc((size_t)q->n * sizeof **truth);
    *scores = malloc((size_t)q->n * sizeof **scores);
    if (!*truth || !*scores) return error_set(e, "no memory for %lld samples", (long long)q->n);
    for (int64_t i = 0; i < q->n; i++) {
        (*truth)[i] = r->truth[i] == k;
        (*scores)[i] = ranks[i * q->classes + k];
    }
    return 0;
}

static int curve_of(const scores_report *r, int64_t k, int recall, lk_curve *out, error *e)
{
    const scores_question *q = &r->question;
    int64_t *truth = NULL;
    double *scores = NULL;
    memset(out, 0, sizeof *out);
    int result = set_apart(r, k, &truth, &scores, e);
    if (!result && (recall ? lk_precision_recall_curve(q->n, truth, scores, q->weight, out)
                           : lk_roc_curve(q->n, truth, scores, q->weight, 0, out)))
        result = error_library(e);
    free(truth);
    free(scores);
    return result;
}

int scores_roc(const scores_report *r, int64_t k, lk_curve *out, error *e)
{
    return curve_of(r, k, 0, out, e);
}

int scores_precision_recall(const scores_report *r, int64_t k, lk_curve *out, error *e)
{
    return curve_of(r, k, 1, out, e);
}
