/* bench.h: one run of measurements. */
#ifndef LK_CLI_BENCH_H
#define LK_CLI_BENCH_H

#include "cli_error.h"
#include "losskit.h"

#include <jansson.h>

typedef struct bench {
    long n, threads;    /* n: elements of the input */
    long classes, dims; /* classes 0: as many as is usual for the kind of loss */
    int dtype, small;
    double seconds;
    void *input, *target, *gradient;
    double triad, copy; /* seconds, the best pass */
} bench;

size_t bench_width(const bench *b); /* bytes of an element */

/* A loss over rows, regions, features or sequences. */
typedef struct family_timing {
    lk_loss loss;
    int64_t rows, classes, dims; /* of the problem */
    int64_t elements;            /* of the input */
    double bytes;                /* of all arrays, each once */
    double best;                 /* seconds of a call */
} family_timing;

/* Value and gradient, in turns with a plain copy. */
int bench_families(bench *b, family_timing *timings, int count, error *e);
void bench_print_families(const bench *b, const family_timing *timings, int count);
json_t *bench_family_json(const bench *b, const family_timing *timing);

#endif
