#include "options.h"

#include "format.h"
#include "suggest.h"
#include "text.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void option_table_fill(option_table *t, const command *c)
{
    memset(t, 0, sizeof *t);
    size_t n = 0;
    if (c->generate) c->generate(t, &n);
    for (const struct poptOption *o = c->table; o->longName && n + 1 < OPTIONS_MAX; o++)
        t->entries[n++] = *o;
}

static const struct poptOption *entry_of(const options *o, int key)
{
    const struct poptOption *entry = o->table.entries;
    while (entry->longName && entry->val != key) entry++;
    return entry;
}

static const struct poptOption *entry_named(const options *o, const char *name)
{
    const struct poptOption *entry = o->table.entries;
    while (entry->longName && strcmp(entry->longName, name) != 0) entry++;
    return entry->longName ? entry : NULL;
}

/* popt tells the key alone, but several aliases share one. */
static const char *spelled(const options *o, const char **argv, int argc, int key, const char *text)
{
    for (int k = 1; key == OPTION_ALIAS && k < argc; k++) {
        if (strncmp(argv[k], "--", 2) != 0) continue;
        const size_t length = strcspn(argv[k] + 2, "=");
        const char *value = argv[k][2 + length] ? argv[k] + 3 + length
                            : k + 1 < argc      ? argv[k + 1]
                                                : "";
        char name[OPTION_NAME];
        snprintf(name, sizeof name, "%.*s", (int)length, argv[k] + 2);
        const struct poptOption *entry = entry_named(o, name);
        if (entry && entry->val == OPTION_ALIAS && !strcmp(value, text)) return entry->longName;
    }
    return entry_of(o, key)->longName;
}

static int refuse(const options *o, int code, error *e)
{
    const char *bad = poptBadOption(o->context, 0);
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(bad, "="), bad);
    if (code == POPT_ERROR_NOARG) return error_set(e, "%s needs a value", name);
    if (code == POPT_ERROR_UNWANTEDARG) return error_set(e, "%s takes no value", name);
    if (code != POPT_ERROR_BADOPT) return error_set(e, "%s: %s", name, poptStrerror(code));
    suggestion s;
    suggest_begin(&s, name + strspn(name, "-"));
    for (const struct poptOption *entry = o->table.entries; entry->longName; entry++)
        if (!(entry->argInfo & POPT_ARGFLAG_DOC_HIDDEN)) suggest_consider(&s, entry->longName);
    const char *own = o->command->name;
    return error_set(e, "%s has no option %s%s", own ? own : "losskit", name,
                     suggest_hint(&s, "--"));
}

static int remember(options *o, int key, int argc, const char **argv, error *e)
{
    const struct poptOption *entry = entry_of(o, key);
    const int many = (entry->argInfo & POPT_ARG_MASK) == POPT_ARG_ARGV;
    const int flag = (entry->argInfo & POPT_ARG_MASK) == POPT_ARG_NONE;
    char *text = flag ? NULL : poptGetOptArg(o->context);
    const char *name = spelled(o, argv, argc, key, text ? text : "");
    for (size_t k = 0; k < o->n_given && !many && !flag; k++)
        if (o->given[k].key == key && !strcmp(o->given[k].name, name)) {
            free(text);
            return error_set(e, "--%s is given twice", name);
        }
    given_option *more = realloc(o->given, (o->n_given + 1) * sizeof *more);
    if (!more) {
        free(text);
        return error_set(e, "no memory for the options");
    }
    o->given = more;
    o->given[o->n_given++] = (given_option){key, name, text};
    return 0;
}

static int check_arguments(const options *o, error *e)
{
    const command *c = o->command;
    if (!c->name || option_find(o, OPTION_HELP)) return 0;
    if (o->n_arguments < c->fewest)
        return error_set(e, "%s needs %s; `losskit %s --help` tells more", c->name, c->arguments,
                         c->name);
    if (c->most >= 0 && o->n_arguments > c->most)
        return error_set(e, "%s: \"%.80s\" is one argument too many", c->name,
                         o->arguments[c->most]);
    return 0;
}

int options_parse(options *o, const command *c, int argc, const char **argv, error *e)
{
    memset(o, 0, sizeof *o);
    o->command = c;
    option_table_fill(&o->table, c);
    /* The program's own options end where the command's name begins. */
    o->context = poptGetContext(NULL, argc, argv, o->table.entries,
                                c->name ? 0 : POPT_CONTEXT_POSIXMEHARDER);
    if (!o->context) return error_set(e, "no memory for the options");
    int key;
    while ((key = poptGetNextOpt(o->context)) > 0)
        if (remember(o, key, argc, argv, e)) return -1;
    if (key < -1) return refuse(o, key, e);
    o->arguments = poptGetArgs(o->context);
    while (o->arguments && o->arguments[o->n_arguments]) o->n_arguments++;
    return check_arguments(o, e);
}

