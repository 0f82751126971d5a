/* test_ctc_decode.c: decoding against all paths: with a beam that holds every prefix the labellings
 * come back in the order of their probabilities. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/element_types.h"
#include "support/view.h"

enum {
    N = 3,
    T = 6,
    C = 4,
    ALL = 1365 /* labellings of up to 6 of 4 classes, 4 of them too many */
};

static double x[N][T][C];
static int64_t lengths[N];
static struct {
    int dtype, label_type, batch_first;
    enum view_layout layout;
    int64_t best;
    lk_ctc_decoder decoder;
    view input, input_lengths, labels, label_lengths, scores;
} d;

static void start(uint64_t seed)
{
    const lk_ctc_decoder decoder = LK_CTC_DECODER_INIT;
    rng r = {seed};
    memset(&d, 0, sizeof d);
    d.decoder = decoder;
    d.dtype = LK_F64;
    d.label_type = LK_I32;
    d.best = 1;
    for (int n = 0; n < N; n++) {
        lengths[n] = n ? 1 + rng_below(&r, T) : T;
        for (int t = 0; t < T; t++)
            for (int c = 0; c < C; c++) x[n][t][c] = (double)(rng_below(&r, 129) - 64) / 32;
    }
}

static void make(void)
{
    const int64_t by_time[] = {T, N, C}, by_batch[] = {N, T, C}, count[] = {N};
    const int64_t lists[] = {N, d.best, T};
    rng r = {7};
    view_make(&d.input, d.dtype, 3, d.batch_first ? by_batch : by_time, d.layout, &r);
    view_make(&d.input_lengths, LK_I64, 1, count, d.layout, &r);
    view_make(&d.labels, d.label_type, 3, lists, d.layout, &r);
    view_make(&d.label_lengths, d.label_type, 2, lists, d.layout, &r);
    view_make(&d.scores, LK_F64, 2, lists, d.layout, &r);
    for (int n = 0; n < N; n++) {
        view_set(&d.input_lengths, n, (double)lengths[n]);
        for (int t = 0; t < T; t++)
            for (int c = 0; c < C; c++)
                view_set(&d.input, (d.batch_first ? n * T + t : t * N + n) * C + c, x[n][t][c]);
    }
    d.decoder.input = &d.input.tensor;
    d.decoder.input_lengths = &d.input_lengths.tensor;
    d.decoder.labels = &d.labels.tensor;
    d.decoder.lengths = &d.label_lengths.tensor;
    d.decoder.scores = &d.scores.tensor;
    if (d.batch_first) d.decoder.flags |= LK_BATCH_FIRST;
}

static void unmake(void)
{
    view *const views[] = {&d.input, &d.input_lengths, &d.labels, &d.label_lengths, &d.scores};
    for (int k = 0; k < 5; k++) view_free(views[k]);
}

static void run(void)
{
    make();
    if (lk_ctc_decode(&d.decoder)) fail_msg("%s", lk_last_error());
}

/* ---- all paths --------------------------------------------------------------------------------
 */

typedef struct labelling {
    long double probability;
    double score;
    int length, label[T];
} labelling;

static labelling all[ALL + 3000];
static int found;
static int64_t blank;

static long double log_probability(int n, int t, int c)
{
    long double sum = 0;
    for (int k = 0; k < C; k++) sum += expl((long double)x[n][t][k]);
    return (long double)x[n][t][c] - (d.decoder.logits ? logl(sum) : 0);
}

static void add_path(const int *path, int frames, long double probability)
{
    labelling l = {.probability = probability};
    for (int t = 0; t < frames; t++)
        if (path[t] != blank && (t == 0 || path[t] != path[t - 1])) l.label[l.length++] = path[t];
    for (int k = 0; k < found; k++)
        if (all[k].length == l.length && !memcmp(all[k].label, l.label, sizeof l.label)) {
            all[k].probability += probability;
            return;
        }
    all[found++] = l;
}

static void walk(int n, int *path, int t, long double log)
{
    if (t == lengths[n]) {
        if (log > -INFINITY) add_path(path, t, expl(log));
        return;
    }
    for (int c = 0; c < C; c++) {
        path[t] = c;
        walk(n, path, t + 1, log + log_probability(n, t, c));
    }
}

