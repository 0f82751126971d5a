#include "random.h"

#include <math.h>

/* splitmix64 */
uint64_t random_bits(random_source *r)
{
    uint64_t z = (r->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

double random_unit(random_source *r) { return (double)(random_bits(r) >> 11) * 0x1p-53; }

double random_in_domain(random_source *r, const lk_domain *d, double reach)
{
    if (d->kind == 2) return random_bits(r) & 1 ? d->highest : d->lowest;
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
    return low + (1 + floor(random_unit(r) * steps)) * 0x1p-12;
}

int domain_contains(const lk_domain *d, double x)
{
    if (d->kind == 2) return x == d->lowest || x == d->highest;
    return x <= d->highest && (d->kind == 1 ? x > d->lowest : x >= d->lowest);
}
