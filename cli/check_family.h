/* check_family.h: losses over rows, regions, features and sequences, checked on small random
 * problems. */
#ifndef LK_CLI_CHECK_FAMILY_H
#define LK_CLI_CHECK_FAMILY_H

#include "check.h"
#include "random_problem.h"

#define FAMILY_BIT(argument) (1u << LK_ARG_##argument)

/* What a problem may have beyond its data. */
enum {
    FAMILY_UNWEIGHTED = 1, /* no weights, class weights, upstream gradient or mask */
    FAMILY_NORMALIZED = 2, /* rows of scores are logarithms of probabilities */
};

/* Problems that each property is tried on: as many as give about c->n numbers. */
int family_problems(const check *c);
/* A new one, in f64, of c's loss and variant, with random numbers, reduction and optional inputs.
 */
int family_draw(check *c, random_problem *p, int options);
/* The inputs that the problem was drawn with. */
uint32_t family_inputs(const random_problem *p);
/* The same problem with these outputs, and the vector only where it is multiplied. */
void family_attach(random_problem *p, uint32_t outputs);
/* Whether the loss has the output with these parameters: some have it with the presets alone. */
int family_supports(const check *c, random_problem *p, lk_argument_id output);
/* Computes these outputs and the result; a failure is that of the check. */
void family_evaluate(check *c, random_problem *p, uint32_t outputs);
/* The number whose derivatives the gradients are. */
double family_objective(check *c, random_problem *p);

/* The kinds of targets, the groupings, or the orders of frames and sequences, that the loss
 * accepts. Returns how many. */
int family_variants(check *c, int *variants, int most);
/* Whether the loss accepts the parameters and the variant. */
int family_accepts(check *c);
/* Has the problems drawn from now on be of the variant. */
void family_choose(check *c, int variant);

extern const property family_properties[]; /* ends with a NULL name */

check_function family_gradient, family_target_gradient, family_auxiliary_gradient;
check_function family_weights_gradient, family_bias_gradient, family_other_gradient;
check_function family_negative_gradient, family_curvature, family_hessian_vector;
check_function family_symmetric, family_convex, family_bounded, family_lipschitz;
check_function family_twin_swapped, family_twin_shifted;
check_function family_differentiable, family_proper, family_ignored, family_finite;

#endif
