/* random.h: seeded random numbers and points of a loss's domain. */
#ifndef LK_CLI_RANDOM_H
#define LK_CLI_RANDOM_H

#include "losskit.h"

#include <stddef.h>
#include <stdint.h>

typedef struct random_source {
    uint64_t state;
} random_source;

uint64_t random_bits(random_source *r);
double random_unit(random_source *r); /* [0, 1) */

/* A number of the domain, a multiple of 2^-12 within `reach` of 0 or of the domain's finite end:
 * sums and differences of such numbers are exact. It keeps a sixteenth away from a finite end,
 * where a loss may have a pole; except where the ends are all there is. */
double random_in_domain(random_source *r, const lk_domain *d, double reach);

int domain_contains(const lk_domain *d, double x);

#endif
