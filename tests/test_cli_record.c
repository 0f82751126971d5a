/* test_cli_record.c: what experiments write down: checks hold and fail as they should, numbers are
 * rounded and averaged as by hand, mistakes in an experiment are told, and nothing is lost when
 * memory runs out. */
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

#include "experiment_output.h"
#include "support/failing_allocations.h"

typedef lk_status body(experiment *x);
static experiment_info info = {.name = "trial", .title = "A trial", .claim = "It is tried."};

static experiment ran(body *run)
{
    experiment x;
    info.run = run;
    experiment_run(&info, NULL, &x);
    return x;
}

/* The experiment, which must not have failed. */
static experiment ran_well(body *run)
{
    experiment x = ran(run);
    if (x.status) fail_msg("%s", x.failure);
    return x;
}

static const check *check_of(const experiment *x, int n)
{
    for (int k = 0; k < x->n_items; k++)
        if (x->items[k].kind == ITEM_CHECK && n-- == 0) return &x->items[k].check;
    fail_msg("there are fewer checks");
    return NULL;
}

/* ---- numbers ------------------------------------------------------------------------------------
 */

static const struct {
    double measured, expected;
    int decimals, holds;
} roundings[] = {
    {.12344, .1234, 4, 1},   {.12346, .1234, 4, 0},       {.12346, .1235, 4, 1},
    {-.12346, -.1235, 4, 1}, {.1234, -.1234, 4, 0},       {2.4999, 2, 0, 1},
    {2.51, 2, 0, 0},         {1000.4, 1000, 0, 1},        {-1e-9, 0, 4, 1},
    {NAN, 0, 4, 0},          {(double)INFINITY, 1, 0, 0}, {-(double)INFINITY, 0, 0, 0},
};
enum { ROUNDINGS = sizeof roundings / sizeof *roundings };

static lk_status round_them(experiment *x)
{
    for (int k = 0; k < ROUNDINGS; k++)
        check_digits(x, roundings[k].measured, roundings[k].expected, roundings[k].decimals, "%d",
                     k);
    table(x, "the same", "number");
    for (int k = 0; k < ROUNDINGS; k++)
        cell_digits(x, roundings[k].measured, roundings[k].expected, roundings[k].decimals);
    return LK_OK;
}

static void digits_are_those_of_rounding(void **state)
{
    (void)state;
    experiment x = ran_well(round_them);
    const record_table *t = &x.items[x.n_items - 1].table;
    int good = 0;
    for (int k = 0; k < ROUNDINGS; k++) {
        const int holds = roundings[k].holds;
        if (check_of(&x, k)->holds != holds || t->cells[k + 1].holds != holds)
            fail_msg("%g against %g", roundings[k].measured, roundings[k].expected);
        good += holds;
    }
    int checks;
    assert_int_equal(table_holds(t, &checks), good);
    assert_int_equal(checks, ROUNDINGS);
    assert_int_equal(experiment_holds(&x, &checks), 2 * good);
    assert_int_equal(checks, 2 * ROUNDINGS);
    experiment_free(&x);
}

static void equal(double number, double expected)
{
    if (!(number == expected)) fail_msg("%.17g is not %.17g", number, expected);
}

static const measurement three = {3, {1, 2, 3}}, unknown = {3, {1, NAN, 3}};

static lk_status compare(experiment *x)
{
    check_near(x, 1.5, 1, .5, "holds");
    check_near(x, 1.51, 1, .5, "fails");
    check_near(x, .49, 1, .5, "fails");
    check_near(x, NAN, 1, .5, "fails");
    check_near(x, 1, 1, 0, "holds");
    check_at_least(x, three, 2, "holds");
    check_at_least(x, three, 2.0001, "fails");
    check_at_least(x, unknown, -100, "fails");
    check_at_most(x, three, 2, "holds");
    check_at_most(x, three, 1.9999, "fails");
    check_at_most(x, unknown, 100, "fails");
    check_at_most(x, (measurement){0, {0}}, 100, "fails"); /* nothing was measured */
    check_true(x, 1, "seen", "holds");
    check_true(x, 2, "seen", "holds");
    check_true(x, 0, "not seen", "fails");
    return LK_OK;
}

static void comparisons_hold_and_fail(void **state)
{
    (void)state;
    experiment x = ran_well(compare);
    int checks, good = 0;
    const int holds = experiment_holds(&x, &checks);
    assert_int_equal(checks, 15);
    for (int k = 0; k < checks; k++) {
        const check *c = check_of(&x, k);
        if (c->holds != !strcmp(c->what, "holds")) fail_msg("check %d: %s", k, c->what);
        good += c->holds;
    }
    assert_int_equal(holds, good);
    assert_int_equal(good, 6);
    experiment_free(&x);
}

