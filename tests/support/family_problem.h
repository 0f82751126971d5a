/* family_problem.h: a random call of any loss that is not pointwise, with every argument that it
 * takes. */
#ifndef LK_TESTS_FAMILY_PROBLEM_H
#define LK_TESTS_FAMILY_PROBLEM_H

#include "losskit.h"
#include "rng.h"

enum { PROBLEM_DIMS = 3 };

typedef struct problem {
    lk_loss id;
    const lk_loss_info *info;
    uint32_t takes, needs;
    int dtype; /* of all floating arrays */
    int64_t rows, classes, dims;
    lk_tensor tensor[LK_ARGUMENTS];
    int64_t shape[LK_ARGUMENTS][PROBLEM_DIMS];
    int64_t count[LK_ARGUMENTS];
    void *data[LK_ARGUMENTS];
    lk_call call;
    lk_result result;
} problem;

/* The next loss of the catalogue after id that is not pointwise; 0 past the last. */
lk_loss next_family_loss(lk_loss id);
#define FOR_EACH_FAMILY_LOSS(id) \
    for (lk_loss id = next_family_loss((lk_loss)0); id; id = next_family_loss(id))

/* Inputs are multiples of 2^-4, exact in every floating type; outputs are filled with `filling`.
 * Sequences come first (LK_BATCH_FIRST), with `dims` frames, lengths, and targets that have a path;
 * lists have `classes` hypotheses of `dims` tokens. */
problem *problem_new(lk_loss id, int dtype, int64_t rows, int64_t classes, int64_t dims,
                     uint64_t seed, double filling);
void problem_free(problem *p);
lk_status problem_run(problem *p); /* with the parameters' presets */

int is_output(int argument);
double problem_get(const problem *p, int argument, int64_t index);
void problem_set(problem *p, int argument, int64_t index, double x);
/* Leaves an argument out of the call. */
void problem_drop(problem *p, int argument);

#endif
