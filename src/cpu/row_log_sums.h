/* row_log_sums.h: sums over the classes of functions of log-probabilities; part of row_kernels.c.
 */
#ifndef LK_ROW_LOG_SUMS_H
#define LK_ROW_LOG_SUMS_H

#include "row_each.h"
#include "row_single.h"
#include "rows_list.h"

typedef log_jet log_body(real x, real q, real t, real log_t, const real *p);

/* A row of log-probabilities x with q = e^x: given, or of scores a: x = a - max - log s. */
typedef struct log_row {
    const real *a, *e, *t;
    double shift, log_sum; /* the maximum, and log-sum-exp less that */
    real inverse;          /* 1 / sum of e */
    int logits, log_target;
    int normal; /* x is of a softmax: not above 0 */
} log_row;

LK_FN log_jet jet_at(log_body *body, const log_row *r, size_t c, const real *p, real *probability)
{
    const real x = r->logits ? (real)(((double)r->a[c] - r->shift) - r->log_sum) : r->a[c];
    const real q = r->logits   ? r->e[c] * r->inverse
                   : r->normal ? r_exp_neg(r->a[c])
                               : r_exp(r->a[c]);
    const real given = r->t[c];
    const real t = r->log_target ? r_exp(given) : given, u = r->log_target ? given : r_log(given);
    log_jet j = body(x, q, t, u, p);
    *probability = q;
    if (r->log_target) j.target_slope = t == R(0) ? R(0) : t * j.target_slope;
    return j;
}

/* Sums of a row: value, slopes, bends, and with the vector q v and bend v. */
enum { SUM_VALUE, SUM_SLOPE, SUM_BEND, SUM_VECTOR, SUM_BEND_VECTOR, SUMS };

/* Up to LK_LANES classes; a constant number of them vectorises. */
INLINE void add_jets(log_body *body, const log_row *r, size_t c, int n, const real *v,
                     const real *p, double lanes[SUMS][LK_LANES])
{
    real value[LK_LANES] = {R(0)}, slope[LK_LANES] = {R(0)}, bend[LK_LANES] = {R(0)};
    real q[LK_LANES] = {R(0)};
    SIMD for (int l = 0; l < n; l++)
    {
        const log_jet j = jet_at(body, r, c + (size_t)l, p, &q[l]);
        value[l] = j.value;
        slope[l] = j.slope;
        bend[l] = j.bend;
    }
    LANES(l) lanes[SUM_VALUE][l] += (double)value[l];
    if (!r->logits) return;
    LANES(l) lanes[SUM_SLOPE][l] += (double)slope[l];
    LANES(l) lanes[SUM_BEND][l] += (double)bend[l];
    for (int l = 0; v && l < n; l++) {
        lanes[SUM_VECTOR][l] += (double)q[l] * (double)v[c + (size_t)l];
        lanes[SUM_BEND_VECTOR][l] += (double)bend[l] * (double)v[c + (size_t)l];
    }
}

INLINE void sum_jets(log_body *body, const log_row *r, size_t n, const real *v, const real *p,
                     double *sums)
{
    const int wanted = v ? SUMS : r->logits ? SUM_VECTOR : SUM_SLOPE; /* the others stay 0 */
    double lanes[SUMS][LK_LANES];
    size_t c = 0;
    for (int k = 0; k < wanted; k++) LANES(l) lanes[k][l] = 0;
    for (; c + LK_LANES <= n; c += LK_LANES) add_jets(body, r, c, LK_LANES, v, p, lanes);
    if (c < n) add_jets(body, r, c, (int)(n - c), v, p, lanes);
    for (int k = 0; k < SUMS; k++) sums[k] = k < wanted ? lk_add_lanes(lanes[k]) : 0;
}

#define EACH_JET(store)                               \
    SIMD for (size_t c = 0; c < n; c++)               \
    {                                                 \
        real q;                                       \
        const log_jet j = jet_at(body, &r, c, p, &q); \
        store;                                        \
    }

/* With scores, x_k = a_k - log-sum-exp: gradient = slope - q S; the Hessian's diagonal is
 * bend (1 - 2q) + q^2 B - q (1 - q) S, with S and B the sums of the slopes and bends. */
