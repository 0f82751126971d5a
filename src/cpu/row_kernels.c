/* row_kernels.c: losses over rows of class scores; compiled once per instruction set and width, as
 * pointwise_kernels.c is. */
#include "row_kernels.h"

#include "kernel_set.h"
#include "row_functions.h"
#include "row_log_sums.h"
#include "row_scores.h"
#include "row_single.h"
#include "row_targets.h"
#include "row_tile.h"
#include "row_transpose.h"
#include "rows_list.h"
#if LK_REAL == 64
#include "row_stage.h"
#endif

extern const lk_row_kernels LK_SET_NAME(lk_row_kernels);

#define ROW_ENTRY(name, id) [id] = name##_rows,
static lk_row_kernel *const row_kernels[LK_ROW_SLOTS] = {
    LK_FUNCTIONS(ROW_ENTRY) LK_LOG_LOSSES(ROW_ENTRY) LK_SCORE_LOSSES(ROW_ENTRY)};

const lk_row_kernels LK_SET_NAME(lk_row_kernels) = {
    .forward = forward,
    .backward = backward,
    .forward_row = forward_row,
    .backward_row = backward_row,
    .smooth = smooth,
    .entropy = entropy,
    .cap = cap,
    .cap_vector = cap_vector,
    .uncap = uncap,
    .target_gradient = target_gradient,
    .to_tile = to_tile,
    .from_tile = from_tile,
    .row = row_kernels,
#if LK_REAL == 64
    .label_stage = label_stages,
    .dense_stage = dense_stage,
#endif
};
