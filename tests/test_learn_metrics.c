/* test_learn_metrics.c: the metrics are scikit-learn's, from tests/conformance/metrics.txt, and
 * have the properties that they are used for. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "losskit_learn.h"
#include "support/learn_cases.h"

enum { CLASSES = 8 };

static void succeed(lk_status status)
{
    if (status) fail_msg("%s", lk_last_error());
}

static void expect_near(double got, double want, double most)
{
    if (!(fabs(got - want) <= most)) fail_msg("%.17g; expected %.17g", got, want);
}

/* ---- scikit-learn's numbers ---------------------------------------------------------------------
 */

static const double *weight_of(const case_file *c)
{
    const case_array *w = case_find(c, "weight");
    return w ? w->numbers : NULL;
}

static void expect_average(const case_file *c, const char *key, const lk_class_metrics *m)
{
    case_expect(c, key, (const double[]){m->precision, m->recall, m->f}, 3);
}

static void check_classes(const case_file *c)
{
    const case_array *truth = case_array_of(c, "truth");
    const int64_t classes = (int64_t)case_number(c, "classes");
    double matrix[CLASSES * CLASSES], columns[4][CLASSES];
    lk_class_metrics each[CLASSES];
    lk_classification out;
    succeed(lk_confusion_matrix(truth->n, classes, truth->integers,
                                case_array_of(c, "predicted")->integers, weight_of(c), matrix));
    case_expect(c, "matrix", matrix, classes * classes);
    succeed(lk_classification_metrics(classes, matrix, case_number(c, "beta"), each, &out));
    for (int64_t k = 0; k < classes; k++) {
        columns[0][k] = each[k].precision;
        columns[1][k] = each[k].recall;
        columns[2][k] = each[k].f;
        columns[3][k] = each[k].support;
    }
    case_expect(c, "precision", columns[0], classes);
    case_expect(c, "recall", columns[1], classes);
    case_expect(c, "f", columns[2], classes);
    case_expect(c, "support", columns[3], classes);
    expect_average(c, "micro", &out.micro);
    expect_average(c, "macro", &out.macro);
    expect_average(c, "weighted", &out.weighted);
    case_expect_number(c, "accuracy", out.accuracy);
    case_expect_number(c, "balanced", out.balanced_accuracy);
    case_expect_number(c, "matthews", out.matthews);
    assert_int_equal(!case_find(c, "kappa"), !!(out.undefined & LK_UNDEFINED_KAPPA));
    if (case_find(c, "kappa")) case_expect_number(c, "kappa", out.kappa);
}

static void expect_curve(const case_file *c, const char *name, lk_curve *v)
{
    const char *const ends[] = {"x", "y", "threshold"};
    const double *const parts[] = {v->x, v->y, v->threshold};
    for (int k = 0; k < 3; k++) {
        char key[CASE_WORD];
        snprintf(key, sizeof key, "%s_%s", name, ends[k]);
        case_expect(c, key, parts[k], v->n);
    }
    lk_curve_free(v);
    assert_null(v->x);
}

static void check_ranking(const case_file *c)
{
    const case_array *truth = case_array_of(c, "truth");
    const double *scores = case_array_of(c, "scores")->numbers;
    lk_curve v;
    double area;
    succeed(lk_roc_curve(truth->n, truth->integers, scores, weight_of(c), 1, &v));
    expect_curve(c, "every", &v);
    succeed(lk_roc_curve(truth->n, truth->integers, scores, weight_of(c), 0, &v));
    expect_curve(c, "corners", &v);
    succeed(lk_precision_recall_curve(truth->n, truth->integers, scores, weight_of(c), &v));
    expect_curve(c, "pr", &v);
    succeed(lk_roc_auc(truth->n, truth->integers, scores, weight_of(c), &area));
    case_expect_number(c, "auc", area);
    succeed(lk_average_precision(truth->n, truth->integers, scores, weight_of(c), &area));
    case_expect_number(c, "precision", area);
}

