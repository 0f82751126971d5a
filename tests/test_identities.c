/* test_identities.c: losses over class scores that are the same thing by another name, through the
 * public functions, in double precision; and numbers from the literature. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "losskit.h"
#include "support/identity.h"

static answer cross_entropy(const data *d)
{
    return row_answer(LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, d->scores, d->labels, NULL);
}

/* ---- classes ------------------------------------------------------------------------------ */
static void test_cross_entropy_is_nll_of_log_softmax(void **state)
{
    data d;
    make_data(&d);
    const answer whole = cross_entropy(&d);
    const answer logs = row_answer(LK_LOG_SOFTMAX, NULL, 0, d.scores, NULL, NULL);
    const answer nll = row_answer(LK_NLL, NULL, 0, logs.value, d.labels, NULL);
    check_same(nll.value, whole.value, N, 1e-14, "nll(log_softmax)");
    double gradient[ALL];
    const lk_tensor input = lk_view(d.scores, LK_F64, 2, score_shape);
    const lk_tensor upstream = lk_view(nll.gradient, LK_F64, 2, score_shape);
    const lk_tensor slope = lk_view(gradient, LK_F64, 2, score_shape);
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.upstream = &upstream;
    call.gradient = &slope;
    call.reduction = LK_NONE;
    run_call(LK_LOG_SOFTMAX, NULL, 0, &call);
    check_same(gradient, whole.gradient, ALL, 1e-14, "gradient through log_softmax");
    (void)state;
}

static void test_two_classes_are_a_sigmoid(void **state)
{
    const double scores[] = {0.5, -1, 2, 2.5, -30, 40, 0.25, 0.25, 3, -3}, plain[] = {1, 0};
    const int64_t pairs[] = {5, 2}, labels[] = {0, 1, 0, 1, 1}, five = 5;
    double value[5], gradient[10], difference[5], target[5], value2[5], gradient2[5];
    for (int i = 0; i < 5; i++) {
        difference[i] = scores[2 * i + 1] - scores[2 * i];
        target[i] = (double)labels[i];
    }
    lk_tensor x = lk_view(scores, LK_F64, 2, pairs), y = lk_vector(labels, LK_I64, &five);
    lk_tensor v = lk_vector(value, LK_F64, &five), g = lk_view(gradient, LK_F64, 2, pairs);
    lk_call call = LK_CALL_INIT;
    call.input = &x, call.target = &y, call.value = &v, call.gradient = &g;
    run_call(LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, &call);
    x = lk_vector(difference, LK_F64, &five), y = lk_vector(target, LK_F64, &five);
    v = lk_vector(value2, LK_F64, &five), g = lk_vector(gradient2, LK_F64, &five);
    run_call(LK_SIGMOID_CROSS_ENTROPY, plain, 2, &call);
    for (int i = 0; i < 5; i++) { /* each to its own size: 30 orders lie between */
        const double slopes[] = {-gradient2[i], gradient2[i]};
        check_same(&value[i], &value2[i], 1, 1e-14, "value of two classes");
        check_same(&gradient[2 * i], slopes, 2, 1e-14, "gradient of two classes");
    }
    (void)state;
}

static void test_kl_is_cross_entropy_without_entropy(void **state)
{
    static const double logits[] = {1, 0};
    data d;
    make_data(&d);
    const answer kl = row_answer(LK_KL_DIVERGENCE, logits, 2, d.scores, NULL, d.soft);
    answer ce = row_answer(LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, d.scores, NULL, d.soft);
    for (int i = 0; i < N; i++)
        for (int c = 0; c < C; c++) {
            const double term = d.soft[i * C + c] * log(d.soft[i * C + c]);
            ce.value[i] += term;
            ce.result.value += term;
        }
    check_rows(&kl, &ce, 1e-14, "kl_divergence");
    (void)state;
}

