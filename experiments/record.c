/* record.c: the writing down. A failure is kept in the record, and all that follows does nothing.
 */
#include "record.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(experiment *x, lk_status status, const char *sentence)
{
    if (x->status) return;
    x->status = status;
    snprintf(x->failure, sizeof x->failure, "%s", sentence);
}

static void no_memory(experiment *x) { fail(x, LK_NO_MEMORY, "no memory for the record"); }

/* Both give NULL without a failure for NULL. */
static char *copy_text(experiment *x, const char *text)
{
    if (!text || x->status) return NULL;
    const size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (copy)
        memcpy(copy, text, size);
    else
        no_memory(x);
    return copy;
}

static double *copy_numbers(experiment *x, int64_t n, const double *numbers)
{
    if (!numbers || x->status) return NULL;
    double *copy = malloc((size_t)(n + 1) * sizeof *copy);
    if (copy)
        memcpy(copy, numbers, (size_t)n * sizeof *copy);
    else
        no_memory(x);
    return copy;
}

static char *print_text(experiment *x, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = length < 0 || x->status ? NULL : malloc((size_t)length + 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, arguments);
    else
        no_memory(x);
    return text;
}

/* Room for one more of `size` bytes each in an array that grows by doubling: n is a power of two or
 * 0 when it is full. */
static void *grow(experiment *x, void *array, int n, size_t size)
{
    if (n & (n - 1)) return array;
    void *grown = realloc(array, (size_t)(n ? 2 * n : 1) * size);
    if (!grown) no_memory(x);
    return grown;
}

/* NULL after a failure. Its texts are to be filled in by the caller. */
static item *append_item(experiment *x, item_kind kind)
{
    if (x->status) return NULL;
    item *grown = grow(x, x->items, x->n_items, sizeof *grown);
    if (!grown) return NULL;
    x->items = grown;
    item *last = &x->items[x->n_items++];
    memset(last, 0, sizeof *last);
    last->kind = kind;
    return last;
}

/* The last item where it is of the kind; otherwise a mistake in the experiment. */
static item *last_item(experiment *x, item_kind kind, const char *sentence)
{
    if (x->status) return NULL;
    if (x->n_items && x->items[x->n_items - 1].kind == kind) return &x->items[x->n_items - 1];
    fail(x, LK_INVALID, sentence);
    return NULL;
}

/* ---- text ---------------------------------------------------------------------------------------
 */

static void write_text(experiment *x, item_kind kind, const char *text)
{
    item *last = append_item(x, kind);
    if (last) last->text = copy_text(x, text);
}

void heading(experiment *x, const char *text) { write_text(x, ITEM_HEADING, text); }

void formula(experiment *x, const char *tex) { write_text(x, ITEM_FORMULA, tex); }

void tell(experiment *x, const char *format, ...)
{
    item *last = append_item(x, ITEM_TEXT);
    if (!last) return;
    va_list arguments;
    va_start(arguments, format);
    last->text = print_text(x, format, arguments);
    va_end(arguments);
}

/* ---- checks -------------------------------------------------------------------------------------
 */

/* A number of so many decimals stands for all that round to it. What lies half way between, to
 * within rounding, may go either way. */
static int rounds_to(double measured, double expected, int decimals)
{
    return fabs(measured - expected) <= 0.5 * pow(10, -decimals) * (1 + 1e-9);
}

static int holds(const check *c)
{
    const double mean = mean_of(c->measured);
    switch (c->kind) {
    case CHECK_DIGITS:
        return rounds_to(mean, c->expected, c->decimals);
    case CHECK_NEAR:
        return fabs(mean - c->expected) <= c->tolerance;
    case CHECK_AT_LEAST:
        return mean >= c->expected;
    case CHECK_AT_MOST:
        return mean <= c->expected;
    case CHECK_TRUE:
        break;
    }
    return c->holds;
}

/* NULL after a failure. */
static check *write_check(experiment *x, check c, const char *what, va_list arguments)
{
    item *last = append_item(x, ITEM_CHECK);
    if (!last) return NULL;
    check *to = &last->check;
    *to = c;
    to->holds = holds(&c);
    to->what = print_text(x, what, arguments);
    to->wrong_claim = x->wrong_claim;
    to->truth = x->truth;
    x->wrong_claim = x->truth = NULL;
    return to;
}

void check_digits(experiment *x, double measured, double expected, int decimals, const char *what,
                  ...)
{
    va_list arguments;
    va_start(arguments, what);
    write_check(x,
                (check){.kind = CHECK_DIGITS,
                        .measured = once(measured),
                        .expected = expected,
                        .decimals = decimals},
                what, arguments);
    va_end(arguments);
}

void check_near(experiment *x, double measured, double expected, double tolerance, const char *what,
                ...)
{
    va_list arguments;
    va_start(arguments, what);
    write_check(x,
                (check){.kind = CHECK_NEAR,
                        .measured = once(measured),
                        .expected = expected,
                        .tolerance = tolerance},
                what, arguments);
    va_end(arguments);
}

