/* curve_plot.c: scripts for gnuplot. All text goes through gnuplot_quote(). */
#include "curve_plot.h"

#include "format.h"
#include "gnuplot.h"
#include "plot_look.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 640, HEIGHT = 640, LINES_HEIGHT = 460, FEW = 40 };
#define NEAR 5e-4 /* of the axis: points nearer to the last one are not told from it */

typedef struct sketch {
    const curve_series *series;
    int n;
    const curve_picture *picture;
    const char *x_label, *y_label;
    const char *area; /* what the series' area is called */
    const char *how;  /* lines, fsteps ... */
} sketch;

static int begin(gnuplot *g, const curve_picture *p, int width, int height, error *e)
{
    if (gnuplot_begin(g, e)) return -1;
    g->inside = p->inside;
    plot_look_begin(g->script, p->width ? p->width : width, p->height ? p->height : height, p->png,
                    p->name);
    return 0;
}

static int finish(gnuplot *g, const curve_picture *p, atomic_file *file, error *e)
{
    return gnuplot_finish(g, p->png ? "IEND" : "</svg>", file, e);
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
    if (s->n == 1 && !isnan(s->series[0].area))
        append(text, sizeof text, "%s%s %.4f", *text ? ", " : "", s->area, s->series[0].area);
    if (!*text) return;
    fprintf(f, "set title ");
    gnuplot_quote(f, text);
    fprintf(f, " font ',%d'\n", plot_font_size(s->picture->png) + 3);
}

static void write_labels(FILE *f, const sketch *s)
{
    fprintf(f, "set xlabel ");
    gnuplot_quote(f, s->x_label);
    fprintf(f, "\nset ylabel ");
    gnuplot_quote(f, s->y_label);
    fprintf(f, "\nset key outside bottom center horizontal Left reverse samplen 3\n");
}

static void write_unit_square(FILE *f)
{
    fprintf(f, "set xrange [0:1]\nset yrange [0:1]\nset offsets 0,0,0,0\nset xtics 0.2\n"
               "set ytics 0.2\n");
}

static void write_name(FILE *f, const sketch *s, int k)
{
    const curve_series *one = &s->series[k];
    char text[160];
    snprintf(text, sizeof text, "%.120s", one->label ? one->label : "");
    if (s->n > 1 && !isnan(one->area)) append(text, sizeof text, "  (%s %.4f)", s->area, one->area);
    if (*text) {
        fprintf(f, "title ");
        gnuplot_quote(f, text);
    } else {
        fprintf(f, "notitle");
    }
}

static void write_curves(FILE *f, const sketch *s)
{
    for (int k = 0; k < s->n; k++) {
        const plot_style look = plot_style_of(k);
        fprintf(f, "%s$curve_%d with %s lw 2.2 lc rgb '%s' dt %s ", k ? ", \\\n  " : "", k, s->how,
                look.colour, look.dashes);
        write_name(f, s, k);
    }
}

static void write_all_points(FILE *f, const sketch *s, int thin)
{
    for (int k = 0; k < s->n; k++) write_points(f, s->series[k].curve, k, thin);
}

/* ---- curves of scores ---------------------------------------------------------------------------
 */

static void write_diagonal(FILE *f, const char *meaning)
{
    fprintf(f, "$diagonal << END\n0 0\n1 1\nEND\n");
    fprintf(f, "plot $diagonal with lines lw 1.2 lc rgb '#888888' dt (5,5) title ");
    gnuplot_quote(f, meaning);
    fprintf(f, ", \\\n  ");
}

int curve_plot_roc(const curve_series *series, int n, const curve_picture *picture,
                   atomic_file *file, error *e)
{
    const sketch s = {series, n,      picture, "false positive rate", "true positive rate",
                      "AUC",  "lines"};
    gnuplot g;
    if (begin(&g, picture, WIDTH, HEIGHT, e)) return -1;
    write_all_points(g.script, &s, 1);
    write_title(g.script, &s);
    write_labels(g.script, &s);
    write_unit_square(g.script);
    write_diagonal(g.script, "chance");
    write_curves(g.script, &s);
    fprintf(g.script, "\n");
    return finish(&g, picture, file, e);
}

