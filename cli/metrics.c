/* metrics.c: how good predictions are. */
#include "metrics.h"

#include "catalogue.h"
#include "input_file.h"
#include "losskit.h"

#include <math.h>
#include <string.h>

const char metrics_task_words[] = "classes|scores|probabilities|numbers";
const char metrics_curve_words[] = "roc|pr|calibration|confusion";

static const struct poptOption metrics_table[] = {
    OPTION("task", METRICS_TASK, "what the predictions are; without it that is found out",
           metrics_task_words),
    OPTION("weight", METRICS_WEIGHT, "a weight for each sample", "FILE"),
    OPTION("positive", METRICS_POSITIVE, "of two, the label that matters; default the larger",
           "LABEL"),
    OPTION("threshold", METRICS_THRESHOLD,
           "a sample of one score is of the larger label above it; default 0.5 for probabilities, "
           "else 0",
           "NUMBER"),
    OPTION("beta", METRICS_BETA, "how much F weighs recall against precision; default 1", "NUMBER"),
    OPTION("top", METRICS_TOP, "k of the top-k accuracy; default 5", "NUMBER"),
    OPTION("bins", METRICS_BINS, "of the calibration; default 10", "NUMBER"),
    OPTION_FLAG("quantile-bins", METRICS_QUANTILE_BINS,
                "bins with equally many samples instead of equally wide ones"),
    OPTION("quantile", METRICS_QUANTILE, "of the pinball loss of numbers; default 0.5", "NUMBER"),
    OPTION("plot", METRICS_PLOT, "a picture, .svg or .png", "OUT"),
    OPTION("curve", METRICS_CURVE, "what is drawn; default roc, of labels alone confusion",
           metrics_curve_words),
    OPTION("size", METRICS_SIZE, "of the picture in pixels", "WxH"),
    OPTION_FLAG("cer", METRICS_CER, "texts: the character error rate"),
    OPTION_FLAG("wer", METRICS_WER, "texts: the word error rate"),
    OPTION_FLAG("per-line", METRICS_PER_LINE, "texts: the edits of each line, too"),
    OPTION("threads", METRICS_THREADS, "number of threads", "NUMBER"),
    OPTIONS_COMMON};

/* Where an option means something: bits of 1 << scores_kind. */
enum { CLASSES_ALL = 7, RANKED = 6, CHANCES = 4, NUMBERS = 8, ARRAYS = 15 };
static const struct {
    int key, kinds;
} uses[] = {
    {METRICS_TASK, ARRAYS},      {METRICS_WEIGHT, ARRAYS},         {METRICS_POSITIVE, CLASSES_ALL},
    {METRICS_THRESHOLD, RANKED}, {METRICS_BETA, CLASSES_ALL},      {METRICS_TOP, RANKED},
    {METRICS_BINS, CHANCES},     {METRICS_QUANTILE_BINS, CHANCES}, {METRICS_QUANTILE, NUMBERS},
    {METRICS_PLOT, CLASSES_ALL}, {METRICS_CURVE, CLASSES_ALL},     {METRICS_SIZE, CLASSES_ALL}};

/* An option that says nothing is an error: kinds is what it would have to be for, 0 for texts. */
static int check_uses(const options *o, int kinds, const char *what, error *e)
{
    for (size_t k = 0; k < sizeof uses / sizeof *uses; k++) {
        const given_option *g = option_find(o, uses[k].key);
        if (g && !(uses[k].kinds & kinds))
            return error_set(e, "--%s says nothing about %s", g->name, what);
    }
    return 0;
}

static const char *kind_name(scores_kind kind)
{
    static const char *const names[] = {"labels", "scores", "probabilities", "numbers"};
    return names[kind];
}

