/* test_cli_curves.c: pictures of curves are whole, hold what they are asked for, and let no text
 * become a command. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "curve_plot.h"

static char path[64];

/* The picture as text; the caller frees it. */
static char *picture_of(int (*draw)(const curve_picture *p, atomic_file *f, error *e),
                        const curve_picture *p, size_t *size)
{
    atomic_file f;
    error e = {.text = ""};
    snprintf(path, sizeof path, "curves_%ld.%s", (long)getpid(), p->png ? "png" : "svg");
    assert_int_equal(atomic_begin(&f, path, &e), 0);
    if (draw(p, &f, &e) || atomic_commit(&f, &e)) fail_msg("%s", e.text);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    *size = fread(text, 1, (1 << 20) - 1, file);
    assert_true(*size > 0 && *size < (1 << 20) - 1);
    fclose(file);
    remove(path);
    return text;
}

static void expect_texts(int (*draw)(const curve_picture *p, atomic_file *f, error *e),
                         const char *const *texts)
{
    const curve_picture alone = {.title = "A title; with 'quotes'"};
    const curve_picture inside = {.title = "A title; with 'quotes'", .inside = 1, .name = "fig7"};
    const curve_picture png = {.title = "x", .png = 1};
    size_t size;
    char *svg = picture_of(draw, &alone, &size);
    assert_memory_equal(svg, "<?xml", 5);
    assert_non_null(strstr(svg, "A title; with 'quotes'"));
    for (; *texts; texts++)
        if (!strstr(svg, *texts)) fail_msg("no \"%s\" in the picture", *texts);
    free(svg);
    svg = picture_of(draw, &inside, &size);
    assert_memory_equal(svg, "<svg", 4);
    assert_memory_equal(svg + size - 8, "</svg>\n\n", 8);
    assert_non_null(strstr(svg, "id=\"fig7_plot_"));
    free(svg);
    svg = picture_of(draw, &png, &size);
    assert_memory_equal(svg + 1, "PNG", 3);
    free(svg);
}

static double x[] = {0, 0, 0.5, 1}, y[] = {0, 0.75, 0.75, 1}, threshold[] = {HUGE_VAL, 3, 2, 1};
static double weight[] = {5, 6, 7, 8};
static const lk_curve curve = {4, x, y, threshold, weight};
static const curve_series series[] = {{"first", &curve, 0.8125, 0.25}, {"<b>&", &curve, NAN, NAN}};

static int roc(const curve_picture *p, atomic_file *f, error *e)
{
    return curve_plot_roc(series, 2, p, f, e);
}
static int recall(const curve_picture *p, atomic_file *f, error *e)
{
    return curve_plot_precision_recall(series, 1, p, f, e);
}
static int calibration(const curve_picture *p, atomic_file *f, error *e)
{
    return curve_plot_calibration(series, 1, p, f, e);
}
static int lines(const curve_picture *p, atomic_file *f, error *e)
{
    return curve_plot_lines(series, 2, "epoch", "loss", p, f, e);
}
static int confusion(const curve_picture *p, atomic_file *f, error *e)
{
    static const double matrix[] = {981, 2, 0, 17, 33, 0, 1, 0, 444};
    static const char *const names[] = {"'; system('false') #", "b<c", "größere Klasse"};
    return curve_plot_confusion(3, matrix, names, p, f, e);
}

static void pictures_hold_their_texts(void **state)
{
    (void)state;
    static const char *const of_roc[] = {"first  (AUC 0.8125)", "&lt;b>&amp;", "chance",
                                         "false positive rate", NULL};
    static const char *const of_recall[] = {"average precision 0.8125", "first",
                                            "chance: the share of the class, 0.25", NULL};
    static const char *const of_calibration[] = {"ECE 0.8125", "perfect", "samples", NULL};
    static const char *const of_lines[] = {"epoch", "loss", "first", NULL};
    static const char *const of_confusion[] = {"'; system('fa", "größere Klasse", ">981<",
                                               ">444<",         "predicted",      NULL};
    expect_texts(roc, of_roc);
    expect_texts(recall, of_recall);
    expect_texts(calibration, of_calibration);
    expect_texts(lines, of_lines);
    expect_texts(confusion, of_confusion);
}

/* A million points are no more than a picture can show. */
static void long_curves_are_thinned(void **state)
{
    (void)state;
    enum { N = 1000000 };
    static double at[N];
    for (int i = 0; i < N; i++) at[i] = (double)i / (N - 1);
    const lk_curve wide = {N, at, at, at, NULL};
    const curve_series one = {"long", &wide, 0.5, NAN};
    const curve_picture p = {.title = ""};
    atomic_file f;
    error e;
    snprintf(path, sizeof path, "curves_%ld.svg", (long)getpid());
    assert_int_equal(atomic_begin(&f, path, &e), 0);
    assert_int_equal(curve_plot_roc(&one, 1, &p, &f, &e), 0);
    const long size = ftell(f.stream);
    assert_true(size > 1000 && size < 200000);
    atomic_abort(&f);
}

static void large_matrices_are_refused(void **state)
{
    (void)state;
    static const double matrix[101 * 101];
    const curve_picture p = {.title = ""};
    atomic_file f = {.stream = NULL};
    error e;
    assert_int_equal(curve_plot_confusion(101, matrix, NULL, &p, &f, &e), -1);
    assert_non_null(strstr(e.text, "101 classes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_hold_their_texts),
        cmocka_unit_test(long_curves_are_thinned),
        cmocka_unit_test(large_matrices_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
