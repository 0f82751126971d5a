/* losskit.h: loss functions with value, gradient and curvature in one pass. C99, C11 and C++17.
 *
 *     int64_t n = 1000;
 *     lk_tensor x = lk_vector(scores, LK_F32, &n), y = lk_vector(truth, LK_F32, &n);
 *     lk_tensor slope = lk_vector(gradient, LK_F32, &n);
 *     lk_result mean;
 *     lk_call call = LK_CALL_INIT;
 *     call.input = &x; call.target = &y; call.gradient = &slope; call.result = &mean;
 *     if (lk_huber(&call, 1.0)) fprintf(stderr, "%s\n", lk_last_error());
 *
 * Every function may be called from any thread, from several at once, and after fork().
 * SPDX-License-Identifier: MIT */
#ifndef LOSSKIT_H
#define LOSSKIT_H

#include <stddef.h>
#include <stdint.h>

#define LK_VERSION_MAJOR 0
#define LK_VERSION_MINOR 1
#define LK_VERSION_PATCH 0

#if defined(__GNUC__)
#define LK_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define LK_PRINTF(text, first)
#endif

#if defined(_WIN32)
#define LK_API __declspec(dllimport)
#elif defined(__GNUC__)
#define LK_API __attribute__((visibility("default")))
#else
#define LK_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

LK_API const char *lk_version(void); /* "0.1.0", of the library that runs */

/* ---- status ------------------------------------------------------------------------------------
 * LK_OUT_OF_DOMAIN: a number among the data lies outside the loss's domain; it is found while
 * computing, so the outputs hold unspecified values (and `result` is untouched). Every other
 * failure writes nothing. */
typedef enum lk_status {
    LK_OK = 0,
    LK_INVALID = 1,       /* an argument is wrong */
    LK_OUT_OF_DOMAIN = 2, /* an input, target or auxiliary value is outside the loss's domain */
    LK_NO_MEMORY = 3,
    LK_UNSUPPORTED = 4 /* the loss has no such derivative or curvature mode */
} lk_status;

/* This thread's last failure as one sentence; "" before the first. Valid until the next failure. */
LK_API const char *lk_last_error(void);

/* ---- arrays ------------------------------------------------------------------------------------
 * A view of an array, field for field DLPack's DLTensor. Strides count elements, may be negative
 * or 0, NULL means C order. `data` needs the alignment of one element only. Empty arrays may have
 * data NULL. */
typedef struct lk_device {
    int32_t type, id; /* {1, 0} is the CPU */
} lk_device;
typedef struct lk_dtype {
    uint8_t code, bits; /* code 0 signed integer, 1 unsigned integer, 2 float, 4 bfloat, 6 bool */
    uint16_t lanes;     /* 1 */
} lk_dtype;
typedef struct lk_tensor {
    void *data;
    lk_device device;
    int32_t ndim;
    lk_dtype dtype;
    int64_t *shape, *strides;
    uint64_t byte_offset;
} lk_tensor;

/* code << 8 | bits */
enum {
    LK_F32 = 0x0220,
    LK_F64 = 0x0240,
    LK_F16 = 0x0210,  /* computed in f32 */
    LK_BF16 = 0x0410, /* computed in f32 */
    LK_I32 = 0x0020,  /* integers: targets and weights only */
    LK_I64 = 0x0040,
    LK_U8 = 0x0108,
    LK_BOOL = 0x0608
};

/* A C-order view with the given shape, which must outlive it; ndim 0 is a scalar. */
static inline lk_tensor lk_view(const void *data, int dtype, int32_t ndim, const int64_t *shape)
{
    lk_tensor t;
    t.data = (void *)(uintptr_t)data;
    t.device.type = 1;
    t.device.id = 0;
    t.ndim = ndim;
    t.dtype.code = (uint8_t)(dtype >> 8);
    t.dtype.bits = (uint8_t)dtype;
    t.dtype.lanes = 1;
    t.shape = (int64_t *)(uintptr_t)shape;
    t.strides = NULL;
    t.byte_offset = 0;
    return t;
}
static inline lk_tensor lk_vector(const void *data, int dtype, const int64_t *length)
{
    return lk_view(data, dtype, 1, length);
}

/* ---- one call of a loss -----------------------------------------------------------------------
 */

/* How the values of the units become one number, and what the gradients are scaled by. A unit is an
 * element (pointwise losses), a row of scores (classes), a group (regions), a row of features
 * (embeddings) or a sequence. */
typedef enum lk_reduction {
    LK_MEAN = 0,          /* divide by the number of units that count (class weights: see below) */
    LK_SUM = 1,           /* divide by 1 */
    LK_NONE = 2,          /* divide by 1: gradients of the single values; the result is their sum */
    LK_BATCH_MEAN = 3,    /* divide by the first extent of the input; classes: of the rows, or 1;
                             sequences: by their number */
    LK_WEIGHTED_MEAN = 4, /* divide by the sum of the weights of the units that count */
    LK_LENGTH_MEAN = 5 /* sequences: each divided by the length of its target, at least 1, then the
                          mean; PyTorch's "mean" of ctc_loss */
} lk_reduction;

