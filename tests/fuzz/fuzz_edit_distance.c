/* fuzz_edit_distance.c: any two texts, as characters, words or integers. Distances are those of a
 * plain table, alignments turn one into the other, and invalid text is refused. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "losskit.h"
#include "support/plain_distance.h"

enum { MOST = 400 /* tokens of a side */ };

static void require(int condition)
{
    if (!condition) abort();
}

/* The distance, or -1 for invalid text; the alignment must have as many edits. */
static int64_t measure(const lk_sequences *h, const lk_sequences *r, size_t bytes)
{
    int64_t distance = -1, letter_edits = 0;
    lk_edits e;
    const lk_status status = lk_edit_distance(h, r, &distance, NULL, NULL);
    require(status == LK_OK || (status == LK_OUT_OF_DOMAIN && *lk_last_error()));
    require(lk_edit_distance(h, r, NULL, &e, NULL) == status);
    char *const letters = malloc(bytes + 1);
    require(letters != NULL);
    require(lk_edit_alignment(h, r, 0, letters, bytes + 1) == status);
    if (status == LK_OK) {
        for (const char *c = letters; *c; c++) letter_edits += *c != '=';
        require(e.distance == distance && letter_edits == distance);
        require(e.insertions - e.deletions == e.hypothesis_length - e.reference_length);
    }
    free(letters);
    return status == LK_OK ? distance : -1;
}

static void run_text(const uint8_t *data, size_t size, size_t cut, lk_tokens kind)
{
    /* of their own, so that a read beyond either is noticed */
    char *const h_bytes = malloc(cut + 1), *const r_bytes = malloc(size - cut + 1);
    require(h_bytes && r_bytes);
    if (cut) memcpy(h_bytes, data, cut);
    if (size > cut) memcpy(r_bytes, data + cut, size - cut);
    const int64_t h_end[2] = {0, (int64_t)cut}, r_end[2] = {0, (int64_t)(size - cut)};
    const lk_sequences h = {h_bytes, kind, 1, h_end}, r = {r_bytes, kind, 1, r_end};
    measure(&h, &r, size);
    free(h_bytes);
    free(r_bytes);
}

static void run_integers(const uint8_t *data, size_t size, size_t cut, int wide)
{
    int32_t tokens[2][MOST];
    int64_t end[2][2] = {{0, 0}, {0, 0}};
    for (size_t i = 0; i < size; i++) {
        const int side = i >= cut;
        if (end[side][1] == MOST) continue;
        tokens[side][end[side][1]++] = wide ? data[i] * 65537 - 7 : data[i];
    }
    const lk_sequences h = {tokens[0], LK_TOKENS_I32, 1, end[0]};
    const lk_sequences r = {tokens[1], LK_TOKENS_I32, 1, end[1]};
    const int64_t expected = plain_distance(tokens[0], end[0][1], tokens[1], end[1][1], 4);
    require(measure(&h, &r, (size_t)(end[0][1] + end[1][1])) == expected);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) return 0;
    const size_t cut = (size - 2) * data[1] / 255;
    const unsigned kind = data[0] % 4;
    lk_set_num_threads(1);
    if (kind < 2)
        run_text(data + 2, size - 2, cut, kind ? LK_TOKENS_WORDS : LK_TOKENS_CHARACTERS);
    else
        run_integers(data + 2, size - 2, cut, kind == 3);
    return 0;
}
