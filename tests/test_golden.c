/* test_golden.c: published numbers, identities between losses, and what happens at the ends of the
 * number range. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "losskit.h"

enum { COUNT = 6 };

/* Value, gradient and curvature of n <= 64 elements, not reduced; auxiliary may be NULL. */
typedef struct outcome {
    double value[64], gradient[64], curvature[64], sum;
} outcome;

static outcome evaluate(lk_loss loss, const double *params, int n_params, int n, const double *x,
                        const double *y, const double *auxiliary)
{
    outcome o;
    lk_result result;
    const int64_t length = n;
    const lk_tensor input = lk_vector(x, LK_F64, &length), target = lk_vector(y, LK_F64, &length);
    const lk_tensor third = lk_vector(auxiliary, LK_F64, &length);
    const lk_tensor value = lk_vector(o.value, LK_F64, &length);
    const lk_tensor gradient = lk_vector(o.gradient, LK_F64, &length);
    const lk_tensor curvature = lk_vector(o.curvature, LK_F64, &length);
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.auxiliary = auxiliary ? &third : NULL;
    call.value = &value;
    call.gradient = &gradient;
    call.curvature = &curvature;
    call.result = &result;
    call.reduction = LK_SUM;
    if (lk_evaluate(loss, params, n_params, &call)) fail_msg("%s", lk_last_error());
    o.sum = result.value;
    return o;
}

/* One element with its default or given parameters. */
static double value_at(lk_loss loss, const double *params, int n_params, double x, double y)
{
    return evaluate(loss, params, n_params, 1, &x, &y, NULL).value[0];
}

static void check_near(double got, double want, double tolerance, const char *what)
{
    if (fabs(got - want) <= tolerance || got == want) return;
    fail_msg("%s: %.17g instead of %.17g", what, got, want);
}

/* Values and gradients by the frameworks that people come from, in f64. */
typedef struct golden {
    lk_loss loss;
    int n_params;
    double params[LK_MAX_PARAMS], input[COUNT], target[COUNT], auxiliary[COUNT];
    double value[COUNT], gradient[COUNT], mean, sum;
} golden;

/* PyTorch 2.13 by the function named above each row, gradient by autograd of the sum;
 * scikit-learn's formulas in 40-digit arithmetic. */
