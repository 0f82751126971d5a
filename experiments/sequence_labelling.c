/* sequence_labelling.c: strings of handwritten digits, read without being told where a digit
 * stands. */
#include "experiment.h"
#include "sequence_losses.h"
#include "string_reader.h"
#include "trial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the trials ---------------------------------------------------------------------------------
 */

/* One test string as two networks see it. */
typedef struct specimen {
    digit_string string;
    double probability[2][FRAME_CLASSES][STRING_FRAMES]; /* of CTC and EQUAL_HALF */
} specimen;

typedef struct study {
    measurement greedy[TEACHERS], beam[TEACHERS], digit_frames[TEACHERS], edits[TEACHERS][3];
    measurement unlikelier;
    double curve[TEACHERS][READER_EPOCHS + 1]; /* mean over the seeds */
    double least, row_sum; /* CTC of trained networks: least value, worst row sum */
    specimen shown;
} study;

/* The first string of five digits with a repetition among them that is read right. */
static int64_t choose(const digit_string *strings, const labels *read)
{
    for (int64_t i = 0; i < READER_TEST; i++) {
        const digit_string *const s = &strings[i];
        int repeats = 0;
        for (int u = 1; u < s->length; u++) repeats += s->digit[u] == s->digit[u - 1];
        if (s->length == 5 && repeats && read->length[i] == 5 &&
            !memcmp(read->label[i], s->digit, 5 * sizeof *s->digit))
            return i;
    }
    return 0;
}

static lk_status keep_probabilities(const frame_network *net, const digit_string *string, int64_t i,
                                    teacher from, specimen *out)
{
    out->string = *string;
    float p[STRING_FRAMES][FRAME_CLASSES];
    const int64_t shape[] = {net->frames, FRAME_CLASSES};
    const lk_tensor scores =
        lk_view(net->score + i * net->frames * FRAME_CLASSES, LK_F32, 2, shape);
    const lk_tensor probabilities = lk_view(p, LK_F32, 2, shape);
    lk_call call = LK_CALL_INIT;
    call.input = &scores;
    call.value = &probabilities;
    call.reduction = LK_NONE;
    const lk_status status = lk_softmax(&call);
    for (int64_t t = 0; !status && t < net->frames; t++)
        for (int c = 0; c < FRAME_CLASSES; c++) out->probability[from][c][t] = p[t][c];
    return status;
}

/* On the test strings: the loss is never negative, and a frame's slopes sum to 0. */
static lk_status check_trained(frame_network *net, const labels *right, study *s)
{
    float value[READER_TEST];
    const lk_status status = reader_ctc(net, right, value, net->score_slope);
    if (status) return status;
    for (int64_t i = 0; i < net->n; i++) s->least = fmin(s->least, value[i]);
    for (int64_t row = 0; row < net->n * net->frames; row++) {
        double sum = 0;
        for (int c = 0; c < FRAME_CLASSES; c++) sum += net->score_slope[row * FRAME_CLASSES + c];
        s->row_sum = fmax(s->row_sum, fabs(sum) * (double)net->n); /* of a mean over n strings */
    }
    return LK_OK;
}

static lk_status take_down(const outcome *o, teacher from, study *s)
{
    double greedy, beam;
    lk_status status = lk_error_rate(&o->greedy, &greedy);
    if (!status) status = lk_error_rate(&o->beam, &beam);
    if (status) return status;
    const double digits = (double)o->greedy.reference_length;
    measure(&s->greedy[from], greedy);
    measure(&s->beam[from], beam);
    measure(&s->digit_frames[from], o->digit_frames);
    measure(&s->edits[from][0], (double)o->greedy.insertions / digits);
    measure(&s->edits[from][1], (double)o->greedy.deletions / digits);
    measure(&s->edits[from][2], (double)o->greedy.substitutions / digits);
    if (from == CTC) measure(&s->unlikelier, o->unlikelier);
    for (int k = 0; k <= READER_EPOCHS; k++) s->curve[from][k] += o->curve[k] / SEEDS;
    return LK_OK;
}

static lk_status teach(const digit_string *const strings[2], uint64_t seed, desk *d, study *s)
{
    int64_t shown = 0;
    lk_status status = LK_OK;
    for (int from = CTC; !status && from < TEACHERS; from++) {
        frame_network *net;
        outcome o;
        status = frame_network_open(READER_TEST, lk_random_stream(seed, 3), &net);
        if (status) return status;
        status = train_reader(net, strings[0], strings[1], (teacher)from, lk_random_stream(seed, 4),
                              d, &o);
        if (!status) status = take_down(&o, (teacher)from, s);
        if (!status && from == CTC) status = check_trained(net, &d->right, s);
        if (from == CTC) shown = choose(strings[1], &d->greedy);
        if (!status && seed == 0 && from <= EQUAL_HALF)
            status = keep_probabilities(net, &strings[1][shown], shown, (teacher)from, &s->shown);
        frame_network_free(net);
    }
    return status;
}

