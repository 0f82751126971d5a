/* test_learn_mlp_refusals.c: what a training of networks refuses, and what ends it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/learn_mlp_reference.h"
#include "support/learn_mlp_training.h"

static const lk_objective cross_entropy = {LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, 1, 0};
static const lk_objective squares = {LK_SQUARED_ERROR, NULL, 0, 1, 0};

/* ---- what goes wrong ----------------------------------------------------------------------------
 */

static void check_failure(const lk_dataset *data, const lk_mlp_options *o, lk_status status,
                          const char *part)
{
    lk_model *model = (lk_model *)(uintptr_t)1;
    lk_mlp_report report;
    assert_int_equal(lk_train_mlp(data, o, &model, &report), status);
    assert_null(model);
    if (!strstr(lk_last_error(), part))
        fail_msg("\"%s\" does not say \"%s\"", lk_last_error(), part);
}

static void test_numbers_that_are_not_finite(void **state)
{
    static const lk_layer layers[] = {{16, LK_ACTIVATION_RELU, 0, 0},
                                      {16, LK_ACTIVATION_RELU, 0, 0}};
    static const lk_objective exponential = {LK_EXPONENTIAL, NULL, 0, 1, 0};
    lk_dataset data;
    make_rows(200, 4, 0, 1, 0, 12, &data);
    lk_mlp_options o = options_of(layers, 2, &squares, 1);
    o.optimizer = LK_OPTIMIZER_SGD;
    o.learning_rate = 10;
    check_failure(&data, &o, LK_OUT_OF_DOMAIN, "the learning rate 10 is too high");
    assert_non_null(strstr(lk_last_error(), " rows that begins with row "));
    assert_non_null(strstr(lk_last_error(), "in epoch "));
    o.learning_rate = 1e20;
    check_failure(&data, &o, LK_OUT_OF_DOMAIN, "after step 1: the learning rate 1e+20 is too high");
    lk_dataset_free(&data);

    make_rows(200, 4, 0, 1, 0, 12, &data);
    o.learning_rate = 0.01;
    for (int i = 0; i < 200; i++) data.dense[4 * i] *= 1e9;
    check_failure(&data, &o, LK_OUT_OF_DOMAIN, "scale them");
    for (int i = 0; i < 200; i++) data.dense[4 * i] *= 1e250;
    check_failure(&data, &o, LK_OUT_OF_DOMAIN, "beyond what f32 holds");
    lk_dataset_free(&data);

    make_rows(50, 4, 2, 1, 0, 12, &data);
    o = options_of(NULL, 0, &exponential, 1);
    o.initialization = LK_INIT_NORMAL;
    o.initialization_scale = 1000;
    check_failure(&data, &o, LK_OUT_OF_DOMAIN, "is not finite by itself");
    lk_dataset_free(&data);

    /* a target that the loss does not take */
    static const lk_objective sigmoid = {LK_SIGMOID_CROSS_ENTROPY, NULL, 0, 1, 0};
    make_rows(50, 4, 0, 1, 0, 12, &data);
    data.target[7] = 5;
    o = options_of(NULL, 0, &sigmoid, 1);
    check_failure(&data, &o, LK_OUT_OF_DOMAIN, "epoch 1, step 1");
    lk_dataset_free(&data);
    (void)state;
}

