/* sample_rows.h: products with the rows of a data set, dense or sparse. */
#ifndef LK_LEARN_SAMPLE_ROWS_H
#define LK_LEARN_SAMPLE_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "losskit_learn.h"

/* Row i as n values; columns NULL: all of them in order. */
typedef struct lk_sample_row {
    const double *values;
    const int32_t *columns;
    int64_t n;
} lk_sample_row;

static inline lk_sample_row lk_row_of(const lk_dataset *data, int64_t i)
{
    if (data->dense) {
        const lk_sample_row dense = {data->dense + i * data->features, NULL, data->features};
        return dense;
    }
    const int64_t begin = data->starts[i];
    const lk_sample_row sparse = {data->values + begin, data->columns + begin,
                                  data->starts[i + 1] - begin};
    return sparse;
}

static inline double lk_row_weight(const lk_dataset *data, int64_t i)
{
    return data->weight ? data->weight[i] : 1;
}

static inline int64_t lk_stored_numbers(const lk_dataset *data)
{
    return data->dense ? data->rows * data->features : data->starts[data->rows] - data->starts[0];
}

/* Where share k of n begins. How many shares there are must depend on the data alone, not on the
 * threads. */
static inline int64_t lk_share_begin(int64_t n, int64_t shares, int64_t k)
{
    const int64_t longer = n % shares;
    return n / shares * k + (k < longer ? k : longer);
}

static inline double lk_row_dot(lk_sample_row r, const double *w)
{
    /* Four chains hide the latency of the additions; their order is fixed. */
    double s[4] = {0, 0, 0, 0};
    int64_t k = 0;
    if (!r.columns) {
        for (; k + 4 <= r.n; k += 4)
            for (int lane = 0; lane < 4; lane++) s[lane] += r.values[k + lane] * w[k + lane];
        for (; k < r.n; k++) s[0] += r.values[k] * w[k];
    } else {
        for (; k + 4 <= r.n; k += 4)
            for (int lane = 0; lane < 4; lane++)
                s[lane] += r.values[k + lane] * w[r.columns[k + lane]];
        for (; k < r.n; k++) s[0] += r.values[k] * w[r.columns[k]];
    }
    return (s[0] + s[1]) + (s[2] + s[3]);
}

/* w += a row */
static inline void lk_row_add(lk_sample_row r, double a, double *w)
{
    if (!r.columns)
        for (int64_t k = 0; k < r.n; k++) w[k] += a * r.values[k];
    else
        for (int64_t k = 0; k < r.n; k++) w[r.columns[k]] += a * r.values[k];
}

static inline double lk_row_square(lk_sample_row r)
{
    double s = 0;
    for (int64_t k = 0; k < r.n; k++) s += r.values[k] * r.values[k];
    return s;
}

/* Over all rows, in parallel, the same bits for any number of threads. */
/* scores[i] = row i . weight + bias */
void lk_rows_times(const lk_dataset *data, const double *weight, double bias, double *scores);
/* scores [rows, outputs] = row i . weight [outputs, features] + bias [outputs] */
void lk_rows_scores(const lk_dataset *data, int64_t outputs, const double *weight,
                    const double *bias, double *scores);

/* Sums over rows come as the parameters of a linear model lie in memory: [outputs, features], and
 * behind them [outputs] for a feature that is 1 in every row. Fixed shares of the rows have sums of
 * their own, which are then added in order; their room is kept from one sum to the next. */
typedef struct lk_row_sums {
    const lk_dataset *data;
    int64_t outputs, width, shares;
    double *partial; /* [shares, width]; NULL: one share needs none */
} lk_row_sums;
lk_status lk_row_sums_begin(lk_row_sums *sums, const lk_dataset *data, int64_t outputs);
void lk_row_sums_end(lk_row_sums *sums);

/* sum of factor[i, c] row i */
void lk_row_sums_take(const lk_row_sums *sums, const double *factor, double *out);
/* sum of factor[i, c] times the squares of row i */
void lk_row_sums_squares(const lk_row_sums *sums, const double *factor, double *out);
/* sum of factor[i] (row i . v) row i, for one output, in one pass; v as out */
void lk_row_sums_curve(const lk_row_sums *sums, const double *factor, const double *v, double *out);

#endif
