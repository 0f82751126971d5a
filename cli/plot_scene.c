#include "plot_scene.h"

#include "parameters.h"

#include <math.h>
#include <string.h>

enum { LOSSES = 4, ROOM = 6, PARTNERS = 2 };

/* Another array of the problem, of as many columns as the input. */
typedef struct partner {
    lk_argument_id id; /* LK_ARG_INPUT: none */
    int64_t rows;
    double numbers[ROOM];
} partner;

struct plot_scene {
    lk_loss losses[LOSSES];
    const char *label;
    double range[2];
    lk_domain domain; /* of the place */
    int quantities;
    int takes_target;                               /* the target is the caller's */
    void (*move)(double place, double input[ROOM]); /* NULL: input[0] = place */
    int32_t ndim;
    int64_t shape[3];
    double input[ROOM];
    int32_t value_ndim;
    int64_t value_shape[2];
    int32_t target_ndim;
    int64_t target_shape[2];
    double target[ROOM];  /* when there are no labels */
    int64_t labels[ROOM]; /* labels or tokens */
    int has_labels;
    partner partners[PARTNERS];
};

static void move_logs(double p, double input[ROOM])
{
    input[0] = log(p);
    input[1] = log1p(-p);
}

static void move_angle(double degrees, double input[ROOM])
{
    input[0] = cos(acos(-1) * degrees / 180);
    input[1] = sin(acos(-1) * degrees / 180);
}

/* Two rows that find their own labels, 0 and 1, with probability p. */
static void move_rows(double p, double input[ROOM])
{
    input[0] = input[3] = p;
    input[1] = input[2] = 1 - p;
}

#define REALS                  \
    {                          \
        -HUGE_VAL, HUGE_VAL, 0 \
    }
#define UNIT    \
    {           \
        0, 1, 0 \
    }
#define HALF_TURN \
    {             \
        0, 180, 0 \
    }

