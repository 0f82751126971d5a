/* perceptron_equivalence.c: the perceptron algorithm is stochastic gradient descent on perceptron
 * loss, one row at a time. */
#include "design.h"
#include "equivalences.h"
#include "trial.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { EPOCHS = 1000, ONE = 3, OTHER = 8 }; /* the digits that are told apart */

/* The slope of perceptron loss in a row's score. `left`: at the kink, where the margin is 0, that
 * of the side of the mistakes; otherwise the library's own choice, 0. */
static lk_status slope_of(double score, double sign, int left, double *slope)
{
    if (left && score == 0) score = -sign * DBL_MIN;
    return trial_curve(LK_PERCEPTRON, NULL, 0, 1, &score, sign, NULL, slope, NULL);
}

/* w <- w - slope x over rows in a seeded order, until a pass changes nothing. */
static lk_status descend(const lk_dataset *data, uint64_t seed, int left, int64_t epochs,
                         int64_t *order, double *w, int64_t *steps, int64_t *passes)
{
    const int64_t d = data->features;
    lk_random random = {seed};
    for (int64_t i = 0; i < data->rows; i++) order[i] = i;
    for (int64_t k = 0; k < d; k++) w[k] = 0;
    *steps = 0;
    for (*passes = 1; *passes <= epochs; ++*passes) {
        const int64_t before = *steps;
        lk_random_shuffle(&random, data->rows, order);
        for (int64_t i = 0; i < data->rows; i++) {
            const double *row = data->dense + order[i] * d;
            double slope;
            const lk_status status =
                slope_of(dot_product(d, w, row), data->target[order[i]] > 0 ? 1 : -1, left, &slope);
            if (status) return status;
            if (slope == 0) continue;
            for (int64_t k = 0; k < d; k++) w[k] -= slope * row[k];
            ++*steps;
        }
        if (*steps == before) break;
    }
    return LK_OK;
}

/* The rows of two digits as classes 0 and 1. */
static lk_status two_digits(const lk_dataset *all, lk_dataset *out)
{
    int64_t *rows = malloc((size_t)all->rows * sizeof *rows), n = 0;
    if (!rows) return lk_fail(LK_NO_MEMORY, "no memory for two digits");
    for (int64_t i = 0; i < all->rows; i++)
        if (all->target[i] == ONE || all->target[i] == OTHER) rows[n++] = i;
    lk_status status = lk_dataset_take(all, n, rows, out);
    free(rows);
    for (int64_t i = 0; !status && i < n; i++) out->target[i] = out->target[i] == OTHER;
    if (!status) status = lk_dataset_set_classes(out, 2);
    return status;
}

/* (R/γ)²: the length of the longest row, and the smallest distance from the plane of a support
 * vector machine with C so large that no row may be inside the margin. */
static lk_status mistake_bound(const lk_dataset *data, double *bound)
{
    lk_linear_options options = LK_LINEAR_OPTIONS_INIT;
    options.loss = LK_HINGE;
    options.bias = LK_BIAS_NONE;
    options.l2 = 1e-6 / (double)data->rows;
    options.tolerance = 1e-4;
    lk_model *model;
    lk_tensor view;
    lk_status status = lk_train_linear(data, &options, &model, NULL);
    if (status) return status;
    status = trial_tensor(model, "weight", &view);
    double longest = 0, margin = HUGE_VAL;
    for (int64_t i = 0; !status && i < data->rows; i++) {
        const double *row = data->dense + i * data->features, *w = view.data;
        longest = fmax(longest, dot_product(data->features, row, row));
        margin = fmin(margin, (data->target[i] > 0 ? 1 : -1) * dot_product(data->features, row, w) /
                                  sqrt(dot_product(data->features, w, w)));
    }
    *bound = margin > 0 ? longest / (margin * margin) : NAN;
    lk_model_free(model);
    return status;
}

static lk_status compare(experiment *x, const lk_dataset *data, int64_t *order, double *w)
{
    double bound, apart = 0, most = 0;
    int64_t steps, passes, mistakes;
    lk_status status = mistake_bound(data, &bound);
    table(x, "Digits 3 and 8, without a bias",
          "order of rows|passes|steps|largest difference of a weight");
    for (uint64_t seed = 1; !status && seed <= SEEDS; seed++) {
        lk_perceptron_options options = LK_PERCEPTRON_OPTIONS_INIT;
        options.epochs = EPOCHS;
        options.averaged = 0;
        options.bias = LK_BIAS_NONE;
        options.seed = seed;
        lk_model *model = NULL;
        lk_tensor view;
        status = lk_train_perceptron(data, &options, &model, &mistakes);
        if (!status) status = trial_tensor(model, "weight", &view);
        if (!status) status = descend(data, seed, 1, EPOCHS, order, w, &steps, &passes);
        if (!status) {
            const double gap = largest_difference(data->features, w, view.data);
            cell(x, "%d", (int)seed);
            cell_number(x, (double)passes, 0);
            cell_number(x, (double)steps, 0);
            cell_number(x, gap, 0);
            apart += gap + fabs((double)(steps - mistakes));
            most = fmax(most, (double)mistakes);
        }
        lk_model_free(model);
    }
    if (status) return status;
    check_at_most(
        x, once(apart), 0,
        "differences of weights and of the number of steps, summed over %d orders of rows", SEEDS);
    check_at_most(x, once(most), bound, "most mistakes, against (R/γ)²");
    status = descend(data, 1, 0, 1, order, w, &steps, &passes);
    if (status) return status;
    check_at_most(x, once((double)steps), 0,
                  "steps from w = 0 with the slope 0 at m = 0: the loss is at its minimum there");
    return LK_OK;
}

lk_status show_perceptron(experiment *x)
{
    lk_dataset data;
    heading(x, "The perceptron is stochastic gradient descent on perceptron loss");
    lk_status status = two_digits(experiment_data(x, "digits"), &data);
    if (status) return status;
    tell(
        x,
        "The perceptron adds yx to its weights when a row's margin is not above 0. That is a step "
        "of gradient descent, with learning rate 1, on max(0, −m) of this row, if the slope at the "
        "kink m = 0 is taken to be −1. Any number from −1 to 0 is a subgradient there; with 0, "
        "which the library answers, descent would never leave w = 0. Pixels are whole numbers, and "
        "the weights too: the two are compared without tolerance. If a plane keeps the distance "
        "γ from all of %lld rows, none of which is longer than R, there are at most (R/γ)² "
        "mistakes, in any order.",
        (long long)data.rows);
    formula(x, "m\\le0:\\quad w\\leftarrow w+yx");
    int64_t *order = malloc((size_t)data.rows * sizeof *order);
    double *w = malloc((size_t)data.features * sizeof *w);
    status = order && w ? compare(x, &data, order, w)
                        : lk_fail(LK_NO_MEMORY, "no memory for a perceptron");
    free(order);
    free(w);
    lk_dataset_free(&data);
    return status;
}
