/* test_ctc.c: CTC against the sum over all paths, closed forms, and its own differences. */
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
#include "support/ctc_reference.h"
#include "support/rng.h"

typedef struct options {
    double blank, logits, zero_infinity, torch_gradient;
} options;

static double uniform(rng *r) { return (double)rng_below(r, 1 << 30) / (1 << 30); }

/* Scores in [-reach, reach]. */
static void draw(rng *r, double reach, int64_t n, double *x)
{
    for (int64_t i = 0; i < n; i++) x[i] = reach * (2 * uniform(r) - 1);
}

static lk_status evaluate(const lk_call *call, options o)
{
    return lk_ctc(call, o.blank, o.logits, o.zero_infinity, o.torch_gradient);
}

/* One utterance [T, C] of doubles. */
static double one(int64_t frames, int64_t classes, const double *x, const int *labels, int n,
                  options o, double *gradient, double *curvature)
{
    const int64_t shape[] = {frames, classes}, length = n;
    const lk_tensor input = lk_view(x, LK_F64, 2, shape),
                    target = lk_vector(labels, LK_I32, &length);
    const lk_tensor g = lk_view(gradient, LK_F64, 2, shape);
    const lk_tensor h = lk_view(curvature, LK_F64, 2, shape);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.gradient = gradient ? &g : NULL;
    call.curvature = curvature ? &h : NULL;
    call.result = &result;
    if (evaluate(&call, o)) fail_msg("%s", lk_last_error());
    return result.value;
}

static void close_to(double got, double want, double limit, const char *what)
{
    const int same = got == want || fabs(got - want) <= limit * fmax(1, fabs(want));
    if (!same) fail_msg("%s is %.17g, not %.17g", what, got, want);
}

/* ---- all paths ------------------------------------------------------------------------------- */

/* The next of all sequences without the blank, shortest first; 0 after the last of `most` labels.
 */
static int next_target(int *labels, int *n, int classes, int blank, int most)
{
    for (int k = *n - 1; k >= 0; k--) {
        do labels[k]++;
        while (labels[k] == blank);
        if (labels[k] < classes) return 1;
        labels[k] = blank == 0;
    }
    if (classes == 1 || *n == most) return 0;
    labels[(*n)++] = blank == 0;
    return 1;
}

static void check_target(const path_sums *p, const double *x, const int *labels, int n, int logits,
                         double reach)
{
    double g[PATH_FRAMES * PATH_CLASSES], h[PATH_FRAMES * PATH_CLASSES];
    const options o = {p->blank, logits, 0, 0};
    const double value = one(p->frames, p->classes, x, labels, n, o, g, h);
    const int target = path_target(labels, n);
    const int possible = n <= p->frames && p->probability[target] > 0;
    /* sums of logarithms are rounded like their largest term */
    const double size = value < HUGE_VAL ? fabs(value) + reach * p->frames : 0;
    const double limit = 4e-15 + 2e-16 * size;
    close_to(value, possible ? (double)-logl(p->probability[target]) : HUGE_VAL, limit,
             "the value");
    if (logits) assert_true(value >= 0);
    for (int t = 0; t < p->frames; t++) {
        double sum = 0;
        for (int c = 0; c < p->classes; c++) {
            const long double y = logits ? p->y[t][c] : 0;
            const long double at = possible ? p->at[target][t][c] / p->probability[target] : y;
            const double slope = (double)(y - at), bend = (double)(y * (1 - y) - at * (1 - at));
            close_to(g[t * p->classes + c], possible ? slope : 0, limit, "the gradient");
            close_to(h[t * p->classes + c], possible ? bend : 0, limit, "the curvature");
            sum += g[t * p->classes + c];
        }
        if (logits) close_to(sum, 0, limit, "a row of the gradient");
    }
}

