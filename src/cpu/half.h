/* half.h: bfloat16 and IEEE half as integers, branch-free so that loops over them vectorise. */
#ifndef LK_HALF_H
#define LK_HALF_H

#include "real.h"

LK_FN float float_from_bits(uint32_t b)
{
    float f;
    __builtin_memcpy(&f, &b, sizeof f);
    return f;
}

LK_FN uint32_t float_bits(float f)
{
    uint32_t b;
    __builtin_memcpy(&b, &f, sizeof b);
    return b;
}

LK_FN float float_from_bf16(uint16_t b) { return float_from_bits((uint32_t)b << 16); }

/* Round to nearest even; the carry out of the fraction moves the exponent as it should. NaN keeps
 * its sign and becomes quiet. */
LK_FN uint16_t bf16_from_float(float f)
{
    const uint32_t b = float_bits(f), rounded = b + 0x7fffu + (b >> 16 & 1u);
    return (uint16_t)((f == f ? rounded : b | 0x400000u) >> 16);
}

/* The exponent is rebased by a multiplication with 2^112, which also normalises subnormals. */
LK_FN float float_from_f16(uint16_t b)
{
    const uint32_t sign = (uint32_t)(b & 0x8000u) << 16, rest = (uint32_t)(b & 0x7fffu) << 13;
    const uint32_t finite = float_bits(float_from_bits(rest) * 0x1p112f);
    return float_from_bits(sign | (rest >= 0x0f800000u ? rest | 0x7f800000u : finite));
}

/* Round to nearest even. Subnormal results: adding 1/2 aligns the last place of a float with 2^-24,
 * the last place of a half. */
LK_FN uint16_t f16_from_float(float f)
{
    const uint32_t b = float_bits(f), sign = b >> 16 & 0x8000u, a = b & 0x7fffffffu;
    const uint32_t small = float_bits(float_from_bits(a) + 0.5f) - 0x3f000000u;
    const uint32_t normal = (a + 0xc8000fffu + (a >> 13 & 1u)) >> 13;
    const uint32_t large = a > 0x7f800000u ? 0x7e00u : 0x7c00u;
    const uint32_t h = a < 0x38800000u ? small : a >= 0x477ff000u ? large : normal;
    return (uint16_t)(sign | h);
}

#endif
