#include "frame_network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* c = a b, each a matrix in rows or, turned, the transpose of one. */
static lk_status multiply(int64_t m, int64_t k, int64_t n, const float *a, int turn_a,
                          const float *b, int turn_b, float *c)
{
    const int64_t of_a[] = {m, k}, of_b[] = {k, n}, of_c[] = {m, n};
    int64_t steps_a[] = {turn_a ? 1 : k, turn_a ? m : 1};
    int64_t steps_b[] = {turn_b ? 1 : n, turn_b ? k : 1};
    lk_tensor left = lk_view(a, LK_F32, 2, of_a), right = lk_view(b, LK_F32, 2, of_b);
    const lk_tensor product = lk_view(c, LK_F32, 2, of_c);
    left.strides = steps_a;
    right.strides = steps_b;
    return lk_matrix_product(&left, &right, 0, &product);
}

lk_status frame_network_open(int64_t strings, uint64_t seed, frame_network **out)
{
    const size_t rows = (size_t)strings * STRING_FRAMES;
    frame_network *const net = *out = calloc(1, sizeof *net);
    if (net) {
        net->extent = malloc((size_t)strings * sizeof *net->extent);
        net->window = malloc(rows * FRAME_INPUTS * sizeof *net->window);
        net->hidden = malloc(rows * FRAME_HIDDEN * sizeof *net->hidden);
        net->hidden_slope = malloc(rows * FRAME_HIDDEN * sizeof *net->hidden_slope);
        net->score = malloc(rows * FRAME_CLASSES * sizeof *net->score);
        net->score_slope = malloc(rows * FRAME_CLASSES * sizeof *net->score_slope);
    }
    if (!net || !net->extent || !net->window || !net->hidden || !net->hidden_slope || !net->score ||
        !net->score_slope) {
        frame_network_free(net);
        *out = NULL;
        return lk_fail(LK_NO_MEMORY, "no memory for a network");
    }
    lk_random random = {seed};
    for (int64_t i = 0; i < FRAME_WEIGHTS; i++) {
        const double inputs = i < FRAME_OUTPUTS_AT ? FRAME_INPUTS : FRAME_HIDDEN;
        net->weight[i] = (float)(sqrt(2 / inputs) * lk_random_normal(&random));
    }
    return LK_OK;
}

void frame_network_free(frame_network *net)
{
    if (!net) return;
    free(net->extent);
    free(net->window);
    free(net->hidden);
    free(net->hidden_slope);
    free(net->score);
    free(net->score_slope);
    free(net);
}

static void load_windows(frame_network *net, const digit_string *strings, const int64_t *which)
{
    float *to = net->window;
    for (int64_t i = 0; i < net->n; i++)
        for (int64_t t = 0; t < net->frames; t++, to += FRAME_INPUTS) {
            const digit_string *const s = &strings[which ? which[i] : i];
            memcpy(to, digit_string_window(s, t), STRING_WINDOW * sizeof *to);
            to[STRING_WINDOW] = 1;
        }
}

lk_status frame_network_look(frame_network *net, const digit_string *strings, int64_t n,
                             const int64_t *which)
{
    net->n = n;
    net->frames = 0;
    for (int64_t i = 0; i < n; i++) {
        net->extent[i] = strings[which ? which[i] : i].frames;
        if (net->extent[i] > net->frames) net->frames = net->extent[i];
    }
    load_windows(net, strings, which);
    const int64_t rows = n * net->frames;
    const lk_status status =
        multiply(rows, FRAME_INPUTS, FRAME_HIDDEN, net->window, 0, net->weight, 0, net->hidden);
    if (status) return status;
    for (int64_t i = 0; i < rows * FRAME_HIDDEN; i++)
        net->hidden[i] = net->hidden[i] > 0 ? net->hidden[i] : 0;
    return multiply(rows, FRAME_HIDDEN, FRAME_CLASSES, net->hidden, 0,
                    net->weight + FRAME_OUTPUTS_AT, 0, net->score);
}

static void adam(frame_network *net, double rate)
{
    const double beta1 = 0.9, beta2 = 0.999;
    const double t = (double)++net->steps;
    const float step = (float)(rate * sqrt(1 - pow(beta2, t)) / (1 - pow(beta1, t)));
    for (int64_t i = 0; i < FRAME_WEIGHTS; i++) {
        const float g = net->slope[i];
        net->mean[i] += (float)(1 - beta1) * (g - net->mean[i]);
        net->square[i] += (float)(1 - beta2) * (g * g - net->square[i]);
        net->weight[i] -= step * net->mean[i] / (sqrtf(net->square[i]) + 1e-8f);
    }
}

lk_status frame_network_step(frame_network *net, double rate)
{
    const int64_t rows = net->n * net->frames;
    lk_status status = multiply(FRAME_HIDDEN, rows, FRAME_CLASSES, net->hidden, 1, net->score_slope,
                                0, net->slope + FRAME_OUTPUTS_AT);
    if (!status)
        status = multiply(rows, FRAME_CLASSES, FRAME_HIDDEN, net->score_slope, 0,
                          net->weight + FRAME_OUTPUTS_AT, 1, net->hidden_slope);
    for (int64_t i = 0; !status && i < rows * FRAME_HIDDEN; i++)
        if (net->hidden[i] <= 0) net->hidden_slope[i] = 0;
    if (!status)
        status = multiply(FRAME_INPUTS, rows, FRAME_HIDDEN, net->window, 1, net->hidden_slope, 0,
                          net->slope);
    if (!status) adam(net, rate);
    return status;
}
