/* equivalences.h: the parts of the experiment `equivalences`, each in a file of its own. */
#ifndef LK_EQUIVALENCES_H
#define LK_EQUIVALENCES_H

#include "experiment.h"

/* In the order of the report. */
lk_status show_logistic_regression(experiment *x);
lk_status show_softmax_regression(experiment *x);
lk_status show_weighting(experiment *x);
lk_status show_support_vectors(experiment *x);
lk_status show_boosting(experiment *x);
lk_status show_perceptron(experiment *x);
lk_status show_two_classes(experiment *x);
lk_status show_divergence(experiment *x);
lk_status show_large_margin(experiment *x);
lk_status show_huber_limits(experiment *x);
lk_status show_overlaps(experiment *x);

#endif
