/* eval.c: one loss over arrays from files. */
#include "catalogue.h"
#include "eval_arrays.h"
#include "format.h"
#include "losskit.h"
#include "options.h"
#include "parameters.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { /* inputs and outputs in the order of lk_call */
       EVAL_INPUT = OPTION_OWN,
       EVAL_TARGET,
       EVAL_AUXILIARY,
       EVAL_WEIGHT,
       EVAL_UPSTREAM,
       EVAL_VALUE,
       EVAL_GRAD,
       EVAL_CURVATURE,
       EVAL_GRAD_TARGET,
       EVAL_GRAD_AUXILIARY,
       EVAL_PARAM,
       EVAL_REDUCTION,
       EVAL_MODE,
       EVAL_FLOOR,
       EVAL_IGNORE,
       EVAL_LABELS,
       EVAL_DTYPE,
       EVAL_THREADS
};

static const struct poptOption eval_table[] = {
    OPTION("input", EVAL_INPUT, "predictions, scores or logits", "FILE"),
    OPTION("target", EVAL_TARGET, "targets or labels", "FILE"),
    OPTION("auxiliary", EVAL_AUXILIARY, "the loss's third input", "FILE"),
    OPTION("weight", EVAL_WEIGHT, "sample weights", "FILE"),
    OPTION("upstream", EVAL_UPSTREAM, "gradient of what follows the loss", "FILE"),
    OPTION_MANY("param", EVAL_PARAM, "a parameter of the loss; may be repeated", "NAME=VALUE"),
    OPTION("reduction", EVAL_REDUCTION, "how values become one number; default mean",
           "mean|sum|none|batch_mean|weighted_mean"),
    OPTION("curvature-mode", EVAL_MODE, "which curvature; default true", "true|fisher|upper"),
    OPTION("curvature-floor", EVAL_FLOOR, "raise each element's curvature to this", "NUMBER"),
    OPTION("ignore", EVAL_IGNORE, "elements with this target take no part", "NUMBER"),
    OPTION("labels", EVAL_LABELS, "labels of margin losses: -1 and 1, or 0 and 1; default signed",
           "signed|01"),
    OPTION("dtype", EVAL_DTYPE, "type of the outputs; default that of the input",
           "f32|f64|bf16|f16"),
    OPTION("threads", EVAL_THREADS, "number of threads", "NUMBER"),
    OPTION("value", EVAL_VALUE, "write each element's loss", "OUT"),
    OPTION("grad", EVAL_GRAD, "write the gradient", "OUT"),
    OPTION("curvature", EVAL_CURVATURE, "write the curvature", "OUT"),
    OPTION("grad-target", EVAL_GRAD_TARGET, "write the gradient of the target", "OUT"),
    OPTION("grad-auxiliary", EVAL_GRAD_AUXILIARY, "write the gradient of the third input", "OUT"),
    OPTIONS_COMMON};

typedef struct eval_job {
    const lk_loss_info *info;
    lk_loss loss;
    parameters parameters;
    int dtype; /* of the outputs; 0: that of the input */
    long threads;
    eval_arrays arrays;
    lk_call call;
    lk_result result;
} eval_job;

static int read_modes(const options *o, eval_job *j, error *e)
{
    static const lk_reduction reductions[] = {LK_MEAN, LK_SUM, LK_NONE, LK_BATCH_MEAN,
                                              LK_WEIGHTED_MEAN};
    static const int dtypes[] = {LK_F32, LK_F64, LK_BF16, LK_F16};
    int reduction = 0, mode = 0, labels = 0, dtype = -1;
    if (option_choice(o, EVAL_REDUCTION, &reduction, e) || option_choice(o, EVAL_MODE, &mode, e) ||
        option_choice(o, EVAL_LABELS, &labels, e) || option_choice(o, EVAL_DTYPE, &dtype, e) ||
        option_number(o, EVAL_FLOOR, -HUGE_VAL, HUGE_VAL, &j->call.curvature_floor, e) ||
        option_number(o, EVAL_IGNORE, -HUGE_VAL, HUGE_VAL, &j->call.ignore_target, e) ||
        option_integer(o, EVAL_THREADS, 1, 4096, &j->threads, e))
        return -1;
    j->dtype = dtype < 0 ? 0 : dtypes[dtype];
    j->call.reduction = reductions[reduction];
    j->call.curvature_mode = (lk_curvature)mode;
    j->call.flags = (labels ? (uint32_t)LK_LABELS_01 : 0) |
                    (option_find(o, EVAL_IGNORE) ? (uint32_t)LK_IGNORE : 0) |
                    (option_find(o, EVAL_FLOOR) ? (uint32_t)LK_CURVATURE_FLOOR : 0);
    const int floor_key = option_find(o, EVAL_FLOOR) ? EVAL_FLOOR : EVAL_MODE;
    if (option_find(o, floor_key) && !option_find(o, EVAL_CURVATURE))
        return error_set(e, "--%s needs --curvature, the file to write",
                         option_find(o, floor_key)->name);
    return 0;
}

