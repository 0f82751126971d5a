#include "class_rows.h"

#include <math.h>
#include <stdlib.h>

void lk_class_rows_free(lk_class_rows *r)
{
    free(r->starts);
    free(r->rows);
    *r = (lk_class_rows){0, NULL, NULL};
}

lk_status lk_check_classes(const char *who, const lk_dataset *data, int64_t classes)
{
    if (classes < 1 || (data->rows && !data->target))
        return lk_fail(LK_INVALID, "%s: the targets are numbers; expected classes", who);
    for (int64_t i = 0; i < data->rows; i++) {
        const double y = data->target[i];
        if (y != floor(y) || y < 0 || y >= (double)classes)
            return lk_fail(LK_OUT_OF_DOMAIN, "%s: target[%lld] = %g is no class in [0, %lld)", who,
                           (long long)i, y, (long long)classes);
    }
    return LK_OK;
}

static lk_status allocate(const char *who, const lk_dataset *data, int64_t classes,
                          lk_class_rows *out)
{
    *out = (lk_class_rows){classes, calloc((size_t)classes + 2, sizeof *out->starts),
                           malloc((size_t)(data->rows + 1) * sizeof *out->rows)};
    if (out->starts && out->rows) return LK_OK;
    lk_class_rows_free(out);
    return lk_fail(LK_NO_MEMORY, "%s: no memory for the numbers of %lld rows", who,
                   (long long)data->rows);
}

lk_status lk_class_rows_all(const char *who, const lk_dataset *data, lk_class_rows *out)
{
    const lk_status status = allocate(who, data, 1, out);
    if (status) return status;
    for (int64_t i = 0; i < data->rows; i++) out->rows[i] = i;
    out->starts[1] = data->rows;
    return LK_OK;
}

lk_status lk_class_rows_find(const char *who, const lk_dataset *data, lk_class_rows *out)
{
    *out = (lk_class_rows){0, NULL, NULL};
    lk_status status = lk_check_classes(who, data, data->classes);
    if (!status) status = allocate(who, data, data->classes, out);
    if (status) return status;
    for (int64_t i = 0; i < data->rows; i++) out->starts[(int64_t)data->target[i] + 1]++;
    for (int64_t c = 0; c < out->classes; c++) out->starts[c + 1] += out->starts[c];
    for (int64_t i = 0; i < data->rows; i++) out->rows[out->starts[(int64_t)data->target[i]]++] = i;
    /* Every start has moved to the next class's. */
    for (int64_t c = out->classes; c > 0; c--) out->starts[c] = out->starts[c - 1];
    out->starts[0] = 0;
    return LK_OK;
}
