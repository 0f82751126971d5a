/* measure.h: the errors of the library over the points of one case. */
#ifndef LK_TEST_MEASURE_H
#define LK_TEST_MEASURE_H

#include <stddef.h>

#include "cases.h"

/* What was found of one output. */
typedef struct record {
    const accuracy_case *which;
    const format *format;
    enum truth_output output;
    double params[LK_MAX_PARAMS];
    size_t points, failures;
    double bound;         /* without the share of the condition number */
    double worst, excess; /* largest error; largest error - 0.5 condition number */
    double input, target; /* where the latter is */
    double auxiliary;
    size_t exempt;       /* points judged by an exception */
    double exempt_worst; /* error over the exception's factor */
} record;

extern const char *const output_names[TRUTH_OUTPUTS];

/* The library's results; rows of outputs that the loss does not have are NULL. */
typedef struct results {
    size_t n;
    double *input, *target, *auxiliary, *out[TRUTH_OUTPUTS];
} results;

/* The parameters in full, as the library rounds them. */
void measure_params(const accuracy_case *c, const format *f, double *params);

int measure_results(const accuracy_case *c, const format *f, size_t n, results *r);
void measure_free(results *r);

/* Fills one record per defined output and returns how many. Failures are printed. */
int measure_case(const accuracy_case *c, const format *f, size_t n, int fma, record *records);

#endif
