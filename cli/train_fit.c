/* train_fit.c: calls the trainer of each kind of model with what the plan says. */
#include "train_run.h"

#include "model_store.h"

#include <stdlib.h>
#include <string.h>

/* ---- the objective ------------------------------------------------------------------------------
 */

void train_choose_objective(train_job *job)
{
    const train_plan *p = job->plan;
    const int64_t classes = job->sets.fit.classes;
    job->objective = p->objective;
    if (p->objective.n || (p->kind != TRAIN_LINEAR && p->kind != TRAIN_MLP)) return;
    expression_term *term = &job->objective.terms[0];
    term->loss = classes == 0   ? LK_SQUARED_ERROR
                 : classes <= 2 ? LK_LOGISTIC
                                : LK_SOFTMAX_CROSS_ENTROPY;
    term->info = lk_loss_describe(term->loss);
    term->factor = 1;
    parameters_preset(&term->parameters, term->info);
    job->objective.n = 1;
}

/* ---- one model ----------------------------------------------------------------------------------
 */

static lk_status fit_linear(train_job *job, const lk_dataset *data, uint64_t seed, lk_model **out)
{
    lk_linear_options x = job->plan->linear;
    const expression_term *term = &job->objective.terms[0];
    x.loss = term->loss;
    x.params = term->parameters.values;
    x.n_params = term->info->n_params;
    if (job->plan->cost > 0) x.l2 = 1 / (job->plan->cost * (double)(data->rows ? data->rows : 1));
    x.seed = seed;
    x.progress = watch_progress;
    x.context = &job->watch;
    return lk_train_linear(data, &x, out, &job->linear);
}

lk_mlp_options train_mlp_options(const train_job *job, lk_objective objective[EXPRESSION_TERMS],
                                 lk_augmentation *augmentation)
{
    lk_mlp_options x = job->plan->mlp;
    *augmentation = job->plan->augmentation;
    for (int k = 0; k < job->objective.n; k++) {
        const expression_term *term = &job->objective.terms[k];
        objective[k] = (lk_objective){term->loss, term->parameters.values, term->info->n_params,
                                      term->factor, 0};
    }
    if (augmentation->shift > 0 || augmentation->rotation > 0 || augmentation->flip) {
        augmentation->height = job->sets.file.height;
        augmentation->width = job->sets.file.width;
        augmentation->channels = job->sets.file.channels;
    }
    x.objective = objective;
    x.n_objective = job->objective.n;
    x.augmentation = job->plan->augmented ? augmentation : NULL;
    x.validation = job->sets.parts[PART_VALIDATION].rows ? &job->sets.parts[PART_VALIDATION] : NULL;
    x.resume = job->resume;
    x.seed = job->plan->seed;
    return x;
}

static lk_status fit_mlp(train_job *job, const lk_dataset *data, uint64_t seed, lk_model **out)
{
    lk_objective objective[EXPRESSION_TERMS];
    lk_augmentation augmentation;
    lk_mlp_options x = train_mlp_options(job, objective, &augmentation);
    x.seed = seed;
    x.progress = watch_progress;
    x.context = &job->watch;
    return lk_train_mlp(data, &x, out, &job->mlp);
}

static lk_status fit_perceptron(train_job *job, const lk_dataset *data, uint64_t seed,
                                lk_model **out)
{
    lk_perceptron_options x = job->plan->perceptron;
    x.seed = seed;
    x.progress = watch_progress;
    x.context = &job->watch;
    return lk_train_perceptron(data, &x, out, &job->mistakes);
}

static lk_status fit_adaboost(train_job *job, const lk_dataset *data, lk_model **out)
{
    lk_adaboost_options x = job->plan->adaboost;
    if (!job->bounds) job->bounds = malloc((size_t)x.rounds * sizeof *job->bounds);
    if (!job->bounds) return lk_fail(LK_NO_MEMORY, "adaboost: no memory for its bounds");
    x.bounds = job->bounds;
    x.progress = watch_progress;
    x.context = &job->watch;
    return lk_train_adaboost(data, &x, out, &job->rounds);
}

