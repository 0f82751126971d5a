/* test_learn_mlp_endings.c: when the training of a network ends, and what the model then is. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_early_stopping_keeps_the_best),
                                       cmocka_unit_test(test_a_caller_ends_an_epoch),
                                       cmocka_unit_test(test_plateau),
                                       cmocka_unit_test(test_batches)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
