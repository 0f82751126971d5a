/* plot_scene.h: losses over groups, pairs and sequences, each drawn along one number of a small
 * problem that stands still otherwise. */
#ifndef LK_CLI_PLOT_SCENE_H
#define LK_CLI_PLOT_SCENE_H

#include "cli_error.h"
#include "losskit.h"

typedef struct plot_scene plot_scene;

const plot_scene *plot_scene_find(lk_loss loss); /* NULL: none */
const char *plot_scene_label(const plot_scene *s);
void plot_scene_range(const plot_scene *s, double range[2]);
lk_domain plot_scene_domain(const plot_scene *s);
int plot_scene_takes_target(const plot_scene *s);
/* 1: value, 2: gradient too, 3: curvature too, along the number that moves. */
int plot_scene_quantities(const plot_scene *s);

/* y[0], y[1], y[2]: value, gradient and curvature at n places; NaN where there are none. */
int plot_scene_evaluate(lk_loss loss, const double *params, double target, int64_t n,
                        const double *places, double *const y[], error *e);

#endif
