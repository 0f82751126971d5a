/* Rules that every linear model keeps: weights count as repetitions, optimality of exact zeros, one
 * class against the rest, predictions, degenerate data. */
#include "support/learn_linear_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static lk_model *trained(const lk_dataset *data, const lk_linear_options *o, lk_linear_report *r)
{
    lk_model *m;
    if (lk_train_linear(data, o, &m, r))
        fail_msg("%s: %s", lk_loss_describe(o->loss)->name, lk_last_error());
    return m;
}

static void expect_near(double x, double y, double most)
{
    if (!(fabs(x - y) <= most)) fail_msg("%.17g is not %.17g to within %g", x, y, most);
}

static lk_linear_options plain(lk_loss loss)
{
    lk_linear_options o = LK_LINEAR_OPTIONS_INIT;
    o.loss = loss;
    o.l2 = 0.05;
    return o;
}

/* ---- weights ------------------------------------------------------------------------------------
 */

/* A mean over n rows with weights that sum to k n is the mean over k n repetitions, times k. */
static void weights_are_repetitions(void **state)
{
    static const lk_loss losses[] = {
        LK_LOGISTIC, LK_SQUARED_HINGE,         LK_HINGE, LK_SQUARED_ERROR, LK_HUBER,
        LK_CAUCHY,   LK_SOFTMAX_CROSS_ENTROPY, LK_POLY1};
    const linear_data *d = *state;
    for (size_t k = 0; k < sizeof losses / sizeof *losses; k++) {
        const lk_loss_info *info = lk_loss_describe(losses[k]);
        const int target = !strcmp(info->family, "regression") ? TARGET_NUMBER
                           : info->kind == LK_KIND_POINTWISE   ? TARGET_TWO
                                                               : TARGET_THREE;
        lk_dataset one = linear_rows(d, target, 0), many;
        int64_t rows[3 * MOST_ROWS], n = 0;
        for (int64_t i = 0; i < d->rows; i++)
            for (int r = 0; r < (int)d->weight[i]; r++) rows[n++] = i;
        assert_int_equal(lk_dataset_take(&one, n, rows, &many), LK_OK);
        one.weight = malloc((size_t)d->rows * sizeof *one.weight);
        memcpy(one.weight, d->weight, (size_t)d->rows * sizeof *one.weight);
        const double ratio = (double)n / (double)d->rows;
        lk_linear_options o = plain(losses[k]);
        o.tolerance = 1e-9;
        lk_linear_report repeated, weighted;
        lk_model *a = trained(&many, &o, &repeated);
        o.l2 *= ratio;
        lk_model *b = trained(&one, &o, &weighted);
        if (!(fabs(weighted.objective - ratio * repeated.objective) <= 1e-7 * weighted.objective))
            fail_msg("%s: %.12g weighted, %.12g repeated", info->name, weighted.objective,
                     ratio * repeated.objective);
        for (int64_t j = 0; j < d->features; j++)
            expect_near(array_of(a, "weight")[j], array_of(b, "weight")[j], 1e-3);
        lk_model_free(a);
        lk_model_free(b);
        lk_dataset_free(&one);
        lk_dataset_free(&many);
    }
}

/* ---- optimality ---------------------------------------------------------------------------------
 */

/* The slope of the mean loss by each weight, from the loss's own gradient of the scores. */
static void slopes_of(const lk_dataset *data, lk_loss loss, const lk_model *m, double *slopes)
{
    double scores[MOST_ROWS], target[MOST_ROWS], slope[MOST_ROWS];
    const int margin = !strcmp(lk_loss_describe(loss)->family, "margin");
    assert_int_equal(lk_model_predict(m, data, scores), LK_OK);
    for (int64_t i = 0; i < data->rows; i++)
        target[i] = margin ? 2 * data->target[i] - 1 : data->target[i];
    const lk_tensor s = lk_vector(scores, LK_F64, &data->rows);
    const lk_tensor t = lk_vector(target, LK_F64, &data->rows);
    const lk_tensor g = lk_vector(slope, LK_F64, &data->rows);
    lk_call call = LK_CALL_INIT;
    call.input = &s;
    call.target = &t;
    call.gradient = &g;
    assert_int_equal(lk_evaluate(loss, NULL, 0, &call), LK_OK);
    for (int64_t j = 0; j <= data->features; j++) {
        slopes[j] = 0;
        for (int64_t i = 0; i < data->rows; i++)
            slopes[j] += slope[i] * (j < data->features ? data->dense[i * data->features + j] : 1);
    }
}

/* Karush, Kuhn and Tucker: the loss's slope is opposed by the penalty's, which at 0 is anything in
 * [-l1, l1]. */
