/* contrastive_reach.h: which dissimilar pairs contrastive loss moves. */
#ifndef LK_CONTRASTIVE_REACH_H
#define LK_CONTRASTIVE_REACH_H

#include "losskit_learn.h"

typedef struct reach {
    double pairs;  /* dissimilar ones */
    double beyond; /* the largest slope of one that is at least the margin apart */
    double within; /* the share of the others that have any slope */
} reach;

/* Of all pairs of the rows, for which points [rows, 2] stand. */
lk_status reach_of(const lk_dataset *data, const double *points, double margin, reach *r);

#endif