/* A reach of 400 needs logarithms: losses are far beyond that of the smallest double. */
static void test_all_paths(void **state)
{
    static const double reaches[] = {1, 30, 400};
    path_sums *p = malloc(sizeof *p);
    double x[PATH_FRAMES * PATH_CLASSES], largest = 0;
    rng r = {1};
    int targets = 0;
    (void)state;
    assert_non_null(p);
    for (int frames = 1; frames <= PATH_FRAMES; frames++)
        for (int classes = 1; classes <= PATH_CLASSES; classes++)
            for (int k = 0; k < 3; k++) {
                const int blank = (int)rng_below(&r, classes), logits = (int)rng_below(&r, 3) > 0;
                int labels[PATH_FRAMES + 1], n = 0;
                draw(&r, reaches[k], frames * classes, x);
                path_sums_make(p, frames, classes, blank, x, logits);
                do {
                    check_target(p, x, labels, n, logits, reaches[k]);
                    largest = fmax(largest, (double)-logl(p->probability[path_target(labels, n)]));
                    targets++;
                } while (next_target(labels, &n, classes, blank, frames));
            }
    free(p);
    assert_true(targets > 5000);
    assert_true(largest > 745);
}

/* ---- closed forms ------------------------------------------------------------------------------
 */

/* Equal probabilities: so many paths spell U different neighbours in T frames as one can choose 2U
 * of T + U; each equal pair of neighbours takes one away from T + U. */
static double uniform_value(int frames, int labels, int repeats, int classes)
{
    const long double n = frames + labels - repeats, k = 2.0L * labels;
    const long double paths = lgammal(n + 1) - lgammal(k + 1) - lgammal(n - k + 1);
    return (double)(frames * logl(classes) - paths);
}

static void check_long(int frames, int n, int pairs, double reach)
{
    enum { CLASSES = 5 };
    const size_t size = (size_t)frames * CLASSES;
    double *x = calloc(size, sizeof *x), *g = malloc(size * sizeof *g);
    int *labels = malloc((size_t)n * sizeof *labels);
    assert_non_null(x);
    assert_non_null(g);
    assert_non_null(labels);
    int repeats = 0;
    for (int k = 0; k < n; k++) labels[k] = 1 + (k < 2 * pairs ? k / 2 : k) % 4;
    for (int k = 1; k < n; k++) repeats += labels[k] == labels[k - 1];
    /* adding a number to a frame's scores changes nothing */
    for (size_t i = 0; i < size; i++) x[i] = reach * (double)(i / CLASSES % 7);
    const options o = {0, 1, 0, 0};
    close_to(one(frames, CLASSES, x, labels, n, o, g, NULL),
             uniform_value(frames, n, repeats, CLASSES), 1e-12, "the value");
    for (int t = 0; t < frames; t++) {
        double sum = 0;
        for (int c = 0; c < CLASSES; c++) sum += g[t * CLASSES + c];
        close_to(sum, 0, 1e-14, "a row of the gradient");
    }
    free(x);
    free(g);
    free(labels);
}

static void test_long_utterances(void **state)
{
    (void)state;
    check_long(20000, 40, 0, 0);
    check_long(20000, 40, 10, 1000);
    check_long(20000, 600, 7, 1);
    check_long(2000, 1000, 0, 0);
    check_long(2000, 1990, 10, 0); /* all but one of the frames are spoken for */
}

/* ---- differences -------------------------------------------------------------------------------
 */

