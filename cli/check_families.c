/* check_families.c: which property is checked of losses over rows, regions and features, and the
 * problems on which it is. */
#include "check_family.h"

#include <math.h>

static int takes(const lk_loss_info *info, lk_argument_id id)
{
    return (int)(info->takes >> id & 1);
}
static int has_trait(const lk_loss_info *info, uint32_t trait)
{
    return (info->traits & trait) != 0;
}

static int has_gradient(const lk_loss_info *i) { return takes(i, LK_ARG_GRADIENT); }
static int has_target(const lk_loss_info *i) { return takes(i, LK_ARG_TARGET_GRADIENT); }
static int has_third(const lk_loss_info *i) { return takes(i, LK_ARG_AUXILIARY_GRADIENT); }
static int has_weights(const lk_loss_info *i) { return takes(i, LK_ARG_WEIGHTS_GRADIENT); }
static int has_bias(const lk_loss_info *i) { return takes(i, LK_ARG_BIAS_GRADIENT); }
static int has_other(const lk_loss_info *i) { return takes(i, LK_ARG_OTHER_GRADIENT); }
static int has_negative(const lk_loss_info *i) { return takes(i, LK_ARG_NEGATIVE_GRADIENT); }
static int has_curvature(const lk_loss_info *i) { return takes(i, LK_ARG_CURVATURE); }
static int has_product(const lk_loss_info *i) { return takes(i, LK_ARG_HESSIAN_VECTOR); }
static int is_convex(const lk_loss_info *i) { return has_trait(i, LK_CONVEX); }
static int is_bounded(const lk_loss_info *i) { return has_trait(i, LK_BOUNDED); }
static int is_lipschitz(const lk_loss_info *i) { return has_trait(i, LK_LIPSCHITZ); }
static int is_differentiable(const lk_loss_info *i) { return has_trait(i, LK_DIFFERENTIABLE); }
static int is_swappable(const lk_loss_info *i)
{
    return has_trait(i, LK_SYMMETRIC) && i->kind == LK_KIND_REGION;
}
static int is_distance(const lk_loss_info *i)
{
    return has_trait(i, LK_DISTANCE_BASED) && i->kind == LK_KIND_REGION;
}
static int is_proper(const lk_loss_info *i)
{
    return has_trait(i, LK_PROPER) && i->kind == LK_KIND_ROWS;
}
static int can_ignore(const lk_loss_info *i)
{
    return takes(i, LK_ARG_MASK) ||
           ((i->kind == LK_KIND_ROWS || i->kind == LK_KIND_LINEAR) && takes(i, LK_ARG_TARGET)) ||
           i->kind == LK_KIND_SEQUENCE;
}

const property family_properties[] = {
    {"gradient", has_gradient, family_gradient, CHECK_DERIVATIVE_LIMIT, 0, 0},
    {"target gradient", has_target, family_target_gradient, CHECK_DERIVATIVE_LIMIT, 0, 0},
    {"auxiliary gradient", has_third, family_auxiliary_gradient, CHECK_DERIVATIVE_LIMIT, 0, 0},
    {"weights gradient", has_weights, family_weights_gradient, CHECK_DERIVATIVE_LIMIT, 0, 0},
    {"bias gradient", has_bias, family_bias_gradient, CHECK_DERIVATIVE_LIMIT, 0, 0},
    {"other gradient", has_other, family_other_gradient, CHECK_DERIVATIVE_LIMIT, 0, 0},
    {"negative gradient", has_negative, family_negative_gradient, CHECK_DERIVATIVE_LIMIT, 0, 0},
    {"curvature", has_curvature, family_curvature, CHECK_DERIVATIVE_LIMIT, 0, 0},
    {"Hessian product", has_product, family_hessian_vector, CHECK_DERIVATIVE_LIMIT, 0, 0},
    {"Hessian symmetric", has_product, family_symmetric, 1e-13, 0, 0},
    {"convex", is_convex, family_convex, 1e-12, 0, 1},
    {"Lipschitz", is_lipschitz, family_lipschitz, 1e-12, 0, 1},
    {"bounded", is_bounded, family_bounded, 1e-12, 0, 1},
    {"symmetric", is_swappable, family_twin_swapped, 1e-12, 0, 1},
    {"distance-based", is_distance, family_twin_shifted, 1e-12, 0, 1},
    {"differentiability", is_differentiable, family_differentiable, 1e-6, 0, 1},
    {"proper", is_proper, family_proper, 1e-12, 0, 1},
    {"ignored", can_ignore, family_ignored, 0, 0, 0},
    {"no NaN", has_gradient, family_finite, 0, 0, 0},
    {NULL, NULL, NULL, 0, 0, 0},
};

