/* frame_network.h: a network that reads a string frame by frame, for losses of whole sequences, and
 * how such a loss trains it: losskit gives the slope of the scores, matrix products carry it to the
 * weights. */
#ifndef LK_FRAME_NETWORK_H
#define LK_FRAME_NETWORK_H

#include "digit_strings.h"

/* Scores of a frame = outputs relu(hidden (window, 1)): of the ten digits and, last, the blank. */
enum {
    FRAME_BLANK = 10,
    FRAME_CLASSES = 11,
    FRAME_INPUTS = STRING_WINDOW + 1,
    FRAME_HIDDEN = 64,
    FRAME_OUTPUTS_AT = FRAME_INPUTS * FRAME_HIDDEN, /* where the weights of the outputs begin */
    FRAME_WEIGHTS = FRAME_OUTPUTS_AT + FRAME_HIDDEN * FRAME_CLASSES
};

typedef struct frame_network {
    float weight[FRAME_WEIGHTS], slope[FRAME_WEIGHTS];
    float mean[FRAME_WEIGHTS], square[FRAME_WEIGHTS]; /* Adam's */
    int64_t steps;
    int64_t n, frames; /* strings that are looked at, and frames of the longest one */
    int32_t *extent;   /* [n] the frames of each */
    float *window;     /* [n, frames, FRAME_INPUTS] */
    float *hidden, *hidden_slope;
    float *score, *score_slope; /* [n, frames, FRAME_CLASSES] */
} frame_network;

/* Room for so many strings at once. On failure nothing is to be freed. */
lk_status frame_network_open(int64_t strings, uint64_t seed, frame_network **out);
void frame_network_free(frame_network *network); /* NULL may be freed */

/* Sets n, frames and score; frames beyond a string's own have scores, too. which: the strings'
 * numbers; NULL: 0 .. n - 1. */
lk_status frame_network_look(frame_network *network, const digit_string *strings, int64_t n,
                             const int64_t *which);
/* A step of Adam along score_slope, the slope of the loss by the scores of the last look. */
lk_status frame_network_step(frame_network *network, double rate);

#endif
