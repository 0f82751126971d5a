/* test_learn_mlp.c: trained multi-layer perceptrons: what they learn, predict, keep and refuse. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/learn_mlp_reference.h"

static const lk_objective cross_entropy = {LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, 1, 0};
static const lk_objective squares = {LK_SQUARED_ERROR, NULL, 0, 1, 0};

static lk_mlp_options options_of(const lk_layer *layers, int n_layers,
                                 const lk_objective *objective, int n_objective)
{
    lk_mlp_options o = LK_MLP_OPTIONS_INIT;
    o.layers = layers;
    o.n_layers = n_layers;
    o.objective = objective;
    o.n_objective = n_objective;
    return o;
}

static lk_model *train(const lk_dataset *data, const lk_mlp_options *o, lk_mlp_report *report)
{
    lk_model *model;
    if (lk_train_mlp(data, o, &model, report)) fail_msg("%s", lk_last_error());
    return model;
}

static double accuracy(const lk_model *model, const lk_dataset *data)
{
    lk_model_info info;
    lk_model_describe(model, &info);
    double *const scores = malloc((size_t)(data->rows * info.outputs) * sizeof *scores);
    int64_t *const classes = malloc((size_t)data->rows * sizeof *classes);
    assert_int_equal(lk_model_predict(model, data, scores), LK_OK);
    assert_int_equal(lk_model_classify(model, data->rows, scores, classes), LK_OK);
    int64_t right = 0;
    for (int64_t i = 0; i < data->rows; i++) right += (double)classes[i] == data->target[i];
    free(scores);
    free(classes);
    return (double)right / (double)data->rows;
}

static double mean_loss(lk_loss loss, const lk_model *model, const lk_dataset *data)
{
    lk_model_info info;
    lk_model_describe(model, &info);
    const int64_t shape[2] = {data->rows, info.outputs};
    double *const scores = malloc((size_t)(data->rows * info.outputs) * sizeof *scores);
    int64_t *const labels = malloc((size_t)data->rows * sizeof *labels);
    for (int64_t i = 0; i < data->rows; i++) labels[i] = (int64_t)data->target[i];
    assert_int_equal(lk_model_predict(model, data, scores), LK_OK);
    const lk_tensor input = lk_view(scores, LK_F64, 2, shape);
    const lk_tensor target = lk_view(labels, LK_I64, 1, shape);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.result = &result;
    assert_int_equal(lk_evaluate(loss, NULL, 0, &call), LK_OK);
    free(scores);
    free(labels);
    return result.value;
}

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

/* ---- the end of a training ----------------------------------------------------------------------
 */

enum { MOST_EPOCHS = 200 };
typedef struct history {
    int64_t epochs, steps, stop_at;
    double loss[MOST_EPOCHS], validation[MOST_EPOCHS], rate[MOST_EPOCHS];
} history;

static int record(void *context, const lk_progress *p)
{
    history *const h = context;
    h->steps++;
    assert_int_equal(p->checkpoint != NULL, p->step == p->steps);
    assert_true(p->seconds >= 0 && p->step >= 1 && p->step <= p->steps);
    if (!p->checkpoint) return 0;
    assert_int_equal(p->epoch, h->epochs + 1);
    h->loss[h->epochs] = p->loss;
    h->rate[h->epochs] = p->learning_rate;
    h->validation[h->epochs++] = p->validation_loss;
    return h->epochs == h->stop_at;
}

