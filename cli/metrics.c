/* metrics.c: how good predictions are; so far the error rates of text. */
#include "catalogue.h"
#include "error_rates.h"
#include "format.h"
#include "options.h"

#include <stdio.h>

enum { METRICS_CER = OPTION_OWN, METRICS_WER, METRICS_PER_LINE };

static const struct poptOption metrics_table[] = {
    OPTION_FLAG("cer", METRICS_CER, "the error rate of characters"),
    OPTION_FLAG("wer", METRICS_WER, "the error rate of words"),
    OPTION_FLAG("per-line", METRICS_PER_LINE, "the edits of every line, separated by tabs"),
    OPTIONS_COMMON};

enum { RATES = 2 };
static const struct {
    int key;
    lk_tokens tokens;
    const char *name, *unit;
} kinds[RATES] = {{METRICS_CER, LK_TOKENS_CHARACTERS, "cer", "characters"},
                  {METRICS_WER, LK_TOKENS_WORDS, "wer", "words"}};

/* ---- output -----------------------------------------------------------------------------------
 */

static json_t *edits_json(const lk_edits *e)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "edits", (json_int_t)e->distance,
                     "insertions", (json_int_t)e->insertions, "deletions", (json_int_t)e->deletions,
                     "substitutions", (json_int_t)e->substitutions, "hypothesis_length",
                     (json_int_t)e->hypothesis_length, "reference_length",
                     (json_int_t)e->reference_length);
}

static json_t *rates_json(const error_rates *r, int with_lines)
{
    json_t *const object = edits_json(&r->total);
    json_object_set_new(object, "rate", number_json(r->rate));
    json_object_set_new(object, "lines", json_integer(r->lines));
    json_object_set_new(object, "correct_lines", json_integer(r->correct));
    if (!with_lines) return object;
    json_t *const list = json_array();
    for (int64_t i = 0; i < r->lines; i++) json_array_append_new(list, edits_json(&r->edits[i]));
    json_object_set_new(object, "per_line", list);
    return object;
}

static void print_count(const char *label, int64_t count)
{
    printf("%-16s%lld\n", label, (long long)count);
}

static void print_rates(const char *name, const char *unit, const error_rates *r)
{
    char number[NUMBER_TEXT];
    printf("%-16s%s\n", name, number_readable(number, r->rate));
    print_count("edits", r->total.distance);
    print_count("insertions", r->total.insertions);
    print_count("deletions", r->total.deletions);
    print_count("substitutions", r->total.substitutions);
    printf("%-16s%lld %s\n", "reference", (long long)r->total.reference_length, unit);
    print_count("lines", r->lines);
    print_count("correct lines", r->correct);
}

static void print_lines(const char *name, const error_rates *r)
{
    printf("metric\tline\tedits\tinsertions\tdeletions\tsubstitutions\treference\n");
    for (int64_t i = 0; i < r->lines; i++) {
        const lk_edits *const e = &r->edits[i];
        printf("%s\t%lld\t%lld\t%lld\t%lld\t%lld\t%lld\n", name, (long long)i + 1,
               (long long)e->distance, (long long)e->insertions, (long long)e->deletions,
               (long long)e->substitutions, (long long)e->reference_length);
    }
}

/* ---- the command ------------------------------------------------------------------------------
 */

static int print_all(const options *o, const error_rates *rates, error *e)
{
    const int with_lines = option_find(o, METRICS_PER_LINE) != NULL;
    json_t *const root = option_find(o, OPTION_JSON) ? json_pack("{s:i}", "schema", 1) : NULL;
    int printed = 0;
    for (int k = 0; k < RATES; k++) {
        if (!option_find(o, kinds[k].key)) continue;
        if (printed++ && !root) putchar('\n');
        if (root)
            json_object_set_new(root, kinds[k].name, rates_json(&rates[k], with_lines));
        else
            print_rates(kinds[k].name, kinds[k].unit, &rates[k]);
        if (with_lines && !root) putchar('\n');
        if (with_lines && !root) print_lines(kinds[k].name, &rates[k]);
    }
    return root && json_print(root, e) ? STATUS_FAILED : STATUS_OK;
}

static int run_metrics(const options *o, error *e)
{
    if (!option_find(o, METRICS_CER) && !option_find(o, METRICS_WER)) {
        error_set(e, "metrics needs --cer or --wer, or both");
        return STATUS_USAGE;
    }
    if (is_standard_input(o->arguments[0]) && is_standard_input(o->arguments[1])) {
        error_set(e, "both texts want standard input");
        return STATUS_USAGE;
    }
    text_lines texts[2] = {{.offsets = NULL}, {.offsets = NULL}};
    error_rates rates[RATES] = {{.edits = NULL}, {.edits = NULL}};
    int failed = 0;
    for (int side = 0; side < 2 && !failed; side++)
        failed = text_lines_read(o->arguments[side], &texts[side], e);
    for (int k = 0; k < RATES && !failed; k++)
        if (option_find(o, kinds[k].key))
            failed = error_rates_compute(texts, kinds[k].tokens, &rates[k], e);
    const int status = failed ? STATUS_FAILED : print_all(o, rates, e);
    for (int k = 0; k < 2; k++) text_lines_free(&texts[k]);
    for (int k = 0; k < RATES; k++) error_rates_free(&rates[k]);
    return status;
}

static const example metrics_examples[] = {
    {"losskit metrics --cer --wer recognised.txt spoken.txt",
     "the error rates of characters and of words, over all lines"},
    {"zcat out.gz | losskit metrics --wer --per-line - spoken.txt.gz",
     "a recogniser's output from a pipe, and the edits of every line"},
    {NULL, NULL}};

const command metrics_command = {
    .name = "metrics",
    .arguments = "--cer|--wer HYPOTHESIS REFERENCE [OPTION...]",
    .fewest = 2,
    .most = 2,
    .purpose = "Measure error rates of text",
    .description =
        "Both files hold one text a line, line i of one belonging to line i of the other, in "
        "UTF-8, gzipped or not; - is standard input. An error rate is the fewest insertions, "
        "deletions and substitutions that turn the references into the hypotheses, divided by the "
        "length of all references: above 1 when much was inserted. Characters are code points, "
        "nothing is normalised, and words are whatever white space separates. Insertions are in "
        "the hypothesis alone, deletions in the reference alone.",
    .table = metrics_table,
    .examples = metrics_examples,
    .run = run_metrics,
};
