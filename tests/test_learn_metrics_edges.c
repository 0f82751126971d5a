/* test_learn_metrics_edges.c: metrics of what has none: zero denominators, ties, absent classes,
 * and data that are wrong. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "losskit_learn.h"

static void succeed(lk_status status)
{
    if (status) fail_msg("%s", lk_last_error());
}

static void zeros_are_told(void **state)
{
    (void)state;
    const double never[] = {99, 0, 1, 0}, one[] = {0, 0, 0, 3};
    lk_class_metrics each[2];
    lk_classification out;
    succeed(lk_classification_metrics(2, never, 1, each, &out));
    assert_true(out.accuracy == 0.99 && each[1].recall == 0 && each[1].precision == 0);
    assert_int_equal(each[0].undefined, 0);
    assert_int_equal(each[1].undefined, LK_UNDEFINED_PRECISION);
    assert_int_equal(out.macro.undefined, LK_UNDEFINED_PRECISION);
    assert_int_equal(out.undefined, LK_UNDEFINED_MATTHEWS);
    succeed(lk_classification_metrics(2, one, 1, each, &out));
    assert_int_equal(each[0].undefined,
                     LK_UNDEFINED_PRECISION | LK_UNDEFINED_RECALL | LK_UNDEFINED_F);
    assert_int_equal(out.undefined, LK_UNDEFINED_MATTHEWS | LK_UNDEFINED_KAPPA);
    assert_true(out.macro.f == 1 && out.macro.undefined == 0);
    const double truth[] = {2, 2}, near[] = {2, 3};
    lk_regression m;
    succeed(lk_regression_metrics(2, 1, truth, near, NULL, 0.5, NULL, &m));
    assert_true(m.r2 == 0 && m.undefined == LK_UNDEFINED_R2);
}

static void ties_are_settled(void **state)
{
    (void)state;
    const double scores[] = {1, 1, 0, 0.5, 0.5, 0.5};
    const int64_t first[] = {0, 0}, second[] = {1, 1};
    int64_t got[6];
    double share;
    succeed(lk_classify_scores(2, 3, scores, 0, got));
    assert_true(got[0] == 0 && got[1] == 0);
    succeed(lk_classify_scores(6, 1, scores, 0.5, got));
    assert_true(got[0] == 1 && got[2] == 0 && got[3] == 0);
    succeed(lk_top_k_accuracy(2, 3, first, scores, NULL, 1, &share));
    assert_true(share == 1);
    succeed(lk_top_k_accuracy(2, 3, second, scores, NULL, 1, &share));
    assert_true(share == 0);
    succeed(lk_top_k_accuracy(2, 3, second, scores, NULL, 2, &share));
    assert_true(share == 1);
}

/* Of a class that no sample has there is no curve; the others' mean is told. */
static void absent_classes_are_left_out(void **state)
{
    (void)state;
    const int64_t truth[] = {0, 2, 0, 2}, same[] = {1, 1, 1, 1};
    const double scores[] = {3, 1, 0, 0, 1, 2, 1, 0, 2, 1, 0, 1};
    double each[3];
    lk_average mean;
    succeed(lk_roc_auc_classes(4, 3, truth, scores, NULL, each, &mean));
    assert_true(isnan(each[1]) && mean.left_out == 1);
    assert_true(mean.macro == (each[0] + each[2]) / 2);
    assert_int_equal(lk_roc_auc_classes(4, 3, same, scores, NULL, each, &mean), LK_OUT_OF_DOMAIN);
    assert_non_null(strstr(lk_last_error(), "all samples are of one class"));
}

static void refuse(lk_status got, lk_status status, const char *sentence)
{
    assert_int_equal(got, status);
    if (!strstr(lk_last_error(), sentence))
        fail_msg("\"%s\" has no \"%s\"", lk_last_error(), sentence);
}

