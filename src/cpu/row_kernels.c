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

/* e^(a - m) for a <= m. The rounding error of the subtraction is carried into the exponential, so
 * that a distance of 100 costs no accuracy. A masked score, -inf, gives 0. */
LK_FN real exp_shifted(real a, real m)
{
    const real d = a - m, b = d - a, error = (a - (d - b)) + (-m - b);
    return r_exp_neg_tail(d, error);
}

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

/* ---- few classes: LK_LANES rows side by side ----------------------------------------------------
 */

/* With targets the shift max - a is taken in double: it is exact there for f32, and a masked class
 * with target 0 must add 0, not 0 * inf. */
INLINE void forward_lanes(const lk_row_tile *t, const lk_row_sums *s, size_t at, int dense,
                          int product)
{
    real *restrict a = (real *)t->scores + at;
    const real *restrict target = dense ? (const real *)t->target + at : NULL;
    const real *restrict v = product ? (const real *)t->vector + at : NULL;
    real m[LK_LANES];
    double sum[LK_LANES] = {0}, mass[LK_LANES] = {0}, shift[LK_LANES] = {0}, dot[LK_LANES] = {0};
    LANES(l) m[l] = a[l];
    for (size_t c = 1; c < t->classes; c++)
        LANES(l) m[l] = m[l] > a[c * t->rows + (size_t)l] ? m[l] : a[c * t->rows + (size_t)l];
    if (!dense && t->label)
        for (size_t l = 0; l < LK_LANES; l++) {
            real *label = &a[(size_t)t->label[at + l] * t->rows + l];
            s->label_shift[at + l] = (double)*label - (double)m[l];
            s->label_exp[at + l] = (double)exp_shifted(*label, m[l]);
            if (product)
                s->label_vector[at + l] = (double)v[(size_t)t->label[at + l] * t->rows + l];
            *label = *label == *label ? -R_INF : *label; /* left out of the sums; NaN is not lost */
        }
    for (size_t c = 0; c < t->classes; c++) {
        real *restrict row = a + c * t->rows;
        const size_t here = c * t->rows;
        real e[LK_LANES];
        if (dense) LANES(l)
            {
                const double y = (double)target[here + (size_t)l];
                const double d = (double)m[l] - (double)row[l];
                mass[l] += y;
                shift[l] += y == 0.0 ? 0.0 : y * d;
            }
        LANES(l) e[l] = exp_shifted(row[l], m[l]);
        LANES(l) row[l] = e[l];
        LANES(l) sum[l] += (double)e[l];
        if (product) LANES(l) dot[l] += (double)e[l] * (double)v[here + (size_t)l];
    }
    for (size_t l = 0; l < LK_LANES; l++) {
        s->maximum[at + l] = (double)m[l];
        s->rest[at + l] = sum[l];
        if (dense) s->target_sum[at + l] = mass[l], s->target_shift[at + l] = shift[l];
        if (product) s->vector_sum[at + l] = dot[l];
    }
}

static void forward(const lk_row_tile *t, const lk_row_sums *s)
{
    for (size_t at = 0; at < t->rows; at += LK_LANES) {
        if (t->target && t->vector)
            forward_lanes(t, s, at, 1, 1);
        else if (t->target)
            forward_lanes(t, s, at, 1, 0);
        else if (t->vector)
            forward_lanes(t, s, at, 0, 1);
        else
            forward_lanes(t, s, at, 0, 0);
    }
}

/* The coefficients of a row in the computation type. */
typedef struct factors {
    real gradient, target, diagonal, outer, square, inverse_sum, inverse_rest, shift, constant;
} factors;

/* A factor of 0 takes the row out, whatever it holds. */
LK_FN real gradient_of(real e, real target, const factors *f)
{
    const real dense = f->target == R(0) ? R(0) : f->target * target;
    return (f->gradient == R(0) ? R(0) : e * f->gradient) - dense;
}
LK_FN real curvature_of(real e, const factors *f)
{
    const real p = e * f->inverse_sum;
    const real h =
        e * (f->diagonal * (R(1) - p) + f->outer * (e * f->inverse_rest) + f->square * p);
    return f->inverse_sum == R(0) ? R(0) : h;
}
LK_FN real product_of(real e, real v, const factors *f)
{
    const real h = e * (f->diagonal * (v - f->shift) + f->constant);
    return f->inverse_sum == R(0) ? R(0) : h;
}