/* Labels that say nothing: the validation loss rises as soon as they are learned by heart. */
static void test_early_stopping_keeps_the_best(void **state)
{
    static const lk_layer layers[] = {{32, LK_ACTIVATION_RELU, 0, 0}};
    lk_dataset data, held_out;
    make_rows(60, 4, 3, 1, 0, 9, &data);
    make_rows(80, 4, 3, 1, 0, 10, &held_out);
    for (int i = 0; i < 60; i += 3) data.target[i] = (double)(i % 2);
    lk_mlp_options o = options_of(layers, 1, &cross_entropy, 1);
    history h = {0};
    o.epochs = MOST_EPOCHS;
    o.learning_rate = 0.01;
    o.patience = 6;
    o.validation = &held_out;
    o.progress = record;
    o.context = &h;
    lk_mlp_report report;
    lk_model *model = train(&data, &o, &report);
    int64_t best = 0;
    for (int64_t k = 1; k < h.epochs; k++)
        if (h.validation[k] < h.validation[best]) best = k;
    assert_true(h.epochs < MOST_EPOCHS && !report.stopped);
    assert_int_equal(report.epochs, h.epochs);
    assert_int_equal(report.best_epoch, best + 1);
    assert_int_equal(h.epochs, best + 1 + 6);
    assert_true(report.validation_loss == h.validation[best] && report.loss == h.loss[best]);
    assert_true(fabs(mean_loss(LK_SOFTMAX_CROSS_ENTROPY, model, &held_out) - h.validation[best]) <
                1e-6);
    assert_true(h.validation[h.epochs - 1] - h.validation[best] > 1e-4);
    lk_model_free(model);

    /* without patience: all epochs, the last weights */
    history all = {0};
    o.patience = 0;
    o.epochs = 12;
    o.context = &all;
    model = train(&data, &o, &report);
    assert_int_equal(report.best_epoch, 12);
    assert_int_equal(all.steps, 12); /* 60 rows are one batch of 64 */
    assert_true(fabs(mean_loss(LK_SOFTMAX_CROSS_ENTROPY, model, &held_out) - all.validation[11]) <
                1e-6);
    lk_model_free(model);

    /* the caller ends it */
    history stopped = {.stop_at = 5};
    o.context = &stopped;
    model = train(&data, &o, &report);
    assert_int_equal(stopped.epochs, 5);
    assert_true(report.stopped && report.epochs == 5 && report.best_epoch == 5);
    lk_model_free(model);
    lk_dataset_free(&data);
    lk_dataset_free(&held_out);
    (void)state;
}

static int end_at_once(void *context, const lk_progress *p)
{
    ++*(int *)context;
    return p->step == 2;
}

/* Within an epoch: the model is what two steps have made. */
static void test_a_caller_ends_an_epoch(void **state)
{
    lk_dataset data;
    make_rows(60, 4, 3, 1, 0, 9, &data);
    for (int patience = 0; patience < 2; patience++) {
        lk_mlp_options o = options_of(NULL, 0, &cross_entropy, 1);
        int calls = 0;
        o.batch = 10;
        o.patience = patience;
        o.progress = end_at_once;
        o.context = &calls;
        lk_mlp_report report;
        lk_model *model = train(&data, &o, &report);
        assert_int_equal(calls, 2);
        assert_true(report.stopped && report.epochs == 0 && report.best_epoch == 0);
        const lk_named_tensor *const bias = lk_model_find(model, "output.bias");
        assert_true(((const float *)bias->data)[0] != 0);
        lk_model_free(model);
    }
    lk_dataset_free(&data);
    (void)state;
}

/* A loss that cannot get better: the rate is decayed every other epoch. */
static void test_plateau(void **state)
{
    static const lk_objective nothing = {LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, 0, 0};
    lk_dataset data;
    make_rows(60, 4, 3, 1, 0, 9, &data);
    lk_mlp_options o = options_of(NULL, 0, &nothing, 1);
    history h = {0};
    o.epochs = 7;
    o.learning_rate = 1;
    o.schedule = LK_SCHEDULE_PLATEAU;
    o.decay = 0.5;
    o.decay_epochs = 2;
    o.progress = record;
    o.context = &h;
    lk_model_free(train(&data, &o, NULL));
    const double want[] = {1, 1, 1, 0.5, 0.5, 0.25, 0.25};
    for (int k = 0; k < 7; k++) assert_true(h.rate[k] == want[k]);
    lk_dataset_free(&data);
    (void)state;
}

/* 65 rows in batches of 64 are one batch of 65; 66 are two. */
static void test_batches(void **state)
{
    static const lk_layer layers[] = {{4, LK_ACTIVATION_RELU, 1, 0}};
    static const int64_t rows[] = {63, 64, 65, 66, 128, 129}, steps[] = {1, 1, 1, 2, 2, 2};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        lk_dataset data;
        make_rows(rows[k], 4, 3, 1, 0, 9, &data);
        lk_mlp_options o = options_of(layers, 1, &cross_entropy, 1);
        history h = {0};
        o.epochs = 2;
        o.progress = record;
        o.context = &h;
        lk_model_free(train(&data, &o, NULL));
        assert_int_equal(h.steps, 2 * steps[k]);
        lk_dataset_free(&data);
    }
    (void)state;
}

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

/* ---- augmentation -------------------------------------------------------------------------------
 */

enum { HEIGHT = 5, WIDTH = 4, CHANNELS = 2, PIXELS = HEIGHT * WIDTH * CHANNELS, DRAWS = 600 };

static void augment(const lk_augmentation *how, const float *image, float *rows)
{
    static float scratch[DRAWS * PIXELS];
    int64_t numbers[DRAWS];
    for (int i = 0; i < DRAWS; i++) {
        numbers[i] = i;
        memcpy(rows + i * PIXELS, image, PIXELS * sizeof *image);
    }
    lk_mlp_pass pass = {.rows = DRAWS, .input = rows};
    lk_mlp_augment(how, PIXELS, numbers, 99, &pass, scratch);
}

