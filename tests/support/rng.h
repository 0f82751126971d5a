/* rng.h: a random generator of integers, the same on every machine. */
#ifndef LK_TESTS_RNG_H
#define LK_TESTS_RNG_H

#include <stddef.h>
#include <stdint.h>

typedef struct rng {
    uint64_t state;
} rng;

/* Steele, Lea and Flood's SplitMix64. */
static inline uint64_t rng_next(rng *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* 0 .. n - 1 */
static inline int64_t rng_below(rng *r, int64_t n)
{
    return (int64_t)((rng_next(r) >> 33) % (uint64_t)n);
}

#endif
