/* similarity_passes.c: 16 rows against all others, block of columns by block of columns. */
#include <string.h>

#include "similarity.h"

enum { PARTS = 4 }; /* products of weights with points: one for each lk_pair_weight */

typedef struct pass {
    lk_similarity *s;
    const lk_side *x, *y;
    int both, at_once;
    double share; /* of the softmax in the values */
    const lk_array *gradient, *curvature;
} pass;

/* A task's scratch, in reals. */
typedef struct room {
    char *cosines, *weights;    /* [LK_COLUMNS][16] */
    char *parts;                /* [LK_GROUP][PARTS][D][16] */
    char *gradient, *curvature; /* [16][D] */
    char *old;                  /* [D] */
} room;

static size_t panel_bytes(const lk_features *f) { return (size_t)f->d * LK_PANEL * f->real_width; }

static size_t block_bytes(const lk_features *f)
{
    return (size_t)LK_COLUMNS * LK_PANEL * f->real_width;
}

/* Cosines that a task keeps: of one block of columns, or of all. */
static size_t cosine_bytes(const lk_similarity *s)
{
    const size_t panels = ((size_t)s->f->n + LK_PANEL - 1) / LK_PANEL;
    const size_t all = panels * LK_PANEL * LK_PANEL * s->f->real_width;
    return s->at_once && all > block_bytes(s->f) ? all : block_bytes(s->f);
}

size_t lk_similarity_scratch(const lk_similarity *s)
{
    return cosine_bytes(s) + block_bytes(s->f) + (LK_GROUP * PARTS + 3) * panel_bytes(s->f);
}

static room room_in(const lk_similarity *s, char *scratch)
{
    const size_t panel = panel_bytes(s->f);
    room r = {.cosines = scratch, .weights = scratch + cosine_bytes(s)};
    r.parts = r.weights + block_bytes(s->f);
    r.gradient = r.parts + LK_GROUP * PARTS * panel;
    r.curvature = r.gradient + panel;
    r.old = r.curvature + panel;
    return r;
}

/* A panel of x and the columns from `column` on, whose cosines are at `cosines`. */
static lk_cosine_block block_of(const pass *p, int64_t panel, int64_t column, const char *cosines)
{
    const int64_t rest = p->s->m - column;
    lk_cosine_block block = {.n = (size_t)(rest < LK_COLUMNS ? rest : LK_COLUMNS),
                             .row = (size_t)panel * LK_PANEL,
                             .column = (size_t)column,
                             .cosines = cosines,
                             .sharpness = p->s->sharpness,
                             .rows = p->x->softmax,
                             .columns = p->y->softmax};
    if (!p->both) block.columns.scale = NULL;
    return block;
}

/* The same with the cosines computed. */
static lk_cosine_block cosines_of(const pass *p, int64_t panel, int64_t column, char *to)
{
    const lk_features *f = p->s->f;
    const lk_similarity_kernels *k = f->reals->embedding->similarity;
    const lk_cosine_block block = block_of(p, panel, column, to);
    const char *rows = p->x->panels + (size_t)panel * panel_bytes(f);
    for (size_t j = 0; j < block.n; j += LK_PANEL)
        k->cosines((size_t)f->d, rows,
                   p->y->panels + (block.column + j) / LK_PANEL * panel_bytes(f),
                   to + j * LK_PANEL * f->real_width);
    if (p->s->by_label) k->mask(&block, to);
    return block;
}

/* ---- softmax --------------------------------------------------------------------------------- */

static void conclude(const pass *p, int64_t panel, const lk_softmax_state *state)
{
    lk_similarity *s = p->s;
    const lk_cosine_block block = block_of(p, panel, 0, NULL);
    double value[LK_PANEL];
    s->f->reals->embedding->similarity->conclude(&block, state, value, p->x->peak, p->x->inverse);
    for (int64_t r = 0; r < LK_PANEL && (int64_t)block.row + r < s->m; r++)
        s->value[s->rows[(int64_t)block.row + r]] += p->share * value[r];
}

