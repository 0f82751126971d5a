/* remedy.h: what is done about a rare class, and linear models trained so. */
#ifndef LK_REMEDY_H
#define LK_REMEDY_H

#include "losskit_learn.h"

typedef enum remedy {
    REMEDY_NONE, /* cross-entropy */
    REMEDY_OVER,
    REMEDY_UNDER,
    REMEDY_SMOTE,
    REMEDY_NOISE,
    REMEDY_CLASS_WEIGHTS,
    REMEDY_EFFECTIVE,
    REMEDY_BALANCED,
    REMEDY_FOCAL,
    REMEDY_FOCAL_BALANCED,
    REMEDY_ENSEMBLE,
    REMEDY_ANOMALY,
    REMEDIES
} remedy;

const char *remedy_name(remedy which);
/* Scores of what is above 0 is taken for class 1. */
lk_status remedy_train(remedy which, const lk_dataset *data, double l2, uint64_t seed,
                       lk_model **out);
/* A linear model with a pointwise loss; the training ends close to the optimum. */
lk_status remedy_linear(const lk_dataset *data, lk_loss loss, const double *params, int n_params,
                        double l2, lk_model **out);

#endif
