/* cholesky.h: the Cholesky factor of a covariance. */
#ifndef LK_LEARN_CHOLESKY_H
#define LK_LEARN_CHOLESKY_H

#include <stdint.h>

/* c [n, n], of which the lower triangle is read, becomes L with L L^T = c and zeros above. Returns
 * -1, or the first row that follows from those before it, to rounding; c then holds neither. The
 * same bits for any number of threads. */
int64_t lk_cholesky(int64_t n, double *c);

#endif
