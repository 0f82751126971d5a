/* sparsity.c: L1 gives weights that are exactly 0, L2 small ones. */
#include "experiment.h"
#include "trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The made data: FEATURES features, each correlated with its neighbour, of which every fifth has a
 * weight; noise of standard deviation 2. The diabetes data: its ten features and 40 of noise. */
enum { FEATURES = 50, RELEVANT = 10, LAMBDAS = 17, PENALTIES = 2, SETS = 2 };
enum { TRAIN = 100, VALIDATION = 100, TEST = 1000 };
static const double correlation = 0.5, noise = 2;
typedef enum penalty { L1, L2 } penalty;
static const char *const penalty_names[PENALTIES] = {"L1", "L2"};

/* Penalties from 0.001 to 10, four in a factor of ten. */
static double lambda_of(int step) { return pow(10, -3 + step / 4.0); }

typedef struct parts {
    lk_dataset train, validation, test;
} parts;

static void free_parts(parts *p)
{
    lk_dataset_free(&p->train);
    lk_dataset_free(&p->validation);
    lk_dataset_free(&p->test);
}

/* ---- data ---------------------------------------------------------------------------------------
 */

/* Weights 1, -1.2, 1.4 ... -2.8 on the features 0, 5, 10 ... */
static double true_weight(int j)
{
    const int k = j / (FEATURES / RELEVANT);
    if (j % (FEATURES / RELEVANT)) return 0;
    return (k % 2 ? -1 : 1) * (1 + 0.2 * k);
}

static lk_status make_rows(lk_random *random, int64_t rows, lk_dataset *out)
{
    const lk_status status = trial_rows(rows, FEATURES, 0, out);
    if (status) return status;
    for (int64_t i = 0; i < rows; i++) {
        double *row = out->dense + i * FEATURES, sum = 3 + noise * lk_random_normal(random);
        for (int j = 0; j < FEATURES; j++) {
            const double own = lk_random_normal(random);
            row[j] = j ? correlation * row[j - 1] + sqrt(1 - correlation * correlation) * own : own;
            sum += true_weight(j) * row[j];
        }
        out->target[i] = sum;
    }
    return LK_OK;
}

/* The weights are to be those of standardised features. */
static lk_status scale_parts(parts *p)
{
    lk_scaling scaling;
    lk_status status = lk_scaling_fit(&p->train, LK_SCALE_STANDARD, &scaling);
    if (status) return status;
    status = lk_scaling_apply(&scaling, &p->train);
    if (!status) status = lk_scaling_apply(&scaling, &p->validation);
    if (!status) status = lk_scaling_apply(&scaling, &p->test);
    lk_scaling_free(&scaling);
    return status;
}

static lk_status make_parts(uint64_t seed, parts *out)
{
    lk_random random = {lk_random_stream(seed, 171)};
    lk_status status = make_rows(&random, TRAIN, &out->train);
    if (!status) status = make_rows(&random, VALIDATION, &out->validation);
    if (!status) status = make_rows(&random, TEST, &out->test);
    return status ? status : scale_parts(out);
}

/* The diabetes data with columns of noise behind its own; its target in hundreds. */
static lk_status widen(const lk_dataset *data, uint64_t seed, lk_dataset *out)
{
    lk_random random = {lk_random_stream(seed, 172)};
    const lk_status status = trial_rows(data->rows, FEATURES, 0, out);
    if (status) return status;
    for (int64_t i = 0; i < data->rows; i++) {
        double *row = out->dense + i * FEATURES;
        memcpy(row, data->dense + i * data->features, (size_t)data->features * sizeof *row);
        for (int64_t j = data->features; j < FEATURES; j++) row[j] = lk_random_normal(&random);
        out->target[i] = data->target[i] / 100;
    }
    return LK_OK;
}

static lk_status take_parts(const lk_dataset *data, uint64_t seed, parts *out)
{
    lk_dataset wide = {0};
    trial_data outer = {0}, inner = {0};
    lk_status status = widen(data, seed, &wide);
    if (!status) status = trial_split(&wide, 0.25, LK_SCALE_NONE, seed, &outer);
    if (!status) status = trial_split(&outer.train, 0.25, LK_SCALE_NONE, seed, &inner);
    if (!status) {
        *out = (parts){inner.train, inner.test, outer.test};
        lk_dataset_free(&outer.train);
        status = scale_parts(out);
    } else {
        trial_free(&outer);
    }
    lk_dataset_free(&wide);
    return status;
}

/* ---- training -----------------------------------------------------------------------------------
 */

typedef struct fit {
    double weight[FEATURES], bias, train, validation, test; /* mean squared errors */
} fit;

