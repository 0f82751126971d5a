/* test_sequences.c: what every loss over sequences owes to its caller whatever its formula:
 * lengths, padding, orders of frames, layouts of targets, types of integers, and no touch beyond an
 * array. */
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
#include "support/guard.h"

enum { N = 7, C = 5, T = 9, SEED = 5 };
static const double filling = -77;
static const int lists[][2] = {{LK_ARG_TARGET, LK_ARG_TARGET_LENGTHS},
                               {LK_ARG_HYPOTHESES, LK_ARG_HYPOTHESIS_LENGTHS}};

#define FOR_EACH_SEQUENCE_LOSS(id) \
    FOR_EACH_FAMILY_LOSS(id)       \
    if (lk_loss_describe(id)->kind == LK_KIND_SEQUENCE)

static problem *small(lk_loss id, int dtype)
{
    return problem_new(id, dtype, N, C, T, SEED, filling);
}

static int takes(const problem *p, int k) { return (int)(p->takes >> k & 1); }

static void run(problem *p)
{
    if (problem_run(p)) fail_msg("%s", lk_last_error());
}

static void same_number(const problem *p, int k, int64_t i, double got, double want)
{
    if (got == want || (isnan(got) && isnan(want))) return;
    fail_msg("%s: %s[%lld] is %.17g, not %.17g", p->info->name,
             lk_argument_describe((lk_argument_id)k)->name, (long long)i, got, want);
}

static void same_outputs(const problem *a, const problem *b)
{
    for (int k = LK_ARG_VALUE; k < LK_ARGUMENTS; k++)
        for (int64_t i = 0; takes(a, k) && i < a->count[k]; i++)
            same_number(a, k, i, problem_get(b, k, i), problem_get(a, k, i));
    same_number(a, LK_ARG_VALUE, -1, b->result.value, a->result.value);
}

static void free_both(problem *a, problem *b)
{
    problem_free(a);
    problem_free(b);
}

/* Which sequence and which of its frames number i of the input belongs to. */
static int64_t sequence_of(const problem *p, int64_t i) { return i / (p->dims * p->classes); }
static int64_t frame_of(const problem *p, int64_t i) { return i / p->classes % p->dims; }

static int is_padding(const problem *p, int64_t i)
{
    if (!takes(p, LK_ARG_INPUT_LENGTHS)) return 0;
    return frame_of(p, i) >= (int64_t)problem_get(p, LK_ARG_INPUT_LENGTHS, sequence_of(p, i));
}

/* The problems are not all alike, or they would prove nothing. */
static void test_problems_vary(void **state)
{
    (void)state;
    FOR_EACH_SEQUENCE_LOSS(id)
    {
        problem *p = small(id, LK_F64);
        int64_t padded = 0, lengths[2] = {0, 0};
        for (int64_t i = 0; i < p->count[LK_ARG_INPUT]; i++) padded += is_padding(p, i);
        assert_true(!takes(p, LK_ARG_INPUT_LENGTHS) || padded > C);
        for (int64_t n = 1; n < N; n++)
            for (int k = 0; k < 2; k++)
                lengths[k] += takes(p, lists[k][1]) &&
                              problem_get(p, lists[k][1], n) != problem_get(p, lists[k][1], n - 1);
        assert_true(lengths[0] > 1);
        assert_true(!takes(p, LK_ARG_HYPOTHESES) || lengths[1] > 1);
        run(p);
        for (int64_t n = 0; n < N; n++) assert_true(isfinite(problem_get(p, LK_ARG_VALUE, n)));
        assert_int_equal(p->result.count, N);
        problem_free(p);
    }
}