static int softmax_panels(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                          int64_t *count)
{
    const pass *p = context;
    const lk_similarity_kernels *k = p->s->f->reals->embedding->similarity;
    lk_softmax_state states[LK_GROUP];
    (void)lanes, (void)count;
    for (size_t g = 0; g < n; g++) k->begin(&states[g]);
    for (int64_t column = 0; column < p->s->m; column += LK_COLUMNS)
        for (size_t g = 0; g < n; g++) {
            const lk_cosine_block block = cosines_of(p, first + (int64_t)g, column, scratch);
            k->tally(&block, &states[g]);
        }
    for (size_t g = 0; g < n; g++) conclude(p, first + (int64_t)g, &states[g]);
    return 0;
}

void lk_similarity_softmax(lk_similarity *s, lk_side *x, const lk_side *y, double share)
{
    pass p = {.s = s, .x = x, .y = y, .share = share};
    lk_for_panels(s, softmax_panels, &p);
}

/* ---- derivatives ----------------------------------------------------------------------------- */

static void add_block(const pass *p, const lk_cosine_block *block, const room *r, char *parts,
                      lk_similarity_sums *sums)
{
    const lk_features *f = p->s->f;
    const lk_similarity_kernels *k = f->reals->embedding->similarity;
    const char *columns = p->y->panels + block->column / LK_PANEL * panel_bytes(f);
    for (int w = 0; w < (p->curvature->data ? PARTS : 1); w++) {
        k->weigh(block, (lk_pair_weight)w, r->weights, &sums[w]);
        k->multiply(block->n, (size_t)f->d, r->weights, columns, w == LK_PAIR_BEND,
                    parts + (size_t)w * panel_bytes(f));
    }
}

static void store_row(const lk_features *f, const lk_array *array, int64_t row, void *reals,
                      void *old)
{
    const size_t d = (size_t)f->d;
    if (!array->data) return;
    if (f->call->flags & LK_ACCUMULATE) {
        lk_array_load(array, f->reals, f->real_width, row * f->d, d, old);
        f->reals->add(d, reals, old);
    }
    lk_array_store(array, f->reals, f->real_width, row * f->d, d, reals);
}

static void raise_curvature(const lk_features *f, size_t n, void *reals)
{
    if (!(f->call->flags & LK_CURVATURE_FLOOR) || f->scale == 0) return;
    f->reals->scale(n, reals, 1 / f->scale);
    f->reals->raise(n, reals, f->call->curvature_floor);
    f->reals->scale(n, reals, f->scale);
}

static double get_real(const lk_features *f, const void *reals, size_t k)
{
    return f->real_width == sizeof(float) ? (double)((const float *)reals)[k]
                                          : ((const double *)reals)[k];
}

static void finish_panel(const pass *p, size_t panel, const room *r, const char *products,
                         const lk_similarity_sums *sums)
{
    const lk_features *f = p->s->f;
    const size_t size = panel_bytes(f), at = panel * LK_PANEL, row = (size_t)f->d * f->real_width;
    lk_similarity_parts parts = {.d = (size_t)f->d,
                                 .points = p->x->panels + panel * size,
                                 .slope = products + LK_PAIR_SLOPE * size,
                                 .bend_square = products + LK_PAIR_BEND * size,
                                 .bend_cosine = products + LK_PAIR_BEND_COSINE * size,
                                 .softmax = products + LK_PAIR_SOFTMAX * size,
                                 .sharpness = p->s->sharpness};
    for (size_t k = 0; k < LK_PANEL; k++) {
        parts.slope_cosine[k] = sums[LK_PAIR_SLOPE].cosine[k];
        parts.bend_cosine_square[k] = sums[LK_PAIR_BEND].square[k];
        parts.softmax_cosine[k] = sums[LK_PAIR_SOFTMAX].cosine[k];
        parts.inverse_length[k] = p->x->inverse_length[at + k];
        parts.scale[k] = get_real(f, p->x->scale, at + k);
    }
    f->reals->embedding->similarity->finish(&parts, r->gradient,
                                            p->curvature->data ? r->curvature : NULL);
    if (p->curvature->data) raise_curvature(f, (size_t)f->d * LK_PANEL, r->curvature);
    for (size_t k = 0; k < LK_PANEL && at + k < (size_t)p->s->m; k++) {
        store_row(f, p->gradient, p->s->rows[at + k], r->gradient + k * row, r->old);
        store_row(f, p->curvature, p->s->rows[at + k], r->curvature + k * row, r->old);
    }
}

