/* row_each.h: one row after the other; part of row_kernels.c. */
#ifndef LK_ROW_EACH_H
#define LK_ROW_EACH_H

#include "kernel_set.h"
#include "row_kernels.h"

/* One row of a batch. */
typedef struct row_work {
    size_t classes;
    const void *scores, *target, *vector;
    int64_t label;
    const double *params;
    double factor;                                          /* times the derivatives */
    double value;                                           /* out */
    void *gradient, *curvature, *product, *target_gradient; /* NULL: not asked for */
    void *scratch;
} row_work;

LK_FN void *row_at(lk_row_plane p, size_t i) { return p.at ? p.at + (ptrdiff_t)i * p.step : NULL; }

/* What derivatives of a row are multiplied by. A row that is left out stays so whatever the weight
 * of its class is, infinite or NaN. */
LK_FN double weighted(double factor, double class_weight)
{
    return factor == 0 ? 0 : factor * class_weight;
}
LK_FN double factor_of(const lk_row_batch *b, size_t i)
{
    return weighted(b->factor[i], b->class_weight[i]);
}

/* A factor of 0 takes the row out, whatever it holds. */
LK_FN void clear_row(const row_work *row)
{
    void *const outputs[] = {row->gradient, row->curvature, row->product, row->target_gradient};
    for (size_t k = 0; k < sizeof outputs / sizeof *outputs; k++)
        if (outputs[k]) __builtin_memset(outputs[k], 0, row->classes * sizeof(real));
}

INLINE void each_row(void (*work)(row_work *), const lk_row_batch *b)
{
    for (size_t i = 0; i < b->rows; i++) {
        row_work row = {.classes = b->classes,
                        .scores = row_at(b->scores, i),
                        .target = row_at(b->target, i),
                        .vector = row_at(b->vector, i),
                        .label = b->label[i],
                        .params = b->params,
                        .factor = factor_of(b, i),
                        .gradient = row_at(b->gradient, i),
                        .curvature = row_at(b->curvature, i),
                        .product = row_at(b->product, i),
                        .target_gradient = row_at(b->target_gradient, i),
                        .scratch = b->scratch};
        work(&row);
        if (b->value) b->value[i] = b->class_weight[i] * row.value;
        if (row.factor == 0) clear_row(&row);
    }
}

/* Whether the rows are a single class each, one next to the other. */
static int is_single(const lk_row_batch *b)
{
    const lk_row_plane planes[] = {b->scores,    b->target,  b->vector,         b->gradient,
                                   b->curvature, b->product, b->target_gradient};
    int apart = b->classes != 1;
    for (size_t k = 0; k < sizeof planes / sizeof *planes; k++)
        apart |= planes[k].at && planes[k].step != (ptrdiff_t)sizeof(real);
    return !apart;
}

static void clear_singles(const lk_row_batch *b)
{
    char *const outputs[] = {b->gradient.at, b->curvature.at, b->product.at, b->target_gradient.at};
    const double *factor = b->factor, *weight = b->class_weight;
    size_t left_out = 0;
    for (size_t i = 0; i < b->rows; i++) left_out += weighted(factor[i], weight[i]) == 0;
    for (size_t i = 0; left_out && i < b->rows; i++) {
        if (weighted(factor[i], weight[i]) != 0) continue;
        for (size_t k = 0; k < sizeof outputs / sizeof *outputs; k++)
            if (outputs[k]) ((real *)(void *)outputs[k])[i] = 0;
    }
}

#endif
