/* rows.c: the engine of losses over rows of class scores. Rows are worked on side by side in tiles
 * (few classes, or a class axis that is not the last) or one by one (many classes, straight on the
 * caller's memory where that is contiguous): forward, stage, backward (row_kernels.h). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "losskit.h"
#include "rows_scratch.h"

/* ---- what a row brings along --------------------------------------------------------------------
 */

/* Labels, weights and factors of n rows, the rest of the tile like the last. Ignored rows and rows
 * of weight 0 get factor 0. Nonzero: a label is out of range. */
static int load_rows(const lk_rows_job *j, int64_t first, size_t n, lk_rows_scratch *s,
                     int64_t *count)
{
    if (j->labels.data) lk_rows_labels(j, first, n, s->label);
    if (j->weight.data) lk_array_load(&j->weight, j->isa->f64, sizeof(double), first, n, s->weight);
    if (j->upstream.data)
        lk_array_load(&j->upstream, j->isa->f64, sizeof(double), first, n, s->factor);
    /* Each step in a loop of its own, which vectorises: on images there are as many rows as pixels.
     */
    if (!j->weight.data)
        for (size_t i = 0; i < n; i++) s->weight[i] = 1;
    int64_t left_out = 0, outside = 0;
    for (size_t i = 0; j->labels.data && i < n; i++) {
        const int64_t y = s->label[i], out = y < 0;
        outside |= y == LK_LABEL_OUTSIDE;
        left_out += out;
        s->label[i] = out ? 0 : y;
        s->weight[i] = out ? 0 : s->weight[i];
    }
    *count += (int64_t)n - left_out;
    if (!j->labels.data) memset(s->label, 0, n * sizeof *s->label);
    for (size_t i = 0; i < n; i++)
        s->class_weight[i] = j->class_weight ? j->class_weight[s->label[i]] : 1;
    if (!j->upstream.data)
        for (size_t i = 0; i < n; i++) s->factor[i] = j->scale * s->weight[i];
    for (size_t i = 0; j->upstream.data && i < n; i++)
        s->factor[i] = s->factor[i] == 0 ? 0 : j->scale * s->factor[i] * s->weight[i];
    for (size_t i = 0; i < n; i++) s->factor[i] = s->weight[i] == 0 ? 0 : s->factor[i];
    for (size_t i = n; i < j->lanes; i++) {
        s->label[i] = s->label[n - 1];
        s->weight[i] = s->weight[n - 1];
        s->class_weight[i] = s->class_weight[n - 1];
        s->factor[i] = s->factor[n - 1];
    }
    return outside != 0;
}

/* Whether the values of the rows, or their sum, are asked for. A function's value of each class is
 * another output. */
static int has_values(const lk_rows_job *j) { return j->value.data || j->call->result; }

/* The values of n rows, weighted; a weight of 0 takes the row out. */
static void finish_values(const lk_rows_job *j, int64_t first, size_t n, const lk_rows_scratch *s,
                          double *lanes)
{
    for (size_t i = 0; i < n; i++) s->value[i] = s->weight[i] == 0 ? 0 : s->weight[i] * s->value[i];
    if (j->call->result) j->isa->f64->sum(n, s->value, lanes);
    if (j->value.data) lk_array_store(&j->value, j->isa->f64, sizeof(double), first, n, s->value);
}

/* ---- the cross-entropies and functions of the label's probability -------------------------------
 */

static void one_hot(const lk_rows_job *j, const lk_rows_scratch *s)
{
    const double one = 1;
    const float one_f = 1;
    const size_t width = j->real_width;
    memset(s->target, 0, (size_t)j->classes * j->lanes * width);
    for (size_t i = 0; i < j->lanes; i++)
        memcpy(s->target + ((size_t)s->label[i] * j->lanes + i) * width,
               width == sizeof one ? (const void *)&one : (const void *)&one_f, width);
}

