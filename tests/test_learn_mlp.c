/* test_learn_mlp.c: trained multi-layer perceptrons: what they learn and predict. */
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

/* ---- what is learned ----------------------------------------------------------------------------
 */

static void make_xor(lk_dataset *data)
{
    const double x[] = {0, 0, 0, 1, 1, 0, 1, 1}, y[] = {0, 1, 1, 0};
    const int64_t shape[2] = {4, 2};
    const lk_tensor features = lk_view(x, LK_F64, 2, shape), target = lk_view(y, LK_F64, 1, shape);
    assert_int_equal(lk_dataset_create(&features, &target, NULL, data), LK_OK);
    assert_int_equal(lk_dataset_set_classes(data, 2), LK_OK);
}

static void test_xor(void **state)
{
    static const lk_loss losses[] = {LK_LOGISTIC, LK_HINGE, LK_BINARY_CROSS_ENTROPY,
                                     LK_SOFTMAX_CROSS_ENTROPY};
    lk_dataset data;
    make_xor(&data);
    for (int kind = LK_ACTIVATION_RELU; kind <= LK_ACTIVATION_SIGMOID; kind++)
        for (size_t k = 0; k < sizeof losses / sizeof *losses; k++) {
            const lk_layer layer = {16, (lk_activation)kind, 0, 0};
            const lk_objective objective = {losses[k], NULL, 0, 1, 0};
            lk_mlp_options o = options_of(&layer, 1, &objective, 1);
            o.epochs = 600;
            o.learning_rate = 0.05;
            lk_model *model = train(&data, &o, NULL);
            if (accuracy(model, &data) < 1)
                fail_msg("%s does not learn with %s", lk_activation_name((lk_activation)kind),
                         lk_loss_describe(losses[k])->name);
            lk_model_free(model);
        }
    /* and no linear network can */
    const lk_layer linear = {16, LK_ACTIVATION_LINEAR, 0, 0};
    const lk_objective objective = {LK_LOGISTIC, NULL, 0, 1, 0};
    lk_mlp_options o = options_of(&linear, 1, &objective, 1);
    o.epochs = 600;
    o.learning_rate = 0.05;
    lk_model *model = train(&data, &o, NULL);
    assert_true(accuracy(model, &data) < 1);
    lk_model_free(model);
    lk_dataset_free(&data);
    (void)state;
}

static void test_regression(void **state)
{
    static const lk_layer layers[] = {{32, LK_ACTIVATION_TANH, 0, 0}};
    lk_dataset data, held_out;
    make_rows(600, 3, 0, 2, 0, 1, &data);
    make_rows(200, 3, 0, 2, 0, 2, &held_out);
    lk_mlp_options o = options_of(layers, 1, &squares, 1);
    o.epochs = 300;
    o.learning_rate = 0.01;
    o.schedule = LK_SCHEDULE_COSINE;
    o.validation = &held_out;
    lk_mlp_report report;
    lk_model *model = train(&data, &o, &report);
    assert_true(report.validation_metric > 0.98);
    /* R2 as its definition has it */
    double scores[400], r2 = 0;
    assert_int_equal(lk_model_predict(model, &held_out, scores), LK_OK);
    for (int k = 0; k < 2; k++) {
        double mean = 0, apart = 0, left = 0;
        for (int i = 0; i < 200; i++) mean += held_out.target[2 * i + k] / 200;
        for (int i = 0; i < 200; i++) {
            apart += pow(held_out.target[2 * i + k] - mean, 2);
            left += pow(held_out.target[2 * i + k] - scores[2 * i + k], 2);
        }
        r2 += (1 - left / apart) / 2;
    }
    assert_true(fabs(r2 - report.validation_metric) < 1e-9);
    lk_model_free(model);
    lk_dataset_free(&data);
    lk_dataset_free(&held_out);
    (void)state;
}

