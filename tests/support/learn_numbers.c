#include "support/learn_numbers.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

double *golden_numbers(const char *name, int64_t *count)
{
    FILE *file = fopen(LOSSKIT_SOURCE_DIR "/tests/conformance/balance.txt", "r");
    if (!file) fail_msg("tests/conformance/balance.txt is missing");
    char word[64];
    double *numbers = NULL;
    while (!numbers && fscanf(file, "%63s", word) == 1) {
        long long n;
        if (word[0] == '#') {
            if (fscanf(file, "%*[^\n]") < 0) break;
            continue;
        }
        if (fscanf(file, "%lld", &n) != 1) break;
        const int wanted = !strcmp(word, name);
        if (wanted) numbers = malloc((size_t)(n + 1) * sizeof *numbers);
        for (long long k = 0; k < n && fscanf(file, "%63s", word) == 1; k++)
            if (wanted) numbers[k] = strtod(word, NULL);
        *count = n;
    }
    fclose(file);
    if (!numbers) fail_msg("balance.txt has no %s", name);
    return numbers;
}

static void *copy_of(const double *from, int64_t n)
{
    double *to = malloc((size_t)(n + 1) * sizeof *to);
    assert_non_null(to);
    if (n) memcpy(to, from, (size_t)n * sizeof *to);
    return to;
}

lk_dataset dense_data(int64_t rows, int64_t features, const double *x, const double *target,
                      const double *weight, int64_t classes)
{
    lk_dataset d = {.rows = rows, .features = features, .targets = target ? 1 : 0};
    d.dense = copy_of(x, rows * features);
    if (target) d.target = copy_of(target, rows);
    if (weight) d.weight = copy_of(weight, rows);
    d.classes = classes;
    return d;
}

lk_dataset made_sparse(const lk_dataset *d, double least)
{
    int64_t *starts = calloc((size_t)d->rows + 1, sizeof *starts);
    int32_t *columns = malloc((size_t)(d->rows * d->features + 1) * sizeof *columns);
    double *values = malloc((size_t)(d->rows * d->features + 1) * sizeof *values);
    assert_true(starts && columns && values);
    int64_t n = 0;
    for (int64_t i = 0; i < d->rows; i++) {
        for (int32_t j = 0; j < d->features; j++) {
            const double x = d->dense[i * d->features + j];
            if (x == 0 || x < least) continue;
            columns[n] = j;
            values[n++] = x;
        }
        starts[i + 1] = n;
    }
    lk_dataset s;
    assert_int_equal(lk_dataset_create_sparse(d->rows, d->features, starts, columns, values,
                                              d->target, d->weight, &s),
                     LK_OK);
    s.classes = d->classes;
    free(starts);
    free(columns);
    free(values);
    return s;
}

lk_dataset sparse_data(int64_t rows, int64_t features, const double *x, const double *target,
                       const double *weight, int64_t classes)
{
    lk_dataset dense = dense_data(rows, features, x, target, weight, classes);
    const lk_dataset s = made_sparse(&dense, -HUGE_VAL);
    lk_dataset_free(&dense);
    return s;
}

lk_dataset random_classes(int64_t classes, const int64_t *sizes, int64_t features, uint64_t seed)
{
    int64_t rows = 0;
    for (int64_t c = 0; c < classes; c++) rows += sizes[c];
    int64_t *order = malloc((size_t)(rows + 1) * sizeof *order);
    double *x = malloc((size_t)(rows * features + 1) * sizeof *x);
    double *y = malloc((size_t)(rows + 1) * sizeof *y);
    assert_true(order && x && y);
    lk_random random = {seed};
    for (int64_t i = 0; i < rows; i++) order[i] = i;
    lk_random_shuffle(&random, rows, order);
    int64_t at = 0;
    for (int64_t c = 0; c < classes; c++)
        for (int64_t k = 0; k < sizes[c]; k++, at++) {
            const int64_t i = order[at];
            y[i] = (double)c;
            for (int64_t j = 0; j < features; j++)
                x[i * features + j] = lk_random_normal(&random) + (j == 0 ? 2 * (double)c : 0);
        }
    const lk_dataset d = dense_data(rows, features, x, y, NULL, classes);
    free(order);
    free(x);
    free(y);
    return d;
}

void assert_near(const char *what, int64_t at, double a, double b, double tolerance)
{
    const double room = tolerance * fmax(1, fabs(b));
    if (!(fabs(a - b) <= room) && !(isnan(a) && isnan(b)) && !(isinf(a) && a == b))
        fail_msg("%s[%lld] = %.17g; expected %.17g", what, (long long)at, a, b);
}

void assert_all_near(const char *what, int64_t n, const double *a, const double *b,
                     double tolerance)
{
    for (int64_t i = 0; i < n; i++) assert_near(what, i, a[i], b[i], tolerance);
}

void assert_told(const char *text)
{
    if (!strstr(lk_last_error(), text))
        fail_msg("\"%s\" says nothing of \"%s\"", lk_last_error(), text);
}
