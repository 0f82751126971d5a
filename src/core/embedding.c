/* embedding.c: the engine of the losses over features. Here those whose value depends on the points
 * of one row: rows go to the kernels where they are in memory, or converted, in chunks that stay in
 * the cache. */
#include <math.h>
#include <stdlib.h>

#include "feature_rows.h"
#include "losskit.h"

/* The places of a row's points and results. */
enum { INPUT, OTHER, NEGATIVE, GRADIENT, OTHER_GRADIENT, NEGATIVE_GRADIENT, CURVATURE, PLACES };
enum { ROWS = 64, CHUNK_REALS = 4096, TASK_REALS = 65536 };

typedef struct place {
    const lk_array *array;
    int64_t step;
    int present, direct;
    size_t scratch; /* where its chunk begins, in bytes */
} place;

typedef struct row_job {
    const lk_features *f;
    place places[PLACES];
    int64_t chunk; /* rows */
    size_t chunk_bytes, scratch;
} row_job;

static void describe(row_job *j)
{
    const lk_features *f = j->f;
    const lk_array *const arrays[PLACES] = {
        &f->input,          f->centers.data ? &f->centers : &f->other,
        &f->negative,       &f->gradient,
        &f->other_gradient, &f->negative_gradient,
        &f->curvature};
    const int64_t rows = CHUNK_REALS / f->d;
    j->chunk = rows < 1 ? 1 : rows > ROWS ? ROWS : rows;
    j->chunk_bytes = ((size_t)(j->chunk * f->d) * f->real_width + 63) & ~(size_t)63;
    j->scratch = 0;
    for (int k = 0; k < PLACES; k++) {
        place *p = &j->places[k];
        p->array = arrays[k];
        p->present = arrays[k]->data != NULL;
        p->direct = p->present && !f->in_place && lk_rows_are_direct(f, arrays[k], &p->step);
        p->scratch = j->scratch;
        if (p->present && !p->direct) j->scratch += j->chunk_bytes;
    }
}

/* Where row i of the chunk is that begins at `first`. */
static void *row_of(const row_job *j, int k, char *scratch, int64_t first, int64_t i)
{
    const lk_features *f = j->f;
    const place *p = &j->places[k];
    if (!p->present) return NULL;
    if (!p->direct) return scratch + p->scratch + (size_t)(i * f->d) * f->real_width;
    const int64_t row = k == OTHER && f->centers.data ? lk_label_at(f, first + i) : first + i;
    return p->array->data + row * p->step * p->array->width;
}

static void load_rows(const row_job *j, char *scratch, int64_t first, int64_t n)
{
    const lk_features *f = j->f;
    const int add = (f->call->flags & LK_ACCUMULATE) != 0;
    for (int k = 0; k < PLACES; k++) {
        const place *p = &j->places[k];
        if (!p->present || p->direct || (k >= GRADIENT && !add)) continue;
        char *to = scratch + p->scratch;
        if (k != OTHER || !f->centers.data) {
            lk_array_load(p->array, f->reals, f->real_width, first * f->d, (size_t)(n * f->d), to);
            continue;
        }
        for (int64_t i = 0; i < n; i++)
            if (lk_takes_part(f, first + i))
                lk_array_load(p->array, f->reals, f->real_width, lk_label_at(f, first + i) * f->d,
                              (size_t)f->d, to + (size_t)(i * f->d) * f->real_width);
    }
}

static void store_rows(const row_job *j, const char *scratch, int64_t first, int64_t n)
{
    const lk_features *f = j->f;
    for (int k = GRADIENT; k < PLACES; k++) {
        const place *p = &j->places[k];
        if (p->present && !p->direct)
            lk_array_store(p->array, f->reals, f->real_width, first * f->d, (size_t)(n * f->d),
                           scratch + p->scratch);
    }
}

/* A row that takes no part is compared with itself: its label names no center. */
static void point_rows(const row_job *j, char *scratch, int64_t first, int64_t n,
                       lk_feature_row *rows)
{
    for (int64_t i = 0; i < n; i++) {
        lk_feature_row *r = &rows[i];
        r->input = row_of(j, INPUT, scratch, first, i);
        r->other = lk_takes_part(j->f, first + i) ? row_of(j, OTHER, scratch, first, i) : r->input;
        r->negative = row_of(j, NEGATIVE, scratch, first, i);
        r->gradient = row_of(j, GRADIENT, scratch, first, i);
        r->other_gradient = row_of(j, OTHER_GRADIENT, scratch, first, i);
        r->negative_gradient = row_of(j, NEGATIVE_GRADIENT, scratch, first, i);
        r->curvature = row_of(j, CURVATURE, scratch, first, i);
    }
}

