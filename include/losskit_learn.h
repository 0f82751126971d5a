/* losskit_learn.h: models trained with the losses of losskit.h. C99, C11 and C++17.
 *
 *     lk_dataset data;
 *     lk_model *model;
 *     lk_linear_options options = LK_LINEAR_OPTIONS_INIT;
 *     options.loss = LK_HINGE;
 *     options.l2 = 1e-4;
 *     if (lk_dataset_create(&features, &labels, NULL, &data) ||
 *         lk_dataset_set_classes(&data, 2) ||
 *         lk_train_linear(&data, &options, &model, NULL))
 *         fprintf(stderr, "%s\n", lk_last_error());
 *
 * Failures are those of losskit.h: a status, and a sentence in lk_last_error(); outputs are then
 * empty. The same call gives the same bits whatever the number of threads, BLAS's own included.
 * What an _INIT macro presets is a sensible default; options of another size than it sets are
 * refused.
 * SPDX-License-Identifier: MIT */
#ifndef LOSSKIT_LEARN_H
#define LOSSKIT_LEARN_H

#include "losskit.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- random numbers -----------------------------------------------------------------------------
 * The same sequence for a seed on every machine (splitmix64). */
typedef struct lk_random {
    uint64_t state; /* the seed, at first */
} lk_random;
LK_API uint64_t lk_random_bits(lk_random *random);
LK_API double lk_random_unit(lk_random *random);              /* [0, 1), a multiple of 2^-53 */
LK_API double lk_random_normal(lk_random *random);            /* mean 0, variance 1 */
LK_API int64_t lk_random_below(lk_random *random, int64_t n); /* 0 .. n - 1, without bias */
LK_API void lk_random_shuffle(lk_random *random, int64_t n, int64_t *items);
/* The seed of an independent sequence: of an epoch, a thread's share, a layer. */
LK_API uint64_t lk_random_stream(uint64_t seed, uint64_t index);

/* ---- data ---------------------------------------------------------------------------------------
 * Rows of features, dense or sparse, with what is to be learned of each. Owns its arrays, which the
 * caller may read and change; released by lk_dataset_free(). Missing arrays are NULL. */
typedef struct lk_dataset {
    int64_t rows, features;
    double *dense; /* [rows, features]; NULL: sparse */
    /* sparse: row i has the values starts[i] .. starts[i + 1] - 1, in ascending columns */
    int64_t *starts; /* [rows + 1] */
    int32_t *columns;
    double *values;
    int64_t targets; /* numbers to be learned of each row: 1, or several labels or outputs */
    double *target;  /* [rows, targets] */
    double *weight;  /* [rows], not negative; NULL: all 1 */
    int64_t classes; /* target holds classes 0 .. classes - 1; 0: numbers */
} lk_dataset;

/* Copies. features [N, D], target [N] or [N, K], weight [N], of any dtype and strides; target and
 * weight may be NULL. All numbers must be finite, weights not negative. */
LK_API lk_status lk_dataset_create(const lk_tensor *features, const lk_tensor *target,
                                   const lk_tensor *weight, lk_dataset *out);
/* Copies sparse rows (CSR); target and weight [rows] or NULL. */
LK_API lk_status lk_dataset_create_sparse(int64_t rows, int64_t features, const int64_t *starts,
                                          const int32_t *columns, const double *values,
                                          const double *target, const double *weight,
                                          lk_dataset *out);
LK_API void lk_dataset_free(lk_dataset *data); /* leaves it empty; an empty one may be freed */
/* Checks that the one target of every row is a class in [0, classes). */
LK_API lk_status lk_dataset_set_classes(lk_dataset *data, int64_t classes);
/* The rows with the given numbers, in that order, repetitions allowed. */
LK_API lk_status lk_dataset_take(const lk_dataset *data, int64_t n, const int64_t *rows,
                                 lk_dataset *out);

/* Divides the rows into parts: rows [data->rows] receives row numbers, sizes [parts] how many of
 * them each part has; fractions [parts] sum to 1. stratified: each part has every class in its
 * share of the whole, to within one row, and the parts their sizes as nearly as that allows;
 * numbers have no classes and are divided as a whole. Every part keeps the order of the data. */
LK_API lk_status lk_split(const lk_dataset *data, int parts, const double *fractions,
                          int stratified, uint64_t seed, int64_t *rows, int64_t *sizes);

/* Features as the model sees them: (x - shift) factor, fitted to the training rows. A feature that
 * is constant there, or differs by rounding alone, becomes 0. Sparse rows take LK_SCALE_MAX_ABS
 * alone, which keeps zeros. The weights of the rows do not matter. */
