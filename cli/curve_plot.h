/* curve_plot.h: pictures of how good predictions are, drawn by gnuplot. */
#ifndef LK_CLI_CURVE_PLOT_H
#define LK_CLI_CURVE_PLOT_H

#include "atomic_file.h"
#include "cli_error.h"
#include "losskit_learn.h"

typedef struct curve_series {
    const char *label; /* for the legend; may be NULL when there is one series */
    const lk_curve *curve;
    double area; /* AUC, average precision or ECE; NaN: not told */
    double base; /* precision and recall: the share of the positive; NaN: no line */
} curve_series;

/* A width and height of 0 are the usual ones. */
typedef struct curve_picture {
    const char *title; /* "": none */
    int width, height; /* pixels */
    int png;           /* otherwise SVG */
    int inside;        /* SVG: one of several in a page, without what stands before <svg */
    const char *name;  /* SVG: begins the names within it; those in one page differ; NULL: none */
} curve_picture;

/* Each appends the picture to the file. The title is followed by the area when there is one series;
 * with more, areas are in the legend. */
int curve_plot_roc(const curve_series *series, int n, const curve_picture *picture,
                   atomic_file *file, error *e);
int curve_plot_precision_recall(const curve_series *series, int n, const curve_picture *picture,
                                atomic_file *file, error *e);
/* With the samples of the bins below when there is one series. */
int curve_plot_calibration(const curve_series *series, int n, const curve_picture *picture,
                           atomic_file *file, error *e);
/* matrix [classes, classes], truth down; names [classes] or NULL: their numbers. Up to 100 classes.
 */
int curve_plot_confusion(int64_t classes, const double *matrix, const char *const *names,
                         const curve_picture *picture, atomic_file *file, error *e);
/* Any curves over any axis: losses over epochs. NaN lifts the pen. */
int curve_plot_lines(const curve_series *series, int n, const char *x_label, const char *y_label,
                     const curve_picture *picture, atomic_file *file, error *e);

#endif
