#include "elements.h"
#include "source.h"

#include <string.h>

/* The .npy format: magic, version, length, then a Python dictionary as text:
 * {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } */

enum { PREFIX_V1 = 10, PREFIX_V2 = 12 };

static const unsigned char magic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

typedef struct header {
    element_type type;
    int fortran;
    int ndim;
    int64_t shape[LK_ARRAY_MAX_DIMS];
} header;

/* The text between the offsets at and end of the file. */
typedef struct cursor {
    const source *s;
    size_t at, end;
} cursor;

typedef struct span {
    const char *text;
    size_t length;
} span;

int npy_is(const source *s)
{
    return s->size >= sizeof magic && memcmp(s->bytes, magic, sizeof magic) == 0;
}

static int refuse(const cursor *c, const char *expected, error *e)
{
    if (c->at >= c->end)
        return error_file(e, c->s->name, "the header ends at byte %zu; expected %s", c->end,
                          expected);
    return error_file(e, c->s->name, "the header at byte %zu has '%c'; expected %s", c->at,
                      c->s->bytes[c->at], expected);
}

static int peek(cursor *c)
{
    while (c->at < c->end && strchr(" \t\r\n", c->s->bytes[c->at]) && c->s->bytes[c->at]) c->at++;
    return c->at < c->end ? c->s->bytes[c->at] : -1;
}

static int take(cursor *c, int wanted)
{
    if (peek(c) != wanted) return 0;
    c->at++;
    return 1;
}

static int parse_string(cursor *c, span *out, const char *expected, error *e)
{
    const int quote = peek(c);
    if (quote != '\'' && quote != '"') return refuse(c, expected, e);
    const unsigned char *begin = c->s->bytes + c->at + 1;
    const unsigned char *close = memchr(begin, quote, c->end - c->at - 1);
    if (!close) {
        c->at = c->end;
        return refuse(c, "a closing quote", e);
    }
    *out = (span){(const char *)begin, (size_t)(close - begin)};
    c->at += out->length + 2;
    return 0;
}

static int is_word(span s, const char *word)
{
    return s.length == strlen(word) && memcmp(s.text, word, s.length) == 0;
}

static int take_word(cursor *c, const char *word)
{
    const size_t length = strlen(word);
    peek(c);
    if (c->end - c->at < length || memcmp(c->s->bytes + c->at, word, length) != 0) return 0;
    c->at += length;
    return 1;
}

/* '<f4': byte order, kind, size. */
static int element_of(span d, element_type *type)
{
    static const struct {
        char letter;
        element_kind kind;
    } kinds[] = {{'i', ELEMENT_SIGNED},
                 {'u', ELEMENT_UNSIGNED},
                 {'f', ELEMENT_FLOAT},
                 {'b', ELEMENT_BOOL},
                 {'V', ELEMENT_BFLOAT}};
    if (is_word(d, "bfloat16")) {
        *type = (element_type){ELEMENT_BFLOAT, 2, 0};
        return 0;
    }
    if (d.length != 3 || !memchr("<>|=", d.text[0], 4)) return -1;
    const int big = d.text[0] == '>' || (d.text[0] == '=' && host_is_big_endian());
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].letter == d.text[1]) {
            *type = (element_type){kinds[i].kind, d.text[2] - '0', big};
            const int single = type->size == 1 || type->kind == ELEMENT_BFLOAT;
            if (d.text[0] == '|' && !single) return -1;
            return element_dtype(type->kind, type->size) ? 0 : -1;
        }
    return -1;
}

static int parse_descr(cursor *c, header *h, error *e)
{
    if (peek(c) == '[')
        return error_file(e, c->s->name,
                          "the header at byte %zu has a structured dtype; expected one number per "
                          "element",
                          c->at);
    span d;
    if (parse_string(c, &d, "a quoted dtype", e)) return -1;
    const size_t at = (size_t)((const unsigned char *)d.text - c->s->bytes);
    if (d.length >= 2 && d.text[1] == 'O')
        return error_file(e, c->s->name,
                          "the header at byte %zu has dtype '%.*s', Python objects; expected "
                          "numbers",
                          at, (int)d.length, d.text);
    if (element_of(d, &h->type) == 0) return 0;
    return error_file(e, c->s->name,
                      "the header at byte %zu has dtype '%.*s'; expected f2, f4, f8, i1 to i8, u1 "
                      "to u8, b1, or V2 (bfloat16)",
                      at, d.length < 40 ? (int)d.length : 40, d.text);
}

static int parse_order(cursor *c, header *h, error *e)
{
    h->fortran = take_word(c, "True");
    return h->fortran || take_word(c, "False") ? 0 : refuse(c, "True or False", e);
}