typedef enum lk_scale {
    LK_SCALE_NONE = 0,
    LK_SCALE_STANDARD = 1, /* mean 0, variance 1 (divided by N) */
    LK_SCALE_MIN_MAX = 2,  /* 0 to 1 */
    LK_SCALE_MAX_ABS = 3   /* -1 to 1 */
} lk_scale;
typedef struct lk_scaling {
    int64_t features;
    double *shift, *factor; /* [features] */
} lk_scaling;
LK_API lk_status lk_scaling_fit(const lk_dataset *data, lk_scale kind, lk_scaling *out);
LK_API lk_status lk_scaling_apply(const lk_scaling *scaling, lk_dataset *data);
LK_API void lk_scaling_free(lk_scaling *scaling);

/* ---- models -------------------------------------------------------------------------------------
 */
typedef struct lk_model lk_model;

typedef enum lk_model_kind {
    LK_MODEL_LINEAR = 1, /* the perceptron's, too */
    LK_MODEL_MLP = 2,
    LK_MODEL_STUMPS = 3,   /* AdaBoost */
    LK_MODEL_ENSEMBLE = 4, /* the mean score of members */
    LK_MODEL_GAUSSIAN = 5  /* Mahalanobis distance */
} lk_model_kind;

typedef struct lk_model_info {
    lk_model_kind kind;
    lk_loss loss; /* that it was trained with, the first of a sum; 0: none */
    int64_t features, outputs, classes;
    int64_t targets;
    int64_t members;                /* of an ensemble */
    const char *const *class_names; /* [classes], owned by the model; NULL: they have none */
    /* Of two classes and one output: class 1 has scores above it. 0, but 1/2 where scores stand for
     * 0 and 1 themselves: of binary_cross_entropy and losses of residuals. */
    double boundary;
} lk_model_info;
LK_API void lk_model_describe(const lk_model *model, lk_model_info *info);
LK_API void lk_model_free(lk_model *model); /* NULL may be freed */

/* scores [rows, outputs]: what the loss calls its input. One output of two classes is the score of
 * class 1. Rows are scaled by the model where it has a scaling. */
LK_API lk_status lk_model_predict(const lk_model *model, const lk_dataset *data, double *scores);
/* The class of each row: the largest score, the first of equal ones; one output: class 1 when the
 * score is above lk_model_info's boundary. */
LK_API lk_status lk_model_classify(const lk_model *model, int64_t rows, const double *scores,
                                   int64_t *classes);
/* Scores as probabilities, [rows, classes], where the loss is one that has them; otherwise
 * LK_UNSUPPORTED. Those of the distribution that was trained on: weights of rows and classes, the
 * weights that a loss has (pos_weight, alpha), smoothed labels and the focus of focal losses are
 * not taken back. softmax(s); sigmoid(s), for exponential sigmoid(2 s); (1 + s) / 2 within 0 and 1
 * for modified_huber and squared_hinge; s for binary_cross_entropy and squared_error. One against
 * the rest: divided by their sum. */
LK_API lk_status lk_model_probabilities(const lk_model *model, int64_t rows, const double *scores,
                                        double *probabilities);

/* Both are copied into the model; names may be NULL. */
LK_API lk_status lk_model_set_scaling(lk_model *model, const lk_scaling *scaling);
LK_API lk_status lk_model_set_class_names(lk_model *model, const char *const *names);
/* One entry of the metadata that goes with the model ("column.label", "command"); text NULL removes
 * it. */
LK_API lk_status lk_model_set_note(lk_model *model, const char *key, const char *text);
LK_API const char *lk_model_note(const lk_model *model, const char *key); /* NULL: none */

/* Weights by name ("weight", "bias", "layer1.weight"), views valid as long as the model. */
LK_API int64_t lk_model_tensors(const lk_model *model);
LK_API lk_status lk_model_tensor(const lk_model *model, int64_t index, const char **name,
                                 lk_tensor *view);

/* A model as the bytes of a safetensors file, whose metadata holds the rest; what the training
 * needs to go on is in it. The same model gives the same bytes. Names and notes have to be UTF-8,
 * and numbers finite. Nothing in the bytes is trusted when they are read. */
LK_API lk_status lk_model_write(const lk_model *model, void **bytes, size_t *size); /* free() */
LK_API lk_status lk_model_read(const void *bytes, size_t size, lk_model **out);

/* ---- progress -----------------------------------------------------------------------------------
 */
