/* mlp_terms.c: what the terms of an objective make of the data: their views, their loss, and how
 * many outputs they call for. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mlp.h"

static int takes(lk_loss loss, lk_argument_id id)
{
    return (int)(lk_loss_takes(loss, NULL) >> id & 1u);
}

static int needs(lk_loss loss, lk_argument_id id)
{
    uint32_t needed;
    (void)lk_loss_takes(loss, &needed);
    return (int)(needed >> id & 1u);
}

static lk_status view_of_features(lk_loss loss, lk_mlp_view *view)
{
    if (loss == LK_INFO_NCE)
        return lk_fail(LK_UNSUPPORTED, "train: info_nce needs two views of each row; "
                                       "supervised_contrastive takes classes instead");
    *view = takes(loss, LK_ARG_NEGATIVE)  ? LK_MLP_TRIPLES
            : takes(loss, LK_ARG_CENTERS) ? LK_MLP_CENTERS
            : takes(loss, LK_ARG_OTHER)   ? LK_MLP_PAIRS
                                          : LK_MLP_FEATURES;
    return LK_OK;
}

static lk_status view_of(const lk_loss_info *info, lk_loss loss, lk_mlp_view *view)
{
    switch (info->kind) {
    case LK_KIND_POINTWISE:
        if (loss == LK_ZERO_ONE)
            return lk_fail(LK_UNSUPPORTED,
                           "train: zero_one has gradient 0 everywhere, nothing to follow");
        if (needs(loss, LK_ARG_AUXILIARY))
            return lk_fail(LK_UNSUPPORTED, "train: %s needs a third input, %s", info->name,
                           info->auxiliary);
        *view = LK_MLP_ELEMENTS;
        return LK_OK;
    case LK_KIND_ROWS:
        if (!needs(loss, LK_ARG_TARGET))
            return lk_fail(LK_UNSUPPORTED, "train: %s has no target, it cannot be learned",
                           info->name);
        *view =
            loss == LK_KL_DIVERGENCE || loss == LK_JS_DIVERGENCE ? LK_MLP_SOFT_ROWS : LK_MLP_ROWS;
        return LK_OK;
    case LK_KIND_LINEAR:
        *view = LK_MLP_LAST_LAYER;
        return LK_OK;
    case LK_KIND_REGION:
        *view = LK_MLP_REGION;
        return LK_OK;
    case LK_KIND_EMBEDDING:
        return view_of_features(loss, view);
    default:
        return lk_fail(LK_UNSUPPORTED, "train: %s is a loss of sequences, not of rows", info->name);
    }
}

static void set_param(const lk_loss_info *info, const char *name, double value, double *params)
{
    for (int k = 0; k < info->n_params; k++)
        if (!strcmp(info->params[k].name, name)) params[k] = value;
}

/* The network's outputs are scores, never probabilities or their logarithms; binary_cross_entropy
 * alone has a sigmoid before it. Distributions to be learned are made of classes, never of
 * logarithms. */
static lk_status open_term(const lk_objective *from, int index, const lk_mlp_options *options,
                           lk_mlp_term *term)
{
    const lk_loss loss = from->loss == LK_NLL ? LK_SOFTMAX_CROSS_ENTROPY : from->loss;
    const lk_loss_info *info = lk_loss_describe(loss);
    if (!info) return lk_fail(LK_INVALID, "train: there is no loss %d", (int)loss);
    if (!isfinite(from->factor))
        return lk_fail(LK_INVALID, "train: the factor of %s is %g; expected a finite number",
                       info->name, from->factor);
    const int given = from->loss == loss ? from->n_params : 0;
    if (given && given != info->n_params)
        return lk_fail(LK_INVALID, "train: %d parameters for %s, which has %d", given, info->name,
                       info->n_params);
    *term = (lk_mlp_term){.loss = loss, .factor = from->factor, .n_params = info->n_params};
    for (int k = 0; k < info->n_params; k++)
        term->params[k] = given ? from->params[k] : info->params[k].preset;
    set_param(info, "logits", 1, term->params);
    set_param(info, "log_target", 0, term->params);
    const lk_status status = view_of(info, loss, &term->view);
    if (status) return status;
    if (term->view < LK_MLP_FEATURES && from->layer)
        return lk_fail(LK_INVALID,
                       "train: layer %d for %s, which takes the network's outputs; expected 0",
                       from->layer, info->name);
    if (from->layer < 0 || from->layer > options->n_layers)
        return lk_fail(LK_INVALID, "train: term %d takes layer %d; there are hidden layers 1 to %d",
                       index, from->layer, options->n_layers);
    if (term->view >= LK_MLP_FEATURES && !options->n_layers)
        return lk_fail(LK_INVALID, "train: %s takes the output of a hidden layer; there is none",
                       info->name);
    term->margin_lambda = options->margin_lambda;
    term->layer = term->view == LK_MLP_LAST_LAYER ? options->n_layers - 1
                  : term->view < LK_MLP_FEATURES  ? options->n_layers
                  : from->layer                   ? from->layer - 1
                                                  : options->n_layers - 1;
    return LK_OK;
}