static lk_status fit_one(void *context, const lk_dataset *data, uint64_t seed, lk_model **out)
{
    train_job *job = context;
    if (job->watch.members) job->watch.member++;
    switch (job->plan->kind) {
    case TRAIN_LINEAR:
        return fit_linear(job, data, seed, out);
    case TRAIN_MLP:
        return fit_mlp(job, data, seed, out);
    case TRAIN_PERCEPTRON:
        return fit_perceptron(job, data, seed, out);
    case TRAIN_ADABOOST:
        return fit_adaboost(job, data, out);
    default:
        return lk_train_mahalanobis(data, job->sets.normal, job->plan->shrinkage,
                                    job->plan->quantile, out);
    }
}

/* ---- checkpoints --------------------------------------------------------------------------------
 */

/* The state is the library's own: what prediction needs goes into a copy. */
static int write_checkpoint(const train_job *job, const lk_model *state, error *e)
{
    void *bytes;
    size_t size;
    lk_model *copy = NULL;
    if (lk_model_write(state, &bytes, &size)) return error_library(e);
    int status = lk_model_read(bytes, size, &copy) ? error_library(e) : 0;
    free(bytes);
    if (!status) status = train_describe_model(job, copy, e);
    if (!status) status = train_attach_scaling(job, copy, e);
    if (!status) status = model_store_write(job->plan->checkpoint, copy, e);
    lk_model_free(copy);
    return status;
}

/* A disk that is full ends no training: the checkpoint before stays. */
static void keep(void *context, const lk_model *state, int64_t epoch)
{
    train_job *job = context;
    error e = {"", 0};
    const int failed = write_checkpoint(job, state, &e) != 0;
    if (!failed) job->kept_epoch = epoch;
    if (failed && !job->checkpoint_failed) {
        fprintf(stderr, "%slosskit: checkpoint: %s; ", job->watch.bar ? "\r\033[K" : "", e.text);
        if (job->kept_epoch)
            fprintf(stderr, "that of epoch %lld stays", (long long)job->kept_epoch);
        else
            fprintf(stderr, "there is none of this training yet");
        fprintf(stderr, "; the training goes on\n");
    }
    job->checkpoint_failed = failed;
}

int train_read_resumed(train_job *job, error *e)
{
    if (!job->plan->resume) return 0;
    lk_model_info info;
    if (model_store_read(job->plan->resume, &job->resume, e)) return -1;
    lk_model_describe(job->resume, &info);
    return info.kind == LK_MODEL_MLP
               ? 0
               : error_file(e, job->plan->resume,
                            "it is no checkpoint of a multi-layer perceptron");
}

/* ---- all ----------------------------------------------------------------------------------------
 */

static const char *unit_of(const train_plan *p)
{
    const int epochs = p->kind == TRAIN_MLP || p->kind == TRAIN_PERCEPTRON ||
                       (p->kind == TRAIN_LINEAR && p->linear.solver == LK_SOLVER_SGD);
    return epochs ? "epoch" : p->kind == TRAIN_ADABOOST ? "round" : "iteration";
}

int train_fit(train_job *job, error *e)
{
    const train_plan *p = job->plan;
    train_watch *w = &job->watch;
    w->json = p->json;
    w->quiet = p->quiet;
    w->unit = unit_of(p);
    w->metric = job->sets.fit.classes ? "accuracy" : "R2";
    w->members = (int)p->members;
    if (p->checkpoint) {
        w->finish_epoch = 1;
        w->keep = keep;
        w->context = job;
    }
    watch_begin(w);
    const lk_status status =
        p->members ? lk_train_easy_ensemble(&job->sets.fit, p->members,
                                            lk_random_stream(p->seed, 2), fit_one, job, &job->model)
                   : fit_one(job, &job->sets.fit, p->seed, &job->model);
    watch_end(w);
    if (!status) return STATUS_OK;
    error_library(e);
    return STATUS_FAILED;
}