/* clang-format off */
static const golden goldens[] = {
    /* torch.nn.functional.mse_loss */
    {LK_SQUARED_ERROR, 1, {0}, {-2.5, -0.3, 0, 0.7, 1.9, 40}, {1, -0.25, 0, 0.2, 2.5, -1}, {0},
     {12.25, 0.0024999999999999988, 0, 0.24999999999999994, 0.3600000000000001, 1681}, {-7,
     -0.09999999999999998, 0, 0.9999999999999999, -1.2000000000000002, 82}, 282.31041666666664,
     1693.8625},
    /* torch.nn.functional.l1_loss */
    {LK_ABSOLUTE_ERROR, 0, {0}, {-2.5, -0.3, 0, 0.7, 1.9, 40}, {1, -0.25, 0, 0.2, 2.5, -1}, {0},
     {3.5, 0.04999999999999999, 0, 0.49999999999999994, 0.6000000000000001, 41}, {-1, -1, 0, 1, -1,
     1}, 7.608333333333333, 45.65},
    /* torch.nn.functional.huber_loss(delta=1) */
    {LK_HUBER, 1, {1}, {-2.5, -0.3, 0, 0.7, 1.9, 40}, {1, -0.25, 0, 0.2, 2.5, -1}, {0}, {3,
     0.0012499999999999994, 0, 0.12499999999999997, 0.18000000000000005, 40.5}, {-1,
     -0.04999999999999999, 0, 0.49999999999999994, -0.6000000000000001, 1}, 7.301041666666666,
     43.80625},
    /* torch.nn.functional.huber_loss(delta=0.3) */
    {LK_HUBER, 1, {0.3}, {-2.5, -0.3, 0, 0.7, 1.9, 40}, {1, -0.25, 0, 0.2, 2.5, -1}, {0}, {1.005,
     0.0012499999999999994, 0, 0.105, 0.135, 12.255}, {-0.3, -0.04999999999999999, 0, 0.3, -0.3,
     0.3}, 2.2502083333333336, 13.50125},
    /* torch.nn.functional.smooth_l1_loss(beta=1) */
    {LK_SMOOTH_L1, 1, {1}, {-2.5, -0.3, 0, 0.7, 1.9, 40}, {1, -0.25, 0, 0.2, 2.5, -1}, {0}, {3,
     0.0012499999999999994, 0, 0.12499999999999997, 0.18000000000000005, 40.5}, {-1,
     -0.04999999999999999, 0, 0.49999999999999994, -0.6000000000000001, 1}, 7.301041666666666,
     43.80625},
    /* torch.nn.functional.smooth_l1_loss(beta=0.4) */
    {LK_SMOOTH_L1, 1, {0.4}, {-2.5, -0.3, 0, 0.7, 1.9, 40}, {1, -0.25, 0, 0.2, 2.5, -1}, {0}, {3.3,
     0.0031249999999999984, 0, 0.29999999999999993, 0.4000000000000001, 40.8}, {-1,
     -0.12499999999999997, 0, 1, -1, 1}, 7.467187499999998, 44.80312499999999},
    /* torch.nn.functional.smooth_l1_loss(beta=0) */
    {LK_SMOOTH_L1, 1, {0}, {-2.5, -0.3, 0, 0.7, 1.9, 40}, {1, -0.25, 0, 0.2, 2.5, -1}, {0}, {3.5,
     0.04999999999999999, 0, 0.49999999999999994, 0.6000000000000001, 41}, {-1, -1, 0, 1, -1, 1},
     7.608333333333333, 45.65},
    /* torch.nn.functional.binary_cross_entropy_with_logits(pos_weight=1) */
    {LK_SIGMOID_CROSS_ENTROPY, 2, {1, 0}, {-2.5, -0.3, 0, 0.7, 1.9, 40}, {1, 0, 0.3, 0.9, 1, 0},
     {0}, {2.5788897342925496, 0.5543552444685271, 0.6931471805599453, 0.4731860488854579,
     0.1393867582829606, 40}, {-0.9241418199787564, 0.425557483188341, 0.2, -0.23181222783183397,
     -0.13010847436299788, 1}, 7.406494161081574, 44.43896496648944},
    /* torch.nn.functional.binary_cross_entropy_with_logits(pos_weight=2.5) */
    {LK_SIGMOID_CROSS_ENTROPY, 2, {2.5, 0}, {-2.5, -0.3, 0, 0.7, 1.9, 40}, {1, 0, 0.3, 0.9, 1, 0},
     {0}, {6.447224335731374, 0.5543552444685271, 1.0050634118119206, 1.017487214880826,
     0.3484668957074015, 40}, {-2.310354549946891, 0.425557483188341, -0.025000000000000022,
     -0.6797587354048094, -0.3252711859074946, 1}, 8.228766183766675, 49.37259710260005},
    /* torch.nn.functional.binary_cross_entropy */
    {LK_BINARY_CROSS_ENTROPY, 0, {0}, {0.1, 0.9, 0.5, 0, 1, 0.75}, {0, 1, 0.25, 0, 1, 1}, {0},
     {0.10536051565782631, 0.10536051565782628, 0.6931471805599453, 0, -0, 0.2876820724517809},
     {1.111111111111111, -1.1111111111111112, 1, 0, 0, -1.3333333333333333}, 0.19859171405456313,
     1.1915502843273789},
    /* torch.nn.functional.soft_margin_loss */
    {LK_LOGISTIC, 1, {0}, {-2.5, -0.3, 0, 0.7, 1.9, 40}, {1, -1, 1, -1, 1, -1}, {0},
     {2.5788897342925496, 0.5543552444685271, 0.6931471805599453, 1.103186048885458,
     0.1393867582829606, 40}, {-0.9241418199787564, 0.425557483188341, -0.5, 0.6681877721681662,
     -0.13010847436299786, 1}, 7.511494161081573, 45.06896496648944},
    /* torch.nn.functional.poisson_nll_loss(full=False) */
    {LK_POISSON, 1, {0}, {-2.5, -0.3, 0, 0.7, 1.9, 4}, {0, 1, 2, 5, 0.5, 3}, {0},
     {0.0820849986238988, 1.0408182206817178, 1, -1.4862472925295234, 5.735894442279268,
     42.598150033144236}, {0.0820849986238988, -0.2591817793182821, -1, -2.9862472925295234,
     6.1858944422792685, 51.598150033144236}, 8.161783400366598, 48.97070040219959},
    /* torch.nn.functional.poisson_nll_loss(full=True) */
    {LK_POISSON, 1, {1}, {-2.5, -0.3, 0, 0.7, 1.9, 4}, {0, 1, 2, 5, 0.5, 3}, {0},
     {0.0820849986238988, 1.0408182206817178, 1.651806484604536, 3.284599759062701,
     5.735894442279268, 44.36223157668729}, {0.0820849986238988, -0.2591817793182821, -1,
     -2.9862472925295234, 6.1858944422792685, 51.598150033144236}, 9.359572580323235,
     56.15743548193941},
    /* torch.nn.functional.gaussian_nll_loss(full=False) */
    {LK_GAUSSIAN_NLL, 2, {1e-06, 0}, {-2.5, -0.3, 0, 0.7, 1.9, 40}, {1, -0.25, 0, 0.2, 2.5, -1},
     {1, 0.25, 2, 1e-09, 3, 10}, {6.125, -0.6881471805599453, 0.34657359027997264,
     124993.09224472099, 0.6093061443340549, 85.20129254649702}, {-3.5, -0.19999999999999996, 0,
     499999.99999999994, -0.2, 4.1000000000000005}, 20847.447711636923, 125084.68626982154},
    /* torch.nn.functional.gaussian_nll_loss(full=True) */
    {LK_GAUSSIAN_NLL, 2, {1e-06, 1}, {-2.5, -0.3, 0, 0.7, 1.9, 40}, {1, -0.25, 0, 0.2, 2.5, -1},
     {1, 0.25, 2, 1e-09, 3, 10}, {7.043938533204672, 0.2307913526447274, 1.2655121234846454,
     124994.01118325419, 1.5282446775387277, 86.12023107970168}, {-3.5, -0.19999999999999996, 0,
     499999.99999999994, -0.2, 4.1000000000000005}, 20848.366650170126, 125090.19990102077},
    /* sklearn HalfGammaLoss.loss without its constant */
    {LK_GAMMA, 0, {0}, {-2.5, -0.3, 0, 0.7, 1.9, 4}, {0.1, 1, 2, 5, 0.5, 3}, {0},
     {-1.2817506039296527, 1.0498588075760031, 2, 3.1829265189570477, 1.9747843096113173,
     4.054946916666203}, {-0.2182493960703474, -0.3498588075760031, -1, -1.4829265189570477,
     0.9252156903886825, 0.9450530833337975}, 1.8301276581468198, 10.980765948880919},
    /* sklearn HalfTweedieLoss(power=1.5) without its constant */
    {LK_TWEEDIE, 1, {1.5}, {-2.5, -0.3, 0, 0.7, 1.9, 4}, {0, 1, 2, 5, 0.5, 3}, {0},
     {0.5730095937203802, 4.045084438306682, 6, 9.88501599437365, 5.558160342086193,
     15.590123897280977}, {0.2865047968601901, -0.3011262663032253, -1, -2.10437290000031,
     2.3923391475885953, 6.983050249220812}, 6.941899044294646, 41.651394265767884},
    /* sklearn HalfTweedieLoss(power=1.25) without its constant */
    {LK_TWEEDIE, 1, {1.25}, {-2.5, -0.3, 0, 0.7, 1.9, 4}, {0, 1, 2, 5, 0.5, 3}, {0},
     {0.20447328912657128, 5.376224895217695, 9.333333333333334, 19.04308554655627,
     6.78758056993805, 31.195269191640865}, {0.15335496684492847, -0.27936793212525446, -1,
     -2.5068262554669456, 3.846915314523497, 18.98189859967334}, 11.989994470968798,
     71.93996682581279},
};
/* clang-format on */

