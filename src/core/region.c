/* region.c: the engine of losses over regions. The sums of a group are taken, one formula makes
 * its value and the coefficients of its derivatives of them, and a second pass writes the
 * derivatives of its elements. Many groups are spread over the threads and read twice while they
 * are in cache; a few large ones are cut into pieces. Both add up the same pieces in the same
 * order. */
#include <math.h>
#include <stdlib.h>

#include "losskit.h"
#include "region_job.h"

enum { PIECE = 16384, FEW = 4 /* groups for each thread */ };

/* The sums over a piece or a whole group. */
typedef struct tally {
    double sums[LK_REGION_SUMS];
    int64_t kept;
} tally;

/* Of a call whose groups are cut into pieces. */
typedef struct pieces {
    lk_region_job *job;
    int64_t each; /* pieces of a group */
    lk_region_group *groups;
    tally *tallies;
} pieces;

/* ---- sums ---------------------------------------------------------------------------------------
 */

static int reaches(const lk_region_job *j, const lk_array *array, int64_t first, size_t n,
                   void **at)
{
    *at = lk_array_reach(array, j->real_width, first, n);
    return *at || !array->data;
}

/* Points the span at the caller's inputs; 0 when these must be converted first. */
static int reach_inputs(const lk_region_job *j, int64_t first, size_t n, lk_region_span *span)
{
    void *input, *target;
    if (!reaches(j, &j->input, first, n, &input) || !reaches(j, &j->target, first, n, &target))
        return 0;
    span->input = input;
    span->target = target;
    return 1;
}

static lk_region_sum *sum_of(const lk_region_job *j)
{
    const lk_region_kernels *k = j->kernels->region;
    return j->form == LK_REGION_RATIO ? k->overlap_sums
           : j->form == LK_REGION_L1  ? k->l1_sums
                                      : k->l2_sums;
}

/* Elements first .. first + n - 1, at a multiple of LK_LANES from the start of their piece. */
static int add_sums(const lk_region_job *j, double shrink, int64_t first, size_t n,
                    double (*lanes)[LK_LANES], int64_t *kept, lk_region_chunk *c)
{
    lk_region_span span = {.n = n, .logits = j->logits, .squared = j->squared, .shrink = shrink};
    if (!j->filtered && reach_inputs(j, first, n, &span)) {
        *kept += (int64_t)n;
        return sum_of(j)(&span, lanes);
    }
    int bad = 0;
    for (size_t done = 0; n > LK_CHUNK && done < n; done += LK_CHUNK) {
        const size_t part = n - done < LK_CHUNK ? n - done : (size_t)LK_CHUNK;
        bad |= add_sums(j, shrink, first + (int64_t)done, part, lanes, kept, c);
    }
    if (n > LK_CHUNK) return bad;
    *kept += lk_region_load(j, first, n, c);
    span.input = c->input;
    span.target = j->target.data ? c->target : NULL;
    return sum_of(j)(&span, lanes);
}

static int64_t pieces_of(const lk_region_job *j) { return (j->size + PIECE - 1) / PIECE; }

/* Nonzero after a number outside the domain. */
static int sum_piece(const lk_region_job *j, double shrink, int64_t index, int64_t piece, tally *t,
                     lk_region_chunk *c)
{
    double lanes[LK_REGION_SUMS][LK_LANES] = {{0}};
    const int64_t at = piece * PIECE, rest = j->size - at;
    t->kept = 0;
    const int bad = add_sums(j, shrink, index * j->size + at, (size_t)(rest < PIECE ? rest : PIECE),
                             lanes, &t->kept, c);
    const int sums = j->form == LK_REGION_RATIO ? LK_REGION_SUMS : 1;
    for (int k = 0; k < LK_REGION_SUMS; k++) t->sums[k] = k < sums ? lk_add_lanes(lanes[k]) : 0;
    return bad;
}

typedef struct running {
    lk_exact_sum sums[LK_REGION_SUMS];
    int64_t kept;
} running;