typedef enum lk_curvature {
    LK_CURVATURE_TRUE = 0,   /* second derivative with respect to the input */
    LK_CURVATURE_FISHER = 1, /* Fisher information or Gauss-Newton weight: never negative */
    LK_CURVATURE_UPPER = 2   /* bound of the second derivative over all inputs */
} lk_curvature;

/* Which elements form one group of a region loss. The first dimension counts samples, the second
 * classes or channels. */
typedef enum lk_grouping {
    LK_PER_SAMPLE = 0,       /* value: [N] */
    LK_PER_BATCH = 1,        /* all elements in one group; value: a scalar */
    LK_PER_CLASS = 2,        /* a group for each class over all samples; value: [C] */
    LK_PER_SAMPLE_CLASS = 3, /* value: [N, C] */
    LK_PER_ROW = 4           /* along the last dimension; value: the shape without it */
} lk_grouping;

/* flags of lk_call */
enum {
    LK_ACCUMULATE = 1,      /* add to the gradients and curvature that are there */
    LK_LABELS_01 = 2,       /* margin losses: targets are 0 and 1, not -1 and +1 */
    LK_IGNORE = 4,          /* pointwise and regions: targets equal to ignore_target take no part */
    LK_CURVATURE_FLOOR = 8, /* raise each element's curvature to at least curvature_floor */
    LK_EMPTY_IS_NAN = 16,   /* a mean of nothing is NaN instead of 0 */
    LK_BATCH_FIRST = 32,    /* sequences: input is [N, T, C], not [T, N, C] */
    LK_VALUE_GIVEN = 64     /* softmax and log_softmax: value is read, see there */
};

/* The reduced loss = sum / normalizer. Of nothing: 0 (or NaN), with gradient 0 and count 0. */
typedef struct lk_result {
    double value, normalizer;
    int64_t count; /* units that count: all but the ignored ones */
} lk_result;

/* Which members a loss takes is in its family's section below, and as data in lk_loss_info; a
 * tensor that it does not take is refused. Outputs that are NULL are not computed. An output may
 * be exactly an input (same data, dtype and strides); any other overlap is refused. All derivatives
 * are those of the reduced loss times `upstream`. A weight of 0 contributes exactly 0. NaN in gives
 * NaN out in that unit alone. The computation is in f64 when `input` is f64, otherwise in f32;
 * parameters are rounded to it, sums are in double. The same call gives the same bits whatever the
 * number of threads. */
typedef struct lk_call {
    size_t size;                /* set by LK_CALL_INIT; lets fields be appended */
    const lk_tensor *input;     /* f32, f64, f16 or bf16; prediction, score, logit, feature ... */
    const lk_tensor *target;    /* any dtype */
    const lk_tensor *auxiliary; /* the loss's third input (see lk_loss_info); NULL: its default */
    const lk_tensor *weight;    /* of the units; broadcasts to them; NULL means 1 */
    const lk_tensor *upstream;  /* gradient of what follows, likewise; NULL means 1 */
    const lk_tensor *value;     /* out: per unit, weighted, not reduced, not scaled */
    const lk_tensor *gradient;  /* out: d result / d input */
    const lk_tensor *curvature; /* out: d2 result / d input2, its diagonal, in curvature_mode */
    const lk_tensor *target_gradient;    /* out: d result / d target, where the loss defines one */
    const lk_tensor *auxiliary_gradient; /* out: d result / d auxiliary, where defined */
    lk_result *result;                   /* out: the reduced loss */
    lk_reduction reduction;
    lk_curvature curvature_mode; /* pointwise losses; the others have the true one */
    uint32_t flags;
    double ignore_target, curvature_floor;
    void *workspace; /* scratch of lk_workspace_size() bytes; NULL or too small: malloc */
    size_t workspace_size;
    /* classes */
    const lk_tensor *class_weight;   /* [C] */
    const lk_tensor *vector;         /* shape of input: what the Hessian is multiplied with */
    const lk_tensor *hessian_vector; /* out: Hessian of the result times vector */
    int64_t ignore_index;            /* rows with this label take no part; -100 */
    int32_t class_axis; /* of the scores, counted from the end when negative; 1; vector: one row */
    /* a linear layer under the softmax: scores = input weights^T + bias */
    const lk_tensor *weights, *bias;                   /* [C, D], [C] */
    const lk_tensor *weights_gradient, *bias_gradient; /* out: likewise */
    /* regions */
    const lk_tensor *mask; /* broadcasts to input; elements where it is 0 take no part */
    lk_grouping grouping;
    /* embeddings */
    const lk_tensor *other, *negative; /* shape of input: second and third point */
    const lk_tensor *centers;          /* [C, D] */
    const lk_tensor *other_gradient, *negative_gradient; /* out: shape of input */
    const lk_tensor *center_step;                        /* out: [C, D] */
    /* sequences */
    const lk_tensor *input_lengths, *target_lengths; /* [N] integers; NULL: all of full length */
    const lk_tensor *hypotheses;         /* [N, K, L] integers: the tokens of K candidates each */
    const lk_tensor *hypothesis_lengths; /* [N, K] integers; NULL: all of length L */
} lk_call;
/* clang-format off */
#define LK_CALL_INIT                                                                               \
    { sizeof(lk_call), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,           \
      LK_MEAN, LK_CURVATURE_TRUE, 0u, 0.0, 0.0, NULL, 0,                                           \
      NULL, NULL, NULL, -100, 1, NULL, NULL, NULL, NULL, NULL, LK_PER_SAMPLE,                      \
      NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL }
