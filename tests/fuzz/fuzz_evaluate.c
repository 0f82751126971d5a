/* fuzz_evaluate.c: any call that bytes can describe, on arrays of exactly the memory that their
 * views span. What is refused writes nothing; the instruction sets agree: to the bit those with
 * FMA, closely the others on ordinary numbers. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isa.h"
#include "losskit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    DIMS = 4,
    INS = 5,
    OUTS = 5,
    TENSORS = INS + OUTS,
    MOST_ELEMENTS = 20000,
    MOST_SPAN = 60000
};
enum { INPUT, TARGET, AUXILIARY, WEIGHT, UPSTREAM };

#define REQUIRE(condition)                                                  \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                        \
        }                                                                   \
    } while (0)

typedef struct reader {
    const uint8_t *at, *end;
} reader;

static unsigned take(reader *r) { return r->at < r->end ? *r->at++ : 0; }

static int64_t take64(reader *r)
{
    uint64_t x = 0;
    for (int k = 0; k < 8; k++) x = x << 8 | take(r);
    return (int64_t)x;
}

typedef struct array {
    lk_tensor tensor;
    int64_t shape[DIMS], strides[DIMS];
    unsigned char *memory, *first; /* first: what it held before the call */
    size_t size;
    int present, alias; /* alias: index of the array whose memory it shares, or -1 */
} array;

typedef struct trial {
    lk_loss loss;
    const lk_loss_info *info;
    int n_params, odd_data, hostile, aliased;
    double params[LK_MAX_PARAMS + 1];
    array arrays[TENSORS];
    lk_call call;
    lk_result result;
    uint64_t random;
} trial;

static const int dtypes[] = {LK_F32, LK_F64, LK_F16, LK_BF16, LK_I32, LK_I64, LK_U8, LK_BOOL};

/* ---- shapes and memory ------------------------------------------------------------------------
 */

/* Strides: C order, or any order and sign with gaps, or any small numbers. */
static void lay_out(array *a, int32_t ndim, unsigned kind, reader *r)
{
    int64_t step = 1;
    for (int k = 0; k < ndim; k++) {
        const int d = kind & 1 ? k : ndim - 1 - k;
        a->strides[d] = kind & 2 && take(r) & 1 ? -step : step;
        if (a->shape[d] > 0) step *= a->shape[d];
        if (kind & 4) step += take(r) & 3;
        if (kind == 7) a->strides[d] = (int8_t)take(r);
    }
    a->tensor.strides = kind ? a->strides : NULL;
}

/* Memory from the lowest to the highest element; nonzero when it would be too much. */
static int allocate(array *a, int32_t ndim, unsigned kind)
{
    int64_t low = 0, high = 0;
    const int64_t width = a->tensor.dtype.bits / 8;
    for (int d = 0; d < ndim; d++) {
        if (a->shape[d] <= 0) return (a->size = 0), 0;
        const int64_t reach = (a->shape[d] - 1) * a->strides[d];
        *(reach < 0 ? &low : &high) += reach;
    }
    if (high - low > MOST_SPAN) return 1;
    a->size = (size_t)((high - low + 1) * width);
    a->memory = malloc(a->size);
    a->first = malloc(a->size);
    REQUIRE(a->memory && a->first);
    a->tensor.data = a->memory - low * width;
    if (kind & 8) {
        a->tensor.data = a->memory;
        a->tensor.byte_offset = (uint64_t)(-low * width);
    }
    return 0;
}

