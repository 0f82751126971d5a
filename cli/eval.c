/* eval.c: a loss, or a sum of losses, over arrays from files. */
#include "catalogue.h"
#include "eval_report.h"
#include "losskit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    EVAL_PARAM = OPTION_OWN,
    EVAL_REDUCTION,
    EVAL_MODE,
    EVAL_FLOOR,
    EVAL_IGNORE,
    EVAL_IGNORE_INDEX,
    EVAL_CLASS_AXIS,
    EVAL_GROUP,
    EVAL_LABELS,
    EVAL_BATCH_FIRST,
    EVAL_BLANK,
    EVAL_ZERO_INFINITY,
    EVAL_DTYPE,
    EVAL_THREADS
};

static const struct poptOption eval_table[] = {
    OPTION_MANY("param", EVAL_PARAM, "a parameter of the loss; may be repeated", "NAME=VALUE"),
    OPTION("reduction", EVAL_REDUCTION, "how values become one number; default mean",
           "mean|sum|none|batch_mean|weighted_mean|length_mean"),
    OPTION("curvature-mode", EVAL_MODE, "which curvature; default true", "true|fisher|upper"),
    OPTION("curvature-floor", EVAL_FLOOR, "raise each element's curvature to this", "NUMBER"),
    OPTION("ignore", EVAL_IGNORE, "elements with this target take no part", "NUMBER"),
    OPTION("ignore-index", EVAL_IGNORE_INDEX, "rows with this label take no part; default -100",
           "NUMBER"),
    OPTION("class-axis", EVAL_CLASS_AXIS,
           "which axis of the scores counts classes, from the end when negative; default 1",
           "NUMBER"),
    OPTION("group", EVAL_GROUP, "what a region loss has one value for; default sample",
           "sample|batch|class|sample_class|row"),
    OPTION("labels", EVAL_LABELS, "labels of margin losses: -1 and 1, or 0 and 1; default signed",
           "signed|01"),
    OPTION_FLAG("batch-first", EVAL_BATCH_FIRST,
                "frames of sequences are [N, T, C], not [T, N, C]"),
    OPTION("blank", EVAL_BLANK,
           "the class of ctc that stands for no label, a number or last; as --param blank=NUMBER",
           "NUMBER"),
    OPTION_FLAG("zero-infinity", EVAL_ZERO_INFINITY,
                "ctc is 0, not inf, where no path can spell the target; as --param "
                "zero_infinity=yes"),
    OPTION("dtype", EVAL_DTYPE, "type of the outputs; default that of the input",
           "f32|f64|bf16|f16"),
    OPTION("threads", EVAL_THREADS, "number of threads", "NUMBER"),
    OPTIONS_COMMON};

static int read_flags(const options *o, eval_job *j, error *e)
{
    lk_call *modes = &j->modes;
    int labels = 0;
    if (option_choice(o, EVAL_LABELS, &labels, e) ||
        option_number(o, EVAL_FLOOR, -HUGE_VAL, HUGE_VAL, &modes->curvature_floor, e) ||
        option_number(o, EVAL_IGNORE, -HUGE_VAL, HUGE_VAL, &modes->ignore_target, e))
        return -1;
    modes->flags = (labels ? (uint32_t)LK_LABELS_01 : 0) |
                   (option_find(o, EVAL_IGNORE) ? (uint32_t)LK_IGNORE : 0) |
                   (option_find(o, EVAL_BATCH_FIRST) ? (uint32_t)LK_BATCH_FIRST : 0) |
                   (option_find(o, EVAL_FLOOR) ? (uint32_t)LK_CURVATURE_FLOOR : 0);
    const int floor_key = option_find(o, EVAL_FLOOR) ? EVAL_FLOOR : EVAL_MODE;
    if (option_find(o, floor_key) && !option_find(o, OPTION_SLOT + LK_ARG_CURVATURE))
        return error_set(e, "--%s needs --curvature, the file to write",
                         option_find(o, floor_key)->name);
    return 0;
}

