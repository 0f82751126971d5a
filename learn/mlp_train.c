/* mlp_train.c: epochs of steps, and what is decided at the end of each. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "mlp.h"

typedef struct epoch {
    int64_t *order; /* [rows] */
    double loss;    /* mean so far */
    double validation_loss, validation_metric;
    double start; /* of the training */
} epoch;

static int tell(const lk_mlp_trainer *t, const epoch *e, int64_t step, int ended)
{
    if (!t->options->progress) return 0;
    const lk_progress progress = {.epoch = t->counters[LK_MLP_EPOCH] + (ended ? 0 : 1),
                                  .epochs = t->options->epochs,
                                  .step = step,
                                  .steps = t->steps,
                                  .loss = e->loss,
                                  .validation_loss = ended ? e->validation_loss : NAN,
                                  .validation_metric = ended ? e->validation_metric : NAN,
                                  .measure = NAN,
                                  .learning_rate = t->rate,
                                  .seconds = lk_clock() - e->start,
                                  .checkpoint = ended ? t->model : NULL};
    return t->options->progress(t->options->context, &progress);
}

static void shuffle(const lk_mlp_trainer *t, int64_t *order)
{
    lk_random random = {lk_mlp_seed(t->options->seed, LK_MLP_SHUFFLE, t->counters[LK_MLP_EPOCH])};
    for (int64_t i = 0; i < t->data->rows; i++) order[i] = i;
    lk_random_shuffle(&random, t->data->rows, order);
}

/* The loss's own sentence, with where it happened. */
static lk_status place(const lk_mlp_trainer *t, lk_status status, int64_t step, int64_t first)
{
    char sentence[400];
    snprintf(sentence, sizeof sentence, "%s", lk_last_error());
    return lk_fail(status, "train: epoch %lld, step %lld, a batch that begins with row %lld: %s",
                   (long long)t->counters[LK_MLP_EPOCH] + 1, (long long)step + 1, (long long)first,
                   sentence);
}

static lk_status run_steps(lk_mlp_trainer *t, epoch *e, int *stopped)
{
    double sum = 0;
    int64_t seen = 0;
    for (int64_t step = 0; step < t->steps && !*stopped; step++) {
        int64_t first;
        const int64_t n = lk_mlp_batch(t, step, &first);
        const int64_t *const rows = e->order + first;
        double loss = NAN;
        const lk_status status = lk_mlp_trainer_gradient(t, rows, n, &loss);
        if (status == LK_OUT_OF_DOMAIN) return place(t, status, step, rows[0]);
        if (status) return status;
        if (!isfinite(loss))
            return lk_mlp_failure(t, isnan(loss) ? "the loss is NaN" : "the loss is infinite", step,
                                  rows);
        if (!isfinite(lk_mlp_trainer_step(t)))
            return lk_mlp_failure(t, "the gradient is not finite", step, rows);
        sum += loss * (double)n;
        seen += n;
        e->loss = sum / (double)seen;
        if (step < t->steps - 1) *stopped = tell(t, e, step + 1, 0) != 0;
    }
    return LK_OK;
}

static int is_finite(const lk_mlp_trainer *t)
{
    for (int64_t k = 0; k < t->model->n_tensors; k++) {
        const lk_named_tensor *const a = &t->model->tensors[k];
        const float *const x = a->data;
        for (int64_t i = 0; a->dtype == LK_F32 && i < lk_named_tensor_count(a); i++)
            if (!isfinite(x[i])) return 0;
    }
    return 1;
}

static void keep(lk_mlp_trainer *t, const epoch *e)
{
    t->counters[LK_MLP_BEST_EPOCH] = t->counters[LK_MLP_EPOCH];
    t->numbers[LK_MLP_LOSS] = e->loss;
    t->numbers[LK_MLP_VALIDATION_LOSS] = e->validation_loss;
    t->numbers[LK_MLP_VALIDATION_METRIC] = e->validation_metric;
    if (t->best) lk_mlp_save(&t->network, t->best);
}

static int improves(const lk_mlp_trainer *t, double loss, double best)
{
    return t->counters[LK_MLP_EPOCH] == 1 || (isnan(best) && !isnan(loss)) ||
           loss < best - t->options->improvement;
}