static void wrong_data_has_a_sentence(void **state)
{
    (void)state;
    const int64_t truth[] = {0, 1, 1}, bad[] = {0, 2, 1}, ones[] = {1, 1, 1};
    const double p[] = {0.5, 0.25, 1}, nan[] = {0, NAN, 1}, big[] = {0, 0.5, 1.5};
    const double zero[] = {0, 0, 0}, minus[] = {1, 1, -1}, inf[] = {0, 1, HUGE_VAL};
    double out[9];
    lk_curve c;
    lk_calibration k;
    lk_regression m;
    refuse(lk_confusion_matrix(0, 2, truth, truth, NULL, out), LK_INVALID, "0 samples");
    refuse(lk_confusion_matrix(3, 0, truth, truth, NULL, out), LK_INVALID, "0 classes");
    refuse(lk_confusion_matrix(3, 2, truth, bad, NULL, out), LK_OUT_OF_DOMAIN,
           "predicted[1] = 2 is no class in [0, 2)");
    refuse(lk_roc_auc(3, truth, p, zero, out), LK_OUT_OF_DOMAIN, "sum of the weights is 0");
    refuse(lk_roc_auc(3, truth, p, minus, out), LK_OUT_OF_DOMAIN, "weight[2] = -1");
    refuse(lk_roc_curve(3, truth, nan, NULL, 1, &c), LK_OUT_OF_DOMAIN, "scores[1] = nan");
    assert_null(c.x);
    refuse(lk_roc_curve(3, ones, p, NULL, 1, &c), LK_OUT_OF_DOMAIN, "no sample is negative; ROC");
    refuse(lk_precision_recall_curve(3, (const int64_t[]){0, 0, 0}, p, NULL, &c), LK_OUT_OF_DOMAIN,
           "no sample is positive");
    succeed(lk_precision_recall_curve(3, ones, inf, NULL, &c));
    lk_curve_free(&c);
    refuse(lk_log_loss(3, 1, truth, big, 0, NULL, out), LK_OUT_OF_DOMAIN,
           "probabilities[2] = 1.5; expected a probability, 0 to 1");
    refuse(lk_log_loss(1, 3, truth, nan, 0, NULL, out), LK_OUT_OF_DOMAIN,
           "probabilities[0, 1] = nan");
    refuse(lk_brier_score(3, 1, bad, p, NULL, out), LK_OUT_OF_DOMAIN, "truth[1] = 2");
    refuse(lk_calibrate(3, truth, p, NULL, 0, 0, &k), LK_INVALID, "0 bins");
    refuse(lk_top_k_accuracy(1, 3, truth, p, NULL, 0, out), LK_INVALID, "k = 0");
    refuse(lk_regression_metrics(3, 1, inf, p, NULL, 0.5, NULL, &m), LK_OUT_OF_DOMAIN,
           "truth[2] = inf; expected a finite number");
    refuse(lk_regression_metrics(3, 1, p, p, NULL, 2, NULL, &m), LK_INVALID, "quantile = 2");
    refuse(lk_classification_metrics(1, zero, 1, NULL, &(lk_classification){0}), LK_OUT_OF_DOMAIN,
           "the confusion matrix is empty");
}

/* The median does not change with the unit of the weights. */
static void small_weights_have_a_median(void **state)
{
    (void)state;
    const double truth[4] = {0, 0, 0, 0}, p[4] = {1, 2, 4, 9}, units[3] = {1e-20, 1, 1e20};
    for (int k = 0; k < 3; k++) {
        const double weight[4] = {units[k], units[k], units[k], units[k]};
        lk_regression m;
        succeed(lk_regression_metrics(3, 1, truth, p, weight, 0.5, NULL, &m));
        assert_true(m.median_absolute_error == 2);
        succeed(lk_regression_metrics(4, 1, truth, p, weight, 0.5, NULL, &m));
        assert_true(m.median_absolute_error == 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeros_are_told),
        cmocka_unit_test(ties_are_settled),
        cmocka_unit_test(absent_classes_are_left_out),
        cmocka_unit_test(wrong_data_has_a_sentence),
        cmocka_unit_test(small_weights_have_a_median),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
