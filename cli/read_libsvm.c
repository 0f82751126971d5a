#include "losskit.h"
#include "source.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* LIBSVM: one `label index:value ...` a line, indices ascending from 1, comments after '#'. */

/* A line of a few bytes can name any index, so that the bytes present bound nothing here. */
#define DENSE_LIMIT ((size_t)1 << 30)

typedef struct token {
    const char *text;
    size_t length;
    int64_t line;
    int64_t column; /* of its first character, from 1 */
} token;

typedef struct reader {
    const source *s;
    size_t at, line_begin;
    int64_t line;
} reader;

/* What a walk over the file finds; labels and features are filled where they are not NULL. */
typedef struct content {
    int64_t rows, columns;
    double *labels, *features;
} content;

typedef struct place {
    char text[64];
} place;

static place place_of(const token *t)
{
    place p;
    snprintf(p.text, sizeof p.text, "line %lld, column %lld", (long long)t->line,
             (long long)t->column);
    return p;
}

/* The next token of the line; 0 at its end or before a comment. */
static int next_token(reader *r, token *t)
{
    const unsigned char *b = r->s->bytes;
    while (r->at < r->s->size && (b[r->at] == ' ' || b[r->at] == '\t' || b[r->at] == '\r')) r->at++;
    const size_t begin = r->at;
    while (r->at < r->s->size && !strchr(" \t\r\n#", b[r->at])) r->at++;
    *t = (token){(const char *)b + begin, r->at - begin, r->line,
                 (int64_t)(begin - r->line_begin) + 1};
    return t->length > 0;
}

static void next_line(reader *r)
{
    const unsigned char *b = r->s->bytes + r->at;
    const unsigned char *end = memchr(b, '\n', r->s->size - r->at);
    r->at = end ? r->at + (size_t)(end - b) + 1 : r->s->size;
    r->line_begin = r->at;
    r->line++;
}

/* The first row has to begin `number digits:`, which no row of a numeric CSV does. */
int libsvm_is(const source *s)
{
    error ignored;
    size_t start;
    if (text_check(s, &start, &ignored)) return 0;
    token t;
    reader r = {s, start, start, 1};
    while (!next_token(&r, &t)) {
        next_line(&r);
        if (r.at == s->size) return 0;
    }
    double label;
    if (number_parse(t.text, t.length, &label) || !next_token(&r, &t)) return 0;
    size_t digits = 0;
    while (digits < t.length && t.text[digits] >= '0' && t.text[digits] <= '9') digits++;
    return digits > 0 && digits < t.length && t.text[digits] == ':';
}

static int parse_index(const source *s, const token *t, size_t length, int64_t last, int64_t *index,
                       error *e)
{
    int64_t value = 0;
    for (size_t i = 0; i < length; i++) {
        const int digit = t->text[i] - '0';
        if (digit < 0 || digit > 9)
            return error_file(e, s->name, "%s: \"%.*s\" is not an index", place_of(t).text,
                              text_shown(length), t->text);
        value = value * 10 + digit;
        if (value > INT32_MAX)
            return error_file(e, s->name, "%s: the index \"%.*s\" is above %d", place_of(t).text,
                              text_shown(length), t->text, INT32_MAX);
    }
    if (value <= last)
        return error_file(e, s->name, "%s: index %lld; expected one above %lld (from 1, ascending)",
                          place_of(t).text, (long long)value, (long long)last);
    *index = value;
    return 0;
}

/* index:value; last is the index before it and becomes its own. */
static int parse_pair(const source *s, const token *t, int64_t *last, double *value, error *e)
{
    const char *colon = memchr(t->text, ':', t->length);
    if (!colon || colon == t->text)
        return error_file(e, s->name, "%s: \"%.*s\"; expected INDEX:VALUE", place_of(t).text,
                          text_shown(t->length), t->text);
    const size_t before = (size_t)(colon - t->text);
    if (before == 3 && memcmp(t->text, "qid", 3) == 0)
        return error_file(e, s->name, "%s: query identifiers (qid) are not read", place_of(t).text);
    if (parse_index(s, t, before, *last, last, e)) return -1;
    const char *text = colon + 1;
    const size_t length = t->length - before - 1;
    const number_status status = number_parse(text, length, value);
    return status ? number_refuse(status, s, place_of(t).text, text, length, e) : 0;
}

static int walk_row(reader *r, const token *label, content *c, error *e)
{
    double value;
    const number_status status = number_parse(label->text, label->length, &value);
    if (status)
        return number_refuse(status, r->s, place_of(label).text, label->text, label->length, e);
    if (c->labels) c->labels[c->rows] = value;
    double *row = c->features ? c->features + c->rows * c->columns : NULL;
    int64_t index = 0;
    token t;
    while (next_token(r, &t)) {
        if (parse_pair(r->s, &t, &index, &value, e)) return -1;
        if (row) row[index - 1] = value;
    }
    if (index > c->columns) c->columns = index;
    c->rows++;
    return 0;
}

static int walk(const source *s, content *c, error *e)
{
    size_t start;
    if (text_check(s, &start, e)) return -1;
    reader r = {s, start, start, 1};
    for (; r.at < s->size; next_line(&r)) {
        token label;
        if (next_token(&r, &label) && walk_row(&r, &label, c, e)) return -1;
    }
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
