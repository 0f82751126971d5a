/* feature_reference.h: the losses over features straight from their definitions, in long double,
 * and derivatives of the reduced loss by central differences. Shares nothing with the library. */
#ifndef LK_TESTS_FEATURE_REFERENCE_H
#define LK_TESTS_FEATURE_REFERENCE_H

#include "losskit.h"
#include "support/rng.h"

enum { FEATURE_ROWS = 48, FEATURE_SIZE = 40, FEATURE_CLASSES = 7 };
enum { FEATURE_X, FEATURE_OTHER, FEATURE_NEGATIVE, FEATURE_CENTERS, FEATURE_POINTS };

typedef struct features {
    lk_loss loss;
    double params[LK_MAX_PARAMS];
    int64_t n, d, classes;
    double point[FEATURE_POINTS][FEATURE_ROWS * FEATURE_SIZE];
    int64_t label[FEATURE_ROWS]; /* center, supervised_contrastive; -100: no part */
    double y[FEATURE_ROWS];      /* contrastive, cosine_embedding */
    double weight[FEATURE_ROWS], upstream[FEATURE_ROWS];
} features;

/* Random points, targets of the loss, presets, weights and upstream gradients of 1. */
void features_make(features *f, lk_loss loss, int64_t n, int64_t d, uint64_t seed);
int features_has_labels(lk_loss loss);
double random_normal(rng *r);

long double feature_value(const features *f, int64_t row); /* not weighted */
int feature_counts(const features *f, int64_t row);
/* Sum of upstream * weight * value over divisor. */
long double feature_objective(const features *f, double divisor);
double feature_slope(features *f, int which, int64_t element, double divisor);
double feature_bend(features *f, int64_t element, double divisor); /* of x */

/* The arrays of a call, f64 or another dtype, contiguous; every output that the loss takes. */
typedef struct feature_call {
    lk_call call;
    lk_result result;
    int dtype;
    int64_t points_shape[2], centers_shape[2], rows;
    lk_tensor input, other, negative, centers, target, weight, upstream;
    lk_tensor value, gradient, curvature, other_gradient, negative_gradient, center_step;
    double in[FEATURE_POINTS][FEATURE_ROWS * FEATURE_SIZE]; /* room for the widest dtype */
    double out[6][FEATURE_ROWS * FEATURE_SIZE];
    double row_out[FEATURE_ROWS], y[FEATURE_ROWS], w[FEATURE_ROWS], u[FEATURE_ROWS];
} feature_call;
enum {
    FEATURE_GRADIENT,
    FEATURE_OTHER_GRADIENT,
    FEATURE_NEGATIVE_GRADIENT,
    FEATURE_CURVATURE,
    FEATURE_STEP
};

void feature_call_make(feature_call *c, const features *f, int dtype);
lk_status feature_call_run(feature_call *c, const features *f);
double feature_out(const feature_call *c, int which, int64_t element);
double feature_row_value(const feature_call *c, int64_t row);

#endif
