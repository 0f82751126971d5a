/* perceptron.c: Rosenblatt's algorithm, one-sided steps along rows that are on the wrong side, and
 * its average (Freund and Schapire, Machine Learning 37 (1999) 277). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "linear_problem.h"
#include "model.h"
#include "sample_rows.h"

typedef struct perceptron_state {
    const lk_dataset *data;
    const lk_perceptron_options *options;
    int64_t outputs;
    double *coded;         /* [rows] */
    double *weight, *bias; /* [outputs, features], [outputs]: the model's */
    /* Sums over the steps of step * time, the time being the rows seen before. Weights that are
     * averaged over all times 1 .. T are then weight - sum / T: a step made at time t is in T - t
     * of them. NULL: not averaged. */
    double *weight_sum, *bias_sum;
    double time;
    double *margins; /* [rows], of each row when it was seen */
    int64_t *order;
} perceptron_state;

static void step_along(perceptron_state *s, lk_sample_row row, int64_t output, double factor)
{
    const int64_t at = output * s->data->features;
    const int free_bias = s->options->bias == LK_BIAS_FREE;
    lk_row_add(row, factor, s->weight + at);
    if (free_bias) s->bias[output] += factor;
    if (!s->weight_sum) return;
    lk_row_add(row, factor * s->time, s->weight_sum + at);
    if (free_bias) s->bias_sum[output] += factor * s->time;
}

static double score_of(const perceptron_state *s, lk_sample_row row, int64_t output)
{
    return lk_row_dot(row, s->weight + output * s->data->features) + s->bias[output];
}

/* The margin of the row's label over -1, or over the best other class; the first of equal ones. */
static double margin_of(const perceptron_state *s, lk_sample_row row, double label, int64_t *rival)
{
    *rival = -1;
    if (s->outputs == 1) return label * score_of(s, row, 0);
    const int64_t own = (int64_t)label;
    double best = -HUGE_VAL;
    for (int64_t c = 0; c < s->outputs; c++) {
        if (c == own) continue;
        const double score = score_of(s, row, c);
        if (*rival < 0 || score > best) {
            best = score;
            *rival = c;
        }
    }
    return score_of(s, row, own) - best;
}

/* One pass; the number of mistakes in it. Rows of weight 0 are not there. */
static int64_t pass_over(perceptron_state *s)
{
    int64_t mistakes = 0;
    for (int64_t k = 0; k < s->data->rows; k++) {
        const int64_t i = s->order[k];
        const double weight = lk_row_weight(s->data, i);
        s->margins[i] = 0;
        if (weight == 0) continue;
        const lk_sample_row row = lk_row_of(s->data, i);
        int64_t rival;
        s->margins[i] = margin_of(s, row, s->coded[i], &rival);
        if (!(s->margins[i] > 0)) {
            const double factor = s->options->learning_rate * weight;
            mistakes++;
            if (rival < 0) {
                step_along(s, row, 0, s->coded[i] * factor);
            } else {
                step_along(s, row, (int64_t)s->coded[i], factor);
                step_along(s, row, rival, -factor);
            }
        }
        s->time++;
    }
    return mistakes;
}

/* The mean perceptron loss of the pass, each row as it was met. */
static lk_status mean_loss(const perceptron_state *s, double *loss)
{
    static const double positive = 1;
    const int64_t n = s->data->rows;
    int64_t repeated = 0;
    const lk_tensor input = lk_vector(s->margins, LK_F64, &n);
    const lk_tensor weight = lk_vector(s->data->weight, LK_F64, &n);
    lk_tensor target = lk_vector(&positive, LK_F64, &n);
    target.strides = &repeated;
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.weight = s->data->weight ? &weight : NULL;
    call.result = &result;
    const lk_status status = lk_perceptron(&call);
    *loss = status ? NAN : result.value;
    return status;
}

static lk_status train(perceptron_state *s, int64_t *mistakes)
{
    const lk_perceptron_options *o = s->options;
    const double start = lk_clock();
    lk_random random = {o->seed};
    for (int64_t i = 0; i < s->data->rows; i++) s->order[i] = i;
    *mistakes = 0;
    for (int64_t epoch = 1; epoch <= o->epochs; epoch++) {
        lk_random_shuffle(&random, s->data->rows, s->order);
        const int64_t found = pass_over(s);
        *mistakes += found;
        lk_progress p = {.epoch = epoch,
                         .epochs = o->epochs,
                         .step = s->data->rows,
                         .steps = s->data->rows,
                         .validation_loss = NAN,
                         .validation_metric = NAN,
                         .measure = (double)found,
                         .learning_rate = o->learning_rate};
        const lk_status status = mean_loss(s, &p.loss);
        if (status) return status;
        p.seconds = lk_clock() - start;
        if ((o->progress && o->progress(o->context, &p)) || found == 0) break;
    }
    return LK_OK;
}

