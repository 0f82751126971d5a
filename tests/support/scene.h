/* scene.h: one whole call with data of the loss's domain and poisoned outputs. */
#ifndef LK_TESTS_SCENE_H
#define LK_TESTS_SCENE_H

#include "losskit.h"
#include "support/view.h"

enum { IN_INPUT, IN_TARGET, IN_AUXILIARY, IN_WEIGHT, IN_UPSTREAM, INS };
enum { TO_VALUE, TO_GRADIENT, TO_CURVATURE, TO_TARGET, TO_AUXILIARY, OUTS };

typedef struct scene {
    lk_loss loss;
    const lk_loss_info *info;
    double params[LK_MAX_PARAMS];
    view in[INS], out[OUTS];
    unsigned ins, outs; /* bits: which arrays the call has */
    lk_call call;
    lk_result result;
} scene;

typedef struct plan {
    int dtype;  /* of the inputs but the target */
    int target; /* dtype of the target; 0: the same */
    int out;    /* dtype of the outputs; 0: the same */
    int32_t ndim;
    int64_t shape[VIEW_DIMS];
    enum view_layout layout;
    unsigned ins;  /* bits of IN_AUXILIARY, IN_WEIGHT, IN_UPSTREAM */
    unsigned outs; /* what the loss cannot give is left out */
    int bits;      /* fraction bits of the data; 0: 16 */
    uint64_t seed; /* of the data; the layout has its own */
} plan;

/* The call points into the scene, which must not move. */
void scene_make(scene *s, lk_loss loss, const plan *p, rng *layout);
void scene_free(scene *s);
lk_status scene_run(scene *s);
/* A tensor of a part of the call; the pointer may be redirected. */
const lk_tensor **scene_in(scene *s, int in);
const lk_tensor **scene_out(scene *s, int out);
const char *scene_out_name(int out);
const char *scene_in_name(int in);

/* Fails the test unless the outputs hold the same elements and the results are the same. */
void scenes_agree(const scene *want, const scene *got, const char *what);

/* The views remember, and then: no input has changed, no byte between the outputs' elements. */
void scene_remember(scene *s);
void scene_intact(const scene *s, const char *what);
/* Nothing at all was written, nor the result (which scene_make poisons). */
void scene_untouched(const scene *s, const char *what);

#endif
