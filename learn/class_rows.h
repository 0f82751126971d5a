/* class_rows.h: which rows belong to which class. */
#ifndef LK_LEARN_CLASS_ROWS_H
#define LK_LEARN_CLASS_ROWS_H

#include <stdint.h>

#include "losskit_learn.h"

/* Class c has the rows numbered rows[starts[c]] .. rows[starts[c + 1] - 1], ascending. */
typedef struct lk_class_rows {
    int64_t classes;
    int64_t *starts; /* [classes + 1] */
    int64_t *rows;
} lk_class_rows;

/* who: begins the sentence of a failure. Whether each target, which the caller may have changed, is
 * a class in [0, classes); a failure for numbers, of which there are 0 classes. */
lk_status lk_check_classes(const char *who, const lk_dataset *data, int64_t classes);

lk_status lk_class_rows_find(const char *who, const lk_dataset *data, lk_class_rows *out);
/* All rows as one class. */
lk_status lk_class_rows_all(const char *who, const lk_dataset *data, lk_class_rows *out);
void lk_class_rows_free(lk_class_rows *rows);

static inline int64_t lk_class_size(const lk_class_rows *rows, int64_t c)
{
    return rows->starts[c + 1] - rows->starts[c];
}

#endif
