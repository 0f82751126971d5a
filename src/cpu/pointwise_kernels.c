/* pointwise_kernels.c: every pointwise loss over contiguous arrays; compiled once per instruction
 * set and width, with -DLK_REAL=32|64 -DLK_SET=<instruction set>. The body of a loss is inlined
 * into one plain loop over a block of four native vectors: four independent chains side by side are
 * what keeps the arithmetic units busy. */
#include "pointwise_kernels.h"

#include "kernel_set.h"
#include "pointwise_list.h"

extern lk_kernel *const LK_SET_NAME(lk_pointwise)[LK_LOSS_SLOTS];
extern lk_kernel *const LK_SET_NAME(lk_every)[LK_LOSS_SLOTS];

typedef jet body(real input, real target, real auxiliary, const real *params);
typedef struct outputs {
    real *value, *gradient, *curvature, *fisher, *upper, *target_gradient, *auxiliary_gradient;
} outputs;

#ifdef __clang__
#define VECTORISE _Pragma("clang loop vectorize(enable) interleave_count(4) unroll(disable)")
#else
#define VECTORISE _Pragma("omp simd reduction(| : bad)")
#endif

enum { GRADIENT = 1, CURVATURE = 2, EVERY = 4 };
enum { AHEAD = 2048 / (int)sizeof(real), LINE = 64 / (int)sizeof(real) };

/* Folds to a constant 0 for the whole real line. NaN is in every domain. */
INLINE int outside(const lk_domain *domain, real x)
{
    const real low = (real)domain->lowest, high = (real)domain->highest;
    if (domain->kind == 2) return (x != low) & (x != high) & (x == x);
    const int below = domain->lowest > -HUGE_VAL && (domain->kind == 1 ? x <= low : x < low);
    const int above = domain->highest < HUGE_VAL && x > high;
    return below | above;
}

/* `size` elements; `want` and `info` are constants after inlining, so that what is not asked for is
 * not computed. NaN in any input gives NaN in every output of that element, whatever the formula's
 * comparisons made of it. */
INLINE int block(body *loss, const lk_loss_info *info, int want, int size, const real *restrict x,
                 const real *restrict y, const real *restrict a, const real *p, real scale,
                 const outputs *o)
{
    real *restrict v = o->value, *restrict g = o->gradient, *restrict h = o->curvature;
    bits bad = 0;
    VECTORISE
    for (int l = 0; l < size; l++) {
        const jet j = loss(x[l], y[l], a[l], p);
        const real sum = info->auxiliary ? x[l] + y[l] + a[l] : x[l] + y[l];
        const int number = info->auxiliary ? (x[l] == x[l]) & (y[l] == y[l]) & (a[l] == a[l])
                                           : (x[l] == x[l]) & (y[l] == y[l]);
        bad |= outside(&info->input_domain, x[l]) | outside(&info->target_domain, y[l]);
        if (info->auxiliary) bad |= outside(&info->auxiliary_domain, a[l]);
        v[l] = number ? j.value : sum;
        if (want & (GRADIENT | EVERY)) g[l] = number ? j.gradient * scale : sum;
        if (want & (CURVATURE | EVERY)) h[l] = number ? j.curvature * scale : sum;
        if (want & EVERY) {
            const real dt = info->traits & LK_DISTANCE_BASED ? -j.gradient : j.target_gradient;
            o->fisher[l] = number ? j.fisher : sum;
            o->upper[l] = number ? j.upper : sum;
            o->target_gradient[l] = number ? dt : sum;
            o->auxiliary_gradient[l] = number ? j.auxiliary_gradient : sum;
        }
    }
    return bad != 0;
}

INLINE void add_to_lanes(const real *restrict v, double *restrict lanes)
{
    for (int k = 0; k < BLOCK; k += LK_LANES)
        for (int l = 0; l < LK_LANES; l++) lanes[l] += (double)v[k + l];
}

