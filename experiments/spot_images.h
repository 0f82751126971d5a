/* spot_images.h: noisy images with a few small spots to be found, as rows of pixels. */
#ifndef LK_SPOT_IMAGES_H
#define LK_SPOT_IMAGES_H

#include "losskit_learn.h"

enum {
    SPOT_SIDE = 48,
    SPOT_PIXELS = SPOT_SIDE * SPOT_SIDE,
    SPOT_AROUND = 3, /* pixels on each side */
    SPOT_PATCH = 2 * SPOT_AROUND + 1
};

/* A row is a pixel, image by image: its features are the patch around it, with the image's
 * outermost pixels going on beyond the edge, and its class is 1 within a spot. There are one to
 * three blurred spots of different contrast in an image, and, to be left alone, thin lines and wide
 * patches of light of the same brightness, and noise. */
lk_status spot_images_draw(int64_t images, uint64_t seed, lk_dataset *out);

#endif