/* clang-format on */

/* ---- the losses, each with its own parameters ---------------------------------------------------
 * r = input - target, m = target * input; what a parameter means, its default and bounds are in
 * lk_loss_describe() and `losskit show`. Flags are 0 or 1. */

/* margin losses: input is a score, target -1 or +1 */
LK_API lk_status lk_zero_one(const lk_call *call, double tolerance);
LK_API lk_status lk_logistic(const lk_call *call, double base2);
LK_API lk_status lk_hinge(const lk_call *call);
LK_API lk_status lk_squared_hinge(const lk_call *call);
LK_API lk_status lk_modified_huber(const lk_call *call);
LK_API lk_status lk_ramp(const lk_call *call, double s);
LK_API lk_status lk_exponential(const lk_call *call);
LK_API lk_status lk_perceptron(const lk_call *call);

/* regression losses: input is a prediction (its logarithm for poisson, gamma and tweedie) */
LK_API lk_status lk_squared_error(const lk_call *call, double half);
LK_API lk_status lk_absolute_error(const lk_call *call);
LK_API lk_status lk_huber(const lk_call *call, double delta);
LK_API lk_status lk_smooth_l1(const lk_call *call, double beta);
LK_API lk_status lk_log_cosh(const lk_call *call);
LK_API lk_status lk_tukey_biweight(const lk_call *call, double c, double scale);
LK_API lk_status lk_quantile(const lk_call *call, double q);
LK_API lk_status lk_expectile(const lk_call *call, double tau);
LK_API lk_status lk_epsilon_insensitive(const lk_call *call, double epsilon);
LK_API lk_status lk_squared_log_error(const lk_call *call);
LK_API lk_status lk_pseudo_huber(const lk_call *call, double delta);
LK_API lk_status lk_charbonnier(const lk_call *call, double epsilon);
LK_API lk_status lk_cauchy(const lk_call *call, double c);
LK_API lk_status lk_welsch(const lk_call *call, double c);
LK_API lk_status lk_geman_mcclure(const lk_call *call);
LK_API lk_status lk_barron(const lk_call *call, double alpha, double c);
LK_API lk_status lk_poisson(const lk_call *call, double full);
LK_API lk_status lk_gaussian_nll(const lk_call *call, double epsilon, double full);
LK_API lk_status lk_gamma(const lk_call *call);
LK_API lk_status lk_tweedie(const lk_call *call, double power);

/* binary classification: input is a logit (a probability for binary_cross_entropy) */
LK_API lk_status lk_sigmoid_cross_entropy(const lk_call *call, double pos_weight,
                                          double label_smoothing);
LK_API lk_status lk_binary_cross_entropy(const lk_call *call);
LK_API lk_status lk_balanced_sigmoid_cross_entropy(const lk_call *call, double beta);
LK_API lk_status lk_sigmoid_focal(const lk_call *call, double gamma, double alpha);

/* losses over rows of C class scores. input: the scores, [C], [N, C], [N, C, d1 ...], or the class
 * axis anywhere (class_axis); a row is what remains when that axis is taken out, and value, weight
 * and upstream have, or broadcast to, the shape of the rows. target: one label in [0, C) for each
 * row (i32, i64, u8), or, where the loss takes soft targets, numbers of the shape of input
 * (floating). Rows whose label is ignore_index take no part. class_weight multiplies a class's
 * loss; softmax_cross_entropy, linear_cross_entropy and nll with labels then divide an LK_MEAN by
 * the sum of the weights of the labels, all else by the number of rows. A score of -inf masks its
 * class. A label outside [0, C) is LK_OUT_OF_DOMAIN. */
/* value: shape of input; upstream too; no target, reduction none. With LK_VALUE_GIVEN value is an
 * input, what a call put there before, and gradient, the only output, is taken from it; the numbers
 * in input then play no part. That takes less than half the time; where log_softmax is -20, its
 * rounding in value costs the probability 20 times the rounding of a number near 1. */
LK_API lk_status lk_softmax(const lk_call *call);
LK_API lk_status lk_log_softmax(const lk_call *call);
LK_API lk_status lk_softmax_cross_entropy(const lk_call *call, double label_smoothing,
                                          double z_loss, double softcap, double smooth_masked);
