/* train_plan.h: what the options of `losskit train` ask for. */
#ifndef LK_CLI_TRAIN_PLAN_H
#define LK_CLI_TRAIN_PLAN_H

#include "data_file.h"
#include "expression.h"
#include "losskit_learn.h"
#include "options.h"

enum {
    TRAIN_MODEL = OPTION_OWN,
    TRAIN_LOSS,
    TRAIN_PARAM,
    TRAIN_L1,
    TRAIN_L2,
    TRAIN_COST,
    TRAIN_BIAS,
    TRAIN_LABEL,
    TRAIN_TASK,
    TRAIN_WEIGHT,
    TRAIN_DATA,
    TRAIN_VALIDATION,
    TRAIN_TEST,
    TRAIN_SCALE,
    TRAIN_SOLVER,
    TRAIN_TOLERANCE,
    TRAIN_ITERATIONS,
    TRAIN_EPOCHS,
    TRAIN_BATCH,
    TRAIN_LEARNING_RATE,
    TRAIN_OPTIMIZER,
    TRAIN_MOMENTUM,
    TRAIN_SCHEDULE,
    TRAIN_DECAY,
    TRAIN_DECAY_EPOCHS,
    TRAIN_WARMUP,
    TRAIN_PATIENCE,
    TRAIN_CLIP,
    TRAIN_DROPOUT,
    TRAIN_BATCH_NORM,
    TRAIN_ACTIVATION,
    TRAIN_INITIALIZATION,
    TRAIN_INITIALIZATION_SCALE,
    TRAIN_CENTER_RATE,
    TRAIN_MARGIN_LAMBDA,
    TRAIN_AUGMENT,
    TRAIN_AVERAGED,
    TRAIN_ROUNDS,
    TRAIN_NORMAL,
    TRAIN_SHRINKAGE,
    TRAIN_QUANTILE,
    TRAIN_CLASS_WEIGHT,
    TRAIN_RESAMPLE,
    TRAIN_RATIO,
    TRAIN_NEIGHBOURS,
    TRAIN_NOISE,
    TRAIN_ENSEMBLE,
    TRAIN_PRIOR,
    TRAIN_OUTPUT,
    TRAIN_REPORT,
    TRAIN_CHECKPOINT,
    TRAIN_RESUME,
    TRAIN_DIAGNOSE,
    TRAIN_QUIET,
    TRAIN_SEED,
    TRAIN_THREADS
};

typedef enum train_kind {
    TRAIN_LINEAR,
    TRAIN_MLP,
    TRAIN_PERCEPTRON,
    TRAIN_ADABOOST,
    TRAIN_MAHALANOBIS
} train_kind;
const char *train_kind_word(train_kind kind);

/* Limits of options where the matter itself has none. */
#define COUNT_LARGEST (1L << 53)
#define NUMBER_LARGEST 1e300

/* Rows for validation or test: a share of DATA, or a file; neither: none. */
typedef struct train_rows {
    double fraction;
    const char *path;
} train_rows;

enum { TRAIN_LAYERS = 64 };

/* What --class-weight and --prior say. */
typedef enum train_shares {
    SHARES_NONE,
    SHARES_COMPUTED,
    SHARES_EFFECTIVE,
    SHARES_GIVEN
} train_shares;

typedef struct train_plan {
    const options *given;
    train_kind kind;
    expression objective; /* n 0: the usual loss of the task */
    data_request request;
    train_rows validation, test;
    int scale;   /* an lk_scale; -1: the usual one of the model and the data */
    double cost; /* C of support vector machines; 0: l2 it is */
    lk_linear_options linear;
    lk_perceptron_options perceptron;
    lk_adaboost_options adaboost;
    lk_mlp_options mlp;
    lk_layer layers[TRAIN_LAYERS];
    lk_augmentation augmentation;
    int augmented;
    double shrinkage, quantile;
    lk_resample_options resample; /* method NONE: as the data is */
    train_shares class_weight, prior;
    double beta;        /* of SHARES_EFFECTIVE */
    const char *normal; /* class of mahalanobis; NULL: the largest */
    long members;       /* of an ensemble; 0: a single model */
    uint64_t seed;
    long threads;
    const char *output, *report, *checkpoint, *resume;
    int json, quiet, diagnose;
} train_plan;

/* Fills the plan, or explains what is wrong with the words: wrong usage. */
int train_plan_read(const options *o, train_plan *p, error *e);

/* The next of "name=number,name=number": *at moves on and is NULL past the last. The name may hold
 * an '='. Numbers are not negative. */
enum { CLASS_NAME_TEXT = 256 };
int train_named_number(const char **at, const char *option, char name[CLASS_NAME_TEXT],
                       double *value, error *e);

/* The parts of it that train_plan_read() calls. */
int train_plan_network(const options *o, train_plan *p, error *e);
int train_plan_data(const options *o, train_plan *p, error *e);

#endif