static void check_rest(const case_file *c)
{
    const case_array *truth = case_array_of(c, "truth");
    const double *scores = case_array_of(c, "scores")->numbers, *weight = weight_of(c);
    const int64_t n = truth->n, classes = (int64_t)case_number(c, "classes");
    double each[CLASSES], top[CLASSES];
    lk_average mean;
    succeed(lk_roc_auc_classes(n, classes, truth->integers, scores, weight, each, &mean));
    case_expect(c, "auc_each", each, classes);
    case_expect_number(c, "auc_macro", mean.macro);
    case_expect_number(c, "auc_weighted", mean.weighted);
    succeed(lk_average_precision_classes(n, classes, truth->integers, scores, weight, each, &mean));
    case_expect(c, "ap_each", each, classes);
    case_expect_number(c, "ap_macro", mean.macro);
    case_expect_number(c, "ap_weighted", mean.weighted);
    for (int64_t k = 1; k < classes; k++)
        succeed(lk_top_k_accuracy(n, classes, truth->integers, scores, weight, k, &top[k - 1]));
    case_expect(c, "top", top, classes - 1);
}

static void check_bins(const case_file *c, int quantiles)
{
    const case_array *truth = case_array_of(c, "truth");
    const char *const ends[] = {"x", "y", "weight", "ece", "mce"};
    lk_calibration got;
    succeed(lk_calibrate(truth->n, truth->integers, case_array_of(c, "probabilities")->numbers,
                         NULL, (int64_t)case_number(c, "bins"), quantiles, &got));
    const double *const parts[] = {got.curve.x, got.curve.y, got.curve.weight, &got.ece, &got.mce};
    for (int k = 0; k < 5; k++) {
        char key[CASE_WORD];
        snprintf(key, sizeof key, "%s_%s", quantiles ? "quantile" : "uniform", ends[k]);
        case_expect(c, key, parts[k], k < 3 ? got.curve.n : 1);
    }
    lk_calibration_free(&got);
}

static void check_probabilities(const case_file *c)
{
    const case_array *truth = case_array_of(c, "truth"), *logits = case_find(c, "logits");
    const double *p = case_array_of(c, "probabilities")->numbers, *weight = weight_of(c);
    const int64_t columns = (int64_t)case_number(c, "columns");
    double got;
    succeed(lk_log_loss(truth->n, columns, truth->integers, p, 0, weight, &got));
    case_expect_number(c, "log_loss", got);
    if (logits) {
        succeed(lk_log_loss(truth->n, columns, truth->integers, logits->numbers, 1, weight, &got));
        case_expect_number(c, "log_loss", got);
    }
    succeed(lk_brier_score(truth->n, columns, truth->integers, p, weight, &got));
    case_expect_number(c, "brier", got);
    if (!case_find(c, "bins")) return;
    check_bins(c, 0);
    check_bins(c, 1);
}

static void check_regression(const case_file *c)
{
    const case_array *truth = case_array_of(c, "truth");
    const int64_t outputs = (int64_t)case_number(c, "outputs");
    lk_regression m;
    succeed(lk_regression_metrics(truth->n / outputs, outputs, truth->numbers,
                                  case_array_of(c, "predicted")->numbers, weight_of(c),
                                  case_number(c, "quantile"), NULL, &m));
    case_expect_number(c, "mse", m.mean_squared_error);
    case_expect_number(c, "rmse", m.root_mean_squared_error);
    case_expect_number(c, "mae", m.mean_absolute_error);
    case_expect_number(c, "median", m.median_absolute_error);
    case_expect_number(c, "max", m.max_error);
    case_expect_number(c, "r2", m.r2);
    case_expect_number(c, "explained", m.explained_variance);
    case_expect_number(c, "mape", m.mean_absolute_percentage_error);
    case_expect_number(c, "pinball", m.pinball);
    assert_int_equal(!!(m.undefined & LK_UNDEFINED_MSLE), !case_find(c, "msle"));
    if (case_find(c, "msle"))
        case_expect_number(c, "msle", m.mean_squared_log_error);
    else
        assert_true(isnan(m.mean_squared_log_error));
}

static const struct {
    const char *kind;
    void (*check)(const case_file *c);
    int cases;
} kinds[] = {{"classes", check_classes, 13},
             {"ranking", check_ranking, 8},
             {"rest", check_rest, 4},
             {"probabilities", check_probabilities, 11},
             {"regression", check_regression, 11}};
enum { KINDS = sizeof kinds / sizeof *kinds };

static void equals_scikit_learn(void **state)
{
    (void)state;
    case_file c;
    int seen[KINDS] = {0};
    case_open(&c, "conformance/metrics.txt");
    while (case_next(&c))
        for (int k = 0; k < KINDS; k++)
            if (!strcmp(c.kind, kinds[k].kind)) {
                kinds[k].check(&c);
                seen[k]++;
            }
    for (int k = 0; k < KINDS; k++) assert_int_equal(seen[k], kinds[k].cases);
}

