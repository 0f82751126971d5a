/* soft_edit_distance.c: the engine of the soft edit distance. Each thread takes one sequence after
 * the other: forward over the strips of its table, which keeps the weights of the edits, and back
 * over the strips for the probability of each substitution, which is all that the derivatives of a
 * row are made of. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ctc_kernels.h"
#include "edit_kernels.h"
#include "losskit.h"
#include "row_kernels.h"
#include "sequence_job.h"
#include "softmax_row.h"

typedef struct soft_job {
    lk_sequence_job s;
    const lk_edit_kernels *edit;
    const lk_ctc_kernels *labels; /* gather and scatter of the computation type */
    double gamma;
    int logits, derives;
    size_t row, longest; /* bytes of a row of reals; labels of the longest target */
    lk_task_plan plan;
    _Atomic int64_t next; /* sequence that no worker has taken */
} soft_job;

/* What a thread needs. */
typedef struct table {
    char *exponentials, *curvature, *room; /* rows of reals */
    double *classes;                       /* of each class; 0 between the rows */
    /* of each label of the target */
    double *substitution, *probability, *slope, *bend;
    double *above, *below_deletion, *below_substitution;
    int32_t *label;
    double *cells; /* of each strip: substitutions, deletions, insertions */
    /* the sequence that it is at */
    int64_t n, frames;
    size_t columns;
} table;

static size_t strips_of(int64_t frames)
{
    return ((size_t)frames + LK_EDIT_ROWS - 1) / LK_EDIT_ROWS;
}

/* ---- memory -------------------------------------------------------------------------------------
 */

/* Lays the table out from `base` on and returns its bytes; base may be NULL for that. */
static size_t lay_out(const soft_job *j, char *base, table *b)
{
    size_t used = 0;
    char **const rows[] = {&b->exponentials, &b->curvature, &b->room};
    double **const numbers[] = {
        &b->substitution,   &b->probability,       &b->slope, &b->bend, &b->above,
        &b->below_deletion, &b->below_substitution};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        *rows[k] = base ? base + used : NULL;
        used += lk_padded(j->row);
    }
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        *numbers[k] = base ? (double *)(void *)(base + used) : NULL;
        used += lk_padded((j->longest + 1) * sizeof(double));
    }
    b->label = base ? (int32_t *)(void *)(base + used) : NULL;
    used += lk_padded((j->longest + 1) * sizeof(int32_t));
    b->classes = base ? (double *)(void *)(base + used) : NULL;
    used += lk_padded((size_t)j->s.classes * sizeof(double));
    b->cells = base ? (double *)(void *)(base + used) : NULL;
    const size_t arrays = j->derives ? 3 * strips_of(j->s.frames) : 1;
    return used + arrays * LK_EDIT_CELLS(j->longest) * sizeof(double);
}

/* Bytes that all threads share, and those of one. */
static lk_status measure(const soft_job *j, size_t *fixed, size_t *own)
{
    table b;
    size_t row, cells, all;
    if (__builtin_mul_overflow(j->longest + LK_EDIT_ROWS, 4 * sizeof(double), &row) ||
        __builtin_mul_overflow((size_t)j->s.frames + LK_EDIT_ROWS, row, &cells) ||
        __builtin_mul_overflow(cells, (size_t)lk_task_threads() + (size_t)j->s.count, &all) ||
        all > SIZE_MAX / 4)
        return lk_fail(LK_INVALID, "%s: tables of %lld frames and %lld labels are too large",
                       j->s.name, (long long)j->s.frames, (long long)j->longest);
    *own = lay_out(j, NULL, &b);
    *fixed = lk_sequence_columns(&j->s);
    return LK_OK;
}

/* ---- rows ---------------------------------------------------------------------------------------
 */

/* A frame's row: the probabilities are what it holds, times *factor. */
static const void *read_row(const soft_job *j, const table *b, int64_t t, double *factor)
{
    const void *row = lk_sequence_reach(&j->s, &j->s.input, b->n, t);
    if (!row) {
        lk_sequence_load(&j->s, &j->s.input, b->n, t, b->exponentials);
        row = b->exponentials;
    }
    *factor = 1;
    if (!j->logits) return row;
    *factor = 1 / lk_softmax_row(j->s.kernels, (size_t)j->s.classes, row, b->exponentials).sum;
    return b->exponentials;
}

static void read_labels(const soft_job *j, table *b)
{
    int64_t *const labels = (int64_t *)(void *)b->above;
    lk_token_read(&j->s.target, j->s.start[b->n], (int64_t)b->columns, labels);
    for (size_t k = 0; k < b->columns; k++) b->label[k] = (int32_t)labels[k];
}

/* ---- the table ----------------------------------------------------------------------------------
 */

