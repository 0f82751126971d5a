/* mlp_options.c: options that make sense, and the same ones again when a training goes on. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mlp.h"

/* ---- checks -------------------------------------------------------------------------------------
 */

typedef struct bound {
    const char *name;
    double value, lowest, highest;
    int below; /* the highest itself is too much */
} bound;

static lk_status check_bounds(const bound *bounds, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        const bound *const b = &bounds[k];
        if (b->value >= b->lowest && (b->below ? b->value < b->highest : b->value <= b->highest))
            continue;
        return lk_fail(LK_INVALID, "train: %s = %g; expected a number in [%g, %g%c", b->name,
                       b->value, b->lowest, b->highest, b->below ? ')' : ']');
    }
    return LK_OK;
}

static lk_status check_numbers(const lk_mlp_options *o)
{
    const double most = 1e38, count = 0x1p53;
    const bound bounds[] = {
        {"learning_rate", o->learning_rate, 0, most, 0},
        {"momentum", o->momentum, 0, 1, 1},
        {"beta1", o->beta1, 0, 1, 1},
        {"beta2", o->beta2, 0, 1, 1},
        {"epsilon", o->epsilon, 0, most, 0},
        {"l1", o->l1, 0, most, 0},
        {"l2", o->l2, 0, most, 0},
        {"clip", o->clip, 0, most, 0},
        {"decay", o->decay, 0, most, 0},
        {"decay_epochs", (double)o->decay_epochs, 1, count, 0},
        {"warmup_epochs", (double)o->warmup_epochs, 0, count, 0},
        {"center_rate", o->center_rate, 0, 1, 0},
        {"margin_lambda", o->margin_lambda, 0, most, 0},
        {"epochs", (double)o->epochs, 0, count, 0},
        {"batch", (double)o->batch, 1, count, 0},
        {"patience", (double)o->patience, 0, count, 0},
        {"improvement", o->improvement, 0, most, 0},
        {"initialization_scale", o->initialization_scale, 0, most, 0},
    };
    lk_status status = check_bounds(bounds, sizeof bounds / sizeof *bounds);
    if (!status && !lk_initialization_name(o->initialization))
        status =
            lk_fail(LK_INVALID, "train: there is no initialization %d", (int)o->initialization);
    if (!status && !lk_optimizer_name(o->optimizer))
        status = lk_fail(LK_INVALID, "train: there is no optimizer %d", (int)o->optimizer);
    if (!status && !lk_schedule_name(o->schedule))
        status = lk_fail(LK_INVALID, "train: there is no schedule %d", (int)o->schedule);
    return status;
}

static lk_status check_layers(const lk_dataset *data, const lk_mlp_options *o)
{
    if (o->n_layers < 0 || (o->n_layers && !o->layers))
        return lk_fail(LK_INVALID, "train: %d hidden layers without a list of them", o->n_layers);
    for (int k = 0; k < o->n_layers; k++) {
        const lk_layer *const l = &o->layers[k];
        if (l->units < 1 || l->units > INT32_MAX)
            return lk_fail(LK_INVALID, "train: layer %d has %lld units; expected at least 1", k,
                           (long long)l->units);
        if (!lk_activation_name(l->activation))
            return lk_fail(LK_INVALID, "train: layer %d: there is no activation %d", k,
                           (int)l->activation);
        if (!(l->dropout >= 0 && l->dropout < 1))
            return lk_fail(LK_INVALID, "train: layer %d: dropout = %g; expected one in [0, 1)", k,
                           l->dropout);
        if (l->batch_normalization && (o->batch < 2 || data->rows < 2))
            return lk_fail(LK_INVALID,
                           "train: layer %d: batch normalisation of %lld rows in batches of %lld; "
                           "expected at least 2",
                           k, (long long)data->rows, (long long)o->batch);
    }
    return LK_OK;
}

static lk_status check_augmentation(const lk_dataset *data, const lk_augmentation *a)
{
    if (!a) return LK_OK;
    const bound bounds[] = {{"noise", a->noise, 0, 1e38, 0},
                            {"shift", a->shift, 0, 1e6, 0},
                            {"rotation", a->rotation, 0, 360, 0}};
    const lk_status status = check_bounds(bounds, sizeof bounds / sizeof *bounds);
    if (status) return status;
    const int images = a->height || a->width || a->channels;
    const int64_t most = 1 << 20;
    if (images &&
        (a->height < 1 || a->width < 1 || a->channels < 1 || a->height > most || a->width > most ||
         a->channels > most || a->height * a->width * a->channels != data->features))
        return lk_fail(LK_INVALID, "train: images [%lld, %lld, %lld] for rows of %lld features",
                       (long long)a->height, (long long)a->width, (long long)a->channels,
                       (long long)data->features);
    if (!images && (a->shift > 0 || a->rotation > 0 || a->flip))
        return lk_fail(LK_INVALID,
                       "train: images are to be moved; their height, width and channels "
                       "are not given");
    return LK_OK;
}

/* The caller may have changed them since they were checked; partners of pairs are looked up by
 * them. */
