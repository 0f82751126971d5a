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
    for (size_t i = 0; i < b->rows; i++)
        b->value[i] = b->class_weight[i] * -(double)((real *)row_at(b->scores, i))[b->label[i]];
    clear_rows(b->gradient, b);
    clear_rows(b->curvature, b);
    clear_rows(b->product, b);
    for (size_t i = 0; b->gradient.at && i < b->rows; i++)
        ((real *)row_at(b->gradient, i))[b->label[i]] =
            (real)(0.0 - b->factor[i] * b->class_weight[i]);
}

/* Sums of the terms of some classes: value, slope, bend. */
typedef struct hinge_sums {
    double value[LK_LANES], slope[LK_LANES], bend[LK_LANES];
} hinge_sums;

/* LK_LANES classes or fewer from c on, whose scores should stay below `against` by the margin. */
INLINE void hinge_block(hinge_options o, size_t c, int n, double against, double f, row_work *row,
                        hinge_sums *s)
{
    const real *a = (const real *)row->scores + c;
    real *g = row->gradient ? (real *)row->gradient + c : NULL;
    real *h = row->curvature ? (real *)row->curvature + c : NULL;
    double slope[LK_LANES], bend[LK_LANES];
    SIMD for (int l = 0; l < n; l++)
    {
        const hinge_term t = hinge_of(o, o.margin + ((double)a[l] - against));
        s->value[l] += t.value;
        s->slope[l] += slope[l] = t.slope;
        s->bend[l] += bend[l] = t.bend;
    }
    if (g) SIMD for (int l = 0; l < n; l++) g[l] = (real)(f * slope[l]);
    if (h) SIMD for (int l = 0; l < n; l++) h[l] = (real)(f * bend[l]);
}

INLINE void hinge_range(hinge_options o, size_t first, size_t last, double against, double f,
                        row_work *row, hinge_sums *s)
{
    size_t c = first;
    for (; c + LK_LANES <= last; c += LK_LANES) hinge_block(o, c, LK_LANES, against, f, row, s);
    if (c < last) hinge_block(o, c, (int)(last - c), against, f, row, s);
}

/* The first of the largest other scores; NaN counts as larger. */
static size_t worst_of(const real *a, size_t n, size_t y)
{
    size_t worst = n;
    for (size_t c = 0; c < n; c++)
        if (c != y && (worst == n || !(a[c] <= a[worst]))) worst = c;
    return worst;
}

INLINE void hinge_row(row_work *row, hinge_options o)
{
    const real *a = row->scores;
    const size_t n = row->classes, y = (size_t)row->label;
    const int all = o.kind == HINGE_ONE_VS_ALL, one = o.kind == HINGE_CRAMMER_SINGER;
    const double f = row->factor * o.scale, label = (double)a[y], against = all ? 0 : label;
    const size_t worst = one ? worst_of(a, n, y) : n;
    real *g = row->gradient, *h = row->curvature;
    hinge_sums s = {{0}, {0}, {0}};
    if (one && g) __builtin_memset(g, 0, n * sizeof(real));
    if (one && h) __builtin_memset(h, 0, n * sizeof(real));
    if (one && worst < n) hinge_range(o, worst, worst + 1, against, f, row, &s);
    if (!one) hinge_range(o, 0, y, against, f, row, &s);
    if (!one) hinge_range(o, y + 1, n, against, f, row, &s);
    const hinge_term own = hinge_of(o, o.margin - label); /* of the label, one against all */
    const double value = lk_add_lanes(s.value), slope = lk_add_lanes(s.slope),
                 bend = lk_add_lanes(s.bend);
    row->value = o.scale * (all ? value + own.value : value);
    if (g) g[y] = (real)(-f * (all ? own.slope : slope) + 0.0);
    if (h) h[y] = (real)(f * (all ? own.bend : bend));
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
