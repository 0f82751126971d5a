#include "learn_cases.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LINE = 1 << 16 };

void case_open(case_file *c, const char *path)
{
    char whole[512];
    memset(c, 0, sizeof *c);
    snprintf(whole, sizeof whole, "%s/tests/%s", LOSSKIT_SOURCE_DIR, path);
    c->file = fopen(whole, "r");
    c->line = malloc(LINE);
    if (!c->file || !c->line) fail_msg("%s cannot be read", whole);
    do assert_non_null(fgets(c->line, LINE, c->file));
    while (*c->line == '#');
}

static void clear(case_file *c)
{
    for (int k = 0; k < c->n_arrays; k++) {
        free(c->arrays[k].numbers);
        free(c->arrays[k].integers);
    }
    c->n_arrays = 0;
}

static void read_array(case_file *c, char *line)
{
    assert_true(c->n_arrays < CASE_ARRAYS);
    case_array *a = &c->arrays[c->n_arrays++];
    const size_t key = strcspn(line, " "), room = strlen(line) / 2 + 1;
    assert_true(key < sizeof a->key);
    *a = (case_array){.numbers = malloc(room * sizeof *a->numbers),
                      .integers = malloc(room * sizeof *a->integers)};
    memcpy(a->key, line, key);
    char *at = line + key, *end;
    for (;; at = end) {
        const double x = strtod(at, &end);
        if (end == at) break;
        a->numbers[a->n] = x;
        a->integers[a->n++] = fabs(x) < 1e15 ? (int64_t)x : 0;
    }
    if (at[strspn(at, " \n")]) fail_msg("case %s: %s holds \"%.20s\"", c->name, a->key, at);
}

int case_next(case_file *c)
{
    clear(c);
    if (feof(c->file)) {
        fclose(c->file);
        free(c->line);
        return 0;
    }
    if (sscanf(c->line, "case %31s %31s", c->kind, c->name) != 2)
        fail_msg("\"%.40s\" begins no case", c->line);
    while (fgets(c->line, LINE, c->file) && strncmp(c->line, "case ", 5) != 0)
        read_array(c, c->line);
    return 1;
}

const case_array *case_find(const case_file *c, const char *key)
{
    for (int k = 0; k < c->n_arrays; k++)
        if (!strcmp(c->arrays[k].key, key)) return &c->arrays[k];
    return NULL;
}

const case_array *case_array_of(const case_file *c, const char *key)
{
    const case_array *a = case_find(c, key);
    if (!a) fail_msg("case %s has no %s", c->name, key);
    return a;
}

double case_number(const case_file *c, const char *key)
{
    const case_array *a = case_array_of(c, key);
    assert_int_equal(a->n, 1);
    return a->numbers[0];
}

void case_expect(const case_file *c, const char *key, const double *got, int64_t n)
{
    const case_array *a = case_array_of(c, key);
    if (a->n != n)
        fail_msg("%s %s: %lld of %s; expected %lld", c->kind, c->name, (long long)n, key,
                 (long long)a->n);
    for (int64_t i = 0; i < n; i++) {
        const double want = a->numbers[i], most = 1e-12 * fmax(1, fabs(want));
        if (got[i] != want && !(fabs(got[i] - want) <= most))
            fail_msg("%s %s: %s[%lld] = %.17g; expected %.17g", c->kind, c->name, key, (long long)i,
                     got[i], want);
    }
}

void case_expect_number(const case_file *c, const char *key, double got)
{
    case_expect(c, key, &got, 1);
}