LK_API lk_status lk_nll(const lk_call *call); /* input: log-probabilities */
LK_API lk_status lk_softmax_focal(const lk_call *call, double gamma, double alpha);
LK_API lk_status lk_kl_divergence(const lk_call *call, double logits, double log_target);
LK_API lk_status lk_js_divergence(const lk_call *call, double logits, double log_target);
LK_API lk_status lk_multiclass_hinge(const lk_call *call, double kind, double margin, double power,
                                     double average);
LK_API lk_status lk_symmetric_cross_entropy(const lk_call *call, double alpha, double beta,
                                            double log_zero);
LK_API lk_status lk_generalized_cross_entropy(const lk_call *call, double q);
LK_API lk_status lk_poly1(const lk_call *call, double epsilon);

/* the same on top of a linear layer: input [N, D] features, weights [C, D], bias [C] or NULL (not
 * for the margin losses), target [N] labels; of the N x C scores at most some 16 MB are held. A row
 * that takes no part has none in weights_gradient either, unless its features are NaN or infinite:
 * products carry those. */
LK_API lk_status lk_linear_cross_entropy(const lk_call *call, double label_smoothing, double z_loss,
                                         double softcap, double smooth_masked);
LK_API lk_status lk_large_margin_softmax(const lk_call *call, double m, double lambda);
LK_API lk_status lk_arcface(const lk_call *call, double s, double m);
LK_API lk_status lk_cosface(const lk_call *call, double s, double m);
/* max(lowest, initial (1 + gamma step)^-power): the lambda of step 0, 1, 2 ... of a training run */
LK_API double lk_large_margin_lambda(double step, double initial, double gamma, double power,
                                     double lowest);

/* losses over regions. input and target: the same shape (target broadcasts); one value for each
 * group of elements (`grouping`); weight and upstream broadcast to the groups. probabilities, or
 * logits with logits = 1. Elements that are masked or ignored count nowhere. */
LK_API lk_status lk_dice(const lk_call *call, double smooth, double power, double logits);
LK_API lk_status lk_tversky(const lk_call *call, double alpha, double beta, double smooth,
                            double logits);
LK_API lk_status lk_focal_tversky(const lk_call *call, double alpha, double beta, double gamma,
                                  double smooth, double logits);
LK_API lk_status lk_jaccard(const lk_call *call, double smooth, double logits);
LK_API lk_status lk_lovasz_hinge(const lk_call *call); /* logits; targets 0 and 1 */
LK_API lk_status lk_l1_norm(const lk_call *call);      /* of input - target; target may be NULL */
LK_API lk_status lk_l2_norm(const lk_call *call);

/* losses over features. input [N, D]; value, weight and upstream [N] */
/* target: class of each row, in [0, C); centers [C, D]; center_step is what to subtract, times a
 * rate, from the centers, and 0 for classes that are absent */
LK_API lk_status lk_center(const lk_call *call);
/* other [N, D]; target 1 for similar, 0 for dissimilar pairs */
LK_API lk_status lk_contrastive(const lk_call *call, double margin);
/* other [N, D]: of the same class as input; negative [N, D]: of another */
LK_API lk_status lk_triplet_margin(const lk_call *call, double margin, double p, double swap,
                                   double epsilon);
/* other [N, D]: row i belongs to row i of input, all other rows are negatives */
LK_API lk_status lk_info_nce(const lk_call *call, double temperature, double symmetric);
/* target: class of each row */
LK_API lk_status lk_supervised_contrastive(const lk_call *call, double temperature);
/* other [N, D]; target 1 or -1 */
LK_API lk_status lk_cosine_embedding(const lk_call *call, double margin);

/* losses over sequences. input [T, N, C], or [N, T, C] with LK_BATCH_FIRST: N sequences of T frames
 * of C scores; or [T, C], one sequence, whose lengths are scalars. Frame t of sequence n takes part
 * when t < input_lengths[n]; all other frames are not read and their derivatives are exactly 0.
 * target: labels (i32, i64, u8), padded as [N, U] or one sequence after the other as [sum of
 * target_lengths]; what lies beyond a length is not read. value, weight and upstream: [N]; scalars
 * of a single sequence. A label or length out of range is LK_OUT_OF_DOMAIN. NaN in a number that
 * the loss does not depend on is not seen: of a class that no label names, without logits, or in an
 * utterance with too few frames. */
/* Connectionist temporal classification. logits 1: input holds scores, the softmax is taken here
 * and the gradient is that of the scores; 0: log-probabilities and their gradient, or, with
 * torch_gradient 1, what PyTorch returns for it: the gradient of the scores under a log_softmax. A
 * target that no path of input_length frames can spell has the value inf, or 0 with zero_infinity
 * 1, and gradient 0. */
LK_API lk_status lk_ctc(const lk_call *call, double blank, double logits, double zero_infinity,
                        double torch_gradient);
