/* test_region_engine.c: what every loss over regions owes its caller whatever its formula: layouts,
 * element types, in place, accumulation, floors, threads and workspaces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "losskit.h"
#include "support/rng.h"
#include "support/view.h"

static const lk_loss losses[] = {LK_DICE,         LK_TVERSKY, LK_FOCAL_TVERSKY, LK_JACCARD,
                                 LK_LOVASZ_HINGE, LK_L1_NORM, LK_L2_NORM};
enum { LOSSES = sizeof losses / sizeof *losses };

static double unit(rng *r) { return (double)(rng_next(r) >> 11) * 0x1p-53; }

/* Multiples of 1/64 in [0, 1], which every element type holds, for input; 0 and 1 for targets. */
static double coarse(rng *r) { return (double)rng_below(r, 65) / 64; }

static int has_target_gradient(lk_loss loss) { return loss != LK_LOVASZ_HINGE; }

static void expect(lk_loss loss, const lk_call *call)
{
    if (lk_evaluate(loss, NULL, 0, call))
        fail_msg("%s: %s", lk_loss_describe(loss)->name, lk_last_error());
}

/* ---- layouts and element types ------------------------------------------------------------------
 */

enum { INPUT, TARGET, GRADIENT, CURVATURE, TARGET_GRADIENT, ELEMENTS };
static const int64_t shape[] = {3, 2, 7, 5};

typedef struct scene {
    view v[ELEMENTS], value, weight;
    lk_call call;
    lk_result result;
} scene;

static void scene_make(scene *s, lk_loss loss, lk_grouping grouping, const int *dtypes,
                       enum view_layout layout, uint64_t seed)
{
    static const int32_t ndims[] = {1, 0, 1, 2, 3};
    const int64_t groups[][3] = {{3}, {0}, {2}, {3, 2}, {3, 2, 7}};
    rng layouts = {seed}, numbers = {1234};
    const lk_call blank = LK_CALL_INIT;
    for (int k = 0; k < ELEMENTS; k++) {
        view_make(&s->v[k], dtypes[k], 4, shape, layout, &layouts);
        for (int64_t i = 0; i < view_count(&s->v[k]); i++)
            view_set(&s->v[k], i,
                     k == INPUT    ? coarse(&numbers)
                     : k == TARGET ? (double)rng_below(&numbers, 2)
                                   : 0.5);
    }
    view_make(&s->value, LK_F64, ndims[grouping], groups[grouping], layout, &layouts);
    view_make(&s->weight, LK_F32, ndims[grouping], groups[grouping], layout, &layouts);
    for (int64_t i = 0; i < view_count(&s->weight); i++)
        view_set(&s->weight, i, (double)(1 + i % 3));
    s->call = blank;
    s->call.input = &s->v[INPUT].tensor;
    s->call.target = &s->v[TARGET].tensor;
    s->call.gradient = &s->v[GRADIENT].tensor;
    s->call.curvature = &s->v[CURVATURE].tensor;
    if (has_target_gradient(loss)) s->call.target_gradient = &s->v[TARGET_GRADIENT].tensor;
    s->call.value = &s->value.tensor;
    s->call.weight = &s->weight.tensor;
    s->call.result = &s->result;
    s->call.grouping = grouping;
}

static void scene_free(scene *s)
{
    for (int k = 0; k < ELEMENTS; k++) view_free(&s->v[k]);
    view_free(&s->value);
    view_free(&s->weight);
}

static void compare(lk_loss loss, const view *a, const view *b, double tolerance)
{
    for (int64_t i = 0; i < view_count(a); i++) {
        const double x = view_get(a, i), y = view_get(b, i);
        if (!(fabs(x - y) <= tolerance * (1 + fabs(y))))
            fail_msg("%s: element %lld is %.12g, not %.12g", lk_loss_describe(loss)->name,
                     (long long)i, x, y);
    }
}