static lk_edit_strip strip_of(const soft_job *j, const table *b, size_t index)
{
    const size_t cells = LK_EDIT_CELLS(b->columns), before = index * LK_EDIT_ROWS;
    const size_t rest = (size_t)b->frames - before;
    double *const at = b->cells + (j->derives ? 3 * index * cells : 0);
    return (lk_edit_strip){.rows = rest < LK_EDIT_ROWS ? rest : LK_EDIT_ROWS,
                           .columns = b->columns,
                           .before = before,
                           .gamma = j->gamma,
                           .substitution = at,
                           .deletion = j->derives ? at + cells : NULL,
                           .insertion = j->derives ? at + 2 * cells : NULL,
                           .above = b->above,
                           .below_deletion = b->below_deletion,
                           .below_substitution = b->below_substitution,
                           .last = index + 1 == strips_of(b->frames)};
}

static double *cell_of(const lk_edit_strip *s, size_t r, size_t label)
{
    return s->substitution + (r + label + 1) * LK_EDIT_ROWS + r;
}

static double distance(const soft_job *j, table *b)
{
    for (size_t k = 0; k <= b->columns; k++) b->above[k] = (double)k;
    if (!b->columns) return (double)b->frames;
    for (size_t i = 0; i < strips_of(b->frames); i++) {
        const lk_edit_strip s = strip_of(j, b, i);
        memset(s.substitution, 0, LK_EDIT_CELLS(b->columns) * sizeof(double));
        for (size_t r = 0; r < s.rows; r++) {
            double factor;
            const void *const row = read_row(j, b, (int64_t)(s.before + r), &factor);
            (void)j->labels->gather(b->columns, row, row, b->label, factor, b->probability);
            for (size_t k = 0; k < b->columns; k++) *cell_of(&s, r, k) = b->probability[k];
        }
        j->edit->forward(&s);
    }
    return b->above[b->columns];
}

/* ---- the derivatives ----------------------------------------------------------------------------
 * With p the probabilities of a row and q_k the probability that it is substituted by label k, the
 * value D has dD/dp_k = -q_k and, since one row is substituted once, d2D/dp_k dp_l = -1/gamma
 * (q_k [k = l] - q_k q_l). */

static void derive_probabilities(const soft_job *j, const table *b, void *gradient, void *curvature)
{
    const size_t classes = (size_t)j->s.classes;
    const double scale = j->s.scale[b->n];
    for (size_t k = 0; k < b->columns; k++) {
        const double q = b->classes[b->label[k]];
        b->slope[k] = -scale * q;
        b->bend[k] = -scale * q * (1 - q) / j->gamma;
    }
    if (gradient) j->s.kernels->fill(classes, gradient, 0);
    if (curvature) j->s.kernels->fill(classes, curvature, 0);
}

/* Through the softmax, with A = sum of q p, B = sum of q p^2, and v the derivative of p in the
 * direction of score k: the gradient is p_k (A - q_k), and the curvature -1/gamma (sum of q v^2 -
 * (sum of q v)^2) - sum of q p'', which is the same function of p_k alone for all classes that are
 * no label of the target: q_k is 0 there. */
static void derive_scores(const soft_job *j, const table *b, double factor, void *gradient,
                          void *curvature)
{
    const double scale = j->s.scale[b->n];
    const double inverse = factor / LK_ROW_SUM_SCALE;
    double first = 0, second = 0;
    for (size_t k = 0; k < b->columns; k++) {
        first += b->substitution[k] * b->probability[k];
        second += b->substitution[k] * b->probability[k] * b->probability[k];
    }
    for (size_t k = 0; k < b->columns; k++) {
        const double q = b->classes[b->label[k]], p = b->probability[k], rest = 1 - p;
        const double sum = p * (q - first), square = p * p * (q * rest * rest + second - q * p * p);
        b->slope[k] = -scale * sum;
        b->bend[k] = -scale * ((square - sum * sum) / j->gamma + (1 - 2 * p) * sum);
    }
    lk_softmax_derive(
        j->s.kernels, (size_t)j->s.classes, b->exponentials, inverse, scale * inverse * first,
        -scale * inverse * (first + (second - first * first) / j->gamma), gradient, curvature);
}

