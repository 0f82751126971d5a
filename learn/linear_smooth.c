#include "linear_smooth.h"
#include "clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a problem says of itself --------------------------------------------------------------
 */

int lk_linear_progress(const lk_linear_problem *p, int64_t iteration, double objective,
                       double measure)
{
    if (!p->progress) return 0;
    const lk_progress progress = {.epoch = iteration,
                                  .epochs = p->iterations,
                                  .step = 1,
                                  .steps = 1,
                                  .loss = objective,
                                  .validation_loss = NAN,
                                  .validation_metric = NAN,
                                  .measure = measure,
                                  .learning_rate = NAN,
                                  .seconds = lk_clock() - p->start};
    return p->progress(p->context, &progress);
}

lk_loss lk_loss_of_scores(lk_loss loss)
{
    return loss == LK_LINEAR_CROSS_ENTROPY ? LK_SOFTMAX_CROSS_ENTROPY : loss;
}

static int takes(const lk_loss_info *info, lk_argument_id id)
{
    return info->kind == LK_KIND_POINTWISE || (info->takes & 1u << id);
}

int lk_smooth_is_curved(const lk_loss_info *info)
{
    return info->kind == LK_KIND_POINTWISE || (info->takes & 1u << LK_ARG_HESSIAN_VECTOR);
}

static int has_soft_target(lk_loss loss)
{
    return loss == LK_KL_DIVERGENCE || loss == LK_JS_DIVERGENCE;
}

/* ---- room ---------------------------------------------------------------------------------------
 */

/* One distribution for each row, all of it on the row's class; or its logarithms. */
static void fill_soft_target(lk_smooth *o)
{
    const lk_linear_problem *p = o->problem;
    const int logarithms = p->params[1] != 0;
    for (int64_t i = 0; i < o->units; i++) {
        const int hit = p->target[i / p->outputs] == (double)(i % p->outputs);
        o->soft_target[i] = logarithms ? hit ? 0 : -HUGE_VAL : hit;
    }
}

void lk_smooth_read_targets(lk_smooth *o)
{
    const lk_linear_problem *p = o->problem;
    o->units = p->data->rows * p->outputs;
    if (o->info->kind != LK_KIND_POINTWISE)
        for (int64_t i = 0; i < p->data->rows; i++) o->labels[i] = (int64_t)p->target[i];
    if (has_soft_target(p->loss)) fill_soft_target(o);
}

lk_status lk_smooth_begin(lk_smooth *o, const lk_linear_problem *p, lk_curvature mode)
{
    const int64_t rows = p->data->rows;
    const lk_loss loss = lk_loss_of_scores(p->loss);
    *o = (lk_smooth){.problem = p,
                     .info = lk_loss_describe(loss),
                     .mode = mode,
                     .weights = p->outputs * p->data->features,
                     .width = p->outputs * (p->data->features + 1),
                     .units = rows * p->outputs};
    const lk_status status = lk_row_sums_begin(&o->sums, p->data, p->outputs);
    if (status) return status;
    const size_t units = (size_t)o->units;
    o->room = malloc(6 * (units + 1) * sizeof *o->room);
    o->labels = malloc((size_t)(rows + 1) * sizeof *o->labels);
    if (!o->room || !o->labels) {
        lk_smooth_end(o);
        return lk_fail(LK_NO_MEMORY, "train: no memory for the scores of %lld rows",
                       (long long)rows);
    }
    double **const arrays[] = {&o->scores, &o->slope,   &o->bend,
                               &o->vector, &o->product, &o->soft_target};
    for (size_t k = 0; k < 6; k++) *arrays[k] = o->room + k * units;
    lk_smooth_read_targets(o);
    return LK_OK;
}

void lk_smooth_end(lk_smooth *o)
{
    lk_row_sums_end(&o->sums);
    free(o->room);
    free(o->labels);
    o->room = NULL;
    o->labels = NULL;
}

/* ---- the loss -----------------------------------------------------------------------------------
 */

