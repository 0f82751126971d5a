/* tensor_view.c: from DLPack tensors to merged, checked views. */
#include "tensor_view.h"

#include <stdio.h>

#include "losskit.h"

static const struct {
    int code, bits, element;
} dtypes[] = {
    {2, 32, LK_ELEMENT_F32},  {2, 64, LK_ELEMENT_F64}, {2, 16, LK_ELEMENT_F16},
    {4, 16, LK_ELEMENT_BF16}, {0, 32, LK_ELEMENT_I32}, {0, 64, LK_ELEMENT_I64},
    {1, 8, LK_ELEMENT_U8},    {6, 8, LK_ELEMENT_U8},
};

static lk_status check_tensor(const char *loss, const char *name, const lk_tensor *t, int *element)
{
    if (t->device.type != 1)
        return lk_fail(LK_INVALID, "%s: %s is on device type %d; losskit computes on the CPU (1)",
                       loss, name, (int)t->device.type);
    if (t->ndim < 0 || t->ndim > LK_MAX_DIMS)
        return lk_fail(LK_INVALID, "%s: %s has %d dimensions; 0 to %d are supported", loss, name,
                       (int)t->ndim, (int)LK_MAX_DIMS);
    if (t->ndim > 0 && !t->shape)
        return lk_fail(LK_INVALID, "%s: %s has %d dimensions but no shape", loss, name,
                       (int)t->ndim);
    for (int d = 0; d < t->ndim; d++)
        if (t->shape[d] < 0)
            return lk_fail(LK_INVALID, "%s: %s has the negative extent %lld in dimension %d", loss,
                           name, (long long)t->shape[d], d);
    for (size_t k = 0; t->dtype.lanes == 1 && k < sizeof dtypes / sizeof *dtypes; k++)
        if (dtypes[k].code == t->dtype.code && dtypes[k].bits == t->dtype.bits) {
            *element = dtypes[k].element;
            return LK_OK;
        }
    return lk_fail(LK_INVALID,
                   "%s: %s has dtype code %u, %u bits, %u lanes; supported are f32, f64, f16, "
                   "bf16, i32, i64, u8 and bool",
                   loss, name, t->dtype.code, t->dtype.bits, t->dtype.lanes);
}

lk_status lk_array_count(const char *loss, const char *name, const lk_tensor *tensor, int64_t *n)
{
    int element, empty = 0;
    const lk_status status = check_tensor(loss, name, tensor, &element);
    if (status) return status;
    for (int d = 0; d < tensor->ndim; d++) empty |= tensor->shape[d] == 0;
    *n = !empty;
    for (int d = 0; d < tensor->ndim && !empty; d++)
        if (__builtin_mul_overflow(*n, tensor->shape[d], n))
            return lk_fail(LK_INVALID, "%s: %s has more than 2^63 elements", loss, name);
    return LK_OK;
}

int64_t lk_tensor_step(const lk_tensor *t, int d)
{
    if (t->strides) return t->strides[d];
    int64_t step = 1;
    for (int k = t->ndim - 1; k > d; k--) step *= t->shape[k];
    return step;
}

/* Finds low and high; nonzero when they are so far from 0 that sums with addresses may overflow. */
static int measure(lk_array *a)
{
    a->low = a->high = 0;
    for (int k = 0; k < a->ndim; k++) {
        int64_t reach;
        if (__builtin_mul_overflow(a->shape[k] - 1, a->step[k], &reach) ||
            __builtin_mul_overflow(reach, (int64_t)a->width, &reach))
            return 1;
        int64_t *const end = reach < 0 ? &a->low : &a->high;
        if (__builtin_add_overflow(*end, reach, end)) return 1;
    }
    return a->high > INT64_MAX / 4 || a->low < INT64_MIN / 4;
}

static void push(lk_array *a, int64_t length, int64_t step)
{
    const int k = a->ndim - 1;
    int64_t next;
    if (k >= 0 && !__builtin_mul_overflow(a->step[k], a->shape[k], &next) && step == next) {
        a->shape[k] *= length;
        return;
    }
    a->shape[a->ndim] = length;
    a->step[a->ndim++] = step;
}

static lk_status mismatch(const char *loss, const char *name, int64_t length, const char *frame,
                          int64_t wanted, int d)
{
    return lk_fail(LK_INVALID, "%s: %s has extent %lld where %s has %lld (dimension %d of %s)",
                   loss, name, (long long)length, frame, (long long)wanted, d, frame);
}

