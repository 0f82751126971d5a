/* test_engine_layout.c: where the numbers lie in memory changes no bit: alignment, strides, axes in
 * any order, broadcasting, in place, columns of one matrix. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "support/element_types.h"
#include "support/sample.h"
#include "support/scene.h"

static const int dtypes[] = {LK_F32, LK_F64};
enum { EVERYTHING = 31, EXTRAS = 1 << IN_AUXILIARY | 1 << IN_WEIGHT | 1 << IN_UPSTREAM };

static void run(scene *s, const char *what)
{
    scene_remember(s);
    if (scene_run(s)) fail_msg("%s: %s", what, lk_last_error());
    scene_intact(s, what);
}

/* ---- alignment --------------------------------------------------------------------------------
 */

/* Moves an array to `bytes` after a multiple of 64, in new memory. */
static void move(view *v, size_t bytes)
{
    const size_t size = v->size, whole = (size + bytes + 127) / 64 * 64;
    unsigned char *memory = aligned_alloc(64, whole);
    assert_non_null(memory);
    memset(memory, 0xa5, whole);
    memcpy(memory + bytes, v->memory, size);
    free(v->memory);
    v->memory = memory;
    v->size = whole;
    v->tensor.data = memory + bytes;
}

/* At an offset: all arrays (which < 0) or one of them. */
static void check_offset(const scene *want, const plan *p, size_t bytes, int which)
{
    scene s;
    rng r = {1};
    scene_make(&s, want->loss, p, &r);
    for (int k = 0; k < INS; k++)
        if (s.ins >> k & 1) move(&s.in[k], which < 0 || which == k ? bytes : 0);
    for (int k = 0; k < OUTS; k++)
        if (s.outs >> k & 1) move(&s.out[k], which < 0 || which == INS + k ? bytes : 0);
    run(&s, "an offset");
    scenes_agree(want, &s, "an offset");
    scene_free(&s);
}

static void test_every_alignment(void **state)
{
    (void)state;
    FOR_EACH_LOSS(id)
    for (int k = 0; k < 2; k++)
        for (int extras = 0; extras < 2; extras++) {
            const plan p = {.dtype = dtypes[k],
                            .ndim = 1,
                            .shape = {333},
                            .seed = 1,
                            .ins = extras ? EXTRAS : 0,
                            .outs = extras ? EVERYTHING : 7};
            scene want;
            rng r = {1};
            scene_make(&want, id, &p, &r);
            run(&want, "aligned");
            for (size_t bytes = 0; bytes < 64; bytes += element_width(dtypes[k]))
                for (int which = -1; which < INS + 3; which++)
                    check_offset(&want, &p, bytes, which);
            scene_free(&want);
        }
}

/* ---- strides ----------------------------------------------------------------------------------
 */

static void check_layouts(lk_loss id, plan p, rng *r)
{
    scene want;
    p.layout = VIEW_PLAIN;
    scene_make(&want, id, &p, r);
    run(&want, "C order");
    p.layout = VIEW_RANDOM;
    for (int trial = 0; trial < 5; trial++) {
        scene s;
        scene_make(&s, id, &p, r);
        run(&s, "strides");
        scenes_agree(&want, &s, "strides");
        scene_free(&s);
    }
    scene_free(&want);
}

static void test_random_layouts(void **state)
{
    static const plan shapes[] = {{.ndim = 1, .shape = {5003}},
                                  {.ndim = 2, .shape = {37, 29}},
                                  {.ndim = 2, .shape = {3, 1100}},
                                  {.ndim = 3, .shape = {7, 1, 90}},
                                  {.ndim = 3, .shape = {6, 11, 13}},
                                  {.ndim = 4, .shape = {3, 5, 4, 9}},
                                  {.ndim = 0}};
    rng r = {2};
    (void)state;
    FOR_EACH_LOSS(id)
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++)
        for (int extras = 0; extras < 2; extras++) {
            plan p = shapes[k];
            p.dtype = dtypes[k % 2];
            p.ins = extras ? EXTRAS : 0;
            p.outs = extras ? EVERYTHING : 7;
            check_layouts(id, p, &r);
        }
}

