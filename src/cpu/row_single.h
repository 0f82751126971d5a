/* row_single.h: many classes: one row; part of row_kernels.c. */
#ifndef LK_ROW_SINGLE_H
#define LK_ROW_SINGLE_H

#include "row_tile.h"

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

/* ROW_BLOCK classes, four times LK_LANES. */
INLINE void forward_block(const real *a, const real *target, const real *v, origin o, int near,
                          real *e, row_lanes *s)
{
    /* before e, which may take the place of the scores */
    for (int k = 0; target && k < ROW_BLOCK; k += LK_LANES) LANES(l)
        {
            const double y = (double)target[k + l], d = (double)o.m - (double)a[k + l];
            s->mass[l] += y;
            s->shift[l] += y == 0.0 ? 0.0 : y * d;
        }
    SIMD for (int l = 0; l < ROW_BLOCK; l++) e[l] = exp_from(a[l], o, near);
    LANES(l) /* in pairs: a quarter of the roundings in a row */
    s->sum[l] += ((double)e[l] + (double)e[LK_LANES + l]) +
                 ((double)e[2 * LK_LANES + l] + (double)e[3 * LK_LANES + l]);
    for (int k = 0; v && k < ROW_BLOCK; k += LK_LANES)
        LANES(l) s->dot[l] += (double)e[k + l] * (double)v[k + l];
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
        forward_block(as, target, v, o, 1, es, s);
    else
        forward_block(as, target, v, o, 0, es, s);
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
        forward_block(a + c, target ? target + c : NULL, v ? v + c : NULL, o, near, e ? e + c : es,
                      s);
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
    const int labelled = !t->target && t->label;
    const int near = (labelled || t->offset) && is_near(o.m);
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
    *s->rest = lk_add_lanes(lanes.sum);
    if (t->target) *s->target_sum = lk_add_lanes(lanes.mass);
    if (t->target) *s->target_shift = lk_add_lanes(lanes.shift);
    if (v) *s->vector_sum = lk_add_lanes(lanes.dot);
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

#endif
