/* test_threads.c: the same bits for any number of threads and every instruction set with FMA;
 * several callers at once; fork. Started with an argument it tells what the environment chose. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "isa.h"
#include "support/element_types.h"
#include "support/sample.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

enum { LARGE = (1 << 20) + 3, ARRAYS = 4, OUTS = 3 };
enum { PERIOD = 65537 }; /* data repeat, but no two tasks of 4096 elements hold the same */

/* Contiguous data of a loss, and what comes out. */
typedef struct work {
    lk_loss id;
    int dtype;
    int64_t n;
    void *in[ARRAYS]; /* input, target, weight, auxiliary */
    int weighted;
} work;

typedef struct answer {
    void *out[OUTS];
    lk_result result;
} answer;

static void *room(int64_t n)
{
    void *a = calloc((size_t)n, sizeof(double));
    assert_non_null(a);
    return a;
}

static void work_make(work *w, lk_loss id, int dtype, int64_t n)
{
    const lk_loss_info *info = lk_loss_describe(id);
    static const lk_domain weights = {0, 4, 0};
    const lk_domain *domains[ARRAYS] = {&info->input_domain, &info->target_domain, &weights,
                                        &info->auxiliary_domain};
    rng r = {(uint64_t)id};
    *w = (work){.id = id, .dtype = dtype, .n = n};
    for (int k = 0; k < ARRAYS; k++) {
        w->in[k] = room(n);
        if (k == 3 && !info->auxiliary) continue;
        const int64_t width = (int64_t)element_width(dtype), drawn = n < PERIOD ? n : PERIOD;
        for (int64_t i = 0; i < drawn; i++)
            element_set(w->in[k], dtype, i, draw(domains[k], &r, 16));
        for (int64_t i = drawn; i < n; i += PERIOD)
            memcpy((char *)w->in[k] + i * width, w->in[k],
                   (size_t)((n - i < PERIOD ? n - i : PERIOD) * width));
    }
}

static void work_free(work *w)
{
    for (int k = 0; k < ARRAYS; k++) free(w->in[k]);
}

static void answer_make(answer *a, int64_t n)
{
    for (int k = 0; k < OUTS; k++) a->out[k] = room(n);
}

static void answer_free(answer *a)
{
    for (int k = 0; k < OUTS; k++) free(a->out[k]);
}

static lk_status run(const work *w, int64_t n, answer *a)
{
    const lk_loss_info *info = lk_loss_describe(w->id);
    lk_tensor in[ARRAYS], out[OUTS];
    double params[LK_MAX_PARAMS];
    lk_call c = LK_CALL_INIT;
    for (int k = 0; k < ARRAYS; k++) in[k] = lk_vector(w->in[k], w->dtype, &n);
    for (int k = 0; k < OUTS; k++) out[k] = lk_vector(a->out[k], w->dtype, &n);
    plain_params(info, params);
    c.input = &in[0], c.target = &in[1];
    if (w->weighted) c.weight = &in[2];
    if (info->auxiliary && (w->weighted || info->auxiliary_param < 0)) c.auxiliary = &in[3];
    c.value = &out[0], c.gradient = &out[1], c.curvature = &out[2], c.result = &a->result;
    return lk_evaluate(w->id, params, info->n_params, &c);
}

static int differs(const work *w, int64_t n, const answer *a, const answer *b)
{
    for (int k = 0; k < OUTS; k++)
        if (first_difference(a->out[k], b->out[k], w->dtype, n) >= 0) return 1;
    return memcmp(&a->result.value, &b->result.value, sizeof(double)) ||
           a->result.count != b->result.count;
}

/* ---- threads and instruction sets -------------------------------------------------------------
 */

static const int dtypes[] = {LK_F32, LK_F64};
static const int64_t sizes[] = {1, 67, 4097, 131077, LARGE};

static int has_fma(const lk_isa *isa)
{
    return !strcmp(isa->name, "x86-64-v3") || !strcmp(isa->name, "x86-64-v4") ||
           !strcmp(isa->name, "neon");
}

