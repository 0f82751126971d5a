/* train_options.c: the model, its objective and the files of a training, from the options. */
#include "train_plan.h"

#include "atomic_file.h"
#include "format.h"
#include "suggest.h"
#include "text.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char kind_words[] = "linear|mlp|perceptron|adaboost|mahalanobis";

const char *train_kind_word(train_kind kind)
{
    static char words[TRAIN_MAHALANOBIS + 1][OPTION_NAME];
    choice_word(kind_words, (int)kind, words[kind], sizeof words[kind]);
    return words[kind];
}

/* ---- the model ----------------------------------------------------------------------------------
 */

static int read_activation(const char *text, size_t length, lk_activation *activation)
{
    for (int k = 0; lk_activation_name((lk_activation)k); k++) {
        const char *name = lk_activation_name((lk_activation)k);
        if (strlen(name) != length || strncmp(name, text, length) != 0) continue;
        *activation = (lk_activation)k;
        return 0;
    }
    return -1;
}

/* "256-relu" */
static int read_layer(const char *text, size_t length, lk_layer *layer, error *e)
{
    enum { UNITS = 1 << 20 };
    const char *dash = memchr(text, '-', length);
    const size_t digits = dash ? (size_t)(dash - text) : length;
    double units = 0;
    if (number_parse(text, digits, &units) != NUMBER_OK || units != floor(units) || units < 1 ||
        units > UNITS)
        return error_set(e,
                         "--model: \"%.*s\" is no layer; expected its units, 1 to %d, and perhaps "
                         "an activation, as in mlp:256,64-tanh",
                         text_shown(length), text, UNITS);
    layer->units = (int64_t)units;
    if (dash && read_activation(dash + 1, length - digits - 1, &layer->activation))
        return error_set(e,
                         "--model: there is no activation \"%.*s\"; expected linear, relu, prelu, "
                         "tanh or sigmoid",
                         text_shown(length - digits - 1), dash + 1);
    return 0;
}

static int read_layers(const char *text, train_plan *p, const lk_layer *usual, error *e)
{
    if (!text)
        return error_set(e, "--model: mlp needs the units of its hidden layers, as in mlp:256,64");
    while (text) {
        const size_t length = strcspn(text, ",");
        if (p->mlp.n_layers == TRAIN_LAYERS)
            return error_set(e, "--model: more than %d layers are too many", TRAIN_LAYERS);
        lk_layer *layer = &p->layers[p->mlp.n_layers++];
        *layer = *usual;
        if (read_layer(text, length, layer, e)) return -1;
        text = text[length] ? text + length + 1 : NULL;
    }
    return 0;
}

static int read_model(const options *o, train_plan *p, error *e)
{
    const char *text = option_text(o, TRAIN_MODEL);
    if (!text) text = "linear";
    char word[OPTION_NAME], name[OPTION_NAME];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(text, ":"), text);
    suggestion s;
    suggest_begin(&s, name);
    int k = 0;
    for (; choice_word(kind_words, k, word, sizeof word) && strcmp(word, name) != 0; k++)
        suggest_consider(&s, word);
    if (k > TRAIN_MAHALANOBIS) {
        const char *hint = suggest_hint(&s, "");
        return error_set(e, "--model: there is no \"%.80s\"%s", name,
                         *hint ? hint
                               : "; expected linear, mlp:UNITS,..., perceptron, adaboost or "
                                 "mahalanobis");
    }
    p->kind = (train_kind)k;
    const char *colon = strchr(text, ':');
    if (p->kind != TRAIN_MLP)
        return colon ? error_set(e, "--model: %s has no layers: leave out \"%.80s\"", name, colon)
                     : 0;
    lk_layer usual = {.activation = LK_ACTIVATION_RELU};
    int activation = LK_ACTIVATION_RELU;
    if (option_choice(o, TRAIN_ACTIVATION, &activation, e) ||
        option_number(o, TRAIN_DROPOUT, 0, 0.99, &usual.dropout, e))
        return -1;
    usual.activation = (lk_activation)activation;
    usual.batch_normalization = option_find(o, TRAIN_BATCH_NORM) != NULL;
    return read_layers(colon ? colon + 1 : NULL, p, &usual, e);
}

/* ---- options that only some models take ---------------------------------------------------------
 */

#define LINEAR (1u << TRAIN_LINEAR)
#define MLP (1u << TRAIN_MLP)
#define PERCEPTRON (1u << TRAIN_PERCEPTRON)
#define ADABOOST (1u << TRAIN_ADABOOST)
#define MAHALANOBIS (1u << TRAIN_MAHALANOBIS)

