/* train_diagnose.c: what is wrong with a training, as text and as JSON. */
#include "train_run.h"

#include "catalogue.h"
#include "format.h"

#include <math.h>

enum { SUSPECTS_SHOWN = 10 };

/* A linear model is a network without hidden layers. Solvers that are no descent in batches have no
 * learning rate to be blamed. */
static void as_network(const train_job *job, lk_mlp_options *x)
{
    const train_plan *p = job->plan;
    if (p->kind != TRAIN_LINEAR) return;
    const lk_linear_options *l = &p->linear;
    const int sgd = l->solver == LK_SOLVER_SGD;
    x->n_layers = 0;
    x->l1 = l->l1;
    x->l2 = p->cost > 0 ? 1 / (p->cost * (double)job->sets.fit.rows) : l->l2;
    x->optimizer = sgd ? LK_OPTIMIZER_SGD : LK_OPTIMIZER_ADAM;
    x->learning_rate = sgd ? l->learning_rate : 0.01;
    x->batch = sgd ? l->batch : x->batch;
}

/* Whether the training that was watched is the one that was asked for, with its learning rate. */
static int is_own(const train_job *job)
{
    return job->plan->kind == TRAIN_MLP || job->plan->linear.solver == LK_SOLVER_SGD;
}

static int is_shown(const train_job *job, const lk_finding *f)
{
    return f->fault != LK_FAULT_LEARNING_RATE || is_own(job);
}

/* A stand-in that stalls says nothing about the solver. */
static int is_unwell(const train_job *job, const lk_diagnosis *d)
{
    return d->unwell && is_own(job);
}

/* The row's number in the file, from 1; 0: it was made by resampling. */
static int64_t row_of(const train_job *job, int64_t row)
{
    if (job->sets.resampled) return 0;
    return (job->sets.rows ? job->sets.rows[row] : row) + 1;
}

static void print_suspects(const train_job *job, const lk_diagnosis *d)
{
    if (!d->suspects || job->sets.resampled) return;
    printf("\nLabels worth a look, %lld in all, the likeliest errors first: rows",
           (long long)d->suspects);
    for (int64_t k = 0; k < d->suspects && k < SUSPECTS_SHOWN; k++)
        printf("%s %lld", k ? "," : "", (long long)row_of(job, d->suspect[k]));
    printf("%s\n", d->suspects > SUSPECTS_SHOWN ? " ..." : "");
}

static int print_text(const train_job *job, const lk_diagnosis *d)
{
    char model[EXPRESSION_TEXT + 256];
    int n = 0;
    train_objective_text(job, model, sizeof model);
    printf("model  %s\nloss   %.4g at first, %.4g in the end; %.4g for the best constant\n%s\n",
           model, d->first_loss, d->last_loss, d->constant_loss,
           is_own(job) ? "" : "       of a descent in batches, which stands in for the solver\n");
    for (int k = 0; k < d->n; k++) {
        const lk_finding *f = &d->findings[k];
        if (!is_shown(job, f)) continue;
        printf("%s%d. %s%s: ", style_text(stdout, STYLE_BAD), ++n, lk_fault_name(f->fault),
               style_text(stdout, STYLE_PLAIN));
        print_wrapped(stdout, f->text, 3, 90);
    }
    if (!n)
        printf("%s\n", is_unwell(job, d)
                           ? "The loss rises or stalls, and none of the faults that are "
                             "looked for explains it."
                           : "Nothing is wrong.");
    print_suspects(job, d);
    return n;
}

static json_t *findings_json(const train_job *job, const lk_diagnosis *d)
{
    json_t *all = json_array();
    for (int k = 0; k < d->n; k++) {
        const lk_finding *f = &d->findings[k];
        if (is_shown(job, f))
            json_array_append_new(
                all, json_pack("{s:s, s:o, s:o, s:o, s:s}", "fault", lk_fault_name(f->fault),
                               "layer", f->layer < 0 ? json_null() : json_integer(f->layer + 1),
                               "measured", watch_number(f->measured), "limit",
                               watch_number(f->limit), "text", f->text));
    }
    return all;
}

static int print_json(const train_job *job, const lk_diagnosis *d, int *n, error *e)
{
    json_t *findings = findings_json(job, d), *suspects = json_array();
    *n = (int)json_array_size(findings);
    for (int64_t k = 0; k < d->suspects && !job->sets.resampled; k++)
        json_array_append_new(suspects, json_integer(row_of(job, d->suspect[k])));
    return json_line(
        json_pack("{s:i, s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "schema", 1, "event",
                  "diagnosis", "version", lk_version(), "unwell", is_unwell(job, d), "findings",
                  findings, "suspects", suspects, "first_loss", watch_number(d->first_loss),
                  "last_loss", watch_number(d->last_loss), "constant_loss",
                  watch_number(d->constant_loss), "sharpness", watch_number(d->sharpness)),
        e);
}

int train_diagnose(train_job *job, error *e)
{
    lk_objective objective[EXPRESSION_TERMS];
    lk_augmentation augmentation;
    lk_mlp_options x = train_mlp_options(job, objective, &augmentation);
    as_network(job, &x);
    lk_diagnosis d;
    if (lk_diagnose(&job->sets.fit, &x, &d)) {
        error_library(e);
        return STATUS_FAILED;
    }
    int n = 0, status = STATUS_OK;
    if (job->plan->json)
        status = print_json(job, &d, &n, e) ? STATUS_FAILED : STATUS_OK;
    else
        n = print_text(job, &d);
    if (!status && (n || is_unwell(job, &d))) {
        error_set(e,
                  n == 1 ? "the diagnosis found a fault"
                  : n    ? "the diagnosis found %d faults"
                         : "the training is unwell",
                  n);
        status = STATUS_FAILED;
    }
    lk_diagnosis_free(&d);
    return status;
}