/* ---- broadcasting -----------------------------------------------------------------------------
 */

static const int64_t frame[3] = {3, 5, 40};

/* A view of fewer elements in the place of `in`, and the same numbers written out in `full`. */
static void broadcast(scene *small, scene *full, int in, int32_t ndim, const int64_t *shape, rng *r)
{
    view *v = &small->in[in];
    view wide = *v;
    v->before = NULL;
    view_make(v, wide.dtype, ndim, shape, rng_below(r, 2) ? VIEW_RANDOM : VIEW_PLAIN, r);
    for (int64_t i = 0, n = view_count(v); i < n; i++) view_set(v, i, view_get(&wide, i));
    for (int64_t i = view_count(&wide) - 1; i >= 0; i--) {
        int64_t index = 0, step = 1, rest = i;
        for (int d = 2, t = ndim - 1; d >= 0; d--, t--) {
            if (t >= 0 && shape[t] > 1) index += rest % frame[d] * step;
            if (t >= 0) step *= shape[t];
            rest /= frame[d];
        }
        view_set(&full->in[in], i, view_get(v, index));
    }
    free(wide.memory);
}

static void test_broadcasting(void **state)
{
    static const plan shapes[] = {{.ndim = 1, .shape = {40}},
                                  {.ndim = 2, .shape = {5, 1}},
                                  {.ndim = 2, .shape = {5, 40}},
                                  {.ndim = 3, .shape = {3, 1, 1}},
                                  {.ndim = 3, .shape = {3, 1, 40}},
                                  {.ndim = 3, .shape = {1, 5, 1}},
                                  {.ndim = 1, .shape = {1}},
                                  {.ndim = 3, .shape = {1, 1, 1}},
                                  {.ndim = 0}};
    rng r = {3};
    (void)state;
    FOR_EACH_LOSS(id)
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++)
        for (int in = IN_TARGET; in < INS; in++) {
            const int scalar = k >= 6;
            const plan p = {.dtype = dtypes[k % 2],
                            .ndim = 3,
                            .shape = {3, 5, 40},
                            .ins = EXTRAS,
                            .outs = EVERYTHING,
                            .seed = k};
            /* An upstream gradient of one number is rounded once with the normalizer. */
            if (scalar && in == IN_UPSTREAM) continue;
            scene small, full;
            scene_make(&full, id, &p, &r);
            scene_make(&small, id, &p, &r);
            if (full.ins >> in & 1) {
                broadcast(&small, &full, in, shapes[k].ndim, shapes[k].shape, &r);
                run(&full, "written out");
                run(&small, "broadcast");
                scenes_agree(&full, &small, scene_in_name(in));
            }
            scene_free(&small);
            scene_free(&full);
        }
}

/* A stride of 0 is broadcasting by hand. */
static void test_zero_strides(void **state)
{
    (void)state;
    FOR_EACH_LOSS(id)
    for (int in = IN_TARGET; in < IN_UPSTREAM; in++) {
        const plan p = {.dtype = LK_F32, .ndim = 2, .shape = {13, 70}, .ins = EXTRAS, .outs = 7};
        scene want, s;
        rng r = {4};
        scene_make(&want, id, &p, &r);
        scene_make(&s, id, &p, &r);
        if (s.ins >> in & 1) {
            for (int64_t i = 0; i < 13 * 70; i++)
                view_set(&want.in[in], i, view_get(&want.in[in], i / 70 * 70));
            s.in[in].strides[0] = 70;
            s.in[in].strides[1] = 0;
            s.in[in].tensor.strides = s.in[in].strides;
            run(&want, "written out");
            run(&s, "stride 0");
            scenes_agree(&want, &s, "stride 0");
        }
        scene_free(&s);
        scene_free(&want);
    }
}

