/* edit_distance.c: the public functions. A call is cut into chunks of about the same work, whatever
 * the lengths of its pairs. */
#include <stdlib.h>
#include <string.h>

#include "edit_count.h"
#include "edit_pairs.h"
#include "edit_trace.h"
#include "losskit.h"
#include "tasks.h"

enum { CHUNKS = 256, PARALLEL_FROM = 200000 /* of the units of work_of(), about nanoseconds */ };

typedef struct call {
    lk_edit_pairs pairs;
    int64_t *distances;
    lk_edits *edits;
    int traced; /* edits are wanted, not distances alone */
    int chunks;
    int64_t first[CHUNKS + 1]; /* pair of each chunk */
    lk_edits totals[CHUNKS];
    lk_status failed[CHUNKS];
} call;

/* ---- chunks -----------------------------------------------------------------------------------
 */

static double work_of(const lk_edit_pairs *p, int64_t pair)
{
    double length[2];
    for (int k = 0; k < 2; k++) {
        const int64_t *const offsets = p->sequences[k]->offsets;
        length[k] = (double)(offsets[pair + 1] - offsets[pair]);
    }
    return 50 + 2 * (length[0] + length[1]) + length[0] * length[1] / 64;
}

/* Cuts the pairs and returns their work. */
static double cut(call *c)
{
    const int64_t count = c->pairs.sequences[0]->count;
    double total = 0, done = 0;
    for (int64_t i = 0; i < count; i++) total += work_of(&c->pairs, i);
    c->chunks = 0;
    c->first[0] = 0;
    for (int64_t i = 0; i < count; i++) {
        done += work_of(&c->pairs, i);
        if (i + 1 < count && done * CHUNKS < total * (c->chunks + 1)) continue;
        c->first[++c->chunks] = i + 1;
        if (c->chunks == CHUNKS) break;
    }
    if (c->chunks) c->first[c->chunks] = count;
    return total;
}

/* ---- pairs ------------------------------------------------------------------------------------
 */

static void add(lk_edits *sum, const lk_edits *e)
{
    sum->distance += e->distance;
    sum->insertions += e->insertions;
    sum->deletions += e->deletions;
    sum->substitutions += e->substitutions;
    sum->hypothesis_length += e->hypothesis_length;
    sum->reference_length += e->reference_length;
}

static lk_edits edits_of(const lk_edit_side sides[2], void *room)
{
    lk_edit_script script = {.letters = NULL};
    lk_edit_trace(sides[0], sides[1], room, &script);
    return (lk_edits){script.insertions + script.deletions + script.substitutions,
                      script.insertions,
                      script.deletions,
                      script.substitutions,
                      sides[0].count,
                      sides[1].count};
}

static lk_status run_pair(call *c, int64_t pair, lk_edit_scratch *scratch, lk_edits *total)
{
    lk_edit_side sides[2];
    void *room;
    const lk_status status =
        lk_edit_open(&c->pairs, pair, c->traced ? lk_edit_trace_room : lk_edit_count_room, scratch,
                     sides, &room);
    if (status) return status;
    lk_edits e = {.distance = 0};
    if (c->traced)
        e = edits_of(sides, room);
    else
        e.distance = lk_edit_count_sides(sides[0], sides[1], room);
    if (c->distances) c->distances[pair] = e.distance;
    if (c->edits) c->edits[pair] = e;
    add(total, &e);
    return LK_OK;
}

static int run_chunks(void *context, void *unused, int64_t first, size_t n, double *lanes,
                      int64_t *count)
{
    call *const c = context;
    lk_edit_scratch scratch;
    (void)unused;
    (void)lanes;
    (void)count;
    scratch.more = NULL;
    scratch.size = 0;
    int failed = 0;
    for (int64_t chunk = first; chunk < first + (int64_t)n; chunk++) {
        lk_edits total = {.distance = 0};
        lk_status status = LK_OK;
        for (int64_t i = c->first[chunk]; i < c->first[chunk + 1] && !status; i++)
            status = run_pair(c, i, &scratch, &total);
        c->totals[chunk] = total;
        c->failed[chunk] = status;
        failed |= status != LK_OK;
    }
    free(scratch.more);
    return failed;
}

