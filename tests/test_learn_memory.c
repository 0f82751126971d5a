/* test_learn_memory.c: every allocation of splits, scalings, resampling, weights, ensembles, the
 * anomaly detector and every solver of linear models fails once: the status says so, outputs are
 * empty, nothing is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"
#include "support/failing_allocations.h"

enum { D = 3, N = 25 };
static lk_dataset dense, sparse;

static lk_status split(const lk_dataset *data)
{
    const double half[2] = {0.5, 0.5};
    int64_t rows[N], sizes[2];
    return lk_split(data, 2, half, 1, 0, rows, sizes);
}

static lk_status scale(const lk_dataset *data)
{
    lk_scaling s;
    const lk_status status = lk_scaling_fit(data, LK_SCALE_MAX_ABS, &s);
    assert_true(!status == (s.shift != NULL));
    lk_scaling_free(&s);
    return status;
}

static lk_status resample(const lk_dataset *data)
{
    lk_resample_options o = LK_RESAMPLE_OPTIONS_INIT;
    o.method = LK_RESAMPLE_SMOTE;
    lk_dataset e;
    const lk_status status = lk_resample_rows(data, &o, &e);
    assert_true(!status == (e.rows > 0));
    lk_dataset_free(&e);
    return status;
}

static lk_status add_noise(const lk_dataset *data)
{
    lk_resample_options o = LK_RESAMPLE_OPTIONS_INIT;
    o.noise = 1;
    lk_dataset e;
    const lk_status status = lk_resample_rows(data, &o, &e);
    lk_dataset_free(&e);
    return status;
}

static lk_status weigh(const lk_dataset *data)
{
    double weights[2], shares[2];
    lk_dataset d = *data;
    d.weight = NULL;
    lk_status status = lk_class_weights(data, LK_BALANCE_INVERSE, 0, weights);
    if (!status) status = lk_class_shares(data, shares);
    if (!status) status = lk_weigh_classes(&d, weights);
    free(d.weight);
    return status;
}

static lk_status detect(const lk_dataset *data)
{
    lk_model *m;
    double scores[N];
    lk_status status = lk_train_mahalanobis(data, 0, 0.1, 0.9, &m);
    assert_true(!status == (m != NULL));
    if (!status) status = lk_model_predict(m, data, scores);
    lk_model_free(m);
    return status;
}

static lk_status member(void *context, const lk_dataset *data, uint64_t seed, lk_model **out)
{
    (void)context, (void)seed;
    return lk_train_mahalanobis(data, 0, 0.5, 0.9, out);
}

static lk_status gather(const lk_dataset *data)
{
    lk_model *m;
    double scores[N];
    lk_status status = lk_train_easy_ensemble(data, 3, 0, member, NULL, &m);
    assert_true(!status == (m != NULL));
    if (!status) status = lk_model_predict(m, data, scores);
    lk_model_free(m);
    return status;
}

static lk_status take(const lk_dataset *data)
{
    const int64_t rows[3] = {2, 0, 2};
    lk_dataset e;
    const lk_status status = lk_dataset_take(data, 3, rows, &e);
    assert_true(!status == (e.rows > 0));
    lk_dataset_free(&e);
    return status;
}

static lk_status fit(const lk_dataset *data, lk_loss loss, lk_solver solver, double l1)
{
    lk_linear_options o = LK_LINEAR_OPTIONS_INIT;
    lk_model *m;
    o.loss = loss;
    o.solver = solver;
    o.l1 = l1;
    o.iterations = 3;
    const lk_status status = lk_train_linear(data, &o, &m, NULL);
    assert_true(!status == (m != NULL));
    lk_model_free(m);
    return status;
}

static lk_status fit_newton(const lk_dataset *d)
{
    return fit(d, LK_LOGISTIC, LK_SOLVER_NEWTON, 0);
}
static lk_status fit_lbfgs(const lk_dataset *d) { return fit(d, LK_LOGISTIC, LK_SOLVER_LBFGS, 0); }
static lk_status fit_l1(const lk_dataset *d)
{
    return fit(d, LK_LOGISTIC, LK_SOLVER_PROXIMAL, 0.1);
}
static lk_status fit_sgd(const lk_dataset *d) { return fit(d, LK_HINGE, LK_SOLVER_SGD, 0); }
static lk_status fit_dual(const lk_dataset *d) { return fit(d, LK_HINGE, LK_SOLVER_DUAL, 0); }
static lk_status fit_ramp(const lk_dataset *d) { return fit(d, LK_RAMP, LK_SOLVER_CCCP, 0); }
static lk_status fit_rows(const lk_dataset *d)
{
    return fit(d, LK_MULTICLASS_HINGE, LK_SOLVER_DUAL, 0);
}
static lk_status fit_robust(const lk_dataset *d)
{
    return fit(d, LK_TUKEY_BIWEIGHT, LK_SOLVER_IRLS, 0);
}
static lk_status fit_qr(const lk_dataset *d) { return fit(d, LK_SQUARED_ERROR, LK_SOLVER_QR, 0); }

static lk_status perceive(const lk_dataset *data)
{
    const lk_perceptron_options o = LK_PERCEPTRON_OPTIONS_INIT;
    lk_model *m;
    const lk_status status = lk_train_perceptron(data, &o, &m, NULL);
    assert_true(!status == (m != NULL));
    lk_model_free(m);
    return status;
}

static lk_status boost(const lk_dataset *data)
{
    const lk_adaboost_options o = LK_ADABOOST_OPTIONS_INIT;
    lk_model *m;
    const lk_status status = lk_train_adaboost(data, &o, &m, NULL);
    assert_true(!status == (m != NULL));
    lk_model_free(m);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    static attempt *const both[] = {split,    scale,      resample,   weigh,    detect,  gather,
                                    take,     fit_newton, fit_lbfgs,  fit_l1,   fit_sgd, fit_dual,
                                    fit_ramp, fit_rows,   fit_robust, perceive, boost};
    lk_set_num_threads(1);
    for (size_t k = 0; k < sizeof both / sizeof *both; k++) {
        exhaust(both[k], &dense);
        exhaust(both[k], &sparse);
    }
    exhaust(add_noise, &dense);
    exhaust(fit_qr, &dense);
    lk_set_num_threads(0);
}

static int make_data(void **state)
{
    (void)state;
    const int64_t sizes[2] = {17, 8};
    dense = random_classes(2, sizes, D, 5);
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
    return cmocka_run_group_tests_name("learn_memory", tests, make_data, free_data);
}
