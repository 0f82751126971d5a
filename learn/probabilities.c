/* probabilities.c: scores as probabilities, through the softmax and the sigmoid of the core. The
 * link of a loss is where it is least in expectation (Friedman, Hastie and Tibshirani, Ann.
 * Statist. 28 (2000) 337 for exponential; Zhang, Ann. Statist. 32 (2004) 56 for squared_hinge and
 * modified_huber), or the probability that the loss itself is written with (focal losses, poly1).
 */
#include <math.h>
#include <string.h>

#include "score_link.h"

lk_score_link lk_link_of(const lk_model *m)
{
    switch (m->loss) {
    case LK_LOGISTIC:
    case LK_SIGMOID_CROSS_ENTROPY:
    case LK_BALANCED_SIGMOID_CROSS_ENTROPY:
    case LK_SIGMOID_FOCAL:
        return (lk_score_link){LK_LINK_LOGIT, 1};
    case LK_EXPONENTIAL:
        return (lk_score_link){LK_LINK_LOGIT, 0.5};
    case LK_MODIFIED_HUBER:
    case LK_SQUARED_HINGE:
        return (lk_score_link){LK_LINK_LINEAR, -1};
    case LK_BINARY_CROSS_ENTROPY:
    case LK_SQUARED_ERROR:
        return (lk_score_link){LK_LINK_LINEAR, 0};
    case LK_SOFTMAX_CROSS_ENTROPY:
    case LK_LINEAR_CROSS_ENTROPY:
    case LK_NLL:
    case LK_SOFTMAX_FOCAL:
    case LK_KL_DIVERGENCE:
    case LK_JS_DIVERGENCE:
    case LK_SYMMETRIC_CROSS_ENTROPY:
    case LK_GENERALIZED_CROSS_ENTROPY:
    case LK_POLY1:
        return (lk_score_link){LK_LINK_SOFTMAX, 0};
    default:
        return (lk_score_link){LK_LINK_NONE, 0};
    }
}

double lk_softcap_of(const lk_model *m)
{
    const lk_loss_info *info = lk_loss_describe(m->loss);
    for (int k = 0; info && k < m->n_params; k++)
        if (!strcmp(info->params[k].name, "softcap")) return m->params[k];
    return 0;
}

static lk_status by_softmax(const lk_model *m, int64_t rows, const double *scores, double *p)
{
    const int64_t shape[2] = {rows, m->outputs};
    const lk_tensor input = lk_view(scores, LK_F64, 2, shape);
    const lk_tensor output = lk_view(p, LK_F64, 2, shape);
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.value = &output;
    call.reduction = LK_NONE;
    return lk_evaluate(LK_SOFTMAX, NULL, 0, &call);
}

/* The softmax knows no cap; the cross-entropy of each label in turn is its -log p. */
static lk_status by_cross_entropy(const lk_model *m, int64_t rows, const double *scores, double *p)
{
    const double params[4] = {0, 0, lk_softcap_of(m), 0};
    const int64_t shape[2] = {rows, m->outputs};
    int64_t label = 0, same = 0, stride = m->outputs;
    const lk_tensor input = lk_view(scores, LK_F64, 2, shape);
    lk_tensor target = lk_vector(&label, LK_I64, &rows);
    target.strides = &same;
    lk_status status = LK_OK;
    for (; !status && label < m->outputs; label++) {
        lk_tensor value = lk_vector(p + label, LK_F64, &rows);
        value.strides = &stride;
        lk_call call = LK_CALL_INIT;
        call.input = &input;
        call.target = &target;
        call.value = &value;
        call.reduction = LK_NONE;
        status = lk_evaluate(LK_SOFTMAX_CROSS_ENTROPY, params, 4, &call);
    }
    for (int64_t i = 0; !status && i < rows * m->outputs; i++) p[i] = exp(-p[i]);
    return status;
}

/* sigmoid(z), in place: the slope of its cross-entropy at the target 0. */
static lk_status sigmoid(int64_t n, double *z)
{
    static const double zero = 0;
    int64_t stride = 0;
    const lk_tensor input = lk_vector(z, LK_F64, &n);
    lk_tensor target = lk_vector(&zero, LK_F64, &n);
    target.strides = &stride;
    lk_call call = LK_CALL_INIT;
    call.input = call.gradient = &input;
    call.target = &target;
    call.reduction = LK_NONE;
    return lk_evaluate(LK_SIGMOID_CROSS_ENTROPY, NULL, 0, &call);
}

static double clip(double p) { return p < 0 ? 0 : p > 1 ? 1 : p; }

/* Of each row: one output becomes the pair for class 0 and 1, each by itself, since 1 - p would
 * lose the small one's digits. */
static lk_status by_output(lk_score_link link, int64_t rows, int64_t outputs, const double *scores,
                           double *p)
{
    const int logit = link.kind == LK_LINK_LOGIT;
    for (int64_t i = 0; i < rows * outputs; i++) {
        const double s = scores[i];
        const double yes = logit ? s / link.at : clip((s - link.at) / (1 - link.at));
        const double no = logit ? -yes : clip((1 - s) / (1 - link.at));
        if (outputs == 1) p[2 * i] = no;
        p[outputs == 1 ? 2 * i + 1 : i] = yes;
    }
    return logit ? sigmoid(rows * (outputs == 1 ? 2 : outputs), p) : LK_OK;
}

/* One against the rest each; a row that every output refuses is as likely any class. */
static void normalize(int64_t rows, int64_t classes, double *p)
{
    for (int64_t i = 0; i < rows; i++) {
        double *const row = p + i * classes, sum = 0;
        for (int64_t c = 0; c < classes; c++) sum += row[c];
        for (int64_t c = 0; c < classes; c++)
            row[c] = sum == 0 ? 1.0 / (double)classes : row[c] / sum;
    }
}

lk_status lk_model_probabilities(const lk_model *m, int64_t rows, const double *scores, double *p)
{
    const lk_loss_info *info = lk_loss_describe(m->loss);
    const lk_score_link link = lk_link_of(m);
    if (m->classes < 2)
        return lk_fail(LK_UNSUPPORTED, "probabilities: the model was not trained on classes");
    if (link.kind == LK_LINK_NONE)
        return lk_fail(LK_UNSUPPORTED, "probabilities: scores of %s are no function of them",
                       info ? info->name : "a model without a loss");
    const int single = m->outputs == 1 && m->classes == 2 && link.kind != LK_LINK_SOFTMAX;
    if (m->outputs != m->classes && !single)
        return lk_fail(LK_INVALID, "probabilities: the model has %lld outputs for %lld classes",
                       (long long)m->outputs, (long long)m->classes);
    if (rows == 0) return LK_OK;
    if (link.kind == LK_LINK_SOFTMAX && lk_softcap_of(m) != 0)
        return by_cross_entropy(m, rows, scores, p);
    if (link.kind == LK_LINK_SOFTMAX) return by_softmax(m, rows, scores, p);
    const lk_status status = by_output(link, rows, m->outputs, scores, p);
    if (!status && m->outputs > 1) normalize(rows, m->outputs, p);
    return status;
}
