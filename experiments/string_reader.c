#include "string_reader.h"

#include <string.h>

enum { BATCH = 20 };
static const double learning_rate = 0.004; /* falls to 0 in a straight line */

static const struct {
    const char *name;
    int places; /* parts are where the digits are; otherwise all of the same length */
    int centre; /* the middle is one frame or two; otherwise half of the part */
} teachers[TEACHERS] = {{"CTC", 0, 0},
                        {"equal parts, half of each", 0, 0},
                        {"equal parts, centres", 0, 1},
                        {"true places, half of each", 1, 0},
                        {"true places, centres", 1, 1}};

const char *teacher_name(teacher from) { return teachers[from].name; }

/* ---- what the network is to learn ---------------------------------------------------------------
 */

static void right_labels(const digit_string *strings, int64_t n, const int64_t *which, labels *out)
{
    for (int64_t i = 0; i < n; i++) {
        const digit_string *const s = &strings[which ? which[i] : i];
        memcpy(out->label[i], s->digit, sizeof s->digit);
        out->length[i] = s->length;
    }
}

lk_status reader_ctc(const frame_network *net, const labels *l, float *value, float *gradient)
{
    int64_t of_scores[] = {net->n, net->frames, FRAME_CLASSES};
    const int64_t of_labels[] = {net->n, STRING_FRAMES};
    const lk_tensor input = lk_view(net->score, LK_F32, 3, of_scores);
    const lk_tensor target = lk_view(l->label, LK_I32, 2, of_labels);
    const lk_tensor frames = lk_vector(net->extent, LK_I32, &net->n);
    const lk_tensor lengths = lk_vector(l->length, LK_I32, &net->n);
    const lk_tensor values = lk_vector(value, LK_F32, &net->n);
    const lk_tensor slope = lk_view(gradient, LK_F32, 3, of_scores);
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.input_lengths = &frames;
    call.target_lengths = &lengths;
    call.value = value ? &values : NULL;
    call.gradient = gradient ? &slope : NULL;
    call.flags = LK_BATCH_FIRST;
    return lk_ctc(&call, FRAME_BLANK, 1, 0, 0);
}

static void label_frames(const digit_string *s, teacher from, int32_t *label)
{
    for (int32_t t = 0; t < s->frames; t++) label[t] = FRAME_BLANK;
    for (int32_t u = 0; u < s->length; u++) {
        const int places = teachers[from].places;
        const int32_t first = places ? s->from[u] : s->frames * u / s->length;
        const int32_t end = places ? s->to[u] : s->frames * (u + 1) / s->length;
        const int32_t edge = teachers[from].centre ? (end - first - 1) / 2 : (end - first) / 4;
        for (int32_t t = first + edge; t < end - edge; t++) label[t] = s->digit[u];
    }
}

static lk_status cross_entropy_of_frames(const frame_network *net, const digit_string *strings,
                                         const int64_t *which, teacher from)
{
    int32_t label[BATCH * STRING_FRAMES];
    const int64_t rows = net->n * net->frames, of_scores[] = {rows, FRAME_CLASSES};
    lk_call call = LK_CALL_INIT;
    for (int64_t i = 0; i < rows; i++) label[i] = (int32_t)call.ignore_index;
    for (int64_t i = 0; i < net->n; i++)
        label_frames(&strings[which[i]], from, label + i * net->frames);
    const lk_tensor input = lk_view(net->score, LK_F32, 2, of_scores);
    const lk_tensor gradient = lk_view(net->score_slope, LK_F32, 2, of_scores);
    const lk_tensor target = lk_vector(label, LK_I32, &rows);
    call.input = &input;
    call.target = &target;
    call.gradient = &gradient;
    return lk_evaluate(LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, &call);
}

static lk_status train_epoch(frame_network *net, const digit_string *strings, teacher from,
                             int epoch, uint64_t seed, labels *l)
{
    int64_t order[READER_TRAIN];
    lk_random random = {lk_random_stream(seed, (uint64_t)epoch)};
    for (int64_t i = 0; i < READER_TRAIN; i++) order[i] = i;
    lk_random_shuffle(&random, READER_TRAIN, order);
    for (int64_t first = 0; first < READER_TRAIN; first += BATCH) {
        const int64_t *const which = order + first;
        lk_status status = frame_network_look(net, strings, BATCH, which);
        if (!status && from == CTC) {
            right_labels(strings, BATCH, which, l);
            status = reader_ctc(net, l, NULL, net->score_slope);
        } else if (!status) {
            status = cross_entropy_of_frames(net, strings, which, from);
        }
        const double done = (epoch + (double)first / READER_TRAIN) / READER_EPOCHS;
        if (!status) status = frame_network_step(net, learning_rate * (1 - done));
        if (status) return status;
    }
    return LK_OK;
}

