/* dual.c: dual coordinate descent. Hsieh et al., ICML 2008; Ho and Lin, JMLR 13 (2012) 3323.
 *
 * Divided by l2 the objective is P(w) = 1/2 |w|^2 + sum of C_i loss(z_i) + t_i z_i with scores
 * z_i = w . x_i, C_i = weight_i / (n l2) and t_i = shift_i / (n l2). The losses served here have
 * conjugates that are linear or quadratic on an interval, so that with w = sum of (a_i - t_i) x_i
 *
 *     P(w) >= D(a) = sum of p_i a_i - tube |a_i| - 1/2 bend_i a_i^2  -  1/2 |w|^2,
 *     low_i <= a_i <= high_i,
 *
 * with equality at the solution. The descent maximises D exactly over one a_i at a time. The slope
 * of D in a_i is p_i - z_i - bend_i a_i, less the tube's.
 *
 * A penalised bias is the weight of a feature that is always 1. A free bias makes D finite only
 * where s = sum of (a_i - t_i) is 0. That is met by multipliers: the bias is the weight of a
 * feature that is always sqrt(rho), counted from a centre, b = centre + rho s, and after each pass
 * the centre moves to b (Hestenes, J. Optim. Theory Appl. 4 (1969) 303; the proximal point method
 * in b). Before the gap is measured, the a_i of the sign that outweighs the other are scaled down
 * until s = 0: then D bounds the objective from below, as it does in the other cases. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linear_problem.h"
#include "sample_rows.h"

enum { DUAL_PASSES = 100000 };
static const double DUAL_TOLERANCE = 1e-2, DUAL_THRESHOLD = 0.02;

/* The conjugate of a loss, for C = 1; margin losses for the label +1 (the other is its mirror
 * image). linear: of margin losses p; otherwise p is the target. */
typedef struct dual_form {
    double low, high, linear, tube, bend;
} dual_form;

/* low == high: unknown. */
static dual_form form_of(lk_loss loss, const double *p)
{
    switch (loss) {
    case LK_HINGE:
        return (dual_form){0, 1, 1, 0, 0};
    case LK_SQUARED_HINGE:
        return (dual_form){0, HUGE_VAL, 1, 0, 0.5};
    case LK_MODIFIED_HUBER:
        return (dual_form){0, 4, 1, 0, 0.5};
    case LK_PERCEPTRON:
        return (dual_form){0, 1, 0, 0, 0};
    case LK_EPSILON_INSENSITIVE:
        return (dual_form){-1, 1, 0, p[0], 0};
    case LK_ABSOLUTE_ERROR:
        return (dual_form){-1, 1, 0, 0, 0};
    case LK_QUANTILE:
        return (dual_form){p[0] - 1, p[0], 0, 0, 0};
    case LK_HUBER:
        return (dual_form){-p[0], p[0], 0, 0, 1};
    default:
        return (dual_form){0, 0, 0, 0, 0};
    }
}

typedef struct dual_variable {
    double a, low, high, linear, bend;
    double inverse; /* 1 / (|x|^2 + rho + bend) */
} dual_variable;

typedef struct dual_state {
    const lk_linear_problem *problem;
    dual_variable *variables; /* [rows] */
    int64_t *order;           /* [rows]: active rows first, then those that shrinking left out */
    int64_t active, used;     /* used: rows that have a weight */
    double *w, bias, rho, tube;
    double excess;    /* sum of (a - t) */
    double violation; /* largest slope that the pass before found on a way that is open */
    double *scores;   /* [rows] */
    double scale;     /* 1 / (n l2) */
    double steepest;  /* slope of D at a = 0 where the shifts are 0 */
    lk_random random;
} dual_state;

static double shift_of(const dual_state *s, int64_t i)
{
    return s->problem->shift ? s->problem->shift[i] * s->scale : 0;
}

static void set_variable(dual_state *s, const dual_form *f, int margin, int64_t i)
{
    const lk_linear_problem *p = s->problem;
    dual_variable *v = &s->variables[i];
    const double c = (p->weight ? p->weight[i] : 1) * s->scale, y = p->target[i];
    const int mirrored = margin && y < 0;
    v->a = 0;
    v->low = c > 0 ? (mirrored ? -c * f->high : c * f->low) : 0;
    v->high = c > 0 ? (mirrored ? -c * f->low : c * f->high) : 0;
    v->linear = margin ? y * f->linear : y;
    v->bend = c > 0 ? f->bend / c : 0;
    const double q = lk_row_square(lk_row_of(p->data, i)) + s->rho + v->bend;
    v->inverse = 1 / fmax(q, DBL_MIN); /* of an empty row: a step to the end of the interval */
    if (v->low < v->high) s->order[s->used++] = i;
    s->steepest = fmax(s->steepest, fabs(v->linear) - f->tube);
}

/* The multiplier method wants rho of the size of |x|^2: less makes the centre slow, more makes the
 * rows' problems depend on each other through the bias alone. */
