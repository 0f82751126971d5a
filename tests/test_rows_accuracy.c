/* test_rows_accuracy.c: losses over rows of class scores against long double, in units in the last
 * place, and at the edges of what a float can hold. docs/accuracy-rows.md states the same figures.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "losskit.h"
#include "support/element_types.h"
#include "support/rng.h"

enum { MOST = 1300 };

typedef struct truth {
    long double value, gradient[MOST];
} truth;

/* Of cross-entropy and its relatives, by the definition; the label is left out of the sum so that
 * 1 - p keeps its digits. */
typedef enum relative { PLAIN, FOCAL, POLY, GENERALIZED, SYMMETRIC } relative;
static const lk_loss ids[] = {LK_SOFTMAX_CROSS_ENTROPY, LK_SOFTMAX_FOCAL, LK_POLY1,
                              LK_GENERALIZED_CROSS_ENTROPY, LK_SYMMETRIC_CROSS_ENTROPY};
enum { RELATIVES = sizeof ids / sizeof *ids };

static void find_truth(relative which, int64_t n, const long double *a, int64_t y, truth *t)
{
    long double m = a[0], rest = 0, value = 0, slope = 0;
    for (int64_t c = 1; c < n; c++) m = a[c] > m ? a[c] : m;
    for (int64_t c = 0; c < n; c++) rest += c == y ? 0 : expl(a[c] - m);
    const long double here = expl(a[y] - m), s = here + rest, p = here / s, q = rest / s;
    const long double u = here > 0 ? -log1pl(rest / here) : a[y] - m - logl(s);
    const double g7 = 0.7, alpha = 0.1;
    switch (which) {
    case PLAIN:
        value = -u, slope = 1;
        break;
    case FOCAL:
        value = -q * q * u, slope = q * q - 2 * p * q * u;
        break;
    case POLY:
        value = -u + q, slope = 1 + p;
        break;
    case GENERALIZED:
        value = -expm1l(g7 * u) / g7, slope = expl(g7 * u);
        break;
    case SYMMETRIC:
        value = -alpha * u + 4 * q, slope = alpha + 4 * p;
        break;
    }
    t->value = value;
    for (int64_t c = 0; c < n; c++) t->gradient[c] = slope * (c == y ? -q : expl(a[c] - m) / s);
}

/* |got - want| in units of the last place of want; below the normal range, of the smallest. */
static double ulps(double got, long double want, int dtype)
{
    const int digits = dtype == LK_F32 ? FLT_MANT_DIG : DBL_MANT_DIG;
    const int lowest = dtype == LK_F32 ? FLT_MIN_EXP : DBL_MIN_EXP;
    int exponent = 0;
    if (isnan(got) || isinf(got)) return INFINITY;
    frexpl(want, &exponent);
    if (want == 0 || exponent < lowest) exponent = lowest;
    return (double)(fabsl((long double)got - want) / ldexpl(1, exponent - digits));
}

static double worst_value, worst_gradient;
static FILE *page; /* of docs/; NULL: none */

static void measure(relative which, int dtype, int64_t n, double spread, rng *r)
{
    static truth t;
    union {
        float f32[MOST];
        double f64[MOST];
    } a, g;
    long double exact[MOST];
    double value = 0;
    const int64_t y = rng_below(r, n), one = 1, shape[] = {1, n};
    for (int64_t c = 0; c < n; c++) {
        const double x = ((double)rng_below(r, 1 << 30) / (1 << 30) - 0.5) * 2 * spread;
        element_set(&a, dtype, c, x);
        exact[c] = (long double)element_get(&a, dtype, c);
    }
    const lk_tensor input = lk_view(&a, dtype, 2, shape), to = lk_view(&g, dtype, 2, shape);
    const lk_tensor label = lk_vector(&y, LK_I64, &one), v = lk_vector(&value, LK_F64, &one);
    lk_call call = LK_CALL_INIT;
    call.input = &input, call.target = &label, call.gradient = &to, call.value = &v;
    if (lk_evaluate(ids[which], NULL, 0, &call)) fail_msg("%s", lk_last_error());
    find_truth(which, n, exact, y, &t);
    const double in_value = ulps(dtype == LK_F32 ? (double)(float)value : value, t.value, dtype);
    if (in_value > worst_value) worst_value = in_value;
    for (int64_t c = 0; c < n; c++) {
        const double e = ulps(element_get(&g, dtype, c), t.gradient[c], dtype);
        if (e > worst_gradient) worst_gradient = e;
    }
}

/* Few classes lie side by side, many row by row. In f64 the sums and coefficients are rounded to
 * f64 too: two units more. */
