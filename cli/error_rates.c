#include "error_rates.h"

#include "array.h"
#include "input_file.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int is_standard_input(const char *path) { return strcmp(path, "-") == 0; }

/* ---- lines ------------------------------------------------------------------------------------
 */

static int read_bytes(const char *path, file_bytes *out, error *e)
{
    file_bytes packed;
    if (input_read(path, LK_ARRAY_LIMIT, out, e)) return -1;
    if (!input_is_gzip(out->data, out->size)) return 0;
    packed = *out;
    const int status =
        input_gunzip(input_name(path), packed.data, packed.size, LK_ARRAY_LIMIT, out, e);
    free(packed.data);
    return status;
}

static int64_t count_lines(const file_bytes *b, size_t from)
{
    int64_t lines = b->size > from && b->data[b->size - 1] != '\n';
    for (size_t i = from; i < b->size; i++) lines += b->data[i] == '\n';
    return lines;
}

/* Moves the lines together, so that they are what the library takes. */
static void split(text_lines *t, size_t from, size_t size)
{
    size_t used = 0;
    t->offsets[0] = 0;
    for (int64_t line = 0; line < t->lines; line++) {
        const unsigned char *const start = t->bytes + from;
        const unsigned char *const newline = memchr(start, '\n', size - from);
        const size_t whole = newline ? (size_t)(newline - start) : size - from;
        const size_t length = whole && newline && start[whole - 1] == '\r' ? whole - 1 : whole;
        memmove(t->bytes + used, start, length);
        t->starts[line] = (int64_t)from;
        used += length;
        from += whole + 1;
        t->offsets[line + 1] = (int64_t)used;
    }
}

int text_lines_read(const char *path, text_lines *t, error *e)
{
    file_bytes b;
    memset(t, 0, sizeof *t);
    t->name = input_name(path);
    if (read_bytes(path, &b, e)) return -1;
    const size_t from = b.size >= 3 && memcmp(b.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    t->bytes = b.data;
    t->lines = count_lines(&b, from);
    t->offsets = malloc(((size_t)t->lines + 1) * sizeof *t->offsets);
    t->starts = malloc(((size_t)t->lines + 1) * sizeof *t->starts);
    if (!t->offsets || !t->starts)
        return error_file(e, t->name, "no memory for its %lld lines", (long long)t->lines);
    split(t, from, b.size);
    return 0;
}

void text_lines_free(text_lines *t)
{
    free(t->bytes);
    free(t->offsets);
    free(t->starts);
}

/* ---- rates ------------------------------------------------------------------------------------
 */

static lk_sequences sequences_of(const text_lines *t, lk_tokens tokens)
{
    return (lk_sequences){t->bytes, tokens, t->lines, t->offsets};
}

/* The library's sentence speaks of its arguments; here its place is told in the file. */
static int tell(const text_lines texts[2], error *e)
{
    const char *const sentence = lk_last_error();
    long long line, byte;
    unsigned value;
    for (int k = 0; k < 2; k++) {
        static const char *const forms[2] = {
            "edit_distance: hypotheses[%lld] is not UTF-8 at byte %lld (%x)",
            "edit_distance: references[%lld] is not UTF-8 at byte %lld (%x)"};
        if (sscanf(sentence, forms[k], &line, &byte, &value) != 3) continue;
        return error_file(e, texts[k].name,
                          "line %lld is not UTF-8 at byte %lld of the file (0x%02x)", line + 1,
                          texts[k].starts[line] + byte, value);
    }
    return error_set(e, "%s", sentence);
}

static int rate_of(error_rates *r, const text_lines texts[2], error *e)
{
    if (lk_error_rate(&r->total, &r->rate) == LK_OK) return 0;
    return error_file(e, texts[1].name, "it holds no tokens to divide by, but %s has %lld",
                      texts[0].name, (long long)r->total.hypothesis_length);
}

int error_rates_compute(const text_lines texts[2], lk_tokens tokens, error_rates *r, error *e)
{
    memset(r, 0, sizeof *r);
    if (texts[0].lines != texts[1].lines)
        return error_set(e, "%.100s has %lld lines, but %.100s has %lld", texts[0].name,
                         (long long)texts[0].lines, texts[1].name, (long long)texts[1].lines);
    const lk_sequences hypotheses = sequences_of(&texts[0], tokens);
    const lk_sequences references = sequences_of(&texts[1], tokens);
    r->lines = texts[0].lines;
    r->edits = malloc(((size_t)r->lines + 1) * sizeof *r->edits);
    if (!r->edits)
        return error_file(e, texts[0].name, "no memory for its %lld lines", (long long)r->lines);
    if (lk_edit_distance(&hypotheses, &references, NULL, r->edits, &r->total))
        return tell(texts, e);
    for (int64_t i = 0; i < r->lines; i++) r->correct += r->edits[i].distance == 0;
    return rate_of(r, texts, e);
}

void error_rates_free(error_rates *r) { free(r->edits); }
