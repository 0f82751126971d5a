/* fuzz_families.c: any loss over rows, regions, features or sequences on small arrays of any
 * numbers, with any parameters, options, labels and missing arguments. Whatever comes back, no
 * memory but the outputs may be written, and a call that is refused says why. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "losskit.h"
#include "support/family_problem.h"

enum { LOSSES = 31, FIRST = LK_SOFTMAX };

typedef struct reader {
    const uint8_t *data;
    size_t size, at;
} reader;

static unsigned next(reader *r) { return r->at < r->size ? r->data[r->at++] : 0; }

static double next_number(reader *r)
{
    static const double special[] = {0, -0.0, 1, -1, 0.5, 1e-30, 1e30, -1e30, 3e38, 1e-44};
    const unsigned kind = next(r);
    double x;
    uint8_t bytes[sizeof x];
    if (kind < 10) return special[kind];
    if (kind == 10) return (double)NAN;
    if (kind < 13) return kind == 11 ? (double)INFINITY : -(double)INFINITY;
    if (kind < 200) return ((double)kind - 100) / 16;
    for (size_t k = 0; k < sizeof bytes; k++) bytes[k] = (uint8_t)next(r);
    memcpy(&x, bytes, sizeof x);
    return x;
}

static void change_options(problem *p, reader *r, double *params)
{
    lk_call *c = &p->call;
    c->reduction = (lk_reduction)(next(r) % 7);
    c->flags ^= next(r) & (p->info->kind == LK_KIND_SEQUENCE ? 63u : 31u) & ~2u;
    c->grouping = (lk_grouping)(next(r) % 6);
    c->class_axis = (int32_t)(next(r) % 4) - 1;
    c->ignore_index = (int64_t)(next(r) % 8) - 2;
    c->ignore_target = next_number(r);
    c->curvature_floor = next_number(r);
    for (int k = 0; k < p->info->n_params; k++) {
        const lk_parameter *about = &p->info->params[k];
        params[k] = next(r) % 2 ? about->preset : next_number(r);
    }
    for (int k = 0; k < LK_ARGUMENTS; k++)
        if (p->takes >> k & 1 && next(r) % 4 == 0) problem_drop(p, k);
    if (next(r) % 8 == 0) c->gradient = c->input;
}

static void change_data(problem *p, reader *r)
{
    for (unsigned n = next(r); n > 0; n--) {
        const int k = (int)(next(r) % LK_ARGUMENTS);
        if (!(p->takes >> k & 1) || is_output(k) || !p->count[k]) continue;
        const int64_t i = (int64_t)(next(r) % (uint64_t)p->count[k]);
        const double x = next_number(r);
        const int integers = p->tensor[k].dtype.code < 2, bytes = p->tensor[k].dtype.bits == 8;
        const double label = fabs(x) < 1e9 ? floor(x) : -3;
        problem_set(p, k, i, bytes ? x > 0 : integers ? label : x);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int dtypes[] = {LK_F32, LK_F64, LK_BF16, LK_F16};
    reader r = {data, size, 0};
    double params[LK_MAX_PARAMS];
    const lk_loss id = (lk_loss)(FIRST + (int)(next(&r) % LOSSES));
    const int dtype = dtypes[next(&r) % 4];
    const int64_t rows = (int64_t)(next(&r) % 20), classes = 1 + (int64_t)(next(&r) % 130);
    problem *p = problem_new(id, dtype, rows, classes, 1 + (int64_t)(next(&r) % 20), 7, -77);
    lk_set_num_threads(1);
    change_options(p, &r, params);
    change_data(p, &r);
    const lk_status status = lk_evaluate(id, params, p->info->n_params, &p->call);
    if (status && !strlen(lk_last_error())) abort();
    problem_free(p);
    return 0;
}
