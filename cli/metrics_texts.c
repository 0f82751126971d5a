/* metrics_texts.c: error rates of texts. */
#include "catalogue.h"
#include "format.h"
#include "losskit.h"
#include "metrics.h"
#include "text_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One error rate. */
typedef struct rate {
    const char *name, *unit;
    lk_tokens tokens;
    lk_edits *lines, total;
    double value;
    int64_t right; /* lines without an edit */
} rate;

enum { RATES = 2 };
typedef struct texts {
    text_lines hypothesis, reference;
    rate rates[RATES];
    int n_rates, per_line;
} texts;

/* The library tells the sequence; people count lines, from 1, in a file. */
static int explain(const texts *t, error *e)
{
    char which[16];
    long long sequence, byte;
    unsigned value;
    const int read =
        sscanf(lk_last_error(), "edit_distance: %15[a-z][%lld] is not UTF-8 at byte %lld (0x%x)",
               which, &sequence, &byte, &value);
    if (read != 4) return error_library(e);
    const text_lines *l = strcmp(which, "references") ? &t->hypothesis : &t->reference;
    return error_file(e, l->name,
                      "line %lld is not UTF-8 at its byte %lld, byte %lld of the file (0x%02x)",
                      sequence + 1, byte, (long long)l->starts[sequence] + byte, value);
}

static int measure(texts *t, rate *r, error *e)
{
    lk_sequences hypotheses = t->hypothesis.sequences, references = t->reference.sequences;
    hypotheses.tokens = references.tokens = r->tokens;
    r->lines = malloc((size_t)(references.count + 1) * sizeof *r->lines);
    if (!r->lines)
        return error_set(e, "no memory for the edits of %lld lines", (long long)references.count);
    if (lk_edit_distance(&hypotheses, &references, NULL, r->lines, &r->total)) return explain(t, e);
    for (int64_t i = 0; i < references.count; i++) r->right += r->lines[i].distance == 0;
    if (lk_error_rate(&r->total, &r->value))
        return error_file(e, t->reference.name,
                          "it holds no %s, so that there is no error rate; %s has %lld", r->unit,
                          t->hypothesis.name, (long long)r->total.hypothesis_length);
    return 0;
}

static void print_edits(const lk_edits *s)
{
    printf("%lld\t%lld\t%lld\t%lld\t%lld\n", (long long)s->distance, (long long)s->insertions,
           (long long)s->deletions, (long long)s->substitutions, (long long)s->reference_length);
}

/* Tab-separated, so that other programs can sort and pick. */
static void print_lines(const texts *t)
{
    printf("metric\tline\tedits\tinsertions\tdeletions\tsubstitutions\treference\n");
    for (int k = 0; k < t->n_rates; k++)
        for (int64_t i = 0; i < t->reference.sequences.count; i++) {
            printf("%s\t%lld\t", t->rates[k].name, (long long)i + 1);
            print_edits(&t->rates[k].lines[i]);
        }
}

static void print_rates(const texts *t)
{
    for (int k = 0; k < t->n_rates; k++) {
        const rate *r = &t->rates[k];
        const lk_edits *s = &r->total;
        char number[NUMBER_TEXT];
        printf(
            "%s%s %s%s: %lld edits (%lld insertions, %lld deletions, %lld substitutions) of %lld "
            "%s; %lld of %lld lines right\n",
            style_text(stdout, STYLE_BOLD), r->name, number_readable(number, r->value),
            style_text(stdout, STYLE_PLAIN), (long long)s->distance, (long long)s->insertions,
            (long long)s->deletions, (long long)s->substitutions, (long long)s->reference_length,
            r->unit, (long long)r->right, (long long)t->reference.sequences.count);
    }
}

static json_t *edits_json(const lk_edits *s)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "edits", (json_int_t)s->distance,
                     "insertions", (json_int_t)s->insertions, "deletions", (json_int_t)s->deletions,
                     "substitutions", (json_int_t)s->substitutions, "hypothesis_length",
                     (json_int_t)s->hypothesis_length, "reference_length",
                     (json_int_t)s->reference_length);
}

static json_t *texts_json(const texts *t)
{
    const int64_t count = t->reference.sequences.count;
    json_t *root = json_pack("{s:i, s:s, s:I}", "schema", 1, "version", lk_version(), "lines",
                             (json_int_t)count);
    for (int k = 0; k < t->n_rates; k++) {
        const rate *r = &t->rates[k];
        json_t *one = edits_json(&r->total);
        json_object_set_new(one, "rate", json_real(r->value));
        json_object_set_new(one, "correct_lines", json_integer(r->right));
        json_t *lines = t->per_line ? json_array() : NULL;
        for (int64_t i = 0; lines && i < count; i++)
            json_array_append_new(lines, edits_json(&r->lines[i]));
        if (lines) json_object_set_new(one, "per_line", lines);
        json_object_set_new(root, r->name, one);
    }
    return root;
}

static int read_texts(const options *o, texts *t, error *e)
{
    static const rate rates[RATES] = {
        {.name = "cer", .unit = "characters", .tokens = LK_TOKENS_CHARACTERS},
        {.name = "wer", .unit = "words", .tokens = LK_TOKENS_WORDS}};
    t->per_line = option_find(o, METRICS_PER_LINE) != NULL;
    for (int k = 0; k < RATES; k++)
        if (option_find(o, k ? METRICS_WER : METRICS_CER)) t->rates[t->n_rates++] = rates[k];
    if (!strcmp(o->arguments[0], "-") && !strcmp(o->arguments[1], "-")) {
        error_set(e, "hypotheses and references both want standard input");
        return STATUS_USAGE;
    }
    if (text_lines_read(o->arguments[0], &t->hypothesis, e) ||
        text_lines_read(o->arguments[1], &t->reference, e))
        return STATUS_FAILED;
    const long long lines = t->hypothesis.sequences.count;
    if (lines == t->reference.sequences.count) return STATUS_OK;
    error_set(e, "%s has %lld lines, %s has %lld", t->hypothesis.name, lines, t->reference.name,
              (long long)t->reference.sequences.count);
    return STATUS_FAILED;
}

int metrics_of_texts(const options *o, error *e)
{
    texts t = {.n_rates = 0};
    int status = read_texts(o, &t, e);
    for (int k = 0; k < t.n_rates && !status; k++)
        if (measure(&t, &t.rates[k], e)) status = STATUS_FAILED;
    if (!status && option_find(o, OPTION_JSON)) {
        status = json_print(texts_json(&t), e) ? STATUS_FAILED : STATUS_OK;
    } else if (!status) {
        if (t.per_line) print_lines(&t);
        print_rates(&t);
    }
    for (int k = 0; k < t.n_rates; k++) free(t.rates[k].lines);
    text_lines_free(&t.hypothesis);
    text_lines_free(&t.reference);
    return status;
}