typedef struct lk_progress {
    int64_t epoch, epochs;      /* or iterations; epochs 0: no end is known */
    int64_t step, steps;        /* batches within the epoch; step == steps at its end */
    double loss;                /* objective, or mean training loss of the epoch so far */
    double validation_loss;     /* NaN: not measured */
    double validation_metric;   /* accuracy, or R2 of numbers; NaN: not measured */
    double measure;             /* of the stopping rule: gradient norm or gap; NaN: none */
    double learning_rate;       /* NaN: none */
    double seconds;             /* since the start */
    const lk_model *checkpoint; /* at the end of an epoch: the state to go on from; else NULL */
} lk_progress;
/* Called on the caller's thread. Not 0 ends the training; the model is what it is then. */
typedef int lk_progress_function(void *context, const lk_progress *progress);

/* ---- linear models ------------------------------------------------------------------------------
 * objective = mean of weight * loss + l2 / 2 |w|^2 + l1 |w|_1, the mean being over the number of
 * rows. One output for pointwise losses (of more than two classes: one against the rest for each),
 * one for each class for losses of rows. Which solver serves which loss, when it ends and what it
 * promises is in docs/solvers.md. */
typedef enum lk_bias {
    LK_BIAS_FREE = 0,      /* not penalised */
    LK_BIAS_PENALISED = 1, /* as the weight of a feature that is always 1, as LIBLINEAR's */
    LK_BIAS_NONE = 2
} lk_bias;

typedef enum lk_solver {
    LK_SOLVER_AUTO = 0,
    LK_SOLVER_DUAL = 1,   /* dual coordinate descent with shrinking */
    LK_SOLVER_NEWTON = 2, /* Newton with conjugate gradients in a trust region */
    LK_SOLVER_LBFGS = 3,
    LK_SOLVER_PROXIMAL = 4, /* accelerated proximal gradient */
    LK_SOLVER_SGD = 5,
    LK_SOLVER_QR = 6,   /* least squares */
    LK_SOLVER_IRLS = 7, /* iteratively reweighted least squares, from the Huber estimate */
    LK_SOLVER_CCCP = 8  /* ramp: a sequence of hinge problems */
} lk_solver;
LK_API const char *lk_solver_name(lk_solver solver); /* "dual"; NULL past the last */

typedef struct lk_linear_options {
    size_t size; /* set by LK_LINEAR_OPTIONS_INIT */
    lk_loss loss;
    const double *params; /* as for lk_evaluate() */
    int n_params;
    double l1, l2;
    lk_bias bias;
    lk_solver solver;
    double tolerance;   /* of the stopping rule, see docs/solvers.md; 0: the solver's own */
    int64_t iterations; /* most; 0: the solver's own limit */
    uint64_t seed;
    double learning_rate;           /* SGD; 0: from the curvature's bound */
    int64_t batch;                  /* SGD */
    lk_progress_function *progress; /* may be NULL */
    void *context;
} lk_linear_options;
/* clang-format off */
#define LK_LINEAR_OPTIONS_INIT \
    { sizeof(lk_linear_options), LK_LOGISTIC, NULL, 0, 0.0, 1e-4, LK_BIAS_FREE, LK_SOLVER_AUTO, \
      0.0, 0, 0u, 0.0, 32, NULL, NULL }
/* clang-format on */

typedef struct lk_linear_report {
    lk_solver solver; /* that was used */
    double objective; /* at the solution; of outputs that are trained one by one the sum */
    double gap;       /* primal - dual objective, likewise; NaN: the solver has no dual */
    double gradient;  /* norm of the (sub)gradient relative to that at 0; NaN: not measured */
    int64_t iterations;
    int converged; /* the stopping rule was met */
    int stopped;   /* by the progress function */
} lk_linear_report;

/* report may be NULL. Not to converge is no failure. */
LK_API lk_status lk_train_linear(const lk_dataset *data, const lk_linear_options *options,
                                 lk_model **out, lk_linear_report *report);

/* The perceptron: passes over the rows in a seeded order until one makes no mistake, or epochs are
 * over. A row whose margin is not above 0 is a mistake, and a step of learning_rate times its
 * weight along it; of more than two classes, its own goes that way and the best other one back.
 * averaged: the mean of all weights on the way. mistakes may be NULL: all that were made. Of the
 * progress, loss is that of the rows as they were met, measure the mistakes of the pass. */
typedef struct lk_perceptron_options {
    size_t size;
    int64_t epochs;
    int averaged;
    double learning_rate;
    lk_bias bias; /* LK_BIAS_FREE or LK_BIAS_NONE */
    uint64_t seed;
    lk_progress_function *progress;
    void *context;
} lk_perceptron_options;
/* clang-format off */
#define LK_PERCEPTRON_OPTIONS_INIT \
    { sizeof(lk_perceptron_options), 100, 1, 1.0, LK_BIAS_FREE, 0u, NULL, NULL }
/* clang-format on */
LK_API lk_status lk_train_perceptron(const lk_dataset *data, const lk_perceptron_options *options,
                                     lk_model **out, int64_t *mistakes);