static void zeros_are_exact_and_optimal(void **state)
{
    static const lk_loss losses[] = {LK_LOGISTIC, LK_SQUARED_HINGE, LK_SQUARED_ERROR,
                                     LK_HUBER,    LK_POISSON,       LK_SIGMOID_CROSS_ENTROPY,
                                     LK_WELSCH};
    int zeros = 0, others = 0;
    for (size_t k = 0; k < sizeof losses / sizeof *losses; k++)
        for (double l1 = 0.02; l1 < 1; l1 *= 3) {
            const int classes = strcmp(lk_loss_describe(losses[k])->family, "regression") != 0;
            lk_dataset data = linear_rows(*state, classes ? TARGET_TWO : TARGET_POSITIVE, 0);
            lk_linear_options o = plain(losses[k]);
            o.l1 = l1;
            o.tolerance = 1e-8;
            lk_linear_report report;
            lk_model *m = trained(&data, &o, &report);
            double slopes[MOST_FEATURES + 1];
            slopes_of(&data, losses[k], m, slopes);
            const double *w = array_of(m, "weight");
            for (int64_t j = 0; j < data.features; j++) {
                if (w[j] == 0)
                    assert_true(fabs(slopes[j]) <= l1 + 1e-6);
                else
                    expect_near(slopes[j] + o.l2 * w[j], -copysign(l1, w[j]), 1e-6);
                *(w[j] == 0 ? &zeros : &others) += 1;
            }
            expect_near(slopes[data.features], 0, 1e-6);
            lk_model_free(m);
            lk_dataset_free(&data);
        }
    assert_true(zeros > 20 && others > 20);
}

/* Margins on angles have no outside reference here: the gradient vanishes, the classes separate. Of
 * two classes, for a third between them gets weights of 0, where large_margin_softmax has a kink.
 */
static void angles_are_learned(void **state)
{
    static const lk_loss losses[] = {LK_LARGE_MARGIN_SOFTMAX, LK_ARCFACE, LK_COSFACE};
    static const double params[][2] = {{2, 5}, {8, 0.1}, {8, 0.1}};
    for (int k = 0; k < 3; k++) {
        lk_dataset data = linear_rows(*state, TARGET_TWO, 0);
        lk_linear_options o = plain(losses[k]);
        o.params = params[k];
        o.n_params = 2;
        o.bias = LK_BIAS_NONE;
        if (k > 0) o.l2 = 0;
        lk_linear_report report;
        lk_model *m = trained(&data, &o, &report);
        assert_true(report.gradient < 1e-5);
        double scores[2 * MOST_ROWS];
        int64_t classes[MOST_ROWS], right = 0;
        assert_int_equal(lk_model_predict(m, &data, scores), LK_OK);
        assert_int_equal(lk_model_classify(m, data.rows, scores, classes), LK_OK);
        for (int64_t i = 0; i < data.rows; i++) right += (double)classes[i] == data.target[i];
        assert_true(right > data.rows * 7 / 10);
        const double *w = array_of(m, "weight");
        double square = 0;
        for (int64_t j = 0; j < data.features; j++) square += w[j] * w[j];
        if (k > 0) expect_near(square, 1, 1e-12);
        lk_model_free(m);
        lk_dataset_free(&data);
    }
}

/* ---- outputs ------------------------------------------------------------------------------------
 */

static void one_class_against_the_rest(void **state)
{
    lk_dataset three = linear_rows(*state, TARGET_THREE, 0);
    const lk_linear_options o = plain(LK_LOGISTIC);
    lk_linear_report all, one;
    lk_model *m = trained(&three, &o, &all);
    double sum = 0;
    for (int c = 0; c < 3; c++) {
        lk_dataset two = linear_rows(*state, TARGET_TWO, 0);
        for (int64_t i = 0; i < two.rows; i++) two.target[i] = three.target[i] == c;
        lk_model *part = trained(&two, &o, &one);
        assert_memory_equal(array_of(m, "weight") + c * two.features, array_of(part, "weight"),
                            (size_t)two.features * sizeof(double));
        assert_true(array_of(m, "bias")[c] == array_of(part, "bias")[0]);
        sum += one.objective;
        lk_model_free(part);
        lk_dataset_free(&two);
    }
    expect_near(all.objective, sum, 1e-12);
    lk_model_free(m);
    lk_dataset_free(&three);
}

