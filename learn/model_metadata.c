#include "model_metadata.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char PREFIX[] = "losskit.", FORMAT_KEY[] = "losskit.format", FORMAT[] = "1";
enum { PREFIX_LENGTH = sizeof PREFIX - 1, MOST_NOTES = 10000 };
#define DUMP (JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17))

/* ---- to JSON ------------------------------------------------------------------------------------
 * jansson's functions take what others returned, NULL too, so that only the last result is looked
 * at. */

/* JSON knows finite numbers only; others are their names. */
static json_t *number_of(double x)
{
    if (isfinite(x)) return json_real(x);
    return json_string(isnan(x) ? "nan" : x > 0 ? "inf" : "-inf");
}

static json_t *parameters_of(const lk_model *m, const lk_loss_info *info)
{
    json_t *all = json_object();
    int bad = 0;
    for (int k = 0; k < info->n_params; k++)
        bad |= json_object_set_new(all, info->params[k].name, number_of(m->params[k]));
    if (!bad) return all;
    json_decref(all);
    return NULL;
}

static json_t *class_names_of(const lk_model *m)
{
    json_t *all = json_array();
    int bad = 0;
    for (int64_t k = 0; k < m->classes; k++)
        bad |= json_array_append_new(all, json_string(m->class_names[k]));
    if (!bad) return all;
    json_decref(all);
    return NULL;
}

static json_t *layers_of(const lk_model *m)
{
    json_t *all = json_array();
    int bad = 0;
    for (int k = 0; k < m->n_layers; k++) {
        const lk_layer *layer = &m->layers[k];
        json_t *const one =
            json_pack("{s:I, s:s?, s:b, s:o}", "units", (json_int_t)layer->units, "activation",
                      lk_activation_name(layer->activation), "batch_normalization",
                      layer->batch_normalization, "dropout", number_of(layer->dropout));
        bad |= json_array_append_new(all, one);
    }
    if (!bad) return all;
    json_decref(all);
    return NULL;
}

static json_t *notes_of(const lk_model *m)
{
    json_t *all = json_object();
    int bad = 0;
    for (int64_t k = 0; k < m->n_notes; k++)
        bad |= json_object_set_new(all, m->notes[k].key, json_string(m->notes[k].text));
    if (!bad) return all;
    json_decref(all);
    return NULL;
}

static json_t *describe(const lk_model *m);

static json_t *members_of(const lk_model *m)
{
    json_t *all = json_array();
    int bad = 0;
    for (int64_t k = 0; k < m->n_members; k++)
        bad |= json_array_append_new(all, describe(m->members[k]));
    if (!bad) return all;
    json_decref(all);
    return NULL;
}

static json_t *describe(const lk_model *m)
{
    const lk_loss_info *info = lk_loss_describe(m->loss);
    json_t *all = json_pack("{s:s, s:I, s:I, s:I, s:I}", "kind", lk_model_type_of(m->kind)->name,
                            "features", (json_int_t)m->features, "outputs", (json_int_t)m->outputs,
                            "classes", (json_int_t)m->classes, "targets", (json_int_t)m->targets);
    int bad = !all;
    if (info) bad |= json_object_set_new(all, "loss", json_string(info->name));
    if (info) bad |= json_object_set_new(all, "parameters", parameters_of(m, info));
    if (m->class_names) bad |= json_object_set_new(all, "class_names", class_names_of(m));
    if (m->n_layers) bad |= json_object_set_new(all, "layers", layers_of(m));
    if (m->n_notes) bad |= json_object_set_new(all, "notes", notes_of(m));
    if (m->n_members) bad |= json_object_set_new(all, "members", members_of(m));
    if (!bad) return all;
    json_decref(all);
    return NULL;
}

static int is_utf8(const char *text)
{
    json_t *const string = json_string(text);
    const int valid = string != NULL;
    json_decref(string);
    return valid;
}

static lk_status check_texts(const lk_model *m)
{
    for (int64_t k = 0; m->class_names && k < m->classes; k++)
        if (!is_utf8(m->class_names[k]))
            return lk_fail(LK_INVALID, "model: the name of class %lld is not UTF-8", (long long)k);
    for (int64_t k = 0; k < m->n_notes; k++)
        if (!is_utf8(m->notes[k].key) || !is_utf8(m->notes[k].text))
            return lk_fail(LK_INVALID, "model: the note \"%.80s\" is not UTF-8", m->notes[k].key);
    lk_status status = LK_OK;
    for (int64_t k = 0; !status && k < m->n_members; k++) status = check_texts(m->members[k]);
    return status;
}

