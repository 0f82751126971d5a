/* predict.c: what a model says of the rows of a file. */
#include "predict_output.h"

#include "atomic_file.h"
#include "catalogue.h"
#include "data_file.h"
#include "model_store.h"
#include "options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PREDICT_OUTPUT = OPTION_OWN,
    PREDICT_WHAT,
    PREDICT_THRESHOLD,
    PREDICT_METRICS,
    PREDICT_LABEL,
    PREDICT_WEIGHT,
    PREDICT_DATA,
    PREDICT_PART,
    PREDICT_THREADS
};

static const struct poptOption predict_table[] = {
    {"output", 'o', POPT_ARG_STRING, NULL, PREDICT_OUTPUT,
     "the predictions, .csv or .npy; default -, CSV on standard output", "OUT"},
    OPTION("what", PREDICT_WHAT,
           "the class, the probability of each class, the number of a regression, or the scores, "
           "which are what the loss takes; default class or number",
           "class|probability|number|score"),
    OPTION("threshold", PREDICT_THRESHOLD,
           "of two classes: the second one is predicted when its probability, or its score where "
           "the loss has no probabilities, is above this; default 0.5, of scores of margins 0",
           "NUMBER"),
    OPTION_FLAG("metrics", PREDICT_METRICS,
                "compare with the labels of DATA, and print predictions only to --output"),
    OPTION("label", PREDICT_LABEL,
           "the column of the label, by name or number from 1; default as in training", "COLUMN"),
    OPTION("weight", PREDICT_WEIGHT, "the column of the rows' weights; default as in training",
           "COLUMN"),
    OPTION("data", PREDICT_DATA, "where DATA that is the name of a set is looked for", "DIR"),
    OPTION("part", PREDICT_PART, "of DATA that has both, as MNIST does; default train",
           "train|test"),
    OPTION("threads", PREDICT_THREADS, "number of threads", "NUMBER"),
    OPTIONS_COMMON};

typedef struct predict_job {
    const options *given;
    const char *model_path, *data_path;
    predict_output output;
    double threshold;
    int metrics, json;
    lk_model *model;
    data_file file;
    measurement measured; /* metrics: the predictions are its */
    predictions predictions;
} predict_job;

static int read_words(const options *o, predict_job *j, error *e)
{
    long threads = 0;
    int what = -1, part = 0;
    j->given = o;
    j->model_path = o->arguments[0];
    j->data_path = o->arguments[1];
    j->threshold = NAN;
    j->metrics = option_find(o, PREDICT_METRICS) != NULL;
    j->json = option_find(o, OPTION_JSON) != NULL;
    if (option_choice(o, PREDICT_WHAT, &what, e) || option_choice(o, PREDICT_PART, &part, e) ||
        option_number(o, PREDICT_THRESHOLD, -1e300, 1e300, &j->threshold, e) ||
        option_integer(o, PREDICT_THREADS, 1, 4096, &threads, e))
        return -1;
    if (threads) lk_set_num_threads((int)threads);
    j->output.what = what < 0 ? PREDICT_USUAL : (predict_what)what;
    j->output.path = option_text(o, PREDICT_OUTPUT);
    if (!j->output.path && !j->metrics && !j->json) j->output.path = "-";
    if (predict_output_check(&j->output, e)) return -1;
    if (what > PREDICT_CLASS && !isnan(j->threshold) && !j->metrics)
        return error_set(e, "--threshold decides between classes: leave it out, or --what");
    if (what >= 0 && j->metrics && !j->output.path)
        return error_set(e, "--what is about the predictions, which --metrics prints only to "
                            "--output");
    if (!strcmp(j->model_path, "-") && !strcmp(j->data_path, "-"))
        return error_set(e, "the model and the data both want standard input");
    if (j->output.path && !strcmp(j->output.path, "-") && (j->metrics || j->json))
        return error_set(e, "--%s and --output both want standard output",
                         j->json ? "json" : "metrics");
    return 0;
}

/* A model of features alone has nothing to compare labels with, whatever they are. */
static data_task task_of(const lk_model_info *info)
{
    const lk_loss_info *loss = lk_loss_describe(info->loss);
    if (info->classes) return DATA_CLASSES;
    return loss && loss->kind == LK_KIND_EMBEDDING ? DATA_AUTO : DATA_NUMBERS;
}

