/* test_engine_guard.c: no byte before or behind an array is touched. Every array of a call ends, or
 * begins, at a page without access. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "isa.h"
#include "support/element_types.h"
#include "support/guard.h"
#include "support/sample.h"
#include "support/scene.h"

static guard guards[INS + OUTS];
static const int dtypes[] = {LK_F32, LK_F64, LK_F16, LK_BF16};
enum { EXTRAS = 1 << IN_AUXILIARY | 1 << IN_WEIGHT | 1 << IN_UPSTREAM, EVERYTHING = 31 };
enum edge { AT_BEGIN, AT_END, AT_END_BACKWARDS, EDGES };

static int make_guards(void **state)
{
    (void)state;
    for (int k = 0; k < INS + OUTS; k++) guard_make(&guards[k], 8 * 5000);
    return 0;
}

static int free_guards(void **state)
{
    (void)state;
    for (int k = 0; k < INS + OUTS; k++) guard_free(&guards[k]);
    return 0;
}

static void put(view *v, const guard *g, enum edge edge, int64_t n)
{
    const size_t bytes = (size_t)n * element_width(v->dtype);
    char *to = edge == AT_BEGIN ? guard_begin(g) : guard_end(g, bytes);
    memcpy(to, v->memory, bytes);
    v->tensor.data = to;
    if (edge != AT_END_BACKWARDS || n == 0) return;
    v->strides[0] = -1;
    v->tensor.strides = v->strides;
    v->tensor.byte_offset = bytes - element_width(v->dtype);
}

static void check(lk_loss id, plan p, int64_t n, enum edge edge)
{
    scene s;
    rng r = {1};
    p.shape[0] = n;
    p.ndim = 1;
    p.bits = 3;
    scene_make(&s, id, &p, &r);
    if (p.target && p.target != LK_F64) /* an integer of the domain, if any */
        for (int64_t i = 0; i < n; i++) view_set(&s.in[IN_TARGET], i, 1);
    for (int k = 0; k < INS; k++)
        if (s.ins >> k & 1) put(&s.in[k], &guards[k], edge, n);
    for (int k = 0; k < OUTS; k++)
        if (s.outs >> k & 1) put(&s.out[k], &guards[INS + k], edge, n);
    if (scene_run(&s)) fail_msg("%s", lk_last_error());
    scene_free(&s);
}

static void check_sizes(lk_loss id, const plan *p, enum edge edge)
{
    static const int64_t sizes[] = {127, 128, 511, 512, 513, 4095, 4096, 4097};
    for (int64_t n = 0; n <= 67; n++) check(id, *p, n, edge);
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) check(id, *p, sizes[k], edge);
}

static void check_dtypes(lk_loss id, enum edge edge)
{
    for (int k = 0; k < 4; k++) {
        const plan plain = {.dtype = dtypes[k], .outs = 7};
        const plan full = {.dtype = dtypes[k], .ins = EXTRAS, .outs = EVERYTHING};
        check_sizes(id, &plain, edge);
        check_sizes(id, &full, edge);
    }
}

static void test_ends(void **state)
{
    (void)state;
    FOR_EACH_LOSS(id) check_dtypes(id, AT_END);
}

static void test_begins(void **state)
{
    (void)state;
    FOR_EACH_LOSS(id) check_dtypes(id, AT_BEGIN);
}

static void test_backwards(void **state)
{
    (void)state;
    FOR_EACH_LOSS(id) check_dtypes(id, AT_END_BACKWARDS);
}

static void test_targets_of_other_dtypes(void **state)
{
    static const int targets[] = {LK_I32, LK_I64, LK_U8, LK_BOOL, LK_F64};
    (void)state;
    FOR_EACH_LOSS(id)
    for (int k = 0; k < 5; k++)
        for (int edge = AT_BEGIN; edge < EDGES; edge++) {
            const plan p = {.dtype = LK_F32, .target = targets[k], .outs = 7};
            if (!in_domain(&lk_loss_describe(id)->target_domain, 1)) continue;
            for (int64_t n = 0; n <= 67; n++) check(id, p, n, (enum edge)edge);
        }
}

/* The other instruction sets have vectors of another width. */
static void test_every_instruction_set(void **state)
{
    (void)state;
    for (int k = 0; lk_isa_at(k); k++) {
        if (!lk_isa_at(k)->supported()) continue;
        lk_isa_use(lk_isa_at(k));
        FOR_EACH_LOSS(id)
        for (int edge = AT_BEGIN; edge <= AT_END; edge++) {
            const plan narrow = {.dtype = LK_F32, .outs = 7}, wide = {.dtype = LK_F64, .outs = 7};
            check_sizes(id, &narrow, (enum edge)edge);
            check_sizes(id, &wide, (enum edge)edge);
        }
    }
    lk_isa_use(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_begins),
        cmocka_unit_test(test_backwards),
        cmocka_unit_test(test_targets_of_other_dtypes),
        cmocka_unit_test(test_every_instruction_set),
    };
    return cmocka_run_group_tests_name("engine guard", tests, make_guards, free_guards);
}
