/* linear_sgd.c: stochastic gradient descent over batches, for losses that no other solver takes.
 * The answer is the mean of the weights on the way, step t counting t times (Lacoste-Julien,
 * Schmidt and Bach, arXiv:1212.2002). */
#include "linear_smooth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double tolerance_preset = 1e-7;
enum {
    EPOCHS_PRESET = 100, /* at least, and as many as */
    STEPS_PRESET = 100000,
    STEPS_PER_LOOK = 500, /* at least, between two looks at the objective */
    PATIENCE = 5          /* looks without progress that end the training */
};

typedef struct sgd {
    const lk_linear_problem *problem;
    lk_dataset rows, batch; /* all rows with their targets; a part of them in the epoch's order */
    lk_linear_problem part;
    lk_smooth whole, of_part;
    int64_t n, t, *order;
    double *x, *mean, *best, *gradient;
    double rate;
} sgd;

/* The largest curvature of a row's loss, or 1 when it has none. */
static lk_status largest_curvature(const sgd *s, lk_curvature mode, double *h)
{
    lk_smooth o;
    double value;
    lk_status status = lk_smooth_begin(&o, s->problem, mode);
    if (status) return status;
    status = lk_smooth_at(&o, s->x, &value, s->gradient);
    double most = 0;
    const int told = o.info->kind != LK_KIND_LINEAR;
    for (int64_t i = 0; !status && told && i < o.units; i++) most = fmax(most, o.bend[i]);
    *h = most > 0 ? most * (double)s->problem->data->rows : 1;
    lk_smooth_end(&o);
    return status;
}

/* Steps of 1 / (bound of the curvature) do not overshoot. */
static lk_status choose_rate(sgd *s)
{
    const lk_linear_problem *p = s->problem;
    double h = 1, longest = 0;
    lk_status status = largest_curvature(s, LK_CURVATURE_UPPER, &h);
    if (status == LK_UNSUPPORTED || status == LK_INVALID)
        status = largest_curvature(s, LK_CURVATURE_TRUE, &h);
    for (int64_t i = 0; i < p->data->rows; i++)
        longest = fmax(longest, lk_row_square(lk_row_of(p->data, i)));
    const double bound = h * (longest + (p->bias != LK_BIAS_NONE)) + p->l2;
    s->rate = p->learning_rate > 0 ? p->learning_rate : bound > 0 ? 1 / bound : 1;
    return status;
}

static double rate_at(const sgd *s, double epoch)
{
    const double l2 = s->problem->l2;
    return s->rate / (l2 > 0 ? 1 + 0.5 * s->rate * l2 * (double)s->t : sqrt(1 + epoch));
}

static lk_status take_step(sgd *s, double epoch)
{
    const lk_linear_problem *p = s->problem;
    double value;
    lk_smooth_read_targets(&s->of_part);
    const lk_status status = lk_smooth_at(&s->of_part, s->x, &value, s->gradient);
    if (status) return status;
    const double rate = rate_at(s, epoch), threshold = rate * p->l1;
    const int64_t penalised = p->bias == LK_BIAS_PENALISED ? s->n : s->whole.weights;
    lk_add(s->n, -rate, s->gradient, s->x);
    for (int64_t k = 0; threshold > 0 && k < penalised; k++)
        s->x[k] = copysign(fmax(fabs(s->x[k]) - threshold, 0), s->x[k]);
    const double share = 2 / (double)(s->t + 2);
    for (int64_t k = 0; k < s->n; k++) s->mean[k] += share * (s->x[k] - s->mean[k]);
    s->t++;
    return LK_OK;
}

static lk_status run_epoch(sgd *s, int64_t epoch)
{
    const int64_t n = s->rows.rows, size = s->problem->batch;
    lk_random random = {lk_random_stream(s->problem->seed, (uint64_t)epoch)};
    for (int64_t i = 0; i < n; i++) s->order[i] = i;
    lk_random_shuffle(&random, n, s->order);
    lk_dataset all;
    lk_status status = lk_dataset_take(&s->rows, n, s->order, &all);
    for (int64_t i = 0; !status && i < n; i += size) {
        s->batch.rows = n - i < size ? n - i : size;
        s->batch.dense = all.dense ? all.dense + i * all.features : NULL;
        s->batch.starts = all.starts ? all.starts + i : NULL;
        s->batch.columns = all.columns;
        s->batch.values = all.values;
        s->part.target = all.target + i;
        s->part.weight = all.weight ? all.weight + i : NULL;
        status = take_step(s, (double)epoch + (double)i / (double)n);
    }
    lk_dataset_free(&all);
    return status;
}