static void means_and_spreads_are_those_by_hand(void **state)
{
    (void)state;
    measurement m = {0, {0}};
    for (int k = 1; k <= SEEDS + 2; k++) measure(&m, k); /* 1 to 5; there is no room for more */
    assert_int_equal(m.n, SEEDS);
    equal(mean_of(m), 3);
    assert_near("spread", 0, spread_of(m), 1.5811388300841898, 1e-15); /* sqrt(10 / 4) */
    equal(mean_of(once(7)), 7);
    equal(spread_of(once(7)), 0);
    assert_true(isnan(mean_of(unknown)) && isnan(spread_of(unknown)));
    const measurement d = difference_of(m, three);
    assert_int_equal(d.n, 3);
    for (int k = 0; k < 3; k++) equal(d.value[k], 0);
    const measurement e = difference_of(three, (measurement){2, {.5, 4}});
    assert_int_equal(e.n, 2);
    equal(e.value[0], .5);
    equal(e.value[1], -2);
}

static lk_status write_numbers(experiment *x)
{
    check_digits(x, .81757, .8176, 4, "digits");
    check_near(x, 7.03, 7, .1, "near %d %%", 7);
    check_at_least(x, three, 1.5, "mean");
    check_at_most(x, once(1e-9), 1e-6, "small");
    check_at_least(x, once(123456), 20, "large");
    check_true(x, 0, "not at all", "found");
    table(x, "numbers", "a|b|c|d");
    cell(x, "row %d", 1);
    cell_number(x, -0.0, 2);
    cell_number(x, NAN, 2);
    cell_measured(x, three, 2);
    cell(x, "row 2");
    cell_digits(x, .81757, .8176, 4);
    cell_digits(x, .81757, .8175, 4);
    cell_number(x, -(double)INFINITY, 2);
    return LK_OK;
}

static void numbers_are_written_with_their_digits(void **state)
{
    (void)state;
    static const char *const checks[][3] = {{"digits", "0.8176", "0.8176"},
                                            {"near 7 %", "7.0300", "7.0000, to within 0.1"},
                                            {"mean", "2.0000 ± 1.0000", "at least 1.5000"},
                                            {"small", "1e-09", "at most 1e-06"},
                                            {"large", "123456", "at least 20"},
                                            {"found", "not at all", "so"}};
    static const char *const cells[] = {
        "a", "b",           "c",     "d",        "row 1",           "0.00",
        "–", "2.00 ± 1.00", "row 2", "0.8176 ✓", "0.8176 ✗ 0.8175", "-inf"};
    experiment x = ran_well(write_numbers);
    char text[CHECK_TEXT];
    for (int k = 0; k < 6; k++) {
        const check *c = check_of(&x, k);
        assert_string_equal(c->what, checks[k][0]);
        check_measured_text(c, text, sizeof text);
        assert_string_equal(text, checks[k][1]);
        check_expected_text(c, text, sizeof text);
        assert_string_equal(text, checks[k][2]);
    }
    const record_table *t = &x.items[x.n_items - 1].table;
    assert_int_equal(t->columns, 4);
    assert_int_equal(t->n_cells, 12);
    for (int k = 0; k < 12; k++) {
        table_cell_text(&t->cells[k], text, sizeof text);
        assert_string_equal(text, cells[k]);
        assert_int_equal(t->cells[k].number, k > 4 && k != 8);
    }
    experiment_free(&x);
}

/* ---- what belongs together ----------------------------------------------------------------------
 */

static lk_status refute_twice(experiment *x)
{
    check_near(x, 1, 1, 0, "before");
    refute(x, "forgotten", "forgotten");
    refute(x, "claim", "truth");
    table(x, "between", "number");
    cell_digits(x, 1, 1, 0);
    check_near(x, 1, 1, 0, "shows it");
    check_near(x, 1, 1, 0, "after");
    return LK_OK;
}

static void a_refutation_belongs_to_the_next_check_alone(void **state)
{
    (void)state;
    experiment x = ran_well(refute_twice);
    assert_null(check_of(&x, 0)->wrong_claim);
    assert_string_equal(check_of(&x, 1)->wrong_claim, "claim");
    assert_string_equal(check_of(&x, 1)->truth, "truth");
    assert_null(check_of(&x, 2)->wrong_claim);
    assert_null(check_of(&x, 2)->truth);
    experiment_free(&x);
}

