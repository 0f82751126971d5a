/* test_ctc_decode_edges.c: greedy decoding, ties, NaN, nothing at all, long and wide inputs,
 * threads, wrong arguments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "losskit.h"
#include "support/rng.h"

/* A batch-first problem with room to spare. */
enum { ROOM = 4096 };
static float x[ROOM];
static int32_t labels[ROOM], label_lengths[64], lengths[8];
static double scores[64];
static int64_t in_shape[3], list_shape[3];
static lk_tensor input, input_lengths, out_labels, out_lengths, out_scores;
static lk_ctc_decoder d;

static void start(int64_t n, int64_t t, int64_t c, int64_t best)
{
    const lk_ctc_decoder decoder = LK_CTC_DECODER_INIT;
    const int64_t in[] = {n, t, c}, list[] = {n, best, t};
    memcpy(in_shape, in, sizeof in);
    memcpy(list_shape, list, sizeof list);
    input = lk_view(x, LK_F32, 3, in_shape);
    input_lengths = lk_view(lengths, LK_I32, 1, in_shape);
    out_labels = lk_view(labels, LK_I32, 3, list_shape);
    out_lengths = lk_view(label_lengths, LK_I32, 2, list_shape);
    out_scores = lk_view(scores, LK_F64, 2, list_shape);
    for (int i = 0; i < 8; i++) lengths[i] = (int32_t)t;
    for (int i = 0; i < ROOM; i++) labels[i] = -7;
    for (int i = 0; i < 64; i++) label_lengths[i] = -7, scores[i] = -7;
    d = decoder;
    d.input = &input;
    d.input_lengths = &input_lengths;
    d.flags = LK_BATCH_FIRST;
    d.labels = &out_labels;
    d.lengths = &out_lengths;
    d.scores = &out_scores;
}

static void run(void)
{
    if (lk_ctc_decode(&d)) fail_msg("%s", lk_last_error());
}

static void expect_row(int row, const int32_t *want, int count)
{
    assert_int_equal(label_lengths[row], count);
    for (int64_t i = 0; i < list_shape[2]; i++)
        assert_int_equal(labels[row * list_shape[2] + i], i < count ? want[i] : -1);
}

/* ---- greedy --------------------------------------------------------------------------------- */

static void test_greedy(void **state)
{
    enum { T = 40, C = 7 };
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        rng r = {seed};
        int32_t want[T];
        int count = 0, last = 3;
        double score = 0;
        start(1, T, C, 1);
        d.blank = 3;
        d.length_bonus = seed % 2 ? 0 : 0.25;
        lengths[0] = (int32_t)rng_below(&r, T + 1);
        for (int t = 0; t < T; t++) {
            double most = -INFINITY, sum = 0;
            int best = 0;
            for (int c = 0; c < C; c++) {
                x[t * C + c] = (float)rng_below(&r, 8) / 4; /* with ties: the lower class */
                if ((double)x[t * C + c] > most) most = (double)x[t * C + c], best = c;
                sum += exp((double)x[t * C + c]);
            }
            if (t >= lengths[0]) continue;
            score += most - log(sum);
            if (best != 3 && best != last) want[count++] = best;
            last = best;
        }
        run();
        expect_row(0, want, count);
        assert_true(fabs(scores[0] - (score + d.length_bonus * count)) < 1e-12 * (1 - score));
    }
}

static void test_greedy_without_way(void **state)
{
    (void)state;
    start(2, 3, 2, 1);
    d.logits = 0;
    for (int i = 0; i < 12; i++) x[i] = -1;
    x[2] = x[3] = -INFINITY;
    run();
    expect_row(0, NULL, 0);
    assert_true(scores[0] == -INFINITY && scores[1] == -3);
    d.beam = 4;
    run();
    expect_row(0, NULL, 0);
    assert_true(scores[0] == -INFINITY && scores[1] > -3);
}

/* ---- ties, fewer labellings than asked for ----------------------------------------------------
 */

static void test_ties(void **state)
{
    static const int32_t one[] = {1}, two[] = {2};
    (void)state;
    start(1, 1, 4, 3);
    memset(x, 0, sizeof x); /* all four labellings of one frame have probability 1 / 4 */
    d.beam = 3;
    run();
    expect_row(0, NULL, 0);
    expect_row(1, one, 1);
    expect_row(2, two, 1);
    for (int k = 0; k < 3; k++) assert_true(fabs(scores[k] + log(4)) < 1e-15);
}