static lk_status run(sgd *s, lk_linear_report *report)
{
    const lk_linear_problem *p = s->problem;
    const double tolerance = p->tolerance > 0 ? p->tolerance : tolerance_preset;
    const int64_t steps = (p->data->rows + p->batch - 1) / p->batch;
    const int64_t preset = EPOCHS_PRESET + STEPS_PRESET / steps;
    const int64_t most = p->iterations ? p->iterations : preset;
    const int64_t pause = 1 + (STEPS_PER_LOOK - 1) / steps;
    const size_t size = (size_t)s->n * sizeof *s->x;
    int idle = 0;
    lk_status status = lk_smooth_at(&s->whole, s->x, &report->objective, NULL);
    report->objective += lk_smooth_penalty(&s->whole, s->x);
    memcpy(s->best, s->x, size);
    while (!status && idle < PATIENCE && report->iterations < most && !report->stopped) {
        double value;
        for (int64_t k = 0; !status && k < pause && report->iterations < most; k++)
            status = run_epoch(s, report->iterations++);
        if (!status) status = lk_smooth_at(&s->whole, s->mean, &value, NULL);
        if (status) break;
        value += lk_smooth_penalty(&s->whole, s->mean);
        if (!isfinite(value))
            return lk_fail(LK_OUT_OF_DOMAIN,
                           "train: sgd: the objective is %g after epoch %lld; a learning rate "
                           "below %g may help",
                           value, (long long)report->iterations, s->rate);
        idle = report->objective - value > tolerance * fabs(report->objective) ? 0 : idle + 1;
        if (value < report->objective) {
            report->objective = value;
            memcpy(s->best, s->mean, size);
        }
        report->stopped = lk_linear_progress(p, report->iterations, value, NAN);
    }
    report->converged = idle == PATIENCE;
    report->gap = report->gradient = NAN;
    return status;
}

static lk_status begin(sgd *s, const lk_linear_problem *p, const double *w)
{
    const lk_dataset *data = p->data;
    const int64_t size = p->batch < data->rows ? p->batch : data->rows;
    s->problem = p;
    s->rows = *data;
    s->rows.targets = 1;
    s->rows.target = (double *)(uintptr_t)p->target;
    s->rows.weight = (double *)(uintptr_t)p->weight;
    s->batch = *data;
    s->batch.rows = size;
    s->part = *p;
    s->part.data = &s->batch;
    lk_status status = lk_smooth_begin(&s->whole, p, LK_CURVATURE_TRUE);
    if (!status) status = lk_smooth_begin(&s->of_part, &s->part, LK_CURVATURE_TRUE);
    if (status) return status;
    s->n = s->whole.width;
    s->order = malloc((size_t)data->rows * sizeof *s->order);
    s->x = calloc(4 * (size_t)s->n, sizeof *s->x);
    if (!s->order || !s->x)
        return lk_fail(LK_NO_MEMORY, "train: no memory for %lld weights", (long long)s->n);
    s->mean = s->x + s->n;
    s->best = s->mean + s->n;
    s->gradient = s->best + s->n;
    memcpy(s->x, w, (size_t)s->n * sizeof *w);
    memcpy(s->mean, w, (size_t)s->n * sizeof *w);
    return choose_rate(s);
}

lk_status lk_solve_sgd(const lk_linear_problem *p, double *w, double *bias,
                       lk_linear_report *report)
{
    (void)bias;
    sgd s = {.n = 0};
    lk_status status = begin(&s, p, w);
    if (!status) status = run(&s, report);
    if (!status) memcpy(w, s.best, (size_t)s.n * sizeof *w);
    free(s.order);
    free(s.x);
    lk_smooth_end(&s.whole);
    lk_smooth_end(&s.of_part);
    return status;
}
