/* test_region_engine.c: what every loss over regions owes its caller whatever its formula: layouts,
 * element types, in place, accumulation, threads, empty input, NaN, bad arguments and bad data. */
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

static void expect_error(lk_loss loss, const lk_call *call, lk_status status, const char *sentence)
{
    assert_int_equal(lk_evaluate(loss, NULL, 0, call), status);
    assert_string_equal(lk_last_error(), sentence);
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

/* ---- numbers at the edge ------------------------------------------------------------------------
 */

static void test_nothing(void **state)
{
    static const int64_t none[] = {0, 4}, hollow[] = {2, 0};
    const lk_tensor no_rows = lk_view(NULL, LK_F32, 2, none);
    const lk_tensor no_columns = lk_view(NULL, LK_F32, 2, hollow);
    float values[2] = {7, 7};
    const lk_tensor value = lk_view(values, LK_F32, 1, hollow);
    (void)state;
    for (int l = 0; l < LOSSES; l++) {
        lk_result result = {9, 9, 9};
        lk_call call = LK_CALL_INIT;
        call.input = call.target = &no_rows;
        call.gradient = &no_rows;
        call.result = &result;
        expect(losses[l], &call);
        assert_true(result.value == 0 && result.count == 0 && result.normalizer == 0);
        call.flags = LK_EMPTY_IS_NAN;
        call.grouping = LK_PER_BATCH;
        expect(losses[l], &call);
        assert_true(isnan(result.value) && result.count == 0);
        call.flags = 0;
        call.grouping = LK_PER_SAMPLE;
        call.input = call.target = call.gradient = &no_columns;
        call.value = &value;
        values[0] = values[1] = 7;
        expect(losses[l], &call);
        assert_true(values[0] == 0 && values[1] == 0 && result.count == 0 && result.value == 0);
    }
}

/* No region in prediction or target. */
static void test_empty_regions(void **state)
{
    const int64_t size[] = {2, 3};
    double x[6] = {0}, g[6] = {0, 0, 0, 1, 0, 0}, d[6], h[6], v[2];
    const lk_tensor input = lk_view(x, LK_F64, 2, size), target = lk_view(g, LK_F64, 2, size);
    const lk_tensor gradient = lk_view(d, LK_F64, 2, size), bend = lk_view(h, LK_F64, 2, size);
    const lk_tensor value = lk_view(v, LK_F64, 1, size);
    lk_call call = LK_CALL_INIT;
    (void)state;
    call.input = &input;
    call.target = &target;
    call.value = &value;
    call.gradient = &gradient;
    call.curvature = &bend;
    assert_int_equal(lk_dice(&call, 0, 1, 0), LK_OK);
    assert_true(v[0] == 0 && v[1] == 1);
    for (int i = 0; i < 3; i++) assert_true(d[i] == 0 && h[i] == 0);
    assert_true(d[3] == -1 && d[4] == 0); /* -2/U / 2 samples */
    assert_int_equal(lk_dice(&call, 1, 1, 0), LK_OK);
    assert_true(v[0] == 0 && v[1] == 0.5);
    assert_int_equal(lk_focal_tversky(&call, 0.5, 0.5, 4.0 / 3, 1, 0), LK_OK);
    assert_true(v[0] == 0 && d[0] == 0 && isfinite(h[0]));
    assert_int_equal(lk_l2_norm(&call), LK_OK);
    assert_true(v[0] == 0 && v[1] == 1 && d[0] == 0 && h[0] == 0 && h[3] == 0 && h[4] == 0.5);
    for (int i = 0; i < 3; i++) x[i] = i;
    assert_int_equal(lk_lovasz_hinge(&call), LK_OK); /* no target: the largest error, 1 + 2 */
    assert_true(v[0] == 3 && d[0] == 0 && d[1] == 0 && d[2] == 0.5);
}

static void test_nan_stays_in_its_group(void **state)
{
    const int f32[] = {LK_F32, LK_F32, LK_F32, LK_F32, LK_F32};
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
            scene_free(&clean);
            scene_free(&dirty);
        }
}

static void test_masked_nan(void **state)
{
    const int64_t size[] = {1, 4};
    double x[] = {0.5, NAN, 0.25, INFINITY}, g[] = {1, 0, 0, NAN}, d[4], v;
    const uint8_t keep[] = {1, 0, 1, 0};
    const lk_tensor input = lk_view(x, LK_F64, 2, size), target = lk_view(g, LK_F64, 2, size);
    const lk_tensor mask = lk_view(keep, LK_BOOL, 2, size), value = lk_view(&v, LK_F64, 1, size);
    const lk_tensor gradient = lk_view(d, LK_F64, 2, size);
    (void)state;
    for (int l = 0; l < LOSSES; l++) {
        lk_call call = LK_CALL_INIT;
        call.input = &input;
        call.target = &target;
        call.mask = &mask;
        call.value = &value;
        call.gradient = &gradient;
        expect(losses[l], &call);
        assert_true(isfinite(v) && v > 0 && isfinite(d[0]) && d[0] != 0);
        assert_true(d[1] == 0 && d[3] == 0);
    }
}