INLINE void copy(size_t n, const real *from, real *to)
{
    __builtin_memcpy(to, from, n * sizeof(real));
}

/* The last elements run through the same code on a padded copy; the first of them is the padding,
 * because a domain need not contain 0. */
INLINE const real *padded(size_t n, const real *from, real *to)
{
    for (int l = 0; l < LK_LANES; l++) to[l] = from[0];
    copy(n, from, to);
    return to;
}

/* BLOCK elements from i on, straight into the caller's arrays; `as` is the constant third input. */
INLINE int step(body *loss, const lk_loss_info *info, int want, const lk_span *s, const real *p,
                size_t i, const real *as, double *sum)
{
    const real *x = (const real *)s->input + i, *y = (const real *)s->target + i;
    const real *a = info->auxiliary && s->auxiliary ? (const real *)s->auxiliary + i : as;
    real vs[BLOCK], gs[BLOCK], hs[BLOCK];
    const outputs o = {.value = vs,
                       .gradient = s->gradient ? (real *)s->gradient + i : gs,
                       .curvature = s->curvature ? (real *)s->curvature + i : hs};
    for (int l = 0; l < BLOCK; l += LINE) {
        __builtin_prefetch(x + AHEAD + l);
        __builtin_prefetch(y + AHEAD + l);
        if (want & GRADIENT) __builtin_prefetch(o.gradient + AHEAD + l, 1);
    }
    const int bad = block(loss, info, want, BLOCK, x, y, a, p, (real)s->scale, &o);
    if (s->value) copy(BLOCK, vs, (real *)s->value + i);
    add_to_lanes(vs, sum);
    return bad;
}

/* The last n <= LK_LANES elements, from i on. */
INLINE int tail(body *loss, const lk_loss_info *info, int want, const lk_span *s, const real *p,
                size_t i, size_t n, const real *as, double *sum)
{
    real xs[LK_LANES], ys[LK_LANES], third[LK_LANES], vs[LK_LANES], gs[LK_LANES], hs[LK_LANES];
    const outputs o = {.value = vs, .gradient = gs, .curvature = hs};
    padded(n, (const real *)s->input + i, xs);
    padded(n, (const real *)s->target + i, ys);
    if (info->auxiliary && s->auxiliary) as = padded(n, (const real *)s->auxiliary + i, third);
    const int bad = block(loss, info, want, LK_LANES, xs, ys, as, p, (real)s->scale, &o);
    if (s->value) copy(n, vs, (real *)s->value + i);
    if (s->gradient) copy(n, gs, (real *)s->gradient + i);
    if (s->curvature) copy(n, hs, (real *)s->curvature + i);
    for (size_t l = 0; l < n; l++) sum[l] += (double)vs[l];
    return bad;
}

/* Value, gradient and true curvature of contiguous arrays. */
INLINE int fast(body *loss, const lk_loss_info *info, int want, const lk_span *s, const real *p)
{
    real as[BLOCK];
    double sum[LK_LANES] = {0};
    int bad = 0;
    if (info->auxiliary)
        for (int l = 0; l < BLOCK; l++) as[l] = (real)s->auxiliary_value;
    size_t i = 0;
    for (; i + BLOCK <= s->n; i += BLOCK) bad |= step(loss, info, want, s, p, i, as, sum);
    for (; i < s->n; i += LK_LANES) {
        const size_t rest = s->n - i;
        bad |= tail(loss, info, want, s, p, i, rest < LK_LANES ? rest : (size_t)LK_LANES, as, sum);
    }
    for (int l = 0; s->lanes && l < LK_LANES; l++) s->lanes[l] += sum[l];
    return bad;
}

/* Every output, through scratch and in smaller blocks: for the rarer requests, where the engine
 * works on chunks anyway. */
