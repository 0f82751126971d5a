/* hinge_rivals.c: hinge against ramp, cross-entropy and the perceptron. */
#include "hinge_rivals.h"
#include "trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- cross-entropy: training that goes on -------------------------------------------------------
 */

enum { EPOCHS = 400, PACE = 4, LOOKS = EPOCHS / PACE };

typedef struct walk {
    const lk_dataset *data;
    double norm[LOOKS]; /* of the weights, at the end of every PACE-th epoch */
    double loss[LOOKS]; /* mean over the epoch */
    lk_status status;
} walk;

static int look(void *context, const lk_progress *p)
{
    walk *const w = context;
    if (p->step != p->steps || p->epoch < 1 || p->epoch % PACE || !p->checkpoint) return 0;
    const int64_t k = p->epoch / PACE - 1;
    w->loss[k] = p->loss;
    w->status = trial_length(p->checkpoint, "output.weight", &w->norm[k]);
    return w->status != LK_OK;
}

static lk_status descend(lk_loss loss, walk *w)
{
    const lk_objective objective = {.loss = loss, .factor = 1};
    lk_mlp_options options = LK_MLP_OPTIONS_INIT;
    options.objective = &objective;
    options.n_objective = 1;
    options.initialization = LK_INIT_ZERO;
    options.optimizer = LK_OPTIMIZER_SGD;
    options.learning_rate = 0.1;
    options.batch = w->data->rows;
    options.epochs = EPOCHS;
    options.progress = look;
    options.context = w;
    lk_model *model = NULL;
    const lk_status status = lk_train_mlp(w->data, &options, &model, NULL);
    lk_model_free(model);
    return status ? status : w->status;
}

/* The rows of two of ten classes, as 0 and 1. */
static lk_status two_digits(const lk_dataset *digits, int first, int second, lk_dataset *out)
{
    memset(out, 0, sizeof *out);
    int64_t *rows = malloc((size_t)(digits->rows + 1) * sizeof *rows), n = 0;
    if (!rows) return lk_fail(LK_NO_MEMORY, "no memory for two digits");
    for (int64_t i = 0; i < digits->rows; i++)
        if (digits->target[i] == first || digits->target[i] == second) rows[n++] = i;
    lk_status status = lk_dataset_take(digits, n, rows, out);
    free(rows);
    if (status) return status;
    for (int64_t i = 0; i < n; i++) out->target[i] = out->target[i] == second;
    status = lk_dataset_set_classes(out, 2);
    if (status) lk_dataset_free(out);
    return status;
}

static void draw_walks(experiment *x, const walk *hinge, const walk *logistic)
{
    double at[LOOKS];
    trial_grid(PACE, EPOCHS, LOOKS, at);
    figure(x, &(figure_look){.title = "Length of the weights as training goes on",
                             .alt = "With hinge the weights stop growing; with cross-entropy they "
                                    "grow to the end.",
                             .x_label = "steps of gradient descent",
                             .y_label = "length of the weights"});
    figure_line(x, "hinge", LOOKS, at, hinge->norm);
    figure_line(x, "cross-entropy", LOOKS, at, logistic->norm);
    figure(x,
           &(figure_look){.title = "Training loss",
                          .alt = "Hinge reaches 0 and stays there; cross-entropy falls but never "
                                 "arrives.",
                          .x_label = "steps of gradient descent",
                          .y_label = "mean loss",
                          .y_range = {0, 0.3}});
    figure_line(x, "hinge", LOOKS, at, hinge->loss);
    figure_line(x, "cross-entropy", LOOKS, at, logistic->loss);
}

static lk_status endless_training(experiment *x)
{
    heading(x, "Cross-entropy: it is never satisfied");
    tell(x, "The digits 4 and 7 can be told apart by a plane. Gradient descent from 0, without a "
            "penalty, learns one with hinge and with cross-entropy. Once all margins are 1 the "
            "gradient of hinge is 0 and the training is over; cross-entropy goes on to make sure "
            "of what it knows.");
    lk_dataset pair;
    lk_status status = two_digits(experiment_data(x, "digits"), 4, 7, &pair);
    if (status) return status;
    lk_scaling scaling;
    status = lk_scaling_fit(&pair, LK_SCALE_STANDARD, &scaling);
    if (!status) {
        status = lk_scaling_apply(&scaling, &pair);
        lk_scaling_free(&scaling);
    }
    walk hinge = {.data = &pair}, logistic = {.data = &pair};
    if (!status) status = descend(LK_HINGE, &hinge);
    if (!status) status = descend(LK_SIGMOID_CROSS_ENTROPY, &logistic);
    lk_dataset_free(&pair);
    if (status) return status;
    const int end = LOOKS - 1;
    int done = 0;
    while (done < end && hinge.loss[done] > 0) done++;
    check_near(x, hinge.loss[end], 0, 0, "hinge: loss after %d steps", EPOCHS);
    check_near(x, hinge.norm[end] / hinge.norm[done] - 1, 0, 0,
               "hinge: growth of the weights after its loss is 0, which is so after %d steps",
               PACE * (done + 1));
    check_at_least(x, once(logistic.loss[end]), 1e-6, "cross-entropy: loss after %d steps", EPOCHS);
    check_at_least(x, once(logistic.norm[end] / logistic.norm[done] - 1), 0.05,
                   "cross-entropy: growth of the weights in the same steps");
    draw_walks(x, &hinge, &logistic);
    return LK_OK;
}

