#include "cli_error.h"

#include "format.h"
#include "losskit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NAME_SHOWN = 160 };

static void hide_foreign_bytes(char *text)
{
    while (*text) {
        const size_t length = character_length(text);
        if (length == 0) *text = '?';
        text += length ? length : 1;
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
