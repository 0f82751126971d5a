/* similarity_kernels.h: what the kernels of every instruction set offer to the losses that compare
 * all rows with all rows. Matrices are kept in panels of 16 rows, feature by feature: [D][16]. So
 * 16 rows run side by side, one in each lane, and no sum crosses lanes. */
#ifndef LK_SIMILARITY_KERNELS_H
#define LK_SIMILARITY_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum { LK_PANEL = 16 };

/* Of every row of one side, as reals, in whole panels: its softmax, the factor of its loss in the
 * derivatives, and the share of the probability that a pair of the same id should have. */
typedef struct lk_softmax_side {
    const void *peak, *inverse; /* largest cosine; 1 / sum of exponentials less that */
    const void *scale, *share;
    const int32_t *id; /* rows of equal id belong together */
} lk_softmax_side;

/* Cosines of the 16 rows from `row` on with n columns from `column` on. A masked pair is -inf. */
typedef struct lk_cosine_block {
    size_t n, row, column;
    const void *cosines;           /* [n][16] */
    double sharpness;              /* 1 / temperature */
    lk_softmax_side rows, columns; /* columns.scale NULL: no softmax over the rows */
} lk_cosine_block;

/* What is known of 16 rows after some of the columns. */
typedef struct lk_softmax_state {
    double peak[LK_PANEL], rest[LK_PANEL]; /* rest: the sum without the peak's own 1 */
    double wanted[LK_PANEL];               /* sum of the cosines of pairs of the same id */
} lk_softmax_state;

/* Sums over the columns that the derivatives of 16 rows need, next to products with the points. */
typedef struct lk_similarity_sums {
    double cosine[LK_PANEL]; /* of weight * cosine */
    double square[LK_PANEL]; /* of weight * cosine^2 */
} lk_similarity_sums;

/* Weights of the pairs: dL/ds; those of (ds)^2, also times the cosine; the softmax of the row. */
typedef enum lk_pair_weight {
    LK_PAIR_SLOPE,
    LK_PAIR_BEND,
    LK_PAIR_BEND_COSINE,
    LK_PAIR_SOFTMAX
} lk_pair_weight;

/* What the derivatives of 16 rows are put together from: [D][16] reals. */
typedef struct lk_similarity_parts {
    size_t d;
    const void *points;      /* the panel of the rows */
    const void *slope;       /* slope weights times points */
    const void *bend_square; /* bend weights times squares of points; NULL: no curvature */
    const void *bend_cosine, *softmax;
    double slope_cosine[LK_PANEL], bend_cosine_square[LK_PANEL], softmax_cosine[LK_PANEL];
    double inverse_length[LK_PANEL], scale[LK_PANEL], sharpness;
} lk_similarity_parts;

typedef struct lk_similarity_kernels {
    /* Row x over its norm into lane `lane` of a panel; returns 1 / norm, 0 for a row of zeros. */
    double (*pack)(size_t d, const void *x, void *panel, size_t lane);
    /* cosines[16 columns][16 rows] of two panels. */
    void (*cosines)(size_t d, const void *rows, const void *columns, void *cosines);
    /* Masks the pairs of a row with itself. */
    void (*mask)(const lk_cosine_block *block, void *cosines);
    void (*begin)(lk_softmax_state *state);
    void (*tally)(const lk_cosine_block *block, lk_softmax_state *state);
    /* Value, largest cosine and inverse of the sum, of 16 rows. */
    void (*conclude)(const lk_cosine_block *block, const lk_softmax_state *state, double *value,
                     void *peak, void *inverse);
    void (*weigh)(const lk_cosine_block *block, lk_pair_weight which, void *weights,
                  lk_similarity_sums *sums);
    /* product[D][16] += weights[n][16] times the panels of the columns (their squares). */
    void (*multiply)(size_t n, size_t d, const void *weights, const void *columns, int squares,
                     void *product);
    /* Rows [16][D]; curvature NULL: none. */
    void (*finish)(const lk_similarity_parts *parts, void *gradient, void *curvature);
} lk_similarity_kernels;

#endif
