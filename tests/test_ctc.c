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
#include "support/ctc_problem.h"
#include "support/ctc_reference.h"
#include "support/rng.h"

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
    const ctc_options o = {p->blank, logits, 0, 0};
    const double value = ctc_one(p->frames, p->classes, x, labels, n, o, g, h);
    const int target = path_target(labels, n);
    const int possible = n <= p->frames && p->probability[target] > 0;
    /* sums of logarithms are rounded like their largest term */
    const double size = value < HUGE_VAL ? fabs(value) + reach * p->frames : 0;
    const double limit = 4e-15 + 2e-16 * size;
    ctc_close_to(value, possible ? (double)-logl(p->probability[target]) : HUGE_VAL, limit,
                 "the value");
    if (logits) assert_true(value >= 0);
    for (int t = 0; t < p->frames; t++) {
        double sum = 0;
        for (int c = 0; c < p->classes; c++) {
            const long double y = logits ? p->y[t][c] : 0;
            const long double at = possible ? p->at[target][t][c] / p->probability[target] : y;
            const double slope = (double)(y - at), bend = (double)(y * (1 - y) - at * (1 - at));
            ctc_close_to(g[t * p->classes + c], possible ? slope : 0, limit, "the gradient");
            ctc_close_to(h[t * p->classes + c], possible ? bend : 0, limit, "the curvature");
            sum += g[t * p->classes + c];
        }
        if (logits) ctc_close_to(sum, 0, limit, "a row of the gradient");
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
                ctc_draw(&r, reaches[k], frames * classes, x);
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

/* Equal probabilities: so many paths spell CTC_U different neighbours in CTC_T frames as one can
 * choose 2U of CTC_T + CTC_U; each equal pair of neighbours takes one away from CTC_T + CTC_U. */
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
    const ctc_options o = {0, 1, 0, 0};
    ctc_close_to(ctc_one(frames, CLASSES, x, labels, n, o, g, NULL),
                 uniform_value(frames, n, repeats, CLASSES), 1e-12, "the value");
    for (int t = 0; t < frames; t++) {
        double sum = 0;
        for (int c = 0; c < CLASSES; c++) sum += g[t * CLASSES + c];
        ctc_close_to(sum, 0, 1e-14, "a row of the gradient");
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
    check_long(2000, 1990, 10, 0); /* every frame is spoken for: there is one path */
}

/* ---- differences -------------------------------------------------------------------------------
 */

static void check_differences(rng *r, ctc_options o)
{
    enum { FRAMES = 9, CLASSES = 4 };
    static const int labels[] = {1, 1, 2, 3};
    double x[FRAMES * CLASSES], g[FRAMES * CLASSES], h[FRAMES * CLASSES], g1[FRAMES * CLASSES],
        g2[FRAMES * CLASSES];
    const double step = 1e-4;
    ctc_draw(r, 2, FRAMES * CLASSES, x);
    (void)ctc_one(FRAMES, CLASSES, x, labels, 4, o, g, h);
    for (int i = 0; i < FRAMES * CLASSES; i++) {
        const double at = x[i];
        double d = 0, d2 = 0;
        /* fourth order: the error is about step^4 */
        static const double places[] = {-2, -1, 1, 2}, weights[] = {1, -8, 8, -1};
        for (int k = 0; k < 4; k++) {
            x[i] = at + places[k] * step;
            d += weights[k] * ctc_one(FRAMES, CLASSES, x, labels, 4, o, k % 2 ? g1 : g2, NULL);
            d2 += weights[k] * (k % 2 ? g1 : g2)[i];
        }
        x[i] = at;
        ctc_close_to(g[i], d / (12 * step), 1e-9, "the gradient");
        ctc_close_to(h[i], d2 / (12 * step), 1e-9, "the curvature");
    }
}

static void test_differences(void **state)
{
    rng r = {2};
    (void)state;
    check_differences(&r, (ctc_options){0, 1, 0, 0});
    check_differences(&r, (ctc_options){0, 0, 0, 0});
}

/* Densities instead of probabilities: no exponential overflows on the way to the logarithms. */
static void test_huge_log_probabilities(void **state)
{
    static const double sizes[] = {300, 709.5, 710, 1e5};
    static const int labels[] = {1};
    double x[12], g[12];
    (void)state;
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < 12; i++) x[i] = sizes[k];
        /* 10 paths of 4 frames spell one label, each e^(4 size) */
        ctc_close_to(ctc_one(4, 3, x, labels, 1, (ctc_options){0, 0, 0, 0}, g, NULL),
                     -4 * sizes[k] - log(10), 1e-14, "the value");
        for (int i = 0; i < 12; i++) assert_true(isfinite(g[i]));
        assert_true(g[2] == 0 && g[1] < 0);
    }
}

/* A certain path has the loss 0, not -0. */
static void test_certain_path(void **state)
{
    const double x[] = {5, 5, 5};
    (void)state;
    const double value = ctc_one(3, 1, x, NULL, 0, ctc_usual, NULL, NULL);
    assert_true(value == 0 && !signbit(value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_paths),    cmocka_unit_test(test_long_utterances),
        cmocka_unit_test(test_differences),  cmocka_unit_test(test_huge_log_probabilities),
        cmocka_unit_test(test_certain_path),
    };
    return cmocka_run_group_tests_name("ctc", tests, NULL, NULL);
}