/* ---- in place and side by side ----------------------------------------------------------------
 */

/* An output is exactly an input; what the input held is gone, the rest is as before. */
static void check_in_place(lk_loss id, const plan *p, int in, int out, uint32_t flags)
{
    scene want, s;
    rng r = {5}, same = {5};
    scene_make(&want, id, p, &r);
    scene_make(&s, id, p, &same);
    want.call.flags = s.call.flags = flags;
    if (s.ins >> in & 1 && s.outs >> out & 1) {
        for (int64_t i = 0, n = view_count(&s.in[in]); i < n; i++)
            view_set(&want.out[out], i, view_get(&s.in[in], i)); /* to accumulate to */
        const view old = s.out[out];
        s.out[out] = s.in[in];
        *scene_out(&s, out) = &s.in[in].tensor;
        assert_int_equal(scene_run(&want), LK_OK);
        if (scene_run(&s)) fail_msg("in place: %s", lk_last_error());
        if (flags & LK_ACCUMULATE) { /* other outputs add to the poison, the same in both */
            s.outs = want.outs = 1u << out;
        }
        scenes_agree(&want, &s, scene_in_name(in));
        s.out[out] = old;
    }
    scene_free(&s);
    scene_free(&want);
}

static void test_in_place(void **state)
{
    (void)state;
    FOR_EACH_LOSS(id)
    for (int in = 0; in < INS; in++)
        for (int out = 0; out < OUTS; out++)
            for (int k = 0; k < 2; k++) {
                plan p = {.dtype = dtypes[k],
                          .ndim = 2,
                          .shape = {19, 61},
                          .ins = EXTRAS,
                          .outs = EVERYTHING,
                          .layout = VIEW_PLAIN};
                check_in_place(id, &p, in, out, 0);
                check_in_place(id, &p, in, out, LK_ACCUMULATE);
                p.layout = VIEW_RANDOM;
                check_in_place(id, &p, in, out, 0);
                p.layout = VIEW_PLAIN;
                p.ins = 0;
                p.outs = 1u << out;
                check_in_place(id, &p, in, out, 0); /* where the kernel could run on the arrays */
            }
}

/* Columns of one matrix may be inputs and outputs of one call. */
static void test_columns_of_one_matrix(void **state)
{
    enum { ROWS = 901, COLUMNS = INS + OUTS };
    (void)state;
    FOR_EACH_LOSS(id)
    {
        const plan p = {
            .dtype = LK_F32, .ndim = 1, .shape = {ROWS}, .ins = EXTRAS, .outs = EVERYTHING};
        static float matrix[ROWS][COLUMNS];
        int64_t step = COLUMNS;
        scene want, s;
        rng r = {6};
        scene_make(&want, id, &p, &r);
        scene_make(&s, id, &p, &r);
        for (int c = 0; c < COLUMNS; c++) {
            view *v = c < INS ? &s.in[c] : &s.out[c - INS];
            if (!v->memory) continue;
            for (int64_t i = 0; i < ROWS; i++) matrix[i][c] = (float)view_get(v, i);
            v->tensor.data = &matrix[0][c];
            v->tensor.strides = &step;
            v->strides[0] = COLUMNS;
        }
        run(&want, "arrays of their own");
        assert_int_equal(scene_run(&s), LK_OK);
        scenes_agree(&want, &s, "columns");
        scene_free(&s);
        scene_free(&want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_alignment), cmocka_unit_test(test_random_layouts),
        cmocka_unit_test(test_broadcasting),    cmocka_unit_test(test_zero_strides),
        cmocka_unit_test(test_in_place),        cmocka_unit_test(test_columns_of_one_matrix),
    };
    return cmocka_run_group_tests_name("engine layout", tests, NULL, NULL);
}
