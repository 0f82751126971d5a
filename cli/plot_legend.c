#include "plot_legend.h"

#include "format.h"
#include "gnuplot.h"

enum { LINE = 21, CHARACTER = 8, SAMPLE = 80, SIDES = 40, BELOW = 8 }; /* pixels */

legend legend_lay_out(const legend_entry *entries, int n, int width)
{
    int named = 0, widest = 0;
    for (int k = 0; k < n; k++) {
        const int characters = text_width(entries[k].text);
        named += *entries[k].text != 0;
        if (characters > widest) widest = characters;
    }
    const int fit = (width - SIDES) / (SAMPLE + CHARACTER * widest);
    const int columns = fit < 1 ? 1 : fit > named && named ? named : fit;
    const int rows = (named + columns - 1) / columns;
    return (legend){columns, rows, LINE * rows};
}

/* Without anything but the key, so that the key may be as wide as the picture. */
void legend_write(FILE *f, const legend_entry *entries, int n, const legend *l, int picture_height)
{
    fprintf(f,
            "unset title\nunset border\nunset tics\nunset grid\nunset xlabel\nunset ylabel\n"
            "set lmargin at screen 0.01\nset rmargin at screen 0.99\n"
            "set bmargin at screen 0.01\nset tmargin at screen 0.1\n"
            "set xrange [0:1]\nset yrange [0:1]\nset key at screen 0.5,%.5f center top "
            "horizontal maxcols %d samplen 3 noopaque Left reverse\nplot ",
            (double)(l->height + BELOW) / picture_height, l->columns);
    for (int k = 0; k < n; k++) {
        if (!*entries[k].text) continue;
        fprintf(f, "NaN with %s title ", entries[k].style);
        gnuplot_quote(f, entries[k].text);
        fprintf(f, ", \\\n  ");
    }
    fprintf(f, "NaN notitle\nunset multiplot\n");
}
