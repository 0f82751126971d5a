/* reference.h: what the engine must give, computed slowly: each element by a call of its own, then
 * weights, upstream gradient, accumulation and reduction in plain C, rounded step by step to the
 * computation type. */
#ifndef LK_TESTS_REFERENCE_H
#define LK_TESTS_REFERENCE_H

#include "losskit.h"

enum { OUT_VALUE, OUT_GRADIENT, OUT_CURVATURE, OUT_TARGET, OUT_AUXILIARY, OUTPUTS };
enum { JETS = OUTPUTS + 2 }; /* then the Fisher and the upper curvature */

/* Random data of a loss's domain and the unreduced results of each element alone. */
typedef struct pool {
    lk_loss loss;
    const lk_loss_info *info;
    double params[LK_MAX_PARAMS];
    int dtype; /* f32 or f64, of all arrays */
    int64_t n;
    void *input, *target, *auxiliary, *weight, *upstream; /* auxiliary NULL: the parameter */
    void *jets[JETS];
} pool;

typedef struct request {
    lk_reduction reduction;
    lk_curvature mode;
    uint32_t flags;
    double ignore_target, curvature_floor;
    int weighted;
    int upstream;     /* 0: none, 1: one number, 2: an array */
    unsigned outputs; /* bits 1 << OUT_... */
    int32_t ndim;     /* 0: a vector; otherwise shape, of n elements */
    int64_t shape[4];
} request;

typedef struct outcome {
    void *out[OUTPUTS];
    lk_result result;
} outcome;

/* auxiliary: nonzero to have the third input as an array, for losses that have one. */
pool *pool_new(lk_loss loss, int dtype, int64_t n, int auxiliary, uint64_t seed);
void pool_free(pool *p);
/* Computes the jets again after the data was changed; elements outside the domain get none. */
void pool_refresh(pool *p);

/* All outputs that the loss can give in this mode; 0 when it lacks the mode. */
unsigned possible_outputs(const lk_loss_info *info, lk_curvature mode);

outcome *outcome_new(int dtype, int64_t n);
void outcome_free(outcome *o);
/* Numbers to accumulate to, the same for every outcome. */
void outcome_reset(outcome *o, int dtype, int64_t n);

/* By the reference and by the library, on the first n elements of the pool. */
void expect(const pool *p, const request *r, int64_t n, outcome *o);
lk_status evaluate(const pool *p, const request *r, int64_t n, outcome *o);

/* Fails the test where the two differ in a bit. */
void compare(const pool *p, const request *r, int64_t n, const outcome *want, const outcome *got,
             const char *what);

#endif
