/* ensemble.c: models whose scores are averaged. EasyEnsemble: Liu, Wu and Zhou, IEEE Trans. SMC B
 * 39 (2009) 539. */
#include <stdlib.h>
#include <string.h>

#include "model.h"

static lk_status check(const lk_model *m)
{
    if (m->n_members < 1) return lk_fail(LK_INVALID, "model: an ensemble without members");
    for (int64_t k = 0; k < m->n_members; k++) {
        const lk_model *const one = m->members[k];
        const lk_model_type *const type =
            one && one->kind != LK_MODEL_ENSEMBLE ? lk_model_type_of(one->kind) : NULL;
        if (!type || one->features != m->features || one->outputs != m->outputs ||
            one->classes != m->classes)
            return lk_fail(LK_INVALID,
                           "model: member %lld of the ensemble has other features, outputs or "
                           "classes than the whole, or is none",
                           (long long)k);
        const lk_status status = type->check(one);
        if (status) return status;
    }
    return LK_OK;
}

static lk_status predict(const lk_model *m, const lk_dataset *data, double *scores)
{
    const int64_t n = data->rows * m->outputs;
    double *const one = malloc((size_t)(n + 1) * sizeof *one);
    if (!one)
        return lk_fail(LK_NO_MEMORY, "predict: no memory for the scores of %lld rows",
                       (long long)data->rows);
    lk_status status = LK_OK;
    memset(scores, 0, (size_t)n * sizeof *scores);
    for (int64_t k = 0; !status && k < m->n_members; k++) {
        status = lk_model_predict(m->members[k], data, one);
        for (int64_t i = 0; !status && i < n; i++) scores[i] += one[i];
    }
    for (int64_t i = 0; i < n; i++) scores[i] /= (double)m->n_members;
    free(one);
    return status;
}

const lk_model_type lk_ensemble_type = {"ensemble", check, predict};

static lk_status train_member(const lk_dataset *data, uint64_t seed, lk_train_function *train,
                              void *context, lk_model **out)
{
    lk_resample_options options = LK_RESAMPLE_OPTIONS_INIT;
    options.method = LK_RESAMPLE_UNDER;
    options.seed = lk_random_stream(seed, 0);
    lk_dataset part;
    lk_status status = lk_resample_rows(data, &options, &part);
    if (status) return status;
    status = train(context, &part, lk_random_stream(seed, 1), out);
    lk_dataset_free(&part);
    if (!status && !*out) return lk_fail(LK_INVALID, "ensemble: a member's training made no model");
    return status;
}

lk_status lk_train_easy_ensemble(const lk_dataset *data, int64_t members, uint64_t seed,
                                 lk_train_function *train, void *context, lk_model **out)
{
    *out = NULL;
    if (members < 1 || members > INT32_MAX)
        return lk_fail(LK_INVALID, "ensemble: %lld members; expected at least 1",
                       (long long)members);
    if (data->classes < 2)
        return lk_fail(LK_INVALID, "ensemble: %lld classes; expected at least 2",
                       (long long)data->classes);
    lk_model *m = lk_model_new(LK_MODEL_ENSEMBLE, data, (lk_loss)0, NULL, 0, 0);
    if (!m) return LK_NO_MEMORY;
    lk_status status = LK_OK;
    m->members = calloc((size_t)members, sizeof(lk_model *));
    if (!m->members)
        status = lk_fail(LK_NO_MEMORY, "ensemble: no memory for %lld members", (long long)members);
    for (int64_t k = 0; !status && k < members; k++) {
        status =
            train_member(data, lk_random_stream(seed, (uint64_t)k), train, context, &m->members[k]);
        m->n_members = m->members[k] ? k + 1 : k;
    }
    if (!status) {
        const lk_model *const first = m->members[0];
        m->loss = first->loss;
        m->n_params = first->n_params;
        memcpy(m->params, first->params, sizeof m->params);
        m->outputs = first->outputs;
        status = check(m);
    }
    if (status)
        lk_model_free(m);
    else
        *out = m;
    return status;
}
