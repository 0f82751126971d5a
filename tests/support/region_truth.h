/* region_truth.h: losses over regions by their definitions, in long double and without haste. */
#ifndef LK_TESTS_REGION_TRUTH_H
#define LK_TESTS_REGION_TRUTH_H

#include <stddef.h>

#include "losskit.h"

/* The loss of one group of n elements. */
long double region_truth(lk_loss loss, const double *params, size_t n, const long double *input,
                         const long double *target);

/* The group of the element with this C-order index, and the number of groups. */
int64_t region_group_of(lk_grouping grouping, int ndim, const int64_t *shape, int64_t index);
int64_t region_groups(lk_grouping grouping, int ndim, const int64_t *shape);

#endif