static int make_array(trial *t, int which, reader *r)
{
    array *a = &t->arrays[which];
    const lk_tensor *frame = &t->arrays[INPUT].tensor;
    const unsigned choice = take(r), kind = take(r);
    const int integers = which == TARGET || which == WEIGHT || choice >= 250;
    int32_t ndim = frame->ndim;
    a->alias = -1;
    a->present = which <= TARGET || choice & 1;
    if (!a->present) return 0;
    a->tensor = lk_view(NULL, dtypes[choice / 2 % (integers ? 8 : 4)], ndim, a->shape);
    if (which == INPUT) {
        const unsigned most = ndim > 1 ? 30 : 255;
        for (int d = 0; d < ndim; d++) a->shape[d] = take(r) % most;
        if (kind & 16 && ndim) a->shape[0] *= 1 + take(r) % 40;
    } else {
        const int drop = which < INS && kind & 32 ? (int)take(r) % (ndim + 1) : 0;
        ndim -= drop;
        a->tensor.ndim = ndim;
        const unsigned ones = which < INS && kind & 64 ? take(r) : 0;
        for (int d = 0; d < ndim; d++)
            a->shape[d] = ones >> d & 1 ? 1 : t->arrays[INPUT].shape[d + drop];
    }
    int64_t n = 1;
    for (int d = 0; d < ndim; d++) n *= a->shape[d];
    if (n > MOST_ELEMENTS) return 1;
    lay_out(a, ndim, kind & 7, r);
    if (allocate(a, ndim, kind)) return 1;
    if (which >= INS && kind & 128) { /* in place, or somewhere else in an input */
        const int of = (int)(take(r) % INS);
        const array *from = &t->arrays[of];
        const size_t shift = take(r) & 7 ? 0 : take(r);
        if (a->size && from->present && from->size >= a->size + shift) {
            a->tensor.data = (char *)a->tensor.data + (from->memory + shift - a->memory);
            a->alias = of;
            t->aliased = 1;
        }
    }
    return 0;
}

/* ---- contents ---------------------------------------------------------------------------------
 */

static uint64_t next(trial *t)
{
    t->random = t->random * 6364136223846793005u + 1442695040888963407u;
    return t->random >> 20;
}

static double number(trial *t, const lk_domain *d)
{
    static const double odd[] = {0.0, -0.0, 1, -1, NAN, HUGE_VAL, -HUGE_VAL, 1e-40, 3e38, -3e38};
    const double unit = (double)(next(t) % 4097) / 4096;
    if (t->odd_data && next(t) % 8 == 0) return odd[next(t) % 10];
    if (d->kind == 2) return next(t) & 1 ? d->highest : d->lowest;
    if (isinf(d->lowest)) return 16 * unit - 8;
    if (isinf(d->highest)) return d->lowest + 0.25 + 8 * unit;
    return d->lowest + (d->highest - d->lowest) * (0.125 + 0.75 * unit);
}

static void put(void *at, int dtype, double x)
{
    const float f = (float)x;
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    uint16_t small = (uint16_t)(bits >> 16);
    if (dtype == LK_F16) { /* truncated; what is out of range becomes 0 */
        const int exponent = (int)(bits >> 23 & 255) - 112;
        small = (uint16_t)((bits >> 16 & 0x8000u) |
                           (exponent > 0 && exponent < 31
                                ? (uint32_t)exponent << 10 | (bits >> 13 & 1023u)
                                : 0u));
    }
    const int integer = isfinite(x) && fabs(x) < 1e6 ? (int)x : 1;
    const int32_t i32 = integer;
    const int64_t i64 = integer;
    const uint8_t u8 = (uint8_t)(integer & (dtype == LK_BOOL ? 1 : 255));
    switch (dtype) {
    case LK_F32:
        memcpy(at, &f, sizeof f);
        break;
    case LK_F64:
        memcpy(at, &x, sizeof x);
        break;
    case LK_I32:
        memcpy(at, &i32, sizeof i32);
        break;
    case LK_I64:
        memcpy(at, &i64, sizeof i64);
        break;
    case LK_U8:
    case LK_BOOL:
        memcpy(at, &u8, sizeof u8);
        break;
    default:
        memcpy(at, &small, sizeof small);
    }
}

static void fill(trial *t, int which)
{
    static const lk_domain weights = {0, 4, 0}, reals = {-HUGE_VAL, HUGE_VAL, 0};
    const lk_domain *d = &reals;
    array *a = &t->arrays[which];
    const size_t width = a->tensor.dtype.bits / 8u;
    if (t->info && which == INPUT) d = &t->info->input_domain;
    if (t->info && which == TARGET) d = &t->info->target_domain;
    if (t->info && which == AUXILIARY) d = &t->info->auxiliary_domain;
    if (which == WEIGHT) d = &weights;
    for (size_t i = 0; i + width <= a->size; i += width)
        put(a->first + i, a->tensor.dtype.code << 8 | a->tensor.dtype.bits, number(t, d));
}

