/* mlp_objective.c: the sum of losses that a network is trained with. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mlp.h"

/* ---- room ---------------------------------------------------------------------------------------
 */

static lk_status term_room(lk_mlp_term *t, int index, const lk_mlp_objective *o,
                           const lk_mlp *network, int64_t capacity, lk_model *model)
{
    const int points = t->view == LK_MLP_PAIRS ? 1 : t->view == LK_MLP_TRIPLES ? 2 : 0;
    const int64_t units = t->layer < 0 ? network->features : network->layers[t->layer].units;
    const size_t rows = (size_t)capacity, width = (size_t)(points ? units : o->outputs);
    t->target = calloc(rows * (points ? 1 : width) + 1, sizeof *t->target);
    t->partner_weight = calloc(rows + 1, sizeof *t->partner_weight);
    int whole = t->target && t->partner_weight;
    for (int p = 0; whole && p < points; p++) {
        t->other[p] = calloc(rows * width + 1, sizeof **t->other);
        t->by_other[p] = calloc(rows * width + 1, sizeof **t->by_other);
        t->partner[p] = calloc(rows + 1, sizeof **t->partner);
        whole = t->other[p] && t->by_other[p] && t->partner[p];
    }
    if (whole && t->view == LK_MLP_CENTERS) {
        const int64_t shape[2] = {o->targets.classes, units};
        char name[LK_TENSOR_NAME];
        snprintf(name, sizeof name, "training.centers%d", index);
        t->centers = lk_model_add(model, name, LK_F32, 2, shape);
        t->center_step = calloc((size_t)(shape[0] * units), sizeof *t->center_step);
        whole = t->centers && t->center_step;
    }
    return whole ? LK_OK
                 : lk_fail(LK_NO_MEMORY, "train: no memory for %lld rows", (long long)capacity);
}

lk_status lk_mlp_objective_room(lk_mlp_objective *o, const lk_mlp *network, int64_t capacity,
                                lk_model *model)
{
    const size_t rows = (size_t)capacity;
    o->targets = (lk_dataset){.targets = model->targets, .classes = model->classes};
    o->targets.target = calloc(rows * (size_t)model->targets + 1, sizeof *o->targets.target);
    o->coded = calloc(rows + 1, sizeof *o->coded);
    o->labels = calloc(rows + 1, sizeof *o->labels);
    o->weight = calloc(rows + 1, sizeof *o->weight);
    o->by_class = calloc(rows + 1, sizeof *o->by_class);
    o->class_start = calloc((size_t)model->classes + 2, sizeof *o->class_start);
    if (!o->targets.target || !o->coded || !o->labels || !o->weight || !o->by_class ||
        !o->class_start)
        return lk_fail(LK_NO_MEMORY, "train: no memory for %lld rows", (long long)capacity);
    lk_status status = LK_OK;
    for (int k = 0; !status && k < o->n_terms; k++)
        status = term_room(&o->terms[k], k, o, network, capacity, model);
    return status;
}

void lk_mlp_objective_close(lk_mlp_objective *o)
{
    for (int k = 0; k < o->n_terms; k++) {
        lk_mlp_term *const t = &o->terms[k];
        for (int p = 0; p < 2; p++) {
            free(t->other[p]);
            free(t->by_other[p]);
            free(t->partner[p]);
        }
        free(t->target);
        free(t->partner_weight);
        free(t->center_step);
    }
    free(o->terms);
    free(o->targets.target);
    free(o->coded);
    free(o->labels);
    free(o->weight);
    free(o->by_class);
    free(o->class_start);
    memset(o, 0, sizeof *o);
}

/* ---- the targets of a batch ---------------------------------------------------------------------
 */

/* One distribution for each row, all of it on the row's class. */
static void fill_soft_rows(const lk_mlp_objective *o, lk_mlp_term *t)
{
    for (int64_t i = 0; i < o->targets.rows; i++)
        for (int64_t c = 0; c < o->outputs; c++) t->target[i * o->outputs + c] = c == o->labels[i];
}

