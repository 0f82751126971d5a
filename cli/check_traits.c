/* check_traits.c: what a loss declares of itself. */
#include "catalogue.h"
#include "check.h"

#include <float.h>
#include <math.h>

/* Relative to what is compared, absolute below 1. */
static double gap(double a, double b)
{
    return a == b ? 0 : fabs(a - b) / (1 + fmax(fabs(a), fabs(b)));
}

/* How far a lies below b. */
static double shortfall(double a, double b) { return a >= b ? 0 : gap(a, b); }

double check_convex(check *c)
{
    double *other = c->room[0], *middle = c->room[1];
    double *v[3] = {c->room[2], c->room[3], c->room[4]}, *g[2] = {c->room[5], c->room[6]};
    for (size_t i = 0; i < c->n; i++) {
        other[i] = random_in_domain(&c->random, &c->info->input_domain, i % 2 ? 24 : 2);
        middle[i] = 0.5 * (c->x[i] + other[i]);
    }
    double *curvature = c->room[7];
    check_probe(c, c->n, c->x, c->t, c->a,
                &(probe){.value = v[0], .gradient = g[0], .curvature = curvature});
    check_probe(c, c->n, other, c->t, c->a, &(probe){.value = v[1], .gradient = g[1]});
    check_probe(c, c->n, middle, c->t, c->a, &(probe){.value = v[2]});
    double worst = 0;
    for (size_t i = 0; i < c->n; i++) {
        const double up = c->x[i] < other[i] ? g[1][i] : g[0][i];
        const double down = c->x[i] < other[i] ? g[0][i] : g[1][i];
        worst = fmax(worst, shortfall(curvature[i], 0));
        worst = fmax(worst, shortfall(up, down));
        worst = fmax(worst, shortfall(0.5 * (v[0][i] + v[1][i]), v[2][i]));
    }
    return worst;
}

/* Far out, near 0, and everything between, on both sides. */
static void draw_wide(check *c, double *x)
{
    const lk_domain *d = &c->info->input_domain;
    for (size_t i = 0; i < c->n; i++) {
        const double size = exp2(60 * lk_random_unit(&c->random) - 12);
        x[i] = i % 2 ? c->x[i] : i % 4 ? size : -size;
        if (!domain_contains(d, x[i])) x[i] = c->x[i];
    }
}

/* The bound must hold, and not be absurdly loose. */
static double worst_bound(const double *y, size_t n, double bound)
{
    double most = 0, worst = 0;
    for (size_t i = 0; i < n; i++) {
        most = fmax(most, fabs(y[i]));
        worst = fmax(worst, shortfall(bound, fabs(y[i])));
    }
    return most < 0.4 * bound ? 1 : worst;
}

double check_lipschitz(check *c)
{
    draw_wide(c, c->room[0]);
    check_probe(c, c->n, c->room[0], c->t, c->a, &(probe){.gradient = c->room[1]});
    return worst_bound(c->room[1], c->n, affine_value(&c->info->lipschitz, c->params));
}

double check_bounded(check *c)
{
    draw_wide(c, c->room[0]);
    check_probe(c, c->n, c->room[0], c->t, c->a, &(probe){.value = c->room[1]});
    return worst_bound(c->room[1], c->n, affine_value(&c->info->bound, c->params));
}

/* Compares the loss at the points with the loss at others; sign: what the gradient turns into. */
static double worst_twin(check *c, const double *x, const double *t, double sign)
{
    double *const *y = c->room + 2;
    check_probe(c, c->n, c->x, c->t, c->a,
                &(probe){.value = y[0], .gradient = y[1], .curvature = y[2]});
    check_probe(c, c->n, x, t, c->a, &(probe){.value = y[3], .gradient = y[4], .curvature = y[5]});
    double worst = 0;
    for (size_t i = 0; i < c->n; i++) {
        worst = fmax(worst, gap(y[0][i], y[3][i]));
        worst = fmax(worst, gap(y[1][i], sign * y[4][i]));
        worst = fmax(worst, gap(y[2][i], y[5][i]));
    }
    return worst;
}

double check_symmetric(check *c)
{
    for (size_t i = 0; i < c->n; i++) c->room[0][i] = 2 * c->t[i] - c->x[i];
    return worst_twin(c, c->room[0], c->t, -1);
}

