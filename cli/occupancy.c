/* occupancy.c: the gradient of ctc for log-probabilities is minus the occupancy of the classes. */
#include "occupancy.h"

#include "input_file.h"
#include "integer_array.h"
#include "losskit.h"
#include "parameters.h"
#include "random_points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One utterance, a view of its scores. */
typedef struct utterance {
    array input, target, input_lengths, target_lengths;
    int64_t shape[2], strides[2], first; /* of the scores, [T, C] */
    int64_t labels, start;               /* of the target */
} utterance;

static void utterance_free(utterance *u)
{
    array_free(&u->input);
    array_free(&u->target);
    array_free(&u->input_lengths);
    array_free(&u->target_lengths);
}

static int read_integers(array *a, const char *path, const char *name, const char *what, error *e)
{
    const integer_use use = {path, name, "ctc", what};
    if (!path) return 0;
    if (array_read(path, a, e) || array_make_integers(a, &use, e)) return -1;
    if (array_is_integer(a)) return 0;
    return error_file(e, input_name(path), "ctc takes %s, which are whole numbers", what);
}

static int read_files(utterance *u, const occupancy_source *s, error *e)
{
    if (array_read(s->input, &u->input, e) || array_widen(&u->input, s->input, e)) return -1;
    if (u->input.ndim != 2 && u->input.ndim != 3)
        return error_file(e, input_name(s->input),
                          "scores of ctc have 3 dimensions, [T, N, C], or 2, [T, C]; these have %d",
                          u->input.ndim);
    return read_integers(&u->target, s->target, "target", "labels", e) ||
                   read_integers(&u->input_lengths, s->input_lengths, "input_lengths", "lengths",
                                 e) ||
                   read_integers(&u->target_lengths, s->target_lengths, "target_lengths", "lengths",
                                 e)
               ? -1
               : 0;
}

/* Length number n; `most` where there are none. */
static int read_length(const array *lengths, const char *path, int64_t count, int64_t n,
                       int64_t most, int64_t *length, error *e)
{
    *length = most;
    if (!path) return 0;
    if (lengths->count != count)
        return error_file(e, input_name(path), "it holds %lld lengths for %lld sequences",
                          (long long)lengths->count, (long long)count);
    *length = array_integer(lengths, n);
    if (*length >= 0 && *length <= most) return 0;
    return error_file(e, input_name(path), "length %lld is %lld, outside [0, %lld]", (long long)n,
                      (long long)*length, (long long)most);
}

static int select_frames(utterance *u, const occupancy_source *s, int64_t *count, error *e)
{
    const int64_t *shape = u->input.shape;
    const int batched = u->input.ndim == 3, first = batched && s->batch_first;
    *count = batched ? shape[!first] : 1;
    if (s->sequence >= *count)
        return error_file(e, input_name(s->input), "there is no sequence %ld: it has %lld, from 0",
                          s->sequence, (long long)*count);
    const int64_t frames = shape[first], classes = shape[u->input.ndim - 1];
    u->shape[1] = classes;
    u->strides[0] = first ? classes : *count * classes;
    u->strides[1] = 1;
    u->first = (first ? frames : 1) * s->sequence * classes;
    if (read_length(&u->input_lengths, s->input_lengths, *count, s->sequence, frames, &u->shape[0],
                    e))
        return -1;
    if (u->shape[0] > 0 && classes > 0) return 0;
    return error_file(e, input_name(s->input), "sequence %ld has no frames to draw", s->sequence);
}

/* Targets of several sequences, one after the other: those before are left out. */
static int select_joined(utterance *u, const occupancy_source *s, int64_t count, error *e)
{
    if (!s->target_lengths)
        return error_file(e, input_name(s->target),
                          "it holds one target after the other: --target-lengths FILE is needed");
    for (int64_t n = 0; n <= s->sequence; n++) {
        u->start += u->labels;
        if (read_length(&u->target_lengths, s->target_lengths, count, n, u->target.count - u->start,
                        &u->labels, e))
            return -1;
    }
    return 0;
}