static double rho_of(const lk_linear_problem *p)
{
    if (p->bias != LK_BIAS_FREE) return p->bias == LK_BIAS_PENALISED;
    double squares = 0;
    for (int64_t i = 0; i < p->data->rows; i++) squares += lk_row_square(lk_row_of(p->data, i));
    return squares > 0 ? squares / (double)p->data->rows : 1;
}

/* ---- the descent --------------------------------------------------------------------------------
 */

/* The a that maximises D along one variable, from v->a, where D has the slope `slope` without the
 * tube and `open` with it, not 0. */
static double best_of(const dual_variable *v, double slope, double open, double tube)
{
    double a = v->a + open * v->inverse;
    if (v->a * a < 0) { /* past 0 the tube pulls the other way */
        const double beyond = v->a + (slope + copysign(tube, v->a)) * v->inverse;
        a = v->a * beyond < 0 ? beyond : 0;
    }
    return a < v->low ? v->low : a > v->high ? v->high : a;
}

/* The next row is anywhere in memory. */
static void prefetch_row(const lk_dataset *data, int64_t i)
{
#if defined(__GNUC__)
    const lk_sample_row r = lk_row_of(data, i);
    __builtin_prefetch(r.values);
    if (r.columns) __builtin_prefetch(r.columns);
#else
    (void)data, (void)i;
#endif
}

/* One pass over the active rows in random order. A row is left out until the next measurement of
 * the gap when every way is closed, by an end of its interval or by a slope against it that is
 * steeper than any open one of the pass before. */
static void pass(dual_state *s)
{
    const lk_dataset *data = s->problem->data;
    const double limit = s->violation, tube = s->tube;
    double violation = 0;
    lk_random_shuffle(&s->random, s->active, s->order);
    for (int64_t k = 0; k < s->active; k++) {
        const int64_t i = s->order[k];
        if (k + 2 < s->active) prefetch_row(data, s->order[k + 2]);
        dual_variable *v = &s->variables[i];
        const lk_sample_row row = lk_row_of(data, i);
        const double slope = v->linear - (lk_row_dot(row, s->w) + s->bias) - v->bend * v->a;
        const double up = v->a >= 0 ? slope - tube : slope + tube;
        const double down = v->a > 0 ? slope - tube : slope + tube;
        const int at_low = v->a <= v->low, at_high = v->a >= v->high;
        const double open = !at_high && up > 0 ? up : !at_low && down < 0 ? down : 0;
        if (open == 0) {
            if ((at_high || up < -limit) && (at_low || down > limit)) {
                s->order[k--] = s->order[--s->active];
                s->order[s->active] = i;
            }
            continue;
        }
        violation = fmax(violation, fabs(open));
        const double a = best_of(v, slope, open, tube), step = a - v->a;
        v->a = a;
        lk_row_add(row, step, s->w);
        s->bias += s->rho * step;
        s->excess += step;
    }
    if (s->problem->bias == LK_BIAS_FREE) {
        violation = fmax(violation, fabs(s->rho * s->excess));
        s->bias += s->rho * s->excess;
    }
    s->violation = violation;
}

/* ---- the gap ------------------------------------------------------------------------------------
 */

/* Scales the a of one sign so that their sum is that of t; 0 when that cannot be. */
static int balance(dual_state *s)
{
    double above = 0, below = 0, wanted = 0;
    for (int64_t i = 0; i < s->problem->data->rows; i++) {
        const double a = s->variables[i].a;
        above += a > 0 ? a : 0;
        below += a < 0 ? -a : 0;
        wanted += shift_of(s, i);
    }
    const int too_high = above - below > wanted;
    const double sum = too_high ? above : below;
    const double left = too_high ? below + wanted : above - wanted;
    if (sum > 0 && left >= 0)
        for (int64_t i = 0; i < s->problem->data->rows; i++) {
            double *a = &s->variables[i].a;
            if (*a != 0 && (*a > 0) == too_high) *a *= left / sum;
        }
    return sum == 0 ? left == 0 : left >= 0;
}

/* w, bias and excess from the a: sums of many small steps forget their last digits. */
static void refresh(dual_state *s)
{
    const lk_linear_problem *p = s->problem;
    memset(s->w, 0, (size_t)p->data->features * sizeof *s->w);
    double excess = 0;
    for (int64_t i = 0; i < p->data->rows; i++) {
        const double a = s->variables[i].a - shift_of(s, i);
        if (a == 0) continue;
        lk_row_add(lk_row_of(p->data, i), a, s->w);
        excess += a;
    }
    if (p->bias == LK_BIAS_FREE)
        s->excess = 0; /* but for rounding */
    else
        s->bias = s->rho * (s->excess = excess);
}

