/* linear_chunk.c: a chunk of rows of a loss on top of a linear layer: a matrix product, the row
 * engine in place of the scores, two matrix products back. There are two ways:
 *
 * By rows, where the classes are few: a task does all of that for a block of rows, whose scores
 * stay in its cache, and the threads are woken once. By products, where the classes are many, the
 * rows few, or the loss one of angles: each product in turn, cut into tiles.
 *
 * Blocks and tiles depend on the shape alone and are computed by one thread each: the bits do not
 * depend on how many there are. */
#include <string.h>

#include "float_environment.h"
#include "gemm.h"
#include "linear_job.h"
#include "losskit.h"

enum {
    CHUNK_BYTES = 16 << 20,  /* of scores, features or gradients */
    SUMS_BYTES = 64 << 10,   /* of a block's own gradient of the weights */
    WORTH_WAKING = 1 << 20,  /* multiplications of a product */
    BLOCKS = 16,             /* of a chunk, if the row engine takes so large ones on one thread */
    ROW_UNIT = 64,           /* fewer rows do not pay for packing the weights */
    BLOCKS_WORTH_CUTTING = 4 /* rather than the classes */
};

static int64_t count_of(int64_t n, int64_t part) { return (n - 1) / part + 1; }

static int64_t rest_of(int64_t n, int64_t part, int64_t at)
{
    return n - at < part ? n - at : part;
}

static int64_t bounded(int64_t x, int64_t least, int64_t most)
{
    return x < least ? least : x > most ? most : x;
}

/* An extent in so many parts of whole units, as far as the bounds allow. */
static int64_t share_of(int64_t extent, int64_t parts, int64_t least, int64_t most)
{
    return bounded(count_of(count_of(extent, parts), ROW_UNIT) * ROW_UNIT, least, most);
}

void lk_linear_cut(lk_linear_job *j)
{
    enum { UNIT = 16 };
    const int64_t rows = j->rows > 0 ? j->rows : 1;
    const int64_t brought = 4 * sizeof(double); /* label, weight, upstream and value of a row */
    const int64_t bytes =
        (j->classes > j->dims ? j->classes : j->dims) * (int64_t)j->width + brought;
    const int64_t fit = CHUNK_BYTES / bytes / UNIT * UNIT;
    const int64_t chunks = count_of(rows, fit < UNIT ? UNIT : fit);
    const int64_t even = count_of(count_of(rows, chunks), UNIT) * UNIT;
    j->chunk = even < rows ? even : rows;
    j->block = j->chunk;
    if (lk_margin_is_angular(j) || lk_margin_is_cosine(j)) return;

    const double work = (double)j->chunk * (double)j->classes * (double)j->dims;
    const int64_t most = (LK_PARALLEL_FROM - 1) / j->classes; /* rows, for the engine */
    if (work < WORTH_WAKING && j->chunk <= most) {
        j->by_rows = 1;
    } else if (most >= ROW_UNIT && j->chunk >= BLOCKS_WORTH_CUTTING * ROW_UNIT) {
        j->by_rows = 1;
        j->block = share_of(j->chunk, BLOCKS, ROW_UNIT, most / ROW_UNIT * ROW_UNIT);
    }
    j->sums_blocks = j->by_rows && j->classes * j->dims * (int64_t)j->width <= SUMS_BYTES;
}

int64_t lk_linear_blocks(const lk_linear_job *j) { return count_of(j->chunk, j->block); }

/* ---- products -----------------------------------------------------------------------------------
 */

typedef struct tile {
    int64_t row, rows, column, columns;
} tile;

typedef void product(const lk_linear_job *job, tile t);

static lk_matrix part(const lk_linear_job *j, char *data, int64_t row, int64_t column,
                      int64_t stride, int transposed)
{
    return (lk_matrix){data + (size_t)(row * stride + column) * j->width, stride, transposed};
}

/* scores[rows, classes] = x[rows] W[classes]' + b[classes] */
static void scores_product(const lk_linear_job *j, tile t)
{
    for (int64_t r = t.row; j->b && r < t.row + t.rows; r++)
        memcpy(j->scores + (size_t)(r * j->classes + t.column) * j->width,
               j->b + (size_t)t.column * j->width, (size_t)t.columns * j->width);
    lk_gemm(j->width, t.rows, t.columns, j->dims, part(j, j->x, t.row, 0, j->dims, 0),
            part(j, j->w, t.column, 0, j->dims, 1), j->b ? 1 : 0,
            part(j, j->scores, t.row, t.column, j->classes, 0));
}

