/* test_ctc_threads.c: CTC gives the same bits for any number of threads, whether these share out
 * whole utterances or the frames and directions of a few, and for every type and layout of its
 * arrays. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "losskit.h"
#include "support/rng.h"
#include "support/view.h"

typedef struct problem {
    int64_t shape[3], labels[2], count;
    view input, gradient, curvature, value, target, frames, lengths;
    lk_result result;
    lk_call call;
} problem;

/* Utterances of unequal lengths; `wild`: one of them needs logarithms, one has no path. */
static void make(problem *p, int64_t frames, int64_t count, int64_t classes, int64_t labels,
                 int dtype, enum view_layout layout, int wild)
{
    const lk_call call = LK_CALL_INIT;
    rng r = {5}, places = {17};
    memcpy(p->shape, (int64_t[]){frames, count, classes}, sizeof p->shape);
    memcpy(p->labels, (int64_t[]){count, labels}, sizeof p->labels);
    p->count = count;
    view_make(&p->input, dtype, 3, p->shape, layout, &places);
    view_make(&p->gradient, dtype, 3, p->shape, layout, &places);
    view_make(&p->curvature, dtype, 3, p->shape, layout, &places);
    view_make(&p->value, LK_F64, 1, &p->count, layout, &places);
    view_make(&p->target, LK_I32, 2, p->labels, layout, &places);
    view_make(&p->frames, LK_I64, 1, &p->count, layout, &places);
    view_make(&p->lengths, LK_I32, 1, &p->count, layout, &places);
    for (int64_t i = 0; i < frames * count * classes; i++) {
        const double reach = wild && i / classes % count == 1 ? 60 : 0.25;
        view_set(&p->input, i, reach * (double)(rng_below(&r, 33) - 16)); /* exact in bf16 */
    }
    for (int64_t i = 0; i < count * labels; i++)
        view_set(&p->target, i, (double)(1 + rng_below(&r, classes - 1)));
    for (int64_t n = 0; n < count; n++) {
        view_set(&p->frames, n, (double)(wild && n == 0 ? 1 : frames - rng_below(&r, frames / 3)));
        view_set(&p->lengths, n, (double)(labels - rng_below(&r, labels / 2)));
    }
    p->call = call;
    p->call.input = &p->input.tensor;
    p->call.gradient = &p->gradient.tensor;
    p->call.curvature = &p->curvature.tensor;
    p->call.value = &p->value.tensor;
    p->call.target = &p->target.tensor;
    p->call.input_lengths = &p->frames.tensor;
    p->call.target_lengths = &p->lengths.tensor;
    p->call.result = &p->result;
}

static void release(problem *p)
{
    view *const views[] = {&p->input,  &p->gradient, &p->curvature, &p->value,
                           &p->target, &p->frames,   &p->lengths};
    for (size_t k = 0; k < sizeof views / sizeof *views; k++) view_free(views[k]);
}

static void run(problem *p)
{
    if (lk_ctc(&p->call, 0, 1, 1, 0)) fail_msg("%s", lk_last_error());
}

static void same(const view *a, const view *b, double limit, const char *what)
{
    for (int64_t i = 0; i < view_count(a); i++) {
        const double x = view_get(a, i), y = view_get(b, i);
        if (!(x == y || fabs(x - y) <= limit * fmax(1, fabs(y))))
            fail_msg("%s[%lld] is %.17g, not %.17g", what, (long long)i, x, y);
    }
}

static void same_results(const problem *a, const problem *b, double limit)
{
    same(&a->value, &b->value, limit, "value");
    same(&a->gradient, &b->gradient, limit, "gradient");
    same(&a->curvature, &b->curvature, limit, "curvature");
    if (limit == 0) assert_memory_equal(&a->result, &b->result, sizeof a->result);
}

static void check_threads(int64_t frames, int64_t count, int64_t classes, int64_t labels, int dtype)
{
    static const int threads[] = {2, 3, 8};
    problem alone, together;
    make(&alone, frames, count, classes, labels, dtype, VIEW_PLAIN, 1);
    lk_set_num_threads(1);
    run(&alone);
    assert_true(view_get(&alone.value, 1) > 745);
    assert_true(view_get(&alone.value, 0) == 0);
    for (size_t k = 0; k < sizeof threads / sizeof *threads; k++) {
        make(&together, frames, count, classes, labels, dtype, VIEW_PLAIN, 1);
        lk_set_num_threads(threads[k]);
        run(&together);
        same_results(&together, &alone, 0);
        release(&together);
    }
    lk_set_num_threads(0);
    release(&alone);
}

static void test_threads(void **state)
{
    (void)state;
    check_threads(1500, 2, 40, 30, LK_F32); /* frames and directions are shared out */
    check_threads(301, 5, 90, 31, LK_F64);
    check_threads(60, 40, 30, 12, LK_F32); /* utterances are */
}

static void test_layouts(void **state)
{
    static const int dtypes[] = {LK_F32, LK_F64, LK_F16, LK_BF16};
    static const double limits[] = {0, 0, 2e-3, 1e-2};
    (void)state;
    for (int k = 0; k < 4; k++) {
        problem plain, any;
        const int wide = dtypes[k] == LK_F64 ? LK_F64 : LK_F32;
        make(&plain, 20, 3, 6, 5, wide, VIEW_PLAIN, 0);
        make(&any, 20, 3, 6, 5, dtypes[k], VIEW_RANDOM, 0);
        run(&plain);
        view_remember(&any.gradient);
        run(&any);
        assert_false(view_gaps_changed(&any.gradient));
        same_results(&any, &plain, limits[k]);
        release(&plain);
        release(&any);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads),
                                       cmocka_unit_test(test_layouts)};
    return cmocka_run_group_tests_name("ctc_threads", tests, NULL, NULL);
}
