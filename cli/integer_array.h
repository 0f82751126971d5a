/* integer_array.h: arrays of integers, which text files hold as floating numbers. */
#ifndef LK_CLI_INTEGER_ARRAY_H
#define LK_CLI_INTEGER_ARRAY_H

#include "array.h"

int array_is_integer(const array *a);
/* Element i of an array of integers. */
int64_t array_integer(const array *a, int64_t i);

/* Integers become f64; other arrays stay as they are. */
int array_widen(array *a, const char *path, error *e);

/* What an array of integers is for: "target 3 is 0.5; ctc takes labels, which are whole numbers" */
typedef struct integer_use {
    const char *path, *array, *loss, *what;
} integer_use;

/* f32 and f64 arrays of whole numbers become i64; other types stay as they are. */
int array_make_integers(array *a, const integer_use *use, error *e);

#endif