/* At chance the precision is the share of the positive. */
static void write_bases(FILE *f, const sketch *s)
{
    const int one = s->n == 1;
    fprintf(f, "plot ");
    for (int k = 0; k < s->n; k++) {
        const double base = s->series[k].base;
        if (isnan(base)) continue;
        fprintf(f, "%.9g with lines lw 1.2 lc rgb '%s' dt (5,5) ", base,
                one ? "#888888" : plot_style_of(k).colour);
        if (one)
            fprintf(f, "title 'chance: the share of the positive, %.3g', \\\n  ", base);
        else
            fprintf(f, "notitle, \\\n  ");
    }
    if (!one) fprintf(f, "NaN with lines lw 1.2 lc rgb '#888888' dt (5,5) title 'chance', \\\n  ");
}

int curve_plot_precision_recall(const curve_series *series, int n, const curve_picture *picture,
                                atomic_file *file, error *e)
{
    /* Steps up or down before to the right: the area below is the average precision. */
    const sketch s = {series, n, picture, "recall", "precision", "average precision", "fsteps"};
    gnuplot g;
    if (begin(&g, picture, WIDTH, HEIGHT, e)) return -1;
    write_all_points(g.script, &s, 1);
    write_title(g.script, &s);
    write_labels(g.script, &s);
    write_unit_square(g.script);
    write_bases(g.script, &s);
    write_curves(g.script, &s);
    fprintf(g.script, "\n");
    return finish(&g, picture, file, e);
}

static void write_counts(FILE *f)
{
    fprintf(f,
            "unset title\nunset key\nset lmargin at screen 0.14\nset rmargin at screen 0.96\n"
            "set tmargin at screen 0.24\nset bmargin at screen 0.1\nset yrange [0:*]\n"
            "set ytics autofreq\nset ylabel 'samples'\n"
            "set xlabel 'mean probability in the bin'\nset format x '%%g'\n"
            "plot $curve_0 using 1:3 with impulses lw 8 lc rgb '%s' notitle\n",
            plot_style_of(0).colour);
}

int curve_plot_calibration(const curve_series *series, int n, const curve_picture *picture,
                           atomic_file *file, error *e)
{
    const sketch s = {series,
                      n,
                      picture,
                      "mean probability in the bin",
                      "share that it happened",
                      "ECE",
                      "linespoints pt 7"};
    const int counts = n == 1 && series[0].curve->weight;
    gnuplot g;
    if (begin(&g, picture, WIDTH, counts ? HEIGHT + 100 : HEIGHT, e)) return -1;
    write_all_points(g.script, &s, 0);
    if (counts) fprintf(g.script, "set multiplot\n");
    write_title(g.script, &s);
    write_labels(g.script, &s);
    write_unit_square(g.script);
    if (counts)
        fprintf(g.script, "set lmargin at screen 0.14\nset rmargin at screen 0.96\n"
                          "set tmargin at screen 0.94\nset bmargin at screen 0.32\n"
                          "set key inside top left vertical\nset format x ''\nunset xlabel\n");
    write_diagonal(g.script, "perfect");
    write_curves(g.script, &s);
    fprintf(g.script, "\n");
    if (counts) {
        write_counts(g.script);
        fprintf(g.script, "unset multiplot\n");
    }
    return finish(&g, picture, file, e);
}

int curve_plot_lines(const curve_series *series, int n, const char *x_label, const char *y_label,
                     const curve_picture *picture, atomic_file *file, error *e)
{
    int few = 1;
    for (int k = 0; k < n; k++) few &= series[k].curve->n <= FEW;
    const sketch s = {
        series, n, picture, x_label, y_label, "", few ? "linespoints pt 7 ps 0.5" : "lines"};
    gnuplot g;
    if (begin(&g, picture, WIDTH, LINES_HEIGHT, e)) return -1;
    write_all_points(g.script, &s, 0);
    write_title(g.script, &s);
    write_labels(g.script, &s);
    fprintf(g.script, "plot ");
    write_curves(g.script, &s);
    fprintf(g.script, "\n");
    return finish(&g, picture, file, e);
}
