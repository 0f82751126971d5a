#include "support/edit_reference.h"

#include <math.h>
#include <string.h>

static double sixteenths(rng *r, int64_t lowest, int64_t highest)
{
    return (double)(lowest + rng_below(r, highest - lowest + 1)) / 16;
}

void edit_problem_make(edit_problem *p, double gamma, int logits, uint64_t seed)
{
    rng r = {seed};
    memset(p, 0, sizeof *p);
    p->sequences = EDIT_SEQUENCES;
    p->frames = EDIT_FRAMES;
    p->classes = EDIT_CLASSES;
    p->labels = EDIT_LABELS;
    p->gamma = gamma;
    p->logits = logits;
    for (int64_t n = 0; n < p->sequences; n++) {
        p->input_length[n] = n ? 1 + rng_below(&r, p->frames) : p->frames;
        p->target_length[n] = n ? 1 + rng_below(&r, p->labels) : p->labels;
        for (int64_t k = 0; k < p->labels; k++) p->target[n][k] = rng_below(&r, 3);
        for (int64_t t = 0; t < p->frames; t++)
            for (int64_t c = 0; c < p->classes; c++)
                p->x[n][t][c] = logits ? sixteenths(&r, -40, 40) : sixteenths(&r, 0, 16);
        p->weight[n] = sixteenths(&r, 1, 20);
        p->upstream[n] = sixteenths(&r, -20, -1);
    }
}

/* ---- all paths --------------------------------------------------------------------------------
 */

typedef struct walk {
    const edit_problem *p;
    int64_t n;
    long double match[EDIT_FRAMES][EDIT_LABELS];
    long double sum;
} walk;

static void walk_on(walk *w, int64_t i, int64_t j, long double cost)
{
    const int64_t rows = w->p->input_length[w->n], columns = w->p->target_length[w->n];
    if (i == rows && j == columns) w->sum += expl(-cost / (long double)w->p->gamma);
    if (i < rows) walk_on(w, i + 1, j, cost + 1);
    if (j < columns) walk_on(w, i, j + 1, cost + 1);
    if (i < rows && j < columns) walk_on(w, i + 1, j + 1, cost + 1 - w->match[i][j]);
}

long double edit_value(const edit_problem *p, int64_t n)
{
    walk w = {.p = p, .n = n};
    for (int64_t t = 0; t < p->input_length[n]; t++) {
        long double total = 0;
        for (int64_t c = 0; c < p->classes; c++) total += expl((long double)p->x[n][t][c]);
        for (int64_t k = 0; k < p->target_length[n]; k++) {
            const long double x = (long double)p->x[n][t][p->target[n][k]];
            w.match[t][k] = p->logits ? expl(x) / total : x;
        }
    }
    walk_on(&w, 0, 0, 0);
    return -(long double)p->gamma * logl(w.sum);
}

/* ---- differences ------------------------------------------------------------------------------
 */

static const double step = 0x1p-10;

static void values_around(edit_problem *p, int64_t n, int64_t t, int64_t c, long double *f)
{
    const double x = p->x[n][t][c];
    for (int k = -2; k <= 2; k++) {
        p->x[n][t][c] = x + k * step;
        f[k + 2] = edit_value(p, n);
    }
    p->x[n][t][c] = x;
}

double edit_slope(edit_problem *p, int64_t n, int64_t t, int64_t c)
{
    long double f[5];
    if (t >= p->input_length[n]) return 0;
    values_around(p, n, t, c, f);
    return (double)((8 * (f[3] - f[1]) - (f[4] - f[0])) / (12 * (long double)step));
}

double edit_bend(edit_problem *p, int64_t n, int64_t t, int64_t c)
{
    long double f[5];
    if (t >= p->input_length[n]) return 0;
    values_around(p, n, t, c, f);
    return (double)((16 * (f[3] + f[1]) - (f[4] + f[0]) - 30 * f[2]) /
                    (12 * (long double)step * (long double)step));
}

/* ---- calls ------------------------------------------------------------------------------------
 */

