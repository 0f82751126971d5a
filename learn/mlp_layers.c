/* mlp_layers.c: one layer on a batch, forward and backward. */
#include <math.h>
#include <string.h>

#include "mlp.h"

/* ---- elements -----------------------------------------------------------------------------------
 */

typedef struct spread {
    int64_t n;
    lk_mlp_range *range;
    void *context;
} spread;

static void piece(void *context, size_t index)
{
    const spread *s = context;
    const int64_t first = (int64_t)index * LK_MLP_PIECE, end = first + LK_MLP_PIECE;
    s->range(s->context, first, end < s->n ? end : s->n);
}

void lk_mlp_spread(int64_t n, lk_mlp_range *range, void *context)
{
    enum { WORTH_WAKING = 16 };
    spread s = {n, range, context};
    const size_t pieces = (size_t)((n + LK_MLP_PIECE - 1) / LK_MLP_PIECE);
    if (pieces >= WORTH_WAKING)
        lk_parallel(pieces, piece, &s);
    else
        for (size_t i = 0; i < pieces; i++) piece(&s, i);
}

/* Elements of [rows, units] arrays, in place of lists of arguments. */
typedef struct elements {
    const lk_mlp_trace *trace;
    double dropout;
    uint64_t seed;
} elements;

/* "x < 0" lets NaN through. */
static void rectify(void *context, int64_t first, int64_t last)
{
    const lk_mlp_trace *const t = ((const elements *)context)->trace;
    const float *restrict x = t->sum;
    float *restrict y = t->activated;
    for (int64_t i = first; i < last; i++) y[i] = x[i] < 0 ? 0 : x[i];
}

static void rectify_back(void *context, int64_t first, int64_t last)
{
    const lk_mlp_trace *const t = ((const elements *)context)->trace;
    const float *restrict x = t->sum;
    float *restrict g = t->gradient;
    for (int64_t i = first; i < last; i++) g[i] = x[i] > 0 ? g[i] : 0;
}

static void tanh_back(void *context, int64_t first, int64_t last)
{
    const lk_mlp_trace *const t = ((const elements *)context)->trace;
    const float *restrict y = t->activated;
    float *restrict g = t->gradient;
    for (int64_t i = first; i < last; i++) g[i] *= (1 - y[i]) * (1 + y[i]);
}

static void sigmoid_back(void *context, int64_t first, int64_t last)
{
    const lk_mlp_trace *const t = ((const elements *)context)->trace;
    const float *restrict y = t->activated;
    float *restrict g = t->gradient;
    for (int64_t i = first; i < last; i++) g[i] *= y[i] * (1 - y[i]);
}

/* Each piece has its own sequence, so that pieces may run in any order. */
static void drop(void *context, int64_t first, int64_t last)
{
    const elements *const e = context;
    const lk_mlp_trace *const t = e->trace;
    lk_random random = {lk_random_stream(e->seed, (uint64_t)(first / LK_MLP_PIECE))};
    const float kept = (float)(1 / (1 - e->dropout));
    for (int64_t i = first; i < last; i++)
        t->mask[i] = lk_random_unit(&random) < e->dropout ? 0 : kept;
    for (int64_t i = first; i < last; i++) t->dropped[i] = t->activated[i] * t->mask[i];
}

static void drop_back(void *context, int64_t first, int64_t last)
{
    const lk_mlp_trace *const t = ((const elements *)context)->trace;
    for (int64_t i = first; i < last; i++) t->gradient[i] *= t->mask[i];
}

/* The slope of a loss at the target 0, which is tanh for log_cosh and the sigmoid for its
 * cross-entropy. */
static lk_status slope_at_zero(lk_loss loss, int64_t n, const float *x, float *y)
{
    static const float zero = 0;
    int64_t stride = 0;
    const lk_tensor input = lk_vector(x, LK_F32, &n), output = lk_vector(y, LK_F32, &n);
    lk_tensor target = lk_vector(&zero, LK_F32, &n);
    target.strides = &stride;
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.gradient = &output;
    call.reduction = LK_NONE;
    return lk_evaluate(loss, NULL, 0, &call);
}

static void prelu(const lk_mlp_layer *l, int64_t rows, const lk_mlp_trace *t)
{
    const int64_t units = l->units;
    const float *restrict slope = l->value[LK_MLP_SLOPE];
    for (int64_t i = 0; i < rows; i++) {
        const float *restrict x = t->sum + i * units;
        float *restrict y = t->activated + i * units;
        for (int64_t j = 0; j < units; j++) {
            const float below = slope[j] * x[j];
            y[j] = x[j] < 0 ? below : x[j];
        }
    }
}