static lk_status check_classes(const lk_dataset *data)
{
    for (int64_t i = 0; data->classes && i < data->rows; i++)
        if (!(data->target[i] >= 0 && data->target[i] < (double)data->classes))
            return lk_fail(LK_OUT_OF_DOMAIN, "train: target[%lld] = %g is no class in [0, %lld)",
                           (long long)i, data->target[i], (long long)data->classes);
    return LK_OK;
}

lk_status lk_mlp_check_options(const lk_dataset *data, const lk_mlp_options *o)
{
    if (o->size < sizeof *o)
        return lk_fail(LK_INVALID,
                       "train: the options' size is %zu; expected %zu "
                       "(LK_MLP_OPTIONS_INIT)",
                       o->size, sizeof *o);
    if (data->rows < 1 || data->features < 1 || data->targets < 1 || !data->target)
        return lk_fail(LK_INVALID,
                       "train: %lld rows of %lld features and %lld targets; expected at least one "
                       "each",
                       (long long)data->rows, (long long)data->features, (long long)data->targets);
    const lk_dataset *const v = o->validation;
    if (v && (v->rows < 1 || v->features != data->features || v->targets != data->targets ||
              v->classes != data->classes || !v->target))
        return lk_fail(LK_INVALID,
                       "train: the validation data has %lld rows, %lld features, %lld targets and "
                       "%lld classes; the training data %lld features, %lld targets, %lld classes",
                       (long long)v->rows, (long long)v->features, (long long)v->targets,
                       (long long)v->classes, (long long)data->features, (long long)data->targets,
                       (long long)data->classes);
    lk_status status = check_classes(data);
    if (!status && v) status = check_classes(v);
    if (!status) status = check_numbers(o);
    if (!status) status = check_layers(data, o);
    if (!status) status = check_augmentation(data, o->augmentation);
    return status;
}

/* ---- what a checkpoint remembers ----------------------------------------------------------------
 */

typedef struct entry {
    char name[40];
    double value;
} entry;

/* what: "layer" number `index`, or NULL. */
static void put(entry *list, int64_t *n, const char *what, int index, const char *name,
                double value)
{
    entry *const e = &list[(*n)++];
    if (what)
        snprintf(e->name, sizeof e->name, "%s %d's %s", what, index, name);
    else
        snprintf(e->name, sizeof e->name, "%s", name);
    e->value = value;
}

static void put_layer(entry *list, int64_t *n, const lk_layer *l, int k)
{
    put(list, n, "layer", k, "units", (double)l->units);
    put(list, n, "layer", k, "activation", (double)l->activation);
    put(list, n, "layer", k, "batch normalisation", l->batch_normalization != 0);
    put(list, n, "layer", k, "dropout", l->dropout);
}

static void put_term(entry *list, int64_t *n, const lk_objective *t, int k)
{
    put(list, n, "term", k, "loss", (double)t->loss);
    put(list, n, "term", k, "factor", t->factor);
    put(list, n, "term", k, "layer", (double)t->layer);
    put(list, n, "term", k, "number of parameters", (double)t->n_params);
    for (int p = 0; p < LK_MAX_PARAMS; p++)
        put(list, n, "term", k, "parameters", p < t->n_params ? t->params[p] : 0);
}

enum { FIXED_OPTIONS = 32, LAYER_OPTIONS = 4, TERM_OPTIONS = 4 + LK_MAX_PARAMS };

/* All that the weights of the next epoch depend on. How many epochs there are to be does not matter
 * to schedules that do not look at the end. */
static entry *list_options(const lk_mlp_options *o, int64_t *n)
{
    const size_t room =
        FIXED_OPTIONS + (size_t)o->n_layers * LAYER_OPTIONS + (size_t)o->n_objective * TERM_OPTIONS;
    entry *const list = calloc(room, sizeof *list);
    *n = 0;
    if (!list) {
        (void)lk_fail(LK_NO_MEMORY, "train: no memory for %zu options", room);
        return NULL;
    }
    const int to_end = o->schedule == LK_SCHEDULE_COSINE || o->schedule == LK_SCHEDULE_LINEAR;
    const lk_augmentation none = {0}, *const a = o->augmentation ? o->augmentation : &none;
    const struct {
        const char *name;
        double value;
    } fixed[] = {
        {"number of layers", o->n_layers},
        {"number of losses", o->n_objective},
        {"optimizer", o->optimizer},
        {"learning_rate", lk_mlp_first_rate(o)},
        {"momentum", o->momentum},
        {"beta1", o->beta1},
        {"beta2", o->beta2},
        {"epsilon", o->epsilon},
        {"l1", o->l1},
        {"l2", o->l2},
        {"clip", o->clip},
        {"schedule", o->schedule},
        {"decay", o->decay},
        {"decay_epochs", (double)o->decay_epochs},
        {"warmup_epochs", (double)o->warmup_epochs},
        {"center_rate", o->center_rate},
        {"margin_lambda", o->margin_lambda},
        {"epochs", to_end ? (double)o->epochs : 0},
        {"batch", (double)o->batch},
        {"patience", o->patience > 0},
        {"improvement", o->improvement},
        {"noise", a->noise},
        {"height", (double)a->height},
        {"width", (double)a->width},
        {"channels", (double)a->channels},
        {"shift", a->shift},
        {"rotation", a->rotation},
        {"flip", a->flip != 0},
        {"seed (upper half)", (double)(o->seed >> 32)},
        {"seed (lower half)", (double)(o->seed & 0xffffffffu)},
    };
    for (size_t k = 0; k < sizeof fixed / sizeof *fixed; k++)
        put(list, n, NULL, 0, fixed[k].name, fixed[k].value);
    for (int k = 0; k < o->n_layers; k++) put_layer(list, n, &o->layers[k], k);
    for (int k = 0; k < o->n_objective; k++) put_term(list, n, &o->objective[k], k);
    return list;
}