/* AdaBoost on decision stumps, two classes. Ends early when a stump is right on all rows or none is
 * better than chance. bounds [rounds], may be NULL: after each round the product of the Z, which is
 * the mean exponential loss and bounds the training error. rounds may be NULL: how many stumps
 * there are. Of the progress, loss is that bound, measure the weighted error of the stump. */
typedef struct lk_adaboost_options {
    size_t size;
    int64_t rounds;
    double *bounds;
    lk_progress_function *progress;
    void *context;
} lk_adaboost_options;
#define LK_ADABOOST_OPTIONS_INIT                           \
    {                                                      \
        sizeof(lk_adaboost_options), 100, NULL, NULL, NULL \
    }
LK_API lk_status lk_train_adaboost(const lk_dataset *data, const lk_adaboost_options *options,
                                   lk_model **out, int64_t *rounds);

/* ---- multi-layer perceptrons --------------------------------------------------------------------
 * Computed in f32. */
typedef enum lk_activation {
    LK_ACTIVATION_LINEAR = 0,
    LK_ACTIVATION_RELU = 1,
    LK_ACTIVATION_PRELU = 2, /* a slope of its own for each unit, 0.25 at first */
    LK_ACTIVATION_TANH = 3,
    LK_ACTIVATION_SIGMOID = 4
} lk_activation;
LK_API const char *lk_activation_name(lk_activation activation); /* NULL past the last */

/* Linear map, batch normalisation, activation, dropout, in this order. */
typedef struct lk_layer {
    int64_t units;
    lk_activation activation;
    int batch_normalization; /* epsilon 1e-5, momentum 0.1 */
    double dropout;          /* the fraction of units that a step leaves out, [0, 1) */
} lk_layer;

/* Of weights. Biases start at 0; that of outputs for losses of residuals at the mean target. */
typedef enum lk_initialization {
    LK_INIT_AUTO = 0, /* He before ReLU and PReLU, Xavier otherwise */
    LK_INIT_XAVIER_UNIFORM = 1,
    LK_INIT_XAVIER_NORMAL = 2,
    LK_INIT_HE_UNIFORM = 3,
    LK_INIT_HE_NORMAL = 4,
    LK_INIT_LECUN_NORMAL = 5,
    LK_INIT_ORTHOGONAL = 6,
    LK_INIT_NORMAL = 7, /* standard deviation initialization_scale */
    LK_INIT_ZERO = 8
} lk_initialization;
LK_API const char *lk_initialization_name(lk_initialization initialization);

typedef enum lk_optimizer {
    LK_OPTIMIZER_SGD = 0,
    LK_OPTIMIZER_MOMENTUM = 1,
    LK_OPTIMIZER_NESTEROV = 2,
    LK_OPTIMIZER_ADAM = 3,
    LK_OPTIMIZER_ADAMW = 4
} lk_optimizer;
LK_API const char *lk_optimizer_name(lk_optimizer optimizer);

typedef enum lk_schedule {
    LK_SCHEDULE_CONSTANT = 0,
    LK_SCHEDULE_STEP = 1,         /* times decay every decay_epochs epochs */
    LK_SCHEDULE_EXPONENTIAL = 2,  /* times decay every epoch */
    LK_SCHEDULE_COSINE = 3,       /* to 0 at the end of the last epoch */
    LK_SCHEDULE_LINEAR = 4,       /* likewise */
    LK_SCHEDULE_INVERSE_TIME = 5, /* 1 / (1 + decay * epoch) */
    LK_SCHEDULE_PLATEAU = 6       /* times decay after decay_epochs epochs without improvement */
} lk_schedule;                    /* all begin after the warm-up, a straight line from 0 */
LK_API const char *lk_schedule_name(lk_schedule schedule);

/* A term of the objective: factor * loss, the mean over the elements or rows of a batch. Outputs
 * are scores: a loss with a parameter `logits` gets it set (and `log_target` unset), nll is
 * softmax_cross_entropy, and before binary_cross_entropy, alone, there is a sigmoid. One output's
 * region is the whole batch, and more outputs' regions are rows.
 *
 * Losses of features (center; contrastive and cosine_embedding on pairs, triplet_margin on triples
 * drawn within the batch by class; supervised_contrastive) take the output of the last hidden
 * layer, or of layer `layer` - 1 where layer is not 0. Where all terms are such there is no layer
 * of outputs: the model's outputs are those of the last hidden layer, an embedding.
 *
 * Losses on a linear layer (large_margin_softmax, arcface, cosface, linear_cross_entropy) are the
 * last layer themselves and take its weights. large_margin_softmax: lambda falls to the parameter's
 * value as lk_large_margin_lambda(step, margin_lambda, .12, 1, lambda) does. arcface and cosface:
 * rows of those weights are kept at length 1, which changes no loss and makes plain scores rank by
 * angle.
 */
