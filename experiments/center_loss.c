/* center_loss.c: features of handwritten digits in a plane, drawn together by center loss. */
#include "center_loss.h"
#include "feature_plane.h"
#include "trial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { FACTORS = 5 };
static const double factors[FACTORS] = {0, .001, .01, .1, 1};

static const image_set sets[2] = {
    {"digits", "Digits of 8 × 8 pixels", LK_SCALE_MIN_MAX, .3, {64, 32}, 60, 32, SEEDS, 540},
    {"mnist", "MNIST", LK_SCALE_NONE, .3, {128, 64}, 30, 64, SEEDS, 1000}};

/* Mean distances: of a feature from the middle of its class, of two classes' middles. */
typedef struct spread {
    double within, between;
} spread;
/* Of held-out rows, but for the ratio of those that were trained on. */
typedef struct finding {
    measurement within, between, ratio, accuracy, training_ratio;
} finding;

static spread spread_of_points(const lk_dataset *data, const double *points)
{
    double middle[DIGITS][2];
    spread s = {0, 0};
    plane_middles(data, points, middle);
    for (int64_t i = 0; i < data->rows; i++) {
        const double *const m = middle[(int)data->target[i]];
        s.within += hypot(points[2 * i] - m[0], points[2 * i + 1] - m[1]) / (double)data->rows;
    }
    for (int a = 0; a < DIGITS; a++)
        for (int b = 0; b < a; b++)
            s.between += hypot(middle[a][0] - middle[b][0], middle[a][1] - middle[b][1]) /
                         (DIGITS * (DIGITS - 1) / 2.);
    return s;
}

static void note(finding *f, spread s)
{
    measure(&f->within, s.within);
    measure(&f->between, s.between);
    measure(&f->ratio, s.within / s.between);
}

/* ---- cross-entropy and center loss --------------------------------------------------------------
 */

static lk_status draw(experiment *x, const image_set *set, double factor, const lk_dataset *test,
                      const double *points)
{
    char title[64];
    snprintf(title, sizeof title, "λ = %g", factor);
    const char *const alt =
        factor < .01 ? "Held-out features of ten digits, in long rays from the middle."
                     : "Held-out features of ten digits, in clusters that are small against "
                       "their distances.";
    return plane_scatter(x,
                         &(figure_look){.title = title,
                                        .alt = alt,
                                        .x_label = "first feature",
                                        .y_label = "second feature",
                                        .equal_units = 1},
                         test, points, set->shown);
}

/* x: NULL unless the features are to be drawn. */
static lk_status try_factor(experiment *x, const image_set *set, const trial_data *data,
                            double factor, uint64_t seed, finding *f)
{
    const lk_objective objective[2] = {{LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, 1, 0},
                                       {LK_CENTER, NULL, 0, factor, 0}};
    plane_network network;
    plane_network_of(set, objective, 2, seed, &network);
    lk_model *model = NULL;
    double *seen = NULL, *points = NULL, accuracy = NAN;
    lk_status status = lk_train_mlp(&data->train, &network.options, &model, NULL);
    if (!status) status = plane_points(model, &data->train, &seen);
    if (!status) status = plane_points(model, &data->test, &points);
    if (!status) status = trial_accuracy(model, &data->test, &accuracy);
    if (!status) {
        const spread training = spread_of_points(&data->train, seen);
        note(f, spread_of_points(&data->test, points));
        measure(&f->training_ratio, training.within / training.between);
        measure(&f->accuracy, accuracy);
    }
    if (!status && x) status = draw(x, set, factor, &data->test, points);
    free(seen);
    free(points);
    lk_model_free(model);
    return status;
}

static void check_factors(experiment *x, const finding f[FACTORS])
{
    enum { LAST = FACTORS - 1 };
    measurement left = {0};
    for (int k = 0; k + 1 < LAST; k++)
        check_at_least(x, difference_of(f[k].ratio, f[k + 1].ratio), 0,
                       "fall of within / between from λ = %g to λ = %g", factors[k],
                       factors[k + 1]);
    for (int s = 0; s < f[0].ratio.n; s++)
        measure(&left, f[LAST - 1].training_ratio.value[s] / f[0].training_ratio.value[s]);
    check_at_most(x, left, 0.5,
                  "within / between of training rows at λ = %g as a share of the one at λ = 0",
                  factors[LAST - 1]);
    refute(x, "The larger λ, the more compact the classes.",
           "Up to a point. Features half as long with weights twice as large give the same "
           "cross-entropy and a quarter of the center loss: beyond λ = 0.1 the plane shrinks as a "
           "whole, and the ratio falls no further.");
    const double fall = mean_of(difference_of(f[0].ratio, f[LAST - 1].ratio));
    check_at_most(x, difference_of(f[LAST - 1].ratio, f[LAST].ratio), 0.1 * fall,
                  "fall of within / between from λ = %g to λ = %g, against a tenth of that from 0 "
                  "to %g",
                  factors[LAST - 1], factors[LAST], factors[LAST - 1]);
    measurement shrunk = {0};
    for (int s = 0; s < f[0].ratio.n; s++)
        measure(&shrunk, f[LAST].between.value[s] / f[LAST - 1].between.value[s]);
    check_at_most(x, shrunk, 0.75, "distance between classes at λ = %g as a share of that at %g",
                  factors[LAST], factors[LAST - 1]);
    for (int k = 1; k < FACTORS; k++)
        check_at_least(x, difference_of(f[k].accuracy, f[0].accuracy), -0.02,
                       "accuracy with λ = %g less that of cross-entropy alone", factors[k]);
}