static uint64_t hash(uint64_t h, const void *data, size_t bytes)
{
    const char *const at = data;
    for (size_t i = 0; data && i + sizeof h <= bytes; i += sizeof h) {
        uint64_t word;
        memcpy(&word, at + i, sizeof word);
        h = (h ^ word) * 0x9e3779b97f4a7c15u;
        h ^= h >> 32;
    }
    return h;
}

static uint64_t hash_data(uint64_t h, const lk_dataset *d)
{
    const size_t rows = (size_t)d->rows;
    const size_t stored = (size_t)(d->dense ? d->rows * d->features : d->starts[d->rows]);
    const int64_t sizes[] = {d->rows, d->features, d->targets, d->classes, d->dense != NULL};
    h = hash(h, sizes, sizeof sizes);
    h = hash(h, d->dense ? d->dense : d->values, stored * sizeof(double));
    if (!d->dense) {
        h = hash(h, d->starts, (rows + 1) * sizeof *d->starts);
        for (size_t i = 0; i < stored; i++) {
            const int64_t column = d->columns[i];
            h = hash(h, &column, sizeof column);
        }
    }
    h = hash(h, d->target, rows * (size_t)d->targets * sizeof(double));
    return hash(h, d->weight, rows * sizeof(double));
}

static int64_t hash_all(const lk_dataset *data, const lk_mlp_options *o)
{
    const uint64_t h = hash_data(0, data);
    return (int64_t)(o->validation ? hash_data(h, o->validation) : h);
}

lk_status lk_mlp_remember_options(lk_model *model, const lk_dataset *data, const lk_mlp_options *o)
{
    const int64_t one = 1;
    int64_t n;
    entry *const list = list_options(o, &n);
    double *const values = list ? lk_model_add(model, "training.options", LK_F64, 1, &n) : NULL;
    int64_t *const of_data = values ? lk_model_add(model, "training.data", LK_I64, 1, &one) : NULL;
    for (int64_t k = 0; of_data && k < n; k++) values[k] = list[k].value;
    if (of_data) *of_data = hash_all(data, o);
    free(list);
    return of_data ? LK_OK : LK_NO_MEMORY;
}

static lk_status compare_options(const lk_model *checkpoint, const lk_mlp_options *o)
{
    int64_t n;
    entry *const list = list_options(o, &n);
    if (!list) return LK_NO_MEMORY;
    const lk_named_tensor *const t = lk_model_find(checkpoint, "training.options");
    const double *const old = t && t->dtype == LK_F64 && t->ndim == 1 ? t->data : NULL;
    lk_status status = LK_OK;
    if (!old) status = lk_fail(LK_INVALID, "resume: the model is no checkpoint of a training");
    for (int64_t k = 0; !status && k < n; k++)
        if (k >= t->shape[0])
            status = lk_fail(LK_INVALID, "resume: the checkpoint has no %s", list[k].name);
        else if (!(old[k] == list[k].value))
            status = lk_fail(LK_INVALID, "resume: %s is %.17g; the checkpoint was made with %.17g",
                             list[k].name, list[k].value, old[k]);
    free(list);
    return status;
}

/* model has been built for the options: every array of it is in the checkpoint, with its shape. */
lk_status lk_mlp_resume(lk_model *model, const lk_model *checkpoint, const lk_dataset *data,
                        const lk_mlp_options *o)
{
    if (checkpoint->kind != LK_MODEL_MLP)
        return lk_fail(LK_INVALID, "resume: the model is no multi-layer perceptron");
    const lk_status status = compare_options(checkpoint, o);
    if (status) return status;
    const int64_t one = 1;
    const int64_t *const of_data = lk_model_expect(checkpoint, "training.data", LK_I64, 1, &one);
    if (!of_data) return LK_INVALID;
    if (*of_data != hash_all(data, o))
        return lk_fail(LK_INVALID,
                       "resume: the %s is not what the checkpoint was made with "
                       "(%lld rows, %lld features now)",
                       o->validation ? "training or validation data" : "training data",
                       (long long)data->rows, (long long)data->features);
    for (int64_t k = 0; k < model->n_tensors; k++) {
        const lk_named_tensor *const t = &model->tensors[k];
        const void *const from = lk_model_expect(checkpoint, t->name, t->dtype, t->ndim, t->shape);
        if (!from) return LK_INVALID;
        memcpy(t->data, from, (size_t)lk_named_tensor_count(t) * lk_element_size(t->dtype));
    }
    return LK_OK;
}