static lk_status activate(const lk_mlp_layer *l, int64_t rows, const elements *e)
{
    const lk_mlp_trace *const t = e->trace;
    const int64_t n = rows * l->units;
    switch (l->activation) {
    case LK_ACTIVATION_RELU:
        lk_mlp_spread(n, rectify, (void *)(uintptr_t)e);
        return LK_OK;
    case LK_ACTIVATION_PRELU:
        prelu(l, rows, t);
        return LK_OK;
    case LK_ACTIVATION_TANH:
        return slope_at_zero(LK_LOG_COSH, n, t->sum, t->activated);
    case LK_ACTIVATION_SIGMOID:
        return slope_at_zero(LK_SIGMOID_CROSS_ENTROPY, n, t->sum, t->activated);
    default: /* linear: activated is sum */
        return LK_OK;
    }
}

static void prelu_back(const lk_mlp_layer *l, int64_t rows, const lk_mlp_trace *t, float *by_slope)
{
    const int64_t units = l->units;
    const float *restrict slope = l->value[LK_MLP_SLOPE];
    double *restrict sums = t->sums;
    memset(sums, 0, (size_t)units * sizeof *sums);
    for (int64_t i = 0; i < rows; i++) {
        const float *restrict x = t->sum + i * units;
        float *restrict g = t->gradient + i * units;
        for (int64_t j = 0; j < units; j++) sums[j] += (double)(g[j] * (x[j] < 0 ? x[j] : 0));
        for (int64_t j = 0; j < units; j++) {
            const float below = slope[j];
            g[j] *= x[j] < 0 ? below : 1;
        }
    }
    for (int64_t j = 0; j < units; j++) by_slope[j] += (float)sums[j];
}

static void activate_back(const lk_mlp_layer *l, int64_t rows, elements *e, float *gradient)
{
    const int64_t n = rows * l->units;
    if (l->activation == LK_ACTIVATION_RELU)
        lk_mlp_spread(n, rectify_back, e);
    else if (l->activation == LK_ACTIVATION_TANH)
        lk_mlp_spread(n, tanh_back, e);
    else if (l->activation == LK_ACTIVATION_SIGMOID)
        lk_mlp_spread(n, sigmoid_back, e);
    else if (l->activation == LK_ACTIVATION_PRELU)
        prelu_back(l, rows, e->trace, gradient + l->at[LK_MLP_SLOPE]);
}

/* ---- batch normalisation (Ioffe and Szegedy, ICML 2015) -----------------------------------------
 */

static const double epsilon = 1e-5;

static void measure(int64_t rows, int64_t units, const lk_mlp_trace *t)
{
    double *restrict mean = t->mean, *restrict variance = t->variance;
    memset(mean, 0, (size_t)units * sizeof *mean);
    memset(variance, 0, (size_t)units * sizeof *variance);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < units; j++) mean[j] += (double)t->sum[i * units + j];
    for (int64_t j = 0; j < units; j++) mean[j] /= (double)rows;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < units; j++) {
            const double d = (double)t->sum[i * units + j] - mean[j];
            variance[j] += d * d;
        }
    for (int64_t j = 0; j < units; j++) variance[j] /= (double)rows;
}

static void normalize(const lk_mlp_layer *l, int64_t rows, int training, const lk_mlp_trace *t)
{
    const int64_t units = l->units;
    double *restrict mean = t->sums, *restrict inverse = t->sums + units;
    if (training) measure(rows, units, t);
    for (int64_t j = 0; j < units; j++) {
        mean[j] = training ? t->mean[j] : (double)l->value[LK_MLP_MEAN][j];
        inverse[j] =
            1 / sqrt((training ? t->variance[j] : (double)l->value[LK_MLP_VARIANCE][j]) + epsilon);
    }
    const float *restrict scale = l->value[LK_MLP_SCALE], *restrict offset =
                                                              l->value[LK_MLP_OFFSET];
    for (int64_t i = 0; i < rows; i++) {
        float *restrict x = t->sum + i * units, *restrict unit = t->normalized + i * units;
        for (int64_t j = 0; j < units; j++)
            unit[j] = (float)(((double)x[j] - mean[j]) * inverse[j]);
        for (int64_t j = 0; j < units; j++) x[j] = unit[j] * scale[j] + offset[j];
    }
}

