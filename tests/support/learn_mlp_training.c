#include "learn_mlp_training.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

lk_mlp_options options_of(const lk_layer *layers, int n_layers, const lk_objective *objective,
                          int n_objective)
{
    lk_mlp_options o = LK_MLP_OPTIONS_INIT;
    o.layers = layers;
    o.n_layers = n_layers;
    o.objective = objective;
    o.n_objective = n_objective;
    return o;
}

lk_model *train(const lk_dataset *data, const lk_mlp_options *o, lk_mlp_report *report)
{
    lk_model *model;
    if (lk_train_mlp(data, o, &model, report)) fail_msg("%s", lk_last_error());
    return model;
}

double accuracy(const lk_model *model, const lk_dataset *data)
{
    lk_model_info info;
    lk_model_describe(model, &info);
    double *const scores = malloc((size_t)(data->rows * info.outputs) * sizeof *scores);
    int64_t *const classes = malloc((size_t)data->rows * sizeof *classes);
    assert_int_equal(lk_model_predict(model, data, scores), LK_OK);
    assert_int_equal(lk_model_classify(model, data->rows, scores, classes), LK_OK);
    int64_t right = 0;
    for (int64_t i = 0; i < data->rows; i++) right += (double)classes[i] == data->target[i];
    free(scores);
    free(classes);
    return (double)right / (double)data->rows;
}

double mean_loss(lk_loss loss, const lk_model *model, const lk_dataset *data)
{
    lk_model_info info;
    lk_model_describe(model, &info);
    const int64_t shape[2] = {data->rows, info.outputs};
    double *const scores = malloc((size_t)(data->rows * info.outputs) * sizeof *scores);
    int64_t *const labels = malloc((size_t)data->rows * sizeof *labels);
    for (int64_t i = 0; i < data->rows; i++) labels[i] = (int64_t)data->target[i];
    assert_int_equal(lk_model_predict(model, data, scores), LK_OK);
    const lk_tensor input = lk_view(scores, LK_F64, 2, shape);
    const lk_tensor target = lk_view(labels, LK_I64, 1, shape);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.result = &result;
    assert_int_equal(lk_evaluate(loss, NULL, 0, &call), LK_OK);
    free(scores);
    free(labels);
    return result.value;
}
