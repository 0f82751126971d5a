/* rows_prepare.c: checks of a call over rows of class scores, before anything is written. */
#include <math.h>
#include <string.h>

#include "losskit.h"
#include "rows_job.h"

enum { SMALL_CLASSES = 96 }; /* up to here rows lie side by side even if a row is contiguous */

static int class_axis(const lk_call *c)
{
    const int ndim = c->input->ndim;
    if (ndim == 1 && c->class_axis == 1) return 0;
    return c->class_axis < 0 ? c->class_axis + ndim : c->class_axis;
}

/* The rows of a tensor that broadcasts to the input, and the step of its classes. */
static void split(const lk_rows_job *j, const lk_tensor *t, lk_planes *p)
{
    const int axis = class_axis(j->call) - (j->call->input->ndim - t->ndim);
    int64_t shape[LK_MAX_DIMS], strides[LK_MAX_DIMS];
    lk_tensor rows = *t;
    rows.ndim = 0;
    p->step = 0;
    for (int d = 0; d < t->ndim; d++) {
        if (d == axis) {
            p->step = t->shape[d] == 1 ? 0 : lk_tensor_step(t, d);
            continue;
        }
        shape[rows.ndim] = t->shape[d];
        strides[rows.ndim++] = lk_tensor_step(t, d);
    }
    rows.shape = shape;
    rows.strides = strides;
    /* cannot fail: the whole tensor has been checked */
    (void)lk_array_input(j->name, "tensor", &rows, &j->row_frame, "rows", &p->rows);
}

static lk_status planes_input(lk_rows_job *j, lk_argument_id id, lk_planes *p)
{
    const lk_tensor *t = lk_argument_of(j->call, id);
    const char *name = lk_argument_describe(id)->name;
    if (!t) return LK_OK;
    const lk_status status = lk_array_input(j->name, name, t, j->call->input, "input", &p->whole);
    if (status) return status;
    if (p->whole.element > LK_ELEMENT_BF16)
        return lk_fail(LK_INVALID, "%s: %s is an integer array; it must be f32, f64, f16 or bf16",
                       j->name, name);
    if (p->whole.data) split(j, t, p);
    return LK_OK;
}

static lk_status planes_output(lk_rows_job *j, lk_argument_id id, lk_planes *p)
{
    const lk_tensor *t = lk_argument_of(j->call, id);
    if (!t) return LK_OK;
    const lk_status status = lk_array_output(j->name, lk_argument_describe(id)->name, t,
                                             j->call->input, "input", &p->whole);
    if (!status && p->whole.data) split(j, t, p);
    return status;
}

static lk_status read_frame(lk_rows_job *j)
{
    const lk_tensor *input = j->call->input;
    int64_t n;
    const lk_status status = lk_array_count(j->name, "input", input, &n);
    if (status) return status;
    const int axis = class_axis(j->call);
    if (axis < 0 || axis >= input->ndim)
        return lk_fail(LK_INVALID, "%s: class_axis %d is not an axis of the %d-dimensional input",
                       j->name, (int)j->call->class_axis, (int)input->ndim);
    j->classes = input->shape[axis];
    if (j->classes < 1)
        return lk_fail(LK_INVALID, "%s: input has no classes (extent 0 in dimension %d)", j->name,
                       axis);
    j->row_frame = *input;
    j->row_frame.shape = j->row_shape;
    j->row_frame.strides = NULL;
    j->row_frame.ndim = 0;
    for (int d = 0; d < input->ndim; d++)
        if (d != axis) j->row_shape[j->row_frame.ndim++] = input->shape[d];
    j->rows = n / j->classes;
    return LK_OK;
}

/* Whether the loss takes a number for each class, and whether it must have one. */
static int takes_soft(int id)
{
    return id == LK_SOFTMAX_CROSS_ENTROPY || id == LK_KL_DIVERGENCE || id == LK_JS_DIVERGENCE;
}
static int takes_labels(int id) { return id != LK_KL_DIVERGENCE && id != LK_JS_DIVERGENCE; }

static lk_status read_target(lk_rows_job *j)
{
    const lk_tensor *t = j->call->target;
    const int id = j->request->id;
    if (!t) return LK_OK;
    const int floating = t->dtype.code == 2 || t->dtype.code == 4;
    if (floating && takes_soft(id)) {
        if (t->ndim != j->call->input->ndim)
            return lk_fail(LK_INVALID,
                           "%s: target holds numbers, so it needs the %d dimensions of input, "
                           "not %d; labels are i32, i64 or u8",
                           j->name, (int)j->call->input->ndim, (int)t->ndim);
        return planes_input(j, LK_ARG_TARGET, &j->target);
    }
    if (floating || !takes_labels(id))
        return lk_fail(LK_INVALID, "%s: target holds %s; this loss takes %s", j->name,
                       floating ? "floating numbers" : "integers", j->request->info->target);
    if (t->ndim != j->row_frame.ndim)
        return lk_fail(LK_INVALID,
                       "%s: target has %d dimensions; labels have the %d of input without the "
                       "class axis",
                       j->name, (int)t->ndim, (int)j->row_frame.ndim);
    return lk_array_input(j->name, "target", t, &j->row_frame, "the rows of input", &j->labels);
}