static void test_labels(void **state)
{
    static const int64_t sizes[] = {2, 10, 64, 97, 1000, 1299};
    static const double spreads[] = {0.01, 1, 8, 30, 80, 239, 241, 600};
    static const double bounds[RELATIVES][2] = {{3, 3}, {4, 7}, {3, 5}, {3, 6}, {3, 5}};
    (void)state;
    rng r = {5};
    for (int dtype = LK_F32; dtype <= LK_F64; dtype += LK_F64 - LK_F32)
        for (int which = 0; which < RELATIVES; which++) {
            worst_value = worst_gradient = 0;
            for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
                for (size_t k = 0; k < sizeof spreads / sizeof *spreads; k++) {
                    /* below e^-708 the power is taken of log p, whose rounding counts q |log p|
                     * times */
                    if (which == GENERALIZED && dtype == LK_F64 && spreads[k] > 300) continue;
                    for (int repeat = 0; repeat < 20; repeat++)
                        measure((relative)which, dtype, sizes[s], spreads[k], &r);
                }
            print_message("%-28s %s value %.2f ULP, gradient %.2f ULP (sampled)\n",
                          lk_loss_describe(ids[which])->name, element_name(dtype), worst_value,
                          worst_gradient);
            if (page)
                fprintf(page, "| `%s` | %s | %.2f | %.0f | %.2f | %.0f | sampled |\n",
                        lk_loss_describe(ids[which])->name, element_name(dtype), worst_value,
                        bounds[which][0] + (dtype == LK_F64 ? 2 : 0), worst_gradient,
                        bounds[which][1] + (dtype == LK_F64 ? 2 : 0));
            const double slack =
                strcmp(lk_isa_name(), "x86-64-v2") && strcmp(lk_isa_name(), "x86-64") ? 1 : 2;
            const double more = dtype == LK_F64 ? 2 : 0;
            assert_true(worst_value <= slack * (bounds[which][0] + more));
            /* without fused multiply-add the rounding of the power's exponent is not recovered */
            const double exponent = slack > 1 && which == GENERALIZED ? 750 : 0;
            assert_true(worst_gradient <= slack * (bounds[which][1] + more) + exponent);
        }
}

/* ---- edges
 * ---------------------------------------------------------------------------------------- */

typedef struct row {
    double a[4], value, gradient[4];
} row;

static void check_row(const row *w, int64_t y, int dtype, int64_t copies)
{
    enum { COPIES = 40 };
    double a[4 * COPIES], g[4 * COPIES], value[COPIES];
    int64_t labels[COPIES];
    const int64_t shape[] = {copies, 4};
    for (int64_t i = 0; i < copies; i++) {
        labels[i] = y;
        for (int c = 0; c < 4; c++) element_set(a, dtype, 4 * i + c, w->a[c]);
    }
    const lk_tensor input = lk_view(a, dtype, 2, shape), to = lk_view(g, dtype, 2, shape);
    const lk_tensor label = lk_vector(labels, LK_I64, shape), v = lk_vector(value, LK_F64, shape);
    lk_call call = LK_CALL_INIT;
    call.input = &input, call.target = &label, call.gradient = &to, call.value = &v;
    call.reduction = LK_SUM;
    if (lk_softmax_cross_entropy(&call, 0, 0, 0, 0)) fail_msg("%s", lk_last_error());
    for (int64_t i = 0; i < copies; i++) {
        if (isnan(w->value))
            assert_true(isnan(value[i]));
        else
            assert_true(value[i] == w->value || fabs(value[i] / w->value - 1) < 1e-6);
        for (int c = 0; c < 4; c++) {
            const double got = element_get(g, dtype, 4 * i + c);
            if (isnan(w->gradient[c]))
                assert_true(isnan(got));
            else
                assert_true(fabs(got - w->gradient[c]) < 1e-7);
        }
    }
}

static void test_edges(void **state)
{
    const double inf = INFINITY, half = 0.5, ln2 = 0.69314718055994531;
    const row rows[] = {
        {{0, 0, -inf, -inf}, ln2, {-half, half, 0, 0}},        /* two classes are masked */
        {{-inf, 0, 0, -inf}, inf, {-1, half, half, 0}},        /* the label is */
        {{-inf, -inf, -inf, -inf}, NAN, {NAN, NAN, NAN, NAN}}, /* all are */
        {{inf, 0, 0, 0}, NAN, {NAN, NAN, NAN, NAN}},
        {{0, inf, 0, 0}, NAN, {NAN, NAN, NAN, NAN}},
        {{0, NAN, 0, 0}, NAN, {NAN, NAN, NAN, NAN}},
        {{NAN, 0, 0, 0}, NAN, {NAN, NAN, NAN, NAN}},
        {{1e30, 1e30, -1e30, 0}, ln2, {-half, half, 0, 0}},
        {{-1e30, 1e30, -1e30, 0}, 2e30, {-1, 1, 0, 0}},
        {{-1e30, -1e30, -1e30, -1e30}, 2 * ln2, {-0.75, 0.25, 0.25, 0.25}},
        {{1000, 1000, -1000, 0}, ln2, {-half, half, 0, 0}},
        {{100, 0, 0, 0}, 3 * 3.7200759760208e-44, {0, 0, 0, 0}}, /* tiny, not 0 */
    };
    (void)state;
    for (int dtype = LK_F32; dtype <= LK_F64; dtype += LK_F64 - LK_F32)
        for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
            check_row(&rows[k], 0, dtype, 1);
            check_row(&rows[k], 0, dtype, 37);
        }
}

