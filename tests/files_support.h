/* What the tests of the file layer share. */
#ifndef LK_TESTS_FILES_SUPPORT_H
#define LK_TESTS_FILES_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "source.h"

/* A file under construction. */
typedef struct bytes {
    unsigned char data[4096];
    size_t size;
} bytes;

void put(bytes *b, const void *data, size_t size);
void put_text(bytes *b, const char *text);
void put_little(bytes *b, uint64_t value, int size);

/* An .npy of the version with the header text as it is. */
bytes npy_bytes(int version, const char *header, const void *data, size_t size);

/* Compressed; window: what zlib calls windowBits: of gzip GZIP_WINDOW, of a bare stream -15. */
enum { GZIP_WINDOW = 31 };
bytes deflated(const void *data, size_t size, int window);
bytes gzip(const void *data, size_t size);

/* The file as a reader sees it, with a limit of 1 MiB. */
source source_of(const char *name, const bytes *b);

/* A new empty directory, and its end with all that it holds. */
void enter_scratch(void);
void leave_scratch(void);
size_t scratch_entries(void);
void write_file(const char *path, const void *data, size_t size);
bytes read_back(const char *path);

/* The step has failed with just this sentence; out is empty. */
void expect_sentence(int status, const array *out, const error *e, const char *sentence);

/* The array has this dtype and shape and these values, and is freed. */
void expect_array(int status, array *a, const error *e, int dtype, const char *shape,
                  const double *values);

#define TEXT_BYTES(text) text, sizeof(text) - 1

#endif
