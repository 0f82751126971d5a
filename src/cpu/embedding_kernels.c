/* embedding_kernels.c: the losses that are functions of distances and cosines within a row;
 * compiled once per instruction set and width, as pointwise_kernels.c is. Differences, products and
 * sums are in double: no f32 feature overflows there, and each output rounds once. A row is read
 * from memory once; the later loops over it find it in the cache. */
#include "embedding_kernels.h"

#include "double_lanes.h"
#include "embedding_list.h"

extern const lk_embedding_kernels LK_SET_NAME(lk_embedding_kernels);
extern const lk_similarity_kernels LK_SET_NAME(lk_similarity_kernels);

/* a * b + c in double, as r_fma. */
INLINE double fused(double a, double b, double c)
{
#if defined(__FMA__) || defined(__aarch64__)
    return __builtin_fma(a, b, c);
#else
    return a * b + c;
#endif
}

/* As many reals as a native vector has doubles. */
typedef real reals
    __attribute__((vector_size(WIDTH * sizeof(real)), may_alias, aligned(sizeof(real))));

INLINE doubles load(const real *x)
{
    return __builtin_convertvector(*(const reals *)(const void *)x, doubles);
}

INLINE doubles fused_lanes(doubles a, doubles b, doubles c)
{
    doubles r;
    for (int l = 0; l < WIDTH; l++) r[l] = fused(a[l], b[l], c[l]);
    return r;
}

INLINE doubles size_of_lanes(doubles a)
{
    doubles r;
    for (int l = 0; l < WIDTH; l++) r[l] = __builtin_fabs(a[l]);
    return r;
}

INLINE double size_of(double x) { return __builtin_fabs(x); }

/* ---- distances ------------------------------------------------------------------------------- */

/* u = x - y + shift, whose norm is a distance. Adding -0 changes no number, so it folds away. */
#define NO_SHIFT (-0.0)
typedef struct gap {
    const real *x, *y;
    double shift;
} gap;

INLINE double difference(const gap *g, size_t i)
{
    return ((double)g->x[i] - (double)g->y[i]) + g->shift;
}

INLINE doubles differences(const gap *g, size_t i)
{
    return (load(g->x + i) - load(g->y + i)) + g->shift;
}

/* Sum of (scale u)^2. */
INLINE double square_of(size_t d, gap g, double scale)
{
    doubles sum[VECTORS] = {{0}};
    double s[LK_LANES];
    size_t i = 0;
    for (; i + LK_LANES <= d; i += LK_LANES) UNROLL for (int v = 0; v < VECTORS; v++)
        {
            const doubles u = differences(&g, i + (size_t)(v * WIDTH)) * scale;
            sum[v] = fused_lanes(u, u, sum[v]);
        }
    __builtin_memcpy(s, sum, sizeof s);
    for (size_t l = 0; i + l < d; l++) {
        const double u = difference(&g, i + l) * scale;
        s[l] = fused(u, u, s[l]);
    }
    return lk_add_lanes(s);
}

/* The Euclidean norm; squares of f64 features that overflow or vanish are scaled. */
INLINE double length_of(size_t d, gap g, double *square)
{
    *square = square_of(d, g, 1);
    const int small = *square<0x1p-900, large = *square> 0x1p1020;
    if (sizeof(real) == sizeof(float) || !(small | large)) return __builtin_sqrt(*square);
    const double scale = small ? 0x1p550 : 0x1p-550;
    return __builtin_sqrt(square_of(d, g, scale)) / scale;
}

INLINE double largest(size_t d, gap g, double *ties)
{
    double most = 0, count = 0, nan = 0;
    for (size_t i = 0; i < d; i++) {
        const double u = size_of(difference(&g, i));
        nan += u == u ? 0 : u;
        most = u > most ? u : most;
    }
    for (size_t i = 0; i < d; i++) count += size_of(difference(&g, i)) == most ? 1 : 0;
    *ties = count;
    return most + nan;
}

/* x^y for x >= 0 and y > 0; the logarithm carries a tail so that a large y does no harm. */
INLINE real power_of(real x, real y)
{
    const pair log = r_log_pair(x, R(0), R(0));
    const real product = y * log.hi, tail = r_fma(y, log.hi, -product) + y * log.lo;
    return x > R(0) ? r_exp_tail(product, tail) : x;
}

/* The p-norm by the ratios to the largest difference. */
INLINE double power_norm(size_t d, gap g, double p)
{
    double ties, sum = 0;
    const double most = largest(d, g, &ties);
    if (!(most > 0) || most > 0x1p1022) return most;
    for (size_t i = 0; i < d; i++)
        sum += (double)power_of((real)(size_of(difference(&g, i)) / most), (real)p);
    return most * (double)power_of((real)sum, (real)(1 / p));
}