static void fill_elements(const lk_mlp_objective *o, lk_mlp_term *t)
{
    for (int64_t c = 0; c < o->outputs; c++) {
        lk_code_targets(t->loss, &o->targets, c, o->coded);
        for (int64_t i = 0; i < o->targets.rows; i++)
            t->target[i * o->outputs + c] = (float)o->coded[i];
    }
}

void lk_mlp_objective_load(lk_mlp_objective *o, const lk_dataset *data, const int64_t *numbers,
                           int64_t first, int64_t n)
{
    o->targets.rows = n;
    for (int64_t i = 0; i < n; i++) {
        const int64_t row = numbers ? numbers[i] : first + i;
        memcpy(o->targets.target + i * data->targets, data->target + row * data->targets,
               (size_t)data->targets * sizeof *data->target);
        o->labels[i] = data->classes ? (int64_t)data->target[row] : 0;
        o->weight[i] = data->weight ? (float)data->weight[row] : 1;
    }
    for (int k = 0; k < o->n_terms; k++) {
        lk_mlp_term *const t = &o->terms[k];
        if (t->view == LK_MLP_ELEMENTS || t->view == LK_MLP_REGION) fill_elements(o, t);
        if (t->view == LK_MLP_SOFT_ROWS) fill_soft_rows(o, t);
    }
}

/* ---- the sum ------------------------------------------------------------------------------------
 */

/* The tensors of one term's call. */
typedef struct call_views {
    int64_t rows, wide[2], tall[2], weights_shape[2], centers_shape[2];
    lk_tensor input, gradient, target, weight, weights, bias, by_weights, by_bias, centers, step;
    lk_tensor other[2], by_other[2];
    double params[LK_MAX_PARAMS];
    lk_call call;
} call_views;

static void gather(const lk_mlp_term *t, int64_t rows, int64_t units, const float *x)
{
    for (int p = 0; p < 2 && t->other[p]; p++)
        for (int64_t i = 0; i < rows; i++)
            memcpy(t->other[p] + i * units, x + t->partner[p][i] * units,
                   (size_t)units * sizeof *x);
}

static void scatter(const lk_mlp_term *t, int64_t rows, int64_t units, float *gradient)
{
    for (int p = 0; p < 2 && t->other[p]; p++)
        for (int64_t i = 0; i < rows; i++) {
            float *const to = gradient + t->partner[p][i] * units;
            for (int64_t j = 0; j < units; j++) to[j] += t->by_other[p][i * units + j];
        }
}

static void set_target(const lk_mlp_objective *o, const lk_mlp_term *t, call_views *v)
{
    switch (t->view) {
    case LK_MLP_TRIPLES:
        return;
    case LK_MLP_ELEMENTS:
    case LK_MLP_SOFT_ROWS:
    case LK_MLP_REGION:
        v->target = lk_mlp_matrix(t->target, v->wide);
        break;
    case LK_MLP_PAIRS:
        v->target = lk_vector(t->target, LK_F32, &v->rows);
        break;
    default:
        v->target = lk_vector(o->labels, LK_I64, &v->rows);
    }
    v->call.target = &v->target;
}

/* Elements take a weight for each row as [rows, 1]. */
static void set_weight(const lk_mlp_objective *o, const lk_mlp_term *t, call_views *v)
{
    const int pairs = t->view == LK_MLP_PAIRS || t->view == LK_MLP_TRIPLES;
    if (lk_mlp_is_whole_batch(t, o->outputs)) {
        v->call.grouping = LK_PER_BATCH;
        return;
    }
    const float *const weight = pairs ? t->partner_weight : o->weight;
    v->weight = t->view == LK_MLP_ELEMENTS ? lk_mlp_matrix(weight, v->tall)
                                           : lk_vector(weight, LK_F32, &v->rows);
    v->call.weight = &v->weight;
}