typedef struct lk_objective {
    lk_loss loss;
    const double *params;
    int n_params;
    double factor;
    int layer;
} lk_objective;

/* What is done to the rows of a batch, anew in each epoch. Beyond the edge of an image its
 * outermost pixels go on; values between pixels are bilinear. Features of images are best scaled
 * all alike. */
typedef struct lk_augmentation {
    double noise; /* standard deviation of what is added to the (scaled) features */
    int64_t height, width, channels; /* of images, [height, width, channels]; 0: no images */
    double shift;                    /* up to so many whole pixels to each side */
    double rotation;                 /* up to so many degrees either way */
    int flip;                        /* left to right, every other time */
} lk_augmentation;

typedef struct lk_mlp_options {
    size_t size;            /* set by LK_MLP_OPTIONS_INIT */
    const lk_layer *layers; /* hidden ones; the layer of outputs is added */
    int n_layers;
    const lk_objective *objective;
    int n_objective;
    lk_initialization initialization;
    double initialization_scale;
    lk_optimizer optimizer;
    double learning_rate; /* 0: 1e-3 for Adam and AdamW, 0.01 otherwise */
    double momentum;
    double beta1, beta2, epsilon; /* Adam */
    double l1, l2; /* of the weights, not of biases. l1: soft threshold after each step, which gives
                      exact zeros; AdamW: l2 is its decoupled decay */
    double clip;   /* most that the norm of the loss's gradient may be; 0: no limit */
    lk_schedule schedule;
    double decay;
    int64_t decay_epochs, warmup_epochs;
    double center_rate;   /* of center loss's centers */
    double margin_lambda; /* large_margin_softmax's lambda at the first step; it falls from there */
    int64_t epochs;
    int64_t batch;    /* rows of a step; a last one of a single row joins the step before */
    int64_t patience; /* epochs without improvement of the validation loss; 0: never stops early */
    double improvement; /* least that counts */
    uint64_t seed;
    const lk_augmentation *augmentation; /* NULL: none */
    const lk_dataset *validation;        /* NULL: none; patience then looks at the training loss */
    const lk_model *resume; /* goes on from lk_progress.checkpoint, made with the same options and
                               data, bit by bit as if it had not stopped; more epochs may be asked
                               for, and fewer, unless the schedule looks at the end */
    lk_progress_function *progress;
    void *context;
    /* A loss of the caller's own, of elements, instead of an objective; classes are coded as 0 and
     * 1. A checkpoint does not know it. */
    lk_pointwise_function *custom;
    void *custom_context;
} lk_mlp_options;
/* clang-format off */
#define LK_MLP_OPTIONS_INIT \
    { sizeof(lk_mlp_options), NULL, 0, NULL, 0, LK_INIT_AUTO, 0.01, LK_OPTIMIZER_ADAM, 0.0, 0.9, \
      0.9, 0.999, 1e-8, 0.0, 0.0, 0.0, LK_SCHEDULE_CONSTANT, 0.1, 10, 0, 0.5, 1000.0, 20, 64, 0, 0.0, 0u, \
      NULL, NULL, NULL, NULL, NULL, NULL, NULL }
/* clang-format on */

typedef struct lk_mlp_report {
    int64_t epochs;     /* that have ended, those before a resumption included */
    int64_t best_epoch; /* whose weights the model has, from 1: with patience the best one's, else
                           the last one's */
    double loss; /* mean over the rows of that epoch's steps, without penalties; NaN: none has
                    ended */
    double validation_loss;   /* after it; NaN: there is no validation data */
    double validation_metric; /* the share of rows (of several labels: of labels) that are right; R2
                                 of numbers, the mean over outputs; NaN: neither */
    int stopped;              /* by the progress function */
} lk_mlp_report;

/* The model has what prediction needs; what a training needs to go on is in checkpoints alone.
 * A loss, or weights, that are no longer finite end the training with LK_OUT_OF_DOMAIN; the
 * sentence tells the step, the batch and the likely cause. */
LK_API lk_status lk_train_mlp(const lk_dataset *data, const lk_mlp_options *options, lk_model **out,
                              lk_mlp_report *report);
/* Outputs of hidden layer `layer` (from 0) for every row, [rows, units]: an embedding. */
LK_API lk_status lk_mlp_activations(const lk_model *model, const lk_dataset *data, int layer,
                                    double *activations);

