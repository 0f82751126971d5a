/* neighbours.c: all pairs of rows. Dense ones by |a - b|^2 = |a|^2 - 2 a.b + |b|^2 with the
 * products of a panel of rows at a time; from the mean, so that what they have in common does not
 * cancel. Sparse ones by their differences. */
#include "neighbours.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sample_rows.h"

enum { PANEL = 256 }; /* rows, whose distances to all others are held at once */

typedef struct search {
    const lk_dataset *data;
    const int64_t *rows;
    int64_t n, k, begin;    /* of the panel */
    const double *square;   /* [n], dense */
    const double *products; /* [PANEL, n], dense */
    double *distances;      /* [PANEL, k], of the nearest so far */
    int64_t *nearest;
} search;

static double sparse_distance(lk_sample_row a, lk_sample_row b)
{
    double sum = 0;
    for (int64_t i = 0, j = 0; i < a.n || j < b.n;) {
        const int left = j >= b.n || (i < a.n && a.columns[i] <= b.columns[j]);
        const int right = i >= a.n || (j < b.n && b.columns[j] <= a.columns[i]);
        const double d = (left ? a.values[i] : 0) - (right ? b.values[j] : 0);
        sum += d * d;
        i += left;
        j += right;
    }
    return sum;
}

/* |b|^2 - 2 a.b orders as the distance from a does. */
static double distance(const search *s, int64_t a, int64_t b)
{
    return s->data->dense
               ? s->square[b] - 2 * s->products[(a - s->begin) * s->n + b]
               : sparse_distance(lk_row_of(s->data, s->rows[a]), lk_row_of(s->data, s->rows[b]));
}

static void search_row(void *context, size_t index)
{
    const search *s = context;
    const int64_t a = s->begin + (int64_t)index;
    double *const best = s->distances + (int64_t)index * s->k;
    int64_t *const nearest = s->nearest + a * s->k, found = 0;
    for (int64_t b = 0; b < s->n; b++) {
        if (b == a) continue;
        const double d = distance(s, a, b);
        if (found == s->k && !(d < best[s->k - 1])) continue;
        int64_t at = found < s->k ? found++ : s->k - 1;
        for (; at > 0 && d < best[at - 1]; at--) {
            best[at] = best[at - 1];
            nearest[at] = nearest[at - 1];
        }
        best[at] = d;
        nearest[at] = b;
    }
}

/* The rows, from their mean, and their squares. */
static void center(const lk_dataset *data, int64_t n, const int64_t *rows, double *centred,
                   double *mean, double *square)
{
    const int64_t features = data->features;
    memset(mean, 0, (size_t)features * sizeof *mean);
    for (int64_t i = 0; i < n; i++) lk_row_add(lk_row_of(data, rows[i]), 1 / (double)n, mean);
    for (int64_t i = 0; i < n; i++) {
        const double *const x = data->dense + rows[i] * features;
        double *const to = centred + i * features;
        for (int64_t j = 0; j < features; j++) to[j] = x[j] - mean[j];
        square[i] = lk_row_square((lk_sample_row){to, NULL, features});
    }
}

/* products = panel all^T */
static lk_status multiply(double *all, int64_t n, int64_t features, int64_t begin, int64_t rows,
                          double *products)
{
    int64_t a_shape[2] = {rows, features}, b_shape[2] = {features, n}, c_shape[2] = {rows, n};
    int64_t transposed[2] = {1, features};
    const lk_tensor a = lk_view(all + begin * features, LK_F64, 2, a_shape);
    lk_tensor b = lk_view(all, LK_F64, 2, b_shape);
    b.strides = transposed;
    const lk_tensor c = lk_view(products, LK_F64, 2, c_shape);
    return lk_matrix_product(&a, &b, 0, &c);
}

lk_status lk_nearest_rows(const lk_dataset *data, int64_t n, const int64_t *rows, int64_t k,
                          int64_t *nearest)
{
    const size_t features = data->dense ? (size_t)data->features : 0, count = (size_t)n;
    const size_t panel = n < PANEL ? count : PANEL;
    double *const distances = malloc((panel * (size_t)k + 1) * sizeof *distances);
    double *const centred = malloc(((count + 1) * features + count + 1) * sizeof *centred);
    double *const products = malloc((data->dense ? panel * count + 1 : 1) * sizeof *products);
    lk_status status = LK_OK;
    if (!distances || !centred || !products)
        status = lk_fail(LK_NO_MEMORY, "neighbours: no memory for %lld rows", (long long)n);
    double *const mean = centred + count * features, *const square = mean + features;
    if (!status && data->dense) center(data, n, rows, centred, mean, square);
    search s = {data, rows, n, k, 0, square, products, distances, nearest};
    for (; !status && s.begin < n; s.begin += PANEL) {
        const int64_t some = n - s.begin < PANEL ? n - s.begin : PANEL;
        if (data->dense) status = multiply(centred, n, data->features, s.begin, some, products);
        if (!status) lk_parallel((size_t)some, search_row, &s);
    }
    free(products);
    free(centred);
    free(distances);
    return status;
}