static void compare_scenes(lk_loss loss, const scene *a, const scene *b, double tolerance)
{
    for (int k = GRADIENT; k < ELEMENTS; k++) compare(loss, &a->v[k], &b->v[k], tolerance);
    compare(loss, &a->value, &b->value, tolerance);
    assert_true(fabs(a->result.value - b->result.value) <= tolerance * (1 + b->result.value));
    assert_int_equal(a->result.count, b->result.count);
}

/* The same bits from any strides; nothing is written between the elements. */
static void test_strides(void **state)
{
    const int f32[] = {LK_F32, LK_F32, LK_F32, LK_F32, LK_F32};
    const int f64[] = {LK_F64, LK_F64, LK_F64, LK_F64, LK_F64};
    (void)state;
    for (int l = 0; l < LOSSES; l++)
        for (int grouping = LK_PER_SAMPLE; grouping <= LK_PER_ROW; grouping++)
            for (uint64_t seed = 1; seed < 5; seed++) {
                scene plain, strided;
                const int *dtypes = seed & 1 ? f32 : f64;
                scene_make(&plain, losses[l], (lk_grouping)grouping, dtypes, VIEW_PLAIN, seed);
                scene_make(&strided, losses[l], (lk_grouping)grouping, dtypes, VIEW_RANDOM, seed);
                if (seed > 2) plain.call.flags = strided.call.flags = LK_ACCUMULATE;
                for (int k = GRADIENT; k < ELEMENTS; k++) view_remember(&strided.v[k]);
                expect(losses[l], &plain.call);
                expect(losses[l], &strided.call);
                compare_scenes(losses[l], &strided, &plain, 0);
                for (int k = GRADIENT; k < ELEMENTS; k++)
                    assert_false(view_gaps_changed(&strided.v[k]));
                scene_free(&plain);
                scene_free(&strided);
            }
}

static void test_element_types(void **state)
{
    const int f64[] = {LK_F64, LK_F64, LK_F64, LK_F64, LK_F64};
    const int mixes[][ELEMENTS] = {{LK_F32, LK_U8, LK_F32, LK_F64, LK_F32},
                                   {LK_BF16, LK_I64, LK_BF16, LK_F32, LK_F16},
                                   {LK_F16, LK_BOOL, LK_F32, LK_BF16, LK_F16},
                                   {LK_F64, LK_I32, LK_F32, LK_F64, LK_F64}};
    const double tolerances[] = {1e-6, 4e-3, 4e-3, 1e-6};
    (void)state;
    for (int l = 0; l < LOSSES; l++)
        for (int m = 0; m < 4; m++) {
            scene exact, mixed;
            scene_make(&exact, losses[l], LK_PER_CLASS, f64, VIEW_PLAIN, 1);
            scene_make(&mixed, losses[l], LK_PER_CLASS, mixes[m], VIEW_RANDOM, 2);
            expect(losses[l], &exact.call);
            expect(losses[l], &mixed.call);
            compare_scenes(losses[l], &mixed, &exact, tolerances[m]);
            scene_free(&exact);
            scene_free(&mixed);
        }
}

static void test_in_place_and_accumulate(void **state)
{
    const int f32[] = {LK_F32, LK_F32, LK_F32, LK_F32, LK_F32};
    (void)state;
    for (int l = 0; l < LOSSES; l++)
        for (int grouping = LK_PER_SAMPLE; grouping <= LK_PER_ROW; grouping++) {
            scene apart, same, more;
            scene_make(&apart, losses[l], (lk_grouping)grouping, f32, VIEW_PLAIN, 1);
            scene_make(&same, losses[l], (lk_grouping)grouping, f32, VIEW_PLAIN, 1);
            scene_make(&more, losses[l], (lk_grouping)grouping, f32, VIEW_PLAIN, 1);
            same.call.gradient = same.call.input;
            same.call.curvature = same.call.target;
            more.call.flags = LK_ACCUMULATE;
            expect(losses[l], &apart.call);
            expect(losses[l], &same.call);
            expect(losses[l], &more.call);
            compare(losses[l], &same.v[INPUT], &apart.v[GRADIENT], 0);
            compare(losses[l], &same.v[TARGET], &apart.v[CURVATURE], 0);
            for (int64_t i = 0; i < view_count(&more.v[GRADIENT]); i++)
                view_set(&more.v[GRADIENT], i, view_get(&more.v[GRADIENT], i) - 0.5);
            compare(losses[l], &more.v[GRADIENT], &apart.v[GRADIENT], 1e-7);
            scene_free(&apart);
            scene_free(&same);
            scene_free(&more);
        }
}