/* ---- properties ---------------------------------------------------------------------------------
 */

enum { SAMPLES = 300 };

typedef struct sample {
    int64_t truth[SAMPLES], flipped[SAMPLES];
    double score[SAMPLES], moved[SAMPLES], weight[SAMPLES];
} sample;

/* Scores of few different values, so that many are equal. */
static void draw(sample *s, uint64_t seed)
{
    lk_random r = {seed};
    for (int i = 0; i < SAMPLES; i++) {
        s->truth[i] = lk_random_below(&r, 3) == 0;
        s->flipped[i] = !s->truth[i];
        s->score[i] = (double)(lk_random_below(&r, 40) + 10 * s->truth[i]) / 8;
        s->moved[i] = exp(s->score[i]) - 3;
        s->weight[i] = (double)lk_random_below(&r, 4);
    }
}

static double count_pairs(const sample *s)
{
    double won = 0, pairs = 0;
    for (int i = 0; i < SAMPLES; i++)
        for (int j = 0; j < SAMPLES; j++) {
            if (!s->truth[i] || s->truth[j]) continue;
            const double w = s->weight[i] * s->weight[j];
            pairs += w;
            won += s->score[i] > s->score[j] ? w : s->score[i] == s->score[j] ? w / 2 : 0;
        }
    return won / pairs;
}

static double auc_of(const int64_t *truth, const double *scores, const double *weight)
{
    double auc = NAN;
    succeed(lk_roc_auc(SAMPLES, truth, scores, weight, &auc));
    return auc;
}

static double trapezoids(const lk_curve *c)
{
    double area = 0;
    for (int64_t k = 1; k < c->n; k++)
        area += (c->x[k] - c->x[k - 1]) * (c->y[k] + c->y[k - 1]) / 2;
    return area;
}

static void auc_counts_pairs(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        sample s;
        draw(&s, seed);
        const double auc = auc_of(s.truth, s.score, s.weight);
        assert_true(auc > 0.5 && auc < 1);
        expect_near(auc, count_pairs(&s), 1e-14);
        /* what rises with the scores ranks alike; the other way round is the rest */
        assert_true(auc == auc_of(s.truth, s.moved, s.weight));
        expect_near(auc, 1 - auc_of(s.flipped, s.score, s.weight), 1e-14);
        for (int every = 0; every < 2; every++) {
            lk_curve c;
            succeed(lk_roc_curve(SAMPLES, s.truth, s.score, s.weight, every, &c));
            expect_near(auc, trapezoids(&c), 1e-14);
            assert_true(c.x[c.n - 1] == 1 && c.y[c.n - 1] == 1);
            lk_curve_free(&c);
        }
    }
}

/* A weight of k is k samples. */
static void weights_count_samples(void **state)
{
    (void)state;
    sample s;
    draw(&s, 5);
    static int64_t truth[4 * SAMPLES], predicted[4 * SAMPLES], one[SAMPLES];
    static double score[4 * SAMPLES], probability[4 * SAMPLES], single[SAMPLES];
    int64_t n = 0;
    for (int i = 0; i < SAMPLES; i++) {
        single[i] = (s.score[i] + 1) / 8;
        one[i] = single[i] > 0.5;
        for (int k = 0; k < s.weight[i]; k++) {
            truth[n] = s.truth[i];
            predicted[n] = one[i];
            score[n] = s.score[i];
            probability[n++] = single[i];
        }
    }
    double a[4], b[4];
    succeed(lk_confusion_matrix(SAMPLES, 2, s.truth, one, s.weight, a));
    succeed(lk_confusion_matrix(n, 2, truth, predicted, NULL, b));
    for (int k = 0; k < 4; k++) assert_true(a[k] == b[k]);
    succeed(lk_average_precision(SAMPLES, s.truth, s.score, s.weight, a));
    succeed(lk_average_precision(n, truth, score, NULL, b));
    expect_near(a[0], b[0], 1e-14);
    succeed(lk_log_loss(SAMPLES, 1, s.truth, single, 0, s.weight, a));
    succeed(lk_log_loss(n, 1, truth, probability, 0, NULL, b));
    expect_near(a[0], b[0], 1e-14);
    lk_calibration c, d;
    succeed(lk_calibrate(SAMPLES, s.truth, single, s.weight, 7, 0, &c));
    succeed(lk_calibrate(n, truth, probability, NULL, 7, 0, &d));
    expect_near(c.ece, d.ece, 1e-14);
    expect_near(c.mce, d.mce, 1e-14);
    lk_calibration_free(&c);
    lk_calibration_free(&d);
    lk_regression e, f;
    succeed(lk_regression_metrics(SAMPLES, 1, s.moved, s.score, s.weight, 0.3, NULL, &e));
    static double moved[4 * SAMPLES];
    for (int64_t i = 0; i < n; i++) moved[i] = exp(score[i]) - 3;
    succeed(lk_regression_metrics(n, 1, moved, score, NULL, 0.3, NULL, &f));
    expect_near(e.r2, f.r2, 1e-12);
    expect_near(e.median_absolute_error, f.median_absolute_error, 1e-14);
    expect_near(e.pinball, f.pinball, 1e-12);
}

