/* check_family_traits.c: what losses over rows, regions and features declare of themselves. */
#include "catalogue.h"
#include "check_family.h"

#include <math.h>
#include <string.h>

enum { NUMBERS_MAX = 256 };

/* How far a lies below b, relative to both, absolute below 1. */
static double shortfall(double a, double b)
{
    return a >= b ? 0 : fabs(a - b) / (1 + fmax(fabs(a), fabs(b)));
}

typedef double problem_function(check *c, random_problem *p);

/* The worst over all problems. */
static double worst_over(check *c, problem_function *f, int options)
{
    double worst = 0;
    for (int k = 0; k < family_problems(c) && !c->failed; k++) {
        random_problem p;
        if (!family_draw(c, &p, options)) {
            const double found = f(c, &p);
            worst = isnan(found) ? HUGE_VAL : fmax(worst, found);
        }
        random_problem_free(&p);
    }
    return worst;
}

static int64_t copy_out(const random_problem *p, lk_argument_id id, double *to)
{
    const int64_t n = p->arrays[id].count < NUMBERS_MAX ? p->arrays[id].count : NUMBERS_MAX;
    for (int64_t i = 0; i < n; i++) to[i] = random_problem_get(p, id, i);
    return n;
}

static void copy_in(random_problem *p, lk_argument_id id, const double *from, int64_t n)
{
    for (int64_t i = 0; i < n; i++) random_problem_set(p, id, i, from[i]);
}

/* Another input of the same problem; all else stays. */
static void draw_other(check *c, const random_problem *p, double *to)
{
    for (int64_t i = 0; i < p->arrays[LK_ARG_INPUT].count && i < NUMBERS_MAX; i++)
        to[i] = random_in_domain(&c->random, &c->info->input_domain, 4);
}

/* Half way between two inputs, each unit's loss is at most the mean of both. */
static double worst_chord(check *c, random_problem *p)
{
    double x[3][NUMBERS_MAX], v[3][NUMBERS_MAX], worst = 0;
    const int64_t n = copy_out(p, LK_ARG_INPUT, x[0]);
    draw_other(c, p, x[1]);
    for (int64_t i = 0; i < n; i++) x[2][i] = 0.5 * (x[0][i] + x[1][i]);
    int64_t units = 0;
    for (int k = 0; k < 3; k++) {
        copy_in(p, LK_ARG_INPUT, x[k], n);
        family_evaluate(c, p, FAMILY_BIT(VALUE));
        units = copy_out(p, LK_ARG_VALUE, v[k]);
    }
    for (int64_t i = 0; i < units; i++)
        worst = fmax(worst, shortfall(0.5 * (v[0][i] + v[1][i]), v[2][i]));
    return worst;
}

double family_convex(check *c) { return worst_over(c, worst_chord, FAMILY_UNWEIGHTED); }

static double worst_excess(check *c, random_problem *p, lk_argument_id id, const lk_affine *bound)
{
    double worst = 0;
    family_evaluate(c, p, 1u << id);
    for (int64_t i = 0; i < p->arrays[id].count; i++)
        worst = fmax(worst,
                     shortfall(affine_value(bound, c->params), fabs(random_problem_get(p, id, i))));
    return worst;
}

static double worst_slope(check *c, random_problem *p)
{
    return worst_excess(c, p, LK_ARG_GRADIENT, &c->info->lipschitz);
}

static double worst_value(check *c, random_problem *p)
{
    return worst_excess(c, p, LK_ARG_VALUE, &c->info->bound);
}

double family_lipschitz(check *c) { return worst_over(c, worst_slope, FAMILY_UNWEIGHTED); }

double family_bounded(check *c)
{
    return worst_over(c, worst_value, FAMILY_UNWEIGHTED | FAMILY_NORMALIZED);
}

static void gradient_at(check *c, random_problem *p, const double *a, const double *b, double share,
                        double *gradient)
{
    for (int64_t i = 0; i < p->arrays[LK_ARG_INPUT].count; i++)
        random_problem_set(p, LK_ARG_INPUT, i, (1 - share) * a[i] + share * b[i]);
    family_evaluate(c, p, FAMILY_BIT(GRADIENT));
    copy_out(p, LK_ARG_GRADIENT, gradient);
}

static double distance(const double *a, const double *b, int64_t n)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++) most = fmax(most, fabs(a[i] - b[i]));
    return most;
}

/* Bisects towards the half in which the gradient changes more: what change remains is a jump. */
static double worst_jump(check *c, random_problem *p)
{
    enum { HALVINGS = 40 };
    double a[NUMBERS_MAX], b[NUMBERS_MAX], g[3][NUMBERS_MAX], low = 0, high = 1;
    const int64_t n = copy_out(p, LK_ARG_INPUT, a);
    draw_other(c, p, b);
    gradient_at(c, p, a, b, 0, g[0]);
    gradient_at(c, p, a, b, 1, g[2]);
    for (int k = 0; k < HALVINGS && !c->failed; k++) {
        const double middle = 0.5 * (low + high);
        gradient_at(c, p, a, b, middle, g[1]);
        const int lower = distance(g[0], g[1], n) > distance(g[1], g[2], n);
        memcpy(g[lower ? 2 : 0], g[1], sizeof g[1]);
        *(lower ? &high : &low) = middle;
    }
    double size = 0;
    for (int64_t i = 0; i < n; i++) size = fmax(size, fabs(g[0][i]));
    return distance(g[0], g[2], n) / (1 + size);
}

