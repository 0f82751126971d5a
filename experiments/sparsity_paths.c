/* sparsity_paths.c: linear models trained along a path of penalties. */
#include "sparsity.h"
#include "trial.h"

#include <math.h>
#include <string.h>

double sparsity_lambda(int step) { return pow(10, -3 + step / 4.0); }

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

/* 1, -1.2, 1.4 ... -2.8 on the features 0, 5, 10 ... */
double sparsity_weight(int j)
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
            sum += sparsity_weight(j) * row[j];
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

static lk_status mean_square(const lk_model *model, const lk_dataset *data, double *mean)
{
    lk_regression errors;
    const lk_status status = trial_regression(model, data, &errors);
    if (!status) *mean = errors.mean_squared_error;
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

/* The norm that is penalised. */
static lk_status size_of(const double *weight, penalty p, double *size)
{
    const int64_t n = FEATURES;
    const lk_tensor weights = lk_vector(weight, LK_F64, &n);
    lk_result norm;
    lk_call call = LK_CALL_INIT;
    call.input = &weights;
    call.grouping = LK_PER_BATCH;
    call.result = &norm;
    const lk_status status = p == L1 ? lk_l1_norm(&call) : lk_l2_norm(&call);
    if (!status) *size = norm.value;
    return status;
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
    if (!status) status = size_of(out->weight, l1 > 0 ? L1 : L2, &out->size);
    if (!status) status = mean_square(model, &data->train, &out->train);
    if (!status) status = mean_square(model, &data->validation, &out->validation);
    if (!status) status = mean_square(model, &data->test, &out->test);
    lk_model_free(model);
    return status;
}

/* ---- what the weights are like ------------------------------------------------------------------
 */

static int useful(data_source source, int j)
{
    return source == MADE ? sparsity_weight(j) != 0 : j < DIABETES_FEATURES;
}

/* The share of exact zeros among the useful weights, or the others. */
static double zeros(const fit *f, data_source source, int of_useful)
{
    int all = 0, zero = 0;
    for (int j = 0; j < FEATURES; j++) {
        if (useful(source, j) != of_useful) continue;
        all++;
        zero += f->weight[j] == 0;
    }
    return (double)zero / all;
}

static int best_of(const fit *path)
{
    int best = 0;
    for (int s = 1; s < LAMBDAS; s++)
        if (path[s].validation < path[best].validation) best = s;
    return best;
}

static void note_path(const fit *path, const lk_dataset *trained, data_source source, penalty p,
                      outcome *out)
{
    double mean = 0;
    for (int64_t i = 0; i < trained->rows; i++) mean += trained->target[i] / (double)trained->rows;
    for (int s = 0; s < LAMBDAS; s++) {
        measure(&out->train[p][s], path[s].train);
        measure(&out->test[p][s], path[s].test);
        if (!s) continue;
        out->shrinks[p] += path[s].size <= path[s - 1].size + 1e-6;
        out->fits_worse[p] += path[s].train >= path[s - 1].train - 1e-6;
    }
    const int best = best_of(path);
    if (!out->chosen[p].n) out->first[p] = path[best];
    measure(&out->chosen[p], sparsity_lambda(best));
    measure(&out->chosen_test[p], path[best].test);
    measure(&out->useless_zeros[p], zeros(&path[best], source, 0));
    measure(&out->useful_zeros[p], zeros(&path[best], source, 1));
    measure(&out->bias_gap[p], fabs(path[LAMBDAS - 1].bias - mean));
}

static lk_status try_path(const parts *data, data_source source, penalty p, outcome *out)
{
    fit path[LAMBDAS];
    for (int s = 0; s < LAMBDAS; s++) {
        const double lambda = sparsity_lambda(s);
        const lk_status status = train(data, p == L1 ? lambda : 0, p == L2 ? lambda : 0,
                                       p == L1 ? LK_SOLVER_PROXIMAL : LK_SOLVER_AUTO, &path[s]);
        if (status) return status;
    }
    note_path(path, &data->train, source, p, out);
    return LK_OK;
}

/* Not by the proximal step, but by one along a subgradient. */
static lk_status try_sgd(const parts *data, data_source source, outcome *out)
{
    fit sgd;
    const double lambda = out->chosen[L1].value[out->chosen[L1].n - 1];
    const lk_status status = train(data, lambda, 0, LK_SOLVER_SGD, &sgd);
    if (!status) measure(&out->zeros_by_sgd, zeros(&sgd, source, 0));
    return status;
}

lk_status sparsity_try(data_source source, const lk_dataset *from, uint64_t seed, outcome *out)
{
    fit plain;
    parts data = {0};
    lk_status status = source == MADE ? make_parts(seed, &data) : take_parts(from, seed, &data);
    if (!status) status = train(&data, 0, 0, LK_SOLVER_AUTO, &plain);
    if (!status) measure(&out->plain_test, plain.test);
    if (!status) status = try_path(&data, source, L1, out);
    if (!status) status = try_path(&data, source, L2, out);
    if (!status) status = try_sgd(&data, source, out);
    free_parts(&data);
    return status;
}
