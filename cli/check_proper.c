/* check_proper.c: a proper loss is least, in expectation, at one prediction for each mean of the
 * targets: a larger one for a larger mean, whatever else the distribution of the targets is. */
#include "check.h"

#include <math.h>

enum { MEANS = 15, HALVINGS = 200 };

/* Two targets and the probability of the second. */
typedef struct coin {
    double targets[2], p;
} coin;

static double expected_slope(check *c, const coin *k, double x)
{
    const double inputs[2] = {x, x}, a[2] = {1, 1};
    double g[2];
    check_probe(c, 2, inputs, k->targets, a, &(probe){.gradient = g});
    return (1 - k->p) * g[0] + k->p * g[1];
}

static double best_input(check *c, const coin *k)
{
    const lk_domain *d = &c->info->input_domain;
    double low = isfinite(d->lowest) ? d->lowest : -64,
           high = isfinite(d->highest) ? d->highest : 64;
    for (int i = 0; i < HALVINGS; i++) {
        const double middle = 0.5 * (low + high);
        if (expected_slope(c, k, middle) > 0)
            high = middle;
        else
            low = middle;
    }
    return 0.5 * (low + high);
}

/* Two coins of the same mean: the second with its sides closer together, where targets may. */
static void make_coins(const lk_domain *d, double share, coin *wide, coin *narrow)
{
    const double low = isfinite(d->lowest) ? d->lowest + (d->kind == 1) : -2;
    const double high = isfinite(d->highest) ? d->highest : low + 4,
                 mean = low + share * (high - low);
    *wide = (coin){{low, high}, share};
    *narrow = d->kind == 2 ? *wide : (coin){{0.5 * (low + mean), 0.5 * (high + mean)}, share};
}

double check_proper(check *c)
{
    double last = -HUGE_VAL, worst = 0;
    for (int i = 1; i <= MEANS; i++) {
        coin wide, narrow;
        make_coins(&c->info->target_domain, (double)i / (MEANS + 1), &wide, &narrow);
        const double x = best_input(c, &wide), other = best_input(c, &narrow);
        worst = fmax(worst, fabs(x - other) / (1 + fabs(x)));
        if (!(x > last + 1e-6)) worst = 1;
        last = x;
    }
    return worst;
}
