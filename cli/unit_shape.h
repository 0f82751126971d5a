/* unit_shape.h: the shape of what a loss has one value for. */
#ifndef LK_CLI_UNIT_SHAPE_H
#define LK_CLI_UNIT_SHAPE_H

#include "losskit.h"

/* The shape of `value`: of the elements, rows, groups or rows of features; `call` has the class
 * axis and the grouping. Returns the number of dimensions. */
int unit_shape(lk_loss loss, const lk_call *call, int ndim, const int64_t *shape, int64_t *units);

#endif