/* Early stopping, and the schedule that waits for a plateau. */
static void judge(lk_mlp_trainer *t, const epoch *e)
{
    const lk_mlp_options *const o = t->options;
    const double loss = o->validation ? e->validation_loss : e->loss;
    if (improves(t, loss, t->numbers[LK_MLP_BEST])) {
        t->numbers[LK_MLP_BEST] = loss;
        t->counters[LK_MLP_WAITED] = 0;
        keep(t, e);
    } else {
        t->counters[LK_MLP_WAITED]++;
        if (!t->best) keep(t, e);
    }
    if (improves(t, loss, t->numbers[LK_MLP_PLATEAU_BEST])) {
        t->numbers[LK_MLP_PLATEAU_BEST] = loss;
        t->counters[LK_MLP_STALLED] = 0;
    } else if (++t->counters[LK_MLP_STALLED] >= o->decay_epochs) {
        t->numbers[LK_MLP_PLATEAU_FACTOR] *= o->decay;
        t->counters[LK_MLP_STALLED] = 0;
    }
}

static lk_status run_epoch(lk_mlp_trainer *t, epoch *e, int *stopped)
{
    e->loss = e->validation_loss = e->validation_metric = NAN;
    shuffle(t, e->order);
    lk_status status = run_steps(t, e, stopped);
    if (status || *stopped) return status;
    if (!is_finite(t)) {
        int64_t first;
        (void)lk_mlp_batch(t, t->steps - 1, &first);
        return lk_mlp_failure(t, "weights are not finite", t->steps - 1, e->order + first);
    }
    if (t->options->validation)
        status =
            lk_mlp_evaluate(t, t->options->validation, &e->validation_loss, &e->validation_metric);
    if (status) return status;
    t->counters[LK_MLP_EPOCH]++;
    judge(t, e);
    *stopped = tell(t, e, t->steps, 1) != 0;
    return LK_OK;
}

static int goes_on(const lk_mlp_trainer *t)
{
    const lk_mlp_options *const o = t->options;
    return t->counters[LK_MLP_EPOCH] < o->epochs &&
           !(o->patience > 0 && t->counters[LK_MLP_WAITED] >= o->patience);
}

static void fill_report(const lk_mlp_trainer *t, int stopped, lk_mlp_report *report)
{
    *report = (lk_mlp_report){.epochs = t->counters[LK_MLP_EPOCH],
                              .best_epoch = t->counters[LK_MLP_BEST_EPOCH],
                              .loss = t->numbers[LK_MLP_LOSS],
                              .validation_loss = t->numbers[LK_MLP_VALIDATION_LOSS],
                              .validation_metric = t->numbers[LK_MLP_VALIDATION_METRIC],
                              .stopped = stopped};
}

/* The best weights, without what only a training needs. An embedding has no classes to tell. */
static lk_model *finish(lk_mlp_trainer *t)
{
    lk_model *const m = t->model;
    if (t->best && t->counters[LK_MLP_BEST_EPOCH]) lk_mlp_restore(&t->network, t->best);
    for (int64_t k = m->n_tensors - 1; k >= 0; k--)
        if (!strncmp(m->tensors[k].name, "training.", strlen("training.")))
            lk_model_remove(m, m->tensors[k].name);
    if (!lk_mlp_has_output(m->loss)) m->classes = 0;
    t->model = NULL;
    return m;
}

lk_status lk_train_mlp(const lk_dataset *data, const lk_mlp_options *options, lk_model **out,
                       lk_mlp_report *report)
{
    lk_mlp_trainer t;
    epoch e = {.start = lk_clock()};
    int stopped = 0;
    *out = NULL;
    if (report) memset(report, 0, sizeof *report);
    lk_status status = lk_mlp_trainer_open(data, options, &t);
    if (status) return status;
    e.order = malloc((size_t)data->rows * sizeof *e.order);
    if (!e.order)
        status = lk_fail(LK_NO_MEMORY, "train: no memory for %lld rows", (long long)data->rows);
    while (!status && !stopped && goes_on(&t)) status = run_epoch(&t, &e, &stopped);
    if (!status && report) fill_report(&t, stopped, report);
    if (!status) *out = finish(&t);
    free(e.order);
    lk_mlp_trainer_close(&t);
    return status;
}
