/* linear.c: softmax losses on top of a linear layer: checks, workspace, and one chunk of rows after
 * the other (linear_chunk.c). */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "gemm.h"
#include "linear_job.h"
#include "losskit.h"

enum { ALIGNMENT = 64 };

/* ---- checks -------------------------------------------------------------------------------------
 */

static lk_status view(lk_linear_job *j, lk_argument_id id, const lk_tensor *frame, lk_array *array)
{
    const lk_tensor *t = lk_argument_of(j->call, id);
    const lk_argument *a = lk_argument_describe(id);
    if (!t) return LK_OK;
    const char *like = lk_argument_describe(a->like)->name;
    const lk_status status = a->output ? lk_array_output(j->name, a->name, t, frame, like, array)
                                       : lk_array_input(j->name, a->name, t, frame, like, array);
    if (!status && array->element > LK_ELEMENT_BF16)
        return lk_fail(LK_INVALID, "%s: %s is an integer array; it must be f32, f64, f16 or bf16",
                       j->name, a->name);
    return status;
}

static lk_status read_shapes(lk_linear_job *j)
{
    const lk_call *c = j->call;
    int64_t n;
    const lk_status status = lk_array_count(j->name, "input", c->input, &n);
    if (status) return status;
    if (c->input->ndim != 2 || c->weights->ndim != 2)
        return lk_fail(LK_INVALID, "%s: %s has %d dimensions; it needs two", j->name,
                       c->input->ndim != 2 ? "input" : "weights",
                       (int)(c->input->ndim != 2 ? c->input->ndim : c->weights->ndim));
    j->rows = c->input->shape[0];
    j->dims = c->input->shape[1];
    j->classes = c->weights->shape[0];
    if (c->weights->shape[1] != j->dims)
        return lk_fail(LK_INVALID, "%s: weights have %lld columns, input has %lld", j->name,
                       (long long)c->weights->shape[1], (long long)j->dims);
    if (j->dims < 1 || j->classes < 1 || j->dims > INT_MAX || j->classes > INT_MAX)
        return lk_fail(LK_INVALID, "%s: %lld classes and %lld features; each must be in [1, %d]",
                       j->name, (long long)j->classes, (long long)j->dims, INT_MAX);
    if (c->bias && (c->bias->ndim != 1 || c->bias->shape[0] != j->classes))
        return lk_fail(LK_INVALID, "%s: bias needs the shape [%lld]", j->name,
                       (long long)j->classes);
    if (c->bias_gradient && !c->bias)
        return lk_fail(LK_INVALID, "%s: bias_gradient without a bias", j->name);
    if (j->request->id == LK_LARGE_MARGIN_SOFTMAX &&
        j->request->params[0] != (double)(int)j->request->params[0])
        return lk_fail(LK_INVALID, "%s: m = %g is not a whole number", j->name,
                       j->request->params[0]);
    return LK_OK;
}

/* Labels, weights and the reduction are those of the losses over rows. */
static lk_status read_labels(lk_linear_job *j)
{
    lk_rows_job *l = &j->labels;
    const lk_call *c = j->call;
    const lk_tensor *frame = &l->row_frame;
    const char *name = "the rows of input";
    l->request = j->request;
    l->call = c;
    l->name = j->name;
    l->isa = j->isa;
    l->kernels = j->kernels;
    l->real_width = j->width;
    l->rows = l->plan.n = j->rows;
    l->classes = j->classes;
    l->row_shape[0] = j->rows;
    l->row_frame = *c->input;
    l->row_frame.ndim = 1;
    l->row_frame.shape = l->row_shape;
    l->row_frame.strides = NULL;
    l->weighs_mean = j->request->id == LK_LINEAR_CROSS_ENTROPY && c->class_weight;
    if (c->target->dtype.code == 2 || c->target->dtype.code == 4 || c->target->ndim != 1)
        return lk_fail(LK_INVALID,
                       "%s: target needs one label for each row: i32, i64 or u8, [%lld]", j->name,
                       (long long)j->rows);
    if (c->class_weight && (c->class_weight->ndim != 1 || c->class_weight->shape[0] != j->classes))
        return lk_fail(LK_INVALID, "%s: class_weight needs the shape [%lld], one for each class",
                       j->name, (long long)j->classes);
    lk_array class_weight;
    lk_status status = lk_array_input(j->name, "target", c->target, frame, name, &l->labels);
    if (!status && c->class_weight)
        status =
            lk_array_input(j->name, "class_weight", c->class_weight, NULL, "input", &class_weight);
    if (!status && c->weight)
        status = lk_array_input(j->name, "weight", c->weight, frame, name, &l->weight);
    if (!status && c->upstream)
        status = lk_array_input(j->name, "upstream", c->upstream, frame, name, &l->upstream);
    if (!status && c->value)
        status = lk_array_output(j->name, "value", c->value, frame, name, &j->value);
    return status;
}