/* The arrays of one call; views point into it. */
typedef struct loss_call {
    int64_t rows, shape[2], features[2], weights[2], single;
    double variance;
    lk_tensor input, target, weight, auxiliary, slope, bend, vector, product, layer, layer_slope;
    lk_result result;
    lk_call call;
} loss_call;

static void prepare(const lk_smooth *o, loss_call *c)
{
    const lk_linear_problem *p = o->problem;
    const int pointwise = o->info->kind == LK_KIND_POINTWISE;
    const int32_t dims = pointwise ? 1 : 2;
    *c = (loss_call){.rows = p->data->rows,
                     .shape = {p->data->rows, p->outputs},
                     .single = 1,
                     .variance = 1,
                     .call = LK_CALL_INIT};
    c->input = lk_view(o->scores, LK_F64, dims, c->shape);
    c->target = pointwise                  ? lk_vector(p->target, LK_F64, &c->rows)
                : has_soft_target(p->loss) ? lk_view(o->soft_target, LK_F64, 2, c->shape)
                                           : lk_vector(o->labels, LK_I64, &c->rows);
    c->call.input = &c->input;
    c->call.target = &c->target;
    c->call.curvature_mode = o->mode;
    if (p->weight) {
        c->weight = lk_vector(p->weight, LK_F64, &c->rows);
        c->call.weight = &c->weight;
    }
    if (p->loss == LK_GAUSSIAN_NLL) { /* of variance 1: a linear model predicts the mean alone */
        c->auxiliary = lk_vector(&c->variance, LK_F64, &c->single);
        c->call.auxiliary = &c->auxiliary;
    }
}

static lk_status call_loss(const lk_smooth *o, const lk_call *call)
{
    const lk_linear_problem *p = o->problem;
    return lk_evaluate(lk_loss_of_scores(p->loss), p->params, p->n_params, call);
}

/* Adds the l2 term to the derivatives of the rest, of which v is the argument. */
static void add_l2(const lk_smooth *o, const double *v, double *out)
{
    const lk_linear_problem *p = o->problem;
    lk_add(o->weights, p->l2, v, out);
    if (p->bias == LK_BIAS_PENALISED) lk_add(p->outputs, p->l2, v + o->weights, out + o->weights);
    if (p->bias == LK_BIAS_NONE) memset(out + o->weights, 0, (size_t)p->outputs * sizeof *out);
}

static int64_t penalised(const lk_smooth *o)
{
    return o->problem->bias == LK_BIAS_PENALISED ? o->width : o->weights;
}

/* A sum of squares that is not finite leaves no way to tell how far a point is from the answer. */
static lk_status check_gradient(const lk_smooth *o, const double *gradient)
{
    if (isfinite(lk_dot(o->width, gradient, gradient))) return LK_OK;
    return lk_fail(LK_OUT_OF_DOMAIN,
                   "train: the gradient of %s is too large to square, or not finite; scale the "
                   "features and targets",
                   o->info->name);
}

/* A loss of features under a layer of its own, whose weights w are. */
static lk_status layer_at(lk_smooth *o, const double *x, double *value, double *gradient)
{
    const lk_linear_problem *p = o->problem;
    loss_call c;
    prepare(o, &c);
    c.features[0] = p->data->rows;
    c.weights[0] = p->outputs;
    c.features[1] = c.weights[1] = p->data->features;
    c.input = lk_view(p->data->dense, LK_F64, 2, c.features);
    c.layer = lk_view(x, LK_F64, 2, c.weights);
    c.layer_slope = lk_view(gradient, LK_F64, 2, c.weights);
    c.call.weights = &c.layer;
    if (gradient) c.call.weights_gradient = &c.layer_slope;
    c.call.result = &c.result;
    const lk_status status = call_loss(o, &c.call);
    if (status) return status;
    *value = c.result.value + 0.5 * p->l2 * lk_dot(o->weights, x, x);
    if (!gradient) return LK_OK;
    add_l2(o, x, gradient);
    return check_gradient(o, gradient);
}

