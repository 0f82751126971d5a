#include "support/learn_mlp_reference.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static double activation(lk_activation kind, double x, double slope)
{
    switch (kind) {
    case LK_ACTIVATION_RELU:
        return x > 0 ? x : 0;
    case LK_ACTIVATION_PRELU:
        return x > 0 ? x : slope * x;
    case LK_ACTIVATION_TANH:
        return tanh(x);
    case LK_ACTIVATION_SIGMOID:
        return 1 / (1 + exp(-x));
    default:
        return x;
    }
}

static void normalize(const lk_mlp_layer *l, const double *flat, int64_t rows, int training,
                      double *sum)
{
    for (int64_t j = 0; j < l->units; j++) {
        double mean = flat[l->at[LK_MLP_MEAN] + j], variance = flat[l->at[LK_MLP_VARIANCE] + j];
        if (training) {
            mean = variance = 0;
            for (int64_t i = 0; i < rows; i++) mean += sum[i * l->units + j] / (double)rows;
            for (int64_t i = 0; i < rows; i++)
                variance += pow(sum[i * l->units + j] - mean, 2) / (double)rows;
        }
        for (int64_t i = 0; i < rows; i++) {
            double *const x = &sum[i * l->units + j];
            *x = (*x - mean) / sqrt(variance + 1e-5) * flat[l->at[LK_MLP_SCALE] + j] +
                 flat[l->at[LK_MLP_OFFSET] + j];
        }
    }
}

static double *layer_output(const lk_mlp_layer *l, const float *mask, const double *flat,
                            const double *x, int64_t rows, int training)
{
    double *const y = malloc((size_t)(rows * l->units) * sizeof *y);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < l->units; j++) {
            double sum = flat[l->at[LK_MLP_BIAS] + j];
            for (int64_t k = 0; k < l->inputs; k++)
                sum += flat[l->at[LK_MLP_WEIGHT] + j * l->inputs + k] * x[i * l->inputs + k];
            y[i * l->units + j] = sum;
        }
    if (l->value[LK_MLP_SCALE]) normalize(l, flat, rows, training, y);
    for (int64_t i = 0; i < rows * l->units; i++) {
        const double slope = l->value[LK_MLP_SLOPE] ? flat[l->at[LK_MLP_SLOPE] + i % l->units] : 0;
        y[i] = activation(l->activation, y[i], slope);
        if (training && l->dropout > 0) y[i] *= (double)mask[i];
    }
    return y;
}

double **reference_outputs(const lk_mlp *network, const lk_mlp_pass *masks, const double *flat,
                           const double *input, int64_t rows, int training)
{
    double **const outputs = calloc((size_t)network->n_layers, sizeof *outputs);
    for (int k = 0; k < network->n_layers; k++)
        outputs[k] = layer_output(&network->layers[k], masks ? masks->traces[k].mask : NULL, flat,
                                  k ? outputs[k - 1] : input, rows, training);
    return outputs;
}

void reference_free(double **outputs, int layers)
{
    for (int k = 0; k < layers; k++) free(outputs[k]);
    free(outputs);
}

/* ---- the loss -----------------------------------------------------------------------------------
 */

static double *widen(const float *x, int64_t n)
{
    double *const y = malloc((size_t)(n + 1) * sizeof *y);
    for (int64_t i = 0; i < n; i++) y[i] = (double)x[i];
    return y;
}

static double *gather(const int64_t *rows, int64_t n, int64_t width, const double *x)
{
    double *const y = malloc((size_t)(n * width + 1) * sizeof *y);
    for (int64_t i = 0; i < n; i++)
        memcpy(y + i * width, x + rows[i] * width, (size_t)width * sizeof *y);
    return y;
}

