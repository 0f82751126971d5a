/* train_measures.h: how good a model is on the parts of its data, in a few numbers. */
#ifndef LK_CLI_TRAIN_MEASURES_H
#define LK_CLI_TRAIN_MEASURES_H

#include "format.h"
#include "train_run.h"

typedef struct train_measure {
    const char *name;
    double values[PARTS]; /* NaN: not measured */
    int is_share;         /* of the size of 1, and shown with as many decimals as the others */
} train_measure;

enum { TRAIN_MEASURES = 8 };
/* Fills those that a part has; returns how many. */
int train_measures(const train_job *job, train_measure all[TRAIN_MEASURES]);

/* The measure of a part as text; "-" where there is none. */
const char *train_measure_text(const train_measure *m, int part, char text[NUMBER_TEXT]);

/* The part that says most, because training has seen least of it; -1: none was measured. */
int train_last_part(const train_job *job);

#endif
