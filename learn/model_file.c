#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "model_metadata.h"
#include "safetensors.h"

/* An ensemble's file holds the arrays of member 3 as "member3.weight". */
enum { MEMBER_NAME = LK_TENSOR_NAME + 32 };

/* ---- what a file may hold -----------------------------------------------------------------------
 */

static int64_t first_not_finite(const lk_named_tensor *t)
{
    const int64_t n = lk_named_tensor_count(t);
    const float *const narrow = t->data;
    const double *const wide = t->data;
    for (int64_t k = 0; t->dtype != LK_I64 && k < n; k++)
        if (!isfinite(t->dtype == LK_F32 ? (double)narrow[k] : wide[k])) return k;
    return -1;
}

/* What a training goes on from may be infinite, a best loss so far; and a stump whose threshold
 * lies below every number says the same of all rows. */
static int may_be_infinite(const char *name)
{
    return !strncmp(name, "training.", 9) || !strcmp(name, "stump.threshold");
}

static lk_status check_numbers(const lk_model *m)
{
    for (int64_t k = 0; k < m->n_tensors; k++) {
        const lk_named_tensor *t = &m->tensors[k];
        const int64_t at = may_be_infinite(t->name) ? -1 : first_not_finite(t);
        if (at >= 0)
            return lk_fail(LK_OUT_OF_DOMAIN,
                           "model: element %lld of the array \"%s\" is not a finite number",
                           (long long)at, t->name);
    }
    return LK_OK;
}

static lk_status check_scaling(const lk_model *m)
{
    if (!lk_model_find(m, "scaling.shift") && !lk_model_find(m, "scaling.factor")) return LK_OK;
    return lk_model_expect(m, "scaling.shift", LK_F64, 1, &m->features) &&
                   lk_model_expect(m, "scaling.factor", LK_F64, 1, &m->features)
               ? LK_OK
               : LK_INVALID;
}

/* Members are checked first, so that an ensemble's own check can rely on them. */
static lk_status check_arrays(const lk_model *m)
{
    lk_status status = LK_OK;
    for (int64_t k = 0; !status && k < m->n_members; k++) status = check_arrays(m->members[k]);
    if (!status) status = check_numbers(m);
    if (!status) status = check_scaling(m);
    return status ? status : lk_model_type_of(m->kind)->check(m);
}

/* ---- writing ------------------------------------------------------------------------------------
 */

typedef struct array_list {
    lk_stored_array *arrays;
    char (*names)[MEMBER_NAME];
    size_t n;
} array_list;

static void list_arrays(const lk_model *m, const char *prefix, array_list *list)
{
    for (int64_t k = 0; k < m->n_tensors; k++) {
        const lk_named_tensor *t = &m->tensors[k];
        lk_stored_array *a = &list->arrays[list->n];
        char *const name = list->names[list->n++];
        snprintf(name, MEMBER_NAME, "%s%s", prefix, t->name);
        *a =
            (lk_stored_array){.name = name,
                              .dtype = t->dtype,
                              .ndim = t->ndim,
                              .data = t->data,
                              .size = (size_t)lk_named_tensor_count(t) * lk_element_size(t->dtype)};
        memcpy(a->shape, t->shape, sizeof a->shape);
    }
}

static size_t count_arrays(const lk_model *m)
{
    size_t n = (size_t)m->n_tensors;
    for (int64_t k = 0; k < m->n_members; k++) n += (size_t)m->members[k]->n_tensors;
    return n;
}

static lk_status pack(const lk_model *m, json_t *metadata, void **bytes, size_t *size)
{
    const size_t n = count_arrays(m) + 1;
    array_list list = {calloc(n, sizeof *list.arrays), calloc(n, sizeof *list.names), 0};
    lk_status status = LK_NO_MEMORY;
    if (!list.arrays || !list.names) {
        (void)lk_fail(status, "model: no memory for a list of %zu arrays", n);
    } else {
        list_arrays(m, "", &list);
        for (int64_t k = 0; k < m->n_members; k++) {
            char prefix[32];
            snprintf(prefix, sizeof prefix, "member%lld.", (long long)k);
            list_arrays(m->members[k], prefix, &list);
        }
        status = lk_safetensors_pack(metadata, list.arrays, list.n, bytes, size);
    }
    free(list.arrays);
    free(list.names);
    return status;
}

/* The reader's own checks, so that what is written can be read. */
static lk_status check_description(const json_t *description, size_t room)
{
    lk_model *copy;
    const lk_status status = lk_model_from_json(description, room, &copy);
    lk_model_free(copy);
    return status;
}

lk_status lk_model_write(const lk_model *model, void **bytes, size_t *size)
{
    *bytes = NULL;
    *size = 0;
    json_t *description = NULL, *metadata = NULL;
    lk_status status = check_arrays(model);
    if (!status) status = lk_model_to_json(model, &description);
    if (!status) status = lk_metadata_of(description, &metadata);
    if (!status) status = pack(model, metadata, bytes, size);
    if (!status) status = check_description(description, *size);
    json_decref(metadata);
    json_decref(description);
    if (status) {
        free(*bytes);
        *bytes = NULL;
        *size = 0;
    }
    return status;
}

/* ---- reading ------------------------------------------------------------------------------------
 */

/* Whose array it is; *name becomes its name there. */
static lk_model *owner_of(lk_model *m, const char **name)
{
    char *end;
    if (!m->n_members || strncmp(*name, "member", 6) || (*name)[6] < '0' || (*name)[6] > '9')
        return m;
    const unsigned long long k = strtoull(*name + 6, &end, 10);
    char same[MEMBER_NAME];
    snprintf(same, sizeof same, "member%llu.", k);
    if (k >= (unsigned long long)m->n_members || strncmp(*name, same, strlen(same))) return m;
    *name += strlen(same);
    return m->members[k];
}

static lk_status read_array(lk_model *m, const lk_stored_array *a)
{
    const char *name = a->name;
    lk_model *const owner = owner_of(m, &name);
    if (!*name || strlen(name) >= LK_TENSOR_NAME)
        return lk_fail(LK_INVALID, "model: array \"%.80s\": expected a name of 1 to %d bytes",
                       a->name, LK_TENSOR_NAME - 1);
    void *data = lk_model_add(owner, name, a->dtype, a->ndim, a->shape);
    if (!data) return LK_NO_MEMORY;
    lk_copy_little_endian(data, a->data, a->size, lk_element_size(a->dtype));
    return LK_OK;
}

static lk_status read_model(const lk_safetensors *file, size_t size, lk_model **out)
{
    json_t *description;
    lk_status status = lk_metadata_read(file->metadata, &description);
    if (!status) status = lk_model_from_json(description, size, out);
    json_decref(description);
    for (size_t k = 0; !status && k < file->n_arrays; k++)
        status = read_array(*out, &file->arrays[k]);
    return status ? status : check_arrays(*out);
}

lk_status lk_model_read(const void *bytes, size_t size, lk_model **out)
{
    *out = NULL;
    lk_safetensors file;
    lk_status status = lk_safetensors_open(bytes, size, &file);
    if (status) return status;
    status = read_model(&file, size, out);
    lk_safetensors_close(&file);
    if (status) {
        lk_model_free(*out);
        *out = NULL;
    }
    return status;
}