static void test_jensen_shannon_is_symmetric(void **state)
{
    static const double logarithms[] = {0, 1};
    data d;
    make_data(&d);
    const answer q = row_answer(LK_LOG_SOFTMAX, NULL, 0, d.scores, NULL, NULL);
    double p[ALL];
    for (int i = 0; i < ALL; i++) p[i] = log(d.soft[i]);
    const answer a = row_answer(LK_JS_DIVERGENCE, logarithms, 2, q.value, NULL, p);
    const answer b = row_answer(LK_JS_DIVERGENCE, logarithms, 2, p, NULL, q.value);
    check_same(a.value, b.value, N, 1e-13, "js_divergence the other way round");
    (void)state;
}

/* Losses that turn into cross-entropy. */
static void test_limits_are_cross_entropy(void **state)
{
    static const struct {
        lk_loss loss;
        int n;
        double params[4];
        const char *what;
    } limits[] = {
        {LK_SOFTMAX_FOCAL, 2, {0, 1}, "softmax_focal with gamma 0"},
        {LK_POLY1, 1, {0}, "poly1 with epsilon 0"},
        {LK_SYMMETRIC_CROSS_ENTROPY, 3, {1, 0, -4}, "symmetric_cross_entropy with beta 0"},
    };
    data d;
    make_data(&d);
    const answer ce = cross_entropy(&d);
    for (size_t k = 0; k < sizeof limits / sizeof *limits; k++) {
        const answer a =
            row_answer(limits[k].loss, limits[k].params, limits[k].n, d.scores, d.labels, NULL);
        check_rows(&a, &ce, 1e-14, limits[k].what);
    }
    (void)state;
}

/* (1 - p^q) / q = l - q l^2 / 2 + O(q^2) with l = -log p; its slope in the same way. */
static void test_generalized_cross_entropy_nears_it(void **state)
{
    static const double small[] = {1e-3}, twice[] = {2e-3};
    data d;
    make_data(&d);
    const answer ce = cross_entropy(&d);
    const answer a = row_answer(LK_GENERALIZED_CROSS_ENTROPY, small, 1, d.scores, d.labels, NULL);
    const answer b = row_answer(LK_GENERALIZED_CROSS_ENTROPY, twice, 1, d.scores, d.labels, NULL);
    double value[N], gradient[ALL];
    for (int i = 0; i < N; i++) value[i] = 2 * a.value[i] - b.value[i];
    for (int i = 0; i < ALL; i++) gradient[i] = 2 * a.gradient[i] - b.gradient[i];
    check_same(value, ce.value, N, 1e-4, "extrapolated to q = 0");
    check_same(gradient, ce.gradient, ALL, 1e-4, "gradient, extrapolated to q = 0");
    for (int i = 0; i < N; i++) {
        const double first = ce.value[i] * ce.value[i] * small[0] / 2;
        check_same((const double[]){ce.value[i] - a.value[i]}, &first, 1, 0.01, "first order in q");
    }
    (void)state;
}

static void test_smoothing_is_a_soft_target(void **state)
{
    static const double smooth[] = {0.1, 0, 0, 0};
    data d;
    make_data(&d);
    for (int i = 0; i < ALL; i++) d.soft[i] = 0.1 / C + (d.labels[i / C] == i % C ? 0.9 : 0);
    const answer a = row_answer(LK_SOFTMAX_CROSS_ENTROPY, smooth, 4, d.scores, d.labels, NULL);
    const answer b = row_answer(LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, d.scores, NULL, d.soft);
    check_rows(&a, &b, 1e-14, "label smoothing");
    (void)state;
}