/* Edit distance to soft rows: input holds probabilities, or scores with logits 1. */
LK_API lk_status lk_soft_edit_distance(const lk_call *call, double gamma, double logits);
/* Minimum risk: input [N, K] scores of the K hypotheses of each sequence; target: the references.
 * The expectation of their edit distances under the softmax of the scores; normalize 1: distances
 * are divided by the length of the reference. */
LK_API lk_status lk_expected_edit_distance(const lk_call *call, double normalize);

/* ---- the same by name or id --------------------------------------------------------------- */
/* ids are ABI: appended, never reused */
typedef enum lk_loss {
    LK_ZERO_ONE = 1,
    LK_LOGISTIC = 2,
    LK_HINGE = 3,
    LK_SQUARED_HINGE = 4,
    LK_MODIFIED_HUBER = 5,
    LK_RAMP = 6,
    LK_EXPONENTIAL = 7,
    LK_PERCEPTRON = 8,
    LK_SQUARED_ERROR = 9,
    LK_ABSOLUTE_ERROR = 10,
    LK_HUBER = 11,
    LK_SMOOTH_L1 = 12,
    LK_LOG_COSH = 13,
    LK_TUKEY_BIWEIGHT = 14,
    LK_QUANTILE = 15,
    LK_EXPECTILE = 16,
    LK_EPSILON_INSENSITIVE = 17,
    LK_SQUARED_LOG_ERROR = 18,
    LK_PSEUDO_HUBER = 19,
    LK_CHARBONNIER = 20,
    LK_CAUCHY = 21,
    LK_WELSCH = 22,
    LK_GEMAN_MCCLURE = 23,
    LK_BARRON = 24,
    LK_POISSON = 25,
    LK_GAUSSIAN_NLL = 26,
    LK_GAMMA = 27,
    LK_TWEEDIE = 28,
    LK_SIGMOID_CROSS_ENTROPY = 29,
    LK_BINARY_CROSS_ENTROPY = 30,
    LK_BALANCED_SIGMOID_CROSS_ENTROPY = 31,
    LK_SIGMOID_FOCAL = 32,
    LK_SOFTMAX = 33,
    LK_LOG_SOFTMAX = 34,
    LK_SOFTMAX_CROSS_ENTROPY = 35,
    LK_NLL = 36,
    LK_SOFTMAX_FOCAL = 37,
    LK_KL_DIVERGENCE = 38,
    LK_JS_DIVERGENCE = 39,
    LK_MULTICLASS_HINGE = 40,
    LK_SYMMETRIC_CROSS_ENTROPY = 41,
    LK_GENERALIZED_CROSS_ENTROPY = 42,
    LK_POLY1 = 43,
    LK_LINEAR_CROSS_ENTROPY = 44,
    LK_LARGE_MARGIN_SOFTMAX = 45,
    LK_ARCFACE = 46,
    LK_COSFACE = 47,
    LK_DICE = 48,
    LK_TVERSKY = 49,
    LK_FOCAL_TVERSKY = 50,
    LK_JACCARD = 51,
    LK_LOVASZ_HINGE = 52,
    LK_L1_NORM = 53,
    LK_L2_NORM = 54,
    LK_CENTER = 55,
    LK_CONTRASTIVE = 56,
    LK_TRIPLET_MARGIN = 57,
    LK_INFO_NCE = 58,
    LK_SUPERVISED_CONTRASTIVE = 59,
    LK_COSINE_EMBEDDING = 60,
    LK_CTC = 61,
    LK_SOFT_EDIT_DISTANCE = 62,
    LK_EXPECTED_EDIT_DISTANCE = 63
} lk_loss;

LK_API lk_loss lk_loss_by_name(const char *name); /* 0 when unknown */

/* params: values in the order of lk_loss_info.params; NULL with n_params 0 means the defaults. */
LK_API lk_status lk_evaluate(lk_loss loss, const double *params, int n_params, const lk_call *call);

/* Bytes of scratch that this call needs; 0 for most losses. They depend on the number of threads
 * and, of losses over sequences, on the lengths, which are read. */
LK_API lk_status lk_workspace_size(lk_loss loss, const double *params, int n_params,
                                   const lk_call *call, size_t *bytes);

/* The shape of `value`: of the elements, rows, groups, rows of features or sequences that the loss
 * has one value for. Looks at the shape of `input`, the class axis, the grouping and the flag
 * LK_BATCH_FIRST alone. `shape` has room for as many extents as input has. */
LK_API lk_status lk_value_shape(lk_loss loss, const lk_call *call, int32_t *ndim, int64_t *shape);

/* A weighted sum of losses, the objective of a training step: sum of factor * loss. The calls must
 * have the same reduction. Outputs that are the same view in several calls (a gradient of shared
 * features) receive the sum of what the terms contribute; `value` arrays and each call's result are
 * those of the single terms. A factor of 0 takes a term away even when it is infinite. total->value
 * is the sum, total->count the largest count, normalizer 1.
 */
