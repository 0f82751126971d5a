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

enum { SAMPLE = 2048, FEWEST_STEPS = 300 };
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

/* Not finite is what is looked for, not a failure. */
static lk_status one_epoch(lk_mlp_trainer *t, const int64_t *order, lk_run_record *r)
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

lk_status lk_watch(lk_mlp_trainer *t, const lk_dataset *sample, lk_run_record *r)
{
    int64_t *const order = malloc((size_t)(sample->rows + 1) * sizeof *order);
    if (!order)
        return lk_fail(LK_NO_MEMORY, "diagnose: no memory for %lld rows", (long long)sample->rows);
    for (int64_t i = 0; i < sample->rows; i++) order[i] = i;
    double metric;
    lk_status status = lk_mlp_evaluate(t, sample, &r->first, &metric);
    r->last = r->lowest = r->first;
    r->failed = status == LK_OUT_OF_DOMAIN || !isfinite(r->first);
    if (status == LK_OUT_OF_DOMAIN) status = LK_OK;
    for (int64_t epoch = 0; !status && !r->failed && epoch < t->options->epochs; epoch++) {
        lk_random random = {lk_mlp_seed(t->options->seed, LK_MLP_SHUFFLE, epoch)};
        lk_random_shuffle(&random, sample->rows, order);
        status = one_epoch(t, order, r);
        if (status || r->failed) break;
        status = lk_mlp_evaluate(t, sample, &r->last, &metric);
        r->failed = status == LK_OUT_OF_DOMAIN || !isfinite(r->last);
        if (status == LK_OUT_OF_DOMAIN) status = LK_OK;
        if (r->last < r->lowest) r->lowest = r->last;
    }
    free(order);
    return status;
}

lk_status lk_watch_with(const lk_dataset *sample, const lk_mlp_options *options, lk_run_record *r)
{
    lk_mlp_trainer trainer;
    const lk_status status = lk_mlp_trainer_open(sample, options, &trainer);
    if (status) return status;
    const lk_status watched = lk_watch(&trainer, sample, r);
    lk_mlp_trainer_close(&trainer);
    return watched;
}

/* ---- experiments --------------------------------------------------------------------------------
 */

/* How the run would have ended: below 1 it would have been better. */
static double share_of(const lk_run_record *other, const lk_run_record *run)
{
    if (other->failed) return HUGE_VAL;
    if (run->failed) return other->last < other->first ? 0 : HUGE_VAL;
    return run->last > 0 ? other->last / run->last : 1;
}

typedef struct trial {
    lk_mlp_options options;
    lk_run_record record;
    double share;
} trial;

static lk_status try_rate(const lk_patient *p, const lk_run_record *run, double factor, trial *t)
{
    t->options = p->options;
    t->options.learning_rate = factor * lk_mlp_first_rate(&p->options);
    const lk_status status = lk_watch_with(&p->sample, &t->options, &t->record);
    t->share = status ? HUGE_VAL : share_of(&t->record, run);
    return status;
}

static lk_status try_without(const lk_patient *p, const lk_run_record *run, int penalties, trial *t)
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
    const lk_status status = lk_watch_with(&p->sample, &t->options, &t->record);
    t->share = status ? HUGE_VAL : share_of(&t->record, run);
    t->options.layers = NULL;
    free(layers);
    return status;
}

static void loss_text(const lk_run_record *r, char *text, size_t size)
{
    if (r->failed)
        snprintf(text, size, "is no longer finite");
    else
        snprintf(text, size, "ends at %.4g", r->last);
}

static void tell_rate(lk_patient *p, const lk_run_record *run, const trial *t)
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

