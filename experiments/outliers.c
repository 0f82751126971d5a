/* outliers.c: what a few wild numbers do to the fit of each regression loss. This file: the losses
 * that compete, and small tables; each other part is a file of its own. */
#include "outliers.h"
#include "trial.h"

#include <math.h>

/* Constants as in the literature, for 95 % efficiency on Gaussian noise, where there is one. */
const rival rivals[RIVALS] = {
    [SQUARED] = {"squared_error", LK_SQUARED_ERROR, 1, {0}, PULL_GROWS},
    [ABSOLUTE] = {"absolute_error", LK_ABSOLUTE_ERROR, 0, {0}, PULL_LIMITED},
    [HUBER] = {"huber, δ = 1.345", LK_HUBER, 1, {1.345}, PULL_LIMITED},
    [SMOOTH] = {"smooth_l1", LK_SMOOTH_L1, 1, {1}, PULL_LIMITED},
    [LOG_COSH] = {"log_cosh", LK_LOG_COSH, 0, {0}, PULL_LIMITED},
    [QUANTILE] = {"quantile, q = 0.5", LK_QUANTILE, 1, {0.5}, PULL_LIMITED},
    [EPSILON] = {"epsilon_insensitive", LK_EPSILON_INSENSITIVE, 1, {0.1}, PULL_LIMITED},
    [PSEUDO] = {"pseudo_huber", LK_PSEUDO_HUBER, 1, {1}, PULL_LIMITED},
    [CAUCHY] = {"cauchy, c = 2.385", LK_CAUCHY, 1, {2.3849}, PULL_VANISHES},
    [WELSCH] = {"welsch, c = 2.985", LK_WELSCH, 1, {2.9846}, PULL_VANISHES},
    [GEMAN] = {"geman_mcclure", LK_GEMAN_MCCLURE, 0, {0}, PULL_VANISHES},
    [TUKEY] = {"tukey_biweight, c = 4.685", LK_TUKEY_BIWEIGHT, 2, {4.6851, 1}, PULL_VANISHES},
    [BARRON] = {"barron, α = -1, c = 3", LK_BARRON, 2, {-1, 3}, PULL_VANISHES}};

/* The three losses that dual coordinate descent trains need some l2: too little to be seen here. */
lk_status outlier_fit(const rival *r, const lk_dataset *data, lk_model **out)
{
    const int dual =
        r->loss == LK_ABSOLUTE_ERROR || r->loss == LK_QUANTILE || r->loss == LK_EPSILON_INSENSITIVE;
    lk_linear_options options = LK_LINEAR_OPTIONS_INIT;
    options.loss = r->loss;
    options.params = r->params;
    options.n_params = r->n_params;
    options.l2 = dual ? 1e-3 : 0;
    options.tolerance = dual ? 1e-5 : 0;
    return lk_train_linear(data, &options, out, NULL);
}

int outlier_worst(const measurement of[RIVALS], unsigned pulls)
{
    int worst = -1;
    for (int k = 0; k < RIVALS; k++)
        if (pulls >> rivals[k].pull & 1 && (worst < 0 || mean_of(of[k]) > mean_of(of[worst])))
            worst = k;
    return worst;
}

/* ---- the best constant --------------------------------------------------------------------------
 */

enum { NUMBERS = 6 };
static const double numbers[NUMBERS] = {1, 2, 3, 4, 5, 100};

static const struct constant {
    rival rival;
    double expected;
} constants[] = {{{"squared_error", LK_SQUARED_ERROR, 1, {0}, PULL_GROWS}, 19.1667},
                 {{"absolute_error", LK_ABSOLUTE_ERROR, 0, {0}, PULL_LIMITED}, NAN},
                 {{"huber, δ = 1", LK_HUBER, 1, {1}, PULL_LIMITED}, 3.5},
                 {{"log_cosh", LK_LOG_COSH, 0, {0}, PULL_LIMITED}, 3.5068},
                 {{"tukey_biweight", LK_TUKEY_BIWEIGHT, 2, {4.6851, 1}, PULL_VANISHES}, 3}};
enum { CONSTANTS = sizeof constants / sizeof *constants };

/* The sum of the losses of all numbers when the constant stands for them. */
static lk_status total(const rival *r, double constant, double *sum)
{
    const int64_t n = NUMBERS;
    double predicted[NUMBERS];
    for (int k = 0; k < NUMBERS; k++) predicted[k] = constant;
    const lk_tensor input = lk_vector(predicted, LK_F64, &n),
                    target = lk_vector(numbers, LK_F64, &n);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.result = &result;
    call.reduction = LK_SUM;
    const lk_status status = lk_evaluate(r->loss, r->params, r->n_params, &call);
    if (!status) *sum = result.value;
    return status;
}

/* What training finds when there is nothing but a bias. */
static lk_status best_constant(const rival *r, double *constant)
{
    lk_dataset data;
    lk_status status = trial_rows(NUMBERS, 1, 0, &data);
    if (status) return status;
    for (int k = 0; k < NUMBERS; k++) data.target[k] = numbers[k];
    lk_model *model = NULL;
    double scores[NUMBERS] = {0};
    status = outlier_fit(r, &data, &model);
    if (!status) status = lk_model_predict(model, &data, scores);
    *constant = scores[0];
    lk_model_free(model);
    lk_dataset_free(&data);
    return status;
}

