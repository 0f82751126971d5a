#include "support/family_problem.h"

#include <stdlib.h>

#include "support/element_types.h"

enum { MOST_IDS = 64, SPATIAL = 16 };

lk_loss next_family_loss(lk_loss id)
{
    for (int k = (int)id + 1; k < MOST_IDS; k++) {
        const lk_loss_info *info = lk_loss_describe((lk_loss)k);
        if (info && info->kind != LK_KIND_POINTWISE) return (lk_loss)k;
    }
    return (lk_loss)0;
}

int is_output(int argument) { return argument >= LK_ARG_VALUE; }

static int takes_labels(const problem *p)
{
    if (p->info->kind == LK_KIND_REGION) return 0;
    return p->id != LK_KL_DIVERGENCE && p->id != LK_JS_DIVERGENCE;
}

static int is_function(const problem *p) { return p->id == LK_SOFTMAX || p->id == LK_LOG_SOFTMAX; }

static int takes(const problem *p, int k) { return (int)(p->takes >> k & 1); }

/* Integers of every type that is one. */
static int dtype_for(const problem *p, int k)
{
    switch (k) {
    case LK_ARG_TARGET:
        return takes_labels(p) ? LK_I64 : p->dtype;
    case LK_ARG_INPUT_LENGTHS:
    case LK_ARG_HYPOTHESES:
        return LK_I32;
    case LK_ARG_TARGET_LENGTHS:
        return LK_I64;
    case LK_ARG_HYPOTHESIS_LENGTHS:
    case LK_ARG_MASK:
        return LK_U8;
    default:
        return p->dtype;
    }
}

static void set_shape(problem *p, int k, int ndim, int64_t a, int64_t b, int64_t c)
{
    const int64_t shape[PROBLEM_DIMS] = {a, b, c};
    p->count[k] = 1;
    for (int d = 0; d < ndim; d++) p->count[k] *= p->shape[k][d] = shape[d];
    const int dtype = dtype_for(p, k);
    p->data[k] = malloc((size_t)(p->count[k] + 1) * element_width(dtype));
    p->tensor[k] = lk_view(p->data[k], dtype, ndim, p->shape[k]);
}

/* Labels of the longest target: with all of them equal it still has a path in half the frames. */
static int64_t most_labels(const problem *p) { return (p->dims + 3) / 4; }

/* Sequences first, so that the numbers of each lie together. Of lists the classes are the
 * hypotheses and the dimensions their tokens. */
static void shape_sequence(problem *p, int k)
{
    const int64_t n = p->rows, c = p->classes, d = p->dims;
    const int is_list = takes(p, LK_ARG_HYPOTHESES);
    switch (k) {
    case LK_ARG_TARGET:
        set_shape(p, k, 2, n, most_labels(p), 0);
        break;
    case LK_ARG_HYPOTHESES:
        set_shape(p, k, 3, n, c, d);
        break;
    case LK_ARG_HYPOTHESIS_LENGTHS:
        set_shape(p, k, 2, n, c, 0);
        break;
    case LK_ARG_INPUT:
    case LK_ARG_GRADIENT:
    case LK_ARG_CURVATURE:
        if (is_list)
            set_shape(p, k, 2, n, c, 0);
        else
            set_shape(p, k, 3, n, d, c);
        break;
    default:
        set_shape(p, k, 1, n, 0, 0);
    }
}

static void shape_argument(problem *p, int k)
{
    if (p->info->kind == LK_KIND_SEQUENCE) {
        shape_sequence(p, k);
        return;
    }
    const int64_t n = p->rows, c = p->classes, d = p->dims;
    const lk_argument *a = lk_argument_describe((lk_argument_id)k);
    const int like = a->output ? (int)a->like : k;
    const int unit = k == LK_ARG_WEIGHT || k == LK_ARG_UPSTREAM || k == LK_ARG_VALUE ||
                     (k == LK_ARG_TARGET && takes_labels(p));
    if (unit && !(is_function(p) && k != LK_ARG_WEIGHT))
        set_shape(p, k, 1, n, 0, 0);
    else if (like == LK_ARG_CLASS_WEIGHT || like == LK_ARG_BIAS)
        set_shape(p, k, 1, c, 0, 0);
    else if (like == LK_ARG_WEIGHTS || like == LK_ARG_CENTERS)
        set_shape(p, k, 2, c, d, 0);
    else if (p->info->kind == LK_KIND_ROWS)
        set_shape(p, k, 2, n, c, 0);
    else if (p->info->kind == LK_KIND_REGION)
        set_shape(p, k, 3, n, c, SPATIAL);
    else
        set_shape(p, k, 2, n, d, 0);
}

