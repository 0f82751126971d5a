/* check.h: properties of a loss, each verified numerically through the public API. */
#ifndef LK_CLI_CHECK_H
#define LK_CLI_CHECK_H

#include "cli_error.h"
#include "losskit.h"
#include "random_points.h"

#include <stddef.h>

enum { CHECK_ROOMS = 16 };

#define CHECK_DERIVATIVE_LIMIT 1e-8

/* One loss with one setting of its parameters. */
typedef struct check {
    const lk_loss_info *info;
    lk_loss loss;
    double params[LK_MAX_PARAMS];
    int with_auxiliary; /* the third input is an array */
    int variant, soft;  /* not pointwise: the grouping; whether targets are soft */
    int is_preset;      /* the parameters are the presets */
    double break_gradient;
    lk_random random;
    size_t n; /* random points */
    double *x, *t, *a;
    double *room[CHECK_ROOMS]; /* n doubles each, for whoever computes */
    int failed;                /* the library refused: the sentence is in e */
    error *e;
} check;

/* Outputs that are NULL are not computed. */
typedef struct probe {
    double *value, *gradient, *curvature, *target_gradient, *auxiliary_gradient;
    lk_curvature mode;
} probe;

int check_allocate(check *c, size_t n, error *e);
void check_free(check *c);
/* New random points; a failure when they do not vary. */
int check_draw(check *c);
/* Evaluates n points. On failure the check has failed and the outputs are zero. */
void check_probe(check *c, size_t n, const double *x, const double *t, const double *a,
                 const probe *out);
double check_axis(const check *c, double x, double t);         /* the place on the loss's axis */
double check_input_at(const check *c, double place, double t); /* its inverse */
int check_near_kink(const check *c, double x, double t, double reach);

/* The worst error over the points, at most `limit` when the property holds. */
typedef double check_function(check *c);
typedef struct property {
    const char *name;
    int (*applies)(const lk_loss_info *info);
    check_function *worst;
    double limit;
    int once;  /* holds when it holds for one setting of the parameters */
    int trait; /* not claimed for values that have names: they are other losses in disguise */
} property;

extern const property check_properties[]; /* ends with a NULL name */

check_function check_gradient, check_curvature, check_target_gradient, check_auxiliary_gradient;
check_function check_convex, check_lipschitz, check_bounded, check_symmetric, check_distance;
check_function check_margin, check_kinks, check_jumps, check_zero_one, check_fisher, check_upper;
check_function check_proper, check_finite;

#endif
