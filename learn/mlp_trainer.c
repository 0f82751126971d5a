/* mlp_trainer.c: the state of a training, and one step of it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mlp.h"
#include "sample_rows.h"

/* ---- the state ----------------------------------------------------------------------------------
 */

static int64_t capacity_of(const lk_dataset *data, const lk_mlp_options *o)
{
    return data->rows < o->batch ? data->rows : o->batch + 1;
}

static int64_t count_steps(int64_t rows, int64_t batch)
{
    const int64_t full = rows / batch, rest = rows % batch;
    return full + (rest > 1 || !full);
}

int64_t lk_mlp_batch(const lk_mlp_trainer *t, int64_t step, int64_t *first)
{
    *first = step * t->options->batch;
    return step == t->steps - 1 ? t->data->rows - *first : t->options->batch;
}

static lk_status build_model(lk_mlp_trainer *t)
{
    const lk_mlp_objective *const j = &t->objective;
    const lk_mlp_options *const o = t->options;
    t->model = lk_model_new(LK_MODEL_MLP, t->data, j->loss, j->params, j->n_params, j->outputs);
    if (!t->model) return LK_NO_MEMORY;
    t->model->layers = calloc((size_t)o->n_layers + 1, sizeof *t->model->layers);
    if (!t->model->layers)
        return lk_fail(LK_NO_MEMORY, "train: no memory for %d layers", o->n_layers);
    if (o->n_layers) memcpy(t->model->layers, o->layers, (size_t)o->n_layers * sizeof *o->layers);
    t->model->n_layers = o->n_layers;
    const lk_status status = lk_mlp_add_arrays(t->model);
    return status ? status : lk_mlp_open(t->model, &t->network);
}

static lk_status add_state(lk_mlp_trainer *t)
{
    static const char *const names[] = {"training.moment1", "training.moment2"};
    const int64_t counters = LK_MLP_COUNTERS, numbers = LK_MLP_NUMBERS, all = t->network.numbers;
    lk_status status = lk_mlp_remember_options(t->model, t->data, t->options);
    if (status) return status;
    t->counters = lk_model_add(t->model, "training.counters", LK_I64, 1, &counters);
    t->numbers = lk_model_add(t->model, "training.numbers", LK_I64, 1, &numbers);
    if (!t->counters || !t->numbers) return LK_NO_MEMORY;
    for (int k = 0; k < LK_MLP_NUMBERS; k++) t->numbers[k] = NAN; /* until an epoch has ended */
    t->numbers[LK_MLP_PLATEAU_FACTOR] = 1;
    for (int k = 0; k < lk_mlp_moments(t->options->optimizer); k++) {
        t->moments[k] = lk_model_add(t->model, names[k], LK_F32, 1, &all);
        if (!t->moments[k]) return LK_NO_MEMORY;
    }
    if (t->options->patience > 0) {
        t->best = lk_model_add(t->model, "training.best", LK_F32, 1, &all);
        if (!t->best) return LK_NO_MEMORY;
    }
    return LK_OK;
}

static void keep_directions(const lk_mlp_trainer *t)
{
    const lk_mlp_layer *const l = &t->network.layers[t->network.n_layers - 1];
    if (t->objective.unit_rows) lk_mlp_unit_rows(l->value[LK_MLP_WEIGHT], l->units, l->inputs);
}

/* Numbers far from 0 would be approached a learning rate a step: losses of residuals start at the
 * mean of what they are to learn. */
static void start_at_mean(const lk_mlp_trainer *t)
{
    const lk_dataset *const d = t->data;
    const lk_loss_info *const info = lk_loss_describe(t->objective.loss);
    if (d->classes || !info || strcmp(info->family, "regression") || info->axis != LK_AXIS_RESIDUAL)
        return;
    float *const bias = t->network.layers[t->network.n_layers - 1].value[LK_MLP_BIAS];
    for (int64_t k = 0; k < t->objective.outputs; k++) {
        double sum = 0, weights = 0;
        for (int64_t i = 0; i < d->rows; i++) {
            const double weight = lk_row_weight(d, i);
            sum += weight * d->target[i * d->targets + k];
            weights += weight;
        }
        if (weights > 0) bias[k] = (float)(sum / weights);
    }
}

static lk_status go_on(lk_mlp_trainer *t)
{
    const lk_status status = lk_mlp_resume(t->model, t->options->resume, t->data, t->options);
    const int64_t epoch = t->counters[LK_MLP_EPOCH], step = t->counters[LK_MLP_STEP];
    if (status || (epoch >= 0 && epoch <= INT64_MAX / t->steps && step == epoch * t->steps))
        return status;
    return lk_fail(LK_INVALID,
                   "resume: the checkpoint is at epoch %lld and step %lld; an epoch has %lld steps",
                   (long long)epoch, (long long)step, (long long)t->steps);
}

