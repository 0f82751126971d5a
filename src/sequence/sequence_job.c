/* sequence_job.c: checks of a call over sequences, before anything is written, and what all of
 * their engines read and write. */
#include "sequence_job.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "losskit.h"

/* ---- integers of the caller ---------------------------------------------------------------------
 */

/* By C-order index, of any type. */
static int64_t integer_at(const lk_array *array, int64_t index)
{
    const char *at = lk_array_run(array, index, 1).at;
    if (array->element == LK_ELEMENT_I32) return *(const int32_t *)(const void *)at;
    if (array->element == LK_ELEMENT_I64) return *(const int64_t *)(const void *)at;
    return *(const uint8_t *)at;
}

static lk_status check_integers(const char *loss, const char *name, const lk_array *array)
{
    if (array->element >= LK_ELEMENT_I32) return LK_OK;
    return lk_fail(LK_INVALID, "%s: %s is a floating array; it must be i32, i64 or u8", loss, name);
}

/* A product of `n` extents; the arrays that have them have been counted. */
static int64_t product(const int64_t *shape, int n)
{
    int64_t count = 1;
    for (int d = 0; d < n; d++) count *= shape[d];
    return count;
}

static void shape_text(const int64_t *shape, int n, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "[");
    for (int d = 0; d < n && used < size; d++)
        used += (size_t)snprintf(text + used, size - used, "%s%lld", d ? ", " : "",
                                 (long long)shape[d]);
    if (used < size) snprintf(text + used, size - used, "]");
}

static int has_shape(const lk_tensor *tensor, const int64_t *shape, int n)
{
    int same = tensor->ndim >= n;
    for (int d = 0; same && d < n; d++) same = tensor->shape[d] == shape[d];
    return same;
}

/* Checked lengths, each in [0, most]; a NULL tensor gives data NULL. */
static lk_status view_lengths(const char *loss, const char *name, const lk_tensor *tensor,
                              int leading, const int64_t *shape, int64_t most, lk_array *lengths)
{
    lengths->data = NULL;
    if (!tensor) return LK_OK;
    lk_status status = lk_array_input(loss, name, tensor, NULL, name, lengths);
    if (!status) status = check_integers(loss, name, lengths);
    if (status) return status;
    char wanted[128], place[256];
    shape_text(shape, leading, wanted, sizeof wanted);
    /* one sequence may have its length as a scalar or as a vector of one */
    const int is_one = leading == 0 && tensor->ndim == 1 && tensor->shape[0] == 1;
    if (!is_one && (tensor->ndim != leading || !has_shape(tensor, shape, leading)))
        return leading
                   ? lk_fail(LK_INVALID, "%s: %s needs the shape %s, one length for each sequence",
                             loss, name, wanted)
                   : lk_fail(LK_INVALID, "%s: %s is not one number, the length of one sequence",
                             loss, name);
    for (int64_t i = 0; i < product(shape, leading); i++) {
        const int64_t length = integer_at(lengths, i);
        if (length >= 0 && length <= most) continue;
        lk_place(tensor, i, place, sizeof place);
        return lk_fail(LK_OUT_OF_DOMAIN, "%s: %s%s = %lld is outside [0, %lld]", loss, name, place,
                       (long long)length, (long long)most);
    }
    return LK_OK;
}

/* The extents of the padded tensor, or the length of the vector; sets width. */
static lk_status read_width(lk_token_lists *l, int leading, const int64_t *shape)
{
    const lk_tensor *t = l->tensor;
    if (t->ndim == leading + 1 && has_shape(t, shape, leading)) {
        l->width = t->shape[leading];
        return LK_OK;
    }
    if (t->ndim == 1 && leading == 1) {
        l->width = -1;
        return l->lengths_tensor
                   ? LK_OK
                   : lk_fail(LK_INVALID, "%s: %s holds one sequence after the other: it needs %s",
                             l->loss, l->name, l->lengths_name);
    }
    char wanted[128];
    if (leading == 0)
        return lk_fail(LK_INVALID, "%s: %s has %d dimensions, not the one of a single sequence",
                       l->loss, l->name, (int)t->ndim);
    shape_text(shape, leading, wanted, sizeof wanted);
    return lk_fail(LK_INVALID, "%s: %s needs the shape %s and a dimension for its tokens%s",
                   l->loss, l->name, wanted,
                   leading == 1 ? ", or one dimension for all sequences" : "");
}

