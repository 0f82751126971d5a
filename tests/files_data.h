/* files_data.h: what the tests of data sets share. */
#ifndef LK_TESTS_FILES_DATA_H
#define LK_TESTS_FILES_DATA_H

#include "data_parts.h"
#include "files_support.h"

/* cmocka's set-up and tear-down: a scratch directory. */
int enter(void **state);
int leave(void **state);

void write_text(const char *path, const char *text);

/* data_file_read() succeeds, or fails with just this sentence and leaves nothing. */
data_file read_well(const data_request *q);
void refuse(const data_request *q, const char *sentence);

/* The same of text in memory called "a". */
data_file parse_well(const data_request *q, const char *text);
void parse_badly(const data_request *q, const char *text, const char *sentence);

void expect_numbers(const double *found, const double *values, int64_t n);
#define EXPECT(found, ...)                               \
    expect_numbers(found, (const double[]){__VA_ARGS__}, \
                   (int64_t)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double)))

/* The names joined by '|'. */
void expect_names(char *const *names, int64_t n, const char *joined);
void expect_shape(const data_file *f, int64_t rows, int64_t features, int64_t classes);

#endif
