/* mahalanobis.c: the distance from the mean in the metric of the covariance C = L L^T:
 * |L^-1 (x - mean)|. */
#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "sample_rows.h"

enum {
    LANES = 4,   /* rows that are solved side by side, each with its own sums */
    GROUP = 4,   /* rows of L that are read together */
    PANEL = 1024 /* rows that are held at once */
};

/* ---- distances ----------------------------------------------------------------------------------
 */

typedef struct distances {
    const lk_dataset *data;
    const int64_t *rows; /* NULL: all in order */
    int64_t n, begin;    /* of the panel */
    const double *mean, *cholesky;
    double *scratch; /* [PANEL / LANES, features, LANES] */
    double *out;     /* [n] */
} distances;

/* z = x - mean, in the lane. */
static void load(const distances *d, int64_t i, double *z)
{
    const int64_t features = d->data->features;
    const lk_sample_row x = lk_row_of(d->data, d->rows ? d->rows[i] : i);
    for (int64_t j = 0; j < features; j++) z[j * LANES] = -d->mean[j];
    for (int64_t k = 0; k < x.n; k++) z[(x.columns ? x.columns[k] : k) * LANES] += x.values[k];
}

/* Rows j .. of L. GROUP of them share what is read of z; past the last one, the last again. */
static void solve_group(const distances *d, int64_t j, double *z, double *square)
{
    const int64_t features = d->data->features, group = features - j < GROUP ? features - j : GROUP;
    const double *l[GROUP];
    double sum[GROUP][LANES];
    for (int64_t r = 0; r < GROUP; r++) {
        const int64_t row = r < group ? j + r : j + group - 1;
        l[r] = d->cholesky + row * features;
        memcpy(sum[r], z + row * LANES, sizeof sum[r]);
    }
    for (int64_t k = 0; k < j; k++)
        for (int r = 0; r < GROUP; r++)
            for (int lane = 0; lane < LANES; lane++) sum[r][lane] -= l[r][k] * z[k * LANES + lane];
    for (int64_t r = 0; r < group; r++) {
        for (int64_t k = j; k < j + r; k++)
            for (int lane = 0; lane < LANES; lane++) sum[r][lane] -= l[r][k] * z[k * LANES + lane];
        for (int lane = 0; lane < LANES; lane++) {
            z[(j + r) * LANES + lane] = sum[r][lane] /= l[r][j + r];
            square[lane] += sum[r][lane] * sum[r][lane];
        }
    }
}

/* Forward substitution, L z = x - mean. A library's would choose its kernels by the number of rows
 * and its own number of threads; here a row has the same bits wherever it stands. */
static void solve_task(void *context, size_t index)
{
    const distances *d = context;
    const int64_t features = d->data->features, first = d->begin + (int64_t)index * LANES;
    const int64_t lanes = d->n - first < LANES ? d->n - first : LANES;
    double *const z = d->scratch + (int64_t)index * features * LANES;
    double square[LANES] = {0};
    memset(z, 0, (size_t)(features * LANES) * sizeof *z);
    for (int64_t lane = 0; lane < lanes; lane++) load(d, first + lane, z + lane);
    for (int64_t j = 0; j < features; j += GROUP) solve_group(d, j, z, square);
    for (int64_t lane = 0; lane < lanes; lane++) d->out[first + lane] = sqrt(square[lane]);
}

static lk_status measure(const lk_model *m, const lk_dataset *data, int64_t n, const int64_t *rows,
                         double *out)
{
    const int64_t panel = n < PANEL ? (n + LANES - 1) / LANES * LANES : PANEL;
    double *const scratch = calloc((size_t)panel * (size_t)m->features + 1, sizeof *scratch);
    if (!scratch)
        return lk_fail(LK_NO_MEMORY, "mahalanobis: no memory for %lld rows of %lld features",
                       (long long)panel, (long long)m->features);
    distances d = {
        data,    rows, n, 0, lk_model_find(m, "mean")->data, lk_model_find(m, "cholesky")->data,
        scratch, out};
    for (; d.begin < n; d.begin += PANEL) {
        const int64_t some = n - d.begin < PANEL ? n - d.begin : PANEL;
        lk_parallel((size_t)(some + LANES - 1) / LANES, solve_task, &d);
    }
    free(scratch);
    return LK_OK;
}

static lk_status check(const lk_model *m)
{
    const int64_t square[2] = {m->features, m->features}, one = 1;
    if (m->outputs != 1)
        return lk_fail(LK_INVALID, "model: a Gaussian with %lld outputs; expected 1",
                       (long long)m->outputs);
    if (!lk_model_expect(m, "mean", LK_F64, 1, &m->features) ||
        !lk_model_expect(m, "cholesky", LK_F64, 2, square) ||
        !lk_model_expect(m, "threshold", LK_F64, 1, &one))
        return LK_INVALID;
    return LK_OK;
}

