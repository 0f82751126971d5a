/* expected_edit_distance.c: the engine of minimum risk. The edit distances of all pairs of a
 * hypothesis and its reference are spread over the threads; the softmax over each list, a few
 * operations for each pair, follows in double. */
#include <math.h>
#include <stdlib.h>

#include "edits.h"
#include "losskit.h"
#include "sequence_job.h"
#include "softmax_row.h"

typedef struct risk_job {
    lk_sequence_job s;
    lk_token_lists hypotheses;
    int normalize;
    int64_t *distance; /* [N * K] */
    lk_task_plan plan;
    int64_t batch;        /* pairs that a worker takes at a time */
    _Atomic int64_t next; /* pair that no worker has taken */
} risk_job;

/* ---- distances ----------------------------------------------------------------------------------
 */

static size_t scratch_bytes(const risk_job *j)
{
    const int64_t reference = j->s.target.longest, hypothesis = j->hypotheses.longest;
    return lk_padded((size_t)reference * sizeof(int64_t)) +
           lk_padded((size_t)hypothesis * sizeof(int64_t)) +
           lk_padded(lk_edit_workspace(hypothesis, reference));
}

/* The first pair of a batch for this worker. */
static int64_t take(risk_job *j) { return (j->next += j->batch) - j->batch; }

static int worker(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                  int64_t *count)
{
    risk_job *j = context;
    char *const base = scratch;
    int64_t *const reference = scratch;
    char *const behind = base + lk_padded((size_t)j->s.target.longest * sizeof(int64_t));
    int64_t *const hypothesis = (int64_t *)(void *)behind;
    void *const room = behind + lk_padded((size_t)j->hypotheses.longest * sizeof(int64_t));
    const int64_t pairs = j->hypotheses.count;
    int64_t loaded = -1, length = 0;
    (void)first, (void)n, (void)lanes, (void)count;
    for (int64_t from = take(j); from < pairs; from = take(j)) {
        const int64_t end = pairs - from < j->batch ? pairs : from + j->batch;
        for (int64_t k = from; k < end; k++) {
            const int64_t sequence = k / j->s.classes, tokens = lk_token_count(&j->hypotheses, k);
            if (sequence != loaded) {
                loaded = sequence;
                length = lk_token_count(&j->s.target, sequence);
                lk_token_read(&j->s.target, j->s.start[sequence], length, reference);
            }
            lk_token_read(&j->hypotheses, k * j->hypotheses.width, tokens, hypothesis);
            j->distance[k] = lk_edit_count(hypothesis, tokens, reference, length, room);
        }
    }
    return 0;
}

/* ---- expectations -------------------------------------------------------------------------------
 */

/* The probabilities of a list in place of its scores; returns the index of the largest. */
static int64_t softmax(const risk_job *j, double *scores)
{
    const double sum = lk_softmax_row(j->s.kernels, (size_t)j->s.classes, scores, scores).sum;
    int64_t best = 0;
    for (int64_t k = 0; k < j->s.classes; k++) {
        scores[k] /= sum;
        best = scores[k] > scores[best] ? k : best;
    }
    return best;
}

/* Rows of numbers for each hypothesis of a list. */
typedef struct lists {
    double *probability, *gradient, *curvature, *room;
} lists;

/* Distances are taken relative to that of the likeliest hypothesis, which is exact and leaves its
 * own large probability out of the mean: what is left of R - mean does not cancel. */
static void expect(const risk_job *j, int64_t n, const lists *l)
{
    const int64_t *const distance = j->distance + n * j->s.classes;
    const int64_t length = lk_token_count(&j->s.target, n);
    const double unit = j->normalize && length ? (double)length : 1;
    double value = 0, mean = 0;
    lk_sequence_load(&j->s, &j->s.input, n, 0, l->probability);
    const int64_t best = softmax(j, l->probability);
    for (int64_t k = 0; k < j->s.classes; k++) {
        value += l->probability[k] * (double)distance[k];
        mean += l->probability[k] * (double)(distance[k] - distance[best]);
    }
    j->s.value[n] = value / unit;
    if (j->s.scale[n] == 0) {
        lk_sequence_clear(&j->s, n, 0, l->room);
        return;
    }
    const double scale = j->s.scale[n] / unit;
    for (int64_t k = 0; k < j->s.classes; k++) {
        const double p = l->probability[k], apart = (double)(distance[k] - distance[best]) - mean;
        l->gradient[k] = scale * (p * apart);
        l->curvature[k] = scale * (p * (1 - 2 * p) * apart);
    }
    lk_sequence_finish(&j->s, &j->s.gradient, n, 0, l->gradient, l->room);
    lk_sequence_finish(&j->s, &j->s.curvature, n, 0, l->curvature, l->room);
}