static lk_status mean_square(const lk_model *model, const lk_dataset *data, double *mean)
{
    double *scores = malloc((size_t)data->rows * sizeof *scores);
    lk_status status = scores ? LK_OK : lk_fail(LK_NO_MEMORY, "no memory for scores");
    lk_regression errors;
    if (!status) status = lk_model_predict(model, data, scores);
    if (!status)
        status =
            lk_regression_metrics(data->rows, 1, data->target, scores, NULL, 0.5, NULL, &errors);
    if (!status) *mean = errors.mean_squared_error;
    free(scores);
    return status;
}

static lk_status copy_weights(const lk_model *model, fit *out)
{
    for (int64_t k = 0; k < lk_model_tensors(model); k++) {
        const char *name;
        lk_tensor view;
        const lk_status status = lk_model_tensor(model, k, &name, &view);
        if (status) return status;
        const double *from = (const double *)((const char *)view.data + view.byte_offset);
        if (!strcmp(name, "bias"))
            out->bias = *from;
        else
            memcpy(out->weight, from, sizeof out->weight);
    }
    return LK_OK;
}

/* The objective is half the mean squared error and the penalty. */
static lk_status train(const parts *data, double l1, double l2, lk_solver solver, fit *out)
{
    const double half = 1;
    lk_model *model = NULL;
    lk_linear_options options = LK_LINEAR_OPTIONS_INIT;
    options.loss = LK_SQUARED_ERROR;
    options.params = &half;
    options.n_params = 1;
    options.l1 = l1;
    options.l2 = l2;
    options.solver = solver;
    lk_status status = lk_train_linear(&data->train, &options, &model, NULL);
    if (!status) status = copy_weights(model, out);
    if (!status) status = mean_square(model, &data->train, &out->train);
    if (!status) status = mean_square(model, &data->validation, &out->validation);
    if (!status) status = mean_square(model, &data->test, &out->test);
    lk_model_free(model);
    return status;
}

/* ---- what the weights are like ------------------------------------------------------------------
 */

static int relevant(int set, int j) { return set ? j < 10 : true_weight(j) != 0; }

/* The share of exact zeros among the features that matter, or do not. */
static double zeros(const fit *f, int set, int that_matter)
{
    int all = 0, zero = 0;
    for (int j = 0; j < FEATURES; j++) {
        if (relevant(set, j) != that_matter) continue;
        all++;
        zero += f->weight[j] == 0;
    }
    return (double)zero / all;
}

static double size_of(const fit *f, penalty p)
{
    double sum = 0;
    for (int j = 0; j < FEATURES; j++)
        sum += p == L1 ? fabs(f->weight[j]) : f->weight[j] * f->weight[j];
    return p == L1 ? sum : sqrt(sum);
}

static int best_of(const fit *path)
{
    int best = 0;
    for (int s = 1; s < LAMBDAS; s++)
        if (path[s].validation < path[best].validation) best = s;
    return best;
}

/* Of all seeds. */
typedef struct outcome {
    measurement train[PENALTIES][LAMBDAS], test[PENALTIES][LAMBDAS], plain_test, plain_train;
    /* at the penalty of the least validation error */
    measurement chosen[PENALTIES], chosen_test[PENALTIES], zero_noise[PENALTIES],
        zero_matter[PENALTIES], by_sgd;
    measurement bias_gap[PENALTIES]; /* at the largest: of the bias and the mean target */
    int shrinks[PENALTIES], fits_worse[PENALTIES]; /* with every step of the penalty */
    fit first[PENALTIES];                          /* the chosen one of the first seed */
} outcome;

static void note_path(const fit *path, const parts *data, int set, penalty p, int first,
                      outcome *out)
{
    double mean = 0;
    for (int64_t i = 0; i < data->train.rows; i++)
        mean += data->train.target[i] / (double)data->train.rows;
    for (int s = 0; s < LAMBDAS; s++) {
        measure(&out->train[p][s], path[s].train);
        measure(&out->test[p][s], path[s].test);
        if (!s) continue;
        out->shrinks[p] += size_of(&path[s], p) <= size_of(&path[s - 1], p) + 1e-6;
        out->fits_worse[p] += path[s].train >= path[s - 1].train - 1e-6;
    }
    const int best = best_of(path);
    measure(&out->chosen[p], lambda_of(best));
    measure(&out->chosen_test[p], path[best].test);
    measure(&out->zero_noise[p], zeros(&path[best], set, 0));
    measure(&out->zero_matter[p], zeros(&path[best], set, 1));
    measure(&out->bias_gap[p], fabs(path[LAMBDAS - 1].bias - mean));
    if (first) out->first[p] = path[best];
}

