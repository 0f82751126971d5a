/* imbalance.h: the parts of the experiment with a class of one row in a hundred. */
#ifndef LK_IMBALANCE_H
#define LK_IMBALANCE_H

#include "experiment.h"
#include "rare_class.h"
#include "remedy.h"

/* Curves of a few remedies, and what a recall and a precision are, on one division of the data. */
lk_status imbalance_curves(experiment *x, const rare_data *data, double l2, const char *roc_title,
                           const char *roc_alt, const char *pr_title, const char *pr_alt);
lk_status imbalance_definitions(experiment *x, const rare_data *data, double l2);

/* Scores of the rows, by a model trained with a remedy; to be freed. NULL on failure. */
lk_status imbalance_scores(remedy which, const rare_data *data, const lk_dataset *rows, double l2,
                           uint64_t seed, double **scores);

#endif