static void tell_regularization(lk_patient *p, const lk_run_record *run, const trial *t,
                                int penalties)
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
static lk_status raise_rate(lk_patient *p, const lk_run_record *run)
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
static lk_status experiment(lk_patient *p, const lk_run_record *run)
{
    enum { TENTH, HUNDREDTH, PENALTY, DROPOUT, TRIALS };
    trial trials[TRIALS];
    int dropout = 0;
    for (int k = 0; k < p->options.n_layers; k++) dropout |= p->options.layers[k].dropout > 0;
    for (int k = 0; k < TRIALS; k++) trials[k].share = HUGE_VAL;
    lk_status status = try_rate(p, run, 0.1, &trials[TENTH]);
    if (!status) status = try_rate(p, run, 0.01, &trials[HUNDREDTH]);
    if (!status && (p->options.l1 > 0 || p->options.l2 > 0))
        status = try_without(p, run, 1, &trials[PENALTY]);
    if (!status && dropout) status = try_without(p, run, 0, &trials[DROPOUT]);
    if (status) return status;
    int best = 0;
    for (int k = 1; k < TRIALS; k++)
        if (trials[k].share < trials[best].share) best = k;
    if (trials[best].share >= better_share) return raise_rate(p, run);
    if (best < PENALTY)
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

/* The loss of the best constant output: a linear model of nothing. */
static double constant_loss(const lk_patient *p, double otherwise)
{
    const lk_objective *const o = p->options.objective;
    if (p->options.n_objective != 1) return otherwise;
    double *const nothing = calloc((size_t)p->sample.rows + 1, sizeof *nothing);
    lk_dataset empty = p->sample;
    empty.features = 1;
    empty.dense = nothing;
    empty.starts = NULL;
    lk_linear_options options = LK_LINEAR_OPTIONS_INIT;
    options.loss = o->loss;
    options.params = o->params;
    options.n_params = o->n_params;
    options.l2 = 0;
    /* A term is the mean over the outputs of elements, a linear model's objective their sum. */
    const int of_rows = lk_loss_describe(o->loss)->kind != LK_KIND_POINTWISE;
    const double outputs = of_rows ? 1 : (double)lk_outputs_of(o->loss, &p->sample);
    lk_linear_report report;
    lk_model *model = NULL;
    double loss = otherwise;
    if (nothing && !lk_train_linear(&empty, &options, &model, &report) &&
        isfinite(report.objective))
        loss = o->factor * report.objective / outputs;
    lk_model_free(model);
    free(nothing);
    return loss < otherwise ? loss : otherwise;
}

/* Units that died in the run are an effect, if an experiment finds the cause. */
static lk_status explain(lk_patient *p, lk_mlp_trainer *trainer, const lk_run_record *run)
{
    lk_diagnosis *const d = p->out;
    d->unwell = run->failed || run->last > stalled_share * d->constant_loss ||
                run->last - run->lowest > rise_share * d->constant_loss;
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
    lk_run_record run;
    lk_status status = lk_mlp_trainer_open(&p->sample, &p->options, &trainer);
    if (status) return status;
    lk_diagnose_inputs(p);
    status = lk_diagnose_start(p, &trainer);
    if (!status) {
        const int64_t batch = p->sample.rows < 256 ? p->sample.rows : 256;
        d->sharpness_limit = sharpness_limit(&p->options);
        status = lk_sharpness(
            &trainer, batch < trainer.pass.capacity ? batch : trainer.pass.capacity, &d->sharpness);
    }
    if (!status && p->options.resume) status = lk_diagnose_units(p, &trainer);
    if (!status) status = lk_watch(&trainer, &p->sample, &run);
    if (!status) {
        d->first_loss = run.first;
        d->last_loss = run.failed ? NAN : run.last;
        d->constant_loss = constant_loss(p, run.first);
        status = explain(p, &trainer, &run);
    }
    lk_mlp_trainer_close(&trainer);
    /* What has learned nothing cannot judge labels. */
    if (!status && !d->n && !d->unwell) status = lk_diagnose_labels(p);
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

lk_status lk_diagnose(const lk_dataset *data, const lk_mlp_options *options, lk_diagnosis *out)
{
    memset(out, 0, sizeof *out);
    if (data->rows < 1) return lk_fail(LK_INVALID, "diagnose: there are no rows");
    if (!options || options->size != sizeof *options)
        return lk_fail(LK_INVALID, "diagnose: the options were not set by LK_MLP_OPTIONS_INIT");
    lk_patient p = {.options = *options, .out = out};
    p.options.validation = NULL;
    p.options.progress = NULL;
    p.options.patience = 0;
    lk_status status = lk_mlp_check_options(data, options);
    if (!status) status = take_sample(data, lk_random_stream(options->seed, 77), &p);
    if (status) return status;
    const int64_t steps = (p.sample.rows - 1) / options->batch + 1;
    const int64_t enough = (FEWEST_STEPS - 1) / steps + 1;
    if (enough < p.options.epochs) p.options.epochs = enough;
    status = examine(&p);
    if (status) lk_diagnosis_free(out);
    lk_dataset_free(&p.sample);
    free(p.rows);
    return status;
}

void lk_diagnosis_free(lk_diagnosis *d)
{
    free(d->suspect);
    memset(d, 0, sizeof *d);
}