static const figure_look look = {.title = "figure",
                                 .alt = "a line",
                                 .x_label = "x",
                                 .y_label = "y",
                                 .x_range = {0, 1},
                                 .y_range = {0, 1}};

static lk_status draw(experiment *x)
{
    double at[3] = {0, .5, 1}, value[3] = {1, NAN, 3}, square[6] = {0, 1, 2, 3, 4, 5};
    figure(x, &look);
    figure_line(x, "line", 3, at, value);
    figure_points(x, NULL, 3, at, value);
    figure_bars(x, "bars", 2, at, value, .25);
    figure_mark(x, "mark", .75);
    figure(x, &look);
    figure_surface(x, 2, 3, square);
    at[0] = value[0] = square[5] = 77; /* what is drawn is a copy */
    check_near(x, 1, 1, 0, "a check");
    return LK_OK;
}

static void figures_keep_what_is_drawn(void **state)
{
    (void)state;
    experiment x = ran_well(draw);
    assert_int_equal(x.n_items, 3);
    const record_figure *f = &x.items[0].figure;
    assert_string_equal(f->look.alt, "a line");
    assert_int_equal(f->n_series, 4);
    static const series_kind kinds[] = {SERIES_LINE, SERIES_POINTS, SERIES_BARS, SERIES_MARK};
    for (int k = 0; k < 4; k++) assert_int_equal(f->series[k].kind, kinds[k]);
    equal(f->series[0].value[0], 1);
    assert_true(isnan(f->series[0].value[1]));
    equal(f->series[0].at[2], 1);
    assert_null(f->series[1].label);
    equal(f->series[2].width, .25);
    equal(f->series[3].at[0], .75);
    const series *surface = &x.items[1].figure.series[0];
    assert_int_equal(surface->rows, 2);
    assert_int_equal(surface->columns, 3);
    equal(surface->value[5], 5);
    experiment_free(&x);
}

static lk_status use_data(experiment *x)
{
    check_true(x, experiment_data(x, "b")->rows == 2, "rows", "the set of that name");
    check_true(x, !experiment_data(x, "c"), "none", "no set of another name");
    return LK_OK;
}

static void data_are_found_by_name(void **state)
{
    (void)state;
    const lk_dataset one = {.rows = 1}, two = {.rows = 2};
    const named_data data[] = {{"a", &one}, {"b", &two}, {NULL, NULL}};
    experiment x;
    info.run = use_data;
    experiment_run(&info, data, &x);
    int checks;
    assert_int_equal(experiment_holds(&x, &checks), 2);
    experiment_free(&x);
}

/* ---- mistakes -----------------------------------------------------------------------------------
 */

static lk_status check_nothing(experiment *x)
{
    tell(x, "nothing");
    return LK_OK;
}

static lk_status leave_a_row(experiment *x)
{
    check_near(x, 1, 1, 0, "a check");
    table(x, "halves", "a|b");
    cell(x, "1");
    cell(x, "2");
    cell(x, "3");
    return LK_OK;
}

static lk_status write_a_cell_outside(experiment *x)
{
    check_near(x, 1, 1, 0, "a check");
    table(x, "whole", "a");
    tell(x, "The table is over.");
    cell(x, "1");
    check_near(x, 1, 1, 0, "not written any more");
    return LK_OK;
}

static lk_status draw_outside(experiment *x)
{
    const double at = 1;
    check_near(x, 1, 1, 0, "a check");
    figure_line(x, "line", 1, &at, &at);
    return LK_OK;
}

static lk_status draw_nothing(experiment *x)
{
    check_near(x, 1, 1, 0, "a check");
    figure(x, &look);
    return LK_OK;
}

static lk_status name_no_axis(experiment *x)
{
    check_near(x, 1, 1, 0, "a check");
    figure(x, &(figure_look){.title = "figure", .alt = "text", .x_label = "x"});
    figure_mark(x, NULL, 1);
    return LK_OK;
}

static lk_status give_no_range(experiment *x)
{
    const double value = 1;
    check_near(x, 1, 1, 0, "a check");
    figure(
        x,
        &(figure_look){
            .title = "figure", .alt = "text", .x_label = "x", .y_label = "y", .x_range = {0, 1}});
    figure_surface(x, 1, 1, &value);
    return LK_OK;
}

static lk_status draw_too_much(experiment *x)
{
    static const double at[FIGURE_POINTS];
    check_near(x, 1, 1, 0, "a check");
    figure(x, &look);
    figure_points(x, "most", FIGURE_POINTS, at, at);
    figure_points(x, "more", 1, at, at);
    return LK_OK;
}