lk_status lk_smooth_at(lk_smooth *o, const double *x, double *value, double *gradient)
{
    const lk_linear_problem *p = o->problem;
    if (o->info->kind == LK_KIND_LINEAR) return layer_at(o, x, value, gradient);
    loss_call c;
    prepare(o, &c);
    lk_rows_scores(p->data, p->outputs, x, x + o->weights, o->scores);
    c.slope = lk_view(o->slope, LK_F64, c.input.ndim, c.shape);
    c.bend = lk_view(o->bend, LK_F64, c.input.ndim, c.shape);
    c.call.result = &c.result;
    if (gradient) c.call.gradient = &c.slope;
    if (gradient && takes(o->info, LK_ARG_CURVATURE)) c.call.curvature = &c.bend;
    const lk_status status = call_loss(o, &c.call);
    if (status) return status;
    *value = c.result.value + 0.5 * p->l2 * lk_dot(penalised(o), x, x);
    if (!gradient) return LK_OK;
    lk_row_sums_take(&o->sums, o->slope, gradient);
    add_l2(o, x, gradient);
    return check_gradient(o, gradient);
}

lk_status lk_smooth_diagonal(lk_smooth *o, double *diagonal)
{
    const lk_linear_problem *p = o->problem;
    if (o->info->kind == LK_KIND_LINEAR || !takes(o->info, LK_ARG_CURVATURE)) {
        for (int64_t k = 0; k < o->width; k++) diagonal[k] = 1;
        return LK_OK;
    }
    lk_row_sums_squares(&o->sums, o->bend, diagonal);
    double largest = 0;
    for (int64_t k = 0; k < o->width; k++) {
        if (k < penalised(o)) diagonal[k] += p->l2;
        if (diagonal[k] > largest) largest = diagonal[k];
    }
    const double least = largest > 0 ? 1e-10 * largest : 1;
    for (int64_t k = 0; k < o->width; k++)
        if (!(diagonal[k] > least)) diagonal[k] = least;
    return LK_OK;
}

lk_status lk_smooth_hessian(lk_smooth *o, const double *v, double *out)
{
    const lk_linear_problem *p = o->problem;
    if (o->info->kind == LK_KIND_POINTWISE) {
        lk_row_sums_curve(&o->sums, o->bend, v, out);
    } else {
        loss_call c;
        prepare(o, &c);
        lk_rows_scores(p->data, p->outputs, v, v + o->weights, o->vector);
        c.vector = lk_view(o->vector, LK_F64, 2, c.shape);
        c.product = lk_view(o->product, LK_F64, 2, c.shape);
        c.call.vector = &c.vector;
        c.call.hessian_vector = &c.product;
        const lk_status status = call_loss(o, &c.call);
        if (status) return status;
        lk_row_sums_take(&o->sums, o->product, out);
    }
    add_l2(o, v, out);
    return LK_OK;
}

/* ---- the l1 term --------------------------------------------------------------------------------
 */

double lk_smooth_penalty(const lk_smooth *o, const double *x)
{
    double sum = 0;
    for (int64_t k = 0; k < penalised(o); k++) sum += fabs(x[k]);
    return o->problem->l1 * sum;
}

/* |x| has the slope sign(x), and all of [-1, 1] at 0. */
double lk_smooth_subgradient(const lk_smooth *o, const double *x, const double *gradient)
{
    const double l1 = o->problem->l1;
    double sum = 0;
    for (int64_t k = 0; k < o->width; k++) {
        double g = gradient[k];
        if (k < penalised(o))
            g = x[k] != 0 ? g + copysign(l1, x[k]) : copysign(fmax(fabs(g) - l1, 0), g);
        sum += g * g;
    }
    return sqrt(sum);
}

lk_status lk_smooth_start(lk_smooth *o, const double *start, double *x, double *value,
                          double *gradient, double *first)
{
    const size_t size = (size_t)o->width * sizeof *x;
    memset(x, 0, size);
    lk_status status = lk_smooth_at(o, x, value, gradient);
    *first = status ? 0 : lk_smooth_subgradient(o, x, gradient);
    if (memcmp(x, start, size) != 0) {
        memcpy(x, start, size);
        status = lk_smooth_at(o, x, value, gradient);
        if (!status && *first == 0) *first = lk_smooth_subgradient(o, x, gradient);
    }
    return status;
}