/* ---- the call ---------------------------------------------------------------------------------
 */

static void choose_params(trial *t, reader *r)
{
    t->n_params = t->info ? t->info->n_params : (int)(take(r) % 4);
    for (int k = 0; k < t->n_params; k++) {
        const unsigned choice = take(r);
        const int64_t bits = choice == 255 ? take64(r) : 0;
        if (!t->info) continue;
        const lk_parameter *p = &t->info->params[k];
        t->params[k] = p->preset;
        if (choice < 8) t->params[k] = choice & 1 ? p->lowest : p->highest, t->odd_data = 1;
        if (choice >= 8 && choice < 64 && p->named[choice & 1].name)
            t->params[k] = p->named[choice & 1].value;
        if (choice == 255) memcpy(&t->params[k], &bits, sizeof bits), t->odd_data = 1;
    }
}

static void choose_options(trial *t, reader *r)
{
    const lk_call fresh = LK_CALL_INIT;
    static const double marks[] = {0, 1, -1, NAN, 3};
    t->call = fresh;
    t->call.result = &t->result;
    t->call.reduction = (lk_reduction)(take(r) % 32 ? take(r) % 5 : take(r));
    t->call.curvature_mode = (lk_curvature)(take(r) % 32 ? take(r) % 3 : take(r));
    t->call.flags = take(r) & (take(r) % 32 ? 31u : 255u);
    t->call.ignore_target = marks[take(r) % 5];
    t->call.curvature_floor = marks[take(r) % 5];
}

/* Numbers that no memory answers to, for the checks alone: lk_workspace_size reads no array. */
static void spoil(trial *t, reader *r)
{
    for (int k = 0; k < 3; k++) {
        const unsigned which = take(r) % TENSORS, what = take(r), d = take(r) % DIMS;
        array *a = &t->arrays[which];
        if (!a->present || which == UPSTREAM) continue; /* one number of which is read */
        if (what % 3 == 0) a->shape[d] = take64(r);
        if (what % 3 == 1) a->strides[d] = take64(r), a->tensor.strides = a->strides;
        if (what % 3 == 2) a->tensor.dtype.bits = (uint8_t)take(r);
    }
    t->hostile = 1;
}

static int decode(trial *t, reader *r)
{
    const unsigned options = take(r);
    memset(t, 0, sizeof *t);
    t->loss = (lk_loss)(take(r) % 34);
    t->info = lk_loss_describe(t->loss);
    t->odd_data = options & 1;
    choose_params(t, r);
    choose_options(t, r);
    t->arrays[INPUT].tensor.ndim = (int32_t)(take(r) % (DIMS + 1));
    for (int k = 0; k < TENSORS; k++)
        if (make_array(t, k, r)) return 1;
    const lk_tensor **const slots[TENSORS] = {
        &t->call.input,           &t->call.target,
        &t->call.auxiliary,       &t->call.weight,
        &t->call.upstream,        &t->call.value,
        &t->call.gradient,        &t->call.curvature,
        &t->call.target_gradient, &t->call.auxiliary_gradient};
    for (int k = 0; k < TENSORS; k++)
        if (t->arrays[k].present) *slots[k] = &t->arrays[k].tensor;
    t->random = (uint64_t)take64(r);
    for (int k = 0; k < TENSORS; k++)
        if (t->arrays[k].size) fill(t, k);
    if (options % 16 == 2) spoil(t, r);
    return 0;
}

static void reset(trial *t)
{
    t->result = (lk_result){-77, -77, -77};
    for (int k = 0; k < TENSORS; k++)
        if (t->arrays[k].size) memcpy(t->arrays[k].memory, t->arrays[k].first, t->arrays[k].size);
}

static int changed(const array *a) { return a->size && memcmp(a->memory, a->first, a->size); }

static void check_refusal(const trial *t, lk_status status)
{
    REQUIRE(lk_last_error()[0]);
    REQUIRE(t->result.value == -77 && t->result.normalizer == -77 && t->result.count == -77);
    for (int k = 0; k < TENSORS; k++)
        if (status != LK_OUT_OF_DOMAIN) REQUIRE(!changed(&t->arrays[k]));
}

