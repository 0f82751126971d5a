/* test_rows_layout.c: where the scores of few classes lie does not change a bit, and nothing
 * between the rows is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "losskit.h"

enum { ROWS = 130, CLASSES = 65, GAP = 3, ROOM = ROWS * (CLASSES + GAP) };
#define GUARD 77.0

/* Scores, targets and results in one layout: element c of row r at r * row_step + c * class_step.
 */
typedef struct layout {
    int dtype;
    int64_t rows, classes, row_step, class_step;
    double input[ROOM], target[ROOM], gradient[ROOM], value[ROWS]; /* f32: half of the room */
} layout;

static double get(const layout *l, const double *plane, int64_t at)
{
    return l->dtype == LK_F64 ? plane[at] : (double)((const float *)(const void *)plane)[at];
}

static void put(const layout *l, double *plane, int64_t at, double x)
{
    if (l->dtype == LK_F64)
        plane[at] = x;
    else
        ((float *)(void *)plane)[at] = (float)x;
}

static void fill(layout *l, int dtype, int64_t rows, int64_t classes, int apart)
{
    memset(l, 0, sizeof *l);
    l->dtype = dtype;
    l->rows = rows;
    l->classes = classes;
    l->row_step = apart ? 1 : classes + GAP;
    l->class_step = apart ? rows : 1;
    for (int64_t i = 0; i < ROOM; i++) put(l, l->gradient, i, GUARD);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < classes; c++) {
            const int64_t at = r * l->row_step + c * l->class_step, i = r * CLASSES + c;
            put(l, l->input, at, (double)(i * i % 1009) / 64 - 7);
            put(l, l->target, at, (double)(i * 31 % 17) / 256);
        }
}

static void run(layout *l, int soft)
{
    int64_t shape[2] = {l->rows, l->classes}, strides[2] = {l->row_step, l->class_step};
    int64_t label[ROWS];
    for (int64_t r = 0; r < l->rows; r++) label[r] = r * 7 % l->classes;
    lk_tensor input = lk_view(l->input, l->dtype, 2, shape);
    input.strides = strides;
    lk_tensor gradient = input, target = input;
    gradient.data = l->gradient;
    target.data = l->target;
    if (!soft) target = lk_vector(label, LK_I64, shape);
    const lk_tensor value = lk_vector(l->value, LK_F64, shape);
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.value = &value;
    call.gradient = &gradient;
    if (lk_evaluate(LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, &call)) fail_msg("%s", lk_last_error());
}

static void compare(int dtype, int64_t rows, int64_t classes, int soft)
{
    static layout near, apart;
    fill(&near, dtype, rows, classes, 0);
    fill(&apart, dtype, rows, classes, 1);
    run(&near, soft);
    run(&apart, soft);
    for (int64_t r = 0; r < rows; r++) {
        if (near.value[r] != apart.value[r])
            fail_msg("%d x %d, value[%d]: %.17g, apart %.17g", (int)rows, (int)classes, (int)r,
                     near.value[r], apart.value[r]);
        for (int64_t c = 0; c < classes + GAP; c++) {
            const double x = get(&near, near.gradient, r * near.row_step + c);
            const double y = c < classes ? get(&apart, apart.gradient, r + c * rows) : GUARD;
            if (x != y)
                fail_msg("%d x %d, gradient[%d, %d]: %.17g, not %.17g", (int)rows, (int)classes,
                         (int)r, (int)c, x, y);
        }
    }
    assert_true(near.value[rows - 1] > 0 || classes == 1);
}

static void test_layouts_agree(void **state)
{
    static const int64_t rows[] = {1, 3, 4, 5, 15, 16, 17, 31, 33, ROWS};
    (void)state;
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        for (int64_t classes = 1; classes <= CLASSES; classes += classes < 36 ? 1 : 29)
            for (int soft = 0; soft < 2; soft++) {
                compare(LK_F32, rows[k], classes, soft);
                compare(LK_F64, rows[k], classes, soft);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_layouts_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