static int read_data(predict_job *j, error *e)
{
    lk_model_info info;
    lk_model_describe(j->model, &info);
    const int detector = info.kind == LK_MODEL_GAUSSIAN; /* whose data may have any classes */
    const data_request request = {.path = j->data_path,
                                  .folder = option_text(j->given, PREDICT_DATA),
                                  .label = option_text(j->given, PREDICT_LABEL),
                                  .weight = option_text(j->given, PREDICT_WEIGHT),
                                  .part = option_text(j->given, PREDICT_PART),
                                  .task = task_of(&info),
                                  .class_names = detector ? NULL : info.class_names,
                                  .n_classes = detector ? 0 : info.classes,
                                  .n_features = info.features,
                                  .known_label = lk_model_note(j->model, NOTE_LABEL),
                                  .known_weight = lk_model_note(j->model, NOTE_WEIGHT),
                                  .unlabelled = !j->metrics};
    return data_file_read(&request, &j->file, e) ||
                   model_check_features(j->model, j->data_path, &j->file, e)
               ? -1
               : 0;
}

/* The class of the data that a detector takes for no anomaly, or -1. */
static int64_t find_normal(const predict_job *j)
{
    const char *name = lk_model_note(j->model, NOTE_NORMAL);
    for (int64_t k = 0; name && k < j->file.data.classes; k++)
        if (!strcmp(j->file.class_names[k], name)) return k;
    return -1;
}

static int compute(predict_job *j, error *e)
{
    const lk_dataset *data = &j->file.data;
    if (!j->metrics) return predictions_make(j->model, data, j->threshold, &j->predictions, e);
    if (!data->target)
        return error_file(e, j->data_path, "it has no labels, which --metrics compares with");
    return measure_predictions(j->model, data, find_normal(j), j->threshold, &j->measured, e);
}

static const predictions *predicted(const predict_job *j)
{
    return j->metrics ? &j->measured.predictions : &j->predictions;
}

static int print_json(const predict_job *j, error *e)
{
    json_t *root = json_pack("{s:i, s:s, s:s, s:I}", "schema", 1, "version", lk_version(), "model",
                             j->model_path, "rows", (json_int_t)j->file.data.rows);
    if (!root) return error_set(e, "no memory for the JSON output");
    json_object_set_new(root, "output", j->output.path ? json_string(j->output.path) : json_null());
    if (j->metrics)
        json_object_set_new(root, "metrics", scores_report_json(&j->measured.report));
    else if (!j->output.path)
        json_object_set_new(root, "predictions", predict_output_json(&j->output, predicted(j)));
    return json_print(root, e);
}

/* No output replaces what it comes from. */
static int check_output(const predict_job *j, error *e)
{
    const char *path = j->output.path;
    return path && (same_file(path, j->model_path) || same_file(path, j->file.path))
               ? error_file(e, path, "it is read, and it is to be written: give another file")
               : 0;
}

static int run(predict_job *j, error *e)
{
    if (model_store_read(j->model_path, &j->model, e) || read_data(j, e) || check_output(j, e) ||
        compute(j, e) || predict_output_fit(&j->output, predicted(j), e) ||
        (j->output.path && predict_output_write(&j->output, predicted(j), e)))
        return -1;
    if (j->json) return print_json(j, e);
    if (j->metrics) scores_report_print(&j->measured.report, stdout);
    return 0;
}

static int run_predict(const options *o, error *e)
{
    predict_job j;
    memset(&j, 0, sizeof j);
    int status = read_words(o, &j, e) ? STATUS_USAGE : STATUS_OK;
    if (!status && run(&j, e)) status = STATUS_FAILED;
    if (j.metrics) measurement_free(&j.measured);
    predictions_free(&j.predictions);
    data_file_free(&j.file);
    lk_model_free(j.model);
    return status;
}

static const example predict_examples[] = {
    {"losskit predict cancer.safetensors new.csv -o classes.csv", "a class for each row"},
    {"losskit predict cancer.safetensors new.csv --what probability",
     "the probability of each class, on standard output"},
    {"losskit predict cancer.safetensors test.csv --metrics --threshold 0.2",
     "how good the model is when missing a case is worse than a false alarm"},
    {NULL, NULL}};

const command predict_command = {
    .name = "predict",
    .arguments = "MODEL DATA [OPTION...]",
    .fewest = 2,
    .most = 2,
    .purpose = "Apply a model to data",
    .description =
        "MODEL is a file of `losskit train`; - is standard input. DATA is scaled, and its classes "
        "are named, as the model was told in training; its features must be those of the training. "
        "Labels may be absent; they are read for --metrics alone. CSV has a header line; class "
        "names stand in it as text, and "
        "probabilities and scores in a column for each class. An .npy file holds the numbers of "
        "classes, int64 [rows], or f64 [rows, columns]. --json without --output prints the "
        "predictions as JSON.",
    .table = predict_table,
    .examples = predict_examples,
    .run = run_predict,
};
