/* softmax_identities.c: KL divergence and large-margin softmax are cross-entropy but for a
 * constant, and but for a margin. */
#include "design.h"
#include "equivalences.h"
#include "trial.h"

#include <math.h>
#include <stdlib.h>

static const double l2 = 0.01, step = 1e-5;

static lk_status no_memory(void) { return lk_fail(LK_NO_MEMORY, "no memory for an identity"); }

/* ---- softmax regression -------------------------------------------------------------------------
 */

/* Mean loss of weights [classes, features], and its gradient where it is not NULL. */
static lk_status softmax_loss(const lk_dataset *data, const int64_t *labels, const double *weights,
                              double *value, double *gradient)
{
    const int64_t x_shape[] = {data->rows, data->features};
    const int64_t w_shape[] = {data->classes, data->features};
    const lk_tensor x = lk_view(data->dense, LK_F64, 2, x_shape),
                    w = lk_view(weights, LK_F64, 2, w_shape),
                    g = lk_view(gradient, LK_F64, 2, w_shape),
                    t = lk_vector(labels, LK_I64, &data->rows);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &x;
    call.weights = &w;
    call.target = &t;
    call.weights_gradient = gradient ? &g : NULL;
    call.result = &result;
    const lk_status status = lk_linear_cross_entropy(&call, 0, 0, 0, 0);
    *value = result.value;
    return status;
}

/* The slope of the loss from the weights in some direction. */
static lk_status slope_along(const lk_dataset *data, const int64_t *labels, double *weights,
                             const double *direction, double *slope)
{
    const int64_t n = data->classes * data->features;
    double up, down;
    for (int64_t k = 0; k < n; k++) weights[k] += step * direction[k];
    lk_status status = softmax_loss(data, labels, weights, &up, NULL);
    for (int64_t k = 0; k < n; k++) weights[k] -= 2 * step * direction[k];
    if (!status) status = softmax_loss(data, labels, weights, &down, NULL);
    for (int64_t k = 0; k < n; k++) weights[k] += step * direction[k];
    *slope = (up - down) / (2 * step);
    return status;
}

static lk_status compare_softmax(experiment *x, const lk_dataset *data, double *room,
                                 int64_t *labels)
{
    const int64_t n = data->classes * data->features, rows = data->rows;
    double *const w = room, *const gradient = w + n, *const closed = gradient + n,
                  *const direction = closed + n, *const p = direction + n;
    lk_status status = design_train(data, LK_SOFTMAX_CROSS_ENTROPY, l2, w, NULL, p);
    double value, slope;
    for (int64_t i = 0; i < rows; i++) {
        labels[i] = (int64_t)data->target[i];
        for (int64_t c = 0; c < data->classes; c++)
            p[i * data->classes + c] = (p[i * data->classes + c] - (c == labels[i])) / (double)rows;
    }
    if (!status) status = softmax_loss(data, labels, w, &value, gradient);
    if (!status) status = design_gradient(data, data->classes, p, closed);
    if (status) return status;
    check_at_most(x, once(largest_difference(n, gradient, closed)), 1e-14,
                  "gradient of linear_cross_entropy against (1/n)(P − Y)ᵀX");
    lk_random random = {1};
    for (int64_t k = 0; k < n; k++) direction[k] = lk_random_normal(&random);
    status = slope_along(data, labels, w, direction, &slope);
    if (status) return status;
    check_near(x, slope, dot_product(n, closed, direction), 1e-8,
               "slope in a random direction, by differences, against that of (1/n)(P − Y)ᵀX");
    for (int64_t k = 0; k < n; k++) gradient[k] = -l2 * w[k];
    check_at_most(x, once(largest_difference(n, closed, gradient)), 1e-9,
                  "(1/n)(P − Y)ᵀX against −λW, which it is at the optimum");
    return LK_OK;
}

