/* outliers.h: the rivals of the experiment `outliers`, and its parts. */
#ifndef LK_OUTLIERS_H
#define LK_OUTLIERS_H

#include "experiment.h"

/* What an outlier does to a fit: its pull grows with its distance, stays at a limit, or goes to 0.
 */
typedef enum pull { PULL_GROWS, PULL_LIMITED, PULL_VANISHES } pull;

enum {
    SQUARED,
    ABSOLUTE,
    HUBER,
    SMOOTH,
    LOG_COSH,
    QUANTILE,
    EPSILON,
    PSEUDO,
    CAUCHY,
    WELSCH,
    GEMAN,
    TUKEY,
    BARRON,
    RIVALS
};
typedef struct rival {
    const char *name;
    lk_loss loss;
    int n_params;
    double params[2]; /* for noise of variance 1 */
    pull pull;
} rival;
extern const rival rivals[RIVALS];

/* The linear model with the least mean loss. */
lk_status outlier_fit(const rival *r, const lk_dataset *data, lk_model **out);

/* Of the losses whose pull is one of `pulls`, a mask of 1 << pull: the one with the largest mean.
 */
int outlier_worst(const measurement of[RIVALS], unsigned pulls);
enum { LIMITED = 1 << PULL_LIMITED, VANISHING = 1 << PULL_VANISHES };

lk_status outlier_efficiency(experiment *x); /* what the robust losses cost without outliers */
lk_status outlier_lines(experiment *x);      /* made data: outliers in y, and in x */
lk_status outlier_patients(experiment *x);   /* the diabetes data with some targets spoiled */

#endif
