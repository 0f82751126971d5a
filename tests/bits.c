/* bits.c: one hash of the results of every loss on fixed data, to be compared between machines and
 * instruction sets. All of those with FMA (x86-64-v3, x86-64-v4, neon) must print the same.
 *
 *     bits          prints "ISA hash"
 *     bits HASH     and fails unless the hash is this one
 *     bits --each   prints "LOSS hash" of each loss, to find the one that differs */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "losskit.h"
#include "support/family_problem.h"
#include "support/sample.h"

enum { MOST = 150001, ARRAYS = 4, OUTS = 3 };

typedef union number {
    float f32[MOST];
    double f64[MOST];
} number;

static number in[ARRAYS], out[OUTS]; /* input, target, auxiliary, weight */

static const uint64_t start = UINT64_C(0xcbf29ce484222325);

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
    const unsigned char *bytes = data; /* Fowler, Noll and Vo; numbers are little-endian */
    for (size_t i = 0; i < size; i++) hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* All NaNs count as one. */
static uint64_t hash_double(uint64_t hash, double x)
{
    uint64_t bits = UINT64_C(0x7ff8000000000000);
    if (x == x) memcpy(&bits, &x, sizeof bits);
    return hash_bytes(hash, &bits, sizeof bits);
}

static void draw_data(const lk_loss_info *info, int dtype)
{
    static const lk_domain weights = {0, 4, 0};
    const lk_domain *domains[ARRAYS] = {&info->input_domain, &info->target_domain,
                                        &info->auxiliary_domain, &weights};
    rng r = {2026};
    for (int k = 0; k < ARRAYS; k++)
        for (int64_t i = 0; i < MOST && (k != 2 || info->auxiliary); i++) {
            const double x = draw(domains[k], &r, 16);
            if (dtype == LK_F32)
                in[k].f32[i] = (float)x;
            else
                in[k].f64[i] = x;
        }
}

/* Nonzero when the library refuses. */
static int hash_call(lk_loss id, int dtype, int64_t n, int full, uint64_t *hash)
{
    const lk_loss_info *info = lk_loss_describe(id);
    lk_tensor from[ARRAYS], to[OUTS];
    lk_result result;
    lk_call c = LK_CALL_INIT;
    for (int k = 0; k < ARRAYS; k++) from[k] = lk_vector(&in[k], dtype, &n);
    for (int k = 0; k < OUTS; k++) to[k] = lk_vector(&out[k], dtype, &n);
    c.input = &from[0], c.target = &from[1];
    if (info->auxiliary && (full || info->auxiliary_param < 0)) c.auxiliary = &from[2];
    if (full) c.weight = &from[3], c.reduction = LK_WEIGHTED_MEAN;
    c.value = &to[0], c.gradient = &to[1], c.curvature = &to[2], c.result = &result;
    if (lk_evaluate(id, NULL, 0, &c)) return 1;
    for (int k = 0; k < OUTS; k++)
        for (int64_t i = 0; i < n; i++)
            *hash = hash_double(*hash, dtype == LK_F32 ? (double)out[k].f32[i] : out[k].f64[i]);
    *hash = hash_double(*hash, result.value);
    return 0;
}

/* A loss over rows, regions, features or sequences, with all that it takes. Nonzero when it is
 * refused. */
static int hash_family(lk_loss id, int threads, uint64_t *hash)
{
    static const int64_t classes[] = {3, 21, 700};
    const int64_t rows = lk_loss_describe(id)->kind == LK_KIND_SEQUENCE ? 31 : 301;
    lk_set_num_threads(threads);
    for (int dtype = LK_F32; dtype <= LK_F64; dtype += LK_F64 - LK_F32)
        for (size_t k = 0; k < sizeof classes / sizeof *classes; k++) {
            problem *p = problem_new(id, dtype, rows, classes[k], 37, 2026, 0);
            const int refused = problem_run(p) != LK_OK;
            for (int a = LK_ARG_VALUE; !refused && a < LK_ARGUMENTS; a++)
                for (int64_t i = 0; p->takes >> a & 1 && i < p->count[a]; i++)
                    *hash = hash_double(*hash, problem_get(p, a, i));
            *hash = hash_double(*hash, p->result.value);
            problem_free(p);
            if (refused) return 1;
        }
    return 0;
}

/* Of all sizes on so many threads. */
static int hash_loss(lk_loss id, int threads, uint64_t *hash)
{
    static const int64_t sizes[] = {1, 3, 16, 67, 515, 4099, MOST};
    lk_set_num_threads(threads);
    for (int dtype = LK_F32; dtype <= LK_F64; dtype += LK_F64 - LK_F32) {
        draw_data(lk_loss_describe(id), dtype);
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
            for (int full = 0; full < 2; full++)
                if (hash_call(id, dtype, sizes[k], full, hash)) return 1;
    }
    return 0;
}

/* The hash of every loss on so many threads, one after the other; nonzero when one is refused. */
static int hash_all(int threads, int each, uint64_t *hash)
{
    for (int id = 1; lk_loss_describe((lk_loss)id); id++) {
        const lk_loss loss = (lk_loss)id;
        const lk_loss_info *info = lk_loss_describe(loss);
        /* a matrix library adds in its own order on each machine */
        if (info->kind == LK_KIND_LINEAR) continue;
        if (each) *hash = start;
        if (info->kind == LK_KIND_POINTWISE ? hash_loss(loss, threads, hash)
                                            : hash_family(loss, threads, hash)) {
            fprintf(stderr, "%s\n", lk_last_error());
            return 1;
        }
        if (each) printf("%s %016" PRIx64 "\n", info->name, *hash);
    }
    return 0;
}

int main(int argc, char **argv)
{
    uint64_t one = start, three = start;
    if (argc > 1 && !strcmp(argv[1], "--each")) return hash_all(1, 1, &one);
    if (hash_all(1, 0, &one) || hash_all(3, 0, &three)) return 1;
    printf("%s %016" PRIx64 "\n", lk_isa_name(), one);
    if (one != three) {
        fprintf(stderr, "on 3 threads the hash is %016" PRIx64 "\n", three);
        return 1;
    }
    if (argc > 1 && strtoull(argv[1], NULL, 16) != one) {
        fprintf(stderr, "the hash is not %s\n", argv[1]);
        return 1;
    }
    return 0;
}
