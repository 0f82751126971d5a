/* kernel_set.h: names and vector shape of the kernels in this translation unit. */
#ifndef LK_KERNEL_SET_H
#define LK_KERNEL_SET_H

#include "pointwise_kernels.h"
#include "real.h"

/* name_<instruction set>_f<width> */
#define LK_JOIN4(a, b, c, d) a##b##c##d
#define LK_NAME4(a, b, c, d) LK_JOIN4(a, b, c, d)
#define LK_SET_NAME(name) LK_NAME4(LK_NAME4(name, _, LK_SET, _f), LK_REAL, , )

#define INLINE static inline __attribute__((always_inline))

#ifdef __clang__
#define SIMD _Pragma("clang loop vectorize(enable)")
#else
#define SIMD _Pragma("omp simd")
#endif
#define LANES(l) SIMD for (int l = 0; l < LK_LANES; l++)

#if defined(__AVX512F__)
enum { VECTOR = 64 };
#elif defined(__AVX__)
enum { VECTOR = 32 };
#else
enum { VECTOR = 16 };
#endif
/* Four native vectors, but whole rounds of lanes. */
enum { WANTED = 4 * VECTOR / (int)sizeof(real), BLOCK = WANTED < LK_LANES ? LK_LANES : WANTED };

#endif
