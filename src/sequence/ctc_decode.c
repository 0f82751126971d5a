/* ctc_decode.c: labellings for the frames of a CTC model: checks, threads over the sequences, and
 * what is written. Everything is in double. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ctc_beam.h"
#include "ctc_kernels.h"
#include "float_environment.h"
#include "losskit.h"
#include "row_kernels.h"
#include "sequence_job.h"
#include "softmax_row.h"

static const char name[] = "lk_ctc_decode";

typedef struct decode_job {
    const lk_ctc_decoder *decoder;
    lk_call call; /* what the frames are read through */
    lk_sequence_job s;
    int leading; /* dimensions of the batch */
    int64_t best, blank;
    lk_array labels, lengths, scores;
    _Atomic int64_t next; /* sequence that no worker has taken */
} decode_job;

/* Of a worker. */
typedef struct decode_room {
    double *row;
    int64_t *labels; /* T */
    lk_best_list first;
    lk_ctc_beam beam;
} decode_room;

/* ---- checks -------------------------------------------------------------------------------------
 */

static lk_status check_options(const lk_ctc_decoder *d)
{
    if (d->size != sizeof *d)
        return lk_fail(LK_INVALID,
                       "%s: the decoder's size is %zu, not %zu: start from LK_CTC_DECODER_INIT",
                       name, d->size, sizeof *d);
    if (!d->input) return lk_fail(LK_INVALID, "%s: input is NULL", name);
    if (!d->labels) return lk_fail(LK_INVALID, "%s: labels is NULL", name);
    if (!d->lengths) return lk_fail(LK_INVALID, "%s: lengths is NULL", name);
    if (d->flags & ~(uint32_t)LK_BATCH_FIRST)
        return lk_fail(LK_INVALID, "%s takes no flags 0x%x", name,
                       d->flags & ~(uint32_t)LK_BATCH_FIRST);
    if (d->logits != 0 && d->logits != 1)
        return lk_fail(LK_INVALID, "%s: logits = %d is neither 0 nor 1", name, d->logits);
    if (d->beam < 0)
        return lk_fail(LK_INVALID, "%s: beam = %lld is negative", name, (long long)d->beam);
    if (!isfinite(d->length_bonus))
        return lk_fail(LK_INVALID, "%s: length_bonus = %g is not finite", name, d->length_bonus);
    return LK_OK;
}

static lk_status check_blank(decode_job *j)
{
    const int64_t blank = j->decoder->blank, classes = j->s.classes;
    if (blank < -1 || blank >= classes)
        return lk_fail(LK_INVALID, "%s: blank = %lld is outside [0, %lld), and not -1, the last",
                       name, (long long)blank, (long long)classes);
    if (classes > INT32_MAX)
        return lk_fail(LK_INVALID, "%s: input has %lld classes, more than 2^31 - 1", name,
                       (long long)classes);
    j->blank = blank < 0 ? classes - 1 : blank;
    return LK_OK;
}

/* `best` is what the labels' shape says. */
static lk_status check_best(decode_job *j)
{
    const lk_ctc_decoder *d = j->decoder;
    if (d->labels->ndim != j->leading + 2)
        return lk_fail(LK_INVALID, "%s: labels has %d dimensions, not the %d of %s", name,
                       (int)d->labels->ndim, j->leading + 2,
                       j->leading ? "[N, best, T]" : "[best, T]");
    j->best = d->labels->shape ? d->labels->shape[j->leading] : 0;
    if (j->best < 1)
        return lk_fail(LK_INVALID, "%s: labels has room for %lld labellings of a sequence", name,
                       (long long)j->best);
    if (j->best > (d->beam ? d->beam : 1))
        return lk_fail(LK_INVALID, "%s: labels has room for %lld labellings, but %s %lld", name,
                       (long long)j->best, d->beam ? "the beam holds" : "greedy decoding gives",
                       (long long)(d->beam ? d->beam : 1));
    return LK_OK;
}

static lk_status view_outputs(decode_job *j)
{
    const lk_ctc_decoder *d = j->decoder;
    const int64_t batched[] = {j->s.count, j->best, j->s.frames};
    const int64_t *const shape = j->leading ? batched : batched + 1;
    const lk_tensor lists = lk_view(NULL, LK_F32, j->leading + 2, shape);
    const lk_tensor units = lk_view(NULL, LK_F32, j->leading + 1, shape);
    const char *const of_lists = j->leading ? "[N, best, T]" : "[best, T]";
    const char *const of_units = j->leading ? "[N, best]" : "[best]";
    lk_status status =
        lk_array_integer_output(name, "labels", d->labels, &lists, of_lists, &j->labels);
    if (!status)
        status =
            lk_array_integer_output(name, "lengths", d->lengths, &units, of_units, &j->lengths);
    if (!status && d->scores)
        status = lk_array_output(name, "scores", d->scores, &units, of_units, &j->scores);
    if (!status && d->scores && j->scores.element > LK_ELEMENT_F64)
        status = lk_fail(LK_INVALID, "%s: scores is neither f32 nor f64", name);
    return status;
}

