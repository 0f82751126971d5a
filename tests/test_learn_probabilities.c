/* test_learn_probabilities.c: probabilities against scikit-learn's and SciPy's, and scores for
 * another prior against Bayes' rule. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"
#include "support/learn_numbers.h"

/* A model of the loss, with its default parameters. */
static lk_model *model_of(lk_loss loss, int64_t outputs, int64_t classes)
{
    const lk_dataset data = {.features = 3, .classes = classes, .targets = 1};
    lk_model *const m = lk_model_new(LK_MODEL_LINEAR, &data, loss, NULL, 0, outputs);
    assert_non_null(m);
    return m;
}

/* p [rows, classes] of the golden scores */
static double *probabilities_of(const lk_model *m, const char *golden, int64_t *rows)
{
    double *const scores = golden_numbers(golden, rows);
    *rows /= m->outputs;
    double *const p = malloc((size_t)(*rows * m->classes) * sizeof *p);
    assert_non_null(p);
    if (lk_model_probabilities(m, *rows, scores, p)) fail_msg("%s", lk_last_error());
    free(scores);
    return p;
}

static void check(lk_loss loss, const char *scores, const char *golden, int64_t outputs,
                  int64_t classes)
{
    lk_model *const m = model_of(loss, outputs, classes);
    int64_t rows, n;
    double *const p = probabilities_of(m, scores, &rows);
    double *const expected = golden_numbers(golden, &n);
    assert_int_equal(n, rows * classes);
    for (int64_t i = 0; i < n; i++) assert_near(golden, i, p[i], expected[i], 4e-15);
    free(expected);
    free(p);
    lk_model_free(m);
}

static void are_scikit_learns(void **state)
{
    (void)state;
    check(LK_LOGISTIC, "probabilities.logistic.2.score", "probabilities.logistic.2", 1, 2);
    check(LK_LOGISTIC, "probabilities.logistic.3.score", "probabilities.logistic.3", 3, 3);
    check(LK_MODIFIED_HUBER, "probabilities.modified_huber.2.score",
          "probabilities.modified_huber.2", 1, 2);
    check(LK_MODIFIED_HUBER, "probabilities.modified_huber.3.score",
          "probabilities.modified_huber.3", 3, 3);
    check(LK_SQUARED_HINGE, "probabilities.modified_huber.2.score",
          "probabilities.modified_huber.2", 1, 2);
    static const lk_loss rows[] = {LK_SOFTMAX_CROSS_ENTROPY,
                                   LK_LINEAR_CROSS_ENTROPY,
                                   LK_NLL,
                                   LK_SOFTMAX_FOCAL,
                                   LK_KL_DIVERGENCE,
                                   LK_JS_DIVERGENCE,
                                   LK_SYMMETRIC_CROSS_ENTROPY,
                                   LK_GENERALIZED_CROSS_ENTROPY,
                                   LK_POLY1};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        check(rows[k], "probabilities.softmax.3.score", "probabilities.softmax.3", 3, 3);
}

/* Relative to the number itself, however small: 1 - p would be 0. */
static void keep_the_digits_of_small_ones(void **state)
{
    (void)state;
    static const lk_loss losses[] = {LK_LOGISTIC, LK_SIGMOID_CROSS_ENTROPY,
                                     LK_BALANCED_SIGMOID_CROSS_ENTROPY, LK_SIGMOID_FOCAL,
                                     LK_EXPONENTIAL};
    for (size_t k = 0; k < sizeof losses / sizeof *losses; k++) {
        lk_model *const m = model_of(losses[k], 1, 2);
        const int twice = losses[k] == LK_EXPONENTIAL;
        int64_t rows, n;
        double *const p = probabilities_of(m, "probabilities.score", &rows);
        double *const expected =
            golden_numbers(twice ? "probabilities.sigmoid_2s" : "probabilities.sigmoid", &n);
        double *const s = golden_numbers("probabilities.score", &n);
        for (int64_t i = 0; i < n; i++) {
            const double exponent = twice ? 2 * s[i] : s[i];
            if (expected[i] > 1e-300) assert_near("p/p", i, p[2 * i + 1] / expected[i], 1, 1e-15);
            if (exponent > 30 && exponent < 700)
                assert_near("q/q", i, p[2 * i] * exp(exponent), 1, 1e-12);
            assert_near("sum", i, p[2 * i] + p[2 * i + 1], 1, 1e-15);
        }
        free(s);
        free(expected);
        free(p);
        lk_model_free(m);
    }
}

