/* edit_reference.h: the soft edit distance as a sum over all edit paths, in long double, and
 * its derivatives by differences; a problem of random sequences, and its call in any layout. Shares
 * nothing with the library. */
#ifndef LK_TESTS_EDIT_REFERENCE_H
#define LK_TESTS_EDIT_REFERENCE_H

#include "losskit.h"
#include "support/view.h"

enum { EDIT_SEQUENCES = 4, EDIT_FRAMES = 6, EDIT_CLASSES = 5, EDIT_LABELS = 5 };

typedef struct edit_problem {
    int64_t sequences, frames, classes, labels; /* extents; at most those above */
    double gamma;
    int logits;
    int64_t input_length[EDIT_SEQUENCES], target_length[EDIT_SEQUENCES];
    int64_t target[EDIT_SEQUENCES][EDIT_LABELS];
    double x[EDIT_SEQUENCES][EDIT_FRAMES][EDIT_CLASSES];
    double weight[EDIT_SEQUENCES], upstream[EDIT_SEQUENCES];
} edit_problem;

/* Full extents, random lengths, labels with repetitions, weights and upstream gradients; numbers
 * are multiples of 2^-4, exact in every dtype. */
void edit_problem_make(edit_problem *p, double gamma, int logits, uint64_t seed);
long double edit_value(const edit_problem *p, int64_t sequence); /* not weighted */
double edit_slope(edit_problem *p, int64_t sequence, int64_t t, int64_t c);
double edit_bend(edit_problem *p, int64_t sequence, int64_t t, int64_t c);

typedef struct edit_call {
    int dtype;
    enum view_layout layout;
    int batch_first, concatenated, in_place, without_weights;
    double filling; /* of the outputs, before */
    lk_call call;   /* flags, reduction and floor may be set before */
    lk_result result;
    view input, target, input_lengths, target_lengths, weight, upstream, value, gradient, curvature;
} edit_call;

void edit_call_make(edit_call *c, const edit_problem *p);
lk_status edit_call_run(edit_call *c, const edit_problem *p);
/* Of an array of the input's shape. */
int64_t edit_index(const edit_call *c, const edit_problem *p, int64_t n, int64_t t, int64_t k);
void edit_call_free(edit_call *c);

#endif
