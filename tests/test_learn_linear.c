/* Linear models against optima that SciPy and scikit-learn found (tests/conformance/). */
#include "support/learn_linear_data.h"

#include <math.h>
#include <string.h>

/* A duality gap that leaves the objective within the tolerance of the case; the presets of others.
 */
static double tolerance_of(lk_loss loss, double l1)
{
    const int smooth = (lk_loss_describe(loss)->traits & LK_DIFFERENTIABLE) != 0;
    return l1 > 0 || (smooth && loss != LK_SQUARED_HINGE) ? 0 : 1e-9;
}

static lk_linear_options options_of(const linear_case *c)
{
    lk_linear_options o = LK_LINEAR_OPTIONS_INIT;
    o.loss = lk_loss_by_name(c->loss);
    o.params = c->params;
    o.n_params = c->n_params;
    o.l1 = c->l1;
    o.l2 = c->l2;
    o.bias = c->bias;
    o.tolerance = tolerance_of(o.loss, c->l1);
    return o;
}

static void check_coefficients(const linear_case *c, const lk_model *m)
{
    lk_model_info info;
    lk_model_describe(m, &info);
    const int64_t weights = info.outputs * info.features;
    const double *weight = array_of(m, "weight"), *bias = array_of(m, "bias");
    for (int k = 0; k < c->n_x; k++) {
        const double x = k < weights ? weight[k] : bias[k - weights];
        if (c->l1 > 0 && c->x[k] == 0 ? x != 0 : !(fabs(x - c->x[k]) <= 1e-4))
            fail_msg("%s: coefficient %d is %.9g; scikit-learn's is %.9g", c->text, k, x, c->x[k]);
    }
}

static void check_case(const linear_case *c, const lk_dataset *data)
{
    const lk_linear_options options = options_of(c);
    lk_linear_report report;
    lk_model *m;
    if (lk_train_linear(data, &options, &m, &report)) fail_msg("%s: %s", c->text, lk_last_error());
    const double off = report.objective - c->objective;
    if (!(fabs(off) <= c->tolerance * fmax(fabs(c->objective), 1)))
        fail_msg("%s: %s: the objective is %.15g, off by %g", c->text,
                 lk_solver_name(report.solver), report.objective, off);
    if (!report.converged)
        fail_msg("%s: %s has not converged in %lld iterations, gradient %g", c->text,
                 lk_solver_name(report.solver), (long long)report.iterations, report.gradient);
    check_coefficients(c, m);
    lk_model_free(m);
}

static void reaches_the_optimum(void **state)
{
    const linear_data *d = *state;
    for (int k = 0; k < d->n_cases; k++) {
        lk_dataset data = linear_dataset(d, &d->cases[k], 0);
        check_case(&d->cases[k], &data);
        lk_dataset_free(&data);
    }
}

static void sparse_rows_reach_the_same(void **state)
{
    const linear_data *d = *state;
    for (int k = 0; k < d->n_cases; k++) {
        if (!strcmp(d->cases[k].loss, "large_margin_softmax")) continue;
        lk_dataset data = linear_dataset(d, &d->cases[k], 1);
        check_case(&d->cases[k], &data);
        lk_dataset_free(&data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reaches_the_optimum),
        cmocka_unit_test(sparse_rows_reach_the_same),
    };
    return cmocka_run_group_tests(tests, linear_setup, linear_teardown);
}