/* NaN in frames beyond the length, and in lists what no label can be. */
static void test_padding_is_not_read(void **state)
{
    (void)state;
    FOR_EACH_SEQUENCE_LOSS(id)
    for (int accumulates = 0; accumulates < 2; accumulates++) {
        problem *clean = small(id, LK_F32), *padded = small(id, LK_F32);
        clean->call.flags |= accumulates ? (uint32_t)LK_ACCUMULATE : 0;
        padded->call.flags = clean->call.flags;
        for (int64_t i = 0; i < padded->count[LK_ARG_INPUT]; i++)
            if (is_padding(padded, i)) problem_set(padded, LK_ARG_INPUT, i, NAN);
        for (int k = 0; k < 2 && takes(padded, lists[k][0]); k++) {
            const int64_t width = padded->count[lists[k][0]] / padded->count[lists[k][1]];
            for (int64_t i = 0; i < padded->count[lists[k][0]]; i++)
                if (i % width >= (int64_t)problem_get(padded, lists[k][1], i / width))
                    problem_set(padded, lists[k][0], i, -5);
        }
        run(clean);
        run(padded);
        same_outputs(clean, padded);
        for (int k = LK_ARG_GRADIENT; k <= LK_ARG_CURVATURE; k++)
            for (int64_t i = 0; i < padded->count[k]; i++)
                if (is_padding(padded, i))
                    same_number(padded, k, i, problem_get(padded, k, i), accumulates ? filling : 0);
        free_both(clean, padded);
    }
}

/* Gives the arrays of the input's shape to the problem frame by frame: [T, N, C]. */
static void put_frames_first(problem *p)
{
    static const int arrays[] = {LK_ARG_INPUT, LK_ARG_GRADIENT, LK_ARG_CURVATURE};
    const size_t row = (size_t)p->classes * element_width(p->dtype);
    p->call.flags ^= LK_BATCH_FIRST;
    for (int k = 0; k < 3; k++) {
        char *from = p->data[arrays[k]], *to = malloc((size_t)(p->rows * p->dims) * row + 1);
        assert_non_null(to);
        for (int64_t n = 0; n < p->rows; n++)
            for (int64_t t = 0; t < p->dims; t++)
                memcpy(to + (size_t)(t * p->rows + n) * row, from + (size_t)(n * p->dims + t) * row,
                       row);
        free(from);
        p->data[arrays[k]] = p->tensor[arrays[k]].data = to;
        p->shape[arrays[k]][0] = p->dims;
        p->shape[arrays[k]][1] = p->rows;
    }
}

static void test_frames_first(void **state)
{
    (void)state;
    FOR_EACH_SEQUENCE_LOSS(id)
    for (int dtype = LK_F32; dtype <= LK_F64; dtype += LK_F64 - LK_F32) {
        problem *batches = small(id, dtype), *frames = small(id, dtype);
        if (takes(frames, LK_ARG_INPUT_LENGTHS)) {
            put_frames_first(frames);
            put_frames_first(batches); /* so that the outputs come in one order */
            batches->call.flags ^= LK_BATCH_FIRST;
            for (int k = LK_ARG_INPUT; k < LK_ARGUMENTS; k++)
                if (takes(batches, k) && batches->tensor[k].ndim == 3) {
                    static const int64_t strides[3] = {C, N * C, 1};
                    batches->shape[k][0] = N;
                    batches->shape[k][1] = T;
                    batches->tensor[k].strides = (int64_t *)(uintptr_t)strides;
                }
            run(batches);
            run(frames);
            same_outputs(batches, frames);
        }
        free_both(batches, frames);
    }
}

/* The targets one after the other instead of padded. */
static void test_joined_targets(void **state)
{
    (void)state;
    FOR_EACH_SEQUENCE_LOSS(id)
    {
        problem *padded = small(id, LK_F64), *joined = small(id, LK_F64);
        const int64_t width = padded->count[LK_ARG_TARGET] / N;
        int64_t total = 0;
        for (int64_t i = 0; i < N * width; i++)
            if (i % width < (int64_t)problem_get(padded, LK_ARG_TARGET_LENGTHS, i / width))
                problem_set(joined, LK_ARG_TARGET, total++, problem_get(padded, LK_ARG_TARGET, i));
        joined->tensor[LK_ARG_TARGET].ndim = 1;
        joined->shape[LK_ARG_TARGET][0] = total;
        run(padded);
        run(joined);
        same_outputs(padded, joined);
        joined->shape[LK_ARG_TARGET][0] = total - 1;
        assert_int_equal(problem_run(joined), LK_INVALID);
        assert_non_null(strstr(lk_last_error(), "target_lengths add up to"));
        free_both(padded, joined);
    }
}