/* A logistic model's score in base 2 is the same logit: the loss is a multiple. */
static void do_not_depend_on_the_base(void **state)
{
    (void)state;
    lk_model *const m = model_of(LK_LOGISTIC, 1, 2), *const two = model_of(LK_LOGISTIC, 1, 2);
    two->params[0] = 1;
    int64_t rows;
    double *const p = probabilities_of(m, "probabilities.score", &rows);
    double *const q = probabilities_of(two, "probabilities.score", &rows);
    assert_memory_equal(p, q, (size_t)rows * 2 * sizeof *p);
    free(p);
    free(q);
    lk_model_free(m);
    lk_model_free(two);
}

/* At the probability's score the expected slope of the loss is 0: the score is the minimiser. */
static void are_where_the_loss_is_least(void **state)
{
    (void)state;
    static const struct {
        lk_loss loss;
        double low;
    } cases[] = {
        {LK_LOGISTIC, -1},           {LK_EXPONENTIAL, -1},          {LK_MODIFIED_HUBER, -1},
        {LK_SQUARED_HINGE, -1},      {LK_SIGMOID_CROSS_ENTROPY, 0}, {LK_SQUARED_ERROR, 0},
        {LK_BINARY_CROSS_ENTROPY, 0}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        lk_model *const m = model_of(cases[k].loss, 1, 2);
        for (double s = 0.05; s < 0.99; s += 0.1) {
            const double twice[2] = {s, s}, target[2] = {cases[k].low, 1};
            double p[2], slope[2];
            assert_int_equal(lk_model_probabilities(m, 1, &s, p), LK_OK);
            const int64_t n = 2;
            const lk_tensor a = lk_vector(twice, LK_F64, &n), b = lk_vector(target, LK_F64, &n);
            const lk_tensor g = lk_vector(slope, LK_F64, &n);
            lk_call call = LK_CALL_INIT;
            call.input = &a;
            call.target = &b;
            call.gradient = &g;
            call.reduction = LK_SUM;
            assert_int_equal(lk_evaluate(cases[k].loss, NULL, 0, &call), LK_OK);
            assert_near(lk_loss_describe(cases[k].loss)->name, 0, p[0] * slope[0] + p[1] * slope[1],
                        0, 1e-14);
        }
        lk_model_free(m);
    }
}

static void see_through_a_softcap(void **state)
{
    (void)state;
    lk_model *const m = model_of(LK_SOFTMAX_CROSS_ENTROPY, 3, 3);
    lk_model *const plain = model_of(LK_SOFTMAX_CROSS_ENTROPY, 3, 3);
    const double cap = 2, scores[6] = {1, -3, 10, 0, 0.5, -0.25};
    double capped[6], p[6], q[6];
    m->params[2] = cap;
    for (int i = 0; i < 6; i++) capped[i] = cap * tanh(scores[i] / cap);
    assert_int_equal(lk_model_probabilities(m, 2, scores, p), LK_OK);
    assert_int_equal(lk_model_probabilities(plain, 2, capped, q), LK_OK);
    assert_all_near("softcap", 6, p, q, 1e-14);
    lk_model_free(m);
    lk_model_free(plain);
}

