/* test_families.c: what every loss over rows, regions, features and sequences owes to its
 * caller. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/element_types.h"
#include "support/family_problem.h"

enum { N = 7, C = 5, D = 6, SEED = 11 };
static const double filling = -77;

static problem *small(lk_loss id, int dtype)
{
    return problem_new(id, dtype, N, C, D, SEED, filling);
}

static void run(problem *p)
{
    if (problem_run(p)) fail_msg("%s", lk_last_error());
}

static void same_number(const problem *p, int k, int64_t i, double got, double want,
                        double tolerance)
{
    if (isnan(got) && isnan(want)) return;
    if (fabs(got - want) <= tolerance * (1 + fabs(want))) return;
    fail_msg("%s: %s[%lld] is %.17g, not %.17g", p->info->name,
             lk_argument_describe((lk_argument_id)k)->name, (long long)i, got, want);
}

/* The outputs but for those of `skip`. */
static void same_outputs(const problem *a, const problem *b, uint32_t skip, double tolerance)
{
    for (int k = LK_ARG_VALUE; k < LK_ARGUMENTS; k++)
        for (int64_t i = 0; a->takes >> k & 1 && !(skip >> k & 1) && i < a->count[k]; i++)
            same_number(a, k, i, problem_get(b, k, i), problem_get(a, k, i), tolerance);
}

static void test_every_output_is_written(void **state)
{
    (void)state;
    FOR_EACH_FAMILY_LOSS(id)
    {
        problem *p = small(id, LK_F64);
        run(p);
        for (int k = LK_ARG_VALUE; k < LK_ARGUMENTS; k++)
            for (int64_t i = 0; p->takes >> k & 1 && i < p->count[k]; i++)
                if (problem_get(p, k, i) == filling)
                    fail_msg("%s left %s[%lld]", p->info->name,
                             lk_argument_describe((lk_argument_id)k)->name, (long long)i);
        assert_true(p->result.count > 0);
        problem_free(p);
    }
}

/* Neither the value nor another output has to be asked for; many rows and few go different ways. */
static void test_each_output_alone(void **state)
{
    (void)state;
    static const int64_t rows[] = {1, N, 70}, classes[] = {C, 100};
    FOR_EACH_FAMILY_LOSS(id)
    for (int shape = 0; shape < 6; shape++) {
        const int64_t n = rows[shape % 3], wide = classes[shape / 3];
        problem *all = problem_new(id, LK_F64, n, wide, D, SEED, filling);
        run(all);
        for (int k = LK_ARG_VALUE; k < LK_ARGUMENTS; k++) {
            if (!(all->takes >> k & 1)) continue;
            problem *one = problem_new(id, LK_F64, n, wide, D, SEED, filling);
            for (int other = LK_ARG_VALUE; other < LK_ARGUMENTS; other++)
                if (other != k) problem_drop(one, other);
            if (k != LK_ARG_HESSIAN_VECTOR) problem_drop(one, LK_ARG_VECTOR);
            one->call.result = NULL;
            run(one);
            for (int64_t i = 0; i < one->count[k]; i++)
                same_number(one, k, i, problem_get(one, k, i), problem_get(all, k, i), 0);
            problem_free(one);
        }
        problem_free(all);
    }
}

static void test_threads_do_not_change_bits(void **state)
{
    static const int threads[] = {2, 3, 8};
    (void)state;
    FOR_EACH_FAMILY_LOSS(id)
    for (int dtype = LK_F32; dtype <= LK_F64; dtype += LK_F64 - LK_F32)
        for (int many = 0; many < 2; many++) {
            const int pairs = id == LK_INFO_NCE || id == LK_SUPERVISED_CONTRASTIVE;
            const int slow = pairs || lk_loss_describe(id)->kind == LK_KIND_SEQUENCE;
            const int64_t classes = many ? 150 : 11, rows = many && !slow ? 900 : 301;
            problem *one = problem_new(id, dtype, rows, classes, 33, SEED, filling);
            lk_set_num_threads(1);
            run(one);
            for (int t = 0; t < 3; t++) {
                problem *other = problem_new(id, dtype, rows, classes, 33, SEED, filling);
                lk_set_num_threads(threads[t]);
                run(other);
                for (int k = LK_ARG_VALUE; k < LK_ARGUMENTS; k++)
                    if (one->takes >> k & 1 && memcmp(one->data[k], other->data[k],
                                                      (size_t)one->count[k] * element_width(dtype)))
                        fail_msg("%s: %s differs on %d threads", one->info->name,
                                 lk_argument_describe((lk_argument_id)k)->name, threads[t]);
                assert_memory_equal(&one->result, &other->result, sizeof one->result);
                problem_free(other);
            }
            problem_free(one);
        }
    lk_set_num_threads(0);
}

