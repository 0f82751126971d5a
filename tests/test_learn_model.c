/* test_learn_model.c: what models and data sets refuse; where two classes meet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"
#include "support/learn_models.h"

static void assert_sentence(const char *part)
{
    if (!strstr(lk_last_error(), part)) fail_msg("%s", lk_last_error());
}

static void test_names_of_arrays(void **state)
{
    (void)state;
    char name[LK_TENSOR_NAME + 1];
    const int64_t one = 1;
    lk_model *const m = linear_model();
    const int64_t n = lk_model_tensors(m);
    memset(name, 'x', sizeof name);
    name[LK_TENSOR_NAME] = '\0';
    assert_null(lk_model_add(m, name, LK_F64, 1, &one));
    assert_sentence("too long");
    assert_int_equal(lk_model_tensors(m), n);
    name[LK_TENSOR_NAME - 1] = '\0';
    assert_non_null(lk_model_add(m, name, LK_F64, 1, &one));
    assert_non_null(lk_model_find(m, name));
    lk_model_free(m);
}

static void test_names_of_classes(void **state)
{
    (void)state;
    lk_model_info info;
    lk_model *m = rich_model();
    lk_model_describe(m, &info);
    assert_int_equal(lk_model_set_class_names(m, info.class_names), LK_OK); /* its own */
    lk_model_describe(m, &info);
    assert_string_equal(info.class_names[0], "\"quoted\"\n");
    assert_int_equal(lk_model_set_class_names(m, NULL), LK_OK);
    lk_model_describe(m, &info);
    assert_null(info.class_names);
    lk_model_free(m);
    m = linear_model();
    assert_int_equal(lk_model_set_class_names(m, (const char *const[]){"a"}), LK_INVALID);
    assert_sentence("without classes");
    lk_model_free(m);
}

static void test_data_without_target(void **state)
{
    (void)state;
    double x[] = {1, 2};
    const lk_dataset data = {.rows = 1, .features = 2, .dense = x};
    assert_int_equal(lk_outputs_of(LK_HUBER, &data), 0);
    assert_sentence("no target");
}

static void test_data_sets(void **state)
{
    (void)state;
    double x[] = {1, 2, 3, 4};
    int64_t square[] = {2, 2}, none[] = {2, 0};
    lk_tensor features = lk_view(x, LK_F64, 2, square);
    const lk_tensor target = lk_view(x, LK_F64, 2, none),
                    missing = lk_view(NULL, LK_F64, 1, square);
    lk_dataset data, part;
    assert_int_equal(lk_dataset_create(&features, &target, NULL, &data), LK_INVALID);
    assert_sentence("target has 0 columns");
    assert_int_equal(lk_dataset_create(&features, NULL, &missing, &data), LK_INVALID);
    assert_sentence("weight has no data");
    assert_int_equal(lk_dataset_create(&features, NULL, NULL, &data), LK_OK);
    assert_int_equal(lk_dataset_take(&data, -1, NULL, &part), LK_INVALID);
    assert_null(part.dense);
    lk_dataset_free(&data);
    features.data = NULL;
    assert_int_equal(lk_dataset_create(&features, NULL, NULL, &data), LK_INVALID);
}

/* As a data set is that could not be made. */
static void test_no_rows(void **state)
{
    (void)state;
    lk_dataset none = {0};
    double score = 7;
    lk_model *const m = rich_model();
    assert_int_equal(lk_model_predict(m, &none, &score), LK_OK);
    assert_true(score == 7);
    lk_scaling scaling = {0};
    assert_int_equal(lk_scaling_apply(&scaling, &none), LK_OK);
    none.classes = 2;
    none.rows = 1;
    assert_int_equal(lk_class_shares(&none, &score), LK_INVALID);
    lk_model_free(m);
}

/* Targets are coded as 0 and 1 for losses of residuals, so that the middle between them separates
 * the classes; scores of margins and logits have it at 0. */
static void test_boundary(void **state)
{
    (void)state;
    static const struct {
        lk_loss loss;
        double boundary;
    } expected[] = {{LK_LOGISTIC, 0},
                    {LK_HINGE, 0},
                    {LK_SIGMOID_CROSS_ENTROPY, 0},
                    {LK_BINARY_CROSS_ENTROPY, 0.5},
                    {LK_SQUARED_ERROR, 0.5},
                    {LK_CAUCHY, 0.5},
                    {LK_DICE, 0}};
    const lk_dataset data = {.rows = 3, .features = 1, .classes = 2, .targets = 1};
    for (size_t k = 0; k < sizeof expected / sizeof *expected; k++) {
        lk_model *const m = lk_model_new(LK_MODEL_LINEAR, &data, expected[k].loss, NULL, 0, 1);
        lk_model_info info;
        lk_model_describe(m, &info);
        assert_true(info.boundary == expected[k].boundary);
        const double b = expected[k].boundary, scores[] = {b - 0.1, b, b + 0.1};
        int64_t classes[3];
        assert_int_equal(lk_model_classify(m, 3, scores, classes), LK_OK);
        assert_int_equal(classes[0] * 100 + classes[1] * 10 + classes[2], 1);
        lk_model_free(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_of_arrays),
        cmocka_unit_test(test_names_of_classes),
        cmocka_unit_test(test_data_without_target),
        cmocka_unit_test(test_data_sets),
        cmocka_unit_test(test_no_rows),
        cmocka_unit_test(test_boundary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
