/* test_learn_mlp_augmentation.c: what is done to the rows of a batch. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mlp.h"
/* ---- augmentation -------------------------------------------------------------------------------
 */

enum { HEIGHT = 5, WIDTH = 4, CHANNELS = 2, PIXELS = HEIGHT * WIDTH * CHANNELS, DRAWS = 600 };

static void augment(const lk_augmentation *how, const float *image, float *rows)
{
    static float scratch[DRAWS * PIXELS];
    int64_t numbers[DRAWS];
    for (int i = 0; i < DRAWS; i++) {
        numbers[i] = i;
        memcpy(rows + i * PIXELS, image, PIXELS * sizeof *image);
    }
    lk_mlp_pass pass = {.rows = DRAWS, .input = rows};
    lk_mlp_augment(how, PIXELS, numbers, 99, &pass, scratch);
}

static int clamp(int i, int n) { return i < 0 ? 0 : i < n ? i : n - 1; }

static int is_moved(const float *image, const float *row, int down, int right, int flip)
{
    for (int i = 0; i < HEIGHT; i++)
        for (int j = 0; j < WIDTH; j++)
            for (int c = 0; c < CHANNELS; c++) {
                const int x = flip ? WIDTH - 1 - j + right : j - right;
                const int from = (clamp(i - down, HEIGHT) * WIDTH + clamp(x, WIDTH)) * CHANNELS + c;
                if (fabsf(row[(i * WIDTH + j) * CHANNELS + c] - image[from]) > 1e-5f) return 0;
            }
    return 1;
}

/* Every move that there may be occurs, about as often as every other one, and no other. */
static void test_shifts_and_flips(void **state)
{
    static float rows[DRAWS * PIXELS];
    float image[PIXELS];
    for (int i = 0; i < PIXELS; i++) image[i] = (float)(i * i % 97);
    const lk_augmentation how = {0, HEIGHT, WIDTH, CHANNELS, 1, 0, 1};
    augment(&how, image, rows);
    int seen[18] = {0};
    for (int i = 0; i < DRAWS; i++) {
        int found = -1;
        for (int k = 0; k < 18; k++)
            if (is_moved(image, rows + i * PIXELS, k % 3 - 1, k / 3 % 3 - 1, k / 9)) found = k;
        assert_true(found >= 0);
        seen[found]++;
    }
    for (int k = 0; k < 18; k++) assert_in_range(seen[k], 10, 65);
    (void)state;
}

/* Turned images keep a plane's value at each place: that of the place turned back. */
static void test_rotations(void **state)
{
    static float rows[DRAWS * PIXELS];
    float image[PIXELS];
    for (int i = 0; i < PIXELS; i++) {
        const int y = i / CHANNELS / WIDTH, x = i / CHANNELS % WIDTH;
        image[i] = i % CHANNELS ? (float)y : (float)x;
    }
    const lk_augmentation how = {0, HEIGHT, WIDTH, CHANNELS, 0, 20, 0};
    augment(&how, image, rows);
    double least = 1, most = -1;
    for (int i = 0; i < DRAWS; i++) {
        /* the pixel left of the middle, and right of it, in the row of the middle */
        const float *const a = rows + i * PIXELS + (2 * WIDTH + 1) * CHANNELS;
        const double dx = (double)(a[2] - a[0]), dy = (double)(a[3] - a[1]);
        assert_true(fabs(dx * dx + dy * dy - 1) < 1e-5);
        assert_true(fabs((double)(a[0] + a[2]) - 3) < 1e-5);
        assert_true(fabs((double)(a[1] + a[3]) - 4) < 1e-5);
        least = fmin(least, atan2(dy, dx));
        most = fmax(most, atan2(dy, dx));
    }
    const double degree = atan(1) / 45;
    assert_true(least < -19 * degree && least > -20.01 * degree);
    assert_true(most > 19 * degree && most < 20.01 * degree);
    (void)state;
}

static void test_noise(void **state)
{
    static float rows[DRAWS * PIXELS];
    const float image[PIXELS] = {0};
    const lk_augmentation how = {0.5, 0, 0, 0, 0, 0, 0};
    augment(&how, image, rows);
    double sum = 0, square = 0;
    const double n = DRAWS * PIXELS;
    for (int i = 0; i < DRAWS * PIXELS; i++) {
        sum += (double)rows[i];
        square += (double)rows[i] * (double)rows[i];
    }
    assert_true(fabs(sum / n) < 5 * 0.5 / sqrt(n));
    assert_true(fabs(square / n / 0.25 - 1) < 5 * sqrt(2 / n));
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_shifts_and_flips),
                                       cmocka_unit_test(test_rotations),
                                       cmocka_unit_test(test_noise)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
