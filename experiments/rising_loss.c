/* rising_loss.c: five trainings that go wrong, each for a reason of its own: shown, diagnosed,
 * mended. */
#include "experiment.h"
#include "trial.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CAUSES = 5, EPOCHS = 15, UNITS = 32, LAYERS = 2 };

/* ---- a loss of one's own, with the mistake that is made most often ------------------------------
 */

/* Cross-entropy on logits. `context` is the sign of the gradient, which -1 gets wrong. */
static void own_cross_entropy(size_t n, const double *input, const double *target, void *context,
                              double *value, double *gradient, double *curvature)
{
    const int64_t length = (int64_t)n;
    const lk_tensor x = lk_vector(input, LK_F64, &length), t = lk_vector(target, LK_F64, &length),
                    v = lk_vector(value, LK_F64, &length), g = lk_vector(gradient, LK_F64, &length),
                    h = lk_vector(curvature, LK_F64, &length);
    lk_call call = LK_CALL_INIT;
    call.input = &x;
    call.target = &t;
    call.value = &v;
    call.gradient = gradient ? &g : NULL;
    call.curvature = curvature ? &h : NULL;
    call.reduction = LK_NONE;
    const double sign = lk_sigmoid_cross_entropy(&call, 1, 0) ? NAN : *(const double *)context;
    for (size_t i = 0; gradient && i < n; i++) gradient[i] *= sign;
}

static double wrong_sign = -1, right_sign = 1;

/* ---- the five ----------------------------------------------------------------------------------
 */

typedef struct settings {
    const char *set;
    lk_scale scale;
    lk_initialization initialization;
    lk_optimizer optimizer;
    double learning_rate, l1, l2, dropout;
    double *sign; /* of the own loss's gradient; NULL: the library's loss */
} settings;

typedef struct cause {
    const char *name, *mistake, *remedy;
    lk_fault fault;
    settings ill, well;
} cause;

static const cause causes[CAUSES] = {
    {"initialisation",
     "all weights 0 at the start",
     "He's random weights",
     LK_FAULT_INITIALIZATION,
     {"digits", LK_SCALE_STANDARD, LK_INIT_ZERO, LK_OPTIMIZER_ADAM, 0, 0, 0, 0, NULL},
     {"digits", LK_SCALE_STANDARD, LK_INIT_AUTO, LK_OPTIMIZER_ADAM, 0, 0, 0, 0, NULL}},
    {"regularisation",
     "l2 = 1, and half of the units dropped",
     "l2 = 0.0001, none dropped",
     LK_FAULT_REGULARIZATION,
     {"digits", LK_SCALE_STANDARD, LK_INIT_AUTO, LK_OPTIMIZER_ADAM, 0, 0, 1, 0.5, NULL},
     {"digits", LK_SCALE_STANDARD, LK_INIT_AUTO, LK_OPTIMIZER_ADAM, 0, 0, 1e-4, 0, NULL}},
    {"learning rate",
     "Adam steps of 1",
     "steps of 0.001",
     LK_FAULT_LEARNING_RATE,
     {"digits", LK_SCALE_STANDARD, LK_INIT_AUTO, LK_OPTIMIZER_ADAM, 1, 0, 0, 0, NULL},
     {"digits", LK_SCALE_STANDARD, LK_INIT_AUTO, LK_OPTIMIZER_ADAM, 1e-3, 0, 0, 0, NULL}},
    {"no normalisation",
     "features as they are, 0.001 to 4000",
     "features of mean 0, variance 1",
     LK_FAULT_INPUTS,
     {"breast_cancer", LK_SCALE_NONE, LK_INIT_AUTO, LK_OPTIMIZER_SGD, 0.1, 0, 0, 0, NULL},
     {"breast_cancer", LK_SCALE_STANDARD, LK_INIT_AUTO, LK_OPTIMIZER_SGD, 0.1, 0, 0, 0, NULL}},
    {"gradient",
     "a gradient of the wrong sign, in a loss of one's own",
     "the right sign",
     LK_FAULT_GRADIENT,
     {"breast_cancer", LK_SCALE_STANDARD, LK_INIT_AUTO, LK_OPTIMIZER_ADAM, 0, 0, 0, 0, &wrong_sign},
     {"breast_cancer", LK_SCALE_STANDARD, LK_INIT_AUTO, LK_OPTIMIZER_ADAM, 0, 0, 0, 0,
      &right_sign}}};

