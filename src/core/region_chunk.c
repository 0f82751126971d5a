/* region_chunk.c: elements of a group in and out: conversion, masks, accumulation. */
#include <math.h>
#include <stdatomic.h>

#include "losskit.h"
#include "region_job.h"

static void load(const lk_region_job *j, const lk_array *array, int64_t first, size_t n, void *to)
{
    lk_array_load(array, j->kernels, j->real_width, first, n, to);
}

/* keep = 1 where the mask is not 0. Compared as doubles: a small number is not 0. */
static void load_mask(const lk_region_job *j, int64_t first, size_t n, lk_region_chunk *c,
                      void *keep)
{
    const int element = j->real_width == sizeof(float) ? LK_ELEMENT_F32 : LK_ELEMENT_F64;
    lk_array_load(&j->mask, j->isa->f64, sizeof(double), first, n, c->mask);
    (void)j->isa->f64->keep(n, c->mask, 0, c->old);
    j->isa->f64->store[element](n, c->old, keep, 1);
}

/* Which elements take part, into c->keep; wants the target in c->target. */
static int64_t load_keep(const lk_region_job *j, int64_t first, size_t n, lk_region_chunk *c)
{
    const lk_kernel_table *k = j->kernels;
    const int ignores = (j->call->flags & LK_IGNORE) != 0;
    if (ignores) (void)k->keep(n, c->target, j->call->ignore_target, c->keep);
    if (j->mask.data) load_mask(j, first, n, c, ignores ? c->other_keep : c->keep);
    if (j->mask.data && ignores) k->weigh(n, c->keep, c->other_keep);
    return (int64_t)k->keep(n, c->keep, 0, c->other_keep);
}

int64_t lk_region_load(const lk_region_job *j, int64_t first, size_t n, lk_region_chunk *c)
{
    load(j, &j->input, first, n, c->input);
    if (j->target.data) load(j, &j->target, first, n, c->target);
    if (!j->filtered) return (int64_t)n;
    const int64_t kept = load_keep(j, first, n, c);
    j->kernels->blank(n, c->input, c->keep, j->logits ? -HUGE_VAL : 0);
    if (j->target.data) j->kernels->blank(n, c->target, c->keep, 0);
    return kept;
}

int64_t lk_region_any(const lk_region_job *j, int64_t index, lk_region_chunk *c)
{
    int64_t kept = j->filtered ? 0 : j->size;
    for (int64_t done = 0; done < j->size && !kept; done += LK_CHUNK) {
        const int64_t first = index * j->size + done, rest = j->size - done;
        const size_t n = rest < LK_CHUNK ? (size_t)rest : (size_t)LK_CHUNK;
        if (j->call->flags & LK_IGNORE) load(j, &j->target, first, n, c->target);
        kept = load_keep(j, first, n, c);
    }
    return kept;
}

static void put(const lk_region_job *j, const lk_array *array, int64_t first, size_t n, void *reals,
                lk_region_chunk *c)
{
    if (!array->data) return;
    if (j->filtered) j->kernels->blank(n, reals, c->keep, 0);
    if (j->call->flags & LK_ACCUMULATE) {
        load(j, array, first, n, c->old);
        j->kernels->add(n, reals, c->old);
    }
    lk_array_store(array, j->kernels, j->real_width, first, n, reals);
}

void lk_region_finish(const lk_region_job *j, const lk_region_group *group, int64_t first, size_t n,
                      lk_region_chunk *c)
{
    if (j->curvature.data && j->call->flags & LK_CURVATURE_FLOOR) {
        j->kernels->raise(n, c->curvature, j->call->curvature_floor);
        j->kernels->scale(n, c->curvature, group->scale);
    }
    put(j, &j->gradient, first, n, c->gradient, c);
    put(j, &j->curvature, first, n, c->curvature, c);
    put(j, &j->target_gradient, first, n, c->target_gradient, c);
}

void lk_region_clear(const lk_region_job *j, int64_t first, size_t n, lk_region_chunk *c)
{
    const lk_array *const outputs[] = {&j->gradient, &j->curvature, &j->target_gradient};
    if (j->call->flags & LK_ACCUMULATE) return;
    j->kernels->fill(n < LK_CHUNK ? n : (size_t)LK_CHUNK, c->gradient, 0);
    for (size_t done = 0; done < n; done += LK_CHUNK) {
        const size_t part = n - done < LK_CHUNK ? n - done : (size_t)LK_CHUNK;
        for (size_t k = 0; k < sizeof outputs / sizeof *outputs; k++)
            if (outputs[k]->data)
                lk_array_store(outputs[k], j->kernels, j->real_width, first + (int64_t)done, part,
                               c->gradient);
    }
}

