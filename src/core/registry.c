#include "registry.h"

#include <string.h>

#include "embedding_list.h"
#include "linear_list.h"
#include "losskit.h"
#include "pointwise_list.h"
#include "region_list.h"
#include "rows_list.h"
#include "sequence_list.h"

enum { IDS = 64 };
#define ENTRY(name, id) [id] = &name##_info,
static const lk_loss_info *const catalogue[IDS] = {
    LK_POINTWISE_LOSSES(ENTRY, ENTRY) LK_ROWS_LOSSES(ENTRY) LK_LINEAR_LOSSES(ENTRY)
        LK_REGION_LOSSES(ENTRY) LK_EMBEDDING_LOSSES(ENTRY) LK_SEQUENCE_LOSSES(ENTRY)};

#define LK_STRING(x) #x
#define LK_DOTTED(a, b, c) LK_STRING(a) "." LK_STRING(b) "." LK_STRING(c)
const char *lk_version(void)
{
    return LK_DOTTED(LK_VERSION_MAJOR, LK_VERSION_MINOR, LK_VERSION_PATCH);
}

const lk_loss_info *lk_loss_describe(lk_loss loss)
{
    const int id = (int)loss;
    return id > 0 && id < IDS ? catalogue[id] : NULL;
}

lk_loss lk_loss_by_name(const char *name)
{
    for (int id = 1; name && id < IDS; id++)
        if (catalogue[id] && !strcmp(catalogue[id]->name, name)) return (lk_loss)id;
    return (lk_loss)0;
}

static int allowed(const lk_parameter *parameter, double value)
{
    for (int k = 0; k < LK_MAX_NAMED; k++)
        if (parameter->named[k].name && value == parameter->named[k].value) return 1;
    return value >= parameter->lowest && value <= parameter->highest;
}

const lk_loss_info *lk_resolve(lk_loss loss, const double *params, int n_params, double *p)
{
    const lk_loss_info *info = lk_loss_describe(loss);
    if (!info) {
        lk_fail(LK_INVALID, "there is no loss with id %d", (int)loss);
        return NULL;
    }
    if (params ? n_params != info->n_params : n_params != 0) {
        lk_fail(LK_INVALID, "%s takes %d parameters, not %d", info->name, info->n_params, n_params);
        return NULL;
    }
    for (int k = 0; k < info->n_params; k++) {
        const lk_parameter *parameter = &info->params[k];
        p[k] = params ? params[k] : parameter->preset;
        if (!allowed(parameter, p[k])) {
            lk_fail(LK_INVALID, "%s: %s = %g is outside [%g, %g]", info->name, parameter->name,
                    p[k], parameter->lowest, parameter->highest);
            return NULL;
        }
    }
    return info;
}

/* A pointwise loss tells by its formulas what it takes. */
static uint32_t pointwise_takes(const lk_loss_info *info, uint32_t *needs)
{
    uint32_t takes = LK_UNIT_ARGUMENTS | LK_BIT(TARGET);
    *needs = LK_BIT(INPUT) | LK_BIT(TARGET);
    if (info->auxiliary) takes |= LK_BIT(AUXILIARY);
    if (info->auxiliary && info->auxiliary_param < 0) *needs |= LK_BIT(AUXILIARY);
    if (info->auxiliary_gradient_tex) takes |= LK_BIT(AUXILIARY_GRADIENT);
    if (info->target_gradient_tex || info->traits & LK_DISTANCE_BASED)
        takes |= LK_BIT(TARGET_GRADIENT);
    return takes;
}

uint32_t lk_loss_takes(lk_loss loss, uint32_t *needs)
{
    const lk_loss_info *info = lk_loss_describe(loss);
    uint32_t needed = info ? info->needs : 0, takes = info ? info->takes : 0;
    if (info && info->kind == LK_KIND_POINTWISE) takes = pointwise_takes(info, &needed);
    if (needs) *needs = needed;
    return takes;
}