/* Each way of regularising too much, alone. A step of Adam moves a weight by about the learning
 * rate, l1 takes l1 times that from it: beyond 1 no weight can hold out. */
enum { PENALTIES = 3 };
static const struct {
    const char *name;
    settings ill;
} penalties[PENALTIES] = {
    {"l1 = 10", {"digits", LK_SCALE_STANDARD, LK_INIT_AUTO, LK_OPTIMIZER_ADAM, 0, 10, 0, 0, NULL}},
    {"l2 = 1", {"digits", LK_SCALE_STANDARD, LK_INIT_AUTO, LK_OPTIMIZER_ADAM, 0, 0, 1, 0, NULL}},
    {"95 % of the units dropped",
     {"digits", LK_SCALE_STANDARD, LK_INIT_AUTO, LK_OPTIMIZER_ADAM, 0, 0, 0, 0.95, NULL}}};

/* ---- a training --------------------------------------------------------------------------------
 */

/* The mean loss of each epoch; NaN after an end by numbers that are no longer finite. */
typedef struct history {
    double loss[EPOCHS];
    double last; /* the last finite one */
} history;

static int watch(void *context, const lk_progress *p)
{
    history *const h = context;
    if (isfinite(p->loss)) h->last = p->loss;
    if (p->step == p->steps && p->epoch >= 1 && p->epoch <= EPOCHS) h->loss[p->epoch - 1] = p->loss;
    return 0;
}

typedef struct network {
    lk_layer layers[LAYERS];
    lk_objective objective;
    lk_mlp_options options;
} network;

static void set_up(const settings *s, int64_t classes, uint64_t seed, network *n)
{
    memset(n, 0, sizeof *n);
    n->options = (lk_mlp_options)LK_MLP_OPTIONS_INIT;
    for (int k = 0; k < LAYERS; k++)
        n->layers[k] =
            (lk_layer){.units = UNITS, .activation = LK_ACTIVATION_RELU, .dropout = s->dropout};
    n->objective = (lk_objective){
        .loss = classes > 2 ? LK_SOFTMAX_CROSS_ENTROPY : LK_SIGMOID_CROSS_ENTROPY, .factor = 1};
    n->options.layers = n->layers;
    n->options.n_layers = LAYERS;
    if (s->sign) {
        n->options.custom = own_cross_entropy;
        n->options.custom_context = s->sign;
    } else {
        n->options.objective = &n->objective;
        n->options.n_objective = 1;
    }
    n->options.initialization = s->initialization;
    n->options.optimizer = s->optimizer;
    n->options.learning_rate = s->learning_rate;
    n->options.l1 = s->l1;
    n->options.l2 = s->l2;
    n->options.epochs = EPOCHS;
    n->options.seed = seed;
}

/* diagnosis may be NULL: it is asked for once. */
static lk_status train(experiment *x, const settings *s, uint64_t seed, history *h,
                       lk_diagnosis *diagnosis)
{
    trial_data data;
    lk_status status = trial_split(experiment_data(x, s->set), 0.3, s->scale, seed, &data);
    if (status) return status;
    network n;
    set_up(s, data.train.classes, seed, &n);
    for (int k = 0; k < EPOCHS; k++) h->loss[k] = NAN;
    h->last = NAN;
    n.options.progress = watch;
    n.options.context = h;
    lk_model *model = NULL;
    status = lk_train_mlp(&data.train, &n.options, &model, NULL);
    lk_model_free(model);
    if (status == LK_OUT_OF_DOMAIN) status = LK_OK; /* it went wrong, as it was to */
    if (!status && diagnosis) status = lk_diagnose(&data.train, &n.options, diagnosis);
    trial_free(&data);
    return status;
}

/* ---- what is told ------------------------------------------------------------------------------
 */

typedef struct outcome {
    measurement before, after; /* last loss over that of the best constant output */
    history ill, well;         /* of the first seed */
    double constant;
} outcome;

