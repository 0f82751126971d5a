#include "sample_rows.h"

#include <stdlib.h>
#include <string.h>

enum {
    WORK = 65536,        /* numbers that are worth the waking of a thread */
    MOST_SHARES = 16,    /* of sums: each has a copy of all sums */
    NUMBERS_PER_SUM = 4, /* that a share reads for each sum it has to clear and add */
    BLOCK = 8192         /* sums that are added up at once */
};

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* ---- scores -------------------------------------------------------------------------------------
 */

typedef struct scoring {
    const lk_dataset *data;
    int64_t outputs, shares;
    const double *weight, *bias;
    double *scores;
} scoring;

static void score_share(void *context, size_t k)
{
    const scoring *s = context;
    const int64_t n = s->data->rows, share = (int64_t)k;
    const int64_t end = lk_share_begin(n, s->shares, share + 1);
    for (int64_t i = lk_share_begin(n, s->shares, share); i < end; i++) {
        const lk_sample_row row = lk_row_of(s->data, i);
        for (int64_t c = 0; c < s->outputs; c++)
            s->scores[i * s->outputs + c] =
                lk_row_dot(row, s->weight + c * s->data->features) + s->bias[c];
    }
}

static void score_rows(const lk_dataset *data, int64_t outputs, const double *weight,
                       const double *bias, double *scores)
{
    const int64_t shares = 1 + lk_stored_numbers(data) * outputs / WORK;
    scoring s = {data, outputs, least(shares, 64), weight, bias, scores};
    lk_parallel((size_t)s.shares, score_share, &s);
}

void lk_rows_times(const lk_dataset *data, const double *weight, double bias, double *scores)
{
    score_rows(data, 1, weight, &bias, scores);
}

/* Dense rows and several outputs: a product of matrices, if there is a BLAS. */
static int multiply(const lk_dataset *data, int64_t outputs, const double *weight, double *scores)
{
    int64_t rows[] = {data->rows, data->features}, columns[] = {data->features, outputs};
    int64_t shape[] = {data->rows, outputs}, across[] = {1, data->features};
    const lk_tensor a = lk_view(data->dense, LK_F64, 2, rows);
    lk_tensor b = lk_view(weight, LK_F64, 2, columns);
    b.strides = across;
    const lk_tensor c = lk_view(scores, LK_F64, 2, shape);
    return lk_matrix_product(&a, &b, 0, &c) == LK_OK;
}

void lk_rows_scores(const lk_dataset *data, int64_t outputs, const double *weight,
                    const double *bias, double *scores)
{
    if (!data->dense || outputs == 1 || !multiply(data, outputs, weight, scores)) {
        score_rows(data, outputs, weight, bias, scores);
        return;
    }
    for (int64_t i = 0; i < data->rows; i++)
        for (int64_t c = 0; c < outputs; c++) scores[i * outputs + c] += bias[c];
}

/* ---- sums ---------------------------------------------------------------------------------------
 */

lk_status lk_row_sums_begin(lk_row_sums *s, const lk_dataset *data, int64_t outputs)
{
    const int64_t stored = lk_stored_numbers(data), width = outputs * (data->features + 1);
    const int64_t wanted = least(stored / WORK, stored / (NUMBERS_PER_SUM * width));
    *s = (lk_row_sums){data, outputs, width, 1, NULL};
    if (wanted < 2) return LK_OK;
    s->shares = least(wanted, MOST_SHARES);
    s->partial = malloc((size_t)(s->shares * width) * sizeof *s->partial);
    if (!s->partial)
        return lk_fail(LK_NO_MEMORY, "train: no memory for %lld sums of %lld features",
                       (long long)s->shares, (long long)data->features);
    return LK_OK;
}

void lk_row_sums_end(lk_row_sums *s)
{
    free(s->partial);
    s->partial = NULL;
}

typedef struct summing summing;
typedef void add_row(const summing *s, int64_t i, lk_sample_row row, double *sums);
struct summing {
    const lk_row_sums *room;
    add_row *add;
    const double *factor, *v;
    double *out;
};

