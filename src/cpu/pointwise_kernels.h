/* pointwise_kernels.h: what the kernels of every instruction set offer to the engine. */
#ifndef LK_POINTWISE_KERNELS_H
#define LK_POINTWISE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum {
    LK_LANES = 16,     /* partial sums; element i of a task goes to lane i % 16 on every machine */
    LK_CHUNK = 512,    /* elements that the engine converts, weighs and stores at a time */
    LK_LOSS_SLOTS = 64 /* room for ids */
};

/* The lanes along the one tree that all sums use; spoils them. */
static inline double lk_add_lanes(double *lanes)
{
    for (int l = 0; l < 8; l++) lanes[l] += lanes[l + 8];
    for (int l = 0; l < 4; l++) lanes[l] += lanes[l + 4];
    return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
}

/* A run of contiguous elements of the computation type. Outputs that are NULL are not computed. */
typedef struct lk_span {
    size_t n;
    const void *input, *target;
    const void *auxiliary; /* NULL: auxiliary_value for every element */
    double auxiliary_value;
    const double *params;
    double scale;  /* times gradient and curvature; the other outputs are not scaled */
    double *lanes; /* LK_LANES sums; += values */
    void *value, *gradient, *curvature;
    void *fisher, *upper, *target_gradient, *auxiliary_gradient; /* `every` kernels only */
} lk_span;

/* Nonzero when an input, target or auxiliary value is outside the loss's domain. */
typedef int lk_kernel(const lk_span *span);

/* Element types of arrays, as indices of the tables below. */
enum lk_element {
    LK_ELEMENT_F32,
    LK_ELEMENT_F64,
    LK_ELEMENT_F16,
    LK_ELEMENT_BF16,
    LK_ELEMENT_I32,
    LK_ELEMENT_I64,
    LK_ELEMENT_U8,
    LK_ELEMENTS
};

/* Steps count elements. */
typedef void lk_load(size_t n, const void *from, ptrdiff_t step, void *reals);
typedef void lk_store(size_t n, const void *reals, void *to, ptrdiff_t step);

/* Element-wise work of the engine on n <= LK_CHUNK reals. */
typedef struct lk_kernel_table {
    lk_kernel *const *pointwise; /* by id: value, gradient and true curvature, fast */
    lk_kernel *const *every;     /* by id: every output of lk_span, all unscaled */
    lk_load *load[LK_ELEMENTS];
    lk_store *store[LK_ELEMENTS]; /* floating types only */
    void (*fill)(size_t n, void *a, double value);
    void (*add)(size_t n, void *a, const void *b);
    void (*weigh)(size_t n, void *a, const void *weight); /* 0 * anything = 0 */
    void (*scale)(size_t n, void *a, double factor);
    void (*raise)(size_t n, void *a, double lowest); /* NaN stays */
    void (*sum)(size_t n, const void *a, double *lanes);
    /* keep = target == ignored ? 0 : 1 (NaN ignores NaN); returns how many are kept. */
    size_t (*keep)(size_t n, const void *target, double ignored, void *keep);
    void (*blank)(size_t n, void *a, const void *keep, double value); /* where keep is 0 */
    int (*signs)(size_t n, void *target); /* 0/1 to -1/+1; nonzero when there was another number */
    const struct lk_row_kernels *row;     /* of the other families */
    const struct lk_region_kernels *region;
    const struct lk_embedding_kernels *embedding;
    const struct lk_ctc_kernels *ctc;
    const struct lk_edit_kernels *edit;
    const struct lk_bit_kernels *bits; /* of the edit distance */
} lk_kernel_table;

#endif
