#include "sequence_losses.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- CTC ----------------------------------------------------------------------------------------
 */

enum { CLASSES = 3, BLANK = 2, FRAMES = 5, PATHS = 243 /* CLASSES^FRAMES */, MOST = 3 };

typedef struct labelling {
    const char *name;
    int32_t length, repeats;
    int32_t label[MOST];
} labelling;
static const labelling labellings[] = {{"empty", 0, 0, {0}},       {"0", 1, 0, {0}},
                                       {"0 1", 2, 0, {0, 1}},      {"0 0", 2, 1, {0, 0}},
                                       {"0 1 0", 3, 0, {0, 1, 0}}, {"0 0 1", 3, 1, {0, 0, 1}},
                                       {"0 0 0", 3, 2, {0, 0, 0}}};
enum { LABELLINGS = sizeof labellings / sizeof *labellings };

/* Path k as a number with one digit for each frame: does it spell the labelling, once repetitions
 * are merged and blanks dropped? */
static int spells(int k, int frames, const labelling *l, double *log_probability,
                  double log_p[FRAMES][CLASSES])
{
    int spelled = 0, before = BLANK;
    *log_probability = 0;
    for (int t = 0; t < frames; t++, k /= CLASSES) {
        const int class = k % CLASSES;
        *log_probability += log_p[t][class];
        if (class != BLANK && class != before) {
            if (spelled == l->length || l->label[spelled] != class) return 0;
            spelled++;
        }
        before = class;
    }
    return spelled == l->length;
}

static double sum_over_paths(const labelling *l, double log_p[FRAMES][CLASSES])
{
    double sum = 0;
    for (int k = 0; k < PATHS; k++) {
        double log_probability;
        if (spells(k, FRAMES, l, &log_probability, log_p)) sum += exp(log_probability);
    }
    return -log(sum);
}

/* The loss of the first `frames` frames, and the largest entry of its gradient. */
static lk_status ctc_of(double log_p[FRAMES][CLASSES], const labelling *l, int64_t frames,
                        int zero_infinity, double *value, double *steepest)
{
    double slope[FRAMES][CLASSES];
    const int64_t of_scores[] = {frames, CLASSES}, of_label = l->length;
    const lk_tensor input = lk_view(log_p, LK_F64, 2, of_scores);
    const lk_tensor target = lk_vector(l->label, LK_I32, &of_label);
    const lk_tensor gradient = lk_view(slope, LK_F64, 2, of_scores);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.gradient = &gradient;
    call.result = &result;
    const lk_status status = lk_ctc(&call, BLANK, 1, zero_infinity, 0);
    if (status) return status;
    *value = result.value;
    *steepest = 0;
    for (int64_t t = 0; t < frames; t++)
        for (int c = 0; c < CLASSES; c++) *steepest = fmax(*steepest, fabs(slope[t][c]));
    return LK_OK;
}

static lk_status log_probabilities(double log_p[FRAMES][CLASSES])
{
    lk_random random = {11};
    for (int t = 0; t < FRAMES; t++)
        for (int c = 0; c < CLASSES; c++) log_p[t][c] = 2 * lk_random_normal(&random);
    const int64_t shape[] = {FRAMES, CLASSES};
    const lk_tensor scores = lk_view(log_p, LK_F64, 2, shape);
    lk_call call = LK_CALL_INIT;
    call.input = &scores;
    call.value = &scores;
    call.reduction = LK_NONE;
    return lk_log_softmax(&call);
}

