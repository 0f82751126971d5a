/* sparsity.c: L1 gives weights that are exactly 0, L2 small ones. */
#include "sparsity.h"
#include "trial.h"

#include <stdlib.h>

static const char *const penalty_names[PENALTIES] = {"L1", "L2"};

static void show_chosen(experiment *x, const outcome *o)
{
    table(x, "With the penalty of the least validation error",
          "penalty|λ|useless weights at 0 (%)|useful ones at 0 (%)|test error|without penalty");
    for (int p = 0; p < PENALTIES; p++) {
        measurement useless = o->useless_zeros[p], useful = o->useful_zeros[p];
        for (int i = 0; i < SEEDS; i++) {
            useless.value[i] *= 100;
            useful.value[i] *= 100;
        }
        cell(x, "%s", penalty_names[p]);
        cell_measured(x, o->chosen[p], 3);
        cell_measured(x, useless, 0);
        cell_measured(x, useful, 0);
        cell_measured(x, o->chosen_test[p], 3);
        cell_measured(x, o->plain_test, 3);
    }
}

/* l1_limit: of the test error with L1 in relation to that without a penalty. */
static void check_both(experiment *x, const outcome *o, double l1_limit)
{
    const int steps = SEEDS * (LAMBDAS - 1);
    check_at_least(x, o->useless_zeros[L1], 0.5, "share of useless weights that are exactly 0, L1");
    check_at_most(x, o->useless_zeros[L2], 0, "share of useless weights that are exactly 0, L2");
    for (int p = 0; p < PENALTIES; p++) {
        check_at_most(x, ratio_of(o->chosen_test[p], o->plain_test), p == L1 ? l1_limit : 1,
                      "test error with %s over that without a penalty", penalty_names[p]);
        check_near(x, o->shrinks[p], steps, 0,
                   "steps of λ, of %d, with which the %s norm of the weights does not grow", steps,
                   penalty_names[p]);
        check_near(x, o->fits_worse[p], steps, 0,
                   "steps of λ, of %d, with which %s's training error does not fall", steps,
                   penalty_names[p]);
        check_at_most(
            x, o->bias_gap[p], 1e-6,
            "λ = 10, %s: distance of the bias, which is not penalised, from the mean target",
            penalty_names[p]);
    }
}

static void draw_path(experiment *x, const char *title, const char *alt, const outcome *o)
{
    double at[LAMBDAS], value[LAMBDAS], ends[2];
    for (int s = 0; s < LAMBDAS; s++) at[s] = sparsity_lambda(s);
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

static void draw_weights(experiment *x, penalty p, const fit *f)
{
    double at[FEATURES], useful[RELEVANT], truth[RELEVANT];
    int n = 0;
    trial_grid(1, FEATURES, FEATURES, at);
    for (int j = 0; j < FEATURES && n < RELEVANT; j++)
        if (sparsity_weight(j) != 0) {
            useful[n] = at[j];
            truth[n++] = sparsity_weight(j);
        }
    figure(x, &(figure_look){.title = p == L1 ? "Weights with L1" : "Weights with L2",
                             .alt = p == L1 ? "Bars at the ten features that matter, near their "
                                              "true weights; many of the others have no bar at "
                                              "all."
                                            : "Bars at all fifty features: those that do not "
                                              "matter have small weights, none of which is 0.",
                             .x_label = "feature",
                             .y_label = "weight",
                             .x_range = {0, FEATURES + 1},
                             .y_range = {-3.2, 3.2}});
    figure_bars(x, "trained", FEATURES, at, f->weight, 0.8);
    figure_points(x, "true, of the useful ones", n, useful, truth);
}

static void show_made(experiment *x, const outcome *o)
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
    check_both(x, o, 0.8);
    check_at_most(x, o->useful_zeros[L1], 0.1, "share of useful weights that L1 makes 0");
    check_at_most(x, ratio_of(o->chosen_test[L1], o->chosen_test[L2]), 1,
                  "test error with L1 over that with L2: the truth is sparse");
    refute(
        x, "An L1 penalty makes weights 0, however it is minimised.",
        "Its slope jumps at 0, and steps along a gradient jump over it. The proximal step, which "
        "subtracts λ times the step and stops at 0, gives zeros.");
    check_at_most(x, o->zeros_by_sgd, 0,
                  "share of useless weights that are exactly 0, the same L1 by stochastic "
                  "gradient descent");
    draw_path(x, "Fifty features, ten of which matter",
              "Training error grows with the penalty. Test error falls at first, further with L1 "
              "than with L2, and then grows.",
              o);
    draw_weights(x, L1, &o->first[L1]);
    draw_weights(x, L2, &o->first[L2]);
}

static void show_diabetes(experiment *x, const outcome *o)
{
    heading(x, "The diabetes data and forty columns of noise");
    tell(x, "The ten measurements, and forty columns of random numbers beside them. The target, in "
            "hundreds, is how far the disease has progressed. A quarter of the rows is for the "
            "test, a quarter of the others chooses λ.");
    show_chosen(x, o);
    check_both(x, o, 1);
    draw_path(x, "Diabetes with forty columns of noise",
              "Test error falls as the penalty grows, below that without a penalty, and rises "
              "again when the penalty takes the useful weights as well.",
              o);
}

static lk_status run(experiment *x)
{
    outcome *o = calloc(SOURCES, sizeof *o);
    lk_status status = o ? LK_OK : lk_fail(LK_NO_MEMORY, "no memory for the paths of weights");
    for (int k = 0; k < SOURCES; k++)
        for (uint64_t seed = 1; !status && seed <= SEEDS; seed++)
            status = sparsity_try((data_source)k, experiment_data(x, "diabetes"), seed, &o[k]);
    if (!status) {
        show_made(x, &o[MADE]);
        show_diabetes(x, &o[DIABETES]);
    }
    free(o);
    return status;
}

const experiment_info sparsity_experiment = {
    .name = "sparsity",
    .title = "L1 makes many weights of useless features exactly 0, L2 makes them small",
    .claim =
        "Both penalties hold the weights down and so help on new data. L1 pushes with the same "
        "force at any size, and weights that are not worth it become 0; L2's force fades with "
        "the weight.",
    .data = {"diabetes"},
    .run = run,
};