static const struct {
    int key;
    unsigned kinds;
} limits[] = {{TRAIN_LOSS, LINEAR | MLP},
              {TRAIN_PARAM, LINEAR | MLP},
              {TRAIN_L1, LINEAR | MLP},
              {TRAIN_L2, LINEAR | MLP},
              {TRAIN_COST, LINEAR},
              {TRAIN_BIAS, LINEAR | PERCEPTRON},
              {TRAIN_SOLVER, LINEAR},
              {TRAIN_TOLERANCE, LINEAR},
              {TRAIN_ITERATIONS, LINEAR},
              {TRAIN_EPOCHS, MLP | PERCEPTRON},
              {TRAIN_BATCH, LINEAR | MLP},
              {TRAIN_LEARNING_RATE, LINEAR | MLP | PERCEPTRON},
              {TRAIN_OPTIMIZER, MLP},
              {TRAIN_MOMENTUM, MLP},
              {TRAIN_SCHEDULE, MLP},
              {TRAIN_DECAY, MLP},
              {TRAIN_DECAY_EPOCHS, MLP},
              {TRAIN_WARMUP, MLP},
              {TRAIN_PATIENCE, MLP},
              {TRAIN_CLIP, MLP},
              {TRAIN_DROPOUT, MLP},
              {TRAIN_BATCH_NORM, MLP},
              {TRAIN_ACTIVATION, MLP},
              {TRAIN_INITIALIZATION, MLP},
              {TRAIN_INITIALIZATION_SCALE, MLP},
              {TRAIN_CENTER_RATE, MLP},
              {TRAIN_MARGIN_LAMBDA, MLP},
              {TRAIN_AUGMENT, MLP},
              {TRAIN_CHECKPOINT, MLP},
              {TRAIN_RESUME, MLP},
              {TRAIN_AVERAGED, PERCEPTRON},
              {TRAIN_ROUNDS, ADABOOST},
              {TRAIN_NORMAL, MAHALANOBIS},
              {TRAIN_SHRINKAGE, MAHALANOBIS},
              {TRAIN_QUANTILE, MAHALANOBIS},
              {TRAIN_CLASS_WEIGHT, LINEAR | MLP | PERCEPTRON | ADABOOST},
              {TRAIN_RESAMPLE, LINEAR | MLP | PERCEPTRON | ADABOOST},
              {TRAIN_ENSEMBLE, LINEAR | MLP | PERCEPTRON | ADABOOST},
              {TRAIN_PRIOR, LINEAR | MLP}};

static int check_kind(const options *o, const train_plan *p, error *e)
{
    for (size_t l = 0; l < sizeof limits / sizeof *limits; l++) {
        const given_option *g = option_find(o, limits[l].key);
        if (!g || limits[l].kinds >> p->kind & 1) continue;
        char who[160] = "";
        for (int k = 0; k <= TRAIN_MAHALANOBIS; k++)
            if (limits[l].kinds >> k & 1)
                append(who, sizeof who, "%s%s", *who ? ", " : "", train_kind_word((train_kind)k));
        return error_set(e, "--%s is for --model %s; the model is %s", g->name, who,
                         train_kind_word(p->kind));
    }
    return 0;
}

/* An option that is of use only together with a word of another. */
static int needs(const options *o, int key, int met, const char *with, error *e)
{
    const given_option *g = option_find(o, key);
    return g && !met ? error_set(e, "--%s is for %s", g->name, with) : 0;
}

