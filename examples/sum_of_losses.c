/* sum_of_losses.c: the objective of one training step, softmax_cross_entropy + 0.01 center, with
 * the gradients of scores and features and a step of the centers. */
#include <losskit.h>
#include <stdio.h>

enum { N = 4, CLASSES = 3, FEATURES = 2 };

int main(void)
{
    const float scores[N][CLASSES] = {{2, 0, -1}, {0, 1, 0}, {-1, 0, 3}, {1, 1, 0}};
    const float features[N][FEATURES] = {{1, 0}, {0, 1}, {-1, -1}, {0.5f, 0.5f}};
    const int32_t labels[N] = {0, 1, 2, 1};
    float centers[CLASSES][FEATURES] = {{0.8f, 0}, {0, 0.8f}, {-1, -0.5f}};
    float by_scores[N][CLASSES], by_features[N][FEATURES], step[CLASSES][FEATURES];

    const int64_t of_scores[] = {N, CLASSES}, of_features[] = {N, FEATURES};
    const int64_t of_centers[] = {CLASSES, FEATURES};
    const lk_tensor score = lk_view(scores, LK_F32, 2, of_scores);
    const lk_tensor score_slope = lk_view(by_scores, LK_F32, 2, of_scores);
    const lk_tensor feature = lk_view(features, LK_F32, 2, of_features);
    const lk_tensor feature_slope = lk_view(by_features, LK_F32, 2, of_features);
    const lk_tensor center = lk_view(centers, LK_F32, 2, of_centers);
    const lk_tensor center_step = lk_view(step, LK_F32, 2, of_centers);
    const lk_tensor label = lk_vector(labels, LK_I32, of_scores);

    lk_call classify = LK_CALL_INIT, tighten = LK_CALL_INIT;
    classify.input = &score;
    classify.target = &label;
    classify.gradient = &score_slope;
    tighten.input = &feature;
    tighten.target = &label;
    tighten.centers = &center;
    tighten.gradient = &feature_slope;
    tighten.center_step = &center_step;

    const lk_term objective[] = {{LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, 1, &classify},
                                 {LK_CENTER, NULL, 0, 0.01, &tighten}};
    lk_result total;
    if (lk_evaluate_sum(objective, 2, &total)) {
        fprintf(stderr, "%s\n", lk_last_error());
        return 1;
    }
    for (int c = 0; c < CLASSES; c++)
        for (int d = 0; d < FEATURES; d++) centers[c][d] -= 0.5f * step[c][d];
    printf("objective %.6f\nd/d scores[3] = %.4f %.4f %.4f\ncenter of class 1 is now %.4f %.4f\n",
           total.value, by_scores[3][0], by_scores[3][1], by_scores[3][2], centers[1][0],
           centers[1][1]);
    return 0;
}
