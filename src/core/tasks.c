/* tasks.c: fixed tasks over threads, summed along a fixed tree. */
#include "tasks.h"

#include "float_environment.h"
#include "losskit.h"

enum {
    SEGMENTS = 1024, /* at most this many partial sums, so that they fit on the stack */
    SHARES = 4       /* of work for each thread, contiguous, so that a late one loses little */
};

typedef struct work {
    const lk_task_plan *plan;
    lk_task_body *body;
    void *context;
    int64_t tasks;
    size_t segments, shares;
    lk_totals *partial;
    _Atomic int failed;
} work;

static _Thread_local int threads; /* that tasks are cut for; 0: not between begin and end */

int lk_begin_tasks(void)
{
    const int outer = threads;
    if (!outer) threads = lk_num_threads();
    return outer;
}

void lk_end_tasks(int outer) { threads = outer; }

int lk_task_threads(void) { return threads ? threads : lk_num_threads(); }

static size_t shares_of(const lk_task_plan *plan)
{
    const int64_t tasks = plan->n > 0 ? (plan->n - 1) / plan->task + 1 : 1;
    const size_t segments = tasks < SEGMENTS ? (size_t)tasks : SEGMENTS;
    const size_t shares = plan->parallel ? SHARES * (size_t)lk_task_threads() : 1;
    return shares < segments ? shares : segments;
}

size_t lk_task_workspace(const lk_task_plan *plan)
{
    return plan->scratch ? shares_of(plan) * lk_padded(plan->scratch) : 0;
}

/* Pairwise over the tasks of a segment: after task k as many sums are merged as k + 1 has
 * factors 2. */
static lk_totals run_segment(work *w, void *scratch, int64_t first, int64_t last)
{
    double stack[64];
    int top = 0;
    lk_totals totals = {0, 0};
    for (int64_t t = first; t < last; t++) {
        double lanes[LK_LANES] = {0};
        const int64_t task = w->plan->task, at = t * task, rest = w->plan->n - at;
        const size_t n = (size_t)(rest < task ? rest : task);
        if (w->body(w->context, scratch, at, n, lanes, &totals.count)) w->failed = 1;
        double sum = lk_add_lanes(lanes);
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
    void *scratch = w->plan->workspace
                        ? (char *)w->plan->workspace + share * lk_padded(w->plan->scratch)
                        : NULL;
    for (size_t s = w->segments * share / w->shares; s < w->segments * (share + 1) / w->shares; s++)
        w->partial[s] = run_segment(w, scratch, w->tasks * (int64_t)s / segments,
                                    w->tasks * (int64_t)(s + 1) / segments);
    lk_leave_float_environment(old);
}

int lk_run_tasks(const lk_task_plan *plan, lk_task_body *body, void *context, lk_totals *totals)
{
    if (plan->n <= plan->task) {
        double lanes[LK_LANES] = {0};
        totals->count = 0;
        const int failed =
            body(context, plan->workspace, 0, (size_t)plan->n, lanes, &totals->count);
        totals->sum = lk_add_lanes(lanes);
        return failed;
    }
    lk_totals partial[SEGMENTS];
    work w = {.plan = plan, .body = body, .context = context, .partial = partial};
    w.tasks = (plan->n - 1) / plan->task + 1;
    w.segments = w.tasks < SEGMENTS ? (size_t)w.tasks : SEGMENTS;
    w.shares = shares_of(plan);
    if (w.shares == 1)
        run_share(&w, 0);
    else
        lk_parallel(w.shares, run_share, &w);
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
