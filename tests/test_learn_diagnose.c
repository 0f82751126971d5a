/* Faults are planted one at a time in trainings that are healthy otherwise; each has to be named
 * first, and healthy trainings must be left alone. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "losskit_learn.h"
#include "model.h"

enum { ROWS = 600, FEATURES = 20, CLASSES = 4, SEEDS = 5 };

/* Standardised features around a centre for each class, which overlap a little. */
static lk_dataset blobs(uint64_t seed)
{
    static double x[ROWS * FEATURES], y[ROWS];
    lk_random r = {seed};
    double centers[CLASSES][FEATURES];
    for (int c = 0; c < CLASSES; c++)
        for (int j = 0; j < FEATURES; j++) centers[c][j] = 0.8 * lk_random_normal(&r);
    for (int i = 0; i < ROWS; i++) {
        const int c = (int)lk_random_below(&r, CLASSES);
        y[i] = c;
        for (int j = 0; j < FEATURES; j++)
            x[i * FEATURES + j] = (centers[c][j] + lk_random_normal(&r)) / 1.3;
    }
    const int64_t shape[] = {ROWS, FEATURES};
    const lk_tensor features = lk_view(x, LK_F64, 2, shape), target = lk_vector(y, LK_F64, shape);
    lk_dataset d;
    assert_int_equal(lk_dataset_create(&features, &target, NULL, &d), LK_OK);
    assert_int_equal(lk_dataset_set_classes(&d, CLASSES), LK_OK);
    return d;
}

/* A smooth function of the features with noise. */
static lk_dataset waves(uint64_t seed)
{
    lk_dataset d = blobs(seed);
    lk_random r = {lk_random_stream(seed, 1)};
    for (int i = 0; i < ROWS; i++) {
        const double *const x = d.dense + i * FEATURES;
        d.target[i] =
            x[0] - x[1] + sin(x[2] + x[3]) + 0.3 * x[4] * x[5] + 0.1 * lk_random_normal(&r);
    }
    d.classes = 0;
    return d;
}

/* Of the last epoch. */
static int keep_checkpoint(void *context, const lk_progress *progress)
{
    lk_model **const kept = context;
    void *bytes;
    size_t size;
    if (!progress->checkpoint) return 0;
    lk_model_free(*kept);
    *kept = NULL;
    assert_int_equal(lk_model_write(progress->checkpoint, &bytes, &size), LK_OK);
    assert_int_equal(lk_model_read(bytes, size, kept), LK_OK);
    free(bytes);
    return 0;
}

typedef struct setup {
    lk_layer layers[6];
    lk_objective objective;
    lk_mlp_options options;
} setup;

static void healthy(setup *s, lk_loss loss, lk_activation activation, int n_layers, uint64_t seed)
{
    const lk_mlp_options init = LK_MLP_OPTIONS_INIT;
    memset(s, 0, sizeof *s);
    s->options = init;
    for (int k = 0; k < n_layers; k++)
        s->layers[k] = (lk_layer){.units = 32, .activation = activation};
    s->objective = (lk_objective){.loss = loss, .factor = 1};
    s->options.layers = s->layers;
    s->options.n_layers = n_layers;
    s->options.objective = &s->objective;
    s->options.n_objective = 1;
    s->options.batch = 32;
    s->options.epochs = 30;
    s->options.learning_rate = 3e-3;
    s->options.seed = seed;
}

static void expect_first(const char *what, const lk_dataset *d, const setup *s, lk_fault fault)
{
    lk_diagnosis found;
    const lk_status status = lk_diagnose(d, &s->options, &found);
    if (status) print_message("%s: %s\n", what, lk_last_error());
    assert_int_equal(status, LK_OK);
    for (int k = 0; k < found.n; k++)
        print_message("%s: %s: %s\n", what, lk_fault_name(found.findings[k].fault),
                      found.findings[k].text);
    if (found.n == 0)
        print_message("%s: nothing (loss %g to %g, constant %g, %lld suspects)\n", what,
                      found.first_loss, found.last_loss, found.constant_loss,
                      (long long)found.suspects);
    if (fault) {
        assert_true(found.n > 0);
        assert_int_equal(found.findings[0].fault, fault);
        assert_true(strlen(found.findings[0].text) > 30);
    } else {
        assert_int_equal(found.n, 0);
    }
    lk_diagnosis_free(&found);
}

