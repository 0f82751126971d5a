/* image_pairs.h: every two rows of a set as a pair, and how well their distance tells whether they
 * are of the same class. */
#ifndef LK_IMAGE_PAIRS_H
#define LK_IMAGE_PAIRS_H

#include "losskit_learn.h"

typedef struct pairs {
    int64_t n;
    double *distance;
    int64_t *similar; /* 1: of the same class */
} pairs;

double pair_distance(const double *a, const double *b, int64_t numbers);

/* points [rows, numbers] stand for the rows. out is to be freed after a failure, too. */
lk_status pairs_of(const lk_dataset *data, int64_t numbers, const double *points, pairs *out);
void pairs_free(pairs *p);

/* The distances of one kind, in their order; how many. */
int64_t pairs_select(const pairs *p, int similar, double *distance);
double pairs_mean(const pairs *p, int similar);

/* How often a similar pair is nearer than a dissimilar one. */
lk_status pairs_auc(const pairs *p, double *auc);

/* The share of rows whose nearest other row is of their class. */
double pairs_nearest(const lk_dataset *data, int64_t numbers, const double *points);

#endif
