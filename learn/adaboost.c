/* adaboost.c: AdaBoost (Freund and Schapire, J. Comput. System Sci. 55 (1997) 119) on stumps. A
 * stump looks at one feature: -1 up to a threshold and +1 above it, or the other way round.
 *
 * Each round takes the stump h with the least weighted error R and adds theta h to the score, theta
 * = 1/2 ln((1 - R) / R): the step along h that makes the mean exponential loss smallest. It makes
 * it Z = 2 sqrt(R (1 - R)) times as large. The weights, proportional to exp(-y score), are then
 * those of the round before divided by 2 (1 - R) where h is right and by 2 R where it is wrong: h
 * has the error 1/2 under them. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "clock.h"
#include "linear_problem.h"
#include "model.h"
#include "sample_rows.h"

/* ---- columns ------------------------------------------------------------------------------------
 * The values other than 0, sorted within each feature once; a round then only adds weights up. */
typedef struct stump_entry {
    double value;
    int64_t row;
} stump_entry;

typedef struct stump_choice {
    int64_t feature;
    double threshold, sum; /* sum: of weight label h, where h is +1 above the threshold */
} stump_choice;

enum { ENTRIES_PER_SHARE = 32768 };

typedef struct boosting {
    const lk_dataset *data;
    double *signed_weight; /* [rows] weight times label; the absolute values sum to 1 */
    int64_t *starts;       /* [features + 1] */
    stump_entry *entries;
    stump_choice *best; /* [shares] */
    int64_t shares;
    double total; /* of signed_weight */
} boosting;

static int by_value(const void *a, const void *b)
{
    const stump_entry *p = a, *q = b;
    if (p->value != q->value) return p->value < q->value ? -1 : 1;
    return (p->row > q->row) - (p->row < q->row);
}

static lk_status make_columns(boosting *b)
{
    const lk_dataset *d = b->data;
    const int64_t stored = lk_stored_numbers(d);
    b->starts = calloc((size_t)d->features + 2, sizeof *b->starts);
    b->entries = malloc((size_t)(stored + 1) * sizeof *b->entries);
    b->shares = 1 + stored / ENTRIES_PER_SHARE;
    if (b->shares > d->features) b->shares = d->features;
    b->best = malloc((size_t)b->shares * sizeof *b->best);
    b->signed_weight = malloc((size_t)d->rows * sizeof *b->signed_weight);
    if (!b->starts || !b->entries || !b->best || !b->signed_weight)
        return lk_fail(LK_NO_MEMORY, "train: no memory to sort %lld numbers", (long long)stored);
    int64_t *next = b->starts + 1; /* counts, then where the next one goes, then the ends */
    for (int filling = 0; filling < 2; filling++) {
        for (int64_t i = 0; i < d->rows; i++) {
            const lk_sample_row r = lk_row_of(d, i);
            for (int64_t k = 0; k < r.n; k++) {
                if (r.values[k] == 0) continue;
                int64_t *at = &next[r.columns ? r.columns[k] : k];
                if (filling)
                    b->entries[(*at)++] = (stump_entry){r.values[k], i};
                else
                    at[1]++;
            }
        }
        for (int64_t f = 0; !filling && f < d->features; f++) next[f + 1] += next[f];
    }
    return LK_OK;
}

static int64_t first_of(const boosting *b, size_t share)
{
    return lk_share_begin(b->data->features, b->shares, (int64_t)share);
}

static void sort_share(void *context, size_t share)
{
    const boosting *b = context;
    for (int64_t f = first_of(b, share); f < first_of(b, share + 1); f++)
        qsort(b->entries + b->starts[f], (size_t)(b->starts[f + 1] - b->starts[f]),
              sizeof *b->entries, by_value);
}

/* ---- the best stump -----------------------------------------------------------------------------
 */

/* Between two values, so that the lower one is not above it and the upper one is. */
static double between(double low, double high)
{
    const double middle = low / 2 + high / 2;
    return middle >= low && middle < high ? middle : low;
}