static void compare_threads(const work *w, const lk_isa *isa, int64_t n, const answer *want,
                            answer *got)
{
    static const int threads[] = {1, 2, 3, 8};
    for (int t = n == LARGE ? 2 : 0; t < 4; t++) {
        lk_set_num_threads(threads[t]);
        if (run(w, n, got)) fail_msg("%s", lk_last_error());
        if (differs(w, n, want, got))
            fail_msg("%s %s, n = %lld: %d threads of %s give other bits",
                     lk_loss_describe(w->id)->name, element_name(w->dtype), (long long)n,
                     threads[t], isa->name);
    }
    lk_set_num_threads(0);
}

/* Every set with FMA against the first of them; the others against themselves on one thread. */
static void compare_sets(work *w, answer *fused, answer *own, answer *got)
{
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        const int64_t n = sizes[k];
        int first = 1;
        for (int s = 0; lk_isa_at(s); s++) {
            const lk_isa *isa = lk_isa_at(s);
            answer *want = has_fma(isa) ? fused : own;
            if (!isa->supported() || (n == LARGE && !has_fma(isa))) continue;
            w->weighted = (int)(k % 2);
            lk_isa_use(isa);
            lk_set_num_threads(1);
            if (want == own || first) assert_int_equal(run(w, n, want), LK_OK);
            if (want == fused) first = 0;
            compare_threads(w, isa, n, want, got);
        }
    }
    lk_isa_use(NULL);
}

static void test_same_bits(void **state)
{
    answer fused, own, got;
    int sets = 0;
    (void)state;
    for (int s = 0; lk_isa_at(s); s++) {
        const int can = lk_isa_at(s)->supported();
        print_message("%s: %s\n", lk_isa_at(s)->name, can ? "run" : "not on this machine");
        sets += can;
    }
    assert_true(sets >= 1);
    answer_make(&fused, LARGE);
    answer_make(&own, LARGE);
    answer_make(&got, LARGE);
    FOR_EACH_LOSS(id)
    {
        work w;
        work_make(&w, id, dtypes[(int)id % 2], LARGE);
        compare_sets(&w, &fused, &own, &got);
        work_free(&w);
    }
    answer_free(&fused);
    answer_free(&own);
    answer_free(&got);
}

/* ---- callers at once --------------------------------------------------------------------------
 */

typedef struct caller {
    pthread_t thread;
    const work *work;
    answer want, got;
    int rounds;
    _Atomic int *stop; /* NULL: so many rounds */
    int wrong;
} caller;

static void *call_often(void *argument)
{
    caller *c = argument;
    for (int k = 0; c->stop ? !*c->stop : k < c->rounds; k++)
        c->wrong |=
            run(c->work, c->work->n, &c->got) || differs(c->work, c->work->n, &c->want, &c->got);
    return NULL;
}

static void caller_make(caller *c, const work *w)
{
    memset(c, 0, sizeof *c);
    c->work = w;
    answer_make(&c->want, w->n);
    answer_make(&c->got, w->n);
    assert_int_equal(run(w, w->n, &c->want), LK_OK);
}

static void caller_free(caller *c)
{
    answer_free(&c->want);
    answer_free(&c->got);
}

static void test_concurrent_callers(void **state)
{
    enum { CALLERS = 6 };
    static caller callers[CALLERS];
    work works[CALLERS];
    lk_loss id = (lk_loss)0;
    (void)state;
    lk_set_num_threads(4);
    for (int k = 0; k < CALLERS; k++) {
        id = next_loss(id);
        if (!id) id = next_loss(id);
        work_make(&works[k], id, dtypes[k % 2], k == 5 ? 3000 : 200003);
        works[k].weighted = k / 2 % 2;
        caller_make(&callers[k], &works[k]);
        callers[k].rounds = k == 5 ? 3000 : 30;
    }
    for (int k = 0; k < CALLERS; k++)
        assert_int_equal(pthread_create(&callers[k].thread, NULL, call_often, &callers[k]), 0);
    for (int k = 1; k < 60; k++) lk_set_num_threads(1 + k % 5); /* also while they compute */
    for (int k = 0; k < CALLERS; k++) {
        assert_int_equal(pthread_join(callers[k].thread, NULL), 0);
        assert_int_equal(callers[k].wrong, 0);
        caller_free(&callers[k]);
        work_free(&works[k]);
    }
    lk_set_num_threads(0);
}

