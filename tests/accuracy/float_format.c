/* float_format.c: see format.h. */
#include "float_format.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "losskit.h"

const format format_f32 = {"f32", LK_F32, 24, -125, 128, FLT_MAX};
const format format_f64 = {"f64", LK_F64, 53, -1021, 1024, DBL_MAX};

double format_round(const format *f, double x) { return f->bits == 24 ? (double)(float)x : x; }

double format_step(const format *f, double x, long steps)
{
    for (; steps > 0; steps--)
        x = f->bits == 24 ? (double)nextafterf((float)x, INFINITY) : nextafter(x, INFINITY);
    for (; steps < 0; steps++)
        x = f->bits == 24 ? (double)nextafterf((float)x, -INFINITY) : nextafter(x, -INFINITY);
    return x;
}

static long exponent_of(const format *f, num a)
{
    if (mpfr_zero_p(a)) return f->min_exponent;
    if (mpfr_inf_p(a)) return f->max_exponent;
    const long e = mpfr_get_exp(a);
    return e < f->min_exponent ? f->min_exponent : e > f->max_exponent ? f->max_exponent : e;
}

double format_error(const format *f, double got, num want, num term)
{
    if (isnan(got) || mpfr_nan_p(want)) return 1e30;
    const num end = n_scale(n_of(1), f->max_exponent);
    const num beyond = n_add(end, n_scale(end, 3 - f->bits));
    const int overflow = n_less(beyond, n_abs(want));
    if (overflow && (!isinf(got) || (got < 0) != (n_sign(want) < 0))) return 1e30;
    if (overflow) return 0;
    const num seen = isinf(got) ? got < 0 ? n_neg(end) : end : n_of(got);
    const num scale = term ? n_max(n_abs(want), n_abs(term)) : n_abs(want);
    const num difference = n_abs(n_sub(seen, want));
    const double ulps = mpfr_get_d(n_scale(difference, f->bits - exponent_of(f, scale)), MPFR_RNDN);
    return ulps < 1e30 ? ulps : 1e30;
}

double format_condition(const format *f, num u, num sensitivity, num want, num term)
{
    if (n_sign(u) == 0 || n_sign(sensitivity) == 0) return 0;
    const num scale = term ? n_max(n_abs(want), n_abs(term)) : n_abs(want);
    const num slope = n_div(sensitivity, n_abs(u));
    return mpfr_get_d(n_scale(slope, exponent_of(f, u) - exponent_of(f, scale)), MPFR_RNDN);
}