int family_problems(const check *c)
{
    enum { NUMBERS = 100 };
    return 1 + (int)(c->n / NUMBERS);
}

static lk_call modes_of(const check *c)
{
    lk_call modes = LK_CALL_INIT;
    if (c->info->kind == LK_KIND_REGION) modes.grouping = (lk_grouping)c->variant;
    if (c->info->kind == LK_KIND_SEQUENCE && c->variant) modes.flags = LK_BATCH_FIRST;
    return modes;
}

/* A loss may know one kind of targets alone; which, its own checks tell. */
static int is_accepted(const check *c, random_problem *p)
{
    size_t bytes;
    random_problem_attach(p, random_problem_needs(p));
    return lk_workspace_size(c->loss, c->params, c->info->n_params, &p->call, &bytes) == LK_OK;
}

void family_choose(check *c, int variant)
{
    c->variant = variant;
    c->soft = c->info->kind == LK_KIND_ROWS && variant == 1;
}

int family_accepts(check *c)
{
    const problem_size size = {3, 4, 3};
    const lk_call modes = modes_of(c);
    random_problem p;
    const int made = !random_problem_create(&p, c->loss, LK_F64, &size, c->soft, &modes, c->e);
    if (made) random_problem_set_blank(&p, c->params);
    const int accepted = made && is_accepted(c, &p);
    random_problem_free(&p);
    return accepted;
}

/* Labels or soft targets; groupings; frames or sequences first. */
int family_variants(check *c, int *variants, int most)
{
    const lk_kind kind = c->info->kind;
    const int others = kind == LK_KIND_REGION ? LK_PER_ROW
                       : kind == LK_KIND_SEQUENCE
                           ? takes(c->info, LK_ARG_INPUT_LENGTHS)
                           : kind == LK_KIND_ROWS && takes(c->info, LK_ARG_TARGET);
    int n = 0;
    for (int k = 0; k < c->info->n_params; k++) c->params[k] = c->info->params[k].preset;
    for (int v = 0; v <= others && n < most; v++) {
        family_choose(c, v);
        if (family_accepts(c)) variants[n++] = v;
    }
    return n;
}

uint32_t family_inputs(const random_problem *p)
{
    uint32_t set = 0;
    for (int id = 0; id < LK_ARG_VALUE; id++)
        if (*(const lk_tensor *const *)((const char *)&p->call +
                                        lk_argument_describe((lk_argument_id)id)->offset))
            set |= 1u << id;
    return set;
}

static uint32_t choose_inputs(const random_problem *p, lk_random *r, int options)
{
    const uint32_t extras =
        FAMILY_BIT(WEIGHT) | FAMILY_BIT(CLASS_WEIGHT) | FAMILY_BIT(UPSTREAM) | FAMILY_BIT(MASK);
    uint32_t set = p->takes & ~extras & (FAMILY_BIT(VALUE) - 1);
    const int is_function = !(p->takes & FAMILY_BIT(TARGET)) && p->info->kind == LK_KIND_ROWS;
    if (is_function) return set | FAMILY_BIT(UPSTREAM);
    if (!(options & FAMILY_UNWEIGHTED)) set |= extras & (uint32_t)lk_random_bits(r) & p->takes;
    return set;
}

/* Points lie close together or apart: the losses bend in both places. */
static double choose_reach(lk_random *r)
{
    static const double reaches[] = {0.5, 1.5, 4};
    return reaches[lk_random_bits(r) % 3];
}

