#define _XOPEN_SOURCE 700
#include "data_parts.h"
#include "input_file.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Arrays as data sets: .npy, .npz and IDX. */

#define COUNT(list) (sizeof(list) / sizeof *(list))

static int is_images(const array *a) { return a->dtype == LK_U8 && (a->ndim == 3 || a->ndim == 4); }

/* Everything behind the first dimension is one of columns. */
static int64_t width_of(const array *a)
{
    return a->ndim > 1 ? shape_count(a->ndim - 1, a->shape + 1) : 1;
}

/* The view of an array as rows and columns; shape holds its lengths. */
static lk_tensor view_rows(const array *a, int ndim, int64_t shape[2])
{
    shape[0] = a->ndim ? a->shape[0] : 1;
    shape[1] = width_of(a);
    return (lk_tensor){.data = a->data,
                       .device = {1, 0},
                       .ndim = ndim,
                       .dtype = {(uint8_t)(a->dtype >> 8), (uint8_t)(a->dtype & 255), 1},
                       .shape = shape};
}

/* Numbers of any dtype as doubles, checked to be finite. */
static int take_arrays(const source *s, const array *x, const array *y, const array *w,
                       lk_dataset *out, error *e)
{
    int64_t sizes[3][2];
    const lk_tensor features = view_rows(x, 2, sizes[0]);
    lk_tensor target, weight;
    if (y) target = view_rows(y, y->ndim > 1 && width_of(y) > 1 ? 2 : 1, sizes[1]);
    if (w) weight = view_rows(w, 1, sizes[2]);
    if (w && sizes[2][1] != 1)
        return error_file(e, s->name, "the weights have %lld columns; expected 1",
                          (long long)sizes[2][1]);
    if (lk_dataset_create(&features, y ? &target : NULL, w ? &weight : NULL, out))
        return error_file(e, s->name, "%s", lk_last_error());
    return 0;
}

static void scale_images(const array *x, data_file *out)
{
    if (!is_images(x)) return;
    out->height = x->shape[1];
    out->width = x->shape[2];
    out->channels = x->ndim > 3 ? x->shape[3] : 1;
    for (int64_t i = 0; i < x->count; i++) out->data.dense[i] /= 255;
}

static int check_features(const data_request *q, const source *s, const array *x, error *e)
{
    if (x->ndim < 2)
        return error_file(e, s->name, "the features have %d dimension%s; expected rows and columns",
                          x->ndim, x->ndim == 1 ? "" : "s");
    if (q->n_features && width_of(x) != q->n_features)
        return error_file(e, s->name, "it has %lld features; the model takes %lld",
                          (long long)width_of(x), (long long)q->n_features);
    return 0;
}

/* One number of each row becomes its label; several stay as they are: numbers to be learned. */
static int take_labels(const data_request *q, const source *s, data_file *out, data_labels *labels,
                       error *e)
{
    lk_dataset *d = &out->data;
    if (!d->target || q->unlabelled) return 0;
    if (d->targets > 1) {
        if (q->task != DATA_CLASSES && !q->class_names) return 0;
        return error_file(e, s->name, "there are %lld labels in a row; expected one class",
                          (long long)d->targets);
    }
    if (data_labels_allocate(labels, d->rows, "row", s, e)) return -1;
    for (int64_t i = 0; i < d->rows; i++)
        labels->items[i] = (data_label){.number = d->target[i], .place = i + 1};
    free(d->target);
    d->target = NULL;
    d->targets = 0;
    return 0;
}

static int refuse_keys(const data_request *q, const source *s, const char *format, error *e)
{
    const char *key = q->label ? q->label : q->weight;
    if (!key) return 0;
    return error_file(e, s->name, "a%s has no column or array \"%s\"", format, key);
}

/* ---- .npy ---------------------------------------------------------------------------------------
 */

/* The number of a column as text; 0: it is none. */
static int64_t column_of(const char *key, int64_t count)
{
    double number;
    return key && number_parse(key, strlen(key), &number) == NUMBER_OK && number >= 1 &&
                   number <= (double)count && number == (double)(int64_t)number
               ? (int64_t)number
               : 0;
}

