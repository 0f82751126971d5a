#include "model.h"
#include "class_rows.h"
#include "sample_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const lk_model_type *lk_model_type_of(lk_model_kind kind)
{
    static const lk_model_type *const types[] = {
        [LK_MODEL_LINEAR] = &lk_linear_type,     [LK_MODEL_MLP] = &lk_mlp_type,
        [LK_MODEL_STUMPS] = &lk_stumps_type,     [LK_MODEL_ENSEMBLE] = &lk_ensemble_type,
        [LK_MODEL_GAUSSIAN] = &lk_gaussian_type,
    };
    const size_t k = (size_t)kind;
    return k < sizeof types / sizeof *types ? types[k] : NULL;
}

lk_model *lk_model_new(lk_model_kind kind, const lk_dataset *data, lk_loss loss,
                       const double *params, int n_params, int64_t outputs)
{
    lk_model *m = calloc(1, sizeof *m);
    if (!m) {
        (void)lk_fail(LK_NO_MEMORY, "model: no memory");
        return NULL;
    }
    m->kind = kind;
    m->loss = loss;
    const lk_loss_info *info = lk_loss_describe(loss);
    m->n_params = info ? info->n_params : 0;
    for (int k = 0; k < m->n_params; k++)
        m->params[k] = n_params ? params[k] : info->params[k].preset;
    m->features = data->features;
    m->classes = data->classes;
    m->targets = data->targets;
    m->outputs = outputs;
    return m;
}

static void free_names(char **names, int64_t n)
{
    for (int64_t k = 0; names && k < n; k++) free(names[k]);
    free(names);
}

void lk_model_free(lk_model *m)
{
    if (!m) return;
    free_names(m->class_names, m->classes);
    for (int64_t k = 0; k < m->n_tensors; k++) free(m->tensors[k].data);
    for (int64_t k = 0; k < m->n_notes; k++) {
        free(m->notes[k].key);
        free(m->notes[k].text);
    }
    for (int64_t k = 0; k < m->n_members; k++) lk_model_free(m->members[k]);
    free(m->tensors);
    free(m->notes);
    free(m->layers);
    free(m->members);
    free(m);
}

void lk_model_describe(const lk_model *m, lk_model_info *info)
{
    *info = (lk_model_info){.kind = m->kind,
                            .loss = m->loss,
                            .features = m->features,
                            .outputs = m->outputs,
                            .classes = m->classes,
                            .targets = m->targets,
                            .members = m->n_members,
                            .class_names = (const char *const *)m->class_names,
                            .boundary = lk_boundary_of(m->loss)};
}

/* ---- arrays -------------------------------------------------------------------------------------
 */

size_t lk_element_size(int dtype)
{
    return dtype == LK_F32 ? sizeof(float) : dtype == LK_F64 || dtype == LK_I64 ? 8 : 0;
}

int64_t lk_named_tensor_count(const lk_named_tensor *t)
{
    int64_t count = 1;
    for (int d = 0; d < t->ndim; d++) count *= t->shape[d];
    return count;
}

void *lk_model_add(lk_model *m, const char *name, int dtype, int ndim, const int64_t *shape)
{
    lk_named_tensor t = {.dtype = dtype, .ndim = ndim};
    if (strlen(name) >= sizeof t.name) {
        (void)lk_fail(LK_INVALID, "model: the array name \"%.80s\" is too long", name);
        return NULL;
    }
    strcpy(t.name, name);
    size_t count = 1;
    for (int d = 0; d < ndim; d++) {
        t.shape[d] = shape[d];
        if (count && (uint64_t)shape[d] > SIZE_MAX / 16 / count) {
            (void)lk_fail(LK_NO_MEMORY, "model: no memory for an extent of %lld of %s",
                          (long long)shape[d], name);
            return NULL;
        }
        count *= (size_t)shape[d];
    }
    lk_named_tensor *more = realloc(m->tensors, (size_t)(m->n_tensors + 1) * sizeof *more);
    if (more) m->tensors = more;
    t.data = calloc(count + 1, lk_element_size(dtype));
    if (!more || !t.data) {
        free(t.data);
        (void)lk_fail(LK_NO_MEMORY, "model: no memory for %zu numbers of %s", count, name);
        return NULL;
    }
    m->tensors[m->n_tensors++] = t;
    return t.data;
}

lk_named_tensor *lk_model_find(const lk_model *m, const char *name)
{
    for (int64_t k = 0; k < m->n_tensors; k++)
        if (!strcmp(m->tensors[k].name, name)) return &m->tensors[k];
    return NULL;
}

void lk_model_remove(lk_model *m, const char *name)
{
    lk_named_tensor *t = lk_model_find(m, name);
    if (!t) return;
    free(t->data);
    const size_t after = (size_t)(m->tensors + m->n_tensors - t) - 1;
    memmove(t, t + 1, after * sizeof *t);
    m->n_tensors--;
}

