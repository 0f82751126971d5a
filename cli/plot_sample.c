/* plot_sample.c: a loss along its axis, in pieces between its kinks. */
#include "catalogue.h"
#include "plot.h"
#include "plot_scene.h"

#include <math.h>
#include <stdlib.h>

enum { SAMPLES = 1600 };

/* The input at a place on the axis. */
static double input_at(const plot_curve *c, double place)
{
    switch (c->axis) {
    case PLOT_RESIDUAL:
        return c->target + place;
    case PLOT_MARGIN:
        return place / c->target;
    default:
        return place;
    }
}

static int evaluate(const plot_curve *c, int64_t n, const double *x, double *const y[], error *e)
{
    if (c->axis == PLOT_SCENE)
        return plot_scene_evaluate(c->loss, c->parameters.values, c->target, n, x, y, e);
    if (c->axis > PLOT_INPUT)
        return plot_evaluate_classes(c->loss, c->parameters.values, c->axis, n, x, y, e);
    const int64_t one = 1;
    const lk_tensor input = lk_vector(x, LK_F64, &n), target = lk_vector(&c->target, LK_F64, &one);
    const lk_tensor auxiliary = lk_vector(&c->auxiliary, LK_F64, &one);
    lk_tensor outputs[PLOT_QUANTITIES];
    for (int k = 0; k < PLOT_QUANTITIES; k++) outputs[k] = lk_vector(y[k], LK_F64, &n);
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.auxiliary = c->info->auxiliary && c->info->auxiliary_param < 0 ? &auxiliary : NULL;
    call.value = &outputs[0];
    call.gradient = &outputs[1];
    call.curvature = &outputs[2];
    call.reduction = LK_NONE;
    if (lk_evaluate(c->loss, c->parameters.values, c->info->n_params, &call) == LK_OK) return 0;
    return error_library(e);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The kinks inside the range, each once, in order. */
static int find_kinks(const plot_curve *c, const double range[2], double *places)
{
    int n = 0, distinct = 0;
    if (c->axis == PLOT_SCENE) return 0; /* the catalogue knows those of a number alone */
    for (int k = 0; k < c->info->n_kinks; k++) {
        const double place = affine_value(&c->info->kinks[k].at, c->parameters.values);
        if (place > range[0] && place < range[1]) places[n++] = place;
    }
    qsort(places, (size_t)n, sizeof *places, ascending);
    for (int k = 0; k < n; k++)
        if (k == 0 || places[k] != places[k - 1]) places[distinct++] = places[k];
    return distinct;
}

static double beside(double place, int side) { return place + side * 1e-9 * (1 + fabs(place)); }

/* Equally spaced in each piece, ends included; a slot follows every piece. */
static void place_samples(plot_curve *c, const double range[2], const double *kinks, int n_kinks,
                          size_t *slots)
{
    c->n = 0;
    for (int piece = 0; piece <= n_kinks; piece++) {
        const double low = piece ? beside(kinks[piece - 1], 1) : range[0];
        const double high = piece < n_kinks ? beside(kinks[piece], -1) : range[1];
        const int steps = 1 + (int)(SAMPLES * (high - low) / (range[1] - range[0]));
        for (int i = 0; i < steps; i++) c->x[c->n++] = low + (high - low) * i / steps;
        c->x[c->n++] = high;
        slots[piece] = c->n;
        c->x[c->n++] = high;
    }
}

static void add_dot(plot_trace *t, double x, double y, int filled)
{
    if (isfinite(y)) t->dots[t->n_dots++] = (plot_dot){x, y, filled};
}

static int differ(double a, double b) { return fabs(a - b) > 1e-6 * (1 + fabs(a) + fabs(b)); }

/* At a jump: what is attained is filled, the limits that are not are open. At a corner: one dot.
 * Returns whether the pen is lifted. */
static int mark_kink(plot_trace *t, double place, const double y[3], int is_corner)
{
    const int jumps = differ(y[0], y[2]);
    if (!jumps && !is_corner) return 0;
    if (jumps) {
        if (differ(y[0], y[1])) add_dot(t, place, y[0], 0);
        if (differ(y[2], y[1])) add_dot(t, place, y[2], 0);
    }
    add_dot(t, place, y[1], 1);
    return jumps;
}

/* A corner of a quantity is a jump of the next derivative. */
static int is_corner(const plot_curve *c, int quantity, double place)
{
    for (int k = 0; k < c->info->n_kinks; k++)
        if (c->info->kinks[k].order == quantity + 1 &&
            affine_value(&c->info->kinks[k].at, c->parameters.values) == place)
            return 1;
    return 0;
}

/* The slots after the pieces: lifted pen, or the kink itself. */
static int finish_pieces(plot_curve *c, const double *kinks, int n_kinks, const size_t *slots,
                         error *e)
{
    for (int k = 0; k < n_kinks; k++) {
        double x[3], y[PLOT_QUANTITIES][3], *out[PLOT_QUANTITIES];
        for (int side = -1; side <= 1; side++) x[side + 1] = input_at(c, beside(kinks[k], side));
        for (int q = 0; q < PLOT_QUANTITIES; q++) out[q] = y[q];
        if (evaluate(c, 3, x, out, e)) return -1;
        c->x[slots[k]] = kinks[k];
        for (int q = 0; q < PLOT_QUANTITIES; q++) {
            const int lifted = mark_kink(&c->traces[q], kinks[k], y[q], is_corner(c, q, kinks[k]));
            c->traces[q].y[slots[k]] = lifted ? NAN : y[q][1];
        }
    }
    for (int q = 0; q < PLOT_QUANTITIES; q++) c->traces[q].y[slots[n_kinks]] = NAN;
    return 0;
}

static int allocate(plot_curve *c, error *e)
{
    const size_t room = SAMPLES + 4 * (LK_MAX_KINKS + 2);
    c->x = calloc(room, sizeof *c->x);
    for (int q = 0; q < PLOT_QUANTITIES; q++) c->traces[q].y = calloc(room, sizeof *c->x);
    for (int q = 0; q < PLOT_QUANTITIES; q++)
        if (!c->x || !c->traces[q].y) return error_set(e, "no memory for the curves");
    return 0;
}

static int is_kink(const plot_curve *c, double place)
{
    for (int k = 0; k < c->info->n_kinks; k++)
        if (affine_value(&c->info->kinks[k].at, c->parameters.values) == place) return 1;
    return 0;
}

/* The part of the range inside the domain: at an end of it a loss may have a pole or a convention
 * of its own. A kink at an end of the range has one side only, and nothing to mark. */
static int clip(const plot_curve *c, const double range[2], double clipped[2], error *e)
{
    static const lk_domain reals = {-HUGE_VAL, HUGE_VAL, 0}, unit = {0, 1, 0}, turn = {0, 180, 0};
    const lk_domain scene =
        c->axis == PLOT_SCENE ? plot_scene_domain(plot_scene_find(c->loss)) : reals;
    const lk_domain *d = c->axis == PLOT_PROBABILITY ? &unit
                         : c->axis == PLOT_ANGLE     ? &turn
                         : c->axis == PLOT_LEAD      ? &reals
                         : c->axis == PLOT_SCENE     ? &scene
                                                     : &c->info->input_domain;
    const double shift = c->axis == PLOT_RESIDUAL ? c->target : 0;
    clipped[0] = fmax(range[0], d->lowest - shift);
    clipped[1] = fmin(range[1], d->highest - shift);
    if (clipped[0] == d->lowest - shift || is_kink(c, clipped[0]))
        clipped[0] = beside(clipped[0], 1);
    if (clipped[1] == d->highest - shift || is_kink(c, clipped[1]))
        clipped[1] = beside(clipped[1], -1);
    if (clipped[0] < clipped[1]) return 0;
    return error_set(e, "%s is not defined anywhere in the range %g:%g", c->info->name, range[0],
                     range[1]);
}

/* Losses over scores do not say where they jump: where neighbours differ far more than theirs do,
 * the pen is lifted. */
static void lift_at_jumps(plot_curve *c)
{
    for (int q = 0; q < PLOT_QUANTITIES; q++) {
        double *y = c->traces[q].y;
        for (size_t i = 1; i + 2 < c->n; i++) {
            const double jump = fabs(y[i + 1] - y[i]);
            const double around = fabs(y[i] - y[i - 1]) + fabs(y[i + 2] - y[i + 1]);
            if (jump > 0.02 && jump > 20 * around) y[i + 1] = NAN;
        }
    }
}

int plot_sample(plot_curve *c, const double range[2], error *e)
{
    double defined[2], kinks[LK_MAX_KINKS], *out[PLOT_QUANTITIES];
    size_t slots[LK_MAX_KINKS + 1];
    if (clip(c, range, defined, e) || allocate(c, e)) return -1;
    const int n_kinks = find_kinks(c, defined, kinks);
    place_samples(c, defined, kinks, n_kinks, slots);
    double *inputs = calloc(c->n, sizeof *inputs);
    if (!inputs) return error_set(e, "no memory for the curves");
    for (size_t i = 0; i < c->n; i++) inputs[i] = input_at(c, c->x[i]);
    for (int q = 0; q < PLOT_QUANTITIES; q++) out[q] = c->traces[q].y;
    const int status = evaluate(c, (int64_t)c->n, inputs, out, e);
    free(inputs);
    if (!status && c->axis > PLOT_INPUT) lift_at_jumps(c);
    return status ? status : finish_pieces(c, kinks, n_kinks, slots, e);
}

void plot_curve_free(plot_curve *c)
{
    free(c->x);
    for (int q = 0; q < PLOT_QUANTITIES; q++) free(c->traces[q].y);
}
