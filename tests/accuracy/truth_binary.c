/* truth_binary.c: exact losses of a logit z or a probability p against a target t in [0, 1]. */
#include "truth_losses.h"

/* w t softplus(-z) + v (1 - t) softplus(z) with the weights yes = w t and no = v (1 - t). */
static void weighted_cross_entropy(truth *t, num yes, num no, num w, num v)
{
    const num z = t->u, sure = n_sigmoid(z), doubt = n_sigmoid(n_neg(z));
    const num up = n_mul(no, sure), down = n_mul(yes, doubt);
    truth_set(t, n_add(n_mul(yes, n_softplus(n_neg(z))), n_mul(no, n_softplus(z))), n_sub(up, down),
              n_mul(n_add(yes, no), n_mul(sure, doubt)));
    t->term[TRUTH_GRADIENT] = n_max(up, down);
    t->out[TRUTH_UPPER] = n_mul(n_add(yes, no), n_of(0.25));
    t->out[TRUTH_FISHER] = n_mul(n_add(n_mul(v, doubt), n_mul(w, sure)), n_mul(sure, doubt));
    const num gain = n_mul(w, n_softplus(n_neg(z))), loss = n_mul(v, n_softplus(z));
    t->out[TRUTH_TARGET] = n_sub(gain, loss);
    t->term[TRUTH_TARGET] = n_max(gain, loss);
}

void truth_sigmoid_cross_entropy(truth *t)
{
    const num one = n_of(1), w = t->auxiliary, keep = n_sub(one, t->p[1]);
    const num soft = n_add(n_mul(t->target, keep), n_half(t->p[1]));
    weighted_cross_entropy(t, n_mul(w, soft), n_sub(one, soft), w, one);
    t->out[TRUTH_TARGET] = n_mul(keep, t->out[TRUTH_TARGET]);
    t->term[TRUTH_TARGET] = n_mul(keep, t->term[TRUTH_TARGET]);
}

void truth_balanced_sigmoid_cross_entropy(truth *t)
{
    const num beta = t->auxiliary, rest = n_sub(n_of(1), beta);
    weighted_cross_entropy(t, n_mul(beta, t->target), n_mul(rest, n_sub(n_of(1), t->target)), beta,
                           rest);
}

/* Logarithms no lower than -100; no denominator is smaller than 1e-12. */
void truth_binary_cross_entropy(truth *t)
{
    const num p = t->u, y = t->target, q = n_sub(n_of(1), p), other = n_sub(n_of(1), y);
    const num floor = n_of(-100), lp = n_max(n_log(p), floor), lq = n_max(n_log1p(n_neg(p)), floor);
    const num least = n_of(1e-12), denominator = n_max(n_mul(p, q), least);
    const num p1 = n_max(p, least), q1 = n_max(q, least);
    truth_set(t, n_neg(n_add(n_mul(y, lp), n_mul(other, lq))), n_div(n_sub(p, y), denominator),
              n_add(n_div(y, n_sqr(p1)), n_div(other, n_sqr(q1))));
    t->out[TRUTH_FISHER] = n_div(n_of(1), denominator);
    t->out[TRUTH_TARGET] = n_sub(lq, lp);
    t->term[TRUTH_TARGET] = n_neg(n_min(lp, lq));
}

void truth_sigmoid_focal(truth *t)
{
    const num g = t->p[0], alpha = t->p[1], one = n_of(1);
    const int positive = n_sign(t->target) > 0;
    const num u = positive ? t->u : n_neg(t->u);
    const num weight = n_sign(alpha) < 0 ? one : positive ? alpha : n_sub(one, alpha);
    const num p = n_sigmoid(u), q = n_sigmoid(n_neg(u)), ce = n_softplus(n_neg(u));
    /* q^gamma, where log q = -softplus(u) */
    const num fade = n_mul(weight, n_exp(n_neg(n_mul(g, n_softplus(u)))));
    const num plogp = n_neg(n_mul(p, ce)), slope = n_sub(n_mul(g, plogp), q);
    const num grow = n_mul(q, n_add(n_sub(one, n_mul(g, ce)), g));
    const num bend = n_sub(grow, n_mul(g, slope));
    truth_set(t, n_mul(fade, ce), n_mul(fade, positive ? slope : n_neg(slope)),
              n_mul(n_mul(fade, p), bend));
    const num terms =
        n_max(n_max(n_mul(q, n_mul(g, ce)), n_mul(q, n_add(one, g))), n_abs(n_mul(g, slope)));
    t->term[TRUTH_CURVATURE] = n_mul(n_mul(fade, p), terms);
    t->out[TRUTH_FISHER] = n_mul(n_mul(fade, p), n_sub(q, n_mul(g, plogp)));
}
