/* experiment_figure.c: scripts for gnuplot. All text goes through gnuplot_quote(). */
#include "experiment_figure.h"

#include "gnuplot.h"
#include "plot_legend.h"
#include "plot_look.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Pixels. Small, so that the text can still be read on a phone, where the picture shrinks. */
enum {
    WIDTH = 480,
    FRAME = 290,
    LEFT = 82,
    RIGHT = 22,
    SCALE_RIGHT = 92,
    TOP = 18,
    AXIS = 78,
    EDGE = 12
};
enum { FEW = 30 }; /* points of a line that are shown one by one */

typedef struct drawing {
    const record_figure *figure;
    legend_entry *entries; /* one for each series */
    legend legend;
    int height;
    int dotted; /* the points of its lines are shown: all have few */
} drawing;

/* ---- what a series looks like -------------------------------------------------------------------
 */

/* Shapes differ as colours do, for those who print in grey. */
static int point_of(int k)
{
    static const int shapes[] = {7, 5, 9, 13, 6, 4, 8, 12};
    return shapes[k % (int)(sizeof shapes / sizeof *shapes)];
}

/* A UTF-8 character by itself. */
static int is_character(const char *label)
{
    if (!label || !*label) return 0;
    size_t length = 1;
    while (((unsigned char)label[length] & 0xc0) == 0x80) length++;
    return label[length] == '\0';
}

/* Large among shades, where few colours stand out. */
static void style_points(const series *s, int k, const char *colour, int shades, char *style,
                         size_t size)
{
    if (is_character(s->label))
        snprintf(style, size, "points pt '%s' lc rgb '%s' font ',11'",
                 *s->label == '\'' ? "''" : s->label, colour);
    else
        snprintf(style, size, "points pt %d ps %g lw 1.2 lc rgb '%s'", point_of(k),
                 shades ? 1.2 : 0.55, colour);
}

static int has(const record_figure *f, series_kind kind)
{
    for (int i = 0; i < f->n_series; i++)
        if (f->series[i].kind == kind) return 1;
    return 0;
}

/* A line without a name among points helps to see where they lie. */
static int is_guide(const record_figure *f, const series *s)
{
    return s->kind == SERIES_LINE && !s->label && has(f, SERIES_POINTS);
}

static int all_lines_are_short(const record_figure *f)
{
    for (int i = 0; i < f->n_series; i++)
        if (f->series[i].kind == SERIES_LINE && f->series[i].n > FEW) return 0;
    return 1;
}

/* k-th of those that have a look of their own. */
static void style_series(const drawing *d, const series *s, int k, char *style, size_t size)
{
    const plot_style look = plot_style_of(k);
    switch (s->kind) {
    case SERIES_LINE:
        if (is_guide(d->figure, s))
            snprintf(style, size, "lines lw 1.6 lc rgb '#555555'");
        else if (d->dotted)
            snprintf(style, size, "linespoints pt %d ps 0.5 lw 2.2 lc rgb '%s' dt %s", point_of(k),
                     look.colour, look.dashes);
        else
            snprintf(style, size, "lines lw 2.2 lc rgb '%s' dt %s", look.colour, look.dashes);
        break;
    case SERIES_MARK:
        snprintf(style, size, "lines lw 1.4 lc rgb '#666666' dt (6,5)");
        break;
    case SERIES_POINTS:
        style_points(s, k, look.colour, has(d->figure, SERIES_SURFACE), style, size);
        break;
    case SERIES_BARS:
        /* The outlines tell bars apart that lie over each other. */
        snprintf(style, size, "boxes fs transparent solid %.2f border lw 1.6 lc rgb '%s' dt %s",
                 k % 2 ? 0.15 : 0.45, look.colour, look.dashes);
        break;
    case SERIES_SURFACE:
        snprintf(style, size, "image");
        break;
    }
}

static int has_look(const drawing *d, const series *s)
{
    return s->kind != SERIES_MARK && s->kind != SERIES_SURFACE && !is_guide(d->figure, s);
}

static int lay_out(drawing *d, error *e)
{
    const record_figure *f = d->figure;
    int k = 0;
    d->dotted = all_lines_are_short(f);
    d->entries = calloc((size_t)f->n_series + 1, sizeof *d->entries);
    if (!d->entries) return error_set(e, "no memory for a figure");
    for (int i = 0; i < f->n_series; i++) {
        legend_entry *entry = &d->entries[i];
        const series *s = &f->series[i];
        style_series(d, s, k, entry->style, sizeof entry->style);
        k += has_look(d, s);
        snprintf(entry->text, sizeof entry->text, "%s",
                 s->label && !(s->kind == SERIES_POINTS && is_character(s->label)) ? s->label : "");
    }
    d->legend = legend_lay_out(d->entries, f->n_series, WIDTH);
    d->height = TOP + FRAME + AXIS + d->legend.height;
    return 0;
}

