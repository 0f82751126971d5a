/* occupancy.h: with which probability, given its target, an utterance is at a class in a frame. */
#ifndef LK_CLI_OCCUPANCY_H
#define LK_CLI_OCCUPANCY_H

#include "cli_error.h"

#include <stdint.h>

/* Paths that are NULL are not given; without an input there is a small utterance of our own. */
typedef struct occupancy_source {
    const char *input, *target, *input_lengths, *target_lengths;
    long sequence;
    int batch_first;
} occupancy_source;

typedef struct occupancy {
    int64_t frames, labels;
    int64_t rows;     /* classes of the target in the order in which they appear, then the blank */
    int64_t *classes; /* [rows] */
    double *share;    /* [rows, frames] */
    double value;     /* of the loss */
} occupancy;

/* params: those of ctc. The map must be freed after a failure, too. */
int occupancy_make(occupancy *map, const occupancy_source *from, const double *params, error *e);
void occupancy_free(occupancy *map);

#endif
