/* experiment.c: claims about losses, put to the test. */
#include "catalogue.h"
#include "data_file.h"
#include "experiment_output.h"
#include "format.h"
#include "options.h"
#include "suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXPERIMENT_ALL = OPTION_OWN,
    EXPERIMENT_LIST,
    EXPERIMENT_REPORT,
    EXPERIMENT_FOLDER,
    EXPERIMENT_THREADS
};

enum { SETS = 8 };

static const struct poptOption experiment_table[] = {
    OPTION_FLAG("all", EXPERIMENT_ALL, "run every experiment"),
    OPTION_FLAG("list", EXPERIMENT_LIST, "list the experiments"),
    OPTION("report", EXPERIMENT_REPORT,
           "write DIR/index.html, a page with all figures, and DIR/results.json", "DIR"),
    OPTION(
        "data", EXPERIMENT_FOLDER,
        "the folder of MNIST, on which the experiments with embeddings then run, too; other sets "
        "are looked for there first",
        "DIR"),
    OPTION("threads", EXPERIMENT_THREADS, "number of threads; the results do not depend on it",
           "NUMBER"),
    OPTIONS_COMMON};

/* ---- which --------------------------------------------------------------------------------------
 */

static int count_experiments(void)
{
    int n = 0;
    while (experiments[n]) n++;
    return n;
}

static const experiment_info *find_experiment(const char *name, error *e)
{
    suggestion s;
    suggest_begin(&s, name);
    for (int k = 0; experiments[k]; k++) {
        if (!strcmp(experiments[k]->name, name)) return experiments[k];
        suggest_consider(&s, experiments[k]->name);
    }
    const char *hint = suggest_hint(&s, "");
    error_set(e, "there is no experiment \"%.80s\"%s", name,
              *hint ? hint : "; `losskit experiment --list` lists them");
    return NULL;
}

/* The chosen ones, in the order of the report; how many. */
static int choose(const options *o, const experiment_info **chosen, error *e)
{
    const int all = option_find(o, EXPERIMENT_ALL) != NULL;
    if (all && o->n_arguments)
        return error_set(e, "--all runs every experiment; \"%.80s\" is not needed beside it",
                         o->arguments[0]);
    if (!all && !o->n_arguments)
        return error_set(e, "which experiment? `losskit experiment --list` lists them, and --all "
                            "runs every one");
    for (int i = 0; i < o->n_arguments; i++)
        if (!find_experiment(o->arguments[i], e)) return -1;
    int n = 0;
    for (int k = 0; experiments[k]; k++) {
        int wanted = all;
        for (int i = 0; i < o->n_arguments; i++)
            wanted |= !strcmp(o->arguments[i], experiments[k]->name);
        if (wanted) chosen[n++] = experiments[k];
    }
    return n;
}

/* ---- their data ---------------------------------------------------------------------------------
 */

/* Experiments know the sets that they ask for, and count on these sizes. */
static const struct {
    const char *name;
    int64_t rows, features, classes; /* rows: at least; classes: 0 where numbers are predicted */
} known_sets[] = {
    {"digits", 1797, 64, 10},
    {"breast_cancer", 569, 30, 2},
    {"diabetes", 442, 10, 0},
    {"mnist", 10000, 784, 10},
};

static int check_set(const char *name, const data_file *file, error *e)
{
    const lk_dataset *data = &file->data;
    size_t k = 0;
    while (k < sizeof known_sets / sizeof *known_sets && strcmp(known_sets[k].name, name) != 0) k++;
    if (k == sizeof known_sets / sizeof *known_sets)
        return error_set(e, "the experiments know no set \"%s\"", name);
    if (data->dense && data->targets == 1 && data->rows >= known_sets[k].rows &&
        data->features == known_sets[k].features && data->classes == known_sets[k].classes)
        return 0;
    return error_file(e, file->path,
                      "the experiments need %s with %lld rows or more, %lld dense features and "
                      "%lld classes; here are %lld, %lld and %lld",
                      name, (long long)known_sets[k].rows, (long long)known_sets[k].features,
                      (long long)known_sets[k].classes, (long long)data->rows,
                      (long long)data->features, (long long)data->classes);
}

typedef struct data_sets {
    int n;
    data_file files[SETS];
    named_data named[SETS + 1];
} data_sets;

static int read_set(data_sets *sets, const char *name, const char *folder, error *e)
{
    for (int k = 0; k < sets->n; k++)
        if (!strcmp(sets->named[k].name, name)) return 0;
    if (sets->n == SETS) return error_set(e, "the experiments want more than %d sets", SETS);
    const data_request request = {.path = name, .folder = folder};
    data_file *file = &sets->files[sets->n];
    if (data_file_read(&request, file, e)) return -1;
    sets->named[sets->n++] = (named_data){name, &file->data};
    return check_set(name, file, e);
}

static int read_sets(data_sets *sets, const experiment_info *const *chosen, int n,
                     const char *folder, error *e)
{
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < EXPERIMENT_DATA && chosen[i]->data[k]; k++)
            if (read_set(sets, chosen[i]->data[k], folder, e)) return -1;
        if (folder && chosen[i]->extra && read_set(sets, chosen[i]->extra, folder, e)) return -1;
    }
    return 0;
}