static void know_the_ends(void **state)
{
    (void)state;
    lk_model *m = model_of(LK_BINARY_CROSS_ENTROPY, 1, 2);
    const double scores[5] = {0, 1, 0.25, -0.5, NAN};
    const double expected[10] = {1, 0, 0, 1, 0.75, 0.25, 1, 0, NAN, NAN};
    double p[10];
    assert_int_equal(lk_model_probabilities(m, 5, scores, p), LK_OK);
    assert_all_near("bce", 10, p, expected, 0);
    lk_model_free(m);
    m = model_of(LK_MODIFIED_HUBER, 3, 3);
    const double refused[3] = {-2, -1, -5}, even[3] = {1.0 / 3, 1.0 / 3, 1.0 / 3};
    assert_int_equal(lk_model_probabilities(m, 1, refused, p), LK_OK);
    assert_all_near("refused by all", 3, p, even, 0);
    lk_model_free(m);
    m = model_of(LK_EXPONENTIAL, 1, 2);
    const double far[2] = {-1e4, HUGE_VAL}, sure[4] = {1, 0, 0, 1};
    assert_int_equal(lk_model_probabilities(m, 2, far, p), LK_OK);
    assert_all_near("exponential", 4, p, sure, 0);
    assert_int_equal(lk_model_probabilities(m, 0, NULL, NULL), LK_OK);
    lk_model_free(m);
}

static void are_refused_where_there_are_none(void **state)
{
    (void)state;
    static const lk_loss losses[] = {LK_HINGE,          LK_RAMP, LK_ZERO_ONE, LK_PERCEPTRON,
                                     LK_ABSOLUTE_ERROR, LK_DICE, (lk_loss)0};
    const double half[2] = {0.5, 0.5};
    double score = 1, p[2];
    for (size_t k = 0; k < sizeof losses / sizeof *losses; k++) {
        lk_model *const m = model_of(losses[k], 1, 2);
        assert_int_equal(lk_model_probabilities(m, 1, &score, p), LK_UNSUPPORTED);
        assert_told(losses[k] ? lk_loss_describe(losses[k])->name : "without a loss");
        assert_int_equal(lk_correct_prior(m, 1, &score, half, half), LK_UNSUPPORTED);
        assert_true(score == 1);
        lk_model_free(m);
    }
    lk_model *m = model_of(LK_LOGISTIC, 1, 0);
    assert_int_equal(lk_model_probabilities(m, 1, &score, p), LK_UNSUPPORTED);
    assert_told("not trained on classes");
    lk_model_free(m);
    m = model_of(LK_LOGISTIC, 2, 3);
    assert_int_equal(lk_model_probabilities(m, 1, &score, p), LK_INVALID);
    assert_told("2 outputs for 3 classes");
    lk_model_free(m);
    m = model_of(LK_SOFTMAX_CROSS_ENTROPY, 1, 2); /* a file may say so */
    assert_int_equal(lk_model_probabilities(m, 1, &score, p), LK_INVALID);
    assert_told("1 outputs for 2 classes");
    lk_model_free(m);
}

/* ---- another prior ------------------------------------------------------------------------------
 */

static void the_prior_of_rows_is_bayes(void **state)
{
    (void)state;
    lk_model *const m = model_of(LK_SOFTMAX_CROSS_ENTROPY, 3, 3);
    int64_t n;
    double *const trained = golden_numbers("prior.trained", &n);
    double *const prior = golden_numbers("prior.new", &n);
    double *const score = golden_numbers("prior.score", &n);
    double *const expected = golden_numbers("prior.softmax", &n);
    double p[60];
    assert_int_equal(lk_correct_prior(m, 20, score, trained, prior), LK_OK);
    assert_int_equal(lk_model_probabilities(m, 20, score, p), LK_OK);
    assert_all_near("softmax", n, p, expected, 1e-15);
    m->params[2] = 30;
    assert_int_equal(lk_correct_prior(m, 20, score, trained, prior), LK_UNSUPPORTED);
    assert_told("softcap of 30");
    free(trained);
    free(prior);
    free(score);
    free(expected);
    lk_model_free(m);
}

/* Every link tells the same probability, once as it is and once corrected; so does one against the
 * rest, for the class and the rest as the two. */
