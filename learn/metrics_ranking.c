/* metrics_ranking.c: what follows from the order of the scores. */
#include "metrics_checks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How much weight lies at or above each of the n different scores, from the highest down. */
typedef struct steps {
    int64_t n;
    double *score, *right, *wrong; /* of positive and negative samples */
} steps;

static void free_steps(steps *s)
{
    free(s->score);
    memset(s, 0, sizeof *s);
}

/* Samples without weight take no part. */
static int64_t place_samples(int64_t n, const double *scores, const double *weight,
                             lk_place *places)
{
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++)
        if (lk_weight_of(weight, i) > 0) places[count++] = (lk_place){-scores[i], i};
    lk_sort_places(places, count);
    return count;
}

static lk_status take_steps(int64_t n, const int64_t *truth, const double *scores,
                            const double *weight, steps *out)
{
    double total;
    lk_status status = lk_check_samples(n, weight, &total);
    if (!status) status = lk_check_labels("truth", n, 2, truth);
    if (!status) status = lk_check_scores(n, 1, scores);
    if (status) return status;
    lk_place *places = malloc((size_t)n * sizeof *places);
    steps s = {0, malloc(3 * (size_t)n * sizeof *s.score), NULL, NULL};
    if (!places || !s.score) {
        free(places);
        free(s.score);
        return lk_fail(LK_NO_MEMORY, "metrics: no memory for %lld samples", (long long)n);
    }
    s.right = s.score + n;
    s.wrong = s.right + n;
    const int64_t count = place_samples(n, scores, weight, places);
    double right = 0, wrong = 0;
    for (int64_t k = 0; k < count; k++) {
        const int64_t i = places[k].index;
        if (truth[i])
            right += lk_weight_of(weight, i);
        else
            wrong += lk_weight_of(weight, i);
        if (k + 1 < count && places[k + 1].value == places[k].value) continue;
        s.score[s.n] = scores[i];
        s.right[s.n] = right;
        s.wrong[s.n++] = wrong;
    }
    free(places);
    *out = s;
    return LK_OK;
}

static lk_status need(const char *metric, const steps *s, int negatives)
{
    const int positive = s->right[s->n - 1] > 0, negative = s->wrong[s->n - 1] > 0;
    if (positive && (negative || !negatives)) return LK_OK;
    return lk_fail(LK_OUT_OF_DOMAIN, "metrics: no sample is %s; %s is not defined",
                   positive ? "negative" : "positive", metric);
}

void lk_curve_free(lk_curve *c)
{
    free(c->x);
    free(c->y);
    free(c->threshold);
    free(c->weight);
    memset(c, 0, sizeof *c);
}

static lk_status new_curve(int64_t room, lk_curve *c)
{
    const size_t bytes = (size_t)room * sizeof(double);
    *c = (lk_curve){0, malloc(bytes), malloc(bytes), malloc(bytes), NULL};
    if (c->x && c->y && c->threshold) return LK_OK;
    lk_curve_free(c);
    return lk_fail(LK_NO_MEMORY, "metrics: no memory for a curve of %lld points", (long long)room);
}

static void add_point(lk_curve *c, double x, double y, double threshold)
{
    c->x[c->n] = x;
    c->y[c->n] = y;
    c->threshold[c->n++] = threshold;
}

static int is_midway(const double *a) { return a[1] - a[0] == a[0] - a[-1]; }

lk_status lk_roc_curve(int64_t n, const int64_t *truth, const double *scores, const double *weight,
                       int every, lk_curve *curve)
{
    memset(curve, 0, sizeof *curve);
    steps s = {.n = 0};
    lk_status status = take_steps(n, truth, scores, weight, &s);
    if (!status) status = need("ROC", &s, 1);
    if (!status) status = new_curve(s.n + 1, curve);
    if (!status) {
        const int64_t last = s.n - 1;
        add_point(curve, 0, 0, HUGE_VAL);
        for (int64_t k = 0; k <= last; k++)
            if (every || k == 0 || k == last || !is_midway(s.right + k) || !is_midway(s.wrong + k))
                add_point(curve, s.wrong[k] / s.wrong[last], s.right[k] / s.right[last],
                          s.score[k]);
    }
    free_steps(&s);
    return status;
}

lk_status lk_precision_recall_curve(int64_t n, const int64_t *truth, const double *scores,
                                    const double *weight, lk_curve *curve)
{
    memset(curve, 0, sizeof *curve);
    steps s = {.n = 0};
    lk_status status = take_steps(n, truth, scores, weight, &s);
    if (!status) status = need("recall", &s, 0);
    if (!status) status = new_curve(s.n + 1, curve);
    if (!status) {
        add_point(curve, 0, 1, HUGE_VAL);
        for (int64_t k = 0; k < s.n; k++)
            add_point(curve, s.right[k] / s.right[s.n - 1], s.right[k] / (s.right[k] + s.wrong[k]),
                      s.score[k]);
    }
    free_steps(&s);
    return status;
}

/* ---- areas --------------------------------------------------------------------------------------
 */

