/* plot.c: pictures of losses. */
#include "plot.h"

#include "atomic_file.h"
#include "catalogue.h"
#include "format.h"
#include "gnuplot.h"
#include "options.h"
#include "plot_occupancy.h"
#include "plot_options.h"
#include "plot_scene.h"
#include "random_points.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct poptOption plot_table[] = {
    {"output", 'o', POPT_ARG_STRING, NULL, PLOT_OUTPUT, "the picture, .svg or .png; - is SVG",
     "OUT"},
    OPTION_MANY("param", PLOT_PARAM,
                "a parameter of all losses that have it, or of one; may be "
                "repeated",
                "[NAME.]NAME=VALUE"),
    OPTION("what", PLOT_WHAT,
           "value, gradient, curvature, or several with commas; or surface, a map of the loss over "
           "two scores; default value",
           "WORDS"),
    OPTION("range", PLOT_RANGE, "of the horizontal axis", "A:B"),
    OPTION("y-range", PLOT_Y_RANGE, "of the vertical axis", "A:B"),
    OPTION("target", PLOT_TARGET, "the target of all points; of ctc the file of the labels",
           "NUMBER or FILE"),
    OPTION("auxiliary", PLOT_AUXILIARY, "the third input of all points; default 1", "NUMBER"),
    OPTION("input", PLOT_SCORES, "ctc: the scores; without them an utterance is made up", "FILE"),
    OPTION("input-lengths", PLOT_INPUT_LENGTHS, "ctc: how many frames of each sequence count",
           "FILE"),
    OPTION("target-lengths", PLOT_TARGET_LENGTHS, "ctc: how many labels each target has", "FILE"),
    OPTION("sequence", PLOT_SEQUENCE, "ctc: which of the sequences, from 0; default 0", "NUMBER"),
    OPTION_FLAG("batch-first", PLOT_BATCH_FIRST, "ctc: the scores are [N, T, C], not [T, N, C]"),
    OPTION("size", PLOT_SIZE, "of the picture in pixels", "WxH"),
    OPTION("title", PLOT_TITLE, "above the picture", "TEXT"),
    OPTION_MANY("label", PLOT_LABELS, "of the curves, in their order; may be repeated", "TEXT"),
    OPTIONS_COMMON};

static const char what_words[] = "value|gradient|curvature|surface";
enum { WHAT_SURFACE = PLOT_QUANTITIES };

/* A loss named alone is drawn for these values of a parameter, as its authors do. */
static const struct {
    const char *loss, *param;
    int n;
    double values[5];
} series[] = {{"softmax_focal", "gamma", 5, {0, 0.5, 1, 2, 5}},
              {"large_margin_softmax", "m", 4, {1, 2, 3, 4}}};

/* "huber:delta=1,other=2" */
static int read_curve(plot_curve *c, const char *spec, error *e)
{
    char text[256], *rest = text;
    if (strlen(spec) >= sizeof text) return error_set(e, "\"%.40s...\" is too long", spec);
    strcpy(text, spec);
    char *colon = strchr(text, ':');
    if (colon) *colon = '\0';
    c->info = catalogue_find(text, &c->loss, e);
    if (!c->info || plot_axis_find(c->loss, &c->axis, e)) return -1;
    parameters_preset(&c->parameters, c->info);
    for (rest = colon ? colon + 1 : NULL; rest;) {
        char *comma = strchr(rest, ',');
        if (comma) *comma = '\0';
        if (parameters_set(&c->parameters, c->info, rest, e)) return -1;
        rest = comma ? comma + 1 : NULL;
    }
    return 0;
}

/* Does the loss take the parameter that "name=value" sets? */
static int takes(const lk_loss_info *info, const char *setting)
{
    const size_t length = strcspn(setting, "=");
    for (int k = 0; k < info->n_params; k++)
        if (strlen(info->params[k].name) == length &&
            !strncmp(info->params[k].name, setting, length))
            return 1;
    return 0;
}

