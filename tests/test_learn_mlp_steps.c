/* test_learn_mlp_steps.c: forward passes, gradients and steps of every optimiser against PyTorch's
 * numbers, the learning rate of every schedule, and what a network starts from. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/learn_mlp_reference.h"

enum { ROWS = 9, FEATURES = 4, CLASSES = 3, STEPS = 5, MOST = 128 };

/* The numbers of a name in conformance/mlp.txt. */
static int64_t read_golden(const char *wanted, double *numbers)
{
    FILE *f = fopen(LOSSKIT_SOURCE_DIR "/tests/conformance/mlp.txt", "r");
    assert_non_null(f);
    char name[64];
    long count;
    while (fscanf(f, "%63s %ld", name, &count) == 2) {
        assert_in_range(count, 1, MOST);
        for (long i = 0; i < count; i++) assert_int_equal(fscanf(f, "%lf", &numbers[i]), 1);
        if (!strcmp(name, wanted)) {
            fclose(f);
            return count;
        }
    }
    fail_msg("no %s", wanted);
    return 0;
}

static const lk_layer layers[] = {{5, LK_ACTIVATION_TANH, 1, 0}, {4, LK_ACTIVATION_PRELU, 0, 0}};
static const lk_objective cross_entropy = {LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, 1, 0};

static void open_golden(lk_mlp_options *options, lk_dataset *data, lk_mlp_trainer *t)
{
    double x[MOST], y[MOST], start[MOST];
    float flat[MOST];
    const int64_t shape[2] = {ROWS, FEATURES};
    assert_int_equal(read_golden("features", x), ROWS * FEATURES);
    assert_int_equal(read_golden("labels", y), ROWS);
    const lk_tensor features = lk_view(x, LK_F64, 2, shape), target = lk_view(y, LK_F64, 1, shape);
    assert_int_equal(lk_dataset_create(&features, &target, NULL, data), LK_OK);
    assert_int_equal(lk_dataset_set_classes(data, CLASSES), LK_OK);
    options->layers = layers;
    options->n_layers = 2;
    options->objective = &cross_entropy;
    options->n_objective = 1;
    assert_int_equal(lk_mlp_trainer_open(data, options, t), LK_OK);
    const int64_t n = read_golden("start", start);
    assert_int_equal(n, t->network.numbers);
    for (int64_t i = 0; i < n; i++) flat[i] = (float)start[i];
    lk_mlp_restore(&t->network, flat);
}

static double one_step(lk_mlp_trainer *t)
{
    int64_t rows[ROWS];
    double loss;
    for (int64_t i = 0; i < ROWS; i++) rows[i] = i;
    assert_int_equal(lk_mlp_trainer_gradient(t, rows, ROWS, &loss), LK_OK);
    assert_true(isfinite(lk_mlp_trainer_step(t)));
    return loss;
}

static void check_close(const char *what, const double *got, const double *want, int64_t n,
                        double tolerance)
{
    for (int64_t i = 0; i < n; i++)
        if (!(fabs(got[i] - want[i]) <= tolerance))
            fail_msg("%s[%lld] = %.9g, expected %.9g", what, (long long)i, got[i], want[i]);
}

static void test_forward_is_torch(void **state)
{
    lk_mlp_options options = LK_MLP_OPTIONS_INIT;
    options.optimizer = LK_OPTIMIZER_SGD;
    options.learning_rate = 1e-30;
    lk_dataset data;
    lk_mlp_trainer t;
    open_golden(&options, &data, &t);
    double want[MOST], got[MOST];
    const double loss = one_step(&t);
    (void)read_golden("loss", want);
    check_close("loss", &loss, want, 1, 2e-7);
    /* with the running statistics that the pass has moved */
    assert_int_equal(lk_model_predict(t.model, &data, got), LK_OK);
    assert_int_equal(read_golden("scores_after_one_pass", want), ROWS * CLASSES);
    check_close("score", got, want, ROWS * CLASSES, 1e-6);
    lk_mlp_trainer_close(&t);
    lk_dataset_free(&data);
    (void)state;
}

