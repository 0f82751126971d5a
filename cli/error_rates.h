/* error_rates.h: lines of two files and the edits between them. */
#ifndef LK_CLI_ERROR_RATES_H
#define LK_CLI_ERROR_RATES_H

#include "cli_error.h"
#include "losskit.h"

#include <stddef.h>

typedef struct text_lines {
    const char *name;
    unsigned char *bytes;
    int64_t lines;
    int64_t *offsets; /* [lines + 1], into bytes, which hold no line ends */
    int64_t *starts;  /* [lines] in the file */
} text_lines;

int is_standard_input(const char *path);

/* Lines end with a newline, or a carriage return and one; the last may lack it. A byte order mark
 * in front is no text. */
int text_lines_read(const char *path, text_lines *lines, error *e);
void text_lines_free(text_lines *lines);

typedef struct error_rates {
    int64_t lines, correct;
    lk_edits *edits; /* [lines] */
    lk_edits total;
    double rate;
} error_rates;

/* texts: hypotheses, references. */
int error_rates_compute(const text_lines texts[2], lk_tokens tokens, error_rates *rates, error *e);
void error_rates_free(error_rates *rates);

#endif
