/* feature_rows.c: checks of a call over features, before anything is written, and what both engines
 * read of its rows. */
#include "feature_rows.h"

#include <math.h>
#include <stdio.h>

#include "isa.h"
#include "losskit.h"

enum { INPUTS = 7, OUTPUTS = 6, SCAN_TASK = 4096 };

static lk_status check_shape(const char *loss, const char *name, const lk_tensor *t, int64_t rows,
                             int64_t columns)
{
    if (t->ndim != 2)
        return lk_fail(LK_INVALID, "%s: %s has %d dimensions, not 2", loss, name, (int)t->ndim);
    if ((rows >= 0 && t->shape[0] != rows) || t->shape[1] != columns)
        return lk_fail(LK_INVALID, "%s: %s has shape [%lld, %lld] for an input with rows of %lld",
                       loss, name, (long long)t->shape[0], (long long)t->shape[1],
                       (long long)columns);
    return LK_OK;
}

static lk_status check_floating(const char *loss, const char *name, const lk_array *array)
{
    if (array->element <= LK_ELEMENT_BF16) return LK_OK;
    return lk_fail(LK_INVALID, "%s: %s is an integer array; it must be f32, f64, f16 or bf16", loss,
                   name);
}

/* rows < 0: any number. */
static lk_status view_matrix(lk_features *f, const char *name, const lk_tensor *t, int64_t rows,
                             lk_array *array)
{
    array->data = NULL;
    if (!t) return LK_OK;
    lk_status status = lk_array_input(f->name, name, t, NULL, name, array);
    if (!status) status = check_shape(f->name, name, t, rows, f->d);
    return status ? status : check_floating(f->name, name, array);
}

static lk_status view_units(lk_features *f, const char *name, const lk_tensor *t, lk_array *array)
{
    const lk_tensor rows = lk_vector(NULL, LK_F32, &f->n);
    array->data = NULL;
    return t ? lk_array_input(f->name, name, t, &rows, "the rows of input", array) : LK_OK;
}

static lk_status view_inputs(lk_features *f)
{
    const lk_call *c = f->call;
    lk_status status = lk_array_count(f->name, "input", c->input, &f->n);
    if (status) return status;
    if (c->input->ndim != 2)
        return lk_fail(LK_INVALID, "%s: input has %d dimensions, not the 2 of [N, D]", f->name,
                       (int)c->input->ndim);
    f->n = c->input->shape[0];
    f->d = c->input->shape[1];
    if (f->d == 0) return lk_fail(LK_INVALID, "%s: the rows of input have no features", f->name);
    f->classes = 0;
    status = view_matrix(f, "input", c->input, f->n, &f->input);
    if (!status) status = view_matrix(f, "other", c->other, f->n, &f->other);
    if (!status) status = view_matrix(f, "negative", c->negative, f->n, &f->negative);
    if (!status) status = view_matrix(f, "centers", c->centers, -1, &f->centers);
    if (!status && c->centers) f->classes = c->centers->shape[0];
    if (!status) status = view_units(f, "target", c->target, &f->target);
    if (!status) status = view_units(f, "weight", c->weight, &f->weight);
    if (!status) status = view_units(f, "upstream", c->upstream, &f->upstream);
    if (!status && c->upstream) status = check_floating(f->name, "upstream", &f->upstream);
    if (!status && c->target && f->labels && f->target.element <= LK_ELEMENT_BF16)
        status =
            lk_fail(LK_INVALID, "%s: target holds classes; it must be i32, i64 or u8", f->name);
    return status;
}

static lk_status view_outputs(lk_features *f)
{
    const lk_call *c = f->call;
    const lk_tensor rows = lk_vector(NULL, LK_F32, &f->n);
    const struct {
        const char *name;
        const lk_tensor *tensor, *frame;
        const char *frame_name;
        lk_array *array;
    } outputs[OUTPUTS] = {
        {"value", c->value, &rows, "the rows of input", &f->value},
        {"gradient", c->gradient, c->input, "input", &f->gradient},
        {"curvature", c->curvature, c->input, "input", &f->curvature},
        {"other_gradient", c->other_gradient, c->other, "other", &f->other_gradient},
        {"negative_gradient", c->negative_gradient, c->negative, "negative", &f->negative_gradient},
        {"center_step", c->center_step, c->centers, "centers", &f->center_step},
    };
    for (int k = 0; k < OUTPUTS; k++) {
        outputs[k].array->data = NULL;
        if (!outputs[k].tensor) continue;
        const lk_status status =
            lk_array_output(f->name, outputs[k].name, outputs[k].tensor, outputs[k].frame,
                            outputs[k].frame_name, outputs[k].array);
        if (status) return status;
    }
    return LK_OK;
}

/* The centers are read for every row, so that no output of the rows may replace them. */
static lk_status check_overlaps(lk_features *f)
{
    const lk_named_array inputs[INPUTS] = {{"input", &f->input},       {"other", &f->other},
                                           {"negative", &f->negative}, {"target", &f->target},
                                           {"weight", &f->weight},     {"upstream", &f->upstream},
                                           {"centers", &f->centers}};
    const lk_named_array outputs[OUTPUTS] = {{"center_step", &f->center_step},
                                             {"value", &f->value},
                                             {"gradient", &f->gradient},
                                             {"curvature", &f->curvature},
                                             {"other_gradient", &f->other_gradient},
                                             {"negative_gradient", &f->negative_gradient}};
    const lk_status status =
        lk_check_overlaps(f->name, inputs, INPUTS, outputs, OUTPUTS, &f->in_place);
    int same;
    for (int k = 1; !status && f->centers.data && k < OUTPUTS; k++)
        if (outputs[k].array->data && lk_array_overlap(outputs[k].array, &f->centers, &same))
            return lk_fail(LK_INVALID, "%s: %s overlaps centers", f->name, outputs[k].name);
    return status;
}