lk_status lk_model_to_json(const lk_model *m, json_t **out)
{
    *out = NULL;
    const lk_status status = check_texts(m);
    if (status) return status;
    *out = describe(m);
    return *out ? LK_OK : lk_fail(LK_NO_MEMORY, "model: no memory for its description");
}

/* ---- from JSON ----------------------------------------------------------------------------------
 */

static lk_status read_count(const json_t *all, const char *key, int64_t lowest, int64_t highest,
                            int64_t *out)
{
    const json_t *value = json_object_get(all, key);
    *out = json_integer_value(value);
    if (json_is_integer(value) && *out >= lowest && *out <= highest) return LK_OK;
    return lk_fail(LK_INVALID, "model: \"%s\" is %s; expected an integer from %lld to %lld", key,
                   !value                   ? "missing"
                   : json_is_integer(value) ? "out of range"
                                            : "no integer",
                   (long long)lowest, (long long)highest);
}

static lk_status read_kind(const json_t *all, lk_model_kind *kind)
{
    const char *name = json_string_value(json_object_get(all, "kind"));
    if (!name) return lk_fail(LK_INVALID, "model: \"kind\" is missing or no string");
    for (int k = 1; lk_model_type_of((lk_model_kind)k); k++)
        if (!strcmp(lk_model_type_of((lk_model_kind)k)->name, name)) {
            *kind = (lk_model_kind)k;
            return LK_OK;
        }
    return lk_fail(LK_INVALID, "model: there is no kind \"%.80s\" of model", name);
}

static int read_number(const json_t *value, double *x)
{
    static const struct {
        const char *name;
        double value;
    } names[] = {{"inf", HUGE_VAL}, {"-inf", -HUGE_VAL}};
    *x = json_number_value(value);
    if (json_is_number(value)) return 1;
    for (size_t k = 0; json_is_string(value) && k < sizeof names / sizeof *names; k++)
        if (!strcmp(json_string_value(value), names[k].name)) {
            *x = names[k].value;
            return 1;
        }
    return 0;
}

static int is_allowed(const lk_parameter *parameter, double value)
{
    for (int k = 0; k < LK_MAX_NAMED; k++)
        if (parameter->named[k].name && value == parameter->named[k].value) return 1;
    return value >= parameter->lowest && value <= parameter->highest;
}

static lk_status read_loss(const json_t *all, lk_model *m)
{
    const json_t *const loss = json_object_get(all, "loss");
    const json_t *const parameters = json_object_get(all, "parameters");
    if (!loss && !parameters) return LK_OK;
    const char *const name = json_is_string(loss) ? json_string_value(loss) : "";
    m->loss = lk_loss_by_name(name);
    const lk_loss_info *info = lk_loss_describe(m->loss);
    if (!info) return lk_fail(LK_INVALID, "model: there is no loss \"%.80s\"", name);
    m->n_params = info->n_params;
    if (!json_is_object(parameters) || json_object_size(parameters) != (size_t)info->n_params)
        return lk_fail(LK_INVALID, "model: expected the %d parameters of %s", info->n_params,
                       info->name);
    for (int k = 0; k < info->n_params; k++) {
        const lk_parameter *p = &info->params[k];
        const json_t *value = json_object_get(parameters, p->name);
        if (!value || !read_number(value, &m->params[k]))
            return lk_fail(LK_INVALID, "model: the parameter %s of %s is %s", p->name, info->name,
                           value ? "no number" : "missing");
        if (!is_allowed(p, m->params[k]))
            return lk_fail(LK_INVALID, "model: %s: %s = %g is outside [%g, %g]", info->name,
                           p->name, m->params[k], p->lowest, p->highest);
    }
    return LK_OK;
}

