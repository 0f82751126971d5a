/* ctc.c: the engine of CTC. Many utterances: each thread takes one after the other through all
 * steps, so that it stays in its cache. Few: the frames of each, and the two directions of its
 * recursion, are spread over the threads. The steps are the same, and so are the bits. */
#include <stdlib.h>

#include "ctc_job.h"
#include "losskit.h"

enum { ROW_TASK = 16384 /* classes */ };

/* A call on its way over the threads. */
typedef struct run {
    lk_ctc_job *job;
    int64_t workers;      /* 0: utterances are spread by their frames */
    _Atomic int64_t next; /* utterance that no worker has taken */
    lk_ctc_utterance *utterances;
    int again, phase; /* stages that run over the utterances whose lattice is in logarithms */
    lk_task_plan plan;
} run;

/* ---- checks -------------------------------------------------------------------------------------
 */

static lk_status read_parameters(lk_ctc_job *j)
{
    const double *p = j->s.params;
    const char *name = j->s.name;
    j->blank = p[0] < 0 ? j->s.classes - 1 : (int64_t)p[0];
    j->logits = p[1] != 0;
    j->zero_infinity = p[2] != 0;
    j->torch_gradient = p[3] != 0;
    if ((double)j->blank != p[0] && p[0] >= 0)
        return lk_fail(LK_INVALID, "%s: blank = %g is no whole number", name, p[0]);
    if (j->blank >= j->s.classes)
        return lk_fail(LK_INVALID, "%s: blank = %lld is outside [0, %lld)", name,
                       (long long)j->blank, (long long)j->s.classes);
    if (j->s.classes > INT32_MAX)
        return lk_fail(LK_INVALID, "%s: input has %lld classes, more than 2^31 - 1", name,
                       (long long)j->s.classes);
    if (j->logits && j->torch_gradient)
        return lk_fail(LK_INVALID, "%s: torch_gradient = 1 is for logits = 0", name);
    if (j->torch_gradient && j->s.curvature.data)
        return lk_fail(LK_UNSUPPORTED, "%s: there is no curvature with torch_gradient = 1", name);
    return LK_OK;
}

static lk_status prepare(const lk_request *request, lk_ctc_job *j)
{
    lk_status status = lk_sequence_prepare(request, 0, &j->s);
    if (!status) status = read_parameters(j);
    if (status) return status;
    if (!j->s.count) j->s.frames = 0; /* that need no room */
    j->kernels = j->s.kernels->ctc;
    j->wide = j->s.isa->f64->ctc;
    j->derives = j->s.gradient.data || j->s.curvature.data;
    j->row = (size_t)j->s.classes * j->s.real_width;
    j->width = lk_ctc_width(j->s.target.longest);
    const int adds = (request->call->flags & LK_ACCUMULATE) != 0;
    j->keeps = j->logits && !adds && !j->s.in_place && j->s.count && j->s.frames &&
               lk_sequence_reach(&j->s, &j->s.gradient, 0, 0) != NULL;
    return LK_OK;
}

/* ---- memory -------------------------------------------------------------------------------------
 */

/* Bytes of what all threads share, and of an utterance; overflow is told. */
static lk_status measure(const run *r, size_t *fixed, size_t *utterance)
{
    const lk_ctc_job *j = r->job;
    lk_ctc_utterance u;
    size_t row, states, all;
    if (__builtin_mul_overflow(j->width + 64, 8 * sizeof(double), &row) ||
        __builtin_mul_overflow((size_t)j->s.frames + 64, row, &states) ||
        __builtin_mul_overflow(states, (size_t)j->s.count + 64, &all) || all > SIZE_MAX / 4)
        return lk_fail(LK_INVALID, "%s: lattices of %lld frames and %lld labels are too large",
                       j->s.name, (long long)j->s.frames, (long long)j->s.target.longest);
    *utterance = lk_ctc_lay_out(j, NULL, &u);
    *fixed = lk_sequence_columns(&j->s);
    if (r->workers == 0)
        *fixed += (size_t)j->s.count * *utterance + lk_padded((size_t)j->s.count * sizeof u);
    return LK_OK;
}

