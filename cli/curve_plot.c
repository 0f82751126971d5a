/* curve_plot.c: scripts for gnuplot. All text goes through gnuplot_quote(). */
#include "curve_plot.h"

#include "format.h"
#include "gnuplot.h"
#include "plot_legend.h"
#include "plot_look.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Pixels: without the legend, whose lines come below. */
enum { WIDTH = 640, HEIGHT = 610, LINES_HEIGHT = 420, COUNTS_HEIGHT = 740 };
enum { AXIS = 90, LEFT = 92, RIGHT = 30 };
enum { TOP = 54, BARE_TOP = 24 }; /* with and without a title */
enum { FEW = 40 };
#define NEAR 5e-4 /* of the axis: points nearer to the last one are not told from it */

typedef struct sketch {
    const curve_series *series;
    int n;
    const curve_picture *picture;
    const char *x_label, *y_label;
    const char *area; /* what the series' area is called */
    const char *how;  /* lines, fsteps ... */
    char line[80];    /* what the series are compared with, as the legend calls it; "": nothing */
    legend_entry *entries;
    legend legend;
    int width, height; /* of the picture */
    int top;           /* of the picture's margins */
} sketch;

/* The area of the only series stands in the title. */
static int has_area_as_title(const sketch *s) { return s->n == 1 && !isnan(s->series[0].area); }

/* What the series are compared with, then the series. */
static void name_entries(sketch *s, legend_entry *entries)
{
    snprintf(entries->text, sizeof entries->text, "%s", s->line);
    snprintf(entries->style, sizeof entries->style, "lines lw 1.2 lc rgb '#888888' dt (6,5)");
    for (int k = 0; k < s->n; k++) {
        const curve_series *one = &s->series[k];
        const plot_style look = plot_style_of(k);
        legend_entry *entry = &entries[k + 1];
        snprintf(entry->text, sizeof entry->text, "%.120s", one->label ? one->label : "");
        if (s->n > 1 && !isnan(one->area))
            append(entry->text, sizeof entry->text, "  (%s %.4f)", s->area, one->area);
        snprintf(entry->style, sizeof entry->style, "lines lw 2.2 lc rgb '%s' dt %s", look.colour,
                 look.dashes);
    }
}

static int lay_out(sketch *s, int height, error *e)
{
    s->entries = calloc((size_t)s->n + 1, sizeof *s->entries);
    if (!s->entries) return error_set(e, "no memory for a legend");
    name_entries(s, s->entries);
    s->width = s->picture->width ? s->picture->width : WIDTH;
    s->legend = legend_lay_out(s->entries, s->n + 1, s->width);
    const int titled = (s->picture->title && *s->picture->title) || has_area_as_title(s);
    s->top = titled ? TOP : BARE_TOP;
    s->height =
        s->picture->height ? s->picture->height : height - (TOP - s->top) + s->legend.height;
    return 0;
}

/* Writes the legend and ends the picture. */
static int finish(gnuplot *g, sketch *s, atomic_file *file, error *e)
{
    legend_write(g->script, s->entries, s->n + 1, &s->legend, s->height);
    free(s->entries);
    return gnuplot_finish(g, s->picture->png ? "IEND" : "</svg>", file, e);
}

/* NaN lifts the pen. thin: both axes are [0, 1]. */
static void write_points(FILE *f, const lk_curve *c, int k, int thin)
{
    double x = NAN, y = NAN;
    fprintf(f, "$curve_%d << END\n", k);
    for (int64_t i = 0; i < c->n; i++) {
        const int inner = i > 0 && i + 1 < c->n;
        if (thin && inner && fabs(c->x[i] - x) < NEAR && fabs(c->y[i] - y) < NEAR) continue;
        x = c->x[i];
        y = c->y[i];
        if (isfinite(x) && isfinite(y))
            fprintf(f, "%.9g %.9g %.9g\n", x, y, c->weight ? c->weight[i] : 0);
        else
            fprintf(f, "\n");
    }
    fprintf(f, "END\n");
}

