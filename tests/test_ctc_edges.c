/* test_ctc_edges.c: batches of CTC: lengths, masks, NaN, reductions, and wrong calls. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "losskit.h"
#include "support/ctc_problem.h"
#include "support/rng.h"

static void test_frames_beyond_are_not_read(void **state)
{
    ctc_batch b;
    rng r = {3};
    double value[CTC_N];
    (void)state;
    ctc_batch_make(&b, &r);
    assert_int_equal(ctc_evaluate(&b.call, ctc_usual), LK_OK);
    memcpy(value, b.value, sizeof value);
    for (int n = 0; n < CTC_N; n++) {
        for (int64_t t = b.frames[n]; t < CTC_T; t++)
            for (int c = 0; c < CTC_C; c++) *ctc_score(&b, (int)t, n, c) = NAN;
        for (int64_t k = b.lengths[n]; k < CTC_U; k++) b.target[n * CTC_U + k] = -1000;
    }
    memset(b.g, 0xff, sizeof b.g);
    assert_int_equal(ctc_evaluate(&b.call, ctc_usual), LK_OK);
    assert_memory_equal(b.value, value, sizeof value);
    for (int t = 0; t < CTC_T; t++)
        for (int n = 0; n < CTC_N; n++)
            for (int c = 0; c < CTC_C; c++) {
                const double g = b.g[(t * CTC_N + n) * CTC_C + c];
                if (t < b.frames[n])
                    assert_true(isfinite(g));
                else
                    assert_true(g == 0);
            }
}

static void test_nan_stays_in_its_utterance(void **state)
{
    ctc_batch b, clean;
    rng r = {4};
    (void)state;
    ctc_batch_make(&b, &r);
    ctc_batch_make(&clean, &(rng){4});
    assert_int_equal(ctc_evaluate(&clean.call, ctc_usual), LK_OK);
    *ctc_score(&b, 3, 2, 1) = NAN;
    *ctc_score(&b, 0, 4, 5) = HUGE_VAL;
    assert_int_equal(ctc_evaluate(&b.call, ctc_usual), LK_OK);
    for (int n = 0; n < CTC_N; n++) {
        const int wrong = n == 2 || n == 4;
        assert_true(wrong ? isnan(b.value[n]) : b.value[n] == clean.value[n]);
        for (int64_t t = 0; t < b.frames[n]; t++)
            for (int c = 0; c < CTC_C; c++) {
                const int64_t i = (t * CTC_N + n) * CTC_C + c;
                assert_true(wrong ? isnan(b.g[i]) : b.g[i] == clean.g[i]);
            }
    }
}

/* -inf masks a class: elsewhere nothing happens, on a label there is no path. */
static void test_masks(void **state)
{
    ctc_batch b;
    rng r = {5};
    (void)state;
    ctc_batch_make(&b, &r);
    for (int n = 0; n < CTC_N; n++)
        for (int k = 0; k < CTC_U; k++) b.target[n * CTC_U + k] = 1 + k % 3;
    for (int t = 0; t < CTC_T; t++) *ctc_score(&b, t, 0, 6) = *ctc_score(&b, t, 1, 2) = -HUGE_VAL;
    assert_int_equal(ctc_evaluate(&b.call, ctc_usual), LK_OK);
    assert_true(isfinite(b.value[0]) && b.value[1] == HUGE_VAL);
    for (int t = 0; t < CTC_T; t++) {
        assert_true(b.g[(t * CTC_N + 0) * CTC_C + 6] == 0);
        for (int c = 0; c < CTC_C; c++) assert_true(b.g[(t * CTC_N + 1) * CTC_C + c] == 0);
    }
    assert_int_equal(ctc_evaluate(&b.call, (ctc_options){0, 1, 1, 0}), LK_OK);
    assert_true(b.value[1] == 0);
}