/* ---- how well it reads --------------------------------------------------------------------------
 */

static lk_status read_labels(const frame_network *net, int64_t beam, labels *out)
{
    const int64_t of_scores[] = {net->n, net->frames, FRAME_CLASSES};
    const int64_t of_labels[] = {net->n, 1, net->frames};
    int64_t steps[] = {STRING_FRAMES, STRING_FRAMES, 1};
    const lk_tensor input = lk_view(net->score, LK_F32, 3, of_scores);
    const lk_tensor frames = lk_vector(net->extent, LK_I32, &net->n);
    lk_tensor label = lk_view(out->label, LK_I32, 3, of_labels);
    const lk_tensor length = lk_view(out->length, LK_I32, 2, of_labels);
    label.strides = steps;
    lk_ctc_decoder decoder = LK_CTC_DECODER_INIT;
    decoder.input = &input;
    decoder.input_lengths = &frames;
    decoder.flags = LK_BATCH_FIRST;
    decoder.blank = FRAME_BLANK;
    decoder.beam = beam;
    decoder.labels = &label;
    decoder.lengths = &length;
    return lk_ctc_decode(&decoder);
}

/* The labels one string after the other. */
static lk_sequences joined(const labels *l, int64_t n, int32_t *token, int64_t *ends)
{
    ends[0] = 0;
    for (int64_t i = 0; i < n; i++) {
        memcpy(token + ends[i], l->label[i], (size_t)l->length[i] * sizeof *token);
        ends[i + 1] = ends[i] + l->length[i];
    }
    return (lk_sequences){token, LK_TOKENS_I32, n, ends};
}

static lk_status edits_of(const labels *read, const labels *right, int64_t n, lk_edits *total)
{
    int32_t token[2][READER_TEST * STRING_FRAMES];
    int64_t ends[2][READER_TEST + 1];
    const lk_sequences hypotheses = joined(read, n, token[0], ends[0]);
    const lk_sequences references = joined(right, n, token[1], ends[1]);
    return lk_edit_distance(&hypotheses, &references, NULL, NULL, total);
}

static double digit_frames(const frame_network *net, const labels *right)
{
    double frames = 0, digits = 0;
    for (int64_t i = 0; i < net->n; i++) {
        digits += right->length[i];
        for (int64_t t = 0; t < net->extent[i]; t++) {
            const float *const a = net->score + (i * net->frames + t) * FRAME_CLASSES;
            int best = 0;
            for (int c = 1; c < FRAME_CLASSES; c++)
                if (a[c] > a[best]) best = c;
            frames += best != FRAME_BLANK;
        }
    }
    return frames / digits;
}

static lk_status judge(const frame_network *net, desk *d, outcome *out)
{
    float by_greedy[READER_TEST], by_beam[READER_TEST];
    lk_status status = read_labels(net, 0, &d->greedy);
    if (!status) status = read_labels(net, READER_BEAM, &d->beam);
    if (!status) status = edits_of(&d->greedy, &d->right, net->n, &out->greedy);
    if (!status) status = edits_of(&d->beam, &d->right, net->n, &out->beam);
    if (!status) status = reader_ctc(net, &d->greedy, by_greedy, NULL);
    if (!status) status = reader_ctc(net, &d->beam, by_beam, NULL);
    if (status) return status;
    out->unlikelier = 0;
    for (int64_t i = 0; i < net->n; i++) /* but for rounding */
        out->unlikelier += by_beam[i] > by_greedy[i] + 1e-4F * (1 + by_greedy[i]);
    out->unlikelier /= (double)net->n;
    out->digit_frames = digit_frames(net, &d->right);
    return LK_OK;
}

lk_status train_reader(frame_network *net, const digit_string *train, const digit_string *test,
                       teacher from, uint64_t seed, desk *d, outcome *out)
{
    for (int epoch = 0; epoch <= READER_EPOCHS; epoch++) {
        lk_status status =
            epoch ? train_epoch(net, train, from, epoch - 1, seed, &d->right) : LK_OK;
        lk_edits edits;
        right_labels(test, READER_TEST, NULL, &d->right);
        if (!status) status = frame_network_look(net, test, READER_TEST, NULL);
        if (!status) status = read_labels(net, 0, &d->greedy);
        if (!status) status = edits_of(&d->greedy, &d->right, READER_TEST, &edits);
        if (!status) status = lk_error_rate(&edits, &out->curve[epoch]);
        if (status) return status;
    }
    return judge(net, d, out);
}
