#include "train_sets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *part_word(int part)
{
    static const char *const words[] = {"training", "validation", "test"};
    return words[part];
}

/* A failure of the library, as the command's. */
static int fail(error *e)
{
    error_library(e);
    return STATUS_FAILED;
}

/* ---- parts --------------------------------------------------------------------------------------
 */

static int split(const train_plan *p, train_sets *s, error *e)
{
    const double taken = p->validation.fraction + p->test.fraction;
    lk_dataset data = data_file_take(&s->file);
    if (taken == 0) {
        s->parts[PART_TRAINING] = data;
        return STATUS_OK;
    }
    const double fractions[PARTS] = {1 - taken, p->validation.fraction, p->test.fraction};
    int64_t sizes[PARTS], *rows = malloc((size_t)(data.rows + 1) * sizeof *rows);
    if (!rows) {
        error_set(e, "no memory for the numbers of %lld rows", (long long)data.rows);
        lk_dataset_free(&data);
        return STATUS_FAILED;
    }
    lk_status status = lk_split(&data, PARTS, fractions, data.classes > 0, p->seed, rows, sizes);
    for (int64_t k = 0, at = 0; k < PARTS && !status; at += sizes[k++])
        if (sizes[k]) status = lk_dataset_take(&data, sizes[k], rows + at, &s->parts[k]);
    s->rows = rows;
    lk_dataset_free(&data);
    return status ? fail(e) : STATUS_OK;
}

/* A part that was asked for is there. */
static int check_parts(const train_plan *p, const train_sets *s, error *e)
{
    const struct {
        int part;
        const char *name;
        double fraction;
    } parts[] = {{PART_VALIDATION, "validation", p->validation.fraction},
                 {PART_TEST, "test", p->test.fraction}};
    for (int k = 0; k < 2; k++)
        if (parts[k].fraction > 0 && !s->parts[parts[k].part].rows)
            return error_set(e, "--%s: %g of the %lld rows is not one row", parts[k].name,
                             parts[k].fraction, (long long)s->parts[PART_TRAINING].rows);
    if (s->parts[PART_TRAINING].rows) return 0;
    return error_set(e, "--validation and --test leave no rows to train on");
}

/* Rows of a file of their own, with the classes of the training rows. DATA itself stands for its
 * part for tests. */
static int read_part(const train_plan *p, const train_rows *rows, train_sets *s, int part, error *e)
{
    if (!rows->path) return STATUS_OK;
    const lk_dataset *training = &s->parts[PART_TRAINING];
    data_file file;
    data_request request = p->request;
    request.part = strcmp(rows->path, p->request.path) ? NULL : "test";
    request.path = rows->path;
    request.class_names = (const char *const *)s->file.class_names;
    request.n_classes = training->classes;
    request.n_features = training->features;
    request.task = training->classes ? DATA_CLASSES : DATA_NUMBERS;
    if (data_file_read(&request, &file, e)) return STATUS_FAILED;
    s->parts[part] = data_file_take(&file);
    data_file_free(&file);
    return STATUS_OK;
}

static int scale(const train_plan *p, train_sets *s, error *e)
{
    const int usual = s->parts[PART_TRAINING].dense && !s->file.height &&
                              p->kind != TRAIN_ADABOOST && p->kind != TRAIN_MAHALANOBIS
                          ? LK_SCALE_STANDARD
                          : LK_SCALE_NONE;
    const lk_scale kind = (lk_scale)(p->scale < 0 ? usual : p->scale);
    if (kind == LK_SCALE_NONE) return STATUS_OK;
    if (lk_scaling_fit(&s->parts[PART_TRAINING], kind, &s->scaling)) return fail(e);
    s->scaled = 1;
    for (int k = 0; k < PARTS; k++)
        if (s->parts[k].rows && lk_scaling_apply(&s->scaling, &s->parts[k])) return fail(e);
    return STATUS_OK;
}

/* ---- classes ------------------------------------------------------------------------------------
 */

