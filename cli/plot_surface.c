/* plot_surface.c: a loss over the scores of two classes, as a map of colours. */
#include "gnuplot.h"
#include "plot.h"
#include "plot_look.h"

#include <math.h>
#include <stdlib.h>

enum { SIDE = 161 };

static void write_map(FILE *f, const plot *p, const double *scores, const double *value)
{
    fprintf(f, "$map << END\n");
    for (int i = 0; i < SIDE * SIDE; i++)
        fprintf(f, "%.9g %.9g %.9g\n%s", scores[2 * i], scores[2 * i + 1], value[i],
                i % SIDE == SIDE - 1 ? "\n" : "");
    fprintf(f, "END\n");
    plot_write_terminal(f, p);
    /* Contours are lines of a table that gnuplot writes first. */
    fprintf(f, "set contour base\nset cntrparam levels auto 12\nunset surface\n"
               "set table $lines\nsplot $map using 1:2:3 with lines\nunset table\n"
               "unset contour\nset surface\nunset grid\nunset key\n");
    plot_look_palette(f);
    fprintf(f,
            "set cblabel 'loss'\nset size ratio -1\n"
            "set xrange [%.17g:%.17g]\nset yrange [%.17g:%.17g]\n"
            "set xlabel 'score of the label'\nset ylabel 'score of the other class'\n",
            p->range[0], p->range[1], p->range[0], p->range[1]);
    if (*p->title) {
        fprintf(f, "set title ");
        gnuplot_quote(f, p->title);
        fprintf(f, "\n");
    }
    fprintf(f, "plot $map using 1:2:3 with image, "
               "$lines using 1:2 with lines lw 0.8 lc rgb '#ffffff'\n");
}

int plot_surface_script(FILE *f, const plot *p, error *e)
{
    const plot_curve *c = &p->curves[0];
    double *scores = calloc(2 * SIDE * SIDE, sizeof *scores);
    double *value = calloc(SIDE * SIDE, sizeof *value);
    int status = scores && value ? 0 : error_set(e, "no memory for the map");
    for (int i = 0; i < SIDE * SIDE && !status; i++) {
        const double step = (p->range[1] - p->range[0]) / (SIDE - 1);
        scores[2 * i] = p->range[0] + step * (i % SIDE);
        scores[2 * i + 1] = p->range[0] + step * (i / SIDE);
    }
    if (!status)
        status = plot_evaluate_scores(c->loss, c->parameters.values, SIDE * SIDE, scores, value, e);
    if (!status) write_map(f, p, scores, value);
    free(scores);
    free(value);
    return status;
}