/* Softmax and derivatives of a panel from cosines computed once. */
static void meet_at_once(const pass *p, int64_t panel, const room *r, char *parts,
                         lk_similarity_sums *sums)
{
    const lk_similarity_kernels *k = p->s->f->reals->embedding->similarity;
    const size_t row = LK_PANEL * p->s->f->real_width;
    lk_softmax_state state;
    k->begin(&state);
    for (int64_t column = 0; column < p->s->m; column += LK_COLUMNS) {
        const lk_cosine_block block =
            cosines_of(p, panel, column, r->cosines + (size_t)column * row);
        k->tally(&block, &state);
    }
    conclude(p, panel, &state);
    for (int64_t column = 0; column < p->s->m; column += LK_COLUMNS) {
        const lk_cosine_block block = block_of(p, panel, column, r->cosines + (size_t)column * row);
        add_block(p, &block, r, parts, sums);
    }
}

static int derive_panels(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                         int64_t *count)
{
    const pass *p = context;
    const size_t size = PARTS * panel_bytes(p->s->f);
    const room r = room_in(p->s, scratch);
    lk_similarity_sums sums[LK_GROUP][PARTS];
    (void)lanes, (void)count;
    memset(sums, 0, sizeof sums);
    memset(r.parts, 0, LK_GROUP * size);
    for (size_t g = 0; p->at_once && g < n; g++)
        meet_at_once(p, first + (int64_t)g, &r, r.parts + g * size, sums[g]);
    for (int64_t column = 0; !p->at_once && column < p->s->m; column += LK_COLUMNS)
        for (size_t g = 0; g < n; g++) {
            const lk_cosine_block block = cosines_of(p, first + (int64_t)g, column, r.cosines);
            add_block(p, &block, &r, r.parts + g * size, sums[g]);
        }
    for (size_t g = 0; g < n; g++)
        finish_panel(p, (size_t)first + g, &r, r.parts + g * size, sums[g]);
    return 0;
}

/* Rows that take no part have derivatives 0. */
static void clear_others(const pass *p, const room *r)
{
    const lk_features *f = p->s->f;
    for (int64_t row = 0, k = 0; row < f->n; row++) {
        if (k < p->s->m && p->s->rows[k] == row) {
            k++;
            continue;
        }
        f->reals->fill((size_t)f->d, r->gradient, 0);
        store_row(f, p->gradient, row, r->gradient, r->old);
        f->reals->fill((size_t)f->d, r->gradient, 0);
        store_row(f, p->curvature, row, r->gradient, r->old);
    }
}

static void derive(pass *p)
{
    lk_similarity *s = p->s;
    lk_for_panels(s, derive_panels, p);
    if (s->m == s->f->n) return;
    const room r = room_in(s, s->scratch);
    clear_others(p, &r);
}

void lk_similarity_derive(lk_similarity *s, const lk_side *x, const lk_side *y, int both,
                          const lk_array *gradient, const lk_array *curvature)
{
    pass p = {.s = s, .x = x, .y = y, .both = both, .gradient = gradient, .curvature = curvature};
    derive(&p);
}

void lk_similarity_at_once(lk_similarity *s, const lk_array *gradient, const lk_array *curvature)
{
    pass p = {.s = s,
              .x = &s->x,
              .y = &s->y,
              .at_once = 1,
              .share = 1,
              .gradient = gradient,
              .curvature = curvature};
    derive(&p);
}