static int by_score(const void *a, const void *b)
{
    const double left = ((const labelling *)a)->score, right = ((const labelling *)b)->score;
    return (left < right) - (left > right);
}

static void enumerate(int n)
{
    int path[T];
    found = 0;
    blank = d.decoder.blank < 0 ? C - 1 : d.decoder.blank;
    walk(n, path, 0, 0);
    for (int k = 0; k < found; k++)
        all[k].score =
            (double)logl(all[k].probability) + d.decoder.length_bonus * (double)all[k].length;
    qsort(all, (size_t)found, sizeof *all, by_score);
}

static double score_at(int n, int64_t k) { return view_get(&d.scores, n * d.best + k); }
static int64_t length_at(int n, int64_t k)
{
    return (int64_t)view_get(&d.label_lengths, n * d.best + k);
}
static int label_at(int n, int64_t k, int64_t i)
{
    return (int)view_get(&d.labels, (n * d.best + k) * T + i);
}

static void expect_labelling(int n, int64_t k, const labelling *want)
{
    if (!(fabs(score_at(n, k) - want->score) <= 1e-12 * (1 + fabs(want->score))))
        fail_msg("labelling %d of sequence %d scores %.17g, not %.17g", (int)k, n, score_at(n, k),
                 want->score);
    assert_int_equal(length_at(n, k), want->length);
    for (int i = 0; i < T; i++)
        assert_int_equal(label_at(n, k, i), i < want->length ? want->label[i] : -1);
}

static void expect_none(int n, int64_t k, double score)
{
    assert_true(isnan(score) ? isnan(score_at(n, k)) : score_at(n, k) == score);
    assert_int_equal(length_at(n, k), 0);
    for (int i = 0; i < T; i++) assert_int_equal(label_at(n, k, i), -1);
}

static void expect_all(void)
{
    for (int n = 0; n < N; n++) {
        enumerate(n);
        for (int64_t k = 0; k < d.best; k++) {
            if (k >= found) {
                expect_none(n, k, -INFINITY);
                continue;
            }
            /* labellings that score the same up to rounding may change places */
            const int apart = (k == 0 || all[k - 1].score - all[k].score > 1e-11) &&
                              (k + 1 >= found || all[k].score - all[k + 1].score > 1e-11);
            if (apart) expect_labelling(n, k, &all[k]);
        }
    }
}

static void test_all_labellings(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++)
        for (int k = 0; k < 8; k++) {
            start(seed);
            d.best = ALL;
            d.decoder.beam = k & 1 ? INT64_MAX : ALL;
            d.decoder.blank = k & 2 ? -1 : (int64_t)(seed % C);
            d.decoder.length_bonus = k & 4 ? 0.75 : 0;
            run();
            expect_all();
            unmake();
        }
}

static void test_log_probabilities(void **state)
{
    (void)state;
    start(3);
    for (int n = 0; n < N; n++)
        for (int t = 0; t < T; t++)
            for (int c = 0; c < C; c++) x[n][t][c] -= 3; /* below 0, and of no distribution */
    d.decoder.logits = 0;
    d.decoder.beam = d.best = ALL;
    x[0][1][2] = x[0][2][0] = x[0][3][3] = -INFINITY;
    run();
    expect_all();
    unmake();
}

static void test_masks(void **state)
{
    (void)state;
    start(5);
    d.decoder.beam = d.best = ALL;
    for (int t = 0; t < T; t++) x[0][t][t % C] = -INFINITY;
    for (int c = 0; c < C; c++) x[1][0][c] = c == 2 ? 1 : -INFINITY;
    run();
    expect_all();
    unmake();
}

