/* cases.h: the parameters that every loss is tried with, and the errors that are promised. */
#ifndef LK_TEST_CASES_H
#define LK_TEST_CASES_H

#include "float_format.h"
#include "truth.h"

typedef struct accuracy_case {
    lk_loss loss;
    int n_params; /* 0: the defaults */
    double params[LK_MAX_PARAMS];
} accuracy_case;

extern const accuracy_case accuracy_cases[];
extern const int n_accuracy_cases;

/* A range of |axis| where the rounding of a subnormal number is multiplied by a factor: there the
 * error may be `bound` times that factor, in units of the smallest subnormal at least. */
typedef struct accuracy_exception {
    lk_loss loss;
    enum truth_output output;
    int bits;
    double low; /* low <= |u| */
    double (*factor)(const truth_point *point);
    double bound;
    const char *factor_text, *reason;
} accuracy_exception;

extern const accuracy_exception accuracy_exceptions[];
extern const int n_accuracy_exceptions;

/* The bound in ULP without the share of the condition number. */
double accuracy_bound(lk_loss loss, const double *params, enum truth_output output, const format *f,
                      int fma);
/* The same in words. */
extern const char accuracy_bound_text[];

#endif