static void add_tally(running *r, const tally *t)
{
    for (int k = 0; k < LK_REGION_SUMS; k++) lk_exact_add(&r->sums[k], t->sums[k]);
    r->kept += t->kept;
}

static tally total_of(const running *r)
{
    tally t = {{0}, r->kept};
    for (int k = 0; k < LK_REGION_SUMS; k++) t.sums[k] = lk_exact_total(&r->sums[k]);
    return t;
}

static int sum_group(const lk_region_job *j, double shrink, int64_t index, tally *total,
                     lk_region_chunk *c)
{
    const int64_t count = pieces_of(j);
    running r = {{{0, 0}}, 0};
    int bad = 0;
    if (count == 1) return sum_piece(j, shrink, index, 0, total, c);
    for (int64_t piece = 0; piece < count; piece++) {
        tally t;
        bad |= sum_piece(j, shrink, index, piece, &t, c);
        add_tally(&r, &t);
    }
    *total = total_of(&r);
    return bad;
}

/* ---- from the sums of a group to its value and the coefficients of its derivatives --------------
 */

/* Squares that may have overflowed or vanished are summed again, of residuals times a power of two.
 */
static double l2_value(const lk_region_job *j, int64_t index, const tally *t, lk_region_span *jet,
                       lk_region_chunk *c)
{
    double sum = t->sums[0];
    jet->shrink = sum == INFINITY ? 0x1p-600 : sum < 0x1p-900 ? 0x1p600 : 1;
    if (jet->shrink != 1 && j->real_width == sizeof(double)) {
        tally again;
        (void)sum_group(j, jet->shrink, index, &again, c);
        sum = again.sums[0];
    } else {
        jet->shrink = 1;
    }
    const double norm = sqrt(sum);
    jet->inverse = norm > 0 ? 1 / norm : 0;
    return norm / jet->shrink;
}

/* Returns the weighted value. */
static double settle(const lk_region_job *j, int64_t index, const tally *t, lk_region_group *group,
                     lk_region_chunk *c)
{
    lk_region_span *jet = &group->jet;
    const double value = j->form == LK_REGION_RATIO
                             ? j->isa->f64->region->ratio(j->id, t->sums, j->params, jet)
                         : j->form == LK_REGION_L2 ? l2_value(j, index, t, jet, c)
                                                   : t->sums[0];
    const double weighted = lk_region_weigh(j, index, value, t->kept, group);
    jet->logits = j->logits;
    jet->squared = j->squared;
    jet->scale = group->scale;
    jet->curvature_scale = j->call->flags & LK_CURVATURE_FLOOR ? 1 : group->scale;
    if (value != value) jet->scale = jet->curvature_scale = value;
    return weighted;
}

/* ---- derivatives --------------------------------------------------------------------------------
 */

static void write_slopes(const lk_region_job *j, const lk_region_span *span)
{
    const lk_region_kernels *k = j->kernels->region;
    if (j->form == LK_REGION_RATIO) k->overlap_slopes(span);
    if (j->form == LK_REGION_L1) k->l1_slopes(span);
    if (j->form == LK_REGION_L2) k->l2_slopes(span);
}

/* Elements first .. first + n - 1 of a group. */
static void derive(const lk_region_job *j, const lk_region_group *group, int64_t first, size_t n,
                   lk_region_chunk *c)
{
    lk_region_span span = group->jet;
    span.n = n;
    if (!group->alive) {
        lk_region_clear(j, first, n, c);
        return;
    }
    if (j->direct && reach_inputs(j, first, n, &span) &&
        reaches(j, &j->gradient, first, n, &span.gradient) &&
        reaches(j, &j->curvature, first, n, &span.curvature) &&
        reaches(j, &j->target_gradient, first, n, &span.target_gradient)) {
        write_slopes(j, &span);
        return;
    }
    for (size_t done = 0; n > LK_CHUNK && done < n; done += LK_CHUNK) {
        const size_t part = n - done < LK_CHUNK ? n - done : (size_t)LK_CHUNK;
        derive(j, group, first + (int64_t)done, part, c);
    }
    if (n > LK_CHUNK) return;
    (void)lk_region_load(j, first, n, c);
    span.input = c->input;
    span.target = j->target.data ? c->target : NULL;
    span.gradient = j->gradient.data ? c->gradient : NULL;
    span.curvature = j->curvature.data ? c->curvature : NULL;
    span.target_gradient = j->target_gradient.data ? c->target_gradient : NULL;
    write_slopes(j, &span);
    lk_region_finish(j, group, first, n, c);
}