static int clamp(int i, int n) { return i < 0 ? 0 : i < n ? i : n - 1; }

static int is_moved(const float *image, const float *row, int down, int right, int flip)
{
    for (int i = 0; i < HEIGHT; i++)
        for (int j = 0; j < WIDTH; j++)
            for (int c = 0; c < CHANNELS; c++) {
                const int x = flip ? WIDTH - 1 - j + right : j - right;
                const int from = (clamp(i - down, HEIGHT) * WIDTH + clamp(x, WIDTH)) * CHANNELS + c;
                if (fabsf(row[(i * WIDTH + j) * CHANNELS + c] - image[from]) > 1e-5f) return 0;
            }
    return 1;
}

/* Every move that there may be occurs, about as often as every other one, and no other. */
static void test_shifts_and_flips(void **state)
{
    static float rows[DRAWS * PIXELS];
    float image[PIXELS];
    for (int i = 0; i < PIXELS; i++) image[i] = (float)(i * i % 97);
    const lk_augmentation how = {0, HEIGHT, WIDTH, CHANNELS, 1, 0, 1};
    augment(&how, image, rows);
    int seen[18] = {0};
    for (int i = 0; i < DRAWS; i++) {
        int found = -1;
        for (int k = 0; k < 18; k++)
            if (is_moved(image, rows + i * PIXELS, k % 3 - 1, k / 3 % 3 - 1, k / 9)) found = k;
        assert_true(found >= 0);
        seen[found]++;
    }
    for (int k = 0; k < 18; k++) assert_in_range(seen[k], 10, 65);
    (void)state;
}

/* Turned images keep a plane's value at each place: that of the place turned back. */
static void test_rotations(void **state)
{
    static float rows[DRAWS * PIXELS];
    float image[PIXELS];
    for (int i = 0; i < PIXELS; i++) {
        const int y = i / CHANNELS / WIDTH, x = i / CHANNELS % WIDTH;
        image[i] = i % CHANNELS ? (float)y : (float)x;
    }
    const lk_augmentation how = {0, HEIGHT, WIDTH, CHANNELS, 0, 20, 0};
    augment(&how, image, rows);
    double least = 1, most = -1;
    for (int i = 0; i < DRAWS; i++) {
        /* the pixel left of the middle, and right of it, in the row of the middle */
        const float *const a = rows + i * PIXELS + (2 * WIDTH + 1) * CHANNELS;
        const double dx = (double)(a[2] - a[0]), dy = (double)(a[3] - a[1]);
        assert_true(fabs(dx * dx + dy * dy - 1) < 1e-5);
        assert_true(fabs((double)(a[0] + a[2]) - 3) < 1e-5);
        assert_true(fabs((double)(a[1] + a[3]) - 4) < 1e-5);
        least = fmin(least, atan2(dy, dx));
        most = fmax(most, atan2(dy, dx));
    }
    const double degree = atan(1) / 45;
    assert_true(least < -19 * degree && least > -20.01 * degree);
    assert_true(most > 19 * degree && most < 20.01 * degree);
    (void)state;
}

static void test_noise(void **state)
{
    static float rows[DRAWS * PIXELS];
    const float image[PIXELS] = {0};
    const lk_augmentation how = {0.5, 0, 0, 0, 0, 0, 0};
    augment(&how, image, rows);
    double sum = 0, square = 0;
    const double n = DRAWS * PIXELS;
    for (int i = 0; i < DRAWS * PIXELS; i++) {
        sum += (double)rows[i];
        square += (double)rows[i] * (double)rows[i];
    }
    assert_true(fabs(sum / n) < 5 * 0.5 / sqrt(n));
    assert_true(fabs(square / n / 0.25 - 1) < 5 * sqrt(2 / n));
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
                                       cmocka_unit_test(test_check_finds_what_is_missing),
                                       cmocka_unit_test(test_early_stopping_keeps_the_best),
                                       cmocka_unit_test(test_a_caller_ends_an_epoch),
                                       cmocka_unit_test(test_plateau),
                                       cmocka_unit_test(test_batches),
                                       cmocka_unit_test(test_numbers_that_are_not_finite),
                                       cmocka_unit_test(test_refusals),
                                       cmocka_unit_test(test_shifts_and_flips),
                                       cmocka_unit_test(test_rotations),
                                       cmocka_unit_test(test_noise),
                                       cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
