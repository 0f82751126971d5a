/* diagnose_network.c: inputs, signals and gradients of a network as it starts; units that no longer
 * learn. */
#include "diagnose.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- inputs -------------------------------------------------------------------------------------
 */

/* What is healthy of standardised, min-max scaled and sparse features alike. */
static const double most_size = 10, most_spread = 3, most_unequal = 30, most_offset = 50;

typedef struct spread {
    double mean, deviation;
} spread;

static int by_deviation(const void *a, const void *b)
{
    const double x = ((const spread *)a)->deviation, y = ((const spread *)b)->deviation;
    return (x > y) - (x < y);
}

static void measure_columns(const lk_dataset *d, spread *columns, double *square)
{
    const double n = (double)d->rows;
    for (int64_t i = 0; i < d->rows; i++) {
        const int64_t begin = d->dense ? i * d->features : d->starts[i];
        const int64_t end = d->dense ? begin + d->features : d->starts[i + 1];
        for (int64_t k = begin; k < end; k++) {
            const double x = d->dense ? d->dense[k] : d->values[k];
            spread *const c = &columns[d->dense ? k - begin : d->columns[k]];
            c->mean += x / n;
            c->deviation += x * x / n;
            *square += x * x / n;
        }
    }
    for (int64_t j = 0; j < d->features; j++) {
        const double v = columns[j].deviation - columns[j].mean * columns[j].mean;
        columns[j].deviation = v > 1e-12 * columns[j].deviation ? sqrt(v) : 0;
    }
}

lk_status lk_diagnose_inputs(lk_patient *p)
{
    const lk_dataset *const d = &p->sample;
    spread *const columns = calloc((size_t)d->features + 1, sizeof *columns);
    if (!columns)
        return lk_fail(LK_NO_MEMORY, "diagnose: no memory for %lld features",
                       (long long)d->features);
    double square = 0, offset = 0;
    measure_columns(d, columns, &square);
    for (int64_t j = 0; j < d->features; j++)
        if (columns[j].deviation > 0 && fabs(columns[j].mean) > most_spread)
            offset = fmax(offset, fabs(columns[j].mean) / columns[j].deviation);
    qsort(columns, (size_t)d->features, sizeof *columns, by_deviation);
    int64_t constant = 0;
    while (constant < d->features && columns[constant].deviation == 0) constant++;
    const int64_t varied = d->features - constant;
    const double largest = varied ? columns[d->features - 1].deviation : 0;
    const double middle = varied ? columns[constant + (varied - 1) / 2].deviation : 1;
    const double size = d->features ? sqrt(square / (double)d->features) : 0;
    static const char mend[] = "Scale the features to mean 0 and variance 1 (standard).";
    if (size > most_size)
        lk_find(p, LK_FAULT_INPUTS, -1, size, most_size,
                "the features have a root mean square of %.3g, where about 1 is expected. %s", size,
                mend);
    else if (largest > most_spread && largest / middle > most_unequal)
        lk_find(p, LK_FAULT_INPUTS, -1, largest / middle, most_unequal,
                "one feature varies %.3g times as much as a middling one does. %s",
                largest / middle, mend);
    else if (offset > most_offset)
        lk_find(p, LK_FAULT_INPUTS, -1, offset, most_offset,
                "a feature's mean is %.3g times its deviation. %s", offset, mend);
    free(columns);
    return LK_OK;
}

/* ---- the gradient of the loss -------------------------------------------------------------------
 */

static const double most_error = 0.05;

static double rms(int64_t n, const float *x) { return n ? lk_mlp_norm(n, x) / sqrt((double)n) : 0; }

/* output of a layer += h direction */
static void move(float *output, const float *from, const float *direction, double h, int64_t n)
{
    for (int64_t i = 0; i < n; i++) output[i] = from[i] + (float)h * direction[i];
}

/* The loss where the layer's output has gone by `h` along the direction. Not every loss is defined
 * there: NaN. */