/* ---- the perceptron: rows that were not seen ----------------------------------------------------
 */

enum { PERCEPTRON, AVERAGED, SUPPORT_VECTORS, MACHINES };

static lk_status train_machine(int machine, const lk_dataset *data, uint64_t seed, lk_model **model)
{
    if (machine == SUPPORT_VECTORS) return train_soft_margin(data, LK_HINGE, model);
    lk_perceptron_options options = LK_PERCEPTRON_OPTIONS_INIT;
    options.averaged = machine == AVERAGED;
    options.seed = seed;
    return lk_train_perceptron(data, &options, model, NULL);
}

/* Even against odd digits: no plane tells them apart. */
static lk_status even_and_odd(experiment *x, uint64_t seed, trial_data *out)
{
    const lk_status status =
        trial_split(experiment_data(x, "digits"), 0.3, LK_SCALE_STANDARD, seed, out);
    if (status) return status;
    lk_dataset *const parts[2] = {&out->train, &out->test};
    for (int p = 0; p < 2; p++) {
        for (int64_t i = 0; i < parts[p]->rows; i++)
            parts[p]->target[i] = fmod(parts[p]->target[i], 2);
        parts[p]->classes = 2;
    }
    return LK_OK;
}

static lk_status unseen_rows(experiment *x)
{
    static const char *const names[MACHINES] = {"perceptron", "averaged perceptron", "hinge"};
    measurement seen[MACHINES] = {{0}}, unseen[MACHINES] = {{0}};
    heading(x, "Perceptron: rows that were not seen");
    tell(x,
         "Perceptron loss is hinge without the margin: max(0, -m) asks only that a row be on its "
         "side, and the algorithm stops, or, where no plane does for all rows, wanders. Even "
         "against odd digits, a linear model.");
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        trial_data data;
        lk_status status = even_and_odd(x, seed, &data);
        if (status) return status;
        for (int k = 0; !status && k < MACHINES; k++) {
            lk_model *model = NULL;
            double train = 0, test = 0;
            status = train_machine(k, &data.train, seed, &model);
            if (!status) status = trial_accuracy(model, &data.train, &train);
            if (!status) status = trial_accuracy(model, &data.test, &test);
            measure(&seen[k], train);
            measure(&unseen[k], test);
            lk_model_free(model);
        }
        trial_free(&data);
        if (status) return status;
    }
    table(x, "Even against odd digits: accuracy, five seeds", "trained by|training rows|test rows");
    for (int k = 0; k < MACHINES; k++) {
        cell(x, "%s", names[k]);
        cell_measured(x, seen[k], 4);
        cell_measured(x, unseen[k], 4);
    }
    check_at_least(x, difference_of(unseen[SUPPORT_VECTORS], unseen[PERCEPTRON]), 0.02,
                   "test accuracy of hinge minus that of the perceptron");
    check_at_least(x, difference_of(unseen[AVERAGED], unseen[PERCEPTRON]), 0.01,
                   "test accuracy of the averaged perceptron minus that of the last one");
    return LK_OK;
}

static lk_status run(experiment *x)
{
    lk_status status = ramp_against_hinge(x);
    if (!status) status = endless_training(x);
    if (!status) status = unseen_rows(x);
    return status;
}

const experiment_info hinge_rivals_experiment = {
    .name = "hinge_rivals",
    .title = "Hinge stops at the margin: what ramp, cross-entropy and the perceptron do instead",
    .claim = "Ramp loss is said to bear wrong labels that hinge does not; cross-entropy to go on "
             "learning where hinge is satisfied; and the perceptron, which asks for no margin, to "
             "do worse than hinge on rows that it has not seen.",
    .data = {"breast_cancer", "digits"},
    .run = run,
};
