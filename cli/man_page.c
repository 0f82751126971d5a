/* man_page.c: losskit.1 from the option tables. */
#include "losskit.h"
#include "options.h"

#include <stdio.h>
#include <string.h>

/* Roff takes a leading dot or quote as a request, and a dash as a hyphen. */
static void print_roff(const char *text)
{
    if (*text == '.' || *text == '\'') fputs("\\&", stdout);
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else
            putchar(*text);
    }
}

static void print_option(const struct poptOption *o)
{
    if (o->val == OPTION_HEADING) {
        printf(".PP\n");
        print_roff(o->descrip);
        printf(":\n");
    }
    if (o->argInfo & POPT_ARGFLAG_DOC_HIDDEN) return;
    printf(".TP\n");
    if (o->shortName) printf("\\fB\\-%c\\fR, ", o->shortName);
    printf("\\fB\\-\\-");
    print_roff(o->longName);
    printf("\\fR");
    if (o->argDescrip) {
        printf(" \\fI");
        print_roff(o->argDescrip);
        printf("\\fR");
    }
    putchar('\n');
    print_roff(o->descrip);
    printf(".\n");
}

static void print_options(const command *c)
{
    option_table table;
    option_table_fill(&table, c);
    for (const struct poptOption *o = table.entries; o->longName; o++) print_option(o);
}

static void print_synopsis(const command *c)
{
    printf(".br\n\\fBlosskit %s\\fR ", c->name);
    print_roff(c->arguments);
    putchar('\n');
}

static void print_command(const command *c)
{
    printf(".SS \"losskit %s\"\n", c->name);
    print_roff(c->purpose);
    printf(".\n");
    if (c->description) {
        printf(".PP\n");
        print_roff(c->description);
        putchar('\n');
    }
    print_options(c);
}

static void print_examples(void)
{
    printf(".SH EXAMPLES\n");
    for (const command *const *c = commands; *c; c++)
        for (const example *x = (*c)->examples; x && x->line; x++) {
            printf(".TP\n.B ");
            print_roff(x->line);
            putchar('\n');
            print_roff(x->meaning);
            printf(".\n");
        }
}

static const struct {
    const char *name, *text;
} sections[] = {
    {"EXIT STATUS", ".TP\n.B 0\nThe work was done.\n"
                    ".TP\n.B 1\nThe work failed: a file, a number in it, or a check.\n"
                    ".TP\n.B 2\nThe command line is wrong.\n"},
    {"ENVIRONMENT", ".TP\n.B LOSSKIT_ISA\nCaps the instruction set of the kernels.\n"
                    ".TP\n.B LOSSKIT_THREADS\nThe number of threads where none is given.\n"
                    ".TP\n.B NO_COLOR\nNo colour on a terminal when set and not empty.\n"
                    ".TP\n.B TERM\nNo colour and no progress line when it is \"dumb\".\n"},
};

void man_page_print(void)
{
    printf(".TH LOSSKIT 1 \"\" \"losskit %s\" \"User Commands\"\n", lk_version());
    printf(".SH NAME\nlosskit \\- loss functions with value, gradient and curvature\n");
    printf(".SH SYNOPSIS\n.nh\n\\fBlosskit\\fR [\\fB\\-\\-version\\fR|\\fB\\-\\-help\\fR]\n");
    for (const command *const *c = commands; *c; c++) print_synopsis(*c);
    printf(".hy\n.SH DESCRIPTION\n"
           "Evaluates, checks, draws and times the loss functions of the library losskit. Data go "
           "to standard output, messages to standard error.\n.SH OPTIONS\n");
    print_options(&program);
    printf(".SH COMMANDS\n");
    for (const command *const *c = commands; *c; c++) print_command(*c);
    print_examples();
    for (size_t k = 0; k < sizeof sections / sizeof *sections; k++)
        printf(".SH \"%s\"\n%s", sections[k].name, sections[k].text);
}
