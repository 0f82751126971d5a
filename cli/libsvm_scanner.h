/* libsvm_scanner.h: the words of a LIBSVM text: one `label index:value ...` a line, indices
 * ascending from 1, comments after '#'. */
#ifndef LK_CLI_LIBSVM_SCANNER_H
#define LK_CLI_LIBSVM_SCANNER_H

#include "source.h"

typedef struct libsvm_token {
    const char *text;
    size_t length;
    int64_t line;
    int64_t column; /* of its first character, from 1 */
} libsvm_token;

typedef struct libsvm_reader {
    const source *s;
    size_t at, line_begin;
    int64_t line;
} libsvm_reader;

int libsvm_open(const source *s, libsvm_reader *reader, error *e);

/* The label of the next row that there is, or 0. */
int libsvm_next_row(libsvm_reader *reader, libsvm_token *label);
int libsvm_label(const libsvm_reader *reader, const libsvm_token *label, double *value, error *e);

/* The next pair of the row: 1, 0 at the row's end, -1 and a sentence. index is the one before it, 0
 * at first, and becomes its own. */
int libsvm_next_pair(libsvm_reader *reader, int64_t *index, double *value, error *e);

#endif
