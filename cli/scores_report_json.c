/* scores_report_json.c: a report as JSON. What is not a number is null. */
#include "scores_report.h"

#include <math.h>

static void set_number(json_t *object, const char *key, double value)
{
    json_object_set_new(object, key, isfinite(value) ? json_real(value) : json_null());
}

static json_t *numbers_json(const double *numbers, int64_t n)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < n; i++)
        json_array_append_new(list, isfinite(numbers[i]) ? json_real(numbers[i]) : json_null());
    return list;
}

static json_t *undefined_json(uint32_t undefined)
{
    static const struct {
        uint32_t bit;
        const char *word;
    } words[] = {{LK_UNDEFINED_PRECISION, "precision"},
                 {LK_UNDEFINED_RECALL, "recall"},
                 {LK_UNDEFINED_F, "f"},
                 {LK_UNDEFINED_MATTHEWS, "matthews"},
                 {LK_UNDEFINED_KAPPA, "kappa"},
                 {LK_UNDEFINED_R2, "r2"},
                 {LK_UNDEFINED_MSLE, "mean_squared_log_error"}};
    json_t *list = json_array();
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        if (undefined & words[k].bit) json_array_append_new(list, json_string(words[k].word));
    return list;
}

static json_t *metrics_json(const lk_class_metrics *m)
{
    json_t *one = json_object();
    set_number(one, "precision", m->precision);
    set_number(one, "recall", m->recall);
    set_number(one, "f", m->f);
    set_number(one, "support", m->support);
    json_object_set_new(one, "undefined", undefined_json(m->undefined));
    return one;
}

static json_t *classes_json(const scores_report *r)
{
    json_t *list = json_array();
    for (int64_t k = 0; k < r->question.classes; k++) {
        char text[CLASS_NAME];
        json_t *one = json_object(), *metrics = metrics_json(&r->each[k]);
        json_object_set_new(one, "class", json_string(scores_class_name(&r->question, k, text)));
        json_object_update(one, metrics);
        json_decref(metrics);
        set_number(one, "auc", r->auc[k]);
        set_number(one, "average_precision", r->average_precision[k]);
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *averages_json(const scores_report *r)
{
    const lk_classification *s = &r->summary;
    json_t *micro = metrics_json(&s->micro), *macro = metrics_json(&s->macro);
    json_t *weighted = metrics_json(&s->weighted);
    const int has_areas = !isnan(scores_auc(r)) || !isnan(scores_average_precision(r));
    set_number(macro, "auc", has_areas ? r->mean_auc.macro : NAN);
    set_number(macro, "average_precision", has_areas ? r->mean_average_precision.macro : NAN);
    set_number(weighted, "auc", has_areas ? r->mean_auc.weighted : NAN);
    set_number(weighted, "average_precision", has_areas ? r->mean_average_precision.weighted : NAN);
    return json_pack("{s:o, s:o, s:o}", "micro", micro, "macro", macro, "weighted", weighted);
}

static json_t *calibration_json(const scores_report *r)
{
    const lk_curve *c = &r->calibration.curve;
    if (!c->n) return json_null();
    json_t *one = json_object();
    set_number(one, "ece", r->calibration.ece);
    set_number(one, "mce", r->calibration.mce);
    json_object_set_new(one, "from", numbers_json(c->threshold, c->n));
    json_object_set_new(one, "probability", numbers_json(c->x, c->n));
    json_object_set_new(one, "share", numbers_json(c->y, c->n));
    json_object_set_new(one, "weight", numbers_json(c->weight, c->n));
    return one;
}

static json_t *classification_json(const scores_report *r)
{
    const lk_classification *s = &r->summary;
    const scores_question *q = &r->question;
    json_t *root = json_object(), *matrix = json_array();
    set_number(root, "accuracy", s->accuracy);
    set_number(root, "balanced_accuracy", s->balanced_accuracy);
    set_number(root, "matthews", s->matthews);
    set_number(root, "kappa", s->kappa);
    set_number(root, "beta", q->beta);
    set_number(root, "auc", scores_auc(r));
    set_number(root, "average_precision", scores_average_precision(r));
    set_number(root, "log_loss", r->log_loss);
    set_number(root, "brier", r->brier);
    json_object_set_new(root, "top",
                        isnan(r->top_accuracy) ? json_null()
                                               : json_pack("{s:I, s:f}", "k", (json_int_t)q->top,
                                                           "accuracy", r->top_accuracy));
    json_object_set_new(root, "undefined", undefined_json(s->undefined));
    json_object_set_new(root, "classes", classes_json(r));
    json_object_set_new(root, "averages", averages_json(r));
    for (int64_t k = 0; k < q->classes; k++)
        json_array_append_new(matrix, numbers_json(r->matrix + k * q->classes, q->classes));
    json_object_set_new(root, "confusion", matrix);
    json_object_set_new(root, "calibration", calibration_json(r));
    return root;
}

static json_t *regression_json(const lk_regression *m)
{
    json_t *root = json_object();
    set_number(root, "mean_squared_error", m->mean_squared_error);
    set_number(root, "root_mean_squared_error", m->root_mean_squared_error);
    set_number(root, "mean_absolute_error", m->mean_absolute_error);
    set_number(root, "median_absolute_error", m->median_absolute_error);
    set_number(root, "max_error", m->max_error);
    set_number(root, "r2", m->r2);
    set_number(root, "explained_variance", m->explained_variance);
    set_number(root, "mean_absolute_percentage_error", m->mean_absolute_percentage_error);
    set_number(root, "mean_squared_log_error", m->mean_squared_log_error);
    set_number(root, "pinball", m->pinball);
    json_object_set_new(root, "undefined", undefined_json(m->undefined));
    return root;
}

json_t *scores_report_json(const scores_report *r)
{
    if (r->question.kind != SCORES_NUMBERS) return classification_json(r);
    json_t *root = regression_json(&r->regression), *outputs = json_array();
    set_number(root, "quantile", r->question.quantile);
    for (int64_t k = 0; k < r->question.columns; k++)
        json_array_append_new(outputs, regression_json(&r->outputs[k]));
    json_object_set_new(root, "outputs", outputs);
    return root;
}