static void test_softmax_numbers(void **state)
{
    static const double few[] = {1, 2, 3, 4, 5};
    static const double few_p[] = {0.01165623, 0.03168492, 0.08612854, 0.23412166, 0.63640865};
    static const double many[] = {1000, 2000, 3000, 4000, 5000}, many_p[] = {0, 0, 0, 0, 1};
    static const double many_log[] = {-4000, -3000, -2000, -1000, 0};
    const int64_t five = 5;
    double out[5];
    lk_tensor x = lk_vector(few, LK_F64, &five), p = lk_vector(out, LK_F64, &five);
    lk_call call = LK_CALL_INIT;
    call.input = &x, call.value = &p, call.reduction = LK_NONE;
    assert_int_equal(lk_softmax(&call), LK_OK);
    for (int c = 0; c < 5; c++) assert_true(fabs(out[c] - few_p[c]) <= 0.5e-8);
    x = lk_vector(many, LK_F64, &five);
    assert_int_equal(lk_softmax(&call), LK_OK);
    for (int c = 0; c < 5; c++) assert_true(out[c] == many_p[c]);
    assert_int_equal(lk_log_softmax(&call), LK_OK);
    for (int c = 0; c < 5; c++) assert_true(out[c] == many_log[c]);
    (void)state;
}

/* ---- multi-class hinge -------------------------------------------------------------------- */
static void test_hinge_numbers(void **state)
{
    static const double scores[] = {3.2, 5.1, -1.7};
    static const int64_t three = 3, label = 0;
    const lk_tensor x = lk_vector(scores, LK_F64, &three), y = lk_view(&label, LK_I64, 0, NULL);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &x, call.target = &y, call.result = &result;
    for (int kind = 0; kind < 2; kind++) {
        assert_int_equal(lk_multiclass_hinge(&call, kind, 1, 1, 0), LK_OK);
        assert_true(fabs(result.value - 2.9) <= 1e-15);
    }
    (void)state;
}

/* One against all is a binary hinge for each class. */
static void test_one_against_all(void **state)
{
    data d;
    make_data(&d);
    for (int power = 1; power <= 2; power++) {
        const double params[] = {2, 1, power, 0};
        const int64_t all = ALL;
        double signs[ALL], terms[ALL], slopes[ALL], sums[N] = {0};
        const answer a = row_answer(LK_MULTICLASS_HINGE, params, 4, d.scores, d.labels, NULL);
        for (int i = 0; i < ALL; i++) signs[i] = d.labels[i / C] == i % C ? 1 : -1;
        const lk_tensor x = lk_vector(d.scores, LK_F64, &all), y = lk_vector(signs, LK_F64, &all);
        const lk_tensor v = lk_vector(terms, LK_F64, &all), g = lk_vector(slopes, LK_F64, &all);
        lk_call call = LK_CALL_INIT;
        call.input = &x, call.target = &y, call.value = &v, call.gradient = &g;
        call.reduction = LK_SUM;
        run_call(power == 1 ? LK_HINGE : LK_SQUARED_HINGE, NULL, 0, &call);
        for (int i = 0; i < ALL; i++) sums[i / C] += terms[i];
        check_same(a.value, sums, N, 1e-14, "one against all");
        check_same(a.gradient, slopes, ALL, 1e-14, "gradient of one against all");
    }
    (void)state;
}

/* ---- a linear layer ----------------------------------------------------------------------- */
static answer layer(lk_loss loss, const double *params, int n_params, const data *d)
{
    answer a;
    const lk_tensor input = lk_view(d->features, LK_F64, 2, feature_shape);
    const lk_tensor weights = lk_view(d->layer, LK_F64, 2, layer_shape);
    const lk_tensor target = lk_view(d->labels, LK_I64, 1, row_shape);
    const lk_tensor value = lk_view(a.value, LK_F64, 1, row_shape);
    const lk_tensor gradient = lk_view(a.gradient, LK_F64, 2, feature_shape);
    const lk_tensor second = lk_view(a.second, LK_F64, 2, layer_shape);
    lk_call call = LK_CALL_INIT;
    call.input = &input, call.weights = &weights, call.target = &target;
    call.value = &value, call.gradient = &gradient, call.weights_gradient = &second;
    call.result = &a.result;
    call.reduction = LK_SUM;
    run_call(loss, params, n_params, &call);
    return a;
}