int family_draw(check *c, random_problem *p, int options)
{
    lk_random *r = &c->random;
    const int is_region = c->info->kind == LK_KIND_REGION;
    const int is_sequence = c->info->kind == LK_KIND_SEQUENCE;
    const problem_size size = {(is_region ? 2 : 3) + (int64_t)(lk_random_bits(r) % 3),
                               is_region ? 2 : 4, is_sequence ? 6 : 3};
    const lk_call modes = modes_of(c);
    if (random_problem_create(p, c->loss, LK_F64, &size, c->soft, &modes, c->e)) {
        c->failed = 1;
        return -1;
    }
    random_problem_set_blank(p, c->params);
    random_problem_draw(p, r, choose_reach(r));
    const int normalized = options & FAMILY_NORMALIZED || lk_random_bits(r) & 1;
    if (c->info->kind == LK_KIND_ROWS && normalized) random_problem_normalize(p, LK_ARG_INPUT, 1);
    if (!is_accepted(c, p)) {
        c->failed = 1;
        return error_library(c->e);
    }
    random_problem_attach(p, choose_inputs(p, r, options));
    const int is_function = !(p->takes & FAMILY_BIT(TARGET)) && p->info->kind == LK_KIND_ROWS;
    p->call.reduction = options & FAMILY_UNWEIGHTED || is_function
                            ? LK_NONE
                            : (lk_reduction)(lk_random_bits(r) %
                                             (is_sequence ? LK_LENGTH_MEAN + 1 : LK_LENGTH_MEAN));
    return 0;
}

void family_attach(random_problem *p, uint32_t outputs)
{
    const uint32_t vector = outputs & FAMILY_BIT(HESSIAN_VECTOR) ? FAMILY_BIT(VECTOR) : 0;
    random_problem_attach(p, (family_inputs(p) & ~FAMILY_BIT(VECTOR)) | vector | outputs);
}

int family_supports(const check *c, random_problem *p, lk_argument_id output)
{
    size_t bytes;
    family_attach(p, 1u << output);
    const lk_status status =
        lk_workspace_size(c->loss, c->params, c->info->n_params, &p->call, &bytes);
    return c->is_preset || status != LK_UNSUPPORTED;
}

void family_evaluate(check *c, random_problem *p, uint32_t outputs)
{
    lk_result result = {0, 0, 0};
    family_attach(p, outputs);
    p->call.result = &result;
    if (!c->failed && lk_evaluate(c->loss, c->params, c->info->n_params, &p->call) != LK_OK) {
        c->failed = 1;
        error_library(c->e);
    }
    p->normalizer = result.normalizer;
    for (int id = LK_ARG_GRADIENT; id < LK_ARGUMENTS && c->break_gradient != 0; id++)
        for (int64_t i = 0; outputs >> id & 1 && i < p->arrays[id].count; i++) {
            const double y = random_problem_get(p, (lk_argument_id)id, i);
            random_problem_set(p, (lk_argument_id)id, i, y + c->break_gradient * (1 + fabs(y)));
        }
}

/* What a length mean takes of a sequence. */
static double share_of(const random_problem *p, int64_t i)
{
    if (p->call.reduction != LK_LENGTH_MEAN) return 1;
    return 1 / fmax(1, random_problem_get(p, LK_ARG_TARGET_LENGTHS, i));
}

double family_objective(check *c, random_problem *p)
{
    const int has_upstream = (family_inputs(p) & FAMILY_BIT(UPSTREAM)) != 0;
    family_evaluate(c, p, FAMILY_BIT(VALUE));
    double sum = 0;
    for (int64_t i = 0; i < p->arrays[LK_ARG_VALUE].count; i++)
        sum += random_problem_get(p, LK_ARG_VALUE, i) * share_of(p, i) *
               (has_upstream ? random_problem_get(p, LK_ARG_UPSTREAM, i) : 1);
    return p->normalizer == 0 ? 0 : sum / p->normalizer;
}
