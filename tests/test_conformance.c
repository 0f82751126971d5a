/* test_conformance.c: PyTorch's answers, from tests/conformance, in double precision: every pair of
 * the options of its losses over rows and features. Each case runs in C order, on random views,
 * added to what is there, and with the gradient over the input. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "losskit.h"
#include "support/view.h"

enum { MAX_ARRAYS = 16, MAX_NUMBERS = 512, MAX_WORDS = 16, MAX_PAIRS = 1024, LINE = 512 };

typedef struct numbers {
    const lk_argument *argument;
    int dtype, output;
    int32_t ndim;
    int64_t shape[VIEW_DIMS], count;
    double of[MAX_NUMBERS];
} numbers;

typedef struct example {
    char options[LINE];
    lk_loss loss;
    double params[LK_MAX_PARAMS];
    int n_params, n_arrays, has_result;
    lk_call call; /* without its tensors */
    numbers arrays[MAX_ARRAYS];
    lk_result result;
} example;

typedef struct suite {
    const char *name;
    FILE *file;
    int cases, meant, failures, n_pairs, expected_pairs;
    char pairs[MAX_PAIRS][LINE / 4];
} suite;

/* ---- reading ------------------------------------------------------------------------------ */
static void rest_of_line(suite *s, char *line)
{
    if (!fgets(line, LINE, s->file)) fail_msg("%s: a line ends early", s->name);
    line[strcspn(line, "\n")] = 0;
}

static double read_number(suite *s)
{
    char word[LINE], *end;
    if (fscanf(s->file, "%511s", word) != 1) fail_msg("%s: the file ends early", s->name);
    const double x = strtod(word, &end);
    if (*end) fail_msg("%s: \"%s\" is not a number", s->name, word);
    return x;
}

static void read_shape(suite *s, numbers *a)
{
    char word[LINE];
    if (fscanf(s->file, "%511s", word) != 1) fail_msg("%s: no shape", s->name);
    a->ndim = 0;
    a->count = 1;
    for (char *at = word; *at != '-' && *at; at += *at == ',') {
        assert_true(a->ndim < VIEW_DIMS);
        a->shape[a->ndim] = strtoll(at, &at, 10);
        a->count *= a->shape[a->ndim++];
    }
    assert_in_range(a->count, 0, MAX_NUMBERS);
}

static const lk_argument *argument_named(const char *name)
{
    for (int id = 0; id < LK_ARGUMENTS; id++)
        if (!strcmp(lk_argument_describe((lk_argument_id)id)->name, name))
            return lk_argument_describe((lk_argument_id)id);
    fail_msg("lk_call has no member %s", name);
    return NULL;
}

static int dtype_named(const char *name)
{
    if (!strcmp(name, "f64")) return LK_F64;
    if (!strcmp(name, "i64")) return LK_I64;
    if (!strcmp(name, "i32")) return LK_I32;
    assert_string_equal(name, "u8");
    return LK_U8;
}

static void read_array(suite *s, example *e, int output)
{
    char member[LINE], dtype[LINE];
    assert_in_range(e->n_arrays, 0, MAX_ARRAYS - 1);
    numbers *a = &e->arrays[e->n_arrays++];
    assert_int_equal(fscanf(s->file, "%511s %511s", member, dtype), 2);
    a->argument = argument_named(member);
    a->dtype = dtype_named(dtype);
    a->output = output;
    assert_int_equal(a->argument->output, output);
    read_shape(s, a);
    for (int64_t i = 0; i < a->count; i++) a->of[i] = read_number(s);
}

static void read_loss(suite *s, example *e)
{
    char line[LINE], name[LINE], *at = line;
    int length;
    rest_of_line(s, line);
    assert_int_equal(sscanf(at, "%511s%n", name, &length), 1);
    at += length;
    e->loss = lk_loss_by_name(name);
    if (!e->loss) fail_msg("%s: there is no loss %s", s->name, name);
    for (char *end;; at = end) {
        const double x = strtod(at, &end);
        if (end == at) return;
        assert_in_range(e->n_params, 0, LK_MAX_PARAMS - 1);
        e->params[e->n_params++] = x;
    }
}

static void read_call(suite *s, example *e)
{
    e->call.reduction = (lk_reduction)read_number(s);
    e->call.class_axis = (int32_t)read_number(s);
    e->call.ignore_index = (int64_t)read_number(s);
    e->call.flags = (uint32_t)read_number(s);
}

