#include "margin_angles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static lk_status weights_of(const lk_model *model, double weights[DIGITS][2])
{
    for (int64_t k = 0; k < lk_model_tensors(model); k++) {
        const char *name;
        lk_tensor view;
        const lk_status status = lk_model_tensor(model, k, &name, &view);
        if (status) return status;
        if (strcmp(name, "output.weight") != 0) continue;
        for (int i = 0; i < 2 * DIGITS; i++)
            weights[i / 2][i % 2] = (double)((const float *)view.data)[i];
        return LK_OK;
    }
    return lk_fail(LK_INVALID, "the model has no weights of classes");
}

static double degrees_between(const double a[2], const double b[2])
{
    const double cross = a[0] * b[1] - a[1] * b[0], dot = a[0] * b[0] + a[1] * b[1];
    return fabs(atan2(cross, dot)) * 180 / acos(-1);
}

lk_status angles_of(const lk_model *model, const lk_dataset *data, angles *a)
{
    const size_t rows = (size_t)data->rows;
    *a = (angles){.own = malloc((rows + 1) * sizeof *a->own),
                  .margin = malloc((rows + 1) * sizeof *a->margin)};
    if (!a->own || !a->margin) return lk_fail(LK_NO_MEMORY, "no memory for %zu angles", rows);
    lk_status status = weights_of(model, a->weights);
    if (!status) status = plane_points(model, data, &a->points);
    for (int64_t i = 0; !status && i < data->rows; i++) {
        double other = 180;
        for (int c = 0; c < DIGITS; c++) {
            const double degrees = degrees_between(a->points + 2 * i, a->weights[c]);
            if (c == (int)data->target[i])
                a->own[i] = degrees;
            else
                other = fmin(other, degrees);
        }
        a->margin[i] = other - a->own[i];
    }
    return status;
}

void angles_free(angles *a)
{
    free(a->points);
    free(a->own);
    free(a->margin);
}

/* Large-margin softmax of one row, and softmax cross-entropy of its scores. */
static lk_status both_losses(const double point[2], double weights[DIGITS][2], int64_t label,
                             double value[2])
{
    const int64_t row[2] = {1, 2}, of_weights[2] = {DIGITS, 2}, of_scores[2] = {1, DIGITS};
    const double one[2] = {1, 5}; /* m, and lambda, which then does not matter */
    double scores[DIGITS];
    for (int c = 0; c < DIGITS; c++)
        scores[c] = weights[c][0] * point[0] + weights[c][1] * point[1];
    const lk_tensor feature = lk_view(point, LK_F64, 2, row),
                    w = lk_view(weights, LK_F64, 2, of_weights),
                    score = lk_view(scores, LK_F64, 2, of_scores),
                    target = lk_vector(&label, LK_I64, row);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &score;
    call.target = &target;
    call.result = &result;
    lk_status status = lk_evaluate(LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, &call);
    value[0] = result.value;
    call.input = &feature;
    call.weights = &w;
    if (!status) status = lk_evaluate(LK_LARGE_MARGIN_SOFTMAX, one, 2, &call);
    value[1] = result.value;
    return status;
}

lk_status angles_against_softmax(const lk_dataset *data, angles *a, double *most)
{
    *most = 0;
    for (int64_t i = 0; i < data->rows; i++) {
        double value[2];
        const lk_status status =
            both_losses(a->points + 2 * i, a->weights, (int64_t)data->target[i], value);
        if (status) return status;
        *most = fmax(*most, fabs(value[1] - value[0]) / fmax(1, value[0]));
    }
    return LK_OK;
}
