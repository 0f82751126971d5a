#include "train_run.h"

#include "atomic_file.h"
#include "format.h"
#include "model_store.h"
#include "triad.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a model says of itself ----------------------------------------------------------------
 */

static int set_note(lk_model *model, const char *key, const char *text, error *e)
{
    return text && lk_model_set_note(model, key, text) ? error_library(e) : 0;
}

int train_describe_model(const train_job *job, lk_model *model, error *e)
{
    const train_sets *s = &job->sets;
    char loss[EXPRESSION_TEXT];
    lk_model_info info;
    lk_model_describe(model, &info);
    if (s->file.class_names && info.kind != LK_MODEL_GAUSSIAN && info.classes &&
        lk_model_set_class_names(model, (const char *const *)s->file.class_names))
        return error_library(e);
    expression_text(&job->objective, loss, sizeof loss);
    const data_request *q = &job->plan->request;
    if (set_note(model, NOTE_LABEL, s->file.label_name ? s->file.label_name : q->label, e) ||
        set_note(model, NOTE_WEIGHT, s->file.weight_name ? s->file.weight_name : q->weight, e) ||
        set_note(model, NOTE_LOSS, job->objective.n ? loss : NULL, e) ||
        model_set_features(model, &s->file, e))
        return -1;
    if (info.kind == LK_MODEL_GAUSSIAN && s->fit.classes &&
        set_note(model, NOTE_NORMAL, s->file.class_names[s->normal], e))
        return -1;
    if (!s->prior) return 0;
    return model_set_shares(model, NOTE_TRAINED, s->trained, e) ||
                   model_set_shares(model, NOTE_PRIOR, s->prior, e)
               ? -1
               : 0;
}

int train_attach_scaling(const train_job *job, lk_model *model, error *e)
{
    const train_sets *s = &job->sets;
    return s->scaled && lk_model_set_scaling(model, &s->scaling) ? error_library(e) : 0;
}

/* Before the scaling is attached: the parts are scaled already. */
static int measure(train_job *job, error *e)
{
    lk_model_info info;
    lk_model_describe(job->model, &info);
    /* A detector without classes, or features from a loss of features alone, claim nothing. */
    const int silent = job->sets.fit.classes ? !info.classes : info.kind == LK_MODEL_GAUSSIAN;
    const train_sets *s = &job->sets;
    int status = train_describe_model(job, job->model, e);
    for (int k = 0; k < PARTS && !status && !silent; k++) {
        if (!s->parts[k].rows) continue;
        status =
            measure_predictions(job->model, &s->parts[k], s->normal, NAN, &job->measurements[k], e);
        job->measured[k] = !status;
    }
    return status;
}

/* ---- the end ------------------------------------------------------------------------------------
 */

static int tell_interrupt(const train_job *job, error *e)
{
    const train_plan *p = job->plan;
    char where[256] = "";
    if (p->output) append(where, sizeof where, "; the model so far is in %.100s", p->output);
    if (job->kept_epoch)
        append(where, sizeof where, "; --resume %.100s goes on after epoch %lld", p->checkpoint,
               (long long)job->kept_epoch);
    else if (!p->output)
        append(where, sizeof where, "; nothing was kept, for want of --output and --checkpoint");
    error_set(e, "the training was interrupted in %s %lld%s", job->watch.unit,
              (long long)job->watch.last_epoch, where);
    return STATUS_FAILED;
}

static int write_outputs(train_job *job, error *e)
{
    const train_plan *p = job->plan;
    if (p->output &&
        (train_attach_scaling(job, job->model, e) || model_store_write(p->output, job->model, e)))
        return STATUS_FAILED;
    if (p->report && train_write_report(job, e)) return STATUS_FAILED;
    FILE *out = (p->output && !strcmp(p->output, "-")) || (p->report && !strcmp(p->report, "-"))
                    ? stderr
                    : stdout;
    if (p->json) return train_print_json(job, e) ? STATUS_FAILED : STATUS_OK;
    train_print(job, out);
    return STATUS_OK;
}

static int try_outputs(const train_plan *p, error *e)
{
    const char *const outputs[] = {p->output, p->report, p->checkpoint};
    for (int k = 0; k < 3; k++)
        if (outputs[k] && atomic_try(outputs[k], e)) return -1;
    return 0;
}

/* No output replaces the rows that it comes from. */
static int check_outputs(const train_job *job, error *e)
{
    const train_plan *p = job->plan;
    const char *const outputs[] = {p->output, p->report, p->checkpoint};
    const char *const rows[] = {job->sets.file.path, p->validation.path, p->test.path};
    for (int k = 0; k < 9; k++)
        if (outputs[k / 3] && rows[k % 3] && same_file(outputs[k / 3], rows[k % 3]))
            return error_file(e, outputs[k / 3],
                              "its rows are read, and it is to be written: "
                              "give another file");
    return 0;
}

static int run(train_job *job, error *e)
{
    const train_plan *p = job->plan;
    if (p->threads) lk_set_num_threads((int)p->threads);
    if (try_outputs(p, e)) return STATUS_FAILED;
    int status = train_sets_read(p, &job->sets, e);
    if (!status && check_outputs(job, e)) status = STATUS_FAILED;
    const double start = seconds_now();
    if (!status) train_choose_objective(job);
    if (!status && train_read_resumed(job, e)) status = STATUS_FAILED;
    if (!status && p->diagnose) return train_diagnose(job, e);
    if (!status) status = train_fit(job, e);
    job->seconds = seconds_now() - start;
    if (!status && measure(job, e)) status = STATUS_FAILED;
    if (!status) status = write_outputs(job, e);
    return !status && watch_interrupted() ? tell_interrupt(job, e) : status;
}

int train_run(const train_plan *plan, error *e)
{
    train_job *job = calloc(1, sizeof *job);
    if (!job) {
        error_set(e, "no memory for the training");
        return STATUS_FAILED;
    }
    job->plan = plan;
    const int status = run(job, e);
    for (int k = 0; k < PARTS; k++)
        if (job->measured[k]) measurement_free(&job->measurements[k]);
    lk_model_free(job->model);
    lk_model_free(job->resume);
    free(job->bounds);
    watch_free(&job->watch);
    train_sets_free(&job->sets);
    free(job);
    return status;
}
