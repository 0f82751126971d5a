/* metrics_arrays.c: predictions and truth from files, and what they are. */
#include "data_file.h"
#include "format.h"
#include "input_file.h"
#include "metrics.h"
#include "number_array.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LABELS = 4096 };
#define SUM_APART 0.1 /* of a row of probabilities from 1; they may be rounded */

static double *numbers(const array *a) { return a->data; }

static int64_t columns_of(const array *a) { return a->ndim > 1 ? a->shape[1] : 1; }

/* ---- reading ------------------------------------------------------------------------------------
 */

static int is_text_file(const char *path)
{
    const size_t length = strlen(path);
    return (length > 4 && !strcmp(path + length - 4, ".txt")) ||
           (length > 7 && !strcmp(path + length - 7, ".txt.gz"));
}

static int read_one(const char *path, int most_dims, array *a, error *e)
{
    if (number_array_read(path, a, e)) {
        if (is_text_file(path)) append(e->text, sizeof e->text, "; texts take --cer or --wer");
        return -1;
    }
    char shape[LK_SHAPE_TEXT];
    shape_text(shape, sizeof shape, a->ndim, a->shape);
    if (a->ndim < 1 || a->ndim > 2 || (most_dims == 1 && columns_of(a) != 1))
        return error_file(e, input_name(path), "its shape is %s; expected %s", shape,
                          most_dims == 1 ? "one number for each sample" : "[N] or [N, C]");
    for (int64_t i = 0; i < a->count; i++)
        if (isnan(numbers(a)[i]))
            return error_file(e, input_name(path), "sample %lld is nan",
                              (long long)(i / columns_of(a)));
    return 0;
}

static int read_all(metrics_arrays *a, error *e)
{
    const char *const paths[] = {a->predictions_path, a->truth_path, a->weight_path};
    array *const arrays[] = {&a->predictions, &a->truth, &a->weight};
    for (int k = 0; k < 3; k++)
        if (paths[k] && read_one(paths[k], k == 2 ? 1 : 2, arrays[k], e)) return -1;
    const int64_t rows = a->truth.shape[0];
    for (int k = 0; k < 3; k += 2)
        if (paths[k] && arrays[k]->shape[0] != rows)
            return error_set(e, "%s has %lld samples, %s has %lld", input_name(paths[k]),
                             (long long)arrays[k]->shape[0], input_name(a->truth_path),
                             (long long)rows);
    return rows > 0 ? 0 : error_file(e, input_name(a->truth_path), "it has no samples");
}

/* ---- labels -------------------------------------------------------------------------------------
 */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int are_whole(const array *a)
{
    for (int64_t i = 0; i < a->count; i++) {
        const double x = numbers(a)[i];
        if (x != floor(x) || fabs(x) > 0x1p53) return 0;
    }
    return 1;
}

/* The different numbers of one or two arrays, ascending; more than `most` are counted as most + 1.
 */
static int64_t find_labels(const array *one, const array *other, int64_t most, double **out)
{
    const int64_t count = one->count + (other ? other->count : 0);
    double *all = malloc((size_t)(count + 1) * sizeof *all);
    *out = all;
    if (!all) return -1;
    memcpy(all, one->data, (size_t)one->count * sizeof *all);
    if (other) memcpy(all + one->count, other->data, (size_t)other->count * sizeof *all);
    qsort(all, (size_t)count, sizeof *all, ascending);
    int64_t n = 0;
    for (int64_t i = 0; i < count && n <= most; i++)
        if (!n || all[i] != all[n - 1]) all[n++] = all[i];
    return n;
}

static int64_t count_labels(const array *a, int64_t most)
{
    double *labels;
    const int64_t n = find_labels(a, NULL, most, &labels);
    free(labels);
    return n;
}

/* ---- what they are ------------------------------------------------------------------------------
 */

static int are_probabilities(const array *a, int64_t *bad, double *sum)
{
    const int64_t columns = columns_of(a);
    for (*bad = 0; *bad < a->shape[0]; ++*bad) {
        const double *row = numbers(a) + *bad * columns;
        *sum = columns > 1 ? 0 : 1;
        for (int64_t k = 0; k < columns; k++) {
            if (!(row[k] >= 0 && row[k] <= 1)) return 0;
            if (columns > 1) *sum += row[k];
        }
        if (fabs(*sum - 1) > SUM_APART) return 0;
    }
    return 1;
}

