/* experiment_page.c: the report of experiments: one page. */
#define _XOPEN_SOURCE 700
#include "experiment_figure.h"
#include "experiment_output.h"
#include "format.h"
#include "html_page.h"
#include "mathml_formula.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

typedef struct report {
    const experiment *all;
    int n;
} report;

static void paragraph(FILE *out, const char *kind, const char *text)
{
    fprintf(out, "<%s>", kind);
    html_text(out, text);
    fprintf(out, "</%s>\n", kind);
}

static void write_formula(FILE *out, const char *tex)
{
    /* A wide one scrolls by itself, with the keyboard, too. */
    fputs("<div class=\"formula\" tabindex=\"0\">", out);
    mathml_formula(out, tex, 1);
    fputs("</div>\n", out);
}

/* ---- checks -------------------------------------------------------------------------------------
 */

static void verdict_cell(FILE *out, int holds)
{
    fputs(holds ? "<td class=\"good\">✓ holds</td>" : "<td class=\"bad\">✗ fails</td>", out);
}

static void write_said(FILE *out, const check *c)
{
    fputs("<tr><td colspan=\"4\"><em>It is said:</em> ", out);
    html_text(out, c->wrong_claim);
    fputs("<br><em>In truth:</em> ", out);
    html_text(out, c->truth);
    fputs("</td></tr>\n", out);
}

static void write_check(FILE *out, const check *c)
{
    char measured[CHECK_TEXT], expected[CHECK_TEXT];
    check_measured_text(c, measured, sizeof measured);
    check_expected_text(c, expected, sizeof expected);
    if (c->wrong_claim) write_said(out, c);
    fputs("<tr><td>", out);
    html_text(out, c->what);
    fputs("</td>", out);
    if (c->kind == CHECK_TRUE) {
        fputs("<td colspan=\"2\">", out);
        html_text(out, measured);
        fputs("</td>", out);
    } else {
        html_number_cell(out, measured);
        html_number_cell(out, expected);
    }
    verdict_cell(out, c->holds);
    fputs("</tr>\n", out);
}

static void write_table(FILE *out, const record_table *t)
{
    fputs("<div class=\"wide\"><table>\n<caption>", out);
    html_text(out, t->caption);
    fputs("</caption>\n", out);
    for (int k = 0; k < t->n_cells; k++) {
        const table_cell *c = &t->cells[k];
        const int column = k % t->columns, head = k < t->columns;
        const int number = table_cell_right(t, k);
        const char *const kind = head || column == 0 ? "th" : "td";
        char text[CELL_TEXT];
        table_cell_text(c, text, sizeof text);
        if (column == 0) fputs("<tr>", out);
        fprintf(out, "<%s%s>", kind,
                c->expected && !c->holds ? " class=\"number bad\""
                : number                 ? " class=\"number\""
                                         : "");
        html_text(out, text);
        fprintf(out, "</%s>", kind);
        if (column + 1 == t->columns) fputs("</tr>\n", out);
    }
    fputs("</table></div>\n", out);
}

/* ---- an experiment ------------------------------------------------------------------------------
 */

static int write_figure(atomic_file *page, const experiment *x, int k, error *e)
{
    const record_figure *figure = &x->items[k].figure;
    char name[48];
    snprintf(name, sizeof name, "%.32s-%d", x->info->name, k);
    html_figure f;
    if (html_figure_begin(&f, name, e)) return -1;
    const int status = experiment_figure_draw(figure, &f.memory, e);
    return html_figure_end(&f, status, figure->look.alt, figure->look.title, page->stream, e);
}

/* Checks that follow each other are rows of one table, and figures share a line. */
static void begin_item(FILE *out, const experiment *x, int k)
{
    const item_kind kind = x->items[k].kind;
    if (k && x->items[k - 1].kind == kind) return;
    if (kind == ITEM_CHECK)
        fputs("<div class=\"wide\"><table class=\"checks\">\n<tr><th>measured</th><th "
              "class=\"number\">result</th>"
              "<th class=\"number\">expected</th><th></th></tr>\n",
              out);
    if (kind == ITEM_FIGURE) fputs("<div class=\"pictures\">\n", out);
}

static void end_item(FILE *out, const experiment *x, int k)
{
    const item_kind kind = x->items[k].kind;
    if (k + 1 < x->n_items && x->items[k + 1].kind == kind) return;
    if (kind == ITEM_CHECK) fputs("</table></div>\n", out);
    if (kind == ITEM_FIGURE) fputs("</div>\n", out);
}

static int write_item(atomic_file *page, const experiment *x, int k, error *e)
{
    FILE *out = page->stream;
    const item *it = &x->items[k];
    begin_item(out, x, k);
    switch (it->kind) {
    case ITEM_HEADING:
        paragraph(out, "h3", it->text);
        break;
    case ITEM_TEXT:
        paragraph(out, "p", it->text);
        break;
    case ITEM_FORMULA:
        write_formula(out, it->text);
        break;
    case ITEM_CHECK:
        write_check(out, &it->check);
        break;
    case ITEM_TABLE:
        write_table(out, &it->table);
        break;
    case ITEM_FIGURE:
        if (write_figure(page, x, k, e)) return -1;
        break;
    }
    end_item(out, x, k);
    return 0;
}