/* Every type of integers holds the same ones. */
static void test_integer_types(void **state)
{
    static const int types[] = {LK_I32, LK_I64, LK_U8};
    static const int arrays[] = {LK_ARG_TARGET, LK_ARG_INPUT_LENGTHS, LK_ARG_TARGET_LENGTHS,
                                 LK_ARG_HYPOTHESES, LK_ARG_HYPOTHESIS_LENGTHS};
    (void)state;
    FOR_EACH_SEQUENCE_LOSS(id)
    for (int t = 0; t < 3; t++) {
        problem *plain = small(id, LK_F32), *other = small(id, LK_F32);
        for (int a = 0; a < 5; a++) {
            const int k = arrays[a];
            if (!takes(other, k)) continue;
            other->data[k] = realloc(other->data[k], (size_t)(other->count[k] + 1) * 8);
            other->tensor[k] =
                lk_view(other->data[k], types[t], other->tensor[k].ndim, other->shape[k]);
            for (int64_t i = 0; i < other->count[k]; i++)
                problem_set(other, k, i, problem_get(plain, k, i));
        }
        run(plain);
        run(other);
        same_outputs(plain, other);
        for (int a = 0; a < 5; a++) {
            if (!takes(other, arrays[a])) continue;
            other->tensor[arrays[a]] = other->tensor[LK_ARG_WEIGHT];
            assert_int_equal(problem_run(other), LK_INVALID);
            assert_non_null(strstr(lk_last_error(), "it must be i32, i64 or u8"));
            break;
        }
        free_both(plain, other);
    }
}

/* Each divided by the length of its target, and so are its derivatives. */
static void test_length_mean(void **state)
{
    (void)state;
    FOR_EACH_SEQUENCE_LOSS(id)
    {
        problem *each = small(id, LK_F64), *mean = small(id, LK_F64);
        double sum = 0;
        each->call.reduction = LK_NONE;
        mean->call.reduction = LK_LENGTH_MEAN;
        run(each);
        run(mean);
        const int64_t unit = each->count[LK_ARG_INPUT] / N;
        for (int64_t n = 0; n < N; n++) {
            const double length = fmax(1, problem_get(each, LK_ARG_TARGET_LENGTHS, n));
            sum += problem_get(each, LK_ARG_VALUE, n) / length;
            for (int64_t i = n * unit; i < (n + 1) * unit; i++) {
                const double want = problem_get(each, LK_ARG_GRADIENT, i) / length / N;
                assert_true(fabs(problem_get(mean, LK_ARG_GRADIENT, i) - want) <=
                            1e-14 * (1 + fabs(want)));
            }
        }
        assert_true(fabs(mean->result.value * N - sum) <= 1e-13 * (1 + fabs(sum)));
        assert_true(mean->result.normalizer == N);
        free_both(each, mean);
    }
}

/* The middle sequence as [T, C] with scalar lengths, or as the only one of [1, T, C]. */
static void keep_one(problem *p, int64_t n, int batched)
{
    for (int k = 0; k < LK_ARGUMENTS; k++) {
        if (!takes(p, k)) continue;
        lk_tensor *t = &p->tensor[k];
        const size_t bytes = (size_t)(p->count[k] / N) * t->dtype.bits / 8;
        memmove(t->data, (char *)t->data + (size_t)n * bytes, bytes);
        p->count[k] /= N;
        p->shape[k][0] = 1;
        if (batched) continue;
        t->ndim--;
        t->shape = p->shape[k] + 1;
    }
}

