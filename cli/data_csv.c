#include "csv_scanner.h"
#include "data_parts.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A table of numbers and labels as a data set. */

static const char *const label_names[] = {"label", "target", "class", "y"};

static int is_label_name(const csv_field *f)
{
    for (size_t i = 0; i < sizeof label_names / sizeof *label_names; i++)
        if (f->length == strlen(label_names[i]) &&
            strncasecmp(f->text, label_names[i], f->length) == 0)
            return 1;
    return 0;
}

static int is_wanted_name(const data_request *q, const csv_field *f)
{
    const char *const names[] = {q->label, q->weight, q->known_label, q->known_weight};
    int wanted = is_label_name(f);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        wanted |= names[i] && csv_equals(f, names[i]);
    return csv_is_name(f) && wanted;
}

/* Labels may be words, so that words in the first row do not make it a header as they do in a table
 * of numbers alone. */
static int decide_header(const data_request *q, csv_table *t, error *e)
{
    if (!t->has_header) return 0;
    csv_reader first = t->begin, second = t->first;
    int is_header = 0, has_number = 0;
    const int alone = csv_at_end(&second);
    csv_field a = {0}, b = {0};
    while (!a.ends_row && !(b.ends_row && !alone)) {
        if (csv_next(&first, &a, e) || (!alone && csv_next(&second, &b, e))) return -1;
        has_number |= !csv_is_name(&a);
        is_header |= csv_is_name(&a) && !alone && !csv_is_name(&b);
        is_header |= is_wanted_name(q, &a);
    }
    if (is_header || (alone && !has_number)) return 0;
    t->has_header = 0;
    t->first = t->begin;
    return 0;
}

static char *field_name(const csv_field *f)
{
    char *name = malloc(f->length + 1);
    if (name) name[csv_unquote(f, name)] = '\0';
    return name;
}

/* The one column with a name that labels usually have; else the last, or the one before it. */
static int usual_label(const csv_table *t, int64_t weight, int64_t *column, error *e)
{
    int64_t named = 0, count = 0;
    csv_reader r = t->begin;
    csv_field f = {0};
    while (t->has_header && !f.ends_row) {
        if (csv_next(&r, &f, e)) return -1;
        if (f.column == weight || !is_label_name(&f)) continue;
        named = f.column;
        count++;
    }
    *column = count == 1 ? named : t->columns - (t->columns == weight);
    return 0;
}

/* The column that the training has called so; 0: this table has none, or none to spare. */
static int64_t known_column(const csv_table *t, const char *key, int64_t spare)
{
    int64_t column;
    error none;
    return key && spare > 0 && csv_find(t, key, &column, &none) == 0 ? column : 0;
}

static int choose(const data_request *q, const csv_table *t, data_columns *c, error *e)
{
    int64_t usual;
    *c = (data_columns){.count = t->columns};
    if (q->weight && csv_find(t, q->weight, &c->weight, e)) return -1;
    if (!q->weight)
        c->weight = known_column(t, q->known_weight, t->columns - q->n_features - !q->unlabelled);
    if (usual_label(t, c->weight, &usual, e)) return -1;
    const int64_t spare = data_feature_columns(c) - q->n_features;
    if (q->label && csv_find(t, q->label, &c->label, e)) return -1;
    if (!q->label) c->label = known_column(t, q->known_label, q->unlabelled ? spare : 1);
    /* Without its name the label could be anywhere among the columns of a header. */
    if (!q->label && !c->label && q->known_label && t->has_header && !q->unlabelled)
        return csv_find(t, q->known_label, &c->label, e);
    return data_choose_columns(q, t->begin.s->name, usual, c, e);
}

static int keep_names(const csv_table *t, const data_columns *c, data_file *out, error *e)
{
    if (!t->has_header) return 0;
    out->feature_names = calloc((size_t)out->data.features + 1, sizeof *out->feature_names);
    int64_t feature = 0;
    csv_reader r = t->begin;
    csv_field f = {0};
    int complete = out->feature_names != NULL;
    while (complete && !f.ends_row) {
        if (csv_next(&r, &f, e)) return -1;
        char **name = f.column == c->label    ? &out->label_name
                      : f.column == c->weight ? &out->weight_name
                                              : &out->feature_names[feature++];
        *name = field_name(&f);
        complete = *name != NULL;
    }
    return complete ? 0 : error_file(e, r.s->name, "no memory for the names of its columns");
}