/* ---- metrics ------------------------------------------------------------------------------------
 * How good predictions are. Of n samples, at least one, `truth` says what is right: a class in
 * [0, classes), or 1 for positive and 0 for negative, or a number. weight [n], not negative, counts
 * a sample so many times; NULL: all 1. A label outside the classes, a NaN, a number that is not
 * finite (scores that only rank may be infinite), a probability outside [0, 1] and weights whose
 * sum is 0 are LK_OUT_OF_DOMAIN. What would divide 0 by 0 is 0 and told in `undefined`. */
enum {
    LK_UNDEFINED_PRECISION = 1, /* nothing was taken for the class */
    LK_UNDEFINED_RECALL = 2,    /* nothing is of the class */
    LK_UNDEFINED_F = 4,         /* neither */
    LK_UNDEFINED_MATTHEWS = 8,  /* truth or predictions are all of one class */
    LK_UNDEFINED_KAPPA = 16,    /* truth and predictions are all of the same class */
    LK_UNDEFINED_R2 = 32,       /* all numbers of the truth are equal; explained variance, too */
    LK_UNDEFINED_MSLE = 64      /* a number is -1 or less: mean_squared_log_error is NaN */
};

/* matrix [classes, classes]: the weight of the samples of class `row` taken for class `column`. */
LK_API lk_status lk_confusion_matrix(int64_t n, int64_t classes, const int64_t *truth,
                                     const int64_t *predicted, const double *weight,
                                     double *matrix);

typedef struct lk_class_metrics {
    double precision, recall, f; /* TP / (TP + FP), TP / (TP + FN), F-beta */
    double support;              /* weight of the samples of the class; of an average: of all */
    uint32_t undefined;          /* of an average: of any class in it */
} lk_class_metrics;
typedef struct lk_classification {
    double accuracy;
    double balanced_accuracy;  /* mean recall of the classes that have samples */
    double matthews, kappa;    /* correlation coefficient; Cohen's */
    lk_class_metrics micro;    /* of the sums over the classes: all three are the accuracy */
    lk_class_metrics macro;    /* mean of the classes that occur in truth or predictions */
    lk_class_metrics weighted; /* mean weighted by support */
    uint32_t undefined;        /* MATTHEWS, KAPPA */
} lk_classification;
/* All of it from a confusion matrix. each [classes] may be NULL. F weighs recall `beta` times as
 * much as precision; 1 is F1. */
LK_API lk_status lk_classification_metrics(int64_t classes, const double *matrix, double beta,
                                           lk_class_metrics *each, lk_classification *out);

/* The class of each row of scores [n, columns]: of the largest, the first of equal ones; of one
 * column 1 when it is above the threshold. */
LK_API lk_status lk_classify_scores(int64_t n, int64_t columns, const double *scores,
                                    double threshold, int64_t *classes);
/* The share of samples whose class has one of the k largest scores; of equal ones the first class
 * counts as larger. */
LK_API lk_status lk_top_k_accuracy(int64_t n, int64_t classes, const int64_t *truth,
                                   const double *scores, const double *weight, int64_t k,
                                   double *accuracy);

typedef struct lk_curve {
    int64_t n;
    double *x, *y;
    double *threshold; /* a sample counts as positive when its score is at least so much */
    double *weight;    /* calibration: of the samples of the bin; otherwise NULL */
} lk_curve;
LK_API void lk_curve_free(lk_curve *curve); /* leaves it empty; an empty one may be freed */

/* Of scores [n], higher for what is rather positive; equal ones are one point. Thresholds descend
 * from infinity, at which nothing is positive. Both kinds have to be there (for precision and
 * recall: a positive one); otherwise LK_OUT_OF_DOMAIN. */
/* x: false positive rate, y: true positive rate. every: all points; 0 leaves out those midway
 * between their neighbours, as scikit-learn does by default. */
LK_API lk_status lk_roc_curve(int64_t n, const int64_t *truth, const double *scores,
                              const double *weight, int every, lk_curve *curve);
/* x: recall, y: precision; (0, 1) first. */
LK_API lk_status lk_precision_recall_curve(int64_t n, const int64_t *truth, const double *scores,
                                           const double *weight, lk_curve *curve);
/* The probability that a positive sample scores higher than a negative one, equal scores counting
 * half: the area under the ROC curve, and Mann and Whitney's statistic. */
LK_API lk_status lk_roc_auc(int64_t n, const int64_t *truth, const double *scores,
                            const double *weight, double *auc);
/* Sum of precision times the increase of recall, without interpolation. */
LK_API lk_status lk_average_precision(int64_t n, const int64_t *truth, const double *scores,
                                      const double *weight, double *precision);

typedef struct lk_average {
    double macro, weighted; /* mean of the classes; the same, weighted by their samples */
    int64_t left_out;       /* classes without samples, or without others */
} lk_average;
/* The same of each class against the rest, scores [n, classes]. each [classes] may be NULL; NaN for
 * a class that is left out. LK_OUT_OF_DOMAIN when all are. */