static void load_targets(const lk_rows_job *j, int64_t first, size_t n, lk_rows_scratch *s,
                         const lk_row_tile *tile, double *entropy)
{
    const lk_row_kernels *k = j->kernels->row;
    const size_t classes = (size_t)j->classes, bytes = classes * j->lanes * j->real_width;
    if (j->target.whole.data)
        lk_rows_load(j, &j->target, first, n, s->target);
    else
        one_hot(j, s);
    if (j->entropy) k->entropy(j->lanes, classes, s->target, j->log_target, entropy);
    if (s->kept_target) {
        memcpy(s->kept_target, s->target, bytes);
        memcpy(s->kept, tile->scores, bytes);
    }
    if (j->smoothing > 0 || j->class_weight)
        k->smooth(tile, s->target, j->class_weight_reals, j->smoothing, j->smooth_masked);
}

/* Of the tile, or of a single row, which is row `first` of the batch. */
static void raise_curvature(const lk_rows_job *j, const lk_rows_scratch *s, size_t first)
{
    const double low = j->call->curvature_floor;
    for (int64_t c = 0; c < j->classes; c++)
        for (size_t i = 0; i < j->lanes; i++) {
            const size_t at = (size_t)c * j->lanes + i;
            const double least = low * fabs(s->factor[first + i]);
            float *f = (float *)(void *)s->curvature;
            double *d = (double *)(void *)s->curvature;
            if (j->real_width == sizeof(double))
                d[at] = d[at] < least ? least : d[at];
            else
                f[at] = (double)f[at] < least ? (float)least : f[at];
        }
}

static void run_stage(const lk_rows_job *j, const lk_rows_scratch *s, const double *entropy)
{
    const lk_row_stage stage = {.n = j->lanes,
                                .params = j->params,
                                .z_loss = j->z_loss,
                                .class_weight = s->class_weight,
                                .factor = s->factor,
                                .sums = s->sums,
                                .out = s->coefficients,
                                .value = s->value,
                                .log_sum = s->log_sum,
                                .curvature = j->curvature.whole.data != NULL,
                                .product = j->product.whole.data != NULL};
    const lk_row_kernels *k = j->isa->f64->row;
    if (j->form == LK_ROWS_DENSE)
        k->dense_stage(&stage);
    else
        k->label_stage[j->request->id](&stage);
    for (size_t i = 0; entropy && i < j->lanes; i++) s->value[i] += entropy[i];
}

/* Whether an output is computed at the caller: when nothing else has to be done to it. */
static int is_final(const lk_rows_job *j, const lk_planes *p)
{
    return lk_rows_is_direct(j, p) && !j->in_place && !(j->call->flags & LK_ACCUMULATE);
}

/* Where the gradient of a single row is computed: in place of the scores, or at the caller. */
static void *gradient_room(const lk_rows_job *j, int64_t first, const lk_rows_scratch *s)
{
    const int final = j->softcap == 0 && is_final(j, &j->gradient);
    return final ? (void *)lk_array_run(&j->gradient.rows, first, 1).at : (void *)s->scores;
}

static void derive(const lk_rows_job *j, int64_t first, size_t n, lk_row_tile *tile,
                   lk_rows_scratch *s)
{
    const lk_row_kernels *k = j->kernels->row;
    const size_t count = (size_t)j->classes * j->lanes;
    const int capped = j->softcap != 0;
    const int wants_gradient = j->gradient.whole.data || capped;
    tile->gradient = wants_gradient ? tile->scores : NULL;
    tile->curvature = s->curvature;
    tile->product = s->product;
    if (j->lanes == 1)
        k->backward_row(tile, &s->coefficients);
    else
        k->backward(tile, &s->coefficients);
    if (capped)
        k->uncap(count, j->softcap, s->tanh, s->vector, tile->scores, s->curvature, s->product);
    if (s->curvature && j->call->flags & LK_CURVATURE_FLOOR) raise_curvature(j, s, 0);
    if (tile->scores == s->scores) lk_rows_finish(j, &j->gradient, first, n, s->scores, s);
    lk_rows_finish(j, &j->curvature, first, n, s->curvature, s);
    lk_rows_finish(j, &j->product, first, n, s->product, s);
    if (s->kept_target) {
        k->target_gradient(tile, s->kept, s->kept_target, j->class_weight_reals, 1 - j->smoothing,
                           j->entropy + j->log_target, s->sums.maximum, s->log_sum, s->factor);
        lk_rows_finish(j, &j->target_gradient, first, n, s->kept, s);
    }
}