double family_differentiable(check *c) { return worst_over(c, worst_jump, FAMILY_UNWEIGHTED); }

/* The same loss with other points, and the gradient times a sign. */
static double worst_twin(check *c, random_problem *p, int swaps)
{
    double before[2][NUMBERS_MAX], worst = 0;
    family_evaluate(c, p, FAMILY_BIT(VALUE) | FAMILY_BIT(GRADIENT));
    copy_out(p, LK_ARG_VALUE, before[0]);
    copy_out(p, LK_ARG_GRADIENT, before[1]);
    for (int64_t i = 0; i < p->arrays[LK_ARG_INPUT].count; i++) {
        const double x = random_problem_get(p, LK_ARG_INPUT, i),
                     t = random_problem_get(p, LK_ARG_TARGET, i);
        random_problem_set(p, LK_ARG_INPUT, i, swaps ? t : x + 3);
        random_problem_set(p, LK_ARG_TARGET, i, swaps ? x : t + 3);
    }
    family_evaluate(c, p, FAMILY_BIT(VALUE) | FAMILY_BIT(GRADIENT));
    for (int output = 0; output < 2; output++) {
        const lk_argument_id id = output ? LK_ARG_GRADIENT : LK_ARG_VALUE;
        const double sign = output && swaps ? -1 : 1;
        for (int64_t i = 0; i < p->arrays[id].count; i++) {
            const double y = sign * random_problem_get(p, id, i), x = before[output][i];
            worst = fmax(worst, fmax(shortfall(x, y), shortfall(y, x)));
        }
    }
    return worst;
}

static double worst_swap(check *c, random_problem *p) { return worst_twin(c, p, 1); }
static double worst_shift(check *c, random_problem *p) { return worst_twin(c, p, 0); }

double family_twin_swapped(check *c) { return worst_over(c, worst_swap, FAMILY_UNWEIGHTED); }
double family_twin_shifted(check *c) { return worst_over(c, worst_shift, FAMILY_UNWEIGHTED); }

/* Rows that share one input: the label of row j is j and has probability t_j, or each row has the
 * soft target t. Returns the expected loss, and its gradient. */
static double expected_loss(check *c, random_problem *p, const double *t, const double *x,
                            double *slope)
{
    const int64_t rows = p->size.rows, classes = p->size.classes;
    double sum = 0;
    for (int64_t i = 0; i < rows * classes; i++) {
        random_problem_set(p, LK_ARG_INPUT, i, x[i % classes]);
        if (p->soft) random_problem_set(p, LK_ARG_TARGET, i, t[i % classes]);
    }
    for (int64_t j = 0; j < rows && !p->soft; j++)
        random_problem_set(p, LK_ARG_TARGET, j, (double)j);
    family_evaluate(c, p, FAMILY_BIT(VALUE) | FAMILY_BIT(GRADIENT));
    memset(slope, 0, (size_t)classes * sizeof *slope);
    for (int64_t j = 0; j < rows; j++) {
        const double share = p->soft ? 1.0 / (double)rows : t[j];
        sum += share * random_problem_get(p, LK_ARG_VALUE, j);
        for (int64_t k = 0; k < classes; k++)
            slope[k] += share * random_problem_get(p, LK_ARG_GRADIENT, j * classes + k);
    }
    return sum;
}

/* At the true probabilities the expected loss does not change along other probabilities, and is
 * lower than at others. */
static double worst_properness(check *c, random_problem *p)
{
    double t[NUMBERS_MAX], x[NUMBERS_MAX], slope[NUMBERS_MAX], other[NUMBERS_MAX];
    const int64_t classes = p->size.classes;
    double sum = 0, sum_other = 0, total = 0, worst = 0;
    for (int64_t k = 0; k < classes; k++) {
        sum += t[k] = 0.05 + lk_random_unit(&c->random);
        sum_other += other[k] = 0.05 + lk_random_unit(&c->random);
    }
    for (int64_t k = 0; k < classes; k++) {
        t[k] /= sum;
        x[k] = log(t[k]);
        other[k] = log(other[k] / sum_other);
    }
    const double least = expected_loss(c, p, t, x, slope);
    for (int64_t k = 0; k < classes; k++) total += slope[k];
    for (int64_t k = 0; k < classes; k++) worst = fmax(worst, fabs(slope[k] - total * t[k]));
    return expected_loss(c, p, t, other, slope) > least ? worst : 1;
}

double family_proper(check *c)
{
    double worst = 0;
    const problem_size size = {4, 4, 1};
    const lk_call modes = LK_CALL_INIT;
    for (int k = 0; k < family_problems(c) && !c->failed; k++) {
        random_problem p;
        if (random_problem_create(&p, c->loss, LK_F64, &size, c->soft, &modes, c->e)) {
            c->failed = 1;
        } else {
            random_problem_attach(&p, p.needs);
            p.call.reduction = LK_NONE;
            worst = fmax(worst, worst_properness(c, &p));
        }
        random_problem_free(&p);
    }
    return worst;
}
