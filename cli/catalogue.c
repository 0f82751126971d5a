#include "catalogue.h"

#include "format.h"
#include "suggest.h"

#include <stdlib.h>
#include <string.h>

/* Beyond every id: a build may lack single losses. */
enum { ID_LIMIT = 256 };

const lk_loss_info *catalogue_next(int *id)
{
    while (++*id < ID_LIMIT) {
        const lk_loss_info *info = lk_loss_describe((lk_loss)*id);
        if (info) return info;
    }
    return NULL;
}

const lk_loss_info *catalogue_find(const char *name, lk_loss *loss, error *e)
{
    *loss = lk_loss_by_name(name);
    if (*loss) return lk_loss_describe(*loss);
    suggestion s;
    suggest_begin(&s, name);
    int id = 0;
    for (const lk_loss_info *info; (info = catalogue_next(&id));) suggest_consider(&s, info->name);
    const char *hint = suggest_hint(&s, "");
    error_set(e, "there is no loss \"%.80s\"%s", name,
              *hint ? hint : "; `losskit list` names them all");
    error_refuse(e);
    return NULL;
}

int catalogue_select(const char *const *names, int n_names, lk_loss **losses, int *count, error *e)
{
    *count = 0;
    *losses = calloc(n_names ? (size_t)n_names : ID_LIMIT, sizeof **losses);
    if (!*losses) return error_set(e, "no memory for the names of losses");
    int id = 0;
    while (n_names == 0 && catalogue_next(&id)) (*losses)[(*count)++] = (lk_loss)id;
    for (int k = 0; k < n_names; k++)
        if (!catalogue_find(names[k], &(*losses)[(*count)++], e)) {
            free(*losses);
            *losses = NULL;
            return -1;
        }
    return 0;
}

double affine_value(const lk_affine *a, const double *params)
{
    return a->constant + (a->param >= 0 ? a->factor * params[a->param] : 0);
}

static const struct {
    uint32_t bit;
    const char *word;
} traits[] = {{LK_CONVEX, "convex"},
              {LK_DIFFERENTIABLE, "differentiable"},
              {LK_SMOOTH, "smooth"},
              {LK_LIPSCHITZ, "Lipschitz"},
              {LK_SYMMETRIC, "symmetric"},
              {LK_BOUNDED, "bounded"},
              {LK_DISTANCE_BASED, "distance-based"},
              {LK_MARGIN_BASED, "margin-based"},
              {LK_PROPER, "proper"},
              {LK_BOUNDS_ZERO_ONE, "bounds zero-one"}};

const char *trait_word(int index, uint32_t *bit)
{
    if (index < 0 || index >= (int)(sizeof traits / sizeof *traits)) return NULL;
    *bit = traits[index].bit;
    return traits[index].word;
}

void traits_text(uint32_t set, char *text, size_t size)
{
    *text = '\0';
    uint32_t bit;
    const char *word;
    for (int k = 0; (word = trait_word(k, &bit)); k++) {
        /* A smooth loss is differentiable: one word says both. */
        if (!(set & bit) || (bit == LK_DIFFERENTIABLE && set & LK_SMOOTH)) continue;
        append(text, size, "%s%s", *text ? ", " : "", word);
    }
}

void domain_text(const lk_domain *d, char *text, size_t size)
{
    char lowest[NUMBER_TEXT], highest[NUMBER_TEXT];
    number_exact(lowest, d->lowest);
    number_exact(highest, d->highest);
    if (d->kind == 2) {
        snprintf(text, size, "{%s, %s}", lowest, highest);
        return;
    }
    const int open = d->kind == 1 || !strcmp(lowest, "-inf");
    snprintf(text, size, "%c%s, %s%c", open ? '(' : '[', lowest, highest,
             !strcmp(highest, "inf") ? ')' : ']');
}

void affine_text(const lk_loss_info *info, const lk_affine *a, char *text, size_t size)
{
    char number[NUMBER_TEXT];
    *text = '\0';
    const int factor = a->param >= 0 && a->factor != 0;
    if (a->constant != 0 || !factor) append(text, size, "%s", number_exact(number, a->constant));
    if (!factor) return;
    const double factor_size = a->factor < 0 ? -a->factor : a->factor;
    append(text, size, "%s", a->factor < 0 ? (*text ? " - " : "-") : (*text ? " + " : ""));
    if (factor_size != 1) append(text, size, "%s ", number_exact(number, factor_size));
    append(text, size, "%s", info->params[a->param].name);
}

const char *kind_word(lk_kind kind)
{
    static const char *const words[] = {"pointwise", "rows",      "linear",
                                        "region",    "embedding", "sequence"};
    return words[kind];
}

const char *axis_word(lk_axis axis)
{
    static const char *const words[] = {"residual", "margin", "input"};
    return words[axis];
}

const char *axis_definition(lk_axis axis)
{
    static const char *const definitions[] = {"residual r = prediction - target",
                                              "margin m = y f(x)", "input"};
    return definitions[axis];
}
