/* test_cli_frame_network.c: strings of digits are what they say they are, and the network that
 * reads them follows the slope of its scores. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frame_network.h"
#include "trial.h"

enum { IMAGES = 30, STRINGS = 200 };

/* Image i is of digit i % 10, and one pixel wide but for digit 0, which has an empty column within:
 * all its pixels are 1 + i % 10, so that each column tells its digit. */
static lk_dataset made_images(void)
{
    lk_dataset data;
    assert_int_equal(trial_rows(IMAGES, 64, 10, &data), LK_OK);
    for (int i = 0; i < IMAGES; i++) {
        data.target[i] = i % 10;
        for (int y = 0; y < 8; y++) {
            data.dense[i * 64 + y * 8 + 3] = 1 + i % 10;
            if (i % 10 == 0) data.dense[i * 64 + y * 8 + 5] = 1;
        }
    }
    return data;
}

static float column_of(const digit_string *s, int64_t t)
{
    return digit_string_window(s, t)[STRING_AROUND * STRING_HEIGHT];
}

static void expect_digits(const digit_string *s)
{
    assert_in_range(s->length, STRING_LEAST, STRING_MOST);
    int32_t end = 0;
    for (int u = 0; u < s->length; u++) {
        assert_in_range(s->from[u] - end, 0, STRING_GAP);
        for (int32_t t = end; t < s->from[u]; t++) assert_true(column_of(s, t) == 0);
        assert_int_equal(s->to[u] - s->from[u], s->digit[u] ? 1 : 3);
        const float ink = (float)(1 + s->digit[u]) / 16;
        assert_true(column_of(s, s->from[u]) == ink && column_of(s, s->to[u] - 1) == ink);
        end = s->to[u];
    }
    assert_in_range(s->frames - end, 0, STRING_GAP);
}

static void strings_hold_their_digits(void **state)
{
    (void)state;
    lk_dataset images = made_images();
    digit_string *strings, *again;
    assert_int_equal(digit_strings_draw(&images, STRINGS, 7, &strings), LK_OK);
    assert_int_equal(digit_strings_draw(&images, STRINGS, 7, &again), LK_OK);
    assert_memory_equal(strings, again, STRINGS * sizeof *strings);
    int lengths[STRING_MOST + 1] = {0}, repeats = 0, pairs = 0;
    for (int i = 0; i < STRINGS; i++) {
        expect_digits(&strings[i]);
        lengths[strings[i].length]++;
        for (int u = 1; u < strings[i].length; u++, pairs++)
            repeats += strings[i].digit[u] == strings[i].digit[u - 1];
    }
    for (int k = STRING_LEAST; k <= STRING_MOST; k++) assert_in_range(lengths[k], 30, 70);
    /* 1/4 + 3/4 1/10 of about 700, within 4 standard deviations */
    assert_true(fabs(repeats - 0.325 * pairs) < 4 * sqrt(0.325 * 0.675 * pairs));
    free(strings);
    free(again);
    lk_dataset_free(&images);
}

/* A function of the scores whose slope is known: their sum with fixed factors. */
static double weighed(const frame_network *net, const float *factor)
{
    double sum = 0;
    for (int64_t i = 0; i < net->n * net->frames * FRAME_CLASSES; i++)
        sum += (double)factor[i] * (double)net->score[i];
    return sum;
}

static double weighed_at(frame_network *net, const digit_string *strings, const float *factor,
                         int64_t weight, float value)
{
    net->weight[weight] = value;
    assert_int_equal(frame_network_look(net, strings, 2, NULL), LK_OK);
    return weighed(net, factor);
}

static void slopes_are_those_of_the_scores(void **state)
{
    (void)state;
    lk_dataset images = made_images();
    digit_string *strings;
    frame_network *net;
    static float factor[2 * STRING_FRAMES * FRAME_CLASSES], start[FRAME_WEIGHTS];
    assert_int_equal(digit_strings_draw(&images, 2, 3, &strings), LK_OK);
    assert_int_equal(frame_network_open(2, 5, &net), LK_OK);
    lk_random random = {1};
    for (size_t i = 0; i < sizeof factor / sizeof *factor; i++)
        factor[i] = (float)lk_random_normal(&random);
    assert_int_equal(frame_network_look(net, strings, 2, NULL), LK_OK);
    memcpy(start, net->weight, sizeof start);
    memcpy(net->score_slope, factor,
           (size_t)(net->n * net->frames * FRAME_CLASSES) * sizeof *factor);
    assert_int_equal(frame_network_step(net, 0.001), LK_OK);

    double largest = 0;
    for (int64_t i = 0; i < FRAME_WEIGHTS; i++) { /* Adam's first step has the size of the rate */
        const float g = net->slope[i], moved = start[i] - net->weight[i];
        largest = fmax(largest, fabs((double)g));
        if (fabsf(g) > 1e-3F) assert_true(fabsf(moved - copysignf(0.001F, g)) < 1e-5F);
        if (g == 0) assert_true(moved == 0);
    }
    memcpy(net->weight, start, sizeof start);
    for (int64_t i = 0; i < FRAME_WEIGHTS; i += 37) {
        const float h = 0x1p-9F;
        const double above = weighed_at(net, strings, factor, i, start[i] + h);
        const double below = weighed_at(net, strings, factor, i, start[i] - h);
        net->weight[i] = start[i];
        const double slope = (above - below) / (2 * (double)h);
        if (fabs(slope - (double)net->slope[i]) > 0.01 * largest)
            fail_msg("weight %lld: slope %g, by differences %g", (long long)i,
                     (double)net->slope[i], slope);
    }
    frame_network_free(net);
    free(strings);
    lk_dataset_free(&images);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(strings_hold_their_digits),
                                       cmocka_unit_test(slopes_are_those_of_the_scores)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
