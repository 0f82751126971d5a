#include "random_problem.h"

#include "parameters.h"
#include "random_sequences.h"

#include <math.h>
#include <string.h>

static int two(int64_t a, int64_t b, int64_t *shape)
{
    shape[0] = a;
    shape[1] = b;
    return 2;
}

static int input_shape(const random_problem *p, int64_t *shape)
{
    const problem_size *s = &p->size;
    switch (p->info->kind) {
    case LK_KIND_ROWS:
        return two(s->rows, s->classes, shape);
    case LK_KIND_SEQUENCE:
        return sequence_shape_of(p, LK_ARG_INPUT, shape);
    case LK_KIND_REGION:
        shape[2] = s->dims;
        return two(s->rows, s->classes, shape) + 1;
    case LK_KIND_POINTWISE:
        shape[0] = s->rows;
        return 1;
    default:
        return two(s->rows, s->dims, shape);
    }
}

static int has_labels(const random_problem *p)
{
    const lk_kind kind = p->info->kind;
    if (kind == LK_KIND_EMBEDDING) return p->info->target_domain.kind != 2;
    return (kind == LK_KIND_ROWS || kind == LK_KIND_LINEAR) && !p->soft;
}

static int is_integers(const random_problem *p, lk_argument_id id)
{
    if (p->info->kind == LK_KIND_SEQUENCE) return sequence_is_integers(id);
    return id == LK_ARG_TARGET && has_labels(p);
}

static int value_shape(const random_problem *p, int ndim, int64_t *input, int64_t *shape)
{
    const lk_tensor view = lk_view(NULL, LK_F64, ndim, input);
    lk_call call = p->call;
    call.input = &view;
    int32_t units = 0;
    return lk_value_shape(p->loss, &call, &units, shape) ? 0 : units;
}

static int shape_of(const random_problem *p, lk_argument_id id, int64_t *shape)
{
    const problem_size *s = &p->size;
    const lk_argument *argument = lk_argument_describe(id);
    int64_t input[LK_ARRAY_MAX_DIMS];
    if (argument->output && id != LK_ARG_VALUE) return shape_of(p, argument->like, shape);
    if (is_integers(p, id) && p->info->kind == LK_KIND_SEQUENCE)
        return sequence_shape_of(p, id, shape);
    switch (id) {
    case LK_ARG_TARGET:
        if (!has_labels(p) && p->info->kind != LK_KIND_EMBEDDING) return input_shape(p, shape);
        shape[0] = s->rows;
        return 1;
    case LK_ARG_WEIGHT:
    case LK_ARG_UPSTREAM:
    case LK_ARG_VALUE:
        return value_shape(p, input_shape(p, input), input, shape);
    case LK_ARG_CLASS_WEIGHT:
    case LK_ARG_BIAS:
        shape[0] = s->classes;
        return 1;
    case LK_ARG_WEIGHTS:
    case LK_ARG_CENTERS:
        return two(s->classes, s->dims, shape);
    default:
        return input_shape(p, shape);
    }
}

int random_problem_create(random_problem *p, lk_loss loss, int dtype, const problem_size *size,
                          int soft, const lk_call *modes, error *e)
{
    memset(p, 0, sizeof *p);
    p->loss = loss;
    p->info = lk_loss_describe(loss);
    p->takes = lk_loss_takes(loss, &p->needs);
    p->size = *size;
    p->soft = soft;
    p->call = *modes;
    for (int id = 0; id < LK_ARGUMENTS; id++) {
        int64_t shape[LK_ARRAY_MAX_DIMS];
        if (!(p->takes >> id & 1)) continue;
        const int ndim = shape_of(p, (lk_argument_id)id, shape);
        const int type = is_integers(p, (lk_argument_id)id) ? LK_I64 : dtype;
        array *a = &p->arrays[id];
        if (array_allocate(a, type, ndim, shape, p->info->name, LK_ARRAY_LIMIT, e)) return -1;
        memset(a->data, 0, (size_t)a->count * dtype_size(type));
        p->views[id] = lk_view(a->data, type, a->ndim, a->shape);
    }
    double presets[LK_MAX_PARAMS];
    for (int k = 0; k < p->info->n_params; k++) presets[k] = p->info->params[k].preset;
    random_problem_set_blank(p, presets);
    return 0;
}

/* The labels that are there may be the new blank. */
void random_problem_set_blank(random_problem *p, const double *params)
{
    const int k = parameter_find(p->info, "blank");
    p->blank = k < 0 ? -1 : params[k] < 0 ? p->size.classes - 1 : (int64_t)params[k];
    for (int64_t i = 0; k >= 0 && i < p->arrays[LK_ARG_TARGET].count; i++)
        random_problem_set(p, LK_ARG_TARGET, i, p->blank == 0);
}

