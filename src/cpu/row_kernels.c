/* row_kernels.c: losses over rows of class scores; compiled once per instruction set and width, as
 * pointwise_kernels.c is. */
#include "row_kernels.h"

#include "kernel_set.h"
#include "rows_list.h"

extern const lk_row_kernels LK_SET_NAME(lk_row_kernels);

#ifdef __clang__
#define SIMD _Pragma("clang loop vectorize(enable)")
#else
#define SIMD _Pragma("omp simd")
#endif
#define LANES(l) SIMD for (int l = 0; l < LK_LANES; l++)

enum { ROW_BLOCK = 64 }; /* classes of a row at a time: independent chains hide latency */

/* What the exponentials of a row with maximum m are taken relative to: e = 2^60 e^(a - c). For
 * scores of ordinary size c = N ln2, N the integer nearest to m / ln2: then the argument is reduced
 * from a itself, no difference a - m is ever rounded, and N only moves the exponent. Beyond, c = m,
 * and the rounding error of a - m is carried into the exponential. 2^60 keeps the powers of two
 * normal down to where e underflows. */
#if LK_REAL == 32
#define NEAR R(250.0) /* N and n up to 512, see LN2_HI */
#else
#define NEAR R(100000.0)
#endif
#define SCALE                                                                           \
    R(0x1p-60) /* takes it away again: not part of a coefficient, which could underflow \
                */
#define SUM_SCALE 0x1p-60

typedef struct origin {
    real m;
    ubits bias; /* of the exponent: 60 - N */
} origin;

LK_FN int is_near(real m) { return r_abs(m) <= NEAR; }

LK_FN origin origin_of(real m)
{
    const real s = r_fma(m, LOG2_E, SHIFTER);
    return (origin){m, (ubits)(EXPONENT_BIAS + 60) - ((ubits)r_bits(s) - (ubits)r_bits(SHIFTER))};
}