static int read_column(const source *s, const char *key, int64_t count, int64_t *column, error *e)
{
    *column = column_of(key, count);
    if (!key || *column) return 0;
    return error_file(e, s->name, "there is no column \"%s\"; expected a number from 1 to %lld",
                      key, (long long)count);
}

/* Takes the label and the weight out of the rows, which move up. */
static int part_columns(const source *s, const data_columns *c, lk_dataset *d, error *e)
{
    const size_t bytes = (size_t)(d->rows + 1) * sizeof(double);
    if (c->label) d->target = malloc(bytes);
    if (c->weight) d->weight = malloc(bytes);
    if ((c->label && !d->target) || (c->weight && !d->weight))
        return error_file(e, s->name, "no memory for %lld rows", (long long)d->rows);
    double *to = d->dense;
    for (int64_t i = 0; i < d->rows; i++)
        for (int64_t j = 1; j <= c->count; j++) {
            const double x = d->dense[i * c->count + j - 1];
            if (j == c->label)
                d->target[i] = x;
            else if (j == c->weight)
                d->weight[i] = x;
            else
                *to++ = x;
            if (j == c->weight && x < 0)
                return error_file(e, s->name,
                                  "row %lld: the weight is %g; expected a number that is not "
                                  "negative",
                                  (long long)i + 1, x);
        }
    d->targets = c->label != 0;
    d->features = data_feature_columns(c);
    return 0;
}

static int read_table(const data_request *q, const source *s, const array *a, data_file *out,
                      error *e)
{
    data_columns c = {.count = width_of(a)};
    if (a->ndim != 2)
        return error_file(
            e, s->name,
            "it has %d dimension%s and no labels; expected a table, or an .npz with x "
            "and y",
            a->ndim, a->ndim == 1 ? "" : "s");
    if (read_column(s, q->weight, c.count, &c.weight, e)) return -1;
    if (!q->weight && c.count - q->n_features > !q->unlabelled)
        c.weight = column_of(q->known_weight, c.count);
    if (read_column(s, q->label, c.count, &c.label, e)) return -1;
    if (!q->label && !(q->unlabelled && data_feature_columns(&c) == q->n_features))
        c.label = column_of(q->known_label, c.count);
    if (data_choose_columns(q, s->name, c.count - (c.count == c.weight), &c, e)) return -1;
    if (take_arrays(s, a, NULL, NULL, &out->data, e)) return -1;
    return part_columns(s, &c, &out->data, e);
}

static int read_unlabelled(const data_request *q, const source *s, const array *x, data_file *out,
                           error *e)
{
    if (check_features(q, s, x, e) || take_arrays(s, x, NULL, NULL, &out->data, e)) return -1;
    scale_images(x, out);
    return 0;
}

int data_read_npy(const data_request *q, const source *s, data_file *out, data_labels *labels,
                  error *e)
{
    array a;
    if (npy_parse(s, &a, e)) return -1;
    int status = q->unlabelled && is_images(&a) ? read_unlabelled(q, s, &a, out, e)
                                                : read_table(q, s, &a, out, e);
    array_free(&a);
    if (status == 0) status = take_labels(q, s, out, labels, e);
    return status;
}

/* ---- .npz ---------------------------------------------------------------------------------------
 */

/* The first of the arrays that is there; key, where it is not NULL, has to be. */
static int find_array(const source *s, const char *key, const char *const *usual,
                      const char **found, error *e)
{
    const char *const wanted[] = {key, NULL};
    if (npz_find(s, key ? wanted : usual, found, e)) return -1;
    if (*found) return 0;
    char names[128] = "";
    for (const char *const *n = key ? wanted : usual; *n; n++) {
        const size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%.40s", used ? ", " : "", *n);
    }
    return error_file(e, s->name, "it has no array %s%s", names,
                      key ? "" : " (one of them is expected)");
}

typedef struct archive {
    array x, y, w;
    const char *names[3]; /* of x, y, w; NULL: there is none */
} archive;