static lk_status try_seed(const parts *data, int set, int first, outcome *out)
{
    fit path[LAMBDAS], plain, sgd;
    lk_status status = train(data, 0, 0, LK_SOLVER_AUTO, &plain);
    if (status) return status;
    measure(&out->plain_test, plain.test);
    measure(&out->plain_train, plain.train);
    for (int p = 0; p < PENALTIES; p++) {
        for (int s = 0; !status && s < LAMBDAS; s++)
            status = train(data, p == L1 ? lambda_of(s) : 0, p == L2 ? lambda_of(s) : 0,
                           p == L1 ? LK_SOLVER_PROXIMAL : LK_SOLVER_AUTO, &path[s]);
        if (status) return status;
        note_path(path, data, set, (penalty)p, first, out);
    }
    const double chosen = out->chosen[L1].value[out->chosen[L1].n - 1];
    status = train(data, chosen, 0, LK_SOLVER_SGD, &sgd);
    if (!status) measure(&out->by_sgd, zeros(&sgd, set, 0));
    return status;
}

/* ---- the report ---------------------------------------------------------------------------------
 */

static measurement ratio_of(measurement a, measurement b)
{
    measurement ratio = {0};
    for (int i = 0; i < a.n; i++) measure(&ratio, a.value[i] / b.value[i]);
    return ratio;
}

static void show_chosen(experiment *x, const outcome *o)
{
    table(x, "With the penalty of the least validation error",
          "penalty|λ|irrelevant weights that are 0 (%)|relevant weights that are 0 (%)|"
          "test error|test error without penalty");
    for (int p = 0; p < PENALTIES; p++) {
        measurement noise_zeros = o->zero_noise[p], matter_zeros = o->zero_matter[p];
        for (int i = 0; i < SEEDS; i++) {
            noise_zeros.value[i] *= 100;
            matter_zeros.value[i] *= 100;
        }
        cell(x, "%s", penalty_names[p]);
        cell_measured(x, o->chosen[p], 3);
        cell_measured(x, noise_zeros, 0);
        cell_measured(x, matter_zeros, 0);
        cell_measured(x, o->chosen_test[p], 3);
        cell_measured(x, o->plain_test, 3);
    }
}

/* Limits that both sets share. */
static void check_both(experiment *x, const outcome *o)
{
    const int steps = SEEDS * (LAMBDAS - 1);
    check_at_least(x, o->zero_noise[L1], 0.5, "share of irrelevant weights that are exactly 0, L1");
    check_at_most(x, o->zero_noise[L2], 0, "share of irrelevant weights that are exactly 0, L2");
    for (int p = 0; p < PENALTIES; p++) {
        check_at_most(x, ratio_of(o->chosen_test[p], o->plain_test), 1,
                      "test error with %s over that without a penalty", penalty_names[p]);
        check_near(x, o->shrinks[p], steps, 0,
                   "steps of λ, of %d, with which the %s norm of the weights does not grow", steps,
                   penalty_names[p]);
        check_near(x, o->fits_worse[p], steps, 0,
                   "steps of λ, of %d, with which %s's training error does not fall", steps,
                   penalty_names[p]);
        check_at_most(x, o->bias_gap[p], 1e-6,
                      "λ = 10: the bias, which is not penalised, is off the mean target by, %s",
                      penalty_names[p]);
    }
}

static void draw_path(experiment *x, const char *title, const char *alt, const outcome *o)
{
    double at[LAMBDAS], value[LAMBDAS], ends[2];
    for (int s = 0; s < LAMBDAS; s++) at[s] = lambda_of(s);
    figure(x, &(figure_look){.title = title,
                             .alt = alt,
                             .x_label = "λ",
                             .y_label = "mean squared error",
                             .x_log = 1,
                             .y_log = 1});
    for (int p = 0; p < PENALTIES; p++) {
        for (int s = 0; s < LAMBDAS; s++) value[s] = mean_of(o->test[p][s]);
        figure_line(x, p == L1 ? "L1, test" : "L2, test", LAMBDAS, at, value);
        for (int s = 0; s < LAMBDAS; s++) value[s] = mean_of(o->train[p][s]);
        figure_line(x, p == L1 ? "L1, train" : "L2, train", LAMBDAS, at, value);
    }
    ends[0] = ends[1] = mean_of(o->plain_test);
    figure_line(x, "no penalty, test", 2, (double[]){at[0], at[LAMBDAS - 1]}, ends);
}

