/* random_points.h: seeded points of a loss's domain. */
#ifndef LK_CLI_RANDOM_POINTS_H
#define LK_CLI_RANDOM_POINTS_H

#include "losskit_learn.h"

/* A number of the domain, a multiple of 2^-12 within `reach` of 0 or of the domain's finite end:
 * sums and differences of such numbers are exact. It keeps a sixteenth away from a finite end,
 * where a loss may have a pole; except where the ends are all there is. */
double random_in_domain(lk_random *r, const lk_domain *d, double reach);

int domain_contains(const lk_domain *d, double x);

#endif
