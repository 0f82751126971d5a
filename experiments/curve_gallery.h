/* curve_gallery.h: one curve of the gallery, and what can be read off the curves. */
#ifndef LK_CURVE_GALLERY_H
#define LK_CURVE_GALLERY_H

#include "experiment.h"

/* A pointwise loss; of no parameters it has its defaults. */
typedef struct curve {
    const char *label;
    lk_loss loss;
    int n_params;
    double params[2];
} curve;
/* At n inputs, all of the same target; slope may be NULL. */
lk_status curve_values(const curve *c, int64_t n, const double *input, double target, double *value,
                       double *slope);

lk_status show_margin_curves(experiment *x);
lk_status show_regression_curves(experiment *x);

#endif