lk_status show_ctc_alignments(experiment *x)
{
    double log_p[FRAMES][CLASSES], worst = 0;
    lk_status status = log_probabilities(log_p);
    if (status) return status;

    heading(x, "A sum over all alignments");
    tell(x,
         "A path gives each frame a class or the blank. It spells a labelling: repetitions are "
         "merged, then blanks dropped. The probability of a labelling is the sum over all its "
         "paths, and CTC is −log of it. With %d frames and %d classes all %d paths can be tried; "
         "CTC gets the same sum without trying them.",
         FRAMES, CLASSES, PATHS);
    formula(x, "L=-\\log\\sum_{\\pi\\,:\\,\\mathcal{B}(\\pi)=l}\\;\\prod_{t=1}^{T}y^t_{\\pi_t},"
               "\\qquad \\frac{\\partial L}{\\partial a^t_k}=y^t_k-\\text{occupancy}^t_k");
    table(x, "CTC over 5 frames of random scores; equal neighbours need a blank between them",
          "labelling|paths tried one by one|CTC|fewest frames|CTC with one frame fewer");
    int fits = 1, zero = 1;
    for (int k = 0; k < LABELLINGS; k++) {
        const labelling *const l = &labellings[k];
        const int64_t fewest = l->length + l->repeats;
        const double expected = sum_over_paths(l, log_p);
        double value, least = 0, short_of_it = NAN, zeroed = NAN, steepest, flat[2] = {0, 0};
        status = ctc_of(log_p, l, FRAMES, 0, &value, &steepest);
        if (!status) status = ctc_of(log_p, l, fewest, 0, &least, &steepest);
        if (!status && fewest) status = ctc_of(log_p, l, fewest - 1, 0, &short_of_it, &flat[0]);
        if (!status && fewest) status = ctc_of(log_p, l, fewest - 1, 1, &zeroed, &flat[1]);
        if (status) return status;
        worst = fmax(worst, fabs(value - expected));
        fits &= isfinite(least) && (!fewest || (isinf(short_of_it) && short_of_it > 0));
        zero &= flat[0] == 0 && flat[1] == 0 && (!fewest || zeroed == 0);
        cell(x, "%s", l->name);
        cell_number(x, expected, 6);
        cell_number(x, value, 6);
        cell_number(x, (double)fewest, 0);
        cell(x, "%s", !fewest ? "–" : isinf(short_of_it) ? "∞" : "finite");
    }
    check_at_most(x, once(worst), 1e-12,
                  "largest difference between CTC and the paths tried one by one");
    check_true(x, fits, fits ? "so for all labellings of the table" : "not so",
               "a labelling can be spelled if, and only if, there are as many frames as labels and "
               "repetitions; otherwise the loss is infinite");
    check_true(x, zero, zero ? "all exactly 0" : "not so",
               "where it cannot be spelled the gradient is 0, and so is the loss with "
               "zero_infinity");
    return LK_OK;
}

/* ---- edit distance ------------------------------------------------------------------------------
 */

static const char hypothesis[] = "sitting", reference[] = "kitten";
enum { LETTERS = 26, HYPOTHESIS = sizeof hypothesis - 1, REFERENCE = sizeof reference - 1 };

static lk_sequences text_of(const char *text, const int64_t offsets[2])
{
    return (lk_sequences){text, LK_TOKENS_CHARACTERS, 1, offsets};
}

/* The soft distance of rows that each hold one letter for certain, and of rows that are unsure. */
static lk_status soft_distance(double gamma, double certainty, double *value)
{
    double row[HYPOTHESIS][LETTERS];
    int32_t label[REFERENCE];
    for (int i = 0; i < HYPOTHESIS; i++)
        for (int k = 0; k < LETTERS; k++)
            row[i][k] = k == hypothesis[i] - 'a' ? certainty : (1 - certainty) / (LETTERS - 1);
    for (int j = 0; j < REFERENCE; j++) label[j] = reference[j] - 'a';
    const int64_t of_rows[] = {HYPOTHESIS, LETTERS}, of_label = REFERENCE;
    const lk_tensor input = lk_view(row, LK_F64, 2, of_rows);
    const lk_tensor target = lk_vector(label, LK_I32, &of_label);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.result = &result;
    const lk_status status = lk_soft_edit_distance(&call, gamma, 0);
    *value = result.value;
    return status;
}

static lk_status show_soft_distance(experiment *x, double exact)
{
    static const double gammas[] = {1, 0.3, 0.1, 0.03, 0.01, 0.001};
    enum { GAMMAS = sizeof gammas / sizeof *gammas };
    tell(x, "soft_edit_distance takes a soft minimum over the edits, so that the distance of rows "
            "of probabilities has a gradient. It counts all alignments a little and so lies below "
            "the exact distance, even below 0, and comes to it as γ falls.");
    formula(x, "D_{ij}=\\operatorname{softmin}_\\gamma\\bigl(D_{i-1,j}+1,\\;D_{i,j-1}+1,\\;"
               "D_{i-1,j-1}+1-p_i[t_j]\\bigr),\\qquad "
               "\\operatorname{softmin}_\\gamma(v)=-\\gamma\\log\\sum_k e^{-v_k/\\gamma}");
    table(x, "Soft edit distance of sitting to kitten", "γ|each letter certain|certain to 0.9");
    double value[GAMMAS];
    int rises = 1;
    for (int k = 0; k < GAMMAS; k++) {
        double unsure;
        lk_status status = soft_distance(gammas[k], 1, &value[k]);
        if (!status) status = soft_distance(gammas[k], 0.9, &unsure);
        if (status) return status;
        rises &= value[k] <= exact && (k == 0 || value[k] >= value[k - 1]);
        cell(x, "%g", gammas[k]);
        cell_number(x, value[k], 4);
        cell_number(x, unsure, 4);
    }
    check_true(x, rises && value[0] < exact, rises ? "so with every step" : "not so",
               "soft_edit_distance comes to the exact distance from below as γ falls");
    /* No softmin lies below the minimum by more than γ log(number of alignments), and there are
     * fewer than 3^13 of 7 letters with 6. */
    check_near(x, value[GAMMAS - 1], exact, 0.001 * 13 * log(3), "soft_edit_distance at γ = 0.001");
    return LK_OK;
}

