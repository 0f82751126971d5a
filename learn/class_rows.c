#include "class_rows.h"

#include <stdlib.h>

void lk_class_rows_free(lk_class_rows *r)
{
    free(r->starts);
    free(r->rows);
    *r = (lk_class_rows){0, NULL, NULL};
}

/* Targets are the caller's to change: what would be outside the arrays is told. */
static lk_status count(const char *who, const lk_dataset *data, int64_t *starts)
{
    for (int64_t i = 0; i < data->rows; i++) {
        const double y = data->target[i];
        if (!(y >= 0 && y < (double)data->classes))
            return lk_fail(LK_OUT_OF_DOMAIN, "%s: target[%lld] = %g is no class in [0, %lld)", who,
                           (long long)i, y, (long long)data->classes);
        starts[(int64_t)y + 1]++;
    }
    for (int64_t c = 0; c < data->classes; c++) starts[c + 1] += starts[c];
    return LK_OK;
}

lk_status lk_class_rows_find(const char *who, const lk_dataset *data, lk_class_rows *out)
{
    *out = (lk_class_rows){0, NULL, NULL};
    if (data->classes < 1)
        return lk_fail(LK_INVALID, "%s: the targets are numbers; expected classes", who);
    lk_class_rows r = {data->classes, calloc((size_t)data->classes + 2, sizeof *r.starts),
                       malloc((size_t)(data->rows + 1) * sizeof *r.rows)};
    lk_status status = LK_OK;
    if (!r.starts || !r.rows)
        status = lk_fail(LK_NO_MEMORY, "%s: no memory for the numbers of %lld rows", who,
                         (long long)data->rows);
    if (!status) status = count(who, data, r.starts);
    if (status) {
        lk_class_rows_free(&r);
        return status;
    }
    for (int64_t i = 0; i < data->rows; i++) r.rows[r.starts[(int64_t)data->target[i]]++] = i;
    /* Every start has moved to the next class's. */
    for (int64_t c = r.classes; c > 0; c--) r.starts[c] = r.starts[c - 1];
    r.starts[0] = 0;
    *out = r;
    return LK_OK;
}