/* "delta=1" for whoever takes it, "huber.delta=1" for the curves of one loss. */
static int share_setting(plot *p, const char *setting, error *e)
{
    const size_t dot = strcspn(setting, ".");
    const int owned = dot < strcspn(setting, "=");
    const char *plain = owned ? setting + dot + 1 : setting;
    int used = 0;
    for (int k = 0; k < p->n_curves; k++) {
        plot_curve *c = &p->curves[k];
        const int own = strlen(c->info->name) == dot && !strncmp(c->info->name, setting, dot);
        if (owned ? !own : !takes(c->info, plain) && p->n_curves > 1) continue;
        if (parameters_set(&c->parameters, c->info, plain, e)) return -1;
        used = 1;
    }
    return used ? 0 : error_set(e, "--param: none of the losses drawn takes \"%.80s\"", setting);
}

static int is_plain(const plot *p)
{
    int set = p->n_curves > 1;
    for (int k = 0; k < LK_MAX_PARAMS; k++) set |= p->curves[0].parameters.set[k];
    return !set;
}

static void expand_series(plot *p)
{
    for (size_t s = 0; s < sizeof series / sizeof *series; s++) {
        const plot_curve first = p->curves[0];
        if (strcmp(series[s].loss, first.info->name) != 0) continue;
        int param = 0;
        while (strcmp(first.info->params[param].name, series[s].param) != 0) param++;
        for (p->n_curves = 0; p->n_curves < series[s].n; p->n_curves++) {
            plot_curve *c = &p->curves[p->n_curves];
            *c = first;
            c->parameters.values[param] = series[s].values[p->n_curves];
            c->parameters.set[param] = 1;
        }
        return;
    }
}

static const plot_scene *scene_of(const plot_curve *c)
{
    return c->axis == PLOT_SCENE ? plot_scene_find(c->loss) : NULL;
}

static const char *axis_of(const plot_curve *c)
{
    return scene_of(c) ? plot_scene_label(scene_of(c)) : plot_axis_word(c->axis);
}

static int read_curves(const options *o, plot *p, error *e)
{
    if (o->n_arguments > PLOT_CURVES)
        return error_set(e, "%d curves are too many for a picture; at most %d", o->n_arguments,
                         PLOT_CURVES);
    for (; p->n_curves < o->n_arguments; p->n_curves++)
        if (read_curve(&p->curves[p->n_curves], o->arguments[p->n_curves], e)) return -1;
    size_t place = 0;
    for (const given_option *g; (g = option_next(o, PLOT_PARAM, &place));)
        if (share_setting(p, g->text, e)) return -1;
    const plot_curve *first = &p->curves[0];
    for (int k = 1; k < p->n_curves; k++)
        if (p->curves[k].axis != first->axis || scene_of(&p->curves[k]) != scene_of(first))
            return error_set(e, "%s is a function of the %s and %s of the %s: draw them apart",
                             first->info->name, axis_of(first), p->curves[k].info->name,
                             axis_of(&p->curves[k]));
    if (is_plain(p) && !p->surface) expand_series(p);
    place = 0;
    for (int k = 0; k < p->n_curves; k++) {
        plot_curve *c = &p->curves[k];
        const given_option *g = option_next(o, PLOT_LABELS, &place);
        if (g)
            snprintf(c->label, sizeof c->label, "%s", g->text);
        else
            parameters_text(&c->parameters, c->info, 1, c->label, sizeof c->label);
    }
    const given_option *extra = option_next(o, PLOT_LABELS, &place);
    return extra ? error_set(e, "--label: there is no curve for \"%.80s\"", extra->text) : 0;
}

/* Two numbers around a separator. */
static int read_pair(const options *o, int key, char separator, double pair[2], error *e)
{
    const given_option *g = option_find(o, key);
    if (!g) return 0;
    const char *middle = strchr(g->text, separator);
    const int good = middle &&
                     number_parse(g->text, (size_t)(middle - g->text), &pair[0]) == NUMBER_OK &&
                     number_parse(middle + 1, strlen(middle + 1), &pair[1]) == NUMBER_OK &&
                     isfinite(pair[0]) && isfinite(pair[1]);
    if (!good)
        return error_set(e, "--%s: \"%.80s\" is not two numbers as in 1%c2", g->name, g->text,
                         separator);
    if (separator == ':' && !(pair[0] < pair[1]))
        return error_set(e, "--%s: %.80s is empty; the first number must be the smaller one",
                         g->name, g->text);
    return 0;
}

