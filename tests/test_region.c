/* test_region.c: losses over regions are what they are defined to be: values against a brute force
 * in long double, derivatives against differences of it, in every grouping, with masks, ignored
 * targets, weights, upstream gradients and every reduction. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "losskit.h"
#include "support/region_truth.h"
#include "support/rng.h"

enum { N = 3, C = 2, H = 4, W = 5, ALL = N * C * H * W, DIMS = 4, IGNORED = 255 };

static const int64_t shape[DIMS] = {N, C, H, W};

typedef struct loss_case {
    lk_loss loss;
    double params[LK_MAX_PARAMS];
} loss_case;

static const loss_case cases[] = {
    {LK_DICE, {1, 1, 0}},
    {LK_DICE, {1, 1, 1}},
    {LK_DICE, {0.3, 2, 0}},
    {LK_DICE, {0, 2, 1}},
    {LK_TVERSKY, {0.5, 0.5, 1, 0}},
    {LK_TVERSKY, {0.3, 0.8, 0.1, 1}},
    {LK_TVERSKY, {0, 1, 0.5, 0}},
    {LK_FOCAL_TVERSKY, {0.5, 0.5, 4.0 / 3, 1, 0}},
    {LK_FOCAL_TVERSKY, {0.7, 0.2, 0.75, 1, 1}},
    {LK_FOCAL_TVERSKY, {0.7, 0.2, 1, 1, 1}},
    {LK_JACCARD, {1, 0}},
    {LK_JACCARD, {0.01, 1}},
    {LK_LOVASZ_HINGE, {0}},
    {LK_L1_NORM, {0}},
    {LK_L2_NORM, {0}},
};
enum { CASES = sizeof cases / sizeof *cases };

typedef struct scene {
    double input[ALL], target[ALL], mask[ALL], gradient[ALL], curvature[ALL], target_gradient[ALL];
    double weight[ALL], upstream[ALL], value[ALL];
    int64_t group_shape[DIMS];
    lk_tensor tensors[9];
    lk_call call;
    lk_result result;
} scene;

static double unit(rng *r) { return (double)(rng_next(r) >> 11) * 0x1p-53; }

static int has_logits(const loss_case *k)
{
    const lk_loss_info *info = lk_loss_describe(k->loss);
    for (int i = 0; i < info->n_params; i++)
        if (!strcmp(info->params[i].name, "logits")) return k->params[i] != 0;
    return 1;
}

static void fill(scene *s, const loss_case *k, rng *r)
{
    for (int i = 0; i < ALL; i++) {
        s->input[i] = has_logits(k) ? 4 * unit(r) - 2 : 0.01 + 0.98 * unit(r);
        s->target[i] = k->loss == LK_LOVASZ_HINGE || i % 3 ? (double)(rng_next(r) & 1) : unit(r);
        s->mask[i] = (double)(rng_next(r) % 4 != 0) * (1 + unit(r));
        s->weight[i] = i == 1 ? 0 : 0.5 + unit(r);
        s->upstream[i] = 2 * unit(r) - 1;
    }
}

static void open_call(scene *s, lk_grouping grouping)
{
    static const int32_t ndims[] = {1, 0, 1, 2, 3};
    const int64_t groups[][3] = {{N}, {0}, {C}, {N, C}, {N, C, H}};
    const lk_call blank = LK_CALL_INIT;
    double *const elements[] = {s->input,    s->target,    s->mask,
                                s->gradient, s->curvature, s->target_gradient};
    double *const units[] = {s->weight, s->upstream, s->value};
    for (int d = 0; d < 3; d++) s->group_shape[d] = groups[grouping][d];
    for (int t = 0; t < 6; t++) s->tensors[t] = lk_view(elements[t], LK_F64, DIMS, shape);
    for (int t = 0; t < 3; t++)
        s->tensors[6 + t] = lk_view(units[t], LK_F64, ndims[grouping], s->group_shape);
    s->call = blank;
    s->call.input = &s->tensors[0];
    s->call.target = &s->tensors[1];
    s->call.gradient = &s->tensors[3];
    s->call.curvature = &s->tensors[4];
    s->call.value = &s->tensors[8];
    s->call.result = &s->result;
    s->call.grouping = grouping;
}

static int takes_part(const scene *s, int64_t i)
{
    const int ignored = s->call.flags & LK_IGNORE && s->target[i] == s->call.ignore_target;
    return !ignored && (!s->call.mask || s->mask[i] != 0);
}

/* The loss of a group with element `moved` of the input (or target) moved by `by`. */
static long double truth(const scene *s, const loss_case *k, int64_t group, int64_t moved,
                         long double by, int of_target, size_t *kept)
{
    long double x[ALL], g[ALL];
    size_t n = 0;
    for (int64_t i = 0; i < ALL; i++) {
        if (region_group_of(s->call.grouping, DIMS, shape, i) != group || !takes_part(s, i))
            continue;
        x[n] = (long double)s->input[i] + (i == moved && !of_target ? by : 0);
        g[n++] = (long double)s->target[i] + (i == moved && of_target ? by : 0);
    }
    if (kept) *kept = n;
    return region_truth(k->loss, k->params, n, x, s->call.target ? g : NULL);
}