static int has_derivatives(const lk_region_job *j)
{
    return j->gradient.data || j->curvature.data || j->target_gradient.data;
}

/* ---- many groups --------------------------------------------------------------------------------
 */

int64_t lk_region_task(const lk_region_job *j)
{
    enum { ELEMENTS = 4096 };
    return j->size >= ELEMENTS ? 1 : ELEMENTS / (j->size ? j->size : 1);
}

static int group_task(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                      int64_t *count)
{
    lk_region_job *j = context;
    lk_region_chunk c;
    int failed = 0;
    (void)scratch;
    for (size_t i = 0; i < n; i++) {
        const int64_t index = first + (int64_t)i;
        lk_region_group group;
        tally t = {{0}, 0};
        if (j->size && sum_group(j, 1, index, &t, &c)) {
            lk_region_report_bad(j, index);
            failed = 1;
            continue;
        }
        const double value = settle(j, index, &t, &group, &c);
        lanes[i % LK_LANES] += value;
        *count += group.counts;
        if (has_derivatives(j)) derive(j, &group, index * j->size, (size_t)j->size, &c);
        lk_region_store_value(j, index, value); /* last: it may lie over the input */
    }
    return failed;
}

/* ---- few large groups ---------------------------------------------------------------------------
 */

static int piece_sum_task(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                          int64_t *count)
{
    const pieces *p = context;
    lk_region_chunk c;
    (void)scratch;
    (void)n; /* 1 */
    (void)lanes;
    (void)count;
    const int64_t index = first / p->each;
    if (!sum_piece(p->job, 1, index, first % p->each, &p->tallies[first], &c)) return 0;
    lk_region_report_bad(p->job, index);
    return 1;
}

static int settle_task(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                       int64_t *count)
{
    const pieces *p = context;
    lk_region_chunk c;
    (void)scratch;
    for (size_t i = 0; i < n; i++) {
        const int64_t index = first + (int64_t)i;
        running r = {{{0, 0}}, 0};
        for (int64_t k = 0; k < p->each; k++) add_tally(&r, &p->tallies[index * p->each + k]);
        const tally t = total_of(&r);
        const double value = settle(p->job, index, &t, &p->groups[index], &c);
        lanes[i % LK_LANES] += value;
        *count += p->groups[index].counts;
        lk_region_store_value(p->job, index, value);
    }
    return 0;
}

static int piece_slope_task(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                            int64_t *count)
{
    const pieces *p = context;
    const lk_region_job *j = p->job;
    lk_region_chunk c;
    (void)scratch;
    (void)n; /* 1 */
    (void)lanes;
    (void)count;
    const int64_t index = first / p->each, at = first % p->each * PIECE, rest = j->size - at;
    derive(j, &p->groups[index], index * j->size + at, (size_t)(rest < PIECE ? rest : PIECE), &c);
    return 0;
}

static int is_cut(const lk_region_job *j)
{
    const int threads = lk_num_threads(); /* may change at any time: asked for once */
    return j->form != LK_REGION_LOVASZ && threads > 1 && j->size > PIECE &&
           j->n >= LK_PARALLEL_FROM && j->groups < FEW * threads;
}

