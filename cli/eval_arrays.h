/* eval_arrays.h: the arrays of an evaluation, from files and back to files. */
#ifndef LK_CLI_EVAL_ARRAYS_H
#define LK_CLI_EVAL_ARRAYS_H

#include "argument_options.h"
#include "array.h"
#include "expression.h"

/* By slot. A path of NULL leaves that array out. */
typedef struct eval_arrays {
    const char *paths[SLOTS];
    array arrays[SLOTS];
    lk_tensor views[SLOTS];
} eval_arrays;

/* The slot that a tensor of the term's call comes from. */
int eval_slot(const eval_arrays *a, const expression_term *term, lk_argument_id id);
/* Whether the term's loss takes what the slot holds, and the slot is the one for it. */
int eval_takes(const eval_arrays *a, const expression_term *term, int slot);

/* Reads the inputs. Integers where numbers are wanted become f64, whole numbers where labels or
 * lengths are wanted become i64. */
int eval_arrays_read(eval_arrays *a, const expression *x, error *e);
/* Room for the outputs; dtype 0 means that of the input. `modes` has the class axis, the grouping
 * and the flags. */
int eval_arrays_allocate(eval_arrays *a, const expression *x, const lk_call *modes, int dtype,
                         error *e);
/* Sets the tensors of the term's call. */
void eval_arrays_attach(eval_arrays *a, const expression_term *term, lk_call *call);
/* All files or none. */
int eval_arrays_write(const eval_arrays *a, error *e);
void eval_arrays_free(eval_arrays *a);

const char *dtype_word(int dtype); /* "f32" */

#endif