static int read_numbers(const options *o, const metrics_arrays *a, scores_question *q, error *e)
{
    long bins = q->bins, top = q->top;
    const char *positive = option_text(o, METRICS_POSITIVE);
    if (option_number(o, METRICS_THRESHOLD, -HUGE_VAL, HUGE_VAL, &q->threshold, e) ||
        option_number(o, METRICS_BETA, 0, 1e6, &q->beta, e) ||
        option_number(o, METRICS_QUANTILE, 0, 1, &q->quantile, e) ||
        option_integer(o, METRICS_BINS, 1, 1000000, &bins, e) ||
        option_integer(o, METRICS_TOP, 1, 1000000, &top, e) ||
        (positive && metrics_find_class(a, positive, &q->positive, e)))
        return -1;
    q->bins = bins;
    q->top = top;
    q->quantile_bins = option_find(o, METRICS_QUANTILE_BINS) != NULL;
    if (isnan(q->threshold)) return error_set(e, "--threshold: nan is no threshold");
    if (positive && q->classes != 2)
        return error_set(e, "--positive is one of two labels; there are %lld",
                         (long long)q->classes);
    if (option_find(o, METRICS_THRESHOLD) && q->columns != 1)
        return error_set(e,
                         "--threshold is for one column of scores; there are %lld, and the "
                         "largest wins",
                         (long long)q->columns);
    if (option_find(o, METRICS_TOP) && top >= q->classes)
        return error_set(e, "--top: %ld of %lld classes", top, (long long)q->classes);
    return 0;
}

static void print_heading(const scores_report *r, const metrics_arrays *a)
{
    const scores_question *q = &r->question;
    printf("%lld samples%s; the predictions are %s", (long long)q->n, q->weight ? ", weighted" : "",
           kind_name(q->kind));
    if (q->classes) printf(" of %lld classes", (long long)q->classes);
    if (q->kind == SCORES_NUMBERS && q->columns > 1)
        printf(", %lld of each", (long long)q->columns);
    if (a->chosen) printf(", by their looks (--task)");
    if (q->classes == 2 && q->kind != SCORES_CLASSES)
        printf("; %s is positive", a->names[q->positive]);
    if (q->columns == 1 && q->classes == 2 && q->kind != SCORES_CLASSES)
        printf(", %s is predicted above %g", a->names[1], q->threshold);
    printf("\n\n");
}

static json_t *whole_json(const scores_report *r, const metrics_arrays *a)
{
    const scores_question *q = &r->question;
    char task[OPTION_NAME];
    choice_word(metrics_task_words, (int)q->kind, task, sizeof task);
    json_t *root = json_pack("{s:i, s:s, s:s, s:b, s:I, s:b}", "schema", 1, "version", lk_version(),
                             "task", task, "task_chosen", a->chosen, "samples", (json_int_t)q->n,
                             "weighted", q->weight != NULL);
    json_t *measured = scores_report_json(r);
    if (q->classes == 2) json_object_set_new(root, "positive", json_string(a->names[q->positive]));
    if (q->columns == 1 && q->kind != SCORES_CLASSES && q->kind != SCORES_NUMBERS)
        json_object_set_new(root, "threshold", json_real(q->threshold));
    json_object_update(root, measured);
    json_decref(measured);
    return root;
}

static int begin_arrays(const options *o, metrics_arrays *a, int *kind, metrics_picture *p,
                        error *e)
{
    const given_option *per_line = option_find(o, METRICS_PER_LINE);
    if (per_line) return error_set(e, "--per-line is for texts, with --cer or --wer");
    if (option_choice(o, METRICS_TASK, kind, e) || metrics_picture_read(o, p, e)) return -1;
    *a = (metrics_arrays){.predictions_path = o->arguments[0],
                          .truth_path = o->arguments[1],
                          .weight_path = option_text(o, METRICS_WEIGHT)};
    const int inputs = !strcmp(a->predictions_path, "-") + !strcmp(a->truth_path, "-") +
                       (a->weight_path && !strcmp(a->weight_path, "-"));
    return inputs > 1 ? error_set(e, "two of the inputs want standard input") : 0;
}

/* After the arrays are read. */
static int finish_options(const options *o, const metrics_arrays *a, metrics_picture *p,
                          scores_question *q, error *e)
{
    return check_uses(o, 1 << q->kind, kind_name(q->kind), e) || read_numbers(o, a, q, e) ||
                   metrics_picture_check(p, q->kind, e)
               ? -1
               : 0;
}

