/* test_learn_perceptron.c: the perceptron against one written out plainly, and the bound on its
 * mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

enum { ROWS = 200, FEATURES = 4, MOST_CLASSES = 3 };

typedef struct sample {
    double x[ROWS * FEATURES], y[ROWS], w[ROWS];
} sample;

/* Rows with a margin of at least gap over the other classes; with noise, labels that are wrong. */
static void make(sample *s, int classes, double gap, double noise, uint64_t seed)
{
    static const double truth[MOST_CLASSES][FEATURES] = {
        {1, -2, 0.5, 0}, {-1, 0.5, 1, 1}, {0, 1, -2, 0.5}};
    lk_random random = {seed};
    for (int i = 0; i < ROWS;) {
        double z[MOST_CLASSES] = {0}, *x = s->x + i * FEATURES, second = -HUGE_VAL;
        int best = 0;
        for (int j = 0; j < FEATURES; j++) x[j] = lk_random_normal(&random);
        if (i % 3) x[i % FEATURES] = 0;
        for (int c = 0; c < classes; c++)
            for (int j = 0; j < FEATURES; j++) z[c] += truth[c][j] * x[j];
        for (int c = 1; c < classes; c++)
            if (z[c] > z[best]) best = c;
        for (int c = 0; c < classes; c++)
            if (c != best) second = fmax(second, z[c]);
        if (z[best] - second < gap) continue;
        s->w[i] = lk_random_unit(&random) < 0.1 ? 0 : 0.5 + lk_random_unit(&random);
        s->y[i++] = lk_random_unit(&random) < noise ? (best + 1) % classes : best;
    }
}

static lk_dataset dataset(const sample *s, int classes, int sparse, int weighted)
{
    int64_t starts[ROWS + 1] = {0}, n = 0, rows = ROWS;
    int32_t columns[ROWS * FEATURES];
    double values[ROWS * FEATURES];
    const int64_t shape[] = {ROWS, FEATURES};
    const lk_tensor x = lk_view(s->x, LK_F64, 2, shape), y = lk_vector(s->y, LK_F64, &rows);
    const lk_tensor w = lk_vector(s->w, LK_F64, &rows);
    for (int i = 0; i < ROWS; i++) {
        for (int j = 0; j < FEATURES; j++)
            if (s->x[i * FEATURES + j] != 0) {
                columns[n] = j;
                values[n++] = s->x[i * FEATURES + j];
            }
        starts[i + 1] = n;
    }
    lk_dataset data;
    assert_int_equal(sparse ? lk_dataset_create_sparse(ROWS, FEATURES, starts, columns, values,
                                                       s->y, weighted ? s->w : NULL, &data)
                            : lk_dataset_create(&x, &y, weighted ? &w : NULL, &data),
                     LK_OK);
    assert_int_equal(lk_dataset_set_classes(&data, classes), LK_OK);
    return data;
}

/* ---- a perceptron written out ------------------------------------------------------------------
 */

typedef struct plain {
    double w[MOST_CLASSES][FEATURES + 1]; /* the bias behind the weights */
    int64_t mistakes;
} plain;

static double plain_score(const plain *p, int c, const double *x)
{
    double z = p->w[c][FEATURES];
    for (int j = 0; j < FEATURES; j++) z += p->w[c][j] * x[j];
    return z;
}

/* averaged: adds the weights up after every row that counts. */
static plain plain_perceptron(const sample *s, int classes, const lk_perceptron_options *o,
                              int weighted)
{
    plain p, sum;
    memset(&p, 0, sizeof p);
    memset(&sum, 0, sizeof sum);
    int64_t order[ROWS], seen = 0, found = 1;
    lk_random random = {o->seed};
    for (int i = 0; i < ROWS; i++) order[i] = i;
    for (int64_t epoch = 0; epoch < o->epochs && found; epoch++) {
        lk_random_shuffle(&random, ROWS, order);
        found = 0;
        for (int k = 0; k < ROWS; k++) {
            const double *x = s->x + order[k] * FEATURES, weight = weighted ? s->w[order[k]] : 1;
            const int y = (int)s->y[order[k]], outputs = classes == 2 ? 1 : classes;
            if (weight == 0) continue;
            int rival = outputs == 1 ? -1 : y == 0;
            for (int c = 0; c < outputs && outputs > 1; c++)
                if (c != y && plain_score(&p, c, x) > plain_score(&p, rival, x)) rival = c;
            const double sign = y ? 1 : -1;
            const double margin = rival < 0 ? sign * plain_score(&p, 0, x)
                                            : plain_score(&p, y, x) - plain_score(&p, rival, x);
            for (int j = 0; j <= FEATURES && margin <= 0; j++) {
                if (j == FEATURES && o->bias == LK_BIAS_NONE) continue;
                const double step = o->learning_rate * weight * (j < FEATURES ? x[j] : 1);
                p.w[rival < 0 ? 0 : y][j] += rival < 0 ? sign * step : step;
                if (rival >= 0) p.w[rival][j] -= step;
            }
            found += margin <= 0;
            seen++;
            for (int c = 0; c < MOST_CLASSES; c++)
                for (int j = 0; j <= FEATURES; j++) sum.w[c][j] += p.w[c][j];
        }
        p.mistakes += found;
    }
    for (int c = 0; c < MOST_CLASSES && o->averaged; c++)
        for (int j = 0; j <= FEATURES; j++) p.w[c][j] = sum.w[c][j] / (double)seen;
    return p;
}

