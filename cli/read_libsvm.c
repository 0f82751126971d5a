#include "libsvm_scanner.h"
#include "losskit.h"

#include <string.h>

/* LIBSVM as arrays: its labels, or its features with all their zeros. */

/* A line of a few bytes can name any index, so that the bytes present bound nothing here. */
#define DENSE_LIMIT ((size_t)1 << 30)

/* What a walk over the file finds; labels and features are filled where they are not NULL. */
typedef struct content {
    int64_t rows, columns;
    double *labels, *features;
} content;

static int walk_row(libsvm_reader *r, const libsvm_token *label, content *c, error *e)
{
    double value;
    if (libsvm_label(r, label, &value, e)) return -1;
    if (c->labels) c->labels[c->rows] = value;
    double *row = c->features ? c->features + c->rows * c->columns : NULL;
    int64_t index = 0;
    int more;
    while ((more = libsvm_next_pair(r, &index, &value, e)) > 0)
        if (row) row[index - 1] = value;
    if (index > c->columns) c->columns = index;
    c->rows++;
    return more;
}

static int walk(const source *s, content *c, error *e)
{
    libsvm_reader r;
    libsvm_token label;
    if (libsvm_open(s, &r, e)) return -1;
    while (libsvm_next_row(&r, &label))
        if (walk_row(&r, &label, c, e)) return -1;
    if (c->rows == 0) return error_file(e, s->name, "it holds no row");
    return 0;
}

static int fill(const source *s, int features, content *measured, array *out, error *e)
{
    const int64_t shape[2] = {measured->rows, measured->columns};
    const size_t limit = features && s->limit > DENSE_LIMIT ? DENSE_LIMIT : s->limit;
    if (array_allocate(out, LK_F64, features ? 2 : 1, shape, s->name, limit, e)) return -1;
    content c = {0, measured->columns, NULL, NULL};
    if (features) {
        memset(out->data, 0, (size_t)out->count * sizeof(double));
        c.features = out->data;
    } else {
        c.labels = out->data;
    }
    if (walk(s, &c, e) == 0) return 0;
    array_free(out);
    return -1;
}

int libsvm_parse(const source *s, const char *key, array *out, error *e)
{
    *out = (array){0};
    const int features = key && strcmp(key, "features") == 0;
    if (key && !features && strcmp(key, "labels") != 0)
        return error_file(e, s->name,
                          "\":%s\" names nothing here; expected \":labels\" or "
                          "\":features\"",
                          key);
    content measured = {0};
    if (walk(s, &measured, e)) return -1;
    return fill(s, features, &measured, out, e);
}
