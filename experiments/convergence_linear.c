/* convergence_linear.c: gradient descent with a fixed step on a linear model of the diabetes data.
 */
#include "convergence.h"
#include "trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The first features are age, sex, body mass index and blood pressure. They are little correlated:
 * with all ten the descent spends most of its steps in long narrow valleys, whatever the loss.
 * Every EVERY-th step is kept. */
enum { FEATURES = 4, STEPS = 2000, EVERY = 5, KEPT = STEPS / EVERY + 1, TAIL = 100 };
static const double rate = 0.2;

static const struct {
    const char *name;
    lk_loss loss;
    int n_params;
    double param, rate_factor, decay;
} descents[] = {{"absolute_error", LK_ABSOLUTE_ERROR, 0, 0, 1, 0},
                {"absolute_error, step / 10", LK_ABSOLUTE_ERROR, 0, 0, 0.1, 0},
                {"absolute_error, decaying step", LK_ABSOLUTE_ERROR, 0, 0, 1, 0.01},
                {"squared_error", LK_SQUARED_ERROR, 1, 0, 1, 0},
                {"smooth_l1", LK_SMOOTH_L1, 1, 1, 1, 0}};
enum { L1, L1_SHORT, L1_DECAYING, L2, SMOOTH, DESCENTS };

typedef struct descent {
    double objective[KEPT], slope[KEPT]; /* mean loss and norm of its gradient */
    double least;                        /* the mean loss of the best linear model */
} descent;

/* Scratch for the scores of all rows and the slopes there. */
typedef struct rows_scratch {
    double *score, *slope;
} rows_scratch;

/* The mean loss of scratch.score, and scratch.slope, its gradient there. */
static lk_status mean_loss(int d, const lk_dataset *data, rows_scratch scratch, double *mean)
{
    const lk_tensor input = lk_vector(scratch.score, LK_F64, &data->rows),
                    target = lk_vector(data->target, LK_F64, &data->rows),
                    slope = lk_vector(scratch.slope, LK_F64, &data->rows);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.gradient = &slope;
    call.result = &result;
    const lk_status status =
        lk_evaluate(descents[d].loss, &descents[d].param, descents[d].n_params, &call);
    if (!status) *mean = result.value;
    return status;
}

/* The mean loss of FEATURES weights and the bias behind them, and its gradient. */
static lk_status look(int d, const lk_dataset *data, const double *w, rows_scratch scratch,
                      double *mean, double *gradient)
{
    for (int64_t i = 0; i < data->rows; i++) {
        const double *row = data->dense + i * FEATURES;
        scratch.score[i] = w[FEATURES];
        for (int j = 0; j < FEATURES; j++) scratch.score[i] += w[j] * row[j];
    }
    const lk_status status = mean_loss(d, data, scratch, mean);
    if (status) return status;
    memset(gradient, 0, (FEATURES + 1) * sizeof *gradient);
    for (int64_t i = 0; i < data->rows; i++) {
        const double *row = data->dense + i * FEATURES;
        for (int j = 0; j < FEATURES; j++) gradient[j] += scratch.slope[i] * row[j];
        gradient[FEATURES] += scratch.slope[i];
    }
    return LK_OK;
}

static double norm(const double *v)
{
    double sum = 0;
    for (int j = 0; j <= FEATURES; j++) sum += v[j] * v[j];
    return sqrt(sum);
}

static lk_status descend(int d, const lk_dataset *data, rows_scratch scratch, descent *out)
{
    double w[FEATURES + 1] = {0}, gradient[FEATURES + 1], objective;
    for (int k = 0; k <= STEPS; k++) {
        const lk_status status = look(d, data, w, scratch, &objective, gradient);
        if (status) return status;
        if (k % EVERY == 0) {
            out->objective[k / EVERY] = objective;
            out->slope[k / EVERY] = norm(gradient);
        }
        const double step = rate * descents[d].rate_factor / (1 + descents[d].decay * k);
        for (int j = 0; j <= FEATURES; j++) w[j] -= step * gradient[j];
    }
    return LK_OK;
}

/* What lk_train_linear() reaches. L1 needs some l2 for its dual problem: this much raises the mean
 * loss by less than 1e-6. */
static lk_status least_loss(int d, const lk_dataset *data, rows_scratch scratch, double *least)
{
    lk_model *model = NULL;
    lk_linear_options options = LK_LINEAR_OPTIONS_INIT;
    options.loss = descents[d].loss;
    options.params = &descents[d].param;
    options.n_params = descents[d].n_params;
    options.l2 = descents[d].loss == LK_ABSOLUTE_ERROR ? 1e-5 : 0;
    options.tolerance = descents[d].loss == LK_ABSOLUTE_ERROR ? 1e-7 : 0;
    lk_status status = lk_train_linear(data, &options, &model, NULL);
    if (!status) status = lk_model_predict(model, data, scratch.score);
    if (!status) status = mean_loss(d, data, scratch, least);
    lk_model_free(model);
    return status;
}

