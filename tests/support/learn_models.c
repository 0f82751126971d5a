#include "learn_models.h"

#include <stdlib.h>
#include <string.h>

static void fill(lk_model *m, const char *name, const double *values)
{
    const lk_named_tensor *t = lk_model_find(m, name);
    memcpy(t->data, values, (size_t)lk_named_tensor_count(t) * sizeof *values);
}

static lk_model *linear(const lk_dataset *data, lk_loss loss, int64_t outputs)
{
    lk_model *m = lk_model_new(LK_MODEL_LINEAR, data, loss, NULL, 0, outputs);
    const int64_t shape[2] = {outputs, data->features};
    lk_model_add(m, "weight", LK_F64, 2, shape);
    lk_model_add(m, "bias", LK_F64, 1, shape);
    return m;
}

lk_model *linear_model(void)
{
    const lk_dataset data = {.features = 2, .targets = 1};
    static const double weight[] = {1.5, -2}, bias[] = {0.25};
    lk_model *m = linear(&data, LK_HUBER, 1);
    m->params[0] = 0.1;
    fill(m, "weight", weight);
    fill(m, "bias", bias);
    return m;
}

lk_model *rich_model(void)
{
    const lk_dataset data = {.features = 2, .targets = 1, .classes = 3};
    static const char *const names[] = {"\"quoted\"\n", "na\xc3\xafve", ""};
    double shift[] = {1.0 / 3, -0.0}, factor[] = {5e-324, 1.7976931348623157e308};
    const lk_scaling scaling = {2, shift, factor};
    lk_model *m = linear(&data, LK_SOFTMAX_CROSS_ENTROPY, 3);
    lk_model_set_scaling(m, &scaling);
    lk_model_set_class_names(m, names);
    lk_model_set_note(m, "column.label", "species");
    lk_model_set_note(m, "command", "train \\ --loss");
    return m;
}

lk_model *ensemble_model(void)
{
    const lk_dataset data = {.features = 2, .targets = 1, .classes = 2};
    double shift[] = {3, 4}, factor[] = {0.5, 2};
    const lk_scaling scaling = {2, shift, factor};
    lk_model *m = lk_model_new(LK_MODEL_ENSEMBLE, &data, (lk_loss)0, NULL, 0, 1);
    m->members = calloc(2, sizeof(lk_model *));
    m->members[m->n_members++] = linear(&data, LK_HINGE, 1);
    m->members[m->n_members++] = linear(&data, LK_LOGISTIC, 1);
    lk_model_set_scaling(m->members[1], &scaling);
    return m;
}

lk_model *mlp_model(void)
{
    const lk_dataset data = {.features = 3, .targets = 1, .classes = 2};
    static const char *const of_units[] = {"layer0.bias",   "layer0.slope", "layer0.scale",
                                           "layer0.offset", "layer0.mean",  "layer0.variance"};
    const int64_t first[] = {2, 3}, second[] = {1, 2}, output[] = {1, 1};
    lk_model *m = lk_model_new(LK_MODEL_MLP, &data, LK_LOGISTIC, NULL, 0, 1);
    m->layers = calloc(2, sizeof *m->layers);
    m->n_layers = 2;
    m->layers[0] = (lk_layer){2, LK_ACTIVATION_PRELU, 1, 0.1};
    m->layers[1] = (lk_layer){1, LK_ACTIVATION_SIGMOID, 0, 0};
    float *weight = lk_model_add(m, "layer0.weight", LK_F32, 2, first);
    for (int k = 0; k < 6; k++) weight[k] = 0.1f * (float)k;
    for (size_t k = 0; k < sizeof of_units / sizeof *of_units; k++)
        lk_model_add(m, of_units[k], LK_F32, 1, first);
    lk_model_add(m, "layer1.weight", LK_F32, 2, second);
    lk_model_add(m, "layer1.bias", LK_F32, 1, second);
    lk_model_add(m, "output.weight", LK_F32, 2, output);
    lk_model_add(m, "output.bias", LK_F32, 1, output);
    return m;
}

lk_model *stumps_model(void)
{
    const lk_dataset data = {.features = 3, .targets = 1, .classes = 2};
    static const double threshold[] = {0.5, -1, 1e-300}, left[] = {-1, 0.25, 2};
    static const char *const names[] = {"no", "yes"};
    const int64_t rounds = 3;
    lk_model *m = lk_model_new(LK_MODEL_STUMPS, &data, LK_EXPONENTIAL, NULL, 0, 1);
    int64_t *feature = lk_model_add(m, "stump.feature", LK_I64, 1, &rounds);
    lk_model_add(m, "stump.threshold", LK_F64, 1, &rounds);
    lk_model_add(m, "stump.left", LK_F64, 1, &rounds);
    lk_model_add(m, "stump.right", LK_F64, 1, &rounds);
    feature[1] = 2;
    fill(m, "stump.threshold", threshold);
    fill(m, "stump.left", left);
    lk_model_set_class_names(m, names);
    return m;
}

lk_model *gaussian_model(void)
{
    const lk_dataset data = {.features = 2, .targets = 1, .classes = 2};
    static const double cholesky[] = {2, 0, -1, 3}, threshold[] = {4.5};
    const int64_t square[] = {2, 2}, one = 1;
    lk_model *m = lk_model_new(LK_MODEL_GAUSSIAN, &data, (lk_loss)0, NULL, 0, 1);
    lk_model_add(m, "mean", LK_F64, 1, square);
    lk_model_add(m, "cholesky", LK_F64, 2, square);
    lk_model_add(m, "threshold", LK_F64, 1, &one);
    fill(m, "cholesky", cholesky);
    fill(m, "threshold", threshold);
    return m;
}
