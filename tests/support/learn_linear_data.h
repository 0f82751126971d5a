/* learn_linear_data.h: the data and problems of tests/conformance/linear_problems.txt. */
#ifndef LK_TEST_LEARN_LINEAR_DATA_H
#define LK_TEST_LEARN_LINEAR_DATA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "losskit_learn.h"

enum { MOST_ROWS = 100, MOST_FEATURES = 10, MOST_CASES = 400, MOST_COEFFICIENTS = 20 };
enum { TARGET_NUMBER, TARGET_POSITIVE, TARGET_TWO, TARGET_THREE, TARGETS };

typedef struct linear_case {
    char loss[64], text[256];
    int target, weighted;
    lk_bias bias;
    double l1, l2, params[LK_MAX_PARAMS];
    int n_params;
    double tolerance, objective;
    int n_x;
    double x[MOST_COEFFICIENTS];
} linear_case;

typedef struct linear_data {
    int64_t rows, features;
    double x[MOST_ROWS * MOST_FEATURES], target[TARGETS][MOST_ROWS], weight[MOST_ROWS];
    int n_cases;
    linear_case cases[MOST_CASES];
} linear_data;

/* cmocka's group fixtures: *state is the linear_data. */
int linear_setup(void **state);
int linear_teardown(void **state);

/* The numbers of the model's array of that name; NULL: it has none. */
const double *array_of(const lk_model *m, const char *wanted);

lk_dataset linear_dataset(const linear_data *data, const linear_case *problem, int sparse);
/* The features with a target of classes (2 or 3), or of numbers (0), and no weights. */
lk_dataset linear_rows(const linear_data *data, int target, int sparse);

#endif
