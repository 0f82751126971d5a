/* test_soft_edit_distance.c: the value against the sum over all edit paths, derivatives against
 * differences of that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "support/edit_reference.h"
#include "support/element_types.h"

static edit_problem p;
static edit_call c;

static void start(double gamma, int logits, uint64_t seed)
{
    edit_problem_make(&p, gamma, logits, seed);
    c = (edit_call){.dtype = LK_F64, .filling = -77};
    c.call.reduction = LK_SUM;
}

static void run(void)
{
    edit_call_make(&c, &p);
    if (edit_call_run(&c, &p)) fail_msg("%s", lk_last_error());
}

static void expect(const char *what, double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance * (1 + fabs(want))))
        fail_msg("%s is %.17g, not %.17g (gamma %g, logits %d, dtype %s)", what, got, want, p.gamma,
                 p.logits, element_name(c.dtype));
}

/* ---- values and derivatives
 * -----------------------------------------------------------------------
 */

static double divisor_of(int64_t n)
{
    double weights = 0;
    for (int64_t k = 0; k < p.sequences; k++) weights += p.weight[k];
    const double mean = (double)p.sequences, length = (double)p.target_length[n];
    switch (c.call.reduction) {
    case LK_MEAN:
    case LK_BATCH_MEAN:
        return mean;
    case LK_WEIGHTED_MEAN:
        return c.without_weights ? mean : weights;
    case LK_LENGTH_MEAN:
        return mean * (length > 1 ? length : 1);
    default:
        return 1;
    }
}

static void expect_values(double tolerance)
{
    double sum = 0;
    for (int64_t n = 0; n < p.sequences; n++) {
        const double weight = c.without_weights ? 1 : p.weight[n];
        const double want = weight * (double)edit_value(&p, n);
        expect("the value", view_get(&c.value, n), want, tolerance);
        sum += want / divisor_of(n);
    }
    expect("the result", c.result.value, sum, tolerance);
    assert_int_equal(c.result.count, p.sequences);
}

static void expect_row(int64_t n, int64_t t, double tolerance)
{
    const view *const gradient = c.in_place ? &c.input : &c.gradient;
    const double scale = (c.without_weights ? 1 : p.weight[n] * p.upstream[n]) / divisor_of(n);
    const double floor =
        c.call.flags & LK_CURVATURE_FLOOR ? c.call.curvature_floor : (double)-INFINITY;
    const double before = c.call.flags & LK_ACCUMULATE ? c.filling : 0;
    for (int64_t k = 0; k < p.classes; k++) {
        const int64_t at = edit_index(&c, &p, n, t, k);
        const int is_frame = t < p.input_length[n];
        const double bend = edit_bend(&p, n, t, k), high = bend < floor ? floor : bend;
        expect("the gradient", view_get(gradient, at), before + scale * edit_slope(&p, n, t, k),
               tolerance);
        /* the floor of a negative scale is one of its magnitude */
        const double raised =
            scale * bend < fabs(scale) * floor ? fabs(scale) * floor : scale * bend;
        expect("the curvature", view_get(&c.curvature, at),
               before + (is_frame ? (scale > 0 ? scale * high : raised) : 0), 10 * tolerance);
        if (!is_frame) assert_true(view_get(gradient, at) == before);
    }
}

static void expect_all(double tolerance)
{
    expect_values(tolerance);
    for (int64_t n = 0; n < p.sequences; n++)
        for (int64_t t = 0; t < p.frames; t++) expect_row(n, t, tolerance);
}

static void check(double tolerance)
{
    run();
    expect_all(tolerance);
    edit_call_free(&c);
}

static void test_all_paths(void **state)
{
    static const double gammas[] = {1, 0.25, 30};
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++)
        for (int logits = 0; logits < 2; logits++)
            for (int g = 0; g < 3; g++) {
                start(gammas[g], logits, seed);
                check(1e-10);
            }
}

static void test_layouts(void **state)
{
    (void)state;
    for (int k = 0; k < 16; k++) {
        start(0.5, k & 1, 9);
        c.layout = k & 2 ? VIEW_RANDOM : VIEW_PLAIN;
        c.batch_first = (k & 4) != 0;
        c.concatenated = (k & 8) != 0;
        check(1e-10);
    }
}