lk_status lk_array_input(const char *loss, const char *name, const lk_tensor *tensor,
                         const lk_tensor *input, const char *frame_name, lk_array *array)
{
    static const uint8_t widths[LK_ELEMENTS] = {4, 8, 2, 2, 4, 8, 1};
    const lk_tensor *frame = input ? input : tensor;
    const lk_status status = check_tensor(loss, name, tensor, &array->element);
    if (status) return status;
    if (tensor->ndim > frame->ndim)
        return lk_fail(LK_INVALID, "%s: %s has %d dimensions, more than the %d of %s", loss, name,
                       (int)tensor->ndim, (int)frame->ndim, frame_name);
    array->width = widths[array->element];
    array->ndim = 0;
    int empty = 0;
    for (int d = 0; d < frame->ndim; d++) empty |= frame->shape[d] == 0;
    for (int d = frame->ndim - 1, t = tensor->ndim - 1; d >= 0; d--, t--) {
        const int64_t wanted = frame->shape[d], have = t >= 0 ? tensor->shape[t] : 1;
        if (have != wanted && have != 1) return mismatch(loss, name, have, frame_name, wanted, d);
        if (wanted > 1 && !empty) push(array, wanted, have == 1 ? 0 : lk_tensor_step(tensor, t));
    }
    array->data = tensor->data;
    if (array->data) array->data += tensor->byte_offset;
    if (empty) {
        array->ndim = 0;
        return LK_OK;
    }
    if (!tensor->data) return lk_fail(LK_INVALID, "%s: %s has no data", loss, name);
    if ((uintptr_t)array->data & (unsigned)(array->width - 1))
        return lk_fail(LK_INVALID, "%s: %s is not aligned to its %d-byte elements", loss, name,
                       array->width);
    if (measure(array)) return lk_fail(LK_INVALID, "%s: %s spans more than 2^61 bytes", loss, name);
    return LK_OK;
}

/* No two indices share an element when, sorted by size, each step clears all smaller ones. */
static int has_repeats(const lk_array *a)
{
    int64_t reach = 0, last = 0;
    for (int done = 0; done < a->ndim; done++) {
        int next = -1;
        int64_t size = INT64_MAX;
        for (int k = 0; k < a->ndim; k++) {
            const int64_t s = a->step[k] < 0 ? -a->step[k] : a->step[k];
            const int taken = s < last || (s == last && last);
            if (!taken && s <= size) next = k, size = s;
        }
        if (next < 0 || size <= reach) return 1;
        reach += size * (a->shape[next] - 1);
        last = size;
    }
    return 0;
}

static lk_status view_output(const char *loss, const char *name, const lk_tensor *tensor,
                             const lk_tensor *input, const char *frame_name, lk_array *array)
{
    if (tensor->ndim != input->ndim)
        return lk_fail(LK_INVALID, "%s: %s has %d dimensions, %s has %d", loss, name,
                       (int)tensor->ndim, frame_name, (int)input->ndim);
    const lk_status status = lk_array_input(loss, name, tensor, input, frame_name, array);
    if (status) return status;
    for (int d = 0; d < input->ndim; d++)
        if (tensor->shape[d] != input->shape[d])
            return mismatch(loss, name, tensor->shape[d], frame_name, input->shape[d], d);
    if (has_repeats(array))
        return lk_fail(LK_INVALID, "%s: %s has strides that write an element twice", loss, name);
    return LK_OK;
}

lk_status lk_array_output(const char *loss, const char *name, const lk_tensor *tensor,
                          const lk_tensor *input, const char *frame_name, lk_array *array)
{
    const lk_status status = view_output(loss, name, tensor, input, frame_name, array);
    if (!status && array->element > LK_ELEMENT_BF16)
        return lk_fail(LK_INVALID, "%s: %s is an integer array; outputs are f32, f64, f16 or bf16",
                       loss, name);
    return status;
}

lk_status lk_array_integer_output(const char *loss, const char *name, const lk_tensor *tensor,
                                  const lk_tensor *input, const char *frame_name, lk_array *array)
{
    const lk_status status = view_output(loss, name, tensor, input, frame_name, array);
    if (!status && array->element != LK_ELEMENT_I32 && array->element != LK_ELEMENT_I64)
        return lk_fail(LK_INVALID, "%s: %s is neither i32 nor i64", loss, name);
    return status;
}