static lk_status loss_at(lk_mlp_trainer *t, int layer, const float *from, double h, double *loss)
{
    lk_mlp_trace *const trace = &t->pass.traces[layer];
    const int64_t n = t->pass.rows * t->network.layers[layer].units;
    move(trace->output, from, from + n, h, n);
    const lk_status status = lk_mlp_objective_evaluate(
        &t->objective, &t->network, &t->pass, lk_mlp_seed(t->options->seed, LK_MLP_PARTNERS, 0), -1,
        NULL, loss);
    if (status == LK_OUT_OF_DOMAIN) *loss = NAN;
    return status == LK_OUT_OF_DOMAIN ? LK_OK : status;
}

/* The slope of the loss along its gradient by one layer's output, by differences, relative to the
 * gradient's square: 1. The nearest to it of several steps: kinks and bends may lie within the
 * longer ones, and the rounding of f32 spoils the shorter ones. The longest moves no number by more
 * than a tenth of their size. */
static lk_status slope_ratio(lk_mlp_trainer *t, int layer, double *ratio)
{
    enum { STEPS = 6 };
    lk_mlp_trace *const trace = &t->pass.traces[layer];
    const int64_t n = t->pass.rows * t->network.layers[layer].units;
    float *const from = malloc((size_t)(2 * n + 1) * sizeof *from);
    if (!from) return lk_fail(LK_NO_MEMORY, "diagnose: no memory for a batch");
    memcpy(from, trace->output, (size_t)n * sizeof *from);
    memcpy(from + n, trace->gradient, (size_t)n * sizeof *from);
    const double norm = lk_mlp_norm(n, from + n), size = rms(n, from);
    double step = 0.1 * (size > 1e-3 ? size : 1e-3) / lk_mlp_largest(n, from + n),
           nearest = HUGE_VAL;
    lk_status status = LK_OK;
    for (int k = 0; !status && k < STEPS && norm > 0 && isfinite(norm); k++, step *= 0.25) {
        double up = NAN, down = NAN;
        status = loss_at(t, layer, from, step, &up);
        if (!status) status = loss_at(t, layer, from, -step, &down);
        const double own = (up - down) / (2 * step * norm * norm);
        if (fabs(own - 1) < fabs(nearest - 1)) nearest = own;
    }
    memcpy(trace->output, from, (size_t)n * sizeof *from);
    free(from);
    *ratio = nearest < HUGE_VAL ? nearest : 1;
    return status;
}

static lk_status check_gradient(lk_patient *p, lk_mlp_trainer *t, int64_t rows)
{
    const int layers = lk_mlp_layers_run(t);
    const uint64_t seed = lk_mlp_seed(t->options->seed, LK_MLP_PARTNERS, 0);
    float *const flat = calloc((size_t)t->network.numbers + 1, sizeof *flat);
    if (!flat) return lk_fail(LK_NO_MEMORY, "diagnose: no memory for a gradient");
    double loss = 0;
    lk_mlp_load(t->data, NULL, 0, rows, &t->pass);
    lk_mlp_objective_load(&t->objective, t->data, NULL, 0, rows);
    lk_status status = lk_mlp_forward(&t->network, &t->pass, layers, 1, 0);
    if (!status)
        status =
            lk_mlp_objective_evaluate(&t->objective, &t->network, &t->pass, seed, -1, flat, &loss);
    for (int k = 0; !status && k < layers; k++) {
        if (!t->pass.traces[k].has_gradient) continue;
        double ratio = 1;
        status = slope_ratio(t, k, &ratio);
        if (!status && fabs(ratio - 1) > most_error)
            lk_find(p, LK_FAULT_GRADIENT, k, ratio, 1 + most_error,
                    "the gradient of the loss is wrong: along it the loss changes at %.3g times "
                    "the rate that it tells. Check it by differences.",
                    ratio);
    }
    free(flat);
    return status;
}

/* ---- signals and gradients of the layers --------------------------------------------------------
 */

static const double most_gain = 5, least_gain = 0.02, most_ratio = 1e3;

/* The root mean square of what a layer makes of its inputs, its bias left out. */
static double signal(int64_t rows, const lk_mlp_layer *l, const float *sum)
{
    double square = 0;
    for (int64_t i = 0; i < rows * l->units; i++) {
        const double s = (double)sum[i] - (double)l->value[LK_MLP_BIAS][i % l->units];
        square += s * s;
    }
    return sqrt(square / (double)(rows * l->units));
}

