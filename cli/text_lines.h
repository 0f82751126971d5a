/* The lines of a text file as sequences of bytes, for whoever compares texts line by line. */
#ifndef LK_CLI_TEXT_LINES_H
#define LK_CLI_TEXT_LINES_H

#include "cli_error.h"
#include "input_file.h"
#include "losskit.h"

typedef struct text_lines {
    const char *name; /* for sentences */
    file_bytes bytes; /* the lines without their ends */
    int64_t *offsets;
    int64_t *starts;        /* where each begins in the file, unpacked */
    lk_sequences sequences; /* a view of these; tokens are for the caller to set */
} text_lines;

/* A file, gzipped or not, or standard input for "-". Lines end with LF or CR LF; the last one may
 * lack its end. Must be freed after a failure, too. */
int text_lines_read(const char *path, text_lines *out, error *e);
void text_lines_free(text_lines *lines);

#endif
