/* catalogue_json.c: the registry as JSON, schema 1. Members are only ever added to it. */
#include "catalogue.h"

#include <math.h>
#include <string.h>

json_t *number_json(double x)
{
    if (isfinite(x)) return json_real(x);
    return json_string(isnan(x) ? "nan" : x > 0 ? "inf" : "-inf");
}

static json_t *text_json(const char *text) { return text ? json_string(text) : json_null(); }

static json_t *affine_json(const lk_affine *a, const lk_loss_info *info)
{
    const char *parameter = a->param >= 0 ? info->params[a->param].name : NULL;
    return json_pack("{s:o, s:o, s:o}", "constant", number_json(a->constant), "factor",
                     number_json(parameter ? a->factor : 0), "parameter", text_json(parameter));
}

static json_t *domain_json(const lk_domain *d)
{
    static const char *const kinds[] = {"closed", "open below", "two values"};
    return json_pack("{s:o, s:o, s:s}", "lowest", number_json(d->lowest), "highest",
                     number_json(d->highest), "kind", kinds[d->kind]);
}

static json_t *traits_json(uint32_t set)
{
    json_t *list = json_array();
    uint32_t bit;
    const char *word;
    for (int k = 0; (word = trait_word(k, &bit)); k++)
        if (set & bit) json_array_append_new(list, json_string(word));
    return list;
}

static json_t *kinks_json(const lk_loss_info *info)
{
    json_t *list = json_array();
    for (int k = 0; k < info->n_kinks; k++)
        json_array_append_new(list,
                              json_pack("{s:o, s:i}", "at", affine_json(&info->kinks[k].at, info),
                                        "order", info->kinks[k].order));
    return list;
}

static json_t *parameter_json(const lk_parameter *p)
{
    json_t *named = json_object();
    for (int k = 0; k < LK_MAX_NAMED; k++)
        if (p->named[k].name)
            json_object_set_new(named, p->named[k].name, number_json(p->named[k].value));
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "name", p->name, "meaning", p->meaning,
                     "default", number_json(p->preset), "lowest", number_json(p->lowest), "highest",
                     number_json(p->highest), "named", named);
}

static json_t *parameters_json(const lk_loss_info *info)
{
    json_t *list = json_array();
    for (int k = 0; k < info->n_params; k++)
        json_array_append_new(list, parameter_json(&info->params[k]));
    return list;
}

static json_t *auxiliary_json(const lk_loss_info *info)
{
    if (!info->auxiliary) return json_null();
    const int param = info->auxiliary_param;
    return json_pack("{s:s, s:o, s:o, s:o, s:o}", "name", info->auxiliary, "meaning",
                     text_json(info->auxiliary_meaning), "domain",
                     domain_json(&info->auxiliary_domain), "parameter",
                     text_json(param >= 0 ? info->params[param].name : NULL), "gradient_tex",
                     text_json(info->auxiliary_gradient_tex));
}

/* The names of the members of lk_call that a set of 1 << lk_argument_id holds. */
static json_t *arguments_json(uint32_t set)
{
    json_t *list = json_array();
    for (int id = 0; id < LK_ARGUMENTS; id++)
        if (set >> id & 1)
            json_array_append_new(list,
                                  json_string(lk_argument_describe((lk_argument_id)id)->name));
    return list;
}

/* NULL members would be dropped silently by a reader that tests for their presence. */
static void add_formulas(json_t *object, const lk_loss_info *info)
{
    const struct {
        const char *name, *text;
    } formulas[] = {{"tex", info->tex},
                    {"gradient_tex", info->gradient_tex},
                    {"curvature_tex", info->curvature_tex},
                    {"fisher_tex", info->fisher_tex},
                    {"upper_tex", info->upper_tex},
                    {"target_gradient_tex", info->target_gradient_tex}};
    for (size_t k = 0; k < sizeof formulas / sizeof *formulas; k++)
        json_object_set_new(object, formulas[k].name, text_json(formulas[k].text));
}

json_t *loss_json(lk_loss loss, const lk_loss_info *info)
{
    json_t *object = json_pack("{s:s, s:i, s:s, s:s}", "name", info->name, "id", (int)loss,
                               "family", info->family, "title", info->title);
    uint32_t needs;
    const uint32_t takes = lk_loss_takes(loss, &needs);
    json_object_set_new(object, "kind", json_string(kind_word(info->kind)));
    json_object_set_new(object, "takes", arguments_json(takes));
    json_object_set_new(object, "needs", arguments_json(needs));
    add_formulas(object, info);
    json_object_set_new(object, "source", text_json(info->source));
    json_object_set_new(object, "input", text_json(info->input));
    json_object_set_new(object, "target", text_json(info->target));
    json_object_set_new(object, "input_domain", domain_json(&info->input_domain));
    json_object_set_new(object, "target_domain", domain_json(&info->target_domain));
    json_object_set_new(object, "traits", traits_json(info->traits));
    json_object_set_new(object, "lipschitz",
                        info->traits & LK_LIPSCHITZ ? affine_json(&info->lipschitz, info)
                                                    : json_null());
    json_object_set_new(object, "bound",
                        info->traits & LK_BOUNDED ? affine_json(&info->bound, info) : json_null());
    json_object_set_new(object, "axis", json_string(axis_word(info->axis)));
    json_object_set_new(object, "kinks", kinks_json(info));
    json_object_set_new(object, "parameters", parameters_json(info));
    json_object_set_new(object, "auxiliary", auxiliary_json(info));
    json_object_set_new(object, "notes", text_json(info->notes));
    json_object_set_new(object, "elsewhere", text_json(info->elsewhere));
    return object;
}

json_t *catalogue_json(const char *family)
{
    json_t *losses = json_array();
    int id = 0;
    for (const lk_loss_info *info; (info = catalogue_next(&id));)
        if (!family || !strcmp(info->family, family))
            json_array_append_new(losses, loss_json((lk_loss)id, info));
    return json_pack("{s:i, s:s, s:o}", "schema", 1, "version", lk_version(), "losses", losses);
}

static int print_as(json_t *value, size_t form, error *e)
{
    if (!value) return error_set(e, "no memory for the JSON output");
    const int status = json_dumpf(value, stdout, form | JSON_REAL_PRECISION(17));
    json_decref(value);
    putchar('\n');
    return status ? error_set(e, "standard output cannot be written") : 0;
}

int json_print(json_t *value, error *e) { return print_as(value, JSON_INDENT(2), e); }

int json_line(json_t *value, error *e)
{
    const int status = print_as(value, JSON_COMPACT, e);
    fflush(stdout);
    return status;
}