static void test_fewer_than_best(void **state)
{
    static const int32_t one[] = {1};
    (void)state;
    start(1, 1, 2, 5);
    x[0] = 0;
    x[1] = 1;
    d.beam = 8;
    run();
    expect_row(0, one, 1);
    for (int k = 1; k < 5; k++) expect_row(k, NULL, 0);
    assert_true(isfinite(scores[0]) && isfinite(scores[1]));
    for (int k = 2; k < 5; k++) assert_true(scores[k] == -INFINITY);
}

static void test_nothing(void **state)
{
    (void)state;
    for (int beam = 0; beam < 2; beam++) {
        start(2, 4, 3, 1); /* no frames in the first sequence */
        memset(x, 0, sizeof x);
        lengths[0] = 0;
        d.beam = beam;
        run();
        expect_row(0, NULL, 0);
        assert_true(scores[0] == 0 && scores[1] < 0);
        start(2, 0, 3, 1);
        d.beam = beam;
        run();
        assert_true(label_lengths[0] == 0 && label_lengths[1] == 0 && scores[1] == 0);
        start(0, 4, 3, 1);
        d.beam = beam;
        run();
        start(1, 4, 1, 1); /* the blank alone */
        d.beam = beam;
        run();
        expect_row(0, NULL, 0);
        assert_true(scores[0] == 0);
    }
}

static void test_nan_stays_in_its_sequence(void **state)
{
    static const float wrong[] = {NAN, INFINITY};
    (void)state;
    for (int k = 0; k < 8; k++) {
        start(3, 4, 3, 2);
        for (int i = 0; i < 36; i++) x[i] = -(float)(i % 5);
        d.beam = k & 1 ? 3 : 0;
        d.logits = (k & 2) != 0;
        if (!d.beam) list_shape[1] = 1;
        x[12 + 5] = wrong[k >> 2];
        x[24 + 11] = wrong[k >> 2];
        lengths[2] = 3; /* what lies beyond is not read */
        run();
        for (int64_t b = 0; b < list_shape[1]; b++) {
            assert_true(isnan(scores[list_shape[1] + b]));
            expect_row((int)(list_shape[1] + b), NULL, 0);
            assert_true(scores[b] < 0 && isfinite(scores[2 * list_shape[1] + b]));
        }
    }
}

static void test_one_sequence(void **state)
{
    static const int32_t want[] = {1, 2};
    int64_t shape[] = {4, 3}, list[] = {1, 4};
    (void)state;
    start(1, 4, 3, 1);
    memset(x, 0, sizeof x);
    x[1] = x[3 + 1] = x[6 + 0] = x[9 + 2] = 9;
    input = lk_view(x, LK_F32, 2, shape);
    input_lengths = lk_view(lengths, LK_I32, 0, NULL);
    out_labels = lk_view(labels, LK_I32, 2, list);
    out_lengths = lk_view(label_lengths, LK_I32, 1, list);
    out_scores = lk_view(scores, LK_F64, 1, list);
    for (int beam = 0; beam < 5; beam += 4) {
        d.beam = beam;
        d.flags = 0;
        run();
        expect_row(0, want, 2);
    }
}

/* ---- long, wide -------------------------------------------------------------------------------
 */

/* 20000 frames: the probability is far below what a double holds; with independent frames that put
 * all but 1e-9 on one class it is known. */
static void test_long(void **state)
{
    enum { T = 20000, C = 5 };
    const int64_t shape[] = {T, C}, list[] = {2, T};
    double *long_x = malloc(sizeof(double) * T * C), sum = 0, best[2];
    int64_t *long_labels = malloc(sizeof(int64_t) * 2 * T), counts[2], count = 0;
    const lk_tensor in = lk_view(long_x, LK_F64, 2, shape),
                    out = lk_view(long_labels, LK_I64, 2, list);
    const lk_tensor of = lk_vector(counts, LK_I64, list), score = lk_vector(best, LK_F64, list);
    lk_ctc_decoder long_d = LK_CTC_DECODER_INIT;
    rng r = {4};
    (void)state;
    assert_true(long_x && long_labels);
    for (int t = 0; t < T; t++) { /* blank and label in turn, log-probabilities of -5 */
        const int label = t % 2 ? 1 + (int)rng_below(&r, C - 1) : 0;
        for (int c = 0; c < C; c++) long_x[t * C + c] = c == label ? -5 : -45;
        sum -= 5;
        count += t % 2;
    }
    long_d.input = &in;
    long_d.logits = 0;
    long_d.beam = 16;
    long_d.labels = &out;
    long_d.lengths = &of;
    long_d.scores = &score;
    assert_int_equal(lk_ctc_decode(&long_d), LK_OK);
    assert_int_equal(counts[0], count);
    assert_true(fabs(best[0] - sum) < 1e-9); /* the other paths of it add nothing to speak of */
    assert_true(best[1] < best[0] - 30);
    free(long_x);
    free(long_labels);
}

