/* test_learn_mlp_resume.c: a training that stops and goes on from its checkpoint gives the bits of
 * one that does not stop, and goes on with the same options and data alone. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/learn_mlp_reference.h"

static const lk_layer layers[] = {{9, LK_ACTIVATION_PRELU, 1, 0.2},
                                  {6, LK_ACTIVATION_TANH, 0, 0.1}};
static const lk_objective sum[] = {{LK_LARGE_MARGIN_SOFTMAX, NULL, 0, 1, 0},
                                   {LK_CENTER, NULL, 0, 0.1, 0},
                                   {LK_CONTRASTIVE, NULL, 0, 0.1, 1}};
enum { FEATURES = 6, EPOCHS = 20 };

/* As a file would keep it. */
static lk_model *written_and_read(const lk_model *m)
{
    void *bytes;
    size_t size;
    lk_model *copy;
    if (lk_model_write(m, &bytes, &size)) fail_msg("%s", lk_last_error());
    if (lk_model_read(bytes, size, &copy)) fail_msg("%s", lk_last_error());
    free(bytes);
    return copy;
}

typedef struct keeper {
    int64_t at, seen; /* keeps the checkpoint of this epoch, and ends there when `end` is set */
    int end;
    lk_model *checkpoint;
} keeper;

static int keep(void *context, const lk_progress *p)
{
    keeper *const k = context;
    if (!p->checkpoint) return 0;
    k->seen++;
    if (p->epoch != k->at) return 0;
    k->checkpoint = written_and_read(p->checkpoint);
    return k->end;
}

static void check_same(const lk_model *a, const lk_model *b)
{
    void *x, *y;
    size_t x_size, y_size;
    assert_int_equal(lk_model_write(a, &x, &x_size), LK_OK);
    assert_int_equal(lk_model_write(b, &y, &y_size), LK_OK);
    assert_int_equal(x_size, y_size);
    assert_memory_equal(x, y, x_size);
    free(x);
    free(y);
    for (int64_t k = 0; k < a->n_tensors; k++) assert_null(strstr(a->tensors[k].name, "training."));
}

static lk_mlp_options base(const lk_augmentation *augmentation, const lk_dataset *validation)
{
    lk_mlp_options o = LK_MLP_OPTIONS_INIT;
    o.layers = layers;
    o.n_layers = 2;
    o.objective = sum;
    o.n_objective = 3;
    o.epochs = EPOCHS;
    o.batch = 16;
    o.learning_rate = 0.01;
    o.warmup_epochs = 1;
    o.decay = 0.5;
    o.decay_epochs = 2;
    o.augmentation = augmentation;
    o.validation = validation;
    o.seed = 77;
    return o;
}

static void check_resume(const lk_dataset *data, lk_mlp_options o, int64_t at)
{
    lk_model *whole, *stopped, *resumed;
    lk_mlp_report whole_report, report;
    keeper k = {.at = at, .end = 1}, rest = {.at = -1};
    o.progress = NULL;
    if (lk_train_mlp(data, &o, &whole, &whole_report)) fail_msg("%s", lk_last_error());
    o.progress = keep;
    o.context = &k;
    assert_int_equal(lk_train_mlp(data, &o, &stopped, &report), LK_OK);
    assert_true(report.stopped);
    assert_int_equal(report.epochs, at);
    lk_model_free(stopped);
    o.resume = k.checkpoint;
    o.context = &rest;
    if (lk_train_mlp(data, &o, &resumed, &report)) fail_msg("%s", lk_last_error());
    assert_int_equal(rest.seen, whole_report.epochs - at);
    check_same(whole, resumed);
    assert_memory_equal(&report, &whole_report, offsetof(lk_mlp_report, stopped));
    lk_model_free(whole);
    lk_model_free(resumed);
    lk_model_free(k.checkpoint);
}

static void test_resumed_is_uninterrupted(void **state)
{
    static const lk_augmentation noise = {0.1, 2, 3, 1, 1, 10, 1};
    lk_dataset data, held_out;
    make_rows(150, FEATURES, 3, 1, 1, 20, &data);
    make_rows(70, FEATURES, 3, 1, 0, 21, &held_out);
    for (int optimizer = 0; optimizer <= LK_OPTIMIZER_ADAMW; optimizer++)
        for (int schedule = 0; schedule <= LK_SCHEDULE_PLATEAU; schedule++) {
            lk_mlp_options o = base(&noise, &held_out);
            o.optimizer = (lk_optimizer)optimizer;
            o.schedule = (lk_schedule)schedule;
            o.patience = schedule % 2 ? 5 : 0;
            check_resume(&data, o, 4);
        }
    check_resume(&data, base(NULL, NULL), 1);
    check_resume(&data, base(NULL, NULL), 7);
    check_resume(&data, base(NULL, &held_out), EPOCHS);
    lk_dataset_free(&data);
    lk_dataset_free(&held_out);
    (void)state;
}