INLINE void backward_lanes(const lk_row_tile *t, const lk_row_coefficients *k, size_t at, int dense,
                           int second)
{
    const real *e = (const real *)t->scores + at;
    const real *target = dense ? (const real *)t->target + at : e;
    const real *v = t->vector ? (const real *)t->vector + at : e;
    real *g = t->gradient ? (real *)t->gradient + at : NULL;
    real *h = t->curvature ? (real *)t->curvature + at : NULL;
    real *product = t->product ? (real *)t->product + at : NULL;
    factors f[LK_LANES];
    real kg[LK_LANES], kt[LK_LANES];
    for (size_t l = 0; l < LK_LANES; l++) {
        kg[l] = (real)k->gradient[at + l];
        kt[l] = dense ? (real)k->target[at + l] : R(0);
        if (second)
            f[l] = (factors){R(0),
                             R(0),
                             (real)k->diagonal[at + l],
                             (real)k->outer[at + l],
                             (real)k->square[at + l],
                             (real)k->inverse_sum[at + l],
                             (real)k->inverse_rest[at + l],
                             (real)k->shift[at + l],
                             (real)k->constant[at + l]};
    }
    for (size_t c = 0; c < t->classes; c++, e += t->rows, target += t->rows, v += t->rows) {
        real ge[LK_LANES];
        LANES(l)
        {
            const factors now = {.gradient = kg[l], .target = kt[l]};
            ge[l] = gradient_of(e[l], dense ? target[l] : R(0), &now);
        }
        if (second && (h || product)) {
            real he[LK_LANES], pe[LK_LANES];
            for (int l = 0; l < LK_LANES; l++) {
                he[l] = curvature_of(e[l], &f[l]);
                pe[l] = product_of(e[l], v[l], &f[l]);
            }
            if (h) LANES(l) h[c * t->rows + (size_t)l] = he[l];
            if (product) LANES(l) product[c * t->rows + (size_t)l] = pe[l];
        }
        if (g) LANES(l) g[c * t->rows + (size_t)l] = ge[l];
    }
    for (size_t l = 0; !dense && t->label && l < LK_LANES; l++) {
        const size_t y = (size_t)t->label[at + l] * t->rows + l;
        if (g) g[y] = (real)k->label_gradient[at + l];
        if (h) h[y] = (real)k->label_curvature[at + l];
        if (product) product[y] = (real)k->label_product[at + l];
    }
}

static void backward(const lk_row_tile *t, const lk_row_coefficients *k)
{
    const int second = t->curvature || t->product;
    for (size_t at = 0; at < t->rows; at += LK_LANES) {
        if (t->target && second)
            backward_lanes(t, k, at, 1, 1);
        else if (t->target)
            backward_lanes(t, k, at, 1, 0);
        else if (second)
            backward_lanes(t, k, at, 0, 1);
        else
            backward_lanes(t, k, at, 0, 0);
    }
}

/* ---- many classes: one row ----------------------------------------------------------------------
 */

static real maximum_of(size_t n, const real *a)
{
    real m[ROW_BLOCK];
    for (int l = 0; l < ROW_BLOCK; l++) m[l] = -R_INF;
    size_t c = 0;
    for (; c + ROW_BLOCK <= n; c += ROW_BLOCK)
        SIMD for (int l = 0; l < ROW_BLOCK; l++) m[l] =
            m[l] > a[c + (size_t)l] ? m[l] : a[c + (size_t)l];
    for (; c < n; c++) m[0] = m[0] > a[c] ? m[0] : a[c];
    for (int h = ROW_BLOCK / 2; h; h /= 2)
        for (int l = 0; l < h; l++) m[l] = m[l] > m[l + h] ? m[l] : m[l + h];
    return m[0];
}

typedef struct row_lanes {
    double sum[LK_LANES], mass[LK_LANES], shift[LK_LANES], dot[LK_LANES];
} row_lanes;

