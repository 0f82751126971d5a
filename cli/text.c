#include "text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The shortest text of any double that is exact needs fewer characters than this. */
enum { NUMBER_CHARACTERS = 1200 };

static int is_digit(char c) { return c >= '0' && c <= '9'; }

static int is_blank(char c) { return c == ' ' || c == '\t'; }

static const char *skip_digits(const char *p)
{
    while (is_digit(*p)) p++;
    return p;
}

static int equals_word(const char *p, const char *word)
{
    while (*word && (*p | 0x20) == *word) {
        p++;
        word++;
    }
    return !*p && !*word;
}

/* strtod() alone would take hexadecimal numbers and leading white space. */
static int is_number(const char *p)
{
    if (*p == '+' || *p == '-') p++;
    if (equals_word(p, "nan") || equals_word(p, "inf") || equals_word(p, "infinity")) return 1;
    const char *whole = skip_digits(p);
    const char *end = *whole == '.' ? skip_digits(whole + 1) : whole;
    const int digits = whole > p || end > whole + 1;
    if (digits && (*end == 'e' || *end == 'E')) {
        const char *power = end + 1;
        if (*power == '+' || *power == '-') power++;
        if (!is_digit(*power)) return 0;
        end = skip_digits(power);
    }
    return digits && !*end;
}

number_status number_parse(const char *text, size_t length, double *value)
{
    while (length && is_blank(text[0])) {
        text++;
        length--;
    }
    while (length && is_blank(text[length - 1])) length--;
    if (length == 0) return NUMBER_EMPTY;
    char copy[NUMBER_CHARACTERS + 1];
    if (length > NUMBER_CHARACTERS) return NUMBER_LONG;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (strlen(copy) != length || !is_number(copy)) return NUMBER_SYNTAX;
    errno = 0;
    *value = strtod(copy, NULL);
    return errno == ERANGE && fabs(*value) > 1 ? NUMBER_RANGE : NUMBER_OK;
}

int text_shown(size_t length) { return length < TEXT_SHOWN ? (int)length : TEXT_SHOWN; }

int number_refuse(number_status status, const source *s, const char *place, const char *text,
                  size_t length, error *e)
{
    const int shown = text_shown(length);
    switch (status) {
    case NUMBER_EMPTY:
        return error_file(e, s->name, "%s: the field is empty; expected a number", place);
    case NUMBER_RANGE:
        return error_file(e, s->name, "%s: \"%.*s\" is beyond the range of a double", place, shown,
                          text);
    case NUMBER_LONG:
        return error_file(e, s->name,
                          "%s: \"%.*s...\" has %zu characters; expected a number of at most %d",
                          place, shown, text, length, NUMBER_CHARACTERS);
    default:
        return error_file(e, s->name, "%s: \"%.*s\" is not a number", place, shown, text);
    }
}

int text_start(const source *s, size_t *start, error *e)
{
    const unsigned char *b = s->bytes;
    *start = s->size >= 3 && memcmp(b, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    if (s->size >= 2 && (memcmp(b, "\xff\xfe", 2) == 0 || memcmp(b, "\xfe\xff", 2) == 0))
        return error_file(e, s->name, "it is UTF-16 text; expected UTF-8");
    return 0;
}

int text_check(const source *s, size_t *start, error *e)
{
    const unsigned char *b = s->bytes;
    if (text_start(s, start, e)) return -1;
    const unsigned char *zero = memchr(b, 0, s->size);
    if (zero)
        return error_file(e, s->name,
                          "byte %zu is zero, so that it is no text; expected .npy, .npz, IDX, CSV "
                          "or LIBSVM",
                          (size_t)(zero - b));
    return 0;
}
