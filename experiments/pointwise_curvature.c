/* pointwise_curvature.c: every pointwise loss of the library, looked at for convexity along its
 * input. */
#include "convexity.h"
#include "trial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUTS = 801, TARGETS = 7, ALL = INPUTS * TARGETS };
static const double negligible = 1e-12; /* relative; of curvatures absolute */

/* The worst that was seen; not convex when one is above `negligible`. */
typedef struct finding {
    double curvature, input, target; /* the smallest, and where */
    double fall;                     /* of the gradient from one input to the next */
    double sag;                      /* of the mean of two values below the one between them */
} finding;

static int is_refuted(const finding *f)
{
    return f->curvature < -negligible || f->fall > negligible || f->sag > negligible;
}

typedef struct scan {
    double input[ALL], target[ALL], value[ALL], gradient[ALL], curvature[ALL];
} scan;

/* The part of a domain within ±limit; of an open end a little is left out. */
static void within(const lk_domain *domain, double limit, double ends[2])
{
    ends[0] = fmax(domain->lowest + (domain->kind == 1 ? 0.01 : 0), -limit);
    ends[1] = fmin(domain->highest, limit);
}

/* One call for all inputs and targets: losses that look at the whole sample see all of it. */
static lk_status evaluate(lk_loss loss, const double *params, int n_params, scan *s)
{
    static const double one = 1;
    const lk_loss_info *info = lk_loss_describe(loss);
    const int64_t n = ALL;
    const lk_tensor input = lk_vector(s->input, LK_F64, &n),
                    target = lk_vector(s->target, LK_F64, &n),
                    value = lk_vector(s->value, LK_F64, &n),
                    gradient = lk_vector(s->gradient, LK_F64, &n),
                    curvature = lk_vector(s->curvature, LK_F64, &n),
                    auxiliary = lk_view(&one, LK_F64, 0, NULL);
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.auxiliary = info->auxiliary && info->auxiliary_param < 0 ? &auxiliary : NULL;
    call.value = &value;
    call.gradient = &gradient;
    call.curvature = &curvature;
    call.reduction = LK_NONE;
    return lk_evaluate(loss, params, n_params, &call);
}

static double relative(double amount, double a, double b)
{
    return amount > 0 ? amount / (fabs(a) + fabs(b)) : 0;
}

static lk_status look_at(lk_loss loss, const double *params, int n_params, scan *s, finding *f)
{
    const lk_loss_info *info = lk_loss_describe(loss);
    double inputs[2], targets[2], row[TARGETS];
    within(&info->input_domain, 20, inputs);
    within(&info->target_domain, 3, targets);
    trial_grid(targets[0], targets[1], TARGETS, row);
    for (int t = 0; t < TARGETS; t++) {
        trial_grid(inputs[0], inputs[1], INPUTS, s->input + t * INPUTS);
        for (int i = 0; i < INPUTS; i++)
            s->target[t * INPUTS + i] = info->target_domain.kind == 2 ? targets[t % 2] : row[t];
    }
    *f = (finding){.curvature = HUGE_VAL};
    const lk_status status = evaluate(loss, params, n_params, s);
    for (int k = 0; !status && k < ALL; k++) {
        if (s->curvature[k] < f->curvature) {
            f->curvature = s->curvature[k];
            f->input = s->input[k];
            f->target = s->target[k];
        }
        const double *g = s->gradient + k, *v = s->value + k;
        if (k % INPUTS < INPUTS - 1) f->fall = fmax(f->fall, relative(g[0] - g[1], g[0], g[1]));
        if (k % INPUTS < INPUTS - 2)
            f->sag = fmax(f->sag, relative(v[1] - 0.5 * (v[0] + v[2]), v[0] + v[1], v[2]));
    }
    return status;
}

/* On the axis that the loss lives on. */
static void tell_place(experiment *x, const lk_loss_info *info, const finding *f)
{
    if (!(f->curvature < -negligible))
        cell(x, "–");
    else if (info->axis == LK_AXIS_RESIDUAL)
        cell(x, "r = %.3g", f->input - f->target);
    else
        cell(x, "input %.3g, target %.3g", f->input, f->target);
}

static void tell_of(experiment *x, const lk_loss_info *info, const finding *f, const char *name)
{
    cell(x, "%s", name);
    cell_number(x, f->curvature, 4);
    tell_place(x, info, f);
    cell(x, "%s", f->fall > negligible ? "yes" : "no");
    cell(x, "%s", f->sag > negligible ? "yes" : "no");
}

/* Losses that are convex with their presets, and not with these. */
static const struct {
    lk_loss loss;
    const char *name;
    int n;
    double params[LK_MAX_PARAMS];
} others[] = {{LK_BARRON, "barron with α = 0", 2, {0, 1}}};

/* Whether a loss that is not said to be convex is caught; it gets its row. */
static lk_status expose(experiment *x, lk_loss loss, scan *s, finding f, int *caught)
{
    const lk_loss_info *info = lk_loss_describe(loss);
    const char *name = info->name;
    for (size_t k = 0; !is_refuted(&f) && k < sizeof others / sizeof *others; k++) {
        if (others[k].loss != loss) continue;
        name = others[k].name;
        const lk_status status = look_at(loss, others[k].params, others[k].n, s, &f);
        if (status) return status;
    }
    tell_of(x, info, &f, name);
    *caught = is_refuted(&f);
    return LK_OK;
}