static void check_differences(rng *r, options o)
{
    enum { FRAMES = 9, CLASSES = 4 };
    static const int labels[] = {1, 1, 2, 3};
    double x[FRAMES * CLASSES], g[FRAMES * CLASSES], h[FRAMES * CLASSES], g1[FRAMES * CLASSES],
        g2[FRAMES * CLASSES];
    const double step = 1e-4;
    draw(r, 2, FRAMES * CLASSES, x);
    (void)one(FRAMES, CLASSES, x, labels, 4, o, g, h);
    for (int i = 0; i < FRAMES * CLASSES; i++) {
        const double at = x[i];
        double d = 0, d2 = 0;
        /* fourth order: the error is about step^4 */
        static const double places[] = {-2, -1, 1, 2}, weights[] = {1, -8, 8, -1};
        for (int k = 0; k < 4; k++) {
            x[i] = at + places[k] * step;
            d += weights[k] * one(FRAMES, CLASSES, x, labels, 4, o, k % 2 ? g1 : g2, NULL);
            d2 += weights[k] * (k % 2 ? g1 : g2)[i];
        }
        x[i] = at;
        close_to(g[i], d / (12 * step), 1e-9, "the gradient");
        close_to(h[i], d2 / (12 * step), 1e-9, "the curvature");
    }
}

static void test_differences(void **state)
{
    rng r = {2};
    (void)state;
    check_differences(&r, (options){0, 1, 0, 0});
    check_differences(&r, (options){0, 0, 0, 0});
}

/* ---- batches -----------------------------------------------------------------------------------
 */

enum { T = 40, N = 5, C = 7, U = 6 };

typedef struct batch {
    int64_t shape[3], labels[2], count;
    double x[T * N * C], g[T * N * C], value[N], weight[N];
    int64_t target[N * U], frames[N], lengths[N];
    lk_tensor input, gradient, values, weights, targets, input_lengths, target_lengths;
    lk_result result;
    lk_call call;
} batch;

static void batch_make(batch *b, rng *r)
{
    const lk_call call = LK_CALL_INIT;
    memset(b, 0, sizeof *b);
    b->shape[0] = T, b->shape[1] = N, b->shape[2] = C;
    b->labels[0] = N, b->labels[1] = U, b->count = N;
    draw(r, 3, T * N * C, b->x);
    for (int i = 0; i < N * U; i++) b->target[i] = 1 + rng_below(r, C - 1);
    for (int n = 0; n < N; n++) {
        b->frames[n] = T - rng_below(r, 10);
        b->lengths[n] = U - rng_below(r, 3);
        b->weight[n] = 0.5 + uniform(r);
    }
    b->input = lk_view(b->x, LK_F64, 3, b->shape);
    b->gradient = lk_view(b->g, LK_F64, 3, b->shape);
    b->targets = lk_view(b->target, LK_I64, 2, b->labels);
    b->values = lk_vector(b->value, LK_F64, &b->count);
    b->weights = lk_vector(b->weight, LK_F64, &b->count);
    b->input_lengths = lk_vector(b->frames, LK_I64, &b->count);
    b->target_lengths = lk_vector(b->lengths, LK_I64, &b->count);
    b->call = call;
    b->call.input = &b->input;
    b->call.target = &b->targets;
    b->call.gradient = &b->gradient;
    b->call.value = &b->values;
    b->call.input_lengths = &b->input_lengths;
    b->call.target_lengths = &b->target_lengths;
    b->call.result = &b->result;
}

static const options usual = {0, 1, 0, 0};

static double *at(batch *b, int t, int n, int c) { return &b->x[(t * N + n) * C + c]; }

static void test_frames_beyond_are_not_read(void **state)
{
    batch b;
    rng r = {3};
    double value[N];
    (void)state;
    batch_make(&b, &r);
    assert_int_equal(evaluate(&b.call, usual), LK_OK);
    memcpy(value, b.value, sizeof value);
    for (int n = 0; n < N; n++) {
        for (int64_t t = b.frames[n]; t < T; t++)
            for (int c = 0; c < C; c++) *at(&b, (int)t, n, c) = NAN;
        for (int64_t k = b.lengths[n]; k < U; k++) b.target[n * U + k] = -1000;
    }
    memset(b.g, 0xff, sizeof b.g);
    assert_int_equal(evaluate(&b.call, usual), LK_OK);
    assert_memory_equal(b.value, value, sizeof value);
    for (int t = 0; t < T; t++)
        for (int n = 0; n < N; n++)
            for (int c = 0; c < C; c++) {
                const double g = b.g[(t * N + n) * C + c];
                if (t < b.frames[n])
                    assert_true(isfinite(g));
                else
                    assert_true(g == 0);
            }
}

