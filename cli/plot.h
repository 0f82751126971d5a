/* plot.h: curves of losses, from samples to a script for gnuplot. */
#ifndef LK_CLI_PLOT_H
#define LK_CLI_PLOT_H

#include "cli_error.h"
#include "losskit.h"
#include "parameters.h"
#include "plot_axis.h"

#include <stdio.h>

enum { PLOT_CURVES = 24, PLOT_QUANTITIES = 3, PLOT_DOTS = 3 * LK_MAX_KINKS, PLOT_LABEL = 128 };

typedef struct plot_dot {
    double x, y;
    int filled; /* the value is attained there */
} plot_dot;

/* y is NaN where the pen is lifted. */
typedef struct plot_trace {
    double *y;
    plot_dot dots[PLOT_DOTS];
    int n_dots;
} plot_trace;

typedef struct plot_curve {
    const lk_loss_info *info;
    lk_loss loss;
    plot_axis axis;
    parameters parameters;
    char label[PLOT_LABEL];
    double target, auxiliary;
    size_t n;
    double *x;
    plot_trace traces[PLOT_QUANTITIES]; /* value, gradient, curvature */
} plot_curve;

typedef struct plot {
    plot_curve curves[PLOT_CURVES];
    int n_curves;
    int panels[PLOT_QUANTITIES]; /* the quantities drawn, in order */
    int n_panels;
    double range[2], y_range[2];     /* y_range: both 0 when it follows the curves */
    int width, height, png, surface; /* surface: a map of the loss over two scores */
    char title[PLOT_LABEL], x_label[PLOT_LABEL];
} plot;

/* Evaluates the curve over the range of its axis, and at both sides of each kink. */
int plot_sample(plot_curve *c, const double range[2], error *e);
void plot_curve_free(plot_curve *c);
void plot_script(FILE *script, const plot *p);
/* The first lines of a script: size, fonts, colours. */
void plot_write_terminal(FILE *script, const plot *p);
void plot_write_title(FILE *script, const plot *p);

/* The map of the first curve's loss, as a script; range holds for both scores. */
int plot_surface_script(FILE *script, const plot *p, error *e);

#endif