static lk_status look_at_all(experiment *x, scan *s)
{
    char convex[2048] = "";
    int n_convex = 0, n_other = 0, wrong = 0, exposed = 0;
    lk_status status = LK_OK;
    table(x, "Pointwise losses that are not convex",
          "loss|smallest curvature|at|slope falls|value above the mean of its neighbours");
    for (int id = 1; !status && lk_loss_describe((lk_loss)id); id++) {
        const lk_loss_info *info = lk_loss_describe((lk_loss)id);
        finding f;
        if (info->kind != LK_KIND_POINTWISE) continue;
        status = look_at((lk_loss)id, NULL, 0, s, &f);
        if (status) break;
        if (info->traits & LK_CONVEX) {
            const size_t used = strlen(convex);
            n_convex++;
            wrong += is_refuted(&f);
            snprintf(convex + used, sizeof convex - used, "%s%s", used ? ", " : "", info->name);
        } else {
            int found = 0;
            status = expose(x, (lk_loss)id, s, f, &found);
            n_other++;
            exposed += found;
        }
    }
    if (status) return status;
    tell(x, "Said to be convex, and without a sign of anything else: %s.", convex);
    check_count(x, wrong, 0, n_convex, "losses refuted that the library declares convex");
    check_count(x, exposed, n_other, n_other, "other losses refuted");
    return LK_OK;
}

/* The same loss with one parameter after the other: is it convex where it should be? */
static lk_status vary(experiment *x, scan *s)
{
    static const struct {
        const char *name;
        lk_loss loss;
        int n;
        double params[2];
        int convex;
    } cases[] = {{"barron, α = 2", LK_BARRON, 2, {2, 1}, 1},
                 {"barron, α = 1.5", LK_BARRON, 2, {1.5, 1}, 1},
                 {"barron, α = 1", LK_BARRON, 2, {1, 1}, 1},
                 {"barron, α = 0.9", LK_BARRON, 2, {0.9, 1}, 0},
                 {"barron, α = 0", LK_BARRON, 2, {0, 1}, 0},
                 {"barron, α = −2", LK_BARRON, 2, {-2, 1}, 0},
                 {"sigmoid_focal, γ = 0", LK_SIGMOID_FOCAL, 2, {0, 0.25}, 1},
                 {"sigmoid_focal, γ = 0.5", LK_SIGMOID_FOCAL, 2, {0.5, 0.25}, 0},
                 {"sigmoid_focal, γ = 1", LK_SIGMOID_FOCAL, 2, {1, 0.25}, 0},
                 {"sigmoid_focal, γ = 2", LK_SIGMOID_FOCAL, 2, {2, 0.25}, 0},
                 {"sigmoid_focal, γ = 5", LK_SIGMOID_FOCAL, 2, {5, 0.25}, 0}};
    int wrong = 0;
    table(x, "The same loss with other parameters", "loss|smallest curvature|convex");
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        finding f;
        const lk_status status = look_at(cases[k].loss, cases[k].params, cases[k].n, s, &f);
        if (status) return status;
        cell(x, "%s", cases[k].name);
        cell_number(x, f.curvature, 6);
        cell(x, "%s", is_refuted(&f) ? "no" : "no sign against it");
        wrong += is_refuted(&f) == cases[k].convex;
    }
    check_count(x, wrong, 0, (int)(sizeof cases / sizeof *cases),
                "rows that contradict that barron is convex for α ≥ 1, focal for γ = 0");
    return LK_OK;
}

static lk_status draw(experiment *x)
{
    static const struct {
        const char *name;
        lk_loss loss;
    } shown[] = {{"huber", LK_HUBER},
                 {"log_cosh", LK_LOG_COSH},
                 {"cauchy", LK_CAUCHY},
                 {"welsch", LK_WELSCH},
                 {"tukey_biweight", LK_TUKEY_BIWEIGHT}};
    enum { POINTS = 361 };
    double r[POINTS], curvature[POINTS];
    trial_grid(-6, 6, POINTS, r);
    figure(x, &(figure_look){.title = "Curvature of losses of residuals",
                             .alt = "Huber and log-cosh never go below 0. Cauchy, Welsch and "
                                    "Tukey's biweight do, from a residual of 2 or so outwards.",
                             .x_label = "residual r",
                             .y_label = "second derivative",
                             .y_range = {-1, 1.1}});
    for (size_t k = 0; k < sizeof shown / sizeof *shown; k++) {
        const lk_status status =
            trial_curve(shown[k].loss, NULL, 0, POINTS, r, 0, NULL, NULL, curvature);
        if (status) return status;
        figure_line(x, shown[k].name, POINTS, r, curvature);
    }
    return LK_OK;
}

lk_status show_pointwise_curvatures(experiment *x)
{
    heading(x, "Losses of one number");
    tell(x,
         "All pointwise losses of the library, at %d inputs from −20 to 20, or as far as they are "
         "defined, for up to %d targets. A corner has no second derivative: therefore the slope, "
         "which must not fall from one input to the next, and the value, which must not lie above "
         "the mean of its neighbours', are looked at too.",
         INPUTS, TARGETS);
    scan *s = malloc(sizeof *s);
    if (!s) return lk_fail(LK_NO_MEMORY, "no memory to look at a loss");
    lk_status status = look_at_all(x, s);
    if (!status) status = vary(x, s);
    free(s);
    if (status) return status;
    /* All residuals within c/√5, where Tukey's ψ peaks. */
    enum { POINTS = 401 };
    double r[POINTS], curvature[POINTS], least = HUGE_VAL;
    trial_grid(-2, 2, POINTS, r);
    status = trial_curve(LK_TUKEY_BIWEIGHT, NULL, 0, POINTS, r, 0, NULL, NULL, curvature);
    for (int k = 0; k < POINTS; k++) least = fmin(least, curvature[k]);
    if (status) return status;
    check_at_least(x, once(least), 0,
                   "smallest curvature of tukey_biweight over |r| ≤ 2: a test that finds nothing, "
                   "and proves nothing");
    return draw(x);
}