/* A truth that does not vary has R2 0; before an epoch has ended there is nothing to report. */
static void test_reports_without_measure(void **state)
{
    static const lk_layer layers[] = {{4, LK_ACTIVATION_TANH, 0, 0}};
    lk_dataset data, held_out;
    make_rows(60, 3, 0, 2, 0, 1, &data);
    make_rows(20, 3, 0, 2, 0, 2, &held_out);
    for (int i = 0; i < 40; i++) held_out.target[i] = 3;
    lk_mlp_options o = options_of(layers, 1, &squares, 1);
    o.validation = &held_out;
    lk_mlp_report report;
    for (o.epochs = 0; o.epochs < 2; o.epochs++) {
        lk_model_free(train(&data, &o, &report));
        assert_int_equal(report.best_epoch, o.epochs);
        assert_true(o.epochs ? report.validation_metric == 0 : isnan(report.validation_metric));
        assert_true(o.epochs ? isfinite(report.loss) : isnan(report.loss));
    }
    lk_dataset_free(&data);
    lk_dataset_free(&held_out);
    (void)state;
}

/* A norm is that of a row and takes its weight; a region of all rows has none, and refuses them,
 * those of the validation data, too. So are labels that have been changed. */
static void test_weights_of_regions(void **state)
{
    static const lk_objective norm = {LK_L2_NORM, NULL, 0, 1, 0}, dice = {LK_DICE, NULL, 0, 1, 0};
    lk_dataset data, held_out;
    make_rows(60, 3, 2, 1, 0, 1, &data);
    make_rows(60, 3, 2, 1, 1, 1, &held_out);
    lk_mlp_options o = options_of(NULL, 0, &norm, 1);
    o.epochs = 1;
    lk_model *model;
    lk_model_free(train(&held_out, &o, NULL));
    o.objective = &dice;
    lk_model_free(train(&data, &o, NULL));
    assert_int_equal(lk_train_mlp(&held_out, &o, &model, NULL), LK_INVALID);
    o.validation = &held_out;
    assert_int_equal(lk_train_mlp(&data, &o, &model, NULL), LK_INVALID);
    assert_non_null(strstr(lk_last_error(), "have no weights of their own"));
    held_out.target[7] = 1e9;
    assert_int_equal(lk_train_mlp(&data, &o, &model, NULL), LK_OUT_OF_DOMAIN);
    assert_non_null(strstr(lk_last_error(), "target[7] = 1e+09 is no class in [0, 2)"));
    lk_dataset_free(&data);
    lk_dataset_free(&held_out);
    (void)state;
}

/* Every way of training brings the loss of an easy problem down. */
static void test_every_option_trains(void **state)
{
    static const lk_layer layers[] = {{8, LK_ACTIVATION_RELU, 1, 0.1},
                                      {8, LK_ACTIVATION_TANH, 0, 0}};
    lk_dataset data;
    make_rows(300, 4, 3, 1, 0, 3, &data);
    for (int optimizer = 0; optimizer <= LK_OPTIMIZER_ADAMW; optimizer++)
        for (int schedule = 0; schedule <= LK_SCHEDULE_PLATEAU; schedule++) {
            lk_mlp_options o = options_of(layers, 2, &cross_entropy, 1);
            o.optimizer = (lk_optimizer)optimizer;
            o.schedule = (lk_schedule)schedule;
            o.learning_rate = optimizer == LK_OPTIMIZER_SGD ? 0.2 : 0.02;
            o.warmup_epochs = 2;
            o.decay = 0.7;
            o.decay_epochs = 5;
            o.l1 = 1e-5;
            o.l2 = 1e-4;
            o.clip = 5;
            o.batch = 16;
            lk_model *model = train(&data, &o, NULL);
            if (!(accuracy(model, &data) > 0.8))
                fail_msg("%s, %s: accuracy %g", lk_optimizer_name(o.optimizer),
                         lk_schedule_name(o.schedule), accuracy(model, &data));
            lk_model_free(model);
        }
    lk_dataset_free(&data);
    (void)state;
}

static double apart(const double *a, const double *b, int64_t n)
{
    double square = 0;
    for (int64_t j = 0; j < n; j++) square += (a[j] - b[j]) * (a[j] - b[j]);
    return sqrt(square);
}