static void test_reductions(void **state)
{
    ctc_batch b;
    rng r = {6};
    double sum = 0, by_length = 0, weighted = 0, weights = 0, g[LK_LENGTH_MEAN + 1];
    (void)state;
    ctc_batch_make(&b, &r);
    b.lengths[1] = 0;
    b.call.reduction = LK_NONE;
    assert_int_equal(ctc_evaluate(&b.call, ctc_usual), LK_OK);
    for (int n = 0; n < CTC_N; n++) {
        sum += b.value[n];
        by_length += b.value[n] / (double)(b.lengths[n] ? b.lengths[n] : 1);
        weighted += b.value[n] * b.weight[n];
        weights += b.weight[n];
    }
    const double single = b.g[0];
    const double results[] = {sum / CTC_N, sum, sum, sum / CTC_N, sum / CTC_N, by_length / CTC_N};
    const double shares[] = {1.0 / CTC_N, 1,           1,
                             1.0 / CTC_N, 1.0 / CTC_N, 1.0 / CTC_N / (double)b.lengths[0]};
    for (int k = LK_MEAN; k <= LK_LENGTH_MEAN; k++) {
        b.call.reduction = (lk_reduction)k;
        assert_int_equal(ctc_evaluate(&b.call, ctc_usual), LK_OK);
        ctc_close_to(b.result.value, results[k], 1e-14, "the result");
        g[k] = b.g[0];
        ctc_close_to(g[k], single * shares[k], 1e-14, "the gradient");
        assert_int_equal(b.result.count, CTC_N);
    }
    b.call.weight = &b.weights;
    b.call.reduction = LK_WEIGHTED_MEAN;
    assert_int_equal(ctc_evaluate(&b.call, ctc_usual), LK_OK);
    ctc_close_to(b.result.value, weighted / weights, 1e-14, "the weighted mean");
    ctc_close_to(b.g[0], single * b.weight[0] / weights, 1e-14, "its gradient");
}

/* A weight of 0 takes an infinite loss out. */
static void test_weight_zero(void **state)
{
    ctc_batch b;
    rng r = {7};
    (void)state;
    ctc_batch_make(&b, &r);
    b.frames[3] = 1;
    b.weight[3] = 0;
    b.call.weight = &b.weights;
    assert_int_equal(ctc_evaluate(&b.call, ctc_usual), LK_OK);
    assert_true(isfinite(b.result.value) && b.value[3] == 0);
}

static void test_nothing(void **state)
{
    ctc_batch b;
    rng r = {8};
    (void)state;
    ctc_batch_make(&b, &r);
    for (int n = 0; n < CTC_N; n++) b.frames[n] = 0, b.lengths[n] = n % 2;
    assert_int_equal(ctc_evaluate(&b.call, ctc_usual), LK_OK);
    for (int n = 0; n < CTC_N; n++) assert_true(b.value[n] == (n % 2 ? HUGE_VAL : 0));
    for (int i = 0; i < CTC_T * CTC_N * CTC_C; i++) assert_true(b.g[i] == 0);
    b.shape[1] = b.labels[0] = b.count = 0;
    assert_int_equal(ctc_evaluate(&b.call, ctc_usual), LK_OK);
    assert_true(b.result.value == 0 && b.result.count == 0);
    const int64_t no_frames[] = {0, 3};
    const lk_tensor empty = lk_view(NULL, LK_F32, 2, no_frames);
    lk_call call = LK_CALL_INIT;
    const lk_tensor none = lk_vector(NULL, LK_I32, &b.count);
    call.input = &empty;
    call.target = &none;
    call.result = &b.result;
    assert_int_equal(ctc_evaluate(&call, ctc_usual), LK_OK);
    assert_true(b.result.value == 0 && b.result.count == 1);
}

/* Log-probabilities rounded to f32 add up to more than 1 now and then; the loss is not negative. */
static void test_never_negative(void **state)
{
    enum { FRAMES = 50, CLASSES = 3 };
    static const int64_t shape[] = {FRAMES, CLASSES}, none = 0;
    float x[FRAMES * CLASSES];
    rng r = {9};
    int zeros = 0;
    (void)state;
    for (int round = 0; round < 200; round++) {
        for (int t = 0; t < FRAMES; t++) {
            const double p = 1e-9 * ctc_uniform(&r);
            x[t * CLASSES] = (float)log1p(-2 * p);
            x[t * CLASSES + 1] = x[t * CLASSES + 2] = (float)log(p);
        }
        x[0] = round % 2 ? 1e-7F : 0;
        const lk_tensor input = lk_view(x, LK_F32, 2, shape),
                        target = lk_vector(NULL, LK_I32, &none);
        lk_result result;
        lk_call call = LK_CALL_INIT;
        call.input = &input;
        call.target = &target;
        call.result = &result;
        assert_int_equal(ctc_evaluate(&call, (ctc_options){0, 0, 0, 0}), LK_OK);
        assert_true(result.value >= 0);
        zeros += result.value == 0;
    }
    assert_true(zeros > 50);
}

