/* row_kernels.h: what the kernels of every instruction set offer to the engine of losses over rows
 * of class scores.
 *
 * Scores come as a tile, lane r of class c at [c * rows + r] with rows a multiple of LK_LANES (few
 * classes: the lanes are rows), or as one contiguous row (many classes: the lanes are classes).
 * Forward turns scores a into e = 2^60 exp(a - max + offset) and sums; a stage, always in double,
 * turns the sums of each row into its value and the coefficients of its derivatives; backward turns
 * e into those.
 *
 * With p the softmax and y the label, every loss of this kind has
 *     gradient_j  = A p_j - T_j,
 *     Hessian     = E (diag p - p p') + F (e_y - p)(e_y - p)' + G p p',
 * T being the targets (with weights), or only an entry at y. */
#ifndef LK_ROW_KERNELS_H
#define LK_ROW_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "pointwise_kernels.h"

/* Sums over the classes of each row. `rest` leaves out the label, so that the probability of all
 * other classes keeps its accuracy however small it is; without a label it is the whole sum. */
typedef struct lk_row_sums {
    double *maximum, *offset; /* offset: the maximum less what e is relative to, in [-0.4, 0.4] */
    double *rest;
    double *label_exp, *label_shift;   /* e_y, a_y - max; rows with labels only */
    double *target_sum, *target_shift; /* sum of T_j, of T_j (max - a_j); dense targets only */
    double *vector_sum, *label_vector; /* sum of e_j v_j without the label, v_y; or NULL */
} lk_row_sums;

/* Of each row; times the row's factor. Those of the curvature are filled on request only. */
typedef struct lk_row_coefficients {
    double *gradient;                  /* times e_j */
    double *label_gradient;            /* the gradient at the label */
    double *target;                    /* times T_j */
    double *diagonal, *outer, *square; /* E, F q / rest, G: over the sum of e */
    double *inverse_sum, *inverse_rest;
    double *label_curvature;
    double *shift, *constant, *label_product; /* the Hessian times a vector: v - shift, constant */
} lk_row_coefficients;

typedef struct lk_row_tile {
    size_t rows, classes;
    void *scores;         /* forward: replaced by e; backward: e */
    const void *target;   /* T; NULL: labels */
    const void *vector;   /* NULL: no product asked for */
    const int64_t *label; /* of each row; NULL: none */
    int offset;           /* rows without labels: sums.offset may differ from 0, which is faster */
    void *gradient, *curvature, *product; /* NULL: not asked for; gradient may be scores, product
                                             vector and curvature target */
} lk_row_tile;

/* What a stage works on: arrays of n rows. */
typedef struct lk_row_stage {
    size_t n;
    const double *params;
    double z_loss;
    const double *class_weight, *factor; /* of each row: weight of its label, everything else */
    lk_row_sums sums;
    lk_row_coefficients out;
    double *value, *log_sum; /* value: without the factor */
    int curvature, product;
} lk_row_stage;

typedef void lk_row_stage_kernel(const lk_row_stage *stage);

/* A tensor of rows that are contiguous each; the next row is `step` bytes on. */
typedef struct lk_row_plane {
    char *at; /* NULL: absent, or not asked for */
    ptrdiff_t step;
} lk_row_plane;

/* Rows of a loss that is no function of the label's likelihood alone. */
typedef struct lk_row_batch {
    size_t rows, classes;
    lk_row_plane scores, target, vector;
    lk_row_plane upstream; /* of softmax and log_softmax, and there for them only */
    lk_row_plane out;      /* softmax: the probabilities or their logarithms */
    lk_row_plane given;    /* the same of a call before: scores are absent */
    lk_row_plane gradient, curvature, product, target_gradient;
    const double *params;
    const int64_t *label;                /* these of each row */
    const double *factor, *class_weight; /* their product times the derivatives */
    double *value;                       /* out: times the class weight; NULL: not asked for */
    void *scratch;                       /* classes reals; of a function a group of rows */
} lk_row_batch;
typedef void lk_row_kernel(const lk_row_batch *batch);

#define LK_ROW_SUM_SCALE 0x1p-60 /* turns sums of e into sums of exp(a - max + offset) */

/* Rows of a function that are worked on together, and the reals from one to the next. */
enum { LK_GROUP_ROWS = 32, LK_GROUP_REALS = 2048 };
static inline size_t lk_group_pitch(size_t classes)
{
    return (classes + LK_LANES - 1) / LK_LANES * LK_LANES;
}
static inline size_t lk_group_rows(size_t classes)
{
    const size_t fit = LK_GROUP_REALS / lk_group_pitch(classes);
    return fit < 1 ? 1 : fit < LK_GROUP_ROWS ? fit : LK_GROUP_ROWS;
}

enum { LK_ROW_SLOTS = 64 };
enum { LK_TILE_ROWS = 256 }; /* at most */

typedef struct lk_row_kernels {
    void (*forward)(const lk_row_tile *tile, const lk_row_sums *sums);
    void (*backward)(const lk_row_tile *tile, const lk_row_coefficients *coefficients);
    /* rows is 1; scores stay as they are, e goes to `e` (may be scores; NULL: only the sums) */
    void (*forward_row)(const lk_row_tile *row, void *e, const lk_row_sums *sums);
    void (*backward_row)(const lk_row_tile *row, const lk_row_coefficients *coefficients);
    /* T = w_c ((1 - smoothing) t + smoothing / unmasked classes) in place; a tile or, rows 1, a
     * row. all: spread over the masked classes too. */
    void (*smooth)(const lk_row_tile *tile, void *target, const void *class_weight,
                   double smoothing, int all);
    /* Targets that may be logarithms: t in place, and sum of t log t of each row. */
    void (*entropy)(size_t rows, size_t classes, void *target, int is_log, double *entropy);
    /* k tanh(a / k) in place with its tanh; then the derivatives through it. Masks stay. */
    void (*cap)(size_t n, void *scores, double k, void *tanh);
    void (*cap_vector)(size_t n, const void *tanh, void *vector);
    void (*uncap)(size_t n, double k, const void *tanh, const void *vector, void *gradient,
                  void *curvature, void *product);
    /* The gradient of cross-entropy (kind 0), KL divergence (1) or KL divergence with logarithms of
     * targets (2), in place of a copy of the scores. */
    void (*target_gradient)(const lk_row_tile *tile, void *scores, const void *target,
                            const void *class_weight, double kept, int kind, const double *maximum,
                            const double *log_sum, const double *factor);
    /* n rows, each contiguous and `step` reals behind the one before, to the first n lanes of a
     * tile, and back. */
    void (*to_tile)(size_t n, size_t classes, const void *from, ptrdiff_t step, void *tile,
                    size_t rows);
    void (*from_tile)(size_t n, size_t classes, const void *tile, size_t rows, void *to,
                      ptrdiff_t step);
    lk_row_kernel *const *row; /* by id: the losses that are not of the form above */
    /* in the f64 tables only */
    lk_row_stage_kernel *const *label_stage; /* by id */
    lk_row_stage_kernel *dense_stage;        /* cross-entropy with targets T */
} lk_row_kernels;

#endif