static void run_tile(const lk_rows_job *j, int64_t first, size_t n, lk_rows_scratch *s)
{
    const lk_row_kernels *k = j->kernels->row;
    const size_t count = (size_t)j->classes * j->lanes;
    const int derivatives = j->gradient.whole.data || s->curvature || s->product || s->kept_target;
    double entropy[LK_TILE_ROWS];
    lk_row_tile tile = {.rows = j->lanes, .classes = (size_t)j->classes, .scores = s->scores};
    if (lk_rows_is_direct(j, &j->input) && j->softcap == 0)
        tile.scores = lk_array_run(&j->input.rows, first, 1).at;
    else
        lk_rows_load(j, &j->input, first, n, s->scores);
    if (j->softcap != 0) k->cap(count, s->scores, j->softcap, s->tanh);
    if (j->form == LK_ROWS_DENSE) load_targets(j, first, n, s, &tile, entropy);
    if (j->vector.whole.data) {
        lk_rows_load(j, &j->vector, first, n, s->vector);
        if (j->softcap != 0) k->cap_vector(count, s->tanh, s->vector);
    }
    tile.target = j->form == LK_ROWS_DENSE ? s->target : NULL;
    tile.vector = s->vector;
    tile.label = s->label;
    void *e = s->scores;
    if (j->lanes == 1) {
        e = derivatives ? gradient_room(j, first, s) : NULL;
        k->forward_row(&tile, e, &s->sums);
    } else {
        k->forward(&tile, &s->sums);
    }
    run_stage(j, s, j->entropy ? entropy : NULL);
    if (!derivatives) return;
    tile.scores = e;
    derive(j, first, n, &tile, s);
}

/* ---- losses of other forms: as many rows at once as lie at one step ---------------------------
 */

/* The rows of a tensor from the first on where they lie, and at most *n of them; or, not direct, a
 * single one in the buffer. */
static lk_row_plane reach(const lk_planes *p, int direct, int64_t first, char *buffer, size_t *n)
{
    if (!p->whole.data) return (lk_row_plane){NULL, 0};
    if (!direct) *n = 1;
    if (!direct) return (lk_row_plane){buffer, 0};
    const lk_run run = lk_array_run(&p->rows, first, *n);
    *n = run.n;
    return (lk_row_plane){run.at, (ptrdiff_t)run.step * p->rows.width};
}

static lk_row_plane rows_in(const lk_rows_job *j, const lk_planes *p, int64_t first, char *buffer,
                            size_t *n)
{
    const int direct = lk_rows_is_direct(j, p);
    if (p->whole.data && !direct) lk_rows_load(j, p, first, 1, buffer);
    return reach(p, direct, first, buffer, n);
}

static lk_row_plane rows_out(const lk_rows_job *j, const lk_planes *p, int final, int64_t first,
                             char *buffer, size_t *n)
{
    return reach(p, final && is_final(j, p), first, buffer, n);
}

/* A row that was computed in the buffer. */
static void finish_other(const lk_rows_job *j, const lk_planes *p, int64_t first, const char *at,
                         char *buffer, lk_rows_scratch *s)
{
    if (at && at == buffer) lk_rows_finish(j, p, first, 1, buffer, s);
}