/* What accumulates: all derivatives with respect to something. */
static const uint32_t not_derivatives = 1u << LK_ARG_VALUE | 1u << LK_ARG_CENTER_STEP;

static void test_accumulate(void **state)
{
    (void)state;
    FOR_EACH_FAMILY_LOSS(id)
    {
        problem *plain = small(id, LK_F64), *added = small(id, LK_F64);
        run(plain);
        added->call.flags |= LK_ACCUMULATE;
        run(added);
        for (int k = LK_ARG_VALUE; k < LK_ARGUMENTS; k++)
            for (int64_t i = 0; plain->takes >> k & 1 && i < plain->count[k]; i++)
                if (!(not_derivatives >> k & 1))
                    problem_set(plain, k, i, problem_get(plain, k, i) + filling);
        same_outputs(plain, added, not_derivatives, 1e-13);
        problem_free(plain);
        problem_free(added);
    }
}

/* Derivatives are linear in the upstream gradient; values do not know it. */
static void test_upstream_scales(void **state)
{
    (void)state;
    FOR_EACH_FAMILY_LOSS(id)
    {
        problem *plain = small(id, LK_F64), *twice = small(id, LK_F64);
        run(plain);
        for (int64_t i = 0; i < twice->count[LK_ARG_UPSTREAM]; i++)
            problem_set(twice, LK_ARG_UPSTREAM, i, 2 * problem_get(twice, LK_ARG_UPSTREAM, i));
        run(twice);
        for (int k = LK_ARG_VALUE; k < LK_ARGUMENTS; k++)
            for (int64_t i = 0; plain->takes >> k & 1 && i < plain->count[k]; i++)
                if (!(not_derivatives >> k & 1))
                    problem_set(plain, k, i, 2 * problem_get(plain, k, i));
        same_outputs(plain, twice, 0, 1e-13);
        problem_free(plain);
        problem_free(twice);
    }
}

static void test_result_is_the_reduced_value(void **state)
{
    (void)state;
    FOR_EACH_FAMILY_LOSS(id)
    for (int reduction = LK_MEAN; reduction <= LK_WEIGHTED_MEAN; reduction++) {
        problem *p = small(id, LK_F64);
        if (id == LK_SOFTMAX || id == LK_LOG_SOFTMAX) {
            problem_free(p); /* a function */
            continue;
        }
        p->call.reduction = (lk_reduction)reduction;
        run(p);
        double sum = 0;
        for (int64_t i = 0; i < p->count[LK_ARG_VALUE]; i++) sum += problem_get(p, LK_ARG_VALUE, i);
        if (reduction == LK_SUM || reduction == LK_NONE) assert_true(p->result.normalizer == 1);
        same_number(p, LK_ARG_VALUE, -1, p->result.value * p->result.normalizer, sum, 1e-12);
        problem_free(p);
    }
}

/* A unit of weight 0 contributes exactly 0, whatever it holds. */
static void test_weight_zero_removes(void **state)
{
    (void)state;
    FOR_EACH_FAMILY_LOSS(id)
    {
        problem *p = small(id, LK_F32);
        const int64_t unit = p->takes >> LK_ARG_INPUT & 1 ? p->count[LK_ARG_INPUT] / N : 0;
        const int together = id == LK_INFO_NCE || id == LK_SUPERVISED_CONTRASTIVE;
        if (p->takes >> LK_ARG_WEIGHT & 1 && !together) {
            problem_set(p, LK_ARG_WEIGHT, 2, 0);
            for (int64_t i = 0; i < unit; i++)
                problem_set(p, LK_ARG_INPUT, 2 * unit + i, i % 2 ? NAN : INFINITY);
            if (p->info->kind == LK_KIND_REGION) /* outside the domain even without weight */
                for (int64_t i = 0; i < unit; i++) problem_set(p, LK_ARG_INPUT, 2 * unit + i, NAN);
            problem_drop(p, LK_ARG_WEIGHTS_GRADIENT);
            problem_drop(p, LK_ARG_CENTER_STEP);
            run(p);
            assert_true(isfinite(p->result.value));
            assert_true(problem_get(p, LK_ARG_VALUE, 2) == 0);
            for (int64_t i = 0; i < unit && p->info->kind != LK_KIND_LINEAR; i++)
                if (problem_get(p, LK_ARG_GRADIENT, 2 * unit + i) != 0)
                    fail_msg("%s: a row of weight 0 has a gradient", p->info->name);
        }
        problem_free(p);
    }
}

