/* points.c: see points.h. */
#include "points.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static uint64_t random_state;
static uint64_t random_bits(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * 0x2545f4914f6cdd1du;
}

static double uniform(double low, double high)
{
    return low + (high - low) * ((double)(random_bits() >> 11) * 0x1p-53);
}

static double signed_at_random(double x) { return random_bits() >> 63 ? x : -x; }

/* Magnitudes spread evenly over powers of two. */
static double log_uniform(double low, double high) { return exp2(uniform(low, high)); }

/* Any bit pattern: the index counts through all of them in equal strides. */
static double pattern(const format *f, size_t i, size_t n)
{
    const uint64_t at = (uint64_t)((double)i / (double)n * 0x1p53) << 11;
    const uint64_t bits = at + (random_bits() >> 20);
    if (f->bits == 24) {
        const uint32_t word = (uint32_t)(bits >> 32);
        float x;
        memcpy(&x, &word, sizeof x);
        return (double)x;
    }
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static int inside(const lk_domain *d, double x)
{
    if (!isfinite(x)) return 0;
    if (d->kind == 2) return x == d->lowest || x == d->highest;
    return (d->kind == 1 ? x > d->lowest : x >= d->lowest) && x <= d->highest;
}

/* Soft targets from both ends: 1 - t must stay as accurate as t. */
static double probability(void)
{
    switch (random_bits() % 6) {
    case 0:
        return (double)(random_bits() % 2);
    case 1:
        return log_uniform(-40, -1);
    case 2:
        return 1 - log_uniform(-30, -1);
    case 3:
        return 0.5 + signed_at_random(log_uniform(-30, -2));
    default:
        return uniform(0, 1);
    }
}

/* A number of a half-line: small, ordinary, large, and just above its end. */
static double above(double lowest)
{
    switch (random_bits() % 5) {
    case 0:
        return lowest + log_uniform(-20, 0);
    case 1:
        return lowest + log_uniform(-2, 20);
    case 2:
        return lowest + (double)(random_bits() % 12);
    case 3:
        return signed_at_random(log_uniform(-20, 4));
    default:
        return uniform(lowest, lowest + 10);
    }
}

static double any_real(void)
{
    switch (random_bits() % 6) {
    case 0:
        return 0;
    case 1:
        return 1;
    case 2:
        return signed_at_random(log_uniform(-20, 20));
    case 3:
        return signed_at_random(log_uniform(-20, 60));
    default:
        return uniform(-10, 10);
    }
}

static double of_domain(const lk_domain *d)
{
    if (d->kind == 2) return random_bits() >> 63 ? d->lowest : d->highest;
    if (d->lowest == 0 && d->highest == 1) return probability();
    if (isfinite(d->lowest)) return above(d->lowest);
    return any_real();
}

/* On the axis of the loss (residual, margin, input): where formulas bend, saturate and underflow.
 */
static double on_axis(const lk_loss_info *info, const double *params, const format *f)
{
    const double saturated = f->bits == 24 ? 20 : 40, exhausted = f->bits == 24 ? 110 : 760;
    switch (random_bits() % 9) {
    case 0:
        return signed_at_random(log_uniform(f->min_exponent - f->bits, -20));
    case 1:
        return uniform(-saturated, saturated);
    case 2:
        return uniform(-exhausted, exhausted);
    case 3:
        if (info->n_kinks > 0) {
            const lk_affine at = info->kinks[random_bits() % (uint64_t)info->n_kinks].at;
            const double kink = at.constant + (at.param < 0 ? 0 : at.factor * params[at.param]);
            if (random_bits() >> 63) return kink * (1 + signed_at_random(log_uniform(-30, -1)));
            return format_step(f, format_round(f, kink), (long)(random_bits() % 9) - 4);
        }
        return uniform(-8, 8);
    case 4:
        return signed_at_random(log_uniform(6, f->max_exponent));
    case 5:
        return uniform(-4, 4);
    default:
        return signed_at_random(log_uniform(-30, 8));
    }
}

/* Next to the target, or a few representable numbers away. */
static double near(const format *f, double target)
{
    if (random_bits() >> 63)
        return format_step(f, format_round(f, target), (long)(random_bits() % 65) - 32);
    return target * (1 + signed_at_random(log_uniform(1 - f->bits, -2)));
}

static double input_for(const lk_loss_info *info, const double *params, const format *f,
                        double target)
{
    const lk_domain *d = &info->input_domain;
    const int closed = isfinite(d->lowest);
    if (random_bits() % 8 == 0 && (closed || info->axis == LK_AXIS_RESIDUAL))
        return near(f, target);
    if (closed) return of_domain(d);
    const double u = on_axis(info, params, f);
    return info->axis == LK_AXIS_RESIDUAL ? target + u
           : info->axis == LK_AXIS_MARGIN ? target * u
                                          : u;
}

void points_fill(const lk_loss_info *info, const double *params, const format *f, size_t n,
                 double *input, double *target, double *auxiliary)
{
    random_state = 0x9e3779b97f4a7c15u;
    const lk_domain none = {0, 1, 0}, *third = info->auxiliary ? &info->auxiliary_domain : &none;
    for (size_t i = 0, attempt = 0; i < n; attempt++) {
        target[i] = format_round(f, of_domain(&info->target_domain));
        const double x =
            attempt % 5 == 0 ? pattern(f, attempt % n, n) : input_for(info, params, f, target[i]);
        input[i] = format_round(f, x);
        const int plain = info->auxiliary_param >= 0 && random_bits() >> 63;
        const double a = plain ? params[info->auxiliary_param] : of_domain(third);
        auxiliary[i] = format_round(f, a);
        i += inside(&info->input_domain, input[i]) && inside(&info->target_domain, target[i]) &&
             inside(third, auxiliary[i]);
    }
}
