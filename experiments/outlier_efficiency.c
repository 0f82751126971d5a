/* outlier_efficiency.c: how much more data a robust loss needs where there are no outliers. */
#include "outliers.h"
#include "trial.h"

#include <math.h>
#include <stdlib.h>

/* Samples of so many normal numbers, whose centre is estimated, for each seed. The ratio of the
 * variances of two estimates that are correlated with 0.95 is known to 2 sqrt(0.05 / samples), here
 * 0.01 for all seeds together; the tolerance is three times that. */
enum { SIZE = 100, SAMPLES = 400 };
static const double tolerance = 0.03;

static const int simulated[] = {SQUARED, HUBER, TUKEY};
enum { SIMULATED = 3 };

/* The variance of an M-estimate is E psi^2 / (E psi')^2 / n, and of normal noise E psi' = E r psi,
 * which needs no derivative where psi jumps. The midpoint rule, its cells ending at the jumps. */
static lk_status efficiency_of(const rival *r, double *efficiency)
{
    enum { CELLS = 20000 };
    const double reach = 10, width = 2 * reach / CELLS;
    double *at = malloc(CELLS * sizeof *at), *psi = malloc(CELLS * sizeof *psi);
    lk_status status =
        at && psi ? LK_OK : lk_fail(LK_NO_MEMORY, "no memory for an integral of %d cells", CELLS);
    if (!status) {
        trial_grid(-reach + width / 2, reach - width / 2, CELLS, at);
        status = trial_curve(r->loss, r->params, r->n_params, CELLS, at, 0, NULL, psi, NULL);
    }
    double square = 0, slope = 0, mass = 0;
    for (int i = 0; !status && i < CELLS; i++) {
        const double density = exp(-0.5 * at[i] * at[i]);
        square += density * psi[i] * psi[i];
        slope += density * at[i] * psi[i];
        mass += density;
    }
    *efficiency = slope * slope / (square * mass);
    free(at);
    free(psi);
    return status;
}

/* The mean square of the estimates of a centre that is 0. */
static lk_status variances(uint64_t seed, lk_dataset *sample, double *variance)
{
    lk_random random = {lk_random_stream(seed, 51)};
    for (int k = 0; k < SIMULATED; k++) variance[k] = 0;
    for (int s = 0; s < SAMPLES; s++) {
        for (int i = 0; i < SIZE; i++) sample->target[i] = lk_random_normal(&random);
        for (int k = 0; k < SIMULATED; k++) {
            lk_model *model = NULL;
            double scores[SIZE];
            lk_status status = outlier_fit(&rivals[simulated[k]], sample, &model);
            if (!status) status = lk_model_predict(model, sample, scores);
            lk_model_free(model);
            if (status) return status;
            variance[k] += scores[0] * scores[0] / SAMPLES;
        }
    }
    return LK_OK;
}

static lk_status simulate(measurement *ratio)
{
    lk_dataset sample;
    lk_status status = trial_rows(SIZE, 1, 0, &sample);
    for (uint64_t seed = 1; !status && seed <= SEEDS; seed++) {
        double variance[SIMULATED];
        status = variances(seed, &sample, variance);
        for (int k = 0; !status && k < SIMULATED; k++)
            measure(&ratio[k], variance[0] / variance[k]);
    }
    lk_dataset_free(&sample);
    return status;
}

lk_status outlier_efficiency(experiment *x)
{
    double efficiency[RIVALS];
    measurement ratio[SIMULATED] = {0};
    lk_status status = LK_OK;
    for (int k = 0; !status && k < RIVALS; k++) status = efficiency_of(&rivals[k], &efficiency[k]);
    if (!status) status = simulate(ratio);
    if (status) return status;

    heading(x, "What robustness costs without outliers");
    tell(x,
         "On Gaussian noise squared error is the best there is. Another loss is as good with more "
         "data; its efficiency is the share of the data with which squared error would do as well, "
         "the ratio of the variances of the two estimates. The constants below are for noise of "
         "variance 1. Once from the formula, and for some from the estimated centres of %d samples "
         "of %d numbers, for each of %d seeds.",
         SAMPLES, SIZE, SEEDS);
    formula(x, "\\text{efficiency}=\\frac{(E\\,r\\psi(r))^2}{E\\,\\psi(r)^2},\\qquad"
               "\\psi=\\frac{dL}{dr},\\quad r\\text{ standard normal}");
    table(x, "Efficiency on Gaussian noise", "loss|from the formula|from samples");
    for (int k = 0; k < RIVALS; k++) {
        cell(x, "%s", rivals[k].name);
        cell_number(x, efficiency[k], 4);
        int from = 0;
        while (from < SIMULATED && simulated[from] != k) from++;
        if (from < SIMULATED)
            cell_measured(x, ratio[from], 4);
        else
            cell(x, "–");
    }
    static const int tuned[] = {HUBER, TUKEY, CAUCHY, WELSCH};
    for (int k = 0; k < 4; k++)
        check_near(x, efficiency[tuned[k]], 0.95, 0.0005, "efficiency of %s, from the formula",
                   rivals[tuned[k]].name);
    check_near(x, efficiency[SQUARED], 1, 1e-9, "efficiency of squared_error, from the formula");
    check_near(x, efficiency[ABSOLUTE], 2 / acos(-1), 0.0001,
               "efficiency of absolute_error, from the formula: 2/π");
    for (int k = 1; k < SIMULATED; k++)
        check_near(x, mean_of(ratio[k]), 0.95, tolerance, "efficiency of %s, from samples",
                   rivals[simulated[k]].name);
    return LK_OK;
}
