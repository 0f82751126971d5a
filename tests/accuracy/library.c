/* library.c: the library's own results at the points of a case. */
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "points.h"

void measure_params(const accuracy_case *c, const format *f, double *params)
{
    const lk_loss_info *info = lk_loss_describe(c->loss);
    for (int k = 0; k < LK_MAX_PARAMS; k++) {
        const double preset = k < info->n_params ? info->params[k].preset : 0;
        params[k] = format_round(f, c->n_params ? c->params[k] : preset);
    }
}

static void narrow(const format *f, size_t n, const double *from, void *to)
{
    if (f->bits == 53) memcpy(to, from, n * sizeof *from);
    for (size_t i = 0; f->bits == 24 && i < n; i++) ((float *)to)[i] = (float)from[i];
}

static void widen(const format *f, size_t n, const void *from, double *to)
{
    if (f->bits == 53) memcpy(to, from, n * sizeof *to);
    for (size_t i = 0; f->bits == 24 && i < n; i++) to[i] = (double)((const float *)from)[i];
}

/* One call of the library that asks for the outputs with a place in `to`. */
static lk_status ask(const accuracy_case *c, const format *f, results *r, lk_curvature mode,
                     double *to[5])
{
    enum { INPUTS = 3, OUTPUTS = 5 };
    const lk_loss_info *info = lk_loss_describe(c->loss);
    const int64_t n = (int64_t)r->n;
    const double *from[INPUTS] = {r->input, r->target, r->auxiliary};
    double *data = malloc((INPUTS + OUTPUTS) * r->n * sizeof *data);
    lk_tensor t[INPUTS + OUTPUTS];
    for (int k = 0; k < INPUTS + OUTPUTS; k++) {
        if (k < INPUTS) narrow(f, r->n, from[k], data + (size_t)k * r->n);
        t[k] = lk_vector(data + (size_t)k * r->n, f->dtype, &n);
    }
    lk_call call = LK_CALL_INIT;
    call.reduction = LK_NONE;
    call.curvature_mode = mode;
    call.input = &t[0];
    call.target = &t[1];
    call.auxiliary = info->auxiliary ? &t[2] : NULL;
    call.value = to[0] ? &t[3] : NULL;
    call.gradient = to[1] ? &t[4] : NULL;
    call.curvature = to[2] ? &t[5] : NULL;
    call.target_gradient = to[3] ? &t[6] : NULL;
    call.auxiliary_gradient = to[4] ? &t[7] : NULL;
    double params[LK_MAX_PARAMS];
    measure_params(c, f, params);
    const lk_status status = lk_evaluate(c->loss, params, info->n_params, &call);
    for (int k = 0; !status && k < OUTPUTS; k++)
        if (to[k]) widen(f, r->n, t[INPUTS + k].data, to[k]);
    free(data);
    return status;
}

int measure_results(const accuracy_case *c, const format *f, size_t n, results *r)
{
    const lk_loss_info *info = lk_loss_describe(c->loss);
    double params[LK_MAX_PARAMS];
    measure_params(c, f, params);
    r->n = n;
    double *block = malloc((3 + TRUTH_OUTPUTS) * n * sizeof *block);
    r->input = block;
    r->target = block + n;
    r->auxiliary = block + 2 * n;
    for (size_t k = 0; k < TRUTH_OUTPUTS; k++) r->out[k] = block + (3 + k) * n;
    points_fill(info, params, f, n, r->input, r->target, r->auxiliary);
    if (!info->fisher_tex) r->out[TRUTH_FISHER] = NULL;
    if (!info->upper_tex) r->out[TRUTH_UPPER] = NULL;
    if (!info->target_gradient_tex && !(info->traits & LK_DISTANCE_BASED))
        r->out[TRUTH_TARGET] = NULL;
    if (!info->auxiliary_gradient_tex) r->out[TRUTH_AUXILIARY] = NULL;

    double *first[] = {r->out[TRUTH_VALUE], r->out[TRUTH_GRADIENT], r->out[TRUTH_CURVATURE], NULL,
                       NULL};
    double *second[] = {NULL, NULL, r->out[TRUTH_FISHER], r->out[TRUTH_TARGET],
                        r->out[TRUTH_AUXILIARY]};
    double *third[] = {NULL, NULL, r->out[TRUTH_UPPER], NULL, NULL};
    lk_status status = ask(c, f, r, LK_CURVATURE_TRUE, first);
    if (!status) status = ask(c, f, r, LK_CURVATURE_FISHER, second);
    if (!status && third[2]) status = ask(c, f, r, LK_CURVATURE_UPPER, third);
    return status ? -1 : 0;
}

void measure_free(results *r) { free(r->input); }
