#include "losskit.h"

#include <stdarg.h>
#include <stdio.h>

static _Thread_local char text[512];

const char *lk_last_error(void) { return text; }

lk_status lk_fail(lk_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return status;
}
