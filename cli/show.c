/* show.c: all that is known of one loss. */
#include "argument_options.h"
#include "catalogue.h"
#include "format.h"
#include "options.h"
#include "parameters.h"
#include "plain_formula.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LABEL = 13, WIDTH = 96 };

static const struct poptOption show_table[] = {OPTIONS_COMMON};

static void print_label(const char *label)
{
    printf("%s", style_text(stdout, STYLE_BOLD));
    print_cell(stdout, label, LABEL, 0);
    printf("%s", style_text(stdout, STYLE_PLAIN));
}

static void print_line(const char *label, const char *text)
{
    if (!text || !*text) return;
    print_label(label);
    print_wrapped(stdout, text, LABEL, WIDTH);
}

static void print_formula(const char *label, const char *tex)
{
    if (!tex) return;
    char plain[FORMULA_TEXT];
    plain_formula(tex, plain, sizeof plain);
    print_line(label, plain);
    if (!strcmp(plain, tex)) return;
    printf("%*s%s%s%s\n", LABEL, "", style_text(stdout, STYLE_FAINT), tex,
           style_text(stdout, STYLE_PLAIN));
}

static void print_array(const char *label, const char *meaning, const lk_domain *domain)
{
    char bounds[80], line[512];
    domain_text(domain, bounds, sizeof bounds);
    /* Whose place in the domain its words tell, as labels in [0, C) do, needs no bounds. */
    const int told = isinf(domain->lowest) && isinf(domain->highest) && strstr(meaning, " in [");
    if (told)
        snprintf(line, sizeof line, "%s", meaning);
    else
        snprintf(line, sizeof line, "%s, in %s", meaning, bounds);
    print_line(label, line);
}

/* Tokens are any integers: no numbers bound them. */
static void print_target(const lk_loss_info *info)
{
    if (info->kind == LK_KIND_SEQUENCE)
        print_line("target", info->target);
    else
        print_array("target", info->target, &info->target_domain);
}

static void print_auxiliary(const lk_loss_info *info)
{
    if (!info->auxiliary) return;
    char label[64], bounds[80], line[640];
    snprintf(label, sizeof label, "third input");
    domain_text(&info->auxiliary_domain, bounds, sizeof bounds);
    snprintf(line, sizeof line, "%s: %s, in %s; %s", info->auxiliary,
             info->auxiliary_meaning ? info->auxiliary_meaning : "", bounds,
             info->auxiliary_param >= 0 ? "the parameter " : "required");
    if (info->auxiliary_param >= 0)
        append(line, sizeof line, "%s stands in for it", info->params[info->auxiliary_param].name);
    print_line(label, line);
}

static void print_parameters(const lk_loss_info *info)
{
    for (int k = 0; k < info->n_params; k++) {
        const lk_parameter *p = &info->params[k];
        char value[64], low[NUMBER_TEXT], high[NUMBER_TEXT], line[640];
        parameter_value_text(p, p->preset, value, sizeof value);
        snprintf(line, sizeof line, "%s = %s, in [%s, %s]", p->name, value,
                 number_exact(low, p->lowest), number_exact(high, p->highest));
        for (int i = 0; i < LK_MAX_NAMED; i++)
            if (p->named[i].name)
                append(line, sizeof line, ", %s = %s", p->named[i].name,
                       number_exact(low, p->named[i].value));
        append(line, sizeof line, ": %s", p->meaning);
        print_line(k ? "" : "parameters", line);
    }
}

static void print_kinks(const lk_loss_info *info)
{
    static const char *const what[] = {"the value jumps", "the gradient jumps",
                                       "the curvature jumps", "a higher derivative jumps"};
    for (int k = 0; k < info->n_kinks; k++) {
        char place[80], line[160];
        const int order = info->kinks[k].order;
        affine_text(info, &info->kinks[k].at, place, sizeof place);
        snprintf(line, sizeof line, "%s = %s: %s", axis_word(info->axis), place,
                 what[order > 3 ? 3 : order]);
        print_line(k ? "" : "kinks", line);
    }
}