/* Losses of pairs and triples alone: rows of a class come together, and the last hidden layer is
 * what the model gives. */
static void test_embeddings(void **state)
{
    static const lk_layer layers[] = {{16, LK_ACTIVATION_RELU, 0, 0},
                                      {2, LK_ACTIVATION_LINEAR, 0, 0}};
    static const lk_loss losses[] = {LK_CONTRASTIVE, LK_TRIPLET_MARGIN};
    enum { ROWS = 120 };
    lk_dataset data;
    make_rows(ROWS, 4, 3, 1, 0, 4, &data);
    for (size_t k = 0; k < 2; k++) {
        const lk_objective objective = {losses[k], NULL, 0, 1, 0};
        lk_mlp_options o = options_of(layers, 2, &objective, 1);
        o.epochs = 150;
        o.learning_rate = 0.01;
        lk_model *model = train(&data, &o, NULL);
        lk_model_info info;
        lk_model_describe(model, &info);
        assert_int_equal(info.outputs, 2);
        double at[2 * ROWS], same[2 * ROWS], within = 0, between = 0;
        int64_t pairs[2] = {0, 0};
        assert_int_equal(lk_model_predict(model, &data, at), LK_OK);
        assert_int_equal(lk_mlp_activations(model, &data, 1, same), LK_OK);
        assert_memory_equal(at, same, sizeof at);
        for (int i = 0; i < ROWS; i++)
            for (int j = 0; j < i; j++) {
                const int alike = data.target[i] == data.target[j];
                *(alike ? &within : &between) += apart(at + 2 * i, at + 2 * j, 2);
                pairs[alike]++;
            }
        assert_true(between / (double)pairs[0] > 2 * within / (double)pairs[1]);
        int64_t class[ROWS];
        assert_int_equal(lk_model_classify(model, ROWS, at, class), LK_UNSUPPORTED);
        lk_model_free(model);
    }
    lk_dataset_free(&data);
    (void)state;
}

/* Losses that are the last layer, and center loss beside one, classify. */
static void test_heads(void **state)
{
    static const lk_layer layers[] = {{16, LK_ACTIVATION_TANH, 0, 0}};
    static const double angle[] = {16, 0.2};
    static const lk_objective heads[][2] = {
        {{LK_LARGE_MARGIN_SOFTMAX, NULL, 0, 1, 0}, {0}},
        {{LK_ARCFACE, angle, 2, 1, 0}, {0}},
        {{LK_COSFACE, angle, 2, 1, 0}, {0}},
        {{LK_LINEAR_CROSS_ENTROPY, NULL, 0, 1, 0}, {LK_CENTER, NULL, 0, 0.1, 0}},
        {{LK_NLL, NULL, 0, 1, 0}, {LK_SUPERVISED_CONTRASTIVE, NULL, 0, 0.1, 0}},
        {{LK_KL_DIVERGENCE, NULL, 0, 1, 0}, {LK_COSINE_EMBEDDING, NULL, 0, 0.1, 0}}};
    lk_dataset data;
    make_rows(300, 4, 3, 1, 0, 5, &data);
    for (size_t k = 0; k < sizeof heads / sizeof *heads; k++) {
        lk_mlp_options o = options_of(layers, 1, heads[k], heads[k][1].loss ? 2 : 1);
        o.learning_rate = 0.01;
        o.epochs = 40;
        o.validation = &data;
        lk_mlp_report report;
        lk_model *model = train(&data, &o, &report);
        if (!(accuracy(model, &data) > 0.85))
            fail_msg("%s: accuracy %g", lk_loss_describe(heads[k][0].loss)->name,
                     accuracy(model, &data));
        assert_true(fabs(report.validation_metric - accuracy(model, &data)) < 1e-12);
        const lk_named_tensor *const w = lk_model_find(model, "output.weight");
        for (int c = 0; c < 3; c++) {
            const float *const row = (const float *)w->data + c * 16;
            double square = 0;
            for (int j = 0; j < 16; j++) square += (double)row[j] * (double)row[j];
            if (k == 1 || k == 2) assert_true(fabs(square - 1) < 1e-5);
        }
        lk_model_free(model);
    }
    lk_dataset_free(&data);
    (void)state;
}

