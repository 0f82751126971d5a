/* check_family_limits.c: what takes no part, and the ends of the number range. */
#include "check_family.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* The numbers of the gradient that are not 0 where nothing takes part, or NaN elsewhere. */
static double count_wrong(check *c, random_problem *p, int64_t first, int64_t n)
{
    int64_t wrong = 0;
    family_evaluate(c, p, FAMILY_BIT(GRADIENT) | FAMILY_BIT(VALUE));
    for (int64_t i = 0; i < p->arrays[LK_ARG_GRADIENT].count; i++) {
        const double g = random_problem_get(p, LK_ARG_GRADIENT, i);
        const int ignored = i >= first && i < first + n;
        wrong += ignored ? g != 0 : isnan(g);
    }
    for (int64_t i = 0; i < p->arrays[LK_ARG_VALUE].count; i++)
        wrong += isnan(random_problem_get(p, LK_ARG_VALUE, i));
    return (double)wrong;
}

/* A row with the label ignore_index, or an element that the mask leaves out, holds NaN. */
double family_ignored(check *c)
{
    double wrong = 0;
    if (c->soft) return 0;
    for (int k = 0; k < family_problems(c) && !c->failed; k++) {
        random_problem p;
        if (family_draw(c, &p, FAMILY_UNWEIGHTED)) {
            random_problem_free(&p);
            break;
        }
        const int masks = (p.takes & FAMILY_BIT(MASK)) != 0;
        const int64_t n = masks ? 1 : p.arrays[LK_ARG_INPUT].count / p.size.rows;
        for (int64_t i = 0; i < n; i++) random_problem_set(&p, LK_ARG_INPUT, i, NAN);
        if (masks)
            random_problem_set(&p, LK_ARG_MASK, 0, 0);
        else
            random_problem_set(&p, LK_ARG_TARGET, 0, (double)p.call.ignore_index);
        random_problem_attach(&p, family_inputs(&p) | (masks ? FAMILY_BIT(MASK) : 0));
        wrong += count_wrong(c, &p, 0, n);
        random_problem_free(&p);
    }
    return wrong;
}

/* Numbers that a careless formula turns into NaN. */
enum { EXTREMES = 6 };

static double extreme(const check *c, int style, double largest, int64_t i)
{
    const lk_domain *d = &c->info->input_domain;
    const double numbers[EXTREMES] = {
        0, largest, -largest, i % 2 ? largest : -largest, 1e-30, i % 3 ? 1 : -largest};
    const double x = numbers[style];
    return x < d->lowest ? d->lowest : x > d->highest ? d->highest : x;
}

/* Without logits the input holds logarithms of probabilities: none is above 0. */
static int wants_logarithms(const check *c)
{
    for (int k = 0; k < c->info->n_params; k++)
        if (!strcmp(c->info->params[k].name, "logits")) return c->params[k] == 0;
    return 0;
}

static void fill_extremes(const check *c, random_problem *p, int style, double largest)
{
    static const lk_argument_id points[] = {LK_ARG_INPUT, LK_ARG_OTHER, LK_ARG_NEGATIVE,
                                            LK_ARG_CENTERS, LK_ARG_WEIGHTS};
    for (size_t k = 0; k < sizeof points / sizeof *points; k++)
        for (int64_t i = 0; i < p->arrays[points[k]].count; i++)
            random_problem_set(p, points[k], i, extreme(c, style, largest, i));
    if (c->info->kind != LK_KIND_ROWS || !wants_logarithms(c)) return;
    for (int64_t i = 0; i < p->arrays[LK_ARG_INPUT].count; i++)
        random_problem_set(p, LK_ARG_INPUT, i, fmin(0, random_problem_get(p, LK_ARG_INPUT, i)));
}

/* Every class but the label's is masked by -inf in one row. */
static void mask_classes(random_problem *p)
{
    const int64_t classes = p->size.classes;
    for (int64_t k = 0; k < classes; k++)
        if (p->soft || k != (int64_t)random_problem_get(p, LK_ARG_TARGET, 0))
            random_problem_set(p, LK_ARG_INPUT, k, k == 0 && p->soft ? 0 : -HUGE_VAL);
    for (int64_t k = 0; k < classes && p->soft; k++)
        random_problem_set(p, LK_ARG_TARGET, k, k == 0);
}

static double count_nan(check *c, random_problem *p)
{
    const int labels = c->info->kind == LK_KIND_ROWS && !c->soft;
    uint32_t outputs = 0;
    for (int id = LK_ARG_VALUE; id < LK_ARGUMENTS; id++)
        if (p->takes >> id & 1 && !(labels && id == LK_ARG_TARGET_GRADIENT) &&
            family_supports(c, p, (lk_argument_id)id))
            outputs |= 1u << id;
    int64_t bad = 0;
    family_evaluate(c, p, outputs);
    for (int id = LK_ARG_VALUE; id < LK_ARGUMENTS; id++)
        for (int64_t i = 0; outputs >> id & 1 && i < p->arrays[id].count; i++)
            bad += isnan(random_problem_get(p, (lk_argument_id)id, i));
    return (double)bad;
}

double family_finite(check *c)
{
    double bad = 0;
    const int masks_classes = c->info->kind == LK_KIND_ROWS && isinf(c->info->input_domain.lowest);
    for (int style = 0; style < EXTREMES + masks_classes && !c->failed; style++) {
        random_problem p;
        if (!family_draw(c, &p, FAMILY_UNWEIGHTED)) {
            if (style < EXTREMES)
                fill_extremes(c, &p, style, 1e30);
            else if (p.takes & FAMILY_BIT(TARGET))
                mask_classes(&p);
            bad += count_nan(c, &p);
        }
        random_problem_free(&p);
    }
    return bad;
}