/* ---- healthy trainings --------------------------------------------------------------------------
 */

static void test_healthy(void **state)
{
    (void)state;
    static const lk_activation activations[] = {LK_ACTIVATION_RELU, LK_ACTIVATION_TANH,
                                                LK_ACTIVATION_PRELU, LK_ACTIVATION_SIGMOID};
    int runs = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        for (int kind = 0; kind < 4; kind++) {
            lk_dataset d = kind % 2 ? waves(seed) : blobs(seed);
            setup s;
            healthy(&s, kind % 2 ? LK_HUBER : LK_SOFTMAX_CROSS_ENTROPY,
                    activations[(seed + (uint64_t)kind) % 4], 1 + kind / 2, seed);
            if (kind == 2) s.layers[0].dropout = 0.2, s.options.l2 = 1e-3;
            if (kind == 3)
                s.options.optimizer = LK_OPTIMIZER_MOMENTUM, s.options.learning_rate = 0.02;
            expect_first("healthy", &d, &s, 0);
            lk_dataset_free(&d);
            runs++;
        }
    assert_int_equal(runs, 20);
}

/* ---- planted faults -----------------------------------------------------------------------------
 */

static void test_inputs(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        lk_dataset d = blobs(seed);
        for (int64_t i = 0; i < ROWS * FEATURES; i++)
            d.dense[i] = d.dense[i] * (i % FEATURES == 3 ? 200 : 1) +
                         (i % 2 ? 0 : 100.0 * (double)(seed % 2));
        setup s;
        healthy(&s, LK_SOFTMAX_CROSS_ENTROPY, LK_ACTIVATION_RELU, 2, seed);
        expect_first("inputs", &d, &s, LK_FAULT_INPUTS);
        lk_dataset_free(&d);
    }
}

static void test_initialization(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        static const double scales[] = {3, 1e-4};
        for (int k = 0; k < 4; k++) {
            lk_dataset d = blobs(seed);
            setup s;
            healthy(&s, LK_SOFTMAX_CROSS_ENTROPY,
                    k == 3 ? LK_ACTIVATION_SIGMOID : LK_ACTIVATION_TANH, k == 3 ? 6 : 3, seed);
            s.options.initialization = k < 2    ? LK_INIT_NORMAL
                                       : k == 2 ? LK_INIT_ZERO
                                                : LK_INIT_XAVIER_UNIFORM;
            if (k < 2) s.options.initialization_scale = scales[k];
            expect_first("initialization", &d, &s, LK_FAULT_INITIALIZATION);
            lk_dataset_free(&d);
        }
    }
}

static void test_learning_rate(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        lk_dataset d = blobs(seed);
        setup s;
        healthy(&s, LK_SOFTMAX_CROSS_ENTROPY, LK_ACTIVATION_RELU, 2, seed);
        s.options.learning_rate = 1;
        expect_first("rate of Adam", &d, &s, LK_FAULT_LEARNING_RATE);
        s.options.optimizer = LK_OPTIMIZER_SGD;
        s.options.learning_rate = 20;
        expect_first("rate of SGD", &d, &s, LK_FAULT_LEARNING_RATE);
        s.options.learning_rate = 1e-5;
        expect_first("low rate", &d, &s, LK_FAULT_LEARNING_RATE);
        lk_dataset_free(&d);
        d = waves(seed);
        healthy(&s, LK_SQUARED_ERROR, LK_ACTIVATION_TANH, 1, seed);
        s.options.optimizer = LK_OPTIMIZER_MOMENTUM;
        s.options.learning_rate = 1;
        expect_first("rate of momentum", &d, &s, LK_FAULT_LEARNING_RATE);
        lk_dataset_free(&d);
    }
}