void options_free(options *o)
{
    for (size_t k = 0; k < o->n_given; k++) free(o->given[k].text);
    free(o->given);
    poptFreeContext(o->context);
}

enum { HELP_INDENT = 30, HELP_WIDTH = 90 };

static void print_option(const struct poptOption *entry)
{
    if (entry->val == OPTION_HEADING) printf("\n%s:\n", entry->descrip);
    if (entry->argInfo & POPT_ARGFLAG_DOC_HIDDEN) return;
    char start[128] = "  ";
    if (entry->shortName) append(start, sizeof start, "-%c, ", entry->shortName);
    append(start, sizeof start, "--%s", entry->longName);
    if (entry->argDescrip) append(start, sizeof start, " %s", entry->argDescrip);
    print_cell(stdout, start, HELP_INDENT, 0);
    if (text_width(start) + 1 >= HELP_INDENT) printf("\n%*s", HELP_INDENT, "");
    print_wrapped(stdout, entry->descrip, HELP_INDENT, HELP_WIDTH);
}

void options_help(const options *o)
{
    const command *c = o->command;
    printf("%s.\n\nUsage: losskit%s%s %s\n\nOptions:\n", c->purpose, c->name ? " " : "",
           c->name ? c->name : "", c->arguments);
    for (const struct poptOption *entry = o->table.entries; entry->longName; entry++)
        print_option(entry);
    if (c->description) {
        putchar('\n');
        print_wrapped(stdout, c->description, 0, HELP_WIDTH);
    }
    for (const example *x = c->examples; x && x->line; x++)
        printf("%s  %s\n      %s\n", x == c->examples ? "\nExamples:\n" : "", x->line, x->meaning);
}

const given_option *option_next(const options *o, int key, size_t *place)
{
    while (*place < o->n_given) {
        const given_option *g = &o->given[(*place)++];
        if (g->key == key) return g;
    }
    return NULL;
}

const given_option *option_find(const options *o, int key)
{
    size_t place = 0;
    return option_next(o, key, &place);
}

const char *option_text(const options *o, int key)
{
    const given_option *g = option_find(o, key);
    return g ? g->text : NULL;
}

int option_number(const options *o, int key, double lowest, double highest, double *value, error *e)
{
    const given_option *g = option_find(o, key);
    if (!g) return 0;
    const number_status status = number_parse(g->text, strlen(g->text), value);
    if (status == NUMBER_RANGE)
        return error_set(e, "--%s: %.80s is beyond the range of a double", g->name, g->text);
    if (status != NUMBER_OK)
        return error_set(e, "--%s: \"%.80s\" is not a number", g->name, g->text);
    if (*value >= lowest && *value <= highest) return 0;
    if (isnan(*value) && lowest == -HUGE_VAL && highest == HUGE_VAL) return 0;
    char low[NUMBER_TEXT], high[NUMBER_TEXT];
    return error_set(e, "--%s: %.80s is not between %s and %s", g->name, g->text,
                     number_exact(low, lowest), number_exact(high, highest));
}

int option_integer(const options *o, int key, long lowest, long highest, long *value, error *e)
{
    double number = (double)*value;
    if (option_number(o, key, -HUGE_VAL, HUGE_VAL, &number, e)) return -1;
    const given_option *g = option_find(o, key);
    if (!g) return 0;
    if (number != floor(number) || isnan(number))
        return error_set(e, "--%s: %.80s is no whole number", g->name, g->text);
    if (number < (double)lowest || number > (double)highest)
        return error_set(e, "--%s: %.80s is not between %ld and %ld", g->name, g->text, lowest,
                         highest);
    *value = (long)number;
    return 0;
}

int choice_word(const char *argument, int i, char *word, size_t size)
{
    while (argument && i-- > 0) {
        argument = strchr(argument, '|');
        argument = argument ? argument + 1 : NULL;
    }
    if (!argument) return 0;
    snprintf(word, size, "%.*s", (int)strcspn(argument, "|"), argument);
    return 1;
}

int option_choice(const options *o, int key, int *value, error *e)
{
    const given_option *g = option_find(o, key);
    if (!g) return 0;
    const char *argument = entry_of(o, key)->argDescrip;
    suggestion s;
    suggest_begin(&s, g->text);
    char word[OPTION_NAME];
    for (int i = 0; choice_word(argument, i, word, sizeof word); i++) {
        if (!strcmp(word, g->text)) {
            *value = i;
            return 0;
        }
        suggest_consider(&s, word);
    }
    const char *hint = suggest_hint(&s, "");
    if (*hint) return error_set(e, "--%s: there is no \"%.80s\"%s", g->name, g->text, hint);
    return error_set(e, "--%s: there is no \"%.80s\"; expected %s", g->name, g->text, argument);
}
