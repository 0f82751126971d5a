/* confusion_plot.c: the picture of a confusion matrix: cells as dark as their share of the row. */
#include "curve_plot.h"

#include "format.h"
#include "gnuplot.h"
#include "plot_look.h"

#include <math.h>
#include <string.h>

enum { MOST_CLASSES = 100, MOST_NAME = 14, ZEROS_SHOWN = 12 };
/* Pixels. */
enum { CELL = 42, LEAST_SIDE = 380, MOST_SIDE = 1230, CHARACTER = 9, LABELS = 50, MARGIN = 16 };

typedef struct colour {
    double red, green, blue; /* 0 to 255 */
} colour;

static colour shade(double share)
{
    const colour none = {247, 251, 255}, all = {8, 64, 129};
    return (colour){none.red + share * (all.red - none.red),
                    none.green + share * (all.green - none.green),
                    none.blue + share * (all.blue - none.blue)};
}

static double linear(double part)
{
    const double x = part / 255;
    return x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4);
}

/* Black or white, whatever has the greater contrast by WCAG's luminance. */
static const char *ink_on(colour c)
{
    const double l = 0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue);
    return (l + 0.05) * (l + 0.05) > 0.05 * 1.05 ? "#000000" : "#ffffff";
}

static void write_tics(FILE *f, char axis, int64_t classes, const char *const *names, int turned)
{
    fprintf(f, "set %ctics scale 0 %s (", axis, turned ? "rotate by 60 right" : "norotate");
    for (int64_t k = 0; k < classes; k++) {
        char text[MOST_NAME * 4 + 16];
        snprintf(text, sizeof text, "%lld", (long long)k);
        if (names) {
            int shown = 0;
            size_t used = 0;
            for (const char *at = names[k]; *at && used + 4 < sizeof text; at++) {
                if (((unsigned char)*at & 0xc0) != 0x80 && ++shown > MOST_NAME) break;
                text[used++] = *at;
            }
            snprintf(text + used, sizeof text - used, "%s", shown > MOST_NAME ? "…" : "");
        }
        fprintf(f, "%s", k ? ", " : "");
        gnuplot_quote(f, text);
        fprintf(f, " %lld", (long long)k);
    }
    fprintf(f, ")\n");
}

static int widest(int64_t classes, const char *const *names)
{
    int width = classes > 10 ? 2 : 1;
    for (int64_t k = 0; names && k < classes; k++) {
        const int w = text_width(names[k]);
        if (w > width) width = w;
    }
    return width < MOST_NAME ? width : MOST_NAME;
}

/* Where the square of the cells lies in the picture, in pixels from the left and the top. */
typedef struct frame {
    int width, height, left, top, side;
    int name;   /* from the square to beyond the names on its left */
    int turned; /* names below the cells are wider than these */
} frame;

static frame lay_out(int64_t classes, const char *const *names, const curve_picture *p)
{
    const int n = (int)classes, text = CHARACTER * widest(classes, names);
    const int usual = n * CELL < LEAST_SIDE  ? LEAST_SIDE
                      : n * CELL > MOST_SIDE ? MOST_SIDE
                                             : n * CELL;
    const int left = LABELS + text, top = p->title && *p->title ? LABELS : MARGIN;
    const int across = p->width ? p->width - left - MARGIN : usual;
    const int turned = text * n > across, below = LABELS + (turned ? text : MARGIN);
    const int down = p->height ? p->height - top - below : usual;
    const int fits = across < down ? across : down, side = fits > n ? fits : n;
    const int width = p->width ? p->width : left + side + MARGIN;
    return (frame){.width = width,
                   .height = p->height ? p->height : top + side + below,
                   .left = left + (width - left - side - MARGIN) / 2,
                   .top = top,
                   .side = side,
                   .name = text + LABELS / 2,
                   .turned = turned};
}

/* gnuplot would take its own guess of the names' widths for the place of the word beside them. */
static void write_frame(FILE *f, const frame *at)
{
    fprintf(f,
            "set lmargin at screen %.5f\nset rmargin at screen %.5f\n"
            "set tmargin at screen %.5f\nset bmargin at screen %.5f\n"
            "set label 'truth' at screen %.5f, graph 0.5 center rotate by 90\n",
            (double)at->left / at->width, (double)(at->left + at->side) / at->width,
            1 - (double)at->top / at->height, 1 - (double)(at->top + at->side) / at->height,
            (double)(at->left - at->name) / at->width);
}

/* The digits of the largest number decide whether numbers fit into cells of so many pixels. */
static int number_font(int64_t classes, const double *matrix, double cell, int font)
{
    char text[NUMBER_TEXT];
    int digits = 1;
    for (int64_t k = 0; k < classes * classes; k++) {
        const int n = snprintf(text, sizeof text, "%.4g", matrix[k]);
        if (n > digits) digits = n;
    }
    const int fits = (int)(cell / (0.75 * digits));
    return fits < font ? fits : font;
}

static void write_cells(FILE *f, int64_t classes, const double *matrix, int font)
{
    for (int64_t i = 0; i < classes; i++) {
        double row = 0;
        for (int64_t j = 0; j < classes; j++) row += matrix[i * classes + j];
        for (int64_t j = 0; j < classes; j++) {
            const double count = matrix[i * classes + j];
            const colour c = shade(row > 0 ? count / row : 0);
            fprintf(f,
                    "set object rectangle center %lld,%lld size 1,1 fillstyle solid noborder "
                    "fillcolor rgb '#%02x%02x%02x' behind\n",
                    (long long)j, (long long)i, (unsigned)lround(c.red), (unsigned)lround(c.green),
                    (unsigned)lround(c.blue));
            if (font >= 6 && (count > 0 || classes <= ZEROS_SHOWN))
                fprintf(f, "set label '%.4g' at %lld,%lld center font ',%d' tc rgb '%s' front\n",
                        count, (long long)j, (long long)i, font, ink_on(c));
        }
    }
}

int curve_plot_confusion(int64_t classes, const double *matrix, const char *const *names,
                         const curve_picture *p, atomic_file *file, error *e)
{
    if (classes > MOST_CLASSES)
        return error_set(e,
                         "a confusion matrix of %lld classes cannot be read as a picture; up to "
                         "%d can",
                         (long long)classes, MOST_CLASSES);
    const frame at = lay_out(classes, names, p);
    const int font = plot_font_size(p->png);
    gnuplot g;
    if (gnuplot_begin(&g, e)) return -1;
    FILE *f = g.script;
    g.inside = p->inside;
    plot_look_begin(f, at.width, at.height, p->png, p->name);
    if (p->title && *p->title) {
        fprintf(f, "set title ");
        gnuplot_quote(f, p->title);
        fprintf(f, " font ',%d'\n", font + 3);
    }
    write_frame(f, &at);
    write_tics(f, 'x', classes, names, at.turned);
    write_tics(f, 'y', classes, names, 0);
    write_cells(f, classes, matrix,
                number_font(classes, matrix, (double)at.side / (double)classes, font));
    fprintf(f,
            "unset grid\nunset key\nset border 15 lw 0.7\n"
            "set xrange [-0.5:%lld.5]\nset yrange [%lld.5:-0.5]\n"
            "set xlabel 'predicted (colour: share of the row)'\nplot NaN\n",
            (long long)classes - 1, (long long)classes - 1);
    return gnuplot_finish(&g, p->png ? "IEND" : "</svg>", file, e);
}