static void test_regularization(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        lk_dataset d = blobs(seed);
        setup s;
        healthy(&s, LK_SOFTMAX_CROSS_ENTROPY, LK_ACTIVATION_RELU, 2, seed);
        s.options.l2 = 1;
        expect_first("l2", &d, &s, LK_FAULT_REGULARIZATION);
        s.options.l2 = 0;
        s.options.l1 = 2;
        expect_first("l1", &d, &s, LK_FAULT_REGULARIZATION);
        s.options.l1 = 0;
        s.layers[0].dropout = s.layers[1].dropout = 0.97;
        expect_first("dropout", &d, &s, LK_FAULT_REGULARIZATION);
        lk_dataset_free(&d);
    }
}

/* Half the square of the residual, whose gradient is told with a factor. */
static void crooked(size_t n, const double *input, const double *target, void *context,
                    double *value, double *gradient, double *curvature)
{
    const double factor = *(const double *)context;
    for (size_t i = 0; i < n; i++) {
        const double r = input[i] - target[i];
        value[i] = 0.5 * r * r;
        if (gradient) gradient[i] = factor * r;
        if (curvature) curvature[i] = 1;
    }
}

static void test_gradient(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        lk_dataset d = waves(seed);
        setup s;
        healthy(&s, LK_SQUARED_ERROR, LK_ACTIVATION_TANH, 1, seed);
        static double factors[] = {-1, 0.5, 1.2, 1};
        for (int k = 0; k < 4; k++) {
            s.options.objective = NULL;
            s.options.n_objective = 0;
            s.options.custom = crooked;
            s.options.custom_context = &factors[k];
            expect_first("gradient", &d, &s, k < 3 ? LK_FAULT_GRADIENT : 0);
        }
        lk_dataset_free(&d);
    }
}

/* The biases of a trained model's first layer, far below or above all signals. */
static void test_units(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        for (int k = 0; k < 2; k++) {
            lk_dataset d = blobs(seed);
            setup s;
            healthy(&s, LK_SOFTMAX_CROSS_ENTROPY, k ? LK_ACTIVATION_TANH : LK_ACTIVATION_RELU, 2,
                    seed);
            lk_model *checkpoint = NULL;
            s.options.progress = keep_checkpoint;
            s.options.context = &checkpoint;
            s.options.epochs = 2;
            lk_model *model;
            assert_int_equal(lk_train_mlp(&d, &s.options, &model, NULL), LK_OK);
            lk_model_free(model);
            float *const bias = lk_model_find(checkpoint, "layer0.bias")->data;
            for (int j = 0; j < 32; j++) bias[j] = k ? 100 : -100;
            s.options.progress = NULL;
            s.options.epochs = 30;
            s.options.resume = checkpoint;
            expect_first("units", &d, &s, LK_FAULT_UNITS);
            lk_model_free(checkpoint);
            lk_dataset_free(&d);
        }
}

static void test_labels(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        lk_dataset d = blobs(seed);
        lk_random r = {seed + 100};
        int64_t planted = 0, hit = 0;
        char wrong[ROWS] = {0};
        for (int i = 0; i < ROWS; i++)
            if (lk_random_unit(&r) < 0.2) {
                d.target[i] =
                    fmod(d.target[i] + 1 + (double)lk_random_below(&r, CLASSES - 1), CLASSES);
                wrong[i] = 1;
                planted++;
            }
        setup s;
        healthy(&s, LK_SOFTMAX_CROSS_ENTROPY, LK_ACTIVATION_RELU, 1, seed);
        expect_first("labels", &d, &s, LK_FAULT_LABELS);
        lk_diagnosis found;
        assert_int_equal(lk_diagnose(&d, &s.options, &found), LK_OK);
        for (int64_t k = 0; k < found.suspects; k++) hit += wrong[found.suspect[k]];
        print_message("%lld suspects, %lld of them planted, of %lld\n", (long long)found.suspects,
                      (long long)hit, (long long)planted);
        assert_true(10 * hit > 7 * found.suspects && 2 * hit > planted);
        lk_diagnosis_free(&found);
        lk_dataset_free(&d);
    }
}

/* ---- any data and options -----------------------------------------------------------------------
 */

