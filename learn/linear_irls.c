/* linear_irls.c: iteratively reweighted least squares for robust losses, that forget outliers. Such
 * a loss has many stationary points; the one found is that next to the Huber estimate. Each step is
 * Newton's on the weights psi(r) / r, the Fisher curvature, a parabola above the loss that touches
 * it, so that every full step goes down. */
#include "linear_smooth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SCALE_ROUNDS = 200 };
static const double scale_change = 1e-7;

/* Of the residuals at x: what the loss's own parameter "mad" makes of them. */
static lk_status measure_scale(lk_smooth *o, const double *x, double *scale)
{
    const lk_linear_problem *p = o->problem;
    const int64_t rows = p->data->rows;
    lk_rows_scores(p->data, 1, x, x + o->weights, o->scores);
    const lk_tensor input = lk_vector(o->scores, LK_F64, &rows);
    const lk_tensor target = lk_vector(p->target, LK_F64, &rows);
    const lk_tensor bend = lk_vector(o->bend, LK_F64, &rows);
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.curvature = &bend;
    call.curvature_mode = LK_CURVATURE_UPPER; /* 1 / scale^2 */
    call.reduction = LK_NONE;
    const double params[] = {p->params[0], 0};
    const lk_status status = lk_evaluate(LK_TUKEY_BIWEIGHT, params, 2, &call);
    if (!status) *scale = 1 / sqrt(o->bend[0]);
    return status;
}

/* Where the loss bends away from the parabola, as its parameter c says. */
static double width_of(const lk_linear_problem *p)
{
    const lk_loss_info *info = lk_loss_describe(p->loss);
    for (int k = 0; k < p->n_params; k++)
        if (!strcmp(info->params[k].name, "c")) return p->params[k];
    return 1;
}

/* 1.345 gives the Huber estimate the efficiency that 4.6851 gives Tukey's. */
static lk_status huber_start(const lk_linear_problem *p, double scale, double *w, double *bias,
                             lk_linear_report *report)
{
    const double delta = p->loss == LK_TUKEY_BIWEIGHT ? 1.345 * scale : width_of(p);
    lk_linear_problem huber = *p;
    huber.loss = LK_HUBER;
    huber.params = &delta;
    huber.n_params = 1;
    huber.progress = NULL;
    *report = (lk_linear_report){.solver = LK_SOLVER_IRLS};
    return lk_newton(&huber, LK_CURVATURE_TRUE, w, bias, report);
}

/* Scale and Huber estimate, each from the other, until they agree. */
static lk_status start_with_scale(const lk_linear_problem *p, double *scale, double *w,
                                  double *bias, lk_linear_report *report)
{
    lk_smooth o;
    lk_status status = lk_smooth_begin(&o, p, LK_CURVATURE_TRUE);
    if (!status) status = measure_scale(&o, w, scale);
    for (int round = 0; !status && round < SCALE_ROUNDS; round++) {
        const double old = *scale;
        status = huber_start(p, old, w, bias, report);
        if (!status) status = measure_scale(&o, w, scale);
        if (fabs(*scale - old) <= scale_change * old) break;
    }
    lk_smooth_end(&o);
    return status;
}

lk_status lk_solve_irls(const lk_linear_problem *p, double *w, double *bias,
                        lk_linear_report *report)
{
    lk_linear_problem scaled = *p;
    double params[LK_MAX_PARAMS], scale = 1;
    memcpy(params, p->params, (size_t)p->n_params * sizeof *params);
    scaled.params = params;
    const int tukey = p->loss == LK_TUKEY_BIWEIGHT;
    lk_status status;
    if (tukey && params[1] <= 0) {
        status = start_with_scale(p, &scale, w, bias, report);
        params[1] = scale;
    } else {
        if (tukey) scale = params[1];
        status = huber_start(p, scale, w, bias, report);
    }
    if (status) return status;
    *report = (lk_linear_report){.solver = LK_SOLVER_IRLS};
    return lk_newton(&scaled, LK_CURVATURE_FISHER, w, bias, report);
}
