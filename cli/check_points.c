/* check_points.c: the points at which a loss is checked, and its evaluation there. */
#include "catalogue.h"
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int check_allocate(check *c, size_t n, error *e)
{
    c->n = n;
    c->e = e;
    double **arrays[CHECK_ROOMS + 3] = {&c->x, &c->t, &c->a};
    for (int k = 0; k < CHECK_ROOMS; k++) arrays[k + 3] = &c->room[k];
    for (int k = 0; k < CHECK_ROOMS + 3; k++) {
        *arrays[k] = calloc(n, sizeof **arrays[k]);
        if (!*arrays[k]) return error_set(e, "no memory for %zu points", n);
    }
    return 0;
}

void check_free(check *c)
{
    free(c->x);
    free(c->t);
    free(c->a);
    for (int k = 0; k < CHECK_ROOMS; k++) free(c->room[k]);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* A generator that repeats itself would let everything pass. */
static int points_vary(const check *c)
{
    double *sorted = c->room[0];
    memcpy(sorted, c->x, c->n * sizeof *sorted);
    qsort(sorted, c->n, sizeof *sorted, ascending);
    size_t distinct = 1;
    for (size_t i = 1; i < c->n; i++) distinct += sorted[i] != sorted[i - 1];
    return distinct > c->n / 2;
}

int check_draw(check *c)
{
    for (size_t i = 0; i < c->n; i++) {
        /* Most points lie where a loss bends, some where it has straightened out. */
        const double reach = i % 8 == 0 ? 24 : 4;
        c->x[i] = random_in_domain(&c->random, &c->info->input_domain, reach);
        c->t[i] = random_in_domain(&c->random, &c->info->target_domain, 3);
        if (c->info->auxiliary)
            c->a[i] = random_in_domain(&c->random, &c->info->auxiliary_domain, 2);
    }
    if (points_vary(c)) return 0;
    c->failed = 1;
    return error_set(c->e, "%s: the random points do not vary", c->info->name);
}

static void zero(double *out, size_t n)
{
    if (out) memset(out, 0, n * sizeof *out);
}

void check_probe(check *c, size_t n, const double *x, const double *t, const double *a,
                 const probe *out)
{
    const int64_t length = (int64_t)n;
    const void *data[] = {x,
                          t,
                          a,
                          out->value,
                          out->gradient,
                          out->curvature,
                          out->target_gradient,
                          out->auxiliary_gradient};
    lk_call call = LK_CALL_INIT;
    const lk_tensor **slots[] = {
        &call.input,    &call.target,    &call.auxiliary,       &call.value,
        &call.gradient, &call.curvature, &call.target_gradient, &call.auxiliary_gradient};
    lk_tensor views[sizeof slots / sizeof *slots];
    for (size_t k = 0; k < sizeof slots / sizeof *slots; k++) {
        if (!data[k] || (k == 2 && !c->with_auxiliary)) continue;
        views[k] = lk_vector(data[k], LK_F64, &length);
        *slots[k] = &views[k];
    }
    call.reduction = LK_NONE;
    call.curvature_mode = out->mode;
    if (!c->failed && lk_evaluate(c->loss, c->params, c->info->n_params, &call) != LK_OK) {
        c->failed = 1;
        error_library(c->e);
    }
    if (c->failed)
        for (size_t k = 3; k < sizeof slots / sizeof *slots; k++) zero((double *)data[k], n);
    for (size_t i = 0; out->gradient && i < n; i++)
        out->gradient[i] += c->break_gradient * (1 + fabs(out->gradient[i]));
}

double check_axis(const check *c, double x, double t)
{
    switch (c->info->axis) {
    case LK_AXIS_RESIDUAL:
        return x - t;
    case LK_AXIS_MARGIN:
        return x * t;
    default:
        return x;
    }
}

double check_input_at(const check *c, double place, double t)
{
    switch (c->info->axis) {
    case LK_AXIS_RESIDUAL:
        return t + place;
    case LK_AXIS_MARGIN:
        return place / t;
    default:
        return place;
    }
}

int check_near_kink(const check *c, double x, double t, double reach)
{
    for (int k = 0; k < c->info->n_kinks; k++) {
        const double place = affine_value(&c->info->kinks[k].at, c->params);
        if (fabs(check_axis(c, x, t) - place) <= reach) return 1;
    }
    return 0;
}