lk_status lk_view_tokens(const char *loss, const char *name, const lk_tensor *tensor,
                         const char *lengths_name, const lk_tensor *lengths, int leading,
                         const int64_t *shape, lk_token_lists *l)
{
    *l = (lk_token_lists){.loss = loss,
                          .name = name,
                          .lengths_name = lengths_name,
                          .tensor = tensor,
                          .lengths_tensor = lengths,
                          .count = product(shape, leading)};
    int64_t elements;
    lk_status status = lk_array_count(loss, name, tensor, &elements);
    if (!status) status = lk_array_input(loss, name, tensor, NULL, name, &l->array);
    if (!status) status = check_integers(loss, name, &l->array);
    if (!status) status = read_width(l, leading, shape);
    if (status) return status;
    const int64_t most = l->width < 0 ? tensor->shape[0] : l->width;
    status = view_lengths(loss, lengths_name, lengths, leading, shape, most, &l->lengths);
    if (status) return status;
    int64_t total = 0; /* of padded sequences nobody asks, and their sum may overflow */
    for (int64_t i = 0; i < l->count; i++) {
        const int64_t length = lk_token_count(l, i);
        l->longest = length > l->longest ? length : l->longest;
        if (l->width < 0 && total <= most) total += length;
    }
    if (l->width < 0 && total != most)
        return lk_fail(LK_INVALID, "%s: %s has %lld elements, but %s add up to %s%lld", loss, name,
                       (long long)most, lengths_name, total > most ? "at least " : "",
                       (long long)total);
    return LK_OK;
}

int64_t lk_token_count(const lk_token_lists *l, int64_t sequence)
{
    return l->lengths.data ? integer_at(&l->lengths, sequence) : l->width;
}

/* Of sequences one after the other this adds up the lengths before. */
static int64_t token_start(const lk_token_lists *l, int64_t sequence)
{
    if (l->width >= 0) return sequence * l->width;
    int64_t start = 0;
    for (int64_t i = 0; i < sequence; i++) start += lk_token_count(l, i);
    return start;
}

#define WIDEN(type)                  \
    for (size_t i = 0; i < r.n; i++) \
    tokens[i] = ((const type *)(const void *)r.at)[(int64_t)i * r.step]
void lk_token_read(const lk_token_lists *l, int64_t start, int64_t n, int64_t *tokens)
{
    while (n) {
        const lk_run r = lk_array_run(&l->array, start, (size_t)n);
        if (l->array.element == LK_ELEMENT_I32)
            WIDEN(int32_t);
        else if (l->array.element == LK_ELEMENT_I64)
            WIDEN(int64_t);
        else
            WIDEN(uint8_t);
        tokens += r.n;
        start += (int64_t)r.n;
        n -= (int64_t)r.n;
    }
}
#undef WIDEN

/* "[3, 5]" or, of a vector, "[17] (label 5 of sequence 3)". */
static void token_place(const lk_token_lists *l, int64_t sequence, int64_t index, char *text,
                        size_t size)
{
    lk_place(l->tensor, token_start(l, sequence) + index, text, size);
    const size_t used = strlen(text);
    if (l->width < 0)
        snprintf(text + used, size - used, " (label %lld of sequence %lld)", (long long)index,
                 (long long)sequence);
}

static lk_status wrong_label(const lk_sequence_job *j, int64_t sequence, int64_t index,
                             int64_t label, int64_t blank)
{
    char place[320];
    token_place(&j->target, sequence, index, place, sizeof place);
    if (blank >= 0 && label == blank)
        return lk_fail(LK_OUT_OF_DOMAIN, "%s: target%s = %lld is the blank", j->name, place,
                       (long long)label);
    return lk_fail(LK_OUT_OF_DOMAIN, "%s: target%s = %lld is outside [0, %lld)", j->name, place,
                   (long long)label, (long long)j->classes);
}

static lk_status check_list(const lk_sequence_job *j, int64_t n, int64_t start, int64_t length,
                            int64_t blank)
{
    int64_t labels[LK_CHUNK];
    for (int64_t done = 0; done < length; done += LK_CHUNK) {
        const int64_t rest = length - done, part = rest < LK_CHUNK ? rest : LK_CHUNK;
        lk_token_read(&j->target, start + done, part, labels);
        for (int64_t k = 0; k < part; k++)
            if (labels[k] < 0 || labels[k] >= j->classes || labels[k] == blank)
                return wrong_label(j, n, done + k, labels[k], blank);
    }
    return LK_OK;
}

