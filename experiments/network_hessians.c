/* network_hessians.c: one hidden layer is enough to lose convexity; and its units can be exchanged,
 * which leaves the loss as it is, but not on the way. */
#include "convexity.h"
#include "trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Hessians at random weights -----------------------------------------------------------------
 */
enum { INPUTS = 2, HIDDEN = 3, WEIGHTS = HIDDEN * (INPUTS + 2) + 1, ROWS = 120, POINTS = 40 };
/* Of Hessians by differences of values, relative to the largest eigenvalue. */
static const double noise = 1e-4;

typedef struct small_problem {
    const lk_dataset *data;
    int hidden; /* 0: a linear model */
    double score[ROWS];
} small_problem;

/* [HIDDEN, INPUTS] and [HIDDEN] before the tanh, [HIDDEN] and 1 behind it. */
static double network_score(const double *weights, const double *row)
{
    const double *bias = weights + HIDDEN * INPUTS, *out = bias + HIDDEN;
    double score = out[HIDDEN];
    for (int u = 0; u < HIDDEN; u++) {
        double sum = bias[u];
        for (int k = 0; k < INPUTS; k++) sum += weights[u * INPUTS + k] * row[k];
        score += out[u] * tanh(sum);
    }
    return score;
}

static double linear_score(const double *weights, const double *row)
{
    double score = weights[INPUTS];
    for (int k = 0; k < INPUTS; k++) score += weights[k] * row[k];
    return score;
}

static lk_status small_loss(void *context, const double *weights, double *value)
{
    static const int64_t rows = ROWS;
    small_problem *p = context;
    for (int i = 0; i < ROWS; i++) {
        const double *row = p->data->dense + i * p->data->features;
        p->score[i] = p->hidden ? network_score(weights, row) : linear_score(weights, row);
    }
    const lk_tensor z = lk_vector(p->score, LK_F64, &rows),
                    t = lk_vector(p->data->target, LK_F64, &rows);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &z;
    call.target = &t;
    call.result = &result;
    const lk_status status = lk_sigmoid_cross_entropy(&call, 1, 0);
    *value = result.value;
    return status;
}

/* The share of random points at which some direction curves downwards. */
static lk_status look_around(small_problem *p, uint64_t seed, double *share)
{
    double weights[WEIGHTS], hessian[WEIGHTS * WEIGHTS], values[WEIGHTS];
    const int n = p->hidden ? WEIGHTS : INPUTS + 1;
    int negative = 0;
    lk_random random = {seed};
    for (int k = 0; k < POINTS; k++) {
        for (int j = 0; j < n; j++) weights[j] = lk_random_normal(&random);
        lk_status status = hessian_by_differences(n, weights, 1e-3, small_loss, p, hessian);
        if (!status) status = eigenvalues(n, hessian, values);
        if (status) return status;
        negative += values[0] < -noise * values[n - 1];
    }
    *share = (double)negative / POINTS;
    return LK_OK;
}

lk_status show_networks(experiment *x)
{
    trial_data parts;
    measurement share[2] = {{0}, {0}};
    heading(x, "A hidden layer");
    tell(
        x,
        "Cross-entropy of a network with %d tanh units, %d weights in all, on mean radius and mean "
        "texture of %d tumours; and of a linear model of the same. At %d points of each of %d "
        "seeds, weights drawn from a normal distribution, the Hessian of the mean loss is taken "
        "by central differences.",
        HIDDEN, WEIGHTS, ROWS, POINTS, SEEDS);
    lk_status status =
        trial_split(experiment_data(x, "breast_cancer"), 0.2, LK_SCALE_STANDARD, 1, &parts);
    small_problem p = {.data = &parts.train};
    for (uint64_t seed = 1; !status && seed <= SEEDS; seed++)
        for (p.hidden = 0; !status && p.hidden < 2; p.hidden++) {
            double found = NAN;
            status = look_around(&p, seed, &found);
            measure(&share[p.hidden], found);
        }
    trial_free(&parts);
    if (status) return status;
    check_at_least(x, share[1], 0.5, "network: share of points with a negative eigenvalue");
    check_at_most(x, share[0], 0, "linear model: the same");
    return LK_OK;
}

/* ---- exchanged units ----------------------------------------------------------------------------
 */
enum { UNITS = 16, STEPS = 61 };

/* A network's arrays, and what they were when it was trained. */
typedef struct line {
    const lk_dataset *data;
    lk_model *model;
    int64_t *labels;
    double *scores;
    int64_t inputs, outputs;
    float *weight, *bias, *output, *trained; /* [UNITS, inputs], [UNITS], [outputs, UNITS] */
} line;

static void mix(const float *from, int64_t count, int64_t unit_stride, int64_t stride, double t,
                float *to)
{
    for (int64_t u = 0; u < UNITS; u++)
        for (int64_t k = 0; k < count; k++)
            to[u * unit_stride + k * stride] =
                (float)((1 - t) * (double)from[u * unit_stride + k * stride] +
                        t * (double)from[(UNITS - 1 - u) * unit_stride + k * stride]);
}

