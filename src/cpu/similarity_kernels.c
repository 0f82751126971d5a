/* similarity_kernels.c: cosines of all rows with all rows, their softmax and what the derivatives
 * take from it, block by block; compiled once per instruction set and width, as
 * pointwise_kernels.c is. */
#include "similarity_kernels.h"

#include "embedding.h"
#include "kernel_set.h"

extern const lk_similarity_kernels LK_SET_NAME(lk_similarity_kernels);

/* A native vector that may lie anywhere. Written with vectors because compilers do not keep arrays
 * of accumulators in registers. */
typedef real vec __attribute__((vector_size(VECTOR), may_alias, aligned(sizeof(real))));
enum {
    WIDTH = VECTOR / (int)sizeof(real),
    VECTORS = LK_PANEL / WIDTH,
    TILE = WIDTH / 2 > 0 ? WIDTH / 2 : 1, /* 8 accumulators: latency times throughput of a FMA */
    RUN = 64 /* products that one accumulator takes before it is added to the result */
};
#define UNROLL _Pragma("GCC unroll 16")

INLINE vec fma_of(real a, vec b, vec c)
{
    vec r;
    for (int l = 0; l < WIDTH; l++) r[l] = r_fma(a, b[l], c[l]);
    return r;
}

/* out[r][16] += sum over k of a[k * a_step + r * a_row] * b[k][16], r < rows. */
INLINE void tile(int rows, int squares, size_t n, const real *a, size_t a_step, size_t a_row,
                 const real *b, real *out)
{
    vec sum[TILE][VECTORS];
    UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < VECTORS; v++) sum[r][v] =
        (vec){0};
    for (size_t k = 0; k < n; k++) {
        const vec *x = (const vec *)(const void *)(b + k * LK_PANEL);
        UNROLL for (int r = 0; r < rows; r++)
        {
            const real f = a[k * a_step + (size_t)r * a_row];
            UNROLL for (int v = 0; v < VECTORS; v++) sum[r][v] =
                fma_of(squares ? f * f : f, x[v], sum[r][v]);
        }
    }
    UNROLL for (int r = 0; r < rows; r++)
    {
        vec *o = (vec *)(void *)(out + r * LK_PANEL);
        UNROLL for (int v = 0; v < VECTORS; v++) o[v] += sum[r][v];
    }
}

/* ---- panels ---------------------------------------------------------------------------------- */

INLINE double square_of(size_t d, const real *x, double scale)
{
    double s[LK_LANES] = {0}, sum = 0;
    for (size_t i = 0; i < d; i++) {
        const double u = (double)x[i] * scale;
        s[i % LK_LANES] += u * u;
    }
    for (int l = 0; l < LK_LANES; l++) sum += s[l];
    return sum;
}

static double pack(size_t d, const void *row, void *panel, size_t lane)
{
    const real *restrict x = row;
    real *restrict to = (real *)panel + lane;
    double scale = 1, square = square_of(d, x, 1);
    if (sizeof(real) == sizeof(double) && (square > 0x1p1020 || square < 0x1p-900)) {
        scale = square < 1 ? 0x1p550 : 0x1p-550;
        square = square_of(d, x, scale);
    }
    const double inverse = square == 0 ? 0 : 1 / __builtin_sqrt(square);
    for (size_t i = 0; i < d; i++) to[i * LK_PANEL] = (real)((double)x[i] * scale * inverse);
    return inverse * scale;
}

static void cosines(size_t d, const void *rows, const void *columns, void *out)
{
    const real *x = rows, *y = columns;
    real *c = out;
    for (int l = 0; l < LK_PANEL * LK_PANEL; l++) c[l] = R(0);
    for (size_t k = 0; k < d; k += RUN) {
        const size_t n = d - k < RUN ? d - k : RUN;
        for (size_t j = 0; j < LK_PANEL; j += TILE)
            tile(TILE, 0, n, y + k * LK_PANEL + j, LK_PANEL, 1, x + k * LK_PANEL, c + j * LK_PANEL);
    }
}

static void multiply(size_t n, size_t d, const void *weights, const void *columns, int squares,
                     void *product)
{
    const real *w = weights, *y = columns;
    for (size_t k = 0; k < n; k += LK_PANEL, w += LK_PANEL * LK_PANEL, y += d * LK_PANEL) {
        const size_t part = n - k < LK_PANEL ? n - k : LK_PANEL;
        real *out = product;
        size_t i = 0;
        for (; !squares && i + TILE <= d; i += TILE)
            tile(TILE, 0, part, y + i * LK_PANEL, 1, LK_PANEL, w, out + i * LK_PANEL);
        for (; !squares && i < d; i++)
            tile(1, 0, part, y + i * LK_PANEL, 1, LK_PANEL, w, out + i * LK_PANEL);
        for (; i < d; i++) tile(1, 1, part, y + i * LK_PANEL, 1, LK_PANEL, w, out + i * LK_PANEL);
    }
}