/* A row of one element: value lies over the input and must be written last. */
static void test_value_over_input(void **state)
{
    const int64_t rows[] = {3, 1};
    float x[] = {3, -4, 0}, gradient[3];
    const lk_tensor input = lk_view(x, LK_F32, 2, rows), value = lk_view(x, LK_F32, 1, rows);
    const lk_tensor slope = lk_view(gradient, LK_F32, 2, rows);
    lk_call call = LK_CALL_INIT;
    (void)state;
    call.input = &input;
    call.value = &value;
    call.gradient = &slope;
    call.reduction = LK_SUM;
    expect(LK_L2_NORM, &call);
    assert_true(x[0] == 3 && x[1] == 4 && x[2] == 0);
    assert_true(gradient[0] == 1 && gradient[1] == -1 && gradient[2] == 0);
}

static void test_curvature_floor(void **state)
{
    const int f64[] = {LK_F64, LK_F64, LK_F64, LK_F64, LK_F64};
    (void)state;
    for (int l = 0; l < LOSSES; l++) {
        scene free_, floored;
        scene_make(&free_, losses[l], LK_PER_SAMPLE, f64, VIEW_PLAIN, 1);
        scene_make(&floored, losses[l], LK_PER_SAMPLE, f64, VIEW_PLAIN, 1);
        floored.call.flags = LK_CURVATURE_FLOOR;
        floored.call.curvature_floor = 1e-3;
        expect(losses[l], &free_.call);
        expect(losses[l], &floored.call);
        for (int64_t i = 0; i < view_count(&free_.v[CURVATURE]); i++) {
            const double scale = (double)(1 + i / 70) / 3;
            const double want = fmax(view_get(&free_.v[CURVATURE], i), 1e-3 * scale);
            assert_true(fabs(view_get(&floored.v[CURVATURE], i) - want) <= 1e-15);
        }
        scene_free(&free_);
        scene_free(&floored);
    }
}

static void test_nan_stays_in_its_group(void **state)
{
    const int f32[] = {LK_F32, LK_F32, LK_F32, LK_F32, LK_F32};
    const float zero = 0;
    const lk_tensor zeros = lk_view(&zero, LK_F32, 0, NULL); /* broadcasts to the groups */
    (void)state;
    for (int l = 0; l < LOSSES; l++)
        for (int in_target = 0; in_target < 2; in_target++) {
            scene clean, dirty;
            scene_make(&clean, losses[l], LK_PER_SAMPLE, f32, VIEW_PLAIN, 1);
            scene_make(&dirty, losses[l], LK_PER_SAMPLE, f32, VIEW_PLAIN, 1);
            view_set(&dirty.v[in_target ? TARGET : INPUT], 70 + 33, NAN);
            expect(losses[l], &clean.call);
            expect(losses[l], &dirty.call);
            assert_true(isnan(dirty.result.value));
            assert_true(isnan(view_get(&dirty.value, 1)));
            for (int64_t i = 0; i < 210; i++)
                for (int k = GRADIENT; k < TARGET_GRADIENT; k++) {
                    const double x = view_get(&dirty.v[k], i), y = view_get(&clean.v[k], i);
                    assert_true(i / 70 == 1 ? isnan(x) : x == y);
                }
            view_set(&dirty.weight, 1, 0); /* takes the group out, whatever it holds */
            expect(losses[l], &dirty.call);
            assert_true(isfinite(dirty.result.value) && view_get(&dirty.value, 1) == 0);
            for (int64_t i = 70; i < 140; i++) assert_true(view_get(&dirty.v[GRADIENT], i) == 0);
            view_set(&dirty.weight, 1, 1);
            dirty.call.upstream = &zeros;
            expect(losses[l], &dirty.call);
            assert_true(isnan(dirty.result.value));
            for (int64_t i = 0; i < 210; i++) assert_true(view_get(&dirty.v[GRADIENT], i) == 0);
            scene_free(&clean);
            scene_free(&dirty);
        }
}

