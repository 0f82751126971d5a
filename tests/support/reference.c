#include "support/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/element_types.h"
#include "support/sample.h"

static const char *const output_names[OUTPUTS] = {"value", "gradient", "curvature",
                                                  "target_gradient", "auxiliary_gradient"};

unsigned possible_outputs(const lk_loss_info *info, lk_curvature mode)
{
    if (mode == LK_CURVATURE_FISHER && !info->fisher_tex) return 0;
    if (mode == LK_CURVATURE_UPPER && !info->upper_tex) return 0;
    return 1u << OUT_VALUE | 1u << OUT_GRADIENT | 1u << OUT_CURVATURE |
           (has_target_gradient(info) ? 1u << OUT_TARGET : 0) |
           (info->auxiliary_gradient_tex ? 1u << OUT_AUXILIARY : 0);
}

static void *array_of(int64_t n, int dtype)
{
    void *array = calloc((size_t)n + 1, element_width(dtype));
    assert_non_null(array);
    return array;
}

static void evaluate_alone(const pool *p, int64_t i, lk_curvature mode, unsigned wanted,
                           void *const *to)
{
    const int64_t at = i * (int64_t)element_width(p->dtype);
    static const int64_t one = 1;
    const lk_tensor x = lk_vector((char *)p->input + at, p->dtype, &one);
    const lk_tensor y = lk_vector((char *)p->target + at, p->dtype, &one);
    const lk_tensor a = lk_vector(p->auxiliary ? (char *)p->auxiliary + at : NULL, p->dtype, &one);
    lk_tensor out[OUTPUTS];
    lk_call c = LK_CALL_INIT;
    const lk_tensor **slots[OUTPUTS] = {&c.value, &c.gradient, &c.curvature, &c.target_gradient,
                                        &c.auxiliary_gradient};
    c.input = &x;
    c.target = &y;
    if (p->auxiliary) c.auxiliary = &a;
    c.reduction = LK_NONE;
    c.curvature_mode = mode;
    for (int k = 0; k < OUTPUTS; k++) {
        out[k] = lk_vector(to[k] ? (char *)to[k] + at : NULL, p->dtype, &one);
        if (wanted >> k & 1) *slots[k] = &out[k];
    }
    (void)lk_evaluate(p->loss, p->params, p->info->n_params, &c);
}

void pool_refresh(pool *p)
{
    void *const fisher[OUTPUTS] = {[OUT_CURVATURE] = p->jets[OUTPUTS]};
    void *const upper[OUTPUTS] = {[OUT_CURVATURE] = p->jets[OUTPUTS + 1]};
    for (int64_t i = 0; i < p->n; i++) {
        if (!in_domain(&p->info->target_domain, element_get(p->target, p->dtype, i))) continue;
        if (!in_domain(&p->info->input_domain, element_get(p->input, p->dtype, i))) continue;
        evaluate_alone(p, i, LK_CURVATURE_TRUE, possible_outputs(p->info, LK_CURVATURE_TRUE),
                       p->jets);
        if (p->info->fisher_tex)
            evaluate_alone(p, i, LK_CURVATURE_FISHER, 1u << OUT_CURVATURE, fisher);
        if (p->info->upper_tex)
            evaluate_alone(p, i, LK_CURVATURE_UPPER, 1u << OUT_CURVATURE, upper);
    }
}

pool *pool_new(lk_loss loss, int dtype, int64_t n, int auxiliary, uint64_t seed)
{
    pool *p = calloc(1, sizeof *p);
    assert_non_null(p);
    rng r = {seed + (uint64_t)loss};
    p->loss = loss;
    p->info = lk_loss_describe(loss);
    p->dtype = dtype;
    p->n = n;
    plain_params(p->info, p->params);
    p->input = array_of(n, dtype);
    p->target = array_of(n, dtype);
    p->weight = array_of(n, dtype);
    p->upstream = array_of(n, dtype);
    if (auxiliary && p->info->auxiliary) p->auxiliary = array_of(n, dtype);
    for (int k = 0; k < JETS; k++) p->jets[k] = array_of(n, dtype);
    for (int64_t i = 0; i < n; i++) {
        element_set(p->input, dtype, i, draw(&p->info->input_domain, &r, 16));
        element_set(p->target, dtype, i, draw(&p->info->target_domain, &r, 16));
        element_set(p->weight, dtype, i, (double)rng_below(&r, 4096) / 1000);
        element_set(p->upstream, dtype, i, (double)(rng_below(&r, 4096) - 2048) / 700);
        if (p->auxiliary)
            element_set(p->auxiliary, dtype, i, draw(&p->info->auxiliary_domain, &r, 16));
    }
    pool_refresh(p);
    return p;
}