/* `line 3, column 2 "radius"`. */
static void place_of(const csv_table *t, const csv_field *f, char *text, size_t size)
{
    int used = snprintf(text, size, "%s", csv_place_of(f).text);
    error ignored;
    csv_reader r = t->begin;
    csv_field name = {0};
    if (!t->has_header || used < 0) return;
    while (name.column != f->column)
        if (csv_next(&r, &name, &ignored)) return;
    snprintf(text + used, size - (size_t)used, " \"%.*s\"", text_shown(name.length), name.text);
}

static int read_number(const csv_table *t, const csv_field *f, int is_weight, double *to, error *e)
{
    number_status status = number_parse(f->text, f->length, to);
    if (!status && isfinite(*to) && (!is_weight || *to >= 0)) return 0;
    char place[128];
    place_of(t, f, place, sizeof place);
    if (status) return number_refuse(status, t->begin.s, place, f->text, f->length, e);
    return error_file(e, t->begin.s->name, "%s: \"%.*s\"; expected a finite number%s", place,
                      text_shown(f->length), f->text,
                      is_weight ? " that is not negative, a weight" : "");
}

/* The pool has room for the whole text of the source, and so for all that is copied out of it. */
static int read_label(const csv_table *t, const csv_field *f, data_labels *labels, data_label *to,
                      error *e)
{
    const source *s = t->begin.s;
    *to = (data_label){.text = f->text, .length = f->length, .place = f->line};
    if (f->quoted && memchr(f->text, '"', f->length)) {
        if (!labels->pool) labels->pool = malloc(s->size);
        if (!labels->pool) return error_file(e, s->name, "no memory for its labels");
        to->text = labels->pool + labels->pooled;
        to->length = csv_unquote(f, labels->pool + labels->pooled);
        labels->pooled += to->length;
    }
    const number_status status = number_parse(to->text, to->length, &to->number);
    if (status == NUMBER_SYNTAX || status == NUMBER_LONG) {
        to->number = NAN;
        return 0;
    }
    if (!status && isfinite(to->number)) return 0;
    char place[128];
    place_of(t, f, place, sizeof place);
    if (status == NUMBER_EMPTY)
        return error_file(e, s->name, "%s: the label is empty; expected a number or a word", place);
    return error_file(e, s->name, "%s: the label \"%.*s\"; expected a finite number or a word",
                      place, text_shown(f->length), f->text);
}

/* Words among the features may be the label, which another column was taken for by its name. */
static int explain_label(const data_columns *c, const data_file *out, error *e)
{
    const error told = *e;
    if (c->label && c->label != c->count && out->label_name)
        return error_set(e, "%s; the label is \"%.40s\", --label names another", told.text,
                         out->label_name);
    return -1;
}

static int fill(const csv_table *t, const data_columns *c, data_file *out, data_labels *labels,
                error *e)
{
    csv_reader r = t->first;
    double *to = out->data.dense;
    for (int64_t row = 0; !csv_at_end(&r); row++) {
        csv_field f = {0};
        while (!f.ends_row) {
            if (csv_next(&r, &f, e)) return -1;
            int status = 0;
            if (f.column == c->label && labels->items)
                status = read_label(t, &f, labels, labels->items + row, e);
            else if (f.column == c->weight)
                status = read_number(t, &f, 1, out->data.weight + row, e);
            else if (f.column != c->label)
                status = read_number(t, &f, 0, to++, e);
            if (status) return explain_label(c, out, e);
        }
    }
    return 0;
}

static int allocate(const data_request *q, const source *s, const data_columns *c, int64_t rows,
                    data_file *out, data_labels *labels, error *e)
{
    array dense, weight = {0};
    const int64_t shape[2] = {rows, data_feature_columns(c)};
    if (array_allocate(&dense, LK_F64, 2, shape, s->name, s->limit, e)) return -1;
    out->data = (lk_dataset){.rows = rows, .features = shape[1], .dense = dense.data};
    if (c->weight && array_allocate(&weight, LK_F64, 1, shape, s->name, s->limit, e)) return -1;
    out->data.weight = weight.data;
    return c->label && !q->unlabelled ? data_labels_allocate(labels, rows, "line", s, e) : 0;
}

int data_read_csv(const data_request *q, const source *s, data_file *out, data_labels *labels,
                  error *e)
{
    csv_table t;
    data_columns c;
    int64_t rows;
    if (csv_open(s, &t, e) || decide_header(q, &t, e) || choose(q, &t, &c, e) ||
        csv_count(&t, &rows, e) || allocate(q, s, &c, rows, out, labels, e) ||
        keep_names(&t, &c, out, e))
        return -1;
    return fill(&t, &c, out, labels, e);
}
