#include "data_parts.h"
#include "libsvm_scanner.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* LIBSVM as a data set: sparse rows, in one walk. A pair takes four bytes of the text at least and
 * 12 bytes in memory, a row two and 56, so that the text bounds the memory. */

typedef struct growing {
    lk_dataset *data;
    data_labels *labels;
    int64_t row_room, pair_room, pairs;
} growing;

/* What the items hold is kept where this fails. */
static int make_room(void **items, size_t size, int64_t room)
{
    void *larger = realloc(*items, (size_t)room * size);
    if (!larger) return -1;
    *items = larger;
    return 0;
}

static int more_rows(growing *g)
{
    if (g->data->rows < g->row_room) return 0;
    const int64_t room = g->row_room ? 2 * g->row_room : 1024;
    void *starts = g->data->starts, *items = g->labels->items;
    const int failed = make_room(&starts, sizeof *g->data->starts, room + 1) ||
                       make_room(&items, sizeof *g->labels->items, room);
    g->data->starts = starts;
    g->labels->items = items;
    if (!failed) g->row_room = room;
    return failed;
}

static int more_pairs(growing *g)
{
    if (g->pairs < g->pair_room) return 0;
    const int64_t room = g->pair_room ? 2 * g->pair_room : 4096;
    void *columns = g->data->columns, *values = g->data->values;
    const int failed = make_room(&columns, sizeof *g->data->columns, room) ||
                       make_room(&values, sizeof *g->data->values, room);
    g->data->columns = columns;
    g->data->values = values;
    if (!failed) g->pair_room = room;
    return failed;
}

static int read_label(const libsvm_reader *r, const libsvm_token *t, data_label *to, error *e)
{
    *to = (data_label){.text = t->text, .length = t->length, .place = t->line};
    if (memchr(t->text, ',', t->length))
        return error_file(e, r->s->name,
                          "line %lld, column %lld: \"%.*s\" is more than one label; expected one",
                          (long long)t->line, (long long)t->column, text_shown(t->length), t->text);
    if (libsvm_label(r, t, &to->number, e)) return -1;
    if (isfinite(to->number)) return 0;
    return error_file(e, r->s->name,
                      "line %lld, column %lld: the label \"%.*s\"; expected a finite number",
                      (long long)t->line, (long long)t->column, text_shown(t->length), t->text);
}

static int read_pairs(libsvm_reader *r, int64_t most, growing *g, error *e)
{
    lk_dataset *d = g->data;
    int64_t index = 0;
    double value;
    int more;
    while ((more = libsvm_next_pair(r, &index, &value, e)) > 0) {
        if (!isfinite(value))
            return error_file(e, r->s->name,
                              "line %lld: feature %lld is %g; expected a finite number",
                              (long long)r->line, (long long)index, value);
        if (index > d->features) d->features = index;
        if (most && index > most) continue;
        if (more_pairs(g)) return error_file(e, r->s->name, "no memory for its numbers");
        d->columns[g->pairs] = (int32_t)(index - 1);
        d->values[g->pairs++] = value;
    }
    return more;
}

static int read_rows(libsvm_reader *r, int64_t most, growing *g, error *e)
{
    libsvm_token label;
    while (libsvm_next_row(r, &label)) {
        const int64_t row = g->data->rows;
        if (more_rows(g)) return error_file(e, r->s->name, "no memory for its rows");
        if (read_label(r, &label, g->labels->items + row, e)) return -1;
        g->labels->items[row].row = row;
        g->data->starts[row] = g->pairs;
        if (read_pairs(r, most, g, e)) return -1;
        g->data->starts[++g->data->rows] = g->pairs;
    }
    return g->data->rows ? 0 : error_file(e, r->s->name, "it holds no row");
}

int data_read_libsvm(const data_request *q, const source *s, data_file *out, data_labels *labels,
                     error *e)
{
    if (q->label || q->weight)
        return error_file(e, s->name,
                          "LIBSVM has no column \"%s\": the label begins the line, and %s",
                          q->label ? q->label : q->weight, "there are no weights");
    libsvm_reader r;
    growing g = {.data = &out->data, .labels = labels};
    if (libsvm_open(s, &r, e) || read_rows(&r, q->n_features, &g, e)) return -1;
    labels->count = out->data.rows;
    labels->unit = "line";
    if (q->n_features) out->data.features = q->n_features;
    if (more_pairs(&g)) return error_file(e, s->name, "no memory for its numbers");
    return 0;
}
