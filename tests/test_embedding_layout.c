/* test_embedding_layout.c: the losses over features in every dtype and layout, in place,
 * accumulating, with any number of threads and anyone's workspace: the same bits as a plain call.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/element_types.h"
#include "support/feature_reference.h"

static features f;
static feature_call plain, c;

static const lk_loss losses[] = {
    LK_CENTER,          LK_CONTRASTIVE, LK_TRIPLET_MARGIN, LK_INFO_NCE, LK_SUPERVISED_CONTRASTIVE,
    LK_COSINE_EMBEDDING};
enum { LOSSES = sizeof losses / sizeof *losses, OUTS = FEATURE_STEP + 1 };
static const int dtypes[] = {LK_F32, LK_F64, LK_F16, LK_BF16};

static int64_t length_of(int out) { return (out == FEATURE_STEP ? f.classes : f.n) * f.d; }

static void make(lk_loss loss, int64_t n, int64_t d, int dtype)
{
    features_make(&f, loss, n, d, 5);
    for (int64_t i = 0; i < n; i++) {
        f.weight[i] = i % 4 == 1 ? 0 : 0.5 * (double)(1 + i % 3);
        f.upstream[i] = 1 - 0.25 * (double)(i % 7);
        if (i % 6 == 2) f.label[i] = -100;
    }
    feature_call_make(&plain, &f, dtype);
    feature_call_make(&c, &f, dtype);
    plain.call.weight = &plain.weight;
    plain.call.upstream = &plain.upstream;
    c.call.weight = &c.weight;
    c.call.upstream = &c.upstream;
    assert_int_equal(feature_call_run(&plain, &f), LK_OK);
}

static void expect_same(const char *what, const void *got, const void *want, int64_t n, int dtype)
{
    const int64_t at = first_difference(got, want, dtype, n);
    if (at < 0) return;
    fail_msg("%s, %s: element %lld is %.17g, not %.17g", lk_loss_describe(f.loss)->name, what,
             (long long)at, element_get(got, dtype, at), element_get(want, dtype, at));
}

static void expect_all_same(const char *what)
{
    for (int k = 0; k < OUTS; k++) expect_same(what, c.out[k], plain.out[k], length_of(k), c.dtype);
    expect_same(what, c.row_out, plain.row_out, f.n, c.dtype);
    assert_memory_equal(&c.result, &plain.result, sizeof c.result);
}

/* ---- dtypes ---------------------------------------------------------------------------------- */

/* Rounded inputs in f64 give what f32 arithmetic and one rounding of the outputs must come near. */
static void test_dtypes(void **state)
{
    static const double precision[] = {3e-6, 1e-15, 2e-3, 2e-2};
    (void)state;
    for (int k = 0; k < LOSSES; k++)
        for (int t = 0; t < 4; t++) {
            make(losses[k], 21, 19, dtypes[t]);
            feature_call exact = plain;
            for (int p = 0; p < FEATURE_POINTS; p++)
                for (int64_t i = 0; i < (p == FEATURE_CENTERS ? f.classes : f.n) * f.d; i++)
                    f.point[p][i] = element_get(plain.in[p], dtypes[t], i);
            feature_call_make(&exact, &f, LK_F64);
            exact.call.weight = &exact.weight;
            exact.call.upstream = &exact.upstream;
            assert_int_equal(feature_call_run(&exact, &f), LK_OK);
            for (int o = 0; o < OUTS; o++)
                for (int64_t i = 0; i < length_of(o); i++) {
                    const double want = feature_out(&exact, o, i);
                    const double scale = o == FEATURE_CURVATURE ? 10 : 1;
                    const double most = precision[t] * (scale + fabs(want));
                    if (fabs(feature_out(&plain, o, i) - want) > most)
                        fail_msg("%s %s: output %d [%lld] is %.9g, not %.9g",
                                 lk_loss_describe(f.loss)->name, element_name(dtypes[t]), o,
                                 (long long)i, feature_out(&plain, o, i), want);
                }
            assert_true(fabs(plain.result.value - exact.result.value) <=
                        4e-6 * (1 + fabs(exact.result.value)));
        }
}