INLINE double sum_norm(size_t d, gap g)
{
    doubles sum[VECTORS] = {{0}};
    double s[LK_LANES];
    size_t i = 0;
    for (; i + LK_LANES <= d; i += LK_LANES)
        UNROLL for (int v = 0; v < VECTORS; v++) sum[v] +=
            size_of_lanes(differences(&g, i + (size_t)(v * WIDTH)));
    __builtin_memcpy(s, sum, sizeof s);
    for (size_t l = 0; i + l < d; l++) s[l] += size_of(difference(&g, i + l));
    return lk_add_lanes(s);
}

typedef enum norm { EUCLIDEAN, ABSOLUTE, LARGEST, POWER } norm;

/* A distance that the loss depends on with slope k, and how its norm is taken. */
typedef struct leg {
    gap gap;
    double k, size, p, ties;
} leg;

INLINE leg leg_of(norm kind, size_t d, const void *x, const void *y, double shift, double p)
{
    leg l = {{x, y, shift}, 0, 0, p, 1};
    double square;
    if (kind == EUCLIDEAN) l.size = length_of(d, l.gap, &square);
    if (kind == ABSOLUTE) l.size = sum_norm(d, l.gap);
    if (kind == LARGEST) l.size = largest(d, l.gap, &l.ties);
    if (kind == POWER) l.size = power_norm(d, l.gap, p);
    return l;
}

/* k for the slopes and bends below; a norm of 0 has none. */
INLINE leg with_slope(norm kind, leg l, double k)
{
    l.k = l.size == 0 ? 0 : kind == EUCLIDEAN ? k / l.size : kind == LARGEST ? k / l.ties : k;
    return l;
}

INLINE double slope(norm kind, const leg *l, size_t i)
{
    const double u = difference(&l->gap, i), sign = u > 0 ? 1 : u < 0 ? -1 : u;
    if (kind == EUCLIDEAN) return l->k * u;
    if (kind == ABSOLUTE) return l->k * sign;
    if (kind == LARGEST) return size_of(u) < l->size ? 0 : l->k * sign;
    return l->k * sign * (double)power_of((real)(size_of(u) / l->size), (real)(l->p - 1));
}

INLINE double bend(norm kind, const leg *l, size_t i)
{
    const double r = size_of(difference(&l->gap, i)) / l->size;
    if (kind == EUCLIDEAN) return l->k * (1 - r * r);
    if (kind != POWER) return l->k * 0;
    const double high = (double)power_of((real)r, (real)(l->p - 1));
    return r == 0 ? 0 : l->k * (l->p - 1) / l->size * (high / r - high * high);
}

/* ---- outputs --------------------------------------------------------------------------------- */

INLINE void put(real *out, int add, double g) { *out = add ? *out + (real)g : (real)g; }

INLINE void clear(size_t d, void *out, int add)
{
    if (out && !add) __builtin_memset(out, 0, d * sizeof(real));
}

/* The outputs of a row that contributes nothing. */
INLINE void clear_row(size_t d, const lk_feature_row *r, int add)
{
    clear(d, r->gradient, add);
    clear(d, r->other_gradient, add);
    clear(d, r->negative_gradient, add);
    clear(d, r->curvature, add);
}

INLINE double at_least(double h, double floor) { return h < floor ? floor : h; }

/* out = k (x - y) */
INLINE void pull(size_t d, void *out, int add, const void *x, const void *y, double k)
{
    real *restrict o = out;
    const gap g = {x, y, NO_SHIFT};
    if (!out) return;
    if (k == 0)
        clear(d, out, add);
    else if (add)
        for (size_t i = 0; i < d; i++) put(o + i, 1, k * difference(&g, i));
    else
        for (size_t i = 0; i < d; i++) put(o + i, 0, k * difference(&g, i));
}

/* out = scale times the slopes along two distances; those with k = 0 take no part, whatever they
 * are. */
INLINE void follow(norm kind, size_t d, void *out, int add, double scale, leg one, leg two)
{
    real *restrict o = out;
    if (!out) return;
    if (one.k == 0) {
        const leg none = one;
        one = two;
        two = none;
    }
    if (one.k == 0)
        clear(d, out, add);
    else if (two.k == 0 && add)
        for (size_t i = 0; i < d; i++) put(o + i, 1, scale * slope(kind, &one, i));
    else if (two.k == 0)
        for (size_t i = 0; i < d; i++) put(o + i, 0, scale * slope(kind, &one, i));
    else if (add)
        for (size_t i = 0; i < d; i++)
            put(o + i, 1, scale * (slope(kind, &one, i) + slope(kind, &two, i)));
    else
        for (size_t i = 0; i < d; i++)
            put(o + i, 0, scale * (slope(kind, &one, i) + slope(kind, &two, i)));
}

