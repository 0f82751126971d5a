#include "eval_report.h"

#include "catalogue.h"
#include "format.h"

#include <string.h>

int is_standard(const char *path)
{
    return path && (!strcmp(path, "-") || !strncmp(path, "-:", 2));
}

static json_t *parameters_json(const expression_term *term)
{
    json_t *params = json_object();
    for (int k = 0; k < term->info->n_params; k++)
        json_object_set_new(params, term->info->params[k].name,
                            number_json(term->parameters.values[k]));
    return params;
}

static json_t *result_json(const lk_result *r)
{
    return json_pack("{s:o, s:o, s:I}", "value", number_json(r->value), "normalizer",
                     number_json(r->normalizer), "count", (json_int_t)r->count);
}

static json_t *terms_json(const eval_job *j)
{
    json_t *list = json_array();
    for (int k = 0; k < j->sum.n; k++) {
        const expression_term *term = &j->sum.terms[k];
        json_t *object = result_json(&j->results[k]);
        json_object_set_new(object, "loss", json_string(term->info->name));
        json_object_set_new(object, "factor", number_json(term->factor));
        json_object_set_new(object, "parameters", parameters_json(term));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *outputs_json(const eval_job *j)
{
    json_t *outputs = json_object();
    char name[OPTION_NAME];
    for (int slot = 0; slot < SLOTS; slot++)
        if (j->arrays.paths[slot] && slot_is_output(slot))
            json_object_set_new(outputs, slot_option(slot, name),
                                json_string(j->arrays.paths[slot]));
    return outputs;
}

int eval_print_json(const eval_job *j, error *e)
{
    char name[EXPRESSION_TEXT];
    expression_text(&j->sum, name, sizeof name);
    const array *input = &j->arrays.arrays[eval_slot(&j->arrays, &j->sum.terms[0], LK_ARG_INPUT)];
    json_t *shape = json_array();
    for (int k = 0; k < input->ndim; k++)
        json_array_append_new(shape, json_integer(input->shape[k]));
    json_t *root = json_pack("{s:i, s:s}", "schema", 1, "loss",
                             j->sum.is_sum ? name : j->sum.terms[0].info->name);
    if (j->sum.is_sum)
        json_object_set_new(root, "terms", terms_json(j));
    else
        json_object_set_new(root, "parameters", parameters_json(&j->sum.terms[0]));
    json_object_set_new(root, "reduction", json_string(j->reduction));
    json_t *result = result_json(&j->total);
    json_object_update(root, result);
    json_decref(result);
    json_object_set_new(root, "dtype", json_string(dtype_word(input->dtype)));
    json_object_set_new(root, "shape", shape);
    json_object_set_new(root, "outputs", outputs_json(j));
    return json_print(root, e);
}

static void print_terms(const eval_job *j, FILE *out, const char *prefix)
{
    for (int k = 0; k < j->sum.n; k++) {
        char value[NUMBER_TEXT], factor[NUMBER_TEXT];
        const expression_term *term = &j->sum.terms[k];
        fprintf(out, "%s%s%s * %s, %s, over %lld\n", prefix, k ? "            " : "terms       ",
                number_readable(factor, term->factor), number_readable(value, j->results[k].value),
                term->info->name, (long long)j->results[k].count);
    }
}

void eval_print(const eval_job *j)
{
    char name[EXPRESSION_TEXT], number[NUMBER_TEXT];
    FILE *out = stdout;
    for (int slot = 0; slot < SLOTS; slot++)
        if (slot_is_output(slot) && is_standard(j->arrays.paths[slot])) out = stderr;
    const char *prefix = out == stderr ? "losskit: " : "";
    expression_text(&j->sum, name, sizeof name);
    fprintf(out, "%sloss        %s\n", prefix, name);
    fprintf(out, "%svalue       %s\n", prefix, number_readable(number, j->total.value));
    if (j->sum.is_sum) {
        print_terms(j, out, prefix);
        return;
    }
    fprintf(out, "%snormalizer  %s\n", prefix, number_readable(number, j->total.normalizer));
    fprintf(out, "%scount       %lld\n", prefix, (long long)j->total.count);
}