static void test_label_types(void **state)
{
    uint8_t bytes[FEATURE_ROWS];
    int32_t ints[FEATURE_ROWS];
    float floats[FEATURE_ROWS];
    (void)state;
    for (int k = 0; k < LOSSES; k++) {
        make(losses[k], 20, 5, LK_F32);
        if (!features_has_labels(losses[k]) && losses[k] != LK_CONTRASTIVE) continue;
        for (int i = 0; i < 20; i++) {
            const int ignored = features_has_labels(losses[k]) && f.label[i] == -100;
            const double target = losses[k] == LK_CONTRASTIVE ? f.y[i] : (double)f.label[i];
            bytes[i] = ignored ? 200 : (uint8_t)target;
            ints[i] = (int32_t)target;
            floats[i] = (float)target;
        }
        c.target = lk_vector(ints, LK_I32, &c.rows);
        assert_int_equal(feature_call_run(&c, &f), LK_OK);
        expect_all_same("i32 targets");
        c.target = lk_vector(bytes, LK_U8, &c.rows);
        c.call.ignore_index = 200;
        assert_int_equal(feature_call_run(&c, &f), LK_OK);
        expect_all_same("u8 targets");
        c.target = lk_vector(floats, LK_F32, &c.rows);
        assert_int_equal(feature_call_run(&c, &f),
                         features_has_labels(losses[k]) ? LK_INVALID : LK_OK);
    }
}

/* ---- strides ----------------------------------------------------------------------------------
 */

enum { WIDE = FEATURE_SIZE + 3, ROOM = (FEATURE_ROWS + 1) * WIDE * 2 };
static double room[10][ROOM];

/* The matrix in `from` laid out with other strides in room[k]; kind 0: rows apart, 1: transposed,
 * 2: every second element, backwards. */
static void lay_out(lk_tensor *t, int k, int kind, int64_t strides[2], const void *from)
{
    const int64_t rows = t->shape[0], columns = t->shape[1];
    const int dtype = t->dtype.code << 8 | t->dtype.bits;
    int64_t origin = 0;
    strides[0] = kind == 1 ? 1 : kind == 0 ? WIDE : -2 * columns;
    strides[1] = kind == 1 ? rows : kind == 0 ? 1 : -2;
    if (kind == 2) origin = 2 * rows * columns - 2;
    t->data = (char *)room[k] + (size_t)origin * element_width(dtype);
    t->strides = strides;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; from && j < columns; j++)
            element_set(t->data, dtype, i * strides[0] + j * strides[1],
                        element_get(from, dtype, i * columns + j));
}

static void gather(const lk_tensor *t, void *to)
{
    const int dtype = t->dtype.code << 8 | t->dtype.bits;
    for (int64_t i = 0; i < t->shape[0]; i++)
        for (int64_t j = 0; j < t->shape[1]; j++)
            element_set(to, dtype, i * t->shape[1] + j,
                        element_get(t->data, dtype, i * t->strides[0] + j * t->strides[1]));
}

static void test_strides(void **state)
{
    (void)state;
    for (int k = 0; k < LOSSES; k++)
        for (int kind = 0; kind < 3; kind++)
            for (int t = 0; t < 4; t++) {
                int64_t strides[10][2];
                make(losses[k], 18, 11, dtypes[t]);
                lk_tensor *const in[] = {&c.input, &c.other, &c.negative, &c.centers};
                lk_tensor *const out[] = {&c.gradient, &c.other_gradient, &c.negative_gradient,
                                          &c.curvature, &c.center_step};
                for (int a = 0; a < 4; a++) lay_out(in[a], a, kind, strides[a], c.in[a]);
                for (int a = 0; a < OUTS; a++)
                    lay_out(out[a], 4 + a, kind, strides[4 + a], c.out[a]);
                assert_int_equal(feature_call_run(&c, &f), LK_OK);
                for (int a = 0; a < OUTS; a++) gather(out[a], c.out[a]);
                expect_all_same("strides");
            }
}

/* ---- in place and accumulation ----------------------------------------------------------------
 */

