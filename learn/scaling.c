/* scaling.c: features brought to a common scale. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "losskit_learn.h"

enum { BLOCK = 64 }; /* columns, of a task: a row's part of it fills a few cache lines */

typedef struct fit {
    const lk_dataset *data;
    double *shift, *factor;
} fit;

/* 1 / spread, or 0 where the spread is what rounding makes of numbers of this size. Not finite
 * where the spread is beyond the range of doubles, or its inverse is. */
static double factor_of(double spread, double size)
{
    return spread <= 4 * DBL_EPSILON * size ? 0 : isinf(spread) ? spread : 1 / spread;
}

/* Two passes. Deviations from the first row, then from the mean: those of a constant are exactly 0,
 * and the second pass's own sum takes back what rounding the mean has done (Chan, Golub and LeVeque
 * 1983). */
static void fit_standard(void *context, size_t index)
{
    const fit *f = context;
    const int64_t features = f->data->features, rows = f->data->rows;
    const int64_t begin = (int64_t)index * BLOCK;
    const int64_t n = features - begin < BLOCK ? features - begin : BLOCK;
    const double *const x = f->data->dense + begin, count = (double)rows;
    double *const mean = f->shift + begin;
    double sum[BLOCK] = {0}, square[BLOCK] = {0};
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < n; j++) sum[j] += x[i * features + j] - x[j];
    for (int64_t j = 0; j < n; j++) mean[j] = x[j] + sum[j] / count;
    memset(sum, 0, sizeof sum);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < n; j++) {
            const double d = x[i * features + j] - mean[j];
            sum[j] += d;
            square[j] += d * d;
        }
    for (int64_t j = 0; j < n; j++) {
        const double variance = (square[j] - sum[j] * (sum[j] / count)) / count;
        mean[j] += sum[j] / count;
        f->factor[begin + j] = factor_of(sqrt(variance > 0 ? variance : 0), fabs(mean[j]));
    }
}

/* Smallest and largest value of each feature, into shift and factor. Sparse rows hold zeros where
 * they hold nothing. */
static lk_status find_range(const lk_dataset *data, double *low, double *high)
{
    int64_t *stored = calloc((size_t)data->features + 1, sizeof *stored);
    if (!stored)
        return lk_fail(LK_NO_MEMORY, "scaling: no memory for %lld features",
                       (long long)data->features);
    for (int64_t j = 0; j < data->features; j++) low[j] = HUGE_VAL, high[j] = -HUGE_VAL;
    for (int64_t i = 0; i < data->rows; i++) {
        const int64_t begin = data->dense ? i * data->features : data->starts[i];
        const int64_t end = data->dense ? begin + data->features : data->starts[i + 1];
        for (int64_t k = begin; k < end; k++) {
            const int64_t j = data->dense ? k - begin : data->columns[k];
            const double x = data->dense ? data->dense[k] : data->values[k];
            low[j] = x < low[j] ? x : low[j];
            high[j] = x > high[j] ? x : high[j];
            stored[j]++;
        }
    }
    for (int64_t j = 0; j < data->features; j++)
        if (stored[j] < data->rows) {
            low[j] = low[j] < 0 ? low[j] : 0;
            high[j] = high[j] > 0 ? high[j] : 0;
        }
    free(stored);
    return LK_OK;
}

static lk_status fit_range(const lk_dataset *data, lk_scale kind, double *shift, double *factor)
{
    const lk_status status = find_range(data, shift, factor);
    for (int64_t j = 0; !status && j < data->features; j++) {
        const double low = shift[j], high = factor[j], size = fmax(fabs(low), fabs(high));
        const double by_range = factor_of(high - low, size);
        shift[j] = kind == LK_SCALE_MIN_MAX ? low : 0;
        factor[j] = kind == LK_SCALE_MIN_MAX || by_range == 0 ? by_range : 1 / size;
    }
    return status;
}

static lk_status check_fit(const lk_dataset *data, lk_scale kind)
{
    if (kind != LK_SCALE_NONE && kind != LK_SCALE_STANDARD && kind != LK_SCALE_MIN_MAX &&
        kind != LK_SCALE_MAX_ABS)
        return lk_fail(LK_INVALID, "scaling: there is no kind %d", (int)kind);
    if (data->rows < 1 && kind != LK_SCALE_NONE)
        return lk_fail(LK_INVALID, "scaling: there are no rows to fit it to");
    if (!data->dense && (kind == LK_SCALE_STANDARD || kind == LK_SCALE_MIN_MAX))
        return lk_fail(LK_UNSUPPORTED,
                       "scaling: sparse rows would lose their zeros; expected the largest "
                       "magnitude (max_abs), or dense rows");
    return LK_OK;
}

static lk_status check_finite(const lk_scaling *s)
{
    for (int64_t j = 0; j < s->features; j++)
        if (!isfinite(s->shift[j]) || !isfinite(s->factor[j]))
            return lk_fail(LK_OUT_OF_DOMAIN,
                           "scaling: the numbers of feature %lld are too far apart, or too close",
                           (long long)j);
    return LK_OK;
}

lk_status lk_scaling_fit(const lk_dataset *data, lk_scale kind, lk_scaling *out)
{
    memset(out, 0, sizeof *out);
    lk_status status = check_fit(data, kind);
    if (status) return status;
    const size_t n = (size_t)data->features;
    lk_scaling s = {data->features, calloc(n + 1, sizeof *s.shift),
                    calloc(n + 1, sizeof *s.factor)};
    if (!s.shift || !s.factor)
        status = lk_fail(LK_NO_MEMORY, "scaling: no memory for %zu features", n);
    fit f = {data, s.shift, s.factor};
    if (!status && kind == LK_SCALE_STANDARD)
        lk_parallel((n + BLOCK - 1) / BLOCK, fit_standard, &f);
    if (!status && (kind == LK_SCALE_MIN_MAX || kind == LK_SCALE_MAX_ABS))
        status = fit_range(data, kind, s.shift, s.factor);
    for (size_t j = 0; !status && kind == LK_SCALE_NONE && j < n; j++) s.factor[j] = 1;
    if (!status) status = check_finite(&s);
    if (status)
        lk_scaling_free(&s);
    else
        *out = s;
    return status;
}

lk_status lk_scaling_apply(const lk_scaling *s, lk_dataset *data)
{
    if (data->dense ? data->features != s->features : data->features > s->features)
        return lk_fail(LK_INVALID, "scaling: of %lld features, for data of %lld",
                       (long long)s->features, (long long)data->features);
    if (!data->rows) return LK_OK;
    if (!data->dense) {
        for (int64_t j = 0; j < s->features; j++)
            if (s->shift[j] != 0)
                return lk_fail(LK_UNSUPPORTED,
                               "scaling: feature %lld is shifted by %g; sparse rows would lose "
                               "their zeros",
                               (long long)j, s->shift[j]);
        for (int64_t k = 0; k < data->starts[data->rows]; k++)
            data->values[k] *= s->factor[data->columns[k]];
        return LK_OK;
    }
    for (int64_t i = 0; i < data->rows; i++) {
        double *const x = data->dense + i * data->features;
        for (int64_t j = 0; j < data->features; j++) x[j] = (x[j] - s->shift[j]) * s->factor[j];
    }
    return LK_OK;
}

void lk_scaling_free(lk_scaling *s)
{
    free(s->shift);
    free(s->factor);
    memset(s, 0, sizeof *s);
}