/* A loss of the caller's own that itself calls losskit. */
static void nested(size_t n, const double *input, const double *target, void *context,
                   double *value, double *gradient, double *curvature)
{
    const int64_t size = (int64_t)n;
    const lk_tensor x = lk_vector(input, LK_F64, &size), y = lk_vector(target, LK_F64, &size);
    const lk_tensor v = lk_vector(value, LK_F64, &size), g = lk_vector(gradient, LK_F64, &size);
    lk_call c = LK_CALL_INIT;
    (void)curvature;
    c.input = &x, c.target = &y, c.value = &v, c.reduction = LK_SUM;
    if (gradient) c.gradient = &g;
    if (lk_huber(&c, 1)) atomic_fetch_add((_Atomic int *)context, 1);
}

static void test_losskit_within_losskit(void **state)
{
    work w;
    answer want, got;
    _Atomic int failures = 0;
    (void)state;
    work_make(&w, LK_HUBER, LK_F64, 300007);
    answer_make(&want, w.n);
    answer_make(&got, w.n);
    assert_int_equal(run(&w, w.n, &want), LK_OK);
    const lk_tensor x = lk_vector(w.in[0], LK_F64, &w.n), y = lk_vector(w.in[1], LK_F64, &w.n);
    const lk_tensor v = lk_vector(got.out[0], LK_F64, &w.n),
                    g = lk_vector(got.out[1], LK_F64, &w.n);
    lk_call c = LK_CALL_INIT;
    c.input = &x, c.target = &y, c.value = &v, c.gradient = &g, c.result = &got.result;
    lk_set_num_threads(4);
    assert_int_equal(lk_evaluate_custom(nested, &failures, &c), LK_OK);
    lk_set_num_threads(0);
    assert_int_equal(failures, 0);
    memcpy(got.out[2], want.out[2], (size_t)w.n * sizeof(double));
    assert_false(differs(&w, w.n, &want, &got));
    answer_free(&want);
    answer_free(&got);
    work_free(&w);
}

/* ---- fork -------------------------------------------------------------------------------------
 */

/* Exit status of a child; -1 when it has not ended within 20 seconds. */
static int wait_for(pid_t child)
{
    const struct timespec tick = {0, 5000000};
    for (int k = 0; k < 4000; k++) {
        int status;
        if (waitpid(child, &status, WNOHANG) == child)
            return WIFEXITED(status) ? WEXITSTATUS(status) : -2;
        nanosleep(&tick, NULL);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return -1;
}

static void fork_and_compare(caller *c, int times)
{
    for (int k = 0; k < times; k++) {
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            c->rounds = 2;
            c->stop = NULL;
            c->wrong = 0;
            memset(c->got.out[0], 0, 64);
            call_often(c);
            _exit(c->wrong ? 9 : 0);
        }
        assert_int_equal(wait_for(child), 0);
    }
}

static void test_fork(void **state)
{
    _Atomic int stop = 0;
    static caller mine, other;
    work w, w2;
    (void)state;
    lk_set_num_threads(3);
    work_make(&w, LK_LOGISTIC, LK_F32, 300007);
    work_make(&w2, LK_SQUARED_ERROR, LK_F64, 200003);
    caller_make(&mine, &w);
    caller_make(&other, &w2);
    fork_and_compare(&mine, 3);
    assert_int_equal(run(&w, w.n, &mine.got), LK_OK); /* the parent's threads still work */
    assert_false(differs(&w, w.n, &mine.want, &mine.got));
    other.stop = &stop;
    assert_int_equal(pthread_create(&other.thread, NULL, call_often, &other), 0);
    fork_and_compare(&mine, 8);
    stop = 1;
    assert_int_equal(pthread_join(other.thread, NULL), 0);
    assert_int_equal(other.wrong, 0);
    lk_set_num_threads(0);
    caller_free(&mine);
    caller_free(&other);
    work_free(&w);
    work_free(&w2);
}

/* ---- the environment --------------------------------------------------------------------------
 */

/* What this program prints when it runs with an argument and a variable of the environment. */
static void ask(const char *variable, const char *setting, const char *question, char *answer_text)
{
    char command[300], self[200];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(length > 0);
    self[length] = '\0';
    snprintf(command, sizeof command, "%s='%s' '%s' %s", variable, setting, self, question);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    answer_text[0] = '\0';
    assert_true(fscanf(pipe, "%60s", answer_text) >= 0);
    assert_int_equal(pclose(pipe), 0);
}