static void test_reductions(void **state)
{
    (void)state;
    for (int reduction = LK_MEAN; reduction <= LK_LENGTH_MEAN; reduction++)
        for (int without = 0; without < 2; without++) {
            start(1, 1, 4);
            c.call.reduction = (lk_reduction)reduction;
            c.without_weights = without;
            check(1e-10);
        }
}

static void test_options(void **state)
{
    (void)state;
    for (int k = 0; k < 16; k++) {
        start(0.5, k & 1, 12);
        c.in_place = (k & 2) != 0;
        c.filling = c.in_place ? 0 : -0.25;
        if (k & 4 && !c.in_place) c.call.flags |= LK_ACCUMULATE;
        if (k & 8) {
            c.call.flags |= LK_CURVATURE_FLOOR;
            c.call.curvature_floor = -0.05;
        }
        c.layout = k & 4 ? VIEW_RANDOM : VIEW_PLAIN;
        check(1e-10);
    }
}

/* What is there and is added to is the input: the gradient in place accumulates onto it. */
static void test_accumulate_in_place(void **state)
{
    (void)state;
    start(1, 0, 12);
    c.in_place = 1;
    c.call.flags |= LK_ACCUMULATE;
    run();
    for (int64_t n = 0; n < p.sequences; n++)
        for (int64_t t = 0; t < p.frames; t++)
            for (int64_t k = 0; k < p.classes; k++)
                expect("the gradient", view_get(&c.input, edit_index(&c, &p, n, t, k)),
                       p.x[n][t][k] + p.weight[n] * p.upstream[n] * edit_slope(&p, n, t, k), 1e-10);
    edit_call_free(&c);
}

static void test_dtypes(void **state)
{
    static const struct {
        int dtype;
        double tolerance;
    } kinds[] = {{LK_F32, 1e-6}, {LK_F16, 2e-3}, {LK_BF16, 2e-2}};
    (void)state;
    for (int k = 0; k < 3; k++)
        for (int logits = 0; logits < 2; logits++) {
            start(1, logits, 21);
            c.dtype = kinds[k].dtype;
            c.layout = logits ? VIEW_RANDOM : VIEW_PLAIN;
            check(kinds[k].tolerance);
        }
}

/* Each output alone is what it is among the others. */
static void test_single_outputs(void **state)
{
    (void)state;
    for (int keep = 0; keep < 3; keep++) {
        start(0.7, 1, 31);
        edit_call_make(&c, &p);
        if (keep != 1) c.call.gradient = NULL;
        if (keep != 2) c.call.curvature = NULL;
        assert_int_equal(edit_call_run(&c, &p), LK_OK);
        expect_values(1e-10);
        for (int64_t i = 0; keep && i < view_count(&c.input); i++)
            assert_true(view_get(keep == 1 ? &c.gradient : &c.curvature, i) != -77);
        edit_call_free(&c);
    }
}

/* ---- exactness
 * ------------------------------------------------------------------------------------
 */

static int64_t exact_distance(const int64_t *a, int64_t rows, const int64_t *b, int64_t columns)
{
    if (!rows || !columns) return rows + columns;
    const int64_t del = exact_distance(a, rows - 1, b, columns) + 1;
    const int64_t ins = exact_distance(a, rows, b, columns - 1) + 1;
    const int64_t sub =
        exact_distance(a, rows - 1, b, columns - 1) + (a[rows - 1] != b[columns - 1]);
    return del < ins ? (del < sub ? del : sub) : (ins < sub ? ins : sub);
}

static void test_one_hot_rows(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 40; seed++) {
        rng r = {seed};
        int64_t token[EDIT_SEQUENCES][EDIT_FRAMES];
        start(1e-6, 0, seed);
        for (int64_t n = 0; n < p.sequences; n++)
            for (int64_t t = 0; t < p.frames; t++) {
                token[n][t] = rng_below(&r, 3);
                for (int64_t k = 0; k < p.classes; k++) p.x[n][t][k] = k == token[n][t];
            }
        c.without_weights = 1;
        run();
        for (int64_t n = 0; n < p.sequences; n++)
            expect("the distance", view_get(&c.value, n),
                   (double)exact_distance(token[n], p.input_length[n], p.target[n],
                                          p.target_length[n]),
                   2e-5);
        edit_call_free(&c);
    }
}