/* The first rows of a batch whose row `at` is row `first`; returns how many. */
static size_t run_other(const lk_rows_job *j, int64_t first, size_t at, size_t n,
                        lk_rows_scratch *s)
{
    const int function = j->call->target == NULL;
    const int raised = j->call->flags & LK_CURVATURE_FLOOR;
    lk_row_batch b = {.classes = (size_t)j->classes,
                      .params = j->params,
                      .label = s->label + at,
                      .factor = s->factor + at,
                      .class_weight = s->class_weight + at,
                      .value = has_values(j) ? s->value + at : NULL,
                      .scratch = function ? s->group : s->tanh};
    if (j->value_given)
        b.given = rows_in(j, &j->function_value, first, s->kept, &n);
    else
        b.scores = rows_in(j, &j->input, first, s->scores, &n);
    b.target = rows_in(j, &j->target, first, s->target, &n);
    b.vector = rows_in(j, &j->vector, first, function ? s->target : s->vector, &n);
    b.upstream = rows_in(j, &j->function_upstream, first, s->vector, &n);
    if (function && !b.upstream.at) b.upstream.at = s->vector;
    if (!j->value_given) b.out = rows_out(j, &j->function_value, 1, first, s->kept, &n);
    b.gradient = rows_out(j, &j->gradient, 1, first, s->gradient, &n);
    b.curvature = rows_out(j, &j->curvature, !raised, first, s->curvature, &n);
    b.product = rows_out(j, &j->product, 1, first, s->product, &n);
    b.target_gradient = rows_out(j, &j->target_gradient, 1, first, s->kept, &n);
    b.rows = n;
    j->kernels->row->row[j->request->id](&b);
    if (b.curvature.at && raised) raise_curvature(j, s, at);
    if (b.out.at == s->kept && b.out.at) lk_rows_store(j, &j->function_value, first, 1, s->kept);
    finish_other(j, &j->gradient, first, b.gradient.at, s->gradient, s);
    finish_other(j, &j->curvature, first, b.curvature.at, s->curvature, s);
    finish_other(j, &j->product, first, b.product.at, s->product, s);
    finish_other(j, &j->target_gradient, first, b.target_gradient.at, s->kept, s);
    return n;
}

/* ---- the tasks ----------------------------------------------------------------------------------
 */

/* The upstream of a function without one. */
static void fill_upstream(const lk_rows_job *j, const lk_rows_scratch *s)
{
    for (int64_t c = 0; c < j->classes; c += LK_CHUNK) {
        const int64_t rest = j->classes - c;
        j->kernels->fill(rest < LK_CHUNK ? (size_t)rest : (size_t)LK_CHUNK,
                         s->vector + (size_t)c * j->real_width, 1);
    }
}

static lk_rows_scratch scratch_of_row(const lk_rows_scratch *s, size_t i)
{
    lk_rows_scratch one = *s;
    one.label += i;
    one.factor += i;
    one.class_weight += i;
    one.value += i;
    one.log_sum += i;
    return one;
}

/* Rows one by one or, where they are of another form, in stretches. */
static void run_rows(const lk_rows_job *j, int64_t first, size_t n, lk_rows_scratch *s)
{
    if (j->form == LK_ROWS_OTHER) {
        for (size_t i = 0; i < n;) i += run_other(j, first + (int64_t)i, i, n - i, s);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        lk_rows_scratch one = scratch_of_row(s, i);
        run_tile(j, first + (int64_t)i, 1, &one);
    }
}

static int rows_task(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                     int64_t *count)
{
    const lk_rows_job *j = context;
    lk_rows_scratch s;
    lk_rows_lay_out(j, scratch, &s);
    if (!j->call->target && !j->function_upstream.whole.data) fill_upstream(j, &s);
    const int alike = !j->labels.data && !j->weight.data && !j->upstream.data;
    int bad = 0;
    for (size_t done = 0; done < n; done += j->batch) {
        const size_t part = n - done < j->batch ? n - done : j->batch;
        const int64_t row = first + (int64_t)done;
        if (done && alike) /* they are there, from the first batch, which was the longest */
            *count += (int64_t)part;
        else
            bad |= load_rows(j, row, part, &s, count);
        if (j->lanes > 1)
            run_tile(j, row, part, &s);
        else
            run_rows(j, row, part, &s);
        if (has_values(j)) finish_values(j, row, part, &s, lanes);
    }
    return bad;
}

/* Counts the rows that count, and sums what a weighted mean divides by. */
static int weights_task(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                        int64_t *count)
{
    const lk_rows_job *j = context;
    const int weighted = j->call->reduction == LK_WEIGHTED_MEAN && j->weight.data;
    int64_t label[LK_CHUNK];
    double weight[LK_CHUNK];
    int bad = 0;
    (void)scratch;
    for (size_t done = 0; done < n; done += LK_CHUNK) {
        const size_t part = n - done < LK_CHUNK ? n - done : (size_t)LK_CHUNK;
        const int64_t row = first + (int64_t)done;
        if (j->labels.data) lk_rows_labels(j, row, part, label);
        if (weighted) lk_array_load(&j->weight, j->isa->f64, sizeof *weight, row, part, weight);
        int64_t left_out = 0;
        for (size_t i = 0; j->labels.data && i < part; i++) {
            bad |= label[i] == LK_LABEL_OUTSIDE;
            left_out += label[i] < 0;
        }
        *count += (int64_t)part - left_out;
        if (!weighted && !j->weighs_mean) lanes[0] += (double)((int64_t)part - left_out);
        for (size_t i = 0; (weighted || j->weighs_mean) && i < part; i++) {
            const int64_t y = j->labels.data ? label[i] : 0;
            if (y < 0) continue;
            lanes[i % LK_LANES] +=
                (weighted ? weight[i] : 1) * (j->weighs_mean ? j->class_weight[y] : 1);
        }
    }
    return bad;
}