int lk_mlp_is_whole_batch(const lk_mlp_term *t, int64_t outputs)
{
    return t->view == LK_MLP_REGION && outputs == 1 && t->loss != LK_L1_NORM &&
           t->loss != LK_L2_NORM;
}

/* The term's outputs have to be those of the terms before it. */
static lk_status join(const lk_dataset *data, const lk_dataset *validation, lk_mlp_term *term,
                      lk_mlp_objective *o)
{
    const char *const name = lk_loss_describe(term->loss)->name;
    if (term->view >= LK_MLP_FEATURES) {
        if (data->classes < 2)
            return lk_fail(LK_INVALID, "train: %s needs classes; the targets are numbers", name);
        return LK_OK;
    }
    const int64_t outputs = lk_outputs_of(term->loss, data);
    if (!outputs) return LK_INVALID;
    if (o->outputs && o->outputs != outputs)
        return lk_fail(LK_INVALID, "train: %s needs %lld outputs, %s needs %lld", name,
                       (long long)outputs, lk_loss_describe(o->loss)->name, (long long)o->outputs);
    if (o->outputs &&
        (term->loss == LK_BINARY_CROSS_ENTROPY) != (o->loss == LK_BINARY_CROSS_ENTROPY))
        return lk_fail(LK_INVALID,
                       "train: binary_cross_entropy takes probabilities, %s scores; use "
                       "sigmoid_cross_entropy",
                       o->loss == LK_BINARY_CROSS_ENTROPY ? name : lk_loss_describe(o->loss)->name);
    if (lk_mlp_is_whole_batch(term, outputs) &&
        (data->weight || (validation && validation->weight)))
        return lk_fail(LK_INVALID,
                       "train: %s of one output is one number for all rows of a batch, "
                       "which have no weights of their own",
                       name);
    if (!o->outputs) {
        o->loss = term->loss;
        o->n_params = term->n_params;
        memcpy(o->params, term->params, sizeof o->params);
    }
    o->outputs = outputs;
    if (term->view != LK_MLP_LAST_LAYER) o->needs_output = 1;
    return LK_OK;
}

static lk_status open_custom(const lk_dataset *data, const lk_mlp_options *options,
                             lk_mlp_objective *o)
{
    if (options->objective || options->n_objective)
        return lk_fail(LK_INVALID, "train: a loss of one's own, and %d others; expected it alone",
                       options->n_objective);
    o->terms = calloc(1, sizeof *o->terms);
    if (!o->terms) return lk_fail(LK_NO_MEMORY, "train: no memory for a loss");
    o->n_terms = 1;
    *o->terms = (lk_mlp_term){.view = LK_MLP_ELEMENTS,
                              .custom = options->custom,
                              .custom_context = options->custom_context,
                              .factor = 1,
                              .layer = options->n_layers};
    o->outputs = data->classes > 2 ? data->classes : data->classes ? 1 : data->targets;
    o->needs_output = 1;
    if (o->outputs) return LK_OK;
    lk_mlp_objective_close(o);
    return lk_fail(LK_INVALID, "train: the rows have no targets");
}

lk_status lk_mlp_objective_open(const lk_dataset *data, const lk_mlp_options *options,
                                lk_mlp_objective *o)
{
    memset(o, 0, sizeof *o);
    if (options->custom) return open_custom(data, options, o);
    if (options->n_objective < 1 || !options->objective)
        return lk_fail(LK_INVALID, "train: the objective has no loss");
    o->terms = calloc((size_t)options->n_objective, sizeof *o->terms);
    if (!o->terms)
        return lk_fail(LK_NO_MEMORY, "train: no memory for %d losses", options->n_objective);
    lk_status status = LK_OK;
    int angles = 0;
    for (int k = 0; !status && k < options->n_objective; k++) {
        status = open_term(&options->objective[k], k, options, &o->terms[k]);
        o->n_terms = k + 1;
        if (!status) status = join(data, options->validation, &o->terms[k], o);
        angles |= o->terms[k].loss == LK_ARCFACE || o->terms[k].loss == LK_COSFACE;
    }
    if (status) {
        lk_mlp_objective_close(o);
        return status;
    }
    o->unit_rows = angles && !o->needs_output;
    if (!o->outputs) { /* an embedding */
        o->loss = o->terms[0].loss;
        o->n_params = o->terms[0].n_params;
        memcpy(o->params, o->terms[0].params, sizeof o->params);
        o->outputs = options->layers[options->n_layers - 1].units;
    }
    return LK_OK;
}