static void set_last_layer(const lk_mlp *network, const lk_mlp_term *t, float *gradient,
                           call_views *v)
{
    const lk_mlp_layer *const l = &network->layers[network->n_layers - 1];
    v->weights_shape[0] = l->units;
    v->weights_shape[1] = l->inputs;
    v->weights = lk_mlp_matrix(l->value[LK_MLP_WEIGHT], v->weights_shape);
    v->call.weights = &v->weights;
    const int with_bias = (int)(lk_loss_takes(t->loss, NULL) >> LK_ARG_BIAS & 1u);
    v->bias = lk_vector(l->value[LK_MLP_BIAS], LK_F32, v->weights_shape);
    if (with_bias) v->call.bias = &v->bias;
    if (!gradient) return;
    v->by_weights = lk_mlp_matrix(gradient + l->at[LK_MLP_WEIGHT], v->weights_shape);
    v->by_bias = lk_vector(gradient + l->at[LK_MLP_BIAS], LK_F32, v->weights_shape);
    v->call.weights_gradient = &v->by_weights;
    if (with_bias) v->call.bias_gradient = &v->by_bias;
}

static void set_points(const lk_mlp_objective *o, const lk_mlp_term *t, int wanted, call_views *v)
{
    for (int p = 0; p < 2 && t->other[p]; p++) {
        v->other[p] = lk_mlp_matrix(t->other[p], v->wide);
        v->by_other[p] = lk_mlp_matrix(t->by_other[p], v->wide);
    }
    if (t->other[0]) v->call.other = &v->other[0];
    if (t->other[1]) v->call.negative = &v->other[1];
    if (t->other[0] && wanted) v->call.other_gradient = &v->by_other[0];
    if (t->other[1] && wanted) v->call.negative_gradient = &v->by_other[1];
    if (!t->centers) return;
    v->centers_shape[0] = o->targets.classes;
    v->centers_shape[1] = v->wide[1];
    v->centers = lk_mlp_matrix(t->centers, v->centers_shape);
    v->step = lk_mlp_matrix(t->center_step, v->centers_shape);
    v->call.centers = &v->centers;
    if (wanted) v->call.center_step = &v->step;
}

/* Numbers about a sample (beta = auto, scale = mad_per_row) are those of what the first index
 * selects; of a single output they are the batch's, which as [rows, 1] would be `rows` samples. */
static void flatten(call_views *v)
{
    v->input.ndim = v->gradient.ndim = v->target.ndim = v->weight.ndim = 1;
}

static void set_call(const lk_mlp_objective *o, const lk_mlp_term *t, const lk_mlp *network,
                     const lk_mlp_pass *pass, float *gradient, call_views *v)
{
    const lk_call init = LK_CALL_INIT;
    lk_mlp_trace *const trace = t->layer < 0 ? NULL : &pass->traces[t->layer];
    v->call = init;
    v->rows = v->wide[0] = v->tall[0] = pass->rows;
    v->wide[1] = trace ? network->layers[t->layer].units : network->features;
    v->tall[1] = 1;
    v->input = lk_mlp_matrix(trace ? trace->output : pass->input, v->wide);
    v->call.input = &v->input;
    if (trace && gradient) {
        v->gradient = lk_mlp_matrix(trace->gradient, v->wide);
        v->call.gradient = &v->gradient;
        trace->has_gradient = 1;
    }
    set_target(o, t, v);
    set_weight(o, t, v);
    set_points(o, t, gradient != NULL, v);
    if (t->view == LK_MLP_LAST_LAYER) set_last_layer(network, t, gradient, v);
    if (t->view == LK_MLP_ELEMENTS && v->wide[1] == 1) flatten(v);
}

/* The large margin's lambda starts high, as in the authors' code, and ends as the parameter says.
 */
static void set_params(const lk_mlp_term *t, int64_t step, call_views *v)
{
    memcpy(v->params, t->params, sizeof v->params);
    if (t->loss == LK_LARGE_MARGIN_SOFTMAX && step >= 0)
        v->params[1] =
            lk_large_margin_lambda((double)step, t->margin_lambda, 0.12, 1, t->params[1]);
}

