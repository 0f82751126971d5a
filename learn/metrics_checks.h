/* metrics_checks.h: what the metrics share. */
#ifndef LK_LEARN_METRICS_CHECKS_H
#define LK_LEARN_METRICS_CHECKS_H

#include <stdint.h>

#include "losskit_learn.h"

/* Each answers LK_OK or has told what is wrong. */
/* n and what it counts, and the weights; *total receives their sum. */
lk_status lk_check_samples(int64_t n, const double *weight, double *total);
lk_status lk_check_labels(const char *what, int64_t n, int64_t classes, const int64_t *labels);
/* [n, columns], none NaN. */
lk_status lk_check_scores(int64_t n, int64_t columns, const double *scores);
/* [n, columns], all from `lowest` to `highest`; `what` is their name. */
lk_status lk_check_range(const char *what, int64_t n, int64_t columns, const double *numbers,
                         double lowest, double highest);

static inline double lk_weight_of(const double *weight, int64_t i)
{
    return weight ? weight[i] : 1;
}

typedef struct lk_place {
    double value;
    int64_t index;
} lk_place;
/* Ascending; equal values in the order of the indices. */
void lk_sort_places(lk_place *places, int64_t n);

/* The mean of a loss without parameters other than `params`, weighted. */
lk_status lk_mean_loss(lk_loss loss, const double *params, int n_params, const lk_tensor *input,
                       const lk_tensor *target, const double *weight, double *mean);

#endif