int metrics_of_arrays(const options *o, error *e)
{
    metrics_arrays a;
    metrics_picture picture;
    scores_question q;
    scores_report r;
    int kind = -1;
    if (begin_arrays(o, &a, &kind, &picture, e)) return STATUS_USAGE;
    int status = STATUS_OK;
    memset(&r, 0, sizeof r);
    scores_kind found = kind < 0 ? SCORES_CLASSES : (scores_kind)kind;
    if (metrics_arrays_read(&a, kind >= 0, &found, &q, e)) status = STATUS_FAILED;
    if (!status && finish_options(o, &a, &picture, &q, e)) status = STATUS_USAGE;
    if (!status &&
        (scores_measure(&q, &r, e) || (picture.path && metrics_picture_draw(&picture, &r, e))))
        status = STATUS_FAILED;
    if (!status && option_find(o, OPTION_JSON)) {
        status = json_print(whole_json(&r, &a), e) ? STATUS_FAILED : STATUS_OK;
    } else if (!status) {
        print_heading(&r, &a);
        scores_report_print(&r, stdout);
    }
    scores_report_free(&r);
    metrics_arrays_free(&a);
    return status;
}

static int run_metrics(const options *o, error *e)
{
    long threads = 0;
    if (option_integer(o, METRICS_THREADS, 1, 4096, &threads, e)) return STATUS_USAGE;
    if (threads) lk_set_num_threads((int)threads);
    if (!option_find(o, METRICS_CER) && !option_find(o, METRICS_WER))
        return metrics_of_arrays(o, e);
    return check_uses(o, 0, "texts", e) ? STATUS_USAGE : metrics_of_texts(o, e);
}

static const example metrics_examples[] = {
    {"losskit metrics predicted.csv truth.csv", "labels: the rows of each class, and averages"},
    {"losskit metrics probabilities.npy labels.npy --plot roc.svg", "with the ROC curve"},
    {"losskit metrics scores.csv labels.csv --task scores --plot pr.png --curve pr",
     "scores of two classes: precision and recall"},
    {"losskit metrics predicted.npy data.csv:price --task numbers --json",
     "errors of a regression"},
    {"losskit metrics --cer --wer recognised.txt spoken.txt", "error rates of a recogniser"},
    {"losskit metrics --wer - spoken.txt --per-line < recognised.txt | sort -nk3 | tail",
     "the worst lines"},
    {NULL, NULL}};

const command metrics_command = {
    .name = "metrics",
    .arguments = "PREDICTIONS TRUTH [OPTION...]",
    .fewest = 2,
    .most = 2,
    .purpose = "Measure how good predictions are",
    .description =
        "Compares predictions with the truth, one sample in each row. Arrays are .npy, .npz, .csv, "
        "IDX or LIBSVM, gzipped or not. Predictions are labels [N]; scores or probabilities, one "
        "column [N] for the larger of two labels or a column for each of the classes 0, 1, 2 ... "
        "[N, C]; or numbers [N] or [N, K] of a regression. Without --task that is found out: "
        "several "
        "columns are numbers where the truth has several, too, and otherwise probabilities where "
        "they lie in [0, 1] and sum to 1, else scores; one column of whole numbers is labels where "
        "the truth's are whole, too, and neither has more than 100 different ones; one column "
        "beside two labels "
        "is probabilities within [0, 1], else scores; all else is numbers. Of classes it "
        "tells precision, recall and F of each, their averages (macro: of the classes that occur), "
        "accuracy, Matthews' and Cohen's coefficients and the confusion matrix; of scores the area "
        "under the ROC curve, equal scores counting half, and the average precision, without "
        "interpolation, of each class against the rest; of probabilities log loss, Brier score and "
        "calibration, which with more than two classes is that of the largest probability. "
        "With --cer or --wer it compares two UTF-8 text files line by line: what was recognised "
        "with what is right. The character error rate is the fewest insertions, deletions and "
        "substitutions of characters (code points) that turn the references into the hypotheses, "
        "over all lines, divided by the number of characters of the references; the word error "
        "rate counts words, runs of anything but white space. --per-line prints a tab-separated "
        "line for each. - is standard input.",
    .table = metrics_table,
    .examples = metrics_examples,
    .run = run_metrics,
};
