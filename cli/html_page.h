/* html_page.h: pages in HTML: one file without scripts that needs no other, for light and dark
 * screens, wide and narrow. */
#ifndef LK_CLI_HTML_PAGE_H
#define LK_CLI_HTML_PAGE_H

#include "atomic_file.h"
#include "cli_error.h"

#include <stdio.h>

/* Everything up to the first heading, which is the title; and the end, below which stands the
 * version. */
void html_begin(FILE *out, const char *title);
void html_end(FILE *out);

void html_heading(FILE *out, const char *text);
void html_row(FILE *out, const char *name, const char *value); /* of a table of two columns */
void html_number_cell(FILE *out, const char *text);

/* A picture on its way into the page, written to memory.stream as SVG. */
typedef struct html_figure {
    atomic_file memory;
    char *svg;
    size_t size;
    char name[64]; /* goes before the names within it */
} html_figure;

/* name is that of no other figure of the page. */
int html_figure_begin(html_figure *f, const char *name, error *e);
/* Ends the figure and writes it to the page as <figure>, unless status, of the drawing, is a
 * failure; returns a failure of either. alt is for readers who do not see it. */
int html_figure_end(html_figure *f, int status, const char *alt, const char *caption, FILE *page,
                    error *e);

#endif