/* Adam divides by the gradient's size and carries rounding of small gradients into steps. */
static void test_optimizers_are_torch(void **state)
{
    for (int clip = 0; clip < 2; clip++)
        for (int k = 0; k <= LK_OPTIMIZER_ADAMW; k++) {
            const int adaptive = k >= LK_OPTIMIZER_ADAM;
            lk_mlp_options options = LK_MLP_OPTIONS_INIT;
            options.optimizer = (lk_optimizer)k;
            options.learning_rate = adaptive ? 0.02 : 0.1;
            options.l2 = 0.05;
            options.clip = clip ? 0.2 : 0;
            lk_dataset data;
            lk_mlp_trainer t;
            open_golden(&options, &data, &t);
            for (int step = 0; step < STEPS; step++) (void)one_step(&t);
            char name[64];
            float flat[MOST];
            double want[MOST], got[MOST];
            snprintf(name, sizeof name, "%s%s", lk_optimizer_name((lk_optimizer)k),
                     clip ? "_clipped" : "");
            const int64_t n = read_golden(name, want);
            lk_mlp_save(&t.network, flat);
            for (int64_t i = 0; i < n; i++) got[i] = (double)flat[i];
            /* the bias before a batch normalisation has no gradient but rounding, which Adam
             * makes as large as any; the running mean follows it */
            if (adaptive) memcpy(got + 20, want + 20, 5 * sizeof *got);
            if (adaptive) memcpy(got + 35, want + 35, 5 * sizeof *got);
            check_close(name, got, want, n, adaptive ? 5e-6 : 1e-6);
            lk_mlp_trainer_close(&t);
            lk_dataset_free(&data);
        }
    (void)state;
}

/* Soft threshold: weights that a step takes to less than rate l1 from 0 are exactly 0. */
static void test_l1_gives_zeros(void **state)
{
    lk_mlp_options options = LK_MLP_OPTIONS_INIT;
    options.optimizer = LK_OPTIMIZER_SGD;
    options.learning_rate = 0.1;
    lk_dataset data;
    lk_mlp_trainer plain, sparse;
    open_golden(&options, &data, &plain);
    (void)one_step(&plain);
    lk_mlp_options with_l1 = options;
    with_l1.l1 = 2;
    lk_dataset again;
    open_golden(&with_l1, &again, &sparse);
    (void)one_step(&sparse);
    int zeros = 0;
    for (int k = 0; k < plain.network.n_layers; k++) {
        const lk_mlp_layer *const a = &plain.network.layers[k], *const b =
                                                                    &sparse.network.layers[k];
        for (int64_t i = 0; i < lk_mlp_count(a, LK_MLP_WEIGHT); i++) {
            const float w = a->value[LK_MLP_WEIGHT][i];
            const float want = fabsf(w) > 0.2f ? w - copysignf(0.2f, w) : 0;
            assert_true(fabsf(b->value[LK_MLP_WEIGHT][i] - want) < 1e-7f);
            zeros += b->value[LK_MLP_WEIGHT][i] == 0;
        }
        for (int64_t i = 0; i < a->units; i++)
            assert_true(a->value[LK_MLP_BIAS][i] == b->value[LK_MLP_BIAS][i]);
    }
    assert_true(zeros > 5);
    lk_mlp_trainer_close(&plain);
    lk_mlp_trainer_close(&sparse);
    lk_dataset_free(&data);
    lk_dataset_free(&again);
    (void)state;
}

/* ---- schedules ----------------------------------------------------------------------------------
 */

/* At a rate of 1, with 4 steps an epoch: the first steps of epochs 0, 1, 2, 5, and the last one of
 * 10 epochs. */
static void check_schedule(lk_schedule schedule, double decay, int64_t decay_epochs,
                           const double want[5])
{
    static const int64_t steps[5] = {0, 4, 8, 20, 39};
    lk_mlp_options o = LK_MLP_OPTIONS_INIT;
    o.learning_rate = 1;
    o.schedule = schedule;
    o.decay = decay;
    o.decay_epochs = decay_epochs;
    o.epochs = 10;
    for (int i = 0; i < 5; i++) {
        const double got = lk_mlp_rate(&o, 4, steps[i], 0.125);
        if (!(fabs(got - want[i]) < 1e-14))
            fail_msg("%s: step %d: %.17g, expected %.17g", lk_schedule_name(schedule),
                     (int)steps[i], got, want[i]);
    }
}

