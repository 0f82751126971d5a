/* linear_train.c: which solver a linear model is trained by, and the model of its solution. */
#include "clock.h"
#include "linear_smooth.h"
#include "model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    lk_linear_solver *solve;
} solvers[] = {
    [LK_SOLVER_AUTO] = {"auto", NULL},
    [LK_SOLVER_DUAL] = {"dual", lk_solve_dual},
    [LK_SOLVER_NEWTON] = {"newton", lk_solve_newton},
    [LK_SOLVER_LBFGS] = {"lbfgs", lk_solve_lbfgs},
    [LK_SOLVER_PROXIMAL] = {"proximal", lk_solve_proximal},
    [LK_SOLVER_SGD] = {"sgd", lk_solve_sgd},
    [LK_SOLVER_QR] = {"qr", lk_solve_qr},
    [LK_SOLVER_IRLS] = {"irls", lk_solve_irls},
    [LK_SOLVER_CCCP] = {"cccp", lk_solve_cccp},
};
enum { SOLVERS = sizeof solvers / sizeof *solvers, MOST_QR_FEATURES = 1000 };

const char *lk_solver_name(lk_solver solver)
{
    const size_t k = (size_t)solver;
    return k < SOLVERS ? solvers[k].name : NULL;
}

/* ---- what losses need ---------------------------------------------------------------------------
 */

static int is_quadratic(lk_loss loss)
{
    return loss == LK_SQUARED_ERROR || loss == LK_GAUSSIAN_NLL;
}

/* Robust losses that pull an outlier the less the farther it is. */
static int forgets(const lk_linear_problem *p)
{
    switch (p->loss) {
    case LK_TUKEY_BIWEIGHT:
    case LK_CAUCHY:
    case LK_WELSCH:
    case LK_GEMAN_MCCLURE:
        return 1;
    case LK_BARRON:
        return p->params[0] < 1;
    default:
        return 0;
    }
}

static int has_dual(lk_loss loss)
{
    switch (loss) {
    case LK_HINGE:
    case LK_SQUARED_HINGE:
    case LK_PERCEPTRON:
    case LK_EPSILON_INSENSITIVE:
    case LK_ABSOLUTE_ERROR:
    case LK_QUANTILE:
    case LK_MULTICLASS_HINGE:
        return 1;
    default:
        return 0;
    }
}

/* A linear layer whose weights alone make the scores. */
static int is_layer(lk_loss loss)
{
    return loss == LK_LARGE_MARGIN_SOFTMAX || loss == LK_ARCFACE || loss == LK_COSFACE;
}

static int is_differentiable(const lk_linear_problem *p, const lk_loss_info *info)
{
    if (p->loss == LK_MULTICLASS_HINGE) return p->params[2] >= 1.5 && lround(p->params[0]) != 1;
    if (p->loss == LK_SMOOTH_L1 && p->params[0] == 0) return 0; /* absolute error */
    return is_layer(p->loss) || (info->traits & LK_DIFFERENTIABLE) != 0;
}

/* ---- the choice of the solver -------------------------------------------------------------------
 */

static lk_solver choose_primal(const lk_linear_problem *p)
{
    const lk_loss_info *info = lk_loss_describe(lk_loss_of_scores(p->loss));
    if (!is_differentiable(p, info)) return LK_SOLVER_SGD;
    if (p->l1 > 0) return LK_SOLVER_PROXIMAL;
    if (is_quadratic(p->loss) && p->data->dense && p->data->features <= MOST_QR_FEATURES)
        return LK_SOLVER_QR;
    if (forgets(p)) return LK_SOLVER_IRLS;
    const int convex = (info->traits & LK_CONVEX) != 0;
    return lk_smooth_is_curved(info) && (convex || info->kind == LK_KIND_POINTWISE)
               ? LK_SOLVER_NEWTON
               : LK_SOLVER_LBFGS;
}