static int write_experiment(atomic_file *page, const experiment *x, error *e)
{
    FILE *out = page->stream;
    fprintf(out, "<section id=\"%s\">\n", x->info->name);
    html_heading(out, x->info->title);
    paragraph(out, "blockquote", x->info->claim);
    for (int k = 0; k < x->n_items; k++)
        if (write_item(page, x, k, e)) return -1;
    if (x->status) {
        fputs("<p class=\"bad\">It ended early: ", out);
        html_text(out, x->failure);
        fputs("</p>\n", out);
    }
    fprintf(out, "<p class=\"faint\"><code>losskit experiment %s</code></p>\n</section>\n",
            x->info->name);
    return 0;
}

/* ---- the page -----------------------------------------------------------------------------------
 */

static void write_contents(FILE *out, const report *r)
{
    fputs("<nav><div class=\"wide\"><table>\n<tr><th>experiment</th><th class=\"number\">checks"
          "</th><th></th></tr>\n",
          out);
    for (int i = 0; i < r->n; i++) {
        const experiment *x = &r->all[i];
        int checks;
        const int good = experiment_holds(x, &checks);
        fprintf(out, "<tr><td><a href=\"#%s\">", x->info->name);
        html_text(out, x->info->title);
        fprintf(out, "</a></td><td class=\"number\">%d of %d</td>", good, checks);
        verdict_cell(out, good == checks && !x->status);
        fputs("</tr>\n", out);
    }
    fputs("</table></div>\n</nav>\n", out);
}

/* The wrong claims of all experiments, each with where it is shown. */
static void write_refuted(FILE *out, const report *r)
{
    int n = 0;
    for (int i = 0; i < r->n; i++)
        for (int k = 0; k < r->all[i].n_items; k++) {
            const item *it = &r->all[i].items[k];
            if (it->kind != ITEM_CHECK || !it->check.wrong_claim) continue;
            if (n++ == 0) {
                html_heading(out, "Popular claims that are wrong");
                fputs("<div class=\"wide\"><table>\n<tr><th>it is said</th><th>in truth</th>"
                      "<th>shown in</th></tr>\n",
                      out);
            }
            fputs("<tr><td>", out);
            html_text(out, it->check.wrong_claim);
            fputs("</td><td>", out);
            html_text(out, it->check.truth);
            fprintf(out, "</td><td><a href=\"#%s\">%s</a></td></tr>\n", r->all[i].info->name,
                    r->all[i].info->name);
        }
    if (n) fputs("</table></div>\n", out);
}

/* The day, or that of SOURCE_DATE_EPOCH for builds that have to be reproducible. */
static void write_date(FILE *out)
{
    const char *fixed = getenv("SOURCE_DATE_EPOCH");
    const time_t now = fixed ? (time_t)strtoll(fixed, NULL, 10) : time(NULL);
    struct tm day;
    char text[32] = "";
    if (gmtime_r(&now, &day)) strftime(text, sizeof text, "%Y-%m-%d", &day);
    fprintf(out, "<p class=\"faint\">Computed on %s.</p>\n", text);
}

static int write_page(atomic_file *page, const void *context, error *e)
{
    const report *r = context;
    FILE *out = page->stream;
    html_begin(out, "What losses do: claims put to the test");
    paragraph(
        out, "p",
        "A loss decides what a model learns. Each section takes what textbooks say of losses, "
        "computes it, and tells whether it holds. Numbers with ± are the mean and the standard "
        "deviation over five seeds, and their mean is what has to hold. Limits were put down "
        "before "
        "the first runs; where one was not met as it stood, docs/experiments.md tells what is "
        "checked instead, and why.");
    write_contents(out, r);
    for (int i = 0; i < r->n; i++)
        if (write_experiment(page, &r->all[i], e)) return -1;
    write_refuted(out, r);
    write_date(out);
    html_end(out);
    return 0;
}

static int write_results(atomic_file *file, const void *context, error *e)
{
    const report *r = context;
    json_t *root = experiments_json(r->all, r->n);
    const int bad = !root || json_dumpf(root, file->stream, JSON_INDENT(2)) != 0;
    json_decref(root);
    fputc('\n', file->stream);
    return bad ? error_set(e, "the results cannot be written as JSON") : 0;
}

typedef char path_text[4096];

static int name_file(path_text path, const char *directory, const char *name, error *e)
{
    const int length = snprintf(path, sizeof(path_text), "%s/%s", directory, name);
    return length < (int)sizeof(path_text) ? 0 : error_file(e, directory, "the path is too long");
}

static const char page_name[] = "index.html", results_name[] = "results.json";

static int try_file(const char *directory, const char *name, error *e)
{
    path_text path;
    return name_file(path, directory, name, e) ? -1 : atomic_try(path, e);
}

static int make_directory(const char *directory, error *e)
{
    if (mkdir(directory, 0777) == 0 || errno == EEXIST) return 0;
    return error_file(e, directory, "the directory cannot be made: %s", strerror(errno));
}

int experiments_report_try(const char *directory, error *e)
{
    if (make_directory(directory, e)) return -1;
    return try_file(directory, page_name, e) ? -1 : try_file(directory, results_name, e);
}

static int put_file(const char *directory, const char *name, atomic_writer *writer, const report *r,
                    error *e)
{
    path_text path;
    return name_file(path, directory, name, e) ? -1 : atomic_put(path, writer, r, e);
}

int experiments_report(const experiment *all, int n, const char *directory, error *e)
{
    const report r = {all, n};
    if (make_directory(directory, e)) return -1;
    if (put_file(directory, page_name, write_page, &r, e)) return -1;
    return put_file(directory, results_name, write_results, &r, e);
}