static const plot_scene scenes[] = {
    {.losses = {LK_KL_DIVERGENCE, LK_JS_DIVERGENCE},
     .label = "probability of the first class",
     .range = {0, 1},
     .domain = UNIT,
     .quantities = 3,
     .takes_target = 1,
     .move = move_logs,
     .ndim = 2,
     .shape = {1, 2},
     .value_ndim = 1,
     .value_shape = {1},
     .target_ndim = 2,
     .target_shape = {1, 2}},
    {.losses = {LK_SOFTMAX, LK_LOG_SOFTMAX},
     .label = "lead of the first of two scores",
     .range = {-6, 6},
     .domain = REALS,
     .quantities = 3,
     .ndim = 2,
     .shape = {1, 2},
     .value_ndim = 2,
     .value_shape = {1, 2},
     .partners = {{LK_ARG_UPSTREAM, 1, {1, 0}}}},
    {.losses = {LK_LINEAR_CROSS_ENTROPY},
     .label = "probability of the label, out of two classes",
     .range = {0, 1},
     .domain = UNIT,
     .quantities = 2,
     .move = move_logs,
     .ndim = 2,
     .shape = {1, 2},
     .value_ndim = 1,
     .value_shape = {1},
     .target_ndim = 1,
     .target_shape = {1},
     .has_labels = 1,
     .partners = {{LK_ARG_WEIGHTS, 2, {1, 0, 0, 1}}}},
    {.losses = {LK_DICE, LK_TVERSKY, LK_FOCAL_TVERSKY, LK_JACCARD},
     .label = "probability at a positive; others 0.8, 0.2, 0.2",
     .range = {0, 1},
     .domain = UNIT,
     .quantities = 3,
     .ndim = 1,
     .shape = {4},
     .input = {0, 0.8, 0.2, 0.2},
     .target_ndim = 1,
     .target_shape = {4},
     .target = {1, 1, 0, 0}},
    {.losses = {LK_LOVASZ_HINGE},
     .label = "logit at a positive; others 1, -1, 0.5",
     .range = {-3, 3},
     .domain = REALS,
     .quantities = 3,
     .ndim = 1,
     .shape = {4},
     .input = {0, 1, -1, 0.5},
     .target_ndim = 1,
     .target_shape = {4},
     .target = {1, 1, 0, 0}},
    {.losses = {LK_L1_NORM, LK_L2_NORM},
     .label = "one residual of two; the other is 1",
     .range = {-4, 4},
     .domain = REALS,
     .quantities = 3,
     .ndim = 1,
     .shape = {2},
     .input = {0, 1}},
    {.losses = {LK_CENTER},
     .label = "feature; center at 0",
     .range = {-4, 4},
     .domain = REALS,
     .quantities = 3,
     .ndim = 2,
     .shape = {1, 1},
     .value_ndim = 1,
     .value_shape = {1},
     .target_ndim = 1,
     .target_shape = {1},
     .has_labels = 1,
     .partners = {{LK_ARG_CENTERS, 1, {0}}}},
    {.losses = {LK_CONTRASTIVE},
     .label = "point, the other one at 0",
     .range = {-2, 2},
     .domain = REALS,
     .quantities = 3,
     .takes_target = 1,
     .ndim = 2,
     .shape = {1, 1},
     .value_ndim = 1,
     .value_shape = {1},
     .target_ndim = 1,
     .target_shape = {1},
     .partners = {{LK_ARG_OTHER, 1, {0}}}},
    {.losses = {LK_TRIPLET_MARGIN},
     .label = "anchor; positive at 0, negative at 2",
     .range = {-2, 4},
     .domain = REALS,
     .quantities = 3,
     .ndim = 2,
     .shape = {1, 1},
     .value_ndim = 1,
     .value_shape = {1},
     .partners = {{LK_ARG_OTHER, 1, {0}}, {LK_ARG_NEGATIVE, 1, {2}}}},
    {.losses = {LK_INFO_NCE},
     .label = "angle to its own row, in degrees; another row is at 90",
     .range = {0, 180},
     .domain = HALF_TURN,
     .quantities = 1,
     .move = move_angle,
     .ndim = 2,
     .shape = {2, 2},
     .input = {0, 0, 0, 1},
     .value_ndim = 1,
     .value_shape = {2},
     .partners = {{LK_ARG_OTHER, 2, {1, 0, 0, 1}}}},
    {.losses = {LK_SUPERVISED_CONTRASTIVE},
     .label = "angle to the other row of the class, in degrees; another class is at 90",
     .range = {0, 180},
     .domain = HALF_TURN,
     .quantities = 1,
     .move = move_angle,
     .ndim = 2,
     .shape = {3, 2},
     .input = {0, 0, 1, 0, 0, 1},
     .value_ndim = 1,
     .value_shape = {3},
     .target_ndim = 1,
     .target_shape = {3},
     .labels = {0, 0, 1},
     .has_labels = 1},
    {.losses = {LK_COSINE_EMBEDDING},
     .label = "angle between the two points, in degrees",
     .range = {0, 180},
     .domain = HALF_TURN,
     .quantities = 1,
     .takes_target = 1,
     .move = move_angle,
     .ndim = 2,
     .shape = {1, 2},
     .value_ndim = 1,
     .value_shape = {1},
     .target_ndim = 1,
     .target_shape = {1},
     .partners = {{LK_ARG_OTHER, 1, {1, 0}}}},
    {.losses = {LK_SOFT_EDIT_DISTANCE},
     .label = "probability of the label in each of two rows",
     .range = {0, 1},
     .domain = UNIT,
     .quantities = 1,
     .move = move_rows,
     .ndim = 3,
     .shape = {2, 1, 2},
     .value_ndim = 1,
     .value_shape = {1},
     .target_ndim = 2,
     .target_shape = {1, 2},
     .labels = {0, 1},
     .has_labels = 1},
    {.losses = {LK_EXPECTED_EDIT_DISTANCE},
     .label = "lead of the right hypothesis over a wrong one",
     .range = {-6, 6},
     .domain = REALS,
     .quantities = 3,
     .ndim = 2,
     .shape = {1, 2},
     .value_ndim = 1,
     .value_shape = {1},
     .target_ndim = 2,
     .target_shape = {1, 2},
     .labels = {0, 1},
     .has_labels = 1},
};

const plot_scene *plot_scene_find(lk_loss loss)
{
    for (size_t k = 0; k < sizeof scenes / sizeof *scenes; k++)
        for (int i = 0; i < LOSSES; i++)
            if (scenes[k].losses[i] == loss) return &scenes[k];
    return NULL;
}

const char *plot_scene_label(const plot_scene *s) { return s->label; }
void plot_scene_range(const plot_scene *s, double range[2])
{
    memcpy(range, s->range, sizeof s->range);
}
lk_domain plot_scene_domain(const plot_scene *s) { return s->domain; }
int plot_scene_takes_target(const plot_scene *s) { return s->takes_target; }
int plot_scene_quantities(const plot_scene *s) { return s->quantities; }

