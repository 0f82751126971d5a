/* metrics_regression.c: how far predicted numbers are from the truth. */
#include "metrics_checks.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One output, and room for [n] numbers and places. */
typedef struct output {
    lk_tensor truth, predicted; /* [n] */
    const double *y, *p;        /* element i at i * step */
    int64_t n, step;
    const double *weight;
    double total;
    double *room;
    lk_place *places;
} output;

static lk_status mean_of(const output *o, lk_loss loss, const double *params, int n_params,
                         double *mean)
{
    return lk_mean_loss(loss, params, n_params, &o->predicted, &o->truth, o->weight, mean);
}

/* The variance of numbers about their mean. */
static lk_status variance_of(const output *o, const lk_tensor *numbers, const double *x,
                             int64_t step, double *variance)
{
    double mean = 0;
    for (int64_t i = 0; i < o->n; i++) mean += lk_weight_of(o->weight, i) * x[i * step];
    mean /= o->total;
    int64_t shape = o->n, stay = 0;
    lk_tensor center = lk_vector(&mean, LK_F64, &shape);
    center.strides = &stay;
    return lk_mean_loss(LK_SQUARED_ERROR, NULL, 0, numbers, &center, o->weight, variance);
}

static int is_constant(const output *o)
{
    int64_t first = -1;
    for (int64_t i = 0; i < o->n; i++) {
        if (!(lk_weight_of(o->weight, i) > 0)) continue;
        if (first < 0) first = i;
        if (o->y[i * o->step] != o->y[first * o->step]) return 0;
    }
    return 1;
}

/* 1 - left / all, where `all` is of a truth that varies. */
static double explained(double left, double all, int constant)
{
    if (constant) return left == 0;
    return 1 - left / all;
}

static lk_status explain(const output *o, lk_regression *m)
{
    double all, left;
    const lk_tensor errors = lk_vector(o->room, LK_F64, &o->n);
    for (int64_t i = 0; i < o->n; i++) o->room[i] = o->y[i * o->step] - o->p[i * o->step];
    lk_status status = variance_of(o, &o->truth, o->y, o->step, &all);
    if (!status) status = variance_of(o, &errors, o->room, 1, &left);
    if (status) return status;
    const int constant = is_constant(o);
    m->r2 = explained(m->mean_squared_error, all, constant);
    m->explained_variance = explained(left, all, constant);
    if (constant) m->undefined |= LK_UNDEFINED_R2;
    return LK_OK;
}

/* The value at which the weights below and above are equal; midway where two are. */
static double weighted_median(const lk_place *sorted, int64_t n, const output *o)
{
    const double slack = DBL_EPSILON * o->total; /* of sums that are equal but for rounding */
    double beyond = -o->total / 2;
    for (int64_t k = 0; k < n; k++) {
        beyond += lk_weight_of(o->weight, sorted[k].index);
        if (beyond > slack) return sorted[k].value;
        if (beyond >= -slack)
            return k + 1 < n ? (sorted[k].value + sorted[k + 1].value) / 2 : sorted[k].value;
    }
    return sorted[n - 1].value;
}

static void sort_errors(const output *o, lk_regression *m)
{
    int64_t n = 0;
    for (int64_t i = 0; i < o->n; i++) {
        const double e = fabs(o->y[i * o->step] - o->p[i * o->step]);
        if (lk_weight_of(o->weight, i) > 0) o->places[n++] = (lk_place){e, i};
    }
    lk_sort_places(o->places, n);
    m->max_error = o->places[n - 1].value;
    m->median_absolute_error = weighted_median(o->places, n, o);
}

/* The absolute error, each weighted by 1 / |truth|. */
static lk_status relate(const output *o, lk_regression *m)
{
    for (int64_t i = 0; i < o->n; i++)
        o->room[i] = lk_weight_of(o->weight, i) / fmax(fabs(o->y[i * o->step]), DBL_EPSILON);
    const lk_tensor weights = lk_vector(o->room, LK_F64, &o->n);
    lk_result sum;
    lk_call call = LK_CALL_INIT;
    call.input = &o->predicted;
    call.target = &o->truth;
    call.weight = &weights;
    call.reduction = LK_SUM;
    call.result = &sum;
    const lk_status status = lk_absolute_error(&call);
    if (!status) m->mean_absolute_percentage_error = sum.value / o->total;
    return status;
}