/* Squares beyond the range of the type, and below it. */
static void norm_at(int dtype, double size, double tolerance)
{
    const int64_t shape_[] = {1, 2};
    view x, d, h;
    double v;
    rng r = {1};
    view_make(&x, dtype, 2, shape_, VIEW_PLAIN, &r);
    view_make(&d, LK_F64, 2, shape_, VIEW_PLAIN, &r);
    view_make(&h, LK_F64, 2, shape_, VIEW_PLAIN, &r);
    view_set(&x, 0, 3 * size);
    view_set(&x, 1, -4 * size);
    const lk_tensor value = lk_view(&v, LK_F64, 1, shape_);
    lk_call call = LK_CALL_INIT;
    call.input = &x.tensor;
    call.value = &value;
    call.gradient = &d.tensor;
    call.curvature = &h.tensor;
    expect(LK_L2_NORM, &call);
    const double exact = hypot(view_get(&x, 0), view_get(&x, 1));
    assert_true(fabs(v / exact - 1) <= tolerance);
    assert_true(fabs(view_get(&d, 0) - view_get(&x, 0) / exact) <= tolerance);
    assert_true(fabs(view_get(&d, 1) - view_get(&x, 1) / exact) <= tolerance);
    if (isfinite(0.64 / exact))
        assert_true(fabs(view_get(&h, 0) * exact / (view_get(&x, 1) / exact) -
                         view_get(&x, 1) / exact) <= 4 * tolerance);
    view_free(&x);
    view_free(&d);
    view_free(&h);
}

static void test_l2_norm_at_every_size(void **state)
{
    (void)state;
    norm_at(LK_F64, 1e200, 1e-15);
    norm_at(LK_F64, 1e307, 1e-15);
    norm_at(LK_F64, 1e-200, 1e-15);
    norm_at(LK_F64, 1e-300, 1e-15);
    norm_at(LK_F64, 0x1p-1070, 1e-15);
    norm_at(LK_F64, 1, 1e-15);
    norm_at(LK_F32, 1e30, 1e-7);
    norm_at(LK_F32, 5e37, 1e-7);
    norm_at(LK_F32, 1e-30, 1e-7);
}

static void test_l2_norm_of_opposite_giants(void **state)
{
    const int64_t size[] = {1, 1};
    double x = 1e308, y = -1e307, v, d;
    const lk_tensor input = lk_view(&x, LK_F64, 2, size), target = lk_view(&y, LK_F64, 2, size);
    const lk_tensor value = lk_view(&v, LK_F64, 1, size), slope = lk_view(&d, LK_F64, 2, size);
    lk_call call = LK_CALL_INIT;
    (void)state;
    call.input = &input;
    call.target = &target;
    call.value = &value;
    call.gradient = &slope;
    expect(LK_L2_NORM, &call);
    assert_true(fabs(v / 1.1e308 - 1) < 1e-15 && d == 1);
}

/* Equal errors keep their order, in short groups and in long ones. */
static void test_lovasz_ties(void **state)
{
    enum { MOST = 100 };
    float x[MOST] = {0}, d[MOST];
    uint8_t g[MOST] = {0};
    (void)state;
    for (int64_t n = 4; n <= MOST; n += MOST - 4) {
        const int64_t size[] = {1, n};
        const lk_tensor input = lk_view(x, LK_F32, 2, size), target = lk_view(g, LK_U8, 2, size);
        const lk_tensor slope = lk_view(d, LK_F32, 2, size);
        lk_result result;
        lk_call call = LK_CALL_INIT;
        call.input = &input;
        call.target = &target;
        call.gradient = &slope;
        call.result = &result;
        g[1] = 1; /* errors 1, all equal: J is 1/2 after the first, 1 from the second on */
        expect(LK_LOVASZ_HINGE, &call);
        assert_true(result.value == 1 && d[0] == 0.5f && d[1] == -0.5f && d[2] == 0 && d[3] == 0);
    }
}

/* ---- errors -------------------------------------------------------------------------------------
 */

