#include "text.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
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

/* 10^22 is the largest power of ten that a double holds exactly. */
enum { EXACT_POWER = 22, EXACT_DIGITS = 19 };

static const char *read_digits(const char *p, const char *end, uint64_t *value)
{
    for (; p < end && is_digit(*p); p++) *value = *value * 10 + (uint64_t)(*p - '0');
    return p;
}

/* Reads "e-5"; *power is then beyond EXACT_POWER where the text is no such exponent. */
static const char *read_exponent(const char *p, const char *end, ptrdiff_t *power)
{
    if (p == end || (*p | 0x20) != 'e') return p;
    const int negative = ++p < end && *p == '-';
    if (negative || (p < end && *p == '+')) p++;
    uint64_t value = 0;
    const char *const digits = p;
    p = read_digits(p, end, &value);
    if (p == digits || p - digits > 2) value = 2 * EXACT_DIGITS + 2 * EXACT_POWER;
    *power += negative ? -(ptrdiff_t)value : (ptrdiff_t)value;
    return p;
}

/* Clinger's fast path: digits that make a whole number up to 2^53, times or over an exact power of
 * ten, is one rounding of the true value, hence correct. 0: the text is not of that kind. */
static int parse_short(const char *p, size_t length, double *value)
{
    static const double powers[EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const char *const end = p + length;
    const int negative = *p == '-';
    if (negative || *p == '+') p++;
    uint64_t digits = 0;
    const char *const whole = p;
    p = read_digits(p, end, &digits);
    ptrdiff_t count = p - whole, power = 0;
    if (p < end && *p == '.') {
        const char *const part = ++p;
        p = read_digits(p, end, &digits);
        power = part - p;
        count -= power;
    }
    if (count == 0 || count > EXACT_DIGITS || digits > (uint64_t)1 << 53) return 0;
    p = read_exponent(p, end, &power);
    if (p != end || power < -EXACT_POWER || power > EXACT_POWER) return 0;
    if (FLT_EVAL_METHOD != 0) return 0; /* the division would round twice */
    const double d = (double)digits;
    const double magnitude = power < 0 ? d / powers[-power] : d * powers[power];
    *value = negative ? -magnitude : magnitude;
    return 1;
}

number_status number_parse(const char *text, size_t length, double *value)
{
    while (length && is_blank(text[0])) {
        text++;
        length--;
    }
    while (length && is_blank(text[length - 1])) length--;
    if (length == 0) return NUMBER_EMPTY;
    if (parse_short(text, length, value)) return NUMBER_OK;
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