static void near(const loss_case *k, const char *what, int64_t i, double x, long double y,
                 double tolerance)
{
    if (fabsl((long double)x - y) <= tolerance) return;
    fail_msg("%s of %s in grouping, element %lld: %.12g, not %.12Lg", what,
             lk_loss_describe(k->loss)->name, (long long)i, x, y);
}

static void check_elements(const scene *s, const loss_case *k, const long double *scale)
{
    for (int64_t i = 0; i < ALL; i++) {
        const int64_t group = region_group_of(s->call.grouping, DIMS, shape, i);
        const long double h = 1e-4L, f = takes_part(s, i) ? scale[group] : 0;
        const long double up = truth(s, k, group, i, h, 0, NULL);
        const long double mid = truth(s, k, group, i, 0, 0, NULL);
        const long double down = truth(s, k, group, i, -h, 0, NULL);
        near(k, "gradient", i, s->gradient[i], f * (up - down) / (2 * h), 2e-7);
        if (k->loss != LK_LOVASZ_HINGE && k->loss != LK_L1_NORM)
            near(k, "curvature", i, s->curvature[i], f * (up - 2 * mid + down) / (h * h), 2e-6);
        else
            near(k, "curvature", i, s->curvature[i], 0, 0);
        if (!s->call.target_gradient) continue;
        const long double more = truth(s, k, group, i, h, 1, NULL);
        const long double less = truth(s, k, group, i, -h, 1, NULL);
        near(k, "target gradient", i, s->target_gradient[i], f * (more - less) / (2 * h), 2e-7);
    }
}

static void check_call(scene *s, const loss_case *k)
{
    const lk_call *c = &s->call;
    const int64_t groups = region_groups(c->grouping, DIMS, shape);
    const int n_params = lk_loss_describe(k->loss)->n_params;
    long double sum = 0, weights = 0, divisor, scale[ALL];
    int64_t count = 0;
    if (lk_evaluate(k->loss, n_params ? k->params : NULL, n_params, c))
        fail_msg("%s", lk_last_error());
    for (int64_t g = 0; g < groups; g++) {
        size_t kept;
        const long double v = truth(s, k, g, -1, 0, 0, &kept), w = c->weight ? s->weight[g] : 1;
        near(k, "value", g, s->value[g], kept ? w * v : 0, 1e-13);
        scale[g] = (c->upstream ? s->upstream[g] : 1) * w;
        if (!kept) continue;
        sum += w * v;
        weights += w;
        count++;
    }
    divisor = c->reduction == LK_MEAN            ? (long double)count
              : c->reduction == LK_BATCH_MEAN    ? N
              : c->reduction == LK_WEIGHTED_MEAN ? weights
                                                 : 1;
    for (int64_t g = 0; g < groups; g++) scale[g] = divisor == 0 ? 0 : scale[g] / divisor;
    near(k, "result", -1, s->result.value, divisor == 0 ? 0 : sum / divisor, 1e-13);
    near(k, "normalizer", -1, s->result.normalizer, divisor, 1e-13);
    assert_int_equal(s->result.count, count);
    check_elements(s, k, scale);
}

