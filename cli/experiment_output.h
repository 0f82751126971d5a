/* experiment_output.h: what experiments wrote down, as text, JSON and pages. */
#ifndef LK_CLI_EXPERIMENT_OUTPUT_H
#define LK_CLI_EXPERIMENT_OUTPUT_H

#include "cli_error.h"
#include "record.h"

#include <jansson.h>

enum { CHECK_TEXT = 256, CELL_TEXT = 1024 };

/* Everything but the figures. */
void experiment_print(const experiment *x);
/* A row for each experiment, and what does not hold. */
void experiments_print_summary(const experiment *all, int n);

/* Schema 1. The caller releases it. */
json_t *experiments_json(const experiment *all, int n);

/* DIR/index.html, one page without scripts that needs no other file, and DIR/results.json. The
 * directory is made where there is none. */
int experiments_report(const experiment *all, int n, const char *directory, error *e);
/* Whether it could be written there. Makes the directory, too. */
int experiments_report_try(const char *directory, error *e);

#endif
