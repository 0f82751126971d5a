/* test_soft_edit_edges.c: the soft edit distance at its edges: nothing, NaN, masks, sequences
 * without part, wrong arguments; threads, workspaces and instruction sets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "isa.h"
#include "support/edit_reference.h"

static edit_problem p;
static edit_call c;

static void start(double gamma, int logits, uint64_t seed)
{
    edit_problem_make(&p, gamma, logits, seed);
    c = (edit_call){.dtype = LK_F64, .filling = -77};
    c.call.reduction = LK_SUM;
}

static void run(void)
{
    edit_call_make(&c, &p);
    if (edit_call_run(&c, &p)) fail_msg("%s", lk_last_error());
}

static void expect_values(void)
{
    for (int64_t n = 0; n < p.sequences; n++) {
        const double got = view_get(&c.value, n), want = p.weight[n] * (double)edit_value(&p, n);
        if (!(fabs(got - want) <= 1e-10 * (1 + fabs(want))))
            fail_msg("%.17g is not %.17g", got, want);
    }
}

static double gradient_at(int64_t n, int64_t t, int64_t k)
{
    return view_get(&c.gradient, edit_index(&c, &p, n, t, k));
}

static double curvature_at(int64_t n, int64_t t, int64_t k)
{
    return view_get(&c.curvature, edit_index(&c, &p, n, t, k));
}

/* Both derivatives are 0 in every frame from `first` on. */
static void expect_zeros(int64_t n, int64_t first)
{
    for (int64_t t = first; t < p.frames; t++)
        for (int64_t k = 0; k < p.classes; k++) {
            assert_true(gradient_at(n, t, k) == 0);
            assert_true(curvature_at(n, t, k) == 0);
        }
}

/* ---- edges ------------------------------------------------------------------------------------
 */

static void test_empty(void **state)
{
    (void)state;
    for (int logits = 0; logits < 2; logits++) {
        start(1, logits, 5);
        p.input_length[0] = 0; /* nothing against labels, frames against nothing, nothing at all */
        p.target_length[1] = 0;
        p.input_length[2] = p.target_length[2] = 0;
        run();
        expect_values();
        for (int64_t n = 0; n < 3; n++) expect_zeros(n, 0);
        edit_call_free(&c);
    }
    start(1, 0, 5);
    p.frames = 0;
    for (int64_t n = 0; n < p.sequences; n++) p.input_length[n] = 0;
    run();
    expect_values();
    edit_call_free(&c);
    start(1, 0, 5);
    p.sequences = 0;
    run();
    assert_int_equal(c.result.count, 0);
    assert_true(c.result.value == 0);
    edit_call_free(&c);
}

static void test_nan_stays_in_its_sequence(void **state)
{
    (void)state;
    for (int logits = 0; logits < 2; logits++) {
        start(1, logits, 8);
        p.x[2][0][p.target[2][0]] = NAN;
        for (int64_t k = 0; k < p.classes; k++) p.x[3][p.frames - 1][k] = NAN;
        p.input_length[3] = p.frames - 1; /* what lies beyond a length is not read */
        run();
        for (int64_t n = 0; n < p.sequences; n++)
            for (int64_t t = 0; t < p.frames; t++)
                for (int64_t k = 0; k < p.classes; k++) {
                    const int bad = n == 2 && t < p.input_length[2];
                    assert_int_equal(isnan(gradient_at(n, t, k)), bad);
                    assert_int_equal(isnan(curvature_at(n, t, k)), bad);
                }
        for (int64_t n = 0; n < p.sequences; n++)
            assert_int_equal(isnan(view_get(&c.value, n)), n == 2);
        expect_zeros(2, p.input_length[2]);
        edit_call_free(&c);
    }
}

static void test_sequences_without_part(void **state)
{
    (void)state;
    for (int upstream = 0; upstream < 2; upstream++) {
        start(1, 1, 8);
        p.x[2][0][0] = NAN;
        *(upstream ? &p.upstream[2] : &p.weight[2]) = 0;
        run();
        if (!upstream) assert_true(view_get(&c.value, 2) == 0 && isfinite(c.result.value));
        expect_zeros(2, 0);
        assert_true(gradient_at(1, 0, 0) != 0);
        edit_call_free(&c);
    }
}

static void test_masks(void **state)
{
    (void)state;
    start(1, 1, 8);
    for (int64_t t = 0; t < p.frames; t++) p.x[0][t][1] = -INFINITY;
    run();
    expect_values();
    for (int64_t t = 0; t < p.frames; t++) {
        assert_true(gradient_at(0, t, 1) == 0 && curvature_at(0, t, 1) == 0);
        assert_true(isfinite(gradient_at(0, t, 0)) && gradient_at(0, t, 0) != 0);
    }
    edit_call_free(&c);
    start(1, 1, 8); /* nothing is left */
    for (int64_t k = 0; k < p.classes; k++) p.x[0][0][k] = -INFINITY;
    run();
    assert_true(isnan(view_get(&c.value, 0)) && !isnan(view_get(&c.value, 1)));
    edit_call_free(&c);
    start(1, 0, 8); /* a probability of -inf is a substitution that no path takes */
    for (int64_t t = 0; t < p.frames; t++) p.x[0][t][1] = -INFINITY;
    run();
    expect_values();
    edit_call_free(&c);
}

/* ---- threads, workspaces, instruction sets ------------------------------------------------------
 */