static int find_arrays(const data_request *q, const source *s, archive *a, error *e)
{
    static const char *const
        train[] = {"x_train", "X_train", NULL},
        *const test[] = {"x_test", "X_test", NULL}, *const y_train[] = {"y_train", "Y_train", NULL},
        *const y_test[] = {"y_test", "Y_test", NULL},
        *const x[] = {"x", "X", "features", "data", NULL}, *const y[] = {"y",      "Y",
                                                                         "labels", "label",
                                                                         "target", "targets",
                                                                         NULL};
    const int is_test = q->part && strcmp(q->part, "test") == 0;
    if (npz_find(s, is_test ? test : train, &a->names[0], e)) return -1;
    const int parts = a->names[0] != NULL;
    if (is_test && !parts)
        return error_file(e, s->name, "it has no array x_test, the part \"test\"");
    if (!parts && find_array(s, NULL, x, &a->names[0], e)) return -1;
    const char *const *usual = !parts ? y : is_test ? y_test : y_train;
    if (q->weight && find_array(s, q->weight, NULL, &a->names[2], e)) return -1;
    /* Arrays of the part that was trained on are not those of another part. */
    const char *const label[] = {parts ? NULL : q->known_label, NULL}, *const weight[] = {
                                                                           parts ? NULL
                                                                                 : q->known_weight,
                                                                           NULL};
    if (!q->weight && npz_find(s, weight, &a->names[2], e)) return -1;
    if (q->unlabelled && !q->label) return 0;
    if (!q->label && npz_find(s, label, &a->names[1], e)) return -1;
    return a->names[1] ? 0 : find_array(s, q->label, usual, &a->names[1], e);
}

static int read_arrays(const data_request *q, const source *s, archive *a, data_file *out, error *e)
{
    array *const parts[] = {&a->x, &a->y, &a->w};
    if (find_arrays(q, s, a, e)) return -1;
    for (size_t i = 0; i < COUNT(parts); i++)
        if (a->names[i] && npz_parse(s, a->names[i], parts[i], e)) return -1;
    if (check_features(q, s, &a->x, e) || take_arrays(s, &a->x, a->names[1] ? &a->y : NULL,
                                                      a->names[2] ? &a->w : NULL, &out->data, e))
        return -1;
    scale_images(&a->x, out);
    if (a->names[1]) out->label_name = strdup(a->names[1]);
    if (a->names[2]) out->weight_name = strdup(a->names[2]);
    return (a->names[1] && !out->label_name) || (a->names[2] && !out->weight_name)
               ? error_file(e, s->name, "no memory for the names of its labels and weights")
               : 0;
}

int data_read_npz(const data_request *q, const source *s, data_file *out, data_labels *labels,
                  error *e)
{
    archive a = {.names = {NULL}};
    int status = read_arrays(q, s, &a, out, e);
    if (status == 0) status = take_labels(q, s, out, labels, e);
    array_free(&a.x);
    array_free(&a.y);
    array_free(&a.w);
    return status;
}

/* ---- IDX ----------------------------------------------------------------------------------------
 */

static int read_labels_beside(const source *s, array *y, error *e)
{
    char *path = strcmp(s->name, input_name("-")) == 0 ? NULL : data_labels_beside(s->name);
    if (path) {
        const int status = array_read_within(path, s->limit, y, e);
        free(path);
        return status;
    }
    return error_file(
        e, s->name,
        "no file of labels lies beside it; expected one with \"labels\" for \"images\" "
        "and \"idx1\" for \"idx3\" in its name");
}

int data_read_idx(const data_request *q, const source *s, data_file *out, data_labels *labels,
                  error *e)
{
    array x, y = {0};
    const int labelled = !q->unlabelled;
    if (refuse_keys(q, s, "n IDX file", e) || idx_parse(s, &x, e)) return -1;
    int status = check_features(q, s, &x, e);
    if (status == 0 && labelled) status = read_labels_beside(s, &y, e);
    if (status == 0) status = take_arrays(s, &x, labelled ? &y : NULL, NULL, &out->data, e);
    if (status == 0) scale_images(&x, out);
    if (status == 0) status = take_labels(q, s, out, labels, e);
    array_free(&x);
    array_free(&y);
    return status;
}
