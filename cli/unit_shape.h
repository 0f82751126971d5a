/* unit_shape.h: the shape of what a loss has one value for. */
#ifndef LK_CLI_UNIT_SHAPE_H
#define LK_CLI_UNIT_SHAPE_H

#include "losskit.h"

/* The shape of `value`: of the elements, rows, groups, rows of features or sequences; `call` has
 * the class axis, the grouping and the flag LK_BATCH_FIRST. Returns the number of dimensions. */
int unit_shape(lk_loss loss, const lk_call *call, int ndim, const int64_t *shape, int64_t *units);

#endif