/* The first seed is diagnosed, and again when it is mended. */
static lk_status look_at(experiment *x, const cause *c, outcome *out)
{
    memset(out, 0, sizeof *out);
    for (int seed = 0; seed < SEEDS; seed++) {
        lk_diagnosis ill = {0}, well = {0};
        history before, after;
        lk_status status = train(x, &c->ill, (uint64_t)seed, &before, seed ? NULL : &ill);
        if (!status) status = train(x, &c->well, (uint64_t)seed, &after, seed ? NULL : &well);
        if (!status && seed == 0) {
            out->ill = before;
            out->well = after;
            out->constant = ill.constant_loss;
            check_true(x, ill.n > 0 && ill.findings[0].fault == c->fault,
                       ill.n ? ill.findings[0].text : "Nothing was found.",
                       "with %s lk_diagnose() blames the %s", c->mistake, lk_fault_name(c->fault));
            check_true(x, well.n == 0, well.n ? well.findings[0].text : "Nothing is wrong.",
                       "with %s it finds nothing wrong", c->remedy);
        }
        lk_diagnosis_free(&ill);
        lk_diagnosis_free(&well);
        if (status) return status;
        measure(&out->before, before.last / out->constant);
        measure(&out->after, after.last / out->constant);
    }
    return LK_OK;
}

/* `constant`: the loss of the best constant output on the digits. */
static lk_status show_penalties(experiment *x, double constant)
{
    tell(x, "Regularisation has several names, and too much of any keeps the loss up:");
    for (int k = 0; k < PENALTIES; k++) {
        measurement last = {0};
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            history h;
            const lk_status status = train(x, &penalties[k].ill, seed, &h, NULL);
            if (status) return status;
            measure(&last, h.last / constant);
        }
        check_at_least(x, last, 0.8, "%s: last loss over the constant's", penalties[k].name);
    }
    return LK_OK;
}

static void draw(experiment *x, const outcome *outcomes, int mended)
{
    double at[EPOCHS], ratio[EPOCHS];
    trial_grid(1, EPOCHS, EPOCHS, at);
    figure(x, &(figure_look){
                  .title = mended ? "The same five, mended" : "Five trainings that fail",
                  .alt = mended ? "All five losses fall well below that of a constant; three "
                                  "of them, mended into the same network, along one curve."
                                : "Every curve stays near, or rises above, the loss of "
                                  "the best constant output.",
                  .x_label = "epoch",
                  .y_label = "loss / loss of the best constant",
                  .y_range = {mended ? 0.05 : 0.5, mended ? 2 : 100},
                  .y_log = 1});
    for (int c = 0; c < CAUSES; c++) {
        const history *h = mended ? &outcomes[c].well : &outcomes[c].ill;
        for (int k = 0; k < EPOCHS; k++) ratio[k] = h->loss[k] / outcomes[c].constant;
        figure_line(x, causes[c].name, EPOCHS, at, ratio);
    }
}

static lk_status run(experiment *x)
{
    outcome outcomes[CAUSES];
    tell(x,
         "A network with two hidden layers of %d units reads digits, or judges tumours. Each of "
         "five mistakes keeps it from learning. `losskit train --diagnose` is lk_diagnose() in C: "
         "it trains a sample as it is told to, watches, and measures. The loss is compared with "
         "that of the best constant output, which needs no features at all. The diagnoses are of "
         "the "
         "first of five seeds.",
         UNITS);
    for (int c = 0; c < CAUSES; c++) {
        const lk_status status = look_at(x, &causes[c], &outcomes[c]);
        if (status) return status;
    }
    table(x, "Last training loss over the loss of the best constant, five seeds",
          "cause|mistake|remedy|before|after");
    for (int c = 0; c < CAUSES; c++) {
        cell(x, "%s", causes[c].name);
        cell(x, "%s", causes[c].mistake);
        cell(x, "%s", causes[c].remedy);
        cell_measured(x, outcomes[c].before, 3);
        cell_measured(x, outcomes[c].after, 3);
    }
    /* 0.8 is where lk_diagnose() calls a training stalled. */
    for (int c = 0; c < CAUSES; c++) {
        check_at_least(x, outcomes[c].before, 0.8, "%s: last loss over the constant's",
                       causes[c].mistake);
        check_at_most(x, outcomes[c].after, 0.3, "mended, %s: last loss over the constant's",
                      causes[c].remedy);
    }
    draw(x, outcomes, 0);
    draw(x, outcomes, 1);
    return show_penalties(x, outcomes[1].constant);
}

const experiment_info rising_loss_experiment = {
    .name = "rising_loss",
    .title = "Five reasons why a loss rises or stalls, each with a trace of its own",
    .claim =
        "A training loss that does not fall is said to come from bad initial weights, too much "
        "regularisation, a learning rate that is too high, features that were not normalised, "
        "or a wrong gradient. Each can be told from the others by measurement.",
    .data = {"digits", "breast_cancer"},
    .run = run,
};