static void mask(const lk_cosine_block *b, void *cosines)
{
    real *c = cosines;
    for (size_t r = 0; r < LK_PANEL; r++)
        if (b->row + r >= b->column && b->row + r < b->column + b->n)
            c[(b->row + r - b->column) * LK_PANEL + r] = -R_INF;
}

/* ---- softmax --------------------------------------------------------------------------------- */

static void begin(lk_softmax_state *s)
{
    for (int r = 0; r < LK_PANEL; r++) {
        s->peak[r] = -HUGE_VAL;
        s->rest[r] = s->wanted[r] = 0;
    }
}

/* The largest of 16 rows' numbers; NaN is passed over. */
INLINE void raise_peaks(size_t n, const real *restrict c, real *restrict peak)
{
    for (size_t j = 0; j < n; j++)
        for (int r = 0; r < LK_PANEL; r++) peak[r] = r_max(c[j * LK_PANEL + (size_t)r], peak[r]);
}

/* sum += e^(sharpness (c - peak)), the stable half of a log-sum-exp; peak is the largest c. */
INLINE void exp_sum_rows(size_t n, const real *restrict c, const real *restrict peak,
                         real sharpness, double *restrict sum)
{
    for (size_t j = 0; j < n; j++)
        for (int r = 0; r < LK_PANEL; r++)
            sum[r] += (double)r_exp_neg((c[j * LK_PANEL + (size_t)r] - peak[r]) * sharpness);
}

/* Joins the columns of a block: the old sum shrinks when a larger cosine has come. */
static void tally(const lk_cosine_block *b, lk_softmax_state *s)
{
    const real *c = b->cosines, sharp = (real)b->sharpness;
    const int32_t *id = b->rows.id + b->row, *other = b->columns.id + b->column;
    real peak[LK_PANEL];
    double sum[LK_PANEL] = {0}, wanted[LK_PANEL] = {0};
    for (int r = 0; r < LK_PANEL; r++) peak[r] = (real)s->peak[r];
    raise_peaks(b->n, c, peak);
    exp_sum_rows(b->n, c, peak, sharp, sum);
    for (size_t j = 0; j < b->n; j++)
        for (int r = 0; r < LK_PANEL; r++) {
            const real x = c[j * LK_PANEL + (size_t)r];
            const int same = (id[r] == other[j]) & (x > -R_INF);
            wanted[r] += same ? (double)x : 0;
        }
    for (int r = 0; r < LK_PANEL; r++) {
        const int none = s->peak[r] == -HUGE_VAL, stays = (double)peak[r] == s->peak[r];
        const real shift = r_exp_neg(((real)s->peak[r] - peak[r]) * sharp);
        const double before = none ? s->rest[r] : (1 + s->rest[r]) * (double)shift;
        s->rest[r] = none || !stays ? before + (sum[r] - 1) : s->rest[r] + sum[r];
        s->peak[r] = (double)peak[r];
        s->wanted[r] += wanted[r];
    }
}

static void conclude(const lk_cosine_block *b, const lk_softmax_state *s, double *value, void *peak,
                     void *inverse)
{
    const real *share = (const real *)b->rows.share + b->row;
    real *p = (real *)peak + b->row, *i = (real *)inverse + b->row;
    for (int r = 0; r < LK_PANEL; r++) {
        const double wanted = (s->wanted[r] * (double)share[r] - s->peak[r]) * b->sharpness;
        value[r] = similarity_value((double)r_log1p((real)s->rest[r]), wanted);
        p[r] = (real)s->peak[r];
        i[r] = (real)(1 / (1 + s->rest[r]));
    }
}

/* ---- weights of the pairs -------------------------------------------------------------------- */

/* A factor of 0 takes a softmax out, whatever it is. */
INLINE real times(real factor, real x) { return factor == R(0) ? R(0) : factor * x; }

INLINE real softmax_of(real c, real peak, real inverse, real sharpness)
{
    return r_exp_neg(r_min(R(0), (c - peak) * sharpness)) * inverse;
}