void check_at_least(experiment *x, measurement m, double limit, const char *what, ...)
{
    va_list arguments;
    va_start(arguments, what);
    write_check(x, (check){.kind = CHECK_AT_LEAST, .measured = m, .expected = limit}, what,
                arguments);
    va_end(arguments);
}

void check_at_most(experiment *x, measurement m, double limit, const char *what, ...)
{
    va_list arguments;
    va_start(arguments, what);
    write_check(x, (check){.kind = CHECK_AT_MOST, .measured = m, .expected = limit}, what,
                arguments);
    va_end(arguments);
}

void check_true(experiment *x, int true_or_not, const char *found, const char *what, ...)
{
    va_list arguments;
    va_start(arguments, what);
    check *to = write_check(
        x,
        (check){
            .kind = CHECK_TRUE, .measured = once(NAN), .expected = NAN, .holds = true_or_not != 0},
        what, arguments);
    va_end(arguments);
    if (to) to->found = copy_text(x, found);
}

static void replace_text(experiment *x, char **text, const char *with)
{
    free(*text);
    *text = copy_text(x, with);
}

void refute(experiment *x, const char *claim, const char *truth)
{
    replace_text(x, &x->wrong_claim, claim);
    replace_text(x, &x->truth, truth);
}

int table_holds(const record_table *t, int *checks)
{
    int good = 0;
    *checks = 0;
    for (int k = 0; k < t->n_cells; k++) {
        *checks += t->cells[k].expected != NULL;
        good += t->cells[k].holds;
    }
    return good;
}

int experiment_holds(const experiment *x, int *checks)
{
    int good = 0;
    *checks = 0;
    for (int k = 0; k < x->n_items; k++) {
        const item *it = &x->items[k];
        int more = it->kind == ITEM_CHECK;
        good += it->kind == ITEM_TABLE ? table_holds(&it->table, &more) : it->check.holds;
        *checks += more;
    }
    return good;
}

/* ---- tables -------------------------------------------------------------------------------------
 */

/* NULL after a failure. */
static table_cell *append_cell(experiment *x, char *text, int number)
{
    item *last = last_item(x, ITEM_TABLE, "a cell stands outside any table");
    table_cell *grown =
        last ? grow(x, last->table.cells, last->table.n_cells, sizeof *grown) : NULL;
    if (!grown) {
        free(text);
        return NULL;
    }
    last->table.cells = grown;
    table_cell *to = &grown[last->table.n_cells++];
    *to = (table_cell){.text = text, .number = number};
    return to;
}

void table(experiment *x, const char *caption, const char *columns)
{
    item *last = append_item(x, ITEM_TABLE);
    if (!last) return;
    last->table.caption = copy_text(x, caption);
    last->table.columns = 1;
    for (const char *p = columns; *p; p++) last->table.columns += *p == '|';
    for (;;) {
        const size_t length = strcspn(columns, "|");
        cell(x, "%.*s", (int)length, columns);
        if (!columns[length]) return;
        columns += length + 1;
    }
}

void cell(experiment *x, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append_cell(x, print_text(x, format, arguments), 0);
    va_end(arguments);
}

static table_cell *append_number(experiment *x, double value, int decimals)
{
    char text[400];
    number_text(value, decimals, text, sizeof text);
    return append_cell(x, copy_text(x, text), 1);
}

void cell_number(experiment *x, double value, int decimals) { append_number(x, value, decimals); }

void cell_digits(experiment *x, double measured, double expected, int decimals)
{
    table_cell *to = append_number(x, measured, decimals);
    if (!to) return;
    char text[400];
    number_text(expected, decimals, text, sizeof text);
    to->expected = copy_text(x, text);
    to->holds = rounds_to(measured, expected, decimals);
}

void cell_measured(experiment *x, measurement m, int decimals)
{
    char text[800];
    measurement_text(m, decimals, text, sizeof text);
    append_cell(x, copy_text(x, text), 1);
}

/* ---- figures ------------------------------------------------------------------------------------
 */

void figure(experiment *x, const figure_look *look)
{
    item *last = append_item(x, ITEM_FIGURE);
    if (!last) return;
    figure_look *to = &last->figure.look;
    *to = *look;
    to->title = to->alt = to->x_label = to->y_label = to->x_names = to->y_names = NULL;
    if (!look->title || !look->alt || !look->x_label || !look->y_label) {
        fail(x, LK_INVALID, "a figure needs a title, a text instead of it, and names of its axes");
        return;
    }
    to->title = copy_text(x, look->title);
    to->alt = copy_text(x, look->alt);
    to->x_label = copy_text(x, look->x_label);
    to->y_label = copy_text(x, look->y_label);
    to->x_names = copy_text(x, look->x_names);
    to->y_names = copy_text(x, look->y_names);
}

static series *append_series(experiment *x, series_kind kind, const char *label)
{
    item *last = last_item(x, ITEM_FIGURE, "a curve stands outside any figure");
    series *grown =
        last ? grow(x, last->figure.series, last->figure.n_series, sizeof *grown) : NULL;
    if (!grown) return NULL;
    last->figure.series = grown;
    series *s = &grown[last->figure.n_series++];
    memset(s, 0, sizeof *s);
    s->kind = kind;
    s->label = copy_text(x, label);
    return s;
}