static void test_schedules(void **state)
{
    check_schedule(LK_SCHEDULE_CONSTANT, 0.5, 2, (const double[]){1, 1, 1, 1, 1});
    check_schedule(LK_SCHEDULE_STEP, 0.5, 2, (const double[]){1, 1, 0.5, 0.25, 0.0625});
    check_schedule(LK_SCHEDULE_EXPONENTIAL, 0.5, 2,
                   (const double[]){1, 0.5, 0.25, 0.03125, 0.001953125});
    check_schedule(
        LK_SCHEDULE_COSINE, 0, 1,
        (const double[]){1, 0.97552825814757678, 0.90450849718747373, 0.5, 0.0015413331334360182});
    check_schedule(LK_SCHEDULE_LINEAR, 0, 1, (const double[]){1, 0.9, 0.8, 0.5, 0.025});
    check_schedule(LK_SCHEDULE_INVERSE_TIME, 0.5, 1,
                   (const double[]){1, 2. / 3, 0.5, 2. / 7, 2. / 11});
    check_schedule(LK_SCHEDULE_PLATEAU, 0.5, 1,
                   (const double[]){0.125, 0.125, 0.125, 0.125, 0.125});
    assert_null(lk_schedule_name((lk_schedule)(LK_SCHEDULE_PLATEAU + 1)));
    (void)state;
}

/* From the first step on in equal parts; the schedule begins when it is over. */
static void test_warmup(void **state)
{
    lk_mlp_options o = LK_MLP_OPTIONS_INIT;
    o.learning_rate = 2;
    o.warmup_epochs = 2;
    o.epochs = 12;
    o.schedule = LK_SCHEDULE_LINEAR;
    for (int64_t step = 0; step < 8; step++)
        assert_true(fabs(lk_mlp_rate(&o, 4, step, 1) - 0.25 * (double)(step + 1)) < 1e-15);
    assert_true(lk_mlp_rate(&o, 4, 8, 1) == 2);
    assert_true(fabs(lk_mlp_rate(&o, 4, 28, 1) - 1) < 1e-15);
    o.learning_rate = 0;
    o.warmup_epochs = 0;
    o.schedule = LK_SCHEDULE_CONSTANT;
    assert_true(lk_mlp_rate(&o, 4, 0, 1) == 1e-3);
    o.optimizer = LK_OPTIMIZER_NESTEROV;
    assert_true(lk_mlp_rate(&o, 4, 0, 1) == 0.01);
    (void)state;
}

/* ---- initial weights ----------------------------------------------------------------------------
 */

enum { IN = 120, OUT = 200 };

static void draw(lk_initialization kind, lk_activation activation, uint64_t seed, float *w)
{
    float bias[OUT], slope[OUT];
    lk_mlp_layer layer = {.inputs = IN, .units = OUT, .activation = activation};
    layer.value[LK_MLP_WEIGHT] = w;
    layer.value[LK_MLP_BIAS] = bias;
    layer.value[LK_MLP_SLOPE] = slope;
    const lk_mlp network = {.n_layers = 1, .n_hidden = 1, .layers = &layer};
    bias[3] = 1;
    assert_int_equal(lk_mlp_initialize(&network, kind, 0.05, seed), LK_OK);
    for (int j = 0; j < OUT; j++) assert_true(bias[j] == 0 && slope[j] == 0.25f);
}

/* Mean and variance of n = 24000 numbers within five standard errors; normal ones have a variance
 * of the variance of 2 / n, uniform ones of 0.8 / n, and a bound. */
static void check_initial(lk_initialization kind, lk_activation activation, double variance,
                          int uniform)
{
    static float w[OUT * IN];
    const double n = OUT * IN;
    draw(kind, activation, 42, w);
    double sum = 0, square = 0, most = 0;
    for (int i = 0; i < OUT * IN; i++) {
        sum += (double)w[i];
        square += (double)w[i] * (double)w[i];
        most = fmax(most, fabs((double)w[i]));
    }
    assert_true(fabs(sum / n) < 5 * sqrt(variance / n));
    if (!(fabs(square / n / variance - 1) < 5 * sqrt((uniform ? 0.8 : 2.0) / n)))
        fail_msg("%s: variance %g, expected %g", lk_initialization_name(kind), square / n,
                 variance);
    assert_int_equal(most <= sqrt(3 * variance) * (1 + 1e-6), uniform);
}

