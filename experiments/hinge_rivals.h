/* hinge_rivals.h: the parts of the experiment. */
#ifndef LK_HINGE_RIVALS_H
#define LK_HINGE_RIVALS_H

#include "experiment.h"

/* A linear model with C = 1 of the soft-margin machine: l2 = 1 / rows. */
lk_status train_soft_margin(const lk_dataset *data, lk_loss loss, lk_model **model);

lk_status ramp_against_hinge(experiment *x);

#endif