static series *append_curve(experiment *x, series_kind kind, const char *label, int64_t n,
                            const double *at, const double *value)
{
    series *s = append_series(x, kind, label);
    if (!s) return NULL;
    s->n = n;
    s->at = copy_numbers(x, n, at);
    s->value = copy_numbers(x, n, value);
    return s;
}

void figure_line(experiment *x, const char *label, int64_t n, const double *at, const double *value)
{
    append_curve(x, SERIES_LINE, label, n, at, value);
}

void figure_points(experiment *x, const char *label, int64_t n, const double *at,
                   const double *value)
{
    append_curve(x, SERIES_POINTS, label, n, at, value);
}

void figure_mark(experiment *x, const char *label, double at)
{
    append_curve(x, SERIES_MARK, label, 1, &at, NULL);
}

void figure_bars(experiment *x, const char *label, int64_t n, const double *at, const double *value,
                 double width)
{
    series *s = append_curve(x, SERIES_BARS, label, n, at, value);
    if (s) s->width = width;
}

void figure_surface(experiment *x, int64_t rows, int64_t columns, const double *value)
{
    series *s = append_curve(x, SERIES_SURFACE, NULL, rows * columns, NULL, value);
    if (!s) return;
    s->rows = rows;
    s->columns = columns;
}

/* ---- the whole ----------------------------------------------------------------------------------
 */

const lk_dataset *experiment_data(experiment *x, const char *name)
{
    for (const named_data *d = x->data; d && d->name; d++)
        if (!strcmp(d->name, name)) return d->data;
    return NULL;
}

static void free_item(item *it)
{
    free(it->text);
    free(it->check.what);
    free(it->check.found);
    free(it->check.wrong_claim);
    free(it->check.truth);
    for (int k = 0; k < it->table.n_cells; k++) {
        free(it->table.cells[k].text);
        free(it->table.cells[k].expected);
    }
    free(it->table.cells);
    free(it->table.caption);
    for (int k = 0; k < it->figure.n_series; k++) {
        free(it->figure.series[k].label);
        free(it->figure.series[k].at);
        free(it->figure.series[k].value);
    }
    free(it->figure.series);
    const figure_look *look = &it->figure.look;
    const char *const texts[] = {look->title,   look->alt,     look->x_label,
                                 look->y_label, look->x_names, look->y_names};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) free((void *)(uintptr_t)texts[k]);
}

/* A mistake that shows only at the end, of what has this name. */
static void fail_named(experiment *x, const char *sentence, const char *name)
{
    char text[sizeof x->failure];
    snprintf(text, sizeof text, "%s: \"%.200s\"", sentence, name);
    fail(x, LK_INVALID, text);
}

const char *figure_mistake(const record_figure *f)
{
    const figure_look *look = &f->look;
    const int ranges = look->x_range[0] < look->x_range[1] && look->y_range[0] < look->y_range[1];
    int64_t points = 0;
    int drawn = 0;
    for (int k = 0; k < f->n_series; k++) {
        const series *s = &f->series[k];
        drawn |= s->kind != SERIES_MARK;
        if (s->kind == SERIES_POINTS) points += s->n;
        if (s->kind != SERIES_SURFACE) continue;
        if (!ranges) return "a surface needs the ranges of both axes";
        if (s->rows < 2 || s->columns < 2) return "a surface needs two rows and two columns";
    }
    if (points > FIGURE_POINTS) return "a figure has too many points";
    return drawn ? NULL : "nothing is drawn into a figure";
}

static const char *item_mistake(const item *it)
{
    if (it->kind == ITEM_FIGURE) return figure_mistake(&it->figure);
    if (it->kind == ITEM_TABLE && it->table.n_cells % it->table.columns)
        return "the last row of a table is not full";
    return NULL;
}

static void review(experiment *x)
{
    for (int k = 0; k < x->n_items; k++) {
        const item *it = &x->items[k];
        const char *mistake = item_mistake(it);
        if (!mistake) continue;
        fail_named(x, mistake, it->kind == ITEM_TABLE ? it->table.caption : it->figure.look.title);
    }
    if (x->wrong_claim) fail(x, LK_INVALID, "a claim is refuted, but no check follows");
    int checks;
    experiment_holds(x, &checks);
    if (!checks) fail(x, LK_INVALID, "nothing was checked");
}

void experiment_run(const experiment_info *info, const named_data *data, experiment *out)
{
    memset(out, 0, sizeof *out);
    out->info = info;
    out->data = data;
    const lk_status status = info->run(out);
    const item *last = out->n_items ? &out->items[out->n_items - 1] : NULL;
    /* A failure leaves the last item unfinished. */
    if (last && (out->status || (status && item_mistake(last))))
        free_item(&out->items[--out->n_items]);
    if (status) fail(out, status, lk_last_error());
    if (!out->status) review(out);
}

void experiment_free(experiment *x)
{
    for (int k = 0; k < x->n_items; k++) free_item(&x->items[k]);
    free(x->items);
    free(x->wrong_claim);
    free(x->truth);
    memset(x, 0, sizeof *x);
}