/* A floor is a floor where there is no path, too: curvatures are divided by. */
static void test_curvature_floor(void **state)
{
    ctc_batch b;
    rng r = {13};
    (void)state;
    ctc_batch_make(&b, &r);
    b.frames[1] = 1;
    b.call.curvature = &b.gradient;
    b.call.gradient = NULL;
    b.call.flags = LK_CURVATURE_FLOOR;
    b.call.curvature_floor = 0.125;
    b.call.reduction = LK_SUM;
    assert_int_equal(ctc_evaluate(&b.call, ctc_usual), LK_OK);
    int raised = 0;
    for (int n = 0; n < CTC_N; n++)
        for (int64_t t = 0; t < b.frames[n]; t++)
            for (int c = 0; c < CTC_C; c++) {
                const double h = b.g[(t * CTC_N + n) * CTC_C + c];
                assert_true(n == 1 ? h == 0.125 : h >= 0.125);
                raised += h == 0.125;
            }
    assert_true(raised > CTC_C);
}

/* Empty arrays may lie anywhere, and a batch of nothing needs no room. */
static void test_empty_arrays(void **state)
{
    ctc_batch b;
    rng r = {14};
    const int64_t nothing[] = {INT64_C(1) << 40, 0, 5};
    (void)state;
    ctc_batch_make(&b, &r);
    for (int n = 0; n < CTC_N; n++) b.lengths[n] = 0;
    b.labels[1] = 0;
    b.targets.data = b.g;
    assert_int_equal(ctc_evaluate(&b.call, ctc_usual), LK_OK);
    b.shape[0] = 0;
    b.call.input_lengths = NULL;
    b.call.reduction = LK_LENGTH_MEAN;
    b.values.data = b.lengths;
    ctc_refused(&b, ctc_usual, LK_INVALID,
                "ctc: value overlaps target_lengths without being the same view of it");
    b.labels[0] = b.count = 0;
    b.input = lk_view(NULL, LK_F32, 3, nothing);
    b.call.gradient = NULL;
    assert_int_equal(ctc_evaluate(&b.call, ctc_usual), LK_OK);
    assert_true(b.result.count == 0);
}

static void test_own_workspace(void **state)
{
    ctc_batch b;
    rng r = {10};
    size_t bytes;
    (void)state;
    ctc_batch_make(&b, &r);
    const double params[] = {0, 1, 0, 0};
    assert_int_equal(lk_workspace_size(LK_CTC, params, 4, &b.call, &bytes), LK_OK);
    unsigned char *memory = malloc(bytes + 64);
    assert_non_null(memory);
    memset(memory, 0xa5, bytes + 64);
    b.call.workspace = memory;
    b.call.workspace_size = bytes;
    assert_int_equal(ctc_evaluate(&b.call, ctc_usual), LK_OK);
    size_t used = 0;
    for (size_t i = 0; i < bytes; i++) used += memory[i] != 0xa5;
    for (size_t i = bytes; i < bytes + 64; i++) assert_int_equal(memory[i], 0xa5);
    assert_true(used > 0);
    free(memory);
}

/* ---- wrong calls
 * --------------------------------------------------------------------------------- */

