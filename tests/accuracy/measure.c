/* measure.c: see measure.h. */
#include "measure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const output_names[TRUTH_OUTPUTS] = {
    "value", "gradient", "curvature", "fisher", "upper", "target gradient", "auxiliary gradient"};

/* input - target rounds, which the condition number accounts for to first order. Where the output
 * bends or jumps, the truth half a unit to the left and right of the residual says the same. */
static double error_nearby(const accuracy_case *c, const format *f, const truth_point *point,
                           enum truth_output k, double got, double error)
{
    if (lk_loss_describe(c->loss)->axis != LK_AXIS_RESIDUAL) return error;
    for (int sign = -1; sign <= 1; sign += 2) {
        const truth t = truth_at(c->loss, point, sign, -f->bits);
        const double other = format_error(f, got, t.out[k], t.term[k]);
        if (other < error) error = other;
    }
    return error;
}

static const accuracy_exception *exception_for(const record *r, num u)
{
    const double a = fabs(mpfr_get_d(u, MPFR_RNDN));
    for (int i = 0; i < n_accuracy_exceptions; i++) {
        const accuracy_exception *e = &accuracy_exceptions[i];
        if (e->loss == r->which->loss && e->output == r->output && e->bits == r->format->bits &&
            a >= e->low)
            return e;
    }
    return NULL;
}

static void fail(const record *r, const truth_point *point, double got, num want, double error)
{
    if (r->failures > 3) return;
    char params[64] = "";
    for (int k = 0; k < lk_loss_describe(r->which->loss)->n_params; k++)
        snprintf(params + strlen(params), sizeof params - strlen(params), " %g", r->params[k]);
    fprintf(stderr,
            "  %s(%s ) %s %s: %.3f ULP beyond 0.5 condition, allowed %.2f, at %.17g (%a) target "
            "%.17g auxiliary %g: got %.17g, truth %.17g\n",
            lk_loss_describe(r->which->loss)->name, params, r->format->name,
            output_names[r->output], error, r->bound, point->input, point->input, point->target,
            point->auxiliary, got, mpfr_get_d(want, MPFR_RNDN));
}

/* One output at one point. */
static void judge(record *r, const truth_point *point, const truth *t, double got)
{
    const enum truth_output k = r->output;
    double error = format_error(r->format, got, t->out[k], t->term[k]);
    const accuracy_exception *e = exception_for(r, t->u);
    r->points++;
    if (e && error > r->bound) {
        error /= e->factor(point);
        r->exempt++;
        if (error > r->exempt_worst) r->exempt_worst = error;
        if (error > e->bound) {
            r->failures++;
            fail(r, point, got, t->out[k], error);
        }
        return;
    }
    if (error <= r->excess) return;
    const num sensitivity = truth_sensitivity(r->which->loss, point, t, k);
    double excess =
        error - 0.5 * format_condition(r->format, t->u, sensitivity, t->out[k], t->term[k]);
    if (excess > r->bound) {
        const double other = error_nearby(r->which, r->format, point, k, got, error);
        if (other < error) excess = error = other;
    }
    if (excess > r->bound) {
        r->failures++;
        fail(r, point, got, t->out[k], excess);
    }
    if (error > r->worst) r->worst = error;
    if (excess > r->excess) {
        r->excess = excess;
        r->input = point->input;
        r->target = point->target;
        r->auxiliary = point->auxiliary;
    }
}

/* The residual itself overflows: the library sees an infinite one, and must not make NaN of it. */
static void report_nan(record *r, const truth_point *point)
{
    r->failures++;
    fail(r, point, NAN, n_of(INFINITY), 1e30);
}

int measure_case(const accuracy_case *c, const format *f, size_t n, int fma, record *records)
{
    results got;
    int outputs = 0;
    if (measure_results(c, f, n, &got)) {
        fprintf(stderr, "%s\n", lk_last_error());
        return -1;
    }
    for (int k = 0; k < TRUTH_OUTPUTS; k++) {
        if (!got.out[k]) continue;
        record *r = &records[outputs++];
        memset(r, 0, sizeof *r);
        r->which = c;
        r->format = f;
        r->output = (enum truth_output)k;
        measure_params(c, f, r->params);
        r->bound = accuracy_bound(c->loss, r->params, r->output, f, fma);
    }
    for (size_t i = 0; i < n; i++) {
        truth_point point = {got.input[i], got.target[i], got.auxiliary[i], {0}};
        memcpy(point.params, records[0].params, sizeof point.params);
        numbers_reset();
        const truth t = truth_at(c->loss, &point, 0, 0);
        const int lost = lk_loss_describe(c->loss)->axis == LK_AXIS_RESIDUAL &&
                         mpfr_cmpabs(t.u, n_of(f->largest)) > 0;
        for (record *r = records; r < records + outputs; r++) {
            const double result = got.out[r->output][i];
            if (!lost)
                judge(r, &point, &t, result);
            else if (isnan(result))
                report_nan(r, &point);
        }
    }
    measure_free(&got);
    return outputs;
}
