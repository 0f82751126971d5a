#define _XOPEN_SOURCE 700
#include "data_parts.h"
#include "input_file.h"

#include <stdlib.h>
#include <string.h>

int64_t data_feature_columns(const data_columns *c)
{
    return c->count - (c->label != 0) - (c->weight != 0);
}

int data_choose_columns(const data_request *q, const char *name, int64_t usual, data_columns *c,
                        error *e)
{
    if (!c->label && !(q->unlabelled && data_feature_columns(c) == q->n_features)) c->label = usual;
    if (c->label && c->label == c->weight)
        return error_file(e, name, "column %lld is both the label and the weight",
                          (long long)c->label);
    const int64_t features = data_feature_columns(c);
    if (features < 1)
        return error_file(e, name, "its %lld column%s leave%s none of features",
                          (long long)c->count, c->count == 1 ? "" : "s", c->count == 1 ? "s" : "");
    if (q->n_features && features != q->n_features)
        return error_file(e, name,
                          "it has %lld columns of features beside the label; the model takes %lld",
                          (long long)features, (long long)q->n_features);
    return 0;
}

static int read_format(const data_request *q, const source *s, data_file *out, data_labels *labels,
                       error *e)
{
    if (s->size == 0)
        return error_file(e, s->name, "it is empty; expected CSV, LIBSVM, .npy, .npz or IDX");
    switch (source_format_of(s)) {
    case FORMAT_NPY:
        return data_read_npy(q, s, out, labels, e);
    case FORMAT_NPZ:
        return data_read_npz(q, s, out, labels, e);
    case FORMAT_IDX:
        return data_read_idx(q, s, out, labels, e);
    case FORMAT_LIBSVM:
        return data_read_libsvm(q, s, out, labels, e);
    default:
        return data_read_csv(q, s, out, labels, e);
    }
}

/* Formats that have a place for the label fill it. */
static void drop_targets(lk_dataset *d)
{
    free(d->target);
    d->target = NULL;
    d->targets = 0;
}

int data_file_parse(const data_request *q, const source *s, data_file *out, error *e)
{
    *out = (data_file){0};
    data_labels labels = {0};
    int status = read_format(q, s, out, &labels, e);
    if (status == 0 && (out->data.rows == 0 || out->data.features == 0))
        status = error_file(e, s->name, "it has %lld rows of %lld features; expected some",
                            (long long)out->data.rows, (long long)out->data.features);
    if (status == 0) status = data_learn_targets(q, s, &labels, out, e);
    if (q->unlabelled) drop_targets(&out->data);
    data_labels_free(&labels);
    if (status) data_file_free(out);
    return status;
}

static int check_part(const data_request *q, const source *s, int in_directory, error *e)
{
    if (!q->part || strcmp(q->part, "train") == 0) return 0;
    if (strcmp(q->part, "test") != 0)
        return error_file(e, s->name, "there is no part \"%s\"; expected \"train\" or \"test\"",
                          q->part);
    if (in_directory || (s->size && source_format_of(s) == FORMAT_NPZ)) return 0;
    return error_file(e, s->name,
                      "it has no part \"test\"; a directory has one, and an .npz with x_test");
}

static int read_at(const data_request *q, const char *path, int in_directory, data_file *out,
                   error *e)
{
    file_bytes file;
    if (input_read_plain(path, LK_ARRAY_LIMIT, &file, e)) return -1;
    const source s = {input_name(path), file.data, file.size, LK_ARRAY_LIMIT};
    int status = check_part(q, &s, in_directory, e);
    if (status == 0) status = data_file_parse(q, &s, out, e);
    free(file.data);
    return status;
}

int data_file_read(const data_request *q, data_file *out, error *e)
{
    *out = (data_file){0};
    char *path;
    int in_directory;
    if (data_locate(q, &path, &in_directory, e)) return -1;
    const int status = read_at(q, path, in_directory, out, e);
    if (status)
        free(path);
    else
        out->path = path;
    return status;
}

static void free_names(char **names, int64_t count)
{
    for (int64_t i = 0; names && i < count; i++) free(names[i]);
    free(names);
}

lk_dataset data_file_take(data_file *file)
{
    const lk_dataset rows = file->data;
    file->data = (lk_dataset){.features = rows.features, .classes = rows.classes};
    return rows;
}

void data_file_free(data_file *file)
{
    free_names(file->class_names, file->data.classes);
    free_names(file->feature_names, file->data.features);
    free(file->label_name);
    free(file->weight_name);
    free(file->path);
    lk_dataset_free(&file->data);
    *file = (data_file){0};
}