/* What a term is, from its loss alone. */
static double term_loss(const lk_mlp_trainer *t, const lk_mlp_term *term, const double *flat,
                        const double *x, int64_t width)
{
    const lk_loss_info *const info = lk_loss_describe(term->loss);
    const lk_dataset *const d = &t->objective.targets;
    int64_t rows = t->pass.rows, wide[2] = {rows, width}, tall[2] = {rows, 1};
    double params[LK_MAX_PARAMS];
    memcpy(params, term->params, sizeof params);
    if (term->loss == LK_LARGE_MARGIN_SOFTMAX)
        params[1] = lk_large_margin_lambda((double)t->counters[LK_MLP_STEP], 1000, 0.12, 1,
                                           term->params[1]);

    double *const coded = malloc((size_t)(rows * width) * sizeof *coded);
    double *const column = malloc((size_t)rows * sizeof *column);
    int64_t *const labels = malloc((size_t)rows * sizeof *labels);
    double *const weight = widen(t->objective.weight, rows);
    const int elements = info->kind == LK_KIND_POINTWISE || info->kind == LK_KIND_REGION;
    for (int64_t c = 0; elements && c < width; c++) {
        lk_code_targets(term->loss, d, c, column);
        for (int64_t i = 0; i < rows; i++) coded[i * width + c] = column[i];
    }
    const int soft = term->loss == LK_KL_DIVERGENCE || term->loss == LK_JS_DIVERGENCE;
    for (int64_t i = 0; i < rows; i++) labels[i] = (int64_t)d->target[i * d->targets];
    for (int64_t i = 0; soft && i < rows * width; i++) coded[i] = labels[i / width] == i % width;

    lk_call call = LK_CALL_INIT;
    lk_result result;
    const lk_tensor input = lk_view(x, LK_F64, 2, wide);
    lk_tensor target =
        elements || soft ? lk_view(coded, LK_F64, 2, wide) : lk_vector(labels, LK_I64, &rows);
    lk_tensor weights = info->kind == LK_KIND_POINTWISE ? lk_view(weight, LK_F64, 2, tall)
                                                        : lk_vector(weight, LK_F64, &rows);
    call.input = &input;
    call.target = &target;
    call.weight = &weights;
    call.result = &result;

    const lk_mlp_layer *const last = &t->network.layers[t->network.n_layers - 1];
    const int64_t layer_shape[2] = {last->units, last->inputs};
    const lk_tensor layer = lk_view(flat + last->at[LK_MLP_WEIGHT], LK_F64, 2, layer_shape);
    const lk_tensor bias = lk_vector(flat + last->at[LK_MLP_BIAS], LK_F64, layer_shape);
    if (info->kind == LK_KIND_LINEAR) call.weights = &layer;
    if (term->loss == LK_LINEAR_CROSS_ENTROPY) call.bias = &bias;

    const int64_t center_shape[2] = {d->classes, width};
    const lk_tensor centers = lk_view(term->centers, LK_F32, 2, center_shape);
    if (term->loss == LK_CENTER) call.centers = &centers;

    double *points[2] = {NULL, NULL}, *similar = NULL, *pair_weight = NULL;
    lk_tensor other[2];
    for (int p = 0; p < 2 && term->partner[p]; p++) {
        points[p] = gather(term->partner[p], rows, width, x);
        other[p] = lk_view(points[p], LK_F64, 2, wide);
    }
    if (points[0]) {
        similar = malloc((size_t)rows * sizeof *similar);
        for (int64_t i = 0; i < rows; i++) {
            const int same = labels[i] == labels[term->partner[0][i]];
            similar[i] = same ? 1 : term->loss == LK_CONTRASTIVE ? 0 : -1;
        }
        pair_weight = widen(term->partner_weight, rows);
        target = lk_vector(similar, LK_F64, &rows);
        weights = lk_vector(pair_weight, LK_F64, &rows);
        call.other = &other[0];
    }
    if (points[1]) {
        call.negative = &other[1];
        call.target = NULL;
    }
    assert_int_equal(lk_evaluate(term->loss, params, term->n_params, &call), LK_OK);
    free(coded);
    free(column);
    free(labels);
    free(weight);
    free(points[0]);
    free(points[1]);
    free(similar);
    free(pair_weight);
    return result.value;
}

double reference_loss(const lk_mlp_trainer *t, const double *flat)
{
    const lk_mlp *const net = &t->network;
    double *const input = widen(t->pass.input, t->pass.rows * net->features);
    double **const outputs = reference_outputs(net, &t->pass, flat, input, t->pass.rows, 1);
    double sum = 0;
    for (int k = 0; k < t->objective.n_terms; k++) {
        const lk_mlp_term *const term = &t->objective.terms[k];
        const double *const x = term->layer < 0 ? input : outputs[term->layer];
        const int64_t width = term->layer < 0 ? net->features : net->layers[term->layer].units;
        sum += term->factor * term_loss(t, term, flat, x, width);
    }
    reference_free(outputs, net->n_layers);
    free(input);
    return sum;
}

/* ---- data ---------------------------------------------------------------------------------------
 */

void make_rows(int64_t rows, int64_t features, int64_t classes, int64_t targets, int weighted,
               uint64_t seed, lk_dataset *out)
{
    lk_random random = {seed};
    double *const x = malloc((size_t)(rows * features) * sizeof *x);
    double *const y = malloc((size_t)(rows * targets) * sizeof *y);
    double *const w = malloc((size_t)rows * sizeof *w);
    for (int64_t i = 0; i < rows; i++) {
        const int64_t class = classes ? i % classes : 0;
        for (int64_t j = 0; j < features; j++)
            x[i * features + j] = lk_random_normal(&random) + (classes && j == class ? 2 : 0);
        for (int64_t k = 0; k < targets; k++)
            y[i * targets + k] =
                classes ? (double)class : sin(x[i * features + k % features]) + 0.3 * (double)k;
        w[i] = 0.25 + lk_random_unit(&random);
    }
    const int64_t x_shape[2] = {rows, features}, y_shape[2] = {rows, targets};
    const lk_tensor features_view = lk_view(x, LK_F64, 2, x_shape);
    const lk_tensor target = lk_view(y, LK_F64, 2, y_shape), weight = lk_view(w, LK_F64, 1, &rows);
    assert_int_equal(lk_dataset_create(&features_view, &target, weighted ? &weight : NULL, out),
                     LK_OK);
    if (classes) assert_int_equal(lk_dataset_set_classes(out, classes), LK_OK);
    free(x);
    free(y);
    free(w);
}
