/* linear_proximal.c: accelerated proximal gradient (Beck and Teboulle, SIAM J. Imaging Sci. 2
 * (2009) 183), restarted when the momentum points uphill (O'Donoghue and Candes, Found. Comput.
 * Math. 15 (2015) 715). Lengths are measured by the diagonal of the Hessian at the start, so that
 * features need no common scale; the proximal map of the l1 term stays one soft threshold for each
 * weight. */
#include "linear_smooth.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double tolerance_preset = 1e-6;
enum { ITERATIONS_PRESET = 20000 };

typedef struct proximal {
    lk_smooth o;
    int64_t n;
    double *x, *last, *ahead, *gradient, *diagonal;
    double lipschitz; /* of the gradient, in the diagonal's measure */
    double momentum, value, size, first_size;
} proximal;

/* The minimiser of a quadratic of curvature h around v plus l1 |x|. */
static double shrink(double v, double threshold)
{
    return v > threshold ? v - threshold : v < -threshold ? v + threshold : 0;
}

/* x = the proximal step from `ahead`; what the quadratic bound says of the value there. */
static double step(proximal *z, double value)
{
    const lk_linear_problem *p = z->o.problem;
    const int64_t penalised = p->bias == LK_BIAS_PENALISED ? z->n : z->o.weights;
    for (int64_t k = 0; k < z->n; k++) {
        const double h = z->lipschitz * z->diagonal[k], v = z->ahead[k] - z->gradient[k] / h;
        const double x = k < penalised ? shrink(v, p->l1 / h) : v, d = x - z->ahead[k];
        z->x[k] = x;
        value += z->gradient[k] * d + 0.5 * h * d * d;
    }
    return value;
}

/* A step no longer than the bound of the curvature, found by trying, allows. */
static lk_status advance(proximal *z)
{
    double here;
    lk_status status = lk_smooth_at(&z->o, z->ahead, &here, z->gradient);
    if (status) return status;
    const double noise = 16 * DBL_EPSILON * fabs(here);
    for (int tries = 0; tries < 200; tries++) {
        const double bound = step(z, here);
        status = lk_smooth_at(&z->o, z->x, &z->value, NULL);
        if (!status && z->value <= bound + noise) return LK_OK;
        if (status && status != LK_OUT_OF_DOMAIN) return status;
        z->lipschitz *= 2;
    }
    return lk_fail(LK_OUT_OF_DOMAIN, "train: %s is not finite near the point reached",
                   z->o.info->name);
}

/* ahead = x + momentum (x - last). */
static void look_ahead(proximal *z)
{
    double uphill = 0;
    for (int64_t k = 0; k < z->n; k++)
        uphill += z->diagonal[k] * (z->ahead[k] - z->x[k]) * (z->x[k] - z->last[k]);
    const double old = uphill > 0 ? 1 : z->momentum, next = 0.5 + sqrt(0.25 + old * old);
    for (int64_t k = 0; k < z->n; k++)
        z->ahead[k] = z->x[k] + (old - 1) / next * (z->x[k] - z->last[k]);
    memcpy(z->last, z->x, (size_t)z->n * sizeof *z->x);
    z->momentum = next;
}

/* The norm of the subgradient at x, measured where the step has become short enough to hope. */
static lk_status measure(proximal *z, double tolerance, int *done)
{
    double length = 0;
    for (int64_t k = 0; k < z->n; k++) {
        const double g = z->lipschitz * z->diagonal[k] * (z->ahead[k] - z->x[k]);
        length += g * g;
    }
    z->size = sqrt(length);
    *done = 0;
    if (z->size > tolerance * z->first_size) return LK_OK;
    const lk_status status = lk_smooth_at(&z->o, z->x, &z->value, z->gradient);
    z->size = lk_smooth_subgradient(&z->o, z->x, z->gradient);
    *done = z->size <= tolerance * z->first_size;
    return status;
}

static lk_status run(proximal *z, lk_linear_report *report)
{
    const lk_linear_problem *p = z->o.problem;
    const double tolerance = p->tolerance > 0 ? p->tolerance : tolerance_preset;
    const int64_t most = p->iterations ? p->iterations : ITERATIONS_PRESET;
    int done = z->first_size == 0;
    while (!done && report->iterations < most) {
        lk_status status = advance(z);
        if (!status) status = measure(z, tolerance, &done);
        if (status) return status;
        look_ahead(z);
        z->lipschitz *= 0.98;
        report->iterations++;
        report->stopped =
            lk_linear_progress(p, report->iterations, z->value + lk_smooth_penalty(&z->o, z->x),
                               z->size / z->first_size);
        if (report->stopped) break;
    }
    report->converged = done;
    return LK_OK;
}

static lk_status solve(proximal *z, double *w, lk_linear_report *report)
{
    const size_t size = (size_t)z->n * sizeof *w;
    lk_status status = lk_smooth_start(&z->o, w, z->x, &z->value, z->gradient, &z->first_size);
    if (!status) status = lk_smooth_diagonal(&z->o, z->diagonal);
    if (status) return status;
    memcpy(z->last, z->x, size);
    memcpy(z->ahead, z->x, size);
    z->momentum = z->lipschitz = 1;
    status = run(z, report);
    if (!status) status = lk_smooth_at(&z->o, z->x, &z->value, z->gradient);
    if (status) return status;
    z->size = lk_smooth_subgradient(&z->o, z->x, z->gradient);
    report->objective = z->value + lk_smooth_penalty(&z->o, z->x);
    report->gradient = z->first_size > 0 ? z->size / z->first_size : 0;
    report->gap = NAN;
    memcpy(w, z->x, size);
    return LK_OK;
}

lk_status lk_solve_proximal(const lk_linear_problem *p, double *w, double *bias,
                            lk_linear_report *report)
{
    (void)bias;
    proximal z = {.n = 0};
    const lk_loss_info *info = lk_loss_describe(lk_loss_of_scores(p->loss));
    const int pointwise = info->kind == LK_KIND_POINTWISE;
    lk_status status =
        lk_smooth_begin(&z.o, p, pointwise ? LK_CURVATURE_FISHER : LK_CURVATURE_TRUE);
    if (status) return status;
    const size_t n = (size_t)(z.n = z.o.width);
    double *room = calloc(5 * n + 1, sizeof *room);
    double **const vectors[] = {&z.x, &z.last, &z.ahead, &z.gradient, &z.diagonal};
    if (room) {
        for (size_t k = 0; k < 5; k++) *vectors[k] = room + k * n;
        status = solve(&z, w, report);
    } else {
        status = lk_fail(LK_NO_MEMORY, "train: no memory for %zu weights", n);
    }
    free(room);
    lk_smooth_end(&z.o);
    return status;
}