static size_t cut_bytes(const lk_region_job *j)
{
    const size_t groups = (size_t)j->groups;
    return groups * sizeof(lk_region_group) + groups * (size_t)pieces_of(j) * sizeof(tally);
}

static int run_pieces(lk_region_job *j, void *workspace, lk_totals *totals)
{
    pieces p = {j, pieces_of(j), workspace, NULL};
    p.tallies = (tally *)(void *)(p.groups + j->groups);
    const lk_task_plan by_piece = {.n = j->groups * p.each, .task = 1, .parallel = 1};
    const lk_task_plan by_group = {.n = j->groups, .task = lk_region_task(j)};
    lk_totals none;
    if (lk_run_tasks(&by_piece, piece_sum_task, &p, &none)) return 1;
    (void)lk_run_tasks(&by_group, settle_task, &p, totals);
    if (has_derivatives(j)) (void)lk_run_tasks(&by_piece, piece_slope_task, &p, &none);
    return 0;
}

/* ---- a call -------------------------------------------------------------------------------------
 */

/* Counts the groups that count, and sums their weights. */
static int weight_task(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                       int64_t *count)
{
    const lk_region_job *j = context;
    lk_region_chunk c;
    lk_region_group group;
    (void)scratch;
    for (size_t i = 0; i < n; i++) {
        const int64_t index = first + (int64_t)i;
        lanes[i % LK_LANES] += lk_region_weigh(j, index, 1, lk_region_any(j, index, &c), &group);
        *count += group.counts;
    }
    return 0;
}

static double normalizer(lk_region_job *j)
{
    const lk_reduction reduction = j->call->reduction;
    const int64_t groups = j->size ? j->groups : 0;
    const lk_task_plan plan = {
        .n = j->groups, .task = lk_region_task(j), .parallel = j->n >= LK_PARALLEL_FROM};
    lk_totals totals = {(double)groups, groups};
    if (j->groups && reduction != LK_SUM && reduction != LK_NONE &&
        (j->filtered || reduction == LK_WEIGHTED_MEAN))
        (void)lk_run_tasks(&plan, weight_task, j, &totals);
    return lk_divisor(j->call, totals.count, totals.sum);
}

static lk_task_plan plan_of(const lk_region_job *j)
{
    const int sorts = j->form == LK_REGION_LOVASZ;
    return (lk_task_plan){.n = j->groups,
                          .task = lk_region_task(j),
                          .parallel = j->n >= (sorts ? LK_PARALLEL_FROM / 8 : LK_PARALLEL_FROM),
                          .scratch = sorts ? lk_lovasz_scratch(j) : 0};
}

static lk_status compute(lk_region_job *j, void *workspace)
{
    const double divisor = normalizer(j);
    lk_totals totals = {0, 0};
    int failed = 0;
    j->scale = divisor == 0 ? 0 : j->scale / divisor;
    if (j->cut) {
        failed = run_pieces(j, workspace, &totals);
    } else if (j->groups) {
        lk_task_plan plan = plan_of(j);
        plan.workspace = workspace;
        failed = lk_run_tasks(&plan, j->form == LK_REGION_LOVASZ ? lk_lovasz_task : group_task, j,
                              &totals);
    }
    if (failed) return lk_region_explain(j);
    lk_report(j->call, &totals, divisor);
    return LK_OK;
}

lk_status lk_run_region(const lk_request *request, size_t *bytes)
{
    lk_region_job job;
    void *workspace, *own;
    lk_status status = lk_region_prepare(&job, request);
    if (status) return status;
    const lk_task_plan plan = plan_of(&job);
    job.cut = is_cut(&job);
    size_t needed = job.cut ? cut_bytes(&job) : lk_task_workspace(&plan);
    if (needed) needed += LK_WORKSPACE_SLACK;
    if (bytes) {
        *bytes = needed;
        return LK_OK;
    }
    status = lk_take_workspace(request, needed, &workspace, &own);
    if (!status) status = compute(&job, workspace);
    free(own);
    return status;
}
