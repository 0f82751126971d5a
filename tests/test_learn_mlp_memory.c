/* test_learn_mlp_memory.c: every allocation of a training, of what goes on from it, of a diagnosis
 * and of the metrics fails once: the status says so, outputs are empty, nothing is lost. */
#include <math.h>
#include <string.h>

#include "model.h"
#include "support/failing_allocations.h"

enum { D = 4, N = 210, CLASSES = 3 };

static lk_layer layers[] = {{6, LK_ACTIVATION_PRELU, 1, 0.2}, {5, LK_ACTIVATION_TANH, 0, 0}};
static const lk_objective sum[] = {{LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, 1, 0},
                                   {LK_CENTER, NULL, 0, 0.1, 0},
                                   {LK_TRIPLET_MARGIN, NULL, 0, 0.1, 1}};
static lk_dataset dense, sparse;
static const lk_model *checkpoint;

static lk_mlp_options options_of(const lk_dataset *data)
{
    static const lk_augmentation noise = {0.1, 2, 2, 1, 1, 10, 1};
    lk_mlp_options o = LK_MLP_OPTIONS_INIT;
    o.layers = layers;
    o.n_layers = 2;
    o.objective = sum;
    o.n_objective = 3;
    o.initialization = LK_INIT_ORTHOGONAL;
    o.epochs = 2;
    o.patience = 2;
    o.augmentation = &noise;
    o.validation = data;
    return o;
}

static lk_status use(const lk_dataset *data, const lk_mlp_options *o)
{
    lk_model *m;
    double scores[N * CLASSES], activations[N * 6];
    lk_mlp_report report;
    lk_status status = lk_train_mlp(data, o, &m, &report);
    assert_true(!status == (m != NULL));
    assert_true(!status == (report.epochs > 0));
    if (!status) status = lk_model_predict(m, data, scores);
    if (!status) status = lk_mlp_activations(m, data, 0, activations);
    lk_model_free(m);
    return status;
}

static lk_status train(const lk_dataset *data)
{
    const lk_mlp_options o = options_of(data);
    return use(data, &o);
}

static lk_status resume(const lk_dataset *data)
{
    lk_mlp_options o = options_of(data);
    o.epochs = 3;
    o.resume = checkpoint;
    return use(data, &o);
}

static lk_status diagnose(const lk_dataset *data, const lk_mlp_options *o, int findings)
{
    lk_diagnosis d;
    const lk_status status = lk_diagnose(data, o, &d);
    if (status) assert_true(d.n == 0 && !d.suspect && d.suspects == 0 && d.last_loss == 0);
    if (!status) assert_int_equal(d.n, findings);
    lk_diagnosis_free(&d);
    return status;
}

/* Healthy: as far as labels. */
static lk_status diagnose_whole(const lk_dataset *data)
{
    lk_mlp_options o = options_of(data);
    o.n_objective = 1;
    o.augmentation = NULL;
    o.epochs = 6;
    o.batch = 32;
    o.learning_rate = 0.03;
    return diagnose(data, &o, 0);
}

/* As far as experiments. */
static lk_status diagnose_dropout(const lk_dataset *data)
{
    lk_mlp_options o = options_of(data);
    o.epochs = 20;
    o.n_objective = 1;
    o.augmentation = NULL;
    o.learning_rate = 1e-5;
    o.l2 = 1e-3;
    return diagnose(data, &o, 1);
}

static lk_status diagnose_checkpoint(const lk_dataset *data)
{
    lk_mlp_options o = options_of(data);
    o.resume = checkpoint;
    return diagnose(data, &o, 0);
}

static lk_status measure(const lk_dataset *data)
{
    int64_t truth[N], two[N];
    double p[N * CLASSES], number;
    for (int i = 0; i < N; i++) {
        truth[i] = (int64_t)data->target[i];
        two[i] = truth[i] > 0;
        for (int k = 0; k < CLASSES; k++) p[i * CLASSES + k] = (i * 7 + k) % 11 / 11.0;
    }
    lk_curve curve;
    lk_status status = lk_roc_curve(N, two, p, NULL, 1, &curve);
    assert_true(!status == (curve.x != NULL));
    lk_curve_free(&curve);
    if (!status) status = lk_precision_recall_curve(N, two, p, NULL, &curve);
    assert_true(!status == (curve.x != NULL));
    lk_curve_free(&curve);
    lk_calibration calibration;
    if (!status) status = lk_calibrate(N, two, p, NULL, 5, 1, &calibration);
    if (!status) lk_calibration_free(&calibration);
    lk_average average;
    if (!status) status = lk_roc_auc_classes(N, CLASSES, truth, p, NULL, NULL, &average);
    if (!status) status = lk_log_loss(N, CLASSES, truth, p, 0, NULL, &number);
    if (!status) status = lk_brier_score(N, CLASSES, truth, p, NULL, &number);
    double matrix[CLASSES * CLASSES] = {1, 2, 3};
    lk_classification metrics;
    if (!status) status = lk_classification_metrics(CLASSES, matrix, 1, NULL, &metrics);
    lk_regression regression;
    if (!status)
        status = lk_regression_metrics(N, 1, data->target, p, NULL, 0.5, NULL, &regression);
    return status;
}

static int keep(void *context, const lk_progress *progress)
{
    void *bytes;
    size_t size;
    if (progress->checkpoint && progress->epoch == 2) {
        assert_int_equal(lk_model_write(progress->checkpoint, &bytes, &size), LK_OK);
        assert_int_equal(lk_model_read(bytes, size, context), LK_OK);
        free(bytes);
    }
    return 0;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    static attempt *const both[] = {train, resume, diagnose_whole, diagnose_dropout,
                                    diagnose_checkpoint};
    lk_set_num_threads(1);
    lk_dataset *const sets[] = {&dense, &sparse};
    for (int s = 0; s < 2; s++) {
        lk_mlp_options o = options_of(sets[s]);
        lk_model *kept = NULL, *model;
        o.progress = keep;
        o.context = &kept;
        assert_int_equal(lk_train_mlp(sets[s], &o, &model, NULL), LK_OK);
        lk_model_free(model);
        checkpoint = kept;
        for (size_t k = 0; k < sizeof both / sizeof *both; k++) exhaust(both[k], sets[s]);
        lk_model_free(kept);
    }
    exhaust(measure, &dense);
    lk_set_num_threads(0);
}

static int make_data(void **state)
{
    (void)state;
    const int64_t sizes[CLASSES] = {70, 70, 70};
    dense = random_classes(CLASSES, sizes, D, 5);
    for (int i = 0; i < N; i++) dense.dense[i * D] += 2 * dense.target[i];
    sparse = made_sparse(&dense, -2);
    return 0;
}

static int free_data(void **state)
{
    (void)state;
    lk_dataset_free(&dense);
    lk_dataset_free(&sparse);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests_name("learn_mlp_memory", tests, make_data, free_data);
}