static void test_nan_stays_in_its_unit(void **state)
{
    (void)state;
    FOR_EACH_FAMILY_LOSS(id)
    {
        problem *p = small(id, LK_F32), *clean = small(id, LK_F32);
        const int64_t unit = p->count[LK_ARG_INPUT] / N;
        const int together = id == LK_INFO_NCE || id == LK_SUPERVISED_CONTRASTIVE;
        if (!together && p->info->kind != LK_KIND_LINEAR && id != LK_NLL) {
            problem_set(p, LK_ARG_INPUT, 3 * unit + 1, NAN);
            if (p->takes >> LK_ARG_MASK & 1) problem_drop(p, LK_ARG_MASK);
            if (p->takes >> LK_ARG_MASK & 1) problem_drop(clean, LK_ARG_MASK);
            run(p);
            run(clean);
            for (int64_t i = 0; i < p->count[LK_ARG_GRADIENT]; i++)
                if (i / unit != 3)
                    same_number(p, LK_ARG_GRADIENT, i, problem_get(p, LK_ARG_GRADIENT, i),
                                problem_get(clean, LK_ARG_GRADIENT, i), 0);
            assert_true(isnan(p->result.value));
        }
        problem_free(p);
        problem_free(clean);
    }
}

static void test_in_place(void **state)
{
    (void)state;
    FOR_EACH_FAMILY_LOSS(id)
    {
        problem *apart = small(id, LK_F32), *place = small(id, LK_F32);
        run(apart);
        place->call.gradient = &place->tensor[LK_ARG_INPUT];
        run(place);
        same_outputs(apart, place, 1u << LK_ARG_GRADIENT, 0);
        for (int64_t i = 0; i < apart->count[LK_ARG_GRADIENT]; i++)
            same_number(apart, LK_ARG_GRADIENT, i, problem_get(place, LK_ARG_INPUT, i),
                        problem_get(apart, LK_ARG_GRADIENT, i), 0);
        problem_free(apart);
        problem_free(place);
    }
}

/* bf16 and f16 inputs hold the same numbers and are computed in f32. */
static void test_half_types(void **state)
{
    static const int halves[] = {LK_BF16, LK_F16};
    (void)state;
    FOR_EACH_FAMILY_LOSS(id)
    for (int h = 0; h < 2; h++) {
        problem *full = small(id, LK_F32), *half = small(id, halves[h]);
        run(full);
        run(half);
        same_outputs(full, half, 0, halves[h] == LK_BF16 ? 0x1p-8 : 0x1p-10);
        assert_true(fabs(full->result.value - half->result.value) <=
                    1e-6 * (1 + fabs(full->result.value)));
        problem_free(full);
        problem_free(half);
    }
}

/* Every other element of a larger array, outputs backwards. */
static void test_strides(void **state)
{
    (void)state;
    FOR_EACH_FAMILY_LOSS(id)
    {
        problem *plain = small(id, LK_F32), *apart = small(id, LK_F32);
        const int64_t count = plain->count[LK_ARG_INPUT];
        const int ndim = plain->tensor[LK_ARG_INPUT].ndim;
        float *wide = malloc((size_t)(2 * count) * sizeof *wide);
        float *back = malloc((size_t)count * sizeof *back);
        int64_t strides[PROBLEM_DIMS], reversed[PROBLEM_DIMS], step = 1;
        assert_non_null(wide);
        assert_non_null(back);
        for (int d = ndim - 1; d >= 0; d--) {
            strides[d] = 2 * step;
            reversed[d] = -step;
            step *= plain->shape[LK_ARG_INPUT][d];
        }
        for (int64_t i = 0; i < count; i++)
            wide[2 * i] = (float)problem_get(apart, LK_ARG_INPUT, i), wide[2 * i + 1] = NAN;
        apart->tensor[LK_ARG_INPUT].data = wide;
        apart->tensor[LK_ARG_INPUT].strides = strides;
        apart->tensor[LK_ARG_GRADIENT].data = back + count - 1;
        apart->tensor[LK_ARG_GRADIENT].strides = reversed;
        run(plain);
        run(apart);
        same_outputs(plain, apart, 1u << LK_ARG_GRADIENT, 2e-6);
        for (int64_t i = 0; i < count; i++)
            same_number(plain, LK_ARG_GRADIENT, i, (double)back[count - 1 - i],
                        problem_get(plain, LK_ARG_GRADIENT, i), 2e-6);
        free(wide);
        free(back);
        problem_free(plain);
        problem_free(apart);
    }
}