/* The sentence of the first chunk that failed. */
static lk_status tell(const call *c)
{
    int chunk = 0;
    while (!c->failed[chunk]) chunk++;
    return c->failed[chunk] == LK_NO_MEMORY
               ? lk_edit_tell_memory(&c->pairs)
               : lk_edit_tell_invalid(&c->pairs, c->first[chunk], c->first[chunk + 1]);
}

lk_status lk_edit_distance(const lk_sequences *hypotheses, const lk_sequences *references,
                           int64_t *distances, lk_edits *edits, lk_edits *total)
{
    call c;
    c.pairs = (lk_edit_pairs){"edit_distance", {hypotheses, references}};
    const lk_status status = lk_edit_check(&c.pairs, -1);
    if (status) return status;
    c.distances = distances;
    c.edits = edits;
    c.traced = edits || total;
    const double work = cut(&c);
    const lk_task_plan plan = {.n = c.chunks, .task = 1, .parallel = work >= PARALLEL_FROM};
    lk_totals unused;
    if (c.chunks && lk_run_tasks(&plan, run_chunks, &c, &unused)) return tell(&c);
    if (total) memset(total, 0, sizeof *total);
    for (int k = 0; total && k < c.chunks; k++) add(total, &c.totals[k]);
    return LK_OK;
}

/* ---- one alignment ----------------------------------------------------------------------------
 */

static lk_status align(const lk_edit_pairs *pairs, int64_t pair, lk_edit_scratch *scratch,
                       char *letters, size_t room)
{
    lk_edit_side sides[2];
    void *work;
    const lk_status status = lk_edit_open(pairs, pair, lk_edit_trace_room, scratch, sides, &work);
    if (status == LK_NO_MEMORY) return lk_edit_tell_memory(pairs);
    if (status) return lk_edit_tell_invalid(pairs, pair, pair + 1);
    const size_t most = (size_t)(sides[0].count + sides[1].count);
    if (room <= most)
        return lk_fail(LK_INVALID,
                       "%s: room = %zu is less than %zu, one more than the tokens of both",
                       pairs->name, room, most + 1);
    lk_edit_script script = {.letters = letters + most};
    lk_edit_trace(sides[0], sides[1], work, &script);
    const size_t length = (size_t)(letters + most - script.letters);
    memmove(letters, script.letters, length);
    letters[length] = '\0';
    return LK_OK;
}

lk_status lk_edit_alignment(const lk_sequences *hypotheses, const lk_sequences *references,
                            int64_t pair, char *letters, size_t room)
{
    const lk_edit_pairs pairs = {"edit_alignment", {hypotheses, references}};
    if (pair < 0)
        return lk_fail(LK_INVALID, "edit_alignment: pair = %lld is negative", (long long)pair);
    const lk_status status = lk_edit_check(&pairs, pair);
    if (status) return status;
    if (!letters) return lk_fail(LK_INVALID, "edit_alignment: letters is NULL");
    lk_edit_scratch scratch;
    scratch.more = NULL;
    scratch.size = 0;
    const lk_status aligned = align(&pairs, pair, &scratch, letters, room);
    free(scratch.more);
    return aligned;
}

lk_status lk_error_rate(const lk_edits *edits, double *rate)
{
    if (!edits || !rate)
        return lk_fail(LK_INVALID, "error_rate: %s is NULL", edits ? "rate" : "edits");
    if (edits->distance < 0 || edits->reference_length < 0)
        return lk_fail(LK_INVALID, "error_rate: %lld edits of %lld tokens are none of a pair",
                       (long long)edits->distance, (long long)edits->reference_length);
    if (edits->reference_length == 0 && edits->hypothesis_length != 0)
        return lk_fail(LK_OUT_OF_DOMAIN,
                       "error_rate: the reference is empty, but the hypothesis has %lld tokens",
                       (long long)edits->hypothesis_length);
    *rate = edits->reference_length ? (double)edits->distance / (double)edits->reference_length : 0;
    return LK_OK;
}
