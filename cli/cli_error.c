#include "cli_error.h"

#include "losskit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NAME_SHOWN = 160 };

/* The length of the printable UTF-8 character at p, or 0. */
static size_t character_length(const unsigned char *p)
{
    if (*p < 0x80) return *p >= 0x20 && *p != 0x7f;
    const size_t length = *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;
    for (size_t i = 1; i < length; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    const int control = length == 2 && p[0] == 0xc2 && p[1] < 0xa0;
    return control ? 0 : length;
}

static void hide_foreign_bytes(char *text)
{
    unsigned char *p = (unsigned char *)text;
    while (*p) {
        const size_t length = character_length(p);
        if (length == 0) *p = '?';
        p += length ? length : 1;
    }
}

int error_set(error *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
    hide_foreign_bytes(e->text);
    return -1;
}

int error_library(error *e) { return error_set(e, "%s", lk_last_error()); }

int error_refuse(error *e)
{
    e->refused = 1;
    return -1;
}

int error_file(error *e, const char *name, const char *format, ...)
{
    const size_t length = strlen(name);
    const int shorten = length > NAME_SHOWN;
    const char *tail = shorten ? name + (length - NAME_SHOWN) : length ? name : "\"\"";
    const int used = snprintf(e->text, sizeof e->text, "%s%s: ", shorten ? "..." : "", tail);
    if (used < 0) return -1;
    va_list args;
    va_start(args, format);
    vsnprintf(e->text + used, sizeof e->text - (size_t)used, format, args);
    va_end(args);
    hide_foreign_bytes(e->text);
    return -1;
}
