/* metrics_probabilities.c: how true probabilities are. */
#include "metrics_checks.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static lk_status check(int64_t n, int64_t columns, const int64_t *truth,
                       const double *probabilities, int logits, const double *weight)
{
    double total;
    lk_status status = lk_check_samples(n, weight, &total);
    if (!status) status = lk_check_labels("truth", n, columns == 1 ? 2 : columns, truth);
    if (!status && logits)
        status = lk_check_range("logits", n, columns, probabilities, -DBL_MAX, DBL_MAX);
    if (!status && !logits)
        status = lk_check_range("probabilities", n, columns, probabilities, 0, 1);
    return status;
}

static double inside(double p) { return fmin(fmax(p, DBL_EPSILON), 1 - DBL_EPSILON); }

static lk_status loss_of_logits(int64_t n, int64_t columns, const int64_t *truth,
                                const double *logits, const double *weight, double *loss)
{
    const int64_t shape[] = {n, columns};
    const lk_tensor input = lk_view(logits, LK_F64, columns == 1 ? 1 : 2, shape);
    const lk_tensor target = lk_vector(truth, LK_I64, &n);
    return lk_mean_loss(columns == 1 ? LK_SIGMOID_CROSS_ENTROPY : LK_SOFTMAX_CROSS_ENTROPY, NULL, 0,
                        &input, &target, weight, loss);
}

lk_status lk_log_loss(int64_t n, int64_t columns, const int64_t *truth, const double *probabilities,
                      int logits, const double *weight, double *loss)
{
    lk_status status = check(n, columns, truth, probabilities, logits, weight);
    if (status) return status;
    if (logits) return loss_of_logits(n, columns, truth, probabilities, weight, loss);
    /* Of a row the label's probability alone counts: it is the only class of what nll sees. */
    double *p = malloc((size_t)n * sizeof *p);
    int64_t *only = calloc((size_t)n, sizeof *only);
    if (p && only) {
        const int64_t shape[] = {n, 1};
        const lk_tensor input = lk_view(p, LK_F64, columns == 1 ? 1 : 2, shape);
        const lk_tensor target = lk_vector(columns == 1 ? truth : only, LK_I64, &n);
        for (int64_t i = 0; i < n; i++)
            p[i] = columns == 1 ? inside(probabilities[i])
                                : log(inside(probabilities[i * columns + truth[i]]));
        status = lk_mean_loss(columns == 1 ? LK_BINARY_CROSS_ENTROPY : LK_NLL, NULL, 0, &input,
                              &target, weight, loss);
    } else {
        status = lk_fail(LK_NO_MEMORY, "metrics: no memory for %lld samples", (long long)n);
    }
    free(p);
    free(only);
    return status;
}

lk_status lk_brier_score(int64_t n, int64_t columns, const int64_t *truth,
                         const double *probabilities, const double *weight, double *score)
{
    lk_status status = check(n, columns, truth, probabilities, 0, weight);
    if (status) return status;
    double *right = malloc((size_t)n * sizeof *right), sum = 0;
    if (!right) return lk_fail(LK_NO_MEMORY, "metrics: no memory for %lld samples", (long long)n);
    for (int64_t k = 0; k < columns && !status; k++) {
        int64_t along = columns;
        lk_tensor input = lk_vector(probabilities + k, LK_F64, &n);
        const lk_tensor target = lk_vector(right, LK_F64, &n);
        double mean = 0;
        input.strides = &along;
        for (int64_t i = 0; i < n; i++) right[i] = truth[i] == (columns == 1 ? 1 : k);
        status = lk_mean_loss(LK_SQUARED_ERROR, NULL, 0, &input, &target, weight, &mean);
        sum += mean;
    }
    free(right);
    if (!status) *score = columns == 2 ? sum / 2 : sum;
    return status;
}

/* ---- calibration --------------------------------------------------------------------------------
 */

