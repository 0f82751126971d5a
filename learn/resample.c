/* resample.c: classes brought to other sizes. SMOTE: Chawla et al., JAIR 16 (2002) 321. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "class_rows.h"
#include "model.h"
#include "neighbours.h"
#include "sample_rows.h"

/* What the new data consists of: rows of the old, `kept` of them as they are, and then, of SMOTE,
 * rows that go a part of the way to another. */
typedef struct plan {
    int64_t n, kept;
    int64_t *rows, *mates; /* [n], [n - kept] */
    double *part;          /* [n - kept] */
} plan;

static lk_status check(const lk_dataset *data, const lk_resample_options *o)
{
    const lk_status status =
        lk_check_options("resample", "LK_RESAMPLE_OPTIONS_INIT", o->size, sizeof *o);
    if (status) return status;
    if (o->method != LK_RESAMPLE_NONE && o->method != LK_RESAMPLE_OVER &&
        o->method != LK_RESAMPLE_UNDER && o->method != LK_RESAMPLE_SMOTE)
        return lk_fail(LK_INVALID, "resample: there is no method %d", (int)o->method);
    if (!(o->ratio > 0 && o->ratio <= 1))
        return lk_fail(LK_INVALID, "resample: ratio = %g; expected above 0, at most 1", o->ratio);
    if (o->method == LK_RESAMPLE_SMOTE && o->neighbours < 1)
        return lk_fail(LK_INVALID, "resample: %lld neighbours; expected at least 1",
                       (long long)o->neighbours);
    if (!(o->noise >= 0 && isfinite(o->noise)))
        return lk_fail(LK_INVALID, "resample: noise = %g; expected 0 or more", o->noise);
    if (o->noise > 0 && o->method != LK_RESAMPLE_OVER)
        return lk_fail(LK_INVALID, "resample: noise is for rows that over-sampling repeats");
    if (o->noise > 0 && !data->dense)
        return lk_fail(LK_UNSUPPORTED, "resample: sparse rows would lose their zeros to noise");
    return LK_OK;
}

/* How many rows each class will have; those without rows stay so. Returns the sum. */
static int64_t choose_sizes(const lk_class_rows *of, const lk_resample_options *o, int64_t *sizes)
{
    int64_t largest = 0, smallest = INT64_MAX, sum = 0;
    for (int64_t c = 0; c < of->classes; c++) {
        const int64_t n = lk_class_size(of, c);
        if (n > largest) largest = n;
        if (n > 0 && n < smallest) smallest = n;
    }
    for (int64_t c = 0; c < of->classes; c++) {
        const int64_t n = lk_class_size(of, c);
        const double least = nearbyint(o->ratio * (double)largest);
        const double most = nearbyint((double)smallest / o->ratio);
        sizes[c] = n;
        if (o->method == LK_RESAMPLE_UNDER && (double)n > most) sizes[c] = (int64_t)most;
        if (o->method == LK_RESAMPLE_OVER || o->method == LK_RESAMPLE_SMOTE)
            if (n > 0 && (double)n < least) sizes[c] = (int64_t)least;
        sum += sizes[c];
    }
    return sum;
}

/* The rows that stay, in the order of the data: of class c the first sizes[c] of its shuffled ones.
 */
static void keep(const lk_class_rows *of, const int64_t *sizes, uint64_t seed, int64_t rows,
                 unsigned char *stays, plan *p)
{
    memset(stays, 0, (size_t)rows);
    for (int64_t c = 0; c < of->classes; c++) {
        const int64_t n = lk_class_size(of, c), most = sizes[c] < n ? sizes[c] : n;
        int64_t *const own = of->rows + of->starts[c];
        lk_random random = {lk_random_stream(seed, (uint64_t)c)};
        if (most < n) lk_random_shuffle(&random, n, own);
        for (int64_t k = 0; k < most; k++) stays[own[k]] = 1;
    }
    for (int64_t i = 0; i < rows; i++)
        if (stays[i]) p->rows[p->kept++] = i;
}

/* New rows of a class with n of its own: any of them again, or, of SMOTE, a point between it and
 * one of its k nearest. A row that is alone is repeated. */
static lk_status add(const lk_dataset *data, const lk_resample_options *o, int64_t n,
                     const int64_t *own, int64_t extra, lk_random random, int64_t at, plan *p)
{
    const int64_t k = o->method != LK_RESAMPLE_SMOTE ? 0
                      : o->neighbours < n            ? o->neighbours
                                                     : n - 1;
    int64_t *const nearest = malloc((size_t)(n * k + 1) * sizeof *nearest);
    if (!nearest)
        return lk_fail(LK_NO_MEMORY, "resample: no memory for the neighbours of %lld rows",
                       (long long)n);
    lk_status status = k > 0 ? lk_nearest_rows(data, n, own, k, nearest) : LK_OK;
    for (int64_t i = 0; !status && i < extra; i++) {
        const int64_t from = lk_random_below(&random, n);
        p->rows[at + i] = p->mates[at + i - p->kept] = own[from];
        p->part[at + i - p->kept] = 0;
        if (k == 0) continue;
        p->mates[at + i - p->kept] = own[nearest[from * k + lk_random_below(&random, k)]];
        p->part[at + i - p->kept] = lk_random_unit(&random);
    }
    free(nearest);
    return status;
}

static void free_plan(plan *p)
{
    free(p->rows);
    free(p->mates);
    free(p->part);
}