static void test_labels_out_of_range(void **state)
{
    static const int64_t labels[] = {0, 3, -100, 4, 9};
    static const float a[20] = {0};
    const int64_t shape[] = {5, 4};
    float g[20];
    (void)state;
    for (int reduction = LK_MEAN; reduction <= LK_NONE; reduction++) {
        lk_result result = {-1, -1, -1};
        const lk_tensor input = lk_view(a, LK_F32, 2, shape), to = lk_view(g, LK_F32, 2, shape);
        const lk_tensor label = lk_vector(labels, LK_I64, shape);
        lk_call call = LK_CALL_INIT;
        call.input = &input, call.target = &label, call.gradient = &to, call.result = &result;
        call.reduction = (lk_reduction)reduction;
        assert_int_equal(lk_softmax_focal(&call, 2, 1), LK_OUT_OF_DOMAIN);
        assert_string_equal(lk_last_error(), "softmax_focal: target[3] = 4 is outside [0, 4)");
        assert_true(result.count == -1);
    }
}

static void test_all_rows_ignored(void **state)
{
    static const int64_t labels[] = {-100, -100};
    static const float a[8] = {1, 2, 3, NAN};
    const int64_t shape[] = {2, 4};
    (void)state;
    for (int nan = 0; nan < 2; nan++) {
        float g[8] = {9, 9, 9, 9, 9, 9, 9, 9};
        lk_result result;
        const lk_tensor input = lk_view(a, LK_F32, 2, shape), to = lk_view(g, LK_F32, 2, shape);
        const lk_tensor label = lk_vector(labels, LK_I64, shape);
        lk_call call = LK_CALL_INIT;
        call.input = &input, call.target = &label, call.gradient = &to, call.result = &result;
        call.flags = nan ? (uint32_t)LK_EMPTY_IS_NAN : 0;
        assert_int_equal(lk_softmax_cross_entropy(&call, 0.1, 0, 0, 0), LK_OK);
        assert_true(nan ? isnan(result.value) : result.value == 0);
        assert_int_equal(result.count, 0);
        for (int i = 0; i < 8; i++) assert_true(g[i] == 0);
    }
}

/* 2^17 classes, and one class. */
static void test_many_classes_and_one(void **state)
{
    const int64_t many = 1 << 17, shape[] = {2, many}, single[] = {2, 1};
    float *a = calloc((size_t)(2 * many), sizeof *a), *g = calloc((size_t)(2 * many), sizeof *g);
    const int32_t labels[] = {0, (1 << 17) - 1}, zeros[] = {0, 0};
    lk_result result;
    (void)state;
    assert_non_null(a);
    assert_non_null(g);
    lk_tensor input = lk_view(a, LK_F32, 2, shape), to = lk_view(g, LK_F32, 2, shape);
    lk_tensor label = lk_vector(labels, LK_I32, shape);
    lk_call call = LK_CALL_INIT;
    call.input = &input, call.target = &label, call.gradient = &to, call.result = &result;
    assert_int_equal(lk_softmax_cross_entropy(&call, 0, 0, 0, 0), LK_OK);
    assert_true(fabs(result.value - 17 * 0.69314718055994531) < 1e-12);
    assert_true(g[2 * many - 1] == (float)(-0.5 * (1 - 0x1p-17)));
    assert_true(g[1] == 0x1p-18f);
    input = lk_view(a, LK_F32, 2, single);
    to = lk_view(g, LK_F32, 2, single);
    label = lk_vector(zeros, LK_I32, single);
    assert_int_equal(lk_softmax_cross_entropy(&call, 0, 0, 0, 0), LK_OK);
    assert_true(result.value == 0 && g[0] == 0 && g[1] == 0);
    free(a);
    free(g);
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "--write")) page = fopen(argv[2], "w");
    if (page)
        fprintf(page,
                "# Accuracy of losses over rows\n\n"
                "Against long double (64 bits of mantissa) at the exact scores, written by\n\n"
                "    test_rows_accuracy --write docs/accuracy-rows.md\n\n"
                "with the kernels for %s: rows of 2 to 1299 classes, scores uniform in up to "
                "[-600, 600]; units in the last place, of the smallest normal number below it. "
                "Value before its rounding to the output's type in f64. Without fused multiply-add "
                "twice the bound is allowed. generalized_cross_entropy in f64 up to 241: where p "
                "is below 1e-308, or without fused multiply-add, its gradient loses q |log p| "
                "units.\n\n"
                "| loss | type | value, worst ULP | bound | gradient, worst ULP | bound | |\n"
                "|---|---|--:|--:|--:|--:|---|\n",
                lk_isa_name());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_labels_out_of_range),
        cmocka_unit_test(test_all_rows_ignored),
        cmocka_unit_test(test_many_classes_and_one),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return page && fclose(page) ? 1 : failed;
}
