/* test_learn_diagnose_files.c: a diagnosis of trainings on the data that is shipped. Healthy ones
 * are left alone, and of a planted fault its name comes first. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../cli/data_file.h"

enum { SEEDS = 5, SETS = 3 };

/* Features and numbers to be learned have mean 0 and variance 1. */
static lk_dataset load(const char *name)
{
    data_request request = {.path = name, .folder = LOSSKIT_SOURCE_DIR "/data"};
    if (name[1] == 'i' && name[2] == 'a') request.task = DATA_NUMBERS;
    data_file file;
    error e;
    assert_int_equal(data_file_read(&request, &file, &e), 0);
    lk_dataset d = data_file_take(&file);
    data_file_free(&file);
    lk_scaling scaling;
    assert_int_equal(lk_scaling_fit(&d, LK_SCALE_STANDARD, &scaling), LK_OK);
    assert_int_equal(lk_scaling_apply(&scaling, &d), LK_OK);
    lk_scaling_free(&scaling);
    double mean = 0, square = 0;
    for (int64_t i = 0; !d.classes && i < d.rows; i++) {
        mean += d.target[i] / (double)d.rows;
        square += d.target[i] * d.target[i] / (double)d.rows;
    }
    for (int64_t i = 0; !d.classes && i < d.rows; i++)
        d.target[i] = (d.target[i] - mean) / sqrt(square - mean * mean);
    return d;
}

typedef struct setup {
    lk_layer layers[2];
    lk_objective objective;
    lk_mlp_options options;
} setup;

static void healthy(setup *s, const lk_dataset *d, uint64_t seed)
{
    const lk_mlp_options init = LK_MLP_OPTIONS_INIT;
    *s = (setup){.layers = {{32, LK_ACTIVATION_RELU, 0, 0}, {32, LK_ACTIVATION_RELU, 0, 0}},
                 .objective = {d->classes ? LK_SOFTMAX_CROSS_ENTROPY : LK_HUBER, NULL, 0, 1, 0},
                 .options = init};
    s->options.layers = s->layers;
    s->options.n_layers = 2;
    s->options.objective = &s->objective;
    s->options.n_objective = 1;
    s->options.batch = 32;
    s->options.epochs = 30;
    s->options.learning_rate = 3e-3;
    s->options.seed = seed;
}

static void expect(const lk_dataset *d, const setup *s, lk_fault fault)
{
    lk_diagnosis found;
    if (lk_diagnose(d, &s->options, &found)) fail_msg("%s", lk_last_error());
    const lk_fault first = found.n ? found.findings[0].fault : (lk_fault)0;
    if (first != fault)
        fail_msg("seed %d, l1 %g, l2 %g: %s instead of %s (%g to %g of %g)", (int)s->options.seed,
                 s->options.l1, s->options.l2, found.n ? found.findings[0].text : "nothing",
                 fault ? lk_fault_name(fault) : "nothing", found.first_loss, found.last_loss,
                 found.constant_loss);
    lk_diagnosis_free(&found);
}

static const char *const names[SETS] = {"digits", "breast_cancer", "diabetes"};

static void test_healthy(void **state)
{
    (void)state;
    for (int k = 0; k < SETS; k++) {
        lk_dataset d = load(names[k]);
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            setup s;
            healthy(&s, &d, seed);
            expect(&d, &s, (lk_fault)0);
            s.layers[0].batch_normalization = s.layers[1].batch_normalization = 1;
            expect(&d, &s, (lk_fault)0);
            s.layers[0].dropout = 0.5;
            expect(&d, &s, (lk_fault)0);
        }
        lk_dataset_free(&d);
    }
}

static void test_faults(void **state)
{
    (void)state;
    for (int k = 0; k < SETS; k++) {
        lk_dataset d = load(names[k]);
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            setup s;
            healthy(&s, &d, seed);
            s.options.learning_rate = 10;
            expect(&d, &s, LK_FAULT_LEARNING_RATE);
            s.options.learning_rate = 1e-5;
            expect(&d, &s, LK_FAULT_LEARNING_RATE);
            healthy(&s, &d, seed);
            s.options.l2 = 3;
            expect(&d, &s, LK_FAULT_REGULARIZATION);
            s.options.l2 = 0;
            s.options.l1 = 3;
            expect(&d, &s, LK_FAULT_REGULARIZATION);
            healthy(&s, &d, seed);
            s.layers[0].dropout = s.layers[1].dropout = 0.97;
            expect(&d, &s, LK_FAULT_REGULARIZATION);
            healthy(&s, &d, seed);
            s.options.initialization = LK_INIT_ZERO;
            expect(&d, &s, LK_FAULT_INITIALIZATION);
        }
        lk_dataset_free(&d);
    }
}

static void test_inputs(void **state)
{
    (void)state;
    for (int k = 0; k < SETS; k++) {
        lk_dataset d = load(names[k]);
        for (int64_t i = 0; i < d.rows; i++) d.dense[i * d.features + 3] *= 1000;
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            setup s;
            healthy(&s, &d, seed);
            expect(&d, &s, LK_FAULT_INPUTS);
        }
        lk_dataset_free(&d);
    }
}

static void test_labels(void **state)
{
    (void)state;
    static const double shares[] = {0.1, 0.2, 0.3};
    for (int k = 0; k < 3; k++)
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            lk_dataset d = load("digits");
            lk_random r = {seed};
            for (int64_t i = 0; i < d.rows; i++)
                if (lk_random_unit(&r) < shares[k])
                    d.target[i] = fmod(d.target[i] + 1 + (double)lk_random_below(&r, 9), 10);
            setup s;
            healthy(&s, &d, seed);
            expect(&d, &s, LK_FAULT_LABELS);
            lk_dataset_free(&d);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_healthy),
                                       cmocka_unit_test(test_faults), cmocka_unit_test(test_inputs),
                                       cmocka_unit_test(test_labels)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