static void sum_share(void *context, size_t k)
{
    const summing *s = context;
    const lk_row_sums *room = s->room;
    const int64_t n = room->data->rows, share = (int64_t)k;
    const int64_t end = lk_share_begin(n, room->shares, share + 1);
    double *sums = room->partial ? room->partial + share * room->width : s->out;
    memset(sums, 0, (size_t)room->width * sizeof *sums);
    for (int64_t i = lk_share_begin(n, room->shares, share); i < end; i++)
        s->add(s, i, lk_row_of(room->data, i), sums);
}

static void add_shares(void *context, size_t block)
{
    const summing *s = context;
    const lk_row_sums *room = s->room;
    const int64_t begin = (int64_t)block * BLOCK, n = least(BLOCK, room->width - begin);
    double *out = s->out + begin;
    memcpy(out, room->partial + begin, (size_t)n * sizeof *out);
    for (int64_t k = 1; k < room->shares; k++) {
        const double *more = room->partial + k * room->width + begin;
        for (int64_t j = 0; j < n; j++) out[j] += more[j];
    }
}

static void sum_rows(const lk_row_sums *room, add_row *add, const double *factor, const double *v,
                     double *out)
{
    summing s = {room, add, factor, v, out};
    lk_parallel((size_t)room->shares, sum_share, &s);
    if (room->partial) lk_parallel((size_t)((room->width + BLOCK - 1) / BLOCK), add_shares, &s);
}

static void take(const summing *s, int64_t i, lk_sample_row row, double *sums)
{
    const int64_t outputs = s->room->outputs, features = s->room->data->features;
    for (int64_t c = 0; c < outputs; c++) {
        const double factor = s->factor[i * outputs + c];
        if (factor == 0) continue;
        lk_row_add(row, factor, sums + c * features);
        sums[outputs * features + c] += factor;
    }
}

static void square(const summing *s, int64_t i, lk_sample_row row, double *sums)
{
    const int64_t outputs = s->room->outputs, features = s->room->data->features;
    for (int64_t c = 0; c < outputs; c++) {
        const double factor = s->factor[i * outputs + c];
        if (factor == 0) continue;
        double *to = sums + c * features;
        for (int64_t k = 0; k < row.n; k++)
            to[row.columns ? row.columns[k] : k] += factor * row.values[k] * row.values[k];
        sums[outputs * features + c] += factor;
    }
}

static void curve(const summing *s, int64_t i, lk_sample_row row, double *sums)
{
    const int64_t features = s->room->data->features;
    if (s->factor[i] == 0) return;
    const double bent = s->factor[i] * (lk_row_dot(row, s->v) + s->v[features]);
    lk_row_add(row, bent, sums);
    sums[features] += bent;
}

/* Dense rows and several outputs: out = factor^T data, a product of matrices. */
static int multiply_transposed(const lk_row_sums *room, const double *factor, double *out)
{
    const lk_dataset *data = room->data;
    int64_t columns[] = {room->outputs, data->rows}, across[] = {1, room->outputs};
    int64_t rows[] = {data->rows, data->features}, shape[] = {room->outputs, data->features};
    lk_tensor a = lk_view(factor, LK_F64, 2, columns);
    a.strides = across;
    const lk_tensor b = lk_view(data->dense, LK_F64, 2, rows);
    const lk_tensor c = lk_view(out, LK_F64, 2, shape);
    return lk_matrix_product(&a, &b, 0, &c) == LK_OK;
}

void lk_row_sums_take(const lk_row_sums *room, const double *factor, double *out)
{
    const int64_t outputs = room->outputs;
    if (!room->data->dense || outputs == 1 || !multiply_transposed(room, factor, out)) {
        sum_rows(room, take, factor, NULL, out);
        return;
    }
    double *bias = out + room->width - outputs;
    memset(bias, 0, (size_t)outputs * sizeof *bias);
    for (int64_t i = 0; i < room->data->rows; i++)
        for (int64_t c = 0; c < outputs; c++) bias[c] += factor[i * outputs + c];
}

void lk_row_sums_squares(const lk_row_sums *room, const double *factor, double *out)
{
    sum_rows(room, square, factor, NULL, out);
}

void lk_row_sums_curve(const lk_row_sums *room, const double *factor, const double *v, double *out)
{
    sum_rows(room, curve, factor, v, out);
}