static lk_solver choose(const lk_linear_problem *p)
{
    if (p->l1 == 0 && p->loss == LK_RAMP) return LK_SOLVER_CCCP;
    return p->l1 == 0 && has_dual(p->loss) ? LK_SOLVER_DUAL : choose_primal(p);
}

/* Why the solver cannot take the problem, or NULL. */
static const char *obstacle(const lk_linear_problem *p, lk_solver solver)
{
    const lk_loss_info *info = lk_loss_describe(lk_loss_of_scores(p->loss));
    if (p->l1 > 0 && solver != LK_SOLVER_PROXIMAL && solver != LK_SOLVER_SGD)
        return "it takes no l1 penalty; proximal and sgd do";
    if (solver == LK_SOLVER_QR && !is_quadratic(p->loss)) return "it solves least squares alone";
    if (solver == LK_SOLVER_QR && !p->data->dense) return "it takes dense rows alone; newton does";
    if (solver == LK_SOLVER_IRLS && !forgets(p))
        return "it is for robust losses that are not convex";
    if (solver == LK_SOLVER_CCCP && p->loss != LK_RAMP) return "it is for the ramp loss";
    const int smooth =
        solver == LK_SOLVER_NEWTON || solver == LK_SOLVER_LBFGS || solver == LK_SOLVER_PROXIMAL;
    if (smooth && !is_differentiable(p, info)) return "the loss has kinks; sgd takes it";
    if (solver == LK_SOLVER_NEWTON && !lk_smooth_is_curved(info))
        return "the loss does not tell its Hessian; lbfgs needs none";
    return NULL;
}

static lk_status solve(const lk_linear_problem *p, lk_solver wanted, double *x,
                       lk_linear_report *report)
{
    report->solver = wanted == LK_SOLVER_AUTO ? choose(p) : wanted;
    const char *reason = obstacle(p, report->solver);
    if (reason)
        return lk_fail(LK_UNSUPPORTED, "train: the solver %s cannot train %s: %s",
                       solvers[report->solver].name, lk_loss_describe(p->loss)->name, reason);
    double *bias = x + p->outputs * p->data->features;
    lk_status status = solvers[report->solver].solve(p, x, bias, report);
    /* What has no dual with this penalty or bias is left to those that need none. */
    const int in_dual = report->solver == LK_SOLVER_DUAL || report->solver == LK_SOLVER_CCCP;
    if (status == LK_UNSUPPORTED && wanted == LK_SOLVER_AUTO && in_dual) {
        const lk_solver other = choose_primal(p);
        *report = (lk_linear_report){.solver = other};
        memset(x, 0, (size_t)(p->outputs * (p->data->features + 1)) * sizeof *x);
        status = solvers[other].solve(p, x, bias, report);
    }
    return status;
}

/* ---- checks -------------------------------------------------------------------------------------
 */

static lk_status check_numbers(const lk_linear_options *o)
{
    if (!(o->l1 >= 0 && o->l1 < HUGE_VAL))
        return lk_fail(LK_INVALID, "train: l1 = %g; expected a number that is not negative", o->l1);
    if (!(o->l2 >= 0 && o->l2 < HUGE_VAL))
        return lk_fail(LK_INVALID, "train: l2 = %g; expected a number that is not negative", o->l2);
    if (!(o->tolerance >= 0 && o->tolerance < 1))
        return lk_fail(LK_INVALID, "train: tolerance = %g; expected one in [0, 1)", o->tolerance);
    if (o->iterations < 0 || o->iterations > INT32_MAX)
        return lk_fail(LK_INVALID, "train: iterations = %lld; expected 0 to %d",
                       (long long)o->iterations, INT32_MAX);
    if (!(o->learning_rate >= 0 && o->learning_rate < HUGE_VAL))
        return lk_fail(LK_INVALID, "train: learning_rate = %g; expected a number above 0, or 0",
                       o->learning_rate);
    if (o->batch < 1)
        return lk_fail(LK_INVALID, "train: batch = %lld; expected at least 1", (long long)o->batch);
    if ((unsigned)o->bias > LK_BIAS_NONE)
        return lk_fail(LK_INVALID, "train: there is no rule %d for the bias", (int)o->bias);
    if (!lk_solver_name(o->solver))
        return lk_fail(LK_INVALID, "train: there is no solver %d", (int)o->solver);
    return LK_OK;
}

