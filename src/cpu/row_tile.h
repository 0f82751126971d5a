/* row_tile.h: few classes: rows side by side; part of row_kernels.c. */
#ifndef LK_ROW_TILE_H
#define LK_ROW_TILE_H

#include "row_exponentials.h"
#include "row_kernels.h"

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

/* Sums of T and T (max - a). The shift is taken in double: it is exact there for f32, and a masked
 * class with target 0 must add 0, not 0 * inf. */
LK_FN void add_target(real target, double d, double *mass, double *shift)
{
    const double y = (double)target;
    *mass += y;
    *shift += y == 0.0 ? 0.0 : y * d;
}

/* Of n classes, 4 or 1: what belongs to a row is read once for the four. */
INLINE void add_targets(size_t rows, int n, const real *restrict a, const real *restrict target,
                        const lk_row_sums *s)
{
    const double *restrict maximum = s->maximum;
    double *restrict masses = s->target_sum, *restrict shifts = s->target_shift;
    ROWS(r)
    {
        const double m = maximum[r];
        double mass = masses[r], shift = shifts[r];
        add_target(target[r], m - (double)a[r], &mass, &shift);
        if (n == 4) {
            add_target(target[rows + r], m - (double)a[rows + r], &mass, &shift);
            add_target(target[2 * rows + r], m - (double)a[2 * rows + r], &mass, &shift);
            add_target(target[3 * rows + r], m - (double)a[3 * rows + r], &mass, &shift);
        }
        masses[r] = mass;
        shifts[r] = shift;
    }
}

static void sum_targets(const lk_row_tile *t, const lk_row_sums *s)
{
    const real *a = t->scores, *target = t->target;
    const size_t rows = t->rows;
    size_t c = 0;
    for (size_t r = 0; r < rows; r++) s->target_sum[r] = s->target_shift[r] = 0;
    for (; c + 4 <= t->classes; c += 4) add_targets(rows, 4, a + c * rows, target + c * rows, s);
    for (; c < t->classes; c++) add_targets(rows, 1, a + c * rows, target + c * rows, s);
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
    for (size_t r = 0; r < rows; r++) far |= !is_near(o->m[r]);
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
    for (size_t r = 0; t->vector && r < rows; r++) s->vector_sum[r] = 0;
    if (t->target) sum_targets(t, s);
    if (!t->target && t->label) take_labels(t, &o, s, near);
    for (size_t c = 0; c < t->classes; c++) {
        real *a = (real *)t->scores + c * rows;
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

#endif