lk_status lk_sequence_check_labels(const lk_sequence_job *j, int64_t blank)
{
    const lk_token_lists *l = &j->target;
    lk_status status = LK_OK;
    int64_t start = 0;
    for (int64_t n = 0; n < l->count && !status; n++) {
        const int64_t length = lk_token_count(l, n);
        status = check_list(j, n, l->width < 0 ? start : n * l->width, length, blank);
        start += length;
    }
    return status;
}

/* ---- checks -------------------------------------------------------------------------------------
 */

/* N, T, C and where the rows are; *leading: dimensions of what is there once for each sequence. */
static lk_status read_shape(lk_sequence_job *j, int is_list, int *leading)
{
    const lk_tensor *input = j->call->input;
    const int batched = is_list || input->ndim == 3;
    int64_t elements;
    const lk_status status = lk_array_count(j->name, "input", input, &elements);
    if (status) return status;
    if (is_list ? input->ndim != 2 : input->ndim != 2 && input->ndim != 3)
        return lk_fail(LK_INVALID, "%s: input has %d dimensions, not the %s", j->name,
                       (int)input->ndim, is_list ? "2 of [N, K]" : "3 of [T, N, C] or 2 of [T, C]");
    const int batch_first = (j->call->flags & LK_BATCH_FIRST) != 0 || is_list;
    const int time = batched && batch_first ? 1 : 0, batch = batch_first ? 0 : 1;
    j->count = batched ? input->shape[batch] : 1;
    j->frames = is_list ? 1 : input->shape[time];
    j->classes = input->shape[input->ndim - 1];
    j->frame_step = batch_first ? 1 : j->count;
    j->sequence_step = batch_first ? j->frames : 1;
    *leading = batched;
    if (j->classes < 1)
        return lk_fail(LK_INVALID, "%s: the rows of input have no %s", j->name,
                       is_list ? "hypotheses" : "classes");
    return LK_OK;
}

static lk_status view_units(lk_sequence_job *j, int leading)
{
    const lk_call *c = j->call;
    const lk_tensor units = lk_view(NULL, LK_F32, leading, &j->count);
    static const char frame[] = "the sequences of input";
    lk_status status = LK_OK;
    if (c->weight)
        status = lk_array_input(j->name, "weight", c->weight, &units, frame, &j->weights);
    if (!status && c->upstream)
        status = lk_array_input(j->name, "upstream", c->upstream, &units, frame, &j->upstream);
    if (!status && c->upstream && j->upstream.element > LK_ELEMENT_BF16)
        status = lk_fail(LK_INVALID, "%s: upstream is an integer array", j->name);
    if (!status && c->value)
        status = lk_array_output(j->name, "value", c->value, &units, frame, &j->values);
    return status;
}

static lk_status view_rows(lk_sequence_job *j)
{
    const lk_call *c = j->call;
    lk_status status = lk_array_input(j->name, "input", c->input, NULL, "input", &j->input);
    if (!status && j->input.element > LK_ELEMENT_BF16)
        status = lk_fail(
            LK_INVALID, "%s: input is an integer array; it must be f32, f64, f16 or bf16", j->name);
    if (!status && c->gradient)
        status = lk_array_output(j->name, "gradient", c->gradient, c->input, "input", &j->gradient);
    if (!status && c->curvature)
        status =
            lk_array_output(j->name, "curvature", c->curvature, c->input, "input", &j->curvature);
    return status;
}

/* An empty array lies nowhere, whatever its address. */
static lk_array place_of(const lk_array *array, const lk_tensor *tensor)
{
    lk_array place = *array;
    for (int d = 0; place.data && d < tensor->ndim; d++)
        if (tensor->shape[d] == 0) place.data = NULL;
    return place;
}