static lk_result reduced(const golden *g, lk_reduction reduction)
{
    const int64_t n = COUNT;
    const lk_tensor input = lk_vector(g->input, LK_F64, &n);
    const lk_tensor target = lk_vector(g->target, LK_F64, &n);
    const lk_tensor third = lk_vector(g->auxiliary, LK_F64, &n);
    lk_result result = {NAN, NAN, -1};
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.auxiliary = g->loss == LK_GAUSSIAN_NLL ? &third : NULL;
    call.reduction = reduction;
    call.result = &result;
    assert_int_equal(lk_evaluate(g->loss, g->params, g->n_params, &call), LK_OK);
    return result;
}

static void test_frameworks(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof goldens / sizeof *goldens; k++) {
        const golden *g = &goldens[k];
        const char *name = lk_loss_describe(g->loss)->name;
        const outcome o = evaluate(g->loss, g->params, g->n_params, COUNT, g->input, g->target,
                                   g->loss == LK_GAUSSIAN_NLL ? g->auxiliary : NULL);
        for (int i = 0; i < COUNT; i++) {
            check_near(o.value[i], g->value[i], 4e-15 * fmax(1, fabs(g->value[i])), name);
            check_near(o.gradient[i], g->gradient[i], 4e-15 * fmax(1, fabs(g->gradient[i])), name);
        }
        const lk_result mean = reduced(g, LK_MEAN), sum = reduced(g, LK_SUM);
        check_near(mean.value, g->mean, 4e-15 * fmax(1, fabs(g->mean)), name);
        check_near(sum.value, g->sum, 4e-15 * fmax(1, fabs(g->sum)), name);
        assert_true(mean.normalizer == COUNT && sum.normalizer == 1 && mean.count == COUNT);
    }
}