INLINE void weigh_pairs(const lk_cosine_block *b, lk_pair_weight which, int both,
                        real *restrict weights, lk_similarity_sums *sums)
{
    const real *restrict c = b->cosines, sharp = (real)b->sharpness;
    const lk_softmax_side *x = &b->rows, *y = &b->columns;
    const real *restrict xp = (const real *)x->peak + b->row;
    const real *restrict xi = (const real *)x->inverse + b->row;
    const real *restrict xf = (const real *)x->scale + b->row;
    const real *restrict xs = (const real *)x->share + b->row;
    const int32_t *restrict xid = x->id + b->row;
    double first[LK_PANEL] = {0}, second[LK_PANEL] = {0};
    for (size_t j = 0; j < b->n; j++) {
        const size_t at = b->column + j;
        const real yp = both ? ((const real *)y->peak)[at] : R(0);
        const real yi = both ? ((const real *)y->inverse)[at] : R(0);
        const real yf = both ? ((const real *)y->scale)[at] : R(0);
        const real ys = both ? ((const real *)y->share)[at] : R(0);
        const int32_t yid = y->id[at];
        for (int r = 0; r < LK_PANEL; r++) {
            const real cos = c[j * LK_PANEL + (size_t)r];
            const int there = cos > -R_INF;
            const int same = (xid[r] == yid) & there;
            const real p = softmax_of(cos, xp[r], xi[r], sharp);
            const real q = both ? softmax_of(cos, yp, yi, sharp) : R(0);
            const real plain = there ? cos : R(0);
            const real slope = times(xf[r], p - (same ? xs[r] : R(0))) +
                               (both ? times(yf, q - (same ? ys : R(0))) : R(0));
            const real bend = times(xf[r], p) + (both ? times(yf, q * (R(1) - q)) : R(0));
            const real soft = xf[r] == R(0) ? R(0) : p;
            const real w = which == LK_PAIR_SLOPE ? slope : which == LK_PAIR_SOFTMAX ? soft : bend;
            weights[j * LK_PANEL + (size_t)r] = which == LK_PAIR_BEND_COSINE ? w * plain : w;
            first[r] += (double)(w * plain);
            second[r] += (double)(w * plain * plain);
        }
    }
    for (int r = 0; r < LK_PANEL; r++) {
        sums->cosine[r] += first[r];
        sums->square[r] += second[r];
    }
}

#define WEIGH(which)                                 \
    case which:                                      \
        if (b->columns.scale)                        \
            weigh_pairs(b, which, 1, weights, sums); \
        else                                         \
            weigh_pairs(b, which, 0, weights, sums); \
        break;
static void weigh(const lk_cosine_block *b, lk_pair_weight which, void *weights,
                  lk_similarity_sums *sums)
{
    switch (which) {
        WEIGH(LK_PAIR_SLOPE)
        WEIGH(LK_PAIR_BEND)
        WEIGH(LK_PAIR_BEND_COSINE)
        WEIGH(LK_PAIR_SOFTMAX)
    }
}

/* ---- derivatives of the points --------------------------------------------------------------- */

/* With u = x / |x| and s_j = u . y_j / temperature: ds_j/dx = (y_j - cos_j u) / (|x| temperature),
 * d2s_j/dx_i^2 = (-2 u_i y_ji - cos_j + 3 cos_j u_i^2) / (|x|^2 temperature). */
static void finish(const lk_similarity_parts *p, void *gradient, void *curvature)
{
    const real *u = p->points, *slope = p->slope;
    const real *square = p->bend_square, *mixed = p->bend_cosine, *soft = p->softmax;
    real *g = gradient, *h = curvature;
    for (size_t i = 0; i < p->d; i++)
        for (size_t r = 0; r < LK_PANEL; r++) {
            const size_t at = i * LK_PANEL + r;
            const double k = p->inverse_length[r], t = p->sharpness, x = (double)u[at];
            const double a = (double)slope[at];
            g[r * p->d + i] = k == 0 ? R(0) : (real)((a - x * p->slope_cosine[r]) * (k * t));
            if (!h) continue;
            const double s2 = (double)square[at], sc = (double)mixed[at], m = (double)soft[at];
            const double mean = m - x * p->softmax_cosine[r];
            const double turn = (3 * x * x - 1) * p->slope_cosine[r] - 2 * x * a;
            const double bend = s2 - 2 * x * sc + x * x * p->bend_cosine_square[r];
            const double pull = p->scale[r] == 0 ? 0 : p->scale[r] * mean * mean;
            const double both = turn + t * (bend - pull);
            h[r * p->d + i] = k == 0 ? R(0) : (real)(both * t * k * k);
        }
}

const lk_similarity_kernels LK_SET_NAME(lk_similarity_kernels) = {
    .pack = pack,
    .cosines = cosines,
    .mask = mask,
    .begin = begin,
    .tally = tally,
    .conclude = conclude,
    .weigh = weigh,
    .multiply = multiply,
    .finish = finish,
};