/* --auxiliary FILE, or the option that has the third input's own name. */
static int read_auxiliary(const options *o, eval_job *j, error *e)
{
    const given_option *own = option_find(o, OPTION_ALIAS);
    const given_option *plain = option_find(o, EVAL_AUXILIARY);
    const given_option *g = plain ? plain : own;
    const char *name = j->info->auxiliary;
    size_t place = 0;
    for (const given_option *a; (a = option_next(o, OPTION_ALIAS, &place));) {
        size_t k = 0;
        while (name && name[k] && (a->name[k] == name[k] || (a->name[k] == '-' && name[k] == '_')))
            k++;
        if (!name || name[k] || a->name[k])
            return error_set(e, "%s has no third input --%s%s%s", j->info->name, a->name,
                             name ? "; its own is " : "", name ? name : "");
    }
    if (plain && own)
        return error_set(e, "--%s and --%s are the same array: give one", plain->name, own->name);
    if (g && !name)
        return error_set(e, "%s has no third input: leave out --%s", j->info->name, g->name);
    if (!g && name && j->info->auxiliary_param < 0)
        return error_set(e, "%s needs its third input: --auxiliary FILE, the %s", j->info->name,
                         name);
    j->arrays.input_paths[EVAL_AUXILIARY - EVAL_INPUT] = g ? g->text : NULL;
    return 0;
}

static int is_standard(const char *path)
{
    return path && (!strcmp(path, "-") || !strncmp(path, "-:", 2));
}

static int read_paths(const options *o, eval_job *j, error *e)
{
    const char *in_use = NULL, *out_use = option_find(o, OPTION_JSON) ? "json" : NULL;
    for (int key = EVAL_INPUT; key <= EVAL_GRAD_AUXILIARY; key++) {
        const given_option *g = option_find(o, key);
        const int output = key >= EVAL_VALUE;
        if (output)
            j->arrays.output_paths[key - EVAL_VALUE] = g ? g->text : NULL;
        else if (key != EVAL_AUXILIARY)
            j->arrays.input_paths[key - EVAL_INPUT] = g ? g->text : NULL;
        if (!g || !is_standard(g->text)) continue;
        const char **use = output ? &out_use : &in_use;
        if (*use)
            return error_set(e, "--%s and --%s both want standard %s", *use, g->name,
                             output ? "output" : "input");
        *use = g->name;
    }
    if (!j->arrays.input_paths[0] || !j->arrays.input_paths[1])
        return error_set(e, "eval needs --%s FILE", j->arrays.input_paths[0] ? "target" : "input");
    return read_auxiliary(o, j, e);
}

static int read_job(const options *o, eval_job *j, error *e)
{
    j->info = catalogue_find(o->arguments[0], &j->loss, e);
    if (!j->info) return -1;
    parameters_preset(&j->parameters, j->info);
    size_t place = 0;
    for (const given_option *g; (g = option_next(o, EVAL_PARAM, &place));)
        if (parameters_set(&j->parameters, j->info, g->text, e)) return -1;
    return read_modes(o, j, e) || read_paths(o, j, e) ? -1 : 0;
}

static int compute(eval_job *j, error *e)
{
    if (eval_arrays_read(&j->arrays, e) || eval_arrays_allocate(&j->arrays, j->dtype, e))
        return STATUS_FAILED;
    eval_arrays_attach(&j->arrays, &j->call);
    j->call.result = &j->result;
    if (j->threads) lk_set_num_threads((int)j->threads);
    const lk_status status =
        lk_evaluate(j->loss, j->parameters.values, j->info->n_params, &j->call);
    if (status == LK_OK) return STATUS_OK;
    error_set(e, "%s", lk_last_error());
    return STATUS_FAILED;
}

