/* train_report.c: the HTML page about a training: one file without scripts. */
#include "train_measures.h"

#include "atomic_file.h"
#include "format.h"
#include "html_page.h"
#include "mathml_formula.h"
#include "train_pictures.h"

#include <math.h>
#include <string.h>

/* ---- what was trained ---------------------------------------------------------------------------
 */

/* As a shell would take it. */
static void quoted(FILE *out, const char *text)
{
    if (*text && !text[strcspn(text, " \t\n'\"\\$`*?[]#~=%|&;<>(){}!")]) {
        html_text(out, text);
        return;
    }
    fputc('\'', out);
    for (; *text; text++) {
        const char one[2] = {*text, '\0'};
        html_text(out, *text == '\'' ? "'\\''" : one);
    }
    fputc('\'', out);
}

static void command_line(FILE *out, const train_plan *p)
{
    fputs("<pre>losskit train ", out);
    quoted(out, p->request.path);
    for (size_t k = 0; k < p->given->n_given; k++) {
        const given_option *g = &p->given->given[k];
        fprintf(out, " --%s", g->name);
        if (!g->text) continue;
        fputc(' ', out);
        quoted(out, g->text);
    }
    fputs("</pre>\n", out);
}

static void rows_text(const train_job *job, char *text, size_t size)
{
    const train_sets *s = &job->sets;
    *text = '\0';
    for (int k = 0; k < PARTS; k++)
        if (s->parts[k].rows)
            append(text, size, "%s%lld %s", k ? ", " : "", (long long)s->parts[k].rows,
                   part_word(k));
    append(text, size, "; %lld %s features", (long long)s->fit.features,
           s->fit.dense ? "dense" : "sparse");
    if (s->resampled)
        append(text, size, "; trained on %lld after resampling", (long long)s->fit.rows);
}

static void formulas(FILE *out, const expression *x)
{
    for (int k = 0; k < x->n; k++) {
        fputs("<tr><th>", out);
        html_text(out, x->terms[k].info->name);
        fputs("</th><td>", out);
        mathml_formula(out, x->terms[k].info->tex, 0);
        fputs("</td></tr>\n", out);
    }
}

static void norms_text(const train_job *job, char *text, size_t size)
{
    const train_plan *p = job->plan;
    const int linear = p->kind == TRAIN_LINEAR;
    const double l1 = linear ? p->linear.l1 : p->mlp.l1;
    const double l2 = p->cost > 0 ? 1 / (p->cost * (double)job->sets.fit.rows)
                      : linear    ? p->linear.l2
                                  : p->mlp.l2;
    snprintf(text, size, "l2 = %g, l1 = %g", l2, l1);
}

static void summary(FILE *out, const train_job *job)
{
    static const char *const scales[] = {"none", "standard", "min-max", "max-abs"};
    const train_plan *p = job->plan;
    char text[EXPRESSION_TEXT + 256];
    html_heading(out, "What was trained");
    command_line(out, p);
    fputs("<div class=\"wide\"><table>\n", out);
    train_objective_text(job, text, sizeof text);
    html_row(out, "model", text);
    if (job->objective.n) {
        formulas(out, &job->objective);
        norms_text(job, text, sizeof text);
        html_row(out, "penalties", text);
    }
    rows_text(job, text, sizeof text);
    html_row(out, "rows", text);
    html_row(out, "scaling",
             !job->sets.scaled ? "none" : scales[p->scale < 0 ? LK_SCALE_STANDARD : p->scale]);
    if (p->kind == TRAIN_MLP) {
        snprintf(text, sizeof text, "%s, %s, batches of %lld rows",
                 lk_optimizer_name(p->mlp.optimizer), lk_schedule_name(p->mlp.schedule),
                 (long long)p->mlp.batch);
        html_row(out, "optimizer", text);
    }
    train_ending(job, text, sizeof text);
    append(text, sizeof text, "; %.2f s", job->seconds);
    html_row(out, "training", text);
    fputs("</table></div>\n", out);
}

/* ---- what came out ------------------------------------------------------------------------------
 */

static void measures(FILE *out, const train_job *job)
{
    train_measure all[TRAIN_MEASURES];
    const int n = train_measures(job, all);
    char text[NUMBER_TEXT];
    fputs("<div class=\"wide\"><table>\n<tr><th></th>", out);
    for (int k = 0; k < PARTS; k++)
        if (job->measured[k]) fprintf(out, "<th class=\"number\">%s</th>", part_word(k));
    fputs("</tr>\n", out);
    for (int i = 0; i < n; i++) {
        fprintf(out, "<tr><th>%s</th>", all[i].name);
        for (int k = 0; k < PARTS; k++)
            if (job->measured[k]) html_number_cell(out, train_measure_text(&all[i], k, text));
        fputs("</tr>\n", out);
    }
    fputs("</table></div>\n", out);
}

static void each_class(FILE *out, const scores_report *r)
{
    char number[NUMBER_TEXT];
    fputs("<div class=\"wide\"><table>\n<tr><th>class</th><th class=\"number\">precision</th>"
          "<th class=\"number\">recall</th><th class=\"number\">F1</th>"
          "<th class=\"number\">rows</th></tr>\n",
          out);
    for (int64_t k = 0; k < r->question.classes; k++) {
        const lk_class_metrics *c = &r->each[k];
        fputs("<tr><th>", out);
        html_text(out, scores_class_name(&r->question, k, number));
        fputs("</th>", out);
        const double shares[] = {c->precision, c->recall, c->f};
        for (int i = 0; i < 3; i++) {
            snprintf(number, sizeof number, "%.4f", shares[i]);
            html_number_cell(out, number);
        }
        html_number_cell(out, number_readable(number, c->support));
        fputs("</tr>\n", out);
    }
    fputs("</table></div>\n", out);
}

static int results(const train_job *job, atomic_file *page, error *e)
{
    FILE *out = page->stream;
    const int part = train_last_part(job);
    if (part < 0) return 0;
    const scores_report *r = &job->measurements[part].report;
    const int classes = r->question.kind != SCORES_NUMBERS;
    char title[64];
    html_heading(out, "How good it is");
    measures(out, job);
    snprintf(title, sizeof title, "On the %s rows", part_word(part));
    html_heading(out, title);
    if (classes) each_class(out, r);
    fputs("<div class=\"pictures\">\n", out);
    if (classes ? picture_classes(r, page, e) : picture_numbers(r, page, e)) return -1;
    fputs("</div>\n", out);
    return 0;
}

/* ---- the page -----------------------------------------------------------------------------------
 */

static int write_page(atomic_file *page, const void *context, error *e)
{
    const train_job *job = context;
    FILE *out = page->stream;
    char title[512];
    snprintf(title, sizeof title, "%.400s: training report", job->plan->request.path);
    html_begin(out, title);
    if (watch_interrupted()) fputs("<p><strong>The training was interrupted.</strong></p>\n", out);
    summary(out, job);
    if (job->watch.n_points > 1) {
        html_heading(out, "How it went");
        fputs("<div class=\"pictures\">\n", out);
        if (picture_losses(&job->watch, page, e)) return -1;
        fputs("</div>\n", out);
    }
    if (results(job, page, e)) return -1;
    html_end(out);
    return 0;
}

int train_write_report(const train_job *job, error *e)
{
    return atomic_put(job->plan->report, write_page, job, e);
}