/* ---- the script ---------------------------------------------------------------------------------
 */

static void write_numbers(FILE *out, const series *s, int i)
{
    fprintf(out, "$series_%d << END\n", i);
    for (int64_t k = 0; k < s->n; k++)
        if (isfinite(s->at[k]) && isfinite(s->value[k]))
            fprintf(out, "%.7g %.7g\n", s->at[k], s->value[k]);
        else
            fprintf(out, "\n");
    fprintf(out, "END\n");
}

static const series *surface_of(const record_figure *f)
{
    for (int i = 0; i < f->n_series; i++)
        if (f->series[i].kind == SERIES_SURFACE) return &f->series[i];
    return NULL;
}

/* The middles of the pixels: the outer ones lie on the ends of the ranges. */
static void write_pixels(FILE *out, const series *s, const figure_look *look, int i)
{
    fprintf(out, "$series_%d << END\n", i);
    for (int64_t r = 0; r < s->rows; r++)
        for (int64_t c = 0; c < s->columns; c++)
            fprintf(out, "%.7g %.7g %.7g\n",
                    look->x_range[0] + (look->x_range[1] - look->x_range[0]) * (double)c /
                                           (double)(s->columns - 1),
                    look->y_range[0] +
                        (look->y_range[1] - look->y_range[0]) * (double)r / (double)(s->rows - 1),
                    s->value[r * s->columns + c]);
    fprintf(out, "END\n");
}

static void write_data(FILE *out, const record_figure *f)
{
    for (int i = 0; i < f->n_series; i++) {
        const series *s = &f->series[i];
        if (s->kind == SERIES_SURFACE)
            write_pixels(out, s, &f->look, i);
        else if (s->kind != SERIES_MARK)
            write_numbers(out, s, i);
    }
}

/* Unless the look gives a range gnuplot takes it from the data. Pixels are shown whole. */
static void write_range(FILE *out, char axis, const double range[2], int64_t pixels)
{
    if (range[0] == range[1]) return;
    const double margin = pixels ? (range[1] - range[0]) / (double)(pixels - 1) / 2 : 0;
    fprintf(out, "set %crange [%.9g:%.9g]\n", axis, range[0] - margin, range[1] + margin);
}

/* The ends of an axis: those that the look gives, or of the positive numbers along it. */
static void find_ends(const record_figure *f, char axis, double ends[2])
{
    const double *const range = axis == 'x' ? f->look.x_range : f->look.y_range;
    ends[0] = range[0];
    ends[1] = range[1];
    if (range[0] != range[1]) return;
    ends[0] = INFINITY;
    ends[1] = 0;
    for (int i = 0; i < f->n_series; i++) {
        const double *const numbers = axis == 'x' ? f->series[i].at : f->series[i].value;
        for (int64_t k = 0; numbers && k < f->series[i].n; k++) {
            if (!(numbers[k] > 0 && isfinite(numbers[k]))) continue;
            ends[0] = fmin(ends[0], numbers[k]);
            ends[1] = fmax(ends[1], numbers[k]);
        }
    }
}

/* Less than two decades, for which powers of ten are too few. */
static void write_digits(FILE *out, char axis, double first, double last, double decades)
{
    fprintf(out, "set %ctics (", axis);
    for (double unit = pow(10, floor(log10(first))); unit <= last * 1.001; unit *= 10)
        for (int digit = 1; digit <= 9; digit++) {
            const double at = digit * unit;
            const int named = decades < 1 || digit == 1 || digit == 2 || digit == 5;
            if (at < first * 0.999 || at > last * 1.001) continue;
            if (named)
                fprintf(out, "'%g' %.9g, ", at, at);
            else
                fprintf(out, "'' %.9g 1, ", at);
        }
    fprintf(out, "'' %.9g 1)\n", last);
}

/* From one round number to another; 0.001 of a few decades, 1e-9 of many, which would not fit
 * otherwise. */
static void write_decades(FILE *out, char axis, const record_figure *f)
{
    enum { MOST = 4 };
    double ends[2];
    find_ends(f, axis, ends);
    const double decades = log10(ends[1] / ends[0]);
    const int many = fabs(log10(ends[0])) > MOST || fabs(log10(ends[1])) > MOST;
    fprintf(out, "set logscale %c\nset format %c '%s'\n", axis, axis, many ? "1e%L" : "%g");
    if (!(decades > 0)) return;
    const double low = pow(10, floor(log10(ends[0]))), high = pow(10, floor(log10(ends[1])));
    const double first = low * floor(ends[0] / low + 1e-9);
    const double last = high * ceil(ends[1] / high - 1e-9);
    fprintf(out, "set %crange [%.9g:%.9g]\n", axis, first, last);
    if (decades < 2) write_digits(out, axis, first, last, decades);
}

