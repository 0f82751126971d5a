/* string_reader.h: networks that learn to read strings of digits, and how well they do. */
#ifndef LK_STRING_READER_H
#define LK_STRING_READER_H

#include "frame_network.h"

enum { READER_TRAIN = 1000, READER_TEST = 200, READER_EPOCHS = 24, READER_BEAM = 16 };

/* What the network is told of a string: CTC its digits; the others a label for each frame. Labels
 * of frames give a digit the middle of its part, and blank the rest, so that equal neighbours stay
 * apart. */
typedef enum teacher { CTC, EQUAL_HALF, EQUAL_CENTRE, TRUE_HALF, TRUE_CENTRE, TEACHERS } teacher;
const char *teacher_name(teacher from);

/* The labels of up to READER_TEST strings. */
typedef struct labels {
    int32_t label[READER_TEST][STRING_FRAMES], length[READER_TEST];
} labels;
/* Room for those of a trial; right: of the test strings, once train_reader() is back. */
typedef struct desk {
    labels right, greedy, beam;
} desk;

/* A trained network on the test strings. */
typedef struct outcome {
    double curve[READER_EPOCHS + 1]; /* error rate of greedy search, before and after each epoch */
    lk_edits greedy, beam;
    double digit_frames; /* whose best class is a digit, for each digit of the strings */
    double unlikelier;   /* the share of strings of which beam search finds a worse labelling */
} outcome;

/* Trains on READER_TRAIN strings, and leaves the network with the scores of READER_TEST others. */
lk_status train_reader(frame_network *network, const digit_string *train, const digit_string *test,
                       teacher from, uint64_t seed, desk *d, outcome *out);

/* CTC of the strings that were looked at; value [n] and gradient, of the shape of the scores, may
 * be NULL. */
lk_status reader_ctc(const frame_network *network, const labels *l, float *value, float *gradient);

#endif
