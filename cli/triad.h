/* triad.h: the machine's memory bandwidth, as what a loss could reach at best. */
#ifndef LK_CLI_TRIAD_H
#define LK_CLI_TRIAD_H

#include <stddef.h>

typedef struct triad triad;

/* a[i] = b[i] + s c[i] over arrays of n floats (wide 0) or doubles; NULL without memory
 * or threads. Each thread touches its share first. */
triad *triad_create(size_t n, int wide, int threads);
/* Seconds of one pass over all shares. */
double triad_run(triad *t);
/* The same of a plain copy a[i] = b[i]. */
double triad_copy(triad *t);
void triad_free(triad *t);

double seconds_now(void);

#endif
