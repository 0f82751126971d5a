/* gnuplot.h: one run of gnuplot, fed through a pipe. */
#ifndef LK_CLI_GNUPLOT_H
#define LK_CLI_GNUPLOT_H

#include "atomic_file.h"

#include <stdio.h>
#include <sys/types.h>

typedef struct gnuplot {
    FILE *script;            /* to write to */
    FILE *picture, *message; /* what it printed, in files without a name */
    pid_t process;
    int inside; /* an SVG is one of several in a page: without what stands before <svg */
} gnuplot;

int gnuplot_begin(gnuplot *g, error *e);
/* Waits for the picture, which must end with the given bytes, and appends it to the file; or
 * explains what went wrong. Either way the run is over. */
int gnuplot_finish(gnuplot *g, const char *ending, atomic_file *file, error *e);
/* The same without a picture. */
void gnuplot_abort(gnuplot *g);

/* A text in gnuplot's single quotes. */
void gnuplot_quote(FILE *script, const char *text);

#endif
