/* check_family_derivatives.c: every derivative against differences of fourth order. */
#include "check_family.h"

#include <float.h>
#include <math.h>

enum { STEPS = 5, STENCIL = 4, NUMBERS_MAX = 256 };
static const double offsets[STENCIL] = {-2, -1, 1, 2};
static const double factors[STENCIL] = {1.0 / 12, -2.0 / 3, 2.0 / 3, -1.0 / 12};

/* What is differenced: number `element` of the gradient, or the objective itself when it is
 * negative; along coordinate `coordinate` of the array `moved`, or the vector when negative. */
typedef struct line {
    random_problem *p;
    lk_argument_id moved;
    int64_t coordinate, element;
    double origin[NUMBERS_MAX];
} line;

static void remember(line *l)
{
    for (int64_t i = 0; i < l->p->arrays[l->moved].count; i++)
        l->origin[i] = random_problem_get(l->p, l->moved, i);
}

static void move_to(const line *l, double offset)
{
    for (int64_t i = 0; i < l->p->arrays[l->moved].count; i++) {
        const double direction = l->coordinate < 0 ? random_problem_get(l->p, LK_ARG_VECTOR, i)
                                                   : (double)(l->coordinate == i);
        if (direction != 0 || offset == 0)
            random_problem_set(l->p, l->moved, i, l->origin[i] + offset * direction);
    }
}

/* Central differences of gradients must not see the error that a check was told to add. */
static double observe(check *c, const line *l)
{
    if (l->element < 0) return family_objective(c, l->p);
    const double broken = c->break_gradient;
    c->break_gradient = 0;
    family_evaluate(c, l->p, FAMILY_BIT(GRADIENT));
    c->break_gradient = broken;
    return random_problem_get(l->p, LK_ARG_GRADIENT, l->element);
}

static int fits(const check *c, const line *l, double step)
{
    if (l->coordinate < 0 || l->moved != LK_ARG_INPUT) return 1;
    const double x = l->origin[l->coordinate];
    return domain_contains(&c->info->input_domain, x - 2 * step) &&
           domain_contains(&c->info->input_domain, x + 2 * step);
}

/* How much the slopes of the four pieces of the stencil differ. */
static double slope_change(const double y[STENCIL], double middle, double step)
{
    const double slopes[STENCIL] = {(y[1] - y[0]) / step, (middle - y[1]) / step,
                                    (y[2] - middle) / step, (y[3] - y[2]) / step};
    double low = slopes[0], high = slopes[0];
    for (int k = 0; k < STENCIL; k++) {
        low = fmin(low, slopes[k]);
        high = fmax(high, slopes[k]);
    }
    return high - low;
}

/* Without a kink the change of the slope shrinks with the step. */
static int has_kink(const double changes[STEPS], double size)
{
    const double noise = 32 * DBL_EPSILON * size / ldexp(1, -6 - 3 * (STEPS - 1));
    return changes[STEPS - 1] > 1e-9 + noise && changes[STEPS - 1] > 0.3 * changes[STEPS - 2];
}

/* The least error over the steps; negative where nothing can be compared. */
static double error_along(check *c, line *l, double expected)
{
    double best = -1, changes[STEPS] = {0};
    const double middle = observe(c, l);
    for (int s = 0; s < STEPS; s++) {
        const double step = ldexp(1, -6 - 3 * s);
        if (!fits(c, l, step)) continue;
        double y[STENCIL], sum = 0, size = 0;
        for (int k = 0; k < STENCIL; k++) {
            move_to(l, offsets[k] * step);
            y[k] = observe(c, l);
            sum += factors[k] * y[k];
            size = fmax(size, fabs(y[k]));
        }
        move_to(l, 0);
        changes[s] = slope_change(y, middle, step);
        if (s == STEPS - 1 && has_kink(changes, size)) return -1;
        const double rounding = 4 * DBL_EPSILON * size / step / CHECK_DERIVATIVE_LIMIT;
        const double found = fabs(sum / step - expected) / (1 + fabs(expected) + rounding);
        if (best < 0 || !(found >= best)) best = found;
    }
    return isnan(best) ? HUGE_VAL : best;
}