/* Threads are worth waking for this many classes and states. */
static void plan(run *r)
{
    const lk_ctc_job *j = r->job;
    const int64_t threads = lk_task_threads(), count = j->s.count;
    const double work =
        (double)count * (double)j->s.frames * (double)((size_t)j->s.classes + 4 * j->width);
    const int parallel = work >= LK_PARALLEL_FROM && threads > 1;
    lk_ctc_rows rows;
    lk_ctc_utterance u;
    const size_t scratch = lk_ctc_rows_lay_out(j, NULL, &rows);
    r->workers = !parallel ? 1 : count < 2 * threads ? 0 : threads;
    if (r->workers) {
        r->plan = (lk_task_plan){.n = r->workers,
                                 .task = 1,
                                 .parallel = r->workers > 1,
                                 .scratch = scratch + lk_ctc_lay_out(j, NULL, &u)};
        return;
    }
    const int64_t task = ROW_TASK / j->s.classes;
    r->plan = (lk_task_plan){
        .n = count * j->s.frames, .task = task < 1 ? 1 : task, .parallel = 1, .scratch = scratch};
}

/* ---- many utterances ----------------------------------------------------------------------------
 */

static void read_and_pass(const lk_ctc_job *j, lk_ctc_utterance *u, const lk_ctc_rows *rows)
{
    for (int64_t t = 0; t < u->frames; t++) lk_ctc_read_frame(j, u, t, rows);
    for (int phase = 0; phase < 2; phase++)
        for (int backward = 0; backward < 2; backward++) lk_ctc_pass_over(j, u, backward, phase);
}

static void finish_utterance(const lk_ctc_job *j, lk_ctc_utterance *u, const lk_ctc_rows *rows)
{
    if (j->derives) lk_sequence_clear(&j->s, u->n, u->frames, rows->room);
}

static int worker(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                  int64_t *count)
{
    run *r = context;
    const lk_ctc_job *j = r->job;
    lk_ctc_utterance u;
    lk_ctc_rows rows;
    (void)first, (void)n, (void)lanes, (void)count;
    char *base = scratch;
    (void)lk_ctc_lay_out(j, base + lk_ctc_rows_lay_out(j, base, &rows), &u);
    for (int64_t i = r->next++; i < j->s.count; i = r->next++) {
        lk_ctc_begin(j, i, &rows, &u);
        if (u.spells) read_and_pass(j, &u, &rows);
        if (lk_ctc_settle(j, &u)) {
            read_and_pass(j, &u, &rows);
            (void)lk_ctc_settle(j, &u);
        }
        for (int64_t t = 0; j->derives && t < u.frames; t++) lk_ctc_derive_frame(j, &u, t, &rows);
        finish_utterance(j, &u, &rows);
    }
    return 0;
}

/* ---- few utterances -----------------------------------------------------------------------------
 */

typedef void frame_step(const lk_ctc_job *job, lk_ctc_utterance *u, int64_t t,
                        const lk_ctc_rows *rows);

static int takes_part(const run *r, const lk_ctc_utterance *u)
{
    return u->spells && (!r->again || u->logarithmic);
}

static void each_frame(run *r, void *scratch, int64_t first, size_t n, frame_step *step, int all)
{
    const lk_ctc_job *j = r->job;
    lk_ctc_rows rows;
    (void)lk_ctc_rows_lay_out(j, scratch, &rows);
    for (int64_t i = first; i < first + (int64_t)n; i++) {
        lk_ctc_utterance *u = &r->utterances[i / j->s.frames];
        const int64_t t = i % j->s.frames;
        if (t < u->frames && (all || takes_part(r, u))) step(j, u, t, &rows);
    }
}

static int read_task(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                     int64_t *count)
{
    (void)lanes, (void)count;
    each_frame(context, scratch, first, n, lk_ctc_read_frame, 0);
    return 0;
}