/* dx[rows, features] = G[rows] W[:, features] */
static void input_product(const lk_linear_job *j, tile t)
{
    lk_gemm(j->width, t.rows, t.columns, j->classes, part(j, j->scores, t.row, 0, j->classes, 0),
            part(j, j->w, 0, t.column, j->dims, 0), 0, part(j, j->dx, t.row, t.column, j->dims, 0));
}

/* db[classes] += column sums of G */
static void add_bias_gradient(const lk_linear_job *j, int64_t at, int64_t n)
{
    for (int64_t r = 0; r < j->n; r++) {
        const char *row = j->scores + (size_t)(r * j->classes) * j->width;
        if (j->width == sizeof(float))
            for (int64_t c = at; c < at + n; c++)
                j->db[c] += (double)((const float *)(const void *)row)[c];
        else
            for (int64_t c = at; c < at + n; c++)
                j->db[c] += ((const double *)(const void *)row)[c];
    }
}

/* dW[classes, features] += G[:, classes]' x[:, features]; the rows of the tile are classes. */
static void weights_product(const lk_linear_job *j, tile t)
{
    if (j->dw)
        lk_gemm(j->width, t.rows, t.columns, j->n, part(j, j->scores, 0, t.row, j->classes, 1),
                part(j, j->x, 0, t.column, j->dims, 0), j->adds_weights ? 1 : 0,
                part(j, j->dw, t.row, t.column, j->dims, 0));
    if (j->db && !t.column) add_bias_gradient(j, t.row, t.rows);
}

typedef struct grid {
    const lk_linear_job *job;
    product *product;
    int64_t rows, down, columns, across; /* extents, and those of a tile */
} grid;

static void tile_task(void *context, size_t index)
{
    const grid *g = context;
    const int64_t wide = count_of(g->columns, g->across);
    const int64_t row = (int64_t)index / wide * g->down, column = (int64_t)index % wide * g->across;
    const lk_float_environment old = lk_enter_float_environment();
    g->product(g->job, (tile){row, rest_of(g->rows, g->down, row), column,
                              rest_of(g->columns, g->across, column)});
    lk_leave_float_environment(old);
}

static void run_tiles(grid g)
{
    lk_parallel((size_t)(count_of(g.rows, g.down) * count_of(g.columns, g.across)), tile_task, &g);
}

/* ---- the row engine -----------------------------------------------------------------------------
 */

lk_status lk_linear_run_rows(const lk_linear_job *j, lk_result *result, size_t *bytes)
{
    static const double plain[LK_MAX_PARAMS] = {0};
    const int is_linear = j->request->id == LK_LINEAR_CROSS_ENTROPY;
    const int real = j->width == sizeof(float) ? LK_F32 : LK_F64;
    const int64_t shape[] = {j->n, j->classes};
    const lk_tensor scores = lk_view(j->scores, real, 2, shape);
    const lk_tensor label = lk_vector(j->label, LK_I64, shape);
    const lk_tensor weight = lk_vector(j->weight, LK_F64, shape);
    const lk_tensor upstream = lk_vector(j->upstream, LK_F64, shape);
    const lk_tensor value = lk_vector(j->values, LK_F64, shape);
    const lk_tensor class_weight = lk_vector(j->labels.class_weight, LK_F64, &j->classes);
    const lk_call *c = j->call;
    const int derivatives = c->gradient || c->weights_gradient || c->bias_gradient;
    lk_call call = LK_CALL_INIT;
    call.input = &scores;
    call.target = &label;
    call.class_weight = c->class_weight ? &class_weight : NULL;
    call.weight = c->weight ? &weight : NULL;
    call.upstream = c->upstream ? &upstream : NULL;
    call.value = &value;
    call.gradient = derivatives ? &scores : NULL;
    call.result = result;
    call.reduction = LK_SUM;
    call.ignore_index = LK_LABEL_IGNORED;
    call.workspace = j->rows_workspace;
    call.workspace_size = j->rows_bytes;
    const lk_request request = {lk_loss_describe(LK_SOFTMAX_CROSS_ENTROPY),
                                LK_SOFTMAX_CROSS_ENTROPY, is_linear ? j->request->params : plain,
                                &call, j->scale};
    return lk_run_rows(&request, bytes);
}

/* ---- by rows ------------------------------------------------------------------------------------
 */

/* A block is a small chunk. */
static lk_linear_job block_of(const lk_linear_job *whole, size_t index)
{
    lk_linear_job j = *whole;
    const int64_t row = (int64_t)index * j.block, at = (int64_t)index;
    j.n = rest_of(j.n, j.block, row);
    j.x += (size_t)(row * j.dims) * j.width;
    j.scores += (size_t)(row * j.classes) * j.width;
    j.label += row;
    j.weight += row;
    j.upstream += row;
    j.values += row;
    j.rows_workspace = (char *)j.rows_workspace + index * j.rows_bytes;
    if (j.dx) j.dx += (size_t)(row * j.dims) * j.width;
    if (j.dw && j.sums_blocks) j.dw = j.block_dw + (size_t)(at * j.classes * j.dims) * j.width;
    if (j.db && j.sums_blocks) j.db = j.block_db + at * j.classes;
    j.adds_weights = 0;
    return j;
}