static void write_title(FILE *f, const sketch *s)
{
    char text[256];
    snprintf(text, sizeof text, "%s", s->picture->title ? s->picture->title : "");
    if (has_area_as_title(s))
        append(text, sizeof text, "%s%s %.4f", *text ? ", " : "", s->area, s->series[0].area);
    if (!*text) return;
    fprintf(f, "set title ");
    gnuplot_quote(f, text);
    fprintf(f, " font ',%d'\n", plot_font_size(s->picture->png) + 3);
}

static void write_margins(FILE *f, const sketch *s, double bottom, double top)
{
    fprintf(f,
            "set lmargin at screen %.5f\nset rmargin at screen %.5f\n"
            "set bmargin at screen %.5f\nset tmargin at screen %.5f\n",
            (double)LEFT / s->width, 1 - (double)RIGHT / s->width, bottom / s->height,
            top / s->height);
}

static void write_labels(FILE *f, const sketch *s)
{
    write_margins(f, s, AXIS + s->legend.height, s->height - s->top);
    fprintf(f, "set multiplot\nunset key\nset xlabel ");
    gnuplot_quote(f, s->x_label);
    fprintf(f, "\nset ylabel ");
    gnuplot_quote(f, s->y_label);
    fprintf(f, "\n");
}

static void write_unit_square(FILE *f)
{
    fprintf(f, "set xrange [0:1]\nset yrange [0:1]\nset xtics 0.2\n"
               "set ytics 0.2\n");
}

static void write_curves(FILE *f, const sketch *s)
{
    for (int k = 0; k < s->n; k++) {
        const plot_style look = plot_style_of(k);
        fprintf(f, "%s$curve_%d with %s lw 2.2 lc rgb '%s' dt %s", k ? ", \\\n  " : "", k, s->how,
                look.colour, look.dashes);
    }
    fprintf(f, "\n");
}

static void write_all_points(FILE *f, const sketch *s, int thin)
{
    for (int k = 0; k < s->n; k++) write_points(f, s->series[k].curve, k, thin);
}

/* Everything up to the curves, in a picture of this height and the legend's. */
static int begin(gnuplot *g, sketch *s, int height, int thin, error *e)
{
    const curve_picture *p = s->picture;
    if (lay_out(s, height, e)) return -1;
    if (gnuplot_begin(g, e)) {
        free(s->entries);
        return -1;
    }
    g->inside = p->inside;
    plot_look_begin(g->script, s->width, s->height, p->png, p->name);
    write_all_points(g->script, s, thin);
    write_title(g->script, s);
    write_labels(g->script, s);
    return 0;
}

/* ---- curves of scores ---------------------------------------------------------------------------
 */

static const char faint[] = "with lines lw 1.2 lc rgb '#888888' dt (6,5), \\\n  ";

static void write_diagonal(FILE *f)
{
    fprintf(f, "$diagonal << END\n0 0\n1 1\nEND\nplot $diagonal %s", faint);
}

int curve_plot_roc(const curve_series *series, int n, const curve_picture *picture,
                   atomic_file *file, error *e)
{
    sketch s = {.series = series,
                .n = n,
                .picture = picture,
                .x_label = "false positive rate",
                .y_label = "true positive rate",
                .area = "AUC",
                .how = "lines",
                .line = "chance"};
    gnuplot g;
    if (begin(&g, &s, HEIGHT, 1, e)) return -1;
    write_unit_square(g.script);
    write_diagonal(g.script);
    write_curves(g.script, &s);
    return finish(&g, &s, file, e);
}

/* At chance the precision is the share of the positive. */
static void write_bases(FILE *f, const sketch *s)
{
    fprintf(f, "plot ");
    for (int k = 0; k < s->n; k++) {
        if (isnan(s->series[k].base)) continue;
        fprintf(f, "%.9g ", s->series[k].base);
        if (s->n == 1)
            fprintf(f, "%s", faint);
        else
            fprintf(f, "with lines lw 1.2 lc rgb '%s' dt (6,5), \\\n  ", plot_style_of(k).colour);
    }
}