/* The mean loss at (1 - t) trained + t exchanged: unit u in the place of unit UNITS - 1 - u. */
static lk_status loss_at(line *l, double t, double *value)
{
    const float *const bias = l->trained + UNITS * l->inputs, *const output = bias + UNITS;
    mix(l->trained, l->inputs, l->inputs, 1, t, l->weight);
    mix(bias, 1, 1, 1, t, l->bias);
    mix(output, l->outputs, 1, UNITS, t, l->output);
    lk_status status = lk_model_predict(l->model, l->data, l->scores);
    if (status) return status;
    const int64_t shape[] = {l->data->rows, l->outputs};
    const lk_tensor z = lk_view(l->scores, LK_F64, 2, shape),
                    y = lk_vector(l->labels, LK_I64, &l->data->rows);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &z;
    call.target = &y;
    call.result = &result;
    status = lk_softmax_cross_entropy(&call, 0, 0, 0, 0);
    *value = result.value;
    return status;
}

static lk_status open_line(line *l)
{
    lk_tensor weight, bias, output;
    lk_status status = trial_tensor(l->model, "layer0.weight", &weight);
    if (!status) status = trial_tensor(l->model, "layer0.bias", &bias);
    if (!status) status = trial_tensor(l->model, "output.weight", &output);
    if (status) return status;
    l->weight = weight.data;
    l->bias = bias.data;
    l->output = output.data;
    l->inputs = weight.shape[1];
    l->outputs = output.shape[0];
    const size_t inputs = (size_t)l->inputs, outputs = (size_t)l->outputs;
    l->trained = malloc(UNITS * (inputs + 1 + outputs) * sizeof *l->trained);
    l->scores = malloc((size_t)l->data->rows * outputs * sizeof *l->scores);
    l->labels = malloc((size_t)l->data->rows * sizeof *l->labels);
    if (!l->trained || !l->scores || !l->labels)
        return lk_fail(LK_NO_MEMORY, "no memory for a line between networks");
    memcpy(l->trained, l->weight, UNITS * inputs * sizeof(float));
    memcpy(l->trained + UNITS * inputs, l->bias, UNITS * sizeof(float));
    memcpy(l->trained + UNITS * (inputs + 1), l->output, UNITS * outputs * sizeof(float));
    for (int64_t i = 0; i < l->data->rows; i++) l->labels[i] = (int64_t)l->data->target[i];
    return LK_OK;
}

static lk_status train(const lk_dataset *data, uint64_t seed, lk_model **model)
{
    const lk_layer hidden = {.units = UNITS, .activation = LK_ACTIVATION_TANH};
    const lk_objective objective = {.loss = LK_SOFTMAX_CROSS_ENTROPY, .factor = 1};
    lk_mlp_options options = LK_MLP_OPTIONS_INIT;
    options.layers = &hidden;
    options.n_layers = 1;
    options.objective = &objective;
    options.n_objective = 1;
    options.learning_rate = 0.01;
    options.epochs = 30;
    options.seed = seed;
    return lk_train_mlp(data, &options, model, NULL);
}

/* The loss along the line, and how far its middle lies above its ends. */
static lk_status walk(const lk_dataset *data, uint64_t seed, const double *at, double *value,
                      double *apart, double *above)
{
    line l = {.data = data};
    double ends[2], middle;
    lk_status status = train(data, seed, &l.model);
    if (!status) status = open_line(&l);
    for (int k = 0; !status && k < STEPS; k++) status = loss_at(&l, at[k], &value[k]);
    for (int k = 0; !status && k < 2; k++) status = loss_at(&l, k, &ends[k]);
    if (!status) status = loss_at(&l, 0.5, &middle);
    if (!status) {
        *apart = fabs(ends[1] - ends[0]);
        *above = middle - (ends[0] + ends[1]) / 2;
    }
    lk_model_free(l.model);
    free(l.trained);
    free(l.scores);
    free(l.labels);
    return status;
}

lk_status show_permutation(experiment *x)
{
    trial_data parts;
    measurement apart = {0}, above = {0};
    double at[STEPS], value[SEEDS][STEPS];
    heading(x, "Exchanged units");
    lk_status status = trial_split(experiment_data(x, "digits"), 0.2, LK_SCALE_MAX_ABS, 1, &parts);
    if (status) return status;
    tell(x,
         "A network with %d tanh units is trained on %lld digits. Its units are then put in the "
         "reverse order, with their weights on both sides: another point in the space of weights, "
         "and the same function. If the loss were convex, it could be no larger half way between "
         "the two.",
         UNITS, (long long)parts.train.rows);
    trial_grid(-0.25, 1.25, STEPS, at);
    for (int k = 0; !status && k < SEEDS; k++) {
        double a = NAN, b = NAN;
        status = walk(&parts.train, (uint64_t)k + 1, at, value[k], &a, &b);
        measure(&apart, a);
        measure(&above, b);
    }
    trial_free(&parts);
    if (status) return status;
    check_at_most(x, apart, 1e-5, "difference of the loss at the two ends");
    check_at_least(x, above, 0.5, "how far the loss half way lies above them");
    figure(x, &(figure_look){.title =
                                 "From a network to the same with its units exchanged, five times",
                             .alt = "The loss is near 0 at both ends and rises to a hill between "
                                    "them, for each of five trainings.",
                             .x_label = "from the trained (0) to the exchanged weights (1)",
                             .y_label = "mean cross-entropy"});
    for (int k = 0; k < SEEDS; k++) figure_line(x, NULL, STEPS, at, value[k]);
    return LK_OK;
}
