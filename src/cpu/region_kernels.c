/* region_kernels.c: sums over the elements of a group and the derivatives that follow from them;
 * compiled once per instruction set and width, as pointwise_kernels.c is. Sums, and all of the
 * norms, are in double: products of floats are exact there and cannot overflow. */
#include "region_kernels.h"

#include "kernel_set.h"
#include "region_list.h"

/* A stage's intermediate results stay in the first cache; padding must not change a sum. */
enum { STAGE = 256 };

typedef struct sigmoid {
    real p, slope, bend; /* value, first and second derivative */
} sigmoid;

INLINE sigmoid sigmoid_of(real x)
{
    const real e = r_exp_neg(-r_abs(x)), r = R(1) / (R(1) + e), slope = e * r * r;
    const int positive = x >= R(0);
    const sigmoid s = {positive ? r : e * r, slope, r_copysign(slope * (R(1) - e) * r, -x)};
    return s;
}

INLINE double square(double x) { return x * x; }

/* ---- sums ---------------------------------------------------------------------------------------
 */

/* A whole number of lanes; the caller's, or copied and filled up with `filling`. */
INLINE const real *filled(const real *from, size_t n, real filling, real *to)
{
    for (int l = 0; l < LK_LANES; l++) to[l] = filling;
    __builtin_memcpy(to, from, n * sizeof(real));
    return to;
}

INLINE int probabilities(size_t n, const real *restrict x, const real *restrict g, int logits,
                         real *restrict p)
{
    bits bad = 0;
#pragma omp simd reduction(| : bad)
    for (size_t i = 0; i < n; i++) {
        p[i] = logits ? sigmoid_of(x[i]).p : x[i];
        bad |= (g[i] < R(0)) | (g[i] > R(1));
        if (!logits) bad |= (x[i] < R(0)) | (x[i] > R(1));
    }
    return bad != 0;
}

/* Half of the lanes at a time: their sums fit into the registers. n is a multiple of LK_LANES. */
INLINE void add_half(size_t n, const real *restrict p, const real *restrict g, int squared,
                     double (*restrict lanes)[LK_LANES], size_t first)
{
    enum { HALF = LK_LANES / 2 };
    double both[HALF], of_input[HALF], of_target[HALF];
    __builtin_memcpy(both, lanes[0] + first, sizeof both);
    __builtin_memcpy(of_input, lanes[1] + first, sizeof of_input);
    __builtin_memcpy(of_target, lanes[2] + first, sizeof of_target);
    for (size_t i = first; i < n; i += LK_LANES)
        for (size_t l = 0; l < HALF; l++) {
            const double x = (double)p[i + l], y = (double)g[i + l];
            both[l] += x * y;
            of_input[l] += squared ? x * x : x;
            of_target[l] += squared ? y * y : y;
        }
    __builtin_memcpy(lanes[0] + first, both, sizeof both);
    __builtin_memcpy(lanes[1] + first, of_input, sizeof of_input);
    __builtin_memcpy(lanes[2] + first, of_target, sizeof of_target);
}

/* n is a multiple of LK_LANES, at most STAGE. */
INLINE int add_overlap(size_t n, const real *x, const real *g, int logits, int squared,
                       double (*lanes)[LK_LANES])
{
    real p[STAGE];
    const int bad = probabilities(n, x, g, logits, p);
    add_half(n, p, g, squared, lanes, 0);
    add_half(n, p, g, squared, lanes, LK_LANES / 2);
    return bad;
}

INLINE int overlap(const lk_region_span *s, int logits, int squared, double (*lanes)[LK_LANES])
{
    const real *x = s->input, *g = s->target;
    const size_t whole = s->n / LK_LANES * LK_LANES;
    int bad = 0;
    for (size_t i = 0; i < whole; i += STAGE) {
        const size_t n = whole - i < STAGE ? whole - i : (size_t)STAGE;
        bad |= add_overlap(n, x + i, g + i, logits, squared, lanes);
    }
    if (whole < s->n) { /* the probability of -inf is 0 */
        real xs[LK_LANES], gs[LK_LANES];
        filled(x + whole, s->n - whole, logits ? -R_INF : R(0), xs);
        filled(g + whole, s->n - whole, R(0), gs);
        bad |= add_overlap(LK_LANES, xs, gs, logits, squared, lanes);
    }
    return bad;
}