static int is_direct(const lk_linear_job *j, const lk_array *a)
{
    const int element = j->width == sizeof(float) ? LK_ELEMENT_F32 : LK_ELEMENT_F64;
    return a->data && a->element == element && lk_array_is_contiguous(a);
}

static lk_status check_overlaps(lk_linear_job *j)
{
    const lk_named_array in[] = {{"input", &j->input},
                                 {"weights", &j->weights},
                                 {"bias", &j->bias},
                                 {"target", &j->labels.labels},
                                 {"weight", &j->labels.weight},
                                 {"upstream", &j->labels.upstream}};
    const lk_named_array out[] = {{"value", &j->value},
                                  {"gradient", &j->gradient},
                                  {"weights_gradient", &j->weights_gradient},
                                  {"bias_gradient", &j->bias_gradient}};
    int in_place = 0;
    const lk_status status =
        j->rows ? lk_check_overlaps(j->name, in, (int)(sizeof in / sizeof *in), out,
                                    (int)(sizeof out / sizeof *out), &in_place)
                : LK_OK;
    j->direct_input = is_direct(j, &j->input);
    j->direct_weights = is_direct(j, &j->weights);
    const int plain =
        !(lk_margin_is_angular(j) || lk_margin_is_cosine(j)) || !(j->call->flags & LK_ACCUMULATE);
    j->direct_weights_gradient = is_direct(j, &j->weights_gradient) && !in_place && plain;
    j->direct_gradient =
        is_direct(j, &j->gradient) && !in_place && !(j->call->flags & LK_ACCUMULATE);
    return status;
}

static lk_status prepare(lk_linear_job *j, const lk_request *request)
{
    memset(j, 0, sizeof *j);
    j->request = request;
    j->call = request->call;
    j->name = request->info->name;
    if (!lk_gemm_available())
        return lk_fail(LK_UNSUPPORTED, "%s: losskit was built without BLAS", j->name);
    lk_status status = read_shapes(j);
    if (!status) status = view(j, LK_ARG_INPUT, NULL, &j->input);
    if (!status) status = view(j, LK_ARG_WEIGHTS, NULL, &j->weights);
    if (!status) status = view(j, LK_ARG_BIAS, NULL, &j->bias);
    if (!status) status = view(j, LK_ARG_GRADIENT, j->call->input, &j->gradient);
    if (!status) status = view(j, LK_ARG_WEIGHTS_GRADIENT, j->call->weights, &j->weights_gradient);
    if (!status && j->call->bias)
        status = view(j, LK_ARG_BIAS_GRADIENT, j->call->bias, &j->bias_gradient);
    if (status) return status;
    j->isa = lk_isa_current();
    j->width = j->input.element == LK_ELEMENT_F64 ? sizeof(double) : sizeof(float);
    j->kernels = j->width == sizeof(double) ? j->isa->f64 : j->isa->f32;
    status = read_labels(j);
    if (!status) status = check_overlaps(j);
    if (!status) lk_linear_cut(j);
    return status;
}

/* ---- the whole ----------------------------------------------------------------------------------
 */

void lk_linear_finish(const lk_linear_job *j, const lk_array *array, int64_t at, int64_t n,
                      char *reals)
{
    char old[LK_CHUNK * sizeof(double)];
    for (int64_t done = 0; done < n; done += LK_CHUNK) {
        const size_t count = (size_t)(n - done < LK_CHUNK ? n - done : LK_CHUNK);
        char *here = reals + (size_t)done * j->width;
        if (j->call->flags & LK_ACCUMULATE) {
            lk_array_load(array, j->kernels, j->width, at + done, count, old);
            j->kernels->add(count, here, old);
        }
        lk_array_store(array, j->kernels, j->width, at + done, count, here);
    }
}