static void check(const sample *s, int classes, const lk_perceptron_options *o, int weighted)
{
    const plain want = plain_perceptron(s, classes, o, weighted);
    for (int sparse = 0; sparse < 2; sparse++) {
        lk_dataset data = dataset(s, classes, sparse, weighted);
        lk_model *m = NULL;
        int64_t mistakes, outputs = classes == 2 ? 1 : classes;
        const int64_t shape[] = {outputs, FEATURES};
        if (lk_train_perceptron(&data, o, &m, &mistakes)) fail_msg("%s", lk_last_error());
        assert_int_equal(mistakes, want.mistakes);
        const double *w = lk_model_expect(m, "weight", LK_F64, 2, shape);
        const int biased = o->bias == LK_BIAS_FREE;
        const double *b = biased ? lk_model_expect(m, "bias", LK_F64, 1, &outputs) : NULL;
        assert_true(w && !b == !biased && !lk_model_find(m, "bias") == !biased);
        for (int c = 0; c < outputs; c++) {
            for (int j = 0; j < FEATURES; j++)
                assert_true(fabs(w[c * FEATURES + j] - want.w[c][j]) < 1e-10);
            assert_true(fabs((b ? b[c] : 0) - want.w[c][FEATURES]) < 1e-10);
        }
        lk_model_info info;
        lk_model_describe(m, &info);
        assert_true(info.kind == LK_MODEL_LINEAR && info.loss == LK_PERCEPTRON);
        assert_true(info.outputs == outputs && info.classes == classes);
        lk_model_free(m);
        lk_dataset_free(&data);
    }
}

static void test_plain(void **state)
{
    (void)state;
    sample s;
    for (int classes = 2; classes <= MOST_CLASSES; classes++)
        for (int k = 0; k < 16; k++) {
            lk_perceptron_options o = LK_PERCEPTRON_OPTIONS_INIT;
            make(&s, classes, 0.1, k & 8 ? 0.1 : 0, (uint64_t)k);
            o.epochs = 12;
            o.averaged = k & 1;
            o.bias = k & 2 ? LK_BIAS_NONE : LK_BIAS_FREE;
            o.learning_rate = k & 8 ? 0.25 : 1;
            o.seed = (uint64_t)k;
            check(&s, classes, &o, k >> 2 & 1);
        }
}

/* Novikoff: at most (R / gamma)^2 mistakes, gamma the margin of any separating direction of length
 * 1; and then none. */
static void test_mistakes_are_bounded(void **state)
{
    (void)state;
    static const double truth[] = {-2, 2.5, 0.5, 1}; /* class 1 less class 0 of make() */
    for (uint64_t seed = 0; seed < 20; seed++) {
        sample s;
        make(&s, 2, 0.05 + 0.02 * (double)seed, 0, seed);
        double radius = 0, margin = HUGE_VAL, length = 0;
        for (int j = 0; j < FEATURES; j++) length += truth[j] * truth[j];
        for (int i = 0; i < ROWS; i++) {
            double z = 0, square = 0;
            for (int j = 0; j < FEATURES; j++) {
                z += truth[j] * s.x[i * FEATURES + j];
                square += s.x[i * FEATURES + j] * s.x[i * FEATURES + j];
            }
            margin = fmin(margin, (s.y[i] > 0 ? z : -z) / sqrt(length));
            radius = fmax(radius, sqrt(square));
        }
        assert_true(margin > 0);
        for (int bias = 0; bias < 2; bias++) {
            lk_dataset data = dataset(&s, 2, (int)seed % 2, 0);
            lk_perceptron_options o = LK_PERCEPTRON_OPTIONS_INIT;
            lk_model *m = NULL;
            int64_t mistakes, classes[ROWS];
            double scores[ROWS];
            o.epochs = 100000;
            o.averaged = 0;
            o.seed = seed;
            o.bias = bias ? LK_BIAS_FREE : LK_BIAS_NONE;
            assert_int_equal(lk_train_perceptron(&data, &o, &m, &mistakes), LK_OK);
            const double r2 = radius * radius + bias;
            assert_true(mistakes > 0 && (double)mistakes <= r2 / (margin * margin));
            assert_int_equal(lk_model_predict(m, &data, scores), LK_OK);
            assert_int_equal(lk_model_classify(m, ROWS, scores, classes), LK_OK);
            for (int i = 0; i < ROWS; i++) assert_true((double)classes[i] == s.y[i]);
            lk_model_free(m);
            lk_dataset_free(&data);
        }
    }
}

