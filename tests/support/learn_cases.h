/* learn_cases.h: committed cases of numbers by name: lines `case KIND NAME` and `KEY NUMBER...`. */
#ifndef LK_TEST_LEARN_CASES_H
#define LK_TEST_LEARN_CASES_H

#include <stdint.h>
#include <stdio.h>

enum { CASE_ARRAYS = 40, CASE_WORD = 32 };

typedef struct case_array {
    char key[CASE_WORD];
    int64_t n;
    double *numbers;
    int64_t *integers; /* the same, rounded towards 0 */
} case_array;

typedef struct case_file {
    FILE *file;
    char *line; /* the next one */
    char kind[CASE_WORD], name[CASE_WORD];
    case_array arrays[CASE_ARRAYS];
    int n_arrays;
} case_file;

void case_open(case_file *c, const char *path); /* below tests/ */
int case_next(case_file *c);                    /* 0 at the end, where it is closed */
/* NULL when the case has no such key. */
const case_array *case_find(const case_file *c, const char *key);
/* Those that the case must have. */
const case_array *case_array_of(const case_file *c, const char *key);
double case_number(const case_file *c, const char *key);
/* Each of n numbers within 1e-12 of the case's, relative to those above 1. */
void case_expect(const case_file *c, const char *key, const double *got, int64_t n);
void case_expect_number(const case_file *c, const char *key, double got);

#endif