/* The same bits for any number of threads, where the means of losses run on several. */
static void threads_change_nothing(void **state)
{
    (void)state;
    enum { N = 200000, RUNS = 3 };
    static const int threads[RUNS] = {1, 2, 5};
    static int64_t truth[N];
    static double p[N], y[N], weight[N];
    lk_regression m[RUNS];
    double loss[RUNS], brier[RUNS];
    lk_random r = {3};
    for (int i = 0; i < N; i++) {
        truth[i] = lk_random_below(&r, 2);
        p[i] = lk_random_unit(&r);
        y[i] = lk_random_normal(&r);
        weight[i] = lk_random_unit(&r);
    }
    memset(m, 0, sizeof m);
    for (int k = 0; k < RUNS; k++) {
        lk_set_num_threads(threads[k]);
        succeed(lk_log_loss(N, 1, truth, p, 0, weight, &loss[k]));
        succeed(lk_brier_score(N, 1, truth, p, weight, &brier[k]));
        succeed(lk_regression_metrics(N, 1, y, p, weight, 0.3, NULL, &m[k]));
        assert_true(loss[k] == loss[0] && brier[k] == brier[0]);
        assert_true(m[k].mean_squared_error == m[0].mean_squared_error);
        assert_true(m[k].mean_absolute_percentage_error == m[0].mean_absolute_percentage_error);
        assert_true(m[k].r2 == m[0].r2 && m[k].explained_variance == m[0].explained_variance);
        assert_true(m[k].pinball == m[0].pinball);
    }
    lk_set_num_threads(0);
    expect_near(loss[0], 1, 0.01); /* the mean of -log of a uniform number */
    expect_near(brier[0], 1.0 / 3, 0.01);
}

/* Names of classes mean nothing: both exchanged, the averages stay. */
static void classes_may_be_renamed(void **state)
{
    (void)state;
    enum { K = 4 };
    static const int64_t other[K] = {2, 0, 3, 1};
    int64_t truth[SAMPLES], predicted[SAMPLES], truth2[SAMPLES], predicted2[SAMPLES];
    lk_random r = {9};
    for (int i = 0; i < SAMPLES; i++) {
        truth[i] = lk_random_below(&r, K);
        predicted[i] = lk_random_below(&r, 2) ? truth[i] : lk_random_below(&r, K);
        truth2[i] = other[truth[i]];
        predicted2[i] = other[predicted[i]];
    }
    double a[K * K], b[K * K];
    lk_classification x, y;
    lk_class_metrics each[K], each2[K];
    succeed(lk_confusion_matrix(SAMPLES, K, truth, predicted, NULL, a));
    succeed(lk_confusion_matrix(SAMPLES, K, truth2, predicted2, NULL, b));
    succeed(lk_classification_metrics(K, a, 1, each, &x));
    succeed(lk_classification_metrics(K, b, 1, each2, &y));
    for (int k = 0; k < K; k++) assert_true(each[k].f == each2[other[k]].f);
    expect_near(x.macro.f, y.macro.f, 1e-15);
    expect_near(x.matthews, y.matthews, 1e-15);
    expect_near(x.kappa, y.kappa, 1e-15);
    assert_true(x.accuracy == x.micro.f);
    assert_true(x.matthews > 0.2 && x.matthews < 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_scikit_learn),    cmocka_unit_test(auc_counts_pairs),
        cmocka_unit_test(weights_count_samples),  cmocka_unit_test(classes_may_be_renamed),
        cmocka_unit_test(threads_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
