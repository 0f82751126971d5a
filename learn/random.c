#include <math.h>

#include "losskit_learn.h"

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t lk_random_bits(lk_random *random) { return mix(random->state += 0x9e3779b97f4a7c15u); }

double lk_random_unit(lk_random *random)
{
    return (double)(lk_random_bits(random) >> 11) * 0x1p-53;
}

/* Box and Muller's transformation; the second number of the pair is left, so that the state is one
 * word. */
double lk_random_normal(lk_random *random)
{
    const double radius = sqrt(-2 * log(1 - lk_random_unit(random)));
    return radius * cos(6.28318530717958647692 * lk_random_unit(random));
}

/* Draws above the last multiple of n would favour small numbers: they are drawn again. */
int64_t lk_random_below(lk_random *random, int64_t n)
{
    const uint64_t range = (uint64_t)n, reject = (0 - range) % range;
    uint64_t bits;
    do bits = lk_random_bits(random);
    while (bits < reject);
    return (int64_t)(bits % range);
}

void lk_random_shuffle(lk_random *random, int64_t n, int64_t *items)
{
    for (int64_t i = n - 1; i > 0; i--) {
        const int64_t j = lk_random_below(random, i + 1), item = items[i];
        items[i] = items[j];
        items[j] = item;
    }
}

uint64_t lk_random_stream(uint64_t seed, uint64_t index)
{
    return mix(mix(seed + 0x9e3779b97f4a7c15u) ^ mix(index * 0xd1342543de82ef95u + 1));
}
