/* mlp_model.c: the arrays of a multi-layer perceptron, and its predictions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mlp.h"

static const char *name_of(const char *const *names, size_t n, int index)
{
    return index >= 0 && (size_t)index < n ? names[index] : NULL;
}

const char *lk_activation_name(lk_activation activation)
{
    static const char *const names[] = {"linear", "relu", "prelu", "tanh", "sigmoid"};
    return name_of(names, sizeof names / sizeof *names, (int)activation);
}

const char *lk_initialization_name(lk_initialization initialization)
{
    static const char *const names[] = {"auto",       "xavier_uniform", "xavier_normal",
                                        "he_uniform", "he_normal",      "lecun_normal",
                                        "orthogonal", "normal",         "zero"};
    return name_of(names, sizeof names / sizeof *names, (int)initialization);
}

const char *lk_optimizer_name(lk_optimizer optimizer)
{
    static const char *const names[] = {"sgd", "momentum", "nesterov", "adam", "adamw"};
    return name_of(names, sizeof names / sizeof *names, (int)optimizer);
}

const char *lk_schedule_name(lk_schedule schedule)
{
    static const char *const names[] = {"constant", "step",         "exponential", "cosine",
                                        "linear",   "inverse_time", "plateau"};
    return name_of(names, sizeof names / sizeof *names, (int)schedule);
}

/* ---- arrays -------------------------------------------------------------------------------------
 */

int lk_mlp_has_output(lk_loss loss)
{
    const lk_loss_info *info = lk_loss_describe(loss);
    return !info || info->kind != LK_KIND_EMBEDDING;
}

static int has_role(const lk_layer *layer, lk_mlp_role role)
{
    return role <= LK_MLP_BIAS ||
           (role == LK_MLP_SLOPE && layer->activation == LK_ACTIVATION_PRELU) ||
           (role >= LK_MLP_SCALE && layer->batch_normalization);
}

int64_t lk_mlp_count(const lk_mlp_layer *layer, lk_mlp_role role)
{
    return !layer->value[role] ? 0 : layer->units * (role == LK_MLP_WEIGHT ? layer->inputs : 1);
}

/* Layer k as the model describes it; the one after the hidden ones is that of outputs. Scores of
 * binary_cross_entropy are probabilities. */
static lk_layer describe(const lk_model *m, int k)
{
    if (k < m->n_layers) return m->layers[k];
    const lk_layer output = {
        m->outputs,
        m->loss == LK_BINARY_CROSS_ENTROPY ? LK_ACTIVATION_SIGMOID : LK_ACTIVATION_LINEAR, 0, 0};
    return output;
}

static int count_layers(const lk_model *m) { return m->n_layers + lk_mlp_has_output(m->loss); }

static void name_array(const lk_model *m, int k, lk_mlp_role role, char name[LK_TENSOR_NAME])
{
    static const char *const roles[] = {"weight", "bias", "slope",   "scale",
                                        "offset", "mean", "variance"};
    if (k < m->n_layers)
        snprintf(name, LK_TENSOR_NAME, "layer%d.%s", k, roles[role]);
    else
        snprintf(name, LK_TENSOR_NAME, "output.%s", roles[role]);
}

lk_status lk_mlp_add_arrays(lk_model *m)
{
    int64_t inputs = m->features;
    for (int k = 0; k < count_layers(m); k++) {
        const lk_layer layer = describe(m, k);
        const int64_t shape[2] = {layer.units, inputs};
        for (int role = 0; role < LK_MLP_ROLES; role++) {
            char name[LK_TENSOR_NAME];
            name_array(m, k, (lk_mlp_role)role, name);
            if (has_role(&layer, (lk_mlp_role)role) &&
                !lk_model_add(m, name, LK_F32, role == LK_MLP_WEIGHT ? 2 : 1, shape))
                return LK_NO_MEMORY;
        }
        inputs = layer.units;
    }
    return LK_OK;
}

static lk_status bind(const lk_model *m, int k, int64_t inputs, lk_mlp *network)
{
    const lk_layer layer = describe(m, k);
    lk_mlp_layer *const to = &network->layers[k];
    const int64_t shape[2] = {layer.units, inputs};
    if (layer.units < 1 || inputs < 1 || !lk_activation_name(layer.activation) ||
        !(layer.dropout >= 0 && layer.dropout < 1))
        return lk_fail(
            LK_INVALID, "model: layer %d has %lld inputs, %lld units, activation %d, dropout %g", k,
            (long long)inputs, (long long)layer.units, (int)layer.activation, layer.dropout);
    *to = (lk_mlp_layer){inputs, layer.units, layer.activation, layer.dropout, {NULL}, {0}};
    for (int role = 0; role < LK_MLP_ROLES; role++) {
        char name[LK_TENSOR_NAME];
        name_array(m, k, (lk_mlp_role)role, name);
        if (!has_role(&layer, (lk_mlp_role)role)) continue;
        to->value[role] = lk_model_expect(m, name, LK_F32, role == LK_MLP_WEIGHT ? 2 : 1, shape);
        if (!to->value[role]) return LK_INVALID;
        to->at[role] = network->numbers;
        network->numbers += lk_mlp_count(to, (lk_mlp_role)role);
    }
    return LK_OK;
}