void pool_free(pool *p)
{
    free(p->input);
    free(p->target);
    free(p->weight);
    free(p->upstream);
    free(p->auxiliary);
    for (int k = 0; k < JETS; k++) free(p->jets[k]);
    free(p);
}

outcome *outcome_new(int dtype, int64_t n)
{
    outcome *o = calloc(1, sizeof *o);
    assert_non_null(o);
    for (int k = 0; k < OUTPUTS; k++) o->out[k] = array_of(n, dtype);
    return o;
}

void outcome_free(outcome *o)
{
    for (int k = 0; k < OUTPUTS; k++) free(o->out[k]);
    free(o);
}

void outcome_reset(outcome *o, int dtype, int64_t n)
{
    for (int k = 0; k < OUTPUTS; k++)
        for (int64_t i = 0; i < n; i++)
            element_set(o->out[k], dtype, i, (double)((i + k) % 7 - 3) / 3);
    o->result = (lk_result){-1, -1, -1};
}

/* ---- the reference -------------------------------------------------------------------------- */

static double rounded(const pool *p, double x) { return p->dtype == LK_F32 ? (double)(float)x : x; }

/* One number, also as an array of one element, goes into the scale. */
static int upstream_of(const request *r, int64_t n)
{
    return r->upstream == 2 && n == 1 ? 1 : r->upstream;
}

/* Sixteen lanes in each task of 4096, then pairs of lanes and pairs of tasks. */
static double tree_sum(const double *x, int64_t n)
{
    double lanes[16] = {0};
    if (n > 4096) {
        int64_t half = 4096; /* the left subtree is a power of 2 of tasks */
        while (2 * half < n) half *= 2;
        return tree_sum(x, half) + tree_sum(x + half, n - half);
    }
    for (int64_t i = 0; i < n; i++) lanes[i % 16] += x[i];
    for (int step = 8; step > 0; step /= 2)
        for (int l = 0; l < step; l++) lanes[l] += lanes[l + step];
    return lanes[0];
}

static int is_ignored(const pool *p, const request *r, int64_t i)
{
    double target = element_get(p->target, p->dtype, i);
    if (!(r->flags & LK_IGNORE)) return 0;
    return isnan(r->ignore_target) ? isnan(target) : target == rounded(p, r->ignore_target);
}

static double weight_of(const pool *p, const request *r, int64_t i)
{
    if (is_ignored(p, r, i)) return 0;
    return r->weighted ? element_get(p->weight, p->dtype, i) : 1;
}

static double times(const pool *p, double x, double factor)
{
    return factor == 0 ? 0 : rounded(p, x * factor);
}

static void *jet_of_output(const pool *p, const request *r, int output)
{
    if (output != OUT_CURVATURE || r->mode == LK_CURVATURE_TRUE) return p->jets[output];
    return p->jets[r->mode == LK_CURVATURE_FISHER ? OUTPUTS : OUTPUTS + 1];
}

static double normalizer(const request *r, int64_t n, int64_t count, double weights)
{
    switch (r->reduction) {
    case LK_MEAN:
        return (double)count;
    case LK_WEIGHTED_MEAN:
        return weights;
    case LK_BATCH_MEAN:
        return count == 0 ? 0 : (double)(r->ndim ? r->shape[0] : n);
    default:
        return 1;
    }
}

static void expect_derivative(const pool *p, const request *r, int64_t n, int output, double scale,
                              outcome *o)
{
    const int factored = r->weighted || r->flags & LK_IGNORE || upstream_of(r, n) == 2;
    for (int64_t i = 0; i < n; i++) {
        double x = element_get(jet_of_output(p, r, output), p->dtype, i);
        if (output == OUT_CURVATURE && r->flags & LK_CURVATURE_FLOOR &&
            x < rounded(p, r->curvature_floor))
            x = rounded(p, r->curvature_floor);
        if (factored) {
            const double up = upstream_of(r, n) == 2 ? element_get(p->upstream, p->dtype, i) : 1;
            const double factor = rounded(p, up * rounded(p, scale));
            const int unit = !r->weighted && !(r->flags & LK_IGNORE);
            x = times(p, x, unit ? factor : times(p, factor, weight_of(p, r, i)));
        } else {
            x = rounded(p, x * rounded(p, scale));
        }
        if (r->flags & LK_ACCUMULATE) x = rounded(p, x + element_get(o->out[output], p->dtype, i));
        element_set(o->out[output], p->dtype, i, x);
    }
}