static void test_nan_stays_in_its_utterance(void **state)
{
    batch b, clean;
    rng r = {4};
    (void)state;
    batch_make(&b, &r);
    batch_make(&clean, &(rng){4});
    assert_int_equal(evaluate(&clean.call, usual), LK_OK);
    *at(&b, 3, 2, 1) = NAN;
    *at(&b, 0, 4, 5) = HUGE_VAL;
    assert_int_equal(evaluate(&b.call, usual), LK_OK);
    for (int n = 0; n < N; n++) {
        const int wrong = n == 2 || n == 4;
        assert_true(wrong ? isnan(b.value[n]) : b.value[n] == clean.value[n]);
        for (int64_t t = 0; t < b.frames[n]; t++)
            for (int c = 0; c < C; c++) {
                const int64_t i = (t * N + n) * C + c;
                assert_true(wrong ? isnan(b.g[i]) : b.g[i] == clean.g[i]);
            }
    }
}

/* -inf masks a class: elsewhere nothing happens, on a label there is no path. */
static void test_masks(void **state)
{
    batch b;
    rng r = {5};
    (void)state;
    batch_make(&b, &r);
    for (int n = 0; n < N; n++)
        for (int k = 0; k < U; k++) b.target[n * U + k] = 1 + k % 3;
    for (int t = 0; t < T; t++) *at(&b, t, 0, 6) = *at(&b, t, 1, 2) = -HUGE_VAL;
    assert_int_equal(evaluate(&b.call, usual), LK_OK);
    assert_true(isfinite(b.value[0]) && b.value[1] == HUGE_VAL);
    for (int t = 0; t < T; t++) {
        assert_true(b.g[(t * N + 0) * C + 6] == 0);
        for (int c = 0; c < C; c++) assert_true(b.g[(t * N + 1) * C + c] == 0);
    }
    assert_int_equal(evaluate(&b.call, (options){0, 1, 1, 0}), LK_OK);
    assert_true(b.value[1] == 0);
}

static void test_reductions(void **state)
{
    batch b;
    rng r = {6};
    double sum = 0, by_length = 0, weighted = 0, weights = 0, g[LK_LENGTH_MEAN + 1];
    (void)state;
    batch_make(&b, &r);
    b.lengths[1] = 0;
    b.call.reduction = LK_NONE;
    assert_int_equal(evaluate(&b.call, usual), LK_OK);
    for (int n = 0; n < N; n++) {
        sum += b.value[n];
        by_length += b.value[n] / (double)(b.lengths[n] ? b.lengths[n] : 1);
        weighted += b.value[n] * b.weight[n];
        weights += b.weight[n];
    }
    const double single = b.g[0];
    const double results[] = {sum / N, sum, sum, sum / N, sum / N, by_length / N};
    const double shares[] = {1.0 / N, 1, 1, 1.0 / N, 1.0 / N, 1.0 / N / (double)b.lengths[0]};
    for (int k = LK_MEAN; k <= LK_LENGTH_MEAN; k++) {
        b.call.reduction = (lk_reduction)k;
        assert_int_equal(evaluate(&b.call, usual), LK_OK);
        close_to(b.result.value, results[k], 1e-14, "the result");
        g[k] = b.g[0];
        close_to(g[k], single * shares[k], 1e-14, "the gradient");
        assert_int_equal(b.result.count, N);
    }
    b.call.weight = &b.weights;
    b.call.reduction = LK_WEIGHTED_MEAN;
    assert_int_equal(evaluate(&b.call, usual), LK_OK);
    close_to(b.result.value, weighted / weights, 1e-14, "the weighted mean");
    close_to(b.g[0], single * b.weight[0] / weights, 1e-14, "its gradient");
}