static lk_status refute_and_leave(experiment *x)
{
    check_near(x, 1, 1, 0, "a check");
    refute(x, "claim", "truth");
    return LK_OK;
}

static lk_status fail_itself(experiment *x)
{
    check_near(x, 1, 1, 0, "a check");
    return lk_fail(LK_OUT_OF_DOMAIN, "target[3] = 7 is too large");
}

/* Every text that a reader of the record may look at is there. */
static void assert_whole(const experiment *x)
{
    for (int k = 0; k < x->n_items; k++) {
        const item *it = &x->items[k];
        if (it->kind <= ITEM_FORMULA) assert_non_null(it->text);
        if (it->kind == ITEM_CHECK) assert_non_null(it->check.what);
        if (it->kind == ITEM_CHECK && it->check.kind == CHECK_TRUE)
            assert_non_null(it->check.found);
        if (it->kind == ITEM_CHECK) assert_true(!it->check.wrong_claim == !it->check.truth);
        if (it->kind == ITEM_TABLE) assert_non_null(it->table.caption);
        for (int i = 0; i < it->table.n_cells; i++) assert_non_null(it->table.cells[i].text);
        if (it->kind == ITEM_FIGURE)
            assert_true(it->figure.look.title && it->figure.look.alt && it->figure.look.x_label &&
                        it->figure.look.y_label);
        for (int i = 0; i < it->figure.n_series; i++)
            assert_true(it->figure.series[i].at || it->figure.series[i].value);
    }
}

static void mistakes_are_told(void **state)
{
    (void)state;
    static const struct {
        body *run;
        lk_status status;
        const char *told;
    } mistakes[] = {
        {check_nothing, LK_INVALID, "nothing was checked"},
        {leave_a_row, LK_INVALID, "the last row of a table is not full: \"halves\""},
        {write_a_cell_outside, LK_INVALID, "a cell stands outside any table"},
        {draw_outside, LK_INVALID, "a curve stands outside any figure"},
        {draw_nothing, LK_INVALID, "nothing is drawn into a figure: \"figure\""},
        {name_no_axis, LK_INVALID, "names of its axes"},
        {give_no_range, LK_INVALID, "a surface needs the ranges of both axes: \"figure\""},
        {draw_too_much, LK_INVALID, "a figure has too many points: \"figure\""},
        {refute_and_leave, LK_INVALID, "a claim is refuted, but no check follows"},
        {fail_itself, LK_OUT_OF_DOMAIN, "target[3] = 7 is too large"},
    };
    for (size_t k = 0; k < sizeof mistakes / sizeof *mistakes; k++) {
        experiment x = ran(mistakes[k].run);
        if (x.status != mistakes[k].status || !strstr(x.failure, mistakes[k].told))
            fail_msg("mistake %zu, status %d: %s", k, (int)x.status, x.failure);
        assert_whole(&x);
        int checks;
        experiment_holds(&x, &checks);
        assert_true(checks <= 1);
        experiment_free(&x);
        experiment_free(&x); /* an empty one */
    }
}

/* ---- memory -------------------------------------------------------------------------------------
 */

static lk_status write_everything(experiment *x)
{
    heading(x, "heading");
    formula(x, "x^2");
    tell(x, "%d", 1);
    write_numbers(x);
    refute_twice(x);
    return draw(x);
}

static lk_status attempt_everything(const lk_dataset *data)
{
    (void)data;
    experiment x = ran(write_everything);
    const lk_status status = x.status ? lk_fail(x.status, "%s", x.failure) : LK_OK;
    assert_whole(&x);
    experiment_free(&x);
    return status;
}

static void nothing_is_lost_without_memory(void **state)
{
    (void)state;
    exhaust(attempt_everything, NULL);
}

/* ---- failures, as they are shown ----------------------------------------------------------------
 */

static lk_status miss_a_digit(experiment *x)
{
    table(x, "published", "cost|50|100");
    cell(x, "quadratic");
    cell_digits(x, .387, .387, 3);
    cell_digits(x, .2110, .2119, 4);
    return LK_OK;
}

/* The text of a file, which is removed; the caller frees it. */
static char *text_of(const char *path)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char *text = calloc(1, 1 << 16);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 16) - 1, f) > 0);
    fclose(f);
    remove(path);
    return text;
}