static int is_set(lk_loss loss, const double *params, const char *name)
{
    const int k = parameter_find(lk_loss_describe(loss), name);
    return k >= 0 && params[k] != 0;
}

/* Of one element alone, or shared between two classes. */
static void set_target(lk_loss loss, const double *params, double target, plot_scene *s)
{
    if (!s->takes_target) return;
    s->target[0] = target;
    s->target[1] = 1 - target;
    if (is_set(loss, params, "log_target"))
        for (int k = 0; k < 2; k++) s->target[k] = log(s->target[k]);
}

static void set_input(lk_loss loss, const double *params, double place, plot_scene *s)
{
    if (s->move)
        s->move(place, s->input);
    else
        s->input[0] = place;
    if (s->move == move_logs || !is_set(loss, params, "logits")) return;
    const int pairs = s->move == move_rows; /* scores of classes, not of yes and no */
    for (int k = 0; k < 4; k++) s->input[k] = log(s->input[k]) - (pairs ? 0 : log1p(-s->input[k]));
}

static int evaluate_place(lk_loss loss, const double *params, plot_scene *s, double y[3], error *e)
{
    static const int64_t hypotheses[] = {0, 1, 0, 0}, hypotheses_shape[] = {1, 2, 2};
    double value[ROOM] = {0}, gradient[ROOM] = {0}, curvature[ROOM] = {0};
    lk_call call = LK_CALL_INIT;
    const lk_tensor input = lk_view(s->input, LK_F64, s->ndim, s->shape);
    const lk_tensor target = s->has_labels
                                 ? lk_view(s->labels, LK_I64, s->target_ndim, s->target_shape)
                                 : lk_view(s->target, LK_F64, s->target_ndim, s->target_shape);
    const lk_tensor tokens = lk_view(hypotheses, LK_I64, 3, hypotheses_shape);
    const lk_tensor outputs[] = {lk_view(value, LK_F64, s->value_ndim, s->value_shape),
                                 lk_view(gradient, LK_F64, s->ndim, s->shape),
                                 lk_view(curvature, LK_F64, s->ndim, s->shape)};
    lk_tensor partners[PARTNERS];
    int64_t shapes[PARTNERS][2];
    call.reduction = LK_NONE;
    call.grouping = LK_PER_BATCH;
    call.input = &input;
    call.target = s->target_ndim ? &target : NULL;
    call.hypotheses = loss == LK_EXPECTED_EDIT_DISTANCE ? &tokens : NULL;
    call.value = &outputs[0];
    call.gradient = s->quantities > 1 ? &outputs[1] : NULL;
    call.curvature = s->quantities > 2 ? &outputs[2] : NULL;
    for (int k = 0; k < PARTNERS && s->partners[k].id != LK_ARG_INPUT; k++) {
        const partner *p = &s->partners[k];
        const size_t offset = lk_argument_describe(p->id)->offset;
        const lk_tensor *place = &partners[k];
        shapes[k][0] = p->rows;
        shapes[k][1] = s->shape[1];
        partners[k] = lk_view(p->numbers, LK_F64, 2, shapes[k]);
        memcpy((char *)&call + offset, &place, sizeof place);
    }
    if (lk_evaluate(loss, params, lk_loss_describe(loss)->n_params, &call) != LK_OK)
        return error_library(e);
    y[0] = value[0];
    y[1] = s->quantities > 1 ? gradient[0] : NAN;
    y[2] = s->quantities > 2 ? curvature[0] : NAN;
    return 0;
}

int plot_scene_evaluate(lk_loss loss, const double *params, double target, int64_t n,
                        const double *places, double *const y[], error *e)
{
    plot_scene s = *plot_scene_find(loss);
    if (s.takes_target && s.move == move_logs && !(target >= 0 && target <= 1))
        return error_set(e, "--target: %g is not a probability", target);
    set_target(loss, params, target, &s);
    for (int64_t i = 0; i < n; i++) {
        plot_scene here = s;
        double at[3] = {NAN, NAN, NAN};
        set_input(loss, params, places[i], &here);
        if (evaluate_place(loss, params, &here, at, e)) return -1;
        for (int k = 0; k < 3; k++) /* what rounding leaves of 0 would fill a picture of its own */
            y[k][i] = fabs(at[k]) < 1e-14 ? 0 : at[k];
    }
    return 0;
}
