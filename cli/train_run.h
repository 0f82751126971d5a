/* train_run.h: a training from its rows to its files. */
#ifndef LK_CLI_TRAIN_RUN_H
#define LK_CLI_TRAIN_RUN_H

#include "predictions.h"
#include "train_sets.h"
#include "train_watch.h"

typedef struct train_job {
    const train_plan *plan;
    train_sets sets;
    expression objective; /* the plan's, or the usual one */
    train_watch watch;
    lk_model *resume, *model;
    lk_linear_report linear;
    lk_mlp_report mlp;
    double *bounds; /* of the training error after each round of adaboost */
    int64_t mistakes, rounds;
    int measured[PARTS];
    measurement measurements[PARTS];
    double seconds;
    int checkpoint_failed; /* the last one was not written */
    int64_t kept_epoch;    /* that the checkpoint holds; 0: none */
} train_job;

/* The result is a STATUS. */
int train_run(const train_plan *plan, error *e);

/* Before a fit: the usual objective where the plan has none, and the model to go on from. */
void train_choose_objective(train_job *job);
int train_read_resumed(train_job *job, error *e);
/* Fits job->model on job->sets.fit. */
int train_fit(train_job *job, error *e);
/* The options of a multi-layer perceptron; the two others are room for what they point to. */
lk_mlp_options train_mlp_options(const train_job *job, lk_objective objective[EXPRESSION_TERMS],
                                 lk_augmentation *augmentation);
/* Instead of a fit: says what is wrong with it. STATUS_FAILED without a sentence: something is. */
int train_diagnose(train_job *job, error *e);
/* What prediction needs to know besides the weights; the scaling comes last, as measurements are of
 * rows that are scaled already, and have the model's class names. */
int train_describe_model(const train_job *job, lk_model *model, error *e);
int train_attach_scaling(const train_job *job, lk_model *model, error *e);

/* What came out, for people and as a line of JSON. */
void train_print(const train_job *job, FILE *out);
int train_print_json(const train_job *job, error *e);

/* How the fit ended: "converged after 12 iterations", in the text of the given size. */
void train_ending(const train_job *job, char *text, size_t size);
/* "linear, softmax_cross_entropy + ..." */
void train_objective_text(const train_job *job, char *text, size_t size);

/* The HTML page. */
int train_write_report(const train_job *job, error *e);

#endif
