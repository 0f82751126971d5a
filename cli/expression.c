#include "expression.h"

#include "catalogue.h"
#include "format.h"
#include "text.h"

#include <math.h>
#include <string.h>

static void skip_spaces(const char **at) { *at += strspn(*at, " \t"); }

/* "0.01*" before a name; the factor's sign has been read. */
static int parse_factor(const char **at, double *factor, error *e)
{
    *factor = 1;
    if (!strchr("0123456789.", **at) || !**at) return 0;
    size_t length = strspn(*at, "0123456789.");
    if ((*at)[length] == 'e' || (*at)[length] == 'E') {
        length++;
        if ((*at)[length] == '+' || (*at)[length] == '-') length++;
        length += strspn(*at + length, "0123456789");
    }
    if (number_parse(*at, length, factor) != NUMBER_OK || !isfinite(*factor))
        return error_set(e, "\"%.*s\" is no factor", text_shown(length), *at);
    *at += length;
    skip_spaces(at);
    if (**at != '*')
        return error_set(e, "after a factor a '*' and a loss are expected, as in 0.5*huber");
    ++*at;
    skip_spaces(at);
    return 0;
}

/* "(name=value, name=value)" */
static int parse_parameters(const char **at, expression_term *term, error *e)
{
    if (**at != '(') return 0;
    const char *end = strchr(*at, ')');
    if (!end) return error_set(e, "\"%.80s\" has no closing parenthesis", *at);
    for (const char *p = *at + 1; p < end;) {
        skip_spaces(&p);
        size_t length = strcspn(p, ",)"), shown = length;
        while (shown && strchr(" \t", p[shown - 1])) shown--;
        char setting[160];
        if (shown >= sizeof setting) return error_set(e, "\"%.40s...\" is too long", p);
        snprintf(setting, sizeof setting, "%.*s", (int)shown, p);
        if (parameters_set(&term->parameters, term->info, setting, e)) return -1;
        p += length + 1;
    }
    *at = end + 1;
    skip_spaces(at);
    return 0;
}

static int parse_term(const char **at, expression_term *term, error *e)
{
    char name[81];
    if (parse_factor(at, &term->factor, e)) return -1;
    const size_t length = strcspn(*at, " \t+-(*");
    if (!length) return error_set(e, "a loss is missing before \"%.80s\"", *at);
    snprintf(name, sizeof name, "%.*s", (int)length, *at);
    term->info = catalogue_find(name, &term->loss, e);
    if (!term->info) return -1;
    parameters_preset(&term->parameters, term->info);
    *at += length;
    skip_spaces(at);
    return parse_parameters(at, term, e);
}

int expression_parse(expression *x, const char *text, error *e)
{
    memset(x, 0, sizeof *x);
    const char *at = text;
    for (int sign = 1;;) {
        skip_spaces(&at);
        if (x->n == 0 && *at == '-') {
            sign = -1;
            at++;
            skip_spaces(&at);
        }
        if (!*at) return error_set(e, "\"%.80s\" ends where a loss is expected", text);
        if (x->n == EXPRESSION_TERMS)
            return error_set(e, "more than %d terms are too many", EXPRESSION_TERMS);
        expression_term *term = &x->terms[x->n++];
        if (parse_term(&at, term, e)) return -1;
        term->factor *= sign;
        if (!*at) break;
        if (*at != '+' && *at != '-')
            return error_set(e, "\"%.80s\" is expected to be + or - and another loss", at);
        sign = *at++ == '-' ? -1 : 1;
    }
    x->is_sum = x->n > 1 || x->terms[0].factor != 1;
    return 0;
}

void expression_text(const expression *x, char *text, size_t size)
{
    *text = '\0';
    for (int k = 0; k < x->n; k++) {
        const expression_term *term = &x->terms[k];
        char number[NUMBER_TEXT], name[256];
        append(text, size, "%s", term->factor < 0 ? (k ? " - " : "-") : k ? " + " : "");
        if (fabs(term->factor) != 1)
            append(text, size, "%s*", number_exact(number, fabs(term->factor)));
        parameters_text(&term->parameters, term->info, 0, name, sizeof name);
        append(text, size, "%s", name);
    }
}
