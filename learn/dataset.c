#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "class_rows.h"

static double element(const lk_tensor *t, const char *at)
{
    switch (t->dtype.code << 8 | t->dtype.bits) {
    case LK_F32:
        return (double)*(const float *)(const void *)at;
    case LK_F64:
        return *(const double *)(const void *)at;
    case LK_I32:
        return *(const int32_t *)(const void *)at;
    case LK_I64:
        return (double)*(const int64_t *)(const void *)at;
    default:
        return *(const uint8_t *)at; /* LK_U8, LK_BOOL */
    }
}

static lk_status check_type(const char *what, const lk_tensor *t, int fewest, int most)
{
    const int type = t->dtype.code << 8 | t->dtype.bits;
    if (type != LK_F32 && type != LK_F64 && type != LK_I32 && type != LK_I64 && type != LK_U8 &&
        type != LK_BOOL)
        return lk_fail(LK_INVALID,
                       "dataset: %s has the dtype %d.%d; expected f32, f64, i32, i64, "
                       "u8 or bool",
                       what, t->dtype.code, t->dtype.bits);
    if (t->ndim < fewest || t->ndim > most)
        return lk_fail(LK_INVALID, "dataset: %s has %d dimensions; expected %d%s", what,
                       (int)t->ndim, fewest, most > fewest ? " or one more" : "");
    if (!t->data && t->shape[0] && (t->ndim == 1 || t->shape[1]))
        return lk_fail(LK_INVALID, "dataset: %s has no data", what);
    return LK_OK;
}

/* [N] counts as [N, 1]. */
static lk_status copy(const char *what, const lk_tensor *t, int64_t rows, double **out)
{
    const int64_t columns = t->ndim > 1 ? t->shape[1] : 1;
    if (t->shape[0] != rows)
        return lk_fail(LK_INVALID, "dataset: %s has %lld rows, features have %lld", what,
                       (long long)t->shape[0], (long long)rows);
    if (columns < 0 || rows < 0 || (columns && (uint64_t)rows > SIZE_MAX / 16 / (uint64_t)columns))
        return lk_fail(LK_INVALID, "dataset: %s has the shape [%lld, %lld]", what, (long long)rows,
                       (long long)columns);
    double *data = malloc((size_t)(rows * columns + 1) * sizeof *data);
    if (!data) return lk_fail(LK_NO_MEMORY, "dataset: no memory for %s", what);
    const int64_t down = t->strides ? t->strides[0] : columns;
    const int64_t right = t->strides && t->ndim > 1 ? t->strides[1] : 1;
    const int64_t first = (int64_t)t->byte_offset, width = t->dtype.bits / 8;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            data[i * columns + j] =
                element(t, (const char *)t->data + first + (i * down + j * right) * width);
    *out = data;
    return LK_OK;
}

static lk_status check_numbers(const char *what, const double *x, int64_t rows, int64_t columns,
                               double lowest)
{
    for (int64_t i = 0; x && i < rows * columns; i++)
        if (!isfinite(x[i]) || x[i] < lowest)
            return lk_fail(LK_OUT_OF_DOMAIN,
                           "dataset: %s[%lld, %lld] = %g; expected a finite "
                           "number%s",
                           what, (long long)(i / columns), (long long)(i % columns), x[i],
                           lowest == 0 ? " that is not negative" : "");
    return LK_OK;
}

static lk_status check_all(const lk_dataset *d)
{
    lk_status status = check_numbers("features", d->dense, d->rows, d->features, -HUGE_VAL);
    if (!status) status = check_numbers("target", d->target, d->rows, d->targets, -HUGE_VAL);
    if (!status) status = check_numbers("weight", d->weight, d->rows, 1, 0);
    return status;
}

lk_status lk_dataset_create(const lk_tensor *features, const lk_tensor *target,
                            const lk_tensor *weight, lk_dataset *out)
{
    memset(out, 0, sizeof *out);
    lk_dataset d = *out;
    if (!features) return lk_fail(LK_INVALID, "dataset: features are missing");
    lk_status status = check_type("features", features, 2, 2);
    if (!status && target) status = check_type("target", target, 1, 2);
    if (!status && weight) status = check_type("weight", weight, 1, 1);
    if (status) return status;
    d.rows = features->shape[0];
    d.features = features->shape[1];
    d.targets = !target ? 0 : target->ndim > 1 ? target->shape[1] : 1;
    if (target && d.targets < 1)
        return lk_fail(LK_INVALID, "dataset: target has %lld columns", (long long)d.targets);
    status = copy("features", features, d.rows, &d.dense);
    if (!status && target) status = copy("target", target, d.rows, &d.target);
    if (!status && weight) status = copy("weight", weight, d.rows, &d.weight);
    if (!status) status = check_all(&d);
    if (status)
        lk_dataset_free(&d);
    else
        *out = d;
    return status;
}

static lk_status check_sparse(int64_t rows, int64_t features, const int64_t *starts,
                              const int32_t *columns, const double *values)
{
    if (rows < 0 || features < 0 || features > INT32_MAX || starts[0] != 0)
        return lk_fail(LK_INVALID, "dataset: %lld sparse rows of %lld features, the first at %lld",
                       (long long)rows, (long long)features, (long long)starts[0]);
    for (int64_t i = 0; i < rows; i++) {
        if (starts[i + 1] < starts[i])
            return lk_fail(LK_INVALID, "dataset: row %lld ends before it starts", (long long)i);
        for (int64_t k = starts[i]; k < starts[i + 1]; k++) {
            if (columns[k] < 0 || columns[k] >= features ||
                (k > starts[i] && columns[k] <= columns[k - 1]))
                return lk_fail(LK_INVALID,
                               "dataset: column %d in row %lld; expected ascending "
                               "ones in [0, %lld)",
                               (int)columns[k], (long long)i, (long long)features);
            if (!isfinite(values[k]))
                return lk_fail(LK_OUT_OF_DOMAIN,
                               "dataset: features[%lld, %d] = %g; expected a "
                               "finite number",
                               (long long)i, (int)columns[k], values[k]);
        }
    }
    return LK_OK;
}

