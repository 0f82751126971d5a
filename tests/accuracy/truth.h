/* truth.h: what every pointwise loss is, in 300-bit arithmetic, for given floating-point inputs. */
#ifndef LK_TEST_TRUTH_H
#define LK_TEST_TRUTH_H

#include "losskit.h"
#include "numbers.h"

enum truth_output {
    TRUTH_VALUE,
    TRUTH_GRADIENT,
    TRUTH_CURVATURE,
    TRUTH_FISHER,
    TRUTH_UPPER,
    TRUTH_TARGET,    /* gradient of the target */
    TRUTH_AUXILIARY, /* gradient of the auxiliary input */
    TRUTH_OUTPUTS
};

typedef struct truth {
    num input, target, auxiliary;
    num u; /* the loss's axis: residual, margin or input */
    num p[LK_MAX_PARAMS];
    num out[TRUTH_OUTPUTS];  /* NULL: not defined */
    num term[TRUTH_OUTPUTS]; /* where terms cancel: the largest of them; otherwise NULL */
} truth;

/* One element as the library saw it: every number exactly as it was after rounding to the type. */
typedef struct truth_point {
    double input, target, auxiliary;
    double params[LK_MAX_PARAMS];
} truth_point;

/* The truth with the axis moved by the relative amount 2^shift (0: not moved; -100: for a
 * difference quotient). The numbers last until numbers_reset(). */
truth truth_at(lk_loss loss, const truth_point *point, int sign, long shift);

/* |f'(u) u| of one output: the difference quotient of 2^-100. */
num truth_sensitivity(lk_loss loss, const truth_point *point, const truth *at,
                      enum truth_output output);

typedef void truth_function(truth *t);
/* NULL where there is none. */
truth_function *truth_of(lk_loss loss);

static inline void truth_set(truth *t, num value, num gradient, num curvature)
{
    t->out[TRUTH_VALUE] = value;
    t->out[TRUTH_GRADIENT] = gradient;
    t->out[TRUTH_CURVATURE] = curvature;
}

/* L(m) and its derivatives as derivatives with respect to the score. */
static inline void truth_set_margin(truth *t, num value, num slope, num curvature)
{
    truth_set(t, value, n_mul(t->target, slope), curvature);
}

#endif
