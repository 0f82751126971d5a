/* learn_numbers.h: data sets and the numbers of tests/conformance/balance.txt, for the tests of
 * losskit_learn. What goes wrong fails the test. */
#ifndef LK_TESTS_LEARN_NUMBERS_H
#define LK_TESTS_LEARN_NUMBERS_H

#include "losskit_learn.h"

/* The numbers of this name; free() them. */
double *golden_numbers(const char *name, int64_t *count);

/* Copies of the arrays; target and weight may be NULL, classes 0. */
lk_dataset dense_data(int64_t rows, int64_t features, const double *x, const double *target,
                      const double *weight, int64_t classes);
/* The same numbers, without the zeros. */
lk_dataset sparse_data(int64_t rows, int64_t features, const double *x, const double *target,
                       const double *weight, int64_t classes);
/* Gaussian features around the class in the first one; class c has sizes[c] rows, in shuffled
 * order. */
lk_dataset random_classes(int64_t classes, const int64_t *sizes, int64_t features, uint64_t seed);
/* The same rows, sparse, without the numbers that are not above `least`. */
lk_dataset made_sparse(const lk_dataset *dense, double least);

/* |a - b| <= tolerance * max(1, |b|), both NaN, or both the same infinity. */
void assert_near(const char *what, int64_t at, double a, double b, double tolerance);
void assert_all_near(const char *what, int64_t n, const double *a, const double *b,
                     double tolerance);
/* The last sentence has the text in it. */
void assert_told(const char *text);

#endif
