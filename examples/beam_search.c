/* beam_search.c: the three best labellings of a few frames, by prefix beam search. The best path
 * spells nothing, but more paths spell "a". */
#include <losskit.h>
#include <stdio.h>

enum { FRAMES = 2, CLASSES = 3, BEST = 3 };

int main(void)
{
    /* probabilities .6, .4, 0 in each frame, as scores */
    const float scores[FRAMES][CLASSES] = {{-0.51f, -0.92f, -9.0f}, {-0.51f, -0.92f, -9.0f}};
    const int64_t of_scores[] = {FRAMES, CLASSES}, of_labels[] = {BEST, FRAMES};
    int32_t labels[BEST][FRAMES], lengths[BEST];
    double log_probabilities[BEST];

    const lk_tensor input = lk_view(scores, LK_F32, 2, of_scores);
    const lk_tensor label = lk_view(labels, LK_I32, 2, of_labels);
    const lk_tensor length = lk_vector(lengths, LK_I32, of_labels);
    const lk_tensor score = lk_vector(log_probabilities, LK_F64, of_labels);

    lk_ctc_decoder decoder = LK_CTC_DECODER_INIT;
    decoder.input = &input;
    decoder.beam = 8;
    decoder.labels = &label;
    decoder.lengths = &length;
    decoder.scores = &score;
    if (lk_ctc_decode(&decoder)) {
        fprintf(stderr, "%s\n", lk_last_error());
        return 1;
    }
    for (int k = 0; k < BEST; k++) {
        printf("%8.4f  \"", log_probabilities[k]);
        for (int i = 0; i < lengths[k]; i++) putchar('a' + labels[k][i] - 1);
        printf("\"\n");
    }
    return lengths[0] != 1;
}
