/* float_environment.h: rounding to nearest with gradual underflow while losskit computes: a
 * caller's flush-to-zero on one thread alone would break equal bits. */
#ifndef LK_FLOAT_ENVIRONMENT_H
#define LK_FLOAT_ENVIRONMENT_H

#if defined(__x86_64__)
#include <xmmintrin.h>
typedef unsigned lk_float_environment;
enum { LK_MXCSR_KEPT = 0x3f, LK_MXCSR_DEFAULT = 0x1f80 }; /* exception flags are the caller's */

static inline lk_float_environment lk_enter_float_environment(void)
{
    const unsigned old = _mm_getcsr();
    if ((old & ~(unsigned)LK_MXCSR_KEPT) != LK_MXCSR_DEFAULT) _mm_setcsr(LK_MXCSR_DEFAULT);
    return old;
}

static inline void lk_leave_float_environment(lk_float_environment old)
{
    if ((old & ~(unsigned)LK_MXCSR_KEPT) != LK_MXCSR_DEFAULT) _mm_setcsr(old);
}

#elif defined(__aarch64__)
#include <stdint.h>
typedef uint64_t lk_float_environment;

static inline lk_float_environment lk_enter_float_environment(void)
{
    uint64_t old;
    __asm__ volatile("mrs %0, fpcr" : "=r"(old));
    if (old) __asm__ volatile("msr fpcr, %0" : : "r"(UINT64_C(0)));
    return old;
}

static inline void lk_leave_float_environment(lk_float_environment old)
{
    if (old) __asm__ volatile("msr fpcr, %0" : : "r"(old));
}

#else
#include <fenv.h>
typedef int lk_float_environment;

static inline lk_float_environment lk_enter_float_environment(void)
{
    const int old = fegetround();
    if (old != FE_TONEAREST) fesetround(FE_TONEAREST);
    return old;
}

static inline void lk_leave_float_environment(lk_float_environment old)
{
    if (old != FE_TONEAREST) fesetround(old);
}
#endif

#endif