/* ---- threads ------------------------------------------------------------------------------------
 */

static void fill_large(rng *r, int64_t n, float *x, float *g)
{
    for (int64_t i = 0; i < n; i++) {
        x[i] = (float)unit(r);
        g[i] = (float)rng_below(r, 2);
    }
}

/* One large group, some large groups, many small ones, classes that are not together in memory. */
static void test_threads(void **state)
{
    enum { MOST = 300000 };
    static const struct {
        lk_grouping grouping;
        int64_t shape[3];
    } sizes[] = {{LK_PER_BATCH, {1, 3, 99991}},
                 {LK_PER_SAMPLE, {3, 1, 99999}},
                 {LK_PER_CLASS, {11, 5, 5003}},
                 {LK_PER_ROW, {3, 997, 87}}};
    float *x = calloc(MOST, sizeof *x), *g = calloc(MOST, sizeof *g);
    float *first = calloc(2 * MOST, sizeof *first), *d = calloc(2 * MOST, sizeof *d);
    rng r = {5};
    (void)state;
    fill_large(&r, MOST, x, g);
    for (int l = 0; l < LOSSES; l++)
        for (int k = 0; k < 4; k++) {
            lk_result results[3];
            const lk_tensor input = lk_view(x, LK_F32, 3, sizes[k].shape);
            const lk_tensor target = lk_view(g, LK_F32, 3, sizes[k].shape);
            for (int threads = 1; threads <= 3; threads++) {
                float *out = threads == 1 ? first : d;
                const lk_tensor gradient = lk_view(out, LK_F32, 3, sizes[k].shape);
                const lk_tensor curvature = lk_view(out + MOST, LK_F32, 3, sizes[k].shape);
                lk_call call = LK_CALL_INIT;
                call.input = &input;
                call.target = &target;
                call.gradient = &gradient;
                call.curvature = &curvature;
                call.grouping = sizes[k].grouping;
                call.result = &results[threads - 1];
                lk_set_num_threads(threads);
                expect(losses[l], &call);
                assert_memory_equal(out, first, 2 * MOST * sizeof *out);
                assert_memory_equal(&results[threads - 1], results, sizeof *results);
            }
        }
    lk_set_num_threads(0);
    free(x);
    free(g);
    free(first);
    free(d);
}

/* A workspace of the caller's instead of one from malloc. */
static void test_workspace(void **state)
{
    const int64_t size[] = {2, 200000};
    float *x = calloc(400000, sizeof *x), *g = calloc(400000, sizeof *g);
    rng r = {6};
    (void)state;
    lk_set_num_threads(2);
    fill_large(&r, 400000, x, g);
    for (int l = 0; l < LOSSES; l++) {
        const lk_tensor input = lk_view(x, LK_F32, 2, size), target = lk_view(g, LK_F32, 2, size);
        lk_result own, given;
        lk_call call = LK_CALL_INIT;
        call.input = &input;
        call.target = &target;
        call.result = &own;
        expect(losses[l], &call);
        assert_int_equal(lk_workspace_size(losses[l], NULL, 0, &call, &call.workspace_size), LK_OK);
        assert_true(call.workspace_size > 0);
        unsigned char *room = malloc(call.workspace_size + 1);
        room[call.workspace_size] = 77;
        call.workspace = room;
        call.result = &given;
        expect(losses[l], &call);
        assert_memory_equal(&own, &given, sizeof own);
        assert_int_equal(room[call.workspace_size], 77);
        free(room);
    }
    lk_set_num_threads(0);
    free(x);
    free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strides),
        cmocka_unit_test(test_element_types),
        cmocka_unit_test(test_in_place_and_accumulate),
        cmocka_unit_test(test_value_over_input),
        cmocka_unit_test(test_curvature_floor),
        cmocka_unit_test(test_nan_stays_in_its_group),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_workspace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