/* ---- functions of one distance --------------------------------------------------------------- */

typedef gap_jet gap_body(double square, double distance, double target, const double *p);

INLINE void gap_row(gap_body *loss, const lk_feature_span *s, lk_feature_row *r)
{
    const gap g = {r->input, r->other, NO_SHIFT};
    double square;
    const double distance = length_of(s->d, g, &square);
    gap_jet j = loss(square, distance, r->target, s->params);
    r->value = j.value;
    if (r->scale == 0) {
        clear_row(s->d, r, s->add);
        return;
    }
    if (!(j.value == j.value)) j.pull = j.bend = j.value;
    pull(s->d, r->gradient, s->add, r->input, r->other, r->scale * j.pull);
    pull(s->d, r->other_gradient, s->add, r->input, r->other, -(r->scale * j.pull));
    real *restrict h = r->curvature;
    for (size_t i = 0; h && i < s->d; i++) {
        const double u = j.bend == 0 ? 0 : difference(&g, i) / distance;
        put(h + i, s->add, r->scale * at_least(fused(j.bend * u, u, j.pull), s->floor));
    }
}

#define GAP(name, id)                                                    \
    static void name##_rows(const lk_feature_span *s)                    \
    {                                                                    \
        for (size_t i = 0; i < s->n; i++) gap_row(name, s, &s->rows[i]); \
    }
LK_GAP_LOSSES(GAP)

/* ---- functions of the distances of three points ---------------------------------------------- */

typedef triplet_jet triplet_body(double positive, double negative, double swapped, const double *p);

INLINE void triplet_row(triplet_body *loss, norm kind, const lk_feature_span *s, lk_feature_row *r)
{
    const double *p = s->params, shift = p[3];
    const int swap = p[2] > 0.5, add = s->add;
    const size_t d = s->d;
    const void *a = r->input, *b = r->other, *n = r->negative;
    const leg to_b = leg_of(kind, d, a, b, shift, p[1]), to_n = leg_of(kind, d, a, n, shift, p[1]);
    const leg across = swap ? leg_of(kind, d, b, n, shift, p[1]) : to_n;
    const triplet_jet j = loss(to_b.size, to_n.size, across.size, p);
    r->value = j.value;
    if (r->scale == 0) {
        clear_row(d, r, add);
        return;
    }
    const leg one = with_slope(kind, to_b, j.positive), two = with_slope(kind, to_n, j.negative);
    const leg three = with_slope(kind, across, j.swapped);
    const leg back = with_slope(kind, to_b, -j.positive), off = with_slope(kind, to_n, -j.negative);
    const leg wide = with_slope(kind, across, -j.swapped);
    follow(kind, d, r->gradient, add, r->scale, one, two);
    follow(kind, d, r->other_gradient, add, r->scale, back, three);
    follow(kind, d, r->negative_gradient, add, r->scale, off, wide);
    real *restrict h = r->curvature;
    for (size_t i = 0; h && i < d; i++) {
        const double first = one.k == 0 ? 0 : bend(kind, &one, i);
        const double second = two.k == 0 ? 0 : bend(kind, &two, i);
        put(h + i, add, r->scale * at_least(first + second, s->floor));
    }
}

INLINE void triplet_rows(triplet_body *loss, norm kind, const lk_feature_span *s)
{
    for (size_t i = 0; i < s->n; i++) triplet_row(loss, kind, s, &s->rows[i]);
}

INLINE void triplet_span(triplet_body *loss, const lk_feature_span *s)
{
    const double p = s->params[1];
    if (p == 2)
        triplet_rows(loss, EUCLIDEAN, s);
    else if (p == 1)
        triplet_rows(loss, ABSOLUTE, s);
    else if (p > 0x1p1023)
        triplet_rows(loss, LARGEST, s);
    else
        triplet_rows(loss, POWER, s);
}

#define TRIPLET(name, id) \
    static void name##_rows(const lk_feature_span *s) { triplet_span(name, s); }
LK_TRIPLET_LOSSES(TRIPLET)

/* ---- functions of a cosine ------------------------------------------------------------------- */

typedef cosine_jet cosine_body(double cosine, double target, const double *p);