static void draw_weights(experiment *x, penalty p, const fit *f, double scale[2])
{
    double at[FEATURES], value[FEATURES];
    trial_grid(1, FEATURES, FEATURES, at);
    for (int j = 0; j < FEATURES; j++) value[j] = true_weight(j);
    figure(x, &(figure_look){.title = p == L1 ? "Weights with L1" : "Weights with L2",
                             .alt = p == L1 ? "Bars at the ten features that matter, each a little "
                                              "short of its true weight; most others are exactly "
                                              "0."
                                            : "Bars at all fifty features: those that do not "
                                              "matter have small weights, none of which is 0.",
                             .x_label = "feature",
                             .y_label = "weight",
                             .y_range = {scale[0], scale[1]}});
    figure_bars(x, "trained", FEATURES, at, f->weight, 0.8);
    figure_points(x, "true", FEATURES, at, value);
}

static lk_status show_made(experiment *x, const outcome *o)
{
    heading(x, "Fifty features, ten of which matter");
    tell(x,
         "%d training rows of %d standard normal features, neighbours correlated with %g. Every "
         "fifth has a weight, between 1 and 2.8 in size; the noise has a standard deviation of %g. "
         "The objective is half the mean squared error, and λ times the sum of the weights' sizes "
         "(L1), or λ/2 times that of their squares (L2). λ is the one with the least error on %d "
         "further rows. Means over %d seeds.",
         TRAIN, FEATURES, correlation, noise, VALIDATION, SEEDS);
    formula(x, "\\frac1{2n}\\sum_i(w^Tx_i+b-y_i)^2+\\lambda\\sum_j|w_j|\\qquad"
               "\\frac1{2n}\\sum_i(w^Tx_i+b-y_i)^2+\\frac\\lambda2\\sum_jw_j^2");
    tell(x,
         "L1's slope is λ wherever a weight stands: a weight whose gradient is smaller than that "
         "is pushed to 0 and stays there. L2's slope is λw: it fades away with the weight, which "
         "therefore never gets to 0.");
    show_chosen(x, o);
    check_both(x, o);
    check_at_most(x, o->zero_matter[L1], 0.1, "share of relevant weights that L1 makes 0");
    check_at_most(x, ratio_of(o->chosen_test[L1], o->plain_test), 0.8,
                  "test error with L1 over that without a penalty");
    check_at_most(x, ratio_of(o->chosen_test[L1], o->chosen_test[L2]), 1,
                  "test error with L1 over that with L2: the truth is sparse");
    refute(
        x, "An L1 penalty makes weights 0, however it is minimised.",
        "Its slope jumps at 0, and steps along a gradient jump over it. The proximal step, which "
        "subtracts λ times the step and stops at 0, gives zeros.");
    check_at_most(x, o->by_sgd, 0,
                  "share of irrelevant weights that are exactly 0, the same L1 by stochastic "
                  "gradient descent");
    draw_path(x, "Fifty features, ten of which matter",
              "Training error grows with the penalty. Test error falls at first, further with L1 "
              "than with L2, and then grows.",
              o);
    double scale[2] = {-3.2, 3.2};
    for (int p = 0; p < PENALTIES; p++) draw_weights(x, (penalty)p, &o->first[p], scale);
    return LK_OK;
}

static lk_status show_diabetes(experiment *x, const outcome *o)
{
    heading(x, "The diabetes data and forty columns of noise");
    tell(x, "The ten measurements, and forty columns of random numbers beside them. The target, in "
            "hundreds, is how far the disease has progressed. A quarter of the rows is for the "
            "test, a quarter of the others chooses λ.");
    show_chosen(x, o);
    check_both(x, o);
    draw_path(x, "Diabetes with forty columns of noise",
              "Test error falls as the penalty grows, below that without a penalty, and rises "
              "again when the penalty takes the useful weights as well.",
              o);
    return LK_OK;
}

static lk_status run(experiment *x)
{
    outcome *o = calloc(SETS, sizeof *o);
    lk_status status = o ? LK_OK : lk_fail(LK_NO_MEMORY, "no memory for the paths of weights");
    for (int set = 0; set < SETS; set++)
        for (uint64_t seed = 1; !status && seed <= SEEDS; seed++) {
            parts data = {0};
            status = set ? take_parts(experiment_data(x, "diabetes"), seed, &data)
                         : make_parts(seed, &data);
            if (!status) status = try_seed(&data, set, seed == 1, &o[set]);
            free_parts(&data);
        }
    if (!status) status = show_made(x, &o[0]);
    if (!status) status = show_diabetes(x, &o[1]);
    free(o);
    return status;
}

const experiment_info sparsity_experiment = {
    .name = "sparsity",
    .title = "L1 makes the weights of useless features exactly 0, L2 makes them small",
    .claim =
        "Both penalties hold the weights down and so help on new data. L1 pushes with the same "
        "force at any size, and weights that are not worth it become 0; L2's force fades with "
        "the weight.",
    .data = {"diabetes"},
    .run = run,
};