typedef struct record {
    int calls, stop_at;
    double loss, mistakes;
} record;

static int note(void *context, const lk_progress *p)
{
    record *r = context;
    assert_int_equal(p->epoch, ++r->calls);
    assert_true(p->step == p->steps && p->loss >= 0 && p->seconds >= 0);
    r->loss = p->loss;
    r->mistakes = p->measure;
    return r->calls == r->stop_at;
}

static void test_progress(void **state)
{
    (void)state;
    sample s;
    make(&s, 2, 0.2, 0, 3);
    lk_dataset data = dataset(&s, 2, 0, 0);
    lk_perceptron_options o = LK_PERCEPTRON_OPTIONS_INIT;
    record r = {0};
    int64_t mistakes;
    lk_model *m = NULL;
    o.progress = note;
    o.context = &r;
    assert_int_equal(lk_train_perceptron(&data, &o, &m, &mistakes), LK_OK);
    assert_true(r.calls > 1 && r.calls < o.epochs); /* ends at a pass without mistakes */
    assert_true(r.mistakes == 0 && r.loss == 0);
    lk_model_free(m);
    r = (record){.stop_at = 1};
    assert_int_equal(lk_train_perceptron(&data, &o, &m, &mistakes), LK_OK);
    assert_true(r.calls == 1 && r.mistakes == (double)mistakes && r.loss > 0);
    lk_model_free(m);
    lk_dataset_free(&data);
}

static void refused(const lk_dataset *data, const lk_perceptron_options *o, lk_status want,
                    const char *word)
{
    lk_model *m = (lk_model *)(uintptr_t)data;
    int64_t mistakes = 7;
    assert_int_equal(lk_train_perceptron(data, o, &m, &mistakes), want);
    assert_null(m);
    if (!strstr(lk_last_error(), word)) fail_msg("\"%s\" without %s", lk_last_error(), word);
}

static void test_refusals(void **state)
{
    (void)state;
    sample s;
    make(&s, 2, 0.1, 0, 1);
    lk_dataset data = dataset(&s, 2, 0, 0);
    const lk_perceptron_options usual = LK_PERCEPTRON_OPTIONS_INIT;
    lk_perceptron_options o = usual;
    o.epochs = 0;
    refused(&data, &o, LK_INVALID, "0 epochs");
    o = usual;
    o.learning_rate = -1;
    refused(&data, &o, LK_INVALID, "learning_rate = -1");
    o.learning_rate = NAN;
    refused(&data, &o, LK_INVALID, "learning_rate");
    o.learning_rate = 1e308;
    refused(&data, &o, LK_OUT_OF_DOMAIN, "overflow");
    o = usual;
    o.bias = LK_BIAS_PENALISED;
    refused(&data, &o, LK_INVALID, "bias");
    data.classes = 0;
    refused(&data, &usual, LK_INVALID, "numbers");
    data.classes = 1;
    refused(&data, &usual, LK_INVALID, "two classes");
    data.classes = 2;
    data.rows = 0;
    refused(&data, &usual, LK_INVALID, "no rows");
    data.rows = ROWS;
    lk_dataset_free(&data);
}

/* Nothing but rows of weight 0: nothing is learned. */
static void test_no_weights(void **state)
{
    (void)state;
    sample s;
    make(&s, 3, 0.1, 0, 1);
    memset(s.w, 0, sizeof s.w);
    lk_dataset data = dataset(&s, 3, 1, 1);
    const lk_perceptron_options o = LK_PERCEPTRON_OPTIONS_INIT;
    lk_model *m = NULL;
    int64_t mistakes;
    const int64_t shape[] = {3, FEATURES};
    assert_int_equal(lk_train_perceptron(&data, &o, &m, &mistakes), LK_OK);
    assert_int_equal(mistakes, 0);
    const double *w = lk_model_expect(m, "weight", LK_F64, 2, shape);
    for (int k = 0; k < 3 * FEATURES; k++) assert_true(w[k] == 0);
    lk_model_free(m);
    lk_dataset_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),      cmocka_unit_test(test_mistakes_are_bounded),
        cmocka_unit_test(test_progress),   cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_no_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
