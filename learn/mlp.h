/* mlp.h: multi-layer perceptrons inside. A network is a view of a model's arrays; a pass is what a
 * batch leaves in it, forward and backward; an objective is a sum of losses of a pass. All f32. */
#ifndef LK_LEARN_MLP_H
#define LK_LEARN_MLP_H

#include <stddef.h>
#include <stdint.h>

#include "model.h"

/* ---- the network --------------------------------------------------------------------------------
 */

/* The arrays of a layer, "layer0.weight" ... "output.bias". */
typedef enum lk_mlp_role {
    LK_MLP_WEIGHT, /* [units, inputs] */
    LK_MLP_BIAS,   /* [units], as all that follow */
    LK_MLP_SLOPE,  /* PReLU */
    LK_MLP_SCALE,  /* batch normalisation, from here on */
    LK_MLP_OFFSET,
    LK_MLP_MEAN, /* running statistics, which are not trained */
    LK_MLP_VARIANCE,
    LK_MLP_ROLES
} lk_mlp_role;

typedef struct lk_mlp_layer {
    int64_t inputs, units;
    lk_activation activation;
    double dropout;
    float *value[LK_MLP_ROLES]; /* the model's arrays; NULL: the layer has none */
    int64_t at[LK_MLP_ROLES];   /* where each is in a flat array of all of them */
} lk_mlp_layer;

typedef struct lk_mlp {
    int n_layers, n_hidden; /* the layer of outputs, if there is one, is the last */
    lk_mlp_layer *layers;
    int64_t features, outputs;
    int64_t numbers; /* length of a flat array: of gradients, of moments, of saved weights */
} lk_mlp;

int64_t lk_mlp_count(const lk_mlp_layer *layer, lk_mlp_role role); /* 0: the layer has none */
/* Losses of features alone have no layer of outputs: the last hidden one gives them. */
int lk_mlp_has_output(lk_loss loss);
/* Adds the arrays that model->layers, outputs and loss call for. */
lk_status lk_mlp_add_arrays(lk_model *model);
/* Fails, with a sentence, where an array is missing or has another shape. */
lk_status lk_mlp_open(const lk_model *model, lk_mlp *network);
void lk_mlp_close(lk_mlp *network);
void lk_mlp_save(const lk_mlp *network, float *flat);
void lk_mlp_restore(const lk_mlp *network, const float *flat);
/* Draws weights, and the start of everything else. */
lk_status lk_mlp_initialize(const lk_mlp *network, lk_initialization kind, double scale,
                            uint64_t seed);
void lk_mlp_unit_rows(float *weight, int64_t rows, int64_t columns); /* rows to length 1 */

/* ---- a batch in it ------------------------------------------------------------------------------
 */

/* What a batch leaves in a layer, [rows, units] each. */
typedef struct lk_mlp_trace {
    float *normalized; /* mean 0, variance 1; NULL: no batch normalisation */
    float *sum;        /* what the activation takes */
    float *activated;
    float *mask;     /* 0 where a unit is left out, else 1 / (1 - dropout); NULL: no dropout */
    float *dropped;  /* activated times mask; NULL: no dropout */
    float *output;   /* one of the two */
    float *gradient; /* by the output; the backward pass turns it into that by the linear map */
    int has_gradient;
    double *mean, *variance; /* [units] of the batch; NULL: no batch normalisation */
    double *sums;            /* [3, units] scratch */
} lk_mlp_trace;

typedef struct lk_mlp_pass {
    int64_t capacity, rows;
    float *input; /* [rows, features] */
    lk_mlp_trace *traces;
    void *room;
} lk_mlp_pass;

/* training: with room for the backward pass. */
lk_status lk_mlp_pass_open(const lk_mlp *network, int64_t capacity, int training,
                           lk_mlp_pass *pass);
void lk_mlp_pass_close(lk_mlp_pass *pass);

/* The rows numbers[0 .. n - 1], or first ... first + n - 1 when numbers is NULL, into pass->input.
 */
void lk_mlp_load(const lk_dataset *data, const int64_t *numbers, int64_t first, int64_t n,
                 lk_mlp_pass *pass);

/* The first `layers` layers. training: statistics of the batch, and dropout drawn from `seed`;
 * otherwise running statistics and no dropout. Takes all gradients away. */
lk_status lk_mlp_forward(const lk_mlp *network, lk_mlp_pass *pass, int layers, int training,
                         uint64_t seed);
/* From the traces that have a gradient by their output to gradients of all arrays, which are added
 * to the flat `gradient`. Goes with the last forward pass, in training. */
lk_status lk_mlp_backward(const lk_mlp *network, lk_mlp_pass *pass, float *gradient);
/* Moves the running statistics towards those of the batch. */
void lk_mlp_update_statistics(const lk_mlp *network, const lk_mlp_pass *pass);

/* One layer: `x` [rows, inputs]. x_gradient NULL: not wanted; add: to what it holds. */
lk_status lk_mlp_layer_forward(const lk_mlp_layer *layer, const float *x, int64_t rows,
                               int training, uint64_t seed, lk_mlp_trace *trace);
