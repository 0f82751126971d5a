/* linear_qr.c: least squares by orthogonal factors, by LAPACK. The penalty is rows of its own under
 * the data: each weight times sqrt(l2) is to be 0. */
#include "linear_smooth.h"

#include <float.h>
#include <lapacke.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct least_squares {
    int64_t rows, columns; /* of the matrix, by columns in memory */
    double *matrix, *right;
    lapack_int *pivots;
} least_squares;

/* The loss is h/2 (score - target)^2 with one h for all rows: its curvature. */
static lk_status curvature_of(const lk_linear_problem *p, double *h)
{
    lk_linear_problem plain = *p;
    lk_dataset one = *p->data;
    one.rows = 1;
    plain.data = &one;
    plain.weight = NULL;
    lk_smooth o;
    lk_status status = lk_smooth_begin(&o, &plain, LK_CURVATURE_TRUE);
    if (status) return status;
    double value, *zero = calloc((size_t)(2 * o.width), sizeof *zero);
    if (!zero)
        status = lk_fail(LK_NO_MEMORY, "train: no memory for %lld weights", (long long)o.width);
    else
        status = lk_smooth_at(&o, zero, &value, zero + o.width);
    if (!status) *h = o.bend[0];
    free(zero);
    lk_smooth_end(&o);
    return status;
}

static void fill(const lk_linear_problem *p, double h, least_squares *s)
{
    const lk_dataset *data = p->data;
    const int64_t n = data->rows, d = data->features;
    for (int64_t i = 0; i < n; i++) {
        const double root = sqrt(h * (p->weight ? p->weight[i] : 1) / (double)n);
        for (int64_t k = 0; k < d; k++) s->matrix[k * s->rows + i] = root * data->dense[i * d + k];
        if (p->bias != LK_BIAS_NONE) s->matrix[d * s->rows + i] = root;
        s->right[i] = root * p->target[i];
    }
    const int64_t penalised = p->l2 == 0 ? 0 : p->bias == LK_BIAS_PENALISED ? d + 1 : d;
    for (int64_t k = 0; k < penalised; k++) s->matrix[k * s->rows + n + k] = sqrt(p->l2);
}

/* Whether the triangle that dgels() left on the diagonal is one of full rank. */
static int has_full_rank(const least_squares *s)
{
    double least = HUGE_VAL, most = 0;
    for (int64_t k = 0; k < s->columns && k < s->rows; k++) {
        const double r = fabs(s->matrix[k * s->rows + k]);
        least = fmin(least, r);
        most = fmax(most, r);
    }
    return s->rows >= s->columns && least > (double)s->rows * DBL_EPSILON * most;
}

/* Of several solutions the shortest; what LAPACK answers. */
static lapack_int factor(const lk_linear_problem *p, double h, least_squares *s)
{
    const lapack_int rows = (lapack_int)s->rows, columns = (lapack_int)s->columns;
    const lapack_int height = rows > columns ? rows : columns;
    fill(p, h, s);
    lapack_int info = 1, rank;
    if (rows >= columns)
        info = LAPACKE_dgels(LAPACK_COL_MAJOR, 'N', rows, columns, 1, s->matrix, rows, s->right,
                             height);
    if (info < 0 || (info == 0 && has_full_rank(s))) return info;
    memset(s->matrix, 0, (size_t)(s->rows * s->columns) * sizeof *s->matrix);
    memset(s->right, 0, (size_t)height * sizeof *s->right);
    fill(p, h, s);
    return LAPACKE_dgelsy(LAPACK_COL_MAJOR, rows, columns, 1, s->matrix, rows, s->right, height,
                          s->pivots, (double)height * DBL_EPSILON, &rank);
}

static lk_status solve(const lk_linear_problem *p, double h, least_squares *s)
{
    lk_blas_begin();
    const lapack_int info = factor(p, h, s);
    lk_blas_end();
    if (!info) return LK_OK;
    return info == LAPACK_WORK_MEMORY_ERROR
               ? lk_fail(LK_NO_MEMORY, "train: no memory for QR")
               : lk_fail(LK_OUT_OF_DOMAIN, "train: qr: the features and targets must be finite");
}

static lk_status report_on(const lk_linear_problem *p, const double *w, lk_linear_report *report)
{
    lk_smooth o;
    lk_status status = lk_smooth_begin(&o, p, LK_CURVATURE_TRUE);
    if (status) return status;
    double *zero = calloc((size_t)(2 * o.width), sizeof *zero);
    if (!zero)
        status = lk_fail(LK_NO_MEMORY, "train: no memory for %lld weights", (long long)o.width);
    double first = 0, *gradient = zero ? zero + o.width : NULL;
    if (!status) status = lk_smooth_at(&o, zero, &report->objective, gradient);
    if (!status) first = lk_smooth_subgradient(&o, zero, gradient);
    if (!status) status = lk_smooth_at(&o, w, &report->objective, gradient);
    if (!status) report->gradient = first > 0 ? lk_smooth_subgradient(&o, w, gradient) / first : 0;
    report->gap = NAN;
    report->converged = 1;
    report->iterations = 1;
    if (!status) report->stopped = lk_linear_progress(p, 1, report->objective, report->gradient);
    free(zero);
    lk_smooth_end(&o);
    return status;
}

lk_status lk_solve_qr(const lk_linear_problem *p, double *w, double *bias, lk_linear_report *report)
{
    (void)bias;
    const int64_t d = p->data->features;
    least_squares s = {.rows = p->data->rows + d + 1, .columns = d + (p->bias != LK_BIAS_NONE)};
    if (p->l2 == 0) s.rows = p->data->rows;
    if (s.rows > INT_MAX || s.columns > INT_MAX)
        return lk_fail(LK_UNSUPPORTED, "train: qr: %lld rows are more than LAPACK can count",
                       (long long)p->data->rows);
    const size_t size = (size_t)(s.rows * s.columns);
    s.matrix = calloc(size + 1, sizeof *s.matrix);
    s.right = calloc((size_t)(s.rows + s.columns), sizeof *s.right);
    s.pivots = calloc((size_t)s.columns + 1, sizeof *s.pivots);
    double h = 0;
    lk_status status = LK_OK;
    if (!s.matrix || !s.right || !s.pivots)
        status = lk_fail(LK_NO_MEMORY, "train: no memory for QR of %lld rows", (long long)s.rows);
    if (!status) status = curvature_of(p, &h);
    if (!status) status = solve(p, h, &s);
    if (!status) {
        memcpy(w, s.right, (size_t)s.columns * sizeof *w);
        status = report_on(p, w, report);
    }
    free(s.matrix);
    free(s.right);
    free(s.pivots);
    return status;
}
