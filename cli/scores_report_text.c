/* scores_report_text.c: the tables of a report. */
#include "format.h"
#include "scores_report.h"

#include <math.h>
#include <string.h>

enum { CELL = 11, MOST_COUNTED = 20, MOST_NAME = 28, MARK = 4 };

static void print_line(FILE *out, const char *name, double value)
{
    if (isnan(value)) return;
    print_cell(out, name, 24, 0);
    fprintf(out, "%.6g\n", value);
}

static void print_coefficient(FILE *out, const char *name, double value, uint32_t undefined)
{
    if (!undefined) {
        print_line(out, name, value);
        return;
    }
    print_cell(out, name, 24, 0);
    fprintf(out, "0*\n");
}

static void print_number(FILE *out, double value, int undefined)
{
    char text[NUMBER_TEXT] = "-";
    if (!isnan(value)) snprintf(text, sizeof text, "%.4f%s", value, undefined ? "*" : " ");
    print_cell(out, text, CELL, 1);
}

static void print_count(FILE *out, double value)
{
    char text[NUMBER_TEXT];
    snprintf(text, sizeof text, "%.6g", value);
    print_cell(out, text, CELL, 1);
}

static void print_name(FILE *out, const char *name, int width)
{
    char text[MOST_NAME * 4];
    int used = 0;
    /* Characters of UTF-8 are not cut in two. */
    for (const char *at = name; *at && used + 4 < (int)sizeof text; at++) {
        if (((unsigned char)*at & 0xc0) != 0x80) {
            text[used] = '\0';
            if (text_width(text) >= width) break;
        }
        text[used++] = (unsigned char)*at < 0x20 ? '?' : *at;
    }
    text[used] = '\0';
    print_cell(out, text, width, 0);
}

static int name_width(const scores_question *q)
{
    int width = 8; /* of "weighted" */
    for (int64_t k = 0; k < q->classes; k++) {
        char text[CLASS_NAME];
        const int w = text_width(scores_class_name(q, k, text));
        if (w > width) width = w;
    }
    return width < MOST_NAME ? width : MOST_NAME;
}

static void print_row(FILE *out, const lk_class_metrics *m)
{
    print_number(out, m->precision, m->undefined & LK_UNDEFINED_PRECISION);
    print_number(out, m->recall, m->undefined & LK_UNDEFINED_RECALL);
    print_number(out, m->f, m->undefined & LK_UNDEFINED_F);
    print_count(out, m->support);
}

static void print_heading(FILE *out, const scores_report *r, int width)
{
    char f[NUMBER_TEXT];
    snprintf(f, sizeof f, "F%g ", r->question.beta);
    const char *const words[] = {"precision ", "recall ", f, "support", "AUC ", "avg.prec. "};
    fputs(style_text(out, STYLE_BOLD), out);
    print_cell(out, "class", width, 0);
    const int columns = isnan(scores_auc(r)) && isnan(scores_average_precision(r)) ? 4 : 6;
    for (int k = 0; k < columns; k++) print_cell(out, words[k], CELL, 1);
    fprintf(out, "%s\n", style_text(out, STYLE_PLAIN));
}

static void print_areas(FILE *out, const scores_report *r, double auc, double precision)
{
    if (!isnan(scores_auc(r)) || !isnan(scores_average_precision(r))) {
        print_number(out, auc, 0);
        print_number(out, precision, 0);
    }
    fputc('\n', out);
}

static void print_classes(FILE *out, const scores_report *r, int width)
{
    const scores_question *q = &r->question;
    const lk_classification *s = &r->summary;
    uint32_t undefined = s->undefined;
    fputc('\n', out);
    print_heading(out, r, width);
    for (int64_t k = 0; k < q->classes; k++) {
        char text[CLASS_NAME];
        print_name(out, scores_class_name(q, k, text), width);
        print_row(out, &r->each[k]);
        print_areas(out, r, r->auc[k], r->average_precision[k]);
        undefined |= r->each[k].undefined;
    }
    const char *const names[] = {"micro", "macro", "weighted"};
    const lk_class_metrics *const means[] = {&s->micro, &s->macro, &s->weighted};
    const double none = NAN, *const auc[] = {&none, &r->mean_auc.macro, &r->mean_auc.weighted};
    const double *const precision[] = {&none, &r->mean_average_precision.macro,
                                       &r->mean_average_precision.weighted};
    for (int k = 0; k < 3; k++) {
        print_cell(out, names[k], width, 0);
        print_row(out, means[k]);
        print_areas(out, r, *auc[k], *precision[k]);
    }
    if (undefined)
        fprintf(out, "* 0 / 0, which counts as 0: precision where nothing was taken for the class, "
                     "recall where\n  nothing is of it, the coefficients where all is of one "
                     "class\n");
}