static void test_linear_is_a_product_and_cross_entropy(void **state)
{
    data d;
    make_data(&d);
    for (int i = 0; i < ALL; i++) {
        d.scores[i] = 0;
        for (int k = 0; k < D; k++)
            d.scores[i] += d.features[i / C * D + k] * d.layer[i % C * D + k];
    }
    const answer two = cross_entropy(&d), one = layer(LK_LINEAR_CROSS_ENTROPY, NULL, 0, &d);
    double slopes[N * D] = {0}, weights[C * D] = {0};
    for (int i = 0; i < ALL; i++)
        for (int k = 0; k < D; k++) {
            slopes[i / C * D + k] += two.gradient[i] * d.layer[i % C * D + k];
            weights[i % C * D + k] += two.gradient[i] * d.features[i / C * D + k];
        }
    check_same(one.value, two.value, N, 1e-14, "linear_cross_entropy");
    check_same(one.gradient, slopes, N * D, 1e-13, "gradient of the features");
    check_same(one.second, weights, C * D, 1e-13, "gradient of the weights");
    (void)state;
}

static void test_margin_of_one_is_cross_entropy_to_the_bit(void **state)
{
    data d;
    make_data(&d);
    const answer ce = layer(LK_LINEAR_CROSS_ENTROPY, NULL, 0, &d);
    for (int lambda = 0; lambda <= 5; lambda += 5) {
        const answer a = layer(LK_LARGE_MARGIN_SOFTMAX, (const double[]){1, lambda}, 2, &d);
        assert_memory_equal(a.value, ce.value, N * sizeof *a.value);
        assert_memory_equal(a.gradient, ce.gradient, N * D * sizeof *a.gradient);
        assert_memory_equal(a.second, ce.second, C * D * sizeof *a.second);
    }
    (void)state;
}

static void test_face_losses_without_margin(void **state)
{
    static const double params[] = {8, 0};
    data d;
    make_data(&d);
    const answer arc = layer(LK_ARCFACE, params, 2, &d), cos = layer(LK_COSFACE, params, 2, &d);
    for (int i = 0; i < ALL; i++) {
        double dot = 0, x = 0, w = 0;
        for (int k = 0; k < D; k++) {
            const double a = d.features[i / C * D + k], b = d.layer[i % C * D + k];
            dot += a * b, x += a * a, w += b * b;
        }
        d.scores[i] = params[0] * dot / sqrt(x * w);
    }
    const answer ce = cross_entropy(&d);
    check_same(arc.value, ce.value, N, 1e-13, "arcface without margin");
    check_same(cos.value, ce.value, N, 1e-13, "cosface without margin");
    check_same(arc.gradient, cos.gradient, N * D, 1e-12, "gradients of the features");
    check_same(arc.second, cos.second, C * D, 1e-12, "gradients of the weights");
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cross_entropy_is_nll_of_log_softmax),
        cmocka_unit_test(test_two_classes_are_a_sigmoid),
        cmocka_unit_test(test_kl_is_cross_entropy_without_entropy),
        cmocka_unit_test(test_jensen_shannon_is_symmetric),
        cmocka_unit_test(test_limits_are_cross_entropy),
        cmocka_unit_test(test_generalized_cross_entropy_nears_it),
        cmocka_unit_test(test_smoothing_is_a_soft_target),
        cmocka_unit_test(test_softmax_numbers),
        cmocka_unit_test(test_hinge_numbers),
        cmocka_unit_test(test_one_against_all),
        cmocka_unit_test(test_linear_is_a_product_and_cross_entropy),
        cmocka_unit_test(test_margin_of_one_is_cross_entropy_to_the_bit),
        cmocka_unit_test(test_face_losses_without_margin),
    };
    return cmocka_run_group_tests_name("identities", tests, NULL, NULL);
}
