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

#include "dual.h"

enum { PASSES = 100000 }; /* over all rows; those over fewer count as the part that they are */
/* The threshold alone ends most trainings; together they leave objectives that are no worse than
 * LIBLINEAR's at its default. */
static const double TOLERANCE = 1e-2, THRESHOLD = 0.02;

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
    double *w, bias, rho, tube;
    double excess;  /* sum of (a - t) */
    double *scores; /* [rows] */
    double scale;   /* 1 / (n l2) */
} dual_state;

static double shift_of(const dual_state *s, int64_t i)
{
    return s->problem->shift ? s->problem->shift[i] * s->scale : 0;
}

static lk_status set_variable(dual_state *s, lk_dual_course *course, const dual_form *f, int margin,
                              int64_t i)
{
    const lk_linear_problem *p = s->problem;
    dual_variable *v = &s->variables[i];
    const double c = (p->weight ? p->weight[i] : 1) * s->scale, y = p->target[i];
    const int mirrored = margin && y<0, counts = c> 0 && isfinite(f->bend / c);
    v->a = 0;
    v->low = !counts ? 0 : mirrored ? -c * f->high : c * f->low;
    v->high = !counts ? 0 : mirrored ? -c * f->low : c * f->high;
    v->linear = margin ? y * f->linear : y;
    v->bend = counts ? f->bend / c : 0;
    const double q = lk_row_square(lk_row_of(p->data, i)) + s->rho + v->bend;
    v->inverse = 1 / fmax(q, DBL_MIN); /* of an empty row: a step to the end of the interval */
    if (!isfinite(q))
        return lk_fail(LK_OUT_OF_DOMAIN, "train: the features of row %lld are too large to square",
                       (long long)i);
    if (v->low < v->high) course->order[course->used++] = i;
    course->steepest = fmax(course->steepest, fabs(v->linear) - f->tube);
    return LK_OK;
}

/* The multiplier method wants rho of the size of |x|^2: less makes the centre slow, more makes the
 * rows' problems depend on each other through the bias alone. Of features so small that the bias
 * does most, a pass must be able to move the centre as far as it may have to go: by rho times the
 * excess, which is at most about 1 / l2. */
double lk_dual_rho(const lk_linear_problem *p, double reach)
{
    if (p->bias != LK_BIAS_FREE) return p->bias == LK_BIAS_PENALISED;
    double squares = 0;
    for (int64_t i = 0; i < p->data->rows; i++) squares += lk_row_square(lk_row_of(p->data, i));
    return fmax(squares / (double)p->data->rows, p->l2 * (reach > 0 ? reach : 1));
}