static lk_status show_expected_distance(experiment *x)
{
    static const char candidates[3][8] = {"sitting", "kitten", "mitten"};
    const double scores[3] = {1.5, 1, 0};
    int32_t token[3][8], label[REFERENCE], length[3];
    int64_t distance[3];
    double p[3], by_score[3];
    for (int j = 0; j < REFERENCE; j++) label[j] = reference[j] - 'a';
    const int64_t ends[2] = {0, REFERENCE};
    const lk_sequences right = text_of(reference, ends);
    for (int k = 0; k < 3; k++) {
        length[k] = (int32_t)strlen(candidates[k]);
        for (int i = 0; i < length[k]; i++) token[k][i] = candidates[k][i] - 'a';
        const int64_t its_ends[2] = {0, length[k]};
        const lk_sequences one = text_of(candidates[k], its_ends);
        const lk_status status = lk_edit_distance(&one, &right, &distance[k], NULL, NULL);
        if (status) return status;
    }
    const int64_t of_scores[] = {1, 3}, of_tokens[] = {1, 3, 8}, of_label[] = {1, REFERENCE};
    const lk_tensor score = lk_view(scores, LK_F64, 2, of_scores);
    const lk_tensor probability = lk_view(p, LK_F64, 2, of_scores);
    const lk_tensor slope = lk_view(by_score, LK_F64, 2, of_scores);
    const lk_tensor target = lk_view(label, LK_I32, 2, of_label);
    const lk_tensor tokens = lk_view(token, LK_I32, 3, of_tokens);
    const lk_tensor lengths = lk_view(length, LK_I32, 2, of_scores);
    lk_call soft = LK_CALL_INIT, risk = LK_CALL_INIT;
    lk_result result;
    soft.input = &score;
    soft.value = &probability;
    soft.reduction = LK_NONE;
    risk.input = &score;
    risk.target = &target;
    risk.hypotheses = &tokens;
    risk.hypothesis_lengths = &lengths;
    risk.gradient = &slope;
    risk.result = &result;
    lk_status status = lk_softmax(&soft);
    if (!status) status = lk_expected_edit_distance(&risk, 0);
    if (status) return status;

    tell(x, "expected_edit_distance leaves the distance as it is and takes its expectation over "
            "hypotheses, such as the best ones of a beam search. A step down the gradient raises "
            "the score of every hypothesis that is better than the mean.");
    formula(x, "\\bar R=\\sum_k\\hat p_kR_k,\\quad\\hat p=\\operatorname{softmax}(s),\\qquad"
               "\\frac{\\partial\\bar R}{\\partial s_k}=\\hat p_k(R_k-\\bar R)");
    table(x, "Three hypotheses for kitten", "hypothesis|score|p̂|distance R|slope by its score");
    double mean = 0, worst = 0;
    for (int k = 0; k < 3; k++) mean += p[k] * (double)distance[k];
    for (int k = 0; k < 3; k++) {
        worst = fmax(worst, fabs(by_score[k] - p[k] * ((double)distance[k] - mean)));
        cell(x, "%s", candidates[k]);
        cell_number(x, scores[k], 1);
        cell_number(x, p[k], 4);
        cell_number(x, (double)distance[k], 0);
        cell_number(x, by_score[k], 4);
    }
    check_near(x, result.value, mean, 1e-12, "expected_edit_distance, against Σ p̂ R");
    check_at_most(x, once(worst), 1e-12, "largest difference of its gradient from p̂ (R − R̄)");
    return LK_OK;
}

lk_status show_edit_distances(experiment *x)
{
    const int64_t ends[2][2] = {{0, HYPOTHESIS}, {0, REFERENCE}};
    const lk_sequences read = text_of(hypothesis, ends[0]), right = text_of(reference, ends[1]);
    lk_edits edits;
    double rate;
    lk_status status = lk_edit_distance(&read, &right, NULL, &edits, NULL);
    if (!status) status = lk_error_rate(&edits, &rate);
    if (status) return status;
    heading(x, "Edit distance, and how to follow it downhill");
    tell(x,
         "The edit distance is the fewest insertions, deletions and substitutions that turn the "
         "right text into the one that was read. From %s to %s there are %lld substitutions and "
         "%lld insertion. Divided by the length of the right text it is the character error rate, "
         "here %lld/%lld.",
         reference, hypothesis, (long long)edits.substitutions, (long long)edits.insertions,
         (long long)edits.distance, (long long)edits.reference_length);
    check_digits(x, (double)edits.distance, 3, 0, "edit distance of %s and %s", reference,
                 hypothesis);
    check_near(x, rate, 0.5, 0, "the error rate of %s for %s", hypothesis, reference);
    status = show_soft_distance(x, (double)edits.distance);
    return status ? status : show_expected_distance(x);
}