/* With a wide alphabet the labels that are passed over would not have entered: a beam that is wide
 * enough for all labels of one frame, cut down, is the narrow one. */
static void test_wide(void **state)
{
    enum { C = 700 };
    static int32_t wide[C], counts[C];
    static double wide_scores[C];
    const int64_t list[] = {1, C, 1};
    const lk_tensor many = lk_view(wide, LK_I32, 3, list), of = lk_view(counts, LK_I32, 2, list);
    const lk_tensor all = lk_view(wide_scores, LK_F64, 2, list);
    (void)state;
    for (uint64_t seed = 1; seed < 20; seed++) {
        rng r = {seed};
        start(1, 1, C, 10);
        for (int c = 0; c < C; c++) x[c] = (float)rng_below(&r, 300) / 16;
        d.blank = (int64_t)(seed * 31 % C);
        d.beam = 10;
        run();
        d.beam = C;
        d.labels = &many;
        d.lengths = &of;
        d.scores = &all;
        run();
        for (int k = 0; k < 10; k++) {
            assert_int_equal(label_lengths[k], counts[k]);
            assert_int_equal(labels[k], wide[k]);
            assert_true(scores[k] == wide_scores[k]);
        }
        for (int k = 1; k < C; k++) assert_true(wide_scores[k] <= wide_scores[k - 1]);
    }
}

static void test_threads_do_not_change_bits(void **state)
{
    enum { N = 40, T = 60, C = 50, BEST = 3 };
    static float many[N * T * C];
    static int32_t got[2][N * BEST * T], counts[2][N * BEST];
    static double of[2][N * BEST];
    const int64_t in[] = {T, N, C}, list[] = {N, BEST, T};
    const lk_tensor frames = lk_view(many, LK_F32, 3, in);
    rng r = {6};
    (void)state;
    for (int i = 0; i < N * T * C; i++) many[i] = (float)rng_below(&r, 1000) / 64;
    for (int threads = 1; threads <= 4; threads++) {
        const int k = threads > 1;
        const lk_tensor a = lk_view(got[k], LK_I32, 3, list),
                        b = lk_view(counts[k], LK_I32, 2, list);
        const lk_tensor c = lk_view(of[k], LK_F64, 2, list);
        lk_ctc_decoder batch = LK_CTC_DECODER_INIT;
        batch.input = &frames;
        batch.beam = 12;
        batch.labels = &a;
        batch.lengths = &b;
        batch.scores = &c;
        memset(got[1], 0, sizeof got[1]);
        lk_set_num_threads(threads);
        assert_int_equal(lk_ctc_decode(&batch), LK_OK);
        if (!k) continue;
        assert_memory_equal(got[0], got[1], sizeof got[0]);
        assert_memory_equal(counts[0], counts[1], sizeof counts[0]);
        assert_memory_equal(of[0], of[1], sizeof of[0]);
    }
    lk_set_num_threads(0);
}

/* ---- wrong arguments
 * ------------------------------------------------------------------------------ */

static void expect_failure(lk_status status, const char *sentence)
{
    assert_int_equal(lk_ctc_decode(&d), status);
    assert_string_equal(lk_last_error(), sentence);
    for (int i = 0; i < ROOM; i++) assert_int_equal(labels[i], -7);
    for (int i = 0; i < 64; i++) assert_true(label_lengths[i] == -7 && scores[i] == -7);
    start(2, 4, 3, 2);
    d.beam = 4;
}

