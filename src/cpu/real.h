/* real.h: the arithmetic type of a loss formula and the handful of operations a formula may use.
 *
 * A translation unit chooses the width with LK_REAL (32 or 64, default 64) and then includes loss
 * files. Nothing here branches, calls libm or knows an instruction set, so a loop over these
 * functions vectorises on any target; the same text is CUDA device code and WebAssembly. */
#ifndef LK_REAL_H
#define LK_REAL_H

#include <stddef.h>
#include <stdint.h>

#ifndef LK_REAL
#define LK_REAL 64
#endif

#ifdef __CUDACC__
#define LK_FN static __device__ __forceinline__
#else
#define LK_FN static inline __attribute__((always_inline, unused))
#endif

#define R(x) ((real)(x)) /* a constant of the arithmetic type */

#if LK_REAL == 32
typedef float real;
typedef int32_t bits; /* an integer as wide as real */
#define R_(name) __builtin_##name##f
#define MANTISSA 23
#define SHIFTER                                                                       \
    R(12582912.0) /* 1.5 * 2^23: adding it leaves the nearest integer in the low bits \
                   */
#else
typedef double real;
typedef int64_t bits;
#define R_(name) __builtin_##name
#define MANTISSA 52
#define SHIFTER R(6755399441055744.0) /* 1.5 * 2^52 */
#endif

LK_FN bits r_bits(real x)
{
    bits b;
    __builtin_memcpy(&b, &x, sizeof b);
    return b;
}
LK_FN real r_from_bits(bits b)
{
    real x;
    __builtin_memcpy(&x, &b, sizeof x);
    return x;
}
LK_FN real r_abs(real x) { return R_(fabs)(x); }
LK_FN real r_copysign(real x, real sign) { return R_(copysign)(x, sign); }
LK_FN real r_max(real a, real b) { return a > b ? a : b; } /* b when either is NaN */
LK_FN real r_min(real a, real b) { return a < b ? a : b; } /* b when either is NaN */
LK_FN real r_sqrt(real x) { return R_(sqrt)(x); }
LK_FN int r_isnan(real x) { return x != x; }

/* a*b + c: one rounding where the target has the instruction, two elsewhere; never a library call.
 */
LK_FN real r_fma(real a, real b, real c)
{
#if defined(__FMA__) || defined(__aarch64__) || defined(__CUDACC__)
    return R_(fma)(a, b, c);
#else
    return a * b + c;
#endif
}

#endif