INLINE void derive_jets(log_body *body, log_row r, row_work *row, const real *p, const double *sums)
{
    const size_t n = row->classes;
    const real *v = row->vector;
    real *g = row->gradient, *h = row->curvature, *o = row->product, *t = row->target_gradient;
    const real f = (real)row->factor, slope = (real)sums[SUM_SLOPE], bend = (real)sums[SUM_BEND];
    const real mean = (real)sums[SUM_VECTOR];
    const real bends = (real)(sums[SUM_BEND_VECTOR] - sums[SUM_BEND] * sums[SUM_VECTOR]);
    if (g && r.logits) EACH_JET(g[c] = f * (j.slope - q * slope))
    if (g && !r.logits) EACH_JET(g[c] = f * j.slope)
    if (h && r.logits)
        EACH_JET(h[c] = f * (j.bend * (R(1) - R(2) * q) + q * (q * bend - (R(1) - q) * slope)))
    if (h && !r.logits) EACH_JET(h[c] = f * j.bend)
    if (o && r.logits) EACH_JET(o[c] = f * ((j.bend - q * slope) * (v[c] - mean) - q * bends))
    if (o && !r.logits) EACH_JET(o[c] = f * j.bend * v[c])
    if (t) EACH_JET(t[c] = f * j.target_slope)
}

INLINE void log_rows(log_body *body, row_work *row, int logits, int log_target)
{
    const real p[LK_MAX_PARAMS] = {R(0)};
    log_row r = {.a = row->scores, .t = row->target, .logits = logits, .log_target = log_target};
    if (logits) {
        double maximum, offset, sum;
        const lk_row_sums sums = {.maximum = &maximum, .offset = &offset, .rest = &sum};
        const lk_row_tile tile = {
            .rows = 1, .classes = row->classes, .scores = (void *)row->scores};
        forward_row(&tile, row->scratch, &sums);
        r.e = row->scratch;
        r.inverse = (real)(1 / sum);
        r.shift = maximum;
        r.log_sum = log_of(sum * LK_ROW_SUM_SCALE) - offset;
    }
    double sums[SUMS];
    sum_jets(body, &r, row->classes, row->product ? row->vector : NULL, p, sums);
    row->value = sums[SUM_VALUE];
    derive_jets(body, r, row, p, sums);
}

/* Every choice is a constant inside, so that its loops vectorise. */
#define LOG_ROW(name, id)                       \
    static void name##_row(row_work *row)       \
    {                                           \
        const int logits = row->params[0] != 0; \
        if (logits && row->params[1] != 0)      \
            log_rows(name, row, 1, 1);          \
        else if (logits)                        \
            log_rows(name, row, 1, 0);          \
        else if (row->params[1] != 0)           \
            log_rows(name, row, 0, 1);          \
        else                                    \
            log_rows(name, row, 0, 0);          \
    }
LK_LOG_LOSSES(LOG_ROW)

/* Log-probabilities of one class alone: many rows side by side are like the classes of one. */
INLINE void log_singles(log_body *body, const lk_row_batch *b, int log_target)
{
    const real p[LK_MAX_PARAMS] = {R(0)};
    const log_row r = {.a = (real *)(void *)b->scores.at,
                       .t = (real *)(void *)b->target.at,
                       .log_target = log_target};
    const size_t n = b->rows;
    const real *v = (real *)(void *)b->vector.at;
    real *g = (real *)(void *)b->gradient.at, *h = (real *)(void *)b->curvature.at;
    real *o = (real *)(void *)b->product.at, *t = (real *)(void *)b->target_gradient.at;
    const double *factor = b->factor, *weight = b->class_weight;
    real value[LK_TILE_ROWS], f[LK_TILE_ROWS];
    double *sum = b->value;
    if (sum) EACH_JET(value[c] = j.value)
    if (sum) SIMD for (size_t c = 0; c < n; c++) sum[c] = weight[c] * (0.0 + (double)value[c]);
    SIMD for (size_t c = 0; c < n; c++) f[c] = (real)weighted(factor[c], weight[c]);
    if (g) EACH_JET(g[c] = f[c] * j.slope)
    if (h) EACH_JET(h[c] = f[c] * j.bend)
    if (o) EACH_JET(o[c] = f[c] * j.bend * v[c])
    if (t) EACH_JET(t[c] = f[c] * j.target_slope)
    clear_singles(b);
}

#define LOG_ROWS(name, id)                         \
    static void name##_rows(const lk_row_batch *b) \
    {                                              \
        if (!is_single(b) || b->params[0] != 0)    \
            each_row(name##_row, b);               \
        else if (b->params[1] != 0)                \
            log_singles(name, b, 1);               \
        else                                       \
            log_singles(name, b, 0);               \
    }
LK_LOG_LOSSES(LOG_ROWS)

#endif
