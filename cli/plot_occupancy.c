#include "plot_occupancy.h"

#include "eval_report.h"
#include "format.h"
#include "gnuplot.h"
#include "plot_look.h"
#include "plot_options.h"

#include <stdio.h>
#include <string.h>

/* Pixels: of a character of the title, of a line of the labels, and of what is no map. */
enum { TITLE_CHARACTER = 9, LABEL_LINE = 18, AROUND = 130, TIC = 50, BESIDE = 250, TALL = 320 };
/* Rectangles that an SVG may have. */
enum { CRISP = 40000 };

int plot_is_map(const plot *p) { return p->curves[0].axis == PLOT_FRAMES; }

static const given_option *first_given(const options *o, const int *keys, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        const given_option *g = option_find(o, keys[k]);
        if (g) return g;
    }
    return NULL;
}

static int check_parameters(const options *o, const plot *p, error *e)
{
    const plot_curve *c = &p->curves[0];
    for (int k = 0; k < c->info->n_params; k++) {
        const char *name = c->info->params[k].name;
        if (!c->parameters.set[k] || !strcmp(name, "blank")) continue;
        if (strcmp(name, "logits") != 0)
            return error_set(e, "ctc: %s changes nothing of the picture: leave it out", name);
        if (!option_find(o, PLOT_SCORES))
            return error_set(e, "ctc: logits tells what --input holds, which is not given");
    }
    return 0;
}

static int check_files(const options *o, error *e)
{
    static const int files[] = {PLOT_SCORES, PLOT_TARGET, PLOT_INPUT_LENGTHS, PLOT_TARGET_LENGTHS};
    static const int others[] = {PLOT_INPUT_LENGTHS, PLOT_TARGET_LENGTHS, PLOT_SEQUENCE,
                                 PLOT_BATCH_FIRST};
    const given_option *input = option_find(o, PLOT_SCORES), *target = option_find(o, PLOT_TARGET);
    const given_option *other = first_given(o, others, sizeof others / sizeof *others);
    if (input && !target)
        return error_set(e, "--input needs --target FILE, the labels of the sequences");
    if (!input && (target || other))
        return error_set(e, "--%s needs --input FILE, the scores",
                         target ? target->name : other->name);
    const given_option *standard = NULL;
    for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
        const given_option *g = option_find(o, files[k]);
        if (!g || !is_standard(g->text)) continue;
        if (standard)
            return error_set(e, "--%s and --%s both want standard input", standard->name, g->name);
        standard = g;
    }
    return 0;
}

int plot_check_options(const options *o, const plot *p, error *e)
{
    static const int of_maps[] = {PLOT_SCORES, PLOT_INPUT_LENGTHS, PLOT_TARGET_LENGTHS,
                                  PLOT_SEQUENCE, PLOT_BATCH_FIRST};
    static const int of_curves[] = {PLOT_WHAT, PLOT_RANGE, PLOT_Y_RANGE, PLOT_AUXILIARY,
                                    PLOT_LABELS};
    const char *loss = p->curves[0].info->name;
    if (!plot_is_map(p)) {
        const given_option *g = first_given(o, of_maps, sizeof of_maps / sizeof *of_maps);
        return g ? error_set(e, "--%s is for the map of ctc; %s is drawn as a curve", g->name, loss)
                 : 0;
    }
    if (p->n_curves > 1) return error_set(e, "%s is drawn alone", loss);
    const given_option *g = first_given(o, of_curves, sizeof of_curves / sizeof *of_curves);
    if (g)
        return error_set(e, "--%s is for curves; %s is drawn as a map of classes over frames",
                         g->name, loss);
    return check_parameters(o, p, e) || check_files(o, e) ? -1 : 0;
}

/* What there is room for. */
static void write_title(plot *p, const char *given, long sequence, int is_own, double value)
{
    char number[NUMBER_TEXT], utterance[64], longest[PLOT_LABEL];
    snprintf(utterance, sizeof utterance, is_own ? "sequence %ld" : "a made-up utterance",
             sequence);
    snprintf(number, sizeof number, "%.4g", value);
    snprintf(longest, sizeof longest, "Occupancy of %s under ctc, loss %s", utterance, number);
    const int fits = TITLE_CHARACTER * (int)strlen(longest) < p->width - 100;
    snprintf(p->title, sizeof p->title, "%s", given ? given : fits ? longest : "Occupancy");
}

