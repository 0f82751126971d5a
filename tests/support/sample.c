#include "support/sample.h"

#include <math.h>
#include <string.h>

enum { MOST_IDS = 64 };

lk_loss next_loss(lk_loss id)
{
    for (int k = (int)id + 1; k < MOST_IDS; k++)
        if (lk_loss_describe((lk_loss)k) && lk_loss_describe((lk_loss)k)->kind == LK_KIND_POINTWISE)
            return (lk_loss)k;
    return (lk_loss)0;
}

int is_statistic(const lk_parameter *parameter, double value)
{
    static const char *const words[] = {"auto", "mad", "mad_per_row"};
    for (int k = 0; k < 2; k++)
        for (int w = 0; parameter->named[k].name && w < 3; w++)
            if (value == parameter->named[k].value && !strcmp(parameter->named[k].name, words[w]))
                return 1;
    return 0;
}

static double middle(const lk_parameter *p)
{
    if (p->lowest <= 1 && p->highest > 1) return 1;
    return p->lowest + (p->highest - p->lowest) / 4;
}

void plain_params(const lk_loss_info *info, double *params)
{
    for (int k = 0; k < info->n_params; k++) {
        const lk_parameter *p = &info->params[k];
        params[k] = is_statistic(p, p->preset) ? middle(p) : p->preset;
    }
}

static double representable(double x) { return x > 3e38 ? 3e38 : x < -3e38 ? -3e38 : x; }

int extreme_params(const lk_loss_info *info, int choice, double *params)
{
    plain_params(info, params);
    for (int k = 0; k < info->n_params; k++) {
        const lk_parameter *p = &info->params[k];
        double values[5] = {params[k], representable(p->lowest), representable(p->highest)};
        int n = 3;
        for (int s = 0; s < 2; s++)
            if (p->named[s].name && !is_statistic(p, p->named[s].value))
                values[n++] = p->named[s].value;
        params[k] = values[choice % n];
        choice /= n;
    }
    return choice == 0;
}

int in_domain(const lk_domain *d, double x)
{
    if (isnan(x)) return 1;
    if (d->kind == 2) return x == d->lowest || x == d->highest;
    return (d->kind == 1 ? x > d->lowest : x >= d->lowest) && x <= d->highest;
}

double draw(const lk_domain *d, rng *r, int fraction_bits)
{
    const int64_t one = (int64_t)1 << fraction_bits, wide = 8 * one;
    if (d->kind == 2) return rng_below(r, 2) ? d->highest : d->lowest;
    const double unit = 1 / (double)one;
    if (isinf(d->lowest)) return (double)(rng_below(r, 2 * wide) - wide) * unit;
    const int64_t open = d->kind == 1;
    if (isinf(d->highest) || d->highest > 1e6)
        return d->lowest + (double)(rng_below(r, wide - open) + open) * unit;
    return d->lowest +
           (d->highest - d->lowest) * ((double)(rng_below(r, one + 1 - open) + open) * unit);
}

int has_target_gradient(const lk_loss_info *info)
{
    return info->target_gradient_tex || info->traits & LK_DISTANCE_BASED;
}