static lk_status read_class_names(const json_t *all, lk_model *m)
{
    const json_t *names = json_object_get(all, "class_names");
    if (!names) return LK_OK;
    if (!json_is_array(names) || (int64_t)json_array_size(names) != m->classes || !m->classes)
        return lk_fail(LK_INVALID, "model: %zu class names for %lld classes",
                       json_array_size(names), (long long)m->classes);
    const char **texts = calloc((size_t)m->classes, sizeof *texts);
    lk_status status =
        texts ? LK_OK : lk_fail(LK_NO_MEMORY, "model: no memory for the names of classes");
    for (int64_t k = 0; !status && k < m->classes; k++) {
        texts[k] = json_string_value(json_array_get(names, (size_t)k));
        if (!texts[k])
            status = lk_fail(LK_INVALID, "model: class name %lld is no string", (long long)k);
    }
    if (!status) status = lk_model_set_class_names(m, texts);
    free(texts);
    return status;
}

static lk_status read_layer(const json_t *one, int index, lk_layer *layer)
{
    const char *const name = json_string_value(json_object_get(one, "activation"));
    const json_t *const norm = json_object_get(one, "batch_normalization");
    const json_t *const dropout = json_object_get(one, "dropout");
    if (json_object_size(one) != 4 || !json_is_boolean(norm) || !json_is_number(dropout) || !name)
        return lk_fail(LK_INVALID,
                       "model: layer %d: expected units, activation, batch_normalization and "
                       "dropout",
                       index);
    int activation = 0;
    while (lk_activation_name((lk_activation)activation) &&
           strcmp(lk_activation_name((lk_activation)activation), name))
        activation++;
    if (!lk_activation_name((lk_activation)activation))
        return lk_fail(LK_INVALID, "model: layer %d: there is no activation \"%.80s\"", index,
                       name);
    layer->activation = (lk_activation)activation;
    layer->batch_normalization = json_is_true(norm);
    layer->dropout = json_number_value(dropout);
    if (!(layer->dropout >= 0 && layer->dropout < 1))
        return lk_fail(LK_INVALID, "model: layer %d: dropout = %g is outside [0, 1)", index,
                       layer->dropout);
    return read_count(one, "units", 1, INT32_MAX, &layer->units);
}

static lk_status read_layers(const json_t *all, lk_model *m)
{
    const json_t *layers = json_object_get(all, "layers");
    if (!layers) return LK_OK;
    const size_t n = json_array_size(layers);
    if (m->kind != LK_MODEL_MLP || !n)
        return lk_fail(LK_INVALID, "model: \"layers\" are a list, of an mlp alone");
    m->layers = calloc(n, sizeof *m->layers);
    if (!m->layers) return lk_fail(LK_NO_MEMORY, "model: no memory for %zu layers", n);
    m->n_layers = (int)n;
    for (int k = 0; k < m->n_layers; k++) {
        const lk_status status = read_layer(json_array_get(layers, (size_t)k), k, &m->layers[k]);
        if (status) return status;
    }
    return LK_OK;
}

static lk_status read_notes(const json_t *all, lk_model *m)
{
    const char *key;
    json_t *text, *const notes = json_object_get(all, "notes");
    const size_t n = json_object_size(notes);
    if (notes && (!n || n > MOST_NOTES))
        return lk_fail(LK_INVALID, "model: \"notes\" are no object of 1 to %d texts", MOST_NOTES);
    json_object_foreach(notes, key, text)
    {
        if (!json_is_string(text))
            return lk_fail(LK_INVALID, "model: the note \"%.80s\" is no string", key);
        const lk_status status = lk_model_set_note(m, key, json_string_value(text));
        if (status) return status;
    }
    return LK_OK;
}

static lk_status read_members(const json_t *all, size_t room, lk_model *m)
{
    const json_t *members = json_object_get(all, "members");
    if (!members) return LK_OK;
    const size_t n = json_array_size(members);
    if (m->kind != LK_MODEL_ENSEMBLE || !n)
        return lk_fail(LK_INVALID, "model: \"members\" are a list, of an ensemble alone");
    m->members = calloc(n, sizeof *m->members);
    if (!m->members) return lk_fail(LK_NO_MEMORY, "model: no memory for %zu members", n);
    for (size_t k = 0; k < n; k++) {
        const lk_status status =
            lk_model_from_json(json_array_get(members, k), room, &m->members[k]);
        if (status) return status;
        m->n_members++;
        if (m->members[k]->kind == LK_MODEL_ENSEMBLE)
            return lk_fail(LK_INVALID, "model: member %zu is an ensemble itself", k);
    }
    return LK_OK;
}