/* With u = (x - mean) / deviation and g = dL/du: dL/dx = (g - mean g - u mean(g u)) / deviation. */
static void normalize_back(const lk_mlp_layer *l, int64_t rows, const lk_mlp_trace *t,
                           float *gradient)
{
    const int64_t units = l->units;
    double *restrict sum = t->sums, *restrict product = t->sums + units;
    double *restrict factor = product + units;
    memset(sum, 0, 2 * (size_t)units * sizeof *sum);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < units; j++) {
            const double g = (double)t->gradient[i * units + j];
            sum[j] += g;
            product[j] += g * (double)t->normalized[i * units + j];
        }
    for (int64_t j = 0; j < units; j++) {
        gradient[l->at[LK_MLP_OFFSET] + j] += (float)sum[j];
        gradient[l->at[LK_MLP_SCALE] + j] += (float)product[j];
        sum[j] /= (double)rows;
        product[j] /= (double)rows;
        factor[j] = (double)l->value[LK_MLP_SCALE][j] / sqrt(t->variance[j] + epsilon);
    }
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < units; j++) {
            const double g = (double)t->gradient[i * units + j];
            const double unit = (double)t->normalized[i * units + j];
            t->gradient[i * units + j] = (float)((g - sum[j] - unit * product[j]) * factor[j]);
        }
}

/* ---- the layer ----------------------------------------------------------------------------------
 */

lk_status lk_mlp_layer_forward(const lk_mlp_layer *l, const float *x, int64_t rows, int training,
                               uint64_t seed, lk_mlp_trace *t)
{
    const int64_t x_shape[2] = {rows, l->inputs}, y_shape[2] = {rows, l->units};
    int64_t w_shape[2] = {l->inputs, l->units}, w_strides[2] = {1, l->inputs};
    for (int64_t i = 0; i < rows; i++)
        memcpy(t->sum + i * l->units, l->value[LK_MLP_BIAS], (size_t)l->units * sizeof *t->sum);
    const lk_tensor in = lk_mlp_matrix(x, x_shape), out = lk_mlp_matrix(t->sum, y_shape);
    lk_tensor w = lk_mlp_matrix(l->value[LK_MLP_WEIGHT], w_shape);
    w.strides = w_strides;
    const lk_status status = lk_matrix_product(&in, &w, 1, &out);
    if (status) return status;
    if (l->value[LK_MLP_SCALE]) normalize(l, rows, training, t);
    elements e = {t, l->dropout, seed};
    const lk_status activated = activate(l, rows, &e);
    if (activated) return activated;
    const int drops = training && l->dropout > 0;
    t->output = drops ? t->dropped : t->activated;
    if (drops) lk_mlp_spread(rows * l->units, drop, &e);
    return LK_OK;
}

static void add_columns(int64_t rows, int64_t units, const float *g, double *restrict sums,
                        float *by_bias)
{
    memset(sums, 0, (size_t)units * sizeof *sums);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < units; j++) sums[j] += (double)g[i * units + j];
    for (int64_t j = 0; j < units; j++) by_bias[j] += (float)sums[j];
}

lk_status lk_mlp_layer_backward(const lk_mlp_layer *l, const float *x, int64_t rows,
                                lk_mlp_trace *t, float *gradient, float *x_gradient, int add)
{
    elements e = {t, l->dropout, 0};
    if (t->output != t->activated) lk_mlp_spread(rows * l->units, drop_back, &e);
    activate_back(l, rows, &e, gradient);
    if (l->value[LK_MLP_SCALE]) normalize_back(l, rows, t, gradient);
    add_columns(rows, l->units, t->gradient, t->sums, gradient + l->at[LK_MLP_BIAS]);

    const int64_t x_shape[2] = {rows, l->inputs}, y_shape[2] = {rows, l->units};
    const int64_t w_shape[2] = {l->units, l->inputs};
    int64_t turned[2] = {l->units, rows}, strides[2] = {1, l->units};
    const lk_tensor in = lk_mlp_matrix(x, x_shape), by_sum = lk_mlp_matrix(t->gradient, y_shape);
    const lk_tensor by_weight = lk_mlp_matrix(gradient + l->at[LK_MLP_WEIGHT], w_shape);
    lk_tensor by_sum_turned = lk_mlp_matrix(t->gradient, turned);
    by_sum_turned.strides = strides;
    const lk_status status = lk_matrix_product(&by_sum_turned, &in, 1, &by_weight);
    if (status || !x_gradient) return status;
    const lk_tensor w = lk_mlp_matrix(l->value[LK_MLP_WEIGHT], w_shape);
    const lk_tensor by_in = lk_mlp_matrix(x_gradient, x_shape);
    return lk_matrix_product(&by_sum, &w, add ? 1 : 0, &by_in);
}
