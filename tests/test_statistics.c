/* test_statistics.c: numbers about the whole sample: the automatic class balance and the scale by
 * median absolute deviation, against plain ones of the test; and the scratch that they need. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/counting.h"
#include "support/element_types.h"
#include "support/guard.h"
#include "support/sample.h"
#include "support/scene.h"

/* ---- counting allocations ---------------------------------------------------------------------
 */

#if COUNTING
void *__libc_malloc(size_t size);
static int allocations, exhausted;

/* Replaces the C library's for this program. */
void *malloc(size_t size)
{
    allocations++;
    return exhausted ? NULL : __libc_malloc(size);
}
#else
static int allocations, exhausted;
#endif

/* ---- statistics of the test -------------------------------------------------------------------
 */

enum { ABSENT, BALANCE, MAD, MAD_PER_ROW };

static int statistic_of(const lk_named_value *v)
{
    static const char *const words[] = {"", "auto", "mad", "mad_per_row"};
    for (int s = BALANCE; v->name && s <= MAD_PER_ROW; s++)
        if (!strcmp(v->name, words[s])) return s;
    return ABSENT;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *a, int64_t n)
{
    qsort(a, (size_t)n, sizeof *a, by_size);
    const double upper = a[n / 2];
    return n % 2 ? upper : a[n / 2 - 1] + (upper - a[n / 2 - 1]) / 2;
}

/* Of the elements first .. last - 1 that count. */
static double statistic(const scene *s, int which, int64_t first, int64_t last)
{
    double *a = calloc((size_t)(last - first) + 1, sizeof *a), sum = 0, found;
    int64_t n = 0;
    assert_non_null(a);
    for (int64_t i = first; i < last; i++) {
        const double x = view_get(&s->in[IN_INPUT], i), t = view_get(&s->in[IN_TARGET], i);
        if (s->call.flags & LK_IGNORE && t == s->call.ignore_target) continue;
        if (isnan(t) || (which != BALANCE && isnan(x))) continue;
        sum += 1 - t;
        a[n++] = x - t;
    }
    if (which == BALANCE) {
        found = n ? sum / (double)n : 0;
    } else {
        const double centre = n ? median(a, n) : 0;
        for (int64_t i = 0; i < n; i++) a[i] = fabs(a[i] - centre);
        found = n ? 1.482602218505602 * median(a, n) : 1;
    }
    free(a);
    return found;
}

/* ---- the same with the statistic written out --------------------------------------------------
 */

/* The losses with a parameter that stands for a statistic: runs body for each of its words. */
typedef void on_statistic(lk_loss id, int param, double word, int which);
static void for_each_statistic(on_statistic *body)
{
    int found = 0;
    FOR_EACH_LOSS(id)
    {
        const lk_loss_info *info = lk_loss_describe(id);
        if (!info->auxiliary || info->auxiliary_param < 0) continue;
        const lk_parameter *p = &info->params[info->auxiliary_param];
        for (int k = 0; k < 2; k++) {
            const int which = statistic_of(&p->named[k]);
            if (which) body(id, info->auxiliary_param, p->named[k].value, which);
            found += which != 0;
        }
    }
    assert_int_equal(found, 3);
}

/* The third input as an array that holds the statistic of each sample. */
static void write_out(scene *s, int which)
{
    const int64_t n = view_count(&s->in[IN_INPUT]);
    const int64_t samples = which == MAD || s->call.input->ndim < 2 ? 1 : s->call.input->shape[0];
    for (int64_t k = 0; k < samples; k++) {
        const double x = statistic(s, which, k * (n / samples), (k + 1) * (n / samples));
        for (int64_t i = k * (n / samples); i < (k + 1) * (n / samples); i++)
            view_set(&s->in[IN_AUXILIARY], i, x);
    }
}

static void check(lk_loss id, int param, double word, int which, plan p, int ignoring)
{
    scene want, s;
    rng r = {1}, same = {1};
    p.outs = 15;
    p.ins = 1u << IN_AUXILIARY | 1u << IN_WEIGHT;
    scene_make(&want, id, &p, &r);
    scene_make(&s, id, &p, &same);
    const int64_t n = view_count(&s.in[IN_INPUT]);
    for (int64_t i = 0; i < n; i++) {
        if (ignoring && i % 3 == 1) {
            view_set(&want.in[IN_TARGET], i, -100);
            view_set(&s.in[IN_TARGET], i, -100);
        }
        if (ignoring && i % 11 == 5) { /* a NaN takes part in no statistic */
            view_set(&want.in[i % 2 ? IN_TARGET : IN_INPUT], i, NAN);
            view_set(&s.in[i % 2 ? IN_TARGET : IN_INPUT], i, NAN);
        }
    }
    if (ignoring) want.call.flags = s.call.flags = LK_IGNORE;
    want.call.ignore_target = s.call.ignore_target = -100;
    write_out(&want, which);
    s.params[param] = word;
    s.call.auxiliary = NULL;
    if (scene_run(&want) || scene_run(&s)) fail_msg("%s", lk_last_error());
    scenes_agree(&want, &s, "a statistic");
    scene_free(&s);
    scene_free(&want);
}

