#include "parameters.h"

#include "format.h"
#include "suggest.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

void parameters_preset(parameters *p, const lk_loss_info *info)
{
    memset(p, 0, sizeof *p);
    for (int k = 0; k < info->n_params; k++) p->values[k] = info->params[k].preset;
}

int parameter_find(const lk_loss_info *info, const char *name)
{
    for (int k = 0; k < info->n_params; k++)
        if (!strcmp(info->params[k].name, name)) return k;
    return -1;
}

static void refuse_name(const lk_loss_info *info, const char *name, error *e)
{
    if (info->n_params == 0) {
        error_set(e, "%s takes no parameters: there is no \"%s\" to set", info->name, name);
        return;
    }
    suggestion s;
    suggest_begin(&s, name);
    char names[256] = "";
    for (int k = 0; k < info->n_params; k++) {
        suggest_consider(&s, info->params[k].name);
        append(names, sizeof names, "%s%s", k ? ", " : "", info->params[k].name);
    }
    const char *hint = suggest_hint(&s, "");
    if (*hint)
        error_set(e, "%s has no parameter \"%s\"%s", info->name, name, hint);
    else
        error_set(e, "%s has no parameter \"%s\"; it takes %s", info->name, name, names);
}

static void allowed_text(const lk_parameter *parameter, char *text, size_t size)
{
    char lowest[NUMBER_TEXT], highest[NUMBER_TEXT];
    snprintf(text, size, "a number in [%s, %s]", number_exact(lowest, parameter->lowest),
             number_exact(highest, parameter->highest));
    for (int k = 0; k < LK_MAX_NAMED; k++)
        if (parameter->named[k].name) append(text, size, " or %s", parameter->named[k].name);
}

static int parse_value(const lk_loss_info *info, const lk_parameter *parameter, const char *text,
                       double *value, error *e)
{
    char allowed[160];
    allowed_text(parameter, allowed, sizeof allowed);
    for (int k = 0; k < LK_MAX_NAMED; k++)
        if (parameter->named[k].name && !strcmp(parameter->named[k].name, text)) {
            *value = parameter->named[k].value;
            return 0;
        }
    const number_status status = number_parse(text, strlen(text), value);
    if (status == NUMBER_RANGE)
        return error_set(e, "%s: %s = %.40s is beyond the range of a double", info->name,
                         parameter->name, text);
    if (status != NUMBER_OK)
        return error_set(e, "%s: %s = \"%.40s\" is not a number; expected %s", info->name,
                         parameter->name, text, allowed);
    for (int k = 0; k < LK_MAX_NAMED; k++)
        if (parameter->named[k].name && parameter->named[k].value == *value) return 0;
    if (*value >= parameter->lowest && *value <= parameter->highest) return 0;
    return error_set(e, "%s: %s = %.40s is out of bounds; expected %s", info->name, parameter->name,
                     text, allowed);
}

int parameters_set(parameters *p, const lk_loss_info *info, const char *text, error *e)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return error_set(e, "\"%.80s\" sets no parameter of %s; expected NAME=VALUE", text,
                         info->name);
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    for (int k = 0; k < info->n_params; k++) {
        if (strcmp(info->params[k].name, name) != 0) continue;
        if (p->set[k]) return error_set(e, "%s: %s is set twice", info->name, name);
        p->set[k] = 1;
        if (!parse_value(info, &info->params[k], equals + 1, &p->values[k], e)) return 0;
        return error_refuse(e);
    }
    refuse_name(info, name, e);
    return error_refuse(e);
}

void parameter_value_text(const lk_parameter *parameter, double value, char *text, size_t size)
{
    char number[NUMBER_TEXT];
    const char *word = number_exact(number, value);
    for (int k = 0; k < LK_MAX_NAMED; k++)
        if (parameter->named[k].name && parameter->named[k].value == value)
            word = parameter->named[k].name;
    snprintf(text, size, "%s", word);
}

void parameters_text(const parameters *p, const lk_loss_info *info, int given, char *text,
                     size_t size)
{
    int shown = 0;
    snprintf(text, size, "%s", info->name);
    for (int k = 0; k < info->n_params; k++) {
        if (given && !p->set[k]) continue;
        char value[NUMBER_TEXT];
        parameter_value_text(&info->params[k], p->values[k], value, sizeof value);
        append(text, size, "%s%s=%s", shown++ ? ", " : "(", info->params[k].name, value);
    }
    if (shown) append(text, size, ")");
}
