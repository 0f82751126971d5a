/* test_engine.c: the engine against the slow reference, bit for bit: reductions, weights, upstream
 * gradient, accumulation, outputs, curvature modes, labels, ignored elements, nothing at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/element_types.h"
#include "support/reference.h"
#include "support/sample.h"

enum { SMALL = 67, MANY = 8197, LARGE = 100003, ALL = -1 };

static const int dtypes[] = {LK_F32, LK_F64};
static const int64_t sizes[] = {511, 512, 513, 4095, 4096, 4097, MANY};

typedef void on_pool(pool *p, outcome *want, outcome *got);

/* Every loss in both computation types, and with the third input as a number and as an array. */
static void for_each_pool(int64_t n, uint64_t seed, on_pool *body)
{
    FOR_EACH_LOSS(id)
    for (int k = 0; k < 2; k++)
        for (int auxiliary = 0; auxiliary < 2; auxiliary++) {
            const lk_loss_info *info = lk_loss_describe(id);
            if (info->auxiliary ? !auxiliary && info->auxiliary_param < 0 : auxiliary) continue;
            pool *p = pool_new(id, dtypes[k], n, auxiliary, seed);
            outcome *want = outcome_new(dtypes[k], n), *got = outcome_new(dtypes[k], n);
            body(p, want, got);
            outcome_free(want);
            outcome_free(got);
            pool_free(p);
        }
}

static void check(const pool *p, request r, int64_t n, outcome *want, outcome *got,
                  const char *what)
{
    const unsigned possible = possible_outputs(p->info, r.mode);
    if (!possible) return;
    r.outputs &= possible;
    outcome_reset(want, p->dtype, n);
    outcome_reset(got, p->dtype, n);
    expect(p, &r, n, want);
    const lk_status status = evaluate(p, &r, n, got);
    if (status) fail_msg("%s, n = %lld: %s", what, (long long)n, lk_last_error());
    compare(p, &r, n, want, got, what);
}

static void check_sizes(const pool *p, request r, outcome *want, outcome *got, const char *what)
{
    for (int64_t n = 0; n <= SMALL; n++) check(p, r, n, want, got, what);
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
        if (sizes[k] <= p->n) check(p, r, sizes[k], want, got, what);
}

/* The data vary, and so does what comes out: a comparison of constants would prove nothing. */
static void vary(pool *p, outcome *want, outcome *got)
{
    (void)want, (void)got;
    const void *const arrays[] = {p->input, p->weight, p->upstream, p->jets[OUT_VALUE]};
    const int fewest[] = {20, 500, 500, 2};
    for (int k = 0; k < 4; k++) {
        int different = 0;
        for (int64_t i = 1; i < p->n; i++)
            different += !element_same(arrays[k], 0, arrays[k], i, p->dtype);
        assert_true(different >= fewest[k]);
    }
}
static void test_data_vary(void **state)
{
    (void)state;
    for_each_pool(1000, 1, vary);
}

static void reductions(pool *p, outcome *want, outcome *got)
{
    static const char *const names[] = {"mean", "sum", "none", "batch mean", "weighted mean"};
    for (int k = LK_MEAN; k <= LK_WEIGHTED_MEAN; k++) {
        request r = {.reduction = (lk_reduction)k, .outputs = 7};
        check_sizes(p, r, want, got, names[k]);
        r.weighted = 1;
        r.outputs = (unsigned)ALL;
        check(p, r, SMALL, want, got, names[k]);
        check(p, r, 4097, want, got, names[k]);
    }
}
static void test_reductions(void **state)
{
    (void)state;
    for_each_pool(MANY, 2, reductions);
}

static void combinations(pool *p, outcome *want, outcome *got)
{
    for (int weighted = 0; weighted < 2; weighted++)
        for (int upstream = 0; upstream < 3; upstream++)
            for (uint32_t flags = 0; flags < 2; flags++) {
                const request r = {.flags = flags,
                                   .weighted = weighted,
                                   .upstream = upstream,
                                   .outputs = (unsigned)ALL};
                check_sizes(p, r, want, got, "weight, upstream and accumulation");
            }
}
static void test_upstream_and_accumulation(void **state)
{
    (void)state;
    for_each_pool(513, 3, combinations);
}

