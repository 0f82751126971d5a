/* isa.c: the one place that chooses kernels. */
#include "isa.h"

#include <stdlib.h>
#include <string.h>

#include "losskit.h"

static int always(void) { return 1; }

#define DECLARE(set) extern const lk_kernel_table lk_kernels_##set##_f32, lk_kernels_##set##_f64;
#define SET(name, set, supported)                                         \
    {                                                                     \
        name, supported, &lk_kernels_##set##_f32, &lk_kernels_##set##_f64 \
    }

#if defined(LK_HAVE_V4) || defined(LK_HAVE_V3) || defined(LK_HAVE_V2)
/* __builtin_cpu_supports reads CPUID and, for AVX and AVX-512, XGETBV: the system must save the
 * registers too. */
static int v2(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("ssse3") &&
           __builtin_cpu_supports("popcnt");
}
static int v3(void)
{
    return v2() && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}
static int v4(void)
{
    return v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512cd");
}
DECLARE(v2)
DECLARE(v3)
DECLARE(v4)
#endif
DECLARE(baseline)

#if defined(__x86_64__)
#define BASELINE "x86-64"
#elif defined(__aarch64__)
#define BASELINE "neon"
#else
#define BASELINE "portable"
#endif

static const lk_isa isas[] = {
#ifdef LK_HAVE_V4
    SET("x86-64-v4", v4, v4),
#endif
#ifdef LK_HAVE_V3
    SET("x86-64-v3", v3, v3),
#endif
#ifdef LK_HAVE_V2
    SET("x86-64-v2", v2, v2),
#endif
    SET(BASELINE, baseline, always),
};
enum { ISAS = sizeof isas / sizeof *isas };

static const lk_isa *_Atomic chosen; /* threads that race here choose the same */

const lk_isa *lk_isa_at(int index) { return index >= 0 && index < ISAS ? &isas[index] : NULL; }

void lk_isa_use(const lk_isa *isa) { chosen = isa; }

static const lk_isa *choose(void)
{
    const char *cap = getenv("LOSSKIT_ISA");
    int first = 0;
    for (int i = 0; cap && i < ISAS; i++)
        if (!strcmp(cap, isas[i].name)) first = i;
    while (!isas[first].supported()) first++;
    return &isas[first];
}

const lk_isa *lk_isa_current(void)
{
    const lk_isa *isa = chosen;
    if (!isa) chosen = isa = choose();
    return isa;
}

const char *lk_isa_name(void) { return lk_isa_current()->name; }