static void test_refusals(void **state)
{
    static const lk_layer good = {4, LK_ACTIVATION_RELU, 0, 0};
    static const lk_layer empty = {0, LK_ACTIVATION_RELU, 0, 0},
                          all = {4, LK_ACTIVATION_RELU, 0, 1};
    static const lk_layer unknown = {4, (lk_activation)9, 0, 0},
                          normal = {4, LK_ACTIVATION_RELU, 1, 0};
    static const lk_objective zero_one = {LK_ZERO_ONE, NULL, 0, 1, 0},
                              ctc = {LK_CTC, NULL, 0, 1, 0};
    static const lk_objective nce = {LK_INFO_NCE, NULL, 0, 1, 0},
                              softmax = {LK_SOFTMAX, NULL, 0, 1, 0};
    static const lk_objective gaussian = {LK_GAUSSIAN_NLL, NULL, 0, 1, 0};
    static const lk_objective deep = {LK_CENTER, NULL, 0, 1, 3},
                              pairs = {LK_CONTRASTIVE, NULL, 0, 1, 0};
    static const lk_objective odd[] = {{LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, 1, 0},
                                       {LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, NAN, 0}};
    static const lk_objective mixed[] = {{LK_BINARY_CROSS_ENTROPY, NULL, 0, 1, 0},
                                         {LK_HINGE, NULL, 0, 1, 0}};
    static const lk_augmentation size = {0, 3, 2, 1, 1, 0, 0}, none = {0, 0, 0, 0, 1, 0, 0};
    lk_dataset data, numbers;
    make_rows(30, 4, 3, 1, 0, 9, &data);
    make_rows(30, 4, 0, 1, 0, 9, &numbers);
    const lk_mlp_options o = options_of(&good, 1, &cross_entropy, 1);
#define REFUSED(data_, change, status, part)          \
    do {                                              \
        lk_mlp_options changed = o;                   \
        change;                                       \
        check_failure(data_, &changed, status, part); \
    } while (0)
    REFUSED(&data, changed.size = 8, LK_INVALID, "LK_MLP_OPTIONS_INIT");
    REFUSED(&data, changed.layers = &empty, LK_INVALID, "layer 0 has 0 units");
    REFUSED(&data, changed.layers = &all, LK_INVALID, "dropout = 1");
    REFUSED(&data, changed.layers = &unknown, LK_INVALID, "no activation 9");
    REFUSED(&data, (changed.layers = &normal, changed.batch = 1), LK_INVALID, "normalisation");
    REFUSED(&data, changed.n_objective = 0, LK_INVALID, "no loss");
    REFUSED(&data, changed.objective = &zero_one, LK_UNSUPPORTED, "zero_one");
    REFUSED(&data, changed.objective = &ctc, LK_UNSUPPORTED, "ctc");
    REFUSED(&data, changed.objective = &nce, LK_UNSUPPORTED, "info_nce");
    REFUSED(&data, changed.objective = &softmax, LK_UNSUPPORTED, "softmax");
    REFUSED(&numbers, changed.objective = &gaussian, LK_UNSUPPORTED, "variance");
    REFUSED(&data, changed.objective = &deep, LK_INVALID, "hidden layers 1 to 1");
    REFUSED(&data, (changed.objective = &pairs, changed.n_layers = 0), LK_INVALID, "hidden layer");
    REFUSED(&numbers, changed.objective = &pairs, LK_INVALID, "needs classes");
    REFUSED(&numbers, (void)changed, LK_INVALID, "needs classes");
    REFUSED(&data, (changed.objective = odd, changed.n_objective = 2), LK_INVALID, "factor");
    REFUSED(&data, (changed.objective = mixed, changed.n_objective = 2), LK_INVALID,
            "sigmoid_cross_entropy");
    REFUSED(&data, changed.batch = 0, LK_INVALID, "batch = 0");
    REFUSED(&data, changed.learning_rate = NAN, LK_INVALID, "learning_rate = nan");
    REFUSED(&data, changed.momentum = 1, LK_INVALID, "momentum = 1; expected a number in [0, 1)");
    REFUSED(&data, changed.l2 = -1, LK_INVALID, "l2 = -1");
    REFUSED(&data, changed.schedule = (lk_schedule)70, LK_INVALID, "schedule 70");
    REFUSED(&data, changed.optimizer = (lk_optimizer)70, LK_INVALID, "optimizer 70");
    REFUSED(&data, changed.initialization = (lk_initialization)70, LK_INVALID, "initialization 70");
    REFUSED(&data, changed.validation = &numbers, LK_INVALID, "validation");
    REFUSED(&data, changed.augmentation = &size, LK_INVALID, "images [3, 2, 1]");
    REFUSED(&data, changed.augmentation = &none, LK_INVALID, "height");
    lk_dataset no_rows = data;
    no_rows.rows = 0;
    check_failure(&no_rows, &o, LK_INVALID, "0 rows");
    /* zero epochs are the initial weights */
    lk_mlp_options zero = o;
    zero.epochs = 0;
    lk_mlp_report report;
    lk_model_free(train(&data, &zero, &report));
    assert_int_equal(report.epochs, 0);
    lk_dataset_free(&data);
    lk_dataset_free(&numbers);
    (void)state;
}

static void test_names(void **state)
{
    assert_string_equal(lk_activation_name(LK_ACTIVATION_PRELU), "prelu");
    assert_string_equal(lk_initialization_name(LK_INIT_HE_NORMAL), "he_normal");
    assert_string_equal(lk_initialization_name(LK_INIT_ZERO), "zero");
    assert_string_equal(lk_optimizer_name(LK_OPTIMIZER_ADAMW), "adamw");
    assert_string_equal(lk_schedule_name(LK_SCHEDULE_PLATEAU), "plateau");
    assert_null(lk_activation_name((lk_activation)5));
    assert_null(lk_initialization_name((lk_initialization)9));
    assert_null(lk_optimizer_name((lk_optimizer)5));
    assert_null(lk_schedule_name((lk_schedule)7));
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_numbers_that_are_not_finite),
                                       cmocka_unit_test(test_refusals),
                                       cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