static void test_in_place(void **state)
{
    (void)state;
    for (int k = 0; k < LOSSES; k++)
        for (int t = 0; t < 4; t++)
            for (int which = 0; which < 2; which++) {
                make(losses[k], 23, 9, dtypes[t]);
                *(which ? &c.curvature : &c.gradient) = c.input;
                if (!which) c.other_gradient = c.other;
                c.negative_gradient = c.negative;
                c.center_step = c.centers;
                assert_int_equal(feature_call_run(&c, &f), LK_OK);
                memcpy(c.out[which ? FEATURE_CURVATURE : FEATURE_GRADIENT], c.in[FEATURE_X],
                       sizeof c.out[0]);
                if (!which) memcpy(c.out[FEATURE_OTHER_GRADIENT], c.in[1], sizeof c.out[0]);
                memcpy(c.out[FEATURE_NEGATIVE_GRADIENT], c.in[2], sizeof c.out[0]);
                memcpy(c.out[FEATURE_STEP], c.in[3], sizeof c.out[0]);
                for (int o = 0; o < FEATURE_STEP; o++) { /* untouched ones hold their input */
                    const lk_tensor *const asked[] = {c.call.gradient, c.call.other_gradient,
                                                      c.call.negative_gradient, c.call.curvature};
                    if (!asked[o]) memset(c.out[o], 0, sizeof c.out[o]);
                }
                if (!c.call.center_step) memset(c.out[FEATURE_STEP], 0, sizeof c.out[0]);
                expect_all_same("in place");
            }
}

static void test_accumulation(void **state)
{
    (void)state;
    for (int k = 0; k < LOSSES; k++)
        for (int t = 0; t < 2; t++) {
            make(losses[k], 21, 17, dtypes[t]);
            for (int o = 0; o < OUTS; o++)
                for (int64_t i = 0; i < length_of(o); i++)
                    element_set(c.out[o], c.dtype, i, (double)(i % 5) - 2);
            c.call.flags |= LK_ACCUMULATE;
            assert_int_equal(feature_call_run(&c, &f), LK_OK);
            const lk_tensor *const asked[] = {c.call.gradient, c.call.other_gradient,
                                              c.call.negative_gradient, c.call.curvature};
            for (int o = 0; o < FEATURE_STEP; o++)
                for (int64_t i = 0; asked[o] && i < length_of(o); i++) {
                    const double old = (double)(i % 5) - 2, new = feature_out(&plain, o, i);
                    const double want = t ? old + new : (double)((float)old + (float)new);
                    assert_true(feature_out(&c, o, i) == want);
                }
            if (f.loss == LK_CENTER) /* is not a derivative */
                expect_same("step", c.out[FEATURE_STEP], plain.out[FEATURE_STEP],
                            length_of(FEATURE_STEP), c.dtype);
        }
}

/* Each output alone is what it is among all. */
static void test_single_outputs(void **state)
{
    (void)state;
    for (int k = 0; k < LOSSES; k++)
        for (int o = 0; o < OUTS + 1; o++) {
            make(losses[k], 20, 16, LK_F32);
            const lk_tensor **const asked[] = {&c.call.gradient,          &c.call.other_gradient,
                                               &c.call.negative_gradient, &c.call.curvature,
                                               &c.call.center_step,       &c.call.value};
            for (int other = 0; other < OUTS + 1; other++)
                if (other != o) *asked[other] = NULL;
            assert_int_equal(feature_call_run(&c, &f), LK_OK);
            assert_memory_equal(&c.result, &plain.result, sizeof c.result);
            if (o < OUTS && *asked[o])
                expect_same("alone", c.out[o], plain.out[o], length_of(o), c.dtype);
        }
}

static void test_workspace(void **state)
{
    (void)state;
    for (int k = 0; k < LOSSES; k++)
        for (int t = 0; t < 4; t++) {
            size_t bytes = 1;
            make(losses[k], 19, 13, dtypes[t]);
            assert_int_equal(lk_workspace_size(f.loss, f.params, lk_loss_describe(f.loss)->n_params,
                                               &c.call, &bytes),
                             LK_OK);
            unsigned char *own = malloc(bytes + 2);
            memset(own, 0xa5, bytes + 2);
            c.call.workspace = own + 1;
            c.call.workspace_size = bytes;
            assert_int_equal(feature_call_run(&c, &f), LK_OK);
            expect_all_same("workspace");
            assert_int_equal(own[0], 0xa5);
            assert_int_equal(own[bytes + 1], 0xa5);
            free(own);
        }
}

/* ---- threads ----------------------------------------------------------------------------------
 */

typedef struct large {
    int64_t shape[2], centers_shape[2];
    float *in[4], *out[6];
    int64_t *label;
    float *y;
    lk_result result;
} large;

