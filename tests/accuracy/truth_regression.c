/* truth_regression.c: exact regression losses of the residual r = prediction - target, and of a
 * logarithm of the prediction. */
#include "truth_losses.h"

static num sign_of(num r) { return n_of(n_sign(r) > 0 ? 1 : n_sign(r) < 0 ? -1 : 0); }

void truth_squared_error(truth *t)
{
    const num k = n_of(n_sign(t->p[0]) > 0 ? 0.5 : 1);
    truth_set(t, n_mul(k, n_sqr(t->u)), n_twice(n_mul(k, t->u)), n_twice(k));
    t->out[TRUTH_FISHER] = t->out[TRUTH_UPPER] = n_twice(k);
}

void truth_absolute_error(truth *t) { truth_set(t, n_abs(t->u), sign_of(t->u), n_of(0)); }

void truth_huber(truth *t)
{
    const num delta = t->p[0], r = t->u, a = n_abs(r);
    if (n_less(a, delta)) {
        truth_set(t, n_half(n_sqr(r)), r, n_of(1));
        t->out[TRUTH_FISHER] = n_of(1);
    } else {
        truth_set(t, n_mul(delta, n_sub(a, n_half(delta))), n_mul(delta, sign_of(r)), n_of(0));
        t->out[TRUTH_FISHER] = n_div(delta, a);
    }
    t->out[TRUTH_UPPER] = n_of(1);
}

void truth_smooth_l1(truth *t)
{
    const num beta = t->p[0], r = t->u, a = n_abs(r);
    if (n_less(a, beta)) {
        const num curvature = n_div(n_of(1), beta);
        truth_set(t, n_div(n_sqr(r), n_twice(beta)), n_div(r, beta), curvature);
    } else {
        truth_set(t, n_sub(a, n_half(beta)), sign_of(r), n_of(0));
    }
    t->out[TRUTH_FISHER] = n_div(n_of(1), n_max(a, beta));
    t->out[TRUTH_UPPER] = n_div(n_of(1), beta);
}

void truth_log_cosh(truth *t)
{
    const num r = t->u, a = n_abs(r), e = n_exp(n_twice(n_neg(a)));
    /* cosh^2 = 1 + sinh^2 keeps small residuals, the second form spares large ones. */
    const num s = n_half(n_sub(n_exp(n_min(a, n_of(2))), n_exp(n_neg(n_min(a, n_of(2))))));
    const num near = n_half(n_log1p(n_sqr(n_less(a, n_of(1e-20)) ? a : s)));
    const num far = n_sub(n_add(a, n_log1p(e)), n_ln2());
    const num tanh = n_tanh(n_max(n_of(-1e6), n_min(r, n_of(1e6))));
    const num sech2 = n_div(n_mul(n_of(4), e), n_sqr(n_add(n_of(1), e)));
    truth_set(t, n_less(a, n_of(2)) ? near : far, tanh, sech2);
    t->out[TRUTH_FISHER] = n_sign(r) ? n_div(tanh, r) : n_of(1);
    t->out[TRUTH_UPPER] = n_of(1);
}

void truth_quantile(truth *t)
{
    const num q = t->p[0], r = t->u, over = n_sub(n_of(1), q);
    const num slope = n_sign(r) > 0 ? over : n_sign(r) < 0 ? n_neg(q) : n_of(0);
    truth_set(t, n_mul(slope, r), slope, n_of(0));
}

void truth_expectile(truth *t)
{
    const num tau = t->p[0], r = t->u, w = n_sign(r) > 0 ? n_sub(n_of(1), tau) : tau;
    truth_set(t, n_mul(w, n_sqr(r)), n_twice(n_mul(w, r)), n_twice(w));
    t->out[TRUTH_FISHER] = n_twice(w);
    t->out[TRUTH_UPPER] = n_twice(n_max(tau, n_sub(n_of(1), tau)));
}

void truth_epsilon_insensitive(truth *t)
{
    const num excess = n_sub(n_abs(t->u), t->p[0]);
    const int out = n_sign(excess) > 0;
    truth_set(t, out ? excess : n_of(0), out ? sign_of(t->u) : n_of(0), n_of(0));
}

