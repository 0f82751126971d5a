/* plot_axis.h: over what a loss is drawn. */
#ifndef LK_CLI_PLOT_AXIS_H
#define LK_CLI_PLOT_AXIS_H

#include "cli_error.h"
#include "losskit.h"

typedef enum plot_axis {
    PLOT_RESIDUAL = LK_AXIS_RESIDUAL,
    PLOT_MARGIN = LK_AXIS_MARGIN,
    PLOT_INPUT = LK_AXIS_INPUT,
    PLOT_PROBABILITY, /* of the label, out of two classes */
    PLOT_LEAD,        /* of the label's score over the only other one */
    PLOT_ANGLE,       /* between the features and the weights of the label, in degrees */
    PLOT_FRAMES,      /* of ctc: a map of classes, not a curve */
    PLOT_SCENE        /* plot_scene.h: what one number of a small problem is */
} plot_axis;

/* Fails with a sentence for a loss that has no such picture. */
int plot_axis_find(lk_loss loss, plot_axis *axis, error *e);
const char *plot_axis_word(plot_axis axis);       /* "margin"; not of scenes, nor the next two */
const char *plot_axis_definition(plot_axis axis); /* "margin m = y f(x)" */
void plot_axis_range(plot_axis axis, double range[2]);

/* Value, gradient and curvature along the label's score of a loss over two classes, at n places on
 * its axis. On PLOT_ANGLE: the label's cosine as the loss changes it; no gradient or curvature. */
int plot_evaluate_classes(lk_loss loss, const double *params, plot_axis axis, int64_t n,
                          const double *places, double *const y[], error *e);
/* The loss of the scores (a, b) at label 0, where row i of scores is a, b. */
int plot_evaluate_scores(lk_loss loss, const double *params, int64_t n, const double *scores,
                         double *value, error *e);

#endif
