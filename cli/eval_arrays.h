/* eval_arrays.h: the arrays of one call of a loss, from files and back to files. */
#ifndef LK_CLI_EVAL_ARRAYS_H
#define LK_CLI_EVAL_ARRAYS_H

#include "array.h"
#include "losskit.h"

enum { EVAL_INPUTS = 5, EVAL_OUTPUTS = 5 };

/* In the order of the members of lk_call. A path of NULL leaves that array out. */
typedef struct eval_arrays {
    const char *input_paths[EVAL_INPUTS], *output_paths[EVAL_OUTPUTS];
    array inputs[EVAL_INPUTS], outputs[EVAL_OUTPUTS];
    lk_tensor input_views[EVAL_INPUTS], output_views[EVAL_OUTPUTS];
} eval_arrays;

/* Reads the inputs. Predictions that are integers become f64. */
int eval_arrays_read(eval_arrays *a, error *e);
/* Room for the outputs, which have the shape of the first input; dtype 0 means its dtype. */
int eval_arrays_allocate(eval_arrays *a, int dtype, error *e);
void eval_arrays_attach(eval_arrays *a, lk_call *call);
/* All files or none. */
int eval_arrays_write(const eval_arrays *a, error *e);
void eval_arrays_free(eval_arrays *a);

const char *dtype_word(int dtype); /* "f32" */

#endif
