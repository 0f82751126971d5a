/* completion.c: completion scripts of shells from the option tables. The names of losses are asked
 * of the program itself, so that a script outlives an update. */
#include "options.h"

#include <stdio.h>
#include <string.h>

typedef enum value_kind { VALUE_NONE, VALUE_FILE, VALUE_WORDS, VALUE_LOSS, VALUE_OTHER } value_kind;

static value_kind kind_of(const struct poptOption *o)
{
    if (!o->argDescrip) return VALUE_NONE;
    if (strstr(o->argDescrip, "FILE") || !strcmp(o->argDescrip, "OUT") ||
        !strcmp(o->argDescrip, "DIR"))
        return VALUE_FILE;
    if (!strcmp(o->argDescrip, "LOSS")) return VALUE_LOSS;
    return strchr(o->argDescrip, '|') ? VALUE_WORDS : VALUE_OTHER;
}

static int is_shown(const struct poptOption *o) { return !(o->argInfo & POPT_ARGFLAG_DOC_HIDDEN); }

static int takes_losses(const command *c) { return strstr(c->arguments, "NAME") != NULL; }

/* Arguments that are no losses are files. */
static int takes_files(const command *c) { return c->name && c->most != 0 && !takes_losses(c); }

static void print_words(const char *argument)
{
    char word[OPTION_NAME];
    for (int k = 0; choice_word(argument, k, word, sizeof word); k++)
        printf("%s%s", k ? " " : "", word);
}

static void print_names(const option_table *table)
{
    for (const struct poptOption *o = table->entries; o->longName; o++)
        if (is_shown(o)) printf(" --%s", o->longName);
}

static const char list_losses[] = "losskit list 2>/dev/null | sed '1d;s/ .*//'";
static const char zsh_losses[] = "losskit list 2>/dev/null | sed \"1d;s/ .*//\""; /* in quotes */

static void bash_case(const command *c)
{
    option_table table;
    option_table_fill(&table, c);
    printf("    %s)\n        case $previous in\n", c->name ? c->name : "''");
    for (const struct poptOption *o = table.entries; o->longName; o++) {
        const value_kind kind = kind_of(o);
        if (kind == VALUE_NONE || !is_shown(o)) continue;
        printf("        ");
        if (o->shortName) printf("-%c|", o->shortName);
        printf("--%s) ", o->longName);
        if (kind == VALUE_FILE) printf("COMPREPLY=($(compgen -f -- \"$word\"))");
        if (kind == VALUE_OTHER) printf("COMPREPLY=()");
        if (kind == VALUE_LOSS)
            printf("COMPREPLY=($(compgen -W \"$(%s)\" -- \"$word\"))", list_losses);
        if (kind == VALUE_WORDS) {
            printf("COMPREPLY=($(compgen -W '");
            print_words(o->argDescrip);
            printf("' -- \"$word\"))");
        }
        printf("; return ;;\n");
    }
    printf("        esac\n        options='");
    print_names(&table);
    printf("'\n        words='");
    for (const command *const *k = commands; !c->name && *k; k++) printf(" %s", (*k)->name);
    printf("'\n");
    if (c->name && takes_losses(c)) printf("        words=$(%s)\n", list_losses);
    if (takes_files(c)) printf("        files=yes\n");
    printf("        ;;\n");
}

static void print_bash(void)
{
    printf("# bash completion of losskit\n"
           "_losskit()\n{\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
           "    local command='' options='' words='' files=''\n"
           "    [ \"$COMP_CWORD\" -gt 1 ] && command=${COMP_WORDS[1]}\n"
           "    COMPREPLY=()\n"
           "    case $command in\n");
    bash_case(&program);
    for (const command *const *c = commands; *c; c++) bash_case(*c);
    printf("    esac\n"
           "    case $word in\n"
           "    -*) words=$options ;;\n"
           "    *) [ -z \"$files\" ] || { COMPREPLY=($(compgen -f -- \"$word\")); return; } ;;\n"
           "    esac\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
           "}\n"
           "complete -o filenames -F _losskit losskit\n");
}

