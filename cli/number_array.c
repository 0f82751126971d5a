#include "number_array.h"

#include "input_file.h"
#include "integer_array.h"
#include "losskit.h"

#include <math.h>
#include <string.h>

/* Sign, 5 bits of exponent, 10 of fraction. */
static double of_half(uint16_t bits)
{
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    const double size = exponent == 31 ? (fraction ? NAN : HUGE_VAL)
                        : exponent     ? ldexp(1024 + fraction, exponent - 25)
                                       : ldexp(fraction, -24);
    return bits >> 15 ? -size : size;
}

/* The upper half of a float. */
static double of_bfloat(uint16_t bits)
{
    const uint32_t whole = (uint32_t)bits << 16;
    float x;
    memcpy(&x, &whole, sizeof x);
    return x;
}

static double number_at(const array *a, int64_t i)
{
    if (a->dtype == LK_F32) return ((const float *)a->data)[i];
    if (a->dtype == LK_F16) return of_half(((const uint16_t *)a->data)[i]);
    if (a->dtype == LK_BF16) return of_bfloat(((const uint16_t *)a->data)[i]);
    return (double)array_integer(a, i);
}

int number_array_read(const char *spec, array *out, error *e)
{
    array read;
    if (array_read(spec, out, e)) return -1;
    if (out->dtype == LK_F64) return 0;
    read = *out;
    memset(out, 0, sizeof *out);
    const int result =
        array_allocate(out, LK_F64, read.ndim, read.shape, input_name(spec), LK_ARRAY_LIMIT, e);
    double *to = out->data;
    for (int64_t i = 0; i < read.count && !result; i++) to[i] = number_at(&read, i);
    array_free(&read);
    return result;
}