static void test_wrong_options(void **state)
{
    (void)state;
    assert_int_equal(lk_ctc_decode(NULL), LK_INVALID);
    assert_string_equal(lk_last_error(), "lk_ctc_decode: the decoder is NULL");
    start(2, 4, 3, 2);
    d.beam = -1;
    expect_failure(LK_INVALID, "lk_ctc_decode: beam = -1 is negative");
    d.beam = 0;
    expect_failure(LK_INVALID,
                   "lk_ctc_decode: labels has room for 2 labellings, but greedy decoding "
                   "gives 1");
    d.beam = 1;
    expect_failure(LK_INVALID,
                   "lk_ctc_decode: labels has room for 2 labellings, but the beam holds 1");
    d.blank = 3;
    expect_failure(LK_INVALID, "lk_ctc_decode: blank = 3 is outside [0, 3), and not -1, the last");
    d.blank = -2;
    expect_failure(LK_INVALID, "lk_ctc_decode: blank = -2 is outside [0, 3), and not -1, the last");
    d.logits = 2;
    expect_failure(LK_INVALID, "lk_ctc_decode: logits = 2 is neither 0 nor 1");
    d.flags = LK_ACCUMULATE;
    expect_failure(LK_INVALID, "lk_ctc_decode takes no flags 0x1");
    d.length_bonus = NAN;
    expect_failure(LK_INVALID, "lk_ctc_decode: length_bonus = nan is not finite");
    d.size = 8;
    assert_int_equal(lk_ctc_decode(&d), LK_INVALID);
}

static void test_wrong_arrays(void **state)
{
    int64_t shape[] = {2, 2, 5};
    (void)state;
    start(2, 4, 3, 2);
    d.input = NULL;
    expect_failure(LK_INVALID, "lk_ctc_decode: input is NULL");
    d.labels = NULL;
    expect_failure(LK_INVALID, "lk_ctc_decode: labels is NULL");
    d.lengths = NULL;
    expect_failure(LK_INVALID, "lk_ctc_decode: lengths is NULL");
    input = lk_view(x, LK_I32, 3, in_shape);
    expect_failure(LK_INVALID,
                   "lk_ctc_decode: input is an integer array; it must be f32, f64, f16 or "
                   "bf16");
    input.ndim = 1;
    expect_failure(LK_INVALID,
                   "lk_ctc_decode: input has 1 dimensions, not the 3 of [T, N, C] or 2 of [T, C]");
    out_labels = lk_view(labels, LK_I32, 2, list_shape);
    expect_failure(LK_INVALID, "lk_ctc_decode: labels has 2 dimensions, not the 3 of [N, best, T]");
    out_labels = lk_view(labels, LK_I32, 3, shape);
    expect_failure(LK_INVALID,
                   "lk_ctc_decode: labels has extent 5 where [N, best, T] has 4 (dimension "
                   "2 of [N, best, T])");
    list_shape[1] = 0;
    expect_failure(LK_INVALID, "lk_ctc_decode: labels has room for 0 labellings of a sequence");
    out_labels = lk_view(labels, LK_F32, 3, list_shape);
    expect_failure(LK_INVALID, "lk_ctc_decode: labels is neither i32 nor i64");
    out_scores = lk_view(scores, LK_F16, 2, list_shape);
    expect_failure(LK_INVALID, "lk_ctc_decode: scores is neither f32 nor f64");
    lengths[1] = 5;
    expect_failure(LK_OUT_OF_DOMAIN, "lk_ctc_decode: input_lengths[1] = 5 is outside [0, 4]");
    out_lengths.data = labels;
    expect_failure(LK_INVALID, "lk_ctc_decode: lengths overlaps labels");
    out_labels.data = x;
    expect_failure(LK_INVALID,
                   "lk_ctc_decode: labels overlaps input without being the same view of it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_greedy),        cmocka_unit_test(test_greedy_without_way),
        cmocka_unit_test(test_ties),          cmocka_unit_test(test_fewer_than_best),
        cmocka_unit_test(test_nothing),       cmocka_unit_test(test_nan_stays_in_its_sequence),
        cmocka_unit_test(test_one_sequence),  cmocka_unit_test(test_long),
        cmocka_unit_test(test_wide),          cmocka_unit_test(test_threads_do_not_change_bits),
        cmocka_unit_test(test_wrong_options), cmocka_unit_test(test_wrong_arrays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
