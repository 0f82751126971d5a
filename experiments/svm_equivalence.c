/* svm_equivalence.c: the soft-margin support vector machine is hinge loss with an L2 penalty. */
#include "design.h"
#include "equivalences.h"
#include "trial.h"

#include <math.h>
#include <stdlib.h>

static const double cost = 1; /* C */
/* Rows whose margin is 1 but for so much are taken to lie on the margin. */
static const double on_margin = 1e-6;

typedef struct machine {
    lk_dataset data;
    double *w, *rebuilt;                  /* [features] */
    double *score, *slack, *sign, *alpha; /* [rows]; sign: the label ±1 */
    double bias, primal;
    int64_t outside, on, inside; /* rows with m > 1, m = 1, m < 1 */
} machine;

static lk_status no_memory(void) { return lk_fail(LK_NO_MEMORY, "no memory for an SVM"); }

static lk_status make_room(machine *s)
{
    const size_t n = (size_t)s->data.rows, d = (size_t)s->data.features;
    s->w = calloc(2 * d + 4 * n, sizeof *s->w);
    if (!s->w) return no_memory();
    s->rebuilt = s->w + d;
    s->score = s->rebuilt + d;
    s->slack = s->score + n;
    s->sign = s->slack + n;
    s->alpha = s->sign + n;
    for (size_t i = 0; i < n; i++) s->sign[i] = s->data.target[i] > 0 ? 1 : -1;
    return LK_OK;
}

/* The objective that is minimised, mean loss + λ/2 |w|², is that of the SVM divided by n C. */
static lk_status train(const lk_dataset *data, lk_loss loss, lk_solver solver, double tolerance,
                       lk_linear_report *report, lk_model **model)
{
    lk_linear_options options = LK_LINEAR_OPTIONS_INIT;
    options.loss = loss;
    options.l2 = 1 / ((double)data->rows * cost);
    options.solver = solver;
    options.tolerance = tolerance;
    /* Its own choice, safe for the longest row, would take too many steps for a comparison. */
    if (solver == LK_SOLVER_SGD) options.learning_rate = 0.1;
    return lk_train_linear(data, &options, model, report);
}

/* 1/2 |w|² + C sum of the slacks, which are the hinge losses of the scores. */
static lk_status evaluate(machine *s, const lk_model *model)
{
    const int64_t n = s->data.rows, d = s->data.features;
    lk_tensor weight, bias;
    lk_status status = trial_tensor(model, "weight", &weight);
    if (!status) status = trial_tensor(model, "bias", &bias);
    if (!status) status = lk_model_predict(model, &s->data, s->score);
    if (status) return status;
    for (int64_t k = 0; k < d; k++) s->w[k] = ((const double *)weight.data)[k];
    s->bias = *(const double *)bias.data;
    const lk_tensor input = lk_vector(s->score, LK_F64, &n),
                    target = lk_vector(s->sign, LK_F64, &n),
                    value = lk_vector(s->slack, LK_F64, &n);
    lk_result sum;
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.value = &value;
    call.result = &sum;
    call.reduction = LK_SUM;
    status = lk_hinge(&call);
    s->primal = dot_product(d, s->w, s->w) / 2 + cost * sum.value;
    return status;
}

static void add_row(const machine *s, int64_t i, double factor, double *to)
{
    for (int64_t k = 0; k < s->data.features; k++)
        to[k] += factor * s->sign[i] * s->data.dense[i * s->data.features + k];
}

/* At the optimum α is 0 outside the margin and C inside it. On it α follows from
 * w = sum of α y x and 0 = sum of α y: equations, linear in these α, that are solved by least
 * squares. `equations` holds what the known α leave of the right-hand sides. */
