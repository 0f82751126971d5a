/* margin_angles.h: angles between features in a plane and the weights of their classes. */
#ifndef LK_MARGIN_ANGLES_H
#define LK_MARGIN_ANGLES_H

#include "feature_plane.h"

typedef struct angles {
    double weights[DIGITS][2]; /* of the classes' scores */
    double *points;            /* [rows, 2] */
    double *own;               /* [rows] degrees between the feature and the weights of its class */
    double *margin;            /* [rows] how much farther those of the nearest other class are */
} angles;
/* a is to be freed after a failure, too. */
lk_status angles_of(const lk_model *model, const lk_dataset *data, angles *a);
void angles_free(angles *a);

/* The largest difference between large-margin softmax with m = 1 and softmax cross-entropy, of any
 * row, relative to losses above 1. */
lk_status angles_against_softmax(const lk_dataset *data, angles *a, double *most);

#endif