double check_distance(check *c)
{
    static const lk_domain reals = {-HUGE_VAL, HUGE_VAL, 0};
    for (size_t i = 0; i < c->n; i++) {
        const double shift = random_in_domain(&c->random, &reals, 16);
        c->room[0][i] = c->x[i] + shift;
        c->room[1][i] = c->t[i] + shift;
    }
    return worst_twin(c, c->room[0], c->room[1], 1);
}

double check_margin(check *c)
{
    for (size_t i = 0; i < c->n; i++) {
        c->room[0][i] = -c->x[i];
        c->room[1][i] = -c->t[i];
    }
    return worst_twin(c, c->room[0], c->room[1], -1);
}

/* Value, gradient and curvature on both sides of a kink: y[order][side]. */
static void sides(check *c, const lk_kink *kink, size_t i, double y[3][2])
{
    const double place = affine_value(&kink->at, c->params);
    const double step = 1e-9 * (1 + fabs(place)), t = c->t[i];
    const double a[2] = {c->a[i], c->a[i]}, targets[2] = {t, t};
    double x[2];
    for (int k = 0; k < 2; k++) {
        x[k] = check_input_at(c, place + (k ? step : -step), t);
        if (!domain_contains(&c->info->input_domain, x[k])) x[k] = c->x[i];
    }
    check_probe(c, 2, x, targets, a, &(probe){.value = y[0], .gradient = y[1], .curvature = y[2]});
}

/* Below its order a kink is continuous. */
double check_kinks(check *c)
{
    double worst = 0, y[3][2];
    for (int k = 0; k < c->info->n_kinks; k++)
        for (size_t i = 0; i < c->n && i < 16; i++) {
            const lk_kink *kink = &c->info->kinks[k];
            sides(c, kink, i, y);
            for (int order = 0; order < kink->order && order < 3; order++)
                worst = fmax(worst, gap(y[order][0], y[order][1]));
        }
    const int none = 99;
    int first = none;
    for (int k = 0; k < c->info->n_kinks; k++)
        first = c->info->kinks[k].order < first ? c->info->kinks[k].order : first;
    const int differentiable = (c->info->traits & LK_DIFFERENTIABLE) != 0;
    const int smooth = (c->info->traits & LK_SMOOTH) != 0;
    if (differentiable != (first >= 2) || (smooth && (first < none || !differentiable))) return 1;
    return worst;
}

/* At its order a kink really jumps: 0 when all do, else 1. Beyond the curvature nothing is seen. */
double check_jumps(check *c)
{
    for (int k = 0; k < c->info->n_kinks; k++) {
        double y[3][2], jump = 0;
        const int order = c->info->kinks[k].order;
        if (order > 2) continue;
        for (size_t i = 0; i < c->n && i < 16; i++) {
            sides(c, &c->info->kinks[k], i, y);
            jump = fmax(jump, fabs(y[order][0] - y[order][1]) /
                                  fmax(fabs(y[order][0]), fabs(y[order][1])));
        }
        if (!(jump > 0.01)) return 1;
    }
    return 0;
}

double check_zero_one(check *c)
{
    draw_wide(c, c->room[0]);
    check_probe(c, c->n, c->room[0], c->t, c->a, &(probe){.value = c->room[1]});
    double worst = 0;
    for (size_t i = 0; i < c->n; i++)
        worst = fmax(worst, shortfall(c->room[1][i], c->room[0][i] * c->t[i] < 0 ? 1 : 0));
    return worst;
}

double check_fisher(check *c)
{
    draw_wide(c, c->room[0]);
    check_probe(c, c->n, c->room[0], c->t, c->a,
                &(probe){.curvature = c->room[1], .mode = LK_CURVATURE_FISHER});
    double worst = 0;
    for (size_t i = 0; i < c->n; i++) worst = fmax(worst, shortfall(c->room[1][i], 0));
    return worst;
}

double check_upper(check *c)
{
    draw_wide(c, c->room[0]);
    check_probe(c, c->n, c->room[0], c->t, c->a, &(probe){.curvature = c->room[1]});
    check_probe(c, c->n, c->room[0], c->t, c->a,
                &(probe){.curvature = c->room[2], .mode = LK_CURVATURE_UPPER});
    double worst = 0;
    for (size_t i = 0; i < c->n; i++) worst = fmax(worst, shortfall(c->room[2][i], c->room[1][i]));
    return worst;
}