/* The largest number that a score is to come to. */
static double reach_of(const lk_linear_problem *p)
{
    double reach = 0;
    for (int64_t i = 0; i < p->data->rows; i++) reach = fmax(reach, fabs(p->target[i]));
    return reach;
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

/* One pass over the active rows in random order. A row is left out until the pass over all rows
 * when every way is closed, by an end of its interval or by a slope against it that is steeper than
 * any open one of the pass before. */
static void pass(void *state, lk_dual_course *course, double limit)
{
    dual_state *s = state;
    const lk_dataset *data = s->problem->data;
    const double tube = s->tube;
    double violation = 0;
    for (int64_t k = 0; k < course->active; k++) {
        const int64_t i = course->order[k];
        dual_prefetch(course, data, k + 2);
        dual_variable *v = &s->variables[i];
        const lk_sample_row row = lk_row_of(data, i);
        const double slope = v->linear - (lk_row_dot(row, s->w) + s->bias) - v->bend * v->a;
        const double up = v->a >= 0 ? slope - tube : slope + tube;
        const double down = v->a > 0 ? slope - tube : slope + tube;
        const int at_low = v->a <= v->low, at_high = v->a >= v->high;
        const double open = !at_high && up > 0 ? up : !at_low && down < 0 ? down : 0;
        if (open == 0) {
            if ((at_high || up < -limit) && (at_low || down > limit)) dual_leave_out(course, k--);
            continue;
        }
        violation = fmax(violation, fabs(open));
        const double a = best_of(v, slope, open, tube), step = a - v->a;
        v->a = a;
        lk_row_add(row, step, s->w);
        s->bias += s->rho * step;
        s->excess += step;
    }
    const double step = s->problem->bias == LK_BIAS_FREE ? s->rho * s->excess : 0;
    s->bias += step;
    course->violation = violation;
    course->drift = fabs(step);
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
    s->excess = excess;
    if (p->bias == LK_BIAS_PENALISED) s->bias = excess;
}

lk_status lk_dual_loss(const lk_linear_problem *p, const lk_tensor *scores, const lk_tensor *target,
                       double *sum)
{
    const lk_tensor weight = lk_vector(p->weight, LK_F64, &p->data->rows);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = scores;
    call.target = target;
    call.weight = p->weight ? &weight : NULL;
    call.result = &result;
    call.reduction = LK_SUM;
    const lk_status status = lk_evaluate(p->loss, p->params, p->n_params, &call);
    *sum = status ? NAN : result.value;
    return status;
}

static lk_status primal_objective(dual_state *s, double *out)
{
    const lk_linear_problem *p = s->problem;
    const int64_t n = p->data->rows;
    lk_rows_times(p->data, s->w, s->bias, s->scores);
    const lk_tensor scores = lk_vector(s->scores, LK_F64, &n);
    const lk_tensor target = lk_vector(p->target, LK_F64, &n);
    double sum;
    const lk_status status = lk_dual_loss(p, &scores, &target, &sum);
    if (status) return status;
    double square = p->bias == LK_BIAS_PENALISED ? s->bias * s->bias : 0;
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

static lk_status measure(void *state, lk_linear_report *r)
{
    dual_state *s = state;
    const int bounds = s->problem->bias != LK_BIAS_FREE || balance(s);
    refresh(s);
    const lk_status status = primal_objective(s, &r->objective);
    r->gap = bounds ? r->objective - dual_objective(s) : HUGE_VAL;
    return status;
}

static lk_status measure_checked(lk_dual_measure *measure_it, void *state, lk_linear_report *r)
{
    const lk_status status = measure_it(state, r);
    if (status || (isfinite(r->objective) && !isnan(r->gap))) return status;
    return lk_fail(LK_OUT_OF_DOMAIN,
                   "train: the objective is %g after %lld passes; scale the features "
                   "and targets",
                   r->objective, (long long)r->iterations);
}

lk_status lk_dual_descend(const lk_linear_problem *p, lk_dual_course *c, lk_dual_pass *pass_once,
                          lk_dual_measure *measure_it, void *state, lk_linear_report *r)
{
    const double tolerance = p->tolerance > 0 ? p->tolerance : TOLERANCE;
    const int64_t most = p->iterations > 0 ? p->iterations : INT64_MAX;
    int64_t visits = p->iterations > 0 ? INT64_MAX : PASSES * c->used;
    double threshold = THRESHOLD * (c->steepest > 0 ? c->steepest : 1);
    *r = (lk_linear_report){.solver = LK_SOLVER_DUAL, .gap = NAN, .gradient = NAN};
    lk_status status = measure_checked(measure_it, state, r);
    /* of the objective at w = 0 */
    const double rounding = fmax(16 * DBL_EPSILON * fabs(r->objective), DBL_MIN);
    r->converged = r->gap <= rounding;
    double limit = HUGE_VAL;
    c->active = c->used;
    int over = 0;
    while (!status && !r->converged && !r->stopped && !over) {
        const int whole = c->active == c->used;
        lk_random_shuffle(&c->random, c->active, c->order);
        visits -= c->active;
        pass_once(state, c, limit);
        limit = fmax(c->violation, c->drift);
        over = ++r->iterations >= most || visits <= 0;
        if (!over && c->violation > threshold) continue;
        limit = HUGE_VAL;
        c->active = c->used;
        if (!over && (!whole || c->drift > threshold)) continue;
        status = measure_checked(measure_it, state, r);
        const double wanted = fmax(tolerance * fabs(r->objective), rounding);
        r->converged = r->gap <= wanted;
        threshold *= fmin(fmax(0.7 * wanted / r->gap, 0.1), 0.7);
        if (!status) r->stopped = lk_linear_progress(p, r->iterations, r->objective, r->gap);
    }
    return status;
}

/* ---- the solver ---------------------------------------------------------------------------------
 */

static lk_status check_problem(const lk_linear_problem *p, const dual_form *form)
{
    const lk_loss_info *info = lk_loss_describe(p->loss);
    if (p->loss != LK_MULTICLASS_HINGE && form->low == form->high)
        return lk_fail(LK_UNSUPPORTED, "train: the dual solver does not know %s", info->name);
    if (p->l1 > 0)
        return lk_fail(LK_UNSUPPORTED, "train: l1 = %g; the dual solver takes l2 alone", p->l1);
    if (!(p->l2 > 0))
        return lk_fail(LK_UNSUPPORTED, "train: l2 = %g; the dual solver needs more than 0", p->l2);
    if (!isfinite(1 / ((double)p->data->rows * p->l2)))
        return lk_fail(LK_UNSUPPORTED, "train: l2 = %g is too small for the dual solver", p->l2);
    return LK_OK;
}

lk_status lk_solve_dual(const lk_linear_problem *p, double *w, double *bias,
                        lk_linear_report *report)
{
    const dual_form form = form_of(p->loss, p->params);
    lk_status status = check_problem(p, &form);
    if (status) return status;
    if (p->loss == LK_MULTICLASS_HINGE) return lk_solve_dual_classes(p, w, bias, report);
    const size_t n = (size_t)p->data->rows;
    dual_state s = {.problem = p, .w = w, .rho = lk_dual_rho(p, reach_of(p)), .tube = form.tube};
    lk_dual_course course = {.random = {p->seed}};
    s.scale = 1 / ((double)n * p->l2);
    s.variables = malloc((n + 1) * sizeof *s.variables);
    s.scores = malloc((n + 1) * sizeof *s.scores);
    course.order = malloc((n + 1) * sizeof *course.order);
    if (!s.variables || !s.scores || !course.order)
        status = lk_fail(LK_NO_MEMORY, "train: no memory for %zu rows", n);
    const int margin = !strcmp(lk_loss_describe(p->loss)->family, "margin");
    for (size_t i = 0; !status && i < n; i++)
        status = set_variable(&s, &course, &form, margin, (int64_t)i);
    if (!status) status = lk_dual_descend(p, &course, pass, measure, &s, report);
    *bias = s.bias;
    free(s.variables);
    free(s.scores);
    free(course.order);
    return status;
}