static lk_status solve_alphas(machine *s, const int64_t *rows, lk_dataset *equations)
{
    const int64_t d = s->data.features, unknown = equations->features;
    for (int64_t j = 0; j < unknown; j++) {
        for (int64_t k = 0; k < d; k++)
            equations->dense[k * unknown + j] = s->sign[rows[j]] * s->data.dense[rows[j] * d + k];
        equations->dense[d * unknown + j] = s->sign[rows[j]];
    }
    lk_linear_options options = LK_LINEAR_OPTIONS_INIT;
    options.loss = LK_SQUARED_ERROR;
    options.solver = LK_SOLVER_QR;
    options.l2 = 0;
    options.bias = LK_BIAS_NONE;
    lk_model *model;
    lk_tensor weight;
    lk_status status = lk_train_linear(equations, &options, &model, NULL);
    if (status) return status;
    status = trial_tensor(model, "weight", &weight);
    for (int64_t j = 0; !status && j < unknown; j++)
        s->alpha[rows[j]] = ((const double *)weight.data)[j];
    lk_model_free(model);
    return status;
}

static lk_status find_alphas(machine *s)
{
    const int64_t d = s->data.features;
    lk_dataset equations;
    int64_t *rows = malloc((size_t)s->data.rows * sizeof *rows);
    if (!rows) return no_memory();
    for (int64_t i = 0; i < s->data.rows; i++) {
        const double margin = s->sign[i] * s->score[i];
        if (fabs(margin - 1) <= on_margin) {
            rows[s->on++] = i;
        } else if (margin < 1) {
            s->alpha[i] = cost;
            s->inside++;
        } else {
            s->outside++;
        }
    }
    lk_status status = trial_rows(d + 1, s->on, 0, &equations);
    for (int64_t k = 0; !status && k < d; k++) equations.target[k] = s->w[k];
    for (int64_t i = 0; !status && i < s->data.rows; i++) {
        if (s->alpha[i] == 0) continue;
        add_row(s, i, -s->alpha[i], equations.target);
        equations.target[d] -= s->alpha[i] * s->sign[i];
    }
    if (!status) status = solve_alphas(s, rows, &equations);
    lk_dataset_free(&equations);
    free(rows);
    return status;
}

/* Whether (w, b, ξ) and α solve the two quadratic programs: feasible, and of the same value. */
static void compare(experiment *x, machine *s)
{
    double sum = 0, balance = 0, least = 0, most = 0, idle = 0;
    for (int64_t i = 0; i < s->data.rows; i++) {
        const double a = s->alpha[i], margin = s->sign[i] * s->score[i];
        add_row(s, i, a, s->rebuilt);
        sum += a;
        balance += a * s->sign[i];
        least = fmin(least, a);
        most = fmax(most, a);
        idle += fabs(a * (margin - 1 + s->slack[i])) + fabs((cost - a) * s->slack[i]);
    }
    const double dual = sum - dot_product(s->data.features, s->rebuilt, s->rebuilt) / 2;
    table(x, "Rows by their margin m, at C = 1", "rows|how many|α|ξ");
    static const char *const names[] = {"m > 1", "m = 1", "m < 1"};
    static const char *const alphas[] = {"0", "0 to C", "C"};
    const int64_t counts[] = {s->outside, s->on, s->inside};
    for (int k = 0; k < 3; k++) {
        cell(x, "%s", names[k]);
        cell(x, "%lld", (long long)counts[k]);
        cell(x, "%s", alphas[k]);
        cell(x, "%s", k < 2 ? "0" : "1 − m");
    }
    check_near(x, dual, s->primal, 1e-6 * s->primal, "dual value of α against the primal value");
    check_at_most(x, once(fmax(-least, most - cost)), 1e-6, "how far α leaves 0 ≤ α ≤ C");
    check_near(x, balance, 0, 1e-6, "Σ αy, which the free bias wants to be 0");
    check_at_most(x, once(largest_difference(s->data.features, s->w, s->rebuilt)), 1e-6,
                  "w against Σ αyx");
    check_at_most(x, once(idle), 1e-4,
                  "Σ|α(m − 1 + ξ)| + |(C − α)ξ| with the hinge loss as ξ: complementary slackness");
}

