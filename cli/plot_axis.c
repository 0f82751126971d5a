#include "plot_axis.h"

#include "catalogue.h"
#include "parameters.h"
#include "plot_scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows of two scores: what the loss says to labels tells whether it takes them. */
static int takes_labels(lk_loss loss)
{
    const double scores[2] = {0, 0}, value[1] = {0};
    const int64_t shape[2] = {1, 2}, label = 0;
    const lk_tensor input = lk_view(scores, LK_F64, 2, shape);
    const lk_tensor target = lk_vector(&label, LK_I64, shape);
    const lk_tensor out = lk_vector(value, LK_F64, shape);
    lk_call call = LK_CALL_INIT;
    size_t bytes;
    call.input = &input;
    call.target = &target;
    call.value = &out;
    return lk_workspace_size(loss, NULL, 0, &call, &bytes) == LK_OK;
}

int plot_axis_find(lk_loss loss, plot_axis *axis, error *e)
{
    const lk_loss_info *info = lk_loss_describe(loss);
    if (info->kind == LK_KIND_POINTWISE) {
        *axis = (plot_axis)info->axis;
        return 0;
    }
    if (info->kind == LK_KIND_ROWS && takes_labels(loss)) {
        *axis = parameter_find(info, "margin") >= 0 ? PLOT_LEAD : PLOT_PROBABILITY;
        return 0;
    }
    if (info->kind == LK_KIND_LINEAR && !(lk_loss_takes(loss, NULL) >> LK_ARG_BIAS & 1)) {
        *axis = PLOT_ANGLE;
        return 0;
    }
    if (loss == LK_CTC) {
        *axis = PLOT_FRAMES;
        return 0;
    }
    if (plot_scene_find(loss)) {
        *axis = PLOT_SCENE;
        return 0;
    }
    error_set(e, "%s is a function of several numbers at once and has no picture", info->name);
    return error_refuse(e);
}

const char *plot_axis_word(plot_axis axis)
{
    return axis == PLOT_PROBABILITY ? "probability of the label"
           : axis == PLOT_LEAD      ? "lead of the label's score"
           : axis == PLOT_ANGLE     ? "angle"
           : axis == PLOT_FRAMES    ? "frames of an utterance"
                                    : axis_word((lk_axis)axis);
}

const char *plot_axis_definition(plot_axis axis)
{
    return axis == PLOT_PROBABILITY ? "probability of the label, out of two classes"
           : axis == PLOT_LEAD      ? "lead of the label's score over the other"
           : axis == PLOT_ANGLE     ? "angle between features and the label's weights, in degrees"
                                    : axis_definition((lk_axis)axis);
}

void plot_axis_range(plot_axis axis, double range[2])
{
    static const double ranges[][2] = {{-5, 5}, {-4, 4}, {-6, 6}, {0, 1}, {-3, 3}, {0, 180}};
    memcpy(range, ranges[axis], sizeof ranges[axis]);
}

typedef struct rows {
    double *scores, *gradient, *curvature;
    int64_t *labels;
} rows;

static int rows_make(rows *r, int64_t n, error *e)
{
    const size_t count = (size_t)n;
    *r = (rows){calloc(2 * count, sizeof *r->scores), calloc(2 * count, sizeof *r->scores),
                calloc(2 * count, sizeof *r->scores), calloc(count, sizeof *r->labels)};
    return r->scores && r->gradient && r->curvature && r->labels
               ? 0
               : error_set(e, "no memory for the curves");
}

static void rows_free(rows *r)
{
    free(r->scores);
    free(r->gradient);
    free(r->curvature);
    free(r->labels);
}

static int evaluate_rows(lk_loss loss, const double *params, const rows *r, int64_t n,
                         double *value, error *e)
{
    const int64_t shape[2] = {n, 2};
    const lk_tensor input = lk_view(r->scores, LK_F64, 2, shape);
    const lk_tensor target = lk_vector(r->labels, LK_I64, &n), out = lk_vector(value, LK_F64, &n);
    const lk_tensor gradient = lk_view(r->gradient, LK_F64, 2, shape);
    const lk_tensor curvature = lk_view(r->curvature, LK_F64, 2, shape);
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.value = &out;
    call.gradient = &gradient;
    call.curvature = &curvature;
    call.reduction = LK_NONE;
    if (lk_evaluate(loss, params, lk_loss_describe(loss)->n_params, &call) == LK_OK) return 0;
    return error_library(e);
}

/* The weights of the label are (1, 0), those of the other class 0: its score is 0, and the label's
 * follows from the softmax of the two. Features at the angle have length 1. */
static int evaluate_angles(lk_loss loss, const double *params, rows *r, int64_t n,
                           const double *places, double *cosine, error *e)
{
    static const double weights[4] = {1, 0, 0, 0};
    const lk_loss_info *info = lk_loss_describe(loss);
    const int64_t shape[2] = {n, 2}, square[2] = {2, 2};
    const int scale = parameter_find(info, "s"), mixture = parameter_find(info, "lambda");
    double plain[LK_MAX_PARAMS];
    memcpy(plain, params, (size_t)info->n_params * sizeof *plain);
    if (scale >= 0) plain[scale] = 1;
    for (int64_t i = 0; i < n; i++) {
        r->scores[2 * i] = cos(acos(-1) * places[i] / 180);
        r->scores[2 * i + 1] = sin(acos(-1) * places[i] / 180);
    }
    const lk_tensor input = lk_view(r->scores, LK_F64, 2, shape);
    const lk_tensor layer = lk_view(weights, LK_F64, 2, square);
    const lk_tensor target = lk_vector(r->labels, LK_I64, &n), out = lk_vector(cosine, LK_F64, &n);
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.weights = &layer;
    call.target = &target;
    call.value = &out;
    call.reduction = LK_NONE;
    if (lk_evaluate(loss, plain, info->n_params, &call) != LK_OK) return error_library(e);
    for (int64_t i = 0; i < n; i++) {
        const double share = mixture >= 0 ? params[mixture] : 0, score = -log(expm1(cosine[i]));
        /* score = (share cos + psi) / (1 + share) */
        cosine[i] = (1 + share) * score - share * r->scores[2 * i];
    }
    return 0;
}

int plot_evaluate_classes(lk_loss loss, const double *params, plot_axis axis, int64_t n,
                          const double *places, double *const y[], error *e)
{
    rows r;
    int status = rows_make(&r, n, e);
    if (!status && axis == PLOT_ANGLE) {
        status = evaluate_angles(loss, params, &r, n, places, y[0], e);
        for (int64_t i = 0; i < n; i++) y[1][i] = y[2][i] = NAN;
    } else if (!status) {
        for (int64_t i = 0; i < n; i++) {
            r.scores[2 * i] = axis == PLOT_LEAD ? places[i] : log(places[i]);
            r.scores[2 * i + 1] = axis == PLOT_LEAD ? 0 : log1p(-places[i]);
        }
        status = evaluate_rows(loss, params, &r, n, y[0], e);
        for (int64_t i = 0; i < n && !status; i++) {
            y[1][i] = r.gradient[2 * i];
            y[2][i] = r.curvature[2 * i];
        }
    }
    rows_free(&r);
    return status;
}

int plot_evaluate_scores(lk_loss loss, const double *params, int64_t n, const double *scores,
                         double *value, error *e)
{
    rows r;
    int status = rows_make(&r, n, e);
    if (!status) {
        memcpy(r.scores, scores, 2 * (size_t)n * sizeof *scores);
        status = evaluate_rows(loss, params, &r, n, value, e);
    }
    rows_free(&r);
    return status;
}
