/* block_kernels.c: what the engine does to a chunk of reals around the formula: conversion of
 * element types, weights, sums. Compiled once per instruction set and width, as
 * pointwise_kernels.c is. */
#include "bit_kernels.h"
#include "ctc_kernels.h"
#include "edit_kernels.h"
#include "embedding_kernels.h"
#include "half.h"
#include "kernel_set.h"
#include "region_kernels.h"
#include "row_kernels.h"

#define SAME(x) (x)

/* Contiguous runs get a loop of their own so that it vectorises. */
#define LOAD(name, type, convert)                                                    \
    static void load_##name(size_t n, const void *from, ptrdiff_t step, void *reals) \
    {                                                                                \
        const type *restrict f = from;                                               \
        real *restrict r = reals;                                                    \
        if (step == 1)                                                               \
            for (size_t i = 0; i < n; i++) r[i] = (real)convert(f[i]);               \
        else                                                                         \
            for (size_t i = 0; i < n; i++, f += step) r[i] = (real)convert(*f);      \
    }
#define STORE(name, type, convert)                                                  \
    static void store_##name(size_t n, const void *reals, void *to, ptrdiff_t step) \
    {                                                                               \
        const real *restrict r = reals;                                             \
        type *restrict t = to;                                                      \
        if (step == 1)                                                              \
            for (size_t i = 0; i < n; i++) t[i] = (type)convert(r[i]);              \
        else                                                                        \
            for (size_t i = 0; i < n; i++, t += step) *t = (type)convert(r[i]);     \
    }
#define F16(x) f16_from_float((float)(x))
#define BF16(x) bf16_from_float((float)(x))

LOAD(f32, float, SAME)
LOAD(f64, double, SAME)
LOAD(f16, uint16_t, float_from_f16)
LOAD(bf16, uint16_t, float_from_bf16)
LOAD(i32, int32_t, SAME)
LOAD(i64, int64_t, SAME)
LOAD(u8, uint8_t, SAME)
STORE(f32, float, SAME)
STORE(f64, double, SAME)
STORE(f16, uint16_t, F16)
STORE(bf16, uint16_t, BF16)

static void fill(size_t n, void *a, double value)
{
    real *r = a;
    const real v = (real)value;
    for (size_t i = 0; i < n; i++) r[i] = v;
}

static void add(size_t n, void *a, const void *b)
{
    real *restrict r = a;
    const real *restrict s = b;
    for (size_t i = 0; i < n; i++) r[i] += s[i];
}

/* A weight of 0 takes an element out, whatever its loss: 0 * inf must not become NaN. */
static void weigh(size_t n, void *a, const void *weight)
{
    real *restrict r = a;
    const real *restrict w = weight;
    for (size_t i = 0; i < n; i++) r[i] = w[i] == R(0) ? R(0) : r[i] * w[i];
}

static void scale(size_t n, void *a, double factor)
{
    real *r = a;
    const real f = (real)factor;
    for (size_t i = 0; i < n; i++) r[i] *= f;
}

static void raise(size_t n, void *a, double lowest)
{
    real *r = a;
    const real low = (real)lowest;
    for (size_t i = 0; i < n; i++) r[i] = r[i] < low ? low : r[i];
}

static void sum(size_t n, const void *a, double *lanes)
{
    const real *r = a;
    double s[LK_LANES];
    __builtin_memcpy(s, lanes, sizeof s);
    size_t i = 0;
    for (; i + LK_LANES <= n; i += LK_LANES)
        for (int l = 0; l < LK_LANES; l++) s[l] += (double)r[i + (size_t)l];
    for (int l = 0; i < n; i++, l++) s[l] += (double)r[i];
    __builtin_memcpy(lanes, s, sizeof s);
}

static size_t keep(size_t n, const void *target, double ignored, void *keeps)
{
    const real *restrict t = target;
    real *restrict k = keeps;
    const real out = (real)ignored;
    const int nan = out != out;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const int skip = nan ? t[i] != t[i] : t[i] == out;
        k[i] = skip ? R(0) : R(1);
        kept += !skip;
    }
    return kept;
}

static void blank(size_t n, void *a, const void *keeps, double value)
{
    real *restrict r = a;
    const real *restrict k = keeps;
    const real v = (real)value;
    for (size_t i = 0; i < n; i++) r[i] = k[i] == R(0) ? v : r[i];
}

static int signs(size_t n, void *target)
{
    real *t = target;
    int bad = 0;
    for (size_t i = 0; i < n; i++) {
        bad |= (t[i] != R(0)) & (t[i] != R(1)) & (t[i] == t[i]);
        t[i] = t[i] + t[i] - R(1);
    }
    return bad;
}

extern lk_kernel *const LK_SET_NAME(lk_pointwise)[LK_LOSS_SLOTS];
extern lk_kernel *const LK_SET_NAME(lk_every)[LK_LOSS_SLOTS];
extern const lk_row_kernels LK_SET_NAME(lk_row_kernels);
extern const lk_region_kernels LK_SET_NAME(lk_region_kernels);
extern const lk_embedding_kernels LK_SET_NAME(lk_embedding_kernels);
extern const lk_ctc_kernels LK_SET_NAME(lk_ctc_kernels);
extern const lk_edit_kernels LK_SET_NAME(lk_edit_kernels);
extern const lk_bit_kernels LK_SET_NAME(lk_bit_kernels);
extern const lk_kernel_table LK_SET_NAME(lk_kernels);
const lk_kernel_table LK_SET_NAME(lk_kernels) = {
    .pointwise = LK_SET_NAME(lk_pointwise),
    .every = LK_SET_NAME(lk_every),
    .load = {load_f32, load_f64, load_f16, load_bf16, load_i32, load_i64, load_u8},
    .store = {store_f32, store_f64, store_f16, store_bf16},
    .fill = fill,
    .add = add,
    .weigh = weigh,
    .scale = scale,
    .raise = raise,
    .sum = sum,
    .keep = keep,
    .blank = blank,
    .signs = signs,
    .row = &LK_SET_NAME(lk_row_kernels),
    .region = &LK_SET_NAME(lk_region_kernels),
    .embedding = &LK_SET_NAME(lk_embedding_kernels),
    .ctc = &LK_SET_NAME(lk_ctc_kernels),
    .edit = &LK_SET_NAME(lk_edit_kernels),
    .bits = &LK_SET_NAME(lk_bit_kernels),
};