static void several_numbers_at_once(void **state)
{
    const linear_data *d = *state;
    double both[2 * MOST_ROWS];
    for (int64_t i = 0; i < d->rows; i++) {
        both[2 * i] = d->target[TARGET_NUMBER][i];
        both[2 * i + 1] = d->target[TARGET_POSITIVE][i];
    }
    const int64_t shape[] = {d->rows, d->features}, pairs[] = {d->rows, 2};
    const lk_tensor x = lk_view(d->x, LK_F64, 2, shape), y = lk_view(both, LK_F64, 2, pairs);
    lk_dataset data;
    assert_int_equal(lk_dataset_create(&x, &y, NULL, &data), LK_OK);
    const lk_linear_options o = plain(LK_SQUARED_ERROR);
    lk_linear_report report;
    lk_model *m = trained(&data, &o, &report);
    static const int targets[] = {TARGET_NUMBER, TARGET_POSITIVE};
    for (int k = 0; k < 2; k++) {
        lk_dataset single = linear_rows(d, targets[k], 0);
        lk_model *one = trained(&single, &o, &report);
        assert_memory_equal(array_of(m, "weight") + k * d->features, array_of(one, "weight"),
                            (size_t)d->features * sizeof(double));
        lk_model_free(one);
        lk_dataset_free(&single);
    }
    lk_model_free(m);
    lk_dataset_free(&data);
}

static void predictions_are_products(void **state)
{
    lk_dataset dense = linear_rows(*state, TARGET_THREE, 0);
    lk_dataset sparse = linear_rows(*state, TARGET_THREE, 1);
    for (int bias = LK_BIAS_FREE; bias <= LK_BIAS_NONE; bias++) {
        lk_linear_options o = plain(LK_SOFTMAX_CROSS_ENTROPY);
        o.bias = (lk_bias)bias;
        lk_model *m = trained(&dense, &o, NULL);
        const double *w = array_of(m, "weight"), *b = array_of(m, "bias");
        assert_true((b == NULL) == (bias == LK_BIAS_NONE));
        double scores[3 * MOST_ROWS], same[3 * MOST_ROWS];
        assert_int_equal(lk_model_predict(m, &dense, scores), LK_OK);
        assert_int_equal(lk_model_predict(m, &sparse, same), LK_OK);
        for (int64_t i = 0; i < dense.rows; i++)
            for (int64_t c = 0; c < 3; c++) {
                double s = b ? b[c] : 0;
                for (int64_t j = 0; j < dense.features; j++)
                    s += dense.dense[i * dense.features + j] * w[c * dense.features + j];
                expect_near(scores[3 * i + c], s, 1e-12);
                expect_near(same[3 * i + c], s, 1e-12);
            }
        lk_model_free(m);
    }
    lk_dataset_free(&dense);
    lk_dataset_free(&sparse);
}

/* ---- degenerate data ----------------------------------------------------------------------------
 */

static lk_dataset small(int64_t rows, int64_t features, const double *x, const double *y)
{
    const int64_t shape[] = {rows, features};
    const lk_tensor a = lk_view(x, LK_F64, 2, shape), b = lk_vector(y, LK_F64, shape);
    lk_dataset data;
    assert_int_equal(lk_dataset_create(&a, &b, NULL, &data), LK_OK);
    return data;
}

static void least_squares_without_rank_are_short(void **state)
{
    (void)state;
    /* Two equal columns, and fewer rows than columns: of all solutions the shortest. */
    const double twice[] = {1, 1, 2, 2, 3, 3}, y[] = {2, 4, 6}, wide[] = {1, 2, 2}, one[] = {9};
    lk_linear_options o = plain(LK_SQUARED_ERROR);
    o.l2 = 0;
    o.bias = LK_BIAS_NONE;
    lk_dataset data = small(3, 2, twice, y);
    lk_model *m = trained(&data, &o, NULL);
    expect_near(array_of(m, "weight")[0], 1, 1e-12);
    expect_near(array_of(m, "weight")[1], 1, 1e-12);
    lk_model_free(m);
    lk_dataset_free(&data);
    data = small(1, 3, wide, one);
    m = trained(&data, &o, NULL);
    for (int j = 0; j < 3; j++) expect_near(array_of(m, "weight")[j], wide[j], 1e-12);
    lk_model_free(m);
    lk_dataset_free(&data);
    /* A column of zeros is the first, and what is left in memory is not: LAPACK is told which
     * columns have to stay in front. */
    const double zero[] = {0, 1, 0, 2, 0, 3}, line[] = {5, 7, 9};
    for (size_t size = 1; size < 512; size++) {
        volatile char *const used = malloc(size);
        for (size_t k = 0; used && k < size; k++) used[k] = 1;
        free((void *)used);
    }
    o.bias = LK_BIAS_FREE;
    data = small(3, 2, zero, line);
    m = trained(&data, &o, NULL);
    expect_near(array_of(m, "weight")[0], 0, 1e-12);
    expect_near(array_of(m, "weight")[1], 2, 1e-12);
    expect_near(array_of(m, "bias")[0], 3, 1e-12);
    lk_model_free(m);
    lk_dataset_free(&data);
}