int64_t edit_index(const edit_call *c, const edit_problem *p, int64_t n, int64_t t, int64_t k)
{
    return ((c->batch_first ? n * p->frames + t : t * p->sequences + n)) * p->classes + k;
}

static void fill(view *v, double x)
{
    for (int64_t i = 0; i < view_count(v); i++) view_set(v, i, x);
}

static void set_input(edit_call *c, const edit_problem *p)
{
    for (int64_t n = 0; n < p->sequences; n++)
        for (int64_t t = 0; t < p->frames; t++)
            for (int64_t k = 0; k < p->classes; k++)
                view_set(&c->input, edit_index(c, p, n, t, k), p->x[n][t][k]);
}

static void set_target(edit_call *c, const edit_problem *p, rng *r)
{
    int64_t total = 0, at = 0;
    const int64_t padded[] = {p->sequences, p->labels};
    for (int64_t n = 0; n < p->sequences; n++) total += p->target_length[n];
    view_make(&c->target, LK_I32, c->concatenated ? 1 : 2, c->concatenated ? &total : padded,
              c->layout, r);
    for (int64_t n = 0; n < p->sequences; n++)
        for (int64_t k = 0; k < p->labels; k++)
            if (c->concatenated && k < p->target_length[n])
                view_set(&c->target, at++, (double)p->target[n][k]);
            else if (!c->concatenated) /* what lies beyond the length is no label */
                view_set(&c->target, n * p->labels + k,
                         k < p->target_length[n] ? (double)p->target[n][k] : -9);
}

static void set_units(edit_call *c, const edit_problem *p, rng *r)
{
    view *const units[] = {&c->input_lengths, &c->target_lengths, &c->weight, &c->upstream,
                           &c->value};
    const int dtypes[] = {LK_I64, LK_I32, c->dtype, LK_F64, c->dtype};
    for (int k = 0; k < 5; k++) view_make(units[k], dtypes[k], 1, &p->sequences, c->layout, r);
    for (int64_t n = 0; n < p->sequences; n++) {
        view_set(&c->input_lengths, n, (double)p->input_length[n]);
        view_set(&c->target_lengths, n, (double)p->target_length[n]);
        view_set(&c->weight, n, p->weight[n]);
        view_set(&c->upstream, n, p->upstream[n]);
        view_set(&c->value, n, c->filling);
    }
}

void edit_call_make(edit_call *c, const edit_problem *p)
{
    rng r = {5};
    const int64_t by_time[] = {p->frames, p->sequences, p->classes};
    const int64_t by_batch[] = {p->sequences, p->frames, p->classes};
    view *const rows[] = {&c->input, &c->gradient, &c->curvature};
    for (int k = 0; k < 3; k++)
        view_make(rows[k], c->dtype, 3, c->batch_first ? by_batch : by_time, c->layout, &r);
    set_input(c, p);
    fill(&c->gradient, c->filling);
    fill(&c->curvature, c->filling);
    set_target(c, p, &r);
    set_units(c, p, &r);
    c->call.size = sizeof c->call;
    c->call.input = &c->input.tensor;
    c->call.target = &c->target.tensor;
    c->call.input_lengths = &c->input_lengths.tensor;
    c->call.target_lengths = &c->target_lengths.tensor;
    c->call.value = &c->value.tensor;
    c->call.gradient = c->in_place ? &c->input.tensor : &c->gradient.tensor;
    c->call.curvature = &c->curvature.tensor;
    c->call.result = &c->result;
    if (c->batch_first) c->call.flags |= LK_BATCH_FIRST;
    if (c->without_weights) return;
    c->call.weight = &c->weight.tensor;
    c->call.upstream = &c->upstream.tensor;
}

lk_status edit_call_run(edit_call *c, const edit_problem *p)
{
    return lk_soft_edit_distance(&c->call, p->gamma, p->logits);
}

void edit_call_free(edit_call *c)
{
    view *const views[] = {&c->input,          &c->target,   &c->input_lengths,
                           &c->target_lengths, &c->weight,   &c->upstream,
                           &c->value,          &c->gradient, &c->curvature};
    for (size_t k = 0; k < sizeof views / sizeof *views; k++) view_free(views[k]);
}