LK_API lk_status lk_roc_auc_classes(int64_t n, int64_t classes, const int64_t *truth,
                                    const double *scores, const double *weight, double *each,
                                    lk_average *average);
LK_API lk_status lk_average_precision_classes(int64_t n, int64_t classes, const int64_t *truth,
                                              const double *scores, const double *weight,
                                              double *each, lk_average *average);

/* Mean cross-entropy of probabilities [n, columns], or of their logits; one column: of class 1.
 * Probabilities are moved into [2^-52, 1 - 2^-52] first, as scikit-learn does. */
LK_API lk_status lk_log_loss(int64_t n, int64_t columns, const int64_t *truth,
                             const double *probabilities, int logits, const double *weight,
                             double *loss);
/* Mean squared distance of the probabilities from the truth, 0 or 1: for one column that of class
 * 1; for more the sum over the columns, halved when there are two. */
LK_API lk_status lk_brier_score(int64_t n, int64_t columns, const int64_t *truth,
                                const double *probabilities, const double *weight, double *score);

typedef struct lk_calibration {
    lk_curve curve;  /* x: mean probability in the bin, y: share of positives, threshold: the bin's
                        lower end; bins without samples are left out */
    double ece, mce; /* mean |y - x| weighted by the bins' samples; the largest */
} lk_calibration;
/* Of probabilities [n] of class 1, in equal bins of [0, 1] or, quantiles 1, between the quantiles
 * of the probabilities; a bin has its upper end. */
LK_API lk_status lk_calibrate(int64_t n, const int64_t *truth, const double *probabilities,
                              const double *weight, int64_t bins, int quantiles,
                              lk_calibration *out);
LK_API void lk_calibration_free(lk_calibration *calibration);

typedef struct lk_regression {
    double mean_squared_error, root_mean_squared_error, mean_absolute_error;
    double median_absolute_error, max_error;
    double r2, explained_variance; /* of a constant truth: 1 when they are perfect, else 0 */
    double mean_absolute_percentage_error; /* a fraction; of |truth|, at least 2^-52 */
    double mean_squared_log_error;         /* of log(1 + x) */
    double pinball;                        /* the quantile loss */
    uint32_t undefined;                    /* R2, MSLE */
} lk_regression;
/* truth and predicted [n, outputs]. each [outputs] may be NULL; mean is that of the outputs, but
 * for max_error, which is their largest. quantile, in [0, 1], is the pinball loss's. */
LK_API lk_status lk_regression_metrics(int64_t n, int64_t outputs, const double *truth,
                                       const double *predicted, const double *weight,
                                       double quantile, lk_regression *each, lk_regression *mean);

/* ---- unbalanced classes -------------------------------------------------------------------------
 */
typedef enum lk_balance {
    LK_BALANCE_NONE = 0,
    LK_BALANCE_INVERSE = 1,  /* N / (K N_c) */
    LK_BALANCE_EFFECTIVE = 2 /* (1 - beta) / (1 - beta^N_c), scaled to the mean 1 over the rows */
} lk_balance;
/* weights [classes], for which the mean over the rows is 1. N_c counts rows, whatever their
 * weights; K counts classes that have any; one without gets 0. beta in [0, 1]; 1 is the limit,
 * INVERSE. */
LK_API lk_status lk_class_weights(const lk_dataset *data, lk_balance balance, double beta,
                                  double *weights);
/* Multiplies the weight of each row by that of its class. */
LK_API lk_status lk_weigh_classes(lk_dataset *data, const double *class_weights);

typedef enum lk_resample {
    LK_RESAMPLE_NONE = 0,
    LK_RESAMPLE_OVER = 1,  /* repeats rows of the smaller classes, drawn with replacement */
    LK_RESAMPLE_UNDER = 2, /* leaves out rows of the larger ones */
    LK_RESAMPLE_SMOTE = 3  /* adds points between rows of a smaller class and its neighbours */
} lk_resample;
typedef struct lk_resample_options {
    size_t size;
    lk_resample method;
    double ratio;       /* size of every other class in relation to the largest (UNDER: of the
                           larger ones to the smallest, 1 / ratio), (0, 1] */
    int64_t neighbours; /* SMOTE */
    double noise; /* Gaussian, added to rows that OVER repeats, in each feature's deviations */
    uint64_t seed;
} lk_resample_options;
#define LK_RESAMPLE_OPTIONS_INIT                                       \
    {                                                                  \
        sizeof(lk_resample_options), LK_RESAMPLE_OVER, 1.0, 5, 0.0, 0u \
    }