static lk_status read_rows(lk_rows_job *j)
{
    const lk_call *c = j->call;
    const char *frame = "the rows of input";
    lk_status status = LK_OK;
    if (c->weight)
        status = lk_array_input(j->name, "weight", c->weight, &j->row_frame, frame, &j->weight);
    if (!status && c->upstream && c->target)
        status =
            lk_array_input(j->name, "upstream", c->upstream, &j->row_frame, frame, &j->upstream);
    if (!status && c->value && c->target)
        status = lk_array_output(j->name, "value", c->value, &j->row_frame, frame, &j->value);
    if (status || !c->class_weight) return status;
    lk_array weights;
    if (c->class_weight->ndim != 1 || c->class_weight->shape[0] != j->classes)
        return lk_fail(LK_INVALID, "%s: class_weight needs the shape [%lld], one for each class",
                       j->name, (long long)j->classes);
    return lk_array_input(j->name, "class_weight", c->class_weight, NULL, "input", &weights);
}

static lk_status check_overlaps(lk_rows_job *j)
{
    const int given = j->value_given;
    const lk_planes absent = {.whole = {.data = NULL}};
    const lk_array *read = given ? &j->function_value.whole : &absent.whole;
    const lk_array *written = given ? &absent.whole : &j->function_value.whole;
    const lk_named_array in[] = {{"input", &j->input.whole},
                                 {"target", &j->target.whole},
                                 {"target", &j->labels},
                                 {"vector", &j->vector.whole},
                                 {"weight", &j->weight},
                                 {"upstream", &j->upstream},
                                 {"upstream", &j->function_upstream.whole},
                                 {"value", read}};
    const lk_named_array out[] = {{"value", &j->value},
                                  {"value", written},
                                  {"gradient", &j->gradient.whole},
                                  {"curvature", &j->curvature.whole},
                                  {"hessian_vector", &j->product.whole},
                                  {"target_gradient", &j->target_gradient.whole}};
    if (j->rows == 0) return LK_OK;
    return lk_check_overlaps(j->name, in, (int)(sizeof in / sizeof *in), out,
                             (int)(sizeof out / sizeof *out), &j->in_place);
}

/* A function's value, written or read. */
static lk_status read_function_value(lk_rows_job *j)
{
    const lk_call *c = j->call;
    j->value_given = (c->flags & LK_VALUE_GIVEN) != 0;
    if (j->value_given && !c->value)
        return lk_fail(LK_INVALID, "%s: value is NULL, yet LK_VALUE_GIVEN", j->name);
    if (j->value_given && (c->curvature || c->hessian_vector || c->result))
        return lk_fail(LK_UNSUPPORTED, "%s: %s is not there with LK_VALUE_GIVEN, only gradient is",
                       j->name,
                       c->curvature        ? "curvature"
                       : c->hessian_vector ? "hessian_vector"
                                           : "result");
    return planes_output(j, LK_ARG_VALUE, &j->function_value); /* of the input's shape */
}

static lk_status check_combination(const lk_rows_job *j)
{
    const lk_call *c = j->call;
    if (!c->vector != !c->hessian_vector)
        return lk_fail(LK_INVALID, "%s: vector and hessian_vector belong together: %s is NULL",
                       j->name, c->vector ? "hessian_vector" : "vector");
    if (c->target_gradient && !j->target.whole.data && j->rows)
        return lk_fail(LK_UNSUPPORTED,
                       "%s: labels have no gradient: target_gradient is for targets "
                       "that hold a number for each class",
                       j->name);
    if (c->target_gradient && j->softcap != 0)
        return lk_fail(LK_UNSUPPORTED, "%s: target_gradient is not there together with softcap",
                       j->name);
    return LK_OK;
}

/* Options of the cross-entropies, and with them the form of the computation. */
static void read_form(lk_rows_job *j)
{
    const int id = j->request->id;
    const double *p = j->params;
    const int cross_entropy = id == LK_SOFTMAX_CROSS_ENTROPY;
    j->form = LK_ROWS_OTHER;
    if (cross_entropy) {
        j->smoothing = p[0];
        j->z_loss = p[1];
        j->softcap = p[2];
        j->smooth_masked = p[3] != 0;
        j->form = p[0] > 0 || j->target.whole.data ? LK_ROWS_DENSE : LK_ROWS_LABEL;
    } else if (id == LK_KL_DIVERGENCE && p[0] != 0) {
        j->entropy = 1;
        j->log_target = p[1] != 0;
        j->form = LK_ROWS_DENSE;
    } else if (j->isa->f64->row->label_stage[id]) {
        j->form = LK_ROWS_LABEL;
    }
    j->weighs_mean = (cross_entropy || id == LK_NLL) && j->labels.data && j->call->class_weight;
}