static void print_traits(const lk_loss_info *info)
{
    char line[512], bound[80];
    traits_text(info->traits, line, sizeof line);
    print_line("traits", *line ? line : "none");
    if (info->traits & LK_LIPSCHITZ) {
        affine_text(info, &info->lipschitz, bound, sizeof bound);
        snprintf(line, sizeof line, "|gradient| <= %s", bound);
        print_line("", line);
    }
    if (info->traits & LK_BOUNDED) {
        affine_text(info, &info->bound, bound, sizeof bound);
        snprintf(line, sizeof line, "value <= %s", bound);
        print_line("", line);
    }
}

/* The options of `losskit eval` for what the loss takes besides input and target. */
static void print_arrays(lk_loss loss, int output)
{
    uint32_t needs;
    const uint32_t takes = lk_loss_takes(loss, &needs);
    char line[512] = "", name[OPTION_NAME];
    for (int id = LK_ARG_TARGET + 1; id < LK_ARGUMENTS; id++) {
        if (!(takes >> id & 1) || slot_is_output(id) != output) continue;
        append(line, sizeof line, "%s--%s%s", *line ? ", " : "", slot_option(id, name),
               needs >> id & 1 ? " (required)" : "");
    }
    print_line(output ? "outputs" : "also takes", line);
}

static void print_axis(const lk_loss_info *info)
{
    if (info->kind != LK_KIND_POINTWISE) return;
    print_line("variable", info->axis == LK_AXIS_INPUT ? info->input : axis_definition(info->axis));
}

static void print_loss(lk_loss loss, const lk_loss_info *info)
{
    print_line("name", info->name);
    print_line("title", info->title);
    print_line("family", info->family);
    print_formula("value", info->tex);
    print_formula("gradient", info->gradient_tex);
    print_formula("curvature", info->curvature_tex);
    print_formula("fisher", info->fisher_tex);
    print_formula("upper", info->upper_tex);
    print_formula("d target", info->target_gradient_tex);
    if (info->auxiliary) print_formula("d third", info->auxiliary_gradient_tex);
    print_axis(info);
    print_array("input", info->input, &info->input_domain);
    if (lk_loss_takes(loss, NULL) >> LK_ARG_TARGET & 1) print_target(info);
    print_auxiliary(info);
    print_arrays(loss, 0);
    print_arrays(loss, 1);
    print_parameters(info);
    print_traits(info);
    print_kinks(info);
    print_line("source", info->source);
    print_line("notes", info->notes);
    print_line("elsewhere", info->elsewhere);
}

static int run_show(const options *o, error *e)
{
    lk_loss loss;
    const lk_loss_info *info = catalogue_find(o->arguments[0], &loss, e);
    if (!info) return STATUS_USAGE;
    if (option_find(o, OPTION_JSON)) {
        json_t *root = json_pack("{s:i, s:s, s:o}", "schema", 1, "version", lk_version(), "loss",
                                 loss_json(loss, info));
        return json_print(root, e) ? STATUS_FAILED : STATUS_OK;
    }
    print_loss(loss, info);
    return STATUS_OK;
}

static const example show_examples[] = {
    {"losskit show huber", "formulas, parameters, domains, traits and source"}, {NULL, NULL}};

const command show_command = {
    .name = "show",
    .arguments = "NAME",
    .fewest = 1,
    .most = 1,
    .purpose = "Show all that is known of a loss",
    .description = "Prints the formulas of value, gradient and curvature as text and as TeX, the "
                   "parameters with default and bounds, what the arrays hold, the traits, the "
                   "places where the loss is not smooth, its source and notes, and who else has it "
                   "and how theirs differs.",
    .table = show_table,
    .examples = show_examples,
    .run = run_show,
};