static json_t *job_json(const options *o, const eval_job *j)
{
    json_t *params = json_object(), *shape = json_array(), *outputs = json_object();
    for (int k = 0; k < j->info->n_params; k++)
        json_object_set_new(params, j->info->params[k].name, number_json(j->parameters.values[k]));
    const array *input = &j->arrays.inputs[0];
    for (int k = 0; k < input->ndim; k++)
        json_array_append_new(shape, json_integer(input->shape[k]));
    for (int key = EVAL_VALUE; key <= EVAL_GRAD_AUXILIARY; key++)
        if (option_text(o, key))
            json_object_set_new(outputs, option_find(o, key)->name,
                                json_string(option_text(o, key)));
    const char *reduction = option_text(o, EVAL_REDUCTION);
    return json_pack("{s:i, s:s, s:o, s:s, s:o, s:o, s:I, s:s, s:o, s:o}", "schema", 1, "loss",
                     j->info->name, "parameters", params, "reduction",
                     reduction ? reduction : "mean", "value", number_json(j->result.value),
                     "normalizer", number_json(j->result.normalizer), "count",
                     (json_int_t)j->result.count, "dtype", dtype_word(input->dtype), "shape", shape,
                     "outputs", outputs);
}

static void print_result(const options *o, const eval_job *j)
{
    char name[256], number[NUMBER_TEXT];
    /* With an array on standard output the summary is a message. */
    FILE *out = stdout;
    for (int key = EVAL_VALUE; key <= EVAL_GRAD_AUXILIARY; key++)
        if (is_standard(option_text(o, key))) out = stderr;
    const char *prefix = out == stderr ? "losskit: " : "";
    parameters_text(&j->parameters, j->info, 0, name, sizeof name);
    fprintf(out, "%sloss        %s\n", prefix, name);
    fprintf(out, "%svalue       %s\n", prefix, number_readable(number, j->result.value));
    fprintf(out, "%snormalizer  %s\n", prefix, number_readable(number, j->result.normalizer));
    fprintf(out, "%scount       %lld\n", prefix, (long long)j->result.count);
}

static int run_eval(const options *o, error *e)
{
    eval_job j;
    memset(&j, 0, sizeof j);
    const lk_call call = LK_CALL_INIT;
    j.call = call;
    int status = read_job(o, &j, e) ? STATUS_USAGE : STATUS_OK;
    if (!status) status = compute(&j, e);
    if (!status && eval_arrays_write(&j.arrays, e)) status = STATUS_FAILED;
    if (!status && option_find(o, OPTION_JSON))
        status = json_print(job_json(o, &j), e) ? STATUS_FAILED : STATUS_OK;
    else if (!status)
        print_result(o, &j);
    eval_arrays_free(&j.arrays);
    return status;
}

static const example eval_examples[] = {
    {"losskit eval huber --input p.npy --target y.npy --param delta=1.345 --grad g.npy",
     "the mean loss, and its gradient as a file"},
    {"losskit eval logistic --input data.csv:score --target data.csv:label --labels 01",
     "columns of a CSV file, labels 0 and 1"},
    {"zcat p.npy.gz | losskit eval squared_error --input - --target y.npy --reduction sum --json",
     "predictions from a pipe, the result as JSON"},
    {NULL, NULL}};

const command eval_command = {
    .name = "eval",
    .arguments = "NAME --input FILE --target FILE [OPTION...]",
    .fewest = 1,
    .most = 1,
    .purpose = "Evaluate a loss over arrays from files",
    .description =
        "Reads .npy, .npz, .csv, LIBSVM and IDX files, gzipped or not, and prints the reduced "
        "loss, what the sum was divided by, and how many elements counted. FILE:KEY takes one "
        "member of an .npz file or one column of a CSV file; - is standard input. Arrays broadcast "
        "to the shape of the input. Output files are .npy and appear whole or not at all; - is "
        "standard output.",
    .table = eval_table,
    .alias_key = EVAL_AUXILIARY,
    .examples = eval_examples,
    .run = run_eval,
};
