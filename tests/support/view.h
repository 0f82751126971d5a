/* view.h: tensors laid out at random in poisoned memory. */
#ifndef LK_TESTS_VIEW_H
#define LK_TESTS_VIEW_H

#include "losskit.h"
#include "support/rng.h"

enum { VIEW_DIMS = 4 };

typedef struct view {
    lk_tensor tensor;
    int64_t shape[VIEW_DIMS], strides[VIEW_DIMS];
    unsigned char *memory, *before; /* before: a copy made by view_remember */
    size_t size;
    int dtype;
} view;

enum view_layout {
    VIEW_PLAIN,  /* C order, strides NULL */
    VIEW_RANDOM, /* axes in any order, backwards or forwards, with gaps, from any byte_offset */
};

/* Every byte that is not set holds a poison. The view owns its memory until view_free. */
void view_make(view *v, int dtype, int32_t ndim, const int64_t *shape, enum view_layout layout,
               rng *r);
void view_free(view *v);

int64_t view_count(const view *v);
/* Address of the element with this C-order index. */
void *view_at(const view *v, int64_t index);
double view_get(const view *v, int64_t index);
void view_set(view *v, int64_t index, double x);

/* Keeps a copy of the memory; afterwards, whether any byte outside the elements has changed, and
 * whether any byte at all. */
void view_remember(view *v);
int view_gaps_changed(const view *v);
int view_changed(const view *v);

#endif
