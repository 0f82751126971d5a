/* plot_legend.h: what the curves of a picture are called: a strip below it, as wide as the picture.
 */
#ifndef LK_CLI_PLOT_LEGEND_H
#define LK_CLI_PLOT_LEGEND_H

#include <stdio.h>

typedef struct legend_entry {
    char text[160];  /* "": not in the legend */
    char style[120]; /* as gnuplot's plot takes it: "lines lw 2 lc rgb '#000000'" */
} legend_entry;

typedef struct legend {
    int columns, rows, height; /* height in pixels */
} legend;
legend legend_lay_out(const legend_entry *entries, int n, int width);
/* A plot of its own, the last one of a multiplot, in a picture of the given height. */
void legend_write(FILE *script, const legend_entry *entries, int n, const legend *l,
                  int picture_height);

#endif