static int pass_task(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                     int64_t *count)
{
    run *r = context;
    (void)scratch, (void)lanes, (void)count;
    for (int64_t i = first; i < first + (int64_t)n; i++) {
        lk_ctc_utterance *u = &r->utterances[i / 2];
        if (takes_part(r, u)) lk_ctc_pass_over(r->job, u, (int)(i % 2), r->phase);
    }
    return 0;
}

/* An utterance's frames lie in one task or several; each one's collected slots are its own. */
static int derive_task(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                       int64_t *count)
{
    (void)lanes, (void)count;
    each_frame(context, scratch, first, n, lk_ctc_derive_frame, 1);
    return 0;
}

static void read_and_pass_all(run *r)
{
    lk_totals ignored;
    const lk_ctc_job *j = r->job;
    const double states = 2 * (double)j->s.count * (double)j->s.frames * (double)j->width;
    const lk_task_plan directions = {
        .n = 2 * j->s.count, .task = 1, .parallel = states >= LK_PARALLEL_FROM};
    lk_run_tasks(&r->plan, read_task, r, &ignored);
    for (r->phase = 0; r->phase < 2; r->phase++) lk_run_tasks(&directions, pass_task, r, &ignored);
}

static void spread_frames(run *r, char *memory, size_t bytes)
{
    const lk_ctc_job *j = r->job;
    lk_ctc_rows rows;
    lk_totals ignored;
    (void)lk_ctc_rows_lay_out(j, r->plan.workspace, &rows);
    for (int64_t n = 0; n < j->s.count; n++) {
        lk_ctc_utterance *u = &r->utterances[n];
        (void)lk_ctc_lay_out(j, memory + (size_t)n * bytes, u);
        lk_ctc_begin(j, n, &rows, u);
    }
    read_and_pass_all(r);
    for (int64_t n = 0; n < j->s.count; n++) r->again |= lk_ctc_settle(j, &r->utterances[n]);
    if (r->again) read_and_pass_all(r);
    for (int64_t n = 0; n < j->s.count; n++)
        if (r->utterances[n].logarithmic) (void)lk_ctc_settle(j, &r->utterances[n]);
    if (!j->derives) return;
    lk_run_tasks(&r->plan, derive_task, r, &ignored);
    for (int64_t n = 0; n < j->s.count; n++) finish_utterance(j, &r->utterances[n], &rows);
}

/* ---- the call -----------------------------------------------------------------------------------
 */

static void compute(run *r, char *workspace, size_t fixed, size_t utterance)
{
    lk_ctc_job *j = r->job;
    lk_totals ignored;
    char *const behind = lk_sequence_begin(&j->s, workspace);
    r->plan.workspace = workspace + fixed;
    if (r->workers) {
        lk_run_tasks(&r->plan, worker, r, &ignored);
    } else {
        r->utterances = (lk_ctc_utterance *)(void *)behind;
        spread_frames(r, behind + lk_padded((size_t)j->s.count * sizeof *r->utterances), utterance);
    }
    lk_sequence_report(&j->s);
}

lk_status lk_run_ctc(const lk_request *request, size_t *bytes)
{
    lk_ctc_job job;
    run r = {.job = &job};
    void *workspace = NULL, *own = NULL;
    size_t fixed = 0, utterance = 0;
    lk_status status = prepare(request, &job);
    if (status) return status;
    plan(&r);
    status = measure(&r, &fixed, &utterance);
    if (status) return status;
    const size_t needed = fixed + lk_task_workspace(&r.plan) + LK_WORKSPACE_SLACK;
    if (bytes) {
        *bytes = needed;
        return LK_OK;
    }
    status = lk_sequence_check_labels(&job.s, job.blank);
    if (!status) status = lk_take_workspace(request, needed, &workspace, &own);
    if (!status) compute(&r, workspace, fixed, utterance);
    free(own);
    return status;
}
