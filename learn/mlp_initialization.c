/* mlp_initialization.c: the weights that a training starts from. */
#include <lapacke.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "mlp.h"

static void draw_uniform(lk_random *random, int64_t n, double variance, float *w)
{
    const double bound = sqrt(3 * variance);
    for (int64_t i = 0; i < n; i++) w[i] = (float)((2 * lk_random_unit(random) - 1) * bound);
}

static void draw_normal(lk_random *random, int64_t n, double variance, float *w)
{
    const double deviation = sqrt(variance);
    for (int64_t i = 0; i < n; i++) w[i] = (float)(lk_random_normal(random) * deviation);
}

/* q [m, n], by columns, becomes the Q of its QR factors; sign [n]: of R's diagonal. 0: no memory.
 */
static int orthonormalize(lapack_int m, lapack_int n, double *q, double *tau, double *sign)
{
    const lapack_int ask = -1;
    double wanted[2];
    lapack_int info;
    LAPACK_dgeqrf(&m, &n, q, &m, tau, &wanted[0], &ask, &info);
    LAPACK_dorgqr(&m, &n, &n, q, &m, tau, &wanted[1], &ask, &info);
    const lapack_int n_work = (lapack_int)fmax(wanted[0], wanted[1]);
    double *work = malloc((size_t)(n_work + 1) * sizeof *work);
    if (!work) return 0;
    lk_blas_begin();
    LAPACK_dgeqrf(&m, &n, q, &m, tau, work, &n_work, &info);
    for (lapack_int j = 0; j < n; j++) sign[j] = q[(size_t)j * (size_t)m + (size_t)j] < 0 ? -1 : 1;
    LAPACK_dorgqr(&m, &n, &n, q, &m, tau, work, &n_work, &info);
    lk_blas_end();
    free(work);
    return 1;
}

/* Q of a Gaussian matrix's QR factors, with the signs that make R's diagonal positive, is uniform
 * among matrices of orthonormal columns (Mezzadri, Notices AMS 54 (2007) 592). The longer side has
 * the rows. */
static lk_status draw_orthogonal(lk_random *random, const lk_mlp_layer *l, float *w)
{
    const int64_t tall = l->units > l->inputs ? l->units : l->inputs;
    const int64_t wide = l->units + l->inputs - tall;
    if (tall > INT_MAX)
        return lk_fail(LK_INVALID, "train: orthogonal weights [%lld, %lld] are too many",
                       (long long)l->units, (long long)l->inputs);
    double *q = malloc((size_t)(tall * wide) * sizeof *q);
    double *tau = malloc((size_t)wide * sizeof *tau), *sign = malloc((size_t)wide * sizeof *sign);
    int bad = !q || !tau || !sign;
    for (int64_t i = 0; !bad && i < tall * wide; i++) q[i] = lk_random_normal(random);
    if (!bad) bad = !orthonormalize((lapack_int)tall, (lapack_int)wide, q, tau, sign);
    for (int64_t i = 0; !bad && i < tall; i++)
        for (int64_t j = 0; j < wide; j++)
            w[l->units == tall ? i * l->inputs + j : j * l->inputs + i] =
                (float)(q[j * tall + i] * sign[j]);
    free(q);
    free(tau);
    free(sign);
    return bad ? lk_fail(LK_NO_MEMORY, "train: no memory for orthogonal weights [%lld, %lld]",
                         (long long)l->units, (long long)l->inputs)
               : LK_OK;
}

static lk_initialization choose(const lk_mlp_layer *l)
{
    return l->activation == LK_ACTIVATION_RELU || l->activation == LK_ACTIVATION_PRELU
               ? LK_INIT_HE_NORMAL
               : LK_INIT_XAVIER_UNIFORM;
}

static lk_status draw(const lk_mlp_layer *l, lk_initialization kind, double scale, uint64_t seed)
{
    float *const w = l->value[LK_MLP_WEIGHT];
    const int64_t n = lk_mlp_count(l, LK_MLP_WEIGHT);
    const double in = (double)l->inputs, out = (double)l->units;
    lk_random random = {seed};
    switch (kind == LK_INIT_AUTO ? choose(l) : kind) {
    case LK_INIT_XAVIER_UNIFORM: /* Glorot and Bengio, AISTATS 2010 */
        draw_uniform(&random, n, 2 / (in + out), w);
        break;
    case LK_INIT_XAVIER_NORMAL:
        draw_normal(&random, n, 2 / (in + out), w);
        break;
    case LK_INIT_HE_UNIFORM: /* He et al., ICCV 2015 */
        draw_uniform(&random, n, 2 / in, w);
        break;
    case LK_INIT_HE_NORMAL:
        draw_normal(&random, n, 2 / in, w);
        break;
    case LK_INIT_LECUN_NORMAL:
        draw_normal(&random, n, 1 / in, w);
        break;
    case LK_INIT_ORTHOGONAL:
        return draw_orthogonal(&random, l, w);
    case LK_INIT_NORMAL:
        draw_normal(&random, n, scale * scale, w);
        break;
    default:
        for (int64_t i = 0; i < n; i++) w[i] = 0;
    }
    return LK_OK;
}

static void fill(const lk_mlp_layer *l, lk_mlp_role role, float value)
{
    for (int64_t j = 0; j < lk_mlp_count(l, role); j++) l->value[role][j] = value;
}

lk_status lk_mlp_initialize(const lk_mlp *network, lk_initialization kind, double scale,
                            uint64_t seed)
{
    lk_status status = LK_OK;
    for (int k = 0; !status && k < network->n_layers; k++) {
        const lk_mlp_layer *const l = &network->layers[k];
        fill(l, LK_MLP_BIAS, 0);
        fill(l, LK_MLP_SLOPE, 0.25f);
        fill(l, LK_MLP_SCALE, 1);
        fill(l, LK_MLP_OFFSET, 0);
        fill(l, LK_MLP_MEAN, 0);
        fill(l, LK_MLP_VARIANCE, 1);
        status = draw(l, kind, scale, lk_mlp_seed(seed, LK_MLP_INITIAL, k));
    }
    return status;
}

void lk_mlp_unit_rows(float *weight, int64_t rows, int64_t columns)
{
    for (int64_t i = 0; i < rows; i++) {
        float *const w = weight + i * columns;
        double square = 0;
        for (int64_t j = 0; j < columns; j++) square += (double)w[j] * (double)w[j];
        const double inverse = square > 0 ? 1 / sqrt(square) : 0;
        for (int64_t j = 0; j < columns; j++) w[j] = (float)((double)w[j] * inverse);
    }
}
