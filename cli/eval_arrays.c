#include "eval_arrays.h"

#include "integer_array.h"
#include "write_npy.h"

#include <string.h>

static int is_over_features(const lk_loss_info *info)
{
    return info->kind == LK_KIND_LINEAR || info->kind == LK_KIND_EMBEDDING;
}

int eval_slot(const eval_arrays *a, const expression_term *term, lk_argument_id id)
{
    const int apart = a->paths[SLOT_FEATURES] && is_over_features(term->info);
    if (apart && id == LK_ARG_INPUT) return SLOT_FEATURES;
    if (apart && id == LK_ARG_GRADIENT) return SLOT_FEATURES_GRADIENT;
    return (int)id;
}

/* The curvature along the input, and what belongs to it, leave terms over other features alone. */
int eval_takes(const eval_arrays *a, const expression_term *term, int slot)
{
    const lk_argument_id id = slot_argument(slot);
    if (!(lk_loss_takes(term->loss, NULL) >> id & 1)) return 0;
    if (eval_slot(a, term, id) != slot) return 0;
    const int of_input =
        id == LK_ARG_CURVATURE || id == LK_ARG_VECTOR || id == LK_ARG_HESSIAN_VECTOR;
    return !(of_input && eval_slot(a, term, LK_ARG_INPUT) != LK_ARG_INPUT);
}

/* Always integers, whatever the loss; targets are labels for some losses alone. */
static const char *integers_of(int slot)
{
    switch (slot) {
    case LK_ARG_INPUT_LENGTHS:
    case LK_ARG_TARGET_LENGTHS:
    case LK_ARG_HYPOTHESIS_LENGTHS:
        return "lengths";
    case LK_ARG_HYPOTHESES:
        return "tokens";
    default:
        return NULL;
    }
}

/* One label for each row, and not numbers of the shape of the input. */
static int wants_labels(const eval_arrays *a, const expression_term *term)
{
    const array *input = &a->arrays[eval_slot(a, term, LK_ARG_INPUT)];
    const array *target = &a->arrays[LK_ARG_TARGET];
    if (!eval_takes(a, term, LK_ARG_TARGET) || !a->paths[LK_ARG_TARGET]) return 0;
    switch (term->info->kind) {
    case LK_KIND_ROWS:
        return target->ndim == input->ndim - 1;
    case LK_KIND_LINEAR:
    case LK_KIND_SEQUENCE:
        return 1;
    case LK_KIND_EMBEDDING:
        return term->info->target_domain.kind != 2;
    default:
        return 0;
    }
}

/* The term that an array is of, or the first of those that share it. */
static const expression_term *term_of(const eval_arrays *a, const expression *x, int slot)
{
    int k = 0;
    while (k + 1 < x->n && !eval_takes(a, &x->terms[k], slot)) k++;
    return &x->terms[k];
}

static int make_integers(eval_arrays *a, int slot, const expression_term *term, const char *what,
                         error *e)
{
    const integer_use use = {a->paths[slot], lk_argument_describe(slot_argument(slot))->name,
                             term->info->name, what};
    return array_make_integers(&a->arrays[slot], &use, e);
}

static int read_input(eval_arrays *a, const expression *x, int slot, error *e)
{
    const char *what = integers_of(slot);
    if (array_read(a->paths[slot], &a->arrays[slot], e)) return -1;
    if (what) return make_integers(a, slot, term_of(a, x, slot), what, e);
    const int any = slot == LK_ARG_TARGET || slot == LK_ARG_WEIGHT || slot == LK_ARG_MASK;
    return any ? 0 : array_widen(&a->arrays[slot], a->paths[slot], e);
}

int eval_arrays_read(eval_arrays *a, const expression *x, error *e)
{
    for (int slot = 0; slot < SLOTS; slot++)
        if (a->paths[slot] && !slot_is_output(slot) && read_input(a, x, slot, e)) return -1;
    for (int k = 0; k < x->n; k++)
        if (wants_labels(a, &x->terms[k]) &&
            make_integers(a, LK_ARG_TARGET, &x->terms[k], "labels", e))
            return -1;
    return 0;
}

int eval_arrays_allocate(eval_arrays *a, const expression *x, const lk_call *modes, int dtype,
                         error *e)
{
    for (int slot = 0; slot < SLOTS; slot++) {
        if (!a->paths[slot] || !slot_is_output(slot)) continue;
        const expression_term *term = term_of(a, x, slot);
        const array *input = &a->arrays[eval_slot(a, term, LK_ARG_INPUT)];
        const lk_argument_id like = lk_argument_describe(slot_argument(slot))->like;
        int64_t shape[LK_ARRAY_MAX_DIMS];
        int ndim = 0;
        if (like == LK_ARG_VALUE) {
            const lk_tensor view = lk_view(NULL, input->dtype, input->ndim, input->shape);
            lk_call call = *modes;
            call.input = &view;
            if (lk_value_shape(term->loss, &call, &ndim, shape)) return error_library(e);
        } else {
            const array *source = &a->arrays[eval_slot(a, term, like)];
            ndim = source->ndim;
            memcpy(shape, source->shape, sizeof shape);
        }
        if (array_allocate(&a->arrays[slot], dtype ? dtype : input->dtype, ndim, shape,
                           a->paths[slot], LK_ARRAY_LIMIT, e))
            return -1;
    }
    return 0;
}

void eval_arrays_attach(eval_arrays *a, const expression_term *term, lk_call *call)
{
    for (int slot = 0; slot < SLOTS; slot++) {
        if (!a->paths[slot] || !eval_takes(a, term, slot)) continue;
        array *from = &a->arrays[slot];
        a->views[slot] = lk_view(from->data, from->dtype, from->ndim, from->shape);
        const size_t offset = lk_argument_describe(slot_argument(slot))->offset;
        *(const lk_tensor **)((char *)call + offset) = &a->views[slot];
    }
}

int eval_arrays_write(const eval_arrays *a, error *e)
{
    npy_output files[SLOTS];
    size_t n = 0;
    for (int slot = 0; slot < SLOTS; slot++) {
        const array *from = &a->arrays[slot];
        if (a->paths[slot] && slot_is_output(slot))
            files[n++] =
                (npy_output){a->paths[slot], from->data, from->dtype, from->ndim, from->shape};
    }
    return n ? write_arrays(files, n, e) : 0;
}

void eval_arrays_free(eval_arrays *a)
{
    for (int slot = 0; slot < SLOTS; slot++) array_free(&a->arrays[slot]);
}

const char *dtype_word(int dtype)
{
    switch (dtype) {
    case LK_F32:
        return "f32";
    case LK_F64:
        return "f64";
    case LK_F16:
        return "f16";
    case LK_BF16:
        return "bf16";
    default:
        return "integer";
    }
}