static lk_status predict(const lk_model *m, const lk_dataset *data, double *scores)
{
    const lk_status status = measure(m, data, data->rows, NULL, scores);
    const double *const threshold = lk_model_find(m, "threshold")->data;
    for (int64_t i = 0; !status && i < data->rows; i++) scores[i] -= *threshold;
    return status;
}

const lk_model_type lk_gaussian_type = {"gaussian", check, predict};

/* ---- training -----------------------------------------------------------------------------------
 */

typedef struct sample {
    const lk_dataset *data;
    int64_t n;
    int64_t *rows; /* of positive weight */
    double weight; /* of them all */
} sample;

static lk_status choose_rows(const lk_dataset *data, int64_t normal, sample *s)
{
    if (data->classes && (normal < 0 || normal >= data->classes))
        return lk_fail(LK_INVALID, "mahalanobis: class %lld is outside [0, %lld)",
                       (long long)normal, (long long)data->classes);
    s->rows = malloc((size_t)(data->rows + 1) * sizeof *s->rows);
    if (!s->rows)
        return lk_fail(LK_NO_MEMORY, "mahalanobis: no memory for the numbers of %lld rows",
                       (long long)data->rows);
    for (int64_t i = 0; i < data->rows; i++) {
        const double weight = lk_row_weight(data, i);
        if (!(weight > 0) || (data->classes && data->target[i] != (double)normal)) continue;
        s->rows[s->n++] = i;
        s->weight += weight;
    }
    if (s->n == 0)
        return lk_fail(LK_INVALID, "mahalanobis: there are no rows of class %lld with a weight",
                       (long long)normal);
    return LK_OK;
}

/* mean += the weighted mean of x - mean; called twice, the second time for what rounding left. */
static void move_mean(const sample *s, double *deviation, double *mean)
{
    const int64_t features = s->data->features;
    memset(deviation, 0, (size_t)features * sizeof *deviation);
    for (int64_t i = 0; i < s->n; i++) {
        const double weight = lk_row_weight(s->data, s->rows[i]);
        lk_row_add(lk_row_of(s->data, s->rows[i]), weight, deviation);
        for (int64_t j = 0; j < features; j++) deviation[j] -= weight * mean[j];
    }
    for (int64_t j = 0; j < features; j++) mean[j] += deviation[j] / s->weight;
}

/* covariance += panel^T panel, with rows times the root of their weights. */
static lk_status add_panel(const sample *s, int64_t begin, const double *mean, double *panel,
                           double *covariance)
{
    const int64_t features = s->data->features, n = s->n - begin < PANEL ? s->n - begin : PANEL;
    for (int64_t i = 0; i < n; i++) {
        const int64_t row = s->rows[begin + i];
        const double root = sqrt(lk_row_weight(s->data, row) / s->weight);
        double *const to = panel + i * features;
        for (int64_t j = 0; j < features; j++) to[j] = -mean[j];
        lk_row_add(lk_row_of(s->data, row), 1, to);
        for (int64_t j = 0; j < features; j++) to[j] *= root;
    }
    int64_t down[2] = {n, features}, across[2] = {features, n}, square[2] = {features, features};
    int64_t transposed[2] = {1, features};
    lk_tensor a = lk_view(panel, LK_F64, 2, across);
    a.strides = transposed;
    const lk_tensor b = lk_view(panel, LK_F64, 2, down), c = lk_view(covariance, LK_F64, 2, square);
    return lk_matrix_product(&a, &b, begin > 0, &c);
}

/* Shrinks the covariance; variance [features] receives its diagonal. */
static lk_status shrink(const sample *s, double shrinkage, const double *mean, double *variance,
                        double *c)
{
    const int64_t n = s->data->features;
    for (int64_t j = 0; j < n; j++) {
        variance[j] = c[j * n + j];
        if (!isfinite(variance[j]))
            return lk_fail(LK_OUT_OF_DOMAIN,
                           "mahalanobis: the variance of feature %lld is beyond the range of "
                           "doubles; scale the features",
                           (long long)j);
        if (sqrt(variance[j]) <= 8 * DBL_EPSILON * fabs(mean[j]))
            return lk_fail(LK_OUT_OF_DOMAIN,
                           "mahalanobis: feature %lld is constant in the %lld rows, which have no "
                           "distance along it; leave it out",
                           (long long)j, (long long)s->n);
        for (int64_t k = 0; k < j; k++) c[j * n + k] *= 1 - shrinkage;
    }
    return LK_OK;
}