static void test_one_sequence(void **state)
{
    (void)state;
    FOR_EACH_SEQUENCE_LOSS(id)
    for (int64_t n = 0; n < N; n++) {
        problem *batched = small(id, LK_F32), *alone = small(id, LK_F32);
        if (takes(alone, LK_ARG_INPUT_LENGTHS)) {
            keep_one(batched, n, 1);
            keep_one(alone, n, 0);
            run(batched);
            run(alone);
            same_outputs(batched, alone);
        }
        free_both(batched, alone);
    }
}

static void refused(problem *p, const char *fragment)
{
    assert_int_equal(problem_run(p), LK_OUT_OF_DOMAIN);
    if (strstr(lk_last_error(), p->info->name) != lk_last_error() ||
        !strstr(lk_last_error(), fragment))
        fail_msg("no \"%s\" in: %s", fragment, lk_last_error());
}

static void test_lengths_out_of_range(void **state)
{
    static const int lengths[] = {LK_ARG_INPUT_LENGTHS, LK_ARG_TARGET_LENGTHS,
                                  LK_ARG_HYPOTHESIS_LENGTHS};
    (void)state;
    FOR_EACH_SEQUENCE_LOSS(id)
    for (int k = 0; k < 3; k++)
        for (int wrong = -1; wrong <= 200; wrong += 201) {
            problem *p = small(id, LK_F32);
            if (takes(p, lengths[k]) && (wrong > 0 || lengths[k] != LK_ARG_HYPOTHESIS_LENGTHS)) {
                problem_set(p, lengths[k], 3, wrong);
                refused(p, "] = ");
                assert_non_null(strstr(lk_last_error(), "is outside [0, "));
                for (int64_t i = 0; i < p->count[LK_ARG_GRADIENT]; i++)
                    assert_true(problem_get(p, LK_ARG_GRADIENT, i) == filling);
            }
            problem_free(p);
        }
}

/* ---- pages that must not be touched -------------------------------------------------------------
 */

static void guard_arrays(problem *p, guard *guards, int at_end)
{
    for (int k = 0; k < LK_ARGUMENTS; k++) {
        if (!takes(p, k)) continue;
        const size_t bytes = (size_t)p->count[k] * p->tensor[k].dtype.bits / 8;
        guard_make(&guards[k], bytes);
        void *room = at_end ? guard_end(&guards[k], bytes) : guard_begin(&guards[k]);
        memcpy(room, p->data[k], bytes);
        p->tensor[k].data = room;
    }
}

static void test_pages(void **state)
{
    (void)state;
    FOR_EACH_SEQUENCE_LOSS(id)
    for (int dtype = LK_F32; dtype <= LK_F64; dtype += LK_F64 - LK_F32)
        for (int64_t classes = 2; classes <= 35; classes++)
            for (int at_end = 0; at_end < 2; at_end++) {
                const int64_t frames = 1 + classes * 7 % 12;
                guard guards[LK_ARGUMENTS];
                problem *plain = problem_new(id, dtype, 3, classes, frames, SEED, filling);
                problem *edge = problem_new(id, dtype, 3, classes, frames, SEED, filling);
                guard_arrays(edge, guards, at_end);
                run(plain);
                run(edge);
                for (int k = LK_ARG_VALUE; k < LK_ARGUMENTS; k++)
                    if (takes(edge, k) && memcmp(edge->tensor[k].data, plain->data[k],
                                                 (size_t)plain->count[k] * element_width(dtype)))
                        fail_msg("%s: %s differs at the edge of a page", edge->info->name,
                                 lk_argument_describe((lk_argument_id)k)->name);
                for (int k = 0; k < LK_ARGUMENTS; k++)
                    if (takes(edge, k)) guard_free(&guards[k]);
                free_both(plain, edge);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_problems_vary), cmocka_unit_test(test_padding_is_not_read),
        cmocka_unit_test(test_frames_first),  cmocka_unit_test(test_joined_targets),
        cmocka_unit_test(test_integer_types), cmocka_unit_test(test_length_mean),
        cmocka_unit_test(test_one_sequence),  cmocka_unit_test(test_lengths_out_of_range),
        cmocka_unit_test(test_pages),
    };
    return cmocka_run_group_tests_name("sequences", tests, NULL, NULL);
}
