/* region_losses.h: how losses of regions are related, and what they make of an empty one. */
#ifndef LK_REGION_LOSSES_H
#define LK_REGION_LOSSES_H

#include "experiment.h"

/* probability [predictions, images, pixels], truth [images, pixels] */
lk_status show_region_identities(experiment *x, int64_t predictions, int64_t images, int64_t pixels,
                                 const double *probability, const double *truth);

#endif
