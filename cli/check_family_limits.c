/* check_family_limits.c: what takes no part, and the ends of the number range. */
#include "check_family.h"
#include "parameters.h"

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

/* Frames beyond the length hold `number`, targets and hypotheses beyond theirs `token`. */
static void fill_padding(random_problem *p, double number, double token)
{
    const int is_list = (p->takes & FAMILY_BIT(HYPOTHESES)) != 0;
    for (int64_t n = 0; n < p->size.rows && !is_list; n++) {
        const int64_t frames = (int64_t)random_problem_get(p, LK_ARG_INPUT_LENGTHS, n);
        for (int64_t t = frames; t < p->size.dims; t++)
            for (int64_t k = 0; k < p->size.classes; k++)
                random_problem_set(p, LK_ARG_INPUT, random_problem_frame(p, n, t) + k, number);
    }
    static const lk_argument_id lists[][2] = {{LK_ARG_TARGET, LK_ARG_TARGET_LENGTHS},
                                              {LK_ARG_HYPOTHESES, LK_ARG_HYPOTHESIS_LENGTHS}};
    for (int k = 0; k < 1 + is_list; k++) {
        const int64_t count = p->arrays[lists[k][1]].count;
        const int64_t width = p->arrays[lists[k][0]].count / count;
        for (int64_t i = 0; i < count * width; i++)
            if (i % width >= (int64_t)random_problem_get(p, lists[k][1], i / width))
                random_problem_set(p, lists[k][0], i, token);
    }
}

/* The numbers of the gradient that are not 0 in frames that do not count. */
static int64_t count_moved(const random_problem *p)
{
    int64_t moved = 0;
    for (int64_t n = 0; n < p->size.rows && p->takes & FAMILY_BIT(INPUT_LENGTHS); n++)
        for (int64_t t = (int64_t)random_problem_get(p, LK_ARG_INPUT_LENGTHS, n); t < p->size.dims;
             t++)
            for (int64_t k = 0; k < p->size.classes; k++)
                moved +=
                    random_problem_get(p, LK_ARG_GRADIENT, random_problem_frame(p, n, t) + k) != 0;
    return moved;
}

/* What lies beyond a length leaves every bit of value and gradient alone. */
static double count_padding(check *c, random_problem *p)
{
    enum { NUMBERS_MAX = 256 };
    static const lk_argument_id outputs[] = {LK_ARG_VALUE, LK_ARG_GRADIENT};
    double before[2][NUMBERS_MAX];
    int64_t wrong = 0;
    for (int padded = 0; padded < 2; padded++) {
        fill_padding(p, padded ? NAN : 0, padded ? -7 : 1);
        family_evaluate(c, p, FAMILY_BIT(GRADIENT) | FAMILY_BIT(VALUE));
        for (int k = 0; k < 2; k++)
            for (int64_t i = 0; i < p->arrays[outputs[k]].count && i < NUMBERS_MAX; i++) {
                const double x = random_problem_get(p, outputs[k], i);
                if (padded)
                    wrong += x != before[k][i];
                else
                    before[k][i] = x;
            }
    }
    return (double)(wrong + count_moved(p));
}

static double ignored_padding(check *c)
{
    double wrong = 0;
    for (int k = 0; k < family_problems(c) && !c->failed; k++) {
        random_problem p;
        if (!family_draw(c, &p, FAMILY_UNWEIGHTED)) wrong += count_padding(c, &p);
        random_problem_free(&p);
    }
    return wrong;
}

/* A row with the label ignore_index, or an element that the mask leaves out, holds NaN. */
double family_ignored(check *c)
{
    double wrong = 0;
    if (c->soft) return 0;
    if (c->info->kind == LK_KIND_SEQUENCE) return ignored_padding(c);
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
    const int can = c->info->kind == LK_KIND_ROWS || p->blank >= 0;
    if (!can || !wants_logarithms(c)) return;
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

/* In the first sequence one class is certain, or one hypothesis, so that most targets have no path;
 * the second has no frames. */
static void mask_sequence(random_problem *p)
{
    const int is_list = (p->takes & FAMILY_BIT(HYPOTHESES)) != 0;
    const int64_t only = p->blank > 0 ? p->blank : 0;
    for (int64_t t = 0; t < (is_list ? 1 : p->size.dims); t++)
        for (int64_t k = 0; k < p->size.classes; k++)
            random_problem_set(p, LK_ARG_INPUT, (is_list ? 0 : random_problem_frame(p, 0, t)) + k,
                               k == only ? 0 : -HUGE_VAL);
    if (!is_list) random_problem_set(p, LK_ARG_INPUT_LENGTHS, 1, 0);
}

/* Probabilities know no -inf. */
static int holds_probabilities(const check *c)
{
    return c->info->kind == LK_KIND_SEQUENCE && parameter_find(c->info, "blank") < 0 &&
           wants_logarithms(c);
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
    const int is_sequence = c->info->kind == LK_KIND_SEQUENCE;
    const int masks_classes = (c->info->kind == LK_KIND_ROWS || is_sequence) &&
                              isinf(c->info->input_domain.lowest) && !holds_probabilities(c);
    for (int style = 0; style < EXTREMES + masks_classes && !c->failed; style++) {
        random_problem p;
        if (!family_draw(c, &p, FAMILY_UNWEIGHTED)) {
            if (style < EXTREMES)
                fill_extremes(c, &p, style, 1e30);
            else if (is_sequence)
                mask_sequence(&p);
            else if (p.takes & FAMILY_BIT(TARGET))
                mask_classes(&p);
            bad += count_nan(c, &p);
        }
        random_problem_free(&p);
    }
    return bad;
}