static void the_prior_of_one_output_is_bayes(void **state)
{
    (void)state;
    static const lk_loss losses[] = {LK_LOGISTIC,      LK_SIGMOID_CROSS_ENTROPY, LK_SIGMOID_FOCAL,
                                     LK_EXPONENTIAL,   LK_MODIFIED_HUBER,        LK_SQUARED_HINGE,
                                     LK_SQUARED_ERROR, LK_BINARY_CROSS_ENTROPY};
    const double trained[2] = {0.6, 0.4}, prior[2] = {0.97, 0.03};
    int64_t n;
    double *const logit = golden_numbers("prior.logit", &n);
    double *const expected = golden_numbers("prior.two", &n);
    double score[20], p[40];
    for (size_t k = 0; k < sizeof losses / sizeof *losses; k++) {
        lk_model *const m = model_of(losses[k], 1, 2);
        for (int i = 0; i < 20; i++) {
            const double yes = 1 / (1 + exp(-logit[i]));
            score[i] = k < 3 ? logit[i] : k == 3 ? logit[i] / 2 : k < 6 ? 2 * yes - 1 : yes;
        }
        assert_int_equal(lk_correct_prior(m, 20, score, trained, prior), LK_OK);
        assert_int_equal(lk_model_probabilities(m, 20, score, p), LK_OK);
        for (int i = 0; i < 20; i++)
            assert_near(lk_loss_describe(losses[k])->name, i, p[2 * i + 1], expected[i], 1e-14);
        lk_model_free(m);
    }
    lk_model *const rest = model_of(LK_LOGISTIC, 3, 3);
    const double three[3] = {0.6, 0.2, 0.2}, other[3] = {0.97, 0.01, 0.02};
    double zero[3] = {0, 0, 0};
    assert_int_equal(lk_correct_prior(rest, 1, zero, three, other), LK_OK);
    for (int c = 0; c < 3; c++)
        assert_near("one against the rest", c, zero[c],
                    log(other[c] / (1 - other[c])) - log(three[c] / (1 - three[c])), 1e-14);
    lk_model_free(rest);
    free(logit);
    free(expected);
}

static void the_prior_leaves_certainty(void **state)
{
    (void)state;
    lk_model *const m = model_of(LK_MODIFIED_HUBER, 1, 2);
    const double trained[2] = {0.5, 0.5}, prior[2] = {0.9, 0.1}, expected[4] = {-3, -1, 1, 7};
    double scores[4] = {-3, -1, 1, 7};
    assert_int_equal(lk_correct_prior(m, 4, scores, trained, prior), LK_OK);
    assert_all_near("score", 4, scores, expected, 0);
    lk_model_free(m);
}

static void tells_what_is_no_prior(void **state)
{
    (void)state;
    lk_model *const m = model_of(LK_LOGISTIC, 1, 2);
    const double half[2] = {0.5, 0.5}, none[2] = {1, 0}, little[2] = {0.5, 0.4}, nan[2] = {NAN, 1};
    double score = 1;
    assert_int_equal(lk_correct_prior(m, 1, &score, none, half), LK_INVALID);
    assert_told("trained[0] = 1");
    assert_int_equal(lk_correct_prior(m, 1, &score, half, little), LK_INVALID);
    assert_told("prior sums to 0.9");
    assert_int_equal(lk_correct_prior(m, 1, &score, half, nan), LK_INVALID);
    assert_told("prior[0]");
    assert_true(score == 1);
    lk_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_scikit_learns),
        cmocka_unit_test(keep_the_digits_of_small_ones),
        cmocka_unit_test(do_not_depend_on_the_base),
        cmocka_unit_test(are_where_the_loss_is_least),
        cmocka_unit_test(see_through_a_softcap),
        cmocka_unit_test(know_the_ends),
        cmocka_unit_test(are_refused_where_there_are_none),
        cmocka_unit_test(the_prior_of_rows_is_bayes),
        cmocka_unit_test(the_prior_of_one_output_is_bayes),
        cmocka_unit_test(the_prior_leaves_certainty),
        cmocka_unit_test(tells_what_is_no_prior),
    };
    return cmocka_run_group_tests_name("learn_probabilities", tests, NULL, NULL);
}