static lk_status sweep(experiment *x, const image_set *set, const lk_dataset *all)
{
    finding f[FACTORS] = {0};
    heading(x, set->title);
    tell(x,
         "%lld images, %.0f %% of them held out, %d runs with other divisions and starts. Hidden "
         "layers of %lld and %lld units with PReLU, two linear units whose outputs are the "
         "features, and ten scores; %lld epochs of Adam. The figures show held-out features of "
         "the first run, each with axes of its own: the plane shrinks as λ grows.",
         (long long)all->rows, 100 * set->test, set->seeds, (long long)set->units[0],
         (long long)set->units[1], (long long)set->epochs);
    lk_status status = LK_OK;
    for (int s = 0; !status && s < set->seeds; s++) {
        const uint64_t seed = (uint64_t)s + 1;
        trial_data data;
        status = trial_split(all, set->test, set->scale, seed, &data);
        for (int k = 0; !status && k < FACTORS; k++)
            status = try_factor(s ? NULL : x, set, &data, factors[k], seed, &f[k]);
        trial_free(&data);
    }
    if (status) return status;
    table(x,
          "Held-out rows: mean distance of a feature from the middle of its class, mean "
          "distance of two middles",
          "λ|within|between|within / between|the same, training rows|accuracy");
    for (int k = 0; k < FACTORS; k++) {
        cell(x, "%g", factors[k]);
        cell_measured(x, f[k].within, 2);
        cell_measured(x, f[k].between, 2);
        cell_measured(x, f[k].ratio, 4);
        cell_measured(x, f[k].training_ratio, 4);
        cell_measured(x, f[k].accuracy, 4);
    }
    check_factors(x, f);
    return LK_OK;
}

/* ---- center loss alone --------------------------------------------------------------------------
 */

static lk_status train_alone(const image_set *set, const trial_data *data, int64_t epochs,
                             uint64_t seed, spread *s)
{
    const lk_objective objective = {LK_CENTER, NULL, 0, 1, 0};
    plane_network network;
    plane_network_of(set, &objective, 1, seed, &network);
    network.options.epochs = epochs;
    lk_model *model = NULL;
    double *points = NULL;
    lk_status status = lk_train_mlp(&data->train, &network.options, &model, NULL);
    if (!status) status = plane_points(model, &data->test, &points);
    if (!status) *s = spread_of_points(&data->test, points);
    free(points);
    lk_model_free(model);
    return status;
}

static lk_status collapse(experiment *x, const image_set *set, const lk_dataset *all)
{
    finding before = {0}, after = {0};
    measurement left = {0};
    for (int s = 0; s < set->seeds; s++) {
        const uint64_t seed = (uint64_t)s + 1;
        trial_data data;
        spread old, now;
        lk_status status = trial_split(all, set->test, set->scale, seed, &data);
        if (!status) status = train_alone(set, &data, 0, seed, &old);
        if (!status) status = train_alone(set, &data, set->epochs, seed, &now);
        trial_free(&data);
        if (status) return status;
        note(&before, old);
        note(&after, now);
        measure(&left, now.between / old.between);
    }
    heading(x, "Without cross-entropy");
    tell(x, "Alone, center loss is least, 0, where all features are one point: nothing tells the "
            "classes to stay apart, and all centers meet.");
    table(x, "The same network, trained with center loss alone", "network|within|between");
    cell(x, "untrained");
    cell_measured(x, before.within, 4);
    cell_measured(x, before.between, 4);
    cell(x, "trained");
    cell_measured(x, after.within, 4);
    cell_measured(x, after.between, 4);
    check_at_most(x, left, 0.05,
                  "distance between classes after training with center loss alone, as a share of "
                  "the untrained network's");
    return LK_OK;
}

static lk_status run(experiment *x)
{
    formula(x, "L=\\frac1n\\sum_i\\left[-\\log p_{y_i}+\\frac{\\lambda}{2}"
               "\\lVert x_i-c_{y_i}\\rVert^2\\right]");
    tell(x, "Cross-entropy tells classes apart. Center loss is added to draw the features x of a "
            "class to its center c, which moves along with them.");
    const lk_dataset *const digits = experiment_data(x, sets[0].name);
    lk_status status = sweep(x, &sets[0], digits);
    if (!status) status = collapse(x, &sets[0], digits);
    if (!status) status = center_loss_parts(x, digits);
    const lk_dataset *const mnist = experiment_data(x, sets[1].name);
    if (!status && mnist) status = sweep(x, &sets[1], mnist);
    return status;
}

const experiment_info center_loss_experiment = {
    .name = "center_loss",
    .title = "Center loss makes classes compact",
    .claim =
        "Added to cross-entropy, center loss makes the distances within a class small against "
        "those between classes. Accuracy does not suffer. Alone it draws all features into one "
        "point.",
    .data = {"digits"},
    .extra = "mnist",
    .run = run,
};
