/* similarity.c: losses that compare all rows with all rows (InfoNCE, supervised contrastive). The
 * rows are normalised into panels; then 16 rows at a time meet all others, once for their softmax
 * and once for the derivatives, so that N x N numbers are never held. */
#include "similarity.h"

#include <stdlib.h>
#include <string.h>

#include "embedding_list.h"
#include "losskit.h"

typedef similarity_rule rule_of(const double *params);
#define RULE(name, id) [id] = name,
static rule_of *const rules[LK_LOSS_SLOTS] = {LK_SIMILARITY_LOSSES(RULE)};

int lk_is_similarity(int id) { return rules[id] != NULL; }

typedef struct labelled {
    int64_t label, row;
} labelled;

/* ---- memory ---------------------------------------------------------------------------------- */

/* Takes `bytes` behind what was taken; base NULL: only counts. */
static void *take(char *base, size_t *used, size_t bytes)
{
    char *at = base ? base + *used : NULL;
    *used += (bytes + 63) & ~(size_t)63;
    return at;
}

static void take_side(const lk_features *f, lk_side *side, char *base, size_t *used)
{
    const size_t rows = ((size_t)f->n + LK_PANEL - 1) / LK_PANEL * LK_PANEL;
    const size_t reals = rows * f->real_width;
    side->panels = take(base, used, reals * (size_t)f->d);
    side->inverse_length = take(base, used, rows * sizeof(double));
    side->peak = take(base, used, reals);
    side->inverse = take(base, used, reals);
    side->scale = take(base, used, reals);
    side->share = take(base, used, reals);
    side->id = take(base, used, rows * sizeof(int32_t));
    side->softmax =
        (lk_softmax_side){side->peak, side->inverse, side->scale, side->share, side->id};
}

static lk_task_plan plan_of(const lk_features *f, int64_t m, size_t scratch)
{
    const lk_task_plan plan = {.n = (m + LK_PANEL - 1) / LK_PANEL,
                               .task = LK_GROUP,
                               .parallel = (double)m * (double)m * (double)f->d >= 0x1p20,
                               .scratch = scratch};
    return plan;
}

/* Lays the workspace out from base on; returns its size. */
static size_t take_all(lk_similarity *s, char *base)
{
    const lk_features *f = s->f;
    const lk_task_plan plan = plan_of(f, f->n, s->scratch_size);
    const size_t n = (size_t)f->n;
    size_t used = 0;
    s->rows = take(base, &used, n * sizeof(int64_t));
    s->value = take(base, &used, n * sizeof(double));
    s->weight = take(base, &used, n * sizeof(double));
    s->sorting = take(base, &used, s->by_label ? n * sizeof(labelled) : 0);
    take_side(f, &s->x, base, &used);
    s->y = s->x;
    if (!s->by_label) take_side(f, &s->y, base, &used);
    s->scratch = take(base, &used, lk_task_workspace(&plan));
    if (base) memset(base, 0, used);
    return used;
}

void lk_for_panels(lk_similarity *s, lk_task_body *body, void *context)
{
    lk_task_plan plan = plan_of(s->f, s->m, s->scratch_size);
    lk_totals unused;
    plan.workspace = s->scratch;
    if (s->m) lk_run_tasks(&plan, body, context, &unused);
}

/* ---- rows ------------------------------------------------------------------------------------ */

typedef struct packing {
    const lk_similarity *s;
    const lk_array *from;
    lk_side *to;
    int skip_weightless; /* rows that nothing else depends on: zeros stand for them */
} packing;

static int pack_panels(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                       int64_t *count)
{
    const packing *p = context;
    const lk_features *f = p->s->f;
    int64_t step;
    const int direct = lk_rows_are_direct(f, p->from, &step);
    (void)lanes, (void)count;
    for (int64_t k = first * LK_PANEL; k < (first + (int64_t)n) * LK_PANEL && k < p->s->m; k++) {
        const int64_t row = p->s->rows[k];
        if (p->skip_weightless && p->s->weight[row] == 0) continue;
        const void *x = direct ? p->from->data + row * step * p->from->width : scratch;
        if (!direct)
            lk_array_load(p->from, f->reals, f->real_width, row * f->d, (size_t)f->d, scratch);
        char *panel = p->to->panels + (size_t)(k / LK_PANEL * LK_PANEL * f->d) * f->real_width;
        p->to->inverse_length[k] =
            f->reals->embedding->similarity->pack((size_t)f->d, x, panel, (size_t)(k % LK_PANEL));
    }
    return 0;
}

static void pack(lk_similarity *s, const lk_array *from, lk_side *to, int skip_weightless)
{
    packing p = {s, from, to, skip_weightless};
    lk_for_panels(s, pack_panels, &p);
}

