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
    int64_t rows, columns, height; /* of the matrix, by columns in memory; the larger of the two */
    double *matrix, *right;
    lapack_int *pivots, n_work;
    double *work;
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
    memset(s->matrix, 0, (size_t)(s->rows * s->columns) * sizeof *s->matrix);
    memset(s->right, 0, (size_t)s->height * sizeof *s->right);
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

static lapack_int solve_full(least_squares *s, double *work, lapack_int n_work)
{
    const lapack_int rows = (lapack_int)s->rows, columns = (lapack_int)s->columns, one = 1;
    const lapack_int height = (lapack_int)s->height;
    lapack_int info;
    LAPACK_dgels("N", &rows, &columns, &one, s->matrix, &rows, s->right, &height, work, &n_work,
                 &info);
    return info;
}

/* Of several solutions the shortest. */
static lapack_int solve_deficient(least_squares *s, double *work, lapack_int n_work)
{
    const lapack_int rows = (lapack_int)s->rows, columns = (lapack_int)s->columns, one = 1;
    const lapack_int height = (lapack_int)s->height;
    const double smallest = (double)s->height * DBL_EPSILON;
    lapack_int rank, info;
    LAPACK_dgelsy(&rows, &columns, &one, s->matrix, &rows, s->right, &height, s->pivots, &smallest,
                  &rank, work, &n_work, &info);
    return info;
}

/* The matrix, with the room that LAPACK asks for. */
static lk_status make_room(least_squares *s)
{
    double full, deficient;
    (void)solve_full(s, &full, -1);
    (void)solve_deficient(s, &deficient, -1);
    s->n_work = (lapack_int)fmax(full, deficient);
    s->matrix = calloc((size_t)s->rows, (size_t)(s->columns + 1) * sizeof *s->matrix);
    s->right = malloc((size_t)s->height * sizeof *s->right);
    /* 0: dgelsy() may move the column; it would leave others where they are, in front. */
    s->pivots = calloc((size_t)(s->columns + 1), sizeof *s->pivots);
    s->work = malloc((size_t)(s->n_work + 1) * sizeof *s->work);
    if (s->matrix && s->right && s->pivots && s->work) return LK_OK;
    return lk_fail(LK_NO_MEMORY, "train: no memory for QR of %lld rows", (long long)s->rows);
}

static lk_status solve(const lk_linear_problem *p, double h, least_squares *s)
{
    lapack_int info = 1;
    lk_blas_begin();
    fill(p, h, s);
    if (s->rows >= s->columns) info = solve_full(s, s->work, s->n_work);
    if (info || !has_full_rank(s)) {
        fill(p, h, s);
        info = solve_deficient(s, s->work, s->n_work);
    }
    lk_blas_end();
    return info ? lk_fail(LK_INVALID, "train: qr: LAPACK answers %d", (int)info) : LK_OK;
}

static lk_status train(lk_smooth *o, least_squares *s, double *zero, double *w,
                       lk_linear_report *report)
{
    const lk_linear_problem *p = o->problem;
    double h, *gradient = zero + o->width;
    lk_status status = lk_smooth_at(o, zero, &report->objective, gradient);
    if (status) return status;
    const double first = lk_smooth_subgradient(o, zero, gradient);
    status = curvature_of(p, &h);
    if (!status) status = make_room(s);
    if (!status) status = solve(p, h, s);
    if (status) return status;
    memcpy(w, s->right, (size_t)s->columns * sizeof *w);
    status = lk_smooth_at(o, w, &report->objective, gradient);
    if (status) return status;
    report->gradient = first > 0 ? lk_smooth_subgradient(o, w, gradient) / first : 0;
    report->gap = NAN;
    report->converged = 1;
    report->iterations = 1;
    report->stopped = lk_linear_progress(p, 1, report->objective, report->gradient);
    return LK_OK;
}

lk_status lk_solve_qr(const lk_linear_problem *p, double *w, double *bias, lk_linear_report *report)
{
    (void)bias;
    const int64_t d = p->data->features;
    least_squares s = {.rows = p->data->rows + (p->l2 == 0 ? 0 : d + 1),
                       .columns = d + (p->bias != LK_BIAS_NONE)};
    s.height = s.rows > s.columns ? s.rows : s.columns;
    if (s.height > INT_MAX)
        return lk_fail(LK_UNSUPPORTED, "train: qr: %lld rows are more than LAPACK can count",
                       (long long)p->data->rows);
    lk_smooth o;
    lk_status status = lk_smooth_begin(&o, p, LK_CURVATURE_TRUE);
    if (status) return status;
    double *zero = calloc((size_t)(2 * o.width), sizeof *zero);
    if (!zero)
        status = lk_fail(LK_NO_MEMORY, "train: no memory for %lld weights", (long long)o.width);
    else
        status = train(&o, &s, zero, w, report);
    free(s.matrix);
    free(s.right);
    free(s.pivots);
    free(s.work);
    free(zero);
    lk_smooth_end(&o);
    return status;
}
