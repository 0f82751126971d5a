/* points.h: the numbers that a loss is tried at, chosen by what can go wrong there. */
#ifndef LK_TEST_POINTS_H
#define LK_TEST_POINTS_H

#include <stddef.h>

#include "float_format.h"
#include "losskit.h"

/* Fills n points within the loss's domain. */
void points_fill(const lk_loss_info *info, const double *params, const format *f, size_t n,
                 double *input, double *target, double *auxiliary);

#endif