typedef struct lk_term {
    lk_loss loss;
    const double *params; /* as for lk_evaluate */
    int n_params;
    double factor;
    const lk_call *call;
} lk_term;
LK_API lk_status lk_evaluate_sum(const lk_term *terms, int n_terms, lk_result *total);

/* A loss of the caller's own through the same engine, in contiguous blocks of n <= 512 doubles.
 * Writes value[i]; gradient and curvature where they are not NULL. Called from several threads at
 * once; it must not call back into losskit with the same `context` unguarded. */
typedef void lk_pointwise_function(size_t n, const double *input, const double *target,
                                   void *context, double *value, double *gradient,
                                   double *curvature);
LK_API lk_status lk_evaluate_custom(lk_pointwise_function *loss, void *context,
                                    const lk_call *call);

/* ---- decoding and edit distance -----------------------------------------------------------------
 */

/* Labels for the frames of a CTC model. input, input_lengths, LK_BATCH_FIRST: as for lk_ctc. Beam 0
 * takes the best class of each frame (greedy), merges repetitions and drops blanks; the score is
 * the log-probability of that path. Otherwise a prefix beam search keeps the `beam` best prefixes
 * after each frame, and the score is the log-probability of the labelling, over all its paths
 * through kept prefixes: with a beam that holds every prefix, over all its paths. Both scores have
 * length_bonus times the labelling's length added, which the search ranks by too. `best`
 * labellings of each sequence, all different, come back, best first: one when greedy, at most
 * `beam` otherwise.
 *
 * Equal scores: the lower class; a prefix that was in the beam before one that is new; new ones in
 * the order of what they extend, then of their labels' scores. Labellings of probability 0 are
 * none: where there are fewer than `best`, the rest have length 0 and score -inf. No frames at all
 * spell the empty labelling, with log-probability 0. A sequence with NaN or inf in it, or, with
 * logits, a frame of -inf alone, has lengths of 0 and NaN for scores. Computed in f64. Memory:
 * about 170 bytes for each prefix of the beam, and 56 for each label that they do not share; a beam
 * beyond the number of prefixes costs what they cost. No output may be an input; a failure writes
 * nothing, but for LK_NO_MEMORY, which leaves the outputs unspecified. */
typedef struct lk_ctc_decoder {
    size_t size;                    /* set by LK_CTC_DECODER_INIT */
    const lk_tensor *input;         /* [T, N, C] or [T, C]; [N, T, C] with LK_BATCH_FIRST */
    const lk_tensor *input_lengths; /* [N] or NULL */
    uint32_t flags;                 /* LK_BATCH_FIRST or 0 */
    int logits;                     /* 1: scores; 0: log-probabilities */
    int64_t blank;                  /* -1: the last class */
    int64_t beam;                   /* 0: greedy */
    double length_bonus;            /* finite */
    const lk_tensor *labels;  /* out: i32 or i64, [N, best, T], [best, T]; beyond a length: -1 */
    const lk_tensor *lengths; /* out: i32 or i64, [N, best], [best] */
    const lk_tensor *scores;  /* out: f32 or f64, as lengths; may be NULL */
} lk_ctc_decoder;
/* clang-format off */
#define LK_CTC_DECODER_INIT \
    { sizeof(lk_ctc_decoder), NULL, NULL, 0u, 1, 0, 0, 0.0, NULL, NULL, NULL }
/* clang-format on */
LK_API lk_status lk_ctc_decode(const lk_ctc_decoder *decoder);

/* Sequences of tokens, one after the other: sequence i is elements offsets[i] .. offsets[i + 1] - 1
 * of data. Text is UTF-8 and its offsets count bytes; its tokens are code points, or words: runs of
 * anything but Unicode's White_Space. Nothing is normalised: letters that look alike but are other
 * code points are other tokens. */
typedef enum lk_tokens {
    LK_TOKENS_I32 = 0,
    LK_TOKENS_I64 = 1,
    LK_TOKENS_CHARACTERS = 2, /* data: bytes; a token is a code point */
    LK_TOKENS_WORDS = 3       /* data: bytes; a token is a word */
} lk_tokens;
typedef struct lk_sequences {
    const void *data; /* int32_t, int64_t or bytes; may be NULL when all sequences are empty */
    lk_tokens tokens;
    int64_t count;
    const int64_t *offsets; /* [count + 1], not decreasing; in elements of data, bytes of text */
} lk_sequences;

/* The fewest edits that turn the reference into the hypothesis (Levenshtein): insertions are tokens
 * of the hypothesis alone, deletions of the reference alone. Of several alignments with the fewest
 * edits one is told, always the same. */
typedef struct lk_edits {
    int64_t distance, insertions, deletions, substitutions;
    int64_t hypothesis_length, reference_length; /* in tokens */
} lk_edits;