static int overlap_sums(const lk_region_span *s, double (*lanes)[LK_LANES])
{
    if (s->squared) return s->logits ? overlap(s, 1, 1, lanes) : overlap(s, 0, 1, lanes);
    return s->logits ? overlap(s, 1, 0, lanes) : overlap(s, 0, 0, lanes);
}

enum norm { L1, L2 };

INLINE void add_norm(size_t n, const real *restrict x, const real *restrict y, enum norm norm,
                     double shrink, double *restrict lanes)
{
    double s[LK_LANES];
    __builtin_memcpy(s, lanes, sizeof s);
    for (size_t i = 0; i < n; i += LK_LANES)
        for (size_t l = 0; l < LK_LANES; l++) {
            const double a = (double)x[i + l], b = y ? (double)y[i + l] : 0;
            s[l] += norm == L1 ? __builtin_fabs(a - b) : square(shrink * a - shrink * b);
        }
    __builtin_memcpy(lanes, s, sizeof s);
}

INLINE int norm_sums(const lk_region_span *s, enum norm norm, double *lanes)
{
    const real *x = s->input, *y = s->target;
    const size_t whole = s->n / LK_LANES * LK_LANES;
    real xs[LK_LANES], ys[LK_LANES];
    if (whole && y) add_norm(whole, x, y, norm, s->shrink, lanes);
    if (whole && !y) add_norm(whole, x, NULL, norm, s->shrink, lanes);
    if (whole == s->n) return 0;
    filled(x + whole, s->n - whole, R(0), xs);
    if (y)
        add_norm(LK_LANES, xs, filled(y + whole, s->n - whole, R(0), ys), norm, s->shrink, lanes);
    if (!y) add_norm(LK_LANES, xs, NULL, norm, s->shrink, lanes);
    return 0;
}

static int l1_sums(const lk_region_span *s, double (*lanes)[LK_LANES])
{
    return norm_sums(s, L1, lanes[0]);
}

static int l2_sums(const lk_region_span *s, double (*lanes)[LK_LANES])
{
    return norm_sums(s, L2, lanes[0]);
}

/* ---- derivatives --------------------------------------------------------------------------------
 */

/* By the chain rule: the group's sums depend on p by g and k p^(k-1), and p on the logit. */
INLINE void gradients(const lk_region_span *s, int logits, int squared, const real *restrict x,
                      const real *restrict g, real *restrict gradient)
{
    const real a = (real)s->by_both, b = (real)s->by_input * (squared ? R(2) : R(1));
    const real scale = (real)s->scale;
#pragma omp simd
    for (size_t i = 0; i < s->n; i++) {
        const sigmoid z = sigmoid_of(x[i]);
        const real p = logits ? z.p : x[i], by_p = a * g[i] + (squared ? b * p : b);
        gradient[i] = (logits ? by_p * z.slope : by_p) * scale;
    }
}

INLINE void curvatures(const lk_region_span *s, int logits, int squared, const real *restrict x,
                       const real *restrict g, real *restrict curvature)
{
    const real a = (real)s->by_both, b = (real)s->by_input, scale = (real)s->curvature_scale;
    const real aa = (real)s->by_both_both, ab = (real)s->by_both_input;
    const real bb = (real)s->by_input_input;
#pragma omp simd
    for (size_t i = 0; i < s->n; i++) {
        const sigmoid z = sigmoid_of(x[i]);
        const real p = logits ? z.p : x[i], d = squared ? p + p : R(1);
        const real by_p = a * g[i] + b * d;
        const real mixed = g[i] * (aa * g[i] + R(2) * ab * d) + bb * d * d;
        const real by_pp = squared ? mixed + R(2) * b : mixed;
        curvature[i] = (logits ? by_pp * z.slope * z.slope + by_p * z.bend : by_pp) * scale;
    }
}

INLINE void target_gradients(const lk_region_span *s, int logits, int squared,
                             const real *restrict x, const real *restrict g,
                             real *restrict gradient)
{
    const real a = (real)s->by_both, c = (real)s->by_target * (squared ? R(2) : R(1));
    const real scale = (real)s->scale;
#pragma omp simd
    for (size_t i = 0; i < s->n; i++) {
        const real p = logits ? sigmoid_of(x[i]).p : x[i];
        gradient[i] = (a * p + (squared ? c * g[i] : c)) * scale;
    }
}