static int parse_length(cursor *c, int64_t *length, error *e)
{
    const int first = peek(c);
    if (first == '-')
        return error_file(e, c->s->name, "the shape at byte %zu has a negative length", c->at);
    if (first < '0' || first > '9') return refuse(c, "a length", e);
    const size_t begin = c->at;
    int64_t value = 0;
    for (; c->at < c->end; c->at++) {
        const int digit = c->s->bytes[c->at] - '0';
        if (digit < 0 || digit > 9) break;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return error_file(e, c->s->name,
                              "the shape at byte %zu has a length above the largest int64", begin);
    }
    *length = value;
    return 0;
}

static int parse_shape(cursor *c, header *h, error *e)
{
    if (!take(c, '(')) return refuse(c, "'(' before the shape", e);
    int commas = 0;
    h->ndim = 0;
    while (!take(c, ')')) {
        if (h->ndim > commas) return refuse(c, "',' or ')' in the shape", e);
        if (h->ndim == LK_ARRAY_MAX_DIMS)
            return error_file(e, c->s->name, "the shape at byte %zu has more than %d dimensions",
                              c->at, LK_ARRAY_MAX_DIMS);
        if (parse_length(c, &h->shape[h->ndim], e)) return -1;
        h->ndim++;
        commas += take(c, ',');
    }
    if (h->ndim == 1 && commas == 0) {
        c->at--;
        return refuse(c, "',' after the only length", e);
    }
    return 0;
}

static int parse_entry(cursor *c, header *h, unsigned *seen, error *e)
{
    static const struct {
        const char *key;
        int (*parse)(cursor *, header *, error *);
    } entries[] = {{"descr", parse_descr}, {"fortran_order", parse_order}, {"shape", parse_shape}};
    static const char expected[] = "'descr', 'fortran_order' or 'shape', each once";
    span key;
    const cursor before = *c;
    if (parse_string(c, &key, expected, e)) return -1;
    for (unsigned i = 0; i < sizeof entries / sizeof *entries; i++)
        if (is_word(key, entries[i].key) && !(*seen & 1U << i)) {
            *seen |= 1U << i;
            if (!take(c, ':')) return refuse(c, "':'", e);
            return entries[i].parse(c, h, e);
        }
    return error_file(e, c->s->name, "the header at byte %zu has the key '%.*s'; expected %s",
                      before.at, key.length < 40 ? (int)key.length : 40, key.text, expected);
}

static int parse_header(cursor *c, header *h, error *e)
{
    const size_t begin = c->at;
    unsigned seen = 0;
    int comma = 1;
    if (!take(c, '{')) return refuse(c, "'{'", e);
    while (!take(c, '}')) {
        if (!comma) return refuse(c, "',' or '}'", e);
        if (parse_entry(c, h, &seen, e)) return -1;
        comma = take(c, ',');
    }
    if (seen != 7)
        return error_file(
            e, c->s->name,
            "the header at byte %zu lacks one of 'descr', 'fortran_order' and 'shape'", begin);
    return peek(c) < 0 ? 0 : refuse(c, "nothing after '}'", e);
}

/* Finds the header's text by the version and the length before it. */
static int locate_header(const source *s, cursor *c, error *e)
{
    if (!npy_is(s)) return error_file(e, s->name, "it does not begin with the magic of .npy");
    if (s->size < PREFIX_V2)
        return error_file(e, s->name, "it ends at byte %zu, within the .npy header", s->size);
    const unsigned char *b = s->bytes;
    if (b[6] < 1 || b[6] > 3 || b[7] != 0)
        return error_file(
            e, s->name, "byte 6: .npy version %d.%d; expected version 1.0, 2.0 or 3.0", b[6], b[7]);
    const size_t start = b[6] == 1 ? PREFIX_V1 : PREFIX_V2;
    size_t length = (size_t)b[8] | (size_t)b[9] << 8;
    if (b[6] > 1) length |= (size_t)b[10] << 16 | (size_t)b[11] << 24;
    if (length > s->size - start)
        return error_file(e, s->name,
                          "byte 8: the header is said to have %zu bytes, but only %zu follow",
                          length, s->size - start);
    *c = (cursor){s, start, start + length};
    return 0;
}

int npy_parse(const source *s, array *out, error *e)
{
    *out = (array){0};
    cursor c;
    header h;
    if (locate_header(s, &c, e)) return -1;
    const char *place = c.at == PREFIX_V1 ? "the header at byte 10" : "the header at byte 12";
    if (parse_header(&c, &h, e)) return -1;
    if (elements_expect(s, c.end, &h.type, place, h.ndim, h.shape, e)) return -1;
    return elements_decode(s, c.end, &h.type, h.fortran, h.ndim, h.shape, out, e);
}
