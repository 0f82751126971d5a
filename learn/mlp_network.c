/* mlp_network.c: a batch through all layers, and back. */
#include <stdlib.h>
#include <string.h>

#include "mlp.h"
#include "sample_rows.h"

/* ---- room ---------------------------------------------------------------------------------------
 * One allocation: doubles first, so that all of it is aligned. */

typedef struct carving {
    double *doubles; /* NULL: only counts */
    float *floats;
    size_t n_doubles, n_floats;
} carving;

static float *floats(carving *c, int64_t n)
{
    float *const at = c->floats ? c->floats + c->n_floats : NULL;
    c->n_floats += ((size_t)n + 15) / 16 * 16;
    return at;
}

static double *doubles(carving *c, int64_t n)
{
    double *const at = c->doubles ? c->doubles + c->n_doubles : NULL;
    c->n_doubles += ((size_t)n + 7) / 8 * 8;
    return at;
}

static void carve_layer(carving *c, const lk_mlp_layer *l, int64_t rows, int training,
                        lk_mlp_trace *t)
{
    const int64_t n = rows * l->units;
    const int normal = l->value[LK_MLP_SCALE] != NULL, drops = training && l->dropout > 0;
    t->sum = floats(c, n);
    t->activated = l->activation == LK_ACTIVATION_LINEAR ? t->sum : floats(c, n);
    t->output = t->activated;
    t->normalized = normal ? floats(c, n) : NULL;
    t->mask = drops ? floats(c, n) : NULL;
    t->dropped = drops ? floats(c, n) : NULL;
    t->gradient = training ? floats(c, n) : NULL;
    t->mean = normal ? doubles(c, l->units) : NULL;
    t->variance = normal ? doubles(c, l->units) : NULL;
    t->sums = doubles(c, 3 * l->units);
}

static void carve(carving *c, const lk_mlp *network, int training, lk_mlp_pass *pass)
{
    pass->input = floats(c, pass->capacity * network->features);
    for (int k = 0; k < network->n_layers; k++)
        carve_layer(c, &network->layers[k], pass->capacity, training, &pass->traces[k]);
}

lk_status lk_mlp_pass_open(const lk_mlp *network, int64_t capacity, int training, lk_mlp_pass *pass)
{
    *pass = (lk_mlp_pass){.capacity = capacity};
    pass->traces = calloc((size_t)network->n_layers, sizeof *pass->traces);
    if (pass->traces) {
        carving c = {0};
        carve(&c, network, training, pass);
        pass->room = malloc(c.n_doubles * sizeof(double) + c.n_floats * sizeof(float) + 1);
        if (pass->room) {
            c = (carving){pass->room, (float *)((double *)pass->room + c.n_doubles), 0, 0};
            carve(&c, network, training, pass);
            return LK_OK;
        }
    }
    lk_mlp_pass_close(pass);
    return lk_fail(LK_NO_MEMORY, "train: no memory for a batch of %lld rows", (long long)capacity);
}

void lk_mlp_pass_close(lk_mlp_pass *pass)
{
    free(pass->traces);
    free(pass->room);
    memset(pass, 0, sizeof *pass);
}

void lk_mlp_load(const lk_dataset *data, const int64_t *numbers, int64_t first, int64_t n,
                 lk_mlp_pass *pass)
{
    pass->rows = n;
    for (int64_t i = 0; i < n; i++) {
        const lk_sample_row row = lk_row_of(data, numbers ? numbers[i] : first + i);
        float *const x = pass->input + i * data->features;
        if (row.columns) memset(x, 0, (size_t)data->features * sizeof *x);
        if (row.columns)
            for (int64_t k = 0; k < row.n; k++) x[row.columns[k]] = (float)row.values[k];
        else
            for (int64_t k = 0; k < row.n; k++) x[k] = (float)row.values[k];
    }
}

/* ---- passes -------------------------------------------------------------------------------------
 */

static const float *input_of(const lk_mlp_pass *pass, int layer)
{
    return layer ? pass->traces[layer - 1].output : pass->input;
}

lk_status lk_mlp_forward(const lk_mlp *network, lk_mlp_pass *pass, int layers, int training,
                         uint64_t seed)
{
    lk_status status = LK_OK;
    for (int k = 0; k < network->n_layers; k++) pass->traces[k].has_gradient = 0;
    for (int k = 0; !status && k < layers; k++)
        status = lk_mlp_layer_forward(&network->layers[k], input_of(pass, k), pass->rows, training,
                                      lk_random_stream(seed, (uint64_t)k), &pass->traces[k]);
    return status;
}

lk_status lk_mlp_backward(const lk_mlp *network, lk_mlp_pass *pass, float *gradient)
{
    lk_status status = LK_OK;
    for (int k = network->n_layers - 1; !status && k >= 0; k--) {
        if (!pass->traces[k].has_gradient) continue;
        lk_mlp_trace *const below = k ? &pass->traces[k - 1] : NULL;
        status = lk_mlp_layer_backward(&network->layers[k], input_of(pass, k), pass->rows,
                                       &pass->traces[k], gradient, below ? below->gradient : NULL,
                                       below && below->has_gradient);
        if (below) below->has_gradient = 1;
    }
    return status;
}

/* The variance of the rows to come is estimated with n - 1. */
void lk_mlp_update_statistics(const lk_mlp *network, const lk_mlp_pass *pass)
{
    const double momentum = 0.1, n = (double)pass->rows;
    for (int k = 0; k < network->n_layers; k++) {
        const lk_mlp_layer *const l = &network->layers[k];
        const lk_mlp_trace *const t = &pass->traces[k];
        for (int64_t j = 0; l->value[LK_MLP_MEAN] && j < l->units; j++) {
            float *const mean = &l->value[LK_MLP_MEAN][j];
            float *const variance = &l->value[LK_MLP_VARIANCE][j];
            *mean = (float)((1 - momentum) * (double)*mean + momentum * t->mean[j]);
            *variance = (float)((1 - momentum) * (double)*variance +
                                momentum * t->variance[j] * n / (n - 1));
        }
    }
}