static void test_layouts_and_dtypes(void **state)
{
    static const int dtypes[] = {LK_F64, LK_F32, LK_F16, LK_BF16};
    (void)state;
    for (int k = 0; k < 32; k++) {
        start(11);
        d.dtype = dtypes[k & 3];
        d.batch_first = (k & 4) != 0;
        d.layout = k & 8 ? VIEW_RANDOM : VIEW_PLAIN;
        d.label_type = k & 16 ? LK_I64 : LK_I32;
        d.decoder.beam = ALL;
        d.best = 5;
        if (d.dtype == LK_BF16) /* 8 bits */
            for (int i = 0; i < N * T * C; i++) (&x[0][0][0])[i] = rint((&x[0][0][0])[i] * 16) / 16;
        run();
        expect_all();
        unmake();
    }
}

/* ---- narrow beams -------------------------------------------------------------------------------
 */

/* The search from its description, every prefix an array, every candidate label tried. */
enum { MOST = 40 };
typedef struct prefix {
    int length, label[T];
    double blank, labelled, score;
} prefix;

static double log_add(double a, double b)
{
    const double more = a > b ? a : b, less = a > b ? b : a;
    return more == -INFINITY ? more : more + log1p(exp(less - more));
}

static prefix *find(prefix *list, int *count, const prefix *like)
{
    for (int k = 0; k < *count; k++)
        if (list[k].length == like->length &&
            !memcmp(list[k].label, like->label, sizeof like->label))
            return &list[k];
    prefix *p = &list[(*count)++];
    *p = *like;
    p->blank = p->labelled = -INFINITY;
    return p;
}

static int by_prefix_score(const void *a, const void *b)
{
    const double left = ((const prefix *)a)->score, right = ((const prefix *)b)->score;
    return (left < right) - (left > right);
}

static int plain_search(int n, prefix *beam)
{
    static prefix next[MOST * (C + 1)];
    int count = 1;
    beam[0] = (prefix){.blank = 0, .labelled = -INFINITY};
    for (int t = 0; t < lengths[n]; t++) {
        int fresh = 0;
        for (int k = 0; k < count; k++)
            for (int c = 0; c < C; c++) {
                const prefix *p = &beam[k];
                const double y = (double)log_probability(n, t, c);
                const double total = log_add(p->blank, p->labelled);
                const int repeats = p->length && p->label[p->length - 1] == c;
                prefix *same = find(next, &fresh, p);
                if (c == blank) {
                    same->blank = log_add(same->blank, total + y);
                    continue;
                }
                if (repeats) same->labelled = log_add(same->labelled, p->labelled + y);
                prefix longer = *p;
                longer.label[longer.length++] = c;
                prefix *to = find(next, &fresh, &longer);
                to->labelled = log_add(to->labelled, (repeats ? p->blank : total) + y);
            }
        for (int k = 0; k < fresh; k++)
            next[k].score =
                log_add(next[k].blank, next[k].labelled) + d.decoder.length_bonus * next[k].length;
        qsort(next, (size_t)fresh, sizeof *next, by_prefix_score);
        count = fresh < d.decoder.beam ? fresh : (int)d.decoder.beam;
        memcpy(beam, next, (size_t)count * sizeof *next);
    }
    return count;
}

static void test_narrow_beams(void **state)
{
    static prefix beam[MOST];
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++)
        for (int width = 1; width <= 9; width++) {
            start(seed);
            rng r = {seed + 100}; /* without ties, which the two would break in different ways */
            for (int i = 0; i < N * T * C; i++)
                (&x[0][0][0])[i] = (double)(rng_next(&r) >> 11) * 0x1p-51 - 2;
            d.decoder.beam = d.best = width;
            d.decoder.length_bonus = seed % 3 ? 0 : 0.5;
            d.decoder.blank = blank = (int64_t)(seed % C);
            run();
            for (int n = 0; n < N; n++) {
                const int count = plain_search(n, beam);
                for (int k = 0; k < width && k < count; k++) {
                    labelling want = {.score = beam[k].score, .length = beam[k].length};
                    memcpy(want.label, beam[k].label, sizeof want.label);
                    if (beam[k].score == -INFINITY)
                        expect_none(n, k, -INFINITY);
                    else
                        expect_labelling(n, k, &want);
                }
            }
            unmake();
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_labellings), cmocka_unit_test(test_log_probabilities),
        cmocka_unit_test(test_masks),          cmocka_unit_test(test_layouts_and_dtypes),
        cmocka_unit_test(test_narrow_beams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
