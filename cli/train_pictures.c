#include "train_pictures.h"

#include "curve_plot.h"
#include "format.h"
#include "gnuplot.h"
#include "html_page.h"
#include "plot_look.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { CURVES_MAX = 10, MATRIX_MAX = 40, POINTS_MAX = 2000, WIDTH = 640, HEIGHT = 480 };

/* The caption says what there is to be seen. */
static int end_figure(html_figure *f, int status, const char *caption, atomic_file *page, error *e)
{
    return html_figure_end(f, status, caption, caption, page->stream, e);
}

static curve_picture picture_of(void) { return (curve_picture){.title = "", .inside = 1}; }

/* ---- losses -------------------------------------------------------------------------------------
 */

/* The values of one field of the points. */
static double *column(const train_watch *w, size_t offset)
{
    double *values = malloc((size_t)(w->n_points + 1) * sizeof *values);
    for (int64_t i = 0; values && i < w->n_points; i++)
        memcpy(&values[i], (const char *)&w->points[i] + offset, sizeof *values);
    return values;
}

static int any(const double *values, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (isfinite(values[i])) return 1;
    return 0;
}

int picture_losses(const train_watch *w, atomic_file *page, error *e)
{
    static const struct {
        const char *label;
        size_t offset;
    } kinds[] = {{"training", offsetof(watch_point, loss)},
                 {"validation", offsetof(watch_point, validation_loss)}};
    double *x = column(w, offsetof(watch_point, at)), *y[2] = {NULL, NULL};
    lk_curve curves[2];
    curve_series series[2];
    int n = 0, status = x ? 0 : error_set(e, "no memory for the curves of losses");
    for (int k = 0; k < 2 && !status; k++) {
        y[k] = column(w, kinds[k].offset);
        if (!y[k]) status = error_set(e, "no memory for the curves of losses");
        if (status || !any(y[k], w->n_points)) continue;
        curves[n] = (lk_curve){.n = w->n_points, .x = x, .y = y[k]};
        series[n] = (curve_series){kinds[k].label, &curves[n], NAN, NAN};
        n++;
    }
    if (!status && n && w->n_points > 1) {
        const curve_picture picture = picture_of();
        html_figure f;
        status = html_figure_begin(&f, "losses", e);
        if (!status)
            status = end_figure(
                &f, curve_plot_lines(series, n, w->unit, "loss", &picture, &f.memory, e),
                w->members ? "Loss, of the first model of the ensemble" : "Loss", page, e);
    }
    free(x);
    free(y[0]);
    free(y[1]);
    return status;
}

/* ---- classes ------------------------------------------------------------------------------------
 */

typedef int curve_function(const scores_report *r, int64_t k, lk_curve *out, error *e);
typedef int plot_function(const curve_series *series, int n, const curve_picture *picture,
                          atomic_file *file, error *e);

/* One curve for two classes, otherwise one for each of the first ones that have it. */
static int draw_curves(const scores_report *r, curve_function *curve, plot_function *plot,
                       const double *areas, int shares, const char *name, const char *caption,
                       atomic_file *page, error *e)
{
    const int64_t classes = r->question.classes;
    lk_curve curves[CURVES_MAX];
    curve_series series[CURVES_MAX];
    char names[CURVES_MAX][32], text[160];
    int n = 0;
    for (int64_t k = classes == 2; k < classes && n < CURVES_MAX; k++) {
        error none;
        if (isnan(areas[k]) || curve(r, k, &curves[n], &none)) continue;
        series[n] = (curve_series){scores_class_name(&r->question, k, names[n]), &curves[n],
                                   areas[k], shares && classes == 2 ? scores_share(r, k) : NAN};
        n++;
    }
    snprintf(text, sizeof text, "%s%s", caption,
             classes == 2           ? ""
             : classes > CURVES_MAX ? ", each class against the rest, the first of the classes"
                                    : ", each class against the rest");
    int status = 0;
    if (n) {
        const curve_picture picture = picture_of();
        html_figure f;
        status = html_figure_begin(&f, name, e);
        if (!status)
            status = end_figure(&f, plot(series, n, &picture, &f.memory, e), text, page, e);
    }
    for (int k = 0; k < n; k++) lk_curve_free(&curves[k]);
    return status;
}

int picture_classes(const scores_report *r, atomic_file *page, error *e)
{
    const scores_question *q = &r->question;
    html_figure f;
    if (q->classes <= MATRIX_MAX) {
        const curve_picture picture = picture_of();
        if (html_figure_begin(&f, "confusion", e)) return -1;
        const int status =
            curve_plot_confusion(q->classes, r->matrix, q->class_names, &picture, &f.memory, e);
        if (end_figure(&f, status, "Confusion matrix", page, e)) return -1;
    }
    if (r->auc && draw_curves(r, scores_roc, curve_plot_roc, r->auc, 0, "roc",
                              "Receiver operating characteristic", page, e))
        return -1;
    if (r->average_precision &&
        draw_curves(r, scores_precision_recall, curve_plot_precision_recall, r->average_precision,
                    1, "precision_recall", "Precision and recall", page, e))
        return -1;
    if (q->kind != SCORES_PROBABILITIES || !r->calibration.curve.n) return 0;
    const curve_picture picture = picture_of();
    const curve_series series = {"calibration", &r->calibration.curve, r->calibration.ece, NAN};
    if (html_figure_begin(&f, "calibration", e)) return -1;
    return end_figure(&f, curve_plot_calibration(&series, 1, &picture, &f.memory, e),
                      q->classes == 2 ? "Calibration" : "Calibration of the largest probability",
                      page, e);
}

/* ---- numbers ------------------------------------------------------------------------------------
 */

static void scatter_script(FILE *script, const scores_report *r, int residuals)
{
    const scores_question *q = &r->question;
    const int64_t n = q->n * q->columns, step = (n + POINTS_MAX - 1) / POINTS_MAX;
    plot_look_begin(script, WIDTH, HEIGHT, 0, NULL);
    fprintf(script, "unset key\nset xlabel '%s'\nset ylabel '%s'\n",
            residuals ? "predicted" : "true", residuals ? "predicted - true" : "predicted");
    fprintf(script,
            "plot '-' using 1:2 with points pt 7 ps 0.4 lc rgb '%s', "
            "%s with lines lw 1.2 lc rgb '#888888' dt (6,5)\n",
            plot_style_of(0).colour, residuals ? "0" : "x");
    for (int64_t i = 0; i < n; i += step) {
        const double x = q->truth[i], y = q->predicted[i];
        fprintf(script, "%.9g %.9g\n", residuals ? y : x, residuals ? y - x : y);
    }
    fprintf(script, "e\n");
}

static int draw_scatter(const scores_report *r, int residuals, atomic_file *file, error *e)
{
    gnuplot g;
    if (gnuplot_begin(&g, e)) return -1;
    scatter_script(g.script, r, residuals);
    return gnuplot_finish(&g, "</svg>", file, e);
}

int picture_numbers(const scores_report *r, atomic_file *page, error *e)
{
    static const char *const captions[] = {"Predicted over true numbers",
                                           "Residuals over predicted numbers"};
    for (int residuals = 0; residuals < 2; residuals++) {
        html_figure f;
        if (html_figure_begin(&f, residuals ? "residuals" : "predicted", e)) return -1;
        const int status = draw_scatter(r, residuals, &f.memory, e);
        if (end_figure(&f, status, captions[residuals], page, e)) return -1;
    }
    return 0;
}