static void check_gains(lk_patient *p, const lk_mlp_trainer *t, int64_t rows)
{
    const float *x = t->pass.input;
    int64_t inputs = t->network.features;
    for (int k = 0; k < lk_mlp_layers_run(t); k++) {
        const lk_mlp_layer *const l = &t->network.layers[k];
        const lk_mlp_trace *const trace = &t->pass.traces[k];
        const double before = rms(rows * inputs, x), after = signal(rows, l, trace->sum);
        const double gain = before > 0 ? after / before : 1;
        const int hidden = k < t->network.n_hidden;
        if (!trace->normalized && (gain > most_gain || (hidden && gain < least_gain))) {
            lk_find(p, LK_FAULT_INITIALIZATION, k, gain, gain > most_gain ? most_gain : least_gain,
                    "signals %s in layer %d as it starts: %.3g times what enters it. Initialise "
                    "with He (ReLU) or Xavier weights.",
                    gain > most_gain ? "explode" : "die out", k + 1, gain);
            return;
        }
        x = trace->output;
        inputs = l->units;
    }
}

/* From the last hidden layer down to the first. */
static void check_gradients(lk_patient *p, const lk_mlp_trainer *t, int64_t rows)
{
    const int last = t->network.n_hidden - 1;
    if (last < 1 || !t->pass.traces[last].has_gradient) return;
    const lk_mlp_layer *const layers = t->network.layers;
    const double top = rms(rows * layers[last].units, t->pass.traces[last].gradient);
    const double bottom = rms(rows * layers[0].units, t->pass.traces[0].gradient);
    const double ratio = top > 0 ? bottom / top : 1;
    if (ratio < most_ratio && ratio > 1 / most_ratio) return;
    lk_find(p, LK_FAULT_INITIALIZATION, 0, ratio, ratio < 1 ? 1 / most_ratio : most_ratio,
            "gradients %s on the way down: those of layer 1 are %.3g times those of layer %d. Use "
            "ReLU with He weights, batch normalisation, or fewer layers.",
            ratio < 1 ? "die out" : "explode", ratio, last + 1);
}

lk_status lk_diagnose_start(lk_patient *p, lk_mlp_trainer *t)
{
    const int64_t rows = t->data->rows < t->pass.capacity ? t->data->rows : t->pass.capacity;
    lk_status status = check_gradient(p, t, rows);
    if (status || p->state) return status;
    int64_t *const order = malloc((size_t)(rows + 1) * sizeof *order);
    if (!order) return lk_fail(LK_NO_MEMORY, "diagnose: no memory for a batch");
    for (int64_t i = 0; i < rows; i++) order[i] = i;
    double loss;
    status = lk_mlp_trainer_gradient(t, order, rows, &loss);
    const int before = p->out->n;
    if (!status) check_gains(p, t, rows);
    if (!status && p->out->n == before) check_gradients(p, t, rows);
    free(order);
    return status == LK_OUT_OF_DOMAIN ? LK_OK : status;
}

/* ---- curvature ----------------------------------------------------------------------------------
 */

