/* softmax_row.h: the row engine's softmax for engines that take a row at a time. */
#ifndef LK_SOFTMAX_ROW_H
#define LK_SOFTMAX_ROW_H

#include "pointwise_kernels.h"

/* log p of a score a is (a - maximum) - log_sum, with log_sum = log(sum LK_ROW_SUM_SCALE) - offset.
 */
typedef struct lk_softmax_sums {
    double maximum, offset;
    double sum; /* of the exponentials: p is e / sum */
} lk_softmax_sums;

/* e may be the scores, or NULL: only the sums. A sum of NaN: no distribution. */
lk_softmax_sums lk_softmax_row(const lk_kernel_table *kernels, size_t classes, const void *scores,
                               void *e);

/* From e, with inverse = 1 / (sum LK_ROW_SUM_SCALE) or what stands for it, so that p = e 2^-60
 * inverse: slope p to the gradient, slope p (1 - p) + square p^2 to the curvature, the factors
 * times inverse. Outputs may be NULL, the gradient may be e. */
void lk_softmax_derive(const lk_kernel_table *kernels, size_t classes, void *e, double inverse,
                       double slope, double square, void *gradient, void *curvature);

#endif