/* A negative sample loses to the positive ones above it, and half to those beside it. */
static double area_under_roc(const steps *s)
{
    double area = 0, right = 0, wrong = 0;
    for (int64_t k = 0; k < s->n; k++) {
        area += (s->wrong[k] - wrong) * (right + 0.5 * (s->right[k] - right));
        right = s->right[k];
        wrong = s->wrong[k];
    }
    return area / (right * wrong);
}

static double mean_precision(const steps *s)
{
    double sum = 0, right = 0;
    for (int64_t k = 0; k < s->n; k++) {
        sum += (s->right[k] - right) * (s->right[k] / (s->right[k] + s->wrong[k]));
        right = s->right[k];
    }
    return sum / right;
}

typedef struct area {
    const char *name;
    double (*measure)(const steps *s);
    int negatives; /* needs some */
} area;
static const area roc_area = {"AUC", area_under_roc, 1},
                  precision_area = {"average precision", mean_precision, 0};

static lk_status measure(const area *a, int64_t n, const int64_t *truth, const double *scores,
                         const double *weight, double *out)
{
    steps s = {.n = 0};
    lk_status status = take_steps(n, truth, scores, weight, &s);
    if (!status) status = need(a->name, &s, a->negatives);
    if (!status) *out = a->measure(&s);
    free_steps(&s);
    return status;
}

lk_status lk_roc_auc(int64_t n, const int64_t *truth, const double *scores, const double *weight,
                     double *auc)
{
    return measure(&roc_area, n, truth, scores, weight, auc);
}

lk_status lk_average_precision(int64_t n, const int64_t *truth, const double *scores,
                               const double *weight, double *precision)
{
    return measure(&precision_area, n, truth, scores, weight, precision);
}

/* Class k against the rest. */
typedef struct rest {
    int64_t *truth;
    double *scores, support, total;
} rest;

static void set_apart(rest *r, int64_t k, int64_t n, int64_t classes, const int64_t *truth,
                      const double *scores, const double *weight)
{
    r->support = 0;
    for (int64_t i = 0; i < n; i++) {
        r->truth[i] = truth[i] == k;
        r->scores[i] = scores[i * classes + k];
        if (r->truth[i]) r->support += lk_weight_of(weight, i);
    }
}

static int can_measure(const area *a, const rest *r, int64_t n, const double *weight)
{
    if (!(r->support > 0)) return 0;
    for (int64_t i = 0; i < n; i++)
        if (!r->truth[i] && lk_weight_of(weight, i) > 0) return 1;
    return !a->negatives;
}

static lk_status average(const area *a, rest *r, int64_t n, int64_t classes, const int64_t *truth,
                         const double *scores, const double *weight, double *each, lk_average *out)
{
    double counted = 0, supports = 0;
    lk_average sum = {0, 0, 0};
    for (int64_t k = 0; k < classes; k++) {
        double one = NAN;
        set_apart(r, k, n, classes, truth, scores, weight);
        if (can_measure(a, r, n, weight)) {
            const lk_status status = measure(a, n, r->truth, r->scores, weight, &one);
            if (status) return status;
            sum.macro += one;
            sum.weighted += r->support * one;
            supports += r->support;
            counted++;
        } else {
            sum.left_out++;
        }
        if (each) each[k] = one;
    }
    if (!(counted > 0))
        return lk_fail(LK_OUT_OF_DOMAIN, "metrics: all samples are of one class; %s is not defined",
                       a->name);
    *out = (lk_average){sum.macro / counted, sum.weighted / supports, sum.left_out};
    return LK_OK;
}

static lk_status measure_classes(const area *a, int64_t n, int64_t classes, const int64_t *truth,
                                 const double *scores, const double *weight, double *each,
                                 lk_average *out)
{
    rest r = {NULL, NULL, 0, 0};
    *out = (lk_average){0, 0, 0};
    lk_status status = lk_check_samples(n, weight, &r.total);
    if (!status) status = lk_check_labels("truth", n, classes, truth);
    if (!status) status = lk_check_scores(n, classes, scores);
    if (status) return status;
    r.truth = malloc((size_t)n * sizeof *r.truth);
    r.scores = malloc((size_t)n * sizeof *r.scores);
    status = r.truth && r.scores
                 ? average(a, &r, n, classes, truth, scores, weight, each, out)
                 : lk_fail(LK_NO_MEMORY, "metrics: no memory for %lld samples", (long long)n);
    free(r.truth);
    free(r.scores);
    return status;
}

lk_status lk_roc_auc_classes(int64_t n, int64_t classes, const int64_t *truth, const double *scores,
                             const double *weight, double *each, lk_average *out)
{
    return measure_classes(&roc_area, n, classes, truth, scores, weight, each, out);
}

lk_status lk_average_precision_classes(int64_t n, int64_t classes, const int64_t *truth,
                                       const double *scores, const double *weight, double *each,
                                       lk_average *out)
{
    return measure_classes(&precision_area, n, classes, truth, scores, weight, each, out);
}