/* A weight of 0 contributes exactly 0, also for a loss that is infinite or not a number. */
static void zero_weights(pool *p, outcome *want, outcome *got)
{
    for (int64_t i = 0; i < p->n; i += 3) {
        const double odd[] = {NAN, INFINITY, -INFINITY, 1e38};
        element_set(p->weight, p->dtype, i, i % 2 ? -0.0 : 0.0);
        if (in_domain(&p->info->input_domain, odd[i / 3 % 4]))
            element_set(p->input, p->dtype, i, odd[i / 3 % 4]);
    }
    pool_refresh(p);
    const request r = {.reduction = LK_WEIGHTED_MEAN, .weighted = 1, .outputs = (unsigned)ALL};
    check_sizes(p, r, want, got, "weights of 0");
    assert_true(isfinite(got->result.value));
    for (int64_t i = 0; i < p->n; i += 3)
        for (int k = 0; k < OUTPUTS; k++)
            if (possible_outputs(p->info, r.mode) >> k & 1)
                assert_true(element_get(got->out[k], p->dtype, i) == 0);
}
static void test_zero_weights(void **state)
{
    (void)state;
    for_each_pool(513, 4, zero_weights);
}

/* What is not asked for must not change the rest. */
static void subsets(pool *p, outcome *want, outcome *got)
{
    for (int mode = LK_CURVATURE_TRUE; mode <= LK_CURVATURE_UPPER; mode++)
        for (unsigned outputs = 0; outputs < 1u << OUTPUTS; outputs++)
            for (int weighted = 0; weighted < 2; weighted++) {
                const request r = {
                    .mode = (lk_curvature)mode, .weighted = weighted, .outputs = outputs};
                check(p, r, SMALL, want, got, "a choice of outputs");
                check(p, r, 517, want, got, "a choice of outputs");
            }
}
static void test_choice_of_outputs(void **state)
{
    (void)state;
    for_each_pool(517, 5, subsets);
}

static void curvatures(pool *p, outcome *want, outcome *got)
{
    const double floors[] = {-1, 0, 1e-3, 0.1, 1e300};
    for (int mode = LK_CURVATURE_TRUE; mode <= LK_CURVATURE_UPPER; mode++)
        for (int k = -1; k < 5; k++) {
            request r = {.mode = (lk_curvature)mode, .outputs = 7, .upstream = 1};
            if (k >= 0) r.flags = LK_CURVATURE_FLOOR, r.curvature_floor = floors[k];
            check(p, r, SMALL, want, got, "curvature floor");
            r.weighted = 1;
            check(p, r, p->n, want, got, "curvature floor");
        }
}
static void test_curvature_modes_and_floor(void **state)
{
    (void)state;
    for_each_pool(1031, 6, curvatures);
}

static void labels_01(pool *p, outcome *want, outcome *got)
{
    if (!(p->info->traits & LK_MARGIN_BASED)) return;
    const request plain = {.outputs = 7}, labels = {.outputs = 7, .flags = LK_LABELS_01};
    outcome_reset(want, p->dtype, p->n);
    outcome_reset(got, p->dtype, p->n);
    expect(p, &plain, p->n, want);
    for (int64_t i = 0; i < p->n; i++)
        element_set(p->target, p->dtype, i, element_get(p->target, p->dtype, i) > 0);
    assert_int_equal(evaluate(p, &labels, p->n, got), LK_OK);
    compare(p, &labels, p->n, want, got, "labels 0 and 1");
}
static void test_labels_01(void **state)
{
    (void)state;
    for_each_pool(531, 7, labels_01);
}

/* Whatever an ignored element holds has no effect, also numbers outside the domains. */
static void ignored(pool *p, outcome *want, outcome *got)
{
    const double marks[] = {-100, NAN, 0.1}; /* 0.1 is rounded to the computation type */
    for (int k = 0; k < 3; k++) {
        for (int64_t i = k; i < p->n; i += 5) {
            element_set(p->target, p->dtype, i, marks[k]);
            element_set(p->input, p->dtype, i, i % 2 ? NAN : -1e30);
            if (p->auxiliary) element_set(p->auxiliary, p->dtype, i, -1e30);
        }
        if (k == 0) pool_refresh(p);
        for (int reduction = LK_MEAN; reduction <= LK_WEIGHTED_MEAN; reduction++)
            for (int weighted = 0; weighted < 2; weighted++) {
                const request r = {.reduction = (lk_reduction)reduction,
                                   .flags = LK_IGNORE,
                                   .ignore_target = marks[k],
                                   .weighted = weighted,
                                   .upstream = 2 * weighted,
                                   .outputs = (unsigned)ALL};
                check_sizes(p, r, want, got, "ignored elements");
            }
        for (int64_t i = k; i < p->n; i += 5) { /* for the next mark: the first of each group */
            element_set(p->target, p->dtype, i, element_get(p->target, p->dtype, 4));
            element_set(p->input, p->dtype, i, element_get(p->input, p->dtype, 4));
            if (p->auxiliary)
                element_set(p->auxiliary, p->dtype, i, element_get(p->auxiliary, p->dtype, 4));
        }
        pool_refresh(p);
    }
}
static void test_ignored_elements(void **state)
{
    (void)state;
    for_each_pool(1031, 8, ignored);
}