/* The derivatives of frame t from b->substitution. */
static void derive_row(const soft_job *j, const table *b, int64_t t)
{
    const lk_sequence_job *s = &j->s;
    void *const gradient = s->gradient.data ? b->exponentials : NULL;
    void *const curvature = s->curvature.data ? b->curvature : NULL;
    for (size_t k = 0; k < b->columns; k++) b->classes[b->label[k]] += b->substitution[k];
    if (j->logits) {
        double factor;
        const void *const row = read_row(j, b, t, &factor);
        (void)j->labels->gather(b->columns, row, row, b->label, factor, b->probability);
        derive_scores(j, b, factor, gradient, curvature);
    } else {
        derive_probabilities(j, b, gradient, curvature);
    }
    if (gradient) j->labels->scatter(b->columns, b->slope, b->label, gradient);
    if (curvature) j->labels->scatter(b->columns, b->bend, b->label, curvature);
    lk_sequence_finish(s, &s->gradient, b->n, t, gradient, b->room);
    lk_sequence_finish(s, &s->curvature, b->n, t, curvature, b->room);
    for (size_t k = 0; k < b->columns; k++) b->classes[b->label[k]] = 0;
}

static void derive(const soft_job *j, const table *b)
{
    memset(b->below_deletion, 0, (b->columns + 1) * sizeof(double));
    memset(b->below_substitution, 0, (b->columns + 1) * sizeof(double));
    for (size_t i = strips_of(b->frames); i-- > 0;) {
        const lk_edit_strip s = strip_of(j, b, i);
        if (b->columns) j->edit->backward(&s);
        for (size_t r = 0; r < s.rows; r++) {
            for (size_t k = 0; k < b->columns; k++) b->substitution[k] = *cell_of(&s, r, k);
            derive_row(j, b, (int64_t)(s.before + r));
        }
    }
}

/* ---- the call -----------------------------------------------------------------------------------
 */

static int worker(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                  int64_t *count)
{
    soft_job *j = context;
    table b;
    (void)first, (void)n, (void)lanes, (void)count;
    (void)lay_out(j, scratch, &b);
    memset(b.classes, 0, (size_t)j->s.classes * sizeof(double));
    for (b.n = j->next++; b.n < j->s.count; b.n = j->next++) {
        b.frames = lk_sequence_frames(&j->s, b.n);
        b.columns = (size_t)lk_token_count(&j->s.target, b.n);
        read_labels(j, &b);
        const double value = j->s.value[b.n] = distance(j, &b);
        if (!j->derives) continue;
        const int counts = j->s.scale[b.n] != 0;
        if (counts && value == value) derive(j, &b);
        for (int64_t t = 0; counts && value != value && t < b.frames; t++)
            lk_sequence_fill(&j->s, b.n, t, NAN, b.exponentials, b.room);
        lk_sequence_clear(&j->s, b.n, counts ? b.frames : 0, b.room);
    }
    return 0;
}

static void compute(soft_job *j, char *workspace)
{
    lk_totals ignored;
    j->plan.workspace = lk_sequence_begin(&j->s, workspace);
    lk_run_tasks(&j->plan, worker, j, &ignored);
    lk_sequence_report(&j->s);
}

static lk_status prepare(const lk_request *request, soft_job *j)
{
    const lk_status status = lk_sequence_prepare(request, 0, &j->s);
    if (status) return status;
    if (j->s.classes > INT32_MAX)
        return lk_fail(LK_INVALID, "%s: input has %lld classes, more than 2^31 - 1", j->s.name,
                       (long long)j->s.classes);
    if (!j->s.count) j->s.frames = 0; /* that need no room */
    j->edit = j->s.isa->f64->edit;
    j->labels = j->s.kernels->ctc;
    j->gamma = j->s.params[0];
    j->logits = j->s.params[1] != 0;
    j->derives = j->s.gradient.data || j->s.curvature.data;
    j->row = (size_t)j->s.classes * j->s.real_width;
    j->longest = (size_t)j->s.target.longest;
    return LK_OK;
}

/* A cell costs as much as this many elements of a pointwise loss. */
enum { CELL = 8 };

lk_status lk_run_soft_edit_distance(const lk_request *request, size_t *bytes)
{
    soft_job job = {.next = 0};
    void *workspace = NULL, *own = NULL;
    size_t fixed = 0, each = 0;
    lk_status status = prepare(request, &job);
    if (!status) status = measure(&job, &fixed, &each);
    if (status) return status;
    const double work = (double)job.s.count * (double)job.s.frames *
                        ((double)job.s.classes + CELL * (double)job.longest);
    const int64_t threads = work < LK_PARALLEL_FROM ? 1 : lk_task_threads();
    const int64_t workers = threads < job.s.count ? threads : job.s.count;
    job.plan = (lk_task_plan){
        .n = workers < 1 ? 1 : workers, .task = 1, .parallel = workers > 1, .scratch = each};
    const size_t needed = fixed + lk_task_workspace(&job.plan) + LK_WORKSPACE_SLACK;
    if (bytes) {
        *bytes = needed;
        return LK_OK;
    }
    status = lk_sequence_check_labels(&job.s, -1);
    if (!status) status = lk_take_workspace(request, needed, &workspace, &own);
    if (!status) compute(&job, workspace);
    free(own);
    return status;
}
