/* row_hessians.c: the Hessian of losses over the scores of classes, at random scores. */
#include "convexity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES = 5, POINTS = 400, ROWS = 24, WEIGHTS = 6, MARGIN_POINTS = 100 };
static const double negligible = 1e-12;
/* Of Hessians by differences of values, which are off by about 1e-6. */
static const double noise = 1e-4;

typedef struct extremes {
    double least, most; /* eigenvalues over all points */
    int negative;       /* points with an eigenvalue below 0 */
} extremes;

static void note(extremes *e, int64_t n, const double *values, double tolerance)
{
    e->least = fmin(e->least, values[0]);
    e->most = fmax(e->most, values[n - 1]);
    e->negative += values[0] < -tolerance;
}

/* ---- losses of scores ---------------------------------------------------------------------------
 */

static int parameter_index(const lk_loss_info *info, const char *name)
{
    for (int k = 0; k < info->n_params; k++)
        if (!strcmp(info->params[k].name, name)) return k;
    return -1;
}

/* Divergences compare with a distribution, all others with a label. */
static int takes_distribution(const lk_loss_info *info)
{
    return parameter_index(info, "logits") >= 0;
}

static lk_status distribution(lk_random *random, double p[CLASSES])
{
    static const int64_t shape[] = {CLASSES};
    double scores[CLASSES];
    for (int k = 0; k < CLASSES; k++) scores[k] = 2 * lk_random_normal(random);
    const lk_tensor input = lk_vector(scores, LK_F64, shape), value = lk_vector(p, LK_F64, shape);
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.value = &value;
    call.reduction = LK_NONE;
    return lk_softmax(&call);
}

/* All columns of the Hessian in one call: as many equal rows of scores as there are classes, each
 * with a unit vector of its own. */
static lk_status row_hessian(lk_loss loss, const double *params, int64_t label,
                             const double soft[CLASSES], const double scores[CLASSES],
                             double hessian[CLASSES][CLASSES])
{
    static const int64_t shape[] = {CLASSES, CLASSES}, repeated[] = {0, 1}, same = 0;
    const lk_loss_info *info = lk_loss_describe(loss);
    double unit[CLASSES][CLASSES] = {{0}};
    for (int k = 0; k < CLASSES; k++) unit[k][k] = 1;
    lk_tensor input = lk_view(scores, LK_F64, 2, shape), target = input;
    input.strides = target.strides = (int64_t *)(uintptr_t)repeated;
    target.data = (void *)(uintptr_t)soft;
    if (!takes_distribution(info)) {
        target = lk_view(&label, LK_I64, 1, shape);
        target.strides = (int64_t *)(uintptr_t)&same;
    }
    const lk_tensor vector = lk_view(unit, LK_F64, 2, shape),
                    product = lk_view(hessian, LK_F64, 2, shape);
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.vector = &vector;
    call.hessian_vector = &product;
    call.reduction = LK_NONE;
    return lk_evaluate(loss, params, info->n_params, &call);
}

static lk_status look_at(lk_loss loss, const double *params, extremes *e)
{
    double soft[CLASSES], scores[CLASSES], values[CLASSES];
    double hessian[CLASSES][CLASSES];
    *e = (extremes){HUGE_VAL, -HUGE_VAL, 0};
    lk_random random = {1};
    for (int k = 0; k < POINTS; k++) {
        const double size = k % 2 ? 4 : 1;
        for (int c = 0; c < CLASSES; c++) scores[c] = size * lk_random_normal(&random);
        lk_status status = distribution(&random, soft);
        if (!status)
            status =
                row_hessian(loss, params, lk_random_below(&random, CLASSES), soft, scores, hessian);
        if (!status) status = eigenvalues(CLASSES, hessian[0], values);
        if (status) return status;
        note(e, CLASSES, values, negligible);
    }
    return LK_OK;
}

/* The presets; on logits where there is a choice. */
static void presets(const lk_loss_info *info, double params[LK_MAX_PARAMS])
{
    for (int k = 0; k < info->n_params; k++) params[k] = info->params[k].preset;
    if (takes_distribution(info)) params[parameter_index(info, "logits")] = 1;
}

static void tell_of(experiment *x, const char *name, int convex, const extremes *e)
{
    cell(x, "%s", name);
    cell(x, "%s", convex ? "yes" : "no");
    cell(x, "%d of %d", e->negative, POINTS);
    cell_number(x, fabs(e->least) < negligible ? 0 : e->least, 4);
    cell_number(x, e->most, 4);
}

/* With u = log p_y, poly1 is -u + ε(1 - exp(u)). Its Hessian is (1 + εp_y) S - εp_y (e_y - p)(e_y -
 * p)ᵀ, S = diag(p) - ppᵀ, and by Cauchy and Schwarz at least (1 + ε(2p_y - 1)) S: never negative
 * for the preset ε = 1. */
static lk_status look_at_poly1(experiment *x, int *negative)
{
    static const double epsilon = 2;
    extremes e;
    const lk_status status = look_at(LK_POLY1, &epsilon, &e);
    if (status) return status;
    tell_of(x, "poly1 with ε = 2", 0, &e);
    *negative = e.negative;
    return LK_OK;
}