/* Trained, and compared with all hundredths from 0 to 101. */
static lk_status find_constant(const rival *r, double *constant, double *above)
{
    double found, least = HUGE_VAL;
    lk_status status = best_constant(r, constant);
    if (!status) status = total(r, *constant, &found);
    for (int i = 0; !status && i <= 10100; i++) {
        double sum = 0;
        status = total(r, i / 100.0, &sum);
        least = fmin(least, sum);
    }
    if (!status) *above = found - least;
    return status;
}

/* Any number between the two in the middle has the same mean absolute error. */
static lk_status show_median(experiment *x)
{
    static const double at[] = {2.99, 3, 3.5, 4, 4.01};
    double sum[5];
    for (int i = 0; i < 5; i++) {
        const lk_status status = total(&rivals[ABSOLUTE], at[i], &sum[i]);
        if (status) return status;
    }
    check_near(x, sum[3] - sum[1], 0, 1e-12, "absolute error of all with the constant 4, minus 3");
    check_near(x, sum[2] - sum[1], 0, 1e-12,
               "absolute error of all with the constant 3.5, minus 3");
    check_at_least(x, once(fmin(sum[0], sum[4]) - sum[1]), 0.01,
                   "absolute error of all with 2.99 or 4.01, the lesser, minus 3");
    return LK_OK;
}

static lk_status show_constants(experiment *x)
{
    double constant[CONSTANTS], above[CONSTANTS], most = -HUGE_VAL;
    for (int k = 0; k < CONSTANTS; k++) {
        const lk_status status = find_constant(&constants[k].rival, &constant[k], &above[k]);
        if (status) return status;
        most = fmax(most, above[k]);
    }
    heading(x, "The best constant");
    tell(x, "Which single number describes 1, 2, 3, 4, 5 and 100 best? Trained with a bias alone. "
            "Squared error asks for the mean, which is near none of them; absolute error for the "
            "median, any number between 3 and 4; Tukey's loss does not see 100 at all.");
    table(x, "The best constant for 1, 2, 3, 4, 5, 100", "loss|constant");
    for (int k = 0; k < CONSTANTS; k++) {
        cell(x, "%s", constants[k].rival.name);
        cell_number(x, constant[k], 4);
    }
    for (int k = 0; k < CONSTANTS; k++)
        if (!isnan(constants[k].expected))
            check_digits(x, constant[k], constants[k].expected, 4, "best constant for %s",
                         constants[k].rival.name);
        else
            check_near(x, constant[k], 3.5, 0.5, "best constant for %s: any between 3 and 4",
                       constants[k].rival.name);
    check_at_most(x, once(most), 1e-6,
                  "loss of a trained constant above that of the best of 0, 0.01, 0.02 … 101, the "
                  "largest of the five");
    return show_median(x);
}

/* ---- MAE and RMSE of a few errors ---------------------------------------------------------------
 */

static lk_status show_metrics(experiment *x)
{
    enum { ERRORS = 5 };
    static const struct {
        const char *name;
        double error[ERRORS], mae, rmse;
    } cases[] = {{"0, 1, −2, −0.5, 1.5", {0, 1, -2, -.5, 1.5}, 1, 1.2247},
                 {"0, 1, 1, −2, 15", {0, 1, 1, -2, 15}, 3.8, 6.7971}};
    static const double truth[ERRORS] = {0};
    lk_regression m[2];
    heading(x, "One outlier in a mean");
    tell(x, "Five errors; then the same but for one that is large. The root of the mean square "
            "grows more than the mean of the sizes, because the outlier is squared.");
    table(x, "Mean absolute error and root mean squared error", "errors|MAE|RMSE");
    for (int k = 0; k < 2; k++) {
        const lk_status status =
            lk_regression_metrics(ERRORS, 1, truth, cases[k].error, NULL, 0.5, NULL, &m[k]);
        if (status) return status;
        cell(x, "%s", cases[k].name);
        cell_number(x, m[k].mean_absolute_error, 4);
        cell_number(x, m[k].root_mean_squared_error, 4);
    }
    for (int k = 0; k < 2; k++) {
        check_digits(x, m[k].mean_absolute_error, cases[k].mae, 4, "MAE of the errors %s",
                     cases[k].name);
        check_digits(x, m[k].root_mean_squared_error, cases[k].rmse, 4, "RMSE of the errors %s",
                     cases[k].name);
    }
    return LK_OK;
}

static lk_status run(experiment *x)
{
    lk_status status = show_constants(x);
    if (!status) status = show_metrics(x);
    if (!status) status = outlier_efficiency(x);
    if (!status) status = outlier_lines(x);
    return status ? status : outlier_patients(x);
}

const experiment_info outliers_experiment = {
    .name = "outliers",
    .title = "Outliers pull a fit by squared error away; bounded slopes resist, vanishing ones "
             "forget them",
    .claim =
        "The pull of a point on the fit is the slope of its loss: of squared error it grows "
        "without limit, of absolute error and Huber's it is limited, of Tukey's and its kin "
        "it goes back to 0. On clean data a well chosen constant costs little: 5 % of the data.",
    .data = {"diabetes"},
    .run = run,
};