/* A weight of 0 takes an infinite loss out. */
static void test_weight_zero(void **state)
{
    batch b;
    rng r = {7};
    (void)state;
    batch_make(&b, &r);
    b.frames[3] = 1;
    b.weight[3] = 0;
    b.call.weight = &b.weights;
    assert_int_equal(evaluate(&b.call, usual), LK_OK);
    assert_true(isfinite(b.result.value) && b.value[3] == 0);
}

static void test_nothing(void **state)
{
    batch b;
    rng r = {8};
    (void)state;
    batch_make(&b, &r);
    for (int n = 0; n < N; n++) b.frames[n] = 0, b.lengths[n] = n % 2;
    assert_int_equal(evaluate(&b.call, usual), LK_OK);
    for (int n = 0; n < N; n++) assert_true(b.value[n] == (n % 2 ? HUGE_VAL : 0));
    for (int i = 0; i < T * N * C; i++) assert_true(b.g[i] == 0);
    b.shape[1] = b.labels[0] = b.count = 0;
    assert_int_equal(evaluate(&b.call, usual), LK_OK);
    assert_true(b.result.value == 0 && b.result.count == 0);
    const int64_t no_frames[] = {0, 3};
    const lk_tensor empty = lk_view(NULL, LK_F32, 2, no_frames);
    lk_call call = LK_CALL_INIT;
    const lk_tensor none = lk_vector(NULL, LK_I32, &b.count);
    call.input = &empty;
    call.target = &none;
    call.result = &b.result;
    assert_int_equal(evaluate(&call, usual), LK_OK);
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
            const double p = 1e-9 * uniform(&r);
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
        assert_int_equal(evaluate(&call, (options){0, 0, 0, 0}), LK_OK);
        assert_true(result.value >= 0);
        zeros += result.value == 0;
    }
    assert_true(zeros > 50);
}

static void test_own_workspace(void **state)
{
    batch b;
    rng r = {10};
    size_t bytes;
    (void)state;
    batch_make(&b, &r);
    const double params[] = {0, 1, 0, 0};
    assert_int_equal(lk_workspace_size(LK_CTC, params, 4, &b.call, &bytes), LK_OK);
    unsigned char *memory = malloc(bytes + 64);
    assert_non_null(memory);
    memset(memory, 0xa5, bytes + 64);
    b.call.workspace = memory;
    b.call.workspace_size = bytes;
    assert_int_equal(evaluate(&b.call, usual), LK_OK);
    size_t used = 0;
    for (size_t i = 0; i < bytes; i++) used += memory[i] != 0xa5;
    for (size_t i = bytes; i < bytes + 64; i++) assert_int_equal(memory[i], 0xa5);
    assert_true(used > 0);
    free(memory);
}

/* ---- wrong calls
 * --------------------------------------------------------------------------------- */

static void refused(batch *b, options o, lk_status status, const char *sentence)
{
    memset(b->g, 0x11, sizeof b->g);
    assert_int_equal(evaluate(&b->call, o), status);
    assert_string_equal(lk_last_error(), sentence);
    for (size_t i = 0; i < sizeof b->g; i++) assert_int_equal(((unsigned char *)b->g)[i], 0x11);
}

