/* class_weights.c: how much a class counts, in training and afterwards. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "class_rows.h"
#include "sample_rows.h"
#include "score_link.h"

/* The effective number of n rows, (1 - beta^n) / (1 - beta): Cui et al., CVPR 2019. For beta near 1
 * the powers themselves would cancel; at 1 it is n. */
static double effective(double beta, double n)
{
    return beta == 1 ? n : -expm1(n * log(beta)) / (1 - beta);
}

lk_status lk_class_weights(const lk_dataset *data, lk_balance balance, double beta, double *weights)
{
    if (balance != LK_BALANCE_NONE && balance != LK_BALANCE_INVERSE &&
        balance != LK_BALANCE_EFFECTIVE)
        return lk_fail(LK_INVALID, "class weights: there is no balance %d", (int)balance);
    if (balance == LK_BALANCE_EFFECTIVE && !(beta >= 0 && beta <= 1))
        return lk_fail(LK_INVALID, "class weights: beta = %g; expected 0 to 1", beta);
    lk_class_rows of;
    const lk_status status = lk_class_rows_find("class weights", data, &of);
    if (status) return status;
    double sum = 0; /* of the weights of the rows */
    for (int64_t c = 0; c < of.classes; c++) {
        const double n = (double)lk_class_size(&of, c);
        weights[c] = n == 0                            ? 0
                     : balance == LK_BALANCE_NONE      ? 1
                     : balance == LK_BALANCE_EFFECTIVE ? 1 / effective(beta, n)
                                                       : 1 / n;
        sum += n * weights[c];
    }
    for (int64_t c = 0; c < of.classes && sum > 0; c++) weights[c] *= (double)data->rows / sum;
    lk_class_rows_free(&of);
    return LK_OK;
}

lk_status lk_weigh_classes(lk_dataset *data, const double *class_weights)
{
    lk_status status = lk_check_classes("class weights", data, data->classes);
    for (int64_t c = 0; !status && c < data->classes; c++)
        if (!(class_weights[c] >= 0 && isfinite(class_weights[c])))
            status = lk_fail(LK_INVALID,
                             "class weights: %g for class %lld; expected a finite number that is "
                             "not negative",
                             class_weights[c], (long long)c);
    if (!status && !data->weight) {
        data->weight = malloc((size_t)(data->rows + 1) * sizeof *data->weight);
        if (!data->weight)
            status = lk_fail(LK_NO_MEMORY, "class weights: no memory for %lld rows",
                             (long long)data->rows);
        for (int64_t i = 0; !status && i < data->rows; i++) data->weight[i] = 1;
    }
    for (int64_t i = 0; !status && i < data->rows; i++)
        data->weight[i] *= class_weights[(int64_t)data->target[i]];
    return status;
}

lk_status lk_class_shares(const lk_dataset *data, double *shares)
{
    const lk_status status = lk_check_classes("class shares", data, data->classes);
    if (status) return status;
    memset(shares, 0, (size_t)data->classes * sizeof *shares);
    double sum = 0;
    for (int64_t i = 0; i < data->rows; i++) {
        const double weight = lk_row_weight(data, i);
        shares[(int64_t)data->target[i]] += weight;
        sum += weight;
    }
    if (!(sum > 0))
        return lk_fail(LK_INVALID, "class shares: the %lld rows have no weight",
                       (long long)data->rows);
    for (int64_t c = 0; c < data->classes; c++) shares[c] /= sum;
    return LK_OK;
}

/* ---- another distribution of classes ------------------------------------------------------------
 */

static lk_status check_shares(const char *what, int64_t classes, const double *shares)
{
    double sum = 0;
    for (int64_t c = 0; c < classes; c++) {
        if (!(shares[c] > 0 && shares[c] < 1))
            return lk_fail(LK_INVALID, "prior: %s[%lld] = %g; expected a share between 0 and 1",
                           what, (long long)c, shares[c]);
        sum += shares[c];
    }
    if (fabs(sum - 1) > 1e-9)
        return lk_fail(LK_INVALID, "prior: %s sums to %.10g; expected 1", what, sum);
    return LK_OK;
}

static lk_status check_prior(const lk_model *m, const double *trained, const double *prior)
{
    const lk_loss_info *info = lk_loss_describe(m->loss);
    if (m->classes < 2 || (m->outputs != 1 && m->outputs != m->classes))
        return lk_fail(LK_UNSUPPORTED, "prior: the model was not trained on classes");
    if (lk_link_of(m).kind == LK_LINK_NONE)
        return lk_fail(LK_UNSUPPORTED, "prior: scores of %s are no function of probabilities",
                       info ? info->name : "a model without a loss");
    if (lk_softcap_of(m) != 0)
        return lk_fail(LK_UNSUPPORTED, "prior: scores under a softcap of %g cannot be shifted",
                       lk_softcap_of(m));
    const lk_status status = check_shares("trained", m->classes, trained);
    return status ? status : check_shares("prior", m->classes, prior);
}

/* p becomes p new / (p new + (1 - p) new of the rest): the odds are multiplied, and 0 and 1 stay.
 */
static double shift_linear(double score, double low, double odds)
{
    const double p = (score - low) / (1 - low), rest = (1 - score) / (1 - low);
    return p > 0 && rest > 0 ? low + (1 - low) * (p * odds / (p * odds + rest)) : score;
}

lk_status lk_correct_prior(const lk_model *m, int64_t rows, double *scores, const double *trained,
                           const double *prior)
{
    const lk_status status = check_prior(m, trained, prior);
    if (status) return status;
    const lk_score_link link = lk_link_of(m);
    for (int64_t k = 0; k < m->outputs; k++) {
        const int64_t c = m->outputs == 1 ? 1 : k;
        const double ratio = prior[c] / trained[c];
        const double odds = ratio / ((1 - prior[c]) / (1 - trained[c]));
        const double shift = link.kind == LK_LINK_SOFTMAX ? log(ratio) : link.at * log(odds);
        for (int64_t i = 0; i < rows; i++) {
            double *const s = &scores[i * m->outputs + k];
            *s = link.kind == LK_LINK_LINEAR ? shift_linear(*s, link.at, odds) : *s + shift;
        }
    }
    return LK_OK;
}
