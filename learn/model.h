/* model.h: what a model is inside. All its numbers are named arrays, so that one writer and one
 * reader of files serve every kind. */
#ifndef LK_LEARN_MODEL_H
#define LK_LEARN_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "losskit_learn.h"

enum { LK_TENSOR_NAME = 64, LK_TENSOR_DIMS = 3 };

/* C order, owned. "weight", "layer1.bias"; "training." begins what only a training that goes on
 * needs, "scaling." what every kind may have. */
typedef struct lk_named_tensor {
    char name[LK_TENSOR_NAME];
    int dtype; /* LK_F32, LK_F64 or LK_I64 */
    int ndim;
    int64_t shape[LK_TENSOR_DIMS];
    void *data;
} lk_named_tensor;

typedef struct lk_note {
    char *key, *text;
} lk_note;

struct lk_model {
    lk_model_kind kind;
    lk_loss loss; /* 0: none */
    double params[LK_MAX_PARAMS];
    int n_params;
    int64_t features, outputs, classes, targets;
    char **class_names; /* [classes] or NULL */
    lk_named_tensor *tensors;
    int64_t n_tensors;
    lk_note *notes;
    int64_t n_notes;
    lk_layer *layers; /* of a multi-layer perceptron, the hidden ones */
    int n_layers;
    lk_model **members; /* of an ensemble */
    int64_t n_members;
};

/* What a kind of model knows; a row of the table in model.c. */
typedef struct lk_model_type {
    const char *name; /* in files */
    /* Whether the arrays are there and fit the rest: all that predict relies on. */
    lk_status (*check)(const lk_model *model);
    /* data has the model's number of features and is scaled; scores [rows, outputs]. */
    lk_status (*predict)(const lk_model *model, const lk_dataset *data, double *scores);
} lk_model_type;
extern const lk_model_type lk_linear_type, lk_mlp_type, lk_stumps_type, lk_ensemble_type,
    lk_gaussian_type;
const lk_model_type *lk_model_type_of(lk_model_kind kind); /* NULL: there is no such kind */

/* An empty model of the kind for the data: features, classes and targets are the data's. NULL: no
 * memory, told. */
lk_model *lk_model_new(lk_model_kind kind, const lk_dataset *data, lk_loss loss,
                       const double *params, int n_params, int64_t outputs);

/* A new array of zeros, or NULL, told. Names are unique; the last dimension varies fastest. */
void *lk_model_add(lk_model *model, const char *name, int dtype, int ndim, const int64_t *shape);
lk_named_tensor *lk_model_find(const lk_model *model, const char *name); /* NULL: none */
void lk_model_remove(lk_model *model, const char *name);
/* The data of an array that has to have this type and shape; otherwise NULL and a sentence. */
void *lk_model_expect(const lk_model *model, const char *name, int dtype, int ndim,
                      const int64_t *shape);
int64_t lk_named_tensor_count(const lk_named_tensor *tensor); /* elements */
size_t lk_element_size(int dtype);                            /* of the three; 0 of others */

/* Whether the caller's options begin with the size that `init`, an _INIT macro, gives them. */
lk_status lk_check_options(const char *who, const char *init, size_t size, size_t expected);
/* Whether there is something to train on: rows, a target and, of data with classes, in it nothing
 * else. */
lk_status lk_check_training(const lk_dataset *data);

/* Between the two classes of one output: 0 of scores; 1/2 where scores come near the coded targets
 * themselves, as probabilities and what losses of residuals are minimised by do. */
double lk_boundary_of(lk_loss loss);
/* What the targets of a loss (0: of a caller's own) are for one of its outputs: class labels as
 * they are for losses of rows; -1 and +1 for margin losses, 0 and 1 for other pointwise losses of
 * classes (class 1, or with more than two classes `output`, against the rest); numbers as they are
 * otherwise. */
void lk_code_targets(lk_loss loss, const lk_dataset *data, int64_t output, double *coded);
/* How many outputs a linear or last layer has for the loss and the data; 0 and a sentence when the
 * loss cannot be trained on such data. */
int64_t lk_outputs_of(lk_loss loss, const lk_dataset *data);

#endif