void random_problem_free(random_problem *p)
{
    for (int id = 0; id < LK_ARGUMENTS; id++) array_free(&p->arrays[id]);
}

int random_problem_is_available(lk_loss loss)
{
    static const problem_size size = {2, 2, 2};
    const lk_call modes = LK_CALL_INIT;
    random_problem p;
    error ignored;
    size_t bytes;
    lk_status status = LK_OK;
    if (!random_problem_create(&p, loss, LK_F64, &size, 0, &modes, &ignored)) {
        random_problem_attach(&p, p.needs);
        status = lk_workspace_size(loss, NULL, 0, &p.call, &bytes);
    }
    random_problem_free(&p);
    return status != LK_UNSUPPORTED;
}

uint32_t random_problem_needs(const random_problem *p)
{
    const uint32_t lengths =
        1u << LK_ARG_INPUT_LENGTHS | 1u << LK_ARG_TARGET_LENGTHS | 1u << LK_ARG_HYPOTHESIS_LENGTHS;
    return p->needs | (p->takes & lengths);
}

void random_problem_attach(random_problem *p, uint32_t set)
{
    for (int id = 0; id < LK_ARGUMENTS; id++) {
        const size_t offset = lk_argument_describe((lk_argument_id)id)->offset;
        *(const lk_tensor **)((char *)&p->call + offset) =
            set & p->takes & 1u << id ? &p->views[id] : NULL;
    }
}

double random_problem_get(const random_problem *p, lk_argument_id id, int64_t i)
{
    const array *a = &p->arrays[id];
    return a->dtype == LK_F64   ? ((const double *)a->data)[i]
           : a->dtype == LK_F32 ? (double)((const float *)a->data)[i]
                                : (double)((const int64_t *)a->data)[i];
}

void random_problem_set(random_problem *p, lk_argument_id id, int64_t i, double x)
{
    const array *a = &p->arrays[id];
    if (a->dtype == LK_F64)
        ((double *)a->data)[i] = x;
    else if (a->dtype == LK_F32)
        ((float *)a->data)[i] = (float)x;
    else
        ((int64_t *)a->data)[i] = (int64_t)x;
}

static double draw_label(const random_problem *p, lk_random *r)
{
    return floor(lk_random_unit(r) * (double)p->size.classes);
}

static double draw_number(const random_problem *p, lk_argument_id id, lk_random *r, double reach)
{
    static const lk_domain reals = {-HUGE_VAL, HUGE_VAL, 0};
    switch (id) {
    case LK_ARG_TARGET:
        return has_labels(p) ? draw_label(p, r)
               : p->soft     ? 0.05 + lk_random_unit(r)
                             : random_in_domain(r, &p->info->target_domain, 3);
    case LK_ARG_AUXILIARY:
        return random_in_domain(r, &p->info->auxiliary_domain, 2);
    case LK_ARG_WEIGHT:
    case LK_ARG_CLASS_WEIGHT:
        return 0.5 + lk_random_unit(r);
    case LK_ARG_MASK:
        return lk_random_unit(r) < 0.75;
    case LK_ARG_UPSTREAM:
    case LK_ARG_VECTOR:
        return random_in_domain(r, &reals, 2);
    default:
        return random_in_domain(r, &p->info->input_domain, reach);
    }
}

void random_problem_draw(random_problem *p, lk_random *r, double reach)
{
    const int is_sequence = p->info->kind == LK_KIND_SEQUENCE;
    for (int id = 0; id < LK_ARG_VALUE; id++)
        for (int64_t i = 0; i < p->arrays[id].count; i++)
            if (!(is_sequence && sequence_is_integers((lk_argument_id)id)))
                random_problem_set(p, (lk_argument_id)id, i,
                                   draw_number(p, (lk_argument_id)id, r, reach));
    if (is_sequence) sequence_draw(p, r);
    if (p->soft && p->takes >> LK_ARG_TARGET & 1) random_problem_normalize(p, LK_ARG_TARGET, 0);
}

void random_problem_normalize(random_problem *p, lk_argument_id id, int logarithms)
{
    const int64_t n = p->arrays[id].count, classes = p->size.classes;
    for (int64_t first = 0; first + classes <= n; first += classes) {
        double sum = 0;
        for (int64_t i = first; i < first + classes; i++) {
            const double x = random_problem_get(p, id, i);
            sum += logarithms ? exp(x) : x;
        }
        for (int64_t i = first; i < first + classes; i++) {
            const double x = random_problem_get(p, id, i);
            random_problem_set(p, id, i, logarithms ? x - log(sum) : x / sum);
        }
    }
}
