/* row_functions.h: functions of the log-probabilities of a row; part of row_kernels.c.
 *
 * Rows are worked on in groups, one step for all of them before the next: what a step does for one
 * row, the folding of lanes above all, then does not wait for the steps of the row before. */
#ifndef LK_ROW_FUNCTIONS_H
#define LK_ROW_FUNCTIONS_H

#include "row_log_sums.h"

/* The rows of a group: exponentials one row after the other, and what is known of each. */
typedef struct row_group {
    size_t rows, classes, pitch;
    real *e;
    real maximum[LK_GROUP_ROWS], inverse[LK_GROUP_ROWS];
    double lanes[LK_GROUP_ROWS][LK_LANES], log_sum[LK_GROUP_ROWS];
} row_group;

/* LK_LANES classes of which the first `left` are there. */
INLINE void load_lanes(const real *from, size_t left, real filling, real *to)
{
    LANES(l) to[l] = (size_t)l < left ? from[l] : filling;
}

/* NaN may get lost here; it is found in the exponentials. */
INLINE real row_maximum(const real *a, size_t n)
{
    real m[LK_LANES];
    load_lanes(a, n, -R_INF, m);
    for (size_t c = LK_LANES; c < n; c += LK_LANES) {
        /* the last block overlaps the one before */
        const real *block = a + (c + LK_LANES <= n ? c : n - LK_LANES);
        LANES(l) m[l] = m[l] > block[l] ? m[l] : block[l];
    }
    SIMD for (int l = 0; l < 8; l++) m[l] = m[l] > m[l + 8] ? m[l] : m[l + 8];
    SIMD for (int l = 0; l < 4; l++) m[l] = m[l] > m[l + 4] ? m[l] : m[l + 4];
    const real even = m[0] > m[2] ? m[0] : m[2], odd = m[1] > m[3] ? m[1] : m[3];
    return even > odd ? even : odd;
}

/* As lk_add_lanes, in loops that vectorise. */
INLINE double fold_sum(double *s)
{
    SIMD for (int l = 0; l < 8; l++) s[l] += s[l + 8];
    SIMD for (int l = 0; l < 4; l++) s[l] += s[l + 4];
    return (s[0] + s[2]) + (s[1] + s[3]);
}

/* Sums are taken over ROW_BLOCK classes in pairs: a quarter of the roundings in a row. The last
 * block is as if filled up with masked classes. Relative to the maximum itself the sum is at least
 * 1 and exact where one class has it all: no probability exceeds 1, and its logarithm keeps its
 * accuracy down to 0. */
INLINE void row_exponentials(const real *a, size_t n, real maximum, real *e, double *lanes)
{
    const origin o = {maximum, 0};
    double last[2][LK_LANES] = {{0}};
    size_t c = 0;
    LANES(l) lanes[l] = 0;
    for (; c + ROW_BLOCK <= n; c += ROW_BLOCK) {
        const real *b = e + c;
        SIMD for (size_t l = 0; l < ROW_BLOCK; l++) e[c + l] = exp_far(a[c + l], o);
        LANES(l)
        lanes[l] += ((double)b[l] + (double)b[LK_LANES + l]) +
                    ((double)b[2 * LK_LANES + l] + (double)b[3 * LK_LANES + l]);
    }
    if (c == n) return;
    for (; c < n; c += LK_LANES) {
        real scores[LK_LANES];
        double *half = last[c % ROW_BLOCK / (2 * LK_LANES)];
        load_lanes(a + c, n - c, -R_INF, scores);
        LANES(l) e[c + (size_t)l] = exp_far(scores[l], o);
        LANES(l) half[l] += (double)e[c + (size_t)l];
    }
    LANES(l) lanes[l] += last[0][l] + last[1][l];
}

static void find_exponentials(const lk_row_batch *b, size_t first, row_group *g)
{
    double sum[LK_GROUP_ROWS];
    for (size_t i = 0; i < g->rows; i++)
        g->maximum[i] = row_maximum(row_at(b->scores, first + i), g->classes);
    for (size_t i = 0; i < g->rows; i++)
        row_exponentials(row_at(b->scores, first + i), g->classes, g->maximum[i],
                         g->e + i * g->pitch, g->lanes[i]);
    for (size_t i = 0; i < g->rows; i++) sum[i] = fold_sum(g->lanes[i]);
    SIMD for (size_t i = 0; i < g->rows; i++)
    {
        sum[i] = g->maximum[i] == -R_INF ? __builtin_nan("") : sum[i]; /* all are masked */
        g->inverse[i] = (real)(1 / sum[i]);
    }
    SIMD for (size_t i = 0; i < g->rows; i++) g->log_sum[i] = log_of(sum[i] * LK_ROW_SUM_SCALE);
}