/* An output may not take the place of an input: other sequences are still to be read. */
static lk_status check_overlaps(const decode_job *j)
{
    const lk_named_array in[] = {{"input", &j->s.input}, {"input_lengths", &j->s.lengths}};
    const lk_named_array out[] = {
        {"labels", &j->labels}, {"lengths", &j->lengths}, {"scores", &j->scores}};
    int in_place;
    if (j->s.count == 0 || j->s.frames == 0) return LK_OK;
    const lk_status status = lk_check_overlaps(name, in, 2, out, 3, &in_place);
    if (status || !in_place) return status;
    return lk_fail(LK_INVALID, "%s: an output is an input", name);
}

static lk_status prepare(decode_job *j)
{
    const lk_call call = LK_CALL_INIT;
    lk_status status = check_options(j->decoder);
    if (status) return status;
    j->call = call;
    j->call.input = j->decoder->input;
    j->call.input_lengths = j->decoder->input_lengths;
    j->call.flags = j->decoder->flags;
    status = lk_sequence_prepare_frames(&j->call, name, &j->s, &j->leading);
    if (!status) status = check_blank(j);
    if (!status) status = check_best(j);
    if (!status) status = view_outputs(j);
    if (!status) status = check_overlaps(j);
    if (status) return status;
    j->s.kernels = j->s.isa->f64;
    j->s.real_width = sizeof(double);
    return LK_OK;
}

/* ---- frames -------------------------------------------------------------------------------------
 */

/* Nonzero when the frame is no distribution: NaN or inf among its numbers, or nothing but -inf
 * under the softmax. */
static int read_frame(const decode_job *j, int64_t n, int64_t t, double *room, lk_ctc_frame *f)
{
    const double *row = lk_sequence_reach(&j->s, &j->s.input, n, t);
    if (!row) {
        lk_sequence_load(&j->s, &j->s.input, n, t, room);
        row = room;
    }
    *f = (lk_ctc_frame){row, 0, 0};
    if (!j->decoder->logits) {
        double lanes[LK_LANES] = {0};
        j->s.kernels->sum((size_t)j->s.classes, row, lanes);
        return !(lk_add_lanes(lanes) < HUGE_VAL);
    }
    const lk_softmax_sums s = lk_softmax_row(j->s.kernels, (size_t)j->s.classes, row, NULL);
    f->maximum = s.maximum;
    f->log_sum = j->s.kernels->ctc->logarithm(s.sum * LK_ROW_SUM_SCALE) - s.offset;
    return !(s.sum == s.sum);
}

/* ---- results ------------------------------------------------------------------------------------
 */

static void store_integer(const lk_array *array, const lk_run *run, size_t i, int64_t x)
{
    char *const at = run->at + (int64_t)i * run->step * array->width;
    if (array->element == LK_ELEMENT_I32)
        *(int32_t *)(void *)at = (int32_t)x;
    else
        *(int64_t *)(void *)at = x;
}

/* One row of the results; a length of 0 and a score stand for none. */
static void store(const decode_job *j, int64_t row, const int64_t *labels, int64_t length,
                  double score)
{
    for (int64_t done = 0; done < j->s.frames;) {
        const lk_run r =
            lk_array_run(&j->labels, row * j->s.frames + done, (size_t)(j->s.frames - done));
        for (size_t i = 0; i < r.n; i++, done++)
            store_integer(&j->labels, &r, i, done < length ? labels[done] : -1);
    }
    const lk_run of_length = lk_array_run(&j->lengths, row, 1);
    store_integer(&j->lengths, &of_length, 0, length);
    if (j->scores.data) lk_array_store(&j->scores, j->s.kernels, sizeof(double), row, 1, &score);
}

static void store_rest(const decode_job *j, int64_t n, int64_t from, double score)
{
    for (int64_t k = from; k < j->best; k++) store(j, n * j->best + k, NULL, 0, score);
}

/* ---- decoding -----------------------------------------------------------------------------------
 */

/* Both return nonzero without memory. */

