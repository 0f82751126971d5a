/* train_measures.h: how good a model is on the parts of its data, in a few numbers. */
#ifndef LK_CLI_TRAIN_MEASURES_H
#define LK_CLI_TRAIN_MEASURES_H

#include "train_run.h"

typedef struct train_measure {
    const char *name;
    double values[PARTS]; /* NaN: not measured */
} train_measure;

enum { TRAIN_MEASURES = 8 };
/* Fills those that a part has; returns how many. */
int train_measures(const train_job *job, train_measure all[TRAIN_MEASURES]);

/* The part that says most, because training has seen least of it; -1: none was measured. */
int train_last_part(const train_job *job);

#endif