int curve_plot_precision_recall(const curve_series *series, int n, const curve_picture *picture,
                                atomic_file *file, error *e)
{
    /* Steps up or down before to the right: the area below is the average precision. */
    sketch s = {.series = series,
                .n = n,
                .picture = picture,
                .x_label = "recall",
                .y_label = "precision",
                .area = n > 1 ? "AP" : "average precision",
                .how = "fsteps"};
    int has_base = 0;
    for (int k = 0; k < n; k++) has_base |= !isnan(series[k].base);
    if (has_base) snprintf(s.line, sizeof s.line, "chance");
    if (has_base && n == 1)
        append(s.line, sizeof s.line, ": the share of the class, %.3g", series[0].base);
    gnuplot g;
    if (begin(&g, &s, HEIGHT, 1, e)) return -1;
    write_unit_square(g.script);
    write_bases(g.script, &s);
    write_curves(g.script, &s);
    return finish(&g, &s, file, e);
}

/* ---- calibration --------------------------------------------------------------------------------
 */

/* A step of 1, 2, 5 or 10 times a power of ten: no more than three marks above 0. */
static double mark_step(const lk_curve *c)
{
    double most = 0;
    for (int64_t k = 0; k < c->n; k++) most = fmax(most, c->weight[k]);
    const double power = pow(10, floor(log10(most / 3))), times = most / 3 / power;
    return power * (times > 5 ? 10 : times > 2 ? 5 : times > 1 ? 2 : 1);
}

static void write_counts(FILE *f, const sketch *s)
{
    write_margins(f, s, AXIS + s->legend.height, 0.27 * s->height);
    fprintf(f, "unset title\nset yrange [0:*]\nset ytics %.9g\nset ylabel 'samples'\nset xlabel ",
            mark_step(s->series[0].curve));
    gnuplot_quote(f, s->x_label);
    fprintf(f, "\nset format x '%%g'\nplot $curve_0 using 1:3 with impulses lw 8 lc rgb '%s'\n",
            plot_style_of(0).colour);
}

int curve_plot_calibration(const curve_series *series, int n, const curve_picture *picture,
                           atomic_file *file, error *e)
{
    sketch s = {.series = series,
                .n = n,
                .picture = picture,
                .x_label = "mean probability in the bin",
                .y_label = "observed share",
                .area = "ECE",
                .how = "linespoints pt 7",
                .line = "perfect"};
    const int counts = n == 1 && series[0].curve->weight;
    gnuplot g;
    if (begin(&g, &s, counts ? COUNTS_HEIGHT : HEIGHT, 0, e)) return -1;
    write_unit_square(g.script);
    if (counts) {
        write_margins(g.script, &s, 0.32 * s.height, s.height - s.top);
        fprintf(g.script, "set format x ''\nunset xlabel\n");
    }
    write_diagonal(g.script);
    write_curves(g.script, &s);
    if (counts) write_counts(g.script, &s);
    return finish(&g, &s, file, e);
}

int curve_plot_lines(const curve_series *series, int n, const char *x_label, const char *y_label,
                     const curve_picture *picture, atomic_file *file, error *e)
{
    int few = 1;
    for (int k = 0; k < n; k++) few &= series[k].curve->n <= FEW;
    sketch s = {.series = series,
                .n = n,
                .picture = picture,
                .x_label = x_label,
                .y_label = y_label,
                .area = "",
                .how = few ? "linespoints pt 7 ps 0.5" : "lines"};
    gnuplot g;
    if (begin(&g, &s, LINES_HEIGHT, 0, e)) return -1;
    fprintf(g.script, "plot ");
    write_curves(g.script, &s);
    return finish(&g, &s, file, e);
}
