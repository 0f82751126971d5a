#include "libsvm_scanner.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

typedef struct place {
    char text[64];
} place;

static place place_of(const libsvm_token *t)
{
    place p;
    snprintf(p.text, sizeof p.text, "line %lld, column %lld", (long long)t->line,
             (long long)t->column);
    return p;
}

static int is_blank(unsigned char c) { return c == ' ' || c == '\t' || c == '\r'; }

/* The text holds no zeros. */
static int ends_token(unsigned char c) { return is_blank(c) || c == '\n' || c == '#'; }

/* The next token of the line; 0 at its end or before a comment. */
static int next_token(libsvm_reader *r, libsvm_token *t)
{
    const unsigned char *const b = r->s->bytes;
    const size_t size = r->s->size;
    size_t at = r->at;
    while (at < size && is_blank(b[at])) at++;
    const size_t begin = at;
    while (at < size && !ends_token(b[at])) at++;
    r->at = at;
    *t = (libsvm_token){(const char *)b + begin, at - begin, r->line,
                        (int64_t)(begin - r->line_begin) + 1};
    return at > begin;
}

static void next_line(libsvm_reader *r)
{
    const unsigned char *b = r->s->bytes + r->at;
    const unsigned char *end = memchr(b, '\n', r->s->size - r->at);
    r->at = end ? r->at + (size_t)(end - b) + 1 : r->s->size;
    r->line_begin = r->at;
    r->line++;
}

int libsvm_open(const source *s, libsvm_reader *r, error *e)
{
    size_t start;
    if (text_check(s, &start, e)) return -1;
    *r = (libsvm_reader){s, start, start, 1};
    return 0;
}

int libsvm_next_row(libsvm_reader *r, libsvm_token *label)
{
    if (r->at > r->line_begin) next_line(r);
    for (; r->at < r->s->size; next_line(r))
        if (next_token(r, label)) return 1;
    return 0;
}

int libsvm_label(const libsvm_reader *r, const libsvm_token *t, double *value, error *e)
{
    const number_status status = number_parse(t->text, t->length, value);
    return status ? number_refuse(status, r->s, place_of(t).text, t->text, t->length, e) : 0;
}

/* The first row has to begin `number digits:`, which no row of a numeric CSV does. */
int libsvm_is(const source *s)
{
    error ignored;
    libsvm_reader r;
    libsvm_token t;
    double label;
    if (libsvm_open(s, &r, &ignored) || !libsvm_next_row(&r, &t)) return 0;
    if (number_parse(t.text, t.length, &label) || !next_token(&r, &t)) return 0;
    size_t digits = 0;
    while (digits < t.length && t.text[digits] >= '0' && t.text[digits] <= '9') digits++;
    return digits > 0 && digits < t.length && t.text[digits] == ':';
}

static int parse_index(const source *s, const libsvm_token *t, size_t length, int64_t *index,
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
    if (value <= *index)
        return error_file(e, s->name, "%s: index %lld; expected one above %lld (from 1, ascending)",
                          place_of(t).text, (long long)value, (long long)*index);
    *index = value;
    return 0;
}

int libsvm_next_pair(libsvm_reader *r, int64_t *index, double *value, error *e)
{
    libsvm_token t;
    if (!next_token(r, &t)) return 0;
    const source *s = r->s;
    const char *colon = memchr(t.text, ':', t.length);
    if (!colon || colon == t.text)
        return error_file(e, s->name, "%s: \"%.*s\"; expected INDEX:VALUE", place_of(&t).text,
                          text_shown(t.length), t.text);
    const size_t before = (size_t)(colon - t.text);
    if (before == 3 && memcmp(t.text, "qid", 3) == 0)
        return error_file(e, s->name, "%s: query identifiers (qid) are not read",
                          place_of(&t).text);
    if (parse_index(s, &t, before, index, e)) return -1;
    const char *text = colon + 1;
    const size_t length = t.length - before - 1;
    const number_status status = number_parse(text, length, value);
    return status ? number_refuse(status, s, place_of(&t).text, text, length, e) : 1;
}
