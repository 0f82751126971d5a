/* test_accuracy.c: every pointwise loss against 300-bit arithmetic.
 *
 *     test_accuracy                  asserts the bounds
 *     test_accuracy --write FILE     also writes the measured figures (docs/accuracy.md)
 *     test_accuracy --density N      N times as many points */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "accuracy/measure.h"
#include "accuracy/points.h"
#include "accuracy/report.h"
#include "accuracy/sums.h"

enum { POINTS = 3000, RECORDS = 4096 };

static size_t density = 1;
static record records[RECORDS];
static int n_records;
static double worst_sum;

static int has_fma(void)
{
    const char *isa = lk_isa_name();
    return strcmp(isa, "x86-64") && strcmp(isa, "x86-64-v2");
}

static void test_loss(void **state)
{
    const lk_loss loss = *(const lk_loss *)*state;
    static const format *const formats[] = {&format_f32, &format_f64};
    size_t failures = 0;
    assert_non_null(lk_loss_describe(loss));
    for (int i = 0; i < n_accuracy_cases; i++) {
        if (accuracy_cases[i].loss != loss) continue;
        for (int k = 0; k < 2; k++) {
            const int found = measure_case(&accuracy_cases[i], formats[k], POINTS * density,
                                           has_fma(), records + n_records);
            assert_true(found > 0);
            for (int j = 0; j < found; j++) failures += records[n_records + j].failures;
            n_records += found;
        }
    }
    if (failures) fail_msg("%zu results beyond the bound", failures);
}

static int at_kink(const lk_loss_info *info, const double *params, double u)
{
    for (int k = 0; k < info->n_kinks; k++) {
        const lk_affine at = info->kinks[k].at;
        if (u == at.constant + (at.param < 0 ? 0 : at.factor * params[at.param])) return 1;
    }
    return 0;
}

/* `derivative` is the slope of `of`, by a difference quotient. */
static int is_slope(lk_loss loss, const truth_point *point, const truth *t, enum truth_output of,
                    enum truth_output derivative)
{
    const num want = truth_sensitivity(loss, point, t, of);
    const num got = n_abs(n_mul(t->out[derivative], t->u));
    num scale = n_max(want, n_abs(t->out[of]));
    scale = n_max(scale, n_abs(n_mul(n_sqr(t->u), t->out[TRUTH_CURVATURE]))); /* next order */
    if (t->term[of]) scale = n_max(scale, n_abs(t->term[of]));
    return !n_less(n_mul(scale, n_of(1e-12)), n_abs(n_sub(want, got)));
}

/* The exact gradient and curvature are the derivatives of the exact value and gradient. */
static void test_truth(void **state)
{
    (void)state;
    enum { N = 200 };
    double x[N], y[N], a[N];
    for (int i = 0; i < n_accuracy_cases; i++) {
        const lk_loss loss = accuracy_cases[i].loss;
        const lk_loss_info *info = lk_loss_describe(loss);
        truth_point point = {0};
        measure_params(&accuracy_cases[i], &format_f64, point.params);
        points_fill(info, point.params, &format_f64, N, x, y, a);
        for (int k = 0; k < N; k++) {
            point.input = x[k];
            point.target = y[k];
            point.auxiliary = a[k];
            numbers_reset();
            const truth t = truth_at(loss, &point, 0, 0);
            const double u = mpfr_get_d(t.u, MPFR_RNDN);
            /* Its gradient and curvature are cut off at both ends. */
            if (loss == LK_BINARY_CROSS_ENTROPY && !(u > 2e-12 && u < 1 - 2e-12)) continue;
            if (fabs(u) > 8 || at_kink(info, point.params, u)) continue;
            if (!is_slope(loss, &point, &t, TRUTH_VALUE, TRUTH_GRADIENT) ||
                !is_slope(loss, &point, &t, TRUTH_GRADIENT, TRUTH_CURVATURE))
                fail_msg("%s at %.17g, target %.17g", info->name, x[k], y[k]);
        }
    }
}

/* Tasks of 4096 elements in 16 lanes of doubles: lengths that end inside and at the end of one. */
static void test_sums(void **state)
{
    (void)state;
    static const lk_loss losses[] = {LK_SQUARED_ERROR, LK_ABSOLUTE_ERROR, LK_POISSON, LK_LOGISTIC};
    static const int64_t lengths[] = {1, 15, 4096, 4097, 100003};
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++)
        for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++)
            for (int wide = 0; wide < 2; wide++) {
                const double e =
                    sums_error(losses[i], wide ? &format_f64 : &format_f32, lengths[k]);
                assert_true(e >= 0 && e <= 3e-14);
                if (e > worst_sum) worst_sum = e;
            }
    print_message("sums: within %.1e of the sum of magnitudes\n", worst_sum);
}

static const char *option(int argc, char **argv, const char *name)
{
    for (int i = 1; i + 1 < argc; i++)
        if (!strcmp(argv[i], name)) return argv[i + 1];
    return NULL;
}

int main(int argc, char **argv)
{
    enum { LOSSES = LK_SIGMOID_FOCAL };
    static lk_loss losses[LOSSES];
    static struct CMUnitTest tests[LOSSES + 2];
    static char names[LOSSES][48];
    const char *file = option(argc, argv, "--write"), *times = option(argc, argv, "--density");
    if (times) density = (size_t)atoi(times);
    for (int i = 0; i < LOSSES; i++) {
        losses[i] = (lk_loss)(i + 1);
        const lk_loss_info *info = lk_loss_describe(losses[i]);
        snprintf(names[i], sizeof names[i], "%s", info ? info->name : "(missing)");
        tests[i] = (struct CMUnitTest){names[i], test_loss, NULL, NULL, &losses[i]};
    }
    tests[LOSSES] = (struct CMUnitTest){"sums", test_sums, NULL, NULL, NULL};
    tests[LOSSES + 1] = (struct CMUnitTest){"truth", test_truth, NULL, NULL, NULL};
    numbers_start();
    lk_set_num_threads(1);
    const int failed = _cmocka_run_group_tests("accuracy", tests, LOSSES + 2, NULL, NULL);
    report_summary(stdout, records, n_records);
    if (file) {
        char command[256];
        snprintf(command, sizeof command, "test_accuracy --write %s%s%s", file,
                 times ? " --density " : "", times ? times : "");
        if (report_write(file, command, records, n_records, worst_sum)) return 2;
    }
    numbers_stop();
    return failed;
}