static void block_task(void *context, size_t index)
{
    const lk_linear_job *whole = context;
    const lk_float_environment old = lk_enter_float_environment();
    const lk_linear_job j = block_of(whole, index);
    lk_block_sum *sum = &whole->block_sums[index];
    scores_product(&j, (tile){0, j.n, 0, j.classes});
    sum->status = lk_linear_run_rows(&j, &sum->result, NULL);
    if (j.dx) input_product(&j, (tile){0, j.n, 0, j.dims});
    if (j.sums_blocks) {
        if (j.db) memset(j.db, 0, (size_t)j.classes * sizeof *j.db);
        weights_product(&j, (tile){0, j.classes, 0, j.dims});
    }
    lk_leave_float_environment(old);
}

static void run_blocks(lk_linear_job *j)
{
    const int64_t blocks = count_of(j->n, j->block), all = j->classes * j->dims;
    lk_parallel((size_t)blocks, block_task, j);
    for (int64_t i = 0; j->sums_blocks && i < blocks; i++) {
        if (j->dw) j->kernels->add((size_t)all, j->dw, j->block_dw + (size_t)(i * all) * j->width);
        for (int64_t c = 0; j->db && c < j->classes; c++)
            j->db[c] += j->block_db[i * j->classes + c];
    }
}

/* ---- the chunk ----------------------------------------------------------------------------------
 */

static void load_chunk(lk_linear_job *j)
{
    const size_t count = (size_t)(j->n * j->dims), at = (size_t)(j->first * j->dims);
    j->x = j->direct_input ? j->input.data + at * j->width : j->x_room;
    j->dx = j->direct_gradient ? j->gradient.data + at * j->width : j->dx_room;
    if (!j->direct_input)
        lk_array_load(&j->input, j->kernels, j->width, (int64_t)at, count, j->x_room);
    lk_rows_labels(&j->labels, j->first, (size_t)j->n, j->label);
    const lk_kernel_table *wide = j->isa->f64;
    if (j->call->weight)
        lk_array_load(&j->labels.weight, wide, sizeof(double), j->first, (size_t)j->n, j->weight);
    if (j->call->upstream)
        lk_array_load(&j->labels.upstream, wide, sizeof(double), j->first, (size_t)j->n,
                      j->upstream);
}

static void run_products(lk_linear_job *j, int margin)
{
    const int64_t n = j->n, classes = j->classes, dims = j->dims;
    run_tiles((grid){j, scores_product, n, share_of(n, 2, 256, 1024), classes,
                     share_of(classes, 8, 64, 1024)});
    if (margin) lk_margin_scores(j);
    j->block_sums->status = lk_linear_run_rows(j, &j->block_sums->result, NULL);
    if (j->block_sums->status) return;
    if (margin && (j->dx || j->dw || j->db)) lk_margin_gradient(j);
    if (j->dx)
        run_tiles((grid){j, input_product, n, share_of(n, 2, 128, 512), dims,
                         share_of(dims, 8, 64, 128)});
}

static void run_weights(lk_linear_job *j)
{
    run_tiles((grid){j, weights_product, j->classes, share_of(j->classes, 8, 64, 1024), j->dims,
                     share_of(j->dims, 2, 256, 1024)});
}

lk_status lk_linear_chunk(lk_linear_job *j, lk_totals *totals)
{
    const int margin = lk_margin_is_angular(j) || lk_margin_is_cosine(j);
    load_chunk(j);
    if (j->by_rows)
        run_blocks(j);
    else
        run_products(j, margin);
    for (int64_t i = 0; i < count_of(j->n, j->block); i++) {
        const lk_block_sum *sum = &j->block_sums[i];
        /* The labels were in range before, and the workspace is large enough. */
        if (sum->status) return lk_fail(sum->status, "%s: target changed during the call", j->name);
        totals->sum += sum->result.value;
        totals->count += sum->result.count;
    }
    if ((j->dw || j->db) && !j->sums_blocks) run_weights(j);
    if (margin && j->dx) lk_margin_finish_input(j);
    if (j->value.data)
        lk_array_store(&j->value, j->isa->f64, sizeof(double), j->first, (size_t)j->n, j->values);
    if (j->dx_room)
        lk_linear_finish(j, &j->gradient, j->first * j->dims, j->n * j->dims, j->dx_room);
    return LK_OK;
}