static void test_wrong_labels(void **state)
{
    batch b;
    rng r = {11};
    (void)state;
    batch_make(&b, &r);
    b.target[2 * U + 1] = 0;
    refused(&b, usual, LK_OUT_OF_DOMAIN, "ctc: target[2, 1] = 0 is the blank");
    b.target[2 * U + 1] = 7;
    refused(&b, usual, LK_OUT_OF_DOMAIN, "ctc: target[2, 1] = 7 is outside [0, 7)");
    b.target[2 * U + 1] = -1;
    refused(&b, usual, LK_OUT_OF_DOMAIN, "ctc: target[2, 1] = -1 is outside [0, 7)");
    b.target[2 * U + 1] = 1;
    b.lengths[3] = 7;
    refused(&b, usual, LK_OUT_OF_DOMAIN, "ctc: target_lengths[3] = 7 is outside [0, 6]");
    b.lengths[3] = 2;
    b.frames[4] = -1;
    refused(&b, usual, LK_OUT_OF_DOMAIN, "ctc: input_lengths[4] = -1 is outside [0, 40]");
    b.frames[4] = T;
    int64_t total = 0;
    for (int n = 0; n < N; n++) total += b.lengths[n];
    b.targets.ndim = 1;
    b.labels[0] = total + 1;
    char sentence[200];
    snprintf(sentence, sizeof sentence,
             "ctc: target has %lld elements, but target_lengths add up to %lld",
             (long long)total + 1, (long long)total);
    refused(&b, usual, LK_INVALID, sentence);
    b.labels[0] = total;
    b.target[b.lengths[0] + 1] = 0;
    snprintf(sentence, sizeof sentence,
             "ctc: target[%lld] (label 1 of sequence 1) = 0 is the blank",
             (long long)b.lengths[0] + 1);
    refused(&b, usual, LK_OUT_OF_DOMAIN, sentence);
    b.call.target_lengths = NULL;
    refused(&b, usual, LK_INVALID,
            "ctc: target holds one sequence after the other: it needs target_lengths");
}

static void test_wrong_shapes(void **state)
{
    batch b;
    rng r = {12};
    (void)state;
    batch_make(&b, &r);
    refused(&b, (options){7, 1, 0, 0}, LK_INVALID, "ctc: blank = 7 is outside [0, 7)");
    refused(&b, (options){1.5, 1, 0, 0}, LK_INVALID, "ctc: blank = 1.5 is no whole number");
    refused(&b, (options){0, 1, 0, 1}, LK_INVALID, "ctc: torch_gradient = 1 is for logits = 0");
    b.call.curvature = &b.gradient;
    b.call.gradient = NULL;
    refused(&b, (options){0, 0, 0, 1}, LK_UNSUPPORTED,
            "ctc: there is no curvature with torch_gradient = 1");
    b.call.curvature = NULL;
    b.call.gradient = &b.gradient;
    b.count = N - 1;
    refused(
        &b, usual, LK_INVALID,
        "ctc: value has extent 4 where the sequences of input has 5 (dimension 0 of the sequences "
        "of input)");
    b.call.value = NULL;
    refused(&b, usual, LK_INVALID,
            "ctc: target_lengths needs the shape [5], one length for each sequence");
    b.count = N;
    b.labels[0] = N - 1;
    refused(
        &b, usual, LK_INVALID,
        "ctc: target needs the shape [5] and a dimension for its tokens, or one dimension for all "
        "sequences");
    b.labels[0] = N;
    b.targets.dtype.code = 2;
    refused(&b, usual, LK_INVALID, "ctc: target is a floating array; it must be i32, i64 or u8");
    b.targets.dtype.code = 0;
    b.input.ndim = 1;
    refused(&b, usual, LK_INVALID,
            "ctc: input has 1 dimensions, not the 3 of [T, N, C] or 2 of [T, C]");
    b.input.ndim = 3;
    b.call.reduction = (lk_reduction)6;
    refused(&b, usual, LK_INVALID, "ctc: there is no reduction 6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_paths),
        cmocka_unit_test(test_long_utterances),
        cmocka_unit_test(test_differences),
        cmocka_unit_test(test_frames_beyond_are_not_read),
        cmocka_unit_test(test_nan_stays_in_its_utterance),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_reductions),
        cmocka_unit_test(test_weight_zero),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_never_negative),
        cmocka_unit_test(test_own_workspace),
        cmocka_unit_test(test_wrong_labels),
        cmocka_unit_test(test_wrong_shapes),
    };
    return cmocka_run_group_tests_name("ctc", tests, NULL, NULL);
}
