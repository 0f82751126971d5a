/* row_scores.h: losses of labels and scores without a softmax; part of row_kernels.c. */
#ifndef LK_ROW_SCORES_H
#define LK_ROW_SCORES_H

#include "row_each.h"
#include "row_exponentials.h"
#include "rows_list.h"

static void clear_rows(lk_row_plane p, const lk_row_batch *b)
{
    const size_t bytes = b->classes * sizeof(real);
    if (!p.at) return;
    if (p.step == (ptrdiff_t)bytes)
        __builtin_memset(p.at, 0, b->rows * bytes);
    else
        for (size_t i = 0; i < b->rows; i++) __builtin_memset(row_at(p, i), 0, bytes);
}

static void nll_rows(const lk_row_batch *b)
{
    for (size_t i = 0; b->value && i < b->rows; i++)
        b->value[i] = b->class_weight[i] * -(double)((real *)row_at(b->scores, i))[b->label[i]];
    clear_rows(b->gradient, b);
    clear_rows(b->curvature, b);
    clear_rows(b->product, b);
    for (size_t i = 0; b->gradient.at && i < b->rows; i++)
        ((real *)row_at(b->gradient, i))[b->label[i]] = (real)(0.0 - factor_of(b, i));
}

/* Sums of the terms of some classes: value, slope, bend. */
typedef struct hinge_sums {
    double value[LK_LANES], slope[LK_LANES], bend[LK_LANES];
} hinge_sums;

/* LK_LANES classes whose scores should stay below `against` by the margin. keep: 0 for those that
 * add nothing; NULL: all count. */
INLINE void hinge_block(hinge_options o, const real *a, const double *keep, double against,
                        double f, int derive, real *g, real *h, hinge_sums *s)
{
    LANES(l)
    {
        hinge_term t = hinge_of(o, o.margin + ((double)a[l] - against));
        if (keep && keep[l] == 0.0) t = (hinge_term){0, 0, 0};
        s->value[l] += t.value;
        if (derive) s->slope[l] += t.slope;
        if (derive) s->bend[l] += t.bend;
        if (g) g[l] = (real)(f * t.slope);
        if (h) h[l] = (real)(f * t.bend);
    }
}

/* Which of the classes from c on count: those below n, without the label. */
INLINE void hinge_keep(const row_work *row, size_t c, size_t n, double *keep)
{
    const size_t label = (size_t)row->label - c;
    LANES(l) keep[l] = (size_t)l < n && (size_t)l != label;
}

/* The last classes, fewer than a block. */
INLINE void hinge_tail(hinge_options o, const row_work *row, size_t c, double against, double f,
                       int derive, hinge_sums *s)
{
    const size_t n = row->classes - c;
    real a[LK_LANES], g[LK_LANES], h[LK_LANES];
    double keep[LK_LANES];
    LANES(l) a[l] = R(0);
    __builtin_memcpy(a, (const real *)row->scores + c, n * sizeof *a);
    hinge_keep(row, c, n, keep);
    hinge_block(o, a, keep, against, f, derive, g, h, s);
    if (row->gradient) __builtin_memcpy((real *)row->gradient + c, g, n * sizeof *g);
    if (row->curvature) __builtin_memcpy((real *)row->curvature + c, h, n * sizeof *h);
}

INLINE void hinge_classes(hinge_options o, const row_work *row, double against, double f,
                          int derive, hinge_sums *s)
{
    const size_t n = row->classes, y = (size_t)row->label;
    size_t c = 0;
    for (; c + LK_LANES <= n; c += LK_LANES) {
        const real *a = (const real *)row->scores + c;
        real *g = row->gradient ? (real *)row->gradient + c : NULL;
        real *h = row->curvature ? (real *)row->curvature + c : NULL;
        double keep[LK_LANES];
        if (y - c < LK_LANES) {
            hinge_keep(row, c, LK_LANES, keep);
            hinge_block(o, a, keep, against, f, derive, g, h, s);
        } else {
            hinge_block(o, a, NULL, against, f, derive, g, h, s);
        }
    }
    if (c < n) hinge_tail(o, row, c, against, f, derive, s);
}

/* The first of the largest other scores; NaN counts as larger. */
static size_t worst_of(const real *a, size_t n, size_t y)
{
    size_t worst = n;
    for (size_t c = 0; c < n; c++)
        if (c != y && (worst == n || (a[worst] == a[worst] && !(a[c] <= a[worst])))) worst = c;
    return worst;
}

INLINE hinge_term hinge_sum(hinge_options o, const row_work *row, double against, double f)
{
    hinge_sums s;
    LANES(l) s.value[l] = s.slope[l] = s.bend[l] = 0;
    if (row->gradient || row->curvature)
        hinge_classes(o, row, against, f, 1, &s);
    else
        hinge_classes(o, row, against, f, 0, &s);
    return (hinge_term){lk_add_lanes(s.value), lk_add_lanes(s.slope), lk_add_lanes(s.bend)};
}

/* The worst of the other classes alone. */
INLINE hinge_term hinge_worst(hinge_options o, const row_work *row, double against, double f)
{
    const size_t n = row->classes, worst = worst_of(row->scores, n, (size_t)row->label);
    real *g = row->gradient, *h = row->curvature;
    if (g) __builtin_memset(g, 0, n * sizeof *g);
    if (h) __builtin_memset(h, 0, n * sizeof *h);
    if (worst == n) return (hinge_term){0, 0, 0};
    const double a = (double)((const real *)row->scores)[worst];
    const hinge_term t = hinge_of(o, o.margin + (a - against));
    if (g) g[worst] = (real)(f * t.slope);
    if (h) h[worst] = (real)(f * t.bend);
    return t;
}

INLINE void hinge_row(row_work *row, hinge_options o)
{
    const double f = row->factor * o.scale, label = (double)((const real *)row->scores)[row->label];
    const int all = o.kind == HINGE_ONE_VS_ALL;
    const hinge_term others = o.kind == HINGE_CRAMMER_SINGER
                                  ? hinge_worst(o, row, label, f)
                                  : hinge_sum(o, row, all ? 0 : label, f);
    const hinge_term own = hinge_of(o, o.margin - label); /* of the label, one against all */
    real *g = row->gradient, *h = row->curvature;
    row->value = o.scale * (all ? others.value + own.value : others.value);
    if (g) g[row->label] = (real)(-f * (all ? own.slope : others.slope) + 0.0);
    if (h) h[row->label] = (real)(f * (all ? own.bend : others.bend));
}

static void multiclass_hinge_row(row_work *row)
{
    hinge_options o = hinge_read(row->params, row->classes);
    if (o.squared) {
        o.squared = 1;
        hinge_row(row, o);
    } else {
        o.squared = 0;
        hinge_row(row, o);
    }
}

static void multiclass_hinge_rows(const lk_row_batch *b) { each_row(multiclass_hinge_row, b); }

#endif
