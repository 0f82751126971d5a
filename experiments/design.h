/* design.h: the matrix X of a linear model, whose rows are those of a data set, and the products
 * that its gradient and Hessian are made of. */
#ifndef LK_DESIGN_H
#define LK_DESIGN_H

#include "experiment.h"

/* Dense rows with one feature more, which is always 1: its weight is the bias. */
lk_status design_with_constant(const lk_dataset *data, lk_dataset *out);

/* scores [rows, n] = X Wᵀ, weights [n, features]. */
lk_status design_scores(const lk_dataset *data, int64_t n, const double *weights, double *scores);
/* gradient [n, features] = Sᵀ X, slopes [rows, n]. */
lk_status design_gradient(const lk_dataset *data, int64_t n, const double *slopes,
                          double *gradient);
/* hessian [features, features] = Xᵀ diag(bends) X, bends [rows]. */
lk_status design_hessian(const lk_dataset *data, const double *bends, double *hessian);

/* Rows of a set to train on, with one feature more, which is always 1. */
lk_status design_rows(experiment *x, const char *name, lk_scale scale, lk_dataset *out);
/* Trains a linear model without bias. Outputs may be NULL: weights [outputs, features], scores
 * [rows, outputs], probabilities [rows, classes]. */
lk_status design_train(const lk_dataset *data, lk_loss loss, double l2, double *weights,
                       double *scores, double *probabilities);

/* sum of a b; of a², when both are the same */
double dot_product(int64_t n, const double *a, const double *b);
/* The largest |a - b|; NaN when one is. */
double largest_difference(int64_t n, const double *a, const double *b);

#endif