/* Every loss of the catalogue that takes these targets trains on them, whatever they lack. */
static void poor_data_have_an_answer(void **state)
{
    (void)state;
    const double x[] = {1, 0, 5, 1, 0, -3, 1, 0, 2, 1, 0, 2}, y[] = {1, 0, 1, 0};
    const double same[] = {1, 1, 1, 1};
    for (int loss = 1; lk_loss_describe((lk_loss)loss); loss++)
        for (int kind = 0; kind < 5; kind++) {
            const int64_t features = kind == 4 ? 0 : 3;
            lk_dataset data = small(kind == 1 ? 1 : 4, features, x, kind == 2 ? same : y);
            if (strcmp(lk_loss_describe((lk_loss)loss)->family, "regression") != 0)
                assert_int_equal(lk_dataset_set_classes(&data, 2), LK_OK);
            if (kind == 3) data.weight = calloc(4, sizeof *data.weight);
            lk_linear_options o = plain((lk_loss)loss);
            o.iterations = 300;
            lk_linear_report report;
            lk_model *m;
            const lk_status status = lk_train_linear(&data, &o, &m, &report);
            assert_true(status ? strlen(lk_last_error()) > 10 : isfinite(report.objective));
            for (int64_t j = 0; m && j < features; j++)
                assert_true(isfinite(array_of(m, "weight")[j]));
            if (m && features)
                assert_true(fabs(array_of(m, "weight")[1]) < 1e-12); /* that feature is 0 */
            lk_model_free(m);
            lk_dataset_free(&data);
        }
}

static int stop_at_three(void *context, const lk_progress *progress)
{
    *(int *)context += 1;
    assert_true(isfinite(progress->loss) && progress->seconds >= 0);
    return *(int *)context == 3;
}

/* Features next to nothing leave a loss of the bias alone, least at one of the targets. The bias
 * has as far to go as they are, whatever the features' size. */
static void the_bias_may_do_all(void **state)
{
    static const lk_loss losses[] = {LK_ABSOLUTE_ERROR, LK_QUANTILE};
    for (int k = 0; k < 2; k++)
        for (double size = 1e-4; size > 1e-13; size *= 1e-4) {
            lk_dataset data = linear_rows(*state, TARGET_NUMBER, 0);
            double least = HUGE_VAL;
            for (int64_t i = 0; i < data.rows * data.features; i++) data.dense[i] *= size;
            for (int64_t i = 0; i < data.rows; i++) data.target[i] += 50;
            for (int64_t b = 0; b < data.rows; b++) {
                double sum = 0;
                for (int64_t i = 0; i < data.rows; i++)
                    sum += fabs(data.target[i] - data.target[b]) * (k ? 0.5 : 1);
                least = fmin(least, sum / (double)data.rows);
            }
            lk_linear_options o = plain(losses[k]);
            lk_linear_report r;
            o.l2 = 1e-4;
            o.iterations = 100;
            lk_model *m = trained(&data, &o, &r);
            assert_int_equal(r.solver, LK_SOLVER_DUAL);
            assert_true(r.converged);
            assert_true(r.objective < least * 1.01);
            lk_model_free(m);
            lk_dataset_free(&data);
        }
}

static void progress_stops_the_training(void **state)
{
    static const lk_solver solvers[] = {LK_SOLVER_NEWTON, LK_SOLVER_LBFGS, LK_SOLVER_PROXIMAL,
                                        LK_SOLVER_SGD};
    lk_dataset data = linear_rows(*state, TARGET_THREE, 0);
    for (int k = 0; k < 4; k++) {
        int calls = 0;
        lk_linear_options o = plain(LK_SOFTMAX_CROSS_ENTROPY);
        o.solver = solvers[k];
        o.progress = stop_at_three;
        o.context = &calls;
        lk_linear_report report;
        lk_model *m = trained(&data, &o, &report);
        assert_int_equal(calls, 3);
        assert_true(report.stopped && !report.converged);
        assert_non_null(m);
        lk_model_free(m);
    }
    lk_dataset_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_repetitions),
        cmocka_unit_test(zeros_are_exact_and_optimal),
        cmocka_unit_test(angles_are_learned),
        cmocka_unit_test(one_class_against_the_rest),
        cmocka_unit_test(several_numbers_at_once),
        cmocka_unit_test(predictions_are_products),
        cmocka_unit_test(least_squares_without_rank_are_short),
        cmocka_unit_test(poor_data_have_an_answer),
        cmocka_unit_test(the_bias_may_do_all),
        cmocka_unit_test(progress_stops_the_training),
    };
    return cmocka_run_group_tests(tests, linear_setup, linear_teardown);
}
