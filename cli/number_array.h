/* number_array.h: arrays of any type as doubles. */
#ifndef LK_CLI_NUMBER_ARRAY_H
#define LK_CLI_NUMBER_ARRAY_H

#include "array.h"

/* Reads as array_read() does; the result is f64. On failure it is empty. */
int number_array_read(const char *spec, array *out, error *e);

#endif
