#include "support/view.h"

#include <stdlib.h>
#include <string.h>

#include "support/element_types.h"

enum { POISON = 0xa5 };

static void shuffle(int *order, int n, rng *r)
{
    for (int k = 0; k < n; k++) order[k] = k;
    for (int k = n - 1; k > 0; k--) {
        const int other = (int)rng_below(r, k + 1), old = order[k];
        order[k] = order[other];
        order[other] = old;
    }
}

/* Strides of the axes from the innermost out; returns the elements that they span. */
static int64_t lay_out(view *v, int32_t ndim, enum view_layout layout, rng *r)
{
    int order[VIEW_DIMS];
    int64_t step = 1;
    for (int k = 0; k < ndim; k++) order[k] = ndim - 1 - k;
    if (layout == VIEW_RANDOM) {
        shuffle(order, ndim, r);
        step = 1 + rng_below(r, 3);
    }
    for (int k = 0; k < ndim; k++) {
        const int d = order[k], backwards = layout == VIEW_RANDOM && rng_below(r, 2);
        v->strides[d] = backwards ? -step : step;
        step *= v->shape[d] > 0 ? v->shape[d] : 1;
        if (layout == VIEW_RANDOM) step += rng_below(r, 3);
    }
    return step;
}

void view_make(view *v, int dtype, int32_t ndim, const int64_t *shape, enum view_layout layout,
               rng *r)
{
    const int64_t width = (int64_t)element_width(dtype);
    v->dtype = dtype;
    v->before = NULL;
    for (int d = 0; d < ndim; d++) v->shape[d] = shape[d];
    const int64_t span = lay_out(v, ndim, layout, r);
    const int64_t lead = layout == VIEW_RANDOM ? rng_below(r, 9) : 0;
    v->size = (size_t)((span + lead) * width);
    v->memory = malloc(v->size);
    if (!v->memory) abort();
    memset(v->memory, POISON, v->size);
    int64_t first = lead;
    for (int d = 0; d < ndim; d++)
        if (v->strides[d] < 0 && shape[d] > 0) first -= v->strides[d] * (shape[d] - 1);
    v->tensor = lk_view(v->memory, dtype, ndim, v->shape);
    if (layout == VIEW_PLAIN) return;
    v->tensor.strides = v->strides;
    v->tensor.byte_offset = (uint64_t)(first * width);
    if (rng_below(r, 2)) {
        v->tensor.data = v->memory + first * width;
        v->tensor.byte_offset = 0;
    }
}

void view_free(view *v)
{
    free(v->memory);
    free(v->before);
    v->memory = v->before = NULL;
}

int64_t view_count(const view *v)
{
    int64_t n = 1;
    for (int d = 0; d < v->tensor.ndim; d++) n *= v->shape[d];
    return n;
}

void *view_at(const view *v, int64_t index)
{
    int64_t at = 0;
    for (int d = v->tensor.ndim - 1; d >= 0; d--) {
        at += index % v->shape[d] * v->strides[d];
        index /= v->shape[d];
    }
    return (char *)v->tensor.data + v->tensor.byte_offset + at * (int64_t)element_width(v->dtype);
}

double view_get(const view *v, int64_t index)
{
    return element_get(view_at(v, index), v->dtype, 0);
}

void view_set(view *v, int64_t index, double x) { element_set(view_at(v, index), v->dtype, 0, x); }

void view_remember(view *v)
{
    free(v->before);
    v->before = malloc(v->size);
    if (!v->before) abort();
    memcpy(v->before, v->memory, v->size);
}

int view_changed(const view *v) { return memcmp(v->memory, v->before, v->size) != 0; }

int view_gaps_changed(const view *v)
{
    unsigned char *now = malloc(v->size);
    if (!now) abort();
    memcpy(now, v->memory, v->size);
    for (int64_t i = view_count(v) - 1; i >= 0; i--) {
        const size_t at = (size_t)((unsigned char *)view_at(v, i) - v->memory);
        memcpy(now + at, v->before + at, element_width(v->dtype));
    }
    const int changed = memcmp(now, v->before, v->size) != 0;
    free(now);
    return changed;
}