static int read_what(const options *o, plot *p, error *e)
{
    const char *text = option_text(o, PLOT_WHAT);
    if (!text) text = "value";
    while (text) {
        const size_t length = strcspn(text, ",");
        char word[OPTION_NAME];
        int q = 0;
        while (choice_word(what_words, q, word, sizeof word) &&
               (strlen(word) != length || strncmp(word, text, length) != 0))
            q++;
        if (q > WHAT_SURFACE)
            return error_set(e,
                             "--what: there is no \"%.*s\"; expected value, gradient, curvature "
                             "or surface",
                             (int)length, text);
        if (q == WHAT_SURFACE && (p->n_panels || text[length]))
            return error_set(e, "--what: surface is a picture of its own");
        if (q == WHAT_SURFACE) {
            p->surface = p->n_panels = 1;
            return 0;
        }
        for (int k = 0; k < p->n_panels; k++)
            if (p->panels[k] == q) return error_set(e, "--what: %s is named twice", word);
        p->panels[p->n_panels++] = q;
        text = text[length] ? text + length + 1 : NULL;
    }
    return 0;
}

/* What there is to draw of the losses. */
static int check_what(const plot *p, error *e)
{
    const plot_curve *first = &p->curves[0];
    if (first->axis == PLOT_ANGLE && (p->n_panels > 1 || p->panels[0] != 0))
        return error_set(e, "%s is drawn as what it makes of a cosine: --what value alone",
                         first->info->name);
    for (int k = 0; scene_of(first) && !p->surface && k < p->n_panels; k++)
        if (p->panels[k] >= plot_scene_quantities(scene_of(first)))
            return error_set(e, "%s is drawn without its %s: --what %s", first->info->name,
                             p->panels[k] == 1 ? "gradient" : "curvature",
                             plot_scene_quantities(scene_of(first)) == 1 ? "value alone"
                                                                         : "value,gradient");
    if (!p->surface) return 0;
    if (first->axis != PLOT_PROBABILITY && first->axis != PLOT_LEAD)
        return error_set(e, "--what surface is for losses over rows of scores; %s is none",
                         first->info->name);
    return p->n_curves > 1 ? error_set(e, "--what surface draws one loss") : 0;
}

static int read_size(const options *o, plot *p, error *e)
{
    double size[2] = {p->surface ? 640 : p->n_panels == 1 ? 800 : 520 * p->n_panels, 560};
    if (plot_is_map(p)) size[0] = 900, size[1] = 420;
    if (read_pair(o, PLOT_SIZE, 'x', size, e)) return -1;
    if (size[0] < 200 || size[1] < 150 || size[0] > 10000 || size[1] > 10000)
        return error_set(e, "--size: %gx%g is not between 200x150 and 10000x10000", size[0],
                         size[1]);
    p->width = (int)size[0];
    p->height = (int)size[1];
    return 0;
}

static int read_format(const options *o, plot *p, error *e)
{
    const char *path = option_text(o, PLOT_OUTPUT);
    if (!path) return error_set(e, "plot needs -o FILE, a name that ends in .svg or .png");
    const size_t length = strlen(path);
    p->png = length > 4 && !strcmp(path + length - 4, ".png");
    if (p->png || !strcmp(path, "-") || (length > 4 && !strcmp(path + length - 4, ".svg")))
        return 0;
    return error_set(e, "%.200s: the name must end in .svg or .png", path);
}

/* 1 for what is positive or a label, 0 where any number will do. */
static double usual_target(const lk_loss_info *info)
{
    const double wanted = info->axis == LK_AXIS_RESIDUAL ? 0 : 1;
    if (domain_contains(&info->target_domain, wanted)) return wanted;
    return info->target_domain.kind == 1 ? info->target_domain.lowest + 1
                                         : info->target_domain.highest;
}