/* Centers go to the means of their classes' features, as far as a row counts in n + 1. */
static void test_centers(void **state)
{
    static const lk_layer layers[] = {{3, LK_ACTIVATION_LINEAR, 0, 0}};
    static const lk_objective sum[] = {{LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, 0, 0},
                                       {LK_CENTER, NULL, 0, 1e-30, 0}};
    enum { ROWS = 30 };
    lk_dataset data;
    make_rows(ROWS, 4, 3, 1, 0, 6, &data);
    lk_mlp_options o = options_of(layers, 1, sum, 2);
    o.optimizer = LK_OPTIMIZER_SGD;
    lk_mlp_trainer t;
    assert_int_equal(lk_mlp_trainer_open(&data, &o, &t), LK_OK);
    int64_t rows[ROWS];
    double loss, features[ROWS * 3], mean[9] = {0};
    for (int i = 0; i < ROWS; i++) rows[i] = i;
    for (int step = 0; step < 60; step++) {
        assert_int_equal(lk_mlp_trainer_gradient(&t, rows, ROWS, &loss), LK_OK);
        (void)lk_mlp_trainer_step(&t);
    }
    assert_int_equal(lk_mlp_activations(t.model, &data, 0, features), LK_OK);
    for (int i = 0; i < 3 * ROWS; i++) mean[(i / 3) % 3 * 3 + i % 3] += features[i] / 10;
    const float *const centers = lk_model_find(t.model, "training.centers1")->data;
    for (int i = 0; i < 9; i++) assert_true(fabs((double)centers[i] - mean[i]) < 1e-5);
    lk_mlp_trainer_close(&t);
    lk_dataset_free(&data);
    (void)state;
}

/* ---- predictions --------------------------------------------------------------------------------
 */

static void test_predictions_are_the_reference(void **state)
{
    static const lk_layer layers[] = {{6, LK_ACTIVATION_PRELU, 1, 0.2},
                                      {5, LK_ACTIVATION_SIGMOID, 0, 0}};
    enum { ROWS = 700 };
    lk_dataset data;
    make_rows(ROWS, 4, 3, 1, 0, 7, &data);
    lk_mlp_options o = options_of(layers, 2, &cross_entropy, 1);
    lk_model *model = train(&data, &o, NULL);
    lk_mlp network;
    assert_int_equal(lk_mlp_open(model, &network), LK_OK);
    float *const narrow = malloc((size_t)network.numbers * sizeof *narrow);
    double *const flat = malloc((size_t)network.numbers * sizeof *flat);
    lk_mlp_save(&network, narrow);
    for (int64_t i = 0; i < network.numbers; i++) flat[i] = (double)narrow[i];
    double **const want = reference_outputs(&network, NULL, flat, data.dense, ROWS, 0);
    double *const got = malloc(ROWS * 6 * sizeof *got);
    for (int k = 0; k < 3; k++) {
        const int64_t n = ROWS * network.layers[k].units;
        if (k < 2)
            assert_int_equal(lk_mlp_activations(model, &data, k, got), LK_OK);
        else
            assert_int_equal(lk_model_predict(model, &data, got), LK_OK);
        for (int64_t i = 0; i < n; i++)
            assert_true(fabs(got[i] - want[k][i]) <= 2e-5 * (1 + fabs(want[k][i])));
    }
    assert_int_equal(lk_mlp_activations(model, &data, 2, got), LK_INVALID);
    assert_int_equal(lk_mlp_activations(model, &data, -1, got), LK_INVALID);
    reference_free(want, 3);
    free(got);
    free(flat);
    free(narrow);
    lk_mlp_close(&network);
    lk_model_free(model);
    lk_dataset_free(&data);
    (void)state;
}

