#include "plot_look.h"

#include "gnuplot.h"

enum { STYLES = 8, FONT = 12 };

/* Okabe and Ito's colours without the yellow, which is faint on white. */
plot_style plot_style_of(int k)
{
    static const plot_style styles[STYLES] = {{"#0072B2", "solid"},      {"#D55E00", "(14,5)"},
                                              {"#009E73", "(4,4)"},      {"#CC79A7", "(14,4,3,4)"},
                                              {"#000000", "(7,3)"},      {"#E69F00", "(26,5)"},
                                              {"#56B4E9", "(18,4,6,4)"}, {"#7F4F24", "(2,3)"}};
    /* After all colours they come again, with other dashes. */
    return (plot_style){styles[k % STYLES].colour, styles[(k + k / STYLES) % STYLES].dashes};
}

/* The PNG terminal counts points, the SVG terminal pixels. */
int plot_font_size(int png) { return png ? FONT : FONT + 2; }

void plot_look_begin(FILE *f, int width, int height, int png, const char *name)
{
    fprintf(f,
            "set terminal %s size %d,%d font 'DejaVu Sans,%d' background rgb '#ffffff' noenhanced",
            png ? "pngcairo" : "svg dynamic", width, height, plot_font_size(png));
    if (name && !png) {
        fprintf(f, " name ");
        gnuplot_quote(f, name);
    }
    fprintf(f, "\nset encoding utf8\nset border 3 back lc rgb '#444444'\nset tics nomirror out\n"
               "set grid lc rgb '#dddddd' lt 1 lw 0.7\nset samples 2\nset pointsize 0.8\n"
               "set clip two\n");
}

void plot_look_palette(FILE *f)
{
    fprintf(f, "set palette defined (0 '#440154', 0.25 '#3b528b', 0.5 '#21918c', 0.75 '#5ec962', "
               "1 '#fde725')\n");
}
