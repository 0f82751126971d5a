/* test_engine_domain.c: numbers outside a loss's domain are found wherever they are and named with
 * place and value; ignored elements may hold anything; failures are each thread's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "support/element_types.h"
#include "support/sample.h"
#include "support/scene.h"

enum { EXTRAS = 1 << IN_AUXILIARY | 1 << IN_WEIGHT, EVERYTHING = 31 };

static const lk_domain *domain_of(const scene *s, int in)
{
    const lk_domain *const domains[] = {&s->info->input_domain, &s->info->target_domain,
                                        &s->info->auxiliary_domain};
    return domains[in];
}

static const char *name_of(const scene *s, int in)
{
    return in == IN_AUXILIARY ? s->info->auxiliary : scene_in_name(in);
}

static void bounds_of(const lk_domain *d, char *text, size_t size)
{
    const int open = d->kind == 1 || isinf(d->lowest);
    if (d->kind == 2)
        snprintf(text, size, "neither %g nor %g", d->lowest, d->highest);
    else
        snprintf(text, size, "outside %c%g, %g%c", open ? '(' : '[', d->lowest, d->highest,
                 isinf(d->highest) ? ')' : ']');
}

static void expect_complaint(scene *s, int in, const lk_domain *d, int64_t at, double x)
{
    char place[40], bounds[100], sentence[300];
    const int64_t columns = s->in[in].shape[1];
    if (s->call.input->ndim == 1)
        snprintf(place, sizeof place, "[%lld]", (long long)at);
    else
        snprintf(place, sizeof place, "[%lld, %lld]", (long long)(at / columns),
                 (long long)(at % columns));
    bounds_of(d, bounds, sizeof bounds);
    snprintf(sentence, sizeof sentence, "%s: %s%s = %g is %s", s->info->name, name_of(s, in), place,
             x, bounds);
    assert_int_equal(scene_run(s), LK_OUT_OF_DOMAIN);
    assert_string_equal(lk_last_error(), sentence);
    assert_true(s->result.value == -77 && s->result.count == -77);
}

/* One number outside, at each of the places. */
static void check_places(lk_loss id, const plan *p, int in, double x)
{
    const int64_t n = p->ndim == 1 ? p->shape[0] : p->shape[0] * p->shape[1];
    const int64_t places[] = {0, 1, 15, 16, 65, 511, 513, n / 2, n - 2, n - 1};
    scene s;
    rng r = {1};
    scene_make(&s, id, p, &r);
    for (size_t k = 0; k < sizeof places / sizeof *places && s.ins >> in & 1; k++) {
        if (places[k] >= n || in_domain(domain_of(&s, in), x)) continue;
        const double old = view_get(&s.in[in], places[k]);
        view_set(&s.in[in], places[k], x);
        expect_complaint(&s, in, domain_of(&s, in), places[k], x);
        view_set(&s.in[in], places[k], old);
    }
    if (scene_run(&s)) fail_msg("%s", lk_last_error());
    scene_free(&s);
}

static void test_places(void **state)
{
    static const plan plans[] = {
        {.dtype = LK_F32, .ndim = 1, .shape = {67}, .outs = 3},
        {.dtype = LK_F64, .ndim = 2, .shape = {67, 19}, .ins = EXTRAS, .outs = EVERYTHING},
        {.dtype = LK_F32, .ndim = 2, .shape = {9, 1001}, .layout = VIEW_RANDOM, .outs = 1},
        {.dtype = LK_F64, .ndim = 1, .shape = {140001}, .outs = 2}};
    (void)state;
    FOR_EACH_LOSS(id)
    for (size_t k = 0; k < sizeof plans / sizeof *plans; k++)
        for (int in = IN_INPUT; in <= IN_AUXILIARY; in++) {
            const lk_loss_info *info = lk_loss_describe(id);
            const lk_domain *d = in == IN_INPUT    ? &info->input_domain
                                 : in == IN_TARGET ? &info->target_domain
                                                   : &info->auxiliary_domain;
            const double wrong[] = {d->lowest - 1, d->highest + 1, -INFINITY, INFINITY,
                                    d->lowest,     0.25,           -0x1p-20,  0x1p100};
            for (int w = k == 3 ? 5 : 0; w < (k == 3 ? 6 : 8); w++)
                if (!isnan(wrong[w])) check_places(id, &plans[k], in, wrong[w]);
        }
}

/* The first of several is named. */
static void test_first_of_several(void **state)
{
    (void)state;
    FOR_EACH_LOSS(id)
    {
        const plan p = {.dtype = LK_F32, .ndim = 2, .shape = {70, 100}, .outs = 2};
        scene s;
        rng r = {1};
        scene_make(&s, id, &p, &r);
        if (!in_domain(&s.info->target_domain, -5)) {
            for (int64_t i = 6999; i > 4321; i--) view_set(&s.in[IN_TARGET], i, -5);
            expect_complaint(&s, IN_TARGET, &s.info->target_domain, 4322, -5);
        }
        scene_free(&s);
    }
}