static int select_labels(utterance *u, const occupancy_source *s, int64_t count, error *e)
{
    const array *t = &u->target;
    if (t->ndim == 1 && u->input.ndim == 3) return select_joined(u, s, count, e);
    const int64_t rows = t->ndim == 2 ? t->shape[0] : 1;
    if (t->ndim < 1 || t->ndim > 2 || rows != count)
        return error_file(e, input_name(s->target),
                          "it does not hold the targets of %lld sequence%s", (long long)count,
                          count == 1 ? "" : "s");
    const int64_t width = t->shape[t->ndim - 1];
    u->start = s->sequence * width;
    return read_length(&u->target_lengths, s->target_lengths, count, s->sequence, width, &u->labels,
                       e);
}

static int read_utterance(utterance *u, const occupancy_source *s, error *e)
{
    int64_t count;
    return read_files(u, s, e) || select_frames(u, s, &count, e) || select_labels(u, s, count, e)
               ? -1
               : 0;
}

/* Five labels, two of them equal neighbours, each with a hill of scores; blanks between, and noise.
 */
static int make_utterance(utterance *u, int64_t blank, error *e)
{
    enum { FRAMES = 60, CLASSES = 8, LABELS = 5 };
    static const int64_t spoken[LABELS] = {2, 5, 1, 1, 4};
    static const double places[LABELS] = {7, 19, 29, 38, 51}, widths[LABELS] = {4, 3, 3, 2.5, 5};
    const int64_t shape[2] = {FRAMES, CLASSES}, labels = LABELS;
    lk_random r = {20};
    if (array_allocate(&u->input, LK_F64, 2, shape, "scores", LK_ARRAY_LIMIT, e) ||
        array_allocate(&u->target, LK_I64, 1, &labels, "labels", LK_ARRAY_LIMIT, e))
        return -1;
    double *scores = u->input.data;
    int64_t *target = u->target.data;
    const int64_t silent = blank < 0 ? CLASSES - 1 : blank;
    for (int k = 0; k < LABELS; k++) target[k] = spoken[k] - 1 + (spoken[k] - 1 >= silent);
    for (int64_t t = 0; t < FRAMES; t++) {
        double *row = scores + t * CLASSES;
        for (int64_t c = 0; c < CLASSES; c++) row[c] = lk_random_unit(&r) + 2 * (c == silent);
        for (int k = 0; k < LABELS; k++)
            row[target[k]] += 5 * exp(-pow(((double)t - places[k]) / widths[k], 2));
    }
    memcpy(u->shape, shape, sizeof shape);
    u->strides[0] = CLASSES;
    u->strides[1] = 1;
    u->labels = LABELS;
    return 0;
}

/* The classes of the rows, and which of them is the blank: the last. */
static int find_rows(occupancy *map, const int64_t *labels, int64_t blank, error *e)
{
    map->classes = calloc((size_t)map->labels + 1, sizeof *map->classes);
    if (!map->classes) return error_set(e, "no memory for the map");
    for (int64_t i = 0; i < map->labels; i++) {
        int64_t k = 0;
        while (k < map->rows && map->classes[k] != labels[i]) k++;
        if (k == map->rows) map->classes[map->rows++] = labels[i];
    }
    map->classes[map->rows++] = blank;
    return 0;
}

static int take_shares(occupancy *map, const double *gradient, int64_t classes, error *e)
{
    map->share = calloc((size_t)(map->rows * map->frames), sizeof *map->share);
    if (!map->share) return error_set(e, "no memory for the map");
    for (int64_t k = 0; k < map->rows; k++)
        for (int64_t t = 0; t < map->frames; t++)
            map->share[k * map->frames + t] =
                fmin(1, fabs(gradient[t * classes + map->classes[k]]));
    return 0;
}

