#include "support/element_types.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A number with `fraction` fraction bits and the exponent range of `bias`, from its bits. */
static double small_to_double(unsigned bits, int fraction, int bias)
{
    const unsigned exponent = (bits & 0x7fffu) >> fraction;
    const unsigned rest = bits & ((1u << fraction) - 1u);
    const unsigned top = (0x7fffu >> fraction);
    double x;
    if (exponent == top)
        x = rest ? NAN : INFINITY;
    else if (exponent == 0)
        x = ldexp((double)rest, 1 - bias - fraction);
    else
        x = ldexp((double)(rest + (1u << fraction)), (int)exponent - bias - fraction);
    return bits & 0x8000u ? -x : x;
}

/* x / quantum is exact, and adding 2^52 rounds it to an integer, ties to even. A carry out of the
 * fraction raises the exponent, up to infinity. */
static uint16_t small_from_double(double x, int fraction, int bias)
{
    const unsigned sign = signbit(x) ? 0x8000u : 0u, infinity = 0x7fffu >> fraction << fraction;
    if (isnan(x)) return (uint16_t)(infinity | 1u << (fraction - 1));
    const double a = fabs(x);
    if (isinf(x)) return (uint16_t)(sign | infinity);
    int exponent = a > 0 ? ilogb(a) : 1 - bias;
    if (exponent < 1 - bias) exponent = 1 - bias;
    if (exponent > bias) return (uint16_t)(sign | infinity);
    const volatile double shifted = ldexp(a, fraction - exponent) + 0x1p52;
    const unsigned units = (unsigned)(shifted - 0x1p52);
    return (uint16_t)(sign | (((unsigned)(exponent + bias - 1) << fraction) + units));
}

double half_to_double(uint16_t bits) { return small_to_double(bits, 10, 15); }
uint16_t half_from_double(double x) { return small_from_double(x, 10, 15); }
double bfloat_to_double(uint16_t bits) { return small_to_double(bits, 7, 127); }
uint16_t bfloat_from_double(double x) { return small_from_double(x, 7, 127); }

size_t element_width(int dtype) { return (size_t)(dtype & 0xff) / 8; }

const char *element_name(int dtype)
{
    switch (dtype) {
    case LK_F32:
        return "f32";
    case LK_F64:
        return "f64";
    case LK_F16:
        return "f16";
    case LK_BF16:
        return "bf16";
    case LK_I32:
        return "i32";
    case LK_I64:
        return "i64";
    case LK_U8:
        return "u8";
    default:
        return "bool";
    }
}

#define READ(type)                        \
    {                                     \
        type value;                       \
        memcpy(&value, at, sizeof value); \
        return (double)value;             \
    }
#define WRITE(type)                       \
    {                                     \
        const type value = (type)x;       \
        memcpy(at, &value, sizeof value); \
        return;                           \
    }

double element_get(const void *array, int dtype, int64_t index)
{
    const char *at = (const char *)array + index * (int64_t)element_width(dtype);
    uint16_t small;
    switch (dtype) {
    case LK_F32:
        READ(float)
    case LK_F64:
        READ(double)
    case LK_I32:
        READ(int32_t)
    case LK_I64:
        READ(int64_t)
    case LK_U8:
    case LK_BOOL:
        READ(uint8_t)
    case LK_F16:
        memcpy(&small, at, sizeof small);
        return half_to_double(small);
    case LK_BF16:
        memcpy(&small, at, sizeof small);
        return bfloat_to_double(small);
    default:
        abort();
    }
}

void element_set(void *array, int dtype, int64_t index, double x)
{
    char *at = (char *)array + index * (int64_t)element_width(dtype);
    uint16_t small;
    uint8_t byte;
    switch (dtype) {
    case LK_F32:
        WRITE(float)
    case LK_F64:
        WRITE(double)
    case LK_I32:
        WRITE(int32_t)
    case LK_I64:
        WRITE(int64_t)
    case LK_U8:
    case LK_BOOL:
        byte = (uint8_t)(int64_t)x;
        memcpy(at, &byte, sizeof byte);
        return;
    case LK_F16:
        small = half_from_double(x);
        break;
    case LK_BF16:
        small = bfloat_from_double(x);
        break;
    default:
        abort();
    }
    memcpy(at, &small, sizeof small);
}

int element_same(const void *a, int64_t i, const void *b, int64_t k, int dtype)
{
    const int64_t width = (int64_t)element_width(dtype);
    const char *p = (const char *)a + i * width, *q = (const char *)b + k * width;
    if (!memcmp(p, q, (size_t)width)) return 1;
    return isnan(element_get(p, dtype, 0)) && isnan(element_get(q, dtype, 0));
}

int64_t first_difference(const void *a, const void *b, int dtype, int64_t n)
{
    if (n == 0 || !memcmp(a, b, (size_t)n * element_width(dtype))) return -1;
    for (int64_t i = 0; i < n; i++)
        if (!element_same(a, i, b, i, dtype)) return i;
    return -1;
}