static lk_status check_overlaps(lk_sequence_job *j, const lk_array *hypotheses)
{
    const lk_call *c = j->call;
    const lk_array in[] = {place_of(&j->input, c->input),
                           place_of(&j->target.array, c->target),
                           place_of(&j->target.lengths, c->target_lengths),
                           place_of(&j->lengths, c->input_lengths),
                           place_of(hypotheses, c->hypotheses),
                           place_of(&j->weights, c->weight),
                           place_of(&j->upstream, c->upstream)};
    const lk_array out[] = {place_of(&j->values, c->value), place_of(&j->gradient, c->gradient),
                            place_of(&j->curvature, c->curvature)};
    const lk_named_array inputs[] = {{"input", &in[0]},          {"target", &in[1]},
                                     {"target_lengths", &in[2]}, {"input_lengths", &in[3]},
                                     {"hypotheses", &in[4]},     {"weight", &in[5]},
                                     {"upstream", &in[6]}};
    const lk_named_array outputs[] = {
        {"value", &out[0]}, {"gradient", &out[1]}, {"curvature", &out[2]}};
    return lk_check_overlaps(j->name, inputs, (int)(sizeof inputs / sizeof *inputs), outputs,
                             (int)(sizeof outputs / sizeof *outputs), &j->in_place);
}

static void choose_kernels(lk_sequence_job *j)
{
    const int wide = j->input.element == LK_ELEMENT_F64;
    j->isa = lk_isa_current();
    j->real_width = wide ? sizeof(double) : sizeof(float);
    j->kernels = wide ? j->isa->f64 : j->isa->f32;
}

lk_status lk_sequence_prepare(const lk_request *request, int is_list, lk_sequence_job *j)
{
    memset(j, 0, sizeof *j);
    j->request = request;
    j->call = request->call;
    j->name = request->info->name;
    j->params = request->params;
    const lk_call *c = j->call;
    int leading = 0;
    lk_array hypotheses = {.data = NULL};
    lk_status status = read_shape(j, is_list, &leading);
    if (!status) status = view_rows(j);
    if (!status) status = view_units(j, leading);
    if (!status)
        status = lk_view_tokens(j->name, "target", c->target, "target_lengths", c->target_lengths,
                                leading, &j->count, &j->target);
    if (!status)
        status = view_lengths(j->name, "input_lengths", c->input_lengths, leading, &j->count,
                              j->frames, &j->lengths);
    if (!status && c->hypotheses)
        status = lk_array_input(j->name, "hypotheses", c->hypotheses, NULL, "", &hypotheses);
    if (!status) status = check_overlaps(j, &hypotheses);
    if (!status) choose_kernels(j);
    return status;
}

lk_status lk_sequence_prepare_frames(const lk_call *call, const char *name, lk_sequence_job *j,
                                     int *leading)
{
    memset(j, 0, sizeof *j);
    j->call = call;
    j->name = name;
    lk_status status = read_shape(j, 0, leading);
    if (!status) status = view_rows(j);
    if (!status)
        status = view_lengths(name, "input_lengths", call->input_lengths, *leading, &j->count,
                              j->frames, &j->lengths);
    if (!status) choose_kernels(j);
    return status;
}

/* ---- rows ---------------------------------------------------------------------------------------
 */

int64_t lk_sequence_frames(const lk_sequence_job *j, int64_t n)
{
    return j->lengths.data ? integer_at(&j->lengths, n) : j->frames;
}

static int64_t first_of(const lk_sequence_job *j, int64_t n, int64_t t)
{
    return (n * j->sequence_step + t * j->frame_step) * j->classes;
}

void *lk_sequence_reach(const lk_sequence_job *j, const lk_array *array, int64_t n, int64_t t)
{
    return lk_array_reach(array, j->real_width, first_of(j, n, t), (size_t)j->classes);
}

void lk_sequence_load(const lk_sequence_job *j, const lk_array *array, int64_t n, int64_t t,
                      void *reals)
{
    lk_array_load(array, j->kernels, j->real_width, first_of(j, n, t), (size_t)j->classes, reals);
}

static void store(const lk_sequence_job *j, const lk_array *array, int64_t n, int64_t t,
                  const void *reals)
{
    lk_array_store(array, j->kernels, j->real_width, first_of(j, n, t), (size_t)j->classes, reals);
}