static int refuse_value(const occupancy *map, const int64_t *labels, error *e)
{
    int64_t fewest = map->labels;
    for (int64_t i = 1; i < map->labels; i++) fewest += labels[i] == labels[i - 1];
    if (isnan(map->value)) return error_set(e, "ctc: the scores of the sequence hold NaN");
    if (fewest <= map->frames)
        return error_set(e, "ctc: the target has the probability 0: there is nothing to draw");
    return error_set(
        e, "ctc: no path of %lld frames can spell the target, whose %lld labels need %lld",
        (long long)map->frames, (long long)map->labels, (long long)fewest);
}

/* Log-probabilities in `rows`, then minus the occupancy in `gradient`. */
static int evaluate(const utterance *u, const double *params, double *rows, double *gradient,
                    const int64_t *labels, double *value, error *e)
{
    const lk_loss_info *info = lk_loss_describe(LK_CTC);
    double plain[LK_MAX_PARAMS] = {0};
    lk_tensor scores = lk_view(u->input.data, u->input.dtype, 2, u->shape);
    const lk_tensor logarithms = lk_view(rows, LK_F64, 2, u->shape);
    const lk_tensor slope = lk_view(gradient, LK_F64, 2, u->shape);
    const lk_tensor target = lk_vector(labels, LK_I64, &u->labels);
    const lk_tensor out = lk_view(value, LK_F64, 0, NULL);
    lk_call call = LK_CALL_INIT;
    scores.strides = (int64_t *)(uintptr_t)u->strides;
    scores.byte_offset = (uint64_t)u->first * dtype_size(u->input.dtype);
    call.input = &scores;
    call.reduction = LK_NONE;
    const int is_scores = params[parameter_find(info, "logits")] != 0;
    if (is_scores) {
        call.value = &logarithms;
        if (lk_log_softmax(&call) != LK_OK) return error_library(e);
        call.input = &logarithms;
    }
    plain[parameter_find(info, "blank")] = params[parameter_find(info, "blank")];
    call.target = &target;
    call.value = &out;
    call.gradient = &slope;
    if (lk_evaluate(LK_CTC, plain, info->n_params, &call) == LK_OK) return 0;
    return error_library(e);
}

static int compute(occupancy *map, const utterance *u, const double *params, error *e)
{
    const int64_t classes = u->shape[1];
    const double given = params[parameter_find(lk_loss_describe(LK_CTC), "blank")];
    const size_t count = (size_t)(u->shape[0] * classes);
    double *rows = calloc(count, sizeof *rows), *gradient = calloc(count, sizeof *gradient);
    int64_t *labels = calloc((size_t)u->labels + 1, sizeof *labels);
    int status = rows && gradient && labels ? 0 : error_set(e, "no memory for the map");
    map->frames = u->shape[0];
    map->labels = u->labels;
    for (int64_t i = 0; i < u->labels && !status; i++)
        labels[i] = array_integer(&u->target, u->start + i);
    if (!status) status = evaluate(u, params, rows, gradient, labels, &map->value, e);
    if (!status && !isfinite(map->value)) status = refuse_value(map, labels, e);
    if (!status) status = find_rows(map, labels, given < 0 ? classes - 1 : (int64_t)given, e);
    if (!status) status = take_shares(map, gradient, classes, e);
    free(rows);
    free(gradient);
    free(labels);
    return status;
}

int occupancy_make(occupancy *map, const occupancy_source *from, const double *params, error *e)
{
    const int blank = parameter_find(lk_loss_describe(LK_CTC), "blank");
    utterance u;
    memset(&u, 0, sizeof u);
    memset(map, 0, sizeof *map);
    int status =
        from->input ? read_utterance(&u, from, e) : make_utterance(&u, (int64_t)params[blank], e);
    if (!status) status = compute(map, &u, params, e);
    utterance_free(&u);
    return status;
}

void occupancy_free(occupancy *map)
{
    free(map->classes);
    free(map->share);
}
