/* diagnose.c: why a loss rises or stalls. Faults are looked for in the order of cause and effect:
 * bad inputs make a good learning rate look too high, so that what is found first is named first.
 * Learning rate and regularisation are judged by experiment: the same training without the suspect
 * has to end much better. */
#include "diagnose.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE = 2048, STEPS = 300 };
/* A run that ends above this share of the best constant's loss has learned next to nothing; one
 * that ends below this share of another was much better. */
static const double stalled_share = 0.8, rise_share = 0.1, better_share = 0.7;

const char *lk_fault_name(lk_fault fault)
{
    static const char *const names[] = {
        NULL,    "gradient", "inputs", "initialization", "learning rate", "regularization",
        "units", "labels"};
    const size_t k = (size_t)fault;
    return k < sizeof names / sizeof *names ? names[k] : NULL;
}

void lk_find(lk_patient *p, lk_fault fault, int layer, double measured, double limit,
             const char *format, ...)
{
    if (p->out->n == LK_MAX_FINDINGS) return;
    lk_finding *const f = &p->out->findings[p->out->n++];
    *f = (lk_finding){.fault = fault, .layer = layer, .measured = measured, .limit = limit};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(f->text, sizeof f->text, format, arguments);
    va_end(arguments);
}

/* ---- runs ---------------------------------------------------------------------------------------
 */

/* A training of the sample. */
typedef struct run_record {
    double first, last, lowest; /* losses before, after, and at the best end of an epoch */
    int failed;                 /* it ended with a number that is not finite */
} run_record;

/* What the checkpoint holds of the weights and the optimiser; an epoch of the sample has other
 * steps than one of the data. */
static void take_state(const lk_model *state, lk_mlp_trainer *t)
{
    for (int64_t k = 0; k < t->model->n_tensors; k++) {
        const lk_named_tensor *const to = &t->model->tensors[k];
        const lk_named_tensor *const from = lk_model_find(state, to->name);
        if (strcmp(to->name, "training.options") && strcmp(to->name, "training.data"))
            memcpy(to->data, from->data,
                   (size_t)lk_named_tensor_count(to) * lk_element_size(to->dtype));
    }
    t->counters[LK_MLP_STEP] = t->counters[LK_MLP_EPOCH] * t->steps;
}

static lk_status open_trainer(const lk_patient *p, const lk_mlp_options *options, lk_mlp_trainer *t)
{
    const lk_status status = lk_mlp_trainer_open(&p->sample, options, t);
    if (!status && p->state) take_state(p->state, t);
    return status;
}

/* Not finite is what is looked for, not a failure. */
static lk_status one_epoch(lk_mlp_trainer *t, const int64_t *order, run_record *r)
{
    for (int64_t step = 0; step < t->steps && !r->failed; step++) {
        int64_t first;
        double loss = 0;
        const int64_t n = lk_mlp_batch(t, step, &first);
        const lk_status status = lk_mlp_trainer_gradient(t, order + first, n, &loss);
        if (status && status != LK_OUT_OF_DOMAIN) return status;
        r->failed = status || !isfinite(loss) || !isfinite(lk_mlp_trainer_step(t));
    }
    return LK_OK;
}

static lk_status measure(lk_mlp_trainer *t, double *loss, run_record *r)
{
    double metric;
    const lk_status status = lk_mlp_evaluate(t, t->data, loss, &metric);
    r->failed |= status == LK_OUT_OF_DOMAIN || !isfinite(*loss);
    return status == LK_OUT_OF_DOMAIN ? LK_OK : status;
}

/* Trains an open trainer to the end of the options' epochs. */
static lk_status watch(lk_mlp_trainer *t, run_record *r)
{
    const int64_t rows = t->data->rows;
    *r = (run_record){.failed = 0};
    int64_t *const order = malloc((size_t)rows * sizeof *order);
    if (!order) return lk_fail(LK_NO_MEMORY, "diagnose: no memory for %lld rows", (long long)rows);
    for (int64_t i = 0; i < rows; i++) order[i] = i;
    lk_status status = measure(t, &r->first, r);
    r->last = r->lowest = r->first;
    while (!status && !r->failed && t->counters[LK_MLP_EPOCH] < t->options->epochs) {
        lk_random random = {
            lk_mlp_seed(t->options->seed, LK_MLP_SHUFFLE, t->counters[LK_MLP_EPOCH]++)};
        lk_random_shuffle(&random, rows, order);
        status = one_epoch(t, order, r);
        if (status || r->failed) break;
        status = measure(t, &r->last, r);
        if (r->last < r->lowest) r->lowest = r->last;
    }
    free(order);
    return status;
}