/* To mean 0 and variance 1. */
static void scale_target(lk_dataset *data)
{
    double mean = 0, square = 0;
    for (int64_t i = 0; i < data->rows; i++) mean += data->target[i] / (double)data->rows;
    for (int64_t i = 0; i < data->rows; i++) {
        data->target[i] -= mean;
        square += data->target[i] * data->target[i] / (double)data->rows;
    }
    for (int64_t i = 0; i < data->rows; i++) data->target[i] /= sqrt(square);
}

/* The first FEATURES of the features, and all to mean 0 and variance 1. */
static lk_status take_features(const lk_dataset *data, lk_dataset *out)
{
    lk_status status = trial_rows(data->rows, FEATURES, 0, out);
    if (status) return status;
    for (int64_t i = 0; i < data->rows; i++)
        memcpy(out->dense + i * FEATURES, data->dense + i * data->features,
               FEATURES * sizeof *out->dense);
    memcpy(out->target, data->target, (size_t)data->rows * sizeof *out->target);
    scale_target(out);
    lk_scaling scaling;
    status = lk_scaling_fit(out, LK_SCALE_STANDARD, &scaling);
    if (!status) {
        status = lk_scaling_apply(&scaling, out);
        lk_scaling_free(&scaling);
    }
    if (status) lk_dataset_free(out);
    return status;
}

/* The last TAIL of what was kept but for the last `but` of it. */
static double tail_mean(const double *kept, int but)
{
    double mean = 0;
    for (int k = KEPT - but - TAIL; k < KEPT - but; k++) mean += kept[k] / TAIL;
    return mean;
}

static void report(experiment *x, int64_t rows, const descent *m)
{
    heading(x, "A linear model");
    tell(x,
         "The same on the %lld rows of the diabetes data, the features age, sex, body mass index "
         "and blood pressure, all and the target scaled to mean 0 and variance 1; each of %d steps "
         "follows the gradient of all rows. Where many rows take part the kinks of |r| are many "
         "and small: L1's zigzag is finer than with one number, but it does not end either.",
         (long long)rows, STEPS);
    double excess[DESCENTS], slope[DESCENTS];
    table(x, "After all steps; the means of the last 500 steps",
          "loss|step|mean loss above the least|gradient relative to the first");
    for (int d = 0; d < DESCENTS; d++) {
        excess[d] = tail_mean(m[d].objective, 0) - m[d].least;
        slope[d] = tail_mean(m[d].slope, 0) / m[d].slope[0];
        cell(x, "%s", descents[d].name);
        cell(x, "%g", rate * descents[d].rate_factor);
        cell(x, "%.2e", excess[d]);
        cell(x, "%.2e", slope[d]);
    }
    check_at_most(x, once(slope[L2]), 1e-6, "gradient on squared error at the end, of the first");
    check_at_most(x, once(slope[SMOOTH]), 1e-6, "gradient on smooth L1 at the end, of the first");
    check_at_least(x, once(slope[L1]), 1e-3, "gradient on L1 at the end, of the first");
    check_near(x, excess[L1] / (tail_mean(m[L1].objective, TAIL) - m[L1].least), 1, 0.25,
               "L1's mean loss above the least, fixed step, over that of the 500 steps before");
    check_at_most(x, once(excess[L1_SHORT] / excess[L1]), 0.5,
                  "L1's mean loss above the least with a tenth of the step, over that");
    check_at_most(x, once(excess[L1_DECAYING] / excess[L1]), 0.5,
                  "the same with the step η / (1 + k / 100)");
}

static void draw(experiment *x, const descent *m)
{
    double at[KEPT], value[KEPT];
    trial_grid(0, STEPS, KEPT, at);
    figure(x, &(figure_look){.title = "A linear model on the diabetes data",
                             .alt = "The loss above its least falls without end for squared error "
                                    "and smooth L1, within a hundred steps; L1 stays on a rough "
                                    "plateau, a lower one with a shorter step, and goes down "
                                    "slowly with a decaying one.",
                             .x_label = "steps",
                             .y_label = "mean loss above the least",
                             .x_log = 1,
                             .y_log = 1,
                             .y_range = {1e-10, 1}});
    for (int d = 0; d < DESCENTS; d++) {
        for (int k = 0; k < KEPT; k++) {
            const double above = m[d].objective[k] - m[d].least;
            value[k] = above >= 1e-10 ? above : NAN;
        }
        figure_line(x, descents[d].name, KEPT - 1, at + 1, value + 1);
    }
}

lk_status converge_linear(experiment *x)
{
    lk_dataset data;
    lk_status status = take_features(experiment_data(x, "diabetes"), &data);
    if (status) return status;
    const rows_scratch scratch = {malloc((size_t)data.rows * sizeof(double)),
                                  malloc((size_t)data.rows * sizeof(double))};
    descent *made = calloc(DESCENTS, sizeof *made);
    if (!scratch.score || !scratch.slope || !made)
        status =
            lk_fail(LK_NO_MEMORY, "no memory for the descents of %lld rows", (long long)data.rows);
    for (int d = 0; !status && d < DESCENTS; d++) {
        status = descend(d, &data, scratch, &made[d]);
        if (!status) status = least_loss(d, &data, scratch, &made[d].least);
    }
    if (!status) {
        report(x, data.rows, made);
        draw(x, made);
    }
    free(scratch.score);
    free(scratch.slope);
    free(made);
    lk_dataset_free(&data);
    return status;
}