/* A threshold with `below`, the sum of weight label, up to it. */
static void offer(stump_choice *best, double total, int64_t feature, double threshold, double below)
{
    const double sum = total - 2 * below;
    if (fabs(sum) > fabs(best->sum)) *best = (stump_choice){feature, threshold, sum};
}

/* Rows that are not among the entries have the value 0 and come where it belongs. */
static void search_feature(const boosting *b, int64_t feature, stump_choice *best)
{
    const stump_entry *e = b->entries + b->starts[feature];
    const int64_t n = b->starts[feature + 1] - b->starts[feature];
    double zeros = b->total, below = 0, last = -HUGE_VAL;
    int64_t left = b->data->rows - n; /* zeros that are still to come */
    if (left)
        for (int64_t k = 0; k < n; k++) zeros -= b->signed_weight[e[k].row];
    for (int64_t k = 0; k < n; k++) {
        if (left && e[k].value > 0) {
            if (k) offer(best, b->total, feature, between(last, 0), below);
            below += zeros;
            last = 0;
            left = 0;
            offer(best, b->total, feature, between(0, e[k].value), below);
        } else if (k && e[k].value > last) {
            offer(best, b->total, feature, between(last, e[k].value), below);
        }
        below += b->signed_weight[e[k].row];
        last = e[k].value;
    }
    if (left && n) offer(best, b->total, feature, between(last, 0), below);
}

static void search_share(void *context, size_t share)
{
    boosting *b = context;
    stump_choice best = {0, -HUGE_VAL, b->total}; /* +1 everywhere */
    for (int64_t f = first_of(b, share); f < first_of(b, share + 1); f++)
        search_feature(b, f, &best);
    b->best[share] = best;
}

/* The first of equally good ones: the lowest feature, then the lowest threshold. */
static stump_choice find_stump(boosting *b)
{
    b->total = 0;
    for (int64_t i = 0; i < b->data->rows; i++) b->total += b->signed_weight[i];
    lk_parallel((size_t)b->shares, search_share, b);
    stump_choice best = b->best[0];
    for (int64_t k = 1; k < b->shares; k++)
        if (fabs(b->best[k].sum) > fabs(best.sum)) best = b->best[k];
    return best;
}

/* ---- rounds -------------------------------------------------------------------------------------
 */

static double value_of(const lk_dataset *d, int64_t i, int64_t feature)
{
    if (d->dense) return d->dense[i * d->features + feature];
    int64_t low = d->starts[i], high = d->starts[i + 1];
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (d->columns[middle] < feature)
            low = middle + 1;
        else
            high = middle;
    }
    return low < d->starts[i + 1] && d->columns[low] == feature ? d->values[low] : 0;
}

/* Whether the stump with `sign` above its threshold is wrong about the row. */
static int is_wrong(const boosting *b, const stump_choice *c, double sign, int64_t i)
{
    const double h = value_of(b->data, i, c->feature) > c->threshold ? sign : -sign;
    return b->signed_weight[i] * h < 0;
}

static double error_of(const boosting *b, const stump_choice *c, double sign)
{
    double wrong = 0, all = 0;
    for (int64_t i = 0; i < b->data->rows; i++) {
        const double weight = fabs(b->signed_weight[i]);
        wrong += is_wrong(b, c, sign, i) ? weight : 0;
        all += weight;
    }
    return wrong / all;
}

static void reweigh(boosting *b, const stump_choice *c, double sign, double error)
{
    for (int64_t i = 0; i < b->data->rows; i++)
        b->signed_weight[i] /= 2 * (is_wrong(b, c, sign, i) ? error : 1 - error);
}

/* The stumps as they come, before it is known how many there will be. */
typedef struct stump {
    int64_t feature;
    double threshold, left, right;
} stump;

/* Rounds until one is the last; how many there were. An error of 0 would make theta infinite: the
 * smallest that 1 - R can tell from it stands in its place, and the stump decides alone. */