static void test_initial_weights(void **state)
{
    const double xavier = 2.0 / (IN + OUT), he = 2.0 / IN;
    const lk_activation relu = LK_ACTIVATION_RELU, smooth = LK_ACTIVATION_TANH;
    check_initial(LK_INIT_XAVIER_UNIFORM, relu, xavier, 1);
    check_initial(LK_INIT_XAVIER_NORMAL, relu, xavier, 0);
    check_initial(LK_INIT_HE_UNIFORM, smooth, he, 1);
    check_initial(LK_INIT_HE_NORMAL, smooth, he, 0);
    check_initial(LK_INIT_LECUN_NORMAL, smooth, 1.0 / IN, 0);
    check_initial(LK_INIT_NORMAL, smooth, 0.05 * 0.05, 0);
    check_initial(LK_INIT_AUTO, relu, he, 0);
    check_initial(LK_INIT_AUTO, LK_ACTIVATION_PRELU, he, 0);
    check_initial(LK_INIT_AUTO, smooth, xavier, 1);
    static float w[OUT * IN], other[OUT * IN];
    draw(LK_INIT_ZERO, relu, 1, w);
    for (int i = 0; i < OUT * IN; i++) assert_true(w[i] == 0);
    draw(LK_INIT_HE_NORMAL, relu, 1, w);
    draw(LK_INIT_HE_NORMAL, relu, 2, other);
    assert_memory_not_equal(w, other, sizeof w);
    (void)state;
}

static void test_orthogonal_weights(void **state)
{
    static float w[OUT * IN];
    draw(LK_INIT_ORTHOGONAL, LK_ACTIVATION_TANH, 7, w);
    for (int a = 0; a < IN; a++)
        for (int b = 0; b <= a; b++) {
            double dot = 0;
            for (int i = 0; i < OUT; i++) dot += (double)w[i * IN + a] * (double)w[i * IN + b];
            assert_true(fabs(dot - (a == b)) < 1e-6);
        }
    /* of either sign */
    int negative = 0;
    for (int a = 0; a < IN; a++) negative += w[a * IN + a] < 0;
    assert_in_range(negative, 30, 90);
    (void)state;
}

/* Losses of residuals start at the weighted mean of each target; all else at 0. */
static void test_start(void **state)
{
    (void)state;
    static const lk_layer hidden = {3, LK_ACTIVATION_TANH, 0, 0};
    double x[] = {1, 2, 3}, y[] = {10, -1, 20, -2, 40, -6}, weight[] = {1, 0, 3},
           counts[] = {4, 5, 6};
    double labels[] = {0, 1, 1};
    static const struct {
        lk_loss loss;
        float first, second;
    } expected[] = {{LK_HUBER, 32.5f, -4.75f},
                    {LK_QUANTILE, 32.5f, -4.75f},
                    {LK_POISSON, 0, 0},
                    {LK_LOGISTIC, 0, 0}};
    for (size_t k = 0; k < sizeof expected / sizeof *expected; k++) {
        const int classes = expected[k].loss == LK_LOGISTIC,
                  poisson = expected[k].loss == LK_POISSON;
        const lk_dataset data = {.rows = 3,
                                 .features = 1,
                                 .dense = x,
                                 .weight = weight,
                                 .targets = classes || poisson ? 1 : 2,
                                 .target = classes   ? labels
                                           : poisson ? counts
                                                     : y,
                                 .classes = classes ? 2 : 0};
        const lk_objective loss = {expected[k].loss, NULL, 0, 1, 0};
        lk_mlp_options o = LK_MLP_OPTIONS_INIT;
        o.layers = &hidden;
        o.n_layers = 1;
        o.objective = &loss;
        o.n_objective = 1;
        lk_mlp_trainer t;
        assert_int_equal(lk_mlp_trainer_open(&data, &o, &t), LK_OK);
        const float *const bias = t.network.layers[1].value[LK_MLP_BIAS];
        assert_true(bias[0] == expected[k].first);
        if (data.targets == 2) assert_true(bias[1] == expected[k].second);
        lk_mlp_trainer_close(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_start),
                                       cmocka_unit_test(test_forward_is_torch),
                                       cmocka_unit_test(test_optimizers_are_torch),
                                       cmocka_unit_test(test_l1_gives_zeros),
                                       cmocka_unit_test(test_schedules),
                                       cmocka_unit_test(test_warmup),
                                       cmocka_unit_test(test_initial_weights),
                                       cmocka_unit_test(test_orthogonal_weights)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