static lk_status watch_with(const lk_patient *p, const lk_mlp_options *options, run_record *r)
{
    lk_mlp_trainer trainer;
    const lk_status status = open_trainer(p, options, &trainer);
    if (status) return status;
    const lk_status watched = watch(&trainer, r);
    lk_mlp_trainer_close(&trainer);
    return watched;
}

/* ---- experiments --------------------------------------------------------------------------------
 */

/* How the run would have ended: below 1 it would have been better. A loss that falls below 0 has no
 * floor that is known: what counts is how far both have fallen. */
static double share_of(const run_record *other, const run_record *run)
{
    if (other->failed) return HUGE_VAL;
    if (run->failed) return other->last < other->first ? 0 : HUGE_VAL;
    if (run->last > 0 && other->last >= 0) return other->last / run->last;
    const double fall = other->first - other->last;
    return fall > 0 ? fmax(run->first - run->last, 0) / fall : HUGE_VAL;
}

typedef struct trial {
    lk_mlp_options options;
    run_record record;
    double share;
} trial;

static lk_status try_rate(const lk_patient *p, const run_record *run, double factor, trial *t)
{
    t->options = p->options;
    t->options.learning_rate = factor * lk_mlp_first_rate(&p->options);
    const lk_status status = watch_with(p, &t->options, &t->record);
    t->share = status ? HUGE_VAL : share_of(&t->record, run);
    return status;
}

static lk_status try_without(const lk_patient *p, const run_record *run, int penalties, trial *t)
{
    t->options = p->options;
    lk_layer *const layers = malloc((size_t)(p->options.n_layers + 1) * sizeof *layers);
    if (!layers) return lk_fail(LK_NO_MEMORY, "diagnose: no memory");
    for (int k = 0; k < p->options.n_layers; k++) {
        layers[k] = p->options.layers[k];
        if (!penalties) layers[k].dropout = 0;
    }
    t->options.layers = layers;
    if (penalties) t->options.l1 = t->options.l2 = 0;
    const lk_status status = watch_with(p, &t->options, &t->record);
    t->share = status ? HUGE_VAL : share_of(&t->record, run);
    t->options.layers = NULL;
    free(layers);
    return status;
}

static void loss_text(const run_record *r, char *text, size_t size)
{
    if (r->failed)
        snprintf(text, size, "is no longer finite");
    else
        snprintf(text, size, "ends at %.4g", r->last);
}

static void tell_rate(lk_patient *p, const run_record *run, const trial *t)
{
    const double rate = lk_mlp_first_rate(&p->options);
    char ends[48], limit[112] = "";
    loss_text(run, ends, sizeof ends);
    if (p->out->sharpness_limit > 0 && p->out->sharpness > p->out->sharpness_limit)
        snprintf(limit, sizeof limit,
                 " (the curvature of %.3g at the start bears at most a rate of %.2g)",
                 p->out->sharpness, rate * p->out->sharpness_limit / p->out->sharpness);
    const int high = t->options.learning_rate < rate;
    lk_find(p, LK_FAULT_LEARNING_RATE, -1, rate, t->options.learning_rate,
            "the learning rate %g is too %s: with it the loss %s, with %g it ends at %.4g%s. %s "
            "it.",
            rate, high ? "high" : "low", ends, t->options.learning_rate, t->record.last,
            high ? limit : "", high ? "Lower" : "Raise");
}

static void tell_regularization(lk_patient *p, const run_record *run, const trial *t, int penalties)
{
    char ends[48], what[96];
    loss_text(run, ends, sizeof ends);
    double most = 0;
    for (int k = 0; k < p->options.n_layers; k++)
        most = p->options.layers[k].dropout > most ? p->options.layers[k].dropout : most;
    if (penalties)
        snprintf(what, sizeof what, "the penalty (l1 %g, l2 %g)", p->options.l1, p->options.l2);
    else
        snprintf(what, sizeof what, "dropout of %g", most);
    lk_find(p, LK_FAULT_REGULARIZATION, -1, run->last, t->record.last,
            "%s outweighs the loss, which %s, and at %.4g without it. Lower it.", what, ends,
            t->record.last);
}

/* Higher and higher, until one learns, or none bears more. */
static lk_status raise_rate(lk_patient *p, const run_record *run)
{
    const double most = 1e6;
    for (double factor = 10; factor <= most; factor *= 10) {
        trial t;
        const lk_status status = try_rate(p, run, factor, &t);
        if (status) return status;
        if (t.share < better_share) tell_rate(p, run, &t);
        if (t.share < better_share || t.record.failed) return LK_OK;
    }
    return LK_OK;
}