/* One problem; adds to the numbers seen and to those compared. */
static double worst_in_problem(check *c, random_problem *p, lk_argument_id moved,
                               lk_argument_id derived, int64_t counts[2])
{
    line l = {.p = p, .moved = moved, .element = -1};
    const int64_t n = p->arrays[derived].count;
    double expected[NUMBERS_MAX], worst = 0;
    if (n > NUMBERS_MAX || p->arrays[moved].count > NUMBERS_MAX) return HUGE_VAL;
    family_evaluate(c, p, 1u << derived);
    for (int64_t i = 0; i < n; i++) expected[i] = random_problem_get(p, derived, i);
    remember(&l);
    for (int64_t i = 0; i < n && !c->failed; i++) {
        l.coordinate = derived == LK_ARG_HESSIAN_VECTOR ? -1 : i;
        l.element = derived == LK_ARG_HESSIAN_VECTOR || derived == LK_ARG_CURVATURE ? i : -1;
        const double found = error_along(c, &l, expected[i]);
        counts[0]++;
        if (found < 0) continue;
        counts[1]++;
        worst = fmax(worst, found);
    }
    return worst;
}

static double worst_difference(check *c, lk_argument_id moved, lk_argument_id derived)
{
    double worst = 0;
    int64_t counts[2] = {0, 0};
    for (int k = 0; k < family_problems(c) && !c->failed; k++) {
        random_problem p;
        const int drawn = !family_draw(c, &p, 0), supported = family_supports(c, &p, derived);
        if (drawn && supported)
            worst = fmax(worst, worst_in_problem(c, &p, moved, derived, counts));
        random_problem_free(&p);
        if (!supported) return 0;
    }
    return 2 * counts[1] > counts[0] ? worst : HUGE_VAL;
}

double family_gradient(check *c) { return worst_difference(c, LK_ARG_INPUT, LK_ARG_GRADIENT); }

double family_target_gradient(check *c)
{
    if (c->info->kind == LK_KIND_ROWS && !c->soft) return 0;
    return worst_difference(c, LK_ARG_TARGET, LK_ARG_TARGET_GRADIENT);
}

double family_auxiliary_gradient(check *c)
{
    return worst_difference(c, LK_ARG_AUXILIARY, LK_ARG_AUXILIARY_GRADIENT);
}

double family_weights_gradient(check *c)
{
    return worst_difference(c, LK_ARG_WEIGHTS, LK_ARG_WEIGHTS_GRADIENT);
}

double family_bias_gradient(check *c)
{
    return worst_difference(c, LK_ARG_BIAS, LK_ARG_BIAS_GRADIENT);
}

double family_other_gradient(check *c)
{
    return worst_difference(c, LK_ARG_OTHER, LK_ARG_OTHER_GRADIENT);
}

double family_negative_gradient(check *c)
{
    return worst_difference(c, LK_ARG_NEGATIVE, LK_ARG_NEGATIVE_GRADIENT);
}

double family_curvature(check *c) { return worst_difference(c, LK_ARG_INPUT, LK_ARG_CURVATURE); }

double family_hessian_vector(check *c)
{
    return worst_difference(c, LK_ARG_INPUT, LK_ARG_HESSIAN_VECTOR);
}

static double inner(const random_problem *p, lk_argument_id id, const double *v)
{
    double sum = 0;
    for (int64_t i = 0; i < p->arrays[id].count; i++) sum += v[i] * random_problem_get(p, id, i);
    return sum;
}

/* u H v = v H u */
double family_symmetric(check *c)
{
    double worst = 0, vectors[2][NUMBERS_MAX];
    for (int k = 0; k < family_problems(c) && !c->failed; k++) {
        random_problem p;
        if (!family_draw(c, &p, 0)) {
            const int64_t n = p.arrays[LK_ARG_VECTOR].count;
            double products[2] = {0, 0};
            for (int64_t i = 0; i < 2 * n; i++)
                vectors[i >= n][i % n] = 4 * lk_random_unit(&c->random) - 2;
            for (int side = 0; side < 2; side++) {
                for (int64_t i = 0; i < n; i++)
                    random_problem_set(&p, LK_ARG_VECTOR, i, vectors[side][i]);
                family_evaluate(c, &p, FAMILY_BIT(HESSIAN_VECTOR));
                products[side] = inner(&p, LK_ARG_HESSIAN_VECTOR, vectors[!side]);
            }
            const double gap = fabs(products[0] - products[1]) / (1 + fabs(products[0]));
            worst = isnan(gap) ? HUGE_VAL : fmax(worst, gap);
        }
        random_problem_free(&p);
    }
    return worst;
}