/* A copy with room for at least one element; NULL and a sentence without memory. */
static void *duplicate(const void *from, size_t count, size_t size)
{
    void *to = malloc(count * size + size);
    if (!to)
        (void)lk_fail(LK_NO_MEMORY, "dataset: no memory for %zu numbers", count);
    else if (count)
        memcpy(to, from, count * size);
    return to;
}

lk_status lk_dataset_create_sparse(int64_t rows, int64_t features, const int64_t *starts,
                                   const int32_t *columns, const double *values,
                                   const double *target, const double *weight, lk_dataset *out)
{
    memset(out, 0, sizeof *out);
    lk_status status = check_sparse(rows, features, starts, columns, values);
    if (status) return status;
    const size_t n = (size_t)rows, stored = (size_t)starts[rows];
    lk_dataset d = {.rows = rows, .features = features, .targets = target ? 1 : 0};
    d.starts = duplicate(starts, n + 1, sizeof *starts);
    d.columns = duplicate(columns, stored, sizeof *columns);
    d.values = duplicate(values, stored, sizeof *values);
    if (target) d.target = duplicate(target, n, sizeof *target);
    if (weight) d.weight = duplicate(weight, n, sizeof *weight);
    if (!d.starts || !d.columns || !d.values || (target && !d.target) || (weight && !d.weight))
        status = LK_NO_MEMORY;
    if (!status) status = check_all(&d);
    if (status)
        lk_dataset_free(&d);
    else
        *out = d;
    return status;
}

void lk_dataset_free(lk_dataset *d)
{
    free(d->dense);
    free(d->starts);
    free(d->columns);
    free(d->values);
    free(d->target);
    free(d->weight);
    memset(d, 0, sizeof *d);
}

lk_status lk_dataset_set_classes(lk_dataset *d, int64_t classes)
{
    if (classes < 1 || d->targets != 1)
        return lk_fail(LK_INVALID,
                       "dataset: %lld classes for %lld targets; expected at least 1 of "
                       "one target",
                       (long long)classes, (long long)d->targets);
    const lk_status status = lk_check_classes("dataset", d, classes);
    if (!status) d->classes = classes;
    return status;
}

/* ---- rows of rows -------------------------------------------------------------------------------
 */

static lk_status take_lines(const double *from, int64_t width, int64_t n, const int64_t *rows,
                            double **out)
{
    if (!from) return LK_OK;
    *out = malloc((size_t)(n * width + 1) * sizeof **out);
    if (!*out) return lk_fail(LK_NO_MEMORY, "dataset: no memory for %lld rows", (long long)n);
    for (int64_t i = 0; i < n; i++)
        memcpy(*out + i * width, from + rows[i] * width, (size_t)width * sizeof **out);
    return LK_OK;
}

static lk_status take_sparse(const lk_dataset *d, int64_t n, const int64_t *rows, lk_dataset *t)
{
    t->starts = malloc((size_t)(n + 1) * sizeof *t->starts);
    if (!t->starts) return lk_fail(LK_NO_MEMORY, "dataset: no memory for %lld rows", (long long)n);
    t->starts[0] = 0;
    for (int64_t i = 0; i < n; i++)
        t->starts[i + 1] = t->starts[i] + d->starts[rows[i] + 1] - d->starts[rows[i]];
    const size_t stored = (size_t)t->starts[n];
    t->columns = malloc((stored + 1) * sizeof *t->columns);
    t->values = malloc((stored + 1) * sizeof *t->values);
    if (!t->columns || !t->values)
        return lk_fail(LK_NO_MEMORY, "dataset: no memory for %zu numbers", stored);
    for (int64_t i = 0; i < n; i++) {
        const int64_t from = d->starts[rows[i]], to = t->starts[i];
        const size_t count = (size_t)(t->starts[i + 1] - to);
        memcpy(t->columns + to, d->columns + from, count * sizeof *t->columns);
        memcpy(t->values + to, d->values + from, count * sizeof *t->values);
    }
    return LK_OK;
}

lk_status lk_dataset_take(const lk_dataset *d, int64_t n, const int64_t *rows, lk_dataset *out)
{
    memset(out, 0, sizeof *out);
    if (n < 0) return lk_fail(LK_INVALID, "dataset: %lld rows to take", (long long)n);
    for (int64_t i = 0; i < n; i++)
        if (rows[i] < 0 || rows[i] >= d->rows)
            return lk_fail(LK_INVALID, "dataset: rows[%lld] = %lld is outside [0, %lld)",
                           (long long)i, (long long)rows[i], (long long)d->rows);
    lk_dataset t = {
        .rows = n, .features = d->features, .targets = d->targets, .classes = d->classes};
    lk_status status = take_lines(d->dense, d->features, n, rows, &t.dense);
    if (!status && !d->dense) status = take_sparse(d, n, rows, &t);
    if (!status) status = take_lines(d->target, d->targets, n, rows, &t.target);
    if (!status) status = take_lines(d->weight, 1, n, rows, &t.weight);
    if (status)
        lk_dataset_free(&t);
    else
        *out = t;
    return status;
}
