/* linear_lbfgs.c: limited-memory BFGS, by liblbfgs. */
#include "linear_smooth.h"

#include <lbfgs.h>
#include <limits.h>
#include <math.h>
#include <string.h>

static const double tolerance_preset = 1e-6;
enum { ITERATIONS_PRESET = 5000 };

typedef struct lbfgs_run {
    lk_smooth o;
    double first_size, tolerance;
    lk_status status;
    lk_linear_report *report;
} lbfgs_run;

static lbfgsfloatval_t evaluate(void *context, const lbfgsfloatval_t *x, lbfgsfloatval_t *gradient,
                                const int n, const lbfgsfloatval_t step)
{
    lbfgs_run *r = context;
    double value = HUGE_VAL;
    (void)step;
    const lk_status status = lk_smooth_at(&r->o, x, &value, gradient);
    if (status && status != LK_OUT_OF_DOMAIN) r->status = status;
    if (status) memset(gradient, 0, (size_t)n * sizeof *gradient);
    return status ? HUGE_VAL : value;
}

/* What a run ends with that met the stopping rule, or that the progress function ended. */
enum { MET = 1, STOPPED = 2 };

static int progress(void *context, const lbfgsfloatval_t *x, const lbfgsfloatval_t *gradient,
                    const lbfgsfloatval_t value, const lbfgsfloatval_t x_size,
                    const lbfgsfloatval_t size, const lbfgsfloatval_t step, int n, int k,
                    int evaluations)
{
    (void)x, (void)gradient, (void)x_size, (void)step, (void)n, (void)evaluations;
    lbfgs_run *r = context;
    r->report->iterations = k;
    r->report->objective = value;
    r->report->gradient = size / r->first_size;
    if (size <= r->tolerance * r->first_size) return MET;
    return lk_linear_progress(r->o.problem, k, value, r->report->gradient) ? STOPPED : 0;
}

static lk_status run(lbfgs_run *r, double *x)
{
    const lk_linear_problem *p = r->o.problem;
    lbfgs_parameter_t options;
    lbfgs_parameter_init(&options);
    options.epsilon = 0; /* the rule is in progress() */
    options.m = 10;
    options.max_iterations = (int)(p->iterations ? p->iterations : ITERATIONS_PRESET);
    options.max_linesearch = 60;
    /* Shrinks a step whose end is infinite, which the preset search does not. */
    options.linesearch = LBFGS_LINESEARCH_BACKTRACKING_STRONG_WOLFE;
    const int end = lbfgs((int)r->o.width, x, NULL, evaluate, progress, r, &options);
    if (r->status) return r->status;
    if (end == LBFGSERR_OUTOFMEMORY)
        return lk_fail(LK_NO_MEMORY, "train: no memory for %lld weights", (long long)r->o.width);
    r->report->converged = end == MET;
    r->report->stopped = end == STOPPED;
    return LK_OK;
}

lk_status lk_solve_lbfgs(const lk_linear_problem *p, double *w, double *bias,
                         lk_linear_report *report)
{
    (void)bias;
    lbfgs_run r = {.tolerance = p->tolerance > 0 ? p->tolerance : tolerance_preset,
                   .report = report};
    lk_status status = lk_smooth_begin(&r.o, p, LK_CURVATURE_TRUE);
    if (status) return status;
    const int64_t n = r.o.width;
    if (n > INT_MAX - 16) {
        lk_smooth_end(&r.o);
        return lk_fail(LK_UNSUPPORTED, "train: lbfgs: %lld weights are more than it can count",
                       (long long)n);
    }
    double *x = lbfgs_malloc((int)n), *gradient = lbfgs_malloc((int)n);
    if (!x || !gradient) {
        status = lk_fail(LK_NO_MEMORY, "train: no memory for %lld weights", (long long)n);
    } else {
        status = lk_smooth_start(&r.o, w, x, &report->objective, gradient, &r.first_size);
    }
    if (!status) {
        const double size = sqrt(lk_dot(n, gradient, gradient));
        report->gap = NAN;
        report->gradient = r.first_size > 0 ? size / r.first_size : 0;
        report->converged = report->gradient <= r.tolerance;
        if (!report->converged) status = run(&r, x);
        memcpy(w, x, (size_t)n * sizeof *w);
    }
    lbfgs_free(x);
    lbfgs_free(gradient);
    lk_smooth_end(&r.o);
    return status;
}