/* A table of a margin loss at m = -2, -1, -1/2, 0, 1/2, 1, 2. */
static void check_margins(lk_loss loss, const double *params, int n_params, double tolerance,
                          const double *want)
{
    static const double margin[] = {-2, -1, -0.5, 0, 0.5, 1, 2};
    double score[7], label[7];
    for (int sign = -1; sign <= 1; sign += 2) {
        for (int i = 0; i < 7; i++) {
            label[i] = sign;
            score[i] = sign * margin[i];
        }
        const outcome o = evaluate(loss, params, n_params, 7, score, label, NULL);
        for (int i = 0; i < 7; i++)
            check_near(o.value[i], want[i], tolerance, lk_loss_describe(loss)->name);
    }
}
#define MARGINS(...) ((const double[]){__VA_ARGS__})
#define PARAMS(...) ((const double[]){__VA_ARGS__})

static void test_margin_table(void **state)
{
    (void)state;
    check_margins(LK_ZERO_ONE, PARAMS(0), 1, 0, MARGINS(1, 1, 1, 0, 0, 0, 0));
    check_margins(LK_HINGE, NULL, 0, 0, MARGINS(3, 2, 1.5, 1, .5, 0, 0));
    check_margins(LK_SQUARED_HINGE, NULL, 0, 0, MARGINS(9, 4, 2.25, 1, .25, 0, 0));
    check_margins(LK_MODIFIED_HUBER, NULL, 0, 0, MARGINS(8, 4, 2.25, 1, .25, 0, 0));
    check_margins(LK_PERCEPTRON, NULL, 0, 0, MARGINS(2, 1, .5, 0, 0, 0, 0));
    check_margins(LK_RAMP, PARAMS(-.5), 1, 0, MARGINS(1.5, 1.5, 1.5, 1, .5, 0, 0));
    check_margins(LK_RAMP, NULL, 0, 0, MARGINS(1.5, 1.5, 1.5, 1, .5, 0, 0));
    check_margins(LK_LOGISTIC, PARAMS(1), 1, 5e-5,
                  MARGINS(3.0685, 1.8946, 1.4053, 1, .6839, .4519, .1831));
    check_margins(LK_LOGISTIC, NULL, 0, 5e-5,
                  MARGINS(2.1269, 1.3133, .9741, .6931, .4741, .3133, .1269));
    check_margins(LK_EXPONENTIAL, NULL, 0, 5e-5,
                  MARGINS(7.3891, 2.7183, 1.6487, 1, .6065, .3679, .1353));
}

