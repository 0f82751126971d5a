#include "random_sequences.h"

enum { ALPHABET = 5, PADDING = -1 };

static int is_list(const random_problem *p) { return (int)(p->takes >> LK_ARG_HYPOTHESES & 1); }

/* Labels of the longest target: with all of them equal it still has a path. */
static int64_t most_labels(const random_problem *p)
{
    return is_list(p) ? p->size.dims : (4 * p->size.dims + 14) / 15;
}

int sequence_shape_of(const random_problem *p, lk_argument_id id, int64_t *shape)
{
    const problem_size *s = &p->size;
    const int batch_first = (p->call.flags & LK_BATCH_FIRST) != 0;
    switch (id) {
    case LK_ARG_TARGET:
        shape[0] = s->rows;
        shape[1] = most_labels(p);
        return 2;
    case LK_ARG_INPUT_LENGTHS:
    case LK_ARG_TARGET_LENGTHS:
        shape[0] = s->rows;
        return 1;
    case LK_ARG_HYPOTHESES:
    case LK_ARG_HYPOTHESIS_LENGTHS:
        shape[0] = s->rows;
        shape[1] = s->classes;
        shape[2] = s->dims;
        return id == LK_ARG_HYPOTHESES ? 3 : 2;
    default:
        if (is_list(p)) {
            shape[0] = s->rows;
            shape[1] = s->classes;
            return 2;
        }
        shape[!batch_first] = s->rows;
        shape[batch_first] = s->dims;
        shape[2] = s->classes;
        return 3;
    }
}

int sequence_is_integers(lk_argument_id id)
{
    return id == LK_ARG_TARGET || id == LK_ARG_INPUT_LENGTHS || id == LK_ARG_TARGET_LENGTHS ||
           id == LK_ARG_HYPOTHESES || id == LK_ARG_HYPOTHESIS_LENGTHS;
}

int64_t random_problem_frame(const random_problem *p, int64_t n, int64_t t)
{
    const int batch_first = (p->call.flags & LK_BATCH_FIRST) != 0;
    return (batch_first ? n * p->size.dims + t : t * p->size.rows + n) * p->size.classes;
}

static int64_t below(lk_random *r, int64_t n) { return (int64_t)(lk_random_unit(r) * (double)n); }

/* Any class but the blank; tokens of lists are of few kinds, so that many are equal. */
static int64_t draw_label(const random_problem *p, lk_random *r)
{
    const int64_t kinds = is_list(p) ? ALPHABET : p->size.classes;
    if (p->blank < 0 || kinds < 2) return below(r, kinds);
    const int64_t label = below(r, kinds - 1);
    return label + (label >= p->blank);
}

/* `count` lists of at most `width` tokens, and their lengths. Distances are divided by the length
 * of the reference: it has none of 0. */
static void draw_tokens(random_problem *p, lk_random *r, lk_argument_id id, lk_argument_id lengths,
                        int64_t count, int64_t width)
{
    const int64_t fewest = is_list(p) && id == LK_ARG_TARGET && width > 0;
    for (int64_t n = 0; n < count; n++) {
        const int64_t length = p->full ? width : fewest + below(r, width + 1 - fewest);
        random_problem_set(p, lengths, n, (double)length);
        for (int64_t i = 0; i < width; i++)
            random_problem_set(p, id, n * width + i,
                               (double)(i < length ? draw_label(p, r) : PADDING));
    }
}

/* The fewest frames in which target n can be spelt: equal neighbours need a blank between them. */
static int64_t fewest_frames(const random_problem *p, int64_t n)
{
    const int64_t width = most_labels(p);
    const int64_t length = (int64_t)random_problem_get(p, LK_ARG_TARGET_LENGTHS, n);
    int64_t frames = length;
    for (int64_t i = 1; i < length; i++)
        frames += random_problem_get(p, LK_ARG_TARGET, n * width + i) ==
                  random_problem_get(p, LK_ARG_TARGET, n * width + i - 1);
    return frames;
}

void sequence_draw(random_problem *p, lk_random *r)
{
    const problem_size *s = &p->size;
    draw_tokens(p, r, LK_ARG_TARGET, LK_ARG_TARGET_LENGTHS, s->rows, most_labels(p));
    if (is_list(p))
        draw_tokens(p, r, LK_ARG_HYPOTHESES, LK_ARG_HYPOTHESIS_LENGTHS, s->rows * s->classes,
                    s->dims);
    for (int64_t n = 0; n < s->rows && !is_list(p); n++) {
        const int64_t fewest = p->full ? s->dims : fewest_frames(p, n);
        random_problem_set(p, LK_ARG_INPUT_LENGTHS, n,
                           (double)(fewest + below(r, s->dims - fewest + 1)));
    }
}