/* Rows side by side when the classes are few or lie apart; row by row otherwise. */
static void plan(lk_rows_job *j)
{
    enum { TILE_BYTES = 32768, MOST_TILE = 1 << 20, WORK = 16384 };
    const int64_t bytes = j->classes * (int64_t)j->real_width;
    const int apart = j->input.step != 1 && j->classes > 1;
    j->lanes = 1;
    if (j->form != LK_ROWS_OTHER &&
        (j->classes <= SMALL_CLASSES || (apart && bytes * LK_LANES <= MOST_TILE))) {
        const int64_t room = TILE_BYTES / bytes, rows = j->rows + LK_LANES - 1;
        const int64_t fit = (room < rows ? room : rows) & ~(int64_t)(LK_LANES - 1);
        j->lanes = (size_t)(fit < LK_LANES ? LK_LANES : fit > LK_TILE_ROWS ? LK_TILE_ROWS : fit);
    }
    int64_t task = WORK / j->classes;
    const int64_t unit = (int64_t)j->lanes;
    task = task < unit ? unit : task - task % unit;
    j->batch = j->lanes > 1 ? j->lanes : (size_t)(task < LK_TILE_ROWS ? task : LK_TILE_ROWS);
    j->plan.n = j->rows;
    j->plan.task = task;
    j->plan.parallel = (double)j->rows * (double)j->classes >= LK_PARALLEL_FROM;
}

lk_status lk_rows_prepare(lk_rows_job *j, const lk_request *request)
{
    memset(j, 0, sizeof *j);
    j->request = request;
    j->call = request->call;
    j->name = request->info->name;
    j->params = request->params;
    lk_status status = read_frame(j);
    if (!status) status = planes_input(j, LK_ARG_INPUT, &j->input);
    if (!status) status = read_target(j);
    if (!status) status = planes_input(j, LK_ARG_VECTOR, &j->vector);
    if (!status && !j->call->target)
        status = planes_input(j, LK_ARG_UPSTREAM, &j->function_upstream);
    if (!status && !j->call->target) status = read_function_value(j);
    if (!status) status = planes_output(j, LK_ARG_GRADIENT, &j->gradient);
    if (!status) status = planes_output(j, LK_ARG_CURVATURE, &j->curvature);
    if (!status) status = planes_output(j, LK_ARG_HESSIAN_VECTOR, &j->product);
    if (!status) status = planes_output(j, LK_ARG_TARGET_GRADIENT, &j->target_gradient);
    if (!status) status = read_rows(j);
    if (!status) status = check_overlaps(j);
    if (status) return status;
    j->isa = lk_isa_current();
    const int wide = j->input.whole.element == LK_ELEMENT_F64;
    j->real_width = wide ? sizeof(double) : sizeof(float);
    j->kernels = wide ? j->isa->f64 : j->isa->f32;
    read_form(j);
    plan(j);
    return check_combination(j);
}

/* 0 <= y < classes in one comparison of unsigned numbers. */
static int64_t checked(int64_t y, int64_t ignored, int64_t classes)
{
    const int64_t inside = (uint64_t)y < (uint64_t)classes ? y : LK_LABEL_OUTSIDE;
    return y == ignored ? LK_LABEL_IGNORED : inside;
}

void lk_rows_labels(const lk_rows_job *j, int64_t first, size_t n, int64_t *labels)
{
    const int64_t ignored = j->call->ignore_index, classes = j->classes;
    const int64_t *wide = (const int64_t *)(void *)j->labels.data;
    if (j->labels.element == LK_ELEMENT_I64 && lk_array_is_contiguous(&j->labels)) {
        for (size_t i = 0; i < n; i++)
            labels[i] = checked(wide[first + (int64_t)i], ignored, classes);
        return;
    }
    double read[LK_CHUNK];
    for (size_t done = 0; done < n; done += LK_CHUNK) {
        const size_t part = n - done < LK_CHUNK ? n - done : (size_t)LK_CHUNK;
        lk_array_load(&j->labels, j->isa->f64, sizeof *read, first + (int64_t)done, part, read);
        for (size_t i = 0; i < part;
             i++) /* beyond 2^62 a label is outside, whatever it rounds to */
            labels[done + i] = fabs(read[i]) < 0x1p62 ? checked((int64_t)read[i], ignored, classes)
                                                      : LK_LABEL_OUTSIDE;
    }
}

lk_status lk_rows_explain_labels(const lk_rows_job *j)
{
    int64_t labels[LK_CHUNK];
    for (int64_t first = 0; first < j->rows; first += LK_CHUNK) {
        const int64_t rest = j->rows - first;
        const size_t n = rest < LK_CHUNK ? (size_t)rest : (size_t)LK_CHUNK;
        lk_rows_labels(j, first, n, labels);
        for (size_t i = 0; i < n; i++) {
            if (labels[i] != LK_LABEL_OUTSIDE) continue;
            char place[256];
            double label;
            lk_place(j->call->target, first + (int64_t)i, place, sizeof place);
            lk_array_load(&j->labels, j->isa->f64, sizeof label, first + (int64_t)i, 1, &label);
            return lk_fail(LK_OUT_OF_DOMAIN, "%s: target%s = %.17g is outside [0, %lld)", j->name,
                           place, label, (long long)j->classes);
        }
    }
    return LK_OK;
}
