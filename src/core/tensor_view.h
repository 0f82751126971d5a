/* tensor_view.h: checked, broadcast views of the caller's tensors. */
#ifndef LK_TENSOR_VIEW_H
#define LK_TENSOR_VIEW_H

#include "losskit.h"
#include "pointwise_kernels.h"

enum { LK_MAX_DIMS = 16 };

/* A tensor seen with the shape of `input`, in C order; neighbouring dimensions that one step
 * describes are merged. A broadcast dimension has step 0. */
typedef struct lk_array {
    char *data;  /* element 0; NULL: the tensor is absent */
    int element; /* enum lk_element */
    int width;   /* bytes of an element */
    int ndim;
    int64_t low, high; /* bytes from data to the lowest and the highest element */
    int64_t shape[LK_MAX_DIMS], step[LK_MAX_DIMS]; /* innermost first; steps count elements */
} lk_array;

/* All fail with a sentence that begins with the loss and calls the tensor by `name`. */

/* Number of elements of `input`, the shape that the others are seen with. */
lk_status lk_array_count(const char *loss, const lk_tensor *input, int64_t *n);
/* `frame` NULL: the tensor's own shape; otherwise broadcast to that of `frame`, which sentences
 * call frame_name. */
lk_status lk_array_input(const char *loss, const char *name, const lk_tensor *tensor,
                         const lk_tensor *frame, const char *frame_name, lk_array *array);
/* Same shape as `frame`, a floating type, no element twice. */
lk_status lk_array_output(const char *loss, const char *name, const lk_tensor *tensor,
                          const lk_tensor *frame, const char *frame_name, lk_array *array);
/* Likewise, of i32 or i64. */
lk_status lk_array_integer_output(const char *loss, const char *name, const lk_tensor *tensor,
                                  const lk_tensor *frame, const char *frame_name, lk_array *array);

int lk_array_is_contiguous(const lk_array *array);
int lk_array_is_scalar(const lk_array *array); /* one element stands for all */
/* Whether writing one may change the other; `same` tells that they are the same view. */
int lk_array_overlap(const lk_array *a, const lk_array *b, int *same);

/* Elements first .. first + n - 1 where the caller has them as contiguous reals of real_width
 * bytes; NULL where they are absent, apart or of another type. */
void *lk_array_reach(const lk_array *array, size_t real_width, int64_t first, size_t n);

/* Elements first .. first + n - 1 to or from contiguous reals of real_width bytes. */
void lk_array_load(const lk_array *array, const lk_kernel_table *kernels, size_t real_width,
                   int64_t first, size_t n, void *reals);
void lk_array_store(const lk_array *array, const lk_kernel_table *kernels, size_t real_width,
                    int64_t first, size_t n, const void *reals);

/* The longest stretch from element `index` on, of at most `most`, that one step describes. */
typedef struct lk_run {
    char *at;
    int64_t step;
    size_t n;
} lk_run;
lk_run lk_array_run(const lk_array *array, int64_t index, size_t most);

/* The step in elements of dimension d of a C-order or strided tensor. */
int64_t lk_tensor_step(const lk_tensor *tensor, int d);

/* "[3, 4]", the place of a C-order index in the tensor's shape. */
void lk_place(const lk_tensor *tensor, int64_t index, char *text, size_t size);

#endif
