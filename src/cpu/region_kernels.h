/* region_kernels.h: what the kernels of every instruction set offer to the engine of this family.
 */
#ifndef LK_REGION_KERNELS_H
#define LK_REGION_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "pointwise_kernels.h"

enum { LK_REGION_SUMS = 3 };

/* Contiguous elements of one group, of the computation type. Outputs that are NULL are not
 * computed. */
typedef struct lk_region_span {
    size_t n;
    const void *input, *target; /* target NULL, norms only: 0 */
    int logits, squared;        /* of the ratio losses: input is a logit; k = 2 */
    /* the group's jet, in the order of region_jet without its value (ratio losses) */
    double by_both, by_input, by_target, by_both_both, by_both_input, by_input_input;
    double shrink, inverse; /* l2_norm: a power of two, and 1 / (shrink * norm) or 0 */
    double scale, curvature_scale;
    void *gradient, *curvature, *target_gradient;
} lk_region_span;

/* Adds to LK_LANES lanes for each sum of the group; element i to lane i % LK_LANES. Nonzero when a
 * number is outside the loss's domain. */
typedef int lk_region_sum(const lk_region_span *span, double (*lanes)[LK_LANES]);
typedef void lk_region_slopes(const lk_region_span *span);

typedef struct lk_region_kernels {
    lk_region_sum *overlap_sums; /* I, P, G */
    lk_region_sum *l1_sums;      /* |r| */
    lk_region_sum *l2_sums;      /* (shrink r)^2 */
    lk_region_slopes *overlap_slopes, *l1_slopes, *l2_slopes;
    /* The value of a ratio loss from the sums of its group, and the jet. In the f64 tables only;
     * here so that its arithmetic, too, is the same on every set with fused multiply-add. */
    double (*ratio)(int id, const double *sums, const double *params, lk_region_span *jet);
} lk_region_kernels;

#endif