/* ---- the call -----------------------------------------------------------------------------------
 */

/* No hypothesis with tokens is any fraction of an empty reference. */
static lk_status check_references(const risk_job *j)
{
    for (int64_t k = 0; j->normalize && k < j->hypotheses.count; k++) {
        const int64_t n = k / j->s.classes, tokens = lk_token_count(&j->hypotheses, k);
        if (!tokens || lk_token_count(&j->s.target, n)) continue;
        return lk_fail(LK_OUT_OF_DOMAIN,
                       "%s: the reference of sequence %lld is empty, and its hypothesis %lld has "
                       "%lld tokens: normalize = 1 divides by the reference's length",
                       j->s.name, (long long)n, (long long)(k % j->s.classes), (long long)tokens);
    }
    return LK_OK;
}

/* Tokens of a sequence, and sequences, so that no sum of sizes overflows. */
static const int64_t most = INT64_C(1) << 40;

static lk_status prepare(const lk_request *request, risk_job *j)
{
    const lk_call *c = request->call;
    lk_status status = lk_sequence_prepare(request, 1, &j->s);
    if (status) return status;
    const int64_t shape[] = {j->s.count, j->s.classes};
    status = lk_view_tokens(j->s.name, "hypotheses", c->hypotheses, "hypothesis_lengths",
                            c->hypothesis_lengths, 2, shape, &j->hypotheses);
    if (status) return status;
    if (j->s.target.longest > most || j->hypotheses.longest > most || j->hypotheses.count > most)
        return lk_fail(LK_INVALID,
                       "%s: %lld hypotheses of %lld tokens and references of %lld are too many",
                       j->s.name, (long long)j->hypotheses.count, (long long)j->hypotheses.longest,
                       (long long)j->s.target.longest);
    j->normalize = j->s.params[0] != 0;
    j->s.kernels = j->s.isa->f64;
    j->s.real_width = sizeof(double);
    return LK_OK;
}

static void compute(risk_job *j, char *workspace)
{
    const size_t row = lk_padded((size_t)j->s.classes * sizeof(double));
    lists l;
    double **const rows[] = {&l.probability, &l.gradient, &l.curvature, &l.room};
    lk_totals ignored;
    workspace = lk_sequence_begin(&j->s, workspace);
    for (int k = 0; k < 4; k++, workspace += row) *rows[k] = (double *)(void *)workspace;
    j->distance = (int64_t *)(void *)workspace;
    j->plan.workspace = workspace + lk_padded((size_t)j->hypotheses.count * sizeof(int64_t));
    lk_run_tasks(&j->plan, worker, j, &ignored);
    for (int64_t n = 0; n < j->s.count; n++) expect(j, n, &l);
    lk_sequence_report(&j->s);
}

/* A pair costs as much as so many elements of a pointwise loss. */
static double cost_of(const risk_job *j)
{
    const double rows = (double)j->hypotheses.longest, columns = (double)j->s.target.longest;
    return 64 + rows + columns + rows * columns / 16;
}

lk_status lk_run_expected_edit_distance(const lk_request *request, size_t *bytes)
{
    enum {
        SHARES = 8
    }; /* batches for each thread, so that long pairs in one of them cost little */
    risk_job job = {.normalize = 0};
    void *workspace = NULL, *own = NULL;
    lk_status status = prepare(request, &job);
    if (status) return status;
    const int64_t pairs = job.hypotheses.count;
    const int parallel = (double)pairs * cost_of(&job) >= LK_PARALLEL_FROM;
    const int64_t threads = parallel ? lk_task_threads() : 1;
    const int64_t workers = threads < pairs ? threads : pairs < 1 ? 1 : pairs;
    job.batch = pairs / (workers * SHARES) + 1;
    job.plan = (lk_task_plan){
        .n = workers, .task = 1, .parallel = workers > 1, .scratch = scratch_bytes(&job)};
    const size_t needed = lk_sequence_columns(&job.s) +
                          4 * lk_padded((size_t)job.s.classes * sizeof(double)) +
                          lk_padded((size_t)pairs * sizeof(int64_t)) +
                          lk_task_workspace(&job.plan) + LK_WORKSPACE_SLACK;
    if (bytes) {
        *bytes = needed;
        return LK_OK;
    }
    status = check_references(&job);
    if (!status) status = lk_take_workspace(request, needed, &workspace, &own);
    if (!status) compute(&job, workspace);
    free(own);
    return status;
}