/* Losses of scores that are of no use to a linear model. */
static lk_status check_loss(const lk_linear_problem *p, const lk_loss_info *info)
{
    const char *name = info->name;
    if (info->kind == LK_KIND_REGION || p->loss == LK_SOFTMAX || p->loss == LK_LOG_SOFTMAX)
        return lk_fail(LK_UNSUPPORTED, "train: %s is no loss of single rows", name);
    if (p->loss == LK_ZERO_ONE)
        return lk_fail(
            LK_UNSUPPORTED,
            "train: zero_one has no slope to descend; hinge and logistic stand in for it");
    if (p->loss == LK_NLL)
        return lk_fail(LK_UNSUPPORTED,
                       "train: nll takes log-probabilities, which linear scores are "
                       "not; softmax_cross_entropy is the same of scores");
    if (p->loss == LK_BINARY_CROSS_ENTROPY)
        return lk_fail(LK_UNSUPPORTED, "train: binary_cross_entropy takes probabilities, which "
                                       "linear scores are not; sigmoid_cross_entropy is the same "
                                       "of scores");
    const int divergence = p->loss == LK_KL_DIVERGENCE || p->loss == LK_JS_DIVERGENCE;
    if (divergence && p->params[0] == 0)
        return lk_fail(LK_UNSUPPORTED,
                       "train: %s with logits = 0 takes log-probabilities, which linear scores are "
                       "not; set logits = 1",
                       name);
    if (!is_layer(p->loss)) return LK_OK;
    if (p->bias != LK_BIAS_NONE)
        return lk_fail(LK_UNSUPPORTED, "train: %s has no bias; ask for none", name);
    if (!p->data->dense) return lk_fail(LK_UNSUPPORTED, "train: %s takes dense rows alone", name);
    if (p->loss != LK_LARGE_MARGIN_SOFTMAX && (p->l2 > 0 || p->l1 > 0))
        return lk_fail(LK_UNSUPPORTED,
                       "train: %s does not depend on the length of a class's weights, so that a "
                       "penalty has no minimum; set l2 = 0 and l1 = 0",
                       name);
    return LK_OK;
}

/* ---- training -----------------------------------------------------------------------------------
 */

/* Zeros, but where the loss has no gradient there. */
static void choose_start(const lk_linear_problem *p, double *x)
{
    const int64_t weights = p->outputs * p->data->features;
    memset(x, 0, (size_t)(weights + p->outputs) * sizeof *x);
    if (!is_layer(p->loss)) return;
    lk_random random = {lk_random_stream(p->seed, 0)};
    for (int64_t k = 0; k < weights; k++)
        x[k] = lk_random_normal(&random) / sqrt((double)p->data->features);
}

/* Scores of angles compare classes by weights of length 1. */
static void make_unit(const lk_linear_problem *p, double *x)
{
    const int64_t d = p->data->features;
    for (int64_t c = 0; c < p->outputs; c++) {
        double square = 0;
        for (int64_t k = 0; k < d; k++) square += x[c * d + k] * x[c * d + k];
        for (int64_t k = 0; square > 0 && k < d; k++) x[c * d + k] /= sqrt(square);
    }
}

static void add_report(lk_linear_report *sum, const lk_linear_report *one)
{
    sum->solver = one->solver;
    sum->objective += one->objective;
    sum->gap += one->gap;
    sum->gradient =
        one->gradient > sum->gradient || isnan(one->gradient) ? one->gradient : sum->gradient;
    sum->iterations += one->iterations;
    sum->converged &= one->converged;
    sum->stopped |= one->stopped;
}