/* The experiments, and the one that mended most. */
static lk_status experiment(lk_patient *p, const run_record *run)
{
    static const double factors[] = {0.1, 0.01, 0.001};
    enum { RATES = sizeof factors / sizeof *factors, PENALTY = RATES, DROPOUT, TRIALS };
    trial trials[TRIALS];
    int dropout = 0;
    for (int k = 0; k < p->options.n_layers; k++) dropout |= p->options.layers[k].dropout > 0;
    for (int k = 0; k < TRIALS; k++) trials[k].share = HUGE_VAL;
    lk_status status = LK_OK;
    for (int k = 0; !status && k < RATES; k++) status = try_rate(p, run, factors[k], &trials[k]);
    if (!status && (p->options.l1 > 0 || p->options.l2 > 0))
        status = try_without(p, run, 1, &trials[PENALTY]);
    if (!status && dropout) status = try_without(p, run, 0, &trials[DROPOUT]);
    if (status) return status;
    int best = 0;
    for (int k = 1; k < TRIALS; k++)
        if (trials[k].share < trials[best].share) best = k;
    if (trials[best].share >= better_share) return raise_rate(p, run);
    if (best < RATES)
        tell_rate(p, run, &trials[best]);
    else
        tell_regularization(p, run, &trials[best], best == PENALTY);
    return LK_OK;
}

/* ---- the whole ----------------------------------------------------------------------------------
 */

/* Descent along an eigenvector of the Hessian with eigenvalue h is stable up to these h; Adam
 * divides by a measure of the gradient's own size, to which this Hessian says nothing. */
static double sharpness_limit(const lk_mlp_options *o)
{
    const double rate = lk_mlp_first_rate(o), b = o->momentum;
    switch (o->optimizer) {
    case LK_OPTIMIZER_SGD:
        return 2 / rate;
    case LK_OPTIMIZER_MOMENTUM:
        return 2 * (1 + b) / rate;
    case LK_OPTIMIZER_NESTEROV:
        return 2 * (1 + b) / ((1 + 2 * b) * rate);
    default:
        return 0;
    }
}

/* The loss of the best constant output: a linear model of nothing. Where that is not known, as of
 * several terms, the loss at the start stands in. */
static lk_status find_constant_loss(const lk_patient *p, const lk_mlp_objective *o, double *loss)
{
    const lk_mlp_term *const term = o->terms;
    *loss = p->out->first_loss;
    if (o->n_terms != 1 || term->custom) return LK_OK;
    double *const nothing = calloc((size_t)p->sample.rows, sizeof *nothing);
    if (!nothing) return lk_fail(LK_NO_MEMORY, "diagnose: no memory for a feature");
    lk_dataset empty = p->sample;
    empty.features = 1;
    empty.dense = nothing;
    empty.starts = NULL;
    lk_linear_options options = LK_LINEAR_OPTIONS_INIT;
    options.loss = term->loss;
    options.params = term->params;
    options.n_params = term->n_params;
    options.l2 = 0;
    /* A term is the mean over the outputs of elements, a linear model's objective their sum. */
    const double outputs = term->view == LK_MLP_ELEMENTS ? (double)o->outputs : 1;
    lk_linear_report report;
    lk_model *model;
    const lk_status status = lk_train_linear(&empty, &options, &model, &report);
    const double constant = status ? NAN : term->factor * report.objective / outputs;
    if (isfinite(constant)) *loss = constant;
    lk_model_free(model);
    free(nothing);
    return status == LK_NO_MEMORY ? status : LK_OK;
}

/* The run has learned next to nothing, or has lost again what it had. The best constant's loss is
 * the measure, or that at the start where it is lower by luck and no checkpoint's; where the
 * constant's is 0 the loss forgets the scale of the outputs, as the perceptron's, and the first is.
 * A loss that can fall below 0 has no floor that is known. */
static int is_ill(const lk_patient *p, const run_record *run)
{
    const double first = run->first, known = p->out->constant_loss;
    const double constant = fabs(known) > 1e-9 * fabs(first) ? known : first;
    const double scale = !p->state && first < constant ? first : constant;
    const double limit = scale > 0 ? stalled_share * scale : scale;
    return run->failed || run->last > limit || run->last - run->lowest > rise_share * fabs(scale);
}

/* Units that died in the run are an effect, if an experiment finds the cause. */
static lk_status explain(lk_patient *p, lk_mlp_trainer *trainer, const run_record *run)
{
    lk_diagnosis *const d = p->out;
    d->unwell = is_ill(p, run);
    if (d->n) return LK_OK;
    lk_status status = run->failed ? LK_OK : lk_diagnose_units(p, trainer);
    if (status) return status;
    lk_finding units[LK_MAX_FINDINGS];
    const int n = d->n;
    memcpy(units, d->findings, sizeof units);
    d->n = 0;
    d->unwell |= n > 0;
    if (d->unwell) status = experiment(p, run);
    for (int k = 0; k < n && d->n < LK_MAX_FINDINGS; k++) d->findings[d->n++] = units[k];
    return status;
}