/* Numbers that suit the argument. */
static double draw_number(const problem *p, int k, rng *r)
{
    const double any = (double)rng_below(r, 65) / 16 - 2;
    const int region = p->info->kind == LK_KIND_REGION;
    if (k == LK_ARG_TARGET && p->id == LK_COSINE_EMBEDDING) return rng_below(r, 2) ? 1 : -1;
    if (k == LK_ARG_TARGET && (region || p->id == LK_CONTRASTIVE)) return (double)rng_below(r, 2);
    if (p->id == LK_CTC && k == LK_ARG_TARGET && p->classes > 1)
        return (double)(1 + rng_below(r, p->classes - 1)); /* 0 is the blank */
    if (k == LK_ARG_TARGET && takes_labels(p)) return (double)rng_below(r, p->classes);
    if (k == LK_ARG_HYPOTHESES) return (double)rng_below(r, 4);
    if (k == LK_ARG_HYPOTHESIS_LENGTHS) return (double)rng_below(r, p->dims + 1);
    if (k == LK_ARG_TARGET_LENGTHS) return (double)rng_below(r, most_labels(p) + 1);
    if (k == LK_ARG_INPUT_LENGTHS)
        return (double)((p->dims + 1) / 2 + (int64_t)rng_below(r, p->dims / 2 + 1));
    if (k == LK_ARG_MASK) return rng_below(r, 8) != 0;
    if (k == LK_ARG_TARGET || k == LK_ARG_WEIGHT || k == LK_ARG_CLASS_WEIGHT ||
        (k == LK_ARG_INPUT && region))
        return (double)(rng_below(r, 15) + 1) / 16;
    return any;
}

static void attach(problem *p, int k, const lk_tensor *tensor)
{
    const size_t offset = lk_argument_describe((lk_argument_id)k)->offset;
    *(const lk_tensor **)(void *)((char *)&p->call + offset) = tensor;
}

problem *problem_new(lk_loss id, int dtype, int64_t rows, int64_t classes, int64_t dims,
                     uint64_t seed, double filling)
{
    problem *p = calloc(1, sizeof *p);
    const lk_call call = LK_CALL_INIT;
    rng r = {seed};
    if (!p) abort();
    p->id = id;
    p->info = lk_loss_describe(id);
    p->takes = lk_loss_takes(id, &p->needs);
    if (takes_labels(p)) p->takes &= ~(1u << LK_ARG_TARGET_GRADIENT);
    p->dtype = dtype;
    p->rows = rows;
    p->classes = classes;
    p->dims = dims;
    p->call = call;
    p->call.result = &p->result;
    if (takes(p, LK_ARG_INPUT_LENGTHS)) p->call.flags |= LK_BATCH_FIRST;
    for (int k = 0; k < LK_ARGUMENTS; k++) {
        if (!(p->takes >> k & 1)) continue;
        shape_argument(p, k);
        for (int64_t i = 0; i < p->count[k]; i++)
            problem_set(p, k, i, is_output(k) ? filling : draw_number(p, k, &r));
        attach(p, k, &p->tensor[k]);
    }
    return p;
}

void problem_free(problem *p)
{
    for (int k = 0; k < LK_ARGUMENTS; k++) free(p->data[k]);
    free(p);
}

lk_status problem_run(problem *p) { return lk_evaluate(p->id, NULL, 0, &p->call); }

static int dtype_of(const problem *p, int k)
{
    return p->tensor[k].dtype.code << 8 | p->tensor[k].dtype.bits;
}

double problem_get(const problem *p, int k, int64_t i)
{
    return element_get(p->data[k], dtype_of(p, k), i);
}

void problem_set(problem *p, int k, int64_t i, double x)
{
    element_set(p->data[k], dtype_of(p, k), i, x);
}

void problem_drop(problem *p, int k) { attach(p, k, NULL); }