static void read_result(suite *s, example *e)
{
    e->has_result = 1;
    e->result.value = read_number(s);
    e->result.normalizer = read_number(s);
    e->result.count = (int64_t)read_number(s);
}

/* Up to and with "end"; 0 at the end of the file. */
static int read_example(suite *s, example *e)
{
    char word[LINE], line[LINE];
    const lk_call call = LK_CALL_INIT;
    memset(e, 0, sizeof *e);
    e->call = call;
    while (fscanf(s->file, "%511s", word) == 1) {
        if (word[0] == '#')
            rest_of_line(s, line);
        else if (!strcmp(word, "pairs"))
            s->expected_pairs = (int)read_number(s);
        else if (!strcmp(word, "case"))
            rest_of_line(s, e->options);
        else if (!strcmp(word, "reason"))
            rest_of_line(s, line), s->meant++;
        else if (!strcmp(word, "loss"))
            read_loss(s, e);
        else if (!strcmp(word, "call"))
            read_call(s, e);
        else if (!strcmp(word, "in"))
            read_array(s, e, 0);
        else if (!strcmp(word, "out"))
            read_array(s, e, 1);
        else if (!strcmp(word, "result"))
            read_result(s, e);
        else if (!strcmp(word, "end"))
            return 1;
        else
            fail_msg("%s: unknown word \"%s\"", s->name, word);
    }
    return 0;
}

/* ---- pairs of options --------------------------------------------------------------------- */
static void count_pair(suite *s, const char *a, const char *b)
{
    char pair[LINE / 4];
    const int ordered = strcmp(a, b) < 0;
    const int length = snprintf(pair, sizeof pair, "%s %s", ordered ? a : b, ordered ? b : a);
    assert_in_range(length, 0, (int)sizeof pair - 1);
    for (int k = 0; k < s->n_pairs; k++)
        if (!strcmp(s->pairs[k], pair)) return;
    assert_in_range(s->n_pairs, 0, MAX_PAIRS - 1);
    memcpy(s->pairs[s->n_pairs++], pair, sizeof pair);
}