static void run_chunk(const row_job *j, char *scratch, int64_t first, int64_t n, double *lanes)
{
    const lk_features *f = j->f;
    const lk_call *c = f->call;
    lk_feature_row rows[ROWS];
    double weight[ROWS], scale[ROWS], target[ROWS], value[ROWS];
    const lk_feature_span span = {
        .n = (size_t)n,
        .d = (size_t)f->d,
        .rows = rows,
        .params = f->request->params,
        .add = (c->flags & LK_ACCUMULATE) != 0,
        .floor = c->flags & LK_CURVATURE_FLOOR ? c->curvature_floor : -HUGE_VAL,
    };
    load_rows(j, scratch, first, n);
    point_rows(j, scratch, first, n, rows);
    lk_row_weights(f, first, (size_t)n, weight, scale);
    if (f->target.data && !f->labels)
        lk_array_load(&f->target, f->wide, sizeof(double), first, (size_t)n, target);
    for (int64_t i = 0; i < n; i++) {
        rows[i].target = f->target.data && !f->labels ? target[i] : 0;
        rows[i].scale = scale[i];
    }
    f->reals->embedding->rows[f->request->id](&span);
    for (int64_t i = 0; i < n; i++) value[i] = rows[i].value;
    f->wide->weigh((size_t)n, value, weight);
    f->wide->sum((size_t)n, value, lanes);
    store_rows(j, scratch, first, n);
    if (f->value.data) lk_array_store(&f->value, f->wide, sizeof(double), first, (size_t)n, value);
}

static int run_rows(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                    int64_t *count)
{
    const row_job *j = context;
    (void)count;
    for (int64_t done = 0; done < (int64_t)n; done += j->chunk) {
        const int64_t rest = (int64_t)n - done;
        run_chunk(j, scratch, first + done, rest < j->chunk ? rest : j->chunk, lanes);
    }
    return 0;
}

static lk_task_plan plan_of(const row_job *j)
{
    const lk_features *f = j->f;
    const int64_t chunks = TASK_REALS / (j->chunk * f->d);
    const lk_task_plan plan = {
        .n = f->n,
        .task = j->chunk * (chunks < 1 ? 1 : chunks),
        .parallel = f->n >= LK_PARALLEL_FROM / f->d,
        .scratch = j->scratch,
    };
    return plan;
}

static size_t step_bytes(const lk_features *f)
{
    return ((size_t)(f->classes * f->d) * f->real_width + 63) & ~(size_t)63;
}

/* Workspace: the tasks' scratch, then the step of the centers and what sorting for it needs. */
static void compute_rows(lk_features *f, row_job *job, lk_task_plan *plan, char *workspace,
                         lk_totals *totals)
{
    char *step = NULL;
    const size_t own = lk_task_workspace(plan);
    plan->workspace = own ? workspace : NULL;
    if (f->center_step.data) {
        /* First, from an input that no gradient has replaced; where it replaces something itself,
         * it waits in the workspace. */
        step = workspace + own;
        lk_center_step(f, step + step_bytes(f), f->in_place ? step : NULL);
    }
    if (f->n) lk_run_tasks(plan, run_rows, job, totals);
    if (step && f->in_place)
        lk_array_store(&f->center_step, f->reals, f->real_width, 0, (size_t)(f->classes * f->d),
                       step);
}

static lk_status compute(lk_features *f, row_job *job, lk_task_plan *plan, char *workspace)
{
    lk_totals found, totals = {0, 0};
    const lk_status status = lk_scan_rows(f, &found);
    if (status) return status;
    const double divisor = lk_divisor(f->call, found.count, found.sum);
    f->scale = divisor == 0 ? 0 : f->request->factor / divisor;
    compute_rows(f, job, plan, workspace, &totals);
    totals.count = found.count;
    lk_report(f->call, &totals, divisor);
    return LK_OK;
}

static lk_status run_distances(lk_features *f, size_t *bytes)
{
    row_job job = {.f = f};
    void *workspace = NULL, *own = NULL;
    describe(&job);
    lk_task_plan plan = plan_of(&job);
    size_t needed = lk_task_workspace(&plan);
    if (f->center_step.data) needed += step_bytes(f) + lk_center_step_workspace(f);
    if (needed) needed += LK_WORKSPACE_SLACK;
    if (bytes) {
        *bytes = needed;
        return LK_OK;
    }
    lk_status status = lk_take_workspace(f->request, needed, &workspace, &own);
    if (!status) status = compute(f, &job, &plan, workspace);
    free(own);
    return status;
}

lk_status lk_run_embedding(const lk_request *request, size_t *bytes)
{
    lk_features f;
    const lk_status status = lk_prepare_features(request, &f);
    if (status) return status;
    return lk_is_similarity(request->id) ? lk_run_similarity(&f, bytes) : run_distances(&f, bytes);
}