static void run_large(large *g, lk_loss loss, int threads)
{
    const lk_loss_info *info = lk_loss_describe(loss);
    lk_tensor in[4], out[6], target;
    lk_call call = LK_CALL_INIT;
    const lk_tensor **const inputs[] = {&call.input, &call.other, &call.negative, &call.centers};
    const lk_tensor **const outputs[] = {
        &call.gradient,  &call.other_gradient, &call.negative_gradient,
        &call.curvature, &call.value,          &call.center_step};
    static const lk_argument_id in_ids[] = {LK_ARG_INPUT, LK_ARG_OTHER, LK_ARG_NEGATIVE,
                                            LK_ARG_CENTERS};
    static const lk_argument_id out_ids[] = {
        LK_ARG_GRADIENT,  LK_ARG_OTHER_GRADIENT, LK_ARG_NEGATIVE_GRADIENT,
        LK_ARG_CURVATURE, LK_ARG_VALUE,          LK_ARG_CENTER_STEP};
    for (int k = 0; k < 4; k++) {
        in[k] = lk_view(g->in[k], LK_F32, 2, k == 3 ? g->centers_shape : g->shape);
        if (info->takes >> in_ids[k] & 1) *inputs[k] = &in[k];
    }
    for (int k = 0; k < 6; k++) {
        out[k] = lk_view(g->out[k], LK_F32, k == 4 ? 1 : 2, k == 5 ? g->centers_shape : g->shape);
        if (info->takes >> out_ids[k] & 1) *outputs[k] = &out[k];
    }
    target = features_has_labels(loss) ? lk_vector(g->label, LK_I64, g->shape)
                                       : lk_vector(g->y, LK_F32, g->shape);
    if (info->takes >> LK_ARG_TARGET & 1) call.target = &target;
    call.result = &g->result;
    lk_set_num_threads(threads);
    assert_int_equal(lk_evaluate(loss, NULL, 0, &call), LK_OK);
    lk_set_num_threads(0);
}

static void test_threads(void **state)
{
    enum { N = 3001, D = 67, C = 50 };
    const size_t size = sizeof(float) * N * D;
    large g = {.shape = {N, D}, .centers_shape = {C, D}};
    float *kept[6];
    rng r = {9};
    (void)state;
    for (int k = 0; k < 6; k++) {
        if (k < 4) g.in[k] = malloc(size);
        g.out[k] = calloc(1, size);
        kept[k] = malloc(size);
        for (int i = 0; k < 4 && i < N * D; i++) g.in[k][i] = (float)random_normal(&r);
    }
    g.label = malloc(N * sizeof *g.label);
    g.y = malloc(N * sizeof *g.y);
    for (int k = 0; k < LOSSES; k++) {
        for (int i = 0; i < N; i++) {
            g.label[i] = rng_below(&r, C);
            g.y[i] = rng_below(&r, 2) ? 1.0f : losses[k] == LK_CONTRASTIVE ? 0.0f : -1.0f;
        }
        run_large(&g, losses[k], 1);
        const lk_result first = g.result;
        for (int o = 0; o < 6; o++) memcpy(kept[o], g.out[o], size);
        for (int threads = 2; threads <= 3; threads++) {
            for (int o = 0; o < 6; o++) memset(g.out[o], 0, size);
            run_large(&g, losses[k], threads);
            f.loss = losses[k];
            assert_memory_equal(&g.result, &first, sizeof first);
            for (int o = 0; o < 6; o++)
                if (lk_loss_describe(f.loss)->takes >> LK_ARG_OTHER & 1 || o == 0 || o >= 3)
                    expect_same("threads", g.out[o], kept[o],
                                o == 4   ? N
                                : o == 5 ? C * D
                                         : N * D,
                                LK_F32);
        }
        for (int o = 0; o < 6; o++) memset(g.out[o], 0, size);
    }
    for (int k = 0; k < 6; k++) {
        if (k < 4) free(g.in[k]);
        free(g.out[k]);
        free(kept[k]);
    }
    free(g.label);
    free(g.y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dtypes),       cmocka_unit_test(test_label_types),
        cmocka_unit_test(test_strides),      cmocka_unit_test(test_in_place),
        cmocka_unit_test(test_accumulation), cmocka_unit_test(test_single_outputs),
        cmocka_unit_test(test_workspace),    cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
