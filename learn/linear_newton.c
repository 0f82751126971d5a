/* linear_newton.c: Newton's method. Each step minimises the quadratic model of the objective within
 * a region where the model is trusted, by conjugate gradients that stop at its edge (Steihaug, SIAM
 * J. Numer. Anal. 20 (1983) 626); the radius follows Lin and More, SIAM J. Optim. 9 (1999) 1100.
 * Lengths are measured by the diagonal of the Hessian, which is also the preconditioner. */
#include "linear_smooth.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double tolerance_preset = 1e-8;
enum { ITERATIONS_PRESET = 1000 };

typedef struct newton {
    lk_smooth o;
    int64_t n;
    double *x, *gradient, *next, *next_gradient;
    double *step, *residual, *direction, *product, *scale, *diagonal;
    double value, size, first_size; /* objective; norms of the gradient */
    double radius;
    int at_edge; /* the last step ends there */
} newton;

static double norm(int64_t n, const double *a) { return sqrt(lk_dot(n, a, a)); }

static double scaled_dot(int64_t n, const double *scale, const double *a, const double *b)
{
    double sum = 0;
    for (int64_t k = 0; k < n; k++) sum += scale[k] * a[k] * b[k];
    return sum;
}

/* The positive t for which |step + t direction| is the radius. */
static double way_to_edge(const newton *z)
{
    const double dd = scaled_dot(z->n, z->diagonal, z->direction, z->direction);
    const double sd = scaled_dot(z->n, z->diagonal, z->step, z->direction);
    const double ss = scaled_dot(z->n, z->diagonal, z->step, z->step);
    const double rest = fmax(z->radius * z->radius - ss, 0), root = sqrt(sd * sd + dd * rest);
    return sd >= 0 ? rest / (sd + root) : (root - sd) / dd;
}

/* The step, and in residual what is left of -gradient - H step. */
static lk_status find_step(newton *z, double accuracy)
{
    const int64_t n = z->n;
    memset(z->step, 0, (size_t)n * sizeof *z->step);
    z->at_edge = 0;
    for (int64_t k = 0; k < n; k++) {
        z->residual[k] = -z->gradient[k];
        z->direction[k] = z->scale[k] * z->residual[k];
    }
    double rest = lk_dot(n, z->residual, z->direction);
    const double enough = accuracy * accuracy * rest;
    for (int64_t round = 0; rest > enough && round < 2 * n + 10; round++) {
        const lk_status status = lk_smooth_hessian(&z->o, z->direction, z->product);
        if (status) return status;
        const double bent = lk_dot(n, z->direction, z->product), edge = way_to_edge(z);
        const double whole = bent > 0 ? rest / bent : HUGE_VAL, t = fmin(whole, edge);
        lk_add(n, t, z->direction, z->step);
        lk_add(n, -t, z->product, z->residual);
        z->at_edge = whole >= edge;
        if (z->at_edge) break;
        double next = 0;
        for (int64_t k = 0; k < n; k++) next += z->scale[k] * z->residual[k] * z->residual[k];
        for (int64_t k = 0; k < n; k++)
            z->direction[k] = z->scale[k] * z->residual[k] + next / rest * z->direction[k];
        rest = next;
    }
    return LK_OK;
}

static lk_status rescale(newton *z)
{
    const lk_status status = lk_smooth_diagonal(&z->o, z->diagonal);
    for (int64_t k = 0; k < z->n; k++) z->scale[k] = 1 / z->diagonal[k];
    return status;
}

/* Lin and More's rule, quickened by Hsia, Zhu and Lin (ACML 2017): the radius becomes a share of
 * the step that the quadratic through the old value, its slope and the new value calls best. */
static void update_radius(newton *z, double change, double slope, double ratio, int first)
{
    const double length = sqrt(scaled_dot(z->n, z->diagonal, z->step, z->step));
    const double best = change - slope <= 0 ? 4 : fmax(0.25, -0.5 * slope / (change - slope));
    if (first) z->radius = fmin(z->radius, length);
    if (!isfinite(change))
        z->radius = 0.25 * fmin(length, z->radius);
    else if (ratio < 1e-4)
        z->radius = fmin(fmax(best, 0.25) * length, 0.5 * z->radius);
    else if (ratio < 0.25)
        z->radius = fmax(0.25 * z->radius, fmin(best * length, 0.5 * z->radius));
    else if (ratio < 0.75)
        z->radius = fmax(0.25 * z->radius, fmin(best * length, 4 * z->radius));
    else if (z->at_edge)
        z->radius *= 4;
    else
        z->radius = fmax(z->radius, fmin(best * length, 4 * z->radius));
}

