/* float_format.h: a floating-point type, and errors in units of its last place. */
#ifndef LK_TEST_FORMAT_H
#define LK_TEST_FORMAT_H

#include "numbers.h"

typedef struct format {
    const char *name;
    int dtype, bits, min_exponent, max_exponent; /* normal: 2^(min - 1) <= |x| < 2^max */
    double largest;
} format;

extern const format format_f32, format_f64;

double format_round(const format *f, double x);
/* The number `steps` representable ones above x. */
double format_step(const format *f, double x, long steps);

/* |got - want| in units in the last place of the larger of |want| and |term| (NULL: want). Below
 * the normal range the unit is the smallest subnormal. An infinity stands for the power of two
 * after the largest number. A NaN, or a finite result well beyond that, counts as 1e30. */
double format_error(const format *f, double got, num want, num term);

/* The condition number |f'(u) u / f(u)| counted in units of the last place: how many of them (of
 * the larger of |want| and |term|) one unit of u makes; sensitivity = |f'(u) u|. */
double format_condition(const format *f, num u, num sensitivity, num want, num term);

#endif