static void usual_range(const plot *p, double range[2])
{
    const lk_domain *d = &p->curves[0].info->input_domain;
    if (scene_of(&p->curves[0]))
        plot_scene_range(scene_of(&p->curves[0]), range);
    else
        plot_axis_range(p->surface ? PLOT_MARGIN : p->curves[0].axis, range);
    if (p->curves[0].axis == PLOT_INPUT && isfinite(d->lowest)) {
        range[0] = d->lowest;
        range[1] = isfinite(d->highest) ? d->highest : d->lowest + 5;
    }
    for (int k = 0; k < p->n_curves; k++)
        for (int i = 0; i < p->curves[k].info->n_kinks; i++) {
            const double place = 1.25 * affine_value(&p->curves[k].info->kinks[i].at,
                                                     p->curves[k].parameters.values);
            if (!isfinite(place) || fabs(place) > 1e3) continue;
            range[0] = fmin(range[0], place);
            range[1] = fmax(range[1], place);
        }
}

static int read_axes(const options *o, plot *p, error *e)
{
    usual_range(p, p->range);
    double target = NAN, auxiliary = 1;
    if (read_pair(o, PLOT_RANGE, ':', p->range, e) ||
        read_pair(o, PLOT_Y_RANGE, ':', p->y_range, e) ||
        option_number(o, PLOT_TARGET, -HUGE_VAL, HUGE_VAL, &target, e) ||
        option_number(o, PLOT_AUXILIARY, -HUGE_VAL, HUGE_VAL, &auxiliary, e))
        return -1;
    for (int k = 0; k < p->n_curves; k++) {
        plot_curve *c = &p->curves[k];
        c->target = option_find(o, PLOT_TARGET) ? target : usual_target(c->info);
        c->auxiliary = auxiliary;
        if (scene_of(c) && !plot_scene_takes_target(scene_of(c))) {
            if (option_find(o, PLOT_TARGET))
                return error_set(e, "--target: the picture of %s has targets of its own",
                                 c->info->name);
            continue;
        }
        char bounds[80];
        domain_text(&c->info->target_domain, bounds, sizeof bounds);
        if (!domain_contains(&c->info->target_domain, c->target) || !isfinite(c->target))
            return error_set(e, "--target: %g is outside the targets of %s, %s", c->target,
                             c->info->name, bounds);
    }
    return 0;
}

static void write_labels(const options *o, plot *p)
{
    const plot_curve *first = &p->curves[0];
    const char *title = option_text(o, PLOT_TITLE);
    int alike = 1;
    for (int k = 1; k < p->n_curves; k++) alike &= p->curves[k].info == first->info;
    snprintf(p->title, sizeof p->title, "%s", title ? title : alike ? first->info->title : "");
    if (first->axis == PLOT_INPUT)
        snprintf(p->x_label, sizeof p->x_label, "%s, at target %g", first->info->input,
                 first->target);
    else if (!scene_of(first))
        snprintf(p->x_label, sizeof p->x_label, "%s", plot_axis_definition(first->axis));
    else if (plot_scene_takes_target(scene_of(first)))
        snprintf(p->x_label, sizeof p->x_label, "%s, at target %g",
                 plot_scene_label(scene_of(first)), first->target);
    else
        snprintf(p->x_label, sizeof p->x_label, "%s", plot_scene_label(scene_of(first)));
}

typedef struct drawn {
    const plot *plot;
    const occupancy *map;
} drawn;

static int draw(atomic_file *file, const void *context, error *e)
{
    const drawn *d = context;
    const plot *p = d->plot;
    gnuplot g;
    if (gnuplot_begin(&g, e)) return -1;
    if (p->surface && plot_surface_script(g.script, p, e)) {
        gnuplot_abort(&g);
        return -1;
    }
    if (plot_is_map(p))
        plot_map_script(g.script, p, d->map);
    else if (!p->surface)
        plot_script(g.script, p);
    return gnuplot_finish(&g, p->png ? "IEND" : "</svg>", file, e);
}