static void exchange(double **a, double **b)
{
    double *c = *a;
    *a = *b;
    *b = c;
}

/* *done: no step that can be measured leads further down. */
static lk_status iterate(newton *z, int first, int *done)
{
    const double relative = z->size / z->first_size;
    lk_status status = find_step(z, fmin(0.5, sqrt(relative)));
    if (status) return status;
    const double slope = lk_dot(z->n, z->gradient, z->step);
    const double expected = 0.5 * (lk_dot(z->n, z->step, z->residual) - slope);
    for (int64_t k = 0; k < z->n; k++) z->next[k] = z->x[k] + z->step[k];
    double value = HUGE_VAL;
    status = lk_smooth_at(&z->o, z->next, &value, z->next_gradient);
    if (status && status != LK_OUT_OF_DOMAIN) return status;
    if (status || isnan(value)) value = HUGE_VAL;
    const double change = value - z->value, size = norm(z->n, z->next_gradient);
    /* Where the objective's own rounding hides what a step gains, the gradient tells. */
    const int blind = expected <= 64 * DBL_EPSILON * fabs(z->value);
    const int better = blind ? size < z->size : -change > 1e-4 * expected;
    update_radius(z, change, slope, blind ? 1 : -change / expected, first);
    *done = blind && !better;
    if (better && isfinite(value)) {
        exchange(&z->x, &z->next);
        exchange(&z->gradient, &z->next_gradient);
        z->value = value;
        z->size = size;
        return rescale(z);
    }
    return lk_smooth_at(&z->o, z->x, &z->value, z->gradient);
}

static lk_status begin(newton *z, const double *start)
{
    lk_status status = lk_smooth_start(&z->o, start, z->x, &z->value, z->gradient, &z->first_size);
    z->size = norm(z->n, z->gradient);
    if (!status) status = rescale(z);
    z->radius = sqrt(scaled_dot(z->n, z->scale, z->gradient, z->gradient));
    return status;
}

static lk_status run(newton *z, lk_linear_report *report)
{
    const lk_linear_problem *p = z->o.problem;
    const double tolerance = p->tolerance > 0 ? p->tolerance : tolerance_preset;
    const int64_t most = p->iterations ? p->iterations : ITERATIONS_PRESET;
    int done = z->size <= tolerance * z->first_size;
    while (!done && report->iterations < most) {
        const lk_status status = iterate(z, report->iterations == 0, &done);
        if (status) return status;
        report->iterations++;
        done |= z->size <= tolerance * z->first_size;
        report->stopped =
            lk_linear_progress(p, report->iterations, z->value, z->size / z->first_size);
        if (report->stopped) break;
    }
    report->converged = done;
    report->objective = z->value;
    report->gradient = z->first_size > 0 ? z->size / z->first_size : 0;
    report->gap = NAN;
    return LK_OK;
}

lk_status lk_newton(const lk_linear_problem *p, lk_curvature curvature, double *w, double *bias,
                    lk_linear_report *report)
{
    (void)bias;
    newton z = {.n = 0};
    lk_status status = lk_smooth_begin(&z.o, p, curvature);
    if (status) return status;
    const size_t n = (size_t)(z.n = z.o.width);
    double *room = calloc(10 * n + 1, sizeof *room);
    double **const vectors[] = {&z.x,     &z.gradient, &z.next,      &z.next_gradient,
                                &z.step,  &z.residual, &z.direction, &z.product,
                                &z.scale, &z.diagonal};
    if (room) {
        for (size_t k = 0; k < 10; k++) *vectors[k] = room + k * n;
        status = begin(&z, w);
        if (!status) status = run(&z, report);
        if (!status) memcpy(w, z.x, n * sizeof *w);
    } else {
        status = lk_fail(LK_NO_MEMORY, "train: no memory for %zu weights", n);
    }
    free(room);
    lk_smooth_end(&z.o);
    return status;
}

/* The Fisher curvature stands in for a true one that may be negative. */
lk_status lk_solve_newton(const lk_linear_problem *p, double *w, double *bias,
                          lk_linear_report *report)
{
    const lk_loss_info *info = lk_loss_describe(lk_loss_of_scores(p->loss));
    const int convex = (info->traits & LK_CONVEX) != 0;
    return lk_newton(p, convex ? LK_CURVATURE_TRUE : LK_CURVATURE_FISHER, w, bias, report);
}
