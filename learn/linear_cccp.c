/* linear_cccp.c: the ramp loss by the concave-convex procedure (Collobert, Sinz, Weston and Bottou,
 * ICML 2006). It is the hinge less a concave part; each round replaces that part by its tangent at
 * the last solution, which lies above it, so that no round goes up. */
#include "linear_smooth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ITERATIONS_PRESET = 100 };
static const double tolerance_preset = 1e-4; /* of each round's gap */

typedef struct cccp {
    lk_linear_problem hinge; /* with the tangent as its shift */
    lk_smooth o;             /* of the ramp */
    double *shift, *next, *slope;
} cccp;

static lk_status slopes(const cccp *c, lk_loss loss, const double *params, int n_params,
                        double *slope)
{
    const lk_linear_problem *p = c->o.problem;
    const int64_t rows = p->data->rows;
    const lk_tensor input = lk_vector(c->o.scores, LK_F64, &rows);
    const lk_tensor target = lk_vector(p->target, LK_F64, &rows);
    const lk_tensor out = lk_vector(slope, LK_F64, &rows);
    lk_tensor weight;
    lk_call call = LK_CALL_INIT;
    if (p->weight) {
        weight = lk_vector(p->weight, LK_F64, &rows);
        call.weight = &weight;
    }
    call.input = &input;
    call.target = &target;
    call.gradient = &out;
    call.reduction = LK_NONE;
    return lk_evaluate(loss, params, n_params, &call);
}

/* The concave part's slope at the scores: the ramp's less the hinge's. */
static lk_status take_tangent(cccp *c)
{
    const lk_linear_problem *p = c->o.problem;
    lk_status status = slopes(c, LK_RAMP, p->params, p->n_params, c->next);
    if (!status) status = slopes(c, LK_HINGE, NULL, 0, c->slope);
    for (int64_t i = 0; !status && i < p->data->rows; i++) c->next[i] -= c->slope[i];
    return status;
}

static lk_status run(cccp *c, double *w, double *bias, lk_linear_report *report)
{
    const lk_linear_problem *p = c->o.problem;
    const int64_t most = p->iterations ? p->iterations : ITERATIONS_PRESET;
    const size_t size = (size_t)p->data->rows * sizeof *c->shift;
    int64_t rounds = 0;
    int same = 0, stopped = 0;
    lk_linear_report inner = {.converged = 0};
    while (!same && !stopped && rounds < most) {
        inner = (lk_linear_report){.converged = 0};
        lk_status status = lk_solve_dual(&c->hinge, w, bias, &inner);
        if (!status) status = lk_smooth_at(&c->o, w, &report->objective, NULL);
        if (!status) status = take_tangent(c);
        if (status) return status;
        rounds++;
        same = !memcmp(c->next, c->shift, size);
        memcpy(c->shift, c->next, size);
        stopped = lk_linear_progress(p, rounds, report->objective, inner.gap);
    }
    report->iterations = rounds;
    report->gap = inner.gap;
    report->gradient = NAN;
    report->converged = same && inner.converged;
    report->stopped = stopped;
    return LK_OK;
}

lk_status lk_solve_cccp(const lk_linear_problem *p, double *w, double *bias,
                        lk_linear_report *report)
{
    cccp c = {.hinge = *p};
    const size_t rows = (size_t)p->data->rows;
    c.shift = calloc(3 * rows, sizeof *c.shift);
    if (!c.shift)
        return lk_fail(LK_NO_MEMORY, "train: no memory for %lld rows", (long long)p->data->rows);
    c.next = c.shift + rows;
    c.slope = c.next + rows;
    c.hinge.loss = LK_HINGE;
    c.hinge.params = NULL;
    c.hinge.n_params = 0;
    c.hinge.iterations = 0;
    if (!(p->tolerance > 0)) c.hinge.tolerance = tolerance_preset;
    c.hinge.progress = NULL;
    c.hinge.shift = c.shift;
    lk_status status = lk_smooth_begin(&c.o, p, LK_CURVATURE_TRUE);
    if (!status) status = run(&c, w, bias, report);
    lk_smooth_end(&c.o);
    free(c.shift);
    return status;
}