/* Outputs [first, first + p->outputs) of the model. */
static lk_status train_outputs(lk_linear_problem *p, const lk_linear_options *options,
                               int64_t first, double *target, double *x, lk_model *m,
                               lk_linear_report *sum)
{
    const int64_t d = p->data->features, weights = p->outputs * d;
    lk_code_targets(p->loss, p->data, first, target);
    choose_start(p, x);
    lk_linear_report report = {.gap = NAN};
    const lk_status status = solve(p, options->solver, x, &report);
    if (status) return status;
    if (p->loss == LK_ARCFACE || p->loss == LK_COSFACE) make_unit(p, x);
    double *weight = lk_model_find(m, "weight")->data;
    memcpy(weight + first * d, x, (size_t)weights * sizeof *x);
    if (p->bias != LK_BIAS_NONE) {
        double *bias = lk_model_find(m, "bias")->data;
        memcpy(bias + first, x + weights, (size_t)p->outputs * sizeof *x);
    }
    add_report(sum, &report);
    return LK_OK;
}

static lk_status train(lk_linear_problem *p, const lk_linear_options *options, lk_model *m,
                       lk_linear_report *report)
{
    const int64_t shape[] = {m->outputs, m->features};
    if (!lk_model_add(m, "weight", LK_F64, 2, shape)) return LK_NO_MEMORY;
    if (p->bias != LK_BIAS_NONE && !lk_model_add(m, "bias", LK_F64, 1, shape)) return LK_NO_MEMORY;
    double *target = malloc((size_t)p->data->rows * sizeof *target);
    double *x = malloc((size_t)(p->outputs * (m->features + 1)) * sizeof *x);
    lk_status status = LK_OK;
    if (!target || !x) status = lk_fail(LK_NO_MEMORY, "train: no memory for the targets");
    p->target = target;
    *report = (lk_linear_report){.converged = 1};
    for (int64_t k = 0; !status && !report->stopped && k < m->outputs; k += p->outputs)
        status = train_outputs(p, options, k, target, x, m, report);
    free(target);
    free(x);
    return status;
}

lk_status lk_train_linear(const lk_dataset *data, const lk_linear_options *options, lk_model **out,
                          lk_linear_report *report)
{
    lk_linear_report unread;
    if (!report) report = &unread;
    *out = NULL;
    *report = (lk_linear_report){.converged = 0};
    lk_status status =
        lk_check_options("train", "LK_LINEAR_OPTIONS_INIT", options->size, sizeof *options);
    if (!status) status = lk_check_training(data);
    if (!status) status = check_numbers(options);
    const int64_t outputs = status ? 0 : lk_outputs_of(options->loss, data);
    if (status || !outputs) return status ? status : LK_INVALID;
    const lk_loss_info *info = lk_loss_describe(options->loss);
    if (options->n_params != 0 && options->n_params != info->n_params)
        return lk_fail(LK_INVALID, "train: %s takes %d parameters; there are %d", info->name,
                       info->n_params, options->n_params);
    lk_model *m = lk_model_new(LK_MODEL_LINEAR, data, options->loss, options->params,
                               options->n_params, outputs);
    if (!m) return LK_NO_MEMORY;
    lk_linear_problem p = {.data = data,
                           .loss = options->loss,
                           .params = m->params,
                           .n_params = m->n_params,
                           .l1 = options->l1,
                           .l2 = options->l2,
                           .bias = options->bias,
                           .outputs = info->kind == LK_KIND_POINTWISE ? 1 : outputs,
                           .weight = data->weight,
                           .tolerance = options->tolerance,
                           .iterations = options->iterations,
                           .seed = options->seed,
                           .learning_rate = options->learning_rate,
                           .batch = options->batch,
                           .start = lk_clock(),
                           .progress = options->progress,
                           .context = options->context};
    status = check_loss(&p, info);
    if (!status) status = train(&p, options, m, report);
    if (status) {
        lk_model_free(m);
        *report = (lk_linear_report){.converged = 0};
        return status;
    }
    *out = m;
    return LK_OK;
}
