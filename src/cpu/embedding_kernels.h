/* embedding_kernels.h: what the kernels of every instruction set offer to the engine of the losses
 * over features, row by row. */
#ifndef LK_EMBEDDING_KERNELS_H
#define LK_EMBEDDING_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "similarity_kernels.h"

/* The points of one row and where its results go; outputs that are NULL are not computed. An
 * output may not be an input. */
typedef struct lk_feature_row {
    const void *input, *other, *negative; /* contiguous reals */
    void *gradient, *other_gradient, *negative_gradient, *curvature;
    double target;
    double scale; /* of the derivatives; 0: they are 0 whatever the points are */
    double value; /* out: not scaled */
} lk_feature_row;

typedef struct lk_feature_span {
    size_t n, d; /* rows of d features */
    lk_feature_row *rows;
    const double *params;
    int add;      /* to what the outputs hold */
    double floor; /* smallest curvature, before it is scaled; -inf: none */
} lk_feature_span;

typedef void lk_feature_kernel(const lk_feature_span *span);

typedef struct lk_embedding_kernels {
    lk_feature_kernel *const *rows; /* by id */
    /* sum += center - x, in double; then real step = factor * sum. */
    void (*depart)(size_t d, const void *center, const void *x, double *sum);
    void (*settle)(size_t d, const double *sum, double factor, void *step);
    const lk_similarity_kernels *similarity;
} lk_embedding_kernels;

#endif
