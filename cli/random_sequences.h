/* random_sequences.h: the shapes and integers of random problems over sequences. */
#ifndef LK_CLI_RANDOM_SEQUENCES_H
#define LK_CLI_RANDOM_SEQUENCES_H

#include "random_problem.h"

/* Of an input of the call; returns the number of dimensions. */
int sequence_shape_of(const random_problem *p, lk_argument_id id, int64_t *shape);
/* Whether the array holds labels, tokens or lengths. */
int sequence_is_integers(lk_argument_id id);
/* New labels, tokens and lengths. */
void sequence_draw(random_problem *p, lk_random *r);

#endif
