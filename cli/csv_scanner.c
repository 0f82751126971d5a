#include "csv_scanner.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

csv_place csv_place_of(const csv_field *f)
{
    csv_place p;
    snprintf(p.text, sizeof p.text, "line %lld, column %lld", (long long)f->line,
             (long long)f->column);
    return p;
}

static const char *text_at(const csv_reader *r) { return (const char *)r->s->bytes + r->at; }

/* The length of the line end at offset at: 0 where there is none. */
static size_t line_end(const source *s, size_t at)
{
    if (at < s->size && s->bytes[at] == '\n') return 1;
    return at + 1 < s->size && s->bytes[at] == '\r' && s->bytes[at + 1] == '\n' ? 2 : 0;
}

/* Where the last row ends: before all the line ends that close the text. */
static size_t find_end(const source *s, size_t start)
{
    size_t end = s->size;
    while (end > start && s->bytes[end - 1] == '\n') {
        end--;
        if (end > start && s->bytes[end - 1] == '\r') end--;
    }
    return end;
}

static size_t plain_length(const csv_reader *r)
{
    const unsigned char *const b = r->s->bytes, delimiter = (unsigned char)r->delimiter;
    size_t at = r->at;
    while (at < r->end && b[at] != delimiter && b[at] != '\n' &&
           !(b[at] == '\r' && line_end(r->s, at)))
        at++;
    return at - r->at;
}

/* From the opening quote; a line end within the quotes belongs to the field. */
static int quoted_field(csv_reader *r, csv_field *f, error *e)
{
    const source *s = r->s;
    const size_t begin = ++r->at;
    for (; r->at < r->end; r->at++) {
        if (s->bytes[r->at] == '\n') r->line++;
        if (s->bytes[r->at] != '"') continue;
        if (r->at + 1 == r->end || s->bytes[r->at + 1] != '"') break;
        r->at++;
    }
    if (r->at == r->end)
        return error_file(e, s->name, "%s: the quote is never closed", csv_place_of(f).text);
    f->text = (const char *)s->bytes + begin;
    f->length = r->at++ - begin;
    f->quoted = 1;
    const size_t surplus = plain_length(r);
    if (surplus)
        return error_file(e, s->name,
                          "%s: \"%.*s\" follows the closing quote; expected a delimiter",
                          csv_place_of(f).text, text_shown(surplus), text_at(r));
    return 0;
}

int csv_next(csv_reader *r, csv_field *f, error *e)
{
    const source *s = r->s;
    *f = (csv_field){text_at(r), 0, r->line, r->column, 0, 0};
    if (r->at < r->end && s->bytes[r->at] == '"') {
        if (quoted_field(r, f, e)) return -1;
    } else {
        f->length = plain_length(r);
        r->at += f->length;
    }
    const size_t end = r->at < r->end ? line_end(s, r->at) : 0;
    f->ends_row = r->at == r->end || end;
    r->at += f->ends_row ? end : 1;
    r->column = f->ends_row ? 1 : r->column + 1;
    r->line += f->ends_row;
    return 0;
}

int csv_at_end(const csv_reader *r) { return r->at == r->end; }

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
int csv_is_name(const csv_field *f)
{
    double value;
    const number_status status = number_parse(f->text, f->length, &value);
    return status == NUMBER_SYNTAX || status == NUMBER_LONG;
}

int csv_equals(const csv_field *f, const char *key)
{
    size_t i = 0;
    for (; i < f->length && *key; i++, key++) {
        if (f->text[i] != *key) return 0;
        if (f->quoted && f->text[i] == '"') i++;
    }
    return i == f->length && !*key;
}

size_t csv_unquote(const csv_field *f, char *out)
{
    size_t length = 0;
    for (size_t i = 0; i < f->length; i++) {
        out[length++] = f->text[i];
        if (f->quoted && f->text[i] == '"') i++;
    }
    return length;
}

int csv_open(const source *s, csv_table *t, error *e)
{
    size_t start;
    if (text_check(s, &start, e)) return -1;
    csv_reader r = {s, start, find_end(s, start), find_delimiter(s, start), 1, 1};
    *t = (csv_table){.begin = r, .first = r};
    if (csv_at_end(&r)) return error_file(e, s->name, "it holds no row of numbers");
    csv_field f = {0};
    while (!f.ends_row) {
        if (csv_next(&r, &f, e)) return -1;
        t->columns = f.column;
        t->has_header |= csv_is_name(&f);
    }
    if (t->has_header) t->first = r;
    return 0;
}

static int find_name(const csv_table *t, const char *key, int64_t *column, error *e)
{
    csv_reader r = t->begin;
    csv_field f = {0};
    *column = 0;
    while (!f.ends_row) {
        if (csv_next(&r, &f, e)) return -1;
        if (!csv_equals(&f, key)) continue;
        if (*column)
            return error_file(
                e, r.s->name,
                "line 1: the header has \"%s\" more than once; expected the number of "
                "a column, from 1 to %lld",
                key, (long long)t->columns);
        *column = f.column;
    }
    return 0;
}

int csv_find(const csv_table *t, const char *key, int64_t *column, error *e)
{
    *column = 0;
    if (t->has_header && find_name(t, key, column, e)) return -1;
    if (*column) return 0;
    int64_t number = 0;
    const char *p = key;
    for (; *p >= '0' && *p <= '9' && number <= t->columns; p++) number = number * 10 + (*p - '0');
    if (*p || p == key || number < 1 || number > t->columns)
        return error_file(e, t->begin.s->name,
                          "there is no column \"%s\"; expected %sa number from 1 to %lld", key,
                          t->has_header ? "a name of the header or " : "", (long long)t->columns);
    *column = number;
    return 0;
}

int csv_count(const csv_table *t, int64_t *rows, error *e)
{
    *rows = 0;
    csv_reader r = t->first;
    while (!csv_at_end(&r)) {
        csv_field f = {0};
        while (!f.ends_row)
            if (csv_next(&r, &f, e)) return -1;
        if (f.column != t->columns)
            return error_file(e, r.s->name,
                              "line %lld: the number of fields is %lld; expected %lld as in line 1",
                              (long long)f.line, (long long)f.column, (long long)t->columns);
        ++*rows;
    }
    if (*rows == 0)
        return error_file(e, r.s->name, "line 1 is a header, and no row of numbers follows");
    return 0;
}