INLINE void slopes(const lk_region_span *s, int logits, int squared)
{
    const real *x = s->input, *g = s->target;
    if (s->gradient) gradients(s, logits, squared, x, g, s->gradient);
    if (s->curvature) curvatures(s, logits, squared, x, g, s->curvature);
    if (s->target_gradient) target_gradients(s, logits, squared, x, g, s->target_gradient);
}

static void overlap_slopes(const lk_region_span *s)
{
    if (s->squared) {
        if (s->logits) slopes(s, 1, 1);
        if (!s->logits) slopes(s, 0, 1);
    } else {
        if (s->logits) slopes(s, 1, 0);
        if (!s->logits) slopes(s, 0, 0);
    }
}

/* A scale of NaN, of a group that holds one, makes every element NaN. */
INLINE void signs(size_t n, const real *restrict x, const real *restrict y, real scale,
                  real *restrict gradient)
{
    const real zero = scale == scale ? R(0) : scale;
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        const real a = x[i], b = y ? y[i] : R(0), down = a < b ? -scale : zero;
        gradient[i] = a > b ? scale : down;
    }
}

static void l1_slopes(const lk_region_span *s)
{
    const real *x = s->input, *y = s->target;
    const real scale = (real)s->scale, bend = scale == scale ? R(0) : scale;
    real *h = s->curvature;
    if (s->gradient && y) signs(s->n, x, y, scale, s->gradient);
    if (s->gradient && !y) signs(s->n, x, NULL, scale, s->gradient);
    if (s->target_gradient && y) signs(s->n, x, y, -scale, s->target_gradient);
    for (size_t i = 0; h && i < s->n; i++) h[i] = bend;
}

INLINE void directions(const lk_region_span *s, const real *restrict x, const real *restrict y,
                       double scale, real *restrict gradient)
{
    const double shrink = s->shrink, inverse = s->inverse;
#pragma omp simd
    for (size_t i = 0; i < s->n; i++) {
        const double a = (double)x[i], b = y ? (double)y[i] : 0;
        gradient[i] = (real)((shrink * a - shrink * b) * inverse * scale);
    }
}

/* A single residual is all of the norm up to rounding: its curvature is 0 and not below. */
INLINE void bends(const lk_region_span *s, const real *restrict x, const real *restrict y,
                  real *restrict curvature)
{
    const double shrink = s->shrink, inverse = s->inverse, scale = s->curvature_scale;
#pragma omp simd
    for (size_t i = 0; i < s->n; i++) {
        const double a = (double)x[i], b = y ? (double)y[i] : 0;
        const double rest = 1 - square((shrink * a - shrink * b) * inverse);
        curvature[i] = (real)((rest < 0 ? 0 : rest) * inverse * scale * shrink);
    }
}

static void l2_slopes(const lk_region_span *s)
{
    const real *x = s->input, *y = s->target;
    if (s->gradient && y) directions(s, x, y, s->scale, s->gradient);
    if (s->gradient && !y) directions(s, x, NULL, s->scale, s->gradient);
    if (s->target_gradient && y) directions(s, x, y, -s->scale, s->target_gradient);
    if (s->curvature && y) bends(s, x, y, s->curvature);
    if (s->curvature && !y) bends(s, x, NULL, s->curvature);
}

#if LK_REAL == 64
typedef region_jet ratio_loss(region_sums sums, const real *p);
#define RATIO(name, id) [id] = name,
static ratio_loss *const ratios[] = {LK_RATIO_LOSSES(RATIO)};

static double ratio(int id, const double *sums, const double *params, lk_region_span *jet)
{
    const region_jet r = ratios[id]((region_sums){sums[0], sums[1], sums[2]}, params);
    jet->by_both = r.by_both;
    jet->by_input = r.by_input;
    jet->by_target = r.by_target;
    jet->by_both_both = r.by_both_both;
    jet->by_both_input = r.by_both_input;
    jet->by_input_input = r.by_input_input;
    return r.value;
}
#endif

extern const lk_region_kernels LK_SET_NAME(lk_region_kernels);
const lk_region_kernels LK_SET_NAME(lk_region_kernels) = {
    .overlap_sums = overlap_sums,
    .l1_sums = l1_sums,
    .l2_sums = l2_sums,
    .overlap_slopes = overlap_slopes,
    .l1_slopes = l1_slopes,
    .l2_slopes = l2_slopes,
#if LK_REAL == 64
    .ratio = ratio,
#endif
};