static int by_label_then_row(const void *a, const void *b)
{
    const labelled *x = a, *y = b;
    if (x->label != y->label) return x->label < y->label ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static void put_real(const lk_features *f, void *reals, int64_t k, double x)
{
    if (f->real_width == sizeof(float))
        ((float *)reals)[k] = (float)x;
    else
        ((double *)reals)[k] = x;
}

/* Numbers the classes; a row shares its probability among the others of its class. */
static void group_by_label(lk_similarity *s)
{
    const lk_features *f = s->f;
    labelled *sorted = s->sorting;
    s->m = 0;
    for (int64_t i = 0; i < f->n; i++) {
        if (!lk_takes_part(f, i)) continue;
        sorted[s->m] = (labelled){lk_label_at(f, i), s->m};
        s->rows[s->m++] = i;
    }
    qsort(sorted, (size_t)s->m, sizeof *sorted, by_label_then_row);
    for (int64_t first = 0, last = 0, id = 0; first < s->m; first = last, id++) {
        while (last < s->m && sorted[last].label == sorted[first].label) last++;
        const double others = (double)(last - first - 1);
        for (int64_t k = first; k < last; k++) {
            s->x.id[sorted[k].row] = (int32_t)id;
            put_real(f, s->x.share, sorted[k].row, others > 0 ? 1 / others : 0);
            s->weight[s->rows[sorted[k].row]] = others > 0;
        }
    }
}

static void pair_by_row(lk_similarity *s)
{
    s->m = s->f->n;
    for (int64_t i = 0; i < s->m; i++) {
        s->rows[i] = i;
        s->weight[i] = 1;
        s->x.id[i] = s->y.id[i] = (int32_t)i;
        put_real(s->f, s->x.share, i, 1);
        put_real(s->f, s->y.share, i, 1);
    }
}

/* Counts the rows that have a loss and sums their weights, which it leaves in place of ones. */
static lk_totals weigh_rows(lk_similarity *s)
{
    const lk_features *f = s->f;
    double weight[LK_CHUNK], scale[LK_CHUNK];
    lk_totals totals = {0, 0};
    for (int64_t first = 0; first < f->n; first += LK_CHUNK) {
        const size_t n = f->n - first < LK_CHUNK ? (size_t)(f->n - first) : (size_t)LK_CHUNK;
        lk_row_weights(f, first, n, weight, scale);
        for (size_t i = 0; i < n; i++) {
            double *w = &s->weight[first + (int64_t)i];
            totals.count += *w != 0;
            *w = *w == 0 ? 0 : weight[i];
            totals.sum += *w;
        }
    }
    return totals;
}

/* The factors of the rows' losses in the derivatives. */
static void scale_rows(lk_similarity *s)
{
    const lk_features *f = s->f;
    const double part = s->two_sided ? 0.5 : 1;
    double weight[LK_CHUNK], scale[LK_CHUNK];
    for (int64_t first = 0; first < s->m; first += LK_CHUNK) {
        const int64_t n = s->m - first < LK_CHUNK ? s->m - first : LK_CHUNK;
        for (int64_t i = 0; i < n; i++) {
            const int64_t row = s->rows[first + i];
            lk_row_weights(f, row, 1, &weight[i], &scale[i]);
            const double factor = s->weight[row] == 0 ? 0 : part * scale[i];
            put_real(f, s->x.scale, first + i, factor);
            if (s->two_sided) put_real(f, s->y.scale, first + i, factor);
        }
    }
}

/* ---- values ---------------------------------------------------------------------------------- */

static int sum_values(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                      int64_t *count)
{
    const lk_similarity *s = context;
    const lk_features *f = s->f;
    double *value = s->value + first;
    (void)scratch, (void)count;
    f->wide->weigh(n, value, s->weight + first);
    f->wide->sum(n, value, lanes);
    if (f->value.data) lk_array_store(&f->value, f->wide, sizeof(double), first, n, value);
    return 0;
}

static void compute(lk_similarity *s, lk_features *f)
{
    static const lk_array none = {.data = NULL};
    const lk_task_plan plan = {.n = f->n, .task = LK_CHUNK};
    lk_totals totals = {0, 0};
    if (s->by_label)
        group_by_label(s);
    else
        pair_by_row(s);
    const lk_totals found = weigh_rows(s);
    const double divisor = lk_divisor(f->call, found.count, found.sum);
    f->scale = divisor == 0 ? 0 : f->request->factor / divisor;
    scale_rows(s);
    pack(s, &f->input, &s->x, !s->two_sided && !s->by_label);
    if (!s->by_label) pack(s, &f->other, &s->y, 0);
    if (s->at_once)
        lk_similarity_at_once(s, &f->gradient, &f->curvature);
    else
        lk_similarity_softmax(s, &s->x, &s->y, s->two_sided ? 0.5 : 1);
    if (s->two_sided) lk_similarity_softmax(s, &s->y, &s->x, 0.5);
    if (!s->at_once && (f->gradient.data || f->curvature.data))
        lk_similarity_derive(s, &s->x, &s->y, 1, &f->gradient, &f->curvature);
    if (f->other_gradient.data) lk_similarity_derive(s, &s->y, &s->x, 1, &f->other_gradient, &none);
    if (f->n) lk_run_tasks(&plan, sum_values, s, &totals);
    totals.count = found.count;
    lk_report(f->call, &totals, divisor);
}

lk_status lk_run_similarity(lk_features *f, size_t *bytes)
{
    const similarity_rule rule = rules[f->request->id](f->request->params);
    lk_similarity s = {.f = f,
                       .sharpness = 1 / rule.temperature,
                       .two_sided = rule.two_sided,
                       .by_label = rule.by_label};
    void *workspace = NULL, *own = NULL;
    if (f->n > INT32_MAX - LK_PANEL)
        return lk_fail(LK_UNSUPPORTED, "%s: %lld rows are more than all pairs can be taken of",
                       f->name, (long long)f->n);
    s.at_once = !s.two_sided && !s.by_label && (f->gradient.data || f->curvature.data);
    s.scratch_size = lk_similarity_scratch(&s);
    const size_t needed = take_all(&s, NULL) + LK_WORKSPACE_SLACK;
    if (bytes) {
        *bytes = needed;
        return LK_OK;
    }
    const lk_status status = lk_take_workspace(f->request, needed, &workspace, &own);
    if (status) return status;
    take_all(&s, workspace);
    compute(&s, f);
    free(own);
    return LK_OK;
}