static int check_company(const options *o, const train_plan *p, error *e)
{
    const int sgd = p->kind != TRAIN_LINEAR || p->linear.solver == LK_SOLVER_SGD;
    const lk_schedule schedule = p->mlp.schedule;
    const int patient = schedule == LK_SCHEDULE_STEP || schedule == LK_SCHEDULE_PLATEAU;
    const int decays =
        patient || schedule == LK_SCHEDULE_EXPONENTIAL || schedule == LK_SCHEDULE_INVERSE_TIME;
    const int momentum =
        p->mlp.optimizer == LK_OPTIMIZER_MOMENTUM || p->mlp.optimizer == LK_OPTIMIZER_NESTEROV;
    int center = 0, margin = 0;
    for (int k = 0; k < p->objective.n; k++) {
        center |= p->objective.terms[k].loss == LK_CENTER;
        margin |= p->objective.terms[k].loss == LK_LARGE_MARGIN_SOFTMAX;
    }
    if (needs(o, TRAIN_BATCH, sgd, "--solver sgd", e) ||
        needs(o, TRAIN_LEARNING_RATE, sgd, "--solver sgd", e) ||
        needs(o, TRAIN_MOMENTUM, momentum, "--optimizer momentum or nesterov", e) ||
        needs(o, TRAIN_DECAY, decays, "--schedule step, exponential, inverse_time or plateau", e) ||
        needs(o, TRAIN_DECAY_EPOCHS, patient, "--schedule step or plateau", e) ||
        needs(o, TRAIN_INITIALIZATION_SCALE, p->mlp.initialization == LK_INIT_NORMAL,
              "--initialization normal", e) ||
        needs(o, TRAIN_CENTER_RATE, center, "--loss with center in it", e) ||
        needs(o, TRAIN_MARGIN_LAMBDA, margin, "--loss with large_margin_softmax in it", e) ||
        needs(o, TRAIN_RATIO, p->resample.method != LK_RESAMPLE_NONE, "--resample", e) ||
        needs(o, TRAIN_NEIGHBOURS, p->resample.method == LK_RESAMPLE_SMOTE, "--resample smote",
              e) ||
        needs(o, TRAIN_NOISE, p->resample.method == LK_RESAMPLE_OVER, "--resample over", e))
        return -1;
    if (option_find(o, TRAIN_L2) && p->cost > 0)
        return error_set(e, "--l2 and --C say the same in two ways: give one");
    if (p->members && (p->checkpoint || p->resume))
        return error_set(e, "--%s is for a single model, not for --ensemble",
                         p->checkpoint ? "checkpoint" : "resume");
    if (p->members && p->resample.method != LK_RESAMPLE_NONE)
        return error_set(e, "--ensemble draws rows of its own: leave out --resample");
    return 0;
}

/* ---- the objective ------------------------------------------------------------------------------
 */

static int read_objective(const options *o, train_plan *p, error *e)
{
    const char *text = option_text(o, TRAIN_LOSS);
    size_t place = 0;
    const given_option *param = option_find(o, TRAIN_PARAM);
    if (!text) return param ? error_set(e, "--param needs --loss, whose parameter it is") : 0;
    if (expression_parse(&p->objective, text, e)) return -1;
    expression_term *first = &p->objective.terms[0];
    if (p->kind == TRAIN_LINEAR && p->objective.is_sum)
        return error_set(e, "--loss: a linear model takes a single loss; sums are for mlp");
    for (const given_option *g; (g = option_next(o, TRAIN_PARAM, &place));) {
        if (p->objective.n > 1)
            return error_set(e, "--param is for a single loss; in a sum write %s(%.80s)",
                             first->info->name, g->text);
        if (parameters_set(&first->parameters, first->info, g->text, e)) return -1;
    }
    return 0;
}

/* 0 itself is no positive number. */
static int read_positive(const options *o, int key, double *value, error *e)
{
    const given_option *g = option_find(o, key);
    if (option_number(o, key, 0, NUMBER_LARGEST, value, e)) return -1;
    return g && !(*value > 0) ? error_set(e, "--%s: %.80s is not above 0", g->name, g->text) : 0;
}

static int read_linear(const options *o, train_plan *p, error *e)
{
    static const lk_bias biases[] = {LK_BIAS_FREE, LK_BIAS_PENALISED, LK_BIAS_NONE};
    lk_linear_options *x = &p->linear;
    int bias = 0, solver = 0;
    long iterations = 0, batch = (long)x->batch;
    if (option_choice(o, TRAIN_BIAS, &bias, e) || option_choice(o, TRAIN_SOLVER, &solver, e) ||
        read_positive(o, TRAIN_TOLERANCE, &x->tolerance, e) ||
        read_positive(o, TRAIN_COST, &p->cost, e) ||
        option_integer(o, TRAIN_ITERATIONS, 1, COUNT_LARGEST, &iterations, e) ||
        option_integer(o, TRAIN_BATCH, 1, COUNT_LARGEST, &batch, e) ||
        option_number(o, TRAIN_L1, 0, NUMBER_LARGEST, &x->l1, e) ||
        option_number(o, TRAIN_L2, 0, NUMBER_LARGEST, &x->l2, e) ||
        read_positive(o, TRAIN_LEARNING_RATE, &x->learning_rate, e))
        return -1;
    x->bias = biases[bias];
    x->solver = (lk_solver)solver;
    x->iterations = iterations;
    x->batch = batch;
    x->seed = p->seed;
    return 0;
}