static lk_status start(lk_mlp_trainer *t)
{
    const lk_mlp_options *const o = t->options;
    if (o->resume) return go_on(t);
    const lk_status status =
        lk_mlp_initialize(&t->network, o->initialization, o->initialization_scale, o->seed);
    if (status) return status;
    keep_directions(t);
    start_at_mean(t);
    return LK_OK;
}

lk_status lk_mlp_trainer_open(const lk_dataset *data, const lk_mlp_options *o, lk_mlp_trainer *t)
{
    memset(t, 0, sizeof *t);
    lk_status status = lk_mlp_check_options(data, o);
    if (!status) status = lk_mlp_objective_open(data, o, &t->objective);
    if (status) return status;
    t->data = data;
    t->options = o;
    t->steps = count_steps(data->rows, o->batch);
    const int64_t capacity = capacity_of(data, o);
    status = build_model(t);
    if (!status) status = add_state(t);
    if (!status) status = lk_mlp_objective_room(&t->objective, &t->network, capacity, t->model);
    if (!status) status = lk_mlp_pass_open(&t->network, capacity, 1, &t->pass);
    if (!status) {
        t->gradient = calloc((size_t)t->network.numbers, sizeof *t->gradient);
        t->scratch =
            calloc((size_t)(o->augmentation ? capacity * data->features : 1), sizeof *t->scratch);
        if (!t->gradient || !t->scratch)
            status = lk_fail(LK_NO_MEMORY, "train: no memory for %lld rows", (long long)capacity);
    }
    if (!status) status = start(t);
    if (status) lk_mlp_trainer_close(t);
    return status;
}

void lk_mlp_trainer_close(lk_mlp_trainer *t)
{
    lk_mlp_objective_close(&t->objective);
    lk_mlp_pass_close(&t->pass);
    lk_mlp_close(&t->network);
    lk_model_free(t->model);
    free(t->gradient);
    free(t->scratch);
    memset(t, 0, sizeof *t);
}

/* ---- a step -------------------------------------------------------------------------------------
 */

int lk_mlp_layers_run(const lk_mlp_trainer *t)
{
    return t->objective.needs_output ? t->network.n_layers : t->network.n_hidden;
}

lk_status lk_mlp_trainer_gradient(lk_mlp_trainer *t, const int64_t *numbers, int64_t n,
                                  double *loss)
{
    const lk_mlp_options *const o = t->options;
    const int64_t epoch = t->counters[LK_MLP_EPOCH], step = t->counters[LK_MLP_STEP];
    lk_mlp_load(t->data, numbers, 0, n, &t->pass);
    if (o->augmentation)
        lk_mlp_augment(o->augmentation, t->data->features, numbers,
                       lk_mlp_seed(o->seed, LK_MLP_AUGMENT, epoch), &t->pass, t->scratch);
    lk_mlp_objective_load(&t->objective, t->data, numbers, 0, n);
    lk_status status = lk_mlp_forward(&t->network, &t->pass, lk_mlp_layers_run(t), 1,
                                      lk_mlp_seed(o->seed, LK_MLP_DROPOUT, step));
    memset(t->gradient, 0, (size_t)t->network.numbers * sizeof *t->gradient);
    if (!status)
        status = lk_mlp_objective_evaluate(&t->objective, &t->network, &t->pass,
                                           lk_mlp_seed(o->seed, LK_MLP_PARTNERS, step), step,
                                           t->gradient, loss);
    if (!status && isfinite(*loss)) status = lk_mlp_backward(&t->network, &t->pass, t->gradient);
    return status;
}

double lk_mlp_trainer_step(lk_mlp_trainer *t)
{
    const lk_mlp_options *const o = t->options;
    const double norm = lk_mlp_norm(t->network.numbers, t->gradient);
    t->norms[t->n_norms++ % LK_MLP_HISTORY] = norm;
    t->rate = lk_mlp_rate(o, t->steps, t->counters[LK_MLP_STEP], t->numbers[LK_MLP_PLATEAU_FACTOR]);
    if (!isfinite(norm)) return norm;
    lk_mlp_update_statistics(&t->network, &t->pass);
    lk_mlp_optimize(&t->network, o, t->rate, ++t->counters[LK_MLP_STEP], norm, t->gradient,
                    t->moments);
    lk_mlp_objective_move_centers(&t->objective, &t->network, o->center_rate);
    keep_directions(t);
    return norm;
}

