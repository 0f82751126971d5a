/* train_watch.h: what a training shows while it runs, and how it is told to stop. */
#ifndef LK_CLI_TRAIN_WATCH_H
#define LK_CLI_TRAIN_WATCH_H

#include "cli_error.h"
#include "losskit_learn.h"

#include <jansson.h>

/* An epoch or iteration, for curves. */
typedef struct watch_point {
    double at, loss, validation_loss, validation_metric, learning_rate;
} watch_point;

typedef struct train_watch {
    int json, quiet, bar; /* lines of JSON; nothing; a bar that is drawn over and over */
    const char *unit;     /* "epoch" */
    const char *metric;   /* of the validation: "accuracy" */
    int member, members;  /* of an ensemble, from 1; 0: none */
    double spoken;        /* seconds when the last line or bar was written */
    watch_point *points;
    int64_t n_points, room;
    int finish_epoch; /* an interrupt waits for the end of the epoch */
    int announced;
    int64_t last_epoch;
    double validation_loss, validation_metric; /* of the last whole epoch */
    /* Keeps the state after an epoch; may be NULL. A failure has been told and ends nothing. */
    void (*keep)(void *context, const lk_model *state, int64_t epoch);
    void *context;
} train_watch;

/* From here on an interrupt ends the training; the second one ends the program. */
void watch_begin(train_watch *w);
void watch_end(train_watch *w); /* clears the bar; interrupts are what they were */
void watch_free(train_watch *w);
int watch_interrupted(void);

/* An lk_progress_function whose context is the watch. */
int watch_progress(void *context, const lk_progress *progress);

/* null for NaN, which stands for what is not measured. */
json_t *watch_number(double x);

#endif