int lk_array_is_contiguous(const lk_array *a)
{
    return a->ndim == 0 || (a->ndim == 1 && a->step[0] == 1);
}

int lk_array_is_scalar(const lk_array *a) { return a->ndim == 0 || (a->ndim == 1 && !a->step[0]); }

static int64_t gcd(int64_t a, int64_t b)
{
    while (b) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

/* Disjoint ranges of addresses do not overlap; nor do interleaved views (columns of one matrix):
 * all addresses of both are congruent to their first modulo the greatest common step. */
int lk_array_overlap(const lk_array *a, const lk_array *b, int *same)
{
    const intptr_t at_a = (intptr_t)a->data, at_b = (intptr_t)b->data;
    *same = 0;
    if (at_a + a->high + a->width <= at_b + b->low || at_b + b->high + b->width <= at_a + a->low)
        return 0;
    *same = a->data == b->data && a->element == b->element && a->ndim == b->ndim;
    for (int k = 0; *same && k < a->ndim; k++)
        *same = a->shape[k] == b->shape[k] && a->step[k] == b->step[k];
    if (*same) return 1;
    int64_t grid = 0;
    for (int k = 0; k < a->ndim; k++) grid = gcd(grid, a->step[k] * a->width);
    for (int k = 0; k < b->ndim; k++) grid = gcd(grid, b->step[k] * b->width);
    if (grid == 0) return 1;
    const int64_t apart = ((at_b - at_a) % grid + grid) % grid;
    return apart < a->width || grid - apart < b->width;
}

lk_run lk_array_run(const lk_array *a, int64_t index, size_t most)
{
    lk_run r = {a->data, 0, most};
    for (int k = 0; k < a->ndim; k++) {
        const int last = k == a->ndim - 1;
        const int64_t c = last ? index : index % a->shape[k];
        if (k == 0) {
            r.step = a->step[0];
            if ((uint64_t)(a->shape[0] - c) < most) r.n = (size_t)(a->shape[0] - c);
        }
        if (!last) index /= a->shape[k];
        r.at += c * a->step[k] * a->width;
    }
    return r;
}

void *lk_array_reach(const lk_array *array, size_t real_width, int64_t first, size_t n)
{
    const int element = real_width == sizeof(float) ? LK_ELEMENT_F32 : LK_ELEMENT_F64;
    if (!array->data || array->element != element) return NULL;
    if (lk_array_is_contiguous(array)) return array->data + first * array->width;
    const lk_run run = lk_array_run(array, first, n);
    return run.n == n && (run.step == 1 || n == 1) ? run.at : NULL;
}

void lk_array_load(const lk_array *array, const lk_kernel_table *kernels, size_t real_width,
                   int64_t first, size_t n, void *reals)
{
    for (char *to = reals; n;) {
        const lk_run r = lk_array_run(array, first, n);
        kernels->load[array->element](r.n, r.at, (ptrdiff_t)r.step, to);
        to += r.n * real_width;
        first += (int64_t)r.n;
        n -= r.n;
    }
}

void lk_array_store(const lk_array *array, const lk_kernel_table *kernels, size_t real_width,
                    int64_t first, size_t n, const void *reals)
{
    for (const char *from = reals; n;) {
        const lk_run r = lk_array_run(array, first, n);
        kernels->store[array->element](r.n, from, r.at, (ptrdiff_t)r.step);
        from += r.n * real_width;
        first += (int64_t)r.n;
        n -= r.n;
    }
}

void lk_place(const lk_tensor *tensor, int64_t index, char *text, size_t size)
{
    int64_t at[LK_MAX_DIMS];
    for (int d = tensor->ndim - 1; d >= 0; d--) {
        at[d] = index % tensor->shape[d];
        index /= tensor->shape[d];
    }
    size_t used = 0;
    text[0] = '\0';
    for (int d = 0; d < tensor->ndim && used < size; d++) {
        const int wrote = snprintf(text + used, size - used, "%s%lld%s", d ? ", " : "[",
                                   (long long)at[d], d == tensor->ndim - 1 ? "]" : "");
        used += wrote > 0 ? (size_t)wrote : 0;
    }
}
