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
#include "accuracy/report.h"

enum { POINTS = 3000, RECORDS = 4096 };

static size_t density = 1;
static record records[RECORDS];
static int n_records;

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
    if (!lk_loss_describe(loss)) skip();
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
    static struct CMUnitTest tests[LOSSES];
    static char names[LOSSES][48];
    const char *file = option(argc, argv, "--write"), *times = option(argc, argv, "--density");
    if (times) density = (size_t)atoi(times);
    for (int i = 0; i < LOSSES; i++) {
        losses[i] = (lk_loss)(i + 1);
        const lk_loss_info *info = lk_loss_describe(losses[i]);
        snprintf(names[i], sizeof names[i], "%s", info ? info->name : "(missing)");
        tests[i] = (struct CMUnitTest){names[i], test_loss, NULL, NULL, &losses[i]};
    }
    numbers_start();
    lk_set_num_threads(1);
    const int failed = _cmocka_run_group_tests("accuracy", tests, LOSSES, NULL, NULL);
    report_summary(stdout, records, n_records);
    if (file && report_write(file, records, n_records)) return 2;
    numbers_stop();
    return failed;
}
