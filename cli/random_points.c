#include "random_points.h"

#include <math.h>

double random_in_domain(lk_random *r, const lk_domain *d, double reach)
{
    if (d->kind == 2) return lk_random_bits(r) & 1 ? d->highest : d->lowest;
    double low = isfinite(d->lowest)    ? d->lowest
                 : isfinite(d->highest) ? d->highest - reach
                                        : -reach;
    double high = isfinite(d->highest)  ? d->highest
                  : isfinite(d->lowest) ? d->lowest + reach
                                        : reach;
    if (isfinite(d->lowest) && high > low + reach) high = low + reach;
    const double away = (isfinite(d->lowest) || isfinite(d->highest)) ? 0x1p-4 : 0;
    low += away;
    high -= away;
    const double steps = floor((high - low) * 0x1p12) - 1;
    return low + (1 + floor(lk_random_unit(r) * steps)) * 0x1p-12;
}

int domain_contains(const lk_domain *d, double x)
{
    if (d->kind == 2) return x == d->lowest || x == d->highest;
    return x <= d->highest && (d->kind == 1 ? x > d->lowest : x >= d->lowest);
}
