/* experiment_figure.h: the figures of experiments, drawn by gnuplot. */
#ifndef LK_CLI_EXPERIMENT_FIGURE_H
#define LK_CLI_EXPERIMENT_FIGURE_H

#include "atomic_file.h"
#include "record.h"

/* Appends the figure to the file as SVG, without its title. */
int experiment_figure_draw(const record_figure *figure, atomic_file *file, error *e);

#endif