/* Of nothing: value 0 or NaN as asked, count 0, gradients 0, an accumulator as it was. */
static void nothing(pool *p, outcome *want, outcome *got)
{
    for (int64_t i = 0; i < p->n; i++) element_set(p->target, p->dtype, i, -100);
    for (int reduction = LK_MEAN; reduction <= LK_WEIGHTED_MEAN; reduction++)
        for (uint32_t flags = 0; flags < 4; flags++) {
            const int mean = reduction != LK_SUM && reduction != LK_NONE;
            const int nan = flags & 1 && mean;
            request r = {.reduction = (lk_reduction)reduction,
                         .flags = (flags & 1 ? (uint32_t)LK_EMPTY_IS_NAN : 0u) |
                                  (flags & 2 ? (uint32_t)LK_ACCUMULATE : 0u),
                         .outputs = (unsigned)ALL};
            for (int64_t n = 0; n <= p->n; n += p->n, r.flags |= LK_IGNORE) {
                r.ignore_target = -100;
                check(p, r, n, want, got, "nothing");
                assert_int_equal(got->result.count, 0);
                assert_true(got->result.normalizer == (mean ? 0 : 1));
                assert_true(nan ? isnan(got->result.value) : got->result.value == 0);
            }
        }
}
static void test_nothing(void **state)
{
    (void)state;
    for_each_pool(37, 9, nothing);
}

/* batch_mean divides by the first extent, whatever the shape; the elements run in C order. */
static void batches(pool *p, outcome *want, outcome *got)
{
    static const request shapes[] = {
        {.ndim = 1, .shape = {60}},         {.ndim = 2, .shape = {4, 15}},
        {.ndim = 2, .shape = {60, 1}},      {.ndim = 2, .shape = {1, 60}},
        {.ndim = 3, .shape = {5, 3, 4}},    {.ndim = 4, .shape = {2, 3, 2, 5}},
        {.ndim = 4, .shape = {1, 1, 60, 1}}};
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++)
        for (int reduction = LK_MEAN; reduction <= LK_WEIGHTED_MEAN; reduction++) {
            request r = shapes[k];
            r.reduction = (lk_reduction)reduction;
            r.outputs = (unsigned)ALL;
            check(p, r, 60, want, got, "a shape");
            if (reduction == LK_BATCH_MEAN)
                assert_true(got->result.normalizer == (double)r.shape[0]);
            r.weighted = 1;
            check(p, r, 60, want, got, "a shape");
        }
}
static void test_shapes(void **state)
{
    (void)state;
    for_each_pool(60, 10, batches);
}

/* A scalar (no dimension) is one element, and a batch of one. */
static void test_scalars(void **state)
{
    (void)state;
    FOR_EACH_LOSS(id)
    {
        const lk_loss_info *info = lk_loss_describe(id);
        pool *p = pool_new(id, LK_F64, 1, 1, 11);
        const lk_tensor x = lk_view(p->input, LK_F64, 0, NULL);
        const lk_tensor y = lk_view(p->target, LK_F64, 0, NULL);
        const lk_tensor a = lk_view(p->auxiliary, LK_F64, 0, NULL);
        double slope = 77;
        const lk_tensor g = lk_view(&slope, LK_F64, 0, NULL);
        lk_result result;
        lk_call c = LK_CALL_INIT;
        c.input = &x, c.target = &y, c.gradient = &g, c.result = &result;
        c.reduction = LK_BATCH_MEAN;
        if (info->auxiliary) c.auxiliary = &a;
        assert_int_equal(lk_evaluate(id, p->params, info->n_params, &c), LK_OK);
        assert_true(result.normalizer == 1 && result.count == 1);
        assert_true(element_same(&slope, 0, p->jets[OUT_GRADIENT], 0, LK_F64));
        assert_true(element_same(&result.value, 0, p->jets[OUT_VALUE], 0, LK_F64));
        pool_free(p);
    }
}

static void large(pool *p, outcome *want, outcome *got)
{
    const request plain = {.outputs = 3};
    const request full = {.reduction = LK_WEIGHTED_MEAN,
                          .weighted = 1,
                          .upstream = 2,
                          .flags = LK_ACCUMULATE,
                          .outputs = (unsigned)ALL};
    check(p, plain, LARGE, want, got, "large");
    check(p, full, LARGE, want, got, "large");
}
static void test_large(void **state)
{
    (void)state;
    for_each_pool(LARGE, 12, large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_data_vary),
        cmocka_unit_test(test_reductions),
        cmocka_unit_test(test_upstream_and_accumulation),
        cmocka_unit_test(test_zero_weights),
        cmocka_unit_test(test_choice_of_outputs),
        cmocka_unit_test(test_curvature_modes_and_floor),
        cmocka_unit_test(test_labels_01),
        cmocka_unit_test(test_ignored_elements),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_scalars),
        cmocka_unit_test(test_large),
    };
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