static void test_kinks(void **state)
{
    (void)state;
    const double one = 1, zero = 0;
    assert_true(evaluate(LK_HINGE, NULL, 0, 1, &one, &one, NULL).gradient[0] == 0);
    assert_true(evaluate(LK_PERCEPTRON, NULL, 0, 1, &zero, &one, NULL).gradient[0] == 0);
    assert_true(evaluate(LK_ABSOLUTE_ERROR, NULL, 0, 1, &one, &one, NULL).gradient[0] == 0);
    assert_true(value_at(LK_ZERO_ONE, PARAMS(.5), 1, .6, 1) == 0);
    assert_true(value_at(LK_ZERO_ONE, PARAMS(.5), 1, .4, 1) == 1);
    assert_true(value_at(LK_RAMP, PARAMS(-1), 1, -7, 1) == 2);
}

/* The sum over {1,2,3,4,5,100} of predictions that are all c. */
static double cost_of_constant(lk_loss loss, double c)
{
    static const double data[COUNT] = {1, 2, 3, 4, 5, 100};
    double x[COUNT];
    for (int i = 0; i < COUNT; i++) x[i] = c;
    return evaluate(loss, NULL, 0, COUNT, x, data, NULL).sum;
}

/* The constant that costs least: the best of a grid, for not all are convex, then golden-section
 * search around it. */
static double best_constant(lk_loss loss)
{
    double best = 0;
    for (double c = 0; c < 110; c += 0.25)
        if (cost_of_constant(loss, c) < cost_of_constant(loss, best)) best = c;
    double low = best - 0.25, high = best + 0.25;
    for (int step = 0; step < 80; step++) {
        const double part = (high - low) * 0.381966011250105;
        if (cost_of_constant(loss, low + part) < cost_of_constant(loss, high - part))
            high -= part;
        else
            low += part;
    }
    return (low + high) / 2;
}

static void test_best_constants(void **state)
{
    (void)state;
    check_near(best_constant(LK_SQUARED_ERROR), 115.0 / 6, 5e-5, "MSE");
    check_near(best_constant(LK_HUBER), 3.5, 5e-5, "huber");
    check_near(best_constant(LK_LOG_COSH), 3.5068, 5e-5, "log_cosh");
    check_near(best_constant(LK_TUKEY_BIWEIGHT), 3, 5e-5, "tukey_biweight");
    const double median = best_constant(LK_ABSOLUTE_ERROR);
    assert_true(median >= 3 && median <= 4);
    check_near(best_constant(LK_EXPECTILE), 115.0 / 6, 5e-5, "expectile");
}

