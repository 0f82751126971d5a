/* plot_script.c: the script for gnuplot. All text goes through gnuplot_quote(). */
#include "format.h"
#include "gnuplot.h"
#include "plot.h"
#include "plot_look.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 22, AXIS = 84, EDGE = 11, CHARACTER = 8, SAMPLE = 110 };

static const char *const quantity_words[PLOT_QUANTITIES] = {"value", "gradient", "curvature"};

static void write_traces(FILE *f, const plot *p, int q)
{
    for (int k = 0; k < p->n_curves; k++) {
        const plot_curve *c = &p->curves[k];
        fprintf(f, "$line_%d_%d << END\n", q, k);
        for (size_t i = 0; i < c->n; i++) {
            if (isfinite(c->traces[q].y[i]))
                fprintf(f, "%.17g %.9g\n", c->x[i], c->traces[q].y[i]);
            else
                fprintf(f, "\n");
        }
        fprintf(f, "END\n");
        for (int filled = 0; filled < 2; filled++) {
            fprintf(f, "$dots_%d_%d_%d << END\n", q, k, filled);
            for (int i = 0; i < c->traces[q].n_dots; i++)
                if (c->traces[q].dots[i].filled == filled)
                    fprintf(f, "%.17g %.9g\n", c->traces[q].dots[i].x, c->traces[q].dots[i].y);
            fprintf(f, "END\n");
        }
    }
}

