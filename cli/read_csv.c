#include "losskit.h"
#include "source.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* Comma, semicolon or tab separated numbers, quoted or not, with or without a header row. */

typedef struct reader {
    const source *s;
    size_t at;
    char delimiter;
    int64_t line;
    int64_t column; /* of the field that comes next, from 1 */
} reader;

typedef struct field {
    const char *text; /* within the quotes, where doubled ones stay doubled */
    size_t length;
    int64_t line, column;
    int quoted;
    int ends_row;
} field;

typedef struct table {
    reader first; /* at the first row of numbers */
    int64_t rows, columns;
    int has_header;
    int64_t chosen; /* the only column wanted, or 0 for all */
} table;

typedef struct place {
    char text[64];
} place;

static place place_of(const field *f)
{
    place p;
    snprintf(p.text, sizeof p.text, "line %lld, column %lld", (long long)f->line,
             (long long)f->column);
    return p;
}

static const char *text_at(const reader *r) { return (const char *)r->s->bytes + r->at; }

/* The length of the line end at offset at: 0 where there is none. */
static size_t line_end(const source *s, size_t at)
{
    if (at < s->size && s->bytes[at] == '\n') return 1;
    return at + 1 < s->size && s->bytes[at] == '\r' && s->bytes[at + 1] == '\n' ? 2 : 0;
}

static size_t plain_length(const reader *r)
{
    size_t at = r->at;
    while (at < r->s->size && r->s->bytes[at] != (unsigned char)r->delimiter && !line_end(r->s, at))
        at++;
    return at - r->at;
}

/* From the opening quote; a line end within the quotes belongs to the field. */
static int quoted_field(reader *r, field *f, error *e)
{
    const source *s = r->s;
    const size_t begin = ++r->at;
    for (; r->at < s->size; r->at++) {
        if (s->bytes[r->at] == '\n') r->line++;
        if (s->bytes[r->at] != '"') continue;
        if (r->at + 1 == s->size || s->bytes[r->at + 1] != '"') break;
        r->at++;
    }
    if (r->at == s->size)
        return error_file(e, s->name, "%s: the quote is never closed", place_of(f).text);
    f->text = (const char *)s->bytes + begin;
    f->length = r->at++ - begin;
    f->quoted = 1;
    const size_t surplus = plain_length(r);
    if (surplus)
        return error_file(e, s->name,
                          "%s: \"%.*s\" follows the closing quote; expected a delimiter",
                          place_of(f).text, text_shown(surplus), text_at(r));
    return 0;
}

static int next_field(reader *r, field *f, error *e)
{
    const source *s = r->s;
    *f = (field){text_at(r), 0, r->line, r->column, 0, 0};
    if (r->at < s->size && s->bytes[r->at] == '"') {
        if (quoted_field(r, f, e)) return -1;
    } else {
        f->length = plain_length(r);
        r->at += f->length;
    }
    const size_t end = line_end(s, r->at);
    f->ends_row = r->at == s->size || end;
    r->at += f->ends_row ? end : 1;
    r->column = f->ends_row ? 1 : r->column + 1;
    r->line += f->ends_row;
    return 0;
}

/* Whether nothing but line ends is left. */
static int at_end(const reader *r)
{
    size_t at = r->at;
    for (size_t step; (step = line_end(r->s, at)) > 0;) at += step;
    return at == r->s->size;
}

/* The first row decides: a tab, else a semicolon, else a comma, outside quotes. */
static char find_delimiter(const source *s, size_t at)
{
    int tab = 0, semicolon = 0, quoted = 0;
    for (; at < s->size && (quoted || !line_end(s, at)); at++) {
        const unsigned char c = s->bytes[at];
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        tab |= c == '\t';
        semicolon |= c == ';';
    }
    if (tab) return '\t';
    return semicolon ? ';' : ',';
}

