/* cases.h: the parameters that every loss is tried with, and the errors that are promised. */
#ifndef LK_TEST_CASES_H
#define LK_TEST_CASES_H

#include "format.h"
#include "truth.h"

typedef struct accuracy_case {
    lk_loss loss;
    int n_params; /* 0: the defaults */
    double params[LK_MAX_PARAMS];
} accuracy_case;

extern const accuracy_case accuracy_cases[];
extern const int n_accuracy_cases;

/* Where the mathematics forbids the bound of the class: a range of |axis| and of an output. */
typedef struct accuracy_exception {
    lk_loss loss;
    enum truth_output output;
    double low, high; /* low <= |u| <= high */
    double bound;
    const char *reason;
} accuracy_exception;

extern const accuracy_exception accuracy_exceptions[];
extern const int n_accuracy_exceptions;

/* The bound in ULP without the share of the condition number. */
double accuracy_bound(lk_loss loss, const double *params, enum truth_output output, int fma);

#endif