/* The sum of the slopes alone. */
INLINE double sum_slopes(log_body *body, const log_row *r, size_t n)
{
    const real p[LK_MAX_PARAMS] = {R(0)};
    double lanes[LK_LANES] = {0};
    real q, a[LK_LANES], e[LK_LANES], t[LK_LANES];
    size_t c = 0;
    for (; c + LK_LANES <= n; c += LK_LANES)
        LANES(l) lanes[l] += (double)jet_at(body, r, c + (size_t)l, p, &q).slope;
    if (c < n) {
        log_row last = *r;
        load_lanes(r->a + c, n - c, R(0), a);
        if (r->e) load_lanes(r->e + c, n - c, R(0), e);
        load_lanes(r->t + c, n - c, R(0), t);
        last.a = a, last.e = e, last.t = t;
        LANES(l)
        {
            const real slope = jet_at(body, &last, (size_t)l, p, &q).slope;
            lanes[l] += c + (size_t)l < n ? (double)slope : 0.0;
        }
    }
    return fold_sum(lanes);
}

/* Everything there is of row i. */
INLINE void derive_function(log_body *body, const lk_row_batch *b, size_t i, const log_row *r)
{
    const real p[LK_MAX_PARAMS] = {R(0)};
    row_work row = {.classes = b->classes,
                    .vector = row_at(b->vector, i),
                    .factor = b->factor[i],
                    .gradient = row_at(b->gradient, i),
                    .curvature = row_at(b->curvature, i),
                    .product = row_at(b->product, i)};
    double sums[SUMS];
    sum_jets(body, r, row.classes, row.product ? row.vector : NULL, p, sums);
    derive_jets(body, *r, &row, p, sums);
    if (b->value) b->value[i] = sums[SUM_VALUE];
    if (row.factor == 0) clear_row(&row);
}

INLINE void derive_function_gradient(log_body *body, const lk_row_batch *b, size_t i, log_row r)
{
    const real p[LK_MAX_PARAMS] = {R(0)}, f = (real)b->factor[i];
    const size_t n = b->classes;
    real *g = row_at(b->gradient, i);
    const real slope = (real)sum_slopes(body, &r, n);
    EACH_JET(g[c] = f * (j.slope - q * slope))
    if (f == R(0)) __builtin_memset(g, 0, n * sizeof *g);
}

INLINE void function_row(log_body *body, const lk_row_batch *b, size_t i, log_row r)
{
    const real p[LK_MAX_PARAMS] = {R(0)};
    const size_t n = b->classes;
    real *out = row_at(b->out, i);
    r.t = row_at(b->upstream, i);
    if (out) EACH_JET(out[c] = j.output)
    if (b->value || b->curvature.at || b->product.at)
        derive_function(body, b, i, &r);
    else if (b->gradient.at)
        derive_function_gradient(body, b, i, r);
}
#undef EACH_JET

INLINE void function_of_scores(log_body *body, const lk_row_batch *b)
{
    row_group g = {.classes = b->classes, .pitch = lk_group_pitch(b->classes), .e = b->scratch};
    const size_t most = lk_group_rows(b->classes);
    for (size_t first = 0; first < b->rows; first += g.rows) {
        g.rows = b->rows - first < most ? b->rows - first : most;
        find_exponentials(b, first, &g);
        for (size_t i = 0; i < g.rows; i++)
            function_row(body, b, first + i,
                         (log_row){.a = row_at(b->scores, first + i),
                                   .e = g.e + i * g.pitch,
                                   .shift = (double)g.maximum[i],
                                   .log_sum = g.log_sum[i],
                                   .inverse = g.inverse[i],
                                   .logits = 1});
    }
}

/* Its gradient. Probabilities are exponentials whose sum is 1; their logarithms, which no formula
 * asks for, stand for themselves. */
INLINE void function_of_value(log_body *body, const lk_row_batch *b, int is_log)
{
    if (!b->gradient.at) return;
    for (size_t i = 0; i < b->rows; i++) {
        const real *y = row_at(b->given, i);
        const log_row logarithms = {.a = y, .normal = 1, .t = row_at(b->upstream, i)};
        const log_row probabilities = {
            .a = y, .e = y, .inverse = R(1), .logits = 1, .t = row_at(b->upstream, i)};
        derive_function_gradient(body, b, i, is_log ? logarithms : probabilities);
    }
}

#define FUNCTION_ROWS(name, id)                                 \
    static void name##_rows(const lk_row_batch *b)              \
    {                                                           \
        if (b->given.at)                                        \
            function_of_value(name, b, (id) == LK_LOG_SOFTMAX); \
        else                                                    \
            function_of_scores(name, b);                        \
    }
LK_FUNCTIONS(FUNCTION_ROWS)

#endif