lk_status lk_prepare_features(const lk_request *request, lk_features *f)
{
    const lk_isa *isa = lk_isa_current();
    f->request = request;
    f->call = request->call;
    f->name = request->info->name;
    f->labels = request->info->target_domain.kind != 2;
    f->in_place = 0;
    f->scale = 0;
    lk_status status = view_inputs(f);
    if (!status) status = view_outputs(f);
    if (!status && f->n && (f->classes || !f->call->centers)) status = check_overlaps(f);
    if (status) return status;
    f->wide = isa->f64;
    f->real_width = f->input.element == LK_ELEMENT_F64 ? sizeof(double) : sizeof(float);
    f->reals = f->real_width == sizeof(double) ? isa->f64 : isa->f32;
    return LK_OK;
}

int lk_rows_are_direct(const lk_features *f, const lk_array *a, int64_t *step)
{
    const int element = f->real_width == sizeof(float) ? LK_ELEMENT_F32 : LK_ELEMENT_F64;
    const int contiguous = a->ndim == 0 || a->step[0] == 1 || f->d == 1;
    *step = a->ndim == 2 ? a->step[1] : f->d == 1 && a->ndim ? a->step[0] : f->d;
    return a->element == element && contiguous && (a->ndim < 2 || a->shape[0] == f->d);
}

int64_t lk_label_at(const lk_features *f, int64_t row)
{
    const lk_array *t = &f->target;
    const char *at = t->data + (t->ndim ? row * t->step[0] * t->width : 0);
    if (t->element == LK_ELEMENT_I32) return *(const int32_t *)(const void *)at;
    if (t->element == LK_ELEMENT_I64) return *(const int64_t *)(const void *)at;
    return *(const uint8_t *)at;
}

int lk_takes_part(const lk_features *f, int64_t row)
{
    return !f->labels || !f->target.data || lk_label_at(f, row) != f->call->ignore_index;
}

void lk_row_weights(const lk_features *f, int64_t first, size_t n, double *weight, double *scale)
{
    double factor[LK_CHUNK];
    f->wide->fill(n, weight, 1);
    f->wide->fill(n, scale, f->scale);
    if (f->weight.data) lk_array_load(&f->weight, f->wide, sizeof(double), first, n, weight);
    for (size_t i = 0; f->labels && f->target.data && i < n; i++)
        if (!lk_takes_part(f, first + (int64_t)i)) weight[i] = 0;
    if (f->upstream.data) {
        lk_array_load(&f->upstream, f->wide, sizeof(double), first, n, factor);
        f->wide->weigh(n, scale, factor);
    }
    f->wide->weigh(n, scale, weight);
}

static int is_wrong_label(const lk_features *f, int64_t row)
{
    const int64_t label = lk_label_at(f, row);
    return f->centers.data && label != f->call->ignore_index && (label < 0 || label >= f->classes);
}

static int is_wrong_number(const lk_domain *domain, double y)
{
    return y != domain->lowest && y != domain->highest && !isnan(y);
}

/* Where the first wrong target is; n when there is none. */
static int64_t first_wrong(const lk_features *f, int64_t first, int64_t n)
{
    double y[LK_CHUNK];
    for (int64_t i = 0; f->labels && f->target.data && i < n; i++)
        if (is_wrong_label(f, first + i)) return i;
    for (int64_t done = 0; !f->labels && f->target.data && done < n; done += LK_CHUNK) {
        const int64_t part = n - done < LK_CHUNK ? n - done : LK_CHUNK;
        lk_array_load(&f->target, f->wide, sizeof(double), first + done, (size_t)part, y);
        for (int64_t i = 0; i < part; i++)
            if (is_wrong_number(&f->request->info->target_domain, y[i])) return done + i;
    }
    return n;
}

static lk_status complain(const lk_features *f)
{
    const lk_domain *domain = &f->request->info->target_domain;
    const int64_t row = first_wrong(f, 0, f->n);
    double y;
    if (f->labels)
        return lk_fail(LK_OUT_OF_DOMAIN, "%s: target[%lld] = %lld is outside [0, %lld)", f->name,
                       (long long)row, (long long)lk_label_at(f, row), (long long)f->classes);
    lk_array_load(&f->target, f->wide, sizeof y, row, 1, &y);
    return lk_fail(LK_OUT_OF_DOMAIN, "%s: target[%lld] = %g is neither %g nor %g", f->name,
                   (long long)row, y, domain->lowest, domain->highest);
}

static int scan_task(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                     int64_t *count)
{
    const lk_features *f = context;
    double weight[LK_CHUNK], scale[LK_CHUNK];
    (void)scratch;
    if (first_wrong(f, first, (int64_t)n) < (int64_t)n) return 1;
    for (size_t done = 0; done < n; done += LK_CHUNK) {
        const size_t part = n - done < LK_CHUNK ? n - done : (size_t)LK_CHUNK;
        lk_row_weights(f, first + (int64_t)done, part, weight, scale);
        f->wide->sum(part, weight, lanes);
        for (size_t i = 0; i < part; i++) *count += lk_takes_part(f, first + (int64_t)(done + i));
    }
    return 0;
}

lk_status lk_scan_rows(lk_features *f, lk_totals *totals)
{
    const lk_task_plan plan = {.n = f->n, .task = SCAN_TASK, .parallel = f->n >= LK_PARALLEL_FROM};
    totals->sum = (double)f->n;
    totals->count = f->n;
    if (!f->n || (!f->target.data && !f->weight.data)) return LK_OK;
    return lk_run_tasks(&plan, scan_task, f, totals) ? complain(f) : LK_OK;
}
