/* trial.h: what several experiments need: data divided and scaled, models scored, losses along a
 * line. */
#ifndef LK_TRIAL_H
#define LK_TRIAL_H

#include "losskit_learn.h"

/* Rows to train on and rows that the training does not see. */
typedef struct trial_data {
    lk_dataset train, test;
} trial_data;
/* Divides the rows, stratified by class, `test` of them for the test; features are scaled by what
 * the training rows tell. On failure out is empty. */
lk_status trial_split(const lk_dataset *data, double test, lk_scale scale, uint64_t seed,
                      trial_data *out);
void trial_free(trial_data *data); /* leaves it empty */

/* An empty set of rows with dense features, one target each, no weights: to be filled in. */
lk_status trial_rows(int64_t rows, int64_t features, int64_t classes, lk_dataset *out);

/* The share of rows whose class is right. */
lk_status trial_accuracy(const lk_model *model, const lk_dataset *data, double *accuracy);

/* A model's tensor by name; a failure when it has none. */
lk_status trial_tensor(const lk_model *model, const char *name, lk_tensor *out);
/* How far predictions are from the numbers that were to be predicted. */
lk_status trial_regression(const lk_model *model, const lk_dataset *data, lk_regression *errors);

/* The Euclidean length of one of the model's tensors: "weight" of a linear model. */
lk_status trial_length(const lk_model *model, const char *wanted, double *length);

/* A pointwise loss at each of n inputs, all of the same target; outputs may be NULL. */
lk_status trial_curve(lk_loss loss, const double *params, int n_params, int64_t n,
                      const double *input, double target, double *value, double *gradient,
                      double *curvature);
/* n equally spaced numbers, both ends among them. */
void trial_grid(double from, double to, int64_t n, double *at);

#endif
