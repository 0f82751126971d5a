/* diagnose_labels.c: labels that a model of the other rows confidently contradicts. */
#include "diagnose.h"
#include "metrics_checks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of fewer rows than FEWEST the surest third is too few: in one of ten trainings classes that
 * overlap pass for wrong labels. */
enum { FOLDS = 3, ALIKE = 5, FEWEST = 200 };
/* Where classes merely overlap, the rows that a model is sure of are right; wrong labels are as
 * frequent among these as anywhere. So the share of contradicted rows among the surest third is
 * held against the share of all. The less a model knows the less its sureness tells: both shares
 * grow alike as its errors come near those of the most frequent class. More is asked for there, and
 * past most_of_chance nothing is said. The line between parts shipped and made data with 10 to 30 %
 * of wrong labels (3 % are missed) from overlapping classes, unless the best possible model is
 * wrong in 3 of 8 rows of two classes. */
static const double most_contradicted = 0.05, most_of_chance = 0.85;
static double least_ratio(double of_chance) { return 0.25 + 0.7 * of_chance; }
static const double most_deviations = 6, most_outliers = 0.05; /* of numbers */

typedef struct suspicion {
    int64_t row;
    double surprise;
} suspicion;

static int by_surprise(const void *a, const void *b)
{
    const suspicion *const x = a, *const y = b;
    if (x->surprise != y->surprise) return x->surprise < y->surprise ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

typedef struct labels {
    lk_patient *patient;
    /* [rows], of a model that has not seen the row */
    double *surprise; /* how sure of another class it is, or the residual's size; 0: it agrees */
    double *sure;     /* how sure of its class it is; of numbers: its prediction */
    int64_t outputs;
    suspicion *suspects;
    int64_t n;
} labels;

/* The distance between the largest score and the next; one output: from the boundary. */
static double sureness(const lk_model *model, int64_t outputs, const double *s)
{
    lk_model_info info;
    lk_model_describe(model, &info);
    if (outputs == 1) return fabs(s[0] - info.boundary);
    double first = -HUGE_VAL, second = -HUGE_VAL;
    for (int64_t k = 0; k < outputs; k++) {
        if (s[k] > first) {
            second = first;
            first = s[k];
        } else if (s[k] > second) {
            second = s[k];
        }
    }
    return first - second;
}

static lk_status judge(labels *l, const lk_model *model, const lk_dataset *fold,
                       const int64_t *rows, const double *scores, int64_t *classes)
{
    lk_status status = LK_OK;
    if (fold->classes) status = lk_model_classify(model, fold->rows, scores, classes);
    for (int64_t i = 0; !status && i < fold->rows; i++) {
        const double *const s = scores + i * l->outputs;
        l->sure[rows[i]] = fold->classes ? sureness(model, l->outputs, s) : s[0];
        l->surprise[rows[i]] = !fold->classes ? fabs(s[0] - fold->target[i])
                               : (double)classes[i] == fold->target[i] ? 0
                                                                       : l->sure[rows[i]];
    }
    return status;
}

static lk_status predict_fold(labels *l, const lk_dataset *rest, const lk_dataset *fold,
                              const int64_t *rows)
{
    lk_mlp_options options = l->patient->options;
    options.validation = fold; /* the epoch is chosen by it, so that the model does not overfit */
    options.patience = options.epochs;
    lk_model *model = NULL;
    double *const scores = malloc((size_t)(fold->rows * l->outputs + 1) * sizeof *scores);
    int64_t *const classes = malloc((size_t)(fold->rows + 1) * sizeof *classes);
    lk_status status = LK_OK;
    if (!scores || !classes) status = lk_fail(LK_NO_MEMORY, "diagnose: no memory for scores");
    if (!status) status = lk_train_mlp(rest, &options, &model, NULL);
    if (!status) status = lk_model_predict(model, fold, scores);
    if (!status) status = judge(l, model, fold, rows, scores, classes);
    lk_model_free(model);
    free(classes);
    free(scores);
    return status;
}

static lk_status predict_all(labels *l)
{
    const lk_dataset *const d = &l->patient->sample;
    double third[FOLDS];
    for (int k = 0; k < FOLDS; k++) third[k] = 1.0 / FOLDS;
    int64_t *const rows = malloc((size_t)(3 * d->rows + 1) * sizeof *rows), sizes[FOLDS];
    if (!rows)
        return lk_fail(LK_NO_MEMORY, "diagnose: no memory for %lld rows", (long long)d->rows);
    lk_status status = lk_split(d, FOLDS, third, d->classes > 0,
                                lk_random_stream(l->patient->options.seed, 78), rows, sizes);
    for (int64_t k = 0, at = 0; !status && k < FOLDS; at += sizes[k], k++) {
        int64_t *const others = rows + d->rows;
        int64_t n = 0;
        for (int64_t i = 0; i < d->rows; i++)
            if (i < at || i >= at + sizes[k]) others[n++] = rows[i];
        lk_dataset rest, fold = {.rows = 0};
        status = lk_dataset_take(d, n, others, &rest);
        if (!status) status = lk_dataset_take(d, sizes[k], rows + at, &fold);
        if (!status) status = predict_fold(l, &rest, &fold, rows + at);
        lk_dataset_free(&rest);
        lk_dataset_free(&fold);
    }
    free(rows);
    return status;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void suspect(labels *l, double limit)
{
    for (int64_t i = 0; i < l->patient->sample.rows; i++)
        if (l->surprise[i] > 0 && l->surprise[i] >= limit)
            l->suspects[l->n++] = (suspicion){i, l->surprise[i]};
    qsort(l->suspects, (size_t)l->n, sizeof *l->suspects, by_surprise);
}

/* How often the most frequent class is wrong. */
static double share_of_others(const lk_dataset *d)
{
    int64_t most = 0;
    for (int64_t c = 0; c < d->classes; c++) {
        int64_t count = 0;
        for (int64_t i = 0; i < d->rows; i++) count += d->target[i] == (double)c;
        if (count > most) most = count;
    }
    return 1 - (double)most / (double)d->rows;
}

/* sorted: scratch [rows]. Suspects are the rows about which the model is surer than of a quarter
 * of all rows. Returns the contradicted share of the surest third where that is a fault,
 * otherwise 0. */
static double suspect_classes(labels *l, double *sorted)
{
    const int64_t rows = l->patient->sample.rows;
    memcpy(sorted, l->sure, (size_t)rows * sizeof *sorted);
    qsort(sorted, (size_t)rows, sizeof *sorted, by_value);
    suspect(l, sorted[rows / 4]);
    int64_t all = 0, surest = 0, contradicted = 0;
    for (int64_t i = 0; i < rows; i++) {
        const int wrong = l->surprise[i] > 0, sure = l->sure[i] >= sorted[rows - rows / 3];
        all += wrong;
        surest += sure;
        contradicted += wrong && sure;
    }
    const double share = (double)contradicted / (double)(surest ? surest : 1);
    const double of_all = (double)all / (double)rows;
    const double of_chance = of_all / share_of_others(&l->patient->sample);
    return share > most_contradicted && of_chance < most_of_chance &&
                   share > least_ratio(of_chance) * of_all
               ? share
               : 0;
}

/* Residuals far beyond the median size of those with like predictions: large numbers have large
 * errors. sorted, places: scratch [rows]. */
static double suspect_numbers(labels *l, double *sorted, lk_place *places)
{
    const int64_t rows = l->patient->sample.rows;
    for (int64_t i = 0; i < rows; i++) places[i] = (lk_place){l->sure[i], i};
    lk_sort_places(places, rows);
    for (int k = 0; k < ALIKE; k++) {
        const int64_t begin = rows * k / ALIKE, n = rows * (k + 1) / ALIKE - begin;
        for (int64_t i = 0; i < n; i++) sorted[i] = l->surprise[places[begin + i].index];
        qsort(sorted, (size_t)n, sizeof *sorted, by_value);
        const double deviation = 1.4826 * sorted[n / 2];
        for (int64_t i = begin; i < begin + n; i++) {
            double *const surprise = &l->surprise[places[i].index];
            *surprise = deviation > 0 ? *surprise / deviation : 0;
        }
    }
    suspect(l, most_deviations);
    const double share = (double)l->n / (double)rows;
    return share > most_outliers ? share : 0;
}

static lk_status tell(labels *l, double share)
{
    lk_patient *const p = l->patient;
    p->out->suspect = malloc((size_t)(l->n + 1) * sizeof *p->out->suspect);
    if (!p->out->suspect) return lk_fail(LK_NO_MEMORY, "diagnose: no memory for suspects");
    p->out->suspects = l->n;
    for (int64_t i = 0; i < l->n; i++) p->out->suspect[i] = p->rows[l->suspects[i].row];
    if (share > 0 && l->n > 0)
        lk_find(p, LK_FAULT_LABELS, -1, share,
                p->sample.classes ? most_contradicted : most_outliers,
                "about %.2g of the labels look wrong: models that were trained without them are "
                "sure of others. Check them, or use a loss that bears wrong labels.",
                share);
    return LK_OK;
}

/* Several numbers a row, scores that are not the number itself, and those of a loss of the caller's
 * own are not judged. */
lk_status lk_diagnose_labels(lk_patient *p, const lk_mlp_objective *objective)
{
    const lk_dataset *const d = &p->sample;
    const int64_t outputs = objective->outputs;
    if (d->rows < FEWEST || p->options.custom || p->state || !lk_mlp_has_output(objective->loss) ||
        (!d->classes && (outputs != 1 || !lk_mlp_predicts_numbers(objective, d))))
        return LK_OK;
    labels l = {.patient = p, .outputs = outputs};
    double *const room = calloc((size_t)(3 * d->rows), sizeof *room);
    lk_place *const places = calloc((size_t)d->rows, sizeof *places);
    l.suspects = calloc((size_t)d->rows, sizeof *l.suspects);
    lk_status status = LK_OK;
    if (!room || !places || !l.suspects)
        status = lk_fail(LK_NO_MEMORY, "diagnose: no memory for %lld rows", (long long)d->rows);
    l.surprise = room;
    l.sure = room ? room + d->rows : NULL;
    if (!status) status = predict_all(&l);
    if (!status) {
        double *const sorted = room + 2 * d->rows;
        const double share =
            d->classes ? suspect_classes(&l, sorted) : suspect_numbers(&l, sorted, places);
        status = tell(&l, share);
    }
    free(room);
    free(places);
    free(l.suspects);
    return status == LK_OUT_OF_DOMAIN ? LK_OK : status;
}