static const plan shapes[] = {{.ndim = 1, .shape = {1001}},
                              {.ndim = 1, .shape = {1000}},
                              {.ndim = 2, .shape = {7, 33}},
                              {.ndim = 2, .shape = {6, 700}},
                              {.ndim = 3, .shape = {5, 4, 9}},
                              {.ndim = 2, .shape = {300, 17}},
                              {.ndim = 2, .shape = {1, 9001}},
                              {.ndim = 4, .shape = {3, 2, 100, 21}},
                              {.ndim = 2, .shape = {40, 33}, .layout = VIEW_RANDOM}};

static void check_shapes(lk_loss id, int param, double word, int which)
{
    static const int dtypes[] = {LK_F32, LK_F64};
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++)
        for (int d = 0; d < 2; d++)
            for (int ignoring = 0; ignoring < 2; ignoring++) {
                plan p = shapes[k];
                p.dtype = dtypes[d];
                check(id, param, word, which, p, ignoring);
            }
}
static void test_statistics(void **state)
{
    (void)state;
    for_each_statistic(check_shapes);
}

/* A vector is one sample, and then the statistic is as good as a parameter, to the bit. */
static void check_vector(lk_loss id, int param, double word, int which)
{
    for (int64_t n = 2; n < 70; n++) {
        const plan p = {.dtype = LK_F32, .ndim = 1, .shape = {n}, .outs = 15};
        scene want, s;
        rng r = {1};
        scene_make(&want, id, &p, &r);
        scene_make(&s, id, &p, &r);
        want.params[param] = statistic(&want, which, 0, n);
        s.params[param] = word;
        if (want.params[param] > 0 || which == BALANCE) {
            assert_int_equal(scene_run(&want), LK_OK);
            if (scene_run(&s)) fail_msg("%s", lk_last_error());
            scenes_agree(&want, &s, "a statistic of a vector");
        }
        scene_free(&s);
        scene_free(&want);
    }
}
static void test_vectors(void **state)
{
    (void)state;
    for_each_statistic(check_vector);
}

static void check_threads(lk_loss id, int param, double word, int which)
{
    static const int64_t rows[] = {1, 3, 1000};
    (void)which;
    for (int k = 0; k < 3; k++) {
        plan p = {.dtype = LK_F32, .ndim = 2, .outs = 3};
        p.shape[0] = rows[k];
        p.shape[1] = 400000 / rows[k];
        scene one, many;
        rng r = {1};
        scene_make(&one, id, &p, &r);
        scene_make(&many, id, &p, &r);
        one.params[param] = many.params[param] = word;
        lk_set_num_threads(1);
        assert_int_equal(scene_run(&one), LK_OK);
        lk_set_num_threads(5);
        assert_int_equal(scene_run(&many), LK_OK);
        lk_set_num_threads(0);
        scenes_agree(&one, &many, "threads");
        scene_free(&one);
        scene_free(&many);
    }
}
static void test_threads_do_not_matter(void **state)
{
    (void)state;
    for_each_statistic(check_threads);
}

/* ---- no spread --------------------------------------------------------------------------------
 */

static void check_no_spread(lk_loss id, int param, double word, int which)
{
    const plan p = {.dtype = LK_F64, .ndim = 2, .shape = {4, 50}, .outs = 15};
    char sentence[200];
    scene s;
    rng r = {1};
    if (which == BALANCE) return;
    scene_make(&s, id, &p, &r);
    for (int64_t i = which == MAD ? 0 : 100; i < (which == MAD ? 200 : 150); i++)
        view_set(&s.in[IN_INPUT], i, view_get(&s.in[IN_TARGET], i) + 3);
    s.params[param] = word;
    scene_remember(&s);
    snprintf(sentence, sizeof sentence,
             "%s: the median absolute deviation of the residuals of sample %d is 0; give the scale "
             "as a number",
             s.info->name, which == MAD ? 0 : 2);
    assert_int_equal(scene_run(&s), LK_INVALID);
    assert_string_equal(lk_last_error(), sentence);
    scene_untouched(&s, sentence);
    /* A sample of which no element counts needs no scale. */
    s.call.flags = LK_IGNORE;
    s.call.ignore_target = -100;
    for (int64_t i = which == MAD ? 0 : 100; i < (which == MAD ? 200 : 150); i++)
        view_set(&s.in[IN_TARGET], i, -100);
    assert_int_equal(scene_run(&s), LK_OK);
    assert_int_equal(s.result.count, which == MAD ? 0 : 150);
    scene_free(&s);
}
static void test_no_spread(void **state)
{
    (void)state;
    for_each_statistic(check_no_spread);
}