lk_status lk_mlp_open(const lk_model *m, lk_mlp *network)
{
    *network = (lk_mlp){.n_hidden = m->n_layers, .features = m->features, .outputs = m->outputs};
    const int n = count_layers(m);
    if (n < 1 || (m->n_layers && !m->layers))
        return lk_fail(LK_INVALID, "model: a multi-layer perceptron without layers");
    network->layers = calloc((size_t)n, sizeof *network->layers);
    if (!network->layers) return lk_fail(LK_NO_MEMORY, "model: no memory for %d layers", n);
    network->n_layers = n;
    lk_status status = LK_OK;
    for (int k = 0; !status && k < n; k++)
        status = bind(m, k, k ? network->layers[k - 1].units : m->features, network);
    if (!status && network->layers[n - 1].units != m->outputs)
        status = lk_fail(LK_INVALID, "model: its last layer has %lld units for %lld outputs",
                         (long long)network->layers[n - 1].units, (long long)m->outputs);
    if (status) lk_mlp_close(network);
    return status;
}

void lk_mlp_close(lk_mlp *network)
{
    free(network->layers);
    memset(network, 0, sizeof *network);
}

void lk_mlp_save(const lk_mlp *network, float *flat)
{
    for (int k = 0; k < network->n_layers; k++)
        for (int role = 0; role < LK_MLP_ROLES; role++) {
            const lk_mlp_layer *const l = &network->layers[k];
            const size_t count = (size_t)lk_mlp_count(l, (lk_mlp_role)role);
            if (count) memcpy(flat + l->at[role], l->value[role], count * sizeof *flat);
        }
}

void lk_mlp_restore(const lk_mlp *network, const float *flat)
{
    for (int k = 0; k < network->n_layers; k++)
        for (int role = 0; role < LK_MLP_ROLES; role++) {
            const lk_mlp_layer *const l = &network->layers[k];
            const size_t count = (size_t)lk_mlp_count(l, (lk_mlp_role)role);
            if (count) memcpy(l->value[role], flat + l->at[role], count * sizeof *flat);
        }
}

/* ---- predictions --------------------------------------------------------------------------------
 */

static lk_status check(const lk_model *m)
{
    lk_mlp network;
    const lk_status status = lk_mlp_open(m, &network);
    if (!status) lk_mlp_close(&network);
    return status;
}

static lk_status predict(const lk_model *m, const lk_dataset *data, double *scores)
{
    enum { ROWS = 256, NUMBERS = 1 << 22 };
    const int64_t fitting = NUMBERS / (data->features + 1) + 1;
    const int64_t chunk = fitting < ROWS ? fitting : ROWS;
    lk_mlp network;
    lk_mlp_pass pass = {0};
    lk_status status = lk_mlp_open(m, &network);
    if (!status) status = lk_mlp_pass_open(&network, chunk, 0, &pass);
    for (int64_t first = 0; !status && first < data->rows; first += chunk) {
        const int64_t n = data->rows - first < chunk ? data->rows - first : chunk;
        lk_mlp_load(data, NULL, first, n, &pass);
        status = lk_mlp_forward(&network, &pass, network.n_layers, 0, 0);
        const float *const output = pass.traces[network.n_layers - 1].output;
        for (int64_t i = 0; !status && i < n * m->outputs; i++)
            scores[first * m->outputs + i] = (double)output[i];
    }
    lk_mlp_pass_close(&pass);
    lk_mlp_close(&network);
    return status;
}

const lk_model_type lk_mlp_type = {"mlp", check, predict};

/* The layers up to this one are a model of their own, of features. */
lk_status lk_mlp_activations(const lk_model *m, const lk_dataset *data, int layer,
                             double *activations)
{
    if (m->kind != LK_MODEL_MLP)
        return lk_fail(LK_INVALID, "activations: the model is no multi-layer perceptron");
    if (layer < 0 || layer >= m->n_layers)
        return lk_fail(LK_INVALID, "activations: layer %d is outside [0, %d), the hidden layers",
                       layer, m->n_layers);
    lk_model part = *m;
    part.loss = LK_CENTER;
    part.n_layers = layer + 1;
    part.outputs = m->layers[layer].units;
    return lk_model_predict(&part, data, activations);
}
