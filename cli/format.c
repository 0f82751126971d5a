#include "format.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *number_digits(char text[NUMBER_TEXT], double x, int digits)
{
    if (isnan(x))
        snprintf(text, NUMBER_TEXT, "nan");
    else
        snprintf(text, NUMBER_TEXT, "%.*g", digits, x);
    return text;
}

const char *number_exact(char text[NUMBER_TEXT], double x)
{
    /* Ten is 10, not 1e+01. */
    const double size = fabs(x);
    int digits = size >= 10 && size < 1e6 ? 1 + (int)log10(size) : 1;
    do number_digits(text, x, digits);
    while (isfinite(x) && strtod(text, NULL) != x && ++digits <= 17);
    return text;
}

const char *number_readable(char text[NUMBER_TEXT], double x) { return number_digits(text, x, 9); }

/* The second byte rules out long forms, surrogates, and what lies past the last code point. */
static int is_second(const unsigned char *p)
{
    const int lowest = *p == 0xe0 ? 0xa0 : *p == 0xf0 ? 0x90 : 0x80;
    const int highest = *p == 0xed ? 0x9f : *p == 0xf4 ? 0x8f : 0xbf;
    return p[1] >= lowest && p[1] <= highest;
}

size_t character_length(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    if (*p < 0x80) return *p >= 0x20 && *p != 0x7f;
    const size_t length = *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;
    if (!length || !is_second(p)) return 0;
    for (size_t i = 2; i < length; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    const int control = length == 2 && p[0] == 0xc2 && p[1] < 0xa0;
    const int no_character = p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe; /* U+FFFE, U+FFFF */
    return control || no_character ? 0 : length;
}

int text_width(const char *text)
{
    int width = 0;
    for (; *text; text++) width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void print_spaces(FILE *out, int count) { fprintf(out, "%*s", count > 0 ? count : 0, ""); }

void print_cell(FILE *out, const char *text, int width, int right)
{
    const int space = width - text_width(text);
    if (right) print_spaces(out, space);
    fputs(text, out);
    if (!right) print_spaces(out, space);
}

void print_wrapped(FILE *out, const char *text, int indent, int width)
{
    int column = indent, first = 1;
    while (*text) {
        const size_t length = strcspn(text, " ");
        char word[256];
        snprintf(word, sizeof word, "%.*s", (int)length, text);
        const int columns = text_width(word);
        if (!first && column + 1 + columns > width) {
            fputc('\n', out);
            print_spaces(out, indent);
            column = indent;
        } else if (!first) {
            fputc(' ', out);
            column++;
        }
        fwrite(text, 1, length, out);
        column += columns;
        first = 0;
        text += length;
        while (*text == ' ') text++;
    }
    fputc('\n', out);
}

int is_terminal(FILE *out)
{
    const char *kind = getenv("TERM");
    return isatty(fileno(out)) && kind && strcmp(kind, "dumb") != 0;
}

const char *style_text(FILE *out, style s)
{
    static const char *const codes[] = {"\033[0m", "\033[1m", "\033[32m", "\033[31m", "\033[2m"};
    const char *unwanted = getenv("NO_COLOR");
    return is_terminal(out) && !(unwanted && *unwanted) ? codes[s] : "";
}

void append(char *text, size_t size, const char *format, ...)
{
    const size_t used = strlen(text);
    va_list args;
    va_start(args, format);
    if (used + 1 < size) vsnprintf(text + used, size - used, format, args);
    va_end(args);
}

void html_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        const char *const entity = *text == '<'   ? "&lt;"
                                   : *text == '>' ? "&gt;"
                                   : *text == '&' ? "&amp;"
                                   : *text == '"' ? "&quot;"
                                                  : NULL;
        if (entity)
            fputs(entity, out);
        else
            fputc(*text, out);
    }
}