/* Pairs of sequences, hypothesis i with reference i; both of the same tokens, count and offsets as
 * above. Each output may be NULL: `distances` [count], `edits` [count] and `total`, their sums.
 * Distances alone are cheaper than edits and total. Memory grows with the longest pair, not with
 * the product of its lengths. Invalid UTF-8 is LK_OUT_OF_DOMAIN and told with the sequence and the
 * first byte, counted from the sequence's start, that begins no code point; what the outputs then
 * hold is unspecified. */
LK_API lk_status lk_edit_distance(const lk_sequences *hypotheses, const lk_sequences *references,
                                  int64_t *distances, lk_edits *edits, lk_edits *total);

/* An alignment of hypothesis i and reference i as letters: '=' same token, 'S' substitution, 'I'
 * insertion, 'D' deletion, in order and ended by NUL. `room`: bytes of `letters`, at least the sum
 * of both lengths in tokens + 1; less is LK_INVALID. (Text has no more tokens than bytes.) The
 * counts of its letters are those of lk_edit_distance(). */
LK_API lk_status lk_edit_alignment(const lk_sequences *hypotheses, const lk_sequences *references,
                                   int64_t pair, char *letters, size_t room);

/* distance / reference_length: the error rate of characters or words (CER, WER). Of an empty
 * reference: 0 when the hypothesis is empty too, otherwise LK_OUT_OF_DOMAIN. */
LK_API lk_status lk_error_rate(const lk_edits *edits, double *rate);

/* ---- what a loss says of itself ----------------------------------------------------------- */
/* traits, as functions of the input at a fixed target; each is verified by the tests */
enum {
    LK_CONVEX = 1,
    LK_DIFFERENTIABLE = 2,   /* the gradient is continuous */
    LK_SMOOTH = 4,           /* infinitely differentiable */
    LK_LIPSCHITZ = 8,        /* |gradient| <= lipschitz */
    LK_SYMMETRIC = 16,       /* the same for input - target = r and -r */
    LK_BOUNDED = 32,         /* value <= bound */
    LK_DISTANCE_BASED = 64,  /* depends on input - target only */
    LK_MARGIN_BASED = 128,   /* depends on target * input only */
    LK_PROPER = 256,         /* minimised in expectation by the true probability or mean */
    LK_BOUNDS_ZERO_ONE = 512 /* margin losses: never below zero_one */
};

/* constant + factor * params[param]; param -1 when it depends on none. */
typedef struct lk_affine {
    double constant, factor;
    int param;
} lk_affine;

/* A place on the axis of the loss (residual, margin or input, see lk_axis) that is not smooth. */
typedef struct lk_kink {
    lk_affine at;
    int order; /* the first derivative that jumps: 0 value, 1 gradient, 2 curvature */
} lk_kink;

/* A word that stands for a number: "auto" for beta = -1. */
typedef struct lk_named_value {
    const char *name; /* NULL: none */
    double value;
} lk_named_value;

enum { LK_MAX_NAMED = 3 };
typedef struct lk_parameter {
    const char *name, *meaning;
    double preset, lowest, highest;     /* inclusive bounds */
    lk_named_value named[LK_MAX_NAMED]; /* valid even when outside the bounds */
} lk_parameter;

typedef enum lk_axis {
    LK_AXIS_RESIDUAL = 0, /* r = input - target */
    LK_AXIS_MARGIN = 1,   /* m = target * input */
    LK_AXIS_INPUT = 2
} lk_axis;

/* The numbers that an array may hold besides NaN. */
typedef struct lk_domain {
    double lowest, highest;
    int kind; /* 0: the closed interval; 1: without its lower end; 2: the two ends only */
} lk_domain;

/* What the loss is a function of, and with that the members of lk_call that may be set. */
typedef enum lk_kind {
    LK_KIND_POINTWISE = 0,
    LK_KIND_ROWS = 1,   /* scores of classes */
    LK_KIND_LINEAR = 2, /* features under a linear layer */
    LK_KIND_REGION = 3,
    LK_KIND_EMBEDDING = 4,
    LK_KIND_SEQUENCE = 5
} lk_kind;

/* The tensors of lk_call; bit 1 << n of lk_loss_info.takes and .needs. */
typedef enum lk_argument_id {
    LK_ARG_INPUT,
    LK_ARG_TARGET,
    LK_ARG_AUXILIARY,
    LK_ARG_WEIGHT,
    LK_ARG_UPSTREAM,
    LK_ARG_CLASS_WEIGHT,
    LK_ARG_VECTOR,
    LK_ARG_WEIGHTS,
    LK_ARG_BIAS,
    LK_ARG_MASK,
    LK_ARG_OTHER,
    LK_ARG_NEGATIVE,
    LK_ARG_CENTERS,
    LK_ARG_INPUT_LENGTHS,
    LK_ARG_TARGET_LENGTHS,
    LK_ARG_HYPOTHESES,
    LK_ARG_HYPOTHESIS_LENGTHS,
    LK_ARG_VALUE, /* outputs from here on */
    LK_ARG_GRADIENT,
    LK_ARG_CURVATURE,
    LK_ARG_TARGET_GRADIENT,
    LK_ARG_AUXILIARY_GRADIENT,
    LK_ARG_HESSIAN_VECTOR,
    LK_ARG_WEIGHTS_GRADIENT,
    LK_ARG_BIAS_GRADIENT,
    LK_ARG_OTHER_GRADIENT,
    LK_ARG_NEGATIVE_GRADIENT,
    LK_ARG_CENTER_STEP,
    LK_ARGUMENTS
} lk_argument_id;