void lk_sequence_finish(const lk_sequence_job *j, const lk_array *array, int64_t n, int64_t t,
                        void *reals, void *room)
{
    if (!array->data) return;
    if (array == &j->curvature && j->call->flags & LK_CURVATURE_FLOOR)
        j->kernels->raise((size_t)j->classes, reals, j->call->curvature_floor * fabs(j->scale[n]));
    if (j->call->flags & LK_ACCUMULATE) {
        lk_sequence_load(j, array, n, t, room);
        j->kernels->add((size_t)j->classes, reals, room);
    }
    store(j, array, n, t, reals);
}

void lk_sequence_fill(const lk_sequence_job *j, int64_t n, int64_t t, double number, void *row,
                      void *room)
{
    const lk_array *const outputs[] = {&j->gradient, &j->curvature};
    for (int k = 0; k < 2; k++) {
        j->kernels->fill((size_t)j->classes, row, number);
        lk_sequence_finish(j, outputs[k], n, t, row, room);
    }
}

void lk_sequence_clear(const lk_sequence_job *j, int64_t n, int64_t first, void *zeros)
{
    const lk_array *const outputs[] = {&j->gradient, &j->curvature};
    if (j->call->flags & LK_ACCUMULATE) return;
    memset(zeros, 0, (size_t)j->classes * j->real_width);
    for (size_t k = 0; k < sizeof outputs / sizeof *outputs; k++)
        for (int64_t t = first; outputs[k]->data && t < j->frames; t++)
            store(j, outputs[k], n, t, zeros);
}

/* ---- weights and values -------------------------------------------------------------------------
 */

static double load_double(const lk_sequence_job *j, const lk_array *array, int64_t n)
{
    double x;
    lk_array_load(array, j->isa->f64, sizeof x, n, 1, &x);
    return x;
}

/* What LK_LENGTH_MEAN divides a sequence by. */
static double length_of(const lk_sequence_job *j, int64_t n)
{
    if (j->call->reduction != LK_LENGTH_MEAN) return 1;
    const int64_t length = lk_token_count(&j->target, n);
    return length > 1 ? (double)length : 1;
}

static double divisor_of(const lk_sequence_job *j)
{
    const lk_reduction r = j->call->reduction;
    double lanes[LK_LANES] = {0};
    if (r == LK_LENGTH_MEAN || r == LK_BATCH_MEAN) return (double)j->count;
    if (r == LK_WEIGHTED_MEAN) j->isa->f64->sum((size_t)j->count, j->weight, lanes);
    return lk_divisor(j->call, j->count, lk_add_lanes(lanes));
}

size_t lk_sequence_columns(const lk_sequence_job *j)
{
    return 4 * lk_padded((size_t)j->count * sizeof(double));
}

char *lk_sequence_begin(lk_sequence_job *j, char *workspace)
{
    double **const columns[] = {&j->weight, &j->scale, &j->value};
    const size_t bytes = lk_padded((size_t)j->count * sizeof(double));
    j->start = (int64_t *)(void *)workspace;
    for (int k = 0; k < 3; k++) *columns[k] = (double *)(void *)(workspace += bytes);
    for (int64_t n = 0, start = 0; n < j->count; n++) {
        j->start[n] = j->target.width < 0 ? start : n * j->target.width;
        start += lk_token_count(&j->target, n);
        j->weight[n] = j->weights.data ? load_double(j, &j->weights, n) : 1;
    }
    const double divisor = divisor_of(j);
    for (int64_t n = 0; n < j->count; n++) {
        const double upstream = j->upstream.data ? load_double(j, &j->upstream, n) : 1;
        const double factor = j->request->factor / divisor / length_of(j, n);
        const int counts = divisor != 0 && upstream != 0 && j->weight[n] != 0;
        j->scale[n] = counts ? factor * upstream * j->weight[n] : 0;
    }
    return workspace + bytes;
}

void lk_sequence_report(const lk_sequence_job *j)
{
    const size_t count = (size_t)j->count;
    double lanes[LK_LANES] = {0}, *const value = j->value;
    for (size_t n = 0; n < count; n++) value[n] = j->weight[n] == 0 ? 0 : j->weight[n] * value[n];
    if (j->values.data && count)
        lk_array_store(&j->values, j->isa->f64, sizeof(double), 0, count, value);
    for (size_t n = 0; n < count; n++) value[n] /= length_of(j, (int64_t)n);
    j->isa->f64->sum(count, value, lanes);
    const lk_totals totals = {lk_add_lanes(lanes), j->count};
    lk_report(j->call, &totals, divisor_of(j));
}
