#include "design.h"
#include "trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

lk_status design_with_constant(const lk_dataset *data, lk_dataset *out)
{
    memset(out, 0, sizeof *out);
    const int64_t from = data->features, to = data->features + 1;
    double *features = malloc((size_t)(data->rows * to) * sizeof *features);
    if (!features) return lk_fail(LK_NO_MEMORY, "no memory for a constant feature");
    for (int64_t i = 0; i < data->rows; i++) {
        memcpy(features + i * to, data->dense + i * from, (size_t)from * sizeof *features);
        features[i * to + from] = 1;
    }
    const int64_t shape[] = {data->rows, to};
    const lk_tensor x = lk_view(features, LK_F64, 2, shape);
    const lk_tensor y = lk_vector(data->target, LK_F64, &data->rows);
    const lk_tensor w = lk_vector(data->weight, LK_F64, &data->rows);
    lk_status status = lk_dataset_create(&x, &y, data->weight ? &w : NULL, out);
    free(features);
    if (!status && data->classes) status = lk_dataset_set_classes(out, data->classes);
    if (status) lk_dataset_free(out);
    return status;
}

/* [rows, columns] of numbers that stand as [columns, rows] */
static lk_tensor transposed(const double *numbers, const int64_t shape[2], const int64_t strides[2])
{
    lk_tensor t = lk_view(numbers, LK_F64, 2, shape);
    t.strides = (int64_t *)(uintptr_t)strides;
    return t;
}

lk_status design_scores(const lk_dataset *data, int64_t n, const double *weights, double *scores)
{
    const int64_t x_shape[] = {data->rows, data->features}, w_shape[] = {data->features, n};
    const int64_t w_strides[] = {1, data->features}, shape[] = {data->rows, n};
    const lk_tensor x = lk_view(data->dense, LK_F64, 2, x_shape);
    const lk_tensor w = transposed(weights, w_shape, w_strides);
    const lk_tensor z = lk_view(scores, LK_F64, 2, shape);
    return lk_matrix_product(&x, &w, 0, &z);
}

lk_status design_gradient(const lk_dataset *data, int64_t n, const double *slopes, double *gradient)
{
    const int64_t s_shape[] = {n, data->rows}, s_strides[] = {1, n};
    const int64_t x_shape[] = {data->rows, data->features}, shape[] = {n, data->features};
    const lk_tensor s = transposed(slopes, s_shape, s_strides);
    const lk_tensor x = lk_view(data->dense, LK_F64, 2, x_shape);
    const lk_tensor g = lk_view(gradient, LK_F64, 2, shape);
    return lk_matrix_product(&s, &x, 0, &g);
}

lk_status design_hessian(const lk_dataset *data, const double *bends, double *hessian)
{
    const int64_t features = data->features;
    double *scaled = malloc((size_t)(data->rows * features) * sizeof *scaled);
    if (!scaled) return lk_fail(LK_NO_MEMORY, "no memory for a Hessian");
    for (int64_t i = 0; i < data->rows; i++)
        for (int64_t k = 0; k < features; k++)
            scaled[i * features + k] = bends[i] * data->dense[i * features + k];
    const lk_status status = design_gradient(data, features, scaled, hessian);
    free(scaled);
    return status;
}

double dot_product(int64_t n, const double *a, const double *b)
{
    double sum = 0;
    for (int64_t k = 0; k < n; k++) sum += a[k] * b[k];
    return sum;
}

double largest_difference(int64_t n, const double *a, const double *b)
{
    double most = 0;
    for (int64_t k = 0; k < n; k++) {
        const double gap = fabs(a[k] - b[k]);
        if (isnan(gap)) return NAN;
        most = fmax(most, gap);
    }
    return most;
}

/* ---- models ------------------------------------------------------------------------------------
 */

lk_status design_rows(experiment *x, const char *name, lk_scale scale, lk_dataset *out)
{
    trial_data parts;
    lk_status status = trial_split(experiment_data(x, name), 0.2, scale, 1, &parts);
    if (!status) status = design_with_constant(&parts.train, out);
    trial_free(&parts);
    return status;
}

static lk_status read_model(const lk_model *model, const lk_dataset *data, double *weights,
                            double *scores, double *probabilities)
{
    lk_tensor view;
    lk_status status = trial_tensor(model, "weight", &view);
    if (!status && weights)
        memcpy(weights, view.data, (size_t)(view.shape[0] * view.shape[1]) * sizeof *weights);
    if (!status) status = lk_model_predict(model, data, scores);
    if (!status && probabilities)
        status = lk_model_probabilities(model, data->rows, scores, probabilities);
    return status;
}

lk_status design_train(const lk_dataset *data, lk_loss loss, double l2, double *weights,
                       double *scores, double *probabilities)
{
    lk_linear_options options = LK_LINEAR_OPTIONS_INIT;
    options.loss = loss;
    options.l2 = l2;
    options.bias = LK_BIAS_NONE;
    options.tolerance = 1e-12;
    lk_model *model = NULL;
    double *room = malloc((size_t)(data->rows * data->classes) * sizeof *room);
    lk_status status = room ? lk_train_linear(data, &options, &model, NULL)
                            : lk_fail(LK_NO_MEMORY, "no memory for a model's scores");
    if (!status) status = read_model(model, data, weights, scores ? scores : room, probabilities);
    lk_model_free(model);
    free(room);
    return status;
}