static void test_outliers(void **state)
{
    (void)state;
    static const double errors[2][5] = {{0, 1, -2, -.5, 1.5}, {0, 1, 1, -2, 15}};
    static const double mae[] = {1, 3.8}, rmse[] = {1.2247, 6.7971}, zero[5];
    for (int k = 0; k < 2; k++) {
        const outcome a = evaluate(LK_ABSOLUTE_ERROR, NULL, 0, 5, errors[k], zero, NULL);
        const outcome s = evaluate(LK_SQUARED_ERROR, NULL, 0, 5, errors[k], zero, NULL);
        check_near(a.sum / 5, mae[k], 1e-15, "MAE");
        check_near(sqrt(s.sum / 5), rmse[k], 5e-5, "RMSE");
    }
}

/* Two losses that are one: factor * a = b at points that go through all branches. */
typedef struct identity {
    lk_loss a;
    int n_a;
    double params_a[2];
    double factor;
    lk_loss b;
    int n_b;
    double params_b[2];
} identity;

static const identity identities[] = {
    {LK_SMOOTH_L1, 1, {0.7}, 0.7, LK_HUBER, 1, {0.7}},
    {LK_SMOOTH_L1, 1, {25}, 25, LK_HUBER, 1, {25}},
    {LK_SMOOTH_L1, 1, {0}, 1, LK_ABSOLUTE_ERROR, 0, {0}},
    {LK_HUBER, 1, {1e12}, 2, LK_SQUARED_ERROR, 1, {0}},
    {LK_HUBER, 1, {1e12}, 1, LK_SQUARED_ERROR, 1, {1}},
    {LK_HUBER, 1, {1e-25}, 1e25, LK_ABSOLUTE_ERROR, 0, {0}},
    {LK_EXPECTILE, 1, {0.5}, 2, LK_SQUARED_ERROR, 1, {0}},
    {LK_QUANTILE, 1, {0.5}, 2, LK_ABSOLUTE_ERROR, 0, {0}},
    {LK_EPSILON_INSENSITIVE, 1, {0}, 1, LK_ABSOLUTE_ERROR, 0, {0}},
    {LK_BARRON, 2, {2, 1}, 2, LK_SQUARED_ERROR, 1, {0}},
    {LK_BARRON, 2, {1, 1}, 1, LK_PSEUDO_HUBER, 1, {1}},
    {LK_BARRON, 2, {-2, 0.5}, 0.25, LK_GEMAN_MCCLURE, 0, {0}},
    {LK_BARRON, 2, {0, 0.70710678118654752}, 0.5, LK_CAUCHY, 1, {1}},
    {LK_BARRON, 2, {-INFINITY, 0.70710678118654752}, 0.5, LK_WELSCH, 1, {1}},
    {LK_BARRON, 2, {1 + 1e-9, 1}, 1, LK_PSEUDO_HUBER, 1, {1}},
    {LK_BARRON, 2, {1e-9, 0.70710678118654752}, 0.5, LK_CAUCHY, 1, {1}},
    {LK_BARRON, 2, {2 - 1e-12, 1}, 2, LK_SQUARED_ERROR, 1, {0}},
    {LK_BARRON, 2, {-1e12, 0.70710678118654752}, 0.5, LK_WELSCH, 1, {1}},
};

static void test_identities(void **state)
{
    (void)state;
    static const double x[] = {-40, -7, -1.5, -0.6999, -0.3, -1e-3, 0, 2e-4, 0.5, 0.71, 3, 11, 90};
    enum { N = sizeof x / sizeof *x };
    static const double y[N];
    for (size_t k = 0; k < sizeof identities / sizeof *identities; k++) {
        const identity *i = &identities[k];
        const outcome a = evaluate(i->a, i->params_a, i->n_a, N, x, y, NULL);
        const outcome b = evaluate(i->b, i->params_b, i->n_b, N, x, y, NULL);
        const int limit = i->a == LK_BARRON && fabs(remainder(i->params_a[0], 1)) > 0;
        const double tolerance = limit || i->params_a[0] == -1e12 ? 1e-7 : 2e-14;
        for (int n = 0; n < N; n++) {
            char what[96];
            snprintf(what, sizeof what, "identity %zu at %g", k, x[n]);
            check_near(i->factor * a.value[n], b.value[n], tolerance * fmax(1, b.value[n]), what);
            check_near(i->factor * a.gradient[n], b.gradient[n],
                       tolerance * fmax(1, fabs(b.gradient[n])), what);
        }
    }
}