/* m - c, in double. */
LK_FN double offset_of(real m, int near)
{
    const double n = (double)(r_fma(m, LOG2_E, SHIFTER) - SHIFTER);
    return near ? ((double)m - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33 : 0.0;
}

/* A score that is too low, or masked by -inf, gives 0. */
LK_FN real exp_near(real a, origin o)
{
    const int underflow = a < o.m + EXP_LOWEST;
    const exp_parts e = exp_reduce(underflow ? o.m : a, NO_TAIL);
    const real power = r_from_bits((bits)(((ubits)r_bits(e.s) + o.bias) << MANTISSA));
    const real y = r_fma(e.p, power, power);
    return underflow ? R(0) : y;
}

LK_FN real exp_far(real a, origin o)
{
    const real d = a - o.m, b = d - a, error = (a - (d - b)) + (-o.m - b);
    return exp_neg_scaled(d, error, R(0x1p-4));
}

LK_FN real exp_from(real a, origin o, int near) { return near ? exp_near(a, o) : exp_far(a, o); }

/* log of a sum in double; in f32 it is taken of the sum's two halves, as a pair. */
LK_FN double log_of(double sum)
{
#if LK_REAL == 32
    const real hi = (real)sum;
    const pair l = r_log_pair(hi, (real)(sum - (double)hi), R(0));
    return (double)l.hi + (double)l.lo;
#else
    return r_log(sum);
#endif
}

INLINE double add_lanes(double *lanes)
{
    for (int h = LK_LANES / 2; h; h /= 2)
        for (int l = 0; l < h; l++) lanes[l] += lanes[l + h];
    return lanes[0];
}

/* ---- few classes: rows side by side -------------------------------------------------------------
 */

#define ROWS(r) SIMD for (size_t r = 0; r < rows; r++)

static void find_maximum(size_t rows, size_t classes, const real *restrict a, real *restrict m)
{
    ROWS(r) m[r] = a[r];
    for (size_t c = 1; c < classes; c++)
        ROWS(r) m[r] = m[r] > a[c * rows + r] ? m[r] : a[c * rows + r];
}

typedef struct origins {
    real m[LK_TILE_ROWS];
    ubits bias[LK_TILE_ROWS];
} origins;

INLINE void exp_rows(size_t rows, const real *from, const origins *o, real *to, int near)
{
    if (near)
        ROWS(r) to[r] = exp_near(from[r], (origin){o->m[r], o->bias[r]});
    else
        ROWS(r) to[r] = exp_far(from[r], (origin){o->m[r], o->bias[r]});
}

/* Takes the labels' scores out of the tile, so that the sums leave them out; NaN is not lost. */
static void take_labels(const lk_row_tile *t, const origins *o, const lk_row_sums *s, int near)
{
    const size_t rows = t->rows;
    real *restrict a = t->scores;
    real label[LK_TILE_ROWS], e[LK_TILE_ROWS];
    for (size_t r = 0; r < rows; r++) {
        const size_t y = (size_t)t->label[r] * rows + r;
        label[r] = a[y];
        a[y] = a[y] == a[y] ? -R_INF : a[y];
        if (t->vector) s->label_vector[r] = (double)((const real *)t->vector)[y];
    }
    exp_rows(rows, label, o, e, near);
    ROWS(r) s->label_shift[r] = (double)label[r] - (double)o->m[r];
    ROWS(r) s->label_exp[r] = (double)e[r];
}

/* Sums of T and T (max - a) of one class. The shift is taken in double: it is exact there for f32,
 * and a masked class with target 0 must add 0, not 0 * inf. */
static void add_targets(size_t rows, const real *restrict a, const real *restrict target,
                        const real *restrict m, double *restrict mass, double *restrict shift)
{
    ROWS(r)
    {
        const double y = (double)target[r], d = (double)m[r] - (double)a[r];
        mass[r] += y;
        shift[r] += y == 0.0 ? 0.0 : y * d;
    }
}

/* Classes are added four at a time, in pairs: a quarter of the roundings in a row. */
static void add_class(size_t rows, size_t c, size_t classes, const real *a, double *restrict sum)
{
    const size_t left = classes % 4;
    if (c + left >= classes) {
        ROWS(r) sum[r] += (double)a[r];
    } else if (c % 4 == 3) {
        const real *x = a - 3 * rows, *y = a - 2 * rows, *z = a - rows;
        ROWS(r) sum[r] += ((double)x[r] + (double)y[r]) + ((double)z[r] + (double)a[r]);
    }
}

static int find_origins(const lk_row_tile *t, origins *o, const lk_row_sums *s)
{
    const size_t rows = t->rows;
    int far = t->target || !t->label;
    find_maximum(rows, t->classes, t->scores, o->m);
    SIMD for (size_t r = 0; r < rows; r++) far |= !is_near(o->m[r]);
    ROWS(r) o->bias[r] = origin_of(o->m[r]).bias;
    ROWS(r) s->maximum[r] = (double)o->m[r];
    for (size_t r = 0; r < rows; r++) s->offset[r] = offset_of(o->m[r], !far);
    return !far;
}

static void forward(const lk_row_tile *t, const lk_row_sums *s)
{
    const size_t rows = t->rows;
    origins o;
    const int near = find_origins(t, &o, s);
    for (size_t r = 0; r < rows; r++) s->rest[r] = 0;
    for (size_t r = 0; t->target && r < rows; r++) s->target_sum[r] = s->target_shift[r] = 0;
    for (size_t r = 0; t->vector && r < rows; r++) s->vector_sum[r] = 0;
    if (!t->target && t->label) take_labels(t, &o, s, near);
    for (size_t c = 0; c < t->classes; c++) {
        real *a = (real *)t->scores + c * rows;
        if (t->target)
            add_targets(rows, a, (const real *)t->target + c * rows, o.m, s->target_sum,
                        s->target_shift);
        exp_rows(rows, a, &o, a, near);
        add_class(rows, c, t->classes, a, s->rest);
        const real *v = t->vector ? (const real *)t->vector + c * rows : NULL;
        if (v) ROWS(r) s->vector_sum[r] += (double)a[r] * (double)v[r];
    }
}

/* The coefficients of the second derivatives of a row in the computation type. */
enum { SECOND = 7 };
typedef struct second {
    real diagonal, outer, square, inverse_sum, inverse_rest, shift, constant;
} second;

/* A factor of 0 takes the row out, whatever it holds. */
LK_FN real gradient_of(real e, real k, real target, real k_target)
{
    const real dense = k_target == R(0) ? R(0) : k_target * target;
    return (k == R(0) ? R(0) : e * SCALE * k) - dense;
}
LK_FN real curvature_of(real scaled, const second *f)
{
    const real e = scaled * SCALE;
    const real p = e * f->inverse_sum;
    const real h =
        e * (f->diagonal * (R(1) - p) + f->outer * (e * f->inverse_rest) + f->square * p);
    return f->inverse_sum == R(0) ? R(0) : h;
}
LK_FN real product_of(real scaled, real v, const second *f)
{
    const real e = scaled * SCALE;
    const real h = e * (f->diagonal * (v - f->shift) + f->constant);
    return f->inverse_sum == R(0) ? R(0) : h;
}

static void to_reals(size_t rows, const double *restrict from, real *restrict to)
{
    ROWS(r) to[r] = (real)from[r];
}

static void tile_gradient(const lk_row_tile *t, const lk_row_coefficients *k)
{
    const size_t rows = t->rows;
    real gradient[LK_TILE_ROWS], target[LK_TILE_ROWS];
    to_reals(rows, k->gradient, gradient);
    if (t->target) to_reals(rows, k->target, target);
    for (size_t c = 0; c < t->classes; c++) {
        const real *e = (const real *)t->scores + c * rows;
        const real *y = t->target ? (const real *)t->target + c * rows : NULL;
        real *g = (real *)t->gradient + c * rows;
        if (y)
            ROWS(r) g[r] = gradient_of(e[r], gradient[r], y[r], target[r]);
        else
            ROWS(r) g[r] = gradient_of(e[r], gradient[r], R(0), R(0));
    }
}

static void tile_second(const lk_row_tile *t, const lk_row_coefficients *k)
{
    const size_t rows = t->rows;
    real f[SECOND][LK_TILE_ROWS];
    const double *const from[SECOND] = {k->diagonal,     k->outer, k->square,  k->inverse_sum,
                                        k->inverse_rest, k->shift, k->constant};
    for (int n = 0; n < SECOND; n++) to_reals(rows, from[n], f[n]);
    for (size_t c = 0; c < t->classes; c++) {
        const real *e = (const real *)t->scores + c * rows;
        const real *v = t->product ? (const real *)t->vector + c * rows : NULL;
        real *h = t->curvature ? (real *)t->curvature + c * rows : NULL;
        real *o = t->product ? (real *)t->product + c * rows : NULL;
        for (size_t r = 0; r < rows; r++) {
            const second now = {f[0][r], f[1][r], f[2][r], f[3][r], f[4][r], f[5][r], f[6][r]};
            if (h) h[r] = curvature_of(e[r], &now);
            if (o) o[r] = product_of(e[r], v[r], &now);
        }
    }
}

static void store_labels(const lk_row_tile *t, const double *from, void *to)
{
    for (size_t r = 0; to && r < t->rows; r++)
        ((real *)to)[(size_t)t->label[r] * t->rows + r] = (real)from[r];
}

static void backward(const lk_row_tile *t, const lk_row_coefficients *k)
{
    if (t->curvature || t->product) tile_second(t, k);
    if (t->gradient) tile_gradient(t, k); /* last: it may overwrite e */
    if (t->target || !t->label) return;
    store_labels(t, k->label_gradient, t->gradient);
    store_labels(t, k->label_curvature, t->curvature);
    store_labels(t, k->label_product, t->product);
}

/* ---- many classes: one row ----------------------------------------------------------------------
 */

static real maximum_of(size_t n, const real *a)
{
    real m[ROW_BLOCK];
    for (int l = 0; l < ROW_BLOCK; l++) m[l] = -R_INF;
    for (size_t c = 0; n >= ROW_BLOCK && c < n; c += ROW_BLOCK) {
        /* the last block overlaps the one before */
        const real *block = a + (c + ROW_BLOCK <= n ? c : n - ROW_BLOCK);
        SIMD for (int l = 0; l < ROW_BLOCK; l++) m[l] = m[l] > block[l] ? m[l] : block[l];
    }
    for (size_t c = 0; n < ROW_BLOCK && c < n; c++) m[0] = m[0] > a[c] ? m[0] : a[c];
    for (int h = ROW_BLOCK / 2; h; h /= 2)
        for (int l = 0; l < h; l++) m[l] = m[l] > m[l + h] ? m[l] : m[l + h];
    return m[0];
}

typedef struct row_lanes {
    double sum[LK_LANES], mass[LK_LANES], shift[LK_LANES], dot[LK_LANES];
} row_lanes;

/* `size` classes: ROW_BLOCK, four times LK_LANES. */
INLINE void forward_block(int size, const real *restrict a, const real *restrict target,
                          const real *restrict v, origin o, int near, real *restrict e,
                          row_lanes *s)
{
    SIMD for (int l = 0; l < size; l++) e[l] = exp_from(a[l], o, near);
    LANES(l) /* in pairs: a quarter of the roundings in a row */
    s->sum[l] += ((double)e[l] + (double)e[LK_LANES + l]) +
                 ((double)e[2 * LK_LANES + l] + (double)e[3 * LK_LANES + l]);
    for (int k = 0; k < size && (target || v); k += LK_LANES) {
        if (target) LANES(l)
            {
                const double y = (double)target[k + l], d = (double)o.m - (double)a[k + l];
                s->mass[l] += y;
                s->shift[l] += y == 0.0 ? 0.0 : y * d;
            }
        if (v) LANES(l) s->dot[l] += (double)e[k + l] * (double)v[k + l];
    }
}

INLINE void padded(size_t n, const real *from, real filling, real *to)
{
    for (int l = 0; l < ROW_BLOCK; l++) to[l] = filling;
    __builtin_memcpy(to, from, n * sizeof(real));
}

/* A block through a copy: the last classes, padded with masked ones, and the label's block, whose
 * label is masked too. */
static void forward_copy(const lk_row_tile *t, size_t c, origin o, int near, real *e, row_lanes *s)
{
    const size_t n = t->classes - c < ROW_BLOCK ? t->classes - c : (size_t)ROW_BLOCK;
    real as[ROW_BLOCK], es[ROW_BLOCK], ts[ROW_BLOCK], vs[ROW_BLOCK];
    padded(n, (const real *)t->scores + c, -R_INF, as);
    if (t->target) padded(n, (const real *)t->target + c, R(0), ts);
    if (t->vector) padded(n, (const real *)t->vector + c, R(0), vs);
    const size_t y = t->target || !t->label ? t->classes : (size_t)t->label[0];
    if (y >= c && y < c + n && as[y - c] == as[y - c]) as[y - c] = -R_INF;
    const real *target = t->target ? ts : NULL, *v = t->vector ? vs : NULL;
    if (near)
        forward_block(ROW_BLOCK, as, target, v, o, 1, es, s);
    else
        forward_block(ROW_BLOCK, as, target, v, o, 0, es, s);
    if (e) __builtin_memcpy(e + c, es, n * sizeof(real));
}

/* The whole blocks of classes first .. last - 1. */
INLINE void forward_blocks(const lk_row_tile *t, size_t first, size_t last, origin o, int near,
                           int plain, real *e, row_lanes *s)
{
    enum { AHEAD = 4096 / (int)sizeof(real), LINE = 64 / (int)sizeof(real) };
    const real *a = t->scores, *target = plain ? NULL : t->target, *v = plain ? NULL : t->vector;
    real es[ROW_BLOCK];
    for (size_t c = first; c < last; c += ROW_BLOCK) {
        for (int l = 0; l < ROW_BLOCK; l += LINE) {
            __builtin_prefetch(a + c + AHEAD + l);
            if (e) __builtin_prefetch(e + c + AHEAD + l, 1);
        }
        forward_block(ROW_BLOCK, a + c, target ? target + c : NULL, v ? v + c : NULL, o, near,
                      e ? e + c : es, s);
    }
}

static void forward_range(const lk_row_tile *t, size_t first, size_t last, origin o, int near,
                          real *e, row_lanes *s)
{
    const int plain = !t->target && !t->vector;
    if (near && plain)
        forward_blocks(t, first, last, o, 1, 1, e, s);
    else if (near)
        forward_blocks(t, first, last, o, 1, 0, e, s);
    else
        forward_blocks(t, first, last, o, 0, 0, e, s);
}

static void forward_row(const lk_row_tile *t, void *e, const lk_row_sums *s)
{
    const real *a = t->scores, *v = t->vector;
    const size_t whole = t->classes - t->classes % ROW_BLOCK;
    const origin o = origin_of(maximum_of(t->classes, a));
    const int labelled = !t->target && t->label, near = labelled && is_near(o.m);
    row_lanes lanes = {{0}, {0}, {0}, {0}};
    *s->maximum = (double)o.m;
    *s->offset = offset_of(o.m, near);
    size_t done = 0;
    if (labelled) {
        const size_t y = (size_t)t->label[0], block = y - y % ROW_BLOCK;
        *s->label_shift = (double)a[y] - (double)o.m;
        *s->label_exp = (double)exp_from(a[y], o, near);
        if (v) *s->label_vector = (double)v[y];
        if (block < whole) {
            forward_range(t, 0, block, o, near, e, &lanes);
            forward_copy(t, block, o, near, e, &lanes);
            done = block + ROW_BLOCK;
        }
    }
    forward_range(t, done, whole, o, near, e, &lanes);
    if (whole < t->classes) forward_copy(t, whole, o, near, e, &lanes);
    if (o.m == -R_INF) lanes.sum[0] = __builtin_nan(""); /* all are masked */
    *s->rest = add_lanes(lanes.sum);
    if (t->target) *s->target_sum = add_lanes(lanes.mass);
    if (t->target) *s->target_shift = add_lanes(lanes.shift);
    if (v) *s->vector_sum = add_lanes(lanes.dot);
}

static void backward_row(const lk_row_tile *t, const lk_row_coefficients *k)
{
    const size_t n = t->classes;
    const real *e = t->scores, *v = t->vector;
    real *g = t->gradient, *h = t->curvature, *o = t->product;
    if (h || o) {
        const second f = {(real)*k->diagonal,    (real)*k->outer,        (real)*k->square,
                          (real)*k->inverse_sum, (real)*k->inverse_rest, (real)*k->shift,
                          (real)*k->constant};
        for (size_t c = 0; c < n; c++) {
            if (h) h[c] = curvature_of(e[c], &f);
            if (o) o[c] = product_of(e[c], v[c], &f);
        }
    }
    if (g && t->target) {
        const real gradient = (real)*k->gradient, scale = (real)*k->target;
        const real *target = t->target;
        SIMD for (size_t c = 0; c < n; c++) g[c] = gradient_of(e[c], gradient, target[c], scale);
    } else if (g && *k->gradient == 0.0) {
        __builtin_memset(g, 0, n * sizeof(real));
    } else if (g) {
        const real gradient = (real)*k->gradient;
        SIMD for (size_t c = 0; c < n; c++) g[c] = e[c] * SCALE * gradient;
    }
    if (t->target || !t->label) return;
    store_labels(t, k->label_gradient, g);
    store_labels(t, k->label_curvature, h);
    store_labels(t, k->label_product, o);
}

/* ---- targets and scores before the softmax ------------------------------------------------------
 */

static void smooth_row(const lk_row_tile *t, real *target, const real *w, real kept,
                       double smoothing, int all)
{
    const real *a = t->scores;
    const size_t n = t->classes;
    const real masked = all ? (real)__builtin_nan("") : -R_INF; /* equal to no score */
    size_t counted = 0;
    for (size_t c = 0; c < n; c++) counted += a[c] != masked;
    const real even = counted ? (real)(smoothing / (double)counted) : R(0);
    SIMD for (size_t c = 0; c < n; c++) target[c] =
        kept * target[c] + (a[c] != masked ? even : R(0));
    if (w) SIMD for (size_t c = 0; c < n; c++) target[c] *= w[c];
}

static void smooth(const lk_row_tile *t, void *targets, const void *class_weight, double smoothing,
                   int all)
{
    const real *w = class_weight;
    const size_t rows = t->rows;
    const real kept = (real)(1 - smoothing), masked = all ? (real)__builtin_nan("") : -R_INF;
    real even[LK_TILE_ROWS], counted[LK_TILE_ROWS];
    if (rows == 1) {
        smooth_row(t, targets, w, kept, smoothing, all);
        return;
    }
    ROWS(r) counted[r] = R(0);
    for (size_t c = 0; c < t->classes; c++) {
        const real *a = (const real *)t->scores + c * rows;
        ROWS(r) counted[r] += a[r] != masked ? R(1) : R(0);
    }
    for (size_t r = 0; r < rows; r++)
        even[r] = counted[r] > R(0) ? (real)(smoothing / (double)counted[r]) : R(0);
    for (size_t c = 0; c < t->classes; c++) {
        const real *a = (const real *)t->scores + c * rows;
        real *target = (real *)targets + c * rows;
        const real weight = w ? w[c] : R(1);
        ROWS(r) target[r] = weight * (kept * target[r] + (a[r] != masked ? even[r] : R(0)));
    }
}

LK_FN double entropy_at(real *t, int is_log)
{
    const real p = is_log ? r_exp(*t) : *t, u = is_log ? *t : r_log(*t);
    *t = p;
    return p == R(0) ? 0.0 : (double)(p * u);
}

INLINE double entropy_row(size_t n, real *t, int is_log)
{
    double lanes[LK_LANES] = {0};
    size_t c = 0;
    for (; c + LK_LANES <= n; c += LK_LANES) {
        real h[LK_LANES];
        LANES(l) h[l] = (real)entropy_at(&t[c + (size_t)l], is_log);
        LANES(l) lanes[l] += (double)h[l];
    }
    for (; c < n; c++) lanes[c % LK_LANES] += entropy_at(&t[c], is_log);
    return add_lanes(lanes);
}

static void entropy(size_t rows, size_t classes, void *target, int is_log, double *sums)
{
    real *t = target;
    if (rows == 1) {
        sums[0] = is_log ? entropy_row(classes, t, 1) : entropy_row(classes, t, 0);
        return;
    }
    for (size_t r = 0; r < rows; r++) sums[r] = 0;
    for (size_t c = 0; c < classes; c++, t += rows) {
        if (is_log)
            ROWS(r) sums[r] += entropy_at(&t[r], 1);
        else
            ROWS(r) sums[r] += entropy_at(&t[r], 0);
    }
}

static void cap(size_t n, void *scores, double limit, void *tanh)
{
    real *a = scores, *t = tanh;
    const real k = (real)limit;
    for (size_t i = 0; i < n; i++) {
        t[i] = r_tanh(a[i] / k);
        a[i] = a[i] == -R_INF ? a[i] : k * t[i];
    }
}

static void cap_vector(size_t n, const void *tanh, void *vector)
{
    const real *t = tanh;
    real *v = vector;
    for (size_t i = 0; i < n; i++) v[i] *= (R(1) - t[i]) * (R(1) + t[i]);
}

/* With a = k tanh(z / k): a' = 1 - t^2, a'' = -2 t a' / k; the vector comes times a'. What is 0
 * stays 0: rows that take no part may hold NaN. */
static void uncap(size_t n, double limit, const void *tanh, const void *vector, void *gradient,
                  void *curvature, void *product)
{
    const real *t = tanh, *v = vector;
    real *g = gradient, *h = curvature, *o = product;
    const real k = (real)limit;
    for (size_t i = 0; i < n; i++) {
        const real slope = (R(1) - t[i]) * (R(1) + t[i]), bend = R(-2) * t[i] / k;
        const int flat = g[i] == R(0);
        if (h) h[i] = flat && h[i] == R(0) ? R(0) : slope * (h[i] * slope + g[i] * bend);
        if (o) o[i] = flat && o[i] == R(0) ? R(0) : o[i] * slope + g[i] * bend * v[i];
        g[i] = flat ? R(0) : g[i] * slope;
    }
}

static void target_gradient(const lk_row_tile *t, void *scores, const void *targets,
                            const void *class_weight, double kept, int kind, const double *maximum,
                            const double *log_sum, const double *factor)
{
    real *a = scores;
    const real *target = targets, *w = class_weight;
    for (size_t c = 0; c < t->classes; c++)
        for (size_t r = 0; r < t->rows; r++) {
            const size_t i = c * t->rows + r;
            const double surprise = log_sum[r] + (maximum[r] - (double)a[i]);
            const double scale = factor[r] * kept * (w ? (double)w[c] : 1.0);
            const real p = target[i], slope = (real)surprise + r_log(p) + R(1);
            const real divergence = p == R(0) ? R(0) : kind == 2 ? p * slope : slope;
            a[i] = factor[r] == 0.0 ? R(0) : (real)(scale * (kind ? (double)divergence : surprise));
        }
}

/* ---- from sums to coefficients, in double -------------------------------------------------------
 */
#if LK_REAL == 64

/* Values and first derivatives; `more`: the others too. a1 = -dl/du times the class weight. */
INLINE void label_stage(label_jet loss(likelihood, const real *), const lk_row_stage *s, int more)
{
    const lk_row_coefficients *k = &s->out;
    SIMD for (size_t i = 0; i < s->n; i++)
    {
        const real rest = s->sums.rest[i] * SUM_SCALE;
        const real here = s->sums.label_exp[i] * SUM_SCALE, sum = here + rest;
        const real log_sum = r_log(sum) - s->sums.offset[i];
        const real inverse = R(1) / sum, odds = rest / here;
        const real far = s->sums.label_shift[i] - log_sum;
        const likelihood l = {here * inverse, rest * inverse,
                              odds < R(0x1p900) ? -r_log1p(odds) : far};
        const label_jet j = loss(l, s->params);
        const real w = s->class_weight[i], f = s->factor[i], lse = s->sums.maximum[i] + log_sum;
        const real z = s->z_loss == R(0) ? R(0) : s->z_loss * lse, a1 = -j.slope * w;
        const int out = f == R(0);
        s->value[i] = w * j.value + z * lse;
        s->log_sum[i] = log_sum;
        k->gradient[i] = out ? R(0) : f * (a1 + R(2) * z) * inverse;
        k->label_gradient[i] = out ? R(0) : f * (R(2) * z * l.p - a1 * l.q) + R(0);
        if (more) {
            const real diagonal = a1 + R(2) * z, outer = j.bend_q * w;
            const real square = R(2) * s->z_loss, fi = f * inverse;
            const real mean_rest = rest > R(0) ? s->sums.vector_sum[i] * SUM_SCALE / rest : R(0);
            const real apart = s->sums.label_vector[i] - mean_rest;
            const real mean = l.q * mean_rest + l.p * s->sums.label_vector[i];
            k->diagonal[i] = fi * diagonal;
            k->outer[i] = fi * outer;
            k->square[i] = fi * square;
            k->inverse_sum[i] = out ? R(0) : inverse;
            k->inverse_rest[i] = rest > R(0x1p-120) ? R(1) / rest : R(0);
            k->label_curvature[i] =
                out ? R(0) : f * (diagonal * l.p * l.q + outer * l.q + square * l.p * l.p);
            k->shift[i] = mean;
            k->constant[i] = fi * (square * mean - outer * apart);
            k->label_product[i] = out ? R(0)
                                      : f * (diagonal * l.p * l.q * apart + outer * l.q * apart +
                                             square * l.p * mean);
        }
    }
}

#define STAGE(name, id)                             \
    static void name##_stage(const lk_row_stage *s) \
    {                                               \
        if (s->curvature || s->product)             \
            label_stage(name, s, 1);                \
        else                                        \
            label_stage(name, s, 0);                \
    }
LK_LABEL_LOSSES(STAGE)
#define STAGE_ENTRY(name, id) [id] = name##_stage,
static lk_row_stage_kernel *const label_stages[LK_ROW_SLOTS] = {LK_LABEL_LOSSES(STAGE_ENTRY)};

/* L = sum T (log-sum-exp - a) = W log s + sum T (m - a), W = sum T. */
static void dense_stage(const lk_row_stage *s)
{
    const lk_row_coefficients *k = &s->out;
    SIMD for (size_t i = 0; i < s->n; i++)
    {
        const real sum = s->sums.rest[i] * SUM_SCALE, inverse = R(1) / sum;
        const real log_sum = r_log(sum) - s->sums.offset[i];
        const real w = s->sums.target_sum[i], lse = s->sums.maximum[i] + log_sum;
        const real z = s->z_loss == R(0) ? R(0) : s->z_loss * lse, f = s->factor[i];
        const real mean = s->product ? s->sums.vector_sum[i] * SUM_SCALE * inverse : R(0);
        const real diagonal = w + R(2) * z, square = R(2) * s->z_loss;
        const int out = f == R(0);
        s->value[i] = (w == R(0) ? R(0) : w * log_sum) + s->sums.target_shift[i] + z * lse;
        s->log_sum[i] = log_sum;
        k->gradient[i] = out ? R(0) : f * diagonal * inverse;
        k->target[i] = f;
        k->diagonal[i] = f * inverse * diagonal;
        k->outer[i] = R(0);
        k->square[i] = f * inverse * square;
        k->inverse_sum[i] = out ? R(0) : inverse;
        k->inverse_rest[i] = R(0);
        k->shift[i] = mean;
        k->constant[i] = f * inverse * square * mean;
    }
}
#endif

/* ---- sums over the classes of functions of log-probabilities -----------------------------------
 */

typedef log_jet log_body(real x, real q, real t, real log_t, const real *p);

/* A row of log-probabilities x with q = e^x: given, or of scores a: x = a - max - log s. */
typedef struct log_row {
    const real *a, *e, *t;
    double shift, log_sum; /* the maximum, and log-sum-exp less that */
    real inverse;          /* 1 / sum of e */
    int logits, log_target;
} log_row;

LK_FN log_jet jet_at(log_body *body, const log_row *r, size_t c, const real *p, real *probability)
{
    const real x = r->logits ? (real)(((double)r->a[c] - r->shift) - r->log_sum) : r->a[c];
    const real q = r->logits ? r->e[c] * r->inverse : r_exp(r->a[c]);
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
    double lanes[SUMS][LK_LANES] = {{0}};
    size_t c = 0;
    for (; c + LK_LANES <= n; c += LK_LANES) add_jets(body, r, c, LK_LANES, v, p, lanes);
    if (c < n) add_jets(body, r, c, (int)(n - c), v, p, lanes);
    for (int k = 0; k < SUMS; k++) sums[k] = add_lanes(lanes[k]);
}

/* With scores, x_k = a_k - log-sum-exp: gradient = slope - q S; the Hessian's diagonal is
 * bend (1 - 2q) + q^2 B - q (1 - q) S, with S and B the sums of the slopes and bends. */
INLINE void derive_jets(log_body *body, const log_row *r, lk_row *row, const real *p,
                        const double *sums)
{
    const size_t n = row->classes;
    const real *v = row->vector;
    real *g = row->gradient, *h = row->curvature, *o = row->product, *t = row->target_gradient;
    real *out = row->out;
    const real f = (real)row->factor, slope = (real)sums[SUM_SLOPE], bend = (real)sums[SUM_BEND];
    const real mean = (real)sums[SUM_VECTOR];
    const real bends = (real)(sums[SUM_BEND_VECTOR] - sums[SUM_BEND] * sums[SUM_VECTOR]);
#define EACH_JET(store)                              \
    SIMD for (size_t c = 0; c < n; c++)              \
    {                                                \
        real q;                                      \
        const log_jet j = jet_at(body, r, c, p, &q); \
        store;                                       \
    }
    if (g && r->logits) EACH_JET(g[c] = f * (j.slope - q * slope))
    if (g && !r->logits) EACH_JET(g[c] = f * j.slope)
    if (h && r->logits)
        EACH_JET(h[c] = f * (j.bend * (R(1) - R(2) * q) + q * (q * bend - (R(1) - q) * slope)))
    if (h && !r->logits) EACH_JET(h[c] = f * j.bend)
    if (o && r->logits) EACH_JET(o[c] = f * ((j.bend - q * slope) * (v[c] - mean) - q * bends))
    if (o && !r->logits) EACH_JET(o[c] = f * j.bend * v[c])
    if (t) EACH_JET(t[c] = f * j.target_slope)
    if (out) EACH_JET(out[c] = j.output)
#undef EACH_JET
}

INLINE void log_rows(log_body *body, lk_row *row, int logits, int log_target, int function)
{
    const real p[LK_MAX_PARAMS] = {R(0)};
    log_row r = {.a = row->scores,
                 .t = function ? row->upstream : row->target,
                 .logits = logits,
                 .log_target = log_target};
    if (logits) {
        double maximum, offset, sum;
        const lk_row_sums sums = {.maximum = &maximum, .offset = &offset, .rest = &sum};
        const lk_row_tile tile = {
            .rows = 1, .classes = row->classes, .scores = (void *)row->scores};
        forward_row(&tile, row->scratch, &sums);
        r.e = row->scratch;
        r.inverse = (real)(1 / sum);
        r.shift = maximum;
        r.log_sum = log_of(sum * SUM_SCALE) - offset;
    }
    double sums[SUMS];
    sum_jets(body, &r, row->classes, row->product ? row->vector : NULL, p, sums);
    row->value = sums[SUM_VALUE];
    derive_jets(body, &r, row, p, sums);
}

/* Every choice is a constant inside, so that its loops vectorise. */
#define LOG_ROW(name, id)                                        \
    static void name##_row(lk_row *row)                          \
    {                                                            \
        const int log_target = !row->out && row->params[1] != 0; \
        const int logits = row->out || row->params[0] != 0;      \
        if (row->out)                                            \
            log_rows(name, row, 1, 0, 1);                        \
        else if (logits && log_target)                           \
            log_rows(name, row, 1, 1, 0);                        \
        else if (logits)                                         \
            log_rows(name, row, 1, 0, 0);                        \
        else if (log_target)                                     \
            log_rows(name, row, 0, 1, 0);                        \
        else                                                     \
            log_rows(name, row, 0, 0, 0);                        \
    }
LK_LOG_LOSSES(LOG_ROW)

/* ---- labels and scores
 * ---------------------------------------------------------------------------- */

static void nll_row(lk_row *row)
{
    const real *a = row->scores;
    const size_t bytes = row->classes * sizeof(real);
    real *g = row->gradient;
    row->value = -(double)a[row->label];
    if (g) __builtin_memset(g, 0, bytes);
    if (g) g[row->label] = (real)-row->factor;
    if (row->curvature) __builtin_memset(row->curvature, 0, bytes);
    if (row->product) __builtin_memset(row->product, 0, bytes);
}

/* One term of a hinge: the label's own, or that of another class against the label. */
static double hinge_add(const hinge_term *t, real *g, real *h, double factor, double sign)
{
    if (g) *g += (real)(factor * sign * t->slope);
    if (h) *h += (real)(factor * t->bend);
    return t->value;
}

static void multiclass_hinge_row(lk_row *row)
{
    const real *a = row->scores;
    const size_t n = row->classes, y = (size_t)row->label;
    const hinge_options o = hinge_read(row->params, n);
    real *g = row->gradient, *h = row->curvature;
    const double f = row->factor * o.scale, label = (double)a[y];
    if (g) __builtin_memset(g, 0, n * sizeof(real));
    if (h) __builtin_memset(h, 0, n * sizeof(real));
    hinge_term of_label = {0, 0, 0}; /* a sum over the classes, so in double */
    row->value = 0;
    size_t worst = n;
    for (size_t c = 0; c < n; c++)
        if (c != y && (worst == n || !(a[c] <= a[worst]))) worst = c;
    for (size_t c = 0; c < n; c++) {
        const double own = c == y ? -1 : 1;
        if (o.kind == HINGE_ONE_VS_ALL) {
            const hinge_term t = hinge_of(o, o.margin + own * (double)a[c]);
            row->value += hinge_add(&t, g ? &g[c] : NULL, h ? &h[c] : NULL, f, own);
        } else if (c != y && (o.kind == HINGE_WESTON_WATKINS || c == worst)) {
            const hinge_term t = hinge_of(o, o.margin + ((double)a[c] - label));
            row->value += hinge_add(&t, g ? &g[c] : NULL, h ? &h[c] : NULL, f, 1);
            of_label.slope += t.slope;
            of_label.bend += t.bend;
        }
    }
    if (o.kind != HINGE_ONE_VS_ALL)
        (void)hinge_add(&of_label, g ? &g[y] : NULL, h ? &h[y] : NULL, f, -1);
    row->value *= o.scale;
}

#define ROW_ENTRY(name, id) [id] = name##_row,
static lk_row_kernel *const row_kernels[LK_ROW_SLOTS] = {LK_LOG_LOSSES(ROW_ENTRY)
                                                             LK_SCORE_LOSSES(ROW_ENTRY)};

const lk_row_kernels LK_SET_NAME(lk_row_kernels) = {
    .forward = forward,
    .backward = backward,
    .forward_row = forward_row,
    .backward_row = backward_row,
    .smooth = smooth,
    .entropy = entropy,
    .cap = cap,
    .cap_vector = cap_vector,
    .uncap = uncap,
    .target_gradient = target_gradient,
    .row = row_kernels,
#if LK_REAL == 64
    .label_stage = label_stages,
    .dense_stage = dense_stage,
#endif
};
