/* edit_kernels.h: what the kernels of every instruction set offer to the losses over edits, in
 * double whatever the computation type: the table of the soft edit distance, strip by strip.
 *
 * A strip is up to LK_EDIT_ROWS rows of the table. All cells of an anti-diagonal are independent of
 * one another, so row r of a strip is lane r: cell (r, j), j = 1 .. columns, lies at
 * [(r + j) * LK_EDIT_ROWS + r], and an anti-diagonal is contiguous. */
#ifndef LK_EDIT_KERNELS_H
#define LK_EDIT_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum { LK_EDIT_ROWS = 64 };
/* Doubles of an array of a strip's cells. */
#define LK_EDIT_CELLS(columns) (((columns) + LK_EDIT_ROWS) * LK_EDIT_ROWS)

typedef struct lk_edit_strip {
    size_t rows, columns;
    size_t before; /* rows of the table above the strip */
    double gamma;
    /* Of each cell. substitution: in forward the probability of the column's label in the row's
     * frame, 0 where there is no cell, replaced by the weight of that edit in the soft minimum; in
     * backward the weight, replaced by the probability of that edit. deletion and insertion: the
     * weights; NULL: neither they nor those of substitutions are asked for. */
    double *deletion, *insertion, *substitution;
    /* forward: distances of the row above, [columns + 1], replaced by those of the last row */
    double *above;
    /* backward: probabilities of the edits from the row below, [columns + 1], replaced by those
     * from the first row; `last`: there is no row below, and the path ends in the last cell */
    double *below_deletion, *below_substitution;
    int last;
} lk_edit_strip;

typedef void lk_edit_pass(const lk_edit_strip *strip);

typedef struct lk_edit_kernels {
    lk_edit_pass *forward, *backward;
    /* to[k] = log(e^a[k] + e^b[k]), at least the larger of the two; -inf for two of -inf */
    void (*add_logarithms)(size_t n, const double *a, const double *b, double *to);
} lk_edit_kernels;

#endif