static scores_kind guess(const metrics_arrays *a)
{
    int64_t bad;
    double sum;
    const int64_t columns = columns_of(&a->predictions);
    const scores_kind ranks =
        are_probabilities(&a->predictions, &bad, &sum) ? SCORES_PROBABILITIES : SCORES_RANKS;
    if (columns_of(&a->truth) > 1) return SCORES_NUMBERS;
    if (columns > 1) return ranks;
    if (!are_whole(&a->truth)) return SCORES_NUMBERS;
    const int64_t labels = count_labels(&a->truth, DATA_CLASSES_AUTO);
    if (are_whole(&a->predictions))
        return labels <= DATA_CLASSES_AUTO &&
                       count_labels(&a->predictions, DATA_CLASSES_AUTO) <= DATA_CLASSES_AUTO
                   ? SCORES_CLASSES
                   : SCORES_NUMBERS;
    return labels <= 2 ? ranks : SCORES_NUMBERS;
}

static int check_probabilities(const metrics_arrays *a, error *e)
{
    int64_t bad;
    double sum;
    if (are_probabilities(&a->predictions, &bad, &sum)) return 0;
    const int64_t columns = columns_of(&a->predictions);
    const double *row = numbers(&a->predictions) + bad * columns;
    for (int64_t k = 0; k < columns; k++)
        if (!(row[k] >= 0 && row[k] <= 1))
            return error_file(
                e, input_name(a->predictions_path),
                "sample %lld has the probability %g; expected 0 to 1, or --task scores",
                (long long)bad, row[k]);
    return error_file(e, input_name(a->predictions_path),
                      "the probabilities of sample %lld sum to %g; expected 1, or --task scores",
                      (long long)bad, sum);
}

/* ---- classes ------------------------------------------------------------------------------------
 */

static int replace_labels(const metrics_arrays *a, array *target)
{
    double *x = numbers(target);
    for (int64_t i = 0; i < target->count; i++) {
        const double *at =
            bsearch(&x[i], a->labels, (size_t)a->n_labels, sizeof *a->labels, ascending);
        if (!at) return -1;
        x[i] = (double)(at - a->labels);
    }
    return 0;
}

static int name_labels(metrics_arrays *a, error *e)
{
    a->names = calloc((size_t)a->n_labels + 1, sizeof *a->names);
    for (int64_t k = 0; a->names && k < a->n_labels; k++) {
        a->names[k] = malloc(NUMBER_TEXT);
        if (!a->names[k]) return error_set(e, "no memory for the labels");
        number_exact(a->names[k], a->labels[k]);
    }
    return a->names ? 0 : error_set(e, "no memory for the labels");
}

/* One label alone stands beside the one that it is usually told apart from. */
static int complete_two(metrics_arrays *a, error *e)
{
    double *two = malloc(2 * sizeof *two);
    if (!two) return error_set(e, "no memory for the labels");
    const double only = a->labels[0], other = only == 0 ? 1 : only == -1 ? 1 : 0;
    two[0] = fmin(only, other);
    two[1] = fmax(only, other);
    free(a->labels);
    a->labels = two;
    a->n_labels = 2;
    return 0;
}

/* Labels of the truth alone when there are scores of two classes in one column; 0, 1, 2 ... for
 * more columns; otherwise all that occur. */
static int take_labels(metrics_arrays *a, scores_kind kind, error *e)
{
    const int64_t columns = columns_of(&a->predictions);
    const int labels_only = kind == SCORES_CLASSES, one = !labels_only && columns == 1;
    a->n_labels =
        find_labels(&a->truth, labels_only ? &a->predictions : NULL, MOST_LABELS, &a->labels);
    if (a->n_labels < 0) return error_set(e, "no memory for the labels");
    const char *truth = input_name(a->truth_path);
    if (a->n_labels > MOST_LABELS)
        return error_file(e, truth,
                          "it has more than %d different labels; numbers take "
                          "--task numbers",
                          MOST_LABELS);
    if (one && a->n_labels > 2)
        return error_file(e, truth, "it has %lld different labels; one column of scores is of two",
                          (long long)a->n_labels);
    if (a->n_labels < 2 && (one || labels_only)) return complete_two(a, e);
    if (one || labels_only) return 0;
    double *whole = malloc((size_t)columns * sizeof *whole);
    if (!whole) return error_set(e, "no memory for the labels");
    free(a->labels);
    a->labels = whole;
    a->n_labels = columns;
    for (int64_t k = 0; k < columns; k++) whole[k] = (double)k;
    return 0;
}