lk_status lk_mlp_layer_backward(const lk_mlp_layer *layer, const float *x, int64_t rows,
                                lk_mlp_trace *trace, float *gradient, float *x_gradient, int add);

/* range(context, first, last) over fixed pieces of 0 .. n - 1, on several threads where n is large.
 */
enum { LK_MLP_PIECE = 16384 };
typedef void lk_mlp_range(void *context, int64_t first, int64_t last);
void lk_mlp_spread(int64_t n, lk_mlp_range *range, void *context);

/* ---- the objective ------------------------------------------------------------------------------
 */

typedef enum lk_mlp_view {
    LK_MLP_ELEMENTS,  /* pointwise losses of the outputs */
    LK_MLP_ROWS,      /* losses of rows with labels */
    LK_MLP_SOFT_ROWS, /* with a distribution for each row */
    LK_MLP_REGION,
    LK_MLP_LAST_LAYER, /* the layer of outputs is part of the loss */
    LK_MLP_FEATURES,   /* of a hidden layer, from here on: with a class for each row */
    LK_MLP_CENTERS,
    LK_MLP_PAIRS,
    LK_MLP_TRIPLES
} lk_mlp_view;

typedef struct lk_mlp_term {
    lk_mlp_view view;
    lk_loss loss;
    double params[LK_MAX_PARAMS];
    int n_params;
    lk_pointwise_function *custom; /* instead of the loss; NULL: none */
    void *custom_context;
    double factor;
    double margin_lambda;         /* large_margin_softmax's at the first step */
    int layer;                    /* whose output it takes */
    float *target;                /* [rows, outputs], or [rows] of pairs */
    float *other[2];              /* [rows, units]: second and third points */
    float *by_other[2];           /* gradients */
    float *partner_weight;        /* [rows]: 0 where there is no partner */
    int64_t *partner[2];          /* [rows] */
    float *centers, *center_step; /* [classes, units]; centers belong to the model */
} lk_mlp_term;

typedef struct lk_mlp_objective {
    lk_mlp_term *terms;
    int n_terms;
    lk_loss loss; /* that the model is told to be trained with, and its parameters */
    double params[LK_MAX_PARAMS];
    int n_params;
    int64_t outputs;
    int needs_output;   /* a term takes the outputs themselves */
    int unit_rows;      /* weights of the layer of outputs are directions */
    lk_dataset targets; /* of the batch's rows; no features */
    double *coded;      /* [rows] scratch */
    int64_t *labels;
    float *weight;
    int64_t *by_class; /* scratch of pairs */
    int64_t *class_start;
} lk_mlp_objective;

/* One output's region is the whole batch, but for norms, which are those of a row. */
int lk_mlp_is_whole_batch(const lk_mlp_term *term, int64_t outputs);
/* What the terms make of the data: their views, loss, outputs. */
lk_status lk_mlp_objective_open(const lk_dataset *data, const lk_mlp_options *options,
                                lk_mlp_objective *objective);
/* Outputs are the numbers of the target themselves, not scores of classes or logarithms. */
int lk_mlp_predicts_numbers(const lk_mlp_objective *objective, const lk_dataset *data);
/* Room for a batch; centers become arrays "training.centers0" ... of the model. */
lk_status lk_mlp_objective_room(lk_mlp_objective *objective, const lk_mlp *network,
                                int64_t capacity, lk_model *model);
void lk_mlp_objective_close(lk_mlp_objective *objective);
/* The targets of the rows that lk_mlp_load() took. */
void lk_mlp_objective_load(lk_mlp_objective *objective, const lk_dataset *data,
                           const int64_t *numbers, int64_t first, int64_t n);
/* After a forward pass (of the hidden layers alone unless needs_output): the loss; and, where
 * gradient is not NULL, gradients in the traces and, of a last layer that is part of the loss, in
 * the flat gradient, which holds zeros. Pairs are drawn from `seed`; step is what anneals the large
 * margin's lambda, -1 for its last value. */
lk_status lk_mlp_objective_evaluate(lk_mlp_objective *objective, const lk_mlp *network,
                                    lk_mlp_pass *pass, uint64_t seed, int64_t step, float *gradient,
                                    double *loss);
/* The first row of the batch whose own loss is not finite, of the terms that take outputs; -1. */
int64_t lk_mlp_objective_bad_row(const lk_mlp_objective *objective, const lk_mlp *network,
                                 const lk_mlp_pass *pass);
void lk_mlp_objective_move_centers(lk_mlp_objective *objective, const lk_mlp *network, double rate);
/* Partners for pairs and triples among the batch's rows. */
void lk_mlp_draw_partners(lk_mlp_objective *objective, lk_mlp_term *term, uint64_t seed);

/* ---- a training ---------------------------------------------------------------------------------
 */

void lk_mlp_augment(const lk_augmentation *augmentation, int64_t features, const int64_t *numbers,
                    uint64_t seed, lk_mlp_pass *pass, float *scratch);

/* The learning rate of a step counted from 0; plateau: the factor of that schedule so far. */
double lk_mlp_rate(const lk_mlp_options *options, int64_t steps, int64_t step, double plateau);
double lk_mlp_first_rate(const lk_mlp_options *options);