static int64_t find_class(const train_sets *s, const char *option, const char *name, error *e)
{
    for (int64_t k = 0; k < s->parts[PART_TRAINING].classes; k++)
        if (!strcmp(s->file.class_names[k], name)) return k;
    error_set(e, "--%s: the data has no class \"%.80s\"", option, name);
    return -1;
}

/* values [classes] from "name=number,..."; classes that are not named keep theirs. */
static int read_named(const train_sets *s, const given_option *g, double *values, error *e)
{
    char name[CLASS_NAME_TEXT];
    double value;
    for (const char *at = g->text; at;) {
        if (train_named_number(&at, g->name, name, &value, e)) return -1;
        const int64_t k = find_class(s, g->name, name, e);
        if (k < 0) return -1;
        values[k] = value;
    }
    return 0;
}

static int need_classes(const train_plan *p, const train_sets *s, error *e)
{
    static const int keys[] = {TRAIN_CLASS_WEIGHT, TRAIN_RESAMPLE, TRAIN_ENSEMBLE, TRAIN_PRIOR,
                               TRAIN_NORMAL};
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        const given_option *g = option_find(p->given, keys[k]);
        if (g && !s->parts[PART_TRAINING].classes)
            return error_set(e,
                             "--%s is about classes; the labels are numbers (--task classes "
                             "takes them for classes)",
                             g->name);
    }
    return 0;
}

static double *new_shares(const train_sets *s, double value, error *e)
{
    const int64_t classes = s->parts[PART_TRAINING].classes;
    double *shares = malloc((size_t)(classes + 1) * sizeof *shares);
    for (int64_t k = 0; shares && k < classes; k++) shares[k] = value;
    if (!shares) error_set(e, "no memory for %lld classes", (long long)classes);
    return shares;
}

/* Classes of the given weights; one that has none is not learned from. */
static int read_weights(const train_plan *p, const train_sets *s, double *weights, error *e)
{
    double sum = 0;
    if (read_named(s, option_find(p->given, TRAIN_CLASS_WEIGHT), weights, e)) return STATUS_FAILED;
    for (int64_t k = 0; k < s->parts[PART_TRAINING].classes; k++) sum += weights[k];
    if (sum > 0) return STATUS_OK;
    error_set(e, "--class-weight: every class weighs 0, so that nothing is to be learned");
    return STATUS_FAILED;
}

static int weigh(const train_plan *p, train_sets *s, error *e)
{
    if (p->class_weight == SHARES_NONE) return STATUS_OK;
    double *weights = new_shares(s, 1, e);
    if (!weights) return STATUS_FAILED;
    const lk_balance balance =
        p->class_weight == SHARES_COMPUTED ? LK_BALANCE_INVERSE : LK_BALANCE_EFFECTIVE;
    int status = STATUS_OK;
    if (p->class_weight == SHARES_GIVEN) {
        status = read_weights(p, s, weights, e);
    } else if (lk_class_weights(&s->fit, balance, p->beta, weights)) {
        status = fail(e);
    }
    if (!status && lk_weigh_classes(&s->fit, weights)) status = fail(e);
    free(weights);
    return status;
}

/* The rows to train on; their own weights are copied before they change. */
static int make_fit(const train_plan *p, train_sets *s, error *e)
{
    const lk_dataset *training = &s->parts[PART_TRAINING];
    if (p->resample.method != LK_RESAMPLE_NONE) {
        if (lk_resample_rows(training, &p->resample, &s->fit)) return fail(e);
        s->resampled = 1;
        return weigh(p, s, e);
    }
    s->fit = *training;
    if (training->weight && p->class_weight != SHARES_NONE) {
        const size_t size = (size_t)training->rows * sizeof *training->weight;
        s->fit.weight = malloc(size + 1);
        if (!s->fit.weight) {
            error_set(e, "no memory for the weights of %lld rows", (long long)training->rows);
            return STATUS_FAILED;
        }
        memcpy(s->fit.weight, training->weight, size);
    }
    return weigh(p, s, e);
}