static lk_status primal_objective(dual_state *s, double *out)
{
    const lk_linear_problem *p = s->problem;
    const int64_t n = p->data->rows;
    lk_rows_times(p->data, s->w, s->bias, s->scores);
    const lk_tensor input = lk_vector(s->scores, LK_F64, &n);
    const lk_tensor target = lk_vector(p->target, LK_F64, &n);
    const lk_tensor weight = lk_vector(p->weight, LK_F64, &n);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.weight = p->weight ? &weight : NULL;
    call.result = &result;
    call.reduction = LK_SUM;
    const lk_status status = lk_evaluate(p->loss, p->params, p->n_params, &call);
    if (status) return status;
    double sum = result.value, square = p->bias == LK_BIAS_PENALISED ? s->bias * s->bias : 0;
    for (int64_t i = 0; p->shift && i < n; i++) sum += p->shift[i] * s->scores[i];
    for (int64_t k = 0; k < p->data->features; k++) square += s->w[k] * s->w[k];
    *out = sum / (double)n + 0.5 * p->l2 * square;
    return LK_OK;
}

static double dual_objective(const dual_state *s)
{
    const lk_linear_problem *p = s->problem;
    double sum = 0, square = p->bias == LK_BIAS_PENALISED ? s->bias * s->bias : 0;
    for (int64_t i = 0; i < p->data->rows; i++) {
        const dual_variable *v = &s->variables[i];
        sum += (v->linear - 0.5 * v->bend * v->a) * v->a - s->tube * fabs(v->a);
    }
    for (int64_t k = 0; k < p->data->features; k++) square += s->w[k] * s->w[k];
    return p->l2 * (sum - 0.5 * square);
}

static lk_status measure(dual_state *s, lk_linear_report *r)
{
    const int bounds = s->problem->bias != LK_BIAS_FREE || balance(s);
    refresh(s);
    const lk_status status = primal_objective(s, &r->objective);
    r->gap = bounds ? r->objective - dual_objective(s) : HUGE_VAL;
    return status;
}

/* Passes over fewer and fewer rows until the violation is below a threshold; then over all rows
 * again, until one such pass stays below it. Only then the gap is measured, and the threshold
 * lowered by what the gap still lacks. */
static lk_status descend(dual_state *s, lk_linear_report *r)
{
    const lk_linear_problem *p = s->problem;
    const double tolerance = p->tolerance > 0 ? p->tolerance : DUAL_TOLERANCE;
    const int64_t most = p->iterations > 0 ? p->iterations : DUAL_PASSES;
    double threshold = DUAL_THRESHOLD * s->steepest;
    lk_status status = measure(s, r);
    const double rounding = 16 * DBL_EPSILON * fabs(r->objective); /* of the objective at w = 0 */
    double wanted = fmax(tolerance * fabs(r->objective), rounding);
    r->converged = r->gap <= rounding;
    while (!status && !r->converged && !r->stopped && r->iterations < most) {
        const int whole = s->active == s->used;
        pass(s);
        r->iterations++;
        if (s->violation > threshold && r->iterations < most) continue;
        s->active = s->used;
        s->violation = HUGE_VAL;
        if (!whole && r->iterations < most) continue;
        status = measure(s, r);
        if (status) break;
        wanted = fmax(tolerance * fabs(r->objective), rounding);
        r->converged = r->gap <= wanted;
        threshold *= fmin(fmax(0.7 * wanted / r->gap, 0.1), 0.7);
        r->stopped = lk_linear_progress(p, r->iterations, r->objective, r->gap);
    }
    return status;
}

/* ---- the solver ---------------------------------------------------------------------------------
 */

static lk_status check_problem(const lk_linear_problem *p, const dual_form *form)
{
    const lk_loss_info *info = lk_loss_describe(p->loss);
    if (form->low == form->high)
        return lk_fail(LK_UNSUPPORTED, "train: the dual solver does not know %s", info->name);
    if (p->l1 > 0)
        return lk_fail(LK_UNSUPPORTED, "train: l1 = %g; the dual solver takes l2 alone", p->l1);
    if (!(p->l2 > 0))
        return lk_fail(LK_UNSUPPORTED, "train: l2 = %g; the dual solver needs more than 0", p->l2);
    return LK_OK;
}

lk_status lk_solve_dual(const lk_linear_problem *p, double *w, double *bias,
                        lk_linear_report *report)
{
    const dual_form form = form_of(p->loss, p->params);
    lk_status status = check_problem(p, &form);
    if (status) return status;
    const size_t n = (size_t)p->data->rows;
    dual_state s = {.problem = p, .w = w, .rho = rho_of(p), .tube = form.tube};
    s.scale = 1 / ((double)n * p->l2);
    s.random.state = p->seed;
    s.violation = HUGE_VAL;
    s.variables = malloc((n + 1) * sizeof *s.variables);
    s.order = malloc((n + 1) * sizeof *s.order);
    s.scores = malloc((n + 1) * sizeof *s.scores);
    *report = (lk_linear_report){.solver = LK_SOLVER_DUAL, .gap = NAN, .gradient = NAN};
    if (s.variables && s.order && s.scores) {
        const int margin = !strcmp(lk_loss_describe(p->loss)->family, "margin");
        for (size_t i = 0; i < n; i++) set_variable(&s, &form, margin, (int64_t)i);
        s.active = s.used;
        status = descend(&s, report);
        *bias = s.bias;
    } else {
        status = lk_fail(LK_NO_MEMORY, "train: no memory for %zu rows", n);
    }
    free(s.variables);
    free(s.order);
    free(s.scores);
    return status;
}