/* An empty field does not make a header: it may be a missing number, which must not go unseen. */
static int looks_like_name(const field *f)
{
    double value;
    const number_status status = number_parse(f->text, f->length, &value);
    return status == NUMBER_SYNTAX || status == NUMBER_LONG;
}

static int equals_key(const field *f, const char *key)
{
    size_t i = 0;
    for (; i < f->length && *key; i++, key++) {
        if (f->text[i] != *key) return 0;
        if (f->quoted && f->text[i] == '"') i++;
    }
    return i == f->length && !*key;
}

/* Reads the first row for its columns, for a header and for the column named key. */
static int read_header(reader *r, const char *key, table *t, error *e)
{
    int64_t named = 0;
    int twice = 0;
    field f = {0};
    while (!f.ends_row) {
        if (next_field(r, &f, e)) return -1;
        t->columns = f.column;
        t->has_header |= looks_like_name(&f);
        if (key && equals_key(&f, key)) {
            twice = named != 0;
            named = f.column;
        }
    }
    if (!t->has_header) return 0;
    if (twice)
        return error_file(e, r->s->name,
                          "line 1: the header has \"%s\" more than once; add \":NUMBER\" with a "
                          "column from 1 to %lld",
                          key, (long long)t->columns);
    t->chosen = named;
    return 0;
}

static int choose_by_number(const source *s, const char *key, table *t, error *e)
{
    int64_t number = 0;
    const char *p = key;
    for (; *p >= '0' && *p <= '9' && number <= t->columns; p++) number = number * 10 + (*p - '0');
    if (*p == '\0' && p > key && number >= 1 && number <= t->columns) {
        t->chosen = number;
        return 0;
    }
    return error_file(e, s->name, "there is no column \"%s\"; expected %sa number from 1 to %lld",
                      key, t->has_header ? "a name of the header or " : "", (long long)t->columns);
}

static int count_rows(table *t, error *e)
{
    reader r = t->first;
    while (!at_end(&r)) {
        field f = {0};
        while (!f.ends_row)
            if (next_field(&r, &f, e)) return -1;
        if (f.column != t->columns)
            return error_file(e, r.s->name,
                              "line %lld: the number of fields is %lld; expected %lld as in line 1",
                              (long long)f.line, (long long)f.column, (long long)t->columns);
        t->rows++;
    }
    if (t->rows == 0)
        return error_file(e, r.s->name, "line 1 is a header, and no row of numbers follows");
    return 0;
}

static int measure(const source *s, const char *key, table *t, error *e)
{
    size_t start;
    if (text_check(s, &start, e)) return -1;
    const reader begin = {s, start, find_delimiter(s, start), 1, 1};
    *t = (table){.first = begin};
    reader r = begin;
    if (at_end(&r)) return error_file(e, s->name, "it holds no row of numbers");
    if (read_header(&r, key, t, e)) return -1;
    if (t->has_header) t->first = r;
    if (key && !t->chosen && choose_by_number(s, key, t, e)) return -1;
    return count_rows(t, e);
}

static int fill(const table *t, double *out, error *e)
{
    reader r = t->first;
    while (!at_end(&r)) {
        field f = {0};
        while (!f.ends_row) {
            if (next_field(&r, &f, e)) return -1;
            if (t->chosen && f.column != t->chosen) continue;
            const number_status status = number_parse(f.text, f.length, out++);
            if (status) return number_refuse(status, r.s, place_of(&f).text, f.text, f.length, e);
        }
    }
    return 0;
}

int csv_parse(const source *s, const char *key, array *out, error *e)
{
    *out = (array){0};
    table t;
    if (measure(s, key, &t, e)) return -1;
    const int64_t shape[2] = {t.rows, t.columns};
    const int ndim = t.chosen || t.columns == 1 ? 1 : 2;
    if (array_allocate(out, LK_F64, ndim, shape, s->name, s->limit, e)) return -1;
    if (fill(&t, out->data, e) == 0) return 0;
    array_free(out);
    return -1;
}
