/* sums.h: the reduced sum against the exact sum of the rounded values. */
#ifndef LK_TEST_SUMS_H
#define LK_TEST_SUMS_H

#include "float_format.h"
#include "losskit.h"

/* Values of both signs and all magnitudes (poisson) or of one sign; n elements. Returns the error
 * over the sum of magnitudes, or -1 when the library refuses. */
double sums_error(lk_loss loss, const format *f, int64_t n);

#endif