static lk_status try_seed(const lk_dataset *digits, uint64_t seed, desk *d, study *s)
{
    trial_data images;
    digit_string *strings[2] = {NULL, NULL};
    lk_status status = trial_split(digits, 0.3, LK_SCALE_NONE, seed, &images);
    if (status) return status;
    status =
        digit_strings_draw(&images.train, READER_TRAIN, lk_random_stream(seed, 1), &strings[0]);
    if (!status)
        status =
            digit_strings_draw(&images.test, READER_TEST, lk_random_stream(seed, 2), &strings[1]);
    if (!status) status = teach((const digit_string *const[2]){strings[0], strings[1]}, seed, d, s);
    free(strings[0]);
    free(strings[1]);
    trial_free(&images);
    return status;
}

/* ---- what is told -------------------------------------------------------------------------------
 */

/* With empty rows above and below, so that the digits keep about their shape. */
static void show_string(experiment *x, const digit_string *s, const char *digits)
{
    enum { ABOVE = 5, ROWS = STRING_HEIGHT + 2 * ABOVE };
    double pixel[ROWS * STRING_FRAMES] = {0};
    for (int y = 0; y < STRING_HEIGHT; y++)
        for (int64_t t = 0; t < s->frames; t++)
            pixel[(ROWS - 1 - ABOVE - y) * s->frames + t] =
                s->pixels[(t + STRING_AROUND) * STRING_HEIGHT + y];
    char alt[160];
    snprintf(alt, sizeof alt, "Handwritten digits side by side, with gaps of several widths: %s.",
             digits);
    figure(x, &(figure_look){.title = "A test string",
                             .alt = alt,
                             .x_label = "frame (column of pixels)",
                             .y_label = "row of pixels",
                             .x_range = {0, s->frames - 1},
                             .y_range = {0, ROWS - 1}});
    figure_surface(x, ROWS, s->frames, pixel);
}

static void show_probabilities(experiment *x, const specimen *shown, teacher from)
{
    const digit_string *const s = &shown->string;
    double at[STRING_FRAMES];
    trial_grid(0, s->frames - 1, s->frames, at);
    figure(x, &(figure_look){
                  .title = from == CTC ? "Class probabilities after CTC"
                                       : "Class probabilities after equal division",
                  .alt = from == CTC
                             ? "Nearly everywhere the blank has probability 1. Each digit has one "
                               "narrow spike, in the right order, with blank between the two equal "
                               "digits."
                             : "Each digit has a broad hump, and many frames are undecided between "
                               "a digit and the blank.",
                  .x_label = "frame (column of pixels)",
                  .y_label = "probability",
                  .x_range = {0, s->frames - 1},
                  .y_range = {0, 1}});
    figure_line(x, "blank", s->frames, at, shown->probability[from][FRAME_BLANK]);
    double others[STRING_FRAMES] = {0};
    for (int c = 0; c < FRAME_BLANK; c++) {
        const double *const p = shown->probability[from][c];
        int there = 0;
        for (int u = 0; u < s->length; u++) there |= s->digit[u] == c;
        const char label[2] = {(char)('0' + c), 0};
        if (there) figure_line(x, label, s->frames, at, p);
        for (int t = 0; !there && t < s->frames; t++) others[t] += p[t];
    }
    figure_line(x, "other digits", s->frames, at, others);
}

static void show_specimen(experiment *x, const specimen *shown)
{
    char digits[2 * STRING_MOST + 1] = "";
    for (int u = 0; u < shown->string.length; u++)
        snprintf(digits + strlen(digits), 3, "%s%d", u ? " " : "", (int)shown->string.digit[u]);
    heading(x, "Spikes, and blank between them");
    tell(x,
         "A test string that CTC reads right, %s, and the probabilities that two networks give "
         "each frame. CTC says a "
         "digit once, in a frame or two, and blank elsewhere: a path that repeats the digit for "
         "long is only one of many that spell the same, and nothing asks for it. Where the spike "
         "stands within the digit is the network's choice: CTC is a labelling, not a segmentation.",
         digits);
    show_string(x, &shown->string, digits);
    show_probabilities(x, shown, CTC);
    show_probabilities(x, shown, EQUAL_HALF);
}

