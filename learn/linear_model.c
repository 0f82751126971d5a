/* linear_model.c: the kind of model that linear training and the perceptron make. */
#include "model.h"
#include "sample_rows.h"

#include <stdlib.h>

/* The bias, or NULL when the model has none; *fits: it has the shape that it needs. */
static const double *bias_of(const lk_model *m, int *fits)
{
    *fits = 1;
    if (!lk_model_find(m, "bias")) return NULL;
    const double *bias = lk_model_expect(m, "bias", LK_F64, 1, &m->outputs);
    *fits = bias != NULL;
    return bias;
}

static const double *weight_of(const lk_model *m)
{
    const int64_t shape[] = {m->outputs, m->features};
    return lk_model_expect(m, "weight", LK_F64, 2, shape);
}

static lk_status check(const lk_model *m)
{
    int fits;
    (void)bias_of(m, &fits);
    return fits && weight_of(m) ? LK_OK : LK_INVALID;
}

static lk_status predict(const lk_model *m, const lk_dataset *data, double *scores)
{
    int fits;
    const double *weight = weight_of(m), *bias = bias_of(m, &fits);
    if (!weight || !fits) return LK_INVALID;
    double *none = bias ? NULL : calloc((size_t)m->outputs + 1, sizeof *none);
    if (!bias && !none) return lk_fail(LK_NO_MEMORY, "predict: no memory");
    lk_rows_scores(data, m->outputs, weight, bias ? bias : none, scores);
    free(none);
    return LK_OK;
}

const lk_model_type lk_linear_type = {.name = "linear", .check = check, .predict = predict};