typedef struct lk_argument {
    const char *name;    /* of the member: "class_weight" */
    const char *meaning; /* a phrase */
    size_t offset;       /* of the member, a const lk_tensor *, in lk_call */
    int output;
    lk_argument_id like; /* outputs: has the shape of this input; value: LK_ARG_VALUE itself */
} lk_argument;
LK_API const lk_argument *lk_argument_describe(lk_argument_id id); /* NULL past the last */

enum { LK_MAX_PARAMS = 6, LK_MAX_KINKS = 4 };

typedef struct lk_loss_info {
    const char *name, *family, *title, *tex; /* tex: the value as LaTeX */
    const char *source;                      /* where the loss comes from */
    const char *input, *target;              /* what the arrays hold */
    lk_domain input_domain, target_domain;
    uint32_t traits;
    lk_affine lipschitz, bound; /* with the traits of these names */
    lk_axis axis;
    int n_kinks;
    lk_kink kinks[LK_MAX_KINKS];
    int n_params;
    lk_parameter params[LK_MAX_PARAMS];
    const char *gradient_tex, *curvature_tex; /* first and second derivative */
    const char *fisher_tex, *upper_tex;       /* the other curvature modes; NULL: none */
    const char *target_gradient_tex;          /* NULL: no gradient of the target */
    const char *auxiliary;                    /* third input's name; NULL: none */
    const char *auxiliary_meaning, *auxiliary_gradient_tex; /* NULL: no gradient */
    lk_domain auxiliary_domain;
    int auxiliary_param; /* the parameter that stands in for the array; -1: array required */
    lk_kind kind;
    uint32_t takes, needs; /* 1 << lk_argument_id; pointwise losses: 0, see lk_loss_takes() */
    const char *notes;     /* pitfalls and conventions, or NULL */
    const char *elsewhere; /* who else has it, and how theirs differs; NULL: nobody known */
} lk_loss_info;

/* NULL past the last; ids run from 1 without gaps. */
LK_API const lk_loss_info *lk_loss_describe(lk_loss loss);

/* The tensors that the loss takes, as 1 << lk_argument_id, and those that it needs (may be NULL).
 */
LK_API uint32_t lk_loss_takes(lk_loss loss, uint32_t *needs);

/* ---- the machine -------------------------------------------------------------------------- */
/* The kernels in use: x86-64, x86-64-v2, x86-64-v3, x86-64-v4, neon or portable; the environment
 * variable LOSSKIT_ISA caps the choice. */
LK_API const char *lk_isa_name(void);
/* Threads for large calls; 0 restores the default: LOSSKIT_THREADS, else the CPUs available. */
LK_API void lk_set_num_threads(int threads);
LK_API int lk_num_threads(void);

/* ---- for libraries on top of losskit ---------------------------------------------------------
 */
/* Records the sentence for lk_last_error() of this thread and returns the status. */
LK_API lk_status lk_fail(lk_status status, const char *format, ...) LK_PRINTF(2, 3);

/* Runs task(context, 0 .. n - 1), each once, on up to lk_num_threads() threads, and returns when
 * all are done. A caller that finds the threads busy, or is such a task itself, does all of it
 * alone. Waking sleeping threads costs about 70 microseconds. */
typedef void lk_task(void *context, size_t index);
LK_API void lk_parallel(size_t n, lk_task *task, void *context);

/* c = a b + beta c. a [M, K], b [K, N], c [M, N], all f32 or all f64, one of each one's strides 1
 * (a transposed view is one with its strides exchanged), c in rows; c may not overlap a or b. With
 * beta 0 what c holds is not read. K = 0 gives beta c. Fixed blocks of c are spread over the
 * threads: the same bits for any number of them on one machine. LK_UNSUPPORTED without BLAS. */
LK_API lk_status lk_matrix_product(const lk_tensor *a, const lk_tensor *b, double beta,
                                   const lk_tensor *c);

/* Between the two, which may be nested in other threads' but not in each other, BLAS and LAPACK may
 * be called from the caller's thread and use no other: a threaded OpenBLAS is held to one thread,
 * since its bits depend on how many it has, and threads take turns where it has no locks. Nothing
 * of losskit's own may be called there. */
LK_API void lk_blas_begin(void);
LK_API void lk_blas_end(void);

#ifdef __cplusplus
}
#endif
#endif