static void print_matrix(FILE *out, const scores_report *r, int width)
{
    const scores_question *q = &r->question;
    if (q->classes > MOST_COUNTED) {
        fprintf(out, "\nThe confusion matrix of %lld classes is in --json.\n",
                (long long)q->classes);
        return;
    }
    /* Names that are too wide for a column have a number, and the row of that number tells them. */
    const int marks = width < CELL ? 0 : MARK;
    fprintf(out, "\n%s", style_text(out, STYLE_BOLD));
    print_cell(out, "truth", marks + width, 0);
    for (int64_t k = 0; k < q->classes; k++) {
        char text[CLASS_NAME], mark[NUMBER_TEXT];
        const char *name = scores_class_name(q, k, text);
        snprintf(mark, sizeof mark, "#%lld", (long long)k + 1);
        print_cell(out, text_width(name) < CELL ? name : mark, CELL, 1);
    }
    fprintf(out, "  predicted%s\n", style_text(out, STYLE_PLAIN));
    for (int64_t k = 0; k < q->classes; k++) {
        char text[CLASS_NAME], mark[NUMBER_TEXT] = "";
        const char *name = scores_class_name(q, k, text);
        if (text_width(name) >= CELL) snprintf(mark, sizeof mark, "#%lld", (long long)k + 1);
        if (marks) print_cell(out, mark, marks, 0);
        print_name(out, name, width);
        for (int64_t j = 0; j < q->classes; j++) print_count(out, r->matrix[k * q->classes + j]);
        fputc('\n', out);
    }
}

static void print_calibration(FILE *out, const scores_report *r)
{
    const lk_curve *c = &r->calibration.curve;
    if (!c->n) return;
    const int two = r->question.classes == 2;
    fprintf(out, "\n%s", style_text(out, STYLE_BOLD));
    const char *const words[] = {"bin from", two ? "probability" : "confidence",
                                 two ? "positive" : "right", "samples"};
    for (int k = 0; k < 4; k++) print_cell(out, words[k], k ? CELL + 1 : 8, k > 0);
    fprintf(out, "%s\n", style_text(out, STYLE_PLAIN));
    for (int64_t k = 0; k < c->n; k++)
        fprintf(out, "%-8.4g%12.4f%12.4f%12.6g\n", c->threshold[k], c->x[k], c->y[k], c->weight[k]);
}

static void print_classification(FILE *out, const scores_report *r)
{
    const scores_question *q = &r->question;
    const lk_classification *s = &r->summary;
    const int two = q->classes == 2, width = name_width(q);
    char top[NUMBER_TEXT];
    snprintf(top, sizeof top, "top-%lld accuracy", (long long)q->top);
    print_line(out, "accuracy", s->accuracy);
    print_line(out, "balanced accuracy", s->balanced_accuracy);
    print_line(out, top, r->top_accuracy);
    print_coefficient(out, "Matthews correlation", s->matthews,
                      s->undefined & LK_UNDEFINED_MATTHEWS);
    print_coefficient(out, "Cohen's kappa", s->kappa, s->undefined & LK_UNDEFINED_KAPPA);
    print_line(out, two ? "AUC" : "AUC, macro", scores_auc(r));
    print_line(out, two ? "average precision" : "avg. precision, macro",
               scores_average_precision(r));
    print_line(out, "log loss", r->log_loss);
    print_line(out, "Brier score", r->brier);
    print_line(out, "calibration error (ECE)", r->calibration.ece);
    print_line(out, "largest of a bin (MCE)", r->calibration.mce);
    print_classes(out, r, width);
    print_matrix(out, r, width);
    print_calibration(out, r);
}

static void print_regression(FILE *out, const scores_report *r)
{
    const lk_regression *m = &r->regression;
    char pinball[NUMBER_TEXT];
    snprintf(pinball, sizeof pinball, "pinball loss at %g", r->question.quantile);
    print_line(out, "mean squared error", m->mean_squared_error);
    print_line(out, "root mean squared error", m->root_mean_squared_error);
    print_line(out, "mean absolute error", m->mean_absolute_error);
    print_line(out, "median absolute error", m->median_absolute_error);
    print_line(out, "largest error", m->max_error);
    print_line(out, "R2", m->r2);
    print_line(out, "explained variance", m->explained_variance);
    print_line(out, "mean relative error", m->mean_absolute_percentage_error);
    print_line(out, "mean squared log error", m->mean_squared_log_error);
    print_line(out, pinball, m->pinball);
    if (m->undefined & LK_UNDEFINED_R2)
        fprintf(out,
                "The truth does not vary, so that there is no variance to explain: R2 is %s.\n",
                m->r2 > 0 ? "1 since all is right" : "0");
}

void scores_report_print(const scores_report *r, FILE *out)
{
    if (r->question.kind == SCORES_NUMBERS)
        print_regression(out, r);
    else
        print_classification(out, r);
}