/* ---- running ------------------------------------------------------------------------------------
 */

typedef struct job {
    const experiment_info *const *chosen;
    const named_data *data;
    experiment *results;
} job;

static void run_one(void *context, size_t i)
{
    const job *j = context;
    experiment_run(j->chosen[i], j->data, &j->results[i]);
    if (is_terminal(stderr)) fprintf(stderr, "%s done\n", j->chosen[i]->name);
}

static int print_results(const options *o, const experiment *results, int n, error *e)
{
    if (option_find(o, OPTION_JSON)) return json_print(experiments_json(results, n), e);
    if (option_find(o, EXPERIMENT_ALL))
        experiments_print_summary(results, n);
    else
        for (int i = 0; i < n; i++) experiment_print(&results[i]);
    return 0;
}

/* The first failure, or how many checks do not hold. */
static int judge(const experiment *results, int n, error *e)
{
    int bad = 0;
    for (int i = 0; i < n; i++) {
        if (results[i].status)
            return error_set(e, "experiment %s: %s", results[i].info->name, results[i].failure);
        int checks;
        const int good = experiment_holds(&results[i], &checks);
        bad += checks - good;
    }
    if (bad) return error_set(e, "%d check%s not hold", bad, bad == 1 ? " does" : "s do");
    return 0;
}

static int run_chosen(const options *o, const experiment_info *const *chosen, int n, error *e)
{
    const char *directory = option_text(o, EXPERIMENT_REPORT);
    data_sets sets;
    memset(&sets, 0, sizeof sets);
    experiment *results = calloc((size_t)n, sizeof *results);
    int status = results ? 0 : error_set(e, "no memory for %d experiments", n);
    if (!status) status = read_sets(&sets, chosen, n, option_text(o, EXPERIMENT_FOLDER), e);
    if (!status && directory) status = experiments_report_try(directory, e);
    if (!status) {
        job j = {chosen, sets.named, results};
        lk_parallel((size_t)n, run_one, &j);
        status = print_results(o, results, n, e);
    }
    if (!status && directory) status = experiments_report(results, n, directory, e);
    if (!status && directory && !option_find(o, OPTION_JSON))
        printf("\nreport: %s/index.html\n", directory);
    if (!status) status = judge(results, n, e);
    for (int i = 0; results && i < n; i++) experiment_free(&results[i]);
    free(results);
    for (int k = 0; k < sets.n; k++) data_file_free(&sets.files[k]);
    return status ? STATUS_FAILED : STATUS_OK;
}

static int list_experiments(const options *o, error *e)
{
    if (option_find(o, OPTION_JSON)) {
        json_t *list = json_array();
        for (int k = 0; experiments[k]; k++)
            json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name", experiments[k]->name,
                                                  "title", experiments[k]->title, "claim",
                                                  experiments[k]->claim));
        json_t *root =
            json_pack("{s:i, s:s, s:o}", "schema", 1, "version", lk_version(), "experiments", list);
        return json_print(root, e) ? STATUS_FAILED : STATUS_OK;
    }
    for (int k = 0; experiments[k]; k++) {
        print_cell(stdout, experiments[k]->name, 20, 0);
        print_wrapped(stdout, experiments[k]->title, 20, 100);
    }
    return STATUS_OK;
}

static int run_experiment(const options *o, error *e)
{
    long threads = 0;
    if (option_integer(o, EXPERIMENT_THREADS, 1, 4096, &threads, e)) return STATUS_USAGE;
    if (threads) lk_set_num_threads((int)threads);
    if (option_find(o, EXPERIMENT_LIST)) return list_experiments(o, e);
    const experiment_info **chosen = calloc((size_t)count_experiments() + 1, sizeof *chosen);
    if (!chosen) {
        error_set(e, "no memory for a list of experiments");
        return STATUS_FAILED;
    }
    const int n = choose(o, chosen, e);
    const int status = n < 0 ? STATUS_USAGE : run_chosen(o, chosen, n, e);
    free(chosen);
    return status;
}

static const example experiment_examples[] = {
    {"losskit experiment saturation", "why cross-entropy learns faster than squared error"},
    {"losskit experiment --all --report build/experiments",
     "every claim, with figures, in one page"},
    {"losskit experiment center_loss large_margin --data ~/mnist", "on the digits of MNIST, too"},
    {NULL, NULL}};

const command experiment_command = {
    .name = "experiment",
    .arguments = "[NAME...] [OPTION...]",
    .fewest = 0,
    .most = -1,
    .purpose = "Put claims about losses to the test",
    .description =
        "Each experiment computes what a textbook claims of losses, on data that ships with "
        "losskit, and tells what was claimed, what was measured, and whether it holds. The exit "
        "status is 1 when one does not. Popular claims that are wrong stand beside the right ones. "
        "Results are the same on every run, whatever the number of threads. With --all a summary "
        "is printed; names print all that was measured.",
    .table = experiment_table,
    .examples = experiment_examples,
    .run = run_experiment,
};