lk_status show_softmax_regression(experiment *x)
{
    lk_dataset data;
    heading(x, "Softmax regression is softmax cross-entropy");
    lk_status status = design_rows(x, "digits", LK_SCALE_MAX_ABS, &data);
    if (status) return status;
    tell(x,
         "The same with %lld classes, on %lld handwritten digits: P holds the probabilities that "
         "the model gives to each row's classes, Y a 1 for each row's own class.",
         (long long)data.classes, (long long)data.rows);
    formula(x, "\\nabla_W L=\\tfrac1n(P-Y)^\\top X");
    double *room = calloc((size_t)(data.classes * (4 * data.features + data.rows)), sizeof *room);
    int64_t *labels = malloc((size_t)data.rows * sizeof *labels);
    status = room && labels ? compare_softmax(x, &data, room, labels) : no_memory();
    free(room);
    free(labels);
    lk_dataset_free(&data);
    return status;
}

/* ---- KL divergence ------------------------------------------------------------------------------
 */

/* Values [rows] and slopes [rows, classes] of scores against soft targets. */
static lk_status compare_rows(const lk_dataset *data, lk_loss loss, const double *params,
                              int n_params, const double *scores, const double *targets,
                              double *value, double *slope)
{
    const int64_t shape[] = {data->rows, data->classes};
    const lk_tensor input = lk_view(scores, LK_F64, 2, shape),
                    target = lk_view(targets, LK_F64, 2, shape),
                    gradient = lk_view(slope, LK_F64, 2, shape),
                    values = lk_vector(value, LK_F64, &data->rows);
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.value = &values;
    call.gradient = &gradient;
    call.reduction = LK_NONE;
    return lk_evaluate(loss, params, n_params, &call);
}

static double entropy(int64_t n, const double *p)
{
    double sum = 0;
    for (int64_t k = 0; k < n; k++)
        if (p[k] > 0) sum -= p[k] * log(p[k]);
    return sum;
}

static lk_status compare_divergence(experiment *x, const lk_dataset *data, double *room)
{
    static const double of_logits[] = {1, 0};
    const int64_t rows = data->rows, classes = data->classes, n = rows * classes;
    double *const scores = room, *const p = scores + n, *const slope[2] = {p + n, p + 2 * n},
                  *const value[2] = {p + 3 * n, p + 3 * n + rows};
    lk_status status = design_train(data, LK_SOFTMAX_CROSS_ENTROPY, 1, NULL, NULL, p);
    if (!status) status = design_train(data, LK_SOFTMAX_CROSS_ENTROPY, 1e-3, NULL, scores, NULL);
    if (!status)
        status = compare_rows(data, LK_KL_DIVERGENCE, of_logits, 2, scores, p, value[0], slope[0]);
    if (!status)
        status =
            compare_rows(data, LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, scores, p, value[1], slope[1]);
    if (status) return status;
    double gap = 0;
    for (int64_t i = 0; i < rows; i++) {
        const double h = entropy(classes, p + i * classes);
        gap = fmax(gap, fabs(value[0][i] - (value[1][i] - h)));
    }
    check_at_most(x, once(gap), 1e-12, "KL divergence against cross-entropy minus entropy, by row");
    check_at_most(x, once(largest_difference(n, slope[0], slope[1])), 1e-14,
                  "slopes of the two in the scores: the entropy of the target has none");
    return LK_OK;
}

lk_status show_divergence(experiment *x)
{
    lk_dataset data;
    heading(x, "KL divergence is cross-entropy minus entropy");
    lk_status status = design_rows(x, "digits", LK_SCALE_MAX_ABS, &data);
    if (status) return status;
    tell(x,
         "Two models of %lld digits differ in their penalty. P holds the probabilities of the one, "
         "Q those of the other.",
         (long long)data.rows);
    formula(x, "D(P\\Vert Q)=\\sum_jp_j\\log\\frac{p_j}{q_j}=-\\sum_jp_j\\log q_j-H(P)");
    const int64_t rows = data.rows, classes = data.classes;
    double *room = calloc((size_t)(rows * (4 * classes + 2)), sizeof *room);
    status = room ? compare_divergence(x, &data, room) : no_memory();
    free(room);
    lk_dataset_free(&data);
    return status;
}