static int read_modes(const options *o, eval_job *j, error *e)
{
    static const lk_reduction reductions[] = {LK_MEAN,       LK_SUM,           LK_NONE,
                                              LK_BATCH_MEAN, LK_WEIGHTED_MEAN, LK_LENGTH_MEAN};
    static const int dtypes[] = {LK_F32, LK_F64, LK_BF16, LK_F16};
    lk_call *modes = &j->modes;
    int reduction = 0, mode = 0, group = 0, dtype = -1;
    long ignored = (long)modes->ignore_index, axis = modes->class_axis;
    if (option_choice(o, EVAL_REDUCTION, &reduction, e) || option_choice(o, EVAL_MODE, &mode, e) ||
        option_choice(o, EVAL_GROUP, &group, e) || option_choice(o, EVAL_DTYPE, &dtype, e) ||
        option_integer(o, EVAL_IGNORE_INDEX, -(1L << 53), 1L << 53, &ignored, e) ||
        option_integer(o, EVAL_CLASS_AXIS, -LK_ARRAY_MAX_DIMS, LK_ARRAY_MAX_DIMS - 1, &axis, e) ||
        option_integer(o, EVAL_THREADS, 1, 4096, &j->threads, e))
        return -1;
    const char *word = option_text(o, EVAL_REDUCTION);
    j->reduction = word ? word : "mean";
    j->dtype = dtype < 0 ? 0 : dtypes[dtype];
    modes->reduction = reductions[reduction];
    modes->curvature_mode = (lk_curvature)mode;
    modes->grouping = (lk_grouping)group;
    modes->ignore_index = ignored;
    modes->class_axis = (int32_t)axis;
    return read_flags(o, j, e);
}

/* An option that only losses of some kinds understand. */
static int check_kinds(const options *o, const eval_job *j, error *e)
{
    static const struct {
        int key;
        unsigned kinds;
        const char *of;
    } limits[] = {{EVAL_IGNORE_INDEX, 1u << LK_KIND_ROWS | 1u << LK_KIND_LINEAR, "classes"},
                  {EVAL_CLASS_AXIS, 1u << LK_KIND_ROWS, "rows of scores"},
                  {EVAL_GROUP, 1u << LK_KIND_REGION, "regions"},
                  {EVAL_LABELS, 1u << LK_KIND_POINTWISE, "the margin"},
                  {EVAL_BATCH_FIRST, 1u << LK_KIND_SEQUENCE, "sequences"},
                  {EVAL_IGNORE, 1u << LK_KIND_POINTWISE | 1u << LK_KIND_REGION,
                   "elements and regions; rows have --ignore-index"}};
    for (size_t l = 0; l < sizeof limits / sizeof *limits; l++) {
        const given_option *g = option_find(o, limits[l].key);
        unsigned kinds = 0;
        for (int k = 0; k < j->sum.n; k++) kinds |= 1u << j->sum.terms[k].info->kind;
        if (g && !(kinds & limits[l].kinds))
            return error_set(e, "--%s is for losses over %s; %s is none", g->name, limits[l].of,
                             j->sum.terms[0].info->name);
    }
    return 0;
}

/* A list of hypotheses has no frames whose order could be told. */
static int check_frames(const options *o, const eval_job *j, error *e)
{
    const given_option *g = option_find(o, EVAL_BATCH_FIRST);
    for (int k = 0; k < j->sum.n; k++)
        if (j->sum.terms[k].info->takes >> LK_ARG_INPUT_LENGTHS & 1) return 0;
    if (!g) return 0;
    return error_set(e, "--%s tells how frames lie; %s has none", g->name,
                     j->sum.terms[0].info->name);
}

/* An option that sets a parameter of every loss that has it. */
static int set_parameter(const options *o, eval_job *j, int key, const char *name,
                         const char *value, error *e)
{
    const given_option *g = option_find(o, key);
    char setting[160];
    int owners = 0;
    if (!g) return 0;
    snprintf(setting, sizeof setting, "%s=%.100s", name, value);
    for (int k = 0; k < j->sum.n; k++) {
        expression_term *term = &j->sum.terms[k];
        const int at = parameter_find(term->info, name);
        if (at < 0) continue;
        owners++;
        if (term->parameters.set[at])
            return error_set(e, "--%s and %s of %s set the same parameter: give one", g->name, name,
                             term->info->name);
        if (parameters_set(&term->parameters, term->info, setting, e)) return -1;
    }
    return owners ? 0
                  : error_set(e, "--%s is for losses with a parameter %s; %s has none", g->name,
                              name, j->sum.terms[0].info->name);
}

/* --auxiliary FILE, or the option that has the third input's own name. */
static int read_auxiliary(const options *o, eval_job *j, error *e)
{
    const given_option *own = option_find(o, OPTION_ALIAS);
    const given_option *plain = option_find(o, OPTION_SLOT + LK_ARG_AUXILIARY);
    const char *name = NULL, *loss = j->sum.terms[0].info->name;
    for (int k = 0; k < j->sum.n && !name; k++) name = j->sum.terms[k].info->auxiliary;
    size_t place = 0;
    for (const given_option *a; (a = option_next(o, OPTION_ALIAS, &place));) {
        size_t k = 0;
        while (name && name[k] && (a->name[k] == name[k] || (a->name[k] == '-' && name[k] == '_')))
            k++;
        if (!name || name[k] || a->name[k])
            return error_set(e, "%s has no third input --%s%s%s", loss, a->name,
                             name ? "; its own is " : "", name ? name : "");
    }
    if (plain && own)
        return error_set(e, "--%s and --%s are the same array: give one", plain->name, own->name);
    if (own) j->arrays.paths[LK_ARG_AUXILIARY] = own->text;
    return 0;
}