/* `size` classes, a multiple of LK_LANES and a constant. */
INLINE void forward_block(int size, const real *restrict a, const real *restrict target,
                          const real *restrict v, real m, real *restrict e, row_lanes *s)
{
    SIMD for (int l = 0; l < size; l++) e[l] = exp_shifted(a[l], m);
    for (int k = 0; k < size; k += LK_LANES) {
        LANES(l) s->sum[l] += (double)e[k + l];
        if (target) LANES(l)
            {
                const double y = (double)target[k + l], d = (double)m - (double)a[k + l];
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
INLINE void forward_copy(const lk_row_tile *t, size_t c, real m, real *e, row_lanes *s)
{
    const size_t n = t->classes - c < ROW_BLOCK ? t->classes - c : (size_t)ROW_BLOCK;
    real as[ROW_BLOCK], es[ROW_BLOCK], ts[ROW_BLOCK], vs[ROW_BLOCK];
    padded(n, (const real *)t->scores + c, -R_INF, as);
    if (t->target) padded(n, (const real *)t->target + c, R(0), ts);
    if (t->vector) padded(n, (const real *)t->vector + c, R(0), vs);
    const size_t y = t->target || !t->label ? t->classes : (size_t)t->label[0];
    if (y >= c && y < c + n && as[y - c] == as[y - c]) as[y - c] = -R_INF;
    if (m == -R_INF) as[0] = (real)__builtin_nan(""); /* all are masked */
    forward_block(ROW_BLOCK, as, t->target ? ts : NULL, t->vector ? vs : NULL, m, es, s);
    if (e) __builtin_memcpy(e + c, es, n * sizeof(real));
}

static void forward_row(const lk_row_tile *t, void *e, const lk_row_sums *s)
{
    enum { AHEAD = 4096 / (int)sizeof(real), LINE = 64 / (int)sizeof(real) };
    const real *a = t->scores, *target = t->target, *v = t->vector;
    const real m = maximum_of(t->classes, a);
    const int labelled = !target && t->label;
    const size_t y = labelled ? (size_t)t->label[0] : t->classes, block = y - y % ROW_BLOCK;
    row_lanes lanes = {{0}, {0}, {0}, {0}};
    *s->maximum = (double)m;
    if (labelled) {
        *s->label_shift = (double)a[y] - (double)m;
        *s->label_exp = (double)exp_shifted(a[y], m);
        if (v) *s->label_vector = (double)v[y];
    }
    size_t c = 0;
    for (; c + ROW_BLOCK <= t->classes; c += ROW_BLOCK) {
        real es[ROW_BLOCK];
        for (int l = 0; e && l < ROW_BLOCK; l += LINE)
            __builtin_prefetch((const real *)e + c + AHEAD + l, 1);
        if (c == block || m == -R_INF)
            forward_copy(t, c, m, e, &lanes);
        else if (target || v)
            forward_block(ROW_BLOCK, a + c, target ? target + c : NULL, v ? v + c : NULL, m,
                          e ? (real *)e + c : es, &lanes);
        else
            forward_block(ROW_BLOCK, a + c, NULL, NULL, m, e ? (real *)e + c : es, &lanes);
    }
    if (c < t->classes) forward_copy(t, c, m, e, &lanes);
    *s->rest = add_lanes(lanes.sum);
    if (target) *s->target_sum = add_lanes(lanes.mass), *s->target_shift = add_lanes(lanes.shift);
    if (v) *s->vector_sum = add_lanes(lanes.dot);
}

static void backward_row(const lk_row_tile *t, const lk_row_coefficients *k)
{
    const size_t n = t->classes;
    const int second = t->curvature || t->product, dense = t->target != NULL;
    const real *e = t->scores, *target = t->target, *v = t->vector;
    real *g = t->gradient, *h = t->curvature, *product = t->product;
    factors f = {.gradient = (real)*k->gradient, .target = dense ? (real)*k->target : R(0)};
    if (second)
        f = (factors){f.gradient,
                      f.target,
                      (real)*k->diagonal,
                      (real)*k->outer,
                      (real)*k->square,
                      (real)*k->inverse_sum,
                      (real)*k->inverse_rest,
                      (real)*k->shift,
                      (real)*k->constant};
    if (!second && !dense && g) {
        const real scale = f.gradient;
        SIMD for (size_t c = 0; c < n; c++) g[c] = e[c] * scale;
    } else {
        for (size_t c = 0; c < n; c++) {
            const real ec = e[c], tc = dense ? target[c] : R(0), vc = product ? v[c] : R(0);
            if (h) h[c] = curvature_of(ec, &f);
            if (product) product[c] = product_of(ec, vc, &f);
            if (g) g[c] = gradient_of(ec, tc, &f);
        }
    }
    if (dense || !t->label) return;
    const size_t y = (size_t)t->label[0];
    if (g) g[y] = (real)*k->label_gradient;
    if (h) h[y] = (real)*k->label_curvature;
    if (product) product[y] = (real)*k->label_product;
}

/* ---- targets and scores before the softmax ------------------------------------------------------
 */

static void smooth(const lk_row_tile *t, void *targets, const void *class_weight, double smoothing,
                   int all)
{
    const real *a = t->scores, *w = class_weight;
    real *target = targets;
    const real kept = (real)(1 - smoothing);
    for (size_t r = 0; r < t->rows; r++) {
        size_t counted = 0;
        for (size_t c = 0; c < t->classes; c++) counted += all || a[c * t->rows + r] != -R_INF;
        const real even = counted ? (real)(smoothing / (double)counted) : R(0);
        for (size_t c = 0; c < t->classes; c++) {
            const size_t i = c * t->rows + r;
            const real spread = all || a[i] != -R_INF ? even : R(0);
            target[i] = (w ? w[c] : R(1)) * (kept * target[i] + spread);
        }
    }
}

static void entropy(size_t rows, size_t classes, void *target, int is_log, double *sums)
{
    real *t = target;
    for (size_t r = 0; r < rows; r++) sums[r] = 0;
    for (size_t c = 0; c < classes; c++, t += rows)
        for (size_t r = 0; r < rows; r++) {
            const real p = is_log ? r_exp(t[r]) : t[r], u = is_log ? t[r] : r_log(t[r]);
            sums[r] += p == R(0) ? 0.0 : (double)p * (double)u;
            t[r] = p;
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

/* With a = k tanh(z / k): a' = 1 - t^2, a'' = -2 t a' / k; the vector comes times a'. */
static void uncap(size_t n, double limit, const void *tanh, const void *vector, void *gradient,
                  void *curvature, void *product)
{
    const real *t = tanh, *v = vector;
    real *g = gradient, *h = curvature, *o = product;
    const real k = (real)limit;
    for (size_t i = 0; i < n; i++) {
        const real slope = (R(1) - t[i]) * (R(1) + t[i]), bend = R(-2) * t[i] / k;
        if (h) h[i] = slope * (h[i] * slope + g[i] * bend);
        if (o) o[i] = o[i] * slope + g[i] * bend * v[i];
        g[i] *= slope;
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
            const real divergence = kind == 2 ? (p == R(0) ? R(0) : p * slope) : slope;
            a[i] = factor[r] == 0.0 ? R(0) : (real)(scale * (kind ? (double)divergence : surprise));
        }
}

/* ---- from sums to coefficients, in double -------------------------------------------------------
 */
#if LK_REAL == 64

/* Values and first derivatives; `second`: the others too. a1 = -dl/du times the class weight. */
INLINE void label_stage(label_jet loss(likelihood, const real *), const lk_row_stage *s, int second)
{
    const lk_row_coefficients *k = &s->out;
    for (size_t at = 0; at < s->n; at += LK_LANES) {
        SIMD for (size_t i = at; i < at + LK_LANES; i++)
        {
            const real rest = s->sums.rest[i], here = s->sums.label_exp[i], sum = here + rest;
            const real log_sum = r_log1p(rest + (here - R(1))), inverse = R(1) / sum;
            const likelihood l = {here * inverse, rest * inverse, s->sums.label_shift[i] - log_sum};
            const label_jet j = loss(l, s->params);
            const real w = s->class_weight[i], f = s->factor[i], lse = s->sums.maximum[i] + log_sum;
            const real z = s->z_loss == R(0) ? R(0) : s->z_loss * lse, a1 = -j.slope * w;
            const int out = f == R(0);
            s->value[i] = w * j.value + z * lse;
            s->log_sum[i] = log_sum;
            k->gradient[i] = out ? R(0) : f * (a1 + R(2) * z) * inverse;
            k->label_gradient[i] = out ? R(0) : f * (R(2) * z * l.p - a1 * l.q) + R(0);
            if (second) {
                const real diagonal = a1 + R(2) * z, outer = j.bend_q * w;
                const real square = R(2) * s->z_loss, fi = f * inverse;
                const real mean_rest = rest > R(0) ? s->sums.vector_sum[i] / rest : R(0);
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
                                          : f * (diagonal * l.p * l.q * apart +
                                                 outer * l.q * apart + square * l.p * mean);
            }
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
        const real sum = s->sums.rest[i], log_sum = r_log(sum), inverse = R(1) / sum;
        const real w = s->sums.target_sum[i], lse = s->sums.maximum[i] + log_sum;
        const real z = s->z_loss == R(0) ? R(0) : s->z_loss * lse, f = s->factor[i];
        const real mean = s->product ? s->sums.vector_sum[i] * inverse : R(0);
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
    double shift; /* max + log s */
    real inverse; /* 1 / s */
    int logits, log_target;
} log_row;

LK_FN log_jet jet_at(log_body *body, const log_row *r, size_t c, const real *p, real *probability)
{
    const real x = r->logits ? (real)((double)r->a[c] - r->shift) : r->a[c];
    const real q = r->logits ? r->e[c] * r->inverse : r_exp(r->a[c]);
    const real given = r->t ? r->t[c] : R(1);
    const real t = r->log_target ? r_exp(given) : given, u = r->log_target ? given : r_log(given);
    log_jet j = body(x, q, t, u, p);
    *probability = q;
    if (r->log_target) j.target_slope = t == R(0) ? R(0) : t * j.target_slope;
    return j;
}

/* Sums of a row: value, slopes, bends, and with the vector q v and bend v. */
enum { SUM_VALUE, SUM_SLOPE, SUM_BEND, SUM_VECTOR, SUM_BEND_VECTOR, SUMS };

INLINE void sum_jets(log_body *body, const log_row *r, size_t n, const real *v, const real *p,
                     double *sums)
{
    double lanes[SUMS][LK_LANES] = {{0}};
    for (size_t c = 0; c < n; c += LK_LANES) {
        const size_t here = n - c < LK_LANES ? n - c : (size_t)LK_LANES;
        for (size_t l = 0; l < here; l++) {
            real q;
            const log_jet j = jet_at(body, r, c + l, p, &q);
            lanes[SUM_VALUE][l] += (double)j.value;
            lanes[SUM_SLOPE][l] += (double)j.slope;
            lanes[SUM_BEND][l] += (double)j.bend;
            if (v) lanes[SUM_VECTOR][l] += (double)q * (double)v[c + l];
            if (v) lanes[SUM_BEND_VECTOR][l] += (double)j.bend * (double)v[c + l];
        }
    }
    for (int k = 0; k < SUMS; k++) sums[k] = add_lanes(lanes[k]);
}

/* With scores, x_k = a_k - log-sum-exp: gradient = slope - q S; the Hessian's diagonal is
 * bend (1 - 2q) + q^2 B - q (1 - q) S, with S and B the sums of the slopes and bends. */
INLINE void log_rows(log_body *body, lk_row *row, int logits, int log_target)
{
    const real *a = row->scores, *v = row->product ? row->vector : NULL;
    real p[LK_MAX_PARAMS] = {R(0)};
    log_row r = {.a = a,
                 .t = row->out ? row->upstream : row->target,
                 .logits = logits,
                 .log_target = log_target};
    if (logits) {
        double maximum, sum;
        const lk_row_sums sums = {.maximum = &maximum, .rest = &sum};
        const lk_row_tile tile = {
            .rows = 1, .classes = row->classes, .scores = (void *)row->scores};
        forward_row(&tile, row->scratch, &sums);
        r.e = row->scratch;
        r.inverse = (real)(1 / sum);
        r.shift = maximum + log_of(sum);
    }
    double sums[SUMS];
    sum_jets(body, &r, row->classes, v, p, sums);
    row->value = sums[SUM_VALUE];
    real *g = row->gradient, *h = row->curvature, *o = row->product, *t = row->target_gradient;
    const real f = (real)row->factor, slope = logits ? (real)sums[SUM_SLOPE] : R(0);
    const real bend = logits ? (real)sums[SUM_BEND] : R(0);
    const real mean = logits ? (real)sums[SUM_VECTOR] : R(0);
    const real bends =
        logits ? (real)(sums[SUM_BEND_VECTOR] - sums[SUM_BEND] * sums[SUM_VECTOR]) : R(0);
    for (size_t c = 0; c < row->classes; c++) {
        real q;
        const log_jet j = jet_at(body, &r, c, p, &q);
        if (!logits) q = R(0);
        if (g) g[c] = f * (j.slope - q * slope);
        if (h) h[c] = f * (j.bend * (R(1) - R(2) * q) + q * (q * bend - (R(1) - q) * slope));
        if (o) o[c] = f * ((j.bend - q * slope) * (v[c] - mean) - q * bends);
        if (t) t[c] = f * j.target_slope;
        if (row->out) ((real *)row->out)[c] = j.output;
    }
}

#define LOG_ROW(name, id)                                        \
    static void name##_row(lk_row *row)                          \
    {                                                            \
        const int log_target = !row->out && row->params[1] != 0; \
        if (row->out || row->params[0] != 0)                     \
            log_rows(name, row, 1, log_target);                  \
        else                                                     \
            log_rows(name, row, 0, log_target);                  \
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
            (void)hinge_add(&t, g ? &g[y] : NULL, h ? &h[y] : NULL, f, -1);
        }
    }
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