/* Overflow is the one thing that can go wrong with numbers that were finite. */
static lk_status finish(perceptron_state *s)
{
    const int64_t n = s->outputs * s->data->features;
    const double averaged = s->weight_sum && s->time > 0 ? 1 / s->time : 0;
    int finite = 1;
    for (int64_t k = 0; k < n; k++) {
        if (s->weight_sum) s->weight[k] -= averaged * s->weight_sum[k];
        finite &= isfinite(s->weight[k]) != 0;
    }
    for (int64_t c = 0; c < s->outputs; c++) {
        if (s->bias_sum) s->bias[c] -= averaged * s->bias_sum[c];
        finite &= isfinite(s->bias[c]) != 0;
    }
    if (finite) return LK_OK;
    return lk_fail(LK_OUT_OF_DOMAIN,
                   "train: the perceptron's weights overflow; scale the features "
                   "or lower the learning rate, which is %g",
                   s->options->learning_rate);
}

static lk_status check_options(const lk_dataset *data, const lk_perceptron_options *o)
{
    const lk_status status =
        lk_check_options("train", "LK_PERCEPTRON_OPTIONS_INIT", o->size, sizeof *o);
    if (status) return status;
    if (o->epochs < 1)
        return lk_fail(LK_INVALID, "train: %lld epochs of the perceptron; expected at least 1",
                       (long long)o->epochs);
    if (!(o->learning_rate > 0) || !isfinite(o->learning_rate))
        return lk_fail(LK_INVALID, "train: learning_rate = %g; expected a number above 0",
                       o->learning_rate);
    if (o->bias != LK_BIAS_FREE && o->bias != LK_BIAS_NONE)
        return lk_fail(LK_INVALID, "train: the perceptron's bias is free or absent, not %d",
                       (int)o->bias);
    if (data->classes < 2)
        return lk_fail(LK_INVALID, data->classes
                                       ? "train: the perceptron needs two classes or more"
                                       : "train: the perceptron needs classes; the targets are "
                                         "numbers");
    return lk_check_training(data);
}

/* Room for the model's arrays and the state's. */
static lk_status make_room(perceptron_state *s, lk_model *m)
{
    const size_t n = (size_t)s->data->rows;
    const int64_t shape[] = {s->outputs, s->data->features};
    s->weight = lk_model_add(m, "weight", LK_F64, 2, shape);
    s->bias = s->weight ? lk_model_add(m, "bias", LK_F64, 1, shape) : NULL;
    if (!s->bias) return LK_NO_MEMORY;
    const size_t weights = (size_t)(s->outputs * s->data->features);
    s->coded = malloc(n * sizeof *s->coded);
    s->margins = malloc(n * sizeof *s->margins);
    s->order = malloc(n * sizeof *s->order);
    int whole = s->coded && s->margins && s->order;
    if (s->options->averaged) {
        s->weight_sum = calloc(weights + 1, sizeof *s->weight_sum);
        s->bias_sum = calloc((size_t)s->outputs, sizeof *s->bias_sum);
        whole = whole && s->weight_sum && s->bias_sum;
    }
    return whole
               ? LK_OK
               : lk_fail(LK_NO_MEMORY, "train: no memory for a perceptron of %zu weights", weights);
}

lk_status lk_train_perceptron(const lk_dataset *data, const lk_perceptron_options *options,
                              lk_model **out, int64_t *mistakes)
{
    *out = NULL;
    if (mistakes) *mistakes = 0;
    lk_status status = check_options(data, options);
    if (status) return status;
    perceptron_state s = {.data = data, .options = options};
    s.outputs = data->classes > 2 ? data->classes : 1;
    lk_model *m = lk_model_new(LK_MODEL_LINEAR, data, LK_PERCEPTRON, NULL, 0, s.outputs);
    int64_t made = 0;
    status = m ? make_room(&s, m) : LK_NO_MEMORY;
    if (!status) {
        if (s.outputs == 1)
            lk_code_targets(LK_PERCEPTRON, data, 0, s.coded);
        else
            memcpy(s.coded, data->target, (size_t)data->rows * sizeof *s.coded);
        status = train(&s, &made);
    }
    if (!status) status = finish(&s);
    free(s.coded);
    free(s.margins);
    free(s.order);
    free(s.weight_sum);
    free(s.bias_sum);
    if (status) {
        lk_model_free(m);
        return status;
    }
    if (options->bias == LK_BIAS_NONE) lk_model_remove(m, "bias");
    if (mistakes) *mistakes = made;
    *out = m;
    return LK_OK;
}