/* Features are the input, unless the sum has losses over another one as well. */
static int place_features(const options *o, eval_job *j, error *e)
{
    const char **paths = j->arrays.paths;
    int others = 0;
    for (int k = 0; k < j->sum.n; k++)
        others |= eval_slot(&j->arrays, &j->sum.terms[k], LK_ARG_INPUT) == LK_ARG_INPUT;
    if (!paths[SLOT_FEATURES] || others) {
        if (paths[SLOT_FEATURES_GRADIENT] && !paths[SLOT_FEATURES])
            return error_set(e, "--grad-features needs --features FILE");
        return 0;
    }
    for (int k = 0; k < 2; k++) {
        const int from = k ? SLOT_FEATURES_GRADIENT : SLOT_FEATURES;
        const int to = k ? LK_ARG_GRADIENT : LK_ARG_INPUT;
        if (paths[from] && paths[to])
            return error_set(e, "--%s and --%s are the same array: give one",
                             option_find(o, OPTION_SLOT + from)->name,
                             option_find(o, OPTION_SLOT + to)->name);
        if (paths[from]) paths[to] = paths[from];
        paths[from] = NULL;
    }
    return 0;
}

static int check_standard(const options *o, const eval_job *j, error *e)
{
    char name[OPTION_NAME], other[OPTION_NAME] = "";
    for (int output = 0; output < 2; output++) {
        snprintf(other, sizeof other, "%s", output && option_find(o, OPTION_JSON) ? "json" : "");
        for (int slot = 0; slot < SLOTS; slot++) {
            if (slot_is_output(slot) != output || !is_standard(j->arrays.paths[slot])) continue;
            slot_option(slot, name);
            if (*other)
                return error_set(e, "--%s and --%s both want standard %s", other, name,
                                 output ? "output" : "input");
            snprintf(other, sizeof other, "%s", name);
        }
    }
    return 0;
}

/* Every array is wanted by some term, and every term has what it needs. */
static int check_arrays(const eval_job *j, error *e)
{
    char name[OPTION_NAME];
    const expression *x = &j->sum;
    for (int slot = 0; slot < SLOTS; slot++) {
        int wanted = !j->arrays.paths[slot];
        for (int k = 0; k < x->n; k++) wanted |= eval_takes(&j->arrays, &x->terms[k], slot);
        const char *loss = x->n > 1 ? "none of the losses" : x->terms[0].info->name;
        slot_option(slot, name);
        if (!wanted && slot == LK_ARG_AUXILIARY)
            return error_set(e, "%s has no third input: leave out --%s", loss, name);
        if (!wanted)
            return error_set(e, "%s %s %s: leave out --%s", loss,
                             slot_is_output(slot) ? "has" : "takes",
                             x->n > 1               ? name
                             : slot_is_output(slot) ? "no such output"
                                                    : "no such input",
                             name);
    }
    if (x->n > 1 && j->arrays.paths[LK_ARG_VALUE])
        return error_set(e, "the losses of a sum have values of their own: leave out --value");
    for (int k = 0; k < x->n; k++) {
        const lk_loss_info *info = x->terms[k].info;
        uint32_t needs;
        lk_loss_takes(x->terms[k].loss, &needs);
        for (int id = 0; id < LK_ARGUMENTS; id++) {
            const int slot = eval_slot(&j->arrays, &x->terms[k], (lk_argument_id)id);
            if (!(needs >> id & 1) || j->arrays.paths[slot]) continue;
            const char *meaning = id == LK_ARG_AUXILIARY && info->auxiliary
                                      ? info->auxiliary
                                      : lk_argument_describe((lk_argument_id)id)->meaning;
            return error_set(e, "%s needs --%s FILE: %s", info->name, slot_option(slot, name),
                             meaning);
        }
    }
    return 0;
}