/* Brackets, colons and quotes mean something inside an _arguments specification. */
static void zsh_text(const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", stdout);
        else if (strchr("[]:", *text))
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

static void zsh_option(const struct poptOption *o)
{
    const value_kind kind = kind_of(o);
    const int many = (o->argInfo & POPT_ARG_MASK) == POPT_ARG_ARGV;
    printf(" \\\n            '%s--%s%s[", many ? "*" : "", o->longName,
           kind == VALUE_NONE ? "" : "=");
    zsh_text(o->descrip);
    putchar(']');
    if (kind == VALUE_FILE) printf(":file:_files");
    if (kind == VALUE_LOSS) printf(":loss:($(%s))", zsh_losses);
    if (kind == VALUE_OTHER) {
        printf(":");
        zsh_text(o->argDescrip);
        printf(":");
    }
    if (kind == VALUE_WORDS) {
        printf(":value:(");
        print_words(o->argDescrip);
        putchar(')');
    }
    putchar('\'');
}

static void zsh_case(const command *c)
{
    option_table table;
    option_table_fill(&table, c);
    printf("        %s)\n            _arguments", c->name);
    for (const struct poptOption *o = table.entries; o->longName; o++)
        if (is_shown(o)) zsh_option(o);
    if (takes_losses(c)) printf(" \\\n            '*:loss:($(%s))'", zsh_losses);
    if (takes_files(c)) printf(" \\\n            '*:file:_files'");
    printf(" ;;\n");
}

static void print_zsh(void)
{
    printf("#compdef losskit\n_losskit()\n{\n    local -a commands\n    commands=(\n");
    for (const command *const *c = commands; *c; c++) {
        printf("        '%s:", (*c)->name);
        zsh_text((*c)->purpose);
        printf("'\n");
    }
    printf("    )\n    if (( CURRENT == 2 )); then\n        _describe command commands\n"
           "        _arguments");
    option_table table;
    option_table_fill(&table, &program);
    for (const struct poptOption *o = table.entries; o->longName; o++) zsh_option(o);
    printf("\n    else\n        local chosen=$words[2]\n        shift words\n"
           "        (( CURRENT-- ))\n        case $chosen in\n");
    for (const command *const *c = commands; *c; c++) zsh_case(*c);
    printf("        esac\n    fi\n}\n_losskit \"$@\"\n");
}

static void fish_text(const char *text)
{
    putchar('\'');
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\') putchar('\\');
        putchar(*text);
    }
    putchar('\'');
}

static void fish_options(const command *c)
{
    option_table table;
    option_table_fill(&table, c);
    char condition[96] = "__fish_use_subcommand";
    if (c->name) snprintf(condition, sizeof condition, "__fish_seen_subcommand_from %s", c->name);
    for (const struct poptOption *o = table.entries; o->longName; o++) {
        if (!is_shown(o)) continue;
        const value_kind kind = kind_of(o);
        printf("complete -c losskit -n '%s' -l %s", condition, o->longName);
        if (o->shortName) printf(" -s %c", o->shortName);
        if (kind == VALUE_FILE) printf(" -r -F");
        if (kind == VALUE_OTHER) printf(" -x");
        if (kind == VALUE_LOSS) printf(" -x -a \"(%s)\"", list_losses);
        if (kind == VALUE_WORDS) {
            printf(" -x -a '");
            print_words(o->argDescrip);
            putchar('\'');
        }
        printf(" -d ");
        fish_text(o->descrip);
        putchar('\n');
    }
    if (c->name && takes_losses(c))
        printf("complete -c losskit -n '%s' -a \"(%s)\"\n", condition, list_losses);
    if (takes_files(c)) printf("complete -c losskit -n '%s' -F\n", condition);
}

static void print_fish(void)
{
    printf("# fish completion of losskit\ncomplete -c losskit -f\n");
    for (const command *const *c = commands; *c; c++) {
        printf("complete -c losskit -n __fish_use_subcommand -a %s -d ", (*c)->name);
        fish_text((*c)->purpose);
        putchar('\n');
    }
    fish_options(&program);
    for (const command *const *c = commands; *c; c++) fish_options(*c);
}

int completion_print(const char *shell)
{
    static const struct {
        const char *shell;
        void (*print)(void);
    } scripts[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    for (size_t k = 0; k < sizeof scripts / sizeof *scripts; k++)
        if (!strcmp(scripts[k].shell, shell)) {
            scripts[k].print();
            return 0;
        }
    return -1;
}