/* What print() writes to stdout. */
static char *printed(const experiment *x, void print(const experiment *x, int n))
{
    char path[64];
    snprintf(path, sizeof path, "record_%ld.txt", (long)getpid());
    fflush(stdout);
    const int out = dup(STDOUT_FILENO);
    assert_true(out >= 0);
    assert_non_null(freopen(path, "wb", stdout));
    print(x, 1);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    close(out);
    return text_of(path);
}

static void print_one(const experiment *x, int n)
{
    (void)n;
    experiment_print(x);
}

static void assert_has(char *text, const char *part)
{
    if (!strstr(text, part)) fail_msg("no \"%s\" in:\n%s", part, text);
    free(text);
}

/* The report has both parts. */
static void assert_reported(const experiment *x, const char *in_page, const char *in_results)
{
    char folder[32], page[64], results[64];
    snprintf(folder, sizeof folder, "record_%ld", (long)getpid());
    snprintf(page, sizeof page, "%s/index.html", folder);
    snprintf(results, sizeof results, "%s/results.json", folder);
    error e = {.text = ""};
    if (experiments_report(x, 1, folder, &e)) fail_msg("%s", e.text);
    assert_has(text_of(page), in_page);
    assert_has(text_of(results), in_results);
    assert_int_equal(rmdir(folder), 0);
}

static void a_cell_that_fails_is_shown(void **state)
{
    (void)state;
    experiment x = ran_well(miss_a_digit);
    int checks;
    assert_int_equal(experiment_holds(&x, &checks), 1);
    assert_int_equal(checks, 2);
    assert_has(printed(&x, print_one), "0.387 ✓  0.2110 ✗ 0.2119");
    assert_has(printed(&x, print_one), "1 of 2 numbers are as expected");
    assert_has(printed(&x, experiments_print_summary),
               "published, quadratic, 100: 0.2110 (expected: 0.2119)");
    assert_reported(&x, "0.2110 ✗ 0.2119", "\"expected\": \"0.2119\"");
    json_t *root = experiments_json(&x, 1);
    json_t *one = json_array_get(json_object_get(root, "experiments"), 0);
    json_t *cells = json_object_get(json_array_get(json_object_get(one, "tables"), 0), "checks");
    assert_true(json_is_false(json_object_get(one, "holds")));
    assert_int_equal(json_array_size(cells), 2);
    json_t *bad = json_array_get(cells, 1);
    assert_int_equal(json_integer_value(json_object_get(bad, "row")), 1);
    assert_int_equal(json_integer_value(json_object_get(bad, "column")), 2);
    assert_string_equal(json_string_value(json_object_get(bad, "expected")), "0.2119");
    assert_true(json_is_false(json_object_get(bad, "holds")));
    json_decref(root);
    experiment_free(&x);
}

static lk_status fail_in_a_figure(experiment *x)
{
    check_true(x, 1, "seen", "holds");
    figure(x, &look);
    return lk_fail(LK_OUT_OF_DOMAIN, "target[3] = 7 is too large");
}

static lk_status fail_in_a_row(experiment *x)
{
    check_true(x, 1, "seen", "holds");
    table(x, "caption", "name|number");
    cell(x, "row");
    return lk_fail(LK_OUT_OF_DOMAIN, "target[3] = 7 is too large");
}

/* What was begun has no place in the record, which is shown all the same. */
static void what_failed_early_is_shown(void **state)
{
    (void)state;
    body *const bodies[] = {fail_in_a_figure, fail_in_a_row};
    for (int k = 0; k < 2; k++) {
        experiment x = ran(bodies[k]);
        assert_int_equal(x.status, LK_OUT_OF_DOMAIN);
        assert_int_equal(x.n_items, 1);
        const char *const told = "ended early: target[3] = 7 is too large";
        assert_has(printed(&x, print_one), told);
        assert_has(printed(&x, experiments_print_summary), told);
        assert_reported(&x, told, "\"failure\": \"target[3] = 7 is too large\"");
        experiment_free(&x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digits_are_those_of_rounding),
        cmocka_unit_test(comparisons_hold_and_fail),
        cmocka_unit_test(means_and_spreads_are_those_by_hand),
        cmocka_unit_test(numbers_are_written_with_their_digits),
        cmocka_unit_test(a_refutation_belongs_to_the_next_check_alone),
        cmocka_unit_test(figures_keep_what_is_drawn),
        cmocka_unit_test(data_are_found_by_name),
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(nothing_is_lost_without_memory),
        cmocka_unit_test(a_cell_that_fails_is_shown),
        cmocka_unit_test(what_failed_early_is_shown),
    };
    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
