/* options.h: commands and their option tables. One table of popt options per command serves the
 * parser, --help, the man page and the shell completions. */
#ifndef LK_CLI_OPTIONS_H
#define LK_CLI_OPTIONS_H

#include "cli_error.h"

#include <popt.h>
#include <stddef.h>

enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

/* Keys are the `val` of a table's entries; a command numbers its own from OPTION_OWN. */
enum {
    OPTION_HELP = 1,
    OPTION_JSON = 2,
    OPTION_OWN = 3,
    OPTION_HEADING = 999,
    OPTION_ALIAS = 1000
};

/* An entry's argument description tells its kind: words separated by '|' are the only values,
 * FILE and OUT are files; NAME is a loss. POPT_ARG_ARGV marks an option that may be repeated. */
#define OPTION(name, key, meaning, argument)                      \
    {                                                             \
        name, '\0', POPT_ARG_STRING, NULL, key, meaning, argument \
    }
#define OPTION_MANY(name, key, meaning, argument)               \
    {                                                           \
        name, '\0', POPT_ARG_ARGV, NULL, key, meaning, argument \
    }
#define OPTION_FLAG(name, key, meaning)                     \
    {                                                       \
        name, '\0', POPT_ARG_NONE, NULL, key, meaning, NULL \
    }
/* No option but a line above those that follow, in the help and the manual page. popt wants a name,
 * which no argument can have by accident. */
#define OPTIONS_HEADING(text)                                                                      \
    {                                                                                              \
        "\n" text, '\0', POPT_ARG_NONE | POPT_ARGFLAG_DOC_HIDDEN, NULL, OPTION_HEADING, text, NULL \
    }
#define OPTIONS_COMMON                                                            \
    {"json", '\0', POPT_ARG_NONE, NULL, OPTION_JSON, "print JSON", NULL},         \
        {"help", 'h', POPT_ARG_NONE, NULL, OPTION_HELP, "print this help", NULL}, \
    {                                                                             \
        NULL, '\0', 0, NULL, 0, NULL, NULL                                        \
    }

enum { OPTIONS_MAX = 96, OPTION_NAME = 48 };

typedef struct options options;

typedef struct example {
    const char *line, *meaning;
} example;

/* A command's table and what is generated for it, as popt wants it. */
typedef struct option_table {
    struct poptOption entries[OPTIONS_MAX];
    char names[OPTIONS_MAX][OPTION_NAME];
} option_table;

typedef struct command {
    const char *name;      /* NULL for the program itself */
    const char *arguments; /* as the synopsis shows them */
    int fewest, most;      /* arguments; most -1: any number */
    const char *purpose;   /* one line */
    const char *description;
    const struct poptOption *table;
    void (*generate)(option_table *table, size_t *n); /* options before the table's own, or NULL */
    const example *examples;                          /* ends with an empty one */
    int (*run)(const options *o, error *e); /* a STATUS; a sentence in e unless it is STATUS_OK */
} command;

extern const command program;
extern const command *const commands[]; /* ends with NULL */
extern const command list_command, show_command, eval_command, metrics_command, check_command,
    plot_command, bench_command, train_command, predict_command, experiment_command;

void option_table_fill(option_table *table, const command *c);

typedef struct given_option {
    int key;
    const char *name; /* without dashes */
    char *text;       /* NULL for a flag */
} given_option;

struct options {
    const command *command;
    option_table table;
    poptContext context;
    given_option *given;
    size_t n_given;
    const char **arguments;
    int n_arguments;
};

/* argv[0] is the command's name. The options must be freed after a failure, too. */
int options_parse(options *o, const command *c, int argc, const char **argv, error *e);
void options_free(options *o);
void options_help(const options *o); /* to standard output */

/* The option with the key, or NULL when it was not given. */
const given_option *option_find(const options *o, int key);
/* The next one from *place on, which starts at 0: for options that may be repeated. */
const given_option *option_next(const options *o, int key, size_t *place);
const char *option_text(const options *o, int key); /* NULL when it was not given */

/* Each leaves *value alone when the option was not given. A choice is the word's index. */
int option_number(const options *o, int key, double lowest, double highest, double *value,
                  error *e);
int option_integer(const options *o, int key, long lowest, long highest, long *value, error *e);
int option_choice(const options *o, int key, int *value, error *e);

/* The i-th of the words that `argument` separates by '|', or 0 past the last. */
int choice_word(const char *argument, int i, char *word, size_t size);

void man_page_print(void);
int completion_print(const char *shell); /* -1: no such shell */

#endif
