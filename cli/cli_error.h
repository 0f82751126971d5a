/* The one sentence with which a step of the command line fails. */
#ifndef LK_CLI_ERROR_H
#define LK_CLI_ERROR_H

typedef struct error {
    char text[512];
    int refused; /* the words are well formed, but what they ask for does not exist: not usage */
} error;

/* Both return -1, so that a failing step can end with `return error_set(...)`. Control characters
 * and what is no UTF-8 become '?': the sentences quote foreign bytes and are shown on a terminal.
 */
int error_set(error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The sentence of the library's last failure; returns -1. */
int error_library(error *e);

/* Marks the failure as refused; returns -1. */
int error_refuse(error *e);

/* "NAME: sentence"; a long name is shortened at its front so that the sentence survives. */
int error_file(error *e, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
