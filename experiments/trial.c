#include "trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static lk_status no_memory(void) { return lk_fail(LK_NO_MEMORY, "no memory for a trial"); }

static lk_status divide(const lk_dataset *data, double test, uint64_t seed, int64_t *rows,
                        trial_data *out)
{
    const double fractions[2] = {1 - test, test};
    int64_t sizes[2];
    lk_status status = lk_split(data, 2, fractions, 1, seed, rows, sizes);
    if (!status) status = lk_dataset_take(data, sizes[0], rows, &out->train);
    if (!status) status = lk_dataset_take(data, sizes[1], rows + sizes[0], &out->test);
    return status;
}

static lk_status scale_both(lk_scale scale, trial_data *data)
{
    lk_scaling scaling;
    lk_status status = lk_scaling_fit(&data->train, scale, &scaling);
    if (status) return status;
    status = lk_scaling_apply(&scaling, &data->train);
    if (!status) status = lk_scaling_apply(&scaling, &data->test);
    lk_scaling_free(&scaling);
    return status;
}

lk_status trial_split(const lk_dataset *data, double test, lk_scale scale, uint64_t seed,
                      trial_data *out)
{
    memset(out, 0, sizeof *out);
    int64_t *rows = malloc((size_t)(data->rows + 1) * sizeof *rows);
    if (!rows) return no_memory();
    lk_status status = divide(data, test, seed, rows, out);
    free(rows);
    if (!status && scale != LK_SCALE_NONE) status = scale_both(scale, out);
    if (status) trial_free(out);
    return status;
}

void trial_free(trial_data *data)
{
    lk_dataset_free(&data->train);
    lk_dataset_free(&data->test);
}

lk_status trial_rows(int64_t rows, int64_t features, int64_t classes, lk_dataset *out)
{
    memset(out, 0, sizeof *out);
    out->dense = calloc((size_t)(rows * features + 1), sizeof *out->dense);
    out->target = calloc((size_t)(rows + 1), sizeof *out->target);
    out->rows = rows;
    out->features = features;
    out->targets = 1;
    out->classes = classes;
    if (out->dense && out->target) return LK_OK;
    lk_dataset_free(out);
    return no_memory();
}

lk_status trial_accuracy(const lk_model *model, const lk_dataset *data, double *accuracy)
{
    lk_model_info info;
    lk_model_describe(model, &info);
    double *scores = malloc((size_t)(data->rows * info.outputs + 1) * sizeof *scores);
    int64_t *classes = malloc((size_t)(data->rows + 1) * sizeof *classes);
    lk_status status = scores && classes ? LK_OK : no_memory();
    if (!status) status = lk_model_predict(model, data, scores);
    if (!status) status = lk_model_classify(model, data->rows, scores, classes);
    int64_t right = 0;
    for (int64_t i = 0; !status && i < data->rows; i++)
        right += (double)classes[i] == data->target[i];
    *accuracy = (double)right / (double)data->rows;
    free(scores);
    free(classes);
    return status;
}

lk_status trial_regression(const lk_model *model, const lk_dataset *data, lk_regression *errors)
{
    double *scores = malloc((size_t)(data->rows + 1) * sizeof *scores);
    lk_status status = scores ? LK_OK : no_memory();
    if (!status) status = lk_model_predict(model, data, scores);
    if (!status)
        status =
            lk_regression_metrics(data->rows, 1, data->target, scores, NULL, 0.5, NULL, errors);
    free(scores);
    return status;
}

lk_status trial_tensor(const lk_model *model, const char *name, lk_tensor *out)
{
    for (int64_t k = 0; k < lk_model_tensors(model); k++) {
        const char *found;
        const lk_status status = lk_model_tensor(model, k, &found, out);
        if (status || !strcmp(found, name)) return status;
    }
    return lk_fail(LK_INVALID, "the model has no %s", name);
}

lk_status trial_length(const lk_model *model, const char *wanted, double *length)
{
    lk_tensor view;
    lk_result norm;
    lk_call call = LK_CALL_INIT;
    call.input = &view;
    call.grouping = LK_PER_BATCH;
    call.result = &norm;
    lk_status status = trial_tensor(model, wanted, &view);
    if (!status) status = lk_l2_norm(&call);
    *length = status ? NAN : norm.value;
    return status;
}

lk_status trial_curve(lk_loss loss, const double *params, int n_params, int64_t n,
                      const double *input, double target, double *value, double *gradient,
                      double *curvature)
{
    const lk_tensor x = lk_vector(input, LK_F64, &n), y = lk_view(&target, LK_F64, 0, NULL);
    const lk_tensor v = lk_vector(value, LK_F64, &n), g = lk_vector(gradient, LK_F64, &n),
                    h = lk_vector(curvature, LK_F64, &n);
    lk_call call = LK_CALL_INIT;
    call.input = &x;
    call.target = &y;
    call.value = value ? &v : NULL;
    call.gradient = gradient ? &g : NULL;
    call.curvature = curvature ? &h : NULL;
    call.reduction = LK_NONE;
    return lk_evaluate(loss, params, n_params, &call);
}

void trial_grid(double from, double to, int64_t n, double *at)
{
    for (int64_t i = 0; i < n; i++)
        at[i] = from + (to - from) * (double)i / (double)(n > 1 ? n - 1 : 1);
}