static int read_others(const options *o, train_plan *p, error *e)
{
    lk_perceptron_options *x = &p->perceptron;
    int averaged = 0;
    long epochs = (long)x->epochs, rounds = (long)p->adaboost.rounds;
    if (option_choice(o, TRAIN_AVERAGED, &averaged, e) ||
        option_integer(o, TRAIN_EPOCHS, 1, COUNT_LARGEST, &epochs, e) ||
        option_integer(o, TRAIN_ROUNDS, 1, 1 << 24, &rounds, e) ||
        read_positive(o, TRAIN_LEARNING_RATE, &x->learning_rate, e) ||
        option_number(o, TRAIN_SHRINKAGE, 0, 1, &p->shrinkage, e) ||
        option_number(o, TRAIN_QUANTILE, 0, 1, &p->quantile, e))
        return -1;
    x->averaged = !averaged;
    x->epochs = epochs;
    x->bias = p->linear.bias;
    x->seed = p->seed;
    p->adaboost.rounds = rounds;
    if (p->kind == TRAIN_PERCEPTRON && x->bias == LK_BIAS_PENALISED)
        return error_set(e,
                         "--bias: the perceptron has no norm to penalise; expected free or none");
    return 0;
}

static int read_outputs(const options *o, train_plan *p, error *e)
{
    p->output = option_text(o, TRAIN_OUTPUT);
    p->report = option_text(o, TRAIN_REPORT);
    p->checkpoint = option_text(o, TRAIN_CHECKPOINT);
    p->resume = option_text(o, TRAIN_RESUME);
    p->json = option_find(o, OPTION_JSON) != NULL;
    p->quiet = option_find(o, TRAIN_QUIET) != NULL;
    p->diagnose = option_find(o, TRAIN_DIAGNOSE) != NULL;
    const struct {
        const char *name, *path;
    } outputs[] = {{"output", p->output}, {"report", p->report}, {"checkpoint", p->checkpoint}};
    for (int k = 0; k < 3; k++) {
        if (!outputs[k].path) continue;
        if (!*outputs[k].path) return error_set(e, "--%s: the name is empty", outputs[k].name);
        if (p->json && !strcmp(outputs[k].path, "-"))
            return error_set(e, "--json and --%s both want standard output", outputs[k].name);
        for (int j = 0; j < k; j++)
            if (outputs[j].path && (!strcmp(outputs[j].path, outputs[k].path) ||
                                    same_file(outputs[j].path, outputs[k].path)))
                return error_set(e, "--%s and --%s are the same file: give two", outputs[j].name,
                                 outputs[k].name);
    }
    if (p->diagnose && (p->output || p->report || p->checkpoint))
        return error_set(e, "--diagnose makes no model: leave out --%s",
                         p->output   ? "output"
                         : p->report ? "report"
                                     : "checkpoint");
    if (p->diagnose && (p->members || (p->kind != TRAIN_MLP && p->kind != TRAIN_LINEAR)))
        return error_set(e, "--diagnose looks at linear models and mlp, not at %s",
                         p->members ? "ensembles" : train_kind_word(p->kind));
    return p->checkpoint && !strcmp(p->checkpoint, "-")
               ? error_set(e, "--checkpoint: standard output cannot be kept; give a file")
               : 0;
}

int train_plan_read(const options *o, train_plan *p, error *e)
{
    static const lk_linear_options linear = LK_LINEAR_OPTIONS_INIT;
    static const lk_perceptron_options perceptron = LK_PERCEPTRON_OPTIONS_INIT;
    static const lk_adaboost_options adaboost = LK_ADABOOST_OPTIONS_INIT;
    static const lk_mlp_options mlp = LK_MLP_OPTIONS_INIT;
    static const lk_resample_options resample = LK_RESAMPLE_OPTIONS_INIT;
    memset(p, 0, sizeof *p);
    p->given = o;
    p->scale = -1;
    p->linear = linear;
    p->perceptron = perceptron;
    p->adaboost = adaboost;
    p->mlp = mlp;
    p->resample = resample;
    p->shrinkage = 0.01;
    p->quantile = 0.95;
    long seed = 0;
    if (option_integer(o, TRAIN_SEED, 0, COUNT_LARGEST, &seed, e) ||
        option_integer(o, TRAIN_THREADS, 1, 4096, &p->threads, e))
        return -1;
    p->seed = (uint64_t)seed;
    return read_model(o, p, e) || check_kind(o, p, e) || read_objective(o, p, e) ||
                   read_linear(o, p, e) || train_plan_network(o, p, e) || read_others(o, p, e) ||
                   train_plan_data(o, p, e) || read_outputs(o, p, e) || check_company(o, p, e)
               ? -1
               : 0;
}