int plot_read_map(const options *o, plot *p, occupancy *map, error *e)
{
    occupancy_source from = {.input = option_text(o, PLOT_SCORES),
                             .target = option_text(o, PLOT_TARGET),
                             .input_lengths = option_text(o, PLOT_INPUT_LENGTHS),
                             .target_lengths = option_text(o, PLOT_TARGET_LENGTHS),
                             .batch_first = option_find(o, PLOT_BATCH_FIRST) != NULL};
    if (option_integer(o, PLOT_SEQUENCE, 0, 1L << 53, &from.sequence, e)) return STATUS_USAGE;
    if (occupancy_make(map, &from, p->curves[0].parameters.values, e)) return STATUS_FAILED;
    write_title(p, option_text(o, PLOT_TITLE), from.sequence, from.input != NULL, map->value);
    return STATUS_OK;
}

static void write_data(FILE *f, const occupancy *map)
{
    fprintf(f, "$map << END\n");
    for (int64_t k = 0; k < map->rows; k++) {
        for (int64_t t = 0; t < map->frames; t++)
            fprintf(f, "%.4g ", map->share[k * map->frames + t]);
        fprintf(f, "\n");
    }
    fprintf(f, "END\n");
}

/* As many labels as have room; the blank has one in any case. */
static void write_rows(FILE *f, const plot *p, const occupancy *map)
{
    const int64_t room = p->height > AROUND + LABEL_LINE ? p->height - AROUND : LABEL_LINE;
    const int64_t step = (map->rows * LABEL_LINE + room - 1) / room, last = map->rows - 1;
    fprintf(f, "set ytics scale 0 (");
    for (int64_t k = 0; k <= last - step; k += step)
        fprintf(f, "'%lld' %lld, ", (long long)map->classes[k], (long long)k);
    fprintf(f, "'blank %lld' %lld)\n", (long long)map->classes[last], (long long)last);
    fprintf(f, "set yrange [%lld.5:-0.5]\nset ylabel 'class'\n", (long long)last);
}

/* As many numbers as have room, 1, 2, 5, 10, 20 ... frames apart. */
static void write_frames(FILE *f, const plot *p, const occupancy *map)
{
    static const int factors[] = {2, 5, 10};
    const int64_t room = p->width > BESIDE + TIC ? (p->width - BESIDE) / TIC : 1;
    int64_t power = 1, step = 1;
    for (int k = 0; map->frames / step > room; k = (k + 1) % 3) {
        step = factors[k] * power;
        if (k == 2) power *= 10;
    }
    fprintf(f, "set xrange [-0.5:%lld.5]\nset xtics %lld\nset xlabel 'frame'\n",
            (long long)map->frames - 1, (long long)step);
}

/* A low picture has no room for the whole sentence along its bar. */
static void write_bar(FILE *f, const plot *p)
{
    const int is_tall = p->height >= TALL;
    fprintf(f, "set cbrange [0:1]\nset cbtics %s\nset cblabel 'probability%s'\n",
            is_tall ? "0.2" : "0.5", is_tall ? ", given the target" : "");
}

void plot_map_script(FILE *f, const plot *p, const occupancy *map)
{
    plot_write_terminal(f, p);
    write_data(f, map);
    plot_look_palette(f);
    fprintf(f, "unset grid\nunset key\nset border 15 front lc rgb '#444444'\n");
    write_bar(f, p);
    write_frames(f, p, map);
    write_rows(f, p, map);
    fprintf(f, "set title ");
    gnuplot_quote(f, p->title);
    /* In SVG small maps are rectangles: viewers blur an image that they enlarge. */
    fprintf(f, "\nplot $map matrix using 1:2:3 with image%s\n",
            !p->png && map->rows * map->frames <= CRISP ? " pixels" : "");
}

json_t *plot_map_json(const plot *p, const occupancy *map, const char *path)
{
    json_t *classes = json_array();
    for (int64_t k = 0; k < map->rows; k++)
        json_array_append_new(classes, json_integer(map->classes[k]));
    return json_pack("{s:i, s:s, s:[i, i], s:[s], s:s, s:o, s:I, s:I, s:o}", "schema", 1, "output",
                     path, "size", p->width, p->height, "what", "occupancy", "loss",
                     p->curves[0].info->name, "value", number_json(map->value), "frames",
                     (json_int_t)map->frames, "labels", (json_int_t)map->labels, "classes",
                     classes);
}