static int decode_greedily(const decode_job *j, int64_t n, decode_room *r)
{
    const int64_t frames = lk_sequence_frames(&j->s, n);
    int64_t length = 0, last = j->blank;
    double score = 0;
    for (int64_t t = 0; t < frames; t++) {
        lk_ctc_frame f;
        if (read_frame(j, n, t, r->row, &f)) {
            store_rest(j, n, 0, NAN);
            return 0;
        }
        if (lk_ctc_pick(f.scores, j->s.classes, -1, &r->first)) return 1;
        if (!r->first.n) score = -HUGE_VAL; /* log-probabilities of -inf alone */
        if (score == -HUGE_VAL) continue;
        const int64_t label = r->first.items[0].order;
        score += lk_log_probability(&f, label);
        if (label != j->blank && label != last) r->labels[length++] = label;
        last = label;
    }
    if (score == -HUGE_VAL)
        store_rest(j, n, 0, score);
    else
        store(j, n, r->labels, length, score + j->decoder->length_bonus * (double)length);
    return 0;
}

static int search(const decode_job *j, int64_t n, decode_room *r)
{
    const int64_t frames = lk_sequence_frames(&j->s, n);
    lk_ctc_beam *const b = &r->beam;
    if (lk_ctc_beam_begin(b)) return 1;
    for (int64_t t = 0; t < frames; t++) {
        lk_ctc_frame f;
        if (read_frame(j, n, t, r->row, &f)) {
            store_rest(j, n, 0, NAN);
            return 0;
        }
        if (lk_ctc_beam_step(b, &f)) return 1;
    }
    const int64_t found = b->n < j->best ? b->n : j->best;
    double score = HUGE_VAL;
    for (int64_t k = 0; k < found; k++) {
        /* Ranked before the frames' maxima are added, which may round two equals apart. */
        score = fmin(score, lk_ctc_beam_score(b, k));
        lk_prefix_spell(&b->trie, b->now[k].node, r->labels);
        store(j, n * j->best + k, r->labels, b->trie.nodes[b->now[k].node].length, score);
    }
    store_rest(j, n, found, -HUGE_VAL);
    return 0;
}

static int make_room(const decode_job *j, decode_room *r)
{
    *r = (decode_room){.first = {.limit = 1}};
    r->row = malloc((size_t)j->s.classes * sizeof *r->row);
    r->labels = malloc(((size_t)j->s.frames + 1) * sizeof *r->labels);
    if (!r->row || !r->labels) return 1;
    r->beam = (lk_ctc_beam){.kernels = j->s.kernels->edit,
                            .classes = j->s.classes,
                            .blank = j->blank,
                            .width = j->decoder->beam,
                            .length_bonus = j->decoder->length_bonus};
    return j->decoder->beam ? lk_ctc_beam_make(&r->beam) : 0;
}

static int worker(void *context, void *scratch, int64_t first, size_t count_of_workers,
                  double *lanes, int64_t *count)
{
    decode_job *j = context;
    decode_room r;
    (void)scratch, (void)first, (void)count_of_workers, (void)lanes, (void)count;
    int failed = make_room(j, &r);
    for (int64_t n; !failed && (n = j->next++) < j->s.count;)
        failed = j->decoder->beam ? search(j, n, &r) : decode_greedily(j, n, &r);
    lk_ctc_beam_free(&r.beam);
    free(r.first.items);
    free(r.labels);
    free(r.row);
    return failed;
}

static lk_status run(decode_job *j)
{
    lk_totals ignored;
    const double work = (double)j->s.count * (double)j->s.frames * (double)j->s.classes;
    const int64_t threads = work < LK_PARALLEL_FROM / 4 ? 1 : lk_task_threads();
    const int64_t workers = threads < j->s.count ? threads : j->s.count;
    const lk_task_plan plan = {.n = workers, .task = 1, .parallel = workers > 1};
    if (lk_run_tasks(&plan, worker, j, &ignored))
        return lk_fail(LK_NO_MEMORY, "%s: no memory for a beam of %lld prefixes", name,
                       (long long)j->decoder->beam);
    return LK_OK;
}

lk_status lk_ctc_decode(const lk_ctc_decoder *decoder)
{
    decode_job job = {.decoder = decoder};
    if (!decoder) return lk_fail(LK_INVALID, "%s: the decoder is NULL", name);
    const lk_float_environment old = lk_enter_float_environment();
    const int outer = lk_begin_tasks();
    lk_status status = prepare(&job);
    if (!status && job.s.count) status = run(&job);
    lk_end_tasks(outer);
    lk_leave_float_environment(old);
    return status;
}
