/* fuzz_decode.c: decoding of any numbers with any options and shapes. Whatever comes back, no
 * memory but the outputs may be written, a call that is refused says why, and labellings are made
 * of labels. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "losskit.h"

typedef struct reader {
    const uint8_t *data;
    size_t size, at;
} reader;

static unsigned next(reader *r) { return r->at < r->size ? r->data[r->at++] : 0; }

static float next_number(reader *r)
{
    static const float special[] = {0, -0.0f, 1, -1, 3e38f, -3e38f, 1e-44f, -100};
    const unsigned kind = next(r);
    if (kind < 8) return special[kind];
    if (kind == 8) return NAN;
    if (kind < 16) return kind == 9 ? INFINITY : -INFINITY;
    return ((float)kind - 200) / 16;
}

typedef struct problem {
    int64_t in[3], list[3], count;
    float *input;
    int64_t *lengths;
    int32_t *labels, *label_lengths;
    double *scores;
} problem;

static void *room(int64_t n, size_t width)
{
    void *memory = malloc((size_t)n * width + 1);
    if (!memory) abort();
    return memory;
}

static void make(problem *p, reader *r)
{
    const int64_t t = next(r) % 12, n = next(r) % 4, c = next(r) % 70;
    const int64_t best = next(r) % 6;
    *p = (problem){.in = {t, n, c}, .list = {n, best, t}, .count = t * n * c};
    p->input = room(p->count, sizeof *p->input);
    p->lengths = room(n, sizeof *p->lengths);
    p->labels = room(n * best * t, sizeof *p->labels);
    p->label_lengths = room(n * best, sizeof *p->label_lengths);
    p->scores = room(n * best, sizeof *p->scores);
    for (int64_t k = 0; k < p->count; k++) p->input[k] = next_number(r);
    for (int64_t k = 0; k < n; k++) p->lengths[k] = (int64_t)(next(r) % 13) - (next(r) == 1);
}

static void check(const problem *p, int64_t blank)
{
    for (int64_t k = 0; k < p->list[0] * p->list[1]; k++) {
        if (p->label_lengths[k] < 0 || p->label_lengths[k] > p->list[2]) abort();
        for (int64_t i = 0; i < p->list[2]; i++) {
            const int32_t label = p->labels[k * p->list[2] + i];
            const int is_label = label >= 0 && label < p->in[2] && label != blank;
            if (i < p->label_lengths[k] ? !is_label : label != -1) abort();
        }
        if (k % p->list[1] && p->scores[k] > p->scores[k - 1]) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    reader r = {data, size, 0};
    problem p;
    lk_ctc_decoder d = LK_CTC_DECODER_INIT;
    d.logits = (int)(next(&r) % 2);
    d.blank = (int64_t)(next(&r) % 8) - 1;
    d.beam = (int64_t)(next(&r) % 40);
    d.length_bonus = (double)next_number(&r);
    d.flags = next(&r) % 2 ? (uint32_t)LK_BATCH_FIRST : 0;
    make(&p, &r);
    if (d.flags) p.in[0] = p.list[0], p.in[1] = p.list[2];
    const lk_tensor input = lk_view(p.input, LK_F32, 3, p.in);
    const lk_tensor lengths = lk_vector(p.lengths, LK_I64, p.list);
    const lk_tensor labels = lk_view(p.labels, LK_I32, 3, p.list);
    const lk_tensor label_lengths = lk_view(p.label_lengths, LK_I32, 2, p.list);
    const lk_tensor scores = lk_view(p.scores, LK_F64, 2, p.list);
    d.input = &input;
    if (next(&r) % 2) d.input_lengths = &lengths;
    d.labels = &labels;
    d.lengths = &label_lengths;
    d.scores = &scores;
    lk_set_num_threads(1);
    const lk_status status = lk_ctc_decode(&d);
    if (status && !strlen(lk_last_error())) abort();
    if (!status) check(&p, d.blank < 0 ? p.in[2] - 1 : d.blank);
    free(p.input);
    free(p.lengths);
    free(p.labels);
    free(p.label_lengths);
    free(p.scores);
    return 0;
}
