/* large_margin.h: what the parts of the experiment large_margin share. */
#ifndef LK_LARGE_MARGIN_H
#define LK_LARGE_MARGIN_H

#include "feature_plane.h"

enum { MARGINS = 4 };   /* m = 1 to 4 */
enum { LAMBDA = 1000 }; /* of the first step, as the authors have it */

/* The training's lambda, which mixes the plain score into that of the label, falls from `first` to
 * `lowest`. */
typedef struct margin_schedule {
    double first, lowest;
    int64_t epochs;
} margin_schedule;
lk_status margin_train(const image_set *set, const lk_dataset *data, int m,
                       const margin_schedule *schedule, uint64_t seed, lk_model **model);

/* The section on a small lambda from the start. */
lk_status margin_start(experiment *x, const image_set *set, const lk_dataset *all);

#endif