static void test_logit_identities(void **state)
{
    (void)state;
    for (double z = -45; z <= 45; z += 0.37)
        for (int t = 0; t <= 1; t++) {
            const double m = (2 * t - 1) * z, one = 1, target = t;
            const outcome a = evaluate(LK_SIGMOID_CROSS_ENTROPY, NULL, 0, 1, &z, &target, NULL);
            const outcome b = evaluate(LK_LOGISTIC, NULL, 0, 1, &m, &one, NULL);
            const outcome f = evaluate(LK_SIGMOID_FOCAL, PARAMS(0, .25), 2, 1, &z, &target, NULL);
            const double weight = t ? .25 : .75, tiny = 4e-15;
            check_near(a.value[0], b.value[0], tiny * b.value[0], "logistic");
            check_near(a.gradient[0], (2 * t - 1) * b.gradient[0], tiny * fabs(b.gradient[0]),
                       "logistic");
            check_near(f.value[0], weight * a.value[0], tiny * a.value[0], "focal, gamma 0");
            check_near(f.gradient[0], weight * a.gradient[0], tiny * fabs(a.gradient[0]),
                       "focal, gamma 0");
            check_near(f.curvature[0], weight * a.curvature[0], tiny * a.curvature[0],
                       "focal, gamma 0");
            const double g = value_at(LK_BALANCED_SIGMOID_CROSS_ENTROPY, PARAMS(.5), 1, z, target);
            check_near(2 * g, a.value[0], tiny * a.value[0], "balanced");
        }
    /* p_t = .9 costs a hundredth of the cross-entropy with gamma 2. */
    const double z = log(9);
    check_near(value_at(LK_SIGMOID_FOCAL, PARAMS(2, -1), 2, z, 1), 0.10536051565782630 / 100, 1e-17,
               "focal at p = .9");
}

/* Nothing is NaN; values are not negative for the losses that never are. */
static void check_ends(lk_loss loss, const double *params, int n_params, double y)
{
    static const double z[] = {1e30, -1e30, DBL_MAX, -DBL_MAX, 745, -745, 710, -710, 1e-310, -0.0};
    enum { N = sizeof z / sizeof *z };
    double target[N];
    for (int i = 0; i < N; i++) target[i] = y;
    const outcome o = evaluate(loss, params, n_params, N, z, target, NULL);
    for (int i = 0; i < N; i++)
        if (isnan(o.value[i]) || isnan(o.gradient[i]) || isnan(o.curvature[i]) || o.value[i] < 0)
            fail_msg("%s at %g, target %g: %g, %g, %g", lk_loss_describe(loss)->name, z[i], y,
                     o.value[i], o.gradient[i], o.curvature[i]);
}

