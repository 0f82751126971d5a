/* What the text formats share. */
#ifndef LK_CLI_TEXT_H
#define LK_CLI_TEXT_H

#include "source.h"

enum { TEXT_SHOWN = 40 }; /* characters of a field that a sentence quotes */

typedef enum number_status {
    NUMBER_OK,
    NUMBER_EMPTY,
    NUMBER_SYNTAX,
    NUMBER_RANGE,
    NUMBER_LONG
} number_status;

/* Reads all of text as one decimal number, nan or inf; spaces and tabs around it are allowed.
 * Hexadecimal, "nan(...)" and a decimal comma are not. The process is in the C locale. */
number_status number_parse(const char *text, size_t length, double *value);

/* Says what is wrong with a field, as in `line 3, column 2: "x" is not a number`. */
int number_refuse(number_status status, const source *s, const char *place, const char *text,
                  size_t length, error *e);

int text_shown(size_t length); /* length cut to TEXT_SHOWN, for "%.*s" */

/* Refuses UTF-16; *start receives the offset past a UTF-8 byte order mark. */
int text_start(const source *s, size_t *start, error *e);
/* The same, and refuses bytes that cannot be a table of numbers. */
int text_check(const source *s, size_t *start, error *e);

#endif