/* c becomes its factor L, of which rows are LAPACK's columns. */
static lk_status factor(const sample *s, double shrinkage, const double *variance, double *c)
{
    const int64_t n = s->data->features;
    const lapack_int size = (lapack_int)n;
    lapack_int stuck;
    lk_blas_begin();
    LAPACK_dpotrf("U", &size, c, &size, &stuck);
    lk_blas_end();
    /* What the rows before leave of a variance: rounding of it counts as nothing. */
    const int64_t sound = stuck > 0 ? stuck - 1 : n;
    const double rounding = 16 * (double)n * DBL_EPSILON;
    int64_t dependent = 0;
    while (dependent < sound && c[dependent * n + dependent] * c[dependent * n + dependent] >
                                    rounding * variance[dependent])
        dependent++;
    if (dependent < n)
        return lk_fail(
            LK_OUT_OF_DOMAIN,
            "mahalanobis: the covariance of %lld rows is singular (feature %lld follows from "
            "those before it) with shrinkage %g; more shrinkage or fewer features help",
            (long long)s->n, (long long)dependent, shrinkage);
    for (int64_t j = 0; j < n; j++) memset(c + j * n + j + 1, 0, (size_t)(n - j - 1) * sizeof *c);
    return LK_OK;
}

static lk_status fit(const sample *s, double shrinkage, double *mean, double *cholesky)
{
    const size_t features = (size_t)s->data->features, rows = s->n < PANEL ? (size_t)s->n : PANEL;
    double *const panel = malloc((rows + 1) * (features + 1) * sizeof *panel);
    if (!panel)
        return lk_fail(LK_NO_MEMORY, "mahalanobis: no memory for rows of %zu features", features);
    move_mean(s, panel, mean);
    move_mean(s, panel, mean);
    lk_status status = LK_OK;
    for (int64_t begin = 0; !status && begin < s->n; begin += PANEL)
        status = add_panel(s, begin, mean, panel, cholesky);
    if (!status) status = shrink(s, shrinkage, mean, panel, cholesky);
    if (!status) status = factor(s, shrinkage, panel, cholesky);
    free(panel);
    return status;
}

typedef struct weighted_distance {
    double distance, weight;
} weighted_distance;

static int compare(const void *a, const void *b)
{
    const double x = ((const weighted_distance *)a)->distance;
    const double y = ((const weighted_distance *)b)->distance;
    return (x > y) - (x < y);
}

/* The least distance with at least the quantile of the weight at or below it: one that occurs, and
 * with integer weights that of the repeated rows. */
static lk_status find_threshold(const lk_model *m, const sample *s, double quantile,
                                double *threshold)
{
    double *const distance = malloc((size_t)s->n * sizeof *distance);
    weighted_distance *const sorted = malloc((size_t)s->n * sizeof *sorted);
    lk_status status = LK_OK;
    if (!distance || !sorted)
        status = lk_fail(LK_NO_MEMORY, "mahalanobis: no memory for the distances of %lld rows",
                         (long long)s->n);
    if (!status) status = measure(m, s->data, s->n, s->rows, distance);
    if (!status) {
        for (int64_t i = 0; i < s->n; i++)
            sorted[i] = (weighted_distance){distance[i], lk_row_weight(s->data, s->rows[i])};
        qsort(sorted, (size_t)s->n, sizeof *sorted, compare);
        const double enough = quantile * s->weight * (1 - 1e-12);
        double sum = sorted[0].weight;
        int64_t at = 0;
        while (sum < enough && at + 1 < s->n) sum += sorted[++at].weight;
        *threshold = sorted[at].distance;
    }
    free(sorted);
    free(distance);
    return status;
}

static lk_status train(const sample *s, double shrinkage, double quantile, lk_model *m)
{
    const int64_t square[2] = {m->features, m->features}, one = 1;
    m->classes = 2;
    double *const mean = lk_model_add(m, "mean", LK_F64, 1, &m->features);
    double *const cholesky = mean ? lk_model_add(m, "cholesky", LK_F64, 2, square) : NULL;
    double *const threshold = cholesky ? lk_model_add(m, "threshold", LK_F64, 1, &one) : NULL;
    if (!threshold) return LK_NO_MEMORY;
    const lk_status status = fit(s, shrinkage, mean, cholesky);
    return status ? status : find_threshold(m, s, quantile, threshold);
}

lk_status lk_train_mahalanobis(const lk_dataset *data, int64_t normal, double shrinkage,
                               double quantile, lk_model **out)
{
    *out = NULL;
    if (!(shrinkage >= 0 && shrinkage <= 1))
        return lk_fail(LK_INVALID, "mahalanobis: shrinkage = %g; expected 0 to 1", shrinkage);
    if (!(quantile >= 0 && quantile <= 1))
        return lk_fail(LK_INVALID, "mahalanobis: quantile = %g; expected 0 to 1", quantile);
    if (data->features < 1 || data->features > INT32_MAX)
        return lk_fail(LK_INVALID, "mahalanobis: %lld features; expected at least 1",
                       (long long)data->features);
    sample s = {data, 0, NULL, 0};
    lk_status status = choose_rows(data, normal, &s);
    lk_model *m = NULL;
    if (!status) m = lk_model_new(LK_MODEL_GAUSSIAN, data, (lk_loss)0, NULL, 0, 1);
    if (!status) status = m ? train(&s, shrinkage, quantile, m) : LK_NO_MEMORY;
    free(s.rows);
    if (status)
        lk_model_free(m);
    else
        *out = m;
    return status;
}