static void test_saturation(void **state)
{
    (void)state;
    static const double gammas[] = {0, 1e-3, .5, .999, 1, 2, 64};
    for (int t = 0; t <= 1; t++) {
        for (int k = 0; k < 7; k++) check_ends(LK_SIGMOID_FOCAL, PARAMS(gammas[k], .25), 2, t);
        check_ends(LK_SIGMOID_CROSS_ENTROPY, NULL, 0, t);
        check_ends(LK_SIGMOID_CROSS_ENTROPY, PARAMS(2, .1), 2, t);
        check_ends(LK_BALANCED_SIGMOID_CROSS_ENTROPY, PARAMS(.3), 1, t);
        check_ends(LK_LOGISTIC, NULL, 0, 2 * t - 1);
        check_ends(LK_EXPONENTIAL, NULL, 0, 2 * t - 1);
        check_ends(LK_SQUARED_HINGE, NULL, 0, 2 * t - 1);
        check_ends(LK_MODIFIED_HUBER, NULL, 0, 2 * t - 1);
    }
    for (int loss = LK_SQUARED_ERROR; loss <= LK_GEMAN_MCCLURE; loss++)
        if (loss != LK_SQUARED_LOG_ERROR) check_ends((lk_loss)loss, NULL, 0, 0);
    static const double alphas[] = {2, 1.5, 1, 1e-3, 0, -2, -1e6, -INFINITY};
    for (int k = 0; k < 8; k++) check_ends(LK_BARRON, PARAMS(alphas[k], 1), 2, 0);
    check_near(value_at(LK_SIGMOID_CROSS_ENTROPY, NULL, 0, -1e30, 1), 1e30, 0, "far logit");
    check_near(value_at(LK_SIGMOID_FOCAL, PARAMS(2, -1), 2, -1e30, 1), 1e30, 0, "far logit");
    check_near(value_at(LK_LOGISTIC, NULL, 0, 1e30, -1), 1e30, 0, "far score");
}

/* The same in f32: one element of value and gradient. */
static void evaluate_f32(lk_loss loss, float x, float y, float *value, float *gradient)
{
    const int64_t n = 1;
    const lk_tensor input = lk_vector(&x, LK_F32, &n), target = lk_vector(&y, LK_F32, &n);
    const lk_tensor v = lk_vector(value, LK_F32, &n), g = lk_vector(gradient, LK_F32, &n);
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.value = &v;
    call.gradient = &g;
    const lk_loss_info *info = lk_loss_describe(loss);
    double params[LK_MAX_PARAMS];
    for (int k = 0; k < info->n_params; k++) params[k] = info->params[k].preset;
    assert_int_equal(lk_evaluate(loss, params, info->n_params, &call), LK_OK);
}

static void test_overflow(void **state)
{
    (void)state;
    float v, g;
    evaluate_f32(LK_EXPONENTIAL, -88.75f, 1, &v, &g);
    assert_true(v == INFINITY && g == -INFINITY);
    evaluate_f32(LK_EXPONENTIAL, -88.7f, 1, &v, &g);
    assert_true(v < INFINITY && v > 3e38f);
    evaluate_f32(LK_EXPONENTIAL, FLT_MAX, -1, &v, &g);
    assert_true(v == INFINITY && g == INFINITY);
    evaluate_f32(LK_LOG_COSH, 1e38f, 0, &v, &g);
    assert_true(v == 1e38f && g == 1);
    evaluate_f32(LK_LOG_COSH, -FLT_MAX, 0, &v, &g);
    assert_true(v == FLT_MAX && g == -1);
    evaluate_f32(LK_HUBER, 1e38f, 0, &v, &g);
    assert_true(v == 1e38f && g == 1);
    const double x[] = {-709.79, -709.78}, one[] = {1, 1};
    const outcome o = evaluate(LK_EXPONENTIAL, NULL, 0, 2, x, one, NULL);
    assert_true(o.value[0] == INFINITY && o.gradient[0] == -INFINITY);
    assert_true(o.value[1] < INFINITY);
    assert_true(value_at(LK_LOG_COSH, NULL, 0, 1e308, 0) == 1e308);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frameworks),
        cmocka_unit_test(test_margin_table),
        cmocka_unit_test(test_kinks),
        cmocka_unit_test(test_best_constants),
        cmocka_unit_test(test_outliers),
        cmocka_unit_test(test_identities),
        cmocka_unit_test(test_logit_identities),
        cmocka_unit_test(test_saturation),
        cmocka_unit_test(test_overflow),
    };
    return cmocka_run_group_tests_name("golden", tests, NULL, NULL);
}