INLINE int thorough(body *loss, const lk_loss_info *info, const lk_span *s, const real *p)
{
    enum { OUTPUTS = 7 };
    const real *x = s->input, *y = s->target, *a = s->auxiliary;
    real xs[LK_LANES], ys[LK_LANES], as[LK_LANES], scratch[OUTPUTS][LK_LANES];
    void *const wanted[OUTPUTS] = {s->value, s->gradient,        s->curvature,         s->fisher,
                                   s->upper, s->target_gradient, s->auxiliary_gradient};
    const outputs o = {scratch[0], scratch[1], scratch[2], scratch[3],
                       scratch[4], scratch[5], scratch[6]};
    int bad = 0;
    for (int l = 0; l < LK_LANES; l++) as[l] = (real)s->auxiliary_value;
    for (size_t i = 0; i < s->n; i += LK_LANES) {
        const size_t n = s->n - i < LK_LANES ? s->n - i : (size_t)LK_LANES;
        padded(n, x + i, xs);
        padded(n, y + i, ys);
        if (a) padded(n, a + i, as);
        bad |= block(loss, info, EVERY, LK_LANES, xs, ys, as, p, R(1), &o);
        for (int k = 0; k < OUTPUTS; k++)
            if (wanted[k]) copy(n, scratch[k], (real *)wanted[k] + i);
    }
    return bad;
}

/* off: the last parameter is known to be 0. */
INLINE int run_fast(body *loss, const lk_loss_info *info, int off, const lk_span *s)
{
    real p[LK_MAX_PARAMS];
    for (int k = 0; k < info->n_params; k++) p[k] = (real)s->params[k];
    if (off) p[info->n_params - 1] = R(0);
    if (s->curvature) return fast(loss, info, GRADIENT | CURVATURE, s, p);
    if (s->gradient) return fast(loss, info, GRADIENT, s, p);
    return fast(loss, info, 0, s, p);
}

/* Whether the last parameter is a switch: then the loss without it is a kernel of its own, since
 * what the switch adds, a logarithm say, would be computed and dropped. */
INLINE int has_switch(const lk_loss_info *info)
{
    const lk_parameter *last = &info->params[info->n_params > 0 ? info->n_params - 1 : 0];
    return info->n_params > 0 && last->named[0].name && last->lowest == 0 && last->highest == 1;
}

INLINE int run(body *loss, const lk_loss_info *info, int every, const lk_span *s)
{
    if (every) {
        real p[LK_MAX_PARAMS];
        for (int k = 0; k < info->n_params; k++) p[k] = (real)s->params[k];
        return thorough(loss, info, s, p);
    }
    if (has_switch(info) && s->params[info->n_params - 1] == 0) return run_fast(loss, info, 1, s);
    return run_fast(loss, info, 0, s);
}

#define KERNELS(name, id)                                                                       \
    static int name##_kernel(const lk_span *s) { return run(name##_body, &name##_info, 0, s); } \
    static int name##_every(const lk_span *s) { return run(name##_body, &name##_info, 1, s); }
#define PLAIN(name, id)                                          \
    LK_FN jet name##_body(real x, real y, real a, const real *p) \
    {                                                            \
        (void)a;                                                 \
        return name(x, y, p);                                    \
    }                                                            \
    KERNELS(name, id)
#define WITH_AUXILIARY(name, id)                                                              \
    LK_FN jet name##_body(real x, real y, real a, const real *p) { return name(x, y, a, p); } \
    KERNELS(name, id)
LK_POINTWISE_LOSSES(PLAIN, WITH_AUXILIARY)

#define FAST_ENTRY(name, id) [id] = name##_kernel,
#define EVERY_ENTRY(name, id) [id] = name##_every,
lk_kernel *const LK_SET_NAME(lk_pointwise)[LK_LOSS_SLOTS] = {
    LK_POINTWISE_LOSSES(FAST_ENTRY, FAST_ENTRY)};
lk_kernel *const LK_SET_NAME(lk_every)[LK_LOSS_SLOTS] = {
    LK_POINTWISE_LOSSES(EVERY_ENTRY, EVERY_ENTRY)};