static void test_bad_data(void **state)
{
    const int64_t size[] = {2, 2, 2};
    float x[8] = {0, 0.5f, 1, 0, 0, 0.25f, 1.5f, -2}, g[8] = {0, 1, 0, 1, 0, 1, 0, 0};
    const lk_tensor input = lk_view(x, LK_F32, 3, size), target = lk_view(g, LK_F32, 3, size);
    lk_result result = {9, 9, 9};
    lk_call call = LK_CALL_INIT;
    (void)state;
    call.input = &input;
    call.target = &target;
    call.result = &result;
    expect_error(LK_DICE, &call, LK_OUT_OF_DOMAIN,
                 "dice: input[1, 1, 0] = 1.5 is outside [0, 1]; logits take logits = 1");
    call.gradient = &input; /* the good group before is overwritten, the bad one still there */
    expect_error(LK_DICE, &call, LK_OUT_OF_DOMAIN,
                 "dice: input[1, 1, 0] = 1.5 is outside [0, 1]; logits take logits = 1");
    assert_true(result.value == 9 && result.count == 9);
    call.gradient = NULL;
    for (int i = 0; i < 4; i++) x[i] = 0;
    call.grouping = LK_PER_CLASS;
    g[5] = 2;
    expect_error(LK_DICE, &call, LK_OUT_OF_DOMAIN, "dice: target[1, 0, 1] = 2 is outside [0, 1]");
    g[5] = 0.5f;
    expect_error(LK_LOVASZ_HINGE, &call, LK_OUT_OF_DOMAIN,
                 "lovasz_hinge: target[1, 0, 1] = 0.5 is neither 0 nor 1");
    assert_int_equal(lk_jaccard(&call, 1, 1), LK_OK); /* logits, soft target */
}

static void test_bad_arguments(void **state)
{
    const int64_t size[] = {2, 3}, three[] = {3}, line[] = {6};
    float x[6] = {0}, g[6] = {0}, d[6] = {7}, w[3] = {1, 1, 1}, before[6];
    const lk_tensor input = lk_view(x, LK_F32, 2, size), target = lk_view(g, LK_F32, 2, size);
    const lk_tensor slope = lk_view(d, LK_F32, 2, size), weight = lk_view(w, LK_F32, 1, three);
    const lk_tensor vector = lk_view(x, LK_F32, 1, line), shifted = lk_view(x + 1, LK_F32, 1, line);
    const lk_tensor labels = lk_view(x, LK_I32, 2, size);
    lk_call call = LK_CALL_INIT;
    (void)state;
    memcpy(before, d, sizeof d);
    call.input = &input;
    call.gradient = &slope;
    expect_error(LK_DICE, &call, LK_INVALID, "dice: target is NULL");
    call.target = &target;
    call.grouping = (lk_grouping)9;
    expect_error(LK_DICE, &call, LK_INVALID, "dice: there is no grouping 9");
    call.grouping = LK_PER_SAMPLE;
    call.weight = &weight;
    expect_error(LK_DICE, &call, LK_INVALID,
                 "dice: weight has extent 3 where the grouping has 2 (dimension 0 of the "
                 "grouping)");
    call.grouping = LK_PER_CLASS;
    call.target = &weight; /* broadcasts */
    expect(LK_DICE, &call);
    memcpy(d, before, sizeof d);
    call.target = &target;
    call.other = &target;
    expect_error(LK_DICE, &call, LK_INVALID, "dice takes no other");
    call.other = NULL;
    call.target_gradient = &slope;
    expect_error(LK_LOVASZ_HINGE, &call, LK_UNSUPPORTED,
                 "lovasz_hinge has no output "
                 "target_gradient");
    call.target = NULL;
    call.gradient = NULL;
    expect_error(LK_L1_NORM, &call, LK_INVALID, "l1_norm: target_gradient without a target");
    call.target_gradient = NULL;
    call.flags = LK_IGNORE;
    expect_error(LK_L1_NORM, &call, LK_INVALID, "l1_norm: LK_IGNORE without a target");
    call.flags = 0;
    call.input = &labels;
    expect_error(LK_L1_NORM, &call, LK_INVALID,
                 "l1_norm: input is an integer array; it must be f32, f64, f16 or bf16");
    call.input = call.target = &vector;
    call.weight = NULL;
    expect_error(LK_L1_NORM, &call, LK_INVALID,
                 "l1_norm: groups per class need 2 dimensions, input has 1");
    call.grouping = LK_PER_BATCH;
    call.gradient = &shifted;
    expect_error(LK_L1_NORM, &call, LK_INVALID,
                 "l1_norm: gradient overlaps input without being the same view of it");
    call.gradient = NULL;
    assert_int_equal(lk_dice(&call, 1, 1.5, 0), LK_INVALID);
    assert_string_equal(lk_last_error(), "dice: power = 1.5 is neither 1 nor 2");
    assert_int_equal(lk_jaccard(&call, 1, 0.5), LK_INVALID);
    assert_string_equal(lk_last_error(), "jaccard: logits = 0.5 is neither 0 nor 1");
    assert_int_equal(lk_jaccard(&call, -1, 0), LK_INVALID);
    assert_memory_equal(before, d, sizeof d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strides),
        cmocka_unit_test(test_element_types),
        cmocka_unit_test(test_in_place_and_accumulate),
        cmocka_unit_test(test_value_over_input),
        cmocka_unit_test(test_curvature_floor),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_workspace),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_empty_regions),
        cmocka_unit_test(test_nan_stays_in_its_group),
        cmocka_unit_test(test_masked_nan),
        cmocka_unit_test(test_l2_norm_at_every_size),
        cmocka_unit_test(test_l2_norm_of_opposite_giants),
        cmocka_unit_test(test_lovasz_ties),
        cmocka_unit_test(test_bad_data),
        cmocka_unit_test(test_bad_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
