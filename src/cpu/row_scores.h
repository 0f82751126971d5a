/* row_scores.h: losses of labels and scores without a softmax; part of row_kernels.c. */
#ifndef LK_ROW_SCORES_H
#define LK_ROW_SCORES_H

#include "kernel_set.h"
#include "row_kernels.h"
#include "rows_list.h"

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

#endif
