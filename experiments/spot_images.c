#include "spot_images.h"

#include <math.h>

#include "trial.h"

static double between(lk_random *random, double low, double high)
{
    return low + (high - low) * lk_random_unit(random);
}

static void add_noise(lk_random *random, double *image)
{
    const double slope_x = between(random, -0.4, 0.4), slope_y = between(random, -0.4, 0.4);
    for (int i = 0; i < SPOT_PIXELS; i++)
        image[i] = slope_x * (i % SPOT_SIDE) / SPOT_SIDE + slope_y * (i / SPOT_SIDE) / SPOT_SIDE +
                   0.15 * lk_random_normal(random);
}

/* Light that falls off with the distance from a point, to one half at `radius`; inside may be
 * NULL. */
static void add_light(lk_random *random, double radius, double *image, double *inside)
{
    const double x = between(random, 4, SPOT_SIDE - 5), y = between(random, 4, SPOT_SIDE - 5);
    const double contrast = between(random, 0.5, 1);
    for (int i = 0; i < SPOT_PIXELS; i++) {
        const double d = hypot(i % SPOT_SIDE - x, i / SPOT_SIDE - y) / radius;
        image[i] += contrast * exp2(-d * d);
        if (inside && d <= 1) inside[i] = 1;
    }
}

static void add_line(lk_random *random, double *image)
{
    const double angle = between(random, 0, acos(-1)), c = cos(angle), s = sin(angle);
    const double x = between(random, 8, SPOT_SIDE - 9), y = between(random, 8, SPOT_SIDE - 9);
    const double contrast = between(random, 0.5, 1);
    for (int i = 0; i < SPOT_PIXELS; i++) {
        const double d = (i % SPOT_SIDE - x) * s - (i / SPOT_SIDE - y) * c;
        image[i] += contrast * exp2(-d * d);
    }
}

static int inside_of(int at) { return at < 0 ? 0 : at >= SPOT_SIDE ? SPOT_SIDE - 1 : at; }

static void cut_patches(const double *image, double *features)
{
    for (int y = 0; y < SPOT_SIDE; y++)
        for (int x = 0; x < SPOT_SIDE; x++)
            for (int v = -SPOT_AROUND; v <= SPOT_AROUND; v++)
                for (int u = -SPOT_AROUND; u <= SPOT_AROUND; u++)
                    *features++ = image[inside_of(y + v) * SPOT_SIDE + inside_of(x + u)];
}

lk_status spot_images_draw(int64_t images, uint64_t seed, lk_dataset *out)
{
    const int64_t features = SPOT_PATCH * SPOT_PATCH;
    const lk_status status = trial_rows(images * SPOT_PIXELS, features, 2, out);
    if (status) return status;
    lk_random random = {seed};
    for (int64_t k = 0; k < images; k++) {
        double image[SPOT_PIXELS];
        add_noise(&random, image);
        const int64_t spots = 1 + lk_random_below(&random, 3);
        for (int64_t i = 0; i < spots; i++)
            add_light(&random, between(&random, 2, 3.5), image, out->target + k * SPOT_PIXELS);
        for (int i = 0; i < 2; i++) {
            add_line(&random, image);
            add_light(&random, between(&random, 8, 12), image, NULL);
        }
        cut_patches(image, out->dense + k * SPOT_PIXELS * features);
    }
    return LK_OK;
}
