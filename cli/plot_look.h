/* plot_look.h: what all pictures look like. */
#ifndef LK_CLI_PLOT_LOOK_H
#define LK_CLI_PLOT_LOOK_H

#include <stdio.h>

typedef struct plot_style {
    const char *colour, *dashes;
} plot_style;
plot_style plot_style_of(int k); /* of the k-th curve */

int plot_font_size(int png);
/* The first lines of a script: size, fonts, frame. name, or NULL, begins the names in an SVG. */
void plot_look_begin(FILE *script, int width, int height, int png, const char *name);
void plot_look_palette(FILE *script); /* from dark to light, in grey as well */

#endif
