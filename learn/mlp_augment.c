/* mlp_augment.c: rows as they might have been: images moved, turned and mirrored, and noise. */
#include <math.h>
#include <string.h>

#include "mlp.h"

typedef struct augment {
    const lk_augmentation *how;
    int64_t features;
    const int64_t *numbers;
    uint64_t seed;
    float *rows, *scratch;
} augment;

static int64_t clamp(int64_t i, int64_t n) { return i < 0 ? 0 : i < n ? i : n - 1; }

/* Where the pixels of an image come from: place = turn (y, x) + shift. */
typedef struct motion {
    double cosine, sine, down, right;
    int flip;
} motion;

static motion draw_motion(const lk_augmentation *how, lk_random *random)
{
    const int64_t most = (int64_t)floor(how->shift);
    const double angle =
        (2 * lk_random_unit(random) - 1) * how->rotation * 3.14159265358979323846 / 180;
    const double down = (double)(lk_random_below(random, 2 * most + 1) - most);
    const double right = (double)(lk_random_below(random, 2 * most + 1) - most);
    const int flip = lk_random_unit(random) < 0.5 && how->flip;
    return (motion){cos(angle), sin(angle), down, right, flip};
}

/* Bilinear between the four pixels around each place; the pixels at the edge go on outwards. */
static void move_image(const lk_augmentation *how, const motion *m, const float *from, float *to)
{
    const int64_t height = how->height, width = how->width, channels = how->channels;
    const double middle_y = 0.5 * (double)(height - 1), middle_x = 0.5 * (double)(width - 1);
    for (int64_t i = 0; i < height; i++)
        for (int64_t j = 0; j < width; j++) {
            const double v = (double)i - middle_y - m->down;
            const double u = ((double)j - middle_x - m->right) * (m->flip ? -1 : 1);
            const double y = m->cosine * v - m->sine * u + middle_y;
            const double x = m->sine * v + m->cosine * u + middle_x;
            const int64_t top = (int64_t)floor(y), left = (int64_t)floor(x);
            const float b = (float)(y - floor(y)), r = (float)(x - floor(x));
            const int64_t y0 = clamp(top, height), y1 = clamp(top + 1, height);
            const int64_t x0 = clamp(left, width), x1 = clamp(left + 1, width);
            for (int64_t c = 0; c < channels; c++) {
                const float *const p = from + c;
                const float upper =
                    p[(y0 * width + x0) * channels] * (1 - r) + p[(y0 * width + x1) * channels] * r;
                const float lower =
                    p[(y1 * width + x0) * channels] * (1 - r) + p[(y1 * width + x1) * channels] * r;
                to[(i * width + j) * channels + c] = upper * (1 - b) + lower * b;
            }
        }
}

static void augment_row(void *context, size_t index)
{
    const augment *const a = context;
    const size_t width = (size_t)a->features;
    lk_random random = {lk_random_stream(a->seed, (uint64_t)a->numbers[index])};
    float *const row = a->rows + index * width, *const copy = a->scratch + index * width;
    if (a->how->height > 0) {
        const motion m = draw_motion(a->how, &random);
        memcpy(copy, row, width * sizeof *row);
        move_image(a->how, &m, copy, row);
    }
    for (size_t j = 0; a->how->noise > 0 && j < width; j++)
        row[j] += (float)(a->how->noise * lk_random_normal(&random));
}

void lk_mlp_augment(const lk_augmentation *how, int64_t features, const int64_t *numbers,
                    uint64_t seed, lk_mlp_pass *pass, float *scratch)
{
    enum { WORTH_WAKING = 1 << 14 };
    augment a = {how, features, numbers, seed, pass->input, scratch};
    if (pass->rows * features >= WORTH_WAKING)
        lk_parallel((size_t)pass->rows, augment_row, &a);
    else
        for (int64_t i = 0; i < pass->rows; i++) augment_row(&a, (size_t)i);
}
