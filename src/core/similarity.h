/* similarity.h: a loss of all rows against all rows, while it is computed. */
#ifndef LK_SIMILARITY_H
#define LK_SIMILARITY_H

#include "feature_rows.h"

/* Columns that the cosines of 16 rows are held for at a time, and panels that share them while they
 * are in the cache. */
enum { LK_COLUMNS = 512, LK_GROUP = 2 };

/* The rows of input or of other, in panels. */
typedef struct lk_side {
    char *panels; /* normalised; zeros behind the last row */
    double *inverse_length;
    lk_softmax_side softmax;
    void *peak, *inverse, *scale, *share; /* what softmax points to */
    int32_t *id;
} lk_side;

typedef struct lk_similarity {
    const lk_features *f;
    double sharpness;
    int two_sided, by_label;
    int at_once;    /* derivatives of x from the cosines of its softmax: 16 x N are kept */
    int64_t m;      /* rows that take part */
    int64_t *rows;  /* which they are */
    double *value;  /* of all rows */
    double *weight; /* likewise; 0 for rows without a loss */
    lk_side x, y;   /* by_label: y is x */
    void *sorting;
    char *scratch;
    size_t scratch_size; /* for the task in each thread */
} lk_similarity;

/* Bytes of a task's scratch. */
size_t lk_similarity_scratch(const lk_similarity *s);

/* Softmax of the rows of x over those of y; adds `share` of their losses to the values. */
void lk_similarity_softmax(lk_similarity *s, lk_side *x, const lk_side *y, double share);
/* Gradient and curvature (data NULL: absent) of the rows of x; the softmax of the rows of y counts
 * when `both`. */
void lk_similarity_derive(lk_similarity *s, const lk_side *x, const lk_side *y, int both,
                          const lk_array *gradient, const lk_array *curvature);

/* Softmax, gradient and curvature of x where no softmax over the columns counts. */
void lk_similarity_at_once(lk_similarity *s, const lk_array *gradient, const lk_array *curvature);

/* Runs the body over all panels of the rows that take part. */
void lk_for_panels(lk_similarity *s, lk_task_body *body, void *context);

#endif