/* The linear quantile of ascending values at q in [0, 1]. */
static double quantile_of(const lk_place *sorted, int64_t n, double q)
{
    const double place = q * (double)(n - 1);
    const int64_t below = (int64_t)place < n - 1 ? (int64_t)place : n - 1;
    const int64_t above = below + 1 < n ? below + 1 : below;
    const double t = place - (double)below, a = sorted[below].value, b = sorted[above].value;
    return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

/* edges [bins]: the lower ends. */
static lk_status find_edges(int64_t n, const double *probabilities, int64_t bins, int quantiles,
                            double *edges)
{
    const double step = 1 / (double)bins;
    for (int64_t k = 0; k < bins; k++) edges[k] = (double)k * step;
    if (!quantiles) return LK_OK;
    lk_place *sorted = malloc((size_t)n * sizeof *sorted);
    if (!sorted) return lk_fail(LK_NO_MEMORY, "metrics: no memory for %lld samples", (long long)n);
    for (int64_t i = 0; i < n; i++) sorted[i] = (lk_place){probabilities[i], i};
    lk_sort_places(sorted, n);
    /* Rounded as by NumPy's percentile, which takes hundredths: edges often are samples. */
    for (int64_t k = 0; k < bins; k++) edges[k] = quantile_of(sorted, n, edges[k] * 100 / 100);
    free(sorted);
    return LK_OK;
}

/* The number of inner edges below p: a bin has its upper end. */
static int64_t bin_of(const double *edges, int64_t bins, double p)
{
    int64_t low = 0, high = bins - 1;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (edges[middle + 1] < p)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void fill(int64_t n, const int64_t *truth, const double *probabilities, const double *weight,
                 int64_t bins, lk_calibration *c)
{
    lk_curve *v = &c->curve;
    double total = 0;
    for (int64_t i = 0; i < n; i++) {
        const int64_t k = bin_of(v->threshold, bins, probabilities[i]);
        const double w = lk_weight_of(weight, i);
        v->x[k] += w * probabilities[i];
        v->y[k] += truth[i] ? w : 0;
        v->weight[k] += w;
        total += w;
    }
    for (int64_t k = 0; k < bins; k++) {
        const double w = v->weight[k];
        if (!(w > 0)) continue;
        const double x = v->x[k] / w, y = v->y[k] / w, apart = fabs(y - x);
        v->x[v->n] = x;
        v->y[v->n] = y;
        v->threshold[v->n] = v->threshold[k];
        v->weight[v->n++] = w;
        c->ece += w / total * apart;
        c->mce = fmax(c->mce, apart);
    }
}

void lk_calibration_free(lk_calibration *c)
{
    lk_curve_free(&c->curve);
    memset(c, 0, sizeof *c);
}

lk_status lk_calibrate(int64_t n, const int64_t *truth, const double *probabilities,
                       const double *weight, int64_t bins, int quantiles, lk_calibration *out)
{
    memset(out, 0, sizeof *out);
    lk_status status = check(n, 1, truth, probabilities, 0, weight);
    if (status) return status;
    if (bins < 1 || bins > INT32_MAX)
        return lk_fail(LK_INVALID, "metrics: %lld bins; expected at least 1", (long long)bins);
    const size_t room = (size_t)bins;
    lk_curve *v = &out->curve;
    v->x = calloc(room, sizeof *v->x);
    v->y = calloc(room, sizeof *v->y);
    v->threshold = calloc(room, sizeof *v->threshold);
    v->weight = calloc(room, sizeof *v->weight);
    status = v->x && v->y && v->threshold && v->weight
                 ? find_edges(n, probabilities, bins, quantiles, v->threshold)
                 : lk_fail(LK_NO_MEMORY, "metrics: no memory for %lld bins", (long long)bins);
    if (status)
        lk_calibration_free(out);
    else
        fill(n, truth, probabilities, weight, bins, out);
    return status;
}