static int64_t boost(boosting *b, const lk_adaboost_options *o, stump *stumps)
{
    const double start = lk_clock();
    double bound = 1;
    for (int64_t t = 0; t < o->rounds; t++) {
        const stump_choice c = find_stump(b);
        const double sign = c.sum < 0 ? -1 : 1, error = error_of(b, &c, sign);
        if (!(error < 0.5 * (1 - 8 * DBL_EPSILON))) return t;
        const double floored = fmax(error, DBL_EPSILON);
        const double theta = 0.5 * log((1 - floored) / floored);
        stumps[t] = (stump){c.feature, c.threshold, -sign * theta, sign * theta};
        bound *= error > 0 ? 2 * sqrt(floored * (1 - floored)) : exp(-theta);
        if (o->bounds) o->bounds[t] = bound;
        const lk_progress p = {.epoch = t + 1,
                               .epochs = o->rounds,
                               .loss = bound,
                               .validation_loss = NAN,
                               .validation_metric = NAN,
                               .measure = error,
                               .learning_rate = NAN,
                               .seconds = lk_clock() - start};
        if ((o->progress && o->progress(o->context, &p)) || error == 0) return t + 1;
        reweigh(b, &c, sign, error);
    }
    return o->rounds;
}

static lk_status keep(const stump *stumps, int64_t n, lk_model *m)
{
    int64_t *feature = lk_model_add(m, "stump.feature", LK_I64, 1, &n);
    double *threshold = feature ? lk_model_add(m, "stump.threshold", LK_F64, 1, &n) : NULL;
    double *left = threshold ? lk_model_add(m, "stump.left", LK_F64, 1, &n) : NULL;
    double *right = left ? lk_model_add(m, "stump.right", LK_F64, 1, &n) : NULL;
    if (!right) return LK_NO_MEMORY;
    for (int64_t k = 0; k < n; k++) {
        feature[k] = stumps[k].feature;
        threshold[k] = stumps[k].threshold;
        left[k] = stumps[k].left;
        right[k] = stumps[k].right;
    }
    return LK_OK;
}

static lk_status check_arguments(const lk_dataset *d, const lk_adaboost_options *o)
{
    const lk_status status =
        lk_check_options("train", "LK_ADABOOST_OPTIONS_INIT", o->size, sizeof *o);
    if (status) return status;
    if (o->rounds < 1)
        return lk_fail(LK_INVALID, "train: %lld rounds of AdaBoost; expected at least 1",
                       (long long)o->rounds);
    if (d->classes != 2)
        return lk_fail(LK_UNSUPPORTED,
                       d->classes ? "train: AdaBoost is for two classes; there are %lld"
                                  : "train: AdaBoost is for two classes; the targets are numbers",
                       (long long)d->classes);
    if (d->features < 1) return lk_fail(LK_INVALID, "train: AdaBoost on rows of 0 features");
    return lk_check_training(d);
}

static lk_status first_weights(boosting *b)
{
    const lk_dataset *d = b->data;
    double sum = 0;
    for (int64_t i = 0; i < d->rows; i++) sum += lk_row_weight(d, i);
    if (!(sum > 0) || !isfinite(sum))
        return lk_fail(LK_INVALID, "train: the weights of the rows sum to %g", sum);
    lk_code_targets(LK_EXPONENTIAL, d, 0, b->signed_weight);
    for (int64_t i = 0; i < d->rows; i++) b->signed_weight[i] *= lk_row_weight(d, i) / sum;
    return LK_OK;
}

