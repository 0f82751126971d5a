/* random_problem.h: a random problem of any loss: its arrays, by the shapes that its kind gives
 * them. */
#ifndef LK_CLI_RANDOM_PROBLEM_H
#define LK_CLI_RANDOM_PROBLEM_H

#include "array.h"
#include "losskit.h"
#include "random_points.h"

/* Of losses over sequences: rows is the number of sequences, dims of frames; of lists, classes is
 * the number of hypotheses and dims of their tokens. */
typedef struct problem_size {
    int64_t rows, classes, dims;
} problem_size;

typedef struct random_problem {
    lk_loss loss;
    const lk_loss_info *info;
    uint32_t takes, needs;
    problem_size size;
    int soft;      /* the target holds numbers of the shape of the input, not labels */
    int64_t blank; /* of ctc: the class that is no label; else -1 */
    int full;      /* all sequences are of full length */
    array arrays[LK_ARGUMENTS];
    lk_tensor views[LK_ARGUMENTS];
    lk_call call;
    double normalizer; /* of the last evaluation */
} random_problem;

/* Room for every array that the loss takes, f32 or f64 but for labels and lengths; `modes` has the
 * grouping, and LK_BATCH_FIRST. The blank is that of the presets. The call has no tensor yet. After
 * a failure, too, the problem must be freed. */
int random_problem_create(random_problem *p, lk_loss loss, int dtype, const problem_size *size,
                          int soft, const lk_call *modes, error *e);
void random_problem_free(random_problem *p);
/* The parameters' blank. */
void random_problem_set_blank(random_problem *p, const double *params);

/* Gives the call the tensors of this set of 1 << lk_argument_id, and no other. */
void random_problem_attach(random_problem *p, uint32_t set);

/* What must be there for the call to be valid: without lengths, padding would count. */
uint32_t random_problem_needs(const random_problem *p);

/* New numbers in all inputs, within `reach` where the domain has no ends. Sequences get lengths
 * with which every target has a path, and padding that is no label. */
void random_problem_draw(random_problem *p, lk_random *r, double reach);
/* Turns rows of scores, or of soft targets when id is the target, into logarithms of
 * probabilities, or into probabilities. */
void random_problem_normalize(random_problem *p, lk_argument_id id, int logarithms);

/* Whether this build can compute the loss: some need a library of matrix products. */
int random_problem_is_available(lk_loss loss);

/* Where row (sequence n, frame t) of the input of a loss over frames begins. */
int64_t random_problem_frame(const random_problem *p, int64_t n, int64_t t);

double random_problem_get(const random_problem *p, lk_argument_id id, int64_t i);
void random_problem_set(random_problem *p, lk_argument_id id, int64_t i, double x);

#endif
