/* check_derivatives.c: derivatives against differences of fourth order. */
#include "check.h"

#include <float.h>
#include <math.h>

enum { ROOM_DERIVATIVE, ROOM_ERROR, ROOM_MOVED, ROOM_STENCIL /* four of them */ };

enum { STEPS = 5, STENCIL = 4 };
static const double offsets[STENCIL] = {-2, -1, 1, 2};
static const double factors[STENCIL] = {1.0 / 12, -2.0 / 3, 2.0 / 3, -1.0 / 12};

/* Which input moves, and which output is differenced. */
typedef struct derivative {
    int moved;       /* 0 input, 1 target, 2 third input */
    int of_gradient; /* else of the value */
} derivative;

static const lk_domain *moved_domain(const check *c, int moved)
{
    return moved == 1   ? &c->info->target_domain
           : moved == 2 ? &c->info->auxiliary_domain
                        : &c->info->input_domain;
}

static double *moved_array(const check *c, int moved)
{
    return moved == 1 ? c->t : moved == 2 ? c->a : c->x;
}

static int fits(const lk_domain *d, double x, double step)
{
    return domain_contains(d, x - 2 * step) && domain_contains(d, x + 2 * step);
}

/* Where the stencil does not fit, it stays on the point: the domain has an edge there. */
static void evaluate_stencil(check *c, const derivative *d, double step)
{
    const double *origin = moved_array(c, d->moved);
    const lk_domain *domain = moved_domain(c, d->moved);
    double *moved = c->room[ROOM_MOVED];
    for (int k = 0; k < STENCIL; k++) {
        for (size_t i = 0; i < c->n; i++) {
            const double offset = fits(domain, origin[i], step) ? offsets[k] * step : 0;
            moved[i] = origin[i] + offset;
        }
        double *out = c->room[ROOM_STENCIL + k];
        const probe p = {.value = d->of_gradient ? NULL : out,
                         .gradient = d->of_gradient ? out : NULL};
        check_probe(c, c->n, d->moved == 0 ? moved : c->x, d->moved == 1 ? moved : c->t,
                    d->moved == 2 ? moved : c->a, &p);
    }
}

static void compare_stencil(check *c, const derivative *d, double step)
{
    const double *origin = moved_array(c, d->moved);
    const lk_domain *domain = moved_domain(c, d->moved);
    for (size_t i = 0; i < c->n; i++) {
        if (check_near_kink(c, c->x[i], c->t[i], 3 * step) || !fits(domain, origin[i], step))
            continue;
        double sum = 0, size = 0;
        for (int k = 0; k < STENCIL; k++) {
            const double y = c->room[ROOM_STENCIL + k][i];
            sum += factors[k] * y;
            size = fmax(size, fabs(y));
        }
        const double expected = c->room[ROOM_DERIVATIVE][i];
        /* What rounding alone does to the difference of large numbers stays below the limit. */
        const double rounding = 4 * DBL_EPSILON * size / step / CHECK_DERIVATIVE_LIMIT;
        double *best = &c->room[ROOM_ERROR][i];
        *best = fmin(*best, fabs(sum / step - expected) / (1 + fabs(expected) + rounding));
    }
}

/* At each point the best step counts: which one that is depends on how sharply the loss bends. */
static double worst_difference(check *c, const derivative *d)
{
    double *derived = c->room[ROOM_DERIVATIVE];
    probe p = {0};
    if (d->moved == 1)
        p.target_gradient = derived;
    else if (d->moved == 2)
        p.auxiliary_gradient = derived;
    else if (d->of_gradient)
        p.curvature = derived;
    else
        p.gradient = derived;
    check_probe(c, c->n, c->x, c->t, c->a, &p);
    for (size_t i = 0; i < c->n; i++) c->room[ROOM_ERROR][i] = HUGE_VAL;
    for (int s = 0; s < STEPS; s++) {
        const double step = ldexp(1, -6 - 3 * s);
        evaluate_stencil(c, d, step);
        compare_stencil(c, d, step);
    }
    double worst = 0;
    size_t compared = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (isinf(c->room[ROOM_ERROR][i])) continue;
        worst = fmax(worst, c->room[ROOM_ERROR][i]);
        compared++;
    }
    return compared > c->n / 2 ? worst : HUGE_VAL;
}

double check_gradient(check *c) { return worst_difference(c, &(derivative){0, 0}); }

double check_curvature(check *c) { return worst_difference(c, &(derivative){0, 1}); }

double check_target_gradient(check *c) { return worst_difference(c, &(derivative){1, 0}); }

double check_auxiliary_gradient(check *c)
{
    return c->with_auxiliary ? worst_difference(c, &(derivative){2, 0}) : 0;
}