/* Long tables, over many strips: one-hot rows that are the target itself with a run of others in
 * the middle, whose distance is the length of the run; and every label's row is substituted. */
static void test_long_tables(void **state)
{
    enum { ROWS = 333, COLUMNS = 300, RUN = ROWS - COLUMNS, CLASSES = 7 };
    static double x[ROWS][CLASSES], g[ROWS][CLASSES], h[ROWS][CLASSES];
    static int32_t target[COLUMNS];
    const int64_t shape[] = {ROWS, CLASSES}, length = COLUMNS;
    const lk_tensor input = lk_view(x, LK_F64, 2, shape), slope = lk_view(g, LK_F64, 2, shape);
    const lk_tensor bend = lk_view(h, LK_F64, 2, shape),
                    labels = lk_vector(target, LK_I32, &length);
    double value;
    const lk_tensor out = lk_view(&value, LK_F64, 0, NULL);
    lk_call call = LK_CALL_INIT;
    rng r = {3};
    (void)state;
    memset(x, 0, sizeof x);
    for (int j = 0; j < COLUMNS; j++) target[j] = (int32_t)rng_below(&r, CLASSES - 1);
    for (int i = 0; i < ROWS; i++) {
        const int in_run = i >= 100 && i < 100 + RUN;
        x[i][in_run ? CLASSES - 1 : target[i < 100 ? i : i - RUN]] = 1;
    }
    call.input = &input;
    call.target = &labels;
    call.value = &out;
    call.gradient = &slope;
    call.curvature = &bend;
    if (lk_soft_edit_distance(&call, 1e-3, 0)) fail_msg("%s", lk_last_error());
    assert_true(fabs(value - RUN) < 1e-2 * RUN);
    for (int i = 0; i < ROWS; i++)
        for (int k = 0; k < CLASSES; k++) {
            assert_true(isfinite(g[i][k]) && isfinite(h[i][k]));
            if (i < 50 || i > 200) assert_true(fabs(g[i][k] + x[i][k]) < 1e-6);
        }
}

/* With probabilities of 0 every path costs its number of edits, and there are as many paths of k
 * substitutions as ways to choose: the value over 150 x 90 by another formula. */
static void test_counted_paths(void **state)
{
    enum { ROWS = 150, COLUMNS = 90 };
    static double x[ROWS], g[ROWS];
    static uint8_t target[COLUMNS];
    const int64_t shape[] = {ROWS, 1}, length = COLUMNS;
    const lk_tensor input = lk_view(x, LK_F64, 2, shape), slope = lk_view(g, LK_F64, 2, shape);
    const lk_tensor labels = lk_vector(target, LK_U8, &length);
    (void)state;
    for (double gamma = 0.5; gamma < 1e6; gamma *= 37) {
        lk_call call = LK_CALL_INIT;
        lk_result result;
        long double sum = 0, expected = 0, total = 0;
        for (int k = 0; k <= COLUMNS; k++) { /* (n + m - k)! / ((n - k)! (m - k)! k!) paths */
            const long double paths = lgammal(ROWS + COLUMNS - k + 1) - lgammal(ROWS - k + 1) -
                                      lgammal(COLUMNS - k + 1) - lgammal(k + 1);
            const long double w =
                expl(paths - (long double)(ROWS + COLUMNS - k) / (long double)gamma - 150);
            sum += w;
            expected += w * k;
        }
        call.input = &input;
        call.target = &labels;
        call.gradient = &slope;
        call.result = &result;
        if (lk_soft_edit_distance(&call, gamma, 0)) fail_msg("%s", lk_last_error());
        const double want = (double)(-(long double)gamma * (logl(sum) + 150));
        assert_true(fabs(result.value - want) <= 1e-12 * fabs(want));
        for (int t = 0; t < ROWS; t++) total += (long double)g[t];
        assert_true(fabsl(total + expected / sum) <= 1e-11L * expected / sum);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_paths),           cmocka_unit_test(test_layouts),
        cmocka_unit_test(test_reductions),          cmocka_unit_test(test_options),
        cmocka_unit_test(test_accumulate_in_place), cmocka_unit_test(test_dtypes),
        cmocka_unit_test(test_single_outputs),      cmocka_unit_test(test_one_hot_rows),
        cmocka_unit_test(test_long_tables),         cmocka_unit_test(test_counted_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