static lk_status look_at_all(experiment *x)
{
    const uint32_t needed = 1u << LK_ARG_HESSIAN_VECTOR | 1u << LK_ARG_TARGET;
    int convex = 0, wrong = 0, others = 0, exposed = 0;
    double largest = 0;
    table(x, "Losses of the scores of 5 classes",
          "loss|declared convex|points with a negative eigenvalue|smallest|largest");
    for (int id = 1; lk_loss_describe((lk_loss)id); id++) {
        const lk_loss_info *info = lk_loss_describe((lk_loss)id);
        double params[LK_MAX_PARAMS];
        extremes e;
        if (info->kind != LK_KIND_ROWS || (lk_loss_takes((lk_loss)id, NULL) & needed) != needed)
            continue;
        presets(info, params);
        lk_status status = look_at((lk_loss)id, params, &e);
        if (status) return status;
        const int declared = (info->traits & LK_CONVEX) != 0;
        tell_of(x, info->name, declared, &e);
        if (id == LK_POLY1) status = look_at_poly1(x, &e.negative);
        if (status) return status;
        convex += declared;
        wrong += declared && e.negative;
        others += !declared;
        exposed += !declared && e.negative;
        if (id == LK_SOFTMAX_CROSS_ENTROPY) largest = e.most;
    }
    tell(x, "poly1, −log p + ε(1 − p), is convex for ε up to 1, its preset, and not beyond.");
    check_count(x, wrong, 0, convex, "losses refuted that are declared convex");
    check_count(x, exposed, others, others, "other losses refuted");
    check_at_most(x, once(largest), 0.5 + negligible,
                  "largest eigenvalue of softmax cross-entropy, which is never above ½");
    return LK_OK;
}

/* ---- L-Softmax ----------------------------------------------------------------------------------
 */
typedef struct margin_problem {
    double features[ROWS][2];
    int64_t labels[ROWS];
    double m;
} margin_problem;

/* The mean loss as a function of the weights of three classes. */
static lk_status margin_loss(void *context, const double *weights, double *value)
{
    static const int64_t rows = ROWS, x_shape[] = {ROWS, 2}, w_shape[] = {WEIGHTS / 2, 2};
    const margin_problem *p = context;
    const lk_tensor x = lk_view(p->features, LK_F64, 2, x_shape),
                    w = lk_view(weights, LK_F64, 2, w_shape),
                    t = lk_vector(p->labels, LK_I64, &rows);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &x;
    call.weights = &w;
    call.target = &t;
    call.result = &result;
    const lk_status status = lk_large_margin_softmax(&call, p->m, 0);
    *value = result.value;
    return status;
}

static lk_status look_at_margin(double m, extremes *e)
{
    margin_problem p = {.m = m};
    lk_random random = {2};
    for (int i = 0; i < ROWS; i++) {
        const double angle = 2.0943951 * (i % 3); /* a third of a turn */
        p.labels[i] = i % 3;
        p.features[i][0] = cos(angle) + lk_random_normal(&random);
        p.features[i][1] = sin(angle) + lk_random_normal(&random);
    }
    *e = (extremes){HUGE_VAL, -HUGE_VAL, 0};
    for (int k = 0; k < MARGIN_POINTS; k++) {
        double weights[WEIGHTS], hessian[WEIGHTS * WEIGHTS], values[WEIGHTS];
        for (int j = 0; j < WEIGHTS; j++) weights[j] = lk_random_normal(&random);
        lk_status status = hessian_by_differences(WEIGHTS, weights, 1e-3, margin_loss, &p, hessian);
        if (!status) status = eigenvalues(WEIGHTS, hessian, values);
        if (status) return status;
        note(e, WEIGHTS, values, noise);
    }
    return LK_OK;
}

static lk_status show_margins(experiment *x)
{
    extremes e[3];
    for (int k = 0; k < 3; k++) {
        const lk_status status = look_at_margin(1 << k, &e[k]);
        if (status) return status;
    }
    table(x, "large_margin_softmax on 24 points of the plane, in the weights of 3 classes",
          "margin m|points with a negative eigenvalue|smallest|largest");
    for (int k = 0; k < 3; k++) {
        cell(x, "%d", 1 << k);
        cell(x, "%d of %d", e[k].negative, MARGIN_POINTS);
        cell_number(x, fabs(e[k].least) < noise ? 0 : e[k].least, 4);
        cell_number(x, e[k].most, 4);
    }
    check_count(x, e[0].negative, 0, MARGIN_POINTS, "points with a negative eigenvalue at m = 1");
    check_at_least(x, once(fmin(e[1].negative, e[2].negative)), 1,
                   "the same at m = 2 and at m = 4, the smaller number");
    return LK_OK;
}

lk_status show_row_hessians(experiment *x)
{
    heading(x, "Losses of the scores of classes");
    tell(x,
         "The Hessian of softmax cross-entropy is diag(p) − ppᵀ, whatever the label. That of each "
         "loss is computed at %d random scores of %d classes, column by column, from the library's "
         "products of Hessian and vector; divergences are taken from logits. multiclass_hinge is "
         "not among them: it is a maximum of planes, and its Hessian 0 wherever there is one.",
         POINTS, CLASSES);
    const lk_status status = look_at_all(x);
    return status ? status : show_margins(x);
}