lk_status lk_rows_divisor(lk_rows_job *j, double *divisor)
{
    const lk_reduction reduction = j->call->reduction;
    lk_totals totals = {(double)j->rows, j->rows};
    const int divides = reduction != LK_SUM && reduction != LK_NONE;
    *divisor = 1;
    if (!j->call->target) return LK_OK; /* a function: its gradient is that of sum u f(a) */
    if (divides && j->rows && (j->labels.data || reduction == LK_WEIGHTED_MEAN)) {
        lk_task_plan scan = j->plan;
        scan.task = 4096;
        scan.parallel = j->rows >= LK_PARALLEL_FROM;
        scan.scratch = 0;
        if (lk_run_tasks(&scan, weights_task, j, &totals)) return lk_rows_explain_labels(j);
    }
    if (reduction == LK_BATCH_MEAN)
        *divisor = totals.count == 0 ? 0 : j->row_frame.ndim ? (double)j->row_shape[0] : 1;
    else
        *divisor = reduction == LK_MEAN && j->weighs_mean
                       ? totals.sum
                       : lk_divisor(j->call, totals.count, totals.sum);
    return LK_OK;
}

static size_t class_weight_bytes(const lk_rows_job *j)
{
    const size_t bytes = (size_t)j->classes * (sizeof(double) + j->real_width);
    return j->call->class_weight ? (bytes + 63) & ~(size_t)63 : 0;
}

/* Class weights as doubles, for labels, and in the computation type, for targets. */
static void load_class_weight(lk_rows_job *j, char *room)
{
    lk_array weights;
    (void)lk_array_input(j->name, "class_weight", j->call->class_weight, NULL, "input", &weights);
    j->class_weight = (double *)(void *)room;
    j->class_weight_reals = room + (size_t)j->classes * sizeof(double);
    for (int64_t c = 0; c < j->classes; c += LK_CHUNK) {
        const int64_t rest = j->classes - c;
        const size_t n = rest < LK_CHUNK ? (size_t)rest : (size_t)LK_CHUNK;
        lk_array_load(&weights, j->isa->f64, sizeof(double), c, n, j->class_weight + c);
        lk_array_load(&weights, j->kernels, j->real_width, c, n,
                      (char *)j->class_weight_reals + (size_t)c * j->real_width);
    }
}

static lk_status compute(lk_rows_job *j)
{
    double divisor;
    lk_totals totals = {0, 0};
    const lk_status status = lk_rows_divisor(j, &divisor);
    if (status) return status;
    j->scale = divisor == 0 ? 0 : j->request->factor / divisor;
    if (j->rows && lk_run_tasks(&j->plan, rows_task, j, &totals)) return lk_rows_explain_labels(j);
    lk_report(j->call, &totals, divisor);
    return LK_OK;
}

lk_status lk_run_rows(const lk_request *request, size_t *bytes)
{
    lk_rows_job j;
    lk_rows_scratch s;
    void *workspace, *own;
    lk_status status = lk_rows_prepare(&j, request);
    if (status) return status;
    j.plan.scratch = lk_rows_lay_out(&j, NULL, &s);
    const size_t weights = class_weight_bytes(&j);
    const size_t needed = lk_task_workspace(&j.plan) + weights + LK_WORKSPACE_SLACK;
    if (bytes) {
        *bytes = needed;
        return LK_OK;
    }
    status = lk_take_workspace(request, needed, &workspace, &own);
    if (status) return status;
    if (weights && j.rows) load_class_weight(&j, workspace);
    j.plan.workspace = (char *)workspace + weights;
    status = compute(&j);
    free(own);
    return status;
}