static lk_status measure_logarithms(const output *o, lk_regression *m)
{
    for (int64_t i = 0; i < o->n; i++)
        if (o->y[i * o->step] <= -1 || o->p[i * o->step] <= -1) {
            m->undefined |= LK_UNDEFINED_MSLE;
            m->mean_squared_log_error = NAN;
            return LK_OK;
        }
    return mean_of(o, LK_SQUARED_LOG_ERROR, NULL, 0, &m->mean_squared_log_error);
}

static lk_status measure(const output *o, double quantile, lk_regression *m)
{
    lk_status status = mean_of(o, LK_SQUARED_ERROR, NULL, 0, &m->mean_squared_error);
    if (!status) status = mean_of(o, LK_ABSOLUTE_ERROR, NULL, 0, &m->mean_absolute_error);
    if (!status) status = mean_of(o, LK_QUANTILE, &quantile, 1, &m->pinball);
    if (!status) status = measure_logarithms(o, m);
    if (!status) status = explain(o, m);
    if (!status) status = relate(o, m);
    if (status) return status;
    m->root_mean_squared_error = sqrt(m->mean_squared_error);
    sort_errors(o, m);
    return LK_OK;
}

static void add(lk_regression *sum, const lk_regression *m, double share)
{
    sum->mean_squared_error += share * m->mean_squared_error;
    sum->root_mean_squared_error += share * m->root_mean_squared_error;
    sum->mean_absolute_error += share * m->mean_absolute_error;
    sum->median_absolute_error += share * m->median_absolute_error;
    sum->max_error = fmax(sum->max_error, m->max_error);
    sum->r2 += share * m->r2;
    sum->explained_variance += share * m->explained_variance;
    sum->mean_absolute_percentage_error += share * m->mean_absolute_percentage_error;
    sum->mean_squared_log_error += share * m->mean_squared_log_error;
    sum->pinball += share * m->pinball;
    sum->undefined |= m->undefined;
}

static lk_status measure_all(output *o, int64_t outputs, const double *truth,
                             const double *predicted, double quantile, lk_regression *each,
                             lk_regression *mean)
{
    lk_regression sum = {.max_error = 0};
    for (int64_t k = 0; k < outputs; k++) {
        lk_regression one = {.max_error = 0};
        o->y = truth + k;
        o->p = predicted + k;
        o->truth = lk_vector(o->y, LK_F64, &o->n);
        o->predicted = lk_vector(o->p, LK_F64, &o->n);
        o->truth.strides = o->predicted.strides = &o->step;
        const lk_status status = measure(o, quantile, &one);
        if (status) return status;
        if (each) each[k] = one;
        add(&sum, &one, 1 / (double)outputs);
    }
    *mean = sum;
    return LK_OK;
}

lk_status lk_regression_metrics(int64_t n, int64_t outputs, const double *truth,
                                const double *predicted, const double *weight, double quantile,
                                lk_regression *each, lk_regression *mean)
{
    memset(mean, 0, sizeof *mean);
    output o = {.n = n, .step = outputs, .weight = weight};
    lk_status status = lk_check_samples(n, weight, &o.total);
    if (!status) status = lk_check_range("truth", n, outputs, truth, -DBL_MAX, DBL_MAX);
    if (!status) status = lk_check_range("predicted", n, outputs, predicted, -DBL_MAX, DBL_MAX);
    if (!status && !(quantile >= 0 && quantile <= 1))
        status = lk_fail(LK_INVALID, "metrics: quantile = %g; expected 0 to 1", quantile);
    if (status) return status;
    o.room = malloc((size_t)n * sizeof *o.room);
    o.places = malloc((size_t)n * sizeof *o.places);
    status = o.room && o.places
                 ? measure_all(&o, outputs, truth, predicted, quantile, each, mean)
                 : lk_fail(LK_NO_MEMORY, "metrics: no memory for %lld samples", (long long)n);
    free(o.room);
    free(o.places);
    return status;
}