/* ---- one number for each group ------------------------------------------------------------------
 */

static double number_of(const lk_region_job *j, const lk_array *array, int64_t index)
{
    double x = 1;
    if (array->data) lk_array_load(array, j->isa->f64, sizeof x, index, 1, &x);
    return x;
}

double lk_region_weigh(const lk_region_job *j, int64_t index, double value, int64_t kept,
                       lk_region_group *group)
{
    const double weight = number_of(j, &j->weight, index);
    const double upstream = number_of(j, &j->upstream, index);
    group->counts = kept > 0;
    group->value = kept > 0 ? value : 0;
    group->scale = j->scale * upstream * weight;
    group->alive = kept > 0 && weight != 0 && upstream != 0 && j->scale != 0;
    return weight == 0 || !group->counts ? 0 : weight * group->value;
}

void lk_region_store_value(const lk_region_job *j, int64_t index, double value)
{
    if (j->value.data) lk_array_store(&j->value, j->isa->f64, sizeof value, index, 1, &value);
}

/* ---- numbers outside the domain -----------------------------------------------------------------
 */

void lk_region_report_bad(lk_region_job *j, int64_t group)
{
    int64_t first = j->first_bad;
    while (group < first && !atomic_compare_exchange_weak(&j->first_bad, &first, group)) continue;
}

static int is_outside(const lk_domain *d, double x)
{
    if (d->kind == 2) return x != d->lowest && x != d->highest && !isnan(x);
    return x < d->lowest || x > d->highest;
}

/* The place of element e of a group in the tensor as the caller has it. */
static void place(const lk_region_job *j, int64_t group, int64_t e, char *text, size_t size)
{
    const lk_tensor *input = j->call->input;
    int64_t index = group * j->size + e;
    if (j->call->grouping == LK_PER_CLASS) {
        const int64_t inner = j->size / input->shape[0];
        index = (e / inner * j->groups + group) * inner + e % inner;
    }
    lk_place(input, index, text, size);
}

static lk_status complain(const lk_region_job *j, const char *what, const lk_domain *d,
                          int64_t group, int64_t e, double x)
{
    char at[200];
    place(j, group, e, at, sizeof at);
    if (d->kind == 2)
        return lk_fail(LK_OUT_OF_DOMAIN, "%s: %s%s = %g is neither %g nor %g", j->name, what, at, x,
                       d->lowest, d->highest);
    return lk_fail(LK_OUT_OF_DOMAIN, "%s: %s%s = %g is outside [%g, %g]%s", j->name, what, at, x,
                   d->lowest, d->highest,
                   d == &j->info->input_domain ? "; logits take logits = 1" : "");
}

lk_status lk_region_explain(const lk_region_job *j)
{
    const int element = j->real_width == sizeof(float) ? LK_ELEMENT_F32 : LK_ELEMENT_F64;
    const lk_domain reals = {-HUGE_VAL, HUGE_VAL, 0};
    const lk_domain *of_input = j->logits ? &reals : &j->info->input_domain;
    const lk_domain *of_target = &j->info->target_domain;
    const int64_t group = j->first_bad;
    double x[LK_CHUNK], t[LK_CHUNK];
    lk_region_chunk c;
    for (int64_t done = 0; done < j->size; done += LK_CHUNK) {
        const size_t n = j->size - done < LK_CHUNK ? (size_t)(j->size - done) : (size_t)LK_CHUNK;
        (void)lk_region_load(j, group * j->size + done, n, &c);
        j->isa->f64->load[element](n, c.input, 1, x);
        j->isa->f64->load[element](n, c.target, 1, t);
        for (size_t i = 0; i < n; i++) {
            const int64_t e = done + (int64_t)i;
            if (is_outside(of_target, t[i]))
                return complain(j, "target", of_target, group, e, t[i]);
            if (is_outside(of_input, x[i])) return complain(j, "input", of_input, group, e, x[i]);
        }
    }
    return lk_fail(LK_OUT_OF_DOMAIN, "%s: a number changed while it was read", j->name);
}
