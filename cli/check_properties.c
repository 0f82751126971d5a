/* check_properties.c: which property is checked of which loss, and how closely. */
#include "check.h"

static int always(const lk_loss_info *i) { return i != 0; }
static int has_target(const lk_loss_info *i)
{
    return i->target_gradient_tex || i->traits & LK_DISTANCE_BASED;
}
static int has_auxiliary(const lk_loss_info *i) { return i->auxiliary_gradient_tex != 0; }
static int has_kinks(const lk_loss_info *i) { return i->n_kinks > 0; }
static int has_fisher(const lk_loss_info *i) { return i->fisher_tex != 0; }
static int has_upper(const lk_loss_info *i) { return i->upper_tex != 0; }
static int is_convex(const lk_loss_info *i) { return (i->traits & LK_CONVEX) != 0; }
static int is_lipschitz(const lk_loss_info *i) { return (i->traits & LK_LIPSCHITZ) != 0; }
static int is_bounded(const lk_loss_info *i) { return (i->traits & LK_BOUNDED) != 0; }
static int is_symmetric(const lk_loss_info *i) { return (i->traits & LK_SYMMETRIC) != 0; }
static int is_distance(const lk_loss_info *i) { return (i->traits & LK_DISTANCE_BASED) != 0; }
static int is_margin(const lk_loss_info *i) { return (i->traits & LK_MARGIN_BASED) != 0; }
static int is_proper(const lk_loss_info *i) { return (i->traits & LK_PROPER) != 0; }
static int above_zero_one(const lk_loss_info *i) { return (i->traits & LK_BOUNDS_ZERO_ONE) != 0; }

const property check_properties[] = {
    {"gradient", always, check_gradient, CHECK_DERIVATIVE_LIMIT, 0, 0},
    {"curvature", always, check_curvature, CHECK_DERIVATIVE_LIMIT, 0, 0},
    {"target gradient", has_target, check_target_gradient, CHECK_DERIVATIVE_LIMIT, 0, 0},
    {"auxiliary gradient", has_auxiliary, check_auxiliary_gradient, CHECK_DERIVATIVE_LIMIT, 0, 0},
    {"convex", is_convex, check_convex, 1e-12, 0, 1},
    {"Lipschitz", is_lipschitz, check_lipschitz, 1e-12, 0, 1},
    {"bounded", is_bounded, check_bounded, 1e-12, 0, 1},
    {"symmetric", is_symmetric, check_symmetric, 1e-12, 0, 1},
    {"distance-based", is_distance, check_distance, 1e-12, 0, 1},
    {"margin-based", is_margin, check_margin, 1e-12, 0, 1},
    {"differentiability", always, check_kinks, 1e-6, 0, 1},
    {"kinks jump", has_kinks, check_jumps, 0, 1, 0},
    {"bounds zero-one", above_zero_one, check_zero_one, 1e-15, 0, 1},
    {"proper", is_proper, check_proper, 1e-9, 0, 1},
    {"fisher", has_fisher, check_fisher, 0, 0, 0},
    {"upper", has_upper, check_upper, 1e-12, 0, 0},
    {"no NaN", always, check_finite, 0, 0, 0},
    {NULL, NULL, NULL, 0, 0, 0},
};