/* ---- scratch ----------------------------------------------------------------------------------
 */

static size_t bytes_of(const scene *s)
{
    size_t bytes = 77;
    assert_int_equal(lk_workspace_size(s->loss, s->params, s->info->n_params, &s->call, &bytes),
                     LK_OK);
    return bytes;
}

/* With scratch of just the size told, at the end of the memory, there is no allocation; with a byte
 * less there is one, and the scratch stays as it was. */
static void check_scratch(lk_loss id, int param, double word, int which)
{
    const plan p = {.dtype = LK_F32, .ndim = 2, .shape = {12, 30}, .outs = 3};
    scene want, s;
    guard g;
    rng r = {1};
    scene_make(&want, id, &p, &r);
    scene_make(&s, id, &p, &r);
    want.params[param] = s.params[param] = word;
    const size_t bytes = bytes_of(&s);
    const size_t doubles = which == BALANCE ? 12 : which == MAD ? 361 : 42;
    assert_int_equal(bytes, doubles * sizeof(double));
    allocations = 0;
    assert_int_equal(scene_run(&want), LK_OK);
    assert_int_equal(allocations, COUNTING);
    guard_make(&g, bytes);
    for (int begin = 0; begin < 2; begin++) {
        unsigned char *scratch = begin ? guard_begin(&g) : guard_end(&g, bytes);
        s.call.workspace = scratch;
        for (int less = 0; less < 2; less++) {
            memset(scratch, 0x77, bytes);
            s.call.workspace_size = bytes - (size_t)less;
            allocations = 0;
            assert_int_equal(scene_run(&s), LK_OK);
            assert_int_equal(allocations, less && COUNTING);
            assert_int_equal(scratch[0] == 0x77 && scratch[7] == 0x77, less);
            scenes_agree(&want, &s, "scratch of the caller");
        }
    }
    guard_free(&g);
    if (COUNTING) {
        char sentence[100];
        snprintf(sentence, sizeof sentence, "%s: no memory for %zu bytes", s.info->name, bytes);
        s.call.workspace = NULL;
        s.result = (lk_result){-77, -77, -77};
        scene_remember(&s);
        exhausted = 1;
        const lk_status status = scene_run(&s);
        exhausted = 0;
        assert_int_equal(status, LK_NO_MEMORY);
        assert_string_equal(lk_last_error(), sentence);
        scene_untouched(&s, sentence);
    }
    scene_free(&s);
    scene_free(&want);
}
static void test_scratch(void **state)
{
    (void)state;
    for_each_statistic(check_scratch);
}

static void check_no_need(lk_loss id, int param, double word, int which)
{
    const plan p = {.dtype = LK_F32, .ndim = 2, .shape = {12, 30}, .ins = 1u << IN_AUXILIARY};
    const plan empty = {.dtype = LK_F32, .ndim = 2, .shape = {0, 30}};
    scene s;
    rng r = {1};
    (void)which;
    scene_make(&s, id, &p, &r);
    s.params[param] = word;
    assert_int_equal(bytes_of(&s), 0); /* the array replaces the statistic */
    assert_int_equal(scene_run(&s), LK_OK);
    scene_free(&s);
    scene_make(&s, id, &empty, &r);
    s.params[param] = word;
    assert_int_equal(bytes_of(&s), 0);
    assert_int_equal(scene_run(&s), LK_OK);
    assert_true(s.result.value == 0 && s.result.count == 0);
    scene_free(&s);
}

/* Every other call needs no scratch and allocates nothing. */
static void test_no_scratch(void **state)
{
    (void)state;
    for_each_statistic(check_no_need);
    FOR_EACH_LOSS(id)
    for (int extras = 0; extras < 2; extras++) {
        const plan p = {.dtype = extras ? LK_BF16 : LK_F32,
                        .ndim = 2,
                        .shape = {40, 90},
                        .bits = 3,
                        .layout = extras ? VIEW_RANDOM : VIEW_PLAIN,
                        .ins = extras ? 31u : 0u,
                        .outs = extras ? 31 : 3};
        scene s;
        rng r = {1};
        scene_make(&s, id, &p, &r);
        assert_int_equal(bytes_of(&s), 0);
        allocations = 0;
        const lk_status status = scene_run(&s);
        assert_int_equal(allocations, 0);
        assert_int_equal(status, LK_OK);
        scene_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statistics),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_threads_do_not_matter),
        cmocka_unit_test(test_no_spread),
        cmocka_unit_test(test_scratch),
        cmocka_unit_test(test_no_scratch),
    };
    return cmocka_run_group_tests_name("statistics", tests, NULL, NULL);
}
