/* metrics_classes.c: what follows from the classes that were predicted. */
#include "metrics_checks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static lk_status check_classes(int64_t classes)
{
    if (classes < 1 || classes > INT32_MAX)
        return lk_fail(LK_INVALID, "metrics: %lld classes; expected at least 1",
                       (long long)classes);
    return LK_OK;
}

lk_status lk_confusion_matrix(int64_t n, int64_t classes, const int64_t *truth,
                              const int64_t *predicted, const double *weight, double *matrix)
{
    double total;
    lk_status status = check_classes(classes);
    if (!status) status = lk_check_samples(n, weight, &total);
    if (!status) status = lk_check_labels("truth", n, classes, truth);
    if (!status) status = lk_check_labels("predicted", n, classes, predicted);
    if (status) return status;
    memset(matrix, 0, (size_t)(classes * classes) * sizeof *matrix);
    for (int64_t i = 0; i < n; i++)
        matrix[truth[i] * classes + predicted[i]] += lk_weight_of(weight, i);
    return LK_OK;
}

/* The margins of a confusion matrix. */
typedef struct sums {
    double *of_truth, *of_predicted; /* [classes] */
    double right, all;
} sums;

static lk_status add_up(int64_t classes, const double *matrix, sums *s)
{
    memset(s, 0, sizeof *s);
    for (int64_t k = 0; k < classes * classes; k++)
        if (!(matrix[k] >= 0) || isinf(matrix[k]))
            return lk_fail(LK_OUT_OF_DOMAIN,
                           "metrics: matrix[%lld, %lld] = %g; expected a finite number that is "
                           "not negative",
                           (long long)(k / classes), (long long)(k % classes), matrix[k]);
    s->of_truth = calloc(2 * (size_t)classes, sizeof *s->of_truth);
    if (!s->of_truth)
        return lk_fail(LK_NO_MEMORY, "metrics: no memory for %lld classes", (long long)classes);
    s->of_predicted = s->of_truth + classes;
    for (int64_t k = 0; k < classes; k++) {
        for (int64_t j = 0; j < classes; j++) {
            s->of_truth[k] += matrix[k * classes + j];
            s->of_predicted[j] += matrix[k * classes + j];
        }
        s->right += matrix[k * classes + k];
        s->all += s->of_truth[k];
    }
    if (s->all > 0) return LK_OK;
    free(s->of_truth);
    return lk_fail(LK_OUT_OF_DOMAIN, "metrics: the confusion matrix is empty");
}

static lk_class_metrics metrics_of(double right, double predicted, double truth, double beta)
{
    /* F = (1 + b2) P R / (b2 P + R) without the two quotients. */
    const double b2 = beta * beta, f_below = b2 * truth + predicted;
    lk_class_metrics m = {.support = truth};
    if (predicted > 0)
        m.precision = right / predicted;
    else
        m.undefined |= LK_UNDEFINED_PRECISION;
    if (truth > 0)
        m.recall = right / truth;
    else
        m.undefined |= LK_UNDEFINED_RECALL;
    if (f_below > 0)
        m.f = (1 + b2) * right / f_below;
    else
        m.undefined |= LK_UNDEFINED_F;
    return m;
}

static void accumulate(lk_class_metrics *sum, const lk_class_metrics *m, double share)
{
    sum->precision += share * m->precision;
    sum->recall += share * m->recall;
    sum->f += share * m->f;
    sum->undefined |= m->undefined;
}

static void divide(lk_class_metrics *sum, double by, double support)
{
    sum->precision /= by;
    sum->recall /= by;
    sum->f /= by;
    sum->support = support;
}

/* With t and p the margins, c their trace and s the whole: the correlation is
 * (c s - t.p) / sqrt((s2 - p.p) (s2 - t.t)), where s2 - p.p = sum p (s - p) has no cancellation
 * left but in the largest class. Kappa is 1 - (s - c) / (s - t.p / s). */
static void correlate(int64_t classes, const sums *s, lk_classification *out)
{
    double together = 0, truth = 0, predicted = 0, apart = 0;
    for (int64_t k = 0; k < classes; k++) {
        const double t = s->of_truth[k], p = s->of_predicted[k];
        together += t * p;
        truth += t * (s->all - t);
        predicted += p * (s->all - p);
        apart += t * (s->all - p);
    }
    if (truth > 0 && predicted > 0)
        out->matthews = (s->right * s->all - together) / (sqrt(truth) * sqrt(predicted));
    else
        out->undefined |= LK_UNDEFINED_MATTHEWS;
    if (apart > 0)
        out->kappa = 1 - (s->all - s->right) * s->all / apart;
    else
        out->undefined |= LK_UNDEFINED_KAPPA;
}

lk_status lk_classification_metrics(int64_t classes, const double *matrix, double beta,
                                    lk_class_metrics *each, lk_classification *out)
{
    memset(out, 0, sizeof *out);
    sums s;
    lk_status status = check_classes(classes);
    if (!status && (!(beta >= 0) || isinf(beta)))
        status = lk_fail(LK_INVALID, "metrics: beta = %g; expected a finite one from 0", beta);
    if (!status) status = add_up(classes, matrix, &s);
    if (status) return status;
    double occurring = 0, with_samples = 0;
    for (int64_t k = 0; k < classes; k++) {
        const lk_class_metrics m =
            metrics_of(matrix[k * classes + k], s.of_predicted[k], s.of_truth[k], beta);
        if (each) each[k] = m;
        if (m.support > 0) {
            accumulate(&out->weighted, &m, m.support);
            out->balanced_accuracy += m.recall;
            with_samples++;
        }
        if (m.support > 0 || s.of_predicted[k] > 0) {
            accumulate(&out->macro, &m, 1);
            occurring++;
        }
    }
    out->accuracy = s.right / s.all;
    out->balanced_accuracy /= with_samples;
    out->micro = metrics_of(s.right, s.all, s.all, beta);
    divide(&out->macro, occurring, s.all);
    divide(&out->weighted, s.all, s.all);
    correlate(classes, &s, out);
    free(s.of_truth);
    return LK_OK;
}

lk_status lk_classify_scores(int64_t n, int64_t columns, const double *scores, double threshold,
                             int64_t *classes)
{
    const lk_status status = lk_check_scores(n, columns, scores);
    if (status) return status;
    for (int64_t i = 0; i < n; i++) {
        const double *row = scores + i * columns;
        int64_t best = columns == 1 && row[0] > threshold;
        for (int64_t k = 1; k < columns; k++)
            if (row[k] > row[best]) best = k;
        classes[i] = best;
    }
    return LK_OK;
}

lk_status lk_top_k_accuracy(int64_t n, int64_t classes, const int64_t *truth, const double *scores,
                            const double *weight, int64_t k, double *accuracy)
{
    double total, right = 0;
    if (k < 1) return lk_fail(LK_INVALID, "metrics: k = %lld; expected at least 1", (long long)k);
    lk_status status = lk_check_samples(n, weight, &total);
    if (!status) status = lk_check_labels("truth", n, classes, truth);
    if (!status) status = lk_check_scores(n, classes, scores);
    if (status) return status;
    for (int64_t i = 0; i < n; i++) {
        const double *row = scores + i * classes, own = row[truth[i]];
        int64_t before = 0;
        for (int64_t j = 0; j < classes; j++)
            before += row[j] > own || (row[j] == own && j < truth[i]);
        if (before < k) right += lk_weight_of(weight, i);
    }
    *accuracy = right / total;
    return LK_OK;
}