static int check_whole(const char *path, const array *a, error *e)
{
    for (int64_t i = 0; i < a->count; i++) {
        const double x = numbers(a)[i];
        if (x != floor(x) || isinf(x))
            return error_file(e, input_name(path),
                              "the label of sample %lld is %g; expected a whole number, or another "
                              "--task",
                              (long long)i, x);
    }
    return 0;
}

static int make_classes(metrics_arrays *a, scores_kind kind, error *e)
{
    if (columns_of(&a->truth) != 1)
        return error_file(e, input_name(a->truth_path),
                          "it has %lld columns; expected one label "
                          "for each sample",
                          (long long)columns_of(&a->truth));
    if (kind == SCORES_CLASSES && columns_of(&a->predictions) != 1)
        return error_file(e, input_name(a->predictions_path),
                          "it has %lld columns; expected one label for each sample, or --task "
                          "scores",
                          (long long)columns_of(&a->predictions));
    if (check_whole(a->truth_path, &a->truth, e) ||
        (kind == SCORES_CLASSES && check_whole(a->predictions_path, &a->predictions, e)) ||
        take_labels(a, kind, e) || name_labels(a, e))
        return -1;
    for (int64_t i = 0; i < a->truth.count; i++) {
        const double x = numbers(&a->truth)[i];
        if (!bsearch(&x, a->labels, (size_t)a->n_labels, sizeof *a->labels, ascending))
            return error_file(e, input_name(a->truth_path),
                              "the label of sample %lld is %g; %s has scores of the classes 0 to "
                              "%lld",
                              (long long)i, x, input_name(a->predictions_path),
                              (long long)a->n_labels - 1);
    }
    (void)replace_labels(a, &a->truth);
    return kind == SCORES_CLASSES ? replace_labels(a, &a->predictions) : 0;
}

static int check_numbers(const metrics_arrays *a, error *e)
{
    if (columns_of(&a->truth) == columns_of(&a->predictions)) return 0;
    return error_set(e, "%s has %lld columns, %s has %lld", input_name(a->predictions_path),
                     (long long)columns_of(&a->predictions), input_name(a->truth_path),
                     (long long)columns_of(&a->truth));
}

int metrics_arrays_read(metrics_arrays *a, int given, scores_kind *kind, scores_question *q,
                        error *e)
{
    if (read_all(a, e)) return -1;
    if (!given) *kind = guess(a);
    a->chosen = !given;
    if (*kind == SCORES_NUMBERS ? check_numbers(a, e)
                                : (*kind == SCORES_PROBABILITIES && check_probabilities(a, e)) ||
                                      make_classes(a, *kind, e))
        return -1;
    scores_question_preset(q, *kind);
    q->n = a->truth.shape[0];
    q->columns = columns_of(&a->predictions);
    q->classes = a->n_labels;
    q->truth = a->truth.data;
    q->predicted = a->predictions.data;
    q->weight = a->weight_path ? a->weight.data : NULL;
    q->class_names = (const char *const *)a->names;
    return 0;
}

int metrics_find_class(const metrics_arrays *a, const char *text, int64_t *k, error *e)
{
    double label;
    if (number_parse(text, strlen(text), &label) != NUMBER_OK)
        return error_set(e, "--positive: \"%.80s\" is not a number, as the labels are", text);
    for (*k = 0; *k < a->n_labels; ++*k)
        if (a->labels[*k] == label) return 0;
    return error_set(e, "--positive: no sample has the label %.80s", text);
}

void metrics_arrays_free(metrics_arrays *a)
{
    array_free(&a->predictions);
    array_free(&a->truth);
    array_free(&a->weight);
    for (int64_t k = 0; a->names && k < a->n_labels; k++) free(a->names[k]);
    free(a->names);
    free(a->labels);
    memset(a, 0, sizeof *a);
}
