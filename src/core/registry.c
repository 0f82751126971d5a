#include "registry.h"

#include <string.h>

#include "pointwise_list.h"
#include "status.h"

enum { IDS = 64 };
#define ENTRY(name, id) [id] = &name##_info,
static const lk_loss_info *const catalogue[IDS] = {LK_POINTWISE_LOSSES(ENTRY, ENTRY)};

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
    for (int k = 0; k < 2; k++)
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
