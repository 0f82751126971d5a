/* truth_robust.c: exact robust losses of the residual r, through u = (r / scale)^2. */
#include "truth_losses.h"

static num one(void) { return n_of(1); }

/* The weight psi(r) / r of reweighted least squares, and the bound of the curvature. */
static void set_weight(truth *t, num weight, num upper)
{
    t->out[TRUTH_FISHER] = weight;
    t->out[TRUTH_UPPER] = upper;
}

/* A function of r / s, s the scale. */
void truth_tukey_biweight(truth *t)
{
    const num c = t->p[0], s = t->auxiliary, r = n_div(t->u, s), sixth = n_div(n_sqr(c), n_of(6));
    const num u = n_sqr(n_div(r, c)), flat = n_div(one(), n_sqr(s));
    if (!n_less(u, one())) {
        truth_set(t, sixth, n_of(0), n_of(0));
        set_weight(t, n_of(0), flat);
        return;
    }
    const num rest = n_sub(one(), u), five = n_mul(n_of(5), u);
    /* 1 - (1 - u)^3 multiplied out */
    const num cubic = n_mul(u, n_add(n_sub(n_of(3), n_mul(n_of(3), u)), n_sqr(u)));
    truth_set(t, n_mul(sixth, cubic), n_div(n_mul(r, n_sqr(rest)), s),
              n_mul(flat, n_mul(rest, n_sub(one(), five))));
    t->term[TRUTH_GRADIENT] = n_div(n_mul(r, rest), s);
    /* of 1 - 6 u + 5 u^2 */
    t->term[TRUTH_CURVATURE] = n_mul(flat, n_max(one(), n_mul(n_of(6), u)));
    set_weight(t, n_mul(flat, n_sqr(rest)), flat);
    t->term[TRUTH_FISHER] = n_mul(flat, rest);
}

void truth_pseudo_huber(truth *t)
{
    const num d = t->p[0], r = t->u, u = n_sqr(n_div(r, d)), root = n_sqrt(n_add(one(), u));
    const num rise = n_div(u, n_add(root, one())); /* root - 1 */
    truth_set(t, n_mul(n_sqr(d), rise), n_div(r, root), n_div(one(), n_mul(root, n_sqr(root))));
    set_weight(t, n_div(one(), root), one());
}

void truth_charbonnier(truth *t)
{
    const num e = t->p[0], r = t->u, square = n_add(n_sqr(r), n_sqr(e)), root = n_sqrt(square);
    truth_set(t, root, n_div(r, root), n_div(n_sqr(e), n_mul(root, square)));
    set_weight(t, n_div(one(), root), n_div(one(), e));
}

void truth_cauchy(truth *t)
{
    const num c = t->p[0], r = t->u, u = n_sqr(n_div(r, c)), w = n_div(one(), n_add(one(), u));
    truth_set(t, n_half(n_mul(n_sqr(c), n_log1p(u))), n_mul(r, w),
              n_mul(n_sub(one(), u), n_sqr(w)));
    t->term[TRUTH_CURVATURE] = n_mul(n_max(one(), u), n_sqr(w));
    set_weight(t, w, one());
}

void truth_welsch(truth *t)
{
    const num c = t->p[0], r = t->u, u = n_sqr(n_div(r, c)), w = n_exp(n_neg(u));
    truth_set(t, n_neg(n_half(n_mul(n_sqr(c), n_expm1(n_neg(u))))), n_mul(r, w),
              n_mul(w, n_sub(one(), n_twice(u))));
    t->term[TRUTH_CURVATURE] = n_mul(w, n_max(one(), n_twice(u)));
    set_weight(t, w, one());
}

void truth_geman_mcclure(truth *t)
{
    const num r = t->u, u = n_sqr(r), w = n_div(one(), n_add(one(), u));
    truth_set(t, n_half(n_mul(u, w)), n_mul(r, n_sqr(w)),
              n_mul(n_sub(one(), n_mul(n_of(3), u)), n_mul(w, n_sqr(w))));
    t->term[TRUTH_CURVATURE] = n_mul(n_max(one(), n_mul(n_of(3), u)), n_mul(w, n_sqr(w)));
    set_weight(t, n_sqr(w), one());
}

/* The three limits of the general loss: alpha = 2, 0 and -infinity; u = (r/c)^2. */
static void barron_limit(truth *t, double alpha, num u, num weight)
{
    const num r = t->u, w = n_div(one(), n_add(one(), n_half(u))), e = n_exp(n_neg(n_half(u)));
    if (alpha > 1) {
        truth_set(t, n_half(u), n_mul(r, weight), weight);
        set_weight(t, weight, weight);
    } else if (alpha > -1) {
        truth_set(t, n_log1p(n_half(u)), n_mul(weight, n_mul(r, w)),
                  n_mul(weight, n_mul(n_sub(one(), n_half(u)), n_sqr(w))));
        t->term[TRUTH_CURVATURE] = n_mul(weight, n_mul(n_max(one(), n_half(u)), n_sqr(w)));
        set_weight(t, n_mul(weight, w), weight);
    } else {
        truth_set(t, n_neg(n_expm1(n_neg(n_half(u)))), n_mul(weight, n_mul(r, e)),
                  n_mul(weight, n_mul(e, n_sub(one(), u))));
        t->term[TRUTH_CURVATURE] = n_mul(weight, n_mul(e, n_max(one(), u)));
        set_weight(t, n_mul(weight, e), weight);
    }
}

/* f = (d / alpha) (s^(alpha/2) - 1) with d = |alpha - 2|, s = u / d + 1. */
void truth_barron(truth *t)
{
    const double alpha = mpfr_get_d(t->p[0], MPFR_RNDN);
    const num a = t->p[0], c = t->p[1], r = t->u, u = n_sqr(n_div(r, c));
    const num weight = n_div(one(), n_sqr(c));
    if (alpha == 2 || alpha == 0 || mpfr_inf_p(a)) {
        barron_limit(t, alpha, u, weight);
        return;
    }
    const num d = n_abs(n_sub(a, n_of(2))), log_s = n_log1p(n_div(u, d));
    const num s = n_add(one(), n_div(u, d)), half = n_half(a);
    const num slope = n_exp(n_mul(n_sub(half, one()), log_s));
    const num bend = n_exp(n_mul(n_sub(half, n_of(2)), log_s));
    const num factor = n_add(s, alpha < 2 ? n_neg(u) : u); /* s + (alpha - 2) u / d */
    truth_set(t, n_mul(n_div(d, a), n_expm1(n_mul(half, log_s))), n_mul(weight, n_mul(r, slope)),
              n_mul(weight, n_mul(bend, factor)));
    t->term[TRUTH_CURVATURE] = n_mul(weight, n_mul(bend, n_max(s, u)));
    set_weight(t, n_mul(weight, slope), weight);
}