static void write_names(FILE *out, char axis, const char *names)
{
    if (!names) return;
    fprintf(out, "set %ctics (", axis);
    for (int k = 0;; k++) {
        char name[32];
        const size_t length = strcspn(names, "|");
        snprintf(name, sizeof name, "%.*s", (int)length, names);
        gnuplot_quote(out, name);
        fprintf(out, " %d", k);
        names += length;
        if (!*names++) break;
        fputs(", ", out);
    }
    fputs(")\n", out);
}

static void write_text(FILE *out, const char *command, const char *text)
{
    fprintf(out, "set %s ", command);
    gnuplot_quote(out, text);
    fputc('\n', out);
}

static void write_axes(FILE *out, const drawing *d)
{
    const figure_look *look = &d->figure->look;
    const int surface = has(d->figure, SERIES_SURFACE), h = d->height;
    fprintf(out,
            "set lmargin at screen %.5f\nset rmargin at screen %.5f\n"
            "set bmargin at screen %.5f\nset tmargin at screen %.5f\nset multiplot\nunset key\n",
            (double)LEFT / WIDTH, 1 - (double)(surface ? SCALE_RIGHT : RIGHT) / WIDTH,
            (double)(AXIS + d->legend.height) / h, 1 - (double)TOP / h);
    write_text(out, "xlabel offset 0,0.4", look->x_label);
    /* At the left edge, however wide the numbers are beside the axis. */
    fprintf(out, "set label at screen %.5f, graph 0.5 center rotate by 90 ", (double)EDGE / WIDTH);
    gnuplot_quote(out, look->y_label);
    fputc('\n', out);
    if (look->x_log) write_decades(out, 'x', d->figure);
    if (look->y_log) write_decades(out, 'y', d->figure);
    if (look->equal_units) fprintf(out, "set size ratio -1\n");
    if (surface) {
        plot_look_palette(out);
        fprintf(out, "unset grid\nset colorbox\n");
    }
    if (has(d->figure, SERIES_LINE) && !has(d->figure, SERIES_POINTS))
        fprintf(out, "set autoscale xfix\n");
    for (int i = 0; i < d->figure->n_series; i++)
        if (d->figure->series[i].kind == SERIES_BARS)
            fprintf(out, "set boxwidth %.9g absolute\n", d->figure->series[i].width);
    const series *const pixels = surface_of(d->figure);
    write_range(out, 'x', look->x_range, pixels ? pixels->columns : 0);
    write_range(out, 'y', look->y_range, pixels ? pixels->rows : 0);
    write_names(out, 'x', look->x_names);
    write_names(out, 'y', look->y_names);
}

/* Marks have the height of the frame, whatever that is once the data is in. */
static void write_marks(FILE *out, const drawing *d)
{
    for (int i = 0; i < d->figure->n_series; i++)
        if (d->figure->series[i].kind == SERIES_MARK)
            fprintf(out,
                    "set arrow from %.9g, graph 0 to %.9g, graph 1 nohead lw 1.4 lc rgb '#666666' "
                    "dt (6,5)\n",
                    d->figure->series[i].at[0], d->figure->series[i].at[0]);
}

static void write_series(FILE *out, const drawing *d)
{
    int first = 1;
    fprintf(out, "plot ");
    for (int i = 0; i < d->figure->n_series; i++) {
        if (d->figure->series[i].kind == SERIES_MARK) continue;
        fprintf(out, "%s$series_%d with %s", first ? "" : ", \\\n  ", i, d->entries[i].style);
        first = 0;
    }
    fprintf(out, "\nunset arrow\nunset label\nunset colorbox\nunset logscale\nset size noratio\n");
}

int experiment_figure_draw(const record_figure *figure, atomic_file *file, error *e)
{
    drawing d = {.figure = figure};
    gnuplot g;
    const char *mistake = figure_mistake(figure);
    if (mistake) return error_set(e, "%s: \"%.80s\"", mistake, figure->look.title);
    if (lay_out(&d, e)) return -1;
    if (gnuplot_begin(&g, e)) {
        free(d.entries);
        return -1;
    }
    g.inside = 1;
    plot_look_begin(g.script, WIDTH, d.height, 0, NULL);
    write_data(g.script, figure);
    write_axes(g.script, &d);
    write_marks(g.script, &d);
    write_series(g.script, &d);
    legend_write(g.script, d.entries, figure->n_series, &d.legend, d.height);
    free(d.entries);
    return gnuplot_finish(&g, "</svg>", file, e);
}