static void show_reading(experiment *x, const study *s)
{
    double epoch[READER_EPOCHS + 1];
    trial_grid(0, READER_EPOCHS, READER_EPOCHS + 1, epoch);
    table(x, "Test strings, error rates as a share of the digits, over five seeds",
          "learned from|greedy|beam|inserted|deleted|substituted|digit frames for each digit");
    for (int from = CTC; from < TEACHERS; from++) {
        cell(x, "%s", teacher_name((teacher)from));
        cell_measured(x, s->greedy[from], 4);
        cell_measured(x, s->beam[from], 4);
        for (int k = 0; k < 3; k++) cell_measured(x, s->edits[from][k], 4);
        cell_measured(x, s->digit_frames[from], 2);
    }
    tell(x, "Labels of frames ask that each frame is right by itself. One doubtful frame within a "
            "digit then breaks it in two, which is an insertion; and where places are guesses, a "
            "network that is sure of no centre stays with the blank, which is a deletion. CTC is "
            "asked for the string and nothing else. It does better even than the true places.");
    figure(x,
           &(figure_look){.title = "Learning to read",
                          .alt = "With CTC the error rate stays at 1 for the first epochs, while "
                                 "the network says blank only, and then falls below that of "
                                 "equal division, to that of the true places.",
                          .x_label = "epochs",
                          .y_label = "character error rate, test strings",
                          .y_range = {0, 1.2}});
    for (int from = CTC; from < TEACHERS; from++)
        figure_line(x, teacher_name((teacher)from), READER_EPOCHS + 1, epoch, s->curve[from]);

    check_at_most(x, s->greedy[CTC], 0.06, "character error rate after CTC, greedy search");
    for (int from = EQUAL_HALF; from <= EQUAL_CENTRE; from++)
        check_at_least(x, difference_of(s->greedy[from], s->greedy[CTC]), 0.03,
                       "error rate after labels of frames (%s) less that after CTC",
                       teacher_name((teacher)from));
    for (int from = TRUE_HALF; from <= TRUE_CENTRE; from++)
        check_at_most(x, difference_of(s->greedy[CTC], s->greedy[from]), 0.01,
                      "error rate after CTC less that after labels of frames (%s)",
                      teacher_name((teacher)from));
    check_at_most(x, difference_of(s->beam[CTC], s->greedy[CTC]), 0.002,
                  "beam search's error rate less greedy search's");
    check_at_most(x, s->unlikelier, 0,
                  "share of test strings of which beam search finds a less probable labelling than "
                  "greedy search");
    check_at_most(x, s->digit_frames[CTC], 2.5,
                  "frames whose best class is a digit, for each digit, after CTC");
    check_at_least(x, once(s->least), 0, "the least CTC loss of a test string");
    check_at_most(x, once(s->row_sum), 1e-5,
                  "largest sum of the slopes of one frame's scores, which should be 0");
}

static lk_status run(experiment *x)
{
    const lk_dataset *const digits = experiment_data(x, "digits");
    study *const s = calloc(1, sizeof *s);
    desk *const d = malloc(sizeof *d);
    lk_status status = s && d ? LK_OK : lk_fail(LK_NO_MEMORY, "no memory for a trial");
    if (!status) s->least = INFINITY;
    for (uint64_t seed = 0; !status && seed < SEEDS; seed++) status = try_seed(digits, seed, d, s);
    if (!status) status = show_ctc_alignments(x);
    if (!status) {
        heading(x, "Reading strings of digits");
        tell(x,
             "Strings of %d to %d real digits, cut free of their empty columns, with gaps of 0 to "
             "%d columns; more than one digit in four repeats the one before it. %d strings of "
             "training images and %d of test images. A network with one hidden layer looks at a "
             "column and %d more on each side, and gives scores to ten digits and the blank.",
             STRING_LEAST, STRING_MOST, STRING_GAP, READER_TRAIN, READER_TEST, STRING_AROUND);
        tell(x,
             "It is trained for %d epochs from the same start with CTC, which is told the digits "
             "alone, or with softmax cross-entropy of frames. These have labels from dividing the "
             "string into equal parts, which is all one can do without knowing more, or, for "
             "comparison, from the true places. Labels of frames give a digit the middle of its "
             "part, half of it or the frame or two at the centre, and blank the rest.",
             READER_EPOCHS);
        show_reading(x, s);
        show_specimen(x, &s->shown);
        status = show_edit_distances(x);
    }
    free(s);
    free(d);
    return status;
}

const experiment_info sequence_labelling_experiment = {
    .name = "sequence_labelling",
    .title = "CTC learns to read strings without being told where a digit stands",
    .claim = "CTC needs the labels of a sequence alone, not their places: it sums over all "
             "alignments. The result is scored by edit distance.",
    .data = {"digits"},
    .run = run,
};
