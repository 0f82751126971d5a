/* experiment_text.c: experiments on the terminal. */
#include "experiment_output.h"

#include "format.h"
#include "plain_formula.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 100, COLUMNS = 24 };

static void styled(style s, const char *text)
{
    printf("%s%s%s", style_text(stdout, s), text, style_text(stdout, STYLE_PLAIN));
}

static void verdict(int holds)
{
    styled(holds ? STYLE_GOOD : STYLE_BAD, holds ? "  holds  " : "  FAILS  ");
}

static void print_check(const check *c)
{
    char measured[CHECK_TEXT], expected[CHECK_TEXT];
    check_measured_text(c, measured, sizeof measured);
    check_expected_text(c, expected, sizeof expected);
    if (c->wrong_claim) {
        char text[1024];
        snprintf(text, sizeof text, "It is said: %s In truth: %s", c->wrong_claim, c->truth);
        printf("         ");
        print_wrapped(stdout, text, 9, WIDTH);
    }
    verdict(c->holds);
    char text[1024];
    if (c->kind == CHECK_TRUE)
        snprintf(text, sizeof text, "%s: %s", c->what, measured);
    else
        snprintf(text, sizeof text, "%s: %s (expected: %s)", c->what, measured, expected);
    print_wrapped(stdout, text, 9, WIDTH);
}

static void print_table_cell(const table_cell *c, int width, int right)
{
    char text[CELL_TEXT];
    table_cell_text(c, text, sizeof text);
    const int bad = c->expected && !c->holds;
    if (bad) printf("%s", style_text(stdout, STYLE_BAD));
    print_cell(stdout, text, width, right);
    if (bad) printf("%s", style_text(stdout, STYLE_PLAIN));
}

static void print_table_verdict(const record_table *t)
{
    int checks;
    const int good = table_holds(t, &checks);
    if (!checks) return;
    verdict(good == checks);
    printf("%d of %d numbers are as expected to the last digit%s\n\n", good, checks,
           good == checks ? "" : "; behind ✗ stands what was expected");
}

/* Those of the table that do not hold, with their places. */
static void print_bad_cells(const char *name, const record_table *t)
{
    for (int k = 0; k < t->n_cells; k++) {
        const table_cell *c = &t->cells[k];
        if (!c->expected || c->holds) continue;
        printf("\n%s: ", name);
        verdict(0);
        char text[1024];
        snprintf(text, sizeof text, "%s, %s, %s: %s (expected: %s)", t->caption,
                 t->cells[k - k % t->columns].text, t->cells[k % t->columns].text, c->text,
                 c->expected);
        print_wrapped(stdout, text, 9, WIDTH);
    }
}

static void print_table(const record_table *t)
{
    char text[CELL_TEXT];
    int widths[COLUMNS] = {0};
    const int columns = t->columns < COLUMNS ? t->columns : COLUMNS;
    printf("\n  ");
    styled(STYLE_BOLD, t->caption);
    for (int k = 0; k < t->n_cells; k++) {
        table_cell_text(&t->cells[k], text, sizeof text);
        const int width = text_width(text);
        if (k % t->columns < columns && width > widths[k % t->columns])
            widths[k % t->columns] = width;
    }
    for (int k = 0; k < t->n_cells; k++) {
        const int column = k % t->columns;
        if (column >= columns) continue;
        if (column == 0) printf("\n  ");
        print_table_cell(&t->cells[k], widths[column], table_cell_right(t, k));
        if (column + 1 < columns) printf("  ");
    }
    printf("\n\n");
    print_table_verdict(t);
}

static void print_item(const item *it)
{
    char text[FORMULA_TEXT];
    switch (it->kind) {
    case ITEM_HEADING:
        printf("\n  ");
        styled(STYLE_BOLD, it->text);
        printf("\n");
        break;
    case ITEM_TEXT:
        printf("  ");
        print_wrapped(stdout, it->text, 2, WIDTH);
        break;
    case ITEM_FORMULA:
        plain_formula(it->text, text, sizeof text);
        printf("\n      %s\n\n", text);
        break;
    case ITEM_CHECK:
        print_check(&it->check);
        break;
    case ITEM_TABLE:
        print_table(&it->table);
        break;
    case ITEM_FIGURE:
        break;
    }
}

/* Why it ended early, if it did. */
static void print_failure(const experiment *x)
{
    if (!x->status) return;
    char text[sizeof x->failure + 32];
    verdict(0);
    snprintf(text, sizeof text, "It ended early: %s", x->failure);
    print_wrapped(stdout, text, 9, WIDTH);
}

void experiment_print(const experiment *x)
{
    styled(STYLE_BOLD, x->info->title);
    printf("\n  ");
    print_wrapped(stdout, x->info->claim, 2, WIDTH);
    for (int k = 0; k < x->n_items; k++) print_item(&x->items[k]);
    print_failure(x);
    int checks;
    const int good = experiment_holds(x, &checks);
    printf("  %s: %d of %d checks hold\n\n", x->info->name, good, checks);
}

void experiments_print_summary(const experiment *all, int n)
{
    int wide = 0;
    for (int i = 0; i < n; i++) {
        const int width = text_width(all[i].info->name);
        if (width > wide) wide = width;
    }
    for (int i = 0; i < n; i++) {
        int checks;
        const int good = experiment_holds(&all[i], &checks);
        verdict(good == checks && !all[i].status);
        printf("%3d of %3d  ", good, checks);
        print_cell(stdout, all[i].info->name, wide + 2, 0);
        print_wrapped(stdout, all[i].info->title, 22 + wide + 2, WIDTH + 20);
    }
    for (int i = 0; i < n; i++) {
        if (all[i].status) printf("\n%s: ", all[i].info->name);
        print_failure(&all[i]);
        for (int k = 0; k < all[i].n_items; k++) {
            const item *it = &all[i].items[k];
            if (it->kind == ITEM_TABLE) print_bad_cells(all[i].info->name, &it->table);
            if (it->kind != ITEM_CHECK || it->check.holds) continue;
            printf("\n%s: ", all[i].info->name);
            print_check(&it->check);
        }
    }
}