static void test_number_of_threads(void **state)
{
    static const struct {
        const char *setting;
        int threads; /* 0: as without the variable */
    } cases[] = {{"1", 1},  {"7", 7}, {"99999", 1024}, {"0", 0},
                 {"-2", 0}, {"x", 0}, {"", 0},         {"3x", 0}};
    char text[64];
    (void)state;
    unsetenv("LOSSKIT_THREADS");
    ask("NOTHING", "", "threads", text);
    const int preset = atoi(text);
    assert_true(preset >= 1);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        ask("LOSSKIT_THREADS", cases[k].setting, "threads", text);
        assert_int_equal(atoi(text), cases[k].threads ? cases[k].threads : preset);
    }
    const int before = lk_num_threads();
    lk_set_num_threads(5);
    assert_int_equal(lk_num_threads(), 5);
    lk_set_num_threads(0);
    assert_int_equal(lk_num_threads(), before);
    lk_set_num_threads(-3);
    assert_int_equal(lk_num_threads(), before);
}

static void test_choice_of_instruction_set(void **state)
{
    char text[64];
    const char *best = NULL;
    (void)state;
    for (int k = 0; lk_isa_at(k); k++) {
        const lk_isa *isa = lk_isa_at(k);
        if (!best && isa->supported()) best = isa->name;
        ask("LOSSKIT_ISA", isa->name, "isa", text);
        /* A cap above what the machine has leaves the best that it has. */
        assert_string_equal(text, best ? isa->name : text);
        if (!best) continue;
    }
    ask("LOSSKIT_ISA", "vax", "isa", text);
    assert_string_equal(text, best);
    assert_non_null(lk_isa_name());
}

/* ---- the caller's floating-point mode ---------------------------------------------------------
 */

static void subnormal_data(work *w)
{
    const double tiny = w->dtype == LK_F32 ? 0x1p-140 : 0x1p-1060;
    for (int64_t i = 0; i < w->n; i += 3)
        if (in_domain(&lk_loss_describe(w->id)->input_domain, (double)i * tiny))
            element_set(w->in[0], w->dtype, i, (double)(i % 97) * tiny);
}

static void check_modes(const work *w, const answer *want, answer *got)
{
    static const int roundings[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO, FE_TONEAREST};
    for (int k = 0; k < 4; k++) {
        assert_int_equal(fesetround(roundings[k]), 0);
#if defined(__x86_64__)
        const unsigned old = _mm_getcsr(), control = ~0x3fu; /* all but the exception flags */
        _mm_setcsr(old | 0x8040);                            /* FTZ and DAZ */
        const unsigned set = _mm_getcsr() & control;
#endif
        const lk_status status = run(w, w->n, got);
        const lk_status wrong = lk_evaluate(w->id, NULL, 0, NULL);
#if defined(__x86_64__)
        const unsigned after = _mm_getcsr() & control;
        _mm_setcsr(old);
        assert_int_equal(after, set);
#endif
        assert_int_equal(fegetround(), roundings[k]);
        fesetround(FE_TONEAREST);
        assert_int_equal(status, LK_OK);
        assert_int_equal(wrong, LK_INVALID);
        if (differs(w, w->n, want, got))
            fail_msg("%s: the caller's floating-point mode changes bits",
                     lk_loss_describe(w->id)->name);
    }
}

static void test_floating_point_mode(void **state)
{
    static const int64_t few[] = {5, 1003, 140003};
    (void)state;
    lk_set_num_threads(3);
    FOR_EACH_LOSS(id)
    for (int k = 0; k < 3; k++) {
        work w;
        answer want, got;
        work_make(&w, id, dtypes[((int)id + k) % 2], few[k]);
        subnormal_data(&w);
        w.weighted = k == 1;
        answer_make(&want, w.n);
        answer_make(&got, w.n);
        assert_int_equal(run(&w, w.n, &want), LK_OK);
        check_modes(&w, &want, &got);
        answer_free(&want);
        answer_free(&got);
        work_free(&w);
    }
    lk_set_num_threads(0);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        if (!strcmp(argv[1], "threads"))
            printf("%d\n", lk_num_threads());
        else
            printf("%s\n", lk_isa_name());
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_concurrent_callers),
        cmocka_unit_test(test_losskit_within_losskit),
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_number_of_threads),
        cmocka_unit_test(test_choice_of_instruction_set),
        cmocka_unit_test(test_floating_point_mode),
    };
    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