/* To look at checkpoints changes nothing; more epochs may be asked for later. */
static void test_longer(void **state)
{
    lk_dataset data;
    make_rows(150, FEATURES, 3, 1, 0, 20, &data);
    lk_mlp_options o = base(NULL, NULL);
    keeper k = {.at = 6};
    o.epochs = 12;
    lk_model *whole, *half, *rest;
    assert_int_equal(lk_train_mlp(&data, &o, &whole, NULL), LK_OK);
    o.epochs = 6;
    o.progress = keep;
    o.context = &k;
    assert_int_equal(lk_train_mlp(&data, &o, &half, NULL), LK_OK);
    o.epochs = 12;
    o.resume = k.checkpoint;
    o.progress = NULL;
    assert_int_equal(lk_train_mlp(&data, &o, &rest, NULL), LK_OK);
    check_same(whole, rest);
    lk_model_free(k.checkpoint);
    lk_model_free(whole);
    lk_model_free(half);
    lk_model_free(rest);
    lk_dataset_free(&data);
    (void)state;
}

static void check_refused(const lk_dataset *data, const lk_mlp_options *o, const char *part)
{
    lk_model *model;
    assert_int_equal(lk_train_mlp(data, o, &model, NULL), LK_INVALID);
    assert_null(model);
    if (!strstr(lk_last_error(), part))
        fail_msg("\"%s\" does not say \"%s\"", lk_last_error(), part);
}

static void test_other_options_are_refused(void **state)
{
    static const lk_layer other_layers[] = {{9, LK_ACTIVATION_PRELU, 1, 0.2},
                                            {6, LK_ACTIVATION_TANH, 0, 0.3}};
    static const lk_objective other_sum[] = {{LK_LARGE_MARGIN_SOFTMAX, NULL, 0, 1, 0},
                                             {LK_CENTER, NULL, 0, 0.2, 0},
                                             {LK_CONTRASTIVE, NULL, 0, 0.1, 1}};
    lk_dataset data, held_out;
    make_rows(150, FEATURES, 3, 1, 0, 20, &data);
    make_rows(70, FEATURES, 3, 1, 0, 21, &held_out);
    lk_mlp_options o = base(NULL, NULL);
    keeper k = {.at = 2, .end = 1};
    lk_model *model;
    o.progress = keep;
    o.context = &k;
    assert_int_equal(lk_train_mlp(&data, &o, &model, NULL), LK_OK);
    o.resume = k.checkpoint;
    o.progress = NULL;
#define REFUSED(change, part)                 \
    do {                                      \
        lk_mlp_options changed = o;           \
        change;                               \
        check_refused(&data, &changed, part); \
    } while (0)
    REFUSED(changed.batch = 8, "resume: batch is 8; the checkpoint was made with 16");
    REFUSED(changed.seed = 78, "seed");
    REFUSED(changed.seed += UINT64_C(1) << 60, "seed");
    REFUSED(changed.optimizer = LK_OPTIMIZER_SGD, "optimizer");
    REFUSED(changed.learning_rate = 0.011, "learning_rate");
    REFUSED(changed.schedule = LK_SCHEDULE_COSINE, "schedule");
    REFUSED(changed.patience = 3, "patience");
    REFUSED(changed.layers = other_layers, "layer 1's dropout");
    REFUSED(changed.n_layers = 1, "number of layers");
    REFUSED(changed.objective = other_sum, "term 1's factor");
    REFUSED(changed.validation = &held_out, "validation data");
    REFUSED(changed.resume = model, "no checkpoint");
    const double old = data.dense[5];
    data.dense[5] = nextafter(old, 2);
    check_refused(&data, &o, "training data is not what");
    data.dense[5] = old;
    int64_t *const counters = lk_model_find(k.checkpoint, "training.counters")->data;
    counters[LK_MLP_EPOCH] = -1;
    check_refused(&data, &o, "at epoch -1");
    counters[LK_MLP_EPOCH] = 2;
    counters[LK_MLP_STEP]++;
    check_refused(&data, &o, "an epoch has 10 steps");
    counters[LK_MLP_STEP]--;
    lk_model_remove(k.checkpoint, "training.moment2");
    check_refused(&data, &o, "training.moment2");
    lk_model_free(model);
    lk_model_free(k.checkpoint);
    lk_dataset_free(&data);
    lk_dataset_free(&held_out);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_resumed_is_uninterrupted),
                                       cmocka_unit_test(test_longer),
                                       cmocka_unit_test(test_other_options_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
