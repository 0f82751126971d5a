/* feature_plane.h: networks whose last hidden layer has two units, so that what they make of an
 * image is a point in a plane. */
#ifndef LK_FEATURE_PLANE_H
#define LK_FEATURE_PLANE_H

#include "experiment.h"

enum { DIGITS = 10 };

/* Images of digits, and how networks are trained on them. */
typedef struct image_set {
    const char *name;  /* of the data */
    const char *title; /* of the experiment's section; NULL: it has none */
    lk_scale scale;
    double test; /* the share of rows that is held out */
    int64_t units[2];
    int64_t epochs, batch;
    int seeds;
    int64_t shown; /* most points in a figure */
} image_set;

/* Hidden layers of set->units with PReLU, and a third of two linear units; Adam, whose learning
 * rate falls to 0. out's options point into out and to the objective; the caller may change them.
 */
enum { PLANE_LAYERS = 3 };
typedef struct plane_network {
    lk_layer layers[PLANE_LAYERS];
    lk_mlp_options options;
} plane_network;
void plane_network_of(const image_set *set, const lk_objective *objective, int n_objective,
                      uint64_t seed, plane_network *out);

/* The points of all rows, [rows, 2]; free(). */
lk_status plane_points(const lk_model *model, const lk_dataset *data, double **points);

/* The mean point of each digit, all of which occur. */
void plane_middles(const lk_dataset *data, const double *points, double middle[DIGITS][2]);

/* A figure of the first rows' points, each drawn as its digit. */
lk_status plane_scatter(experiment *x, const figure_look *look, const lk_dataset *data,
                        const double *points, int64_t shown);

/* The share of values in each of `bins` equal intervals, those beyond the ends in the outermost
 * ones; at: the middles. */
void plane_histogram(int64_t n, const double *values, double from, double to, int bins, double *at,
                     double *share);

#endif