/* An input changes only where an output shares its memory. */
static void check_inputs(const trial *t)
{
    for (int k = 0; k < INS; k++) {
        int shared = 0;
        for (int o = INS; o < TENSORS; o++) shared |= t->arrays[o].alias == k;
        REQUIRE(shared || !changed(&t->arrays[k]));
    }
}

static double get(const unsigned char *at, int dtype)
{
    float f;
    double x;
    if (dtype == LK_F64) return memcpy(&x, at, sizeof x), x;
    memcpy(&f, at, sizeof f);
    return (double)f;
}

static void check_close(const trial *t, const array *a, const unsigned char *want, int exact)
{
    const int dtype = a->tensor.dtype.code << 8 | a->tensor.dtype.bits;
    const size_t width = a->tensor.dtype.bits / 8u;
    const int narrow = t->arrays[INPUT].tensor.dtype.bits != 64;
    if (dtype != LK_F32 && dtype != LK_F64) return;
    for (size_t i = 0; i + width <= a->size; i += width) {
        const double x = get(a->memory + i, dtype), y = get(want + i, dtype);
        const double slack = (narrow || dtype == LK_F32 ? 1e-3 : 1e-10) * (1 + fabs(x) + fabs(y));
        if (exact)
            REQUIRE(x == y || (isnan(x) && isnan(y)));
        else
            REQUIRE(fabs(x - y) <= slack || isnan(x) || isnan(y) || x == y);
    }
}

/* On the next instruction set: `kept` is what the first one gave. */
static void check_agreement(const trial *t, unsigned char *const *kept, const lk_result *result,
                            int exact)
{
    for (int k = INS; k < TENSORS; k++) {
        const array *a = &t->arrays[k];
        if (!a->size || a->alias >= 0) continue;
        if (exact || (!t->odd_data && !t->aliased)) check_close(t, a, kept[k], exact);
    }
    REQUIRE(result->count == t->result.count);
    const double x = result->value, y = t->result.value;
    if (exact) REQUIRE(x == y || (isnan(x) && isnan(y)));
}

static void keep_outputs(const trial *t, unsigned char **kept)
{
    for (int k = INS; k < TENSORS; k++) {
        if (!t->arrays[k].size) continue;
        if (!kept[k]) kept[k] = malloc(t->arrays[k].size);
        REQUIRE(kept[k]);
        memcpy(kept[k], t->arrays[k].memory, t->arrays[k].size);
    }
}

static void run_everywhere(trial *t)
{
    unsigned char *kept[TENSORS] = {0};
    lk_result first_result = {0, 0, 0};
    lk_status first = LK_OK;
    const char *first_name = NULL;
    for (int k = 0; lk_isa_at(k); k++) {
        const lk_isa *isa = lk_isa_at(k);
        if (!isa->supported()) continue;
        lk_isa_use(isa);
        reset(t);
        const lk_status status = lk_evaluate(t->loss, t->params, t->n_params, &t->call);
        if (status)
            check_refusal(t, status);
        else
            check_inputs(t);
        if (!first_name) {
            first = status;
            first_name = isa->name;
            first_result = t->result;
            keep_outputs(t, kept);
            continue;
        }
        REQUIRE(status == first);
        const int exact = !strcmp(first_name, "x86-64-v4") && !strcmp(isa->name, "x86-64-v3");
        if (!status) check_agreement(t, kept, &first_result, exact);
    }
    for (int k = 0; k < TENSORS; k++) free(kept[k]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static trial t;
    reader r = {data, data + size};
    size_t bytes;
    if (!decode(&t, &r)) {
        reset(&t);
        if (t.hostile)
            (void)lk_workspace_size(t.loss, t.params, t.n_params, &t.call, &bytes);
        else
            run_everywhere(&t);
    }
    for (int k = 0; k < TENSORS; k++) {
        free(t.arrays[k].memory);
        free(t.arrays[k].first);
        t.arrays[k].memory = t.arrays[k].first = NULL;
    }
    return 0;
}
