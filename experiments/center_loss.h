/* center_loss.h: what the parts of the experiment center_loss share. */
#ifndef LK_CENTER_LOSS_H
#define LK_CENTER_LOSS_H

#include "experiment.h"

/* The section on the loss alone, whose features are pixels. */
lk_status center_loss_parts(experiment *x, const lk_dataset *digits);

#endif