static void *take(char *base, size_t *used, int needed, int64_t count, size_t width)
{
    const size_t at = *used;
    if (!needed) return NULL;
    *used += ((size_t)count * width + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    return base ? base + at : NULL;
}

static size_t lay_out(lk_linear_job *j, char *base)
{
    const int margin = lk_margin_is_angular(j) || lk_margin_is_cosine(j);
    const int64_t all = j->classes * j->dims, chunk = j->chunk * j->dims;
    const int64_t blocks = lk_linear_blocks(j);
    const int dw = j->call->weights_gradient && !j->direct_weights_gradient;
    const size_t real = j->width, wide = sizeof(double);
    size_t used = 0;
    j->w = take(base, &used, !j->direct_weights, all, real);
    j->dw = take(base, &used, dw, all, real);
    j->b = take(base, &used, j->call->bias != NULL, j->classes, real);
    j->db = take(base, &used, j->call->bias_gradient != NULL, j->classes, wide);
    j->x_room = take(base, &used, !j->direct_input, chunk, real);
    j->dx_room = take(base, &used, j->call->gradient && !j->direct_gradient, chunk, real);
    j->scores = take(base, &used, 1, j->chunk * j->classes, real);
    j->label = take(base, &used, 1, j->chunk, sizeof(int64_t));
    j->weight = take(base, &used, 1, j->chunk, wide);
    j->upstream = take(base, &used, 1, j->chunk, wide);
    j->values = take(base, &used, 1, j->chunk, wide);
    j->x_norm = take(base, &used, margin, j->chunk, wide);
    j->w_norm = take(base, &used, margin, j->classes, wide);
    j->along_x = take(base, &used, margin, j->chunk, wide);
    j->along_w = take(base, &used, margin, j->classes, wide);
    j->labels.class_weight = take(base, &used, j->call->class_weight != NULL, j->classes, wide);
    j->block_sums = take(base, &used, 1, blocks, sizeof *j->block_sums);
    j->block_dw =
        take(base, &used, j->sums_blocks && j->call->weights_gradient, blocks * all, real);
    j->block_db =
        take(base, &used, j->sums_blocks && j->call->bias_gradient, blocks * j->classes, wide);
    return used;
}

static void load_parameters(lk_linear_job *j)
{
    const size_t all = (size_t)(j->classes * j->dims);
    if (j->direct_weights)
        j->w = j->weights.data;
    else
        lk_array_load(&j->weights, j->kernels, j->width, 0, all, j->w);
    if (j->direct_weights_gradient) j->dw = j->weights_gradient.data;
    j->adds_weights = j->direct_weights_gradient && j->call->flags & LK_ACCUMULATE;
    /* Else the first product overwrites it. */
    if (j->dw && !j->adds_weights && (j->sums_blocks || !j->rows)) memset(j->dw, 0, all * j->width);
    if (j->b) lk_array_load(&j->bias, j->kernels, j->width, 0, (size_t)j->classes, j->b);
    if (j->db) memset(j->db, 0, (size_t)j->classes * sizeof *j->db);
    if (j->w_norm) lk_margin_begin(j);
}

static void store_parameters(lk_linear_job *j)
{
    if (j->dw && j->w_norm) lk_margin_finish_weights(j);
    if (j->dw && !j->direct_weights_gradient)
        lk_linear_finish(j, &j->weights_gradient, 0, j->classes * j->dims, j->dw);
    for (int64_t c = 0; j->db && c < j->classes; c++) {
        double sum = j->db[c], old;
        lk_array_load(&j->bias_gradient, j->isa->f64, sizeof old, c, 1, &old);
        if (j->call->flags & LK_ACCUMULATE) sum += old;
        lk_array_store(&j->bias_gradient, j->isa->f64, sizeof sum, c, 1, &sum);
    }
}

static lk_status compute(lk_linear_job *j)
{
    double divisor;
    lk_totals totals = {0, 0};
    lk_array class_weight;
    if (j->call->class_weight) {
        const lk_status status = lk_array_input(j->name, "class_weight", j->call->class_weight,
                                                NULL, "input", &class_weight);
        if (status) return status;
        lk_array_load(&class_weight, j->isa->f64, sizeof(double), 0, (size_t)j->classes,
                      j->labels.class_weight);
    }
    lk_status status = lk_rows_explain_labels(&j->labels);
    if (!status) status = lk_rows_divisor(&j->labels, &divisor);
    if (status) return status;
    j->scale = divisor == 0 ? 0 : j->request->factor / divisor;
    load_parameters(j);
    for (j->first = 0; !status && j->first < j->rows; j->first += j->chunk) {
        const int64_t rest = j->rows - j->first;
        j->n = rest < j->chunk ? rest : j->chunk;
        status = lk_linear_chunk(j, &totals);
        j->adds_weights = 1;
    }
    if (status) return status;
    store_parameters(j);
    lk_report(j->call, &totals, divisor);
    return LK_OK;
}

lk_status lk_run_linear(const lk_request *request, size_t *bytes)
{
    lk_linear_job j;
    void *workspace, *own;
    lk_status status = prepare(&j, request);
    if (status) return status;
    /* Addresses that are told apart and never followed: the row engine only sizes its workspace. */
    const size_t room = lay_out(&j, (char *)(uintptr_t)ALIGNMENT);
    j.n = j.block;
    if (j.rows) status = lk_linear_run_rows(&j, NULL, &j.rows_bytes);
    if (status) return status;
    j.rows_bytes = lk_padded(j.rows_bytes);
    const size_t needed = room + (size_t)lk_linear_blocks(&j) * j.rows_bytes + LK_WORKSPACE_SLACK;
    if (bytes) {
        *bytes = needed;
        return LK_OK;
    }
    status = lk_take_workspace(request, needed, &workspace, &own);
    if (status) return status;
    (void)lay_out(&j, workspace);
    j.rows_workspace = (char *)workspace + room;
    lk_gemm_begin();
    status = compute(&j);
    lk_gemm_end();
    free(own);
    return status;
}
