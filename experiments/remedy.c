#include "remedy.h"

#include <stdlib.h>

enum { MEMBERS = 10 };
static const double noise = 0.2;     /* of each feature's deviation */
static const double beta = 0.9999;   /* of the effective number of rows */
static const double shrinkage = 0.1; /* of the covariance, towards its diagonal */
static const double normal = 0.95;   /* the share of common rows that are no anomaly */

static const char *const names[REMEDIES] = {
    [REMEDY_NONE] = "none: cross-entropy",
    [REMEDY_OVER] = "over-sampling",
    [REMEDY_UNDER] = "under-sampling",
    [REMEDY_SMOTE] = "SMOTE, 5 neighbours",
    [REMEDY_NOISE] = "over-sampling with noise",
    [REMEDY_CLASS_WEIGHTS] = "class weights N/(K N_c)",
    [REMEDY_EFFECTIVE] = "weights by effective number",
    [REMEDY_BALANCED] = "balanced cross-entropy",
    [REMEDY_FOCAL] = "focal, α = 0.25, γ = 2",
    [REMEDY_FOCAL_BALANCED] = "focal, α = 0.99, γ = 2",
    [REMEDY_ENSEMBLE] = "EasyEnsemble, 10 members",
    [REMEDY_ANOMALY] = "anomaly detection",
};

const char *remedy_name(remedy which) { return names[which]; }

lk_status remedy_linear(const lk_dataset *data, lk_loss loss, const double *params, int n_params,
                        double l2, lk_model **out)
{
    lk_linear_options options = LK_LINEAR_OPTIONS_INIT;
    options.loss = loss;
    options.params = params;
    options.n_params = n_params;
    options.l2 = l2;
    return lk_train_linear(data, &options, out, NULL);
}

static lk_status cross_entropy(const lk_dataset *data, double l2, lk_model **out)
{
    return remedy_linear(data, LK_SIGMOID_CROSS_ENTROPY, NULL, 0, l2, out);
}

static lk_status resampled(lk_resample method, double with_noise, const lk_dataset *data, double l2,
                           uint64_t seed, lk_model **out)
{
    lk_resample_options options = LK_RESAMPLE_OPTIONS_INIT;
    options.method = method;
    options.noise = with_noise;
    options.seed = seed;
    lk_dataset rows;
    lk_status status = lk_resample_rows(data, &options, &rows);
    if (status) return status;
    status = cross_entropy(&rows, l2, out);
    lk_dataset_free(&rows);
    return status;
}

/* The same rows with weights of their own. */
static lk_status weighted(lk_balance balance, const lk_dataset *data, double l2, lk_model **out)
{
    double weights[2];
    lk_dataset rows = *data;
    rows.weight = NULL;
    lk_status status = lk_class_weights(data, balance, beta, weights);
    if (!status) status = lk_weigh_classes(&rows, weights);
    if (!status) status = cross_entropy(&rows, l2, out);
    free(rows.weight);
    return status;
}

static lk_status train_member(void *context, const lk_dataset *data, uint64_t seed, lk_model **out)
{
    const double *l2 = context;
    (void)seed;
    return cross_entropy(data, *l2, out);
}

lk_status remedy_train(remedy which, const lk_dataset *data, double l2, uint64_t seed,
                       lk_model **out)
{
    static const double focal[2] = {2, 0.25}, focal_balanced[2] = {2, 0.99};
    double shares[2];
    lk_status status;
    switch (which) {
    case REMEDY_OVER:
        return resampled(LK_RESAMPLE_OVER, 0, data, l2, seed, out);
    case REMEDY_UNDER:
        return resampled(LK_RESAMPLE_UNDER, 0, data, l2, seed, out);
    case REMEDY_SMOTE:
        return resampled(LK_RESAMPLE_SMOTE, 0, data, l2, seed, out);
    case REMEDY_NOISE:
        return resampled(LK_RESAMPLE_OVER, noise, data, l2, seed, out);
    case REMEDY_CLASS_WEIGHTS:
        return weighted(LK_BALANCE_INVERSE, data, l2, out);
    case REMEDY_EFFECTIVE:
        return weighted(LK_BALANCE_EFFECTIVE, data, l2, out);
    case REMEDY_BALANCED: /* the weight of class 1 is the share of class 0 */
        status = lk_class_shares(data, shares);
        if (status) return status;
        return remedy_linear(data, LK_BALANCED_SIGMOID_CROSS_ENTROPY, shares, 1, l2, out);
    case REMEDY_FOCAL:
        return remedy_linear(data, LK_SIGMOID_FOCAL, focal, 2, l2, out);
    case REMEDY_FOCAL_BALANCED:
        return remedy_linear(data, LK_SIGMOID_FOCAL, focal_balanced, 2, l2, out);
    case REMEDY_ENSEMBLE:
        return lk_train_easy_ensemble(data, MEMBERS, seed, train_member, &l2, out);
    case REMEDY_ANOMALY:
        return lk_train_mahalanobis(data, 0, shrinkage, normal, out);
    case REMEDY_NONE:
    case REMEDIES:
        break;
    }
    return cross_entropy(data, l2, out);
}