enum { BATCH = 24, LONG = 90, WIDE = 70, MANY = 40, SCORES = LONG * BATCH * WIDE };
static double scores[SCORES], gradient[2][SCORES], curvature[2][SCORES], value[2][BATCH];

static void run_batch(int which, char *workspace, size_t *bytes)
{
    static int32_t target[BATCH * MANY];
    const int64_t shape[] = {LONG, BATCH, WIDE}, padded[] = {BATCH, MANY}, count = BATCH;
    const lk_tensor in = lk_view(scores, LK_F64, 3, shape), y = lk_view(target, LK_I32, 2, padded);
    const lk_tensor g = lk_view(gradient[which], LK_F64, 3, shape);
    const lk_tensor h = lk_view(curvature[which], LK_F64, 3, shape);
    const lk_tensor v = lk_vector(value[which], LK_F64, &count);
    const double params[] = {0.8, 1};
    const lk_loss id = LK_SOFT_EDIT_DISTANCE;
    lk_call call = LK_CALL_INIT;
    rng r = {17};
    for (int i = 0; i < SCORES; i++) scores[i] = (double)rng_below(&r, 1000) / 128;
    for (int i = 0; i < BATCH * MANY; i++) target[i] = (int32_t)rng_below(&r, WIDE);
    call.input = &in;
    call.target = &y;
    call.value = &v;
    call.gradient = &g;
    call.curvature = &h;
    call.workspace = workspace;
    if (bytes) assert_int_equal(lk_workspace_size(id, params, 2, &call, bytes), LK_OK);
    call.workspace_size = bytes ? *bytes : 0;
    if (lk_evaluate(id, params, 2, &call)) fail_msg("%s", lk_last_error());
}

static void expect_same_bits(void)
{
    assert_memory_equal(value[0], value[1], sizeof value[0]);
    assert_memory_equal(gradient[0], gradient[1], sizeof gradient[0]);
    assert_memory_equal(curvature[0], curvature[1], sizeof curvature[0]);
}

static void test_threads_do_not_change_bits(void **state)
{
    (void)state;
    lk_set_num_threads(1);
    run_batch(0, NULL, NULL);
    for (int threads = 2; threads <= 5; threads++) {
        memset(gradient[1], 0, sizeof gradient[1]);
        lk_set_num_threads(threads);
        run_batch(1, NULL, NULL);
        expect_same_bits();
    }
    lk_set_num_threads(0);
}

static void test_own_workspace(void **state)
{
    size_t bytes;
    (void)state;
    run_batch(0, NULL, &bytes);
    char *workspace = malloc(bytes);
    assert_non_null(workspace);
    memset(workspace, 0xff, bytes); /* NaN wherever it is read before it is written */
    memset(gradient[1], 0, sizeof gradient[1]);
    run_batch(1, workspace, &bytes);
    free(workspace);
    expect_same_bits();
}

static void test_instruction_sets(void **state)
{
    (void)state;
    run_batch(0, NULL, NULL);
    for (int k = 0; lk_isa_at(k); k++) {
        if (!lk_isa_at(k)->supported()) continue;
        lk_isa_use(lk_isa_at(k));
        memset(gradient[1], 0, sizeof gradient[1]);
        run_batch(1, NULL, NULL);
        for (int i = 0; i < SCORES; i++) {
            assert_true(fabs(gradient[0][i] - gradient[1][i]) < 1e-12);
            assert_true(fabs(curvature[0][i] - curvature[1][i]) < 1e-12);
        }
        for (int n = 0; n < BATCH; n++) assert_true(fabs(value[0][n] - value[1][n]) < 1e-11);
    }
    lk_isa_use(NULL);
}

/* ---- wrong arguments ----------------------------------------------------------------------------
 */

static void expect_failure(lk_status status, const char *sentence)
{
    view_remember(&c.gradient);
    view_remember(&c.curvature);
    view_remember(&c.value);
    assert_int_equal(edit_call_run(&c, &p), status);
    assert_string_equal(lk_last_error(), sentence);
    assert_false(view_changed(&c.gradient) || view_changed(&c.curvature) || view_changed(&c.value));
    edit_call_free(&c);
    start(1, 0, 8);
    edit_call_make(&c, &p);
}

static void test_wrong_arguments(void **state)
{
    (void)state;
    start(1, 0, 8);
    edit_call_make(&c, &p);
    view_set(&c.target, 2 * p.labels, 5);
    expect_failure(LK_OUT_OF_DOMAIN, "soft_edit_distance: target[2, 0] = 5 is outside [0, 5)");
    view_set(&c.input_lengths, 3, 7);
    expect_failure(LK_OUT_OF_DOMAIN, "soft_edit_distance: input_lengths[3] = 7 is outside [0, 6]");
    p.gamma = 0;
    expect_failure(LK_INVALID, "soft_edit_distance: gamma = 0 is outside [1e-06, 1e+06]");
    c.call.curvature = c.call.gradient;
    expect_failure(LK_INVALID, "soft_edit_distance: curvature overlaps gradient");
    c.call.hypotheses = &c.target.tensor;
    expect_failure(LK_INVALID, "soft_edit_distance takes no hypotheses");
    edit_call_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_nan_stays_in_its_sequence),
        cmocka_unit_test(test_sequences_without_part),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_threads_do_not_change_bits),
        cmocka_unit_test(test_own_workspace),
        cmocka_unit_test(test_instruction_sets),
        cmocka_unit_test(test_wrong_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