void *lk_model_expect(const lk_model *m, const char *name, int dtype, int ndim,
                      const int64_t *shape)
{
    const lk_named_tensor *t = lk_model_find(m, name);
    int fits = t && t->dtype == dtype && t->ndim == ndim;
    for (int d = 0; fits && d < ndim; d++) fits = t->shape[d] == shape[d];
    if (fits) return t->data;
    (void)lk_fail(LK_INVALID,
                  t ? "model: its array \"%s\" has another type or shape than its kind "
                      "and layers need"
                    : "model: the array \"%s\" is missing",
                  name);
    return NULL;
}

int64_t lk_model_tensors(const lk_model *m) { return m->n_tensors; }

lk_status lk_model_tensor(const lk_model *m, int64_t index, const char **name, lk_tensor *view)
{
    if (index < 0 || index >= m->n_tensors)
        return lk_fail(LK_INVALID, "model: tensor %lld is outside [0, %lld)", (long long)index,
                       (long long)m->n_tensors);
    const lk_named_tensor *t = &m->tensors[index];
    *name = t->name;
    *view = lk_view(t->data, t->dtype, t->ndim, t->shape);
    return LK_OK;
}

/* ---- names and notes ----------------------------------------------------------------------------
 */

static char *copy_text(const char *text)
{
    char *copy = malloc(strlen(text) + 1);
    return copy ? strcpy(copy, text) : NULL;
}

/* The old names go last: the new ones may be they. */
lk_status lk_model_set_class_names(lk_model *m, const char *const *names)
{
    if (names && !m->classes)
        return lk_fail(LK_INVALID, "model: names of classes for a model without classes");
    char **copies = names ? calloc((size_t)m->classes, sizeof *copies) : NULL;
    int whole = !names || copies;
    for (int64_t k = 0; whole && names && k < m->classes; k++)
        whole = (copies[k] = copy_text(names[k])) != NULL;
    if (whole) {
        free_names(m->class_names, m->classes);
        m->class_names = copies;
        return LK_OK;
    }
    free_names(copies, m->classes);
    return lk_fail(LK_NO_MEMORY, "model: no memory for the names of classes");
}

static lk_note *find_note(const lk_model *m, const char *key)
{
    for (int64_t k = 0; k < m->n_notes; k++)
        if (!strcmp(m->notes[k].key, key)) return &m->notes[k];
    return NULL;
}

const char *lk_model_note(const lk_model *m, const char *key)
{
    const lk_note *note = find_note(m, key);
    return note ? note->text : NULL;
}

lk_status lk_model_set_note(lk_model *m, const char *key, const char *text)
{
    lk_note *old = find_note(m, key);
    if (!text) {
        if (!old) return LK_OK;
        free(old->key);
        free(old->text);
        *old = m->notes[--m->n_notes];
        return LK_OK;
    }
    lk_note new = {old ? old->key : copy_text(key), copy_text(text)};
    lk_note *more = old ? m->notes : realloc(m->notes, (size_t)(m->n_notes + 1) * sizeof *more);
    if (more) m->notes = more;
    if (!new.key || !new.text || !more) {
        if (!old) free(new.key);
        free(new.text);
        return lk_fail(LK_NO_MEMORY, "model: no memory for the note \"%s\"", key);
    }
    if (old) {
        free(old->text);
        *old = new;
    } else {
        m->notes[m->n_notes++] = new;
    }
    return LK_OK;
}

/* ---- prediction ---------------------------------------------------------------------------------
 */

lk_status lk_model_set_scaling(lk_model *m, const lk_scaling *scaling)
{
    if (scaling->features != m->features)
        return lk_fail(LK_INVALID, "model: a scaling of %lld features for a model of %lld",
                       (long long)scaling->features, (long long)m->features);
    lk_model_remove(m, "scaling.shift");
    lk_model_remove(m, "scaling.factor");
    double *shift = lk_model_add(m, "scaling.shift", LK_F64, 1, &m->features);
    double *factor = shift ? lk_model_add(m, "scaling.factor", LK_F64, 1, &m->features) : NULL;
    if (!factor) {
        lk_model_remove(m, "scaling.shift");
        return LK_NO_MEMORY;
    }
    memcpy(shift, scaling->shift, (size_t)m->features * sizeof *shift);
    memcpy(factor, scaling->factor, (size_t)m->features * sizeof *factor);
    return LK_OK;
}

