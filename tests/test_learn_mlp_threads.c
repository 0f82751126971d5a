/* test_learn_mlp_threads.c: the same bits for any number of threads, in networks that are large
 * enough for several to work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/learn_mlp_reference.h"

static void check_threads(const lk_layer *layers, const lk_objective *objective, int n_objective,
                          const lk_augmentation *augmentation)
{
    enum { ROWS = 1200, FEATURES = 64 };
    static const int threads[] = {1, 2, 5};
    lk_model *model[3];
    double *scores[3];
    lk_dataset data;
    make_rows(ROWS, FEATURES, 3, 1, 1, 30, &data);
    lk_mlp_options o = LK_MLP_OPTIONS_INIT;
    o.layers = layers;
    o.n_layers = 2;
    o.objective = objective;
    o.n_objective = n_objective;
    o.batch = 600; /* 600 x 500 elements */
    o.epochs = 2;
    o.validation = &data;
    o.augmentation = augmentation;
    lk_mlp_report report[3];
    for (int k = 0; k < 3; k++) {
        lk_set_num_threads(threads[k]);
        if (lk_train_mlp(&data, &o, &model[k], &report[k])) fail_msg("%s", lk_last_error());
        scores[k] = calloc(ROWS * 500, sizeof **scores);
        assert_int_equal(lk_model_predict(model[k], &data, scores[k]), LK_OK);
        assert_memory_equal(scores[k], scores[0], ROWS * 500 * sizeof **scores);
        assert_memory_equal(&report[k], &report[0], offsetof(lk_mlp_report, stopped));
        for (int64_t i = 0; i < model[0]->n_tensors; i++) {
            const lk_named_tensor *const a = &model[0]->tensors[i], *const b =
                                                                        &model[k]->tensors[i];
            assert_memory_equal(a->data, b->data,
                                (size_t)lk_named_tensor_count(a) * lk_element_size(a->dtype));
        }
    }
    lk_set_num_threads(0);
    for (int k = 0; k < 3; k++) {
        lk_model_free(model[k]);
        free(scores[k]);
    }
    lk_dataset_free(&data);
}

static void test_threads(void **state)
{
    static const lk_layer rectified[] = {{500, LK_ACTIVATION_RELU, 1, 0.3},
                                         {80, LK_ACTIVATION_PRELU, 0, 0}};
    static const lk_layer smooth[] = {{500, LK_ACTIVATION_TANH, 0, 0.1},
                                      {80, LK_ACTIVATION_SIGMOID, 0, 0}};
    static const lk_objective plain[] = {{LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, 1, 0}};
    static const lk_objective sum[] = {{LK_LARGE_MARGIN_SOFTMAX, NULL, 0, 1, 0},
                                       {LK_CENTER, NULL, 0, 0.1, 0},
                                       {LK_SUPERVISED_CONTRASTIVE, NULL, 0, 0.1, 1}};
    static const lk_augmentation moved = {0.1, 8, 8, 1, 1, 10, 1};
    check_threads(rectified, plain, 1, &moved);
    check_threads(smooth, sum, 3, NULL);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