static lk_status make_plan(const lk_dataset *data, const lk_resample_options *o, plan *p)
{
    lk_class_rows of;
    lk_status status = lk_class_rows_find("resample", data, &of);
    if (status) return status;
    int64_t *const sizes = malloc((size_t)(of.classes + 1) * sizeof *sizes);
    unsigned char *const stays = malloc((size_t)data->rows + 1);
    p->n = sizes ? choose_sizes(&of, o, sizes) : 0;
    const size_t room = (size_t)p->n + 1;
    p->rows = malloc(room * sizeof *p->rows);
    p->mates = malloc(room * sizeof *p->mates);
    p->part = malloc(room * sizeof *p->part);
    if (!sizes || !stays || !p->rows || !p->mates || !p->part)
        status = lk_fail(LK_NO_MEMORY, "resample: no memory for %zu rows", room - 1);
    if (!status) keep(&of, sizes, o->seed, data->rows, stays, p);
    int64_t at = p->kept;
    for (int64_t c = 0; !status && c < of.classes; c++) {
        const int64_t n = lk_class_size(&of, c), extra = sizes[c] > n ? sizes[c] - n : 0;
        if (extra == 0) continue;
        const lk_random random = {lk_random_stream(o->seed, (uint64_t)c)};
        status = add(data, o, n, of.rows + of.starts[c], extra, random, at, p);
        at += extra;
    }
    free(stays);
    free(sizes);
    lk_class_rows_free(&of);
    return status;
}

/* ---- the new rows -------------------------------------------------------------------------------
 */

static double between(double a, double b, double part) { return a + part * (b - a); }

/* The columns that either row has; returns how many. Without `values` counts only. */
static int64_t join(lk_sample_row a, lk_sample_row b, double part, int32_t *columns, double *values)
{
    int64_t n = 0;
    for (int64_t i = 0, j = 0; i < a.n || j < b.n; n++) {
        const int left = j >= b.n || (i < a.n && a.columns[i] <= b.columns[j]);
        const int right = i >= a.n || (j < b.n && b.columns[j] <= a.columns[i]);
        if (values) {
            columns[n] = left ? a.columns[i] : b.columns[j];
            values[n] = between(left ? a.values[i] : 0, right ? b.values[j] : 0, part);
        }
        i += left;
        j += right;
    }
    return n;
}

static lk_status join_sparse(const lk_dataset *data, const plan *p, lk_dataset *out)
{
    int64_t *const starts = out->starts;
    for (int64_t i = p->kept; i < p->n; i++)
        starts[i + 1] = starts[i] + join(lk_row_of(data, p->rows[i]),
                                         lk_row_of(data, p->mates[i - p->kept]), 0, NULL, NULL);
    const size_t stored = (size_t)starts[p->n] + 1;
    int32_t *const columns = realloc(out->columns, stored * sizeof *columns);
    if (columns) out->columns = columns;
    double *const values = realloc(out->values, stored * sizeof *values);
    if (values) out->values = values;
    if (!columns || !values)
        return lk_fail(LK_NO_MEMORY, "resample: no memory for %zu numbers", stored);
    for (int64_t i = p->kept; i < p->n; i++)
        join(lk_row_of(data, p->rows[i]), lk_row_of(data, p->mates[i - p->kept]),
             p->part[i - p->kept], columns + starts[i], values + starts[i]);
    return LK_OK;
}

static lk_status interpolate(const lk_dataset *data, const plan *p, lk_dataset *out)
{
    for (int64_t i = p->kept; i < p->n; i++) {
        const int64_t mate = p->mates[i - p->kept];
        const double part = p->part[i - p->kept];
        if (out->weight) out->weight[i] = between(out->weight[i], data->weight[mate], part);
        for (int64_t j = 0; out->dense && j < data->features; j++) {
            double *const x = &out->dense[i * data->features + j];
            *x = between(*x, data->dense[mate * data->features + j], part);
        }
    }
    return data->dense ? LK_OK : join_sparse(data, p, out);
}

static lk_status add_noise(const lk_dataset *data, const lk_resample_options *o, const plan *p,
                           lk_dataset *out)
{
    lk_scaling scaling;
    const lk_status status = lk_scaling_fit(data, LK_SCALE_STANDARD, &scaling);
    if (status) return status;
    lk_random random = {lk_random_stream(o->seed, (uint64_t)data->classes)};
    for (int64_t i = p->kept; i < p->n; i++)
        for (int64_t j = 0; j < data->features; j++) {
            const double shift = o->noise * lk_random_normal(&random);
            if (scaling.factor[j] != 0)
                out->dense[i * data->features + j] += shift / scaling.factor[j];
        }
    lk_scaling_free(&scaling);
    return LK_OK;
}

lk_status lk_resample_rows(const lk_dataset *data, const lk_resample_options *options,
                           lk_dataset *out)
{
    memset(out, 0, sizeof *out);
    lk_status status = check(data, options);
    if (status) return status;
    plan p = {0, 0, NULL, NULL, NULL};
    lk_dataset d = {0};
    status = make_plan(data, options, &p);
    if (!status) status = lk_dataset_take(data, p.n, p.rows, &d);
    if (!status && options->method == LK_RESAMPLE_SMOTE) status = interpolate(data, &p, &d);
    if (!status && options->noise > 0 && p.n > p.kept) status = add_noise(data, options, &p, &d);
    free_plan(&p);
    if (status)
        lk_dataset_free(&d);
    else
        *out = d;
    return status;
}