static void test_workspace_of_the_caller(void **state)
{
    (void)state;
    FOR_EACH_FAMILY_LOSS(id)
    {
        problem *own = small(id, LK_F64), *given = small(id, LK_F64);
        size_t bytes = 0;
        assert_int_equal(lk_workspace_size(id, NULL, 0, &given->call, &bytes), LK_OK);
        given->call.workspace = malloc(bytes + 1);
        given->call.workspace_size = bytes;
        assert_non_null(given->call.workspace);
        run(own);
        run(given);
        same_outputs(own, given, 0, 0);
        free(given->call.workspace);
        problem_free(own);
        problem_free(given);
    }
}

static void untouched(const problem *p)
{
    for (int k = LK_ARG_VALUE; k < LK_ARGUMENTS; k++)
        for (int64_t i = 0; p->takes >> k & 1 && i < p->count[k]; i++)
            assert_true(problem_get(p, k, i) == filling);
}

/* Arguments that are missing, foreign or of a wrong type: a sentence that names the loss. */
static void test_refusals(void **state)
{
    (void)state;
    FOR_EACH_FAMILY_LOSS(id)
    for (int k = 0; k < LK_ARGUMENTS; k++) {
        problem *p = small(id, LK_F32);
        const lk_argument *a = lk_argument_describe((lk_argument_id)k);
        const lk_tensor **member = (const lk_tensor **)(void *)((char *)&p->call + a->offset);
        if (p->needs >> k & 1)
            *member = NULL;
        else if (!(p->takes >> k & 1))
            *member = &p->tensor[LK_ARG_INPUT];
        else
            p->tensor[k].dtype.lanes = 2;
        assert_int_not_equal(problem_run(p), LK_OK);
        if (strstr(lk_last_error(), p->info->name) != lk_last_error())
            fail_msg("%s, %s: %s", p->info->name, a->name, lk_last_error());
        untouched(p);
        problem_free(p);
    }
}

static void test_no_rows(void **state)
{
    (void)state;
    FOR_EACH_FAMILY_LOSS(id)
    for (int nan = 0; nan < 2; nan++) {
        problem *p = problem_new(id, LK_F32, 0, C, D, SEED, filling);
        p->call.flags |= nan ? (uint32_t)LK_EMPTY_IS_NAN : 0;
        run(p);
        const int function = id == LK_SOFTMAX || id == LK_LOG_SOFTMAX;
        if (nan && !function)
            assert_true(isnan(p->result.value));
        else
            assert_true(p->result.value == 0);
        assert_int_equal(p->result.count, 0);
        for (int64_t i = 0; i < p->count[LK_ARG_WEIGHTS_GRADIENT]; i++)
            assert_true(problem_get(p, LK_ARG_WEIGHTS_GRADIENT, i) == 0);
        problem_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_output_is_written),
        cmocka_unit_test(test_each_output_alone),
        cmocka_unit_test(test_threads_do_not_change_bits),
        cmocka_unit_test(test_accumulate),
        cmocka_unit_test(test_upstream_scales),
        cmocka_unit_test(test_result_is_the_reduced_value),
        cmocka_unit_test(test_weight_zero_removes),
        cmocka_unit_test(test_nan_stays_in_its_unit),
        cmocka_unit_test(test_in_place),
        cmocka_unit_test(test_half_types),
        cmocka_unit_test(test_strides),
        cmocka_unit_test(test_workspace_of_the_caller),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_no_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