static lk_status check_keys(const json_t *all)
{
    static const char *const known[] = {"kind",    "loss",    "parameters", "features",
                                        "outputs", "classes", "targets",    "class_names",
                                        "layers",  "notes",   "members"};
    const char *key;
    json_t *value;
    if (!json_is_object(all)) return lk_fail(LK_INVALID, "model: a description is no object");
    json_object_foreach((json_t *)(uintptr_t)all, key, value)
    {
        size_t k = 0;
        while (k < sizeof known / sizeof *known && strcmp(known[k], key)) k++;
        if (k == sizeof known / sizeof *known)
            return lk_fail(LK_INVALID, "model: its description has the unknown key \"%.80s\"", key);
    }
    return LK_OK;
}

lk_status lk_model_from_json(const json_t *all, size_t room, lk_model **out)
{
    *out = NULL;
    const int64_t most = room < INT32_MAX ? (int64_t)room : INT32_MAX;
    lk_model *m = calloc(1, sizeof *m);
    if (!m) return lk_fail(LK_NO_MEMORY, "model: no memory");
    lk_status status = check_keys(all);
    if (!status) status = read_kind(all, &m->kind);
    if (!status) status = read_count(all, "features", 0, INT32_MAX, &m->features);
    if (!status) status = read_count(all, "outputs", 1, most, &m->outputs);
    if (!status) status = read_count(all, "classes", 0, most, &m->classes);
    if (!status) status = read_count(all, "targets", 0, most, &m->targets);
    if (!status) status = read_loss(all, m);
    if (!status) status = read_class_names(all, m);
    if (!status) status = read_layers(all, m);
    if (!status) status = read_notes(all, m);
    if (!status) status = read_members(all, room, m);
    if (status)
        lk_model_free(m);
    else
        *out = m;
    return status;
}

/* ---- as metadata --------------------------------------------------------------------------------
 */

/* These are texts as they are; all else is JSON in a text. */
static int is_plain(const char *key) { return !strcmp(key, "kind") || !strcmp(key, "loss"); }

lk_status lk_metadata_of(const json_t *description, json_t **metadata)
{
    const char *key;
    json_t *value;
    *metadata = json_object();
    int bad = json_object_set_new(*metadata, FORMAT_KEY, json_string(FORMAT));
    json_object_foreach((json_t *)(uintptr_t)description, key, value)
    {
        char name[64];
        snprintf(name, sizeof name, "%s%s", PREFIX, key);
        char *text = is_plain(key) ? NULL : json_dumps(value, DUMP);
        bad |= json_object_set_new(*metadata, name,
                                   is_plain(key) ? json_incref(value) : json_string(text));
        free(text);
    }
    if (!bad) return LK_OK;
    json_decref(*metadata);
    *metadata = NULL;
    return lk_fail(LK_NO_MEMORY, "model: no memory for its metadata");
}

static lk_status check_format(const json_t *metadata)
{
    const char *format = json_string_value(json_object_get(metadata, FORMAT_KEY));
    if (!format)
        return lk_fail(LK_INVALID, "model: the metadata has no \"%s\"; is it a model of losskit?",
                       FORMAT_KEY);
    if (!strcmp(format, FORMAT)) return LK_OK;
    return lk_fail(LK_INVALID, "model: format \"%.20s\"; this losskit reads %s", format, FORMAT);
}

static lk_status read_metadata(const json_t *metadata, json_t *description)
{
    const char *key;
    json_t *text;
    json_object_foreach((json_t *)(uintptr_t)metadata, key, text)
    {
        if (strncmp(key, PREFIX, PREFIX_LENGTH) || !strcmp(key, FORMAT_KEY)) continue;
        const char *const name = key + PREFIX_LENGTH;
        json_error_t error;
        json_t *const value = is_plain(name)
                                  ? json_incref(text)
                                  : json_loads(json_string_value(text),
                                               JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
        if (!value)
            return lk_fail(LK_INVALID, "model: the metadata \"%.80s\", at byte %d: %.120s", key,
                           error.position, error.text);
        if (json_object_set_new(description, name, value))
            return lk_fail(LK_NO_MEMORY, "model: no memory for the metadata");
    }
    return LK_OK;
}

lk_status lk_metadata_read(const json_t *metadata, json_t **description)
{
    *description = NULL;
    lk_status status = check_format(metadata);
    if (status) return status;
    *description = json_object();
    status = read_metadata(metadata, *description);
    if (!status) return LK_OK;
    json_decref(*description);
    *description = NULL;
    return status;
}