static void count_pairs(suite *s, const example *e)
{
    char line[LINE], *words[MAX_WORDS], *rest = NULL;
    int n = 0;
    memcpy(line, e->options, sizeof line);
    for (char *w = strtok_r(line, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
        assert_in_range(n, 0, MAX_WORDS - 1);
        for (int k = 0; k < n; k++) count_pair(s, words[k], w);
        words[n++] = w;
    }
}

/* ---- comparing ---------------------------------------------------------------------------- */
static int near(double got, double want, double magnitude)
{
    if (isnan(want) || isinf(want)) return isnan(want) ? isnan(got) : got == want;
    return fabs(got - want) <= 1e-12 * fabs(want) + 1e-13 * fmax(1, magnitude);
}

static double magnitude(const numbers *a)
{
    double largest = 0;
    for (int64_t i = 0; i < a->count; i++)
        if (isfinite(a->of[i])) largest = fmax(largest, fabs(a->of[i]));
    return largest;
}

static int array_agrees(const suite *s, const example *e, const numbers *want, const view *got,
                        double start)
{
    const double scale = magnitude(want);
    for (int64_t i = 0; i < want->count; i++) {
        const double x = view_get(got, i), y = want->of[i] + start;
        if (near(x, y, scale)) continue;
        print_error("%s:%s: %s[%lld] = %.17g instead of %.17g\n", s->name, e->options,
                    want->argument->name, (long long)i, x, y);
        return 0;
    }
    return 1;
}

static int result_agrees(const suite *s, const example *e, const lk_result *got)
{
    const lk_result *want = &e->result;
    if (!e->has_result || (near(got->value, want->value, 0) && got->count == want->count &&
                           near(got->normalizer, want->normalizer, 0)))
        return 1;
    print_error("%s:%s: result %.17g / %.17g, %lld instead of %.17g / %.17g, %lld\n", s->name,
                e->options, got->value, got->normalizer, (long long)got->count, want->value,
                want->normalizer, (long long)want->count);
    return 0;
}

enum mode { PLAIN, VIEWS, ACCUMULATED, IN_PLACE, MODES };

/* What the output holds before: numbers to add to, but for the value. */
static double start_of(const numbers *a, enum mode mode)
{
    return mode == ACCUMULATED && strcmp(a->argument->name, "value") ? 0.5 : 0;
}

static int find(const example *e, const char *member)
{
    for (int k = 0; k < e->n_arrays; k++)
        if (!strcmp(e->arrays[k].argument->name, member)) return k;
    return -1;
}

static void fill(const example *e, view *views, lk_call *call, enum mode mode, rng *r)
{
    for (int k = 0; k < e->n_arrays; k++) {
        const numbers *a = &e->arrays[k];
        const enum view_layout layout = mode == PLAIN ? VIEW_PLAIN : VIEW_RANDOM;
        view_make(&views[k], a->dtype, a->ndim, a->shape, layout, r);
        for (int64_t i = 0; i < a->count; i++)
            if (!a->output)
                view_set(&views[k], i, a->of[i]);
            else if (mode == ACCUMULATED)
                view_set(&views[k], i, start_of(a, mode));
        const lk_tensor **member = (const lk_tensor **)((char *)call + a->argument->offset);
        *member = &views[k].tensor;
    }
}

static int runs(const suite *s, const example *e, enum mode mode, rng *r)
{
    view views[MAX_ARRAYS];
    const int gradient = find(e, "gradient"), input = find(e, "input");
    lk_result result = {NAN, NAN, -1};
    lk_call call = e->call;
    fill(e, views, &call, mode, r);
    call.result = &result;
    if (mode == ACCUMULATED) call.flags |= LK_ACCUMULATE;
    if (mode == IN_PLACE) call.gradient = call.input;
    int fine = !lk_evaluate(e->loss, e->n_params ? e->params : NULL, e->n_params, &call);
    if (!fine) print_error("%s:%s: %s\n", s->name, e->options, lk_last_error());
    for (int k = 0; fine && k < e->n_arrays; k++) {
        const numbers *a = &e->arrays[k];
        const view *got = &views[mode == IN_PLACE && k == gradient ? input : k];
        if (a->output) fine = array_agrees(s, e, a, got, start_of(a, mode));
    }
    if (fine) fine = result_agrees(s, e, &result);
    for (int k = 0; k < e->n_arrays; k++) view_free(&views[k]);
    return fine;
}

static int runs_in_all_modes(const suite *s, const example *e, rng *r)
{
    for (int mode = 0; mode < MODES; mode++)
        if (!runs(s, e, (enum mode)mode, r)) {
            print_error("(mode %d)\n", mode);
            return 0;
        }
    return 1;
}

static void check_file(void **state)
{
    const char *name = *state;
    static suite s;
    static example e;
    char path[4096];
    rng r = {2026};
    memset(&s, 0, sizeof s);
    s.name = name;
    snprintf(path, sizeof path, "%s/tests/conformance/%s.txt", LOSSKIT_SOURCE_DIR, name);
    s.file = fopen(path, "r");
    if (!s.file) fail_msg("cannot open %s", path);
    while (read_example(&s, &e)) {
        s.cases++;
        count_pairs(&s, &e);
        if (!runs_in_all_modes(&s, &e, &r)) s.failures++;
    }
    fclose(s.file);
    print_message("%s: %d cases, %d pairs of options, %d differ from PyTorch on purpose\n", name,
                  s.cases, s.n_pairs, s.meant);
    assert_true(s.cases > 0);
    assert_int_equal(s.n_pairs, s.expected_pairs);
    if (s.failures) fail_msg("%s: %d of %d cases failed", name, s.failures, s.cases);
}

#define VECTORS(name)                      \
    {                                      \
        name, check_file, NULL, NULL, name \
    }

int main(void)
{
    static char names[][32] = {"cross_entropy",
                               "cross_entropy_extras",
                               "nll",
                               "linear_cross_entropy",
                               "multi_margin",
                               "kl_div",
                               "softmax",
                               "triplet_margin",
                               "cosine_embedding",
                               "special",
                               "ctc"};
    const struct CMUnitTest tests[] = {
        VECTORS(names[0]), VECTORS(names[1]), VECTORS(names[2]),  VECTORS(names[3]),
        VECTORS(names[4]), VECTORS(names[5]), VECTORS(names[6]),  VECTORS(names[7]),
        VECTORS(names[8]), VECTORS(names[9]), VECTORS(names[10]),
    };
    return cmocka_run_group_tests_name("conformance", tests, NULL, NULL);
}