/* Some targets, and all of the last class of the first sample. */
static void ignore_some(scene *s)
{
    for (int i = 0; i < ALL; i++)
        if (i % 7 == 2 || (i >= H * W && i < 2 * H * W)) s->target[i] = IGNORED;
    s->call.flags |= LK_IGNORE;
    s->call.ignore_target = IGNORED;
}

static void mask_some(scene *s)
{
    for (int i = 0; i < 2 * W; i++) s->mask[i] = 0;
    for (int i = 0; i < ALL; i++)
        if (s->mask[i] == 0) s->target[i] = -7; /* not read */
    s->call.mask = &s->tensors[2];
}

static void test_every_grouping(void **state)
{
    static scene s;
    rng r = {7};
    (void)state;
    for (size_t k = 0; k < CASES; k++)
        for (int grouping = LK_PER_SAMPLE; grouping <= LK_PER_ROW; grouping++)
            for (int options = 0; options < 4; options++) {
                fill(&s, &cases[k], &r);
                open_call(&s, (lk_grouping)grouping);
                s.call.reduction = (lk_reduction)((grouping + options + (int)k) % 5);
                if (options & 1) ignore_some(&s);
                if (options & 2) mask_some(&s);
                if (options) s.call.weight = &s.tensors[6];
                if (options != 2) s.call.upstream = &s.tensors[7];
                if (cases[k].loss != LK_LOVASZ_HINGE) s.call.target_gradient = &s.tensors[5];
                check_call(&s, &cases[k]);
            }
}

static void test_norms_without_target(void **state)
{
    static scene s;
    static const loss_case norms[] = {{LK_L1_NORM, {0}}, {LK_L2_NORM, {0}}};
    rng r = {8};
    (void)state;
    for (int k = 0; k < 2; k++) {
        fill(&s, &norms[k], &r);
        open_call(&s, LK_PER_ROW);
        s.call.target = NULL;
        check_call(&s, &norms[k]);
        mask_some(&s);
        check_call(&s, &norms[k]);
    }
}

/* 1 - dice = 2 J / (1 + J) when the smoothing of J is half of that of dice; tversky is both. */
static void test_identities(void **state)
{
    static scene s;
    rng r = {9};
    (void)state;
    fill(&s, &cases[0], &r);
    open_call(&s, LK_PER_ROW);
    double dice[N * C * H], gradient[ALL], tversky[N * C * H];
    assert_int_equal(lk_dice(&s.call, 3, 1, 0), LK_OK);
    memcpy(dice, s.value, sizeof dice);
    memcpy(gradient, s.gradient, sizeof gradient);
    assert_int_equal(lk_tversky(&s.call, 0.5, 0.5, 1.5, 0), LK_OK);
    memcpy(tversky, s.value, sizeof tversky);
    for (int i = 0; i < ALL; i++) assert_true(fabs(gradient[i] - s.gradient[i]) <= 1e-15);
    assert_int_equal(lk_jaccard(&s.call, 1.5, 0), LK_OK);
    for (int g = 0; g < N * C * H; g++) {
        const double j = 1 - s.value[g];
        assert_true(dice[g] > 0.01 && dice[g] < 1);
        assert_true(fabs(1 - dice[g] - 2 * j / (1 + j)) <= 1e-14);
        assert_true(fabs(dice[g] - tversky[g]) <= 1e-15);
    }
    memcpy(dice, s.value, sizeof dice);
    assert_int_equal(lk_focal_tversky(&s.call, 1, 1, 2, 1.5, 0), LK_OK);
    for (int g = 0; g < N * C * H; g++) assert_true(fabs(dice[g] * dice[g] - s.value[g]) <= 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_grouping),
        cmocka_unit_test(test_norms_without_target),
        cmocka_unit_test(test_identities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