int lk_mlp_moments(lk_optimizer optimizer); /* how many flat arrays it remembers: 0, 1, 2 */
double lk_mlp_norm(int64_t n, const float *x);
double lk_mlp_largest(int64_t n, const float *x); /* magnitude; NaN or inf when there is one */
/* Step t (from 1) along the flat gradient of this norm. */
void lk_mlp_optimize(const lk_mlp *network, const lk_mlp_options *options, double rate, int64_t t,
                     double norm, const float *gradient, float *const moments[2]);

enum {
    LK_MLP_EPOCH,
    LK_MLP_STEP,
    LK_MLP_BEST_EPOCH,
    LK_MLP_WAITED,
    LK_MLP_STALLED,
    LK_MLP_COUNTERS
};
enum {
    LK_MLP_BEST,           /* what early stopping compares with */
    LK_MLP_PLATEAU_BEST,   /* what the plateau schedule compares with */
    LK_MLP_PLATEAU_FACTOR, /* of the learning rate */
    LK_MLP_LOSS,           /* of the epoch whose weights are kept, as the rest */
    LK_MLP_VALIDATION_LOSS,
    LK_MLP_VALIDATION_METRIC,
    LK_MLP_NUMBERS
};
enum { LK_MLP_HISTORY = 8 };
typedef struct lk_mlp_trainer {
    const lk_dataset *data;
    const lk_mlp_options *options;
    lk_model *model; /* parameters, and in arrays "training." all else that the state consists of */
    lk_mlp network;
    lk_mlp_objective objective;
    lk_mlp_pass pass;
    float *gradient, *scratch;    /* flat; [rows, features] for augmentation */
    int64_t steps;                /* of an epoch */
    double rate;                  /* of the last step */
    double norms[LK_MLP_HISTORY]; /* of gradients, the last at (n_norms - 1) % LK_MLP_HISTORY */
    int64_t n_norms;
    /* the model's arrays */
    int64_t *counters;        /* [LK_MLP_COUNTERS] */
    double *numbers;          /* [LK_MLP_NUMBERS], as bits in i64: NaN is none to a file */
    float *moments[2], *best; /* flat; NULL: not needed */
} lk_mlp_trainer;

/* Whether options and data fit each other; and what of them a checkpoint has to agree with. */
lk_status lk_mlp_check_options(const lk_dataset *data, const lk_mlp_options *options);
lk_status lk_mlp_remember_options(lk_model *model, const lk_dataset *data,
                                  const lk_mlp_options *options);
lk_status lk_mlp_resume(lk_model *model, const lk_model *checkpoint, const lk_dataset *data,
                        const lk_mlp_options *options);

/* Checks options, builds the model, initialises it or goes on from options->resume. */
lk_status lk_mlp_trainer_open(const lk_dataset *data, const lk_mlp_options *options,
                              lk_mlp_trainer *trainer);
void lk_mlp_trainer_close(lk_mlp_trainer *trainer);
/* Rows of step `step` of an epoch: first and number. A last batch of one row joins the one before.
 */
int64_t lk_mlp_batch(const lk_mlp_trainer *trainer, int64_t step, int64_t *first);
/* How many layers a step runs: not a last one that is part of the loss. */
int lk_mlp_layers_run(const lk_mlp_trainer *trainer);
/* Forward and backward on the rows of a batch, as the next step would: loss and flat gradient. A
 * loss that is not finite comes without a gradient, and is no failure. */
lk_status lk_mlp_trainer_gradient(lk_mlp_trainer *trainer, const int64_t *numbers, int64_t n,
                                  double *loss);
/* The step that follows it; returns the norm of the gradient, and does nothing but count it when it
 * is not finite. */
double lk_mlp_trainer_step(lk_mlp_trainer *trainer);
/* Loss and metric of other rows; metric NaN: the objective has none. */
lk_status lk_mlp_evaluate(lk_mlp_trainer *trainer, const lk_dataset *data, double *loss,
                          double *metric);

/* LK_OUT_OF_DOMAIN and a sentence: where "the loss is NaN", or whatever it is, and why. step: of
 * the epoch; numbers: of the rows of its batch, which is in the trainer's pass. */
lk_status lk_mlp_failure(const lk_mlp_trainer *trainer, const char *what, int64_t step,
                         const int64_t *numbers);

/* Seeds of everything random, from the options' seed; index: a layer, an epoch, a step. */
typedef enum lk_mlp_purpose {
    LK_MLP_INITIAL = 1,
    LK_MLP_SHUFFLE,
    LK_MLP_DROPOUT,
    LK_MLP_PARTNERS,
    LK_MLP_AUGMENT,
    LK_MLP_VALIDATE
} lk_mlp_purpose;
static inline uint64_t lk_mlp_seed(uint64_t seed, lk_mlp_purpose purpose, int64_t index)
{
    return lk_random_stream(lk_random_stream(seed, purpose), (uint64_t)index);
}

static inline lk_tensor lk_mlp_matrix(const float *data, const int64_t *shape)
{
    return lk_view(data, LK_F32, 2, shape);
}

#endif