static int read_job(const options *o, eval_job *j, error *e)
{
    if (expression_parse(&j->sum, o->arguments[0], e)) return -1;
    size_t place = 0;
    expression_term *first = &j->sum.terms[0];
    for (const given_option *g; (g = option_next(o, EVAL_PARAM, &place));) {
        if (j->sum.n > 1)
            return error_set(e, "--param is for a single loss; in a sum write %s(%.80s)",
                             first->info->name, g->text);
        if (parameters_set(&first->parameters, first->info, g->text, e)) return -1;
    }
    for (int slot = 0; slot < SLOTS; slot++)
        j->arrays.paths[slot] = option_text(o, OPTION_SLOT + slot);
    const char *blank = option_text(o, EVAL_BLANK);
    return set_parameter(o, j, EVAL_BLANK, "blank", blank ? blank : "", e) ||
                   set_parameter(o, j, EVAL_ZERO_INFINITY, "zero_infinity", "yes", e) ||
                   read_modes(o, j, e) || check_kinds(o, j, e) || check_frames(o, j, e) ||
                   read_auxiliary(o, j, e) || place_features(o, j, e) || check_standard(o, j, e) ||
                   check_arrays(j, e)
               ? -1
               : 0;
}

/* Flags that only the losses of one kind understand reach those alone. */
static lk_call call_of(eval_job *j, int k)
{
    const expression_term *term = &j->sum.terms[k];
    lk_call call = j->modes;
    if (term->info->kind != LK_KIND_POINTWISE) call.flags &= ~(uint32_t)LK_LABELS_01;
    if (term->info->kind != LK_KIND_SEQUENCE) call.flags &= ~(uint32_t)LK_BATCH_FIRST;
    if (term->info->kind != LK_KIND_POINTWISE && term->info->kind != LK_KIND_REGION)
        call.flags &= ~(uint32_t)LK_IGNORE;
    eval_arrays_attach(&j->arrays, term, &call);
    call.result = &j->results[k];
    return call;
}

static lk_status evaluate(eval_job *j)
{
    lk_call calls[EXPRESSION_TERMS];
    lk_term terms[EXPRESSION_TERMS];
    for (int k = 0; k < j->sum.n; k++) {
        const expression_term *from = &j->sum.terms[k];
        calls[k] = call_of(j, k);
        terms[k] = (lk_term){from->loss, from->parameters.values, from->info->n_params,
                             from->factor, &calls[k]};
    }
    if (j->sum.is_sum) return lk_evaluate_sum(terms, j->sum.n, &j->total);
    const lk_status status =
        lk_evaluate(terms[0].loss, terms[0].params, terms[0].n_params, &calls[0]);
    j->total = j->results[0];
    return status;
}

static int compute(eval_job *j, error *e)
{
    if (eval_arrays_read(&j->arrays, &j->sum, e) ||
        eval_arrays_allocate(&j->arrays, &j->sum, &j->modes, j->dtype, e))
        return STATUS_FAILED;
    if (j->threads) lk_set_num_threads((int)j->threads);
    if (evaluate(j) == LK_OK) return STATUS_OK;
    error_library(e);
    return STATUS_FAILED;
}

static int run_eval(const options *o, error *e)
{
    eval_job j;
    memset(&j, 0, sizeof j);
    const lk_call call = LK_CALL_INIT;
    j.modes = call;
    int status = read_job(o, &j, e) ? STATUS_USAGE : STATUS_OK;
    if (!status) status = compute(&j, e);
    if (!status && eval_arrays_write(&j.arrays, e)) status = STATUS_FAILED;
    if (!status && option_find(o, OPTION_JSON))
        status = eval_print_json(&j, e) ? STATUS_FAILED : STATUS_OK;
    else if (!status)
        eval_print(&j);
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
    {"losskit eval 'softmax_cross_entropy + 0.01*center' --input scores.npy --features f.npy "
     "--centers c.npy --target labels.npy --grad g.npy --grad-features gf.npy",
     "a sum of losses, as a training step minimises it"},
    {"losskit eval ctc --input scores.npy --target labels.npy --input-lengths t.npy "
     "--target-lengths u.npy --blank last --reduction length_mean --grad g.npy",
     "scores [T, N, C] of utterances, reduced as PyTorch's mean"},
    {NULL, NULL}};

const command eval_command = {
    .name = "eval",
    .arguments = "NAME --input FILE [--target FILE] [OPTION...]",
    .fewest = 1,
    .most = 1,
    .purpose = "Evaluate a loss over arrays from files",
    .description =
        "Reads .npy, .npz, .csv, LIBSVM and IDX files, gzipped or not, and prints the reduced "
        "loss, what the sum was divided by, and how many elements, rows, groups or sequences "
        "counted. "
        "FILE:KEY takes one member of an .npz file or one column of a CSV file; - is standard "
        "input. Which arrays a loss takes and what they hold is told by `losskit show`. NAME may "
        "be a weighted sum, \"huber(delta=2) + 0.1*squared_error\": its losses share the arrays, "
        "and gradients receive the sum; where some of them take features and others do not, "
        "--features and --grad-features belong to the former. Output files are .npy and appear "
        "whole or not at all; - is standard output.",
    .table = eval_table,
    .generate = argument_options_add,
    .examples = eval_examples,
    .run = run_eval,
};
