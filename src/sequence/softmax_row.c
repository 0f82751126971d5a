/* softmax_row.c: the row kernels, forward and backward, on one row. */
#include "softmax_row.h"

#include <stdint.h>

#include "row_kernels.h"

lk_softmax_sums lk_softmax_row(const lk_kernel_table *kernels, size_t classes, const void *scores,
                               void *e)
{
    lk_softmax_sums s;
    const lk_row_sums sums = {.maximum = &s.maximum, .offset = &s.offset, .rest = &s.sum};
    const lk_row_tile tile = {
        .rows = 1, .classes = classes, .scores = (void *)(uintptr_t)scores, .offset = 1};
    kernels->row->forward_row(&tile, e, &sums);
    return s;
}

void lk_softmax_derive(const lk_kernel_table *kernels, size_t classes, void *e, double inverse,
                       double slope, double square, void *gradient, void *curvature)
{
    double nothing = 0;
    const lk_row_coefficients c = {.gradient = &slope,
                                   .diagonal = &slope,
                                   .outer = &nothing,
                                   .square = &square,
                                   .inverse_sum = &inverse,
                                   .inverse_rest = &nothing,
                                   .shift = &nothing,
                                   .constant = &nothing};
    const lk_row_tile tile = {
        .rows = 1, .classes = classes, .scores = e, .gradient = gradient, .curvature = curvature};
    kernels->row->backward_row(&tile, &c);
}