static void test_labels(void **state)
{
    static const lk_domain labels_01 = {0, 1, 2};
    (void)state;
    FOR_EACH_LOSS(id)
    {
        const plan p = {.dtype = LK_F32, .target = LK_I64, .ndim = 1, .shape = {100}, .outs = 2};
        scene s;
        rng r = {1};
        scene_make(&s, id, &p, &r);
        if (s.info->traits & LK_MARGIN_BASED) {
            view_set(&s.in[IN_TARGET], 77, 0);
            expect_complaint(&s, IN_TARGET, &s.info->target_domain, 77, 0);
            for (int64_t i = 0; i < 100; i++) view_set(&s.in[IN_TARGET], i, (double)(i % 2));
            s.call.flags = LK_LABELS_01;
            view_set(&s.in[IN_TARGET], 78, -1);
            expect_complaint(&s, IN_TARGET, &labels_01, 78, -1);
            s.call.flags |= LK_IGNORE;
            s.call.ignore_target = -1;
            assert_int_equal(scene_run(&s), LK_OK);
            assert_int_equal(s.result.count, 99);
        }
        scene_free(&s);
    }
}

/* Elsewhere a wrong number is still found, with the ignored ones before it passed over. */
static void test_ignored_elements_may_hold_anything(void **state)
{
    (void)state;
    FOR_EACH_LOSS(id)
    for (int in = IN_INPUT; in <= IN_AUXILIARY; in++) {
        const plan p = {.dtype = LK_F32, .ndim = 1, .shape = {1200}, .ins = EXTRAS, .outs = 7};
        scene s;
        rng r = {1};
        scene_make(&s, id, &p, &r);
        s.call.flags = LK_IGNORE;
        s.call.ignore_target = -99.1;
        if (s.ins >> in & 1 && !in_domain(domain_of(&s, in), -7)) {
            for (int64_t i = 0; i < 1200; i += 2) {
                view_set(&s.in[in], i, -7);
                view_set(&s.in[IN_TARGET], i, -99.1);
            }
            assert_int_equal(scene_run(&s), LK_OK);
            assert_int_equal(s.result.count, 600);
            s.result = (lk_result){-77, -77, -77};
            view_set(&s.in[in], 1001, -7);
            expect_complaint(&s, in, domain_of(&s, in), 1001, -7);
        }
        scene_free(&s);
    }
}

/* In place the number may be gone when the sentence is made: then none is named wrongly. */
static void test_in_place(void **state)
{
    (void)state;
    FOR_EACH_LOSS(id)
    {
        const plan p = {.dtype = LK_F64, .ndim = 1, .shape = {600}, .outs = 1 << TO_GRADIENT};
        scene s;
        char sentence[200];
        rng r = {1};
        scene_make(&s, id, &p, &r);
        s.call.gradient = s.call.target;
        s.call.reduction = LK_SUM;
        if (!in_domain(&s.info->target_domain, -7)) {
            view_set(&s.in[IN_TARGET], 500, -7);
            snprintf(
                sentence, sizeof sentence,
                "%s: a value outside the domain was overwritten by an output computed in place",
                s.info->name);
            assert_int_equal(scene_run(&s), LK_OUT_OF_DOMAIN);
            assert_string_equal(lk_last_error(), sentence);
        }
        scene_free(&s);
    }
}

static void *fail_in_thread(void *sentence)
{
    if (strcmp(lk_last_error(), "")) return NULL;
    (void)lk_evaluate((lk_loss)-5, NULL, 0, NULL);
    snprintf(sentence, 100, "%s", lk_last_error());
    return sentence;
}

static void test_failures_are_each_threads_own(void **state)
{
    char sentence[100];
    pthread_t thread;
    void *returned;
    (void)state;
    assert_int_equal(lk_evaluate((lk_loss)-4, NULL, 0, NULL), LK_INVALID);
    assert_int_equal(pthread_create(&thread, NULL, fail_in_thread, sentence), 0);
    assert_int_equal(pthread_join(thread, &returned), 0);
    assert_ptr_equal(returned, sentence);
    assert_string_equal(sentence, "there is no loss with id -5");
    assert_string_equal(lk_last_error(), "there is no loss with id -4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),   cmocka_unit_test(test_first_of_several),
        cmocka_unit_test(test_labels),   cmocka_unit_test(test_ignored_elements_may_hold_anything),
        cmocka_unit_test(test_in_place), cmocka_unit_test(test_failures_are_each_threads_own),
    };
    return cmocka_run_group_tests_name("engine domain", tests, NULL, NULL);
}
