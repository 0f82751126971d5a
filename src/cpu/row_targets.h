/* row_targets.h: targets and scores before the softmax, and through the cap; part of row_kernels.c.
 */
#ifndef LK_ROW_TARGETS_H
#define LK_ROW_TARGETS_H

#include "row_exponentials.h"
#include "row_kernels.h"

static void smooth_row(const lk_row_tile *t, real *target, const real *w, real kept,
                       double smoothing, int all)
{
    const real *a = t->scores;
    const size_t n = t->classes;
    const real masked = all ? (real)__builtin_nan("") : -R_INF; /* equal to no score */
    size_t counted = 0;
    for (size_t c = 0; c < n; c++) counted += a[c] != masked;
    const real even = counted ? (real)(smoothing / (double)counted) : R(0);
    SIMD for (size_t c = 0; c < n; c++) target[c] =
        kept * target[c] + (a[c] != masked ? even : R(0));
    if (w) SIMD for (size_t c = 0; c < n; c++) target[c] *= w[c];
}

static void smooth(const lk_row_tile *t, void *targets, const void *class_weight, double smoothing,
                   int all)
{
    const real *w = class_weight;
    const size_t rows = t->rows;
    const real kept = (real)(1 - smoothing), masked = all ? (real)__builtin_nan("") : -R_INF;
    real even[LK_TILE_ROWS], counted[LK_TILE_ROWS];
    if (rows == 1) {
        smooth_row(t, targets, w, kept, smoothing, all);
        return;
    }
    ROWS(r) counted[r] = R(0);
    for (size_t c = 0; c < t->classes; c++) {
        const real *a = (const real *)t->scores + c * rows;
        ROWS(r) counted[r] += a[r] != masked ? R(1) : R(0);
    }
    for (size_t r = 0; r < rows; r++)
        even[r] = counted[r] > R(0) ? (real)(smoothing / (double)counted[r]) : R(0);
    for (size_t c = 0; c < t->classes; c++) {
        const real *a = (const real *)t->scores + c * rows;
        real *target = (real *)targets + c * rows;
        const real weight = w ? w[c] : R(1);
        ROWS(r) target[r] = weight * (kept * target[r] + (a[r] != masked ? even[r] : R(0)));
    }
}

LK_FN double entropy_at(real *t, int is_log)
{
    const real p = is_log ? r_exp(*t) : *t, u = is_log ? *t : r_log(*t);
    *t = p;
    return p == R(0) ? 0.0 : (double)(p * u);
}

INLINE double entropy_row(size_t n, real *t, int is_log)
{
    double lanes[LK_LANES] = {0};
    size_t c = 0;
    for (; c + LK_LANES <= n; c += LK_LANES) {
        real h[LK_LANES];
        LANES(l) h[l] = (real)entropy_at(&t[c + (size_t)l], is_log);
        LANES(l) lanes[l] += (double)h[l];
    }
    for (; c < n; c++) lanes[c % LK_LANES] += entropy_at(&t[c], is_log);
    return lk_add_lanes(lanes);
}

static void entropy(size_t rows, size_t classes, void *target, int is_log, double *sums)
{
    real *t = target;
    if (rows == 1) {
        sums[0] = is_log ? entropy_row(classes, t, 1) : entropy_row(classes, t, 0);
        return;
    }
    for (size_t r = 0; r < rows; r++) sums[r] = 0;
    for (size_t c = 0; c < classes; c++, t += rows) {
        if (is_log)
            ROWS(r) sums[r] += entropy_at(&t[r], 1);
        else
            ROWS(r) sums[r] += entropy_at(&t[r], 0);
    }
}

static void cap(size_t n, void *scores, double limit, void *tanh)
{
    real *a = scores, *t = tanh;
    const real k = (real)limit;
    for (size_t i = 0; i < n; i++) {
        t[i] = r_tanh(a[i] / k);
        a[i] = a[i] == -R_INF ? a[i] : k * t[i];
    }
}

static void cap_vector(size_t n, const void *tanh, void *vector)
{
    const real *t = tanh;
    real *v = vector;
    for (size_t i = 0; i < n; i++) v[i] *= (R(1) - t[i]) * (R(1) + t[i]);
}

/* With a = k tanh(z / k): a' = 1 - t^2, a'' = -2 t a' / k; the vector comes times a'. What is 0
 * stays 0: rows that take no part may hold NaN. */
static void uncap(size_t n, double limit, const void *tanh, const void *vector, void *gradient,
                  void *curvature, void *product)
{
    const real *t = tanh, *v = vector;
    real *g = gradient, *h = curvature, *o = product;
    const real k = (real)limit;
    for (size_t i = 0; i < n; i++) {
        const real slope = (R(1) - t[i]) * (R(1) + t[i]), bend = R(-2) * t[i] / k;
        const int flat = g[i] == R(0);
        if (h) h[i] = flat && h[i] == R(0) ? R(0) : slope * (h[i] * slope + g[i] * bend);
        if (o) o[i] = flat && o[i] == R(0) ? R(0) : o[i] * slope + g[i] * bend * v[i];
        g[i] = flat ? R(0) : g[i] * slope;
    }
}

static void target_gradient(const lk_row_tile *t, void *scores, const void *targets,
                            const void *class_weight, double kept, int kind, const double *maximum,
                            const double *log_sum, const double *factor)
{
    real *a = scores;
    const real *target = targets, *w = class_weight;
    for (size_t c = 0; c < t->classes; c++)
        for (size_t r = 0; r < t->rows; r++) {
            const size_t i = c * t->rows + r;
            const double surprise = log_sum[r] + (maximum[r] - (double)a[i]);
            const double scale = factor[r] * kept * (w ? (double)w[c] : 1.0);
            const real p = target[i], slope = (real)surprise + r_log(p) + R(1);
            const real divergence = p == R(0) ? R(0) : kind == 2 ? p * slope : slope;
            a[i] = factor[r] == 0.0 ? R(0) : (real)(scale * (kind ? (double)divergence : surprise));
        }
}

#endif
