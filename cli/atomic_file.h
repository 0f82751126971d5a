/* Output files that appear whole or not at all.
 *
 * A regular file is written under a temporary name in its own directory and renamed into place by
 * the commit, which first flushes, syncs and closes it. It gets the permissions of the file that it
 * replaces, or else what the umask leaves of 0666. "-" is standard output; that and whatever else
 * is no regular file (/dev/null, a named pipe) is written directly. */
#ifndef LK_CLI_ATOMIC_FILE_H
#define LK_CLI_ATOMIC_FILE_H

#include "cli_error.h"

#include <stddef.h>
#include <stdio.h>

typedef struct atomic_file {
    FILE *stream;    /* to write to; NULL once prepared */
    char *name;      /* for sentences */
    char *target;    /* NULL where the stream writes directly */
    char *temporary; /* exists as long as this is not NULL */
} atomic_file;

/* On failure there is nothing to abort. */
int atomic_begin(atomic_file *f, const char *path, error *e);

/* fwrite() whose failure is a sentence; callers of fprintf() may leave the check to the commit. */
int atomic_write(atomic_file *f, const void *data, size_t size, error *e);

/* Both end the file: after a failure the temporary is gone and the old file as it was. */
int atomic_commit(atomic_file *f, error *e);
void atomic_abort(atomic_file *f);

/* Commits several: all are flushed, synced and closed before the first is renamed, and a failure
 * until then leaves every old file as it was. Two outputs to one file are refused. */
int atomic_commit_all(atomic_file *files, size_t count, error *e);

/* The same for one file: begun, written by the writer, committed. Signals that would end the
 * process wait as long as there is a temporary. */
typedef int atomic_writer(atomic_file *f, const void *context, error *e);
int atomic_put(const char *path, atomic_writer *writer, const void *context, error *e);

/* Whether a file could be written there. */
int atomic_try(const char *path, error *e);

/* Whether both are one regular file, or would be. "-" is none. */
int same_file(const char *a, const char *b);

#endif