static int has_dots(const plot_trace *t, int filled)
{
    for (int i = 0; i < t->n_dots; i++)
        if (t->dots[i].filled == filled) return 1;
    return 0;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* From the least to the most; where a pole would flatten all the rest, without the outermost
 * twentieths; and without the logarithm's pole at a probability of 0. */
static void extent_of(const plot_curve *c, int q, double extent[2])
{
    size_t n = 0;
    double *sorted = malloc(c->n * sizeof *sorted);
    extent[0] = extent[1] = 0;
    for (size_t i = 0; sorted && i < c->n; i++)
        if (isfinite(c->traces[q].y[i]) && !(c->axis == PLOT_PROBABILITY && c->x[i] < 0.01))
            sorted[n++] = c->traces[q].y[i];
    if (n > 0) {
        qsort(sorted, n, sizeof *sorted, ascending);
        const double low = sorted[n / 20], high = sorted[n - 1 - n / 20];
        const int pole = sorted[n - 1] - sorted[0] > 8 * (high - low) && high > low;
        extent[0] = pole ? low : sorted[0];
        extent[1] = pole ? high : sorted[n - 1];
    }
    free(sorted);
}

/* The median of how far the curves go beyond 0 in one direction. */
static double typical_reach(const plot *p, int q, int side)
{
    double reach[PLOT_CURVES];
    for (int k = 0; k < p->n_curves; k++) {
        double extent[2];
        extent_of(&p->curves[k], q, extent);
        const double r = fmax(0, side ? extent[1] : -extent[0]);
        int at = k;
        for (; at > 0 && reach[at - 1] > r; at--) reach[at] = reach[at - 1];
        reach[at] = r;
    }
    return reach[p->n_curves / 2];
}

/* One exploding curve must not flatten the others: none shows more than twice the median reach. */
static void y_range(const plot *p, int q, double range[2])
{
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (int k = 0; k < p->n_curves; k++) {
        double extent[2];
        extent_of(&p->curves[k], q, extent);
        low = fmin(low, extent[0]);
        high = fmax(high, extent[1]);
    }
    const double below = typical_reach(p, q, 0), above = typical_reach(p, q, 1);
    const double most = 2 * fmax(below, above);
    if (p->n_curves > 1 && most > 0) {
        low = fmax(low, -most);
        high = fmin(high, most);
    }
    low = fmin(low, 0);
    high = fmax(high, 0);
    const double room = low < high ? 0.05 * (high - low) : 1;
    range[0] = low - room;
    range[1] = high + room;
}

void plot_write_terminal(FILE *f, const plot *p)
{
    plot_look_begin(f, p->width, p->height, p->png, NULL);
}

/* The legend is a strip below all panels; how high depends on what fits beside each other. */
static int legend_columns(const plot *p)
{
    int widest = 0;
    for (int k = 0; k < p->n_curves; k++) {
        const int width = SAMPLE + CHARACTER * text_width(p->curves[k].label);
        if (width > widest) widest = width;
    }
    const int fit = (p->width - 80) / widest;
    return fit < 1 ? 1 : fit > p->n_curves ? p->n_curves : fit;
}

/* A single curve that has nothing to tell beyond the title needs none. */
static int has_legend(const plot *p)
{
    return p->n_curves > 1 || strcmp(p->curves[0].label, p->curves[0].info->name) != 0;
}

typedef struct margins {
    double left, right, bottom, top;
} margins;

static void write_margins(FILE *f, const margins *m)
{
    fprintf(f,
            "set lmargin at screen %.5f\nset rmargin at screen %.5f\n"
            "set bmargin at screen %.5f\nset tmargin at screen %.5f\n",
            m->left, m->right, m->bottom, m->top);
}

static margins panel_margins(const plot *p, int panel)
{
    enum { LEFT = 78, RIGHT = 24, NO_TITLE = 18, TITLE = 46 };
    const int columns = legend_columns(p);
    const int rows = has_legend(p) ? (p->n_curves + columns - 1) / columns : 0;
    const double w = p->width, h = p->height, panel_width = w / p->n_panels;
    return (margins){(panel * panel_width + LEFT) / w, ((panel + 1) * panel_width - RIGHT) / w,
                     (AXIS + LINE * rows) / h, 1 - (*p->title ? TITLE : NO_TITLE) / h};
}

void plot_write_title(FILE *f, const plot *p)
{
    fprintf(f, "set multiplot");
    if (*p->title) {
        fprintf(f, " title ");
        gnuplot_quote(f, p->title);
        fprintf(f, " font ',%d'", plot_font_size(p->png) + 3);
    }
    fprintf(f, "\nunset key\n");
}

static void write_curve(FILE *f, const plot *p, int q, int k)
{
    const plot_style look = plot_style_of(k);
    const plot_trace *t = &p->curves[k].traces[q];
    fprintf(f, "$line_%d_%d with lines lw 2.2 lc rgb '%s' dt %s notitle", q, k, look.colour,
            look.dashes);
    for (int filled = 0; filled < 2; filled++)
        if (has_dots(t, filled))
            fprintf(f, ", \\\n  $dots_%d_%d_%d with points pt %d lw 1.5 lc rgb '%s' notitle", q, k,
                    filled, filled ? 7 : 6, look.colour);
}

static void write_panel(FILE *f, const plot *p, int panel)
{
    const int q = p->panels[panel];
    const margins place = panel_margins(p, panel);
    write_margins(f, &place);
    double y[2] = {p->y_range[0], p->y_range[1]};
    if (y[0] == y[1]) y_range(p, q, y);
    fprintf(f, "set xrange [%.17g:%.17g]\nset yrange [%.17g:%.17g]\nset xlabel ", p->range[0],
            p->range[1], y[0], y[1]);
    gnuplot_quote(f, p->x_label);
    /* At the panel's edge, however wide the numbers are beside the axis. */
    fprintf(f, "\nset label 1 at screen %.5f, graph 0.5 center rotate by 90 ",
            (double)panel / p->n_panels + (double)EDGE / p->width);
    const int angle = p->curves[0].axis == PLOT_ANGLE;
    gnuplot_quote(f, angle ? "in place of the cosine" : quantity_words[q]);
    fprintf(f, "\nset xzeroaxis lc rgb '#888888' lt 1 lw 1\n");
    fprintf(f, "plot ");
    for (int k = 0; k < p->n_curves; k++) {
        write_curve(f, p, q, k);
        fprintf(f, k + 1 < p->n_curves ? ", \\\n  " : "\n");
    }
}

/* A plot of its own without anything but the key, so that the key may be as wide as the picture. */
static void write_legend(FILE *f, const plot *p)
{
    const margins strip = {0.01, 0.99, 0.01, 0.1};
    write_margins(f, &strip);
    fprintf(f,
            "unset border\nunset tics\nunset grid\nunset xlabel\nunset ylabel\n"
            "unset label 1\nunset xzeroaxis\nset xrange [0:1]\nset yrange [0:1]\n"
            "set key at screen 0.5,%.5f center bottom horizontal maxcols %d samplen 4 "
            "noopaque Left reverse\nplot ",
            6.0 / p->height, legend_columns(p));
    for (int k = 0; k < p->n_curves; k++) {
        const plot_style look = plot_style_of(k);
        fprintf(f, "NaN with lines lw 2.2 lc rgb '%s' dt %s title ", look.colour, look.dashes);
        gnuplot_quote(f, p->curves[k].label);
        fprintf(f, k + 1 < p->n_curves ? ", \\\n  " : "\n");
    }
}

void plot_script(FILE *f, const plot *p)
{
    plot_write_terminal(f, p);
    for (int k = 0; k < p->n_panels; k++) write_traces(f, p, p->panels[k]);
    plot_write_title(f, p);
    for (int k = 0; k < p->n_panels; k++) write_panel(f, p, k);
    if (has_legend(p)) write_legend(f, p);
    fprintf(f, "unset multiplot\n");
}