/* What other ways of minimising hinge, and squared hinge, come to: relative to the dual solver. */
static lk_status try_others(experiment *x, const machine *s, double hinge)
{
    static const struct {
        lk_loss loss;
        lk_solver solver;
        double tolerance;
    } others[] = {{LK_HINGE, LK_SOLVER_SGD, 0},
                  {LK_SQUARED_HINGE, LK_SOLVER_DUAL, 1e-10},
                  {LK_SQUARED_HINGE, LK_SOLVER_NEWTON, 1e-10}};
    lk_linear_report reports[3];
    for (int k = 0; k < 3; k++) {
        lk_model *model;
        const lk_status status = train(&s->data, others[k].loss, others[k].solver,
                                       others[k].tolerance, &reports[k], &model);
        if (status) return status;
        lk_model_free(model);
    }
    check_at_least(x, once(reports[0].objective / hinge), 1 - 1e-9,
                   "hinge minimised by stochastic gradient descent, relative to the dual solver");
    check_at_most(x, once(reports[0].objective / hinge), 1.01, "the same: no more than 1 %% above");
    check_near(x, reports[2].objective / reports[1].objective, 1, 1e-7,
               "squared hinge minimised by Newton's method, relative to the dual solver");
    return LK_OK;
}

static lk_status run_machine(experiment *x, machine *s)
{
    lk_model *model;
    lk_linear_report report;
    lk_status status = train(&s->data, LK_HINGE, LK_SOLVER_DUAL, 1e-11, &report, &model);
    if (status) return status;
    status = evaluate(s, model);
    lk_model_free(model);
    if (!status) status = find_alphas(s);
    if (status) return status;
    check_at_most(x, once(report.gap / report.objective), 1e-9,
                  "primal minus dual value that the dual solver reports, relative");
    check_near(x, s->primal, report.objective * (double)s->data.rows * cost, 1e-10 * s->primal,
               "½|w|² + CΣξ from the weights, against nC times the objective that was minimised");
    compare(x, s);
    return try_others(x, s, report.objective);
}

lk_status show_support_vectors(experiment *x)
{
    trial_data parts;
    heading(x, "The soft-margin SVM is hinge loss with an L2 penalty");
    lk_status status =
        trial_split(experiment_data(x, "breast_cancer"), 0.2, LK_SCALE_STANDARD, 1, &parts);
    if (status) return status;
    tell(x,
         "The SVM allows each row a slack ξ and pays C for it. The smallest slack that a row can "
         "do with is its hinge loss, so that the SVM is mean hinge loss with λ = 1/(nC): here n = "
         "%lld, C = %g. It is solved once; the multipliers α of the dual program are then found "
         "from the weights alone, not taken from the solver, and show by weak duality that "
         "nothing is better: every feasible α has a value below every feasible (w, b, ξ).",
         (long long)parts.train.rows, cost);
    formula(x, "\\min_{w,b,\\xi}\\tfrac12\\lVert w\\rVert^2+C\\textstyle\\sum_i\\xi_i\\;\\;"
               "\\text{with }y_i(w\\cdot x_i+b)\\ge1-\\xi_i,\\;\\xi_i\\ge0\\qquad="
               "\\qquad\\max_\\alpha\\textstyle\\sum_i\\alpha_i-\\tfrac12\\lVert"
               "\\textstyle\\sum_i\\alpha_iy_ix_i\\rVert^2\\;\\;"
               "\\text{with }0\\le\\alpha_i\\le C,\\;\\textstyle\\sum_i\\alpha_iy_i=0");
    machine s = {.data = parts.train};
    status = make_room(&s);
    if (!status) status = run_machine(x, &s);
    free(s.w);
    trial_free(&parts);
    return status;
}