/* ---- other rows ---------------------------------------------------------------------------------
 */

/* What a metric needs of the scores so far. */
typedef struct tally {
    int64_t labels, right;            /* of classes, or labels each by itself */
    double *mean, *square, *residual; /* [outputs] of numbers */
    int64_t n;
} tally;

int lk_mlp_predicts_numbers(const lk_mlp_objective *o, const lk_dataset *data)
{
    const lk_loss_info *const info = lk_loss_describe(o->loss);
    const int of_logarithms = o->loss == LK_POISSON || o->loss == LK_GAMMA || o->loss == LK_TWEEDIE;
    return !data->classes && !of_logarithms && (!info || !strcmp(info->family, "regression"));
}

/* The mean over outputs of R2, through Welford's running mean and squares. */
static void count_numbers(const lk_mlp_trainer *t, const lk_dataset *data, int64_t row,
                          const double *score, tally *y)
{
    y->n++;
    for (int64_t k = 0; k < t->objective.outputs; k++) {
        const double target = data->target[row * data->targets + k], apart = target - y->mean[k];
        y->mean[k] += apart / (double)y->n;
        y->square[k] += apart * (target - y->mean[k]);
        y->residual[k] += (target - score[k]) * (target - score[k]);
    }
}

static lk_status count_rows(const lk_mlp_trainer *t, const lk_dataset *data, int64_t first,
                            tally *y)
{
    const int64_t outputs = t->objective.outputs;
    const float *const output = t->pass.traces[t->network.n_layers - 1].output;
    double *const score = y->residual + outputs;
    const double boundary = lk_boundary_of(t->objective.loss);
    for (int64_t i = 0; i < t->pass.rows; i++) {
        for (int64_t k = 0; k < outputs; k++) score[k] = (double)output[i * outputs + k];
        if (data->classes) {
            int64_t class;
            const lk_status status = lk_model_classify(t->model, 1, score, &class);
            if (status) return status;
            y->labels++;
            y->right += (double)class == data->target[first + i];
        } else if (lk_mlp_predicts_numbers(&t->objective, t->data)) {
            count_numbers(t, data, first + i, score, y);
        } else {
            for (int64_t k = 0; k < outputs; k++, y->labels++)
                y->right +=
                    (score[k] > boundary) == (data->target[(first + i) * data->targets + k] > 0.5);
        }
    }
    return LK_OK;
}

/* R2 of a constant truth as lk_regression_metrics() has it. */
static double metric_of(const lk_mlp_trainer *t, const tally *y)
{
    const int64_t outputs = t->objective.outputs;
    if (y->labels) return (double)y->right / (double)y->labels;
    double sum = 0;
    for (int64_t k = 0; k < outputs; k++)
        sum += y->square[k] > 0 ? 1 - y->residual[k] / y->square[k] : y->residual[k] == 0;
    return y->n ? sum / (double)outputs : NAN;
}

lk_status lk_mlp_evaluate(lk_mlp_trainer *t, const lk_dataset *data, double *loss, double *metric)
{
    const int64_t outputs = t->objective.outputs, chunk = t->pass.capacity;
    const lk_loss_info *const info = lk_loss_describe(t->objective.loss);
    const int scored = lk_mlp_has_output(t->objective.loss) &&
                       (data->classes || lk_mlp_predicts_numbers(&t->objective, t->data) ||
                        (info && strcmp(info->family, "regression")));
    tally y = {0};
    y.mean = calloc((size_t)(4 * outputs), sizeof *y.mean);
    if (!y.mean)
        return lk_fail(LK_NO_MEMORY, "train: no memory for %lld outputs", (long long)outputs);
    y.square = y.mean + outputs;
    y.residual = y.square + outputs;
    double sum = 0;
    lk_status status = LK_OK;
    for (int64_t first = 0; !status && first < data->rows; first += chunk) {
        const int64_t n = data->rows - first < chunk ? data->rows - first : chunk;
        double part = 0;
        lk_mlp_load(data, NULL, first, n, &t->pass);
        lk_mlp_objective_load(&t->objective, data, NULL, first, n);
        status = lk_mlp_forward(&t->network, &t->pass, t->network.n_layers, 0, 0);
        if (!status)
            status = lk_mlp_objective_evaluate(
                &t->objective, &t->network, &t->pass,
                lk_mlp_seed(t->options->seed, LK_MLP_VALIDATE, first), -1, NULL, &part);
        if (!status && scored) status = count_rows(t, data, first, &y);
        sum += part * (double)n;
    }
    *loss = sum / (double)data->rows;
    *metric = scored ? metric_of(t, &y) : NAN;
    free(y.mean);
    return status;
}
