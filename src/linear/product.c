/* product.c: the product of two matrices, in fixed blocks over the threads. */
#include <limits.h>

#include "gemm.h"
#include "tensor_view.h"

static const char name[] = "matrix_product";

typedef struct product {
    lk_matrix a, b, c;
    size_t width;
    int64_t m, n, k, rows, columns; /* of a block */
    double beta;
} product;

static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* Large enough for BLAS, small enough for many threads; part of what the sums depend on, and so of
 * the shape alone. */
static int64_t block_of(int64_t extent, int64_t parts, int64_t smallest, int64_t largest)
{
    const int64_t share = (extent / parts + 63) / 64 * 64;
    return share < smallest ? smallest : share > largest ? largest : share;
}

/* One of the strides is 1; an extent of 1 has any stride. */
static lk_status read_matrix(const char *what, const lk_tensor *t, lk_matrix *out)
{
    if (!t || t->ndim != 2)
        return lk_fail(LK_INVALID, "%s: %s has %d dimensions; expected 2", name, what,
                       t ? (int)t->ndim : 0);
    const int64_t rows = t->shape[0], columns = t->shape[1];
    const int64_t down = lk_tensor_step(t, 0), right = lk_tensor_step(t, 1);
    const int by_rows = columns <= 1 || right == 1, by_columns = rows <= 1 || down == 1;
    const int64_t length = by_rows ? columns : rows; /* of a line */
    const int64_t apart = (by_rows ? rows : columns) <= 1 ? length : by_rows ? down : right;
    if (rows > INT_MAX || columns > INT_MAX || apart > INT_MAX)
        return lk_fail(LK_INVALID, "%s: %s is [%lld, %lld], more than BLAS can count", name, what,
                       (long long)rows, (long long)columns);
    if (!(by_rows || by_columns) || apart < length)
        return lk_fail(LK_INVALID,
                       "%s: %s has the strides (%lld, %lld); expected one to be 1 and the other to "
                       "keep its lines apart",
                       name, what, (long long)down, (long long)right);
    out->data = (char *)t->data + t->byte_offset;
    out->stride = most(apart, 1);
    out->transposed = !by_rows;
    return LK_OK;
}

static int has_elements(const lk_tensor *t) { return t->shape[0] && t->shape[1]; }

static lk_status check_types(const lk_tensor *a, const lk_tensor *b, const lk_tensor *c,
                             size_t *width)
{
    lk_array array[3];
    const lk_tensor *const all[] = {a, b, c};
    static const char *const names[] = {"a", "b", "c"};
    for (int i = 0; i < 3; i++) {
        const lk_status status = lk_array_input(name, names[i], all[i], NULL, NULL, &array[i]);
        if (status) return status;
        if (array[i].element != array[0].element ||
            (array[0].element != LK_ELEMENT_F32 && array[0].element != LK_ELEMENT_F64))
            return lk_fail(LK_INVALID, "%s: a, b and c must all be f32 or all be f64", name);
    }
    for (int i = 0, same; i < 2; i++)
        if (has_elements(all[i]) && has_elements(c) &&
            lk_array_overlap(&array[2], &array[i], &same))
            return lk_fail(LK_INVALID, "%s: c overlaps a or b", name);
    *width = (size_t)array[0].width;
    return LK_OK;
}

static lk_matrix part(const product *p, const lk_matrix *x, int64_t row, int64_t column)
{
    const int64_t at = x->transposed ? column * x->stride + row : row * x->stride + column;
    return (lk_matrix){x->data + (size_t)at * p->width, x->stride, x->transposed};
}

static void block_task(void *context, size_t index)
{
    const product *p = context;
    const int64_t across = (p->n - 1) / p->columns + 1;
    const int64_t row = (int64_t)index / across * p->rows;
    const int64_t column = (int64_t)index % across * p->columns;
    lk_gemm(p->width, least(p->rows, p->m - row), least(p->columns, p->n - column), p->k,
            part(p, &p->a, row, 0), part(p, &p->b, 0, column), p->beta,
            part(p, &p->c, row, column));
}

lk_status lk_matrix_product(const lk_tensor *a, const lk_tensor *b, double beta, const lk_tensor *c)
{
    enum { WORTH_WAKING = 1 << 22 }; /* multiplications: about as long as waking threads takes */
    if (!lk_gemm_available())
        return lk_fail(LK_UNSUPPORTED, "%s: losskit was built without BLAS", name);
    product p = {.beta = beta};
    lk_status status = read_matrix("a", a, &p.a);
    if (!status) status = read_matrix("b", b, &p.b);
    if (!status) status = read_matrix("c", c, &p.c);
    if (!status) status = check_types(a, b, c, &p.width);
    if (status) return status;
    p.m = c->shape[0], p.n = c->shape[1], p.k = a->shape[1];
    if (a->shape[0] != p.m || b->shape[1] != p.n || b->shape[0] != p.k)
        return lk_fail(LK_INVALID,
                       "%s: a [%lld, %lld], b [%lld, %lld] and c [%lld, %lld] do not fit", name,
                       (long long)a->shape[0], (long long)p.k, (long long)b->shape[0],
                       (long long)b->shape[1], (long long)p.m, (long long)p.n);
    if (p.c.transposed) return lk_fail(LK_INVALID, "%s: c has to lie in rows", name);
    if (!p.m || !p.n) return LK_OK;
    p.rows = block_of(p.m, 8, 64, 256);
    p.columns = block_of(p.n, 4, 128, 512);
    const size_t blocks = (size_t)(((p.m - 1) / p.rows + 1) * ((p.n - 1) / p.columns + 1));
    lk_gemm_begin();
    if ((double)p.m * (double)p.n * (double)p.k < WORTH_WAKING)
        for (size_t i = 0; i < blocks; i++) block_task(&p, i);
    else
        lk_parallel(blocks, block_task, &p);
    lk_gemm_end();
    return LK_OK;
}