static void draw_all(lk_mlp_objective *o, const lk_mlp *network, const lk_mlp_pass *pass,
                     uint64_t seed)
{
    for (int k = 0; k < o->n_terms; k++) {
        lk_mlp_term *const t = &o->terms[k];
        if (!t->other[0]) continue;
        lk_mlp_draw_partners(o, t, lk_random_stream(seed, (uint64_t)k));
        gather(t, pass->rows, network->layers[t->layer].units, pass->traces[t->layer].output);
    }
}

lk_status lk_mlp_objective_evaluate(lk_mlp_objective *o, const lk_mlp *network, lk_mlp_pass *pass,
                                    uint64_t seed, int64_t step, float *gradient, double *loss)
{
    const size_t n = (size_t)o->n_terms;
    call_views *const views = calloc(n, sizeof *views);
    lk_term *const terms = calloc(n, sizeof *terms);
    lk_status status = LK_NO_MEMORY;
    if (!views || !terms) {
        (void)lk_fail(status, "train: no memory for %d losses", o->n_terms);
        goto end;
    }
    draw_all(o, network, pass, seed);
    for (size_t k = 0; k < n; k++) {
        lk_mlp_term *const t = &o->terms[k];
        set_call(o, t, network, pass, gradient, &views[k]);
        set_params(t, step, &views[k]);
        terms[k] = (lk_term){t->loss, views[k].params, t->n_params, t->factor, &views[k].call};
    }
    lk_result total;
    if (o->terms[0].custom) {
        views[0].call.result = &total;
        status = lk_evaluate_custom(o->terms[0].custom, o->terms[0].custom_context, &views[0].call);
    } else {
        status = lk_evaluate_sum(terms, o->n_terms, &total);
    }
    if (status) goto end;
    *loss = total.value;
    for (size_t k = 0; gradient && k < n; k++)
        if (o->terms[k].other[0])
            scatter(&o->terms[k], pass->rows, views[k].wide[1],
                    pass->traces[o->terms[k].layer].gradient);
end:
    free(views);
    free(terms);
    return status;
}

int64_t lk_mlp_objective_bad_row(const lk_mlp_objective *o, const lk_mlp *network,
                                 const lk_mlp_pass *pass)
{
    int64_t bad = -1;
    for (int k = 0; bad < 0 && k < o->n_terms; k++) {
        const lk_mlp_term *const t = &o->terms[k];
        if (t->view > LK_MLP_SOFT_ROWS) continue;
        call_views v;
        memset(&v, 0, sizeof v);
        set_call(o, t, network, pass, NULL, &v);
        const int64_t each = t->view == LK_MLP_ELEMENTS ? o->outputs : 1;
        float *const values = malloc((size_t)(pass->rows * each) * sizeof *values);
        lk_tensor value = lk_vector(values, LK_F32, &v.rows);
        if (t->view == LK_MLP_ELEMENTS) {
            value = lk_mlp_matrix(values, v.wide);
            value.ndim = v.input.ndim;
        }
        v.call.value = &value;
        const lk_status status = !values ? LK_NO_MEMORY
                                 : t->custom
                                     ? lk_evaluate_custom(t->custom, t->custom_context, &v.call)
                                     : lk_evaluate(t->loss, t->params, t->n_params, &v.call);
        if (!status)
            for (int64_t i = 0; bad < 0 && i < pass->rows * each; i++)
                if (!isfinite(values[i])) bad = i / each;
        free(values);
    }
    return bad;
}

void lk_mlp_objective_move_centers(lk_mlp_objective *o, const lk_mlp *network, double rate)
{
    for (int k = 0; k < o->n_terms; k++) {
        const lk_mlp_term *const t = &o->terms[k];
        const int64_t n = t->centers ? o->targets.classes * network->layers[t->layer].units : 0;
        for (int64_t i = 0; i < n; i++) t->centers[i] -= (float)rate * t->center_step[i];
    }
}
