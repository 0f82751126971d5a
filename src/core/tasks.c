/* tasks.c: fixed tasks over threads, summed along a fixed tree. */
#include "float_environment.h"
#include "pointwise_job.h"
#include "threads.h"

enum {
    TASK = 4096,
    SEGMENTS = 1024,        /* at most this many partial sums, so that they fit on the stack */
    PARALLEL_FROM = 131072, /* elements: waking sleeping threads costs about 70 microseconds */
    SHARES = 4 /* of work for each thread, contiguous, so that a late one loses little */
};

typedef struct work {
    const lk_job *job;
    lk_task_body *body;
    int64_t tasks;
    size_t segments, shares;
    lk_totals *partial;
    _Atomic int failed;
} work;

static double add_lanes(double *lanes)
{
    for (int l = 0; l < 8; l++) lanes[l] += lanes[l + 8];
    for (int l = 0; l < 4; l++) lanes[l] += lanes[l + 4];
    return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
}

/* Pairwise over the tasks of a segment: after task k as many sums are merged as k + 1 has
 * factors 2. */
static lk_totals run_segment(work *w, int64_t first, int64_t last)
{
    double stack[64];
    int top = 0;
    lk_totals totals = {0, 0};
    for (int64_t t = first; t < last; t++) {
        double lanes[LK_LANES] = {0};
        const int64_t at = t * TASK, rest = w->job->n - at;
        if (w->body(w->job, at, (size_t)(rest < TASK ? rest : TASK), lanes, &totals.count))
            w->failed = 1;
        double sum = add_lanes(lanes);
        for (int64_t k = t - first; k & 1; k >>= 1) sum = stack[--top] + sum;
        stack[top++] = sum;
    }
    double sum = top ? stack[--top] : 0;
    while (top) sum = stack[--top] + sum;
    totals.sum = sum;
    return totals;
}

static void run_share(void *context, size_t share)
{
    work *w = context;
    const lk_float_environment old = lk_enter_float_environment();
    const int64_t segments = (int64_t)w->segments;
    for (size_t s = w->segments * share / w->shares; s < w->segments * (share + 1) / w->shares; s++)
        w->partial[s] = run_segment(w, w->tasks * (int64_t)s / segments,
                                    w->tasks * (int64_t)(s + 1) / segments);
    lk_leave_float_environment(old);
}

int lk_run_tasks(const lk_job *job, lk_task_body *body, lk_totals *totals)
{
    if (job->n <= TASK) {
        double lanes[LK_LANES] = {0};
        totals->count = 0;
        const int failed = body(job, 0, (size_t)job->n, lanes, &totals->count);
        totals->sum = add_lanes(lanes);
        return failed;
    }
    lk_totals partial[SEGMENTS];
    work w = {.job = job, .body = body, .tasks = (job->n - 1) / TASK + 1, .partial = partial};
    w.segments = w.tasks < SEGMENTS ? (size_t)w.tasks : SEGMENTS;
    if (job->n < PARALLEL_FROM) {
        w.shares = 1;
        run_share(&w, 0);
    } else {
        const size_t shares = SHARES * (size_t)lk_num_threads();
        w.shares = shares < w.segments ? shares : w.segments;
        lk_parallel(w.shares, run_share, &w);
    }
    for (size_t n = w.segments; n > 1; n = (n + 1) / 2)
        for (size_t i = 0; i < (n + 1) / 2; i++) {
            lk_totals t = partial[2 * i];
            if (2 * i + 1 < n) {
                t.sum += partial[2 * i + 1].sum;
                t.count += partial[2 * i + 1].count;
            }
            partial[i] = t;
        }
    *totals = partial[0];
    return w.failed;
}