static lk_status examine(lk_patient *p)
{
    lk_diagnosis *const d = p->out;
    lk_mlp_trainer trainer;
    run_record run;
    lk_status status = open_trainer(p, &p->options, &trainer);
    if (status) return status;
    status = lk_diagnose_inputs(p);
    if (!status) status = lk_diagnose_start(p, &trainer);
    if (!status) {
        const int64_t batch = p->sample.rows < 256 ? p->sample.rows : 256;
        d->sharpness_limit = sharpness_limit(&p->options);
        status = lk_sharpness(
            &trainer, batch < trainer.pass.capacity ? batch : trainer.pass.capacity, &d->sharpness);
    }
    if (!status && p->state) status = lk_diagnose_units(p, &trainer);
    if (!status) status = watch(&trainer, &run);
    if (!status) {
        d->first_loss = run.first;
        d->last_loss = run.failed ? NAN : run.last;
        status = find_constant_loss(p, &trainer.objective, &d->constant_loss);
    }
    if (!status) status = explain(p, &trainer, &run);
    /* What has learned nothing cannot judge labels. */
    if (!status && !d->n && !d->unwell) status = lk_diagnose_labels(p, &trainer.objective);
    lk_mlp_trainer_close(&trainer);
    return status;
}

/* A seeded sample of the rows, in the order of the data. */
static lk_status take_sample(const lk_dataset *data, uint64_t seed, lk_patient *p)
{
    const int64_t n = data->rows < SAMPLE ? data->rows : SAMPLE;
    int64_t *const rows = malloc((size_t)(data->rows + 1) * sizeof *rows);
    if (!rows)
        return lk_fail(LK_NO_MEMORY, "diagnose: no memory for %lld rows", (long long)data->rows);
    const double fractions[2] = {(double)n / (double)data->rows,
                                 1 - (double)n / (double)data->rows};
    int64_t sizes[2];
    lk_status status = lk_split(data, 2, fractions, data->classes > 0, seed, rows, sizes);
    if (!status) status = lk_dataset_take(data, sizes[0], rows, &p->sample);
    if (status)
        free(rows);
    else
        p->rows = rows;
    return status;
}

/* As many steps as the data would have, or STEPS, in epochs of the sample. What is counted in
 * epochs keeps its part of the whole. */
static void shorten(int64_t rows, int64_t done, lk_patient *p)
{
    lk_mlp_options *const o = &p->options;
    const int64_t asked = o->epochs, left = asked > done ? asked - done : asked;
    const double whole = (double)((rows - 1) / o->batch + 1) * (double)left;
    const double steps = (double)((p->sample.rows - 1) / o->batch + 1);
    const int64_t epochs = (int64_t)ceil(fmin(whole, STEPS) / steps);
    const double share = left > 0 ? (double)epochs / (double)left : 1;
    o->epochs = done + epochs;
    if (share >= 1) return;
    o->warmup_epochs = (int64_t)(share * (double)o->warmup_epochs);
    o->decay_epochs = (int64_t)ceil(share * (double)o->decay_epochs);
}

/* The checkpoint has to fit the data and the options as they were given. */
static lk_status open_checkpoint(const lk_dataset *data, const lk_mlp_options *options,
                                 lk_mlp_trainer *whole, lk_patient *p)
{
    if (!options->resume) return LK_OK;
    const lk_status status = lk_mlp_trainer_open(data, options, whole);
    if (!status) p->state = whole->model;
    return status;
}

lk_status lk_diagnose(const lk_dataset *data, const lk_mlp_options *options, lk_diagnosis *out)
{
    memset(out, 0, sizeof *out);
    lk_status status = lk_mlp_check_options(data, options);
    if (status) return status;
    lk_patient p = {.options = *options, .out = out};
    p.options.validation = NULL;
    p.options.progress = NULL;
    p.options.patience = 0;
    p.options.resume = NULL;
    lk_mlp_trainer whole = {.steps = 0};
    status = open_checkpoint(data, options, &whole, &p);
    if (!status) status = take_sample(data, lk_random_stream(options->seed, 77), &p);
    if (!status) {
        shorten(data->rows, p.state ? whole.counters[LK_MLP_EPOCH] : 0, &p);
        status = examine(&p);
    }
    if (status) lk_diagnosis_free(out);
    lk_mlp_trainer_close(&whole);
    lk_dataset_free(&p.sample);
    free(p.rows);
    return status;
}

void lk_diagnosis_free(lk_diagnosis *d)
{
    free(d->suspect);
    memset(d, 0, sizeof *d);
}