void truth_squared_log_error(truth *t)
{
    const num lx = n_log1p(t->input), ly = n_log1p(t->target), d = n_sub(lx, ly);
    const num slope = n_div(n_of(1), n_add(n_of(1), t->input));
    truth_set(t, n_sqr(d), n_twice(n_mul(d, slope)),
              n_twice(n_mul(n_sqr(slope), n_sub(n_of(1), d))));
    t->term[TRUTH_CURVATURE] = n_twice(n_mul(n_sqr(slope), n_max(n_of(1), n_abs(d))));
    t->out[TRUTH_FISHER] = n_twice(n_sqr(slope));
    t->out[TRUTH_TARGET] = n_neg(n_twice(n_div(d, n_add(n_of(1), t->target))));
}

void truth_poisson(truth *t)
{
    const num z = t->u, y = t->target, rate = n_exp(z), linear = n_mul(y, z);
    num value = n_sub(rate, linear), term = n_max(rate, n_abs(linear));
    t->out[TRUTH_TARGET] = n_neg(z);
    if (n_sign(t->p[0]) > 0 && n_less(n_of(1), y)) {
        const num ylogy = n_mul(y, n_log(y));
        const num half_log = n_half(n_log(n_mul(n_twice(n_pi()), y)));
        value = n_add(value, n_add(n_sub(ylogy, y), half_log));
        term = n_max(term, n_max(ylogy, y));
        const num rise = n_add(n_log(y), n_div(n_of(0.5), y));
        t->out[TRUTH_TARGET] = n_sub(rise, z);
        t->term[TRUTH_TARGET] = n_max(rise, n_abs(z));
    }
    truth_set(t, value, n_sub(rate, y), rate);
    t->out[TRUTH_FISHER] = rate;
    t->term[TRUTH_VALUE] = term;
    t->term[TRUTH_GRADIENT] = n_max(rate, y);
}

void truth_gaussian_nll(truth *t)
{
    const num r = t->u, v = n_max(t->auxiliary, t->p[0]), fit = n_div(n_sqr(r), v);
    num value = n_half(n_add(n_log(v), fit));
    num term = n_half(n_max(n_abs(n_log(v)), fit));
    if (n_sign(t->p[1]) > 0) {
        const num constant = n_half(n_log(n_twice(n_pi())));
        value = n_add(value, constant);
        term = n_max(term, constant);
    }
    const num w = n_div(n_of(1), v);
    truth_set(t, value, n_div(r, v), w);
    t->out[TRUTH_FISHER] = t->out[TRUTH_UPPER] = w;
    t->term[TRUTH_VALUE] = term;
    t->out[TRUTH_AUXILIARY] = n_half(n_mul(w, n_sub(n_of(1), fit)));
    t->term[TRUTH_AUXILIARY] = n_half(n_mul(w, n_max(n_of(1), fit)));
}

void truth_gamma(truth *t)
{
    const num z = t->u, decay = n_mul(t->target, n_exp(n_neg(z)));
    truth_set(t, n_add(z, decay), n_sub(n_of(1), decay), decay);
    t->term[TRUTH_VALUE] = n_max(n_abs(z), decay);
    t->term[TRUTH_GRADIENT] = n_max(n_of(1), decay);
    t->out[TRUTH_FISHER] = n_of(1);
    t->out[TRUTH_TARGET] = n_exp(n_neg(z));
}

void truth_tweedie(truth *t)
{
    const num z = t->u, y = t->target, p = t->p[0];
    const num a = n_sub(n_of(1), p), b = n_sub(n_of(2), p);
    const num down = n_mul(y, n_exp(n_mul(a, z))), up = n_exp(n_mul(b, z));
    const num left = n_div(n_neg(down), a), right = n_div(up, b);
    truth_set(t, n_add(left, right), n_sub(up, down), n_sub(n_mul(b, up), n_mul(a, down)));
    t->term[TRUTH_GRADIENT] = n_max(up, down);
    t->out[TRUTH_FISHER] = up;
    t->out[TRUTH_TARGET] = n_neg(n_div(n_exp(n_mul(a, z)), a));
}