/* What the classes' shares were in training, and what they are to be taken for. */
static int read_prior(const train_plan *p, train_sets *s, error *e)
{
    const int64_t classes = s->parts[PART_TRAINING].classes;
    if (p->prior == SHARES_NONE) return STATUS_OK;
    s->trained = new_shares(s, 1 / (double)classes, e); /* those of every member of an ensemble */
    s->prior = new_shares(s, 0, e);
    if (!s->trained || !s->prior) return STATUS_FAILED;
    if (!p->members && lk_class_shares(&s->fit, s->trained)) return fail(e);
    if (p->prior == SHARES_COMPUTED)
        return lk_class_shares(&s->parts[PART_TRAINING], s->prior) ? fail(e) : STATUS_OK;
    if (read_named(s, option_find(p->given, TRAIN_PRIOR), s->prior, e)) return STATUS_FAILED;
    double sum = 0;
    for (int64_t k = 0; k < classes; k++) sum += s->prior[k];
    for (int64_t k = 0; k < classes; k++)
        if (!(s->prior[k] > 0) || fabs(sum - 1) > 1e-6) {
            error_set(e,
                      "--prior: the share of \"%.80s\" is %g and all shares sum to %g; expected "
                      "positive ones that sum to 1",
                      s->file.class_names[k], s->prior[k], sum);
            return STATUS_FAILED;
        }
    for (int64_t k = 0; k < classes; k++) s->prior[k] /= sum;
    return STATUS_OK;
}

static int find_normal(const train_plan *p, train_sets *s, error *e)
{
    const lk_dataset *training = &s->parts[PART_TRAINING];
    if (p->kind != TRAIN_MAHALANOBIS || !training->classes) return STATUS_OK;
    if (p->normal) {
        s->normal = find_class(s, "normal", p->normal, e);
        return s->normal < 0 ? STATUS_FAILED : STATUS_OK;
    }
    double *shares = new_shares(s, 0, e);
    if (!shares) return STATUS_FAILED;
    const int status = lk_class_shares(training, shares) ? fail(e) : STATUS_OK;
    for (int64_t k = 1; k < training->classes; k++)
        if (shares[k] > shares[s->normal]) s->normal = k;
    free(shares);
    return status;
}

/* ---- all ----------------------------------------------------------------------------------------
 */

static int check_images(const train_plan *p, const train_sets *s, error *e)
{
    const lk_augmentation *a = &p->augmentation;
    if (s->file.height || !(a->shift > 0 || a->rotation > 0 || a->flip)) return 0;
    return error_set(e,
                     "--augment: the features are no images, which shift, rotate and flip change");
}

int train_sets_read(const train_plan *p, train_sets *s, error *e)
{
    memset(s, 0, sizeof *s);
    if (data_file_read(&p->request, &s->file, e)) return STATUS_FAILED;
    int status = split(p, s, e);
    if (!status) status = read_part(p, &p->validation, s, PART_VALIDATION, e);
    if (!status) status = read_part(p, &p->test, s, PART_TEST, e);
    if (!status && (check_parts(p, s, e) || need_classes(p, s, e) || check_images(p, s, e)))
        status = STATUS_FAILED;
    if (!status) status = find_normal(p, s, e);
    if (!status) status = scale(p, s, e);
    if (!status) status = make_fit(p, s, e);
    return status ? status : read_prior(p, s, e);
}

void train_sets_free(train_sets *s)
{
    if (s->resampled)
        lk_dataset_free(&s->fit);
    else if (s->fit.weight != s->parts[PART_TRAINING].weight)
        free(s->fit.weight);
    for (int k = 0; k < PARTS; k++) lk_dataset_free(&s->parts[k]);
    lk_scaling_free(&s->scaling);
    free(s->rows);
    free(s->trained);
    free(s->prior);
    data_file_free(&s->file);
    memset(s, 0, sizeof *s);
}