lk_status lk_train_adaboost(const lk_dataset *data, const lk_adaboost_options *options,
                            lk_model **out, int64_t *rounds)
{
    *out = NULL;
    if (rounds) *rounds = 0;
    lk_status status = check_arguments(data, options);
    if (status) return status;
    boosting b = {.data = data};
    stump *stumps = (uint64_t)options->rounds < SIZE_MAX / sizeof *stumps
                        ? malloc((size_t)options->rounds * sizeof *stumps)
                        : NULL;
    lk_model *m = lk_model_new(LK_MODEL_STUMPS, data, LK_EXPONENTIAL, NULL, 0, 1);
    status = !m       ? LK_NO_MEMORY
             : stumps ? make_columns(&b)
                      : lk_fail(LK_NO_MEMORY, "train: no memory for %lld rounds",
                                (long long)options->rounds);
    if (!status) status = first_weights(&b);
    int64_t n = 0;
    if (!status) {
        lk_parallel((size_t)b.shares, sort_share, &b);
        n = boost(&b, options, stumps);
        status = keep(stumps, n, m);
    }
    free(stumps);
    free(b.starts);
    free(b.entries);
    free(b.best);
    free(b.signed_weight);
    if (status) {
        lk_model_free(m);
        return status;
    }
    if (rounds) *rounds = n;
    *out = m;
    return LK_OK;
}

/* ---- the model ----------------------------------------------------------------------------------
 */

typedef struct stump_arrays {
    int64_t n;
    const int64_t *feature;
    const double *threshold, *left, *right;
} stump_arrays;

static lk_status find_arrays(const lk_model *m, stump_arrays *a)
{
    const lk_named_tensor *first = lk_model_find(m, "stump.feature");
    a->n = first && first->ndim == 1 ? first->shape[0] : 0;
    a->feature = lk_model_expect(m, "stump.feature", LK_I64, 1, &a->n);
    a->threshold = a->feature ? lk_model_expect(m, "stump.threshold", LK_F64, 1, &a->n) : NULL;
    a->left = a->threshold ? lk_model_expect(m, "stump.left", LK_F64, 1, &a->n) : NULL;
    a->right = a->left ? lk_model_expect(m, "stump.right", LK_F64, 1, &a->n) : NULL;
    return a->right ? LK_OK : LK_INVALID;
}

static lk_status check(const lk_model *m)
{
    stump_arrays a;
    if (m->outputs != 1)
        return lk_fail(LK_INVALID, "model: stumps with %lld outputs; expected 1",
                       (long long)m->outputs);
    lk_status status = find_arrays(m, &a);
    for (int64_t k = 0; !status && k < a.n; k++) {
        if (a.feature[k] < 0 || a.feature[k] >= m->features)
            status = lk_fail(LK_INVALID, "model: stump %lld looks at feature %lld of %lld",
                             (long long)k, (long long)a.feature[k], (long long)m->features);
        else if (isnan(a.threshold[k]) || !isfinite(a.left[k]) || !isfinite(a.right[k]))
            status = lk_fail(LK_INVALID, "model: stump %lld has a number that is not finite",
                             (long long)k);
    }
    return status;
}

typedef struct stump_scoring {
    const lk_dataset *data;
    stump_arrays stumps;
    double *scores;
    int64_t rows_per_task;
} stump_scoring;

static void score_task(void *context, size_t task)
{
    const stump_scoring *s = context;
    const int64_t begin = (int64_t)task * s->rows_per_task;
    const int64_t end =
        begin + s->rows_per_task < s->data->rows ? begin + s->rows_per_task : s->data->rows;
    const stump_arrays *a = &s->stumps;
    for (int64_t i = begin; i < end; i++) {
        double score = 0;
        for (int64_t k = 0; k < a->n; k++)
            score +=
                value_of(s->data, i, a->feature[k]) > a->threshold[k] ? a->right[k] : a->left[k];
        s->scores[i] = score;
    }
}

static lk_status predict(const lk_model *m, const lk_dataset *data, double *scores)
{
    stump_scoring s = {.data = data, .scores = scores};
    lk_status status = find_arrays(m, &s.stumps);
    if (status || !data->rows) return status;
    s.rows_per_task = 1 + ENTRIES_PER_SHARE / (s.stumps.n + 1);
    lk_parallel((size_t)((data->rows - 1) / s.rows_per_task + 1), score_task, &s);
    return LK_OK;
}

const lk_model_type lk_stumps_type = {.name = "stumps", .check = check, .predict = predict};
