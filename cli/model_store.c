#define _XOPEN_SOURCE 700
#include "model_store.h"

#include "array.h"
#include "atomic_file.h"
#include "format.h"
#include "input_file.h"
#include "text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ---- files --------------------------------------------------------------------------------------
 */

int model_store_read(const char *path, lk_model **model, error *e)
{
    file_bytes bytes;
    *model = NULL;
    if (input_read(path, LK_ARRAY_LIMIT, &bytes, e)) return -1;
    const lk_status status = lk_model_read(bytes.data, bytes.size, model);
    free(bytes.data);
    return status ? error_file(e, input_name(path), "%s", lk_last_error()) : 0;
}

static int write_bytes(atomic_file *file, const void *context, error *e)
{
    const file_bytes *bytes = context;
    return atomic_write(file, bytes->data, bytes->size, e);
}

int model_store_write(const char *path, const lk_model *model, error *e)
{
    void *data;
    size_t size;
    if (lk_model_write(model, &data, &size)) return error_library(e);
    const file_bytes bytes = {.data = data, .size = size};
    const int status = atomic_put(path, write_bytes, &bytes, e);
    free(data);
    return status;
}

/* ---- notes --------------------------------------------------------------------------------------
 */

int model_set_shares(lk_model *model, const char *note, const double *shares, error *e)
{
    lk_model_info info;
    lk_model_describe(model, &info);
    const size_t size = (size_t)(info.classes + 1) * NUMBER_TEXT;
    char *text = calloc(size, 1), number[NUMBER_TEXT];
    if (!text) return error_set(e, "no memory for the shares of classes");
    for (int64_t k = 0; k < info.classes; k++)
        append(text, size, "%s%s", k ? "," : "", number_exact(number, shares[k]));
    const lk_status status = lk_model_set_note(model, note, text);
    free(text);
    return status ? error_library(e) : 0;
}

int model_shares(const lk_model *model, const char *note, double **shares, error *e)
{
    lk_model_info info;
    lk_model_describe(model, &info);
    const char *text = lk_model_note(model, note);
    *shares = NULL;
    if (!text) return 0;
    double *values = malloc((size_t)(info.classes + 1) * sizeof *values);
    if (!values) return error_set(e, "no memory for the shares of classes");
    int64_t n = 0;
    while (text && n < info.classes) {
        const size_t length = strcspn(text, ",");
        if (number_parse(text, length, &values[n]) != NUMBER_OK || !(values[n] > 0)) break;
        n++;
        text = text[length] ? text + length + 1 : NULL;
    }
    if (text || n < info.classes) {
        free(values);
        return error_set(e, "the model's note \"%s\" does not hold a share for each class", note);
    }
    *shares = values;
    return 0;
}

int model_set_features(lk_model *model, const data_file *file, error *e)
{
    lk_model_info info;
    lk_model_describe(model, &info);
    if (!file->feature_names) return 0;
    json_t *names = json_array();
    for (int64_t k = 0; k < info.features; k++)
        json_array_append_new(names, json_string(file->feature_names[k]));
    char *text = json_dumps(names, JSON_COMPACT);
    json_decref(names);
    if (!text) return error_set(e, "no memory for the names of features");
    const lk_status status = lk_model_set_note(model, NOTE_FEATURES, text);
    free(text);
    return status ? error_library(e) : 0;
}

int model_check_features(const lk_model *model, const char *path, const data_file *file, error *e)
{
    const char *text = lk_model_note(model, NOTE_FEATURES);
    if (!text || !file->feature_names) return 0;
    json_t *names = json_loads(text, 0, NULL);
    if (!json_is_array(names)) {
        json_decref(names);
        return error_set(e, "the model's note \"%s\" does not list names", NOTE_FEATURES);
    }
    int status = 0;
    for (size_t k = 0; k < json_array_size(names) && k < (size_t)file->data.features; k++) {
        const char *name = json_string_value(json_array_get(names, k));
        if (!name || !strcmp(name, file->feature_names[k])) continue;
        status =
            error_file(e, path, "feature %zu is \"%.80s\"; the model was trained with \"%.80s\"",
                       k + 1, file->feature_names[k], name);
        break;
    }
    json_decref(names);
    return status;
}

/* ---- scores -------------------------------------------------------------------------------------
 */

int model_scores(const lk_model *model, const lk_dataset *data, double **scores, error *e)
{
    lk_model_info info;
    lk_model_describe(model, &info);
    double *trained = NULL, *prior = NULL;
    *scores = malloc((size_t)(data->rows * info.outputs + 1) * sizeof **scores);
    int status = *scores ? 0 : error_set(e, "no memory for the scores");
    if (!status && lk_model_predict(model, data, *scores)) status = error_library(e);
    if (!status) status = model_shares(model, NOTE_TRAINED, &trained, e);
    if (!status) status = model_shares(model, NOTE_PRIOR, &prior, e);
    if (!status && trained && prior && lk_correct_prior(model, data->rows, *scores, trained, prior))
        status = error_library(e);
    free(trained);
    free(prior);
    if (!status) return 0;
    free(*scores);
    *scores = NULL;
    return -1;
}