/* Sum of (f x) (f y). */
INLINE double product_of(size_t d, const real *x, const real *y, double fx, double fy)
{
    doubles sum[VECTORS] = {{0}};
    double s[LK_LANES];
    size_t i = 0;
    for (; i + LK_LANES <= d; i += LK_LANES) UNROLL for (int v = 0; v < VECTORS; v++)
        {
            const size_t at = i + (size_t)(v * WIDTH);
            sum[v] = fused_lanes(load(x + at) * fx, load(y + at) * fy, sum[v]);
        }
    __builtin_memcpy(s, sum, sizeof s);
    for (size_t l = 0; i + l < d; l++)
        s[l] = fused((double)x[i + l] * fx, (double)y[i + l] * fy, s[l]);
    return lk_add_lanes(s);
}

/* A point times a factor that keeps the square of its norm finite, with that square; 1e-12 is
 * PyTorch's. */
typedef struct point {
    const real *x;
    double factor, square;
} point;

INLINE point point_of(size_t d, const void *x)
{
    point q = {x, 1, product_of(d, x, x, 1, 1)};
    if (sizeof(real) == sizeof(double) && q.square > 0x1p1000) {
        q.factor = 0x1p-540;
        q.square = product_of(d, x, x, q.factor, q.factor);
    }
    q.square += 1e-12 * q.factor * q.factor;
    return q;
}

INLINE double coordinate(const point *q, size_t i) { return (double)q->x[i] * q->factor; }

/* The gradient of x: scale (y / (|x| |y|) - cosine x / |x|^2). */
INLINE void turn(size_t d, void *out, int add, point x, point y, double cosine, double scale)
{
    real *restrict o = out;
    if (!out) return;
    const double k = 1 / (__builtin_sqrt(x.square) * __builtin_sqrt(y.square));
    const double c = cosine / x.square, s = scale * x.factor;
    if (scale == 0)
        clear(d, out, add);
    else if (add)
        for (size_t i = 0; i < d; i++)
            put(o + i, 1, s * (k * coordinate(&y, i) - c * coordinate(&x, i)));
    else
        for (size_t i = 0; i < d; i++)
            put(o + i, 0, s * (k * coordinate(&y, i) - c * coordinate(&x, i)));
}

INLINE void cosine_row(cosine_body *loss, const lk_feature_span *s, lk_feature_row *r)
{
    const size_t d = s->d;
    const point a = point_of(d, r->input), b = point_of(d, r->other);
    const double lengths = __builtin_sqrt(a.square) * __builtin_sqrt(b.square);
    const double cosine = product_of(d, a.x, b.x, a.factor, b.factor) / lengths;
    const cosine_jet j = loss(cosine, r->target, s->params);
    r->value = j.value;
    if (r->scale == 0) {
        clear_row(d, r, s->add);
        return;
    }
    turn(d, r->gradient, s->add, a, b, cosine, r->scale * j.slope);
    turn(d, r->other_gradient, s->add, b, a, cosine, r->scale * j.slope);
    real *restrict h = r->curvature;
    const double k = j.slope / a.square;
    for (size_t i = 0; h && i < d; i++) {
        const double x = coordinate(&a, i), y = coordinate(&b, i);
        const double c = 3 * cosine * x * (x / a.square) - cosine - 2 * x * (y / lengths);
        const double curvature = k == 0 ? 0 : k * c * a.factor * a.factor;
        put(h + i, s->add, r->scale * at_least(curvature, s->floor));
    }
}

#define COSINE(name, id)                                                    \
    static void name##_rows(const lk_feature_span *s)                       \
    {                                                                       \
        for (size_t i = 0; i < s->n; i++) cosine_row(name, s, &s->rows[i]); \
    }
LK_COSINE_LOSSES(COSINE)

/* ---- the step of the centers ----------------------------------------------------------------- */

static void depart(size_t d, const void *center, const void *x, double *sum)
{
    const gap g = {center, x, NO_SHIFT};
    double *restrict s = sum;
    for (size_t i = 0; i < d; i++) s[i] += difference(&g, i);
}

static void settle(size_t d, const double *sum, double factor, void *step)
{
    real *restrict out = step;
    for (size_t i = 0; i < d; i++) out[i] = (real)(factor * sum[i]);
}

#define ENTRY(name, id) [id] = name##_rows,
static lk_feature_kernel *const rows[LK_LOSS_SLOTS] = {LK_GAP_LOSSES(ENTRY) LK_TRIPLET_LOSSES(ENTRY)
                                                           LK_COSINE_LOSSES(ENTRY)};

const lk_embedding_kernels LK_SET_NAME(lk_embedding_kernels) = {
    .rows = rows,
    .depart = depart,
    .settle = settle,
    .similarity = &LK_SET_NAME(lk_similarity_kernels),
};