static lk_status predict_scaled(const lk_model *m, const lk_dataset *data, double *scores)
{
    const lk_named_tensor *shift = lk_model_find(m, "scaling.shift");
    const lk_named_tensor *factor = lk_model_find(m, "scaling.factor");
    const lk_model_type *type = lk_model_type_of(m->kind);
    if (!shift || !factor) return type->predict(m, data, scores);
    lk_dataset scaled = *data;
    scaled.target = scaled.weight = NULL;
    const int64_t stored = lk_stored_numbers(data);
    double *copy = malloc((size_t)(stored + 1) * sizeof *copy);
    if (!copy)
        return lk_fail(LK_NO_MEMORY, "model: no memory for %lld rows", (long long)data->rows);
    memcpy(copy, data->dense ? data->dense : data->values, (size_t)stored * sizeof *copy);
    if (data->dense)
        scaled.dense = copy;
    else
        scaled.values = copy;
    const lk_scaling scaling = {m->features, shift->data, factor->data};
    lk_status status = lk_scaling_apply(&scaling, &scaled);
    if (!status) status = type->predict(m, &scaled, scores);
    free(copy);
    return status;
}

lk_status lk_model_predict(const lk_model *m, const lk_dataset *data, double *scores)
{
    if (data->dense ? data->features != m->features : data->features > m->features)
        return lk_fail(LK_INVALID,
                       "predict: the data has %lld features, the model was trained on "
                       "%lld",
                       (long long)data->features, (long long)m->features);
    lk_dataset seen = *data; /* sparse rows that end early have zeros there */
    seen.features = m->features;
    if (!data->rows) return LK_OK;
    return predict_scaled(m, &seen, scores);
}

double lk_boundary_of(lk_loss loss)
{
    const lk_loss_info *info = lk_loss_describe(loss);
    const int residual =
        info && (!strcmp(info->family, "regression") || loss == LK_L1_NORM || loss == LK_L2_NORM);
    return residual || loss == LK_BINARY_CROSS_ENTROPY ? 0.5 : 0;
}

lk_status lk_model_classify(const lk_model *m, int64_t rows, const double *scores, int64_t *classes)
{
    if (m->classes < 2)
        return lk_fail(LK_UNSUPPORTED, "classify: the model was not trained on classes");
    const double boundary = lk_boundary_of(m->loss);
    for (int64_t i = 0; i < rows; i++) {
        const double *s = scores + i * m->outputs;
        int64_t best = 0;
        for (int64_t k = 1; k < m->outputs; k++)
            if (s[k] > s[best]) best = k;
        classes[i] = m->outputs == 1 ? s[0] > boundary : best;
    }
    return LK_OK;
}

/* ---- losses and their targets -------------------------------------------------------------------
 */

lk_status lk_check_options(const char *who, const char *init, size_t size, size_t expected)
{
    if (size == expected) return LK_OK;
    return lk_fail(LK_INVALID, "%s: options of %zu bytes; expected the %zu of %s", who, size,
                   expected, init);
}

lk_status lk_check_training(const lk_dataset *data)
{
    if (data->rows < 1) return lk_fail(LK_INVALID, "train: the data has no rows");
    if (!data->target || data->targets < 1)
        return lk_fail(LK_INVALID, "train: the data has no target");
    if (data->classes > INT32_MAX)
        return lk_fail(LK_INVALID, "train: %lld classes; expected at most %d",
                       (long long)data->classes, INT32_MAX);
    return data->classes ? lk_check_classes("train", data, data->classes) : LK_OK;
}

static int is_rows_loss(const lk_loss_info *info)
{
    return info->kind == LK_KIND_ROWS || info->kind == LK_KIND_LINEAR;
}

int64_t lk_outputs_of(lk_loss loss, const lk_dataset *data)
{
    const lk_loss_info *info = lk_loss_describe(loss);
    if (!info) {
        (void)lk_fail(LK_INVALID, "train: there is no loss %d", (int)loss);
        return 0;
    }
    if (!data->target || data->targets < 1) {
        (void)lk_fail(LK_INVALID, "train: the data has no target");
        return 0;
    }
    const int regression = !strcmp(info->family, "regression");
    if (is_rows_loss(info) && data->classes < 2) {
        (void)lk_fail(LK_INVALID, "train: %s needs classes; the targets are numbers", info->name);
        return 0;
    }
    if (is_rows_loss(info)) return data->classes;
    if (info->kind != LK_KIND_POINTWISE && info->kind != LK_KIND_REGION) {
        (void)lk_fail(LK_INVALID, "train: %s takes no scores of rows or elements", info->name);
        return 0;
    }
    if (data->classes > 2) return data->classes;
    if (data->classes == 1 && !regression) {
        (void)lk_fail(LK_INVALID, "train: %s needs two classes or more; there is one", info->name);
        return 0;
    }
    return data->classes ? 1 : data->targets;
}

void lk_code_targets(lk_loss loss, const lk_dataset *data, int64_t output, double *coded)
{
    const lk_loss_info *info = lk_loss_describe(loss);
    const double low = info && !strcmp(info->family, "margin") ? -1 : 0;
    for (int64_t i = 0; i < data->rows; i++) {
        if (!data->classes)
            coded[i] = data->target[i * data->targets + output];
        else if (info && is_rows_loss(info))
            coded[i] = data->target[i];
        else
            coded[i] = data->target[i] == (double)(data->classes > 2 ? output : 1) ? 1 : low;
    }
}