static json_t *plot_json(const plot *p, const char *path)
{
    json_t *curves = json_array(), *what = json_array();
    for (int k = 0; k < p->n_curves; k++)
        json_array_append_new(curves,
                              json_pack("{s:s, s:s, s:f}", "loss", p->curves[k].info->name, "label",
                                        p->curves[k].label, "target", p->curves[k].target));
    for (int k = 0; k < p->n_panels; k++) {
        char word[OPTION_NAME];
        choice_word(what_words, p->surface ? WHAT_SURFACE : p->panels[k], word, sizeof word);
        json_array_append_new(what, json_string(word));
    }
    return json_pack("{s:i, s:s, s:[f, f], s:[i, i], s:o, s:o}", "schema", 1, "output", path,
                     "range", p->range[0], p->range[1], "size", p->width, p->height, "what", what,
                     "curves", curves);
}

static int read_plot(const options *o, plot *p, error *e)
{
    const char *path = option_text(o, PLOT_OUTPUT);
    if (read_format(o, p, e) || read_what(o, p, e) || read_curves(o, p, e) ||
        plot_check_options(o, p, e) || check_what(p, e) || read_size(o, p, e) ||
        (!plot_is_map(p) && read_axes(o, p, e)))
        return -1;
    return option_find(o, OPTION_JSON) && !strcmp(path, "-")
               ? error_set(e, "--json and --output both want standard output")
               : 0;
}

static int make_curves(const options *o, plot *p, error *e)
{
    for (int k = 0; k < p->n_curves && !p->surface; k++)
        if (plot_sample(&p->curves[k], p->range, e)) return STATUS_FAILED;
    write_labels(o, p);
    return STATUS_OK;
}

static int run_plot(const options *o, error *e)
{
    const char *path = option_text(o, PLOT_OUTPUT);
    occupancy map = {.rows = 0};
    plot *p = calloc(1, sizeof *p);
    if (!p) {
        error_set(e, "no memory for the picture");
        return STATUS_FAILED;
    }
    int status = read_plot(o, p, e) ? STATUS_USAGE : STATUS_OK;
    if (!status) status = plot_is_map(p) ? plot_read_map(o, p, &map, e) : make_curves(o, p, e);
    const drawn d = {p, &map};
    if (!status && atomic_put(path, draw, &d, e)) status = STATUS_FAILED;
    if (!status && option_find(o, OPTION_JSON) &&
        json_print(plot_is_map(p) ? plot_map_json(p, &map, path) : plot_json(p, path), e))
        status = STATUS_FAILED;
    for (int k = 0; k < p->n_curves; k++) plot_curve_free(&p->curves[k]);
    occupancy_free(&map);
    free(p);
    return status;
}

static const example plot_examples[] = {
    {"losskit plot hinge logistic:base2=yes exponential --y-range 0:8 -o margin.svg",
     "three losses of the margin"},
    {"losskit plot huber:delta=0.1 huber:delta=1 huber:delta=10 --range -10:10 -o huber.png",
     "one loss with three values of its parameter"},
    {"losskit plot softmax_focal -o focal.svg",
     "over the label's probability, for several values of gamma"},
    {"losskit plot softmax_cross_entropy --what surface -o surface.png", "a map over two scores"},
    {"losskit plot huber --what value,gradient,curvature -o huber.svg", "three panels"},
    {"losskit plot ctc --input scores.npy --target labels.npy --sequence 3 -o occupancy.png",
     "where the paths of an utterance lie"},
    {NULL, NULL}};

const command plot_command = {
    .name = "plot",
    .arguments = "NAME[:PARAM=VALUE,...]... -o OUT [OPTION...]",
    .fewest = 1,
    .most = -1,
    .purpose = "Draw losses, their gradients and curvatures",
    .description =
        "Draws with gnuplot: one panel for each quantity, over the margin, the residual "
        "or the input. A dot marks a place that is not smooth; at a jump it is filled "
        "where the loss takes the value and open where it does not. Losses over scores "
        "are drawn over the label's probability out of two classes, with the derivatives "
        "along the label's score; multiclass_hinge over the lead of the label's score. "
        "The margin losses of features are drawn as what they make of the cosine of the "
        "angle between features and weights: psi for large_margin_softmax. Losses of groups, "
        "pairs and sequences are drawn along one number of a small problem, which the axis tells. "
        "ctc is drawn as a map: "
        "the probability, given the target, that a frame of one utterance is at a class, for the "
        "classes of the target in the order in which they appear and for the blank.",
    .table = plot_table,
    .examples = plot_examples,
    .run = run_plot,
};