void expect(const pool *p, const request *r, int64_t n, outcome *o)
{
    double *values = calloc((size_t)n + 1, sizeof *values);
    double *weights = calloc((size_t)n + 1, sizeof *weights);
    int64_t count = 0;
    assert_true(values && weights);
    for (int64_t i = 0; i < n; i++) {
        count += !is_ignored(p, r, i);
        weights[i] = weight_of(p, r, i);
        values[i] = element_get(p->jets[OUT_VALUE], p->dtype, i);
        if (r->weighted || r->flags & LK_IGNORE) values[i] = times(p, values[i], weights[i]);
        if (r->outputs >> OUT_VALUE & 1) element_set(o->out[OUT_VALUE], p->dtype, i, values[i]);
    }
    const double divisor = normalizer(r, n, count, tree_sum(weights, n));
    const double up = upstream_of(r, n) == 1 ? element_get(p->upstream, p->dtype, 0) : 1;
    const double nothing = r->flags & LK_EMPTY_IS_NAN ? NAN : 0;
    for (int k = OUT_GRADIENT; k < OUTPUTS; k++)
        if (r->outputs >> k & 1) expect_derivative(p, r, n, k, divisor == 0 ? 0 : up / divisor, o);
    o->result = (lk_result){divisor == 0 ? nothing : tree_sum(values, n) / divisor, divisor, count};
    free(values);
    free(weights);
}

/* ---- the library ---------------------------------------------------------------------------- */

lk_status evaluate(const pool *p, const request *r, int64_t n, outcome *o)
{
    static const int64_t one = 1;
    const int32_t ndim = r->ndim ? r->ndim : 1;
    const int64_t *shape = r->ndim ? r->shape : &n;
    const lk_tensor x = lk_view(p->input, p->dtype, ndim, shape);
    const lk_tensor y = lk_view(p->target, p->dtype, ndim, shape);
    const lk_tensor a = lk_view(p->auxiliary, p->dtype, ndim, shape);
    const lk_tensor w = lk_view(p->weight, p->dtype, ndim, shape);
    const lk_tensor u = r->upstream == 1 ? lk_vector(p->upstream, p->dtype, &one)
                                         : lk_view(p->upstream, p->dtype, ndim, shape);
    lk_tensor out[OUTPUTS];
    lk_call c = LK_CALL_INIT;
    const lk_tensor **slots[OUTPUTS] = {&c.value, &c.gradient, &c.curvature, &c.target_gradient,
                                        &c.auxiliary_gradient};
    c.input = &x;
    c.target = &y;
    if (p->auxiliary) c.auxiliary = &a;
    if (r->weighted) c.weight = &w;
    if (r->upstream) c.upstream = &u;
    for (int k = 0; k < OUTPUTS; k++) {
        out[k] = lk_view(o->out[k], p->dtype, ndim, shape);
        if (r->outputs >> k & 1) *slots[k] = &out[k];
    }
    c.result = &o->result;
    c.reduction = r->reduction;
    c.curvature_mode = r->mode;
    c.flags = r->flags;
    c.ignore_target = r->ignore_target;
    c.curvature_floor = r->curvature_floor;
    return lk_evaluate(p->loss, p->params, p->info->n_params, &c);
}

static void compare_number(const pool *p, int64_t n, const char *name, double want, double got,
                           const char *what)
{
    if (!element_same(&want, 0, &got, 0, LK_F64))
        fail_msg("%s %s, %s, n = %lld: %s is %a, not %a", p->info->name, element_name(p->dtype),
                 what, (long long)n, name, got, want);
}

void compare(const pool *p, const request *r, int64_t n, const outcome *want, const outcome *got,
             const char *what)
{
    for (int k = 0; k < OUTPUTS; k++) {
        const int64_t at = first_difference(want->out[k], got->out[k], p->dtype, n);
        if (at < 0) continue;
        fail_msg("%s %s, %s, n = %lld, mode %d: %s[%lld] is %a, not %a", p->info->name,
                 element_name(p->dtype), what, (long long)n, (int)r->mode, output_names[k],
                 (long long)at, element_get(got->out[k], p->dtype, at),
                 element_get(want->out[k], p->dtype, at));
    }
    compare_number(p, n, "the result", want->result.value, got->result.value, what);
    compare_number(p, n, "the normalizer", want->result.normalizer, got->result.normalizer, what);
    compare_number(p, n, "the count", (double)want->result.count, (double)got->result.count, what);
}
