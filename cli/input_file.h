/* Whole inputs in memory, within a limit. */
#ifndef LK_CLI_INPUT_FILE_H
#define LK_CLI_INPUT_FILE_H

#include "cli_error.h"

#include <stddef.h>

/* Owned by the receiver, who frees data. */
typedef struct file_bytes {
    unsigned char *data;
    size_t size;
} file_bytes;

const char *input_name(const char *path); /* "standard input" for "-" */

/* Reads a file, a pipe, or standard input for "-". On failure out is empty. */
int input_read(const char *path, size_t limit, file_bytes *out, error *e);

int input_is_gzip(const unsigned char *bytes, size_t size);

/* One or more gzip members and nothing after them, which are no gzip data again. On failure out is
 * empty. */
int input_gunzip(const char *name, const unsigned char *bytes, size_t size, size_t limit,
                 file_bytes *out, error *e);

/* input_read(), and input_gunzip() where it is gzip data. */
int input_read_plain(const char *path, size_t limit, file_bytes *out, error *e);

#endif