/* Only ever of a training part, scaled before SMOTE, which measures distances. Old rows come first
 * and keep their order; new ones follow, class by class. A class without rows stays so. A class of
 * one row has no neighbours: SMOTE repeats it. */
LK_API lk_status lk_resample_rows(const lk_dataset *data, const lk_resample_options *options,
                                  lk_dataset *out);

/* The scores of a model that was trained on one distribution of classes, for another ([classes],
 * each above 0, sum 1). Adds log(new / trained) of each class to the scores of losses of rows, the
 * difference of the logits to one output, or one against the rest; half of it for exponential.
 * Where the score is the probability (binary_cross_entropy, modified_huber ...) its logit is
 * shifted. LK_UNSUPPORTED where lk_model_probabilities() is. */
LK_API lk_status lk_correct_prior(const lk_model *model, int64_t rows, double *scores,
                                  const double *trained, const double *prior);
/* The share of each class in the rows, by weight. */
LK_API lk_status lk_class_shares(const lk_dataset *data, double *shares);

/* EasyEnsemble: `members` models, each on all rows of the smallest class and as many of every other
 * class; scores are their mean. train makes one member. */
typedef lk_status lk_train_function(void *context, const lk_dataset *data, uint64_t seed,
                                    lk_model **out);
LK_API lk_status lk_train_easy_ensemble(const lk_dataset *data, int64_t members, uint64_t seed,
                                        lk_train_function *train, void *context, lk_model **out);

/* An anomaly detector: mean and covariance of the rows of class `normal` (all rows when there are
 * no classes), shrunk towards its diagonal by `shrinkage` in [0, 1]. The score is the Mahalanobis
 * distance minus the `quantile` of those of the rows it was fitted to: above 0 is an anomaly. The
 * quantile is the least distance with at least that share of the weight at or below it. The model
 * has two classes, 0 for what is normal and 1 for an anomaly, whatever those of the data.
 * LK_OUT_OF_DOMAIN: the covariance is singular. */
LK_API lk_status lk_train_mahalanobis(const lk_dataset *data, int64_t normal, double shrinkage,
                                      double quantile, lk_model **out);

/* ---- diagnosis ----------------------------------------------------------------------------------
 * Why does the loss rise, or stall? Trains as the options say, on a sample of the rows, watches,
 * and measures. A finding is a fault with its evidence; the likeliest cause comes first. */
typedef enum lk_fault {
    LK_FAULT_GRADIENT = 1,       /* the gradient of the loss is not the slope of its value */
    LK_FAULT_INPUTS = 2,         /* features of very different, or very large, scale */
    LK_FAULT_INITIALIZATION = 3, /* signals or gradients die out, or explode, from layer to layer */
    LK_FAULT_LEARNING_RATE = 4,  /* too high or too low: another ends much better */
    LK_FAULT_REGULARIZATION = 5, /* the penalty, or dropout, outweighs the loss */
    LK_FAULT_UNITS = 6,          /* dead or saturated units */
    LK_FAULT_LABELS = 7          /* labels that look wrong */
} lk_fault;
LK_API const char *lk_fault_name(lk_fault fault); /* "learning rate"; NULL past the last */

typedef struct lk_finding {
    lk_fault fault;
    int layer;       /* from 0; -1: not of one layer */
    double measured; /* what was measured, and the most that is healthy */
    double limit;
    char text[320]; /* a sentence: what was measured, and a second one: what to do */
} lk_finding;

enum { LK_MAX_FINDINGS = 8 };
typedef struct lk_diagnosis {
    int n; /* 0: nothing is wrong */
    lk_finding findings[LK_MAX_FINDINGS];
    int unwell; /* the loss rose, stalled or was no longer finite, or most units of a layer idle */
    /* Of the sample's training, last_loss NaN when it is not finite; of the best constant output,
     * or first_loss where that is not known. */
    double first_loss, last_loss, constant_loss;
    double sharpness;       /* largest eigenvalue of the first batch's Hessian at the start */
    double sharpness_limit; /* what it may be at this learning rate; 0: not known, of Adam */
    int64_t suspects;       /* rows whose label looks wrong; a fault only where a finding says so */
    int64_t *suspect;       /* [suspects] their numbers, the likeliest first; lk_diagnosis_free() */
} lk_diagnosis;
/* options as for lk_train_mlp(), but progress is not called; no hidden layers: a linear model. From
 * a checkpoint (options.resume) the start, and labels, are not judged. Labels are judged of 200
 * rows or more of classes or of one number, where nothing else is found. */
LK_API lk_status lk_diagnose(const lk_dataset *data, const lk_mlp_options *options,
                             lk_diagnosis *out);
LK_API void lk_diagnosis_free(lk_diagnosis *diagnosis);

#ifdef __cplusplus
}
#endif
#endif