/* The power method, with differences of the gradient for the Hessian times a vector. */
lk_status lk_sharpness(lk_mlp_trainer *t, int64_t rows, double *sharpness)
{
    enum { ROUNDS = 12 };
    const int64_t n = t->network.numbers;
    float *const room = malloc((size_t)(4 * n + 1) * sizeof *room);
    int64_t *const order = malloc((size_t)(rows + 1) * sizeof *order);
    lk_status status = LK_OK;
    if (!room || !order) {
        status = lk_fail(LK_NO_MEMORY, "diagnose: no memory for a gradient");
        goto end;
    }
    float *const start = room, *const v = room + n, *const moved = room + 2 * n;
    float *const up = room + 3 * n;
    for (int64_t i = 0; i < rows; i++) order[i] = i;
    lk_mlp_save(&t->network, start);
    lk_random random = {lk_mlp_seed(t->options->seed, LK_MLP_PARTNERS, 1)};
    for (int64_t i = 0; i < n; i++) v[i] = (float)lk_random_normal(&random);
    const double size = rms(n, start) > 1e-3 ? rms(n, start) : 1e-3;
    *sharpness = 0;
    for (int round = 0; !status && round < ROUNDS; round++) {
        const double norm = lk_mlp_norm(n, v);
        if (!(norm > 0 && isfinite(norm))) break;
        const double h = 1e-2 * size * sqrt((double)n) / norm;
        double loss;
        for (int64_t i = 0; i < n; i++) moved[i] = start[i] + (float)h * v[i];
        lk_mlp_restore(&t->network, moved);
        status = lk_mlp_trainer_gradient(t, order, rows, &loss);
        if (status) break;
        memcpy(up, t->gradient, (size_t)n * sizeof *up);
        for (int64_t i = 0; i < n; i++) moved[i] = start[i] - (float)h * v[i];
        lk_mlp_restore(&t->network, moved);
        status = lk_mlp_trainer_gradient(t, order, rows, &loss);
        for (int64_t i = 0; i < n; i++) v[i] = (up[i] - t->gradient[i]) / (float)(2 * h);
        *sharpness = lk_mlp_norm(n, v) / norm;
    }
    lk_mlp_restore(&t->network, start);
end:
    free(order);
    free(room);
    return status == LK_OUT_OF_DOMAIN ? LK_OK : status;
}

/* ---- units --------------------------------------------------------------------------------------
 */

static const double most_idle = 0.5;

/* Whether an activation of this size passes next to no gradient. */
static int is_idle(lk_activation activation, float a)
{
    switch (activation) {
    case LK_ACTIVATION_RELU:
        return a == 0;
    case LK_ACTIVATION_TANH:
        return fabsf(a) > 0.99f;
    case LK_ACTIVATION_SIGMOID:
        return a < 0.01f || a > 0.99f;
    default:
        return 0;
    }
}

/* Units that are idle for all rows but 1 in 100. */
static lk_status count_idle(lk_mlp_trainer *t, int layer, int64_t *idle)
{
    const lk_mlp_layer *const l = &t->network.layers[layer];
    const int64_t rows = t->data->rows;
    int64_t *const busy = calloc((size_t)l->units, sizeof *busy);
    if (!busy)
        return lk_fail(LK_NO_MEMORY, "diagnose: no memory for %lld units", (long long)l->units);
    lk_status status = LK_OK;
    for (int64_t first = 0; !status && first < rows; first += t->pass.capacity) {
        const int64_t left = rows - first, n = left < t->pass.capacity ? left : t->pass.capacity;
        lk_mlp_load(t->data, NULL, first, n, &t->pass);
        status = lk_mlp_forward(&t->network, &t->pass, layer + 1, 0, 0);
        const float *const a = t->pass.traces[layer].activated;
        for (int64_t i = 0; !status && i < n * l->units; i++)
            busy[i % l->units] += !is_idle(l->activation, a[i]);
    }
    *idle = 0;
    for (int64_t k = 0; k < l->units; k++) *idle += busy[k] * 100 <= rows;
    free(busy);
    return status;
}

lk_status lk_diagnose_units(lk_patient *p, lk_mlp_trainer *t)
{
    lk_status status = LK_OK;
    for (int k = 0; !status && k < t->network.n_hidden; k++) {
        const lk_mlp_layer *const l = &t->network.layers[k];
        int64_t idle = 0;
        status = count_idle(t, k, &idle);
        const double share = status ? 0 : (double)idle / (double)l->units;
        const int dead = l->activation == LK_ACTIVATION_RELU;
        if (share > most_idle)
            lk_find(p, LK_FAULT_UNITS, k, share, most_idle,
                    "%lld of the %lld units of layer %d are %s for all rows but 1 in 100 and do "
                    "not learn. %s",
                    (long long)idle, (long long)l->units, k + 1, dead ? "0" : "saturated",
                    dead ? "Start anew with a lower learning rate, or use PReLU."
                         : "Start anew with smaller weights, or use batch normalisation.");
    }
    return status;
}