/* What a model has learned goes on, whatever the sample of the rows and the schedule. */
static void test_checkpoints_of_much_data(void **state)
{
    (void)state;
    lk_dataset few = blobs(3), d;
    static int64_t rows[5 * ROWS];
    for (int i = 0; i < 5 * ROWS; i++) rows[i] = i % ROWS;
    assert_int_equal(lk_dataset_take(&few, 5 * ROWS, rows, &d), LK_OK);
    setup s;
    healthy(&s, LK_SOFTMAX_CROSS_ENTROPY, LK_ACTIVATION_RELU, 2, 3);
    lk_model *checkpoint = NULL, *model;
    s.options.progress = keep_checkpoint;
    s.options.context = &checkpoint;
    s.options.schedule = LK_SCHEDULE_COSINE;
    s.options.validation = &few;
    s.options.patience = 30;
    s.options.epochs = 6;
    assert_int_equal(lk_train_mlp(&d, &s.options, &model, NULL), LK_OK);
    lk_model_free(model);
    s.options.progress = NULL;
    s.options.resume = checkpoint;
    expect_first("checkpoint", &d, &s, 0);
    lk_diagnosis found;
    assert_int_equal(lk_diagnose(&d, &s.options, &found), LK_OK);
    assert_true(found.first_loss < 0.2 * found.constant_loss);
    s.options.batch = 16;
    assert_int_equal(lk_diagnose(&d, &s.options, &found), LK_INVALID);
    assert_non_null(strstr(lk_last_error(), "batch is 16"));
    assert_int_equal(found.n, 0);
    lk_model_free(checkpoint);
    lk_dataset_free(&d);
    lk_dataset_free(&few);
}

/* Losses with a domain, parts of the network, outputs that are no scores of classes. */
static void test_losses(void **state)
{
    (void)state;
    static const lk_loss losses[] = {
        LK_BINARY_CROSS_ENTROPY, LK_LINEAR_CROSS_ENTROPY,   LK_ARCFACE,
        LK_LARGE_MARGIN_SOFTMAX, LK_SUPERVISED_CONTRASTIVE, LK_PERCEPTRON};
    for (size_t k = 0; k < sizeof losses / sizeof *losses; k++)
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            lk_dataset d = blobs(seed);
            setup s;
            healthy(&s, losses[k], LK_ACTIVATION_RELU, 2, seed);
            if (losses[k] == LK_SUPERVISED_CONTRASTIVE)
                s.layers[1].activation = LK_ACTIVATION_LINEAR;
            expect_first(lk_loss_describe(losses[k])->name, &d, &s, 0);
            lk_dataset_free(&d);
        }
}

static void test_threads(void **state)
{
    (void)state;
    static const int threads[] = {1, 2, 5};
    lk_diagnosis all[3];
    lk_dataset d = blobs(7);
    setup s;
    healthy(&s, LK_SOFTMAX_CROSS_ENTROPY, LK_ACTIVATION_RELU, 2, 7);
    for (int what = 0; what < 2; what++) {
        if (what) s.options.learning_rate = 1;
        for (int k = 0; k < 3; k++) {
            lk_set_num_threads(threads[k]);
            assert_int_equal(lk_diagnose(&d, &s.options, &all[k]), LK_OK);
            assert_int_equal(all[k].n > 0, what);
            assert_int_equal(all[k].suspects, all[0].suspects);
            if (all[0].suspects)
                assert_memory_equal(all[k].suspect, all[0].suspect,
                                    (size_t)all[0].suspects * sizeof *all[0].suspect);
            assert_memory_equal(all[k].findings, all[0].findings, sizeof all[0].findings);
            assert_memory_equal(&all[k].first_loss, &all[0].first_loss,
                                offsetof(lk_diagnosis, suspects) -
                                    offsetof(lk_diagnosis, first_loss));
        }
        for (int k = 0; k < 3; k++) lk_diagnosis_free(&all[k]);
    }
    lk_set_num_threads(0);
    lk_dataset_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_healthy),
        cmocka_unit_test(test_inputs),
        cmocka_unit_test(test_initialization),
        cmocka_unit_test(test_learning_rate),
        cmocka_unit_test(test_regularization),
        cmocka_unit_test(test_gradient),
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_checkpoints_of_much_data),
        cmocka_unit_test(test_losses),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
