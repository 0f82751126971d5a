/* truth_margin.c: exact losses of the margin m = y f, y = -1 or +1. */
#include "truth_losses.h"

void truth_zero_one(truth *t)
{
    const int relaxed = n_sign(t->p[0]) > 0; /* a tolerance asks for |y - f| < tolerance */
    const num miss = n_abs(n_sub(t->target, t->input));
    const int wrong = relaxed ? !n_less(miss, t->p[0]) : n_sign(t->u) < 0;
    truth_set(t, n_of(wrong), n_of(0), n_of(0));
}

void truth_logistic(truth *t)
{
    const num k = n_sign(t->p[0]) > 0 ? n_div(n_of(1), n_ln2()) : n_of(1);
    const num wrong = n_sigmoid(n_neg(t->u)), right = n_sigmoid(t->u);
    truth_set_margin(t, n_mul(k, n_softplus(n_neg(t->u))), n_neg(n_mul(k, wrong)),
                     n_mul(k, n_mul(right, wrong)));
    t->out[TRUTH_FISHER] = t->out[TRUTH_CURVATURE];
    t->out[TRUTH_UPPER] = n_mul(k, n_of(0.25));
}

static num shortfall(const truth *t) { return n_max(n_sub(n_of(1), t->u), n_of(0)); }

void truth_hinge(truth *t)
{
    truth_set_margin(t, shortfall(t), n_of(n_sign(shortfall(t)) > 0 ? -1 : 0), n_of(0));
}

void truth_squared_hinge(truth *t)
{
    const num s = shortfall(t);
    truth_set_margin(t, n_sqr(s), n_twice(n_neg(s)), n_of(n_sign(s) > 0 ? 2 : 0));
    t->out[TRUTH_FISHER] = t->out[TRUTH_CURVATURE];
    t->out[TRUTH_UPPER] = n_of(2);
}

void truth_modified_huber(truth *t)
{
    truth_squared_hinge(t);
    if (!n_less(t->u, n_of(-1))) return;
    truth_set_margin(t, n_mul(n_of(-4), t->u), n_of(-4), n_of(0));
    t->out[TRUTH_FISHER] = n_of(0);
}

void truth_ramp(truth *t)
{
    const num cap = n_sub(n_of(1), t->p[0]);
    const int sloped = n_less(t->p[0], t->u) && n_less(t->u, n_of(1));
    truth_set_margin(t, n_min(cap, shortfall(t)), n_of(sloped ? -1 : 0), n_of(0));
}

void truth_exponential(truth *t)
{
    const num e = n_exp(n_neg(t->u));
    truth_set_margin(t, e, n_neg(e), e);
    t->out[TRUTH_FISHER] = e;
}

void truth_perceptron(truth *t)
{
    const int wrong = n_sign(t->u) < 0;
    truth_set_margin(t, wrong ? n_neg(t->u) : n_of(0), n_of(wrong ? -1 : 0), n_of(0));
}