static void test_wrong_labels(void **state)
{
    ctc_batch b;
    rng r = {11};
    (void)state;
    ctc_batch_make(&b, &r);
    b.target[2 * CTC_U + 1] = 0;
    ctc_refused(&b, ctc_usual, LK_OUT_OF_DOMAIN, "ctc: target[2, 1] = 0 is the blank");
    b.target[2 * CTC_U + 1] = 7;
    ctc_refused(&b, ctc_usual, LK_OUT_OF_DOMAIN, "ctc: target[2, 1] = 7 is outside [0, 7)");
    b.target[2 * CTC_U + 1] = -1;
    ctc_refused(&b, ctc_usual, LK_OUT_OF_DOMAIN, "ctc: target[2, 1] = -1 is outside [0, 7)");
    b.target[2 * CTC_U + 1] = 1;
    b.lengths[3] = 7;
    ctc_refused(&b, ctc_usual, LK_OUT_OF_DOMAIN, "ctc: target_lengths[3] = 7 is outside [0, 6]");
    b.lengths[3] = 2;
    b.frames[4] = -1;
    ctc_refused(&b, ctc_usual, LK_OUT_OF_DOMAIN, "ctc: input_lengths[4] = -1 is outside [0, 40]");
    b.frames[4] = CTC_T;
    int64_t total = 0;
    for (int n = 0; n < CTC_N; n++) total += b.lengths[n];
    b.targets.ndim = 1;
    b.labels[0] = total + 1;
    char sentence[200];
    snprintf(sentence, sizeof sentence,
             "ctc: target has %lld elements, but target_lengths add up to %lld",
             (long long)total + 1, (long long)total);
    ctc_refused(&b, ctc_usual, LK_INVALID, sentence);
    b.labels[0] = total;
    b.target[b.lengths[0] + 1] = 0;
    snprintf(sentence, sizeof sentence,
             "ctc: target[%lld] (label 1 of sequence 1) = 0 is the blank",
             (long long)b.lengths[0] + 1);
    ctc_refused(&b, ctc_usual, LK_OUT_OF_DOMAIN, sentence);
    b.call.target_lengths = NULL;
    ctc_refused(&b, ctc_usual, LK_INVALID,
                "ctc: target holds one sequence after the other: it needs target_lengths");
}

static void test_wrong_shapes(void **state)
{
    ctc_batch b;
    rng r = {12};
    (void)state;
    ctc_batch_make(&b, &r);
    ctc_refused(&b, (ctc_options){7, 1, 0, 0}, LK_INVALID, "ctc: blank = 7 is outside [0, 7)");
    ctc_refused(&b, (ctc_options){1.5, 1, 0, 0}, LK_INVALID, "ctc: blank = 1.5 is no whole number");
    ctc_refused(&b, (ctc_options){0, 1, 0, 1}, LK_INVALID,
                "ctc: torch_gradient = 1 is for logits = 0");
    b.call.curvature = &b.gradient;
    b.call.gradient = NULL;
    ctc_refused(&b, (ctc_options){0, 0, 0, 1}, LK_UNSUPPORTED,
                "ctc: there is no curvature with torch_gradient = 1");
    b.call.curvature = NULL;
    b.call.gradient = &b.gradient;
    b.count = CTC_N - 1;
    ctc_refused(
        &b, ctc_usual, LK_INVALID,
        "ctc: value has extent 4 where the sequences of input has 5 (dimension 0 of the sequences "
        "of input)");
    b.call.value = NULL;
    ctc_refused(&b, ctc_usual, LK_INVALID,
                "ctc: target_lengths needs the shape [5], one length for each sequence");
    b.count = CTC_N;
    b.labels[0] = CTC_N - 1;
    ctc_refused(
        &b, ctc_usual, LK_INVALID,
        "ctc: target needs the shape [5] and a dimension for its tokens, or one dimension for all "
        "sequences");
    b.labels[0] = CTC_N;
    b.targets.dtype.code = 2;
    ctc_refused(&b, ctc_usual, LK_INVALID,
                "ctc: target is a floating array; it must be i32, i64 or u8");
    b.targets.dtype.code = 0;
    b.input.ndim = 1;
    ctc_refused(&b, ctc_usual, LK_INVALID,
                "ctc: input has 1 dimensions, not the 3 of [T, N, C] or 2 of [T, C]");
    b.input.ndim = 3;
    b.call.reduction = (lk_reduction)6;
    ctc_refused(&b, ctc_usual, LK_INVALID, "ctc: there is no reduction 6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_beyond_are_not_read),
        cmocka_unit_test(test_nan_stays_in_its_utterance),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_reductions),
        cmocka_unit_test(test_weight_zero),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_never_negative),
        cmocka_unit_test(test_curvature_floor),
        cmocka_unit_test(test_empty_arrays),
        cmocka_unit_test(test_own_workspace),
        cmocka_unit_test(test_wrong_labels),
        cmocka_unit_test(test_wrong_shapes),
    };
    return cmocka_run_group_tests_name("ctc_edges", tests, NULL, NULL);
}