static void check_same_model(const lk_model *a, const lk_model *b)
{
    assert_int_equal(a->n_tensors, b->n_tensors);
    for (int64_t k = 0; k < a->n_tensors; k++) {
        const lk_named_tensor *const x = &a->tensors[k], *const y = &b->tensors[k];
        assert_string_equal(x->name, y->name);
        assert_memory_equal(x->data, y->data,
                            (size_t)lk_named_tensor_count(x) * lk_element_size(x->dtype));
    }
}

static void test_sparse_rows_are_dense_rows(void **state)
{
    static const lk_layer layers[] = {{6, LK_ACTIVATION_RELU, 0, 0}};
    enum { ROWS = 50, FEATURES = 6 };
    lk_dataset dense, sparse;
    make_rows(ROWS, FEATURES, 3, 1, 1, 8, &dense);
    int64_t starts[ROWS + 1] = {0}, n = 0;
    int32_t columns[ROWS * FEATURES];
    double values[ROWS * FEATURES];
    for (int i = 0; i < ROWS; i++) {
        for (int32_t j = 0; j < FEATURES; j++) {
            double *const x = &dense.dense[i * FEATURES + j];
            if ((i + j) % 3) *x = 0;
            if (*x == 0) continue;
            columns[n] = j;
            values[n++] = *x;
        }
        starts[i + 1] = n;
    }
    assert_int_equal(lk_dataset_create_sparse(ROWS, FEATURES, starts, columns, values, dense.target,
                                              dense.weight, &sparse),
                     LK_OK);
    assert_int_equal(lk_dataset_set_classes(&sparse, 3), LK_OK);
    lk_mlp_options o = options_of(layers, 1, &cross_entropy, 1);
    o.epochs = 3;
    lk_model *a = train(&dense, &o, NULL), *b = train(&sparse, &o, NULL);
    check_same_model(a, b);
    double p[ROWS * 3], q[ROWS * 3];
    assert_int_equal(lk_model_predict(a, &dense, p), LK_OK);
    assert_int_equal(lk_model_predict(b, &sparse, q), LK_OK);
    assert_memory_equal(p, q, sizeof p);
    lk_model_free(a);
    lk_model_free(b);
    lk_dataset_free(&dense);
    lk_dataset_free(&sparse);
    (void)state;
}

static void test_check_finds_what_is_missing(void **state)
{
    static const lk_layer layers[] = {{6, LK_ACTIVATION_PRELU, 1, 0}};
    static const char *const names[] = {"layer0.weight",   "layer0.bias",   "layer0.slope",
                                        "layer0.scale",    "layer0.offset", "layer0.mean",
                                        "layer0.variance", "output.weight", "output.bias"};
    lk_dataset data;
    make_rows(30, 4, 3, 1, 0, 8, &data);
    lk_mlp_options o = options_of(layers, 1, &cross_entropy, 1);
    o.epochs = 1;
    double scores[90];
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        lk_model *model = train(&data, &o, NULL);
        assert_int_equal(model->n_tensors, 9);
        assert_int_equal(lk_mlp_type.check(model), LK_OK);
        lk_model_remove(model, names[k]);
        assert_int_equal(lk_mlp_type.check(model), LK_INVALID);
        assert_non_null(strstr(lk_last_error(), names[k]));
        assert_int_equal(lk_model_predict(model, &data, scores), LK_INVALID);
        lk_model_free(model);
    }
    lk_dataset_free(&data);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_xor),
                                       cmocka_unit_test(test_regression),
                                       cmocka_unit_test(test_reports_without_measure),
                                       cmocka_unit_test(test_weights_of_regions),
                                       cmocka_unit_test(test_every_option_trains),
                                       cmocka_unit_test(test_embeddings),
                                       cmocka_unit_test(test_heads),
                                       cmocka_unit_test(test_centers),
                                       cmocka_unit_test(test_predictions_are_the_reference),
                                       cmocka_unit_test(test_sparse_rows_are_dense_rows),
                                       cmocka_unit_test(test_check_finds_what_is_missing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
