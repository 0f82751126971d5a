/* format.h: numbers and tables as text. */
#ifndef LK_CLI_FORMAT_H
#define LK_CLI_FORMAT_H

#include <stddef.h>
#include <stdio.h>

enum { NUMBER_TEXT = 32 };

/* The fewest digits that read back as the same double. */
const char *number_exact(char text[NUMBER_TEXT], double x);
/* Nine digits at most. */
const char *number_readable(char text[NUMBER_TEXT], double x);

/* Bytes of the printable UTF-8 character at text; 0 where there is none. */
size_t character_length(const char *text);
/* Columns on a terminal of a UTF-8 text, where every character takes one. */
int text_width(const char *text);
/* Pads to the width, on the right of the text or, when right is set, on its left. */
void print_cell(FILE *out, const char *text, int width, int right);
/* A paragraph whose lines start at `indent` and break before `width`; the first is already there.
 */
void print_wrapped(FILE *out, const char *text, int indent, int width);

/* Text in HTML. */
void html_text(FILE *out, const char *text);

typedef enum style { STYLE_PLAIN, STYLE_BOLD, STYLE_GOOD, STYLE_BAD, STYLE_FAINT } style;
/* The terminal's escape sequence; "" where the output is no terminal or colour is unwanted. */
const char *style_text(FILE *out, style s);
int is_terminal(FILE *out);

/* Appends to a text of the given size; what does not fit is cut. */
void append(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
