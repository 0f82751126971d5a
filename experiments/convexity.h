/* convexity.h: the parts of the experiment `convexity`, and eigenvalues. */
#ifndef LK_CONVEXITY_H
#define LK_CONVEXITY_H

#include "experiment.h"

/* All eigenvalues of a symmetric matrix [n, n], in ascending order; the matrix is used up. */
lk_status eigenvalues(int64_t n, double *matrix, double *values);

/* The value of something at a point of n numbers. */
typedef lk_status point_function(void *context, const double *point, double *value);
/* Its Hessian [n, n] at the point, by central differences of the values. */
lk_status hessian_by_differences(int64_t n, double *point, double step, point_function *function,
                                 void *context, double *hessian);

/* How many of `of` things are so, and how many should be. */
void check_count(experiment *x, int counted, int expected, int of, const char *what);

/* In the order of the report. */
lk_status show_pointwise_curvatures(experiment *x);
lk_status show_row_hessians(experiment *x);
lk_status show_linear_hessians(experiment *x);
lk_status show_compositions(experiment *x);
lk_status show_networks(experiment *x);
lk_status show_permutation(experiment *x);

#endif