/* ---- L-Softmax ----------------------------------------------------------------------------------
 */

/* Value [rows], slopes in the features and in the weights; m = 0: the plain loss. */
static lk_status margin_loss(const lk_dataset *data, const int64_t *labels, const double *weights,
                             double m, double *value, double *by_x, double *by_w)
{
    const int64_t x_shape[] = {data->rows, data->features};
    const int64_t w_shape[] = {data->classes, data->features};
    const lk_tensor x = lk_view(data->dense, LK_F64, 2, x_shape),
                    w = lk_view(weights, LK_F64, 2, w_shape),
                    t = lk_vector(labels, LK_I64, &data->rows),
                    values = lk_vector(value, LK_F64, &data->rows),
                    x_gradient = lk_view(by_x, LK_F64, 2, x_shape),
                    w_gradient = lk_view(by_w, LK_F64, 2, w_shape);
    lk_call call = LK_CALL_INIT;
    call.input = &x;
    call.weights = &w;
    call.target = &t;
    call.value = &values;
    call.gradient = &x_gradient;
    call.weights_gradient = &w_gradient;
    return m > 0 ? lk_large_margin_softmax(&call, m, 0)
                 : lk_linear_cross_entropy(&call, 0, 0, 0, 0);
}

static lk_status compare_margins(experiment *x, const lk_dataset *data, double *room,
                                 int64_t *labels)
{
    const int64_t rows = data->rows, n = rows * data->features, k = data->classes * data->features;
    double *const w = room, *const value[2] = {w + k, w + k + rows},
                  *const by_x[2] = {w + k + 2 * rows, w + k + 2 * rows + n},
                  *const by_w[2] = {by_x[1] + n, by_x[1] + n + k};
    for (int64_t i = 0; i < rows; i++) labels[i] = (int64_t)data->target[i];
    lk_status status = design_train(data, LK_SOFTMAX_CROSS_ENTROPY, l2, w, NULL, NULL);
    for (int j = 0; !status && j < 2; j++)
        status = margin_loss(data, labels, w, j, value[j], by_x[j], by_w[j]);
    if (status) return status;
    check_at_most(x, once(largest_difference(rows, value[0], value[1])), 0,
                  "largest difference of a row's value at m = 1");
    check_at_most(x, once(largest_difference(n, by_x[0], by_x[1])), 0, "the same of a slope in x");
    check_at_most(x, once(largest_difference(k, by_w[0], by_w[1])), 0, "the same of a slope in W");
    status = margin_loss(data, labels, w, 2, value[1], by_x[1], by_w[1]);
    if (!status)
        check_at_least(
            x, once(largest_difference(rows, value[0], value[1])), 0.1,
            "largest difference of a row's value at m = 2, to show that there may be one");
    return status;
}

lk_status show_large_margin(experiment *x)
{
    lk_dataset data;
    heading(x, "L-Softmax with m = 1 is softmax cross-entropy");
    lk_status status = design_rows(x, "digits", LK_SCALE_MAX_ABS, &data);
    if (status) return status;
    tell(x,
         "large_margin_softmax asks that the angle to the own class's weights be m times smaller "
         "than it is without; with m = 1 nothing is asked. On %lld digits, and the weights of "
         "softmax regression, it has to be linear_cross_entropy to the last bit.",
         (long long)data.rows);
    const size_t n = (size_t)(data.rows * data.features);
    const size_t k = (size_t)(data.classes * data.features), rows = (size_t)data.rows;
    double *room = calloc(3 * k + 2 * rows + 2 * n, sizeof *room);
    int64_t *labels = malloc(rows * sizeof *labels);
    status = room && labels ? compare_margins(x, &data, room, labels) : no_memory();
    free(room);
    free(labels);
    lk_dataset_free(&data);
    return status;
}
