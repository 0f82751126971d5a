/* kl_both_ways.c: one Gaussian fitted to a target with two peaks, with KL in each direction. */
#include "experiment.h"
#include "trial.h"

#include <math.h>
#include <string.h>

/* Distributions live on a grid from -20 to 20 whose points are 0.1 apart. */
enum { POINTS = 401, SHOWN_FROM = 100, SHOWN = 201, PEAKS = 2, CLASSES = 5 };

typedef struct gaussian {
    double mean, deviation;
} gaussian;
static const gaussian peaks[PEAKS] = {{-3, .7}, {3, 1}};
static const double shares[PEAKS] = {.6, .4};

typedef struct world {
    double at[POINTS], p[POINTS], log_p[POINTS]; /* the target */
} world;

/* ---- distributions ------------------------------------------------------------------------------
 */

/* A row function or loss of a row; value: of a loss one number, else a row. */
static lk_status row_loss(lk_loss loss, const double *params, int n_params, int64_t n,
                          const double *input, const double *target, double *value)
{
    const int gives_row = loss == LK_SOFTMAX || loss == LK_LOG_SOFTMAX;
    const lk_tensor in = lk_vector(input, LK_F64, &n), to = lk_vector(target, LK_F64, &n),
                    out = lk_view(value, LK_F64, gives_row, &n);
    lk_call call = LK_CALL_INIT;
    call.input = &in;
    call.target = target ? &to : NULL;
    call.value = &out;
    call.reduction = LK_NONE;
    return lk_evaluate(loss, params, n_params, &call);
}

/* The logarithm of a Gaussian but for a constant, which the softmax supplies. */
static void scores_of(const world *w, gaussian g, double *score)
{
    for (int k = 0; k < POINTS; k++) {
        const double u = (w->at[k] - g.mean) / g.deviation;
        score[k] = -u * u / 2;
    }
}

static lk_status distribution_of(const world *w, gaussian g, double *q)
{
    double score[POINTS];
    scores_of(w, g, score);
    return row_loss(LK_SOFTMAX, NULL, 0, POINTS, score, NULL, q);
}

static lk_status make_world(world *w)
{
    trial_grid(-20, 20, POINTS, w->at);
    memset(w->p, 0, sizeof w->p);
    for (int i = 0; i < PEAKS; i++) {
        double peak[POINTS];
        const lk_status status = distribution_of(w, peaks[i], peak);
        if (status) return status;
        for (int k = 0; k < POINTS; k++) w->p[k] += shares[i] * peak[k];
    }
    for (int k = 0; k < POINTS; k++) w->log_p[k] = log(w->p[k]);
    return LK_OK;
}

/* ---- divergences of the target P and a Gaussian Q -----------------------------------------------
 */

typedef lk_status divergence(const world *w, gaussian q, double *value);
static const double of_logits[2] = {1, 0};

static lk_status forward(const world *w, gaussian g, double *value)
{
    double score[POINTS];
    scores_of(w, g, score);
    return row_loss(LK_KL_DIVERGENCE, of_logits, 2, POINTS, score, w->p, value);
}

static lk_status reverse(const world *w, gaussian g, double *value)
{
    double q[POINTS];
    const lk_status status = distribution_of(w, g, q);
    return status ? status : row_loss(LK_KL_DIVERGENCE, of_logits, 2, POINTS, w->log_p, q, value);
}

static lk_status jensen_shannon(const world *w, gaussian g, double *value)
{
    double score[POINTS];
    scores_of(w, g, score);
    return row_loss(LK_JS_DIVERGENCE, of_logits, 2, POINTS, score, w->p, value);
}

/* Compass search: a step in mean or deviation that helps is taken; when none does, steps halve. */
static lk_status fit(divergence *d, const world *w, gaussian start, gaussian *best, double *value)
{
    *best = start;
    lk_status status = d(w, start, value);
    for (double step = .5; !status && step > 1e-7;) {
        const gaussian tries[4] = {{best->mean - step, best->deviation},
                                   {best->mean + step, best->deviation},
                                   {best->mean, best->deviation * (1 + step)},
                                   {best->mean, best->deviation / (1 + step)}};
        int better = 0;
        for (int k = 0; !status && k < 4; k++) {
            double now;
            status = d(w, tries[k], &now);
            if (status || now >= *value) continue;
            *value = now;
            *best = tries[k];
            better = 1;
        }
        if (!better) step /= 2;
    }
    return status;
}

/* ---- what is shown ------------------------------------------------------------------------------
 */

enum { DIVERGENCES = 3, STARTS = 3, KL = 0, REVERSE = 1, JS = 2, WIDE = 0, LEFT = 1, RIGHT = 2 };
static const struct {
    const char *name;
    divergence *d;
} divergences[DIVERGENCES] = {{"D(P‖Q)", forward}, {"D(Q‖P)", reverse}, {"JS", jensen_shannon}};
static const struct {
    const char *name;
    gaussian from;
} starts[STARTS] = {{"wide", {0, 5}}, {"left", {-4, 1}}, {"right", {4, 1}}};

typedef struct fitted {
    gaussian q;
    double least;
} fitted;

/* The target and one fitted Gaussian or two. */
static lk_status draw(experiment *x, const world *w, const figure_look *look, int n,
                      const fitted *const *fits, const char *const *labels)
{
    double density[POINTS];
    const double width = w->at[1] - w->at[0];
    figure(x, look);
    for (int k = 0; k < POINTS; k++) density[k] = w->p[k] / width;
    figure_line(x, "target P", SHOWN, w->at + SHOWN_FROM, density + SHOWN_FROM);
    for (int i = 0; i < n; i++) {
        const lk_status status = distribution_of(w, fits[i]->q, density);
        if (status) return status;
        for (int k = 0; k < POINTS; k++) density[k] /= width;
        figure_line(x, labels[i], SHOWN, w->at + SHOWN_FROM, density + SHOWN_FROM);
    }
    return LK_OK;
}

static lk_status draw_fits(experiment *x, const world *w, fitted all[DIVERGENCES][STARTS])
{
    figure_look look = {
        .title = "D(P‖Q) covers both peaks",
        .alt =
            "The target has a high narrow peak at -3 and a lower one at 3. The fitted Gaussian is "
            "wide and low, and highest between the peaks, where the target has almost nothing.",
        .x_label = "x",
        .y_label = "density",
        .x_range = {-10, 10},
        .y_range = {0, .7}};
    const lk_status status =
        draw(x, w, &look, 1, (const fitted *[]){&all[KL][WIDE]}, (const char *[]){"Q"});
    if (status) return status;
    look.title = "D(Q‖P) seeks one peak";
    look.alt = "Of two fitted Gaussians, one from each side, one lies on the left peak of the "
               "target and one on the right; each is higher than the peak under it.";
    return draw(x, w, &look, 2, (const fitted *[]){&all[REVERSE][LEFT], &all[REVERSE][RIGHT]},
                (const char *[]){"Q from the left", "Q from the right"});
}

/* Theory: D(P‖Q) is least where mean and deviation are those of P. On a peak that has a share of P
 * and is far from the other, Q = peak has D(Q‖P) = -log share. */
static void check_kl(experiment *x, const world *w, fitted all[DIVERGENCES][STARTS])
{
    const fitted *cover = all[KL], *seek = all[REVERSE];
    double mean = 0, square = 0, highest = 0, apart = 0;
    for (int k = 0; k < POINTS; k++) {
        mean += w->p[k] * w->at[k];
        square += w->p[k] * w->at[k] * w->at[k];
        highest = fmax(highest, w->p[k]);
    }
    for (int s = 0; s < STARTS; s++) apart = fmax(apart, fabs(cover[s].q.mean - cover[0].q.mean));
    check_near(x, cover->q.mean, mean, 1e-4, "mean with the least D(P‖Q): that of P");
    check_near(x, cover->q.deviation, sqrt(square - mean * mean), 1e-4,
               "deviation with the least D(P‖Q): that of P, over both peaks");
    check_at_most(x, once(apart), 1e-4, "how far apart the three starts of D(P‖Q) end");
    const int mode = (int)lround((cover->q.mean - w->at[0]) / (w->at[1] - w->at[0]));
    check_at_most(x, once(w->p[mode] / highest), .05,
                  "P at the most likely point of that Gaussian, over P's highest");
    for (int i = 0; i < PEAKS; i++) {
        const fitted *f = &seek[LEFT + i];
        check_near(x, f->q.mean, peaks[i].mean, .1, "mean with the least D(Q‖P), from the %s",
                   starts[LEFT + i].name);
        check_near(x, f->q.deviation / peaks[i].deviation, 1, .1,
                   "its deviation, over that of the peak");
        check_near(x, f->least, -log(shares[i]), .01,
                   "its D(Q‖P): minus the logarithm of the peak's share");
    }
}

static void check_js(experiment *x, fitted all[DIVERGENCES][STARTS])
{
    const fitted *js = all[JS];
    refute(x, "The Jensen–Shannon divergence, half of each kind, fits a Gaussian between the two.",
           "It has minima of both kinds, one over both peaks and one on each. Here the one over "
           "both is no narrower than that of D(P‖Q), and the least is the one on the higher peak.");
    check_at_least(x, once(js[WIDE].q.deviation - all[KL][WIDE].q.deviation), 0,
                   "deviation with the least JS, from a wide start, minus that of D(P‖Q)");
    check_near(x, js[LEFT].q.mean, peaks[0].mean, .1, "mean with the least JS, from the left");
    check_near(x, js[LEFT].q.deviation / peaks[0].deviation, 1, .1,
               "its deviation, over that of the peak");
    check_at_most(x, once(js[LEFT].least - fmin(js[WIDE].least, js[RIGHT].least)), 0,
                  "JS on the higher peak minus the least from the other starts");
}

static lk_status show_fits(experiment *x)
{
    world w;
    fitted all[DIVERGENCES][STARTS];
    lk_status status = make_world(&w);
    if (status) return status;
    tell(x, "The target P is a mixture: 60 %% of a Gaussian at -3 (deviation 0.7) and 40 %% of one "
            "at 3 (deviation 1). One Gaussian Q is fitted to it, by steps downhill from three "
            "starts: wide over both peaks, left of the left one, right of the right one.");
    formula(x, "D(P\\|Q)=\\sum p\\,(\\log p-\\log q)");
    tell(x, "It weighs by P: it is dear to have nothing where P has something.");
    formula(x, "D(Q\\|P)=\\sum q\\,(\\log q-\\log p)");
    tell(x, "It weighs by Q: it is dear to have something where P has nothing.");
    table(x, "The Gaussian where the descent ends", "divergence, start|mean|deviation|divergence");
    for (int d = 0; d < DIVERGENCES; d++)
        for (int s = 0; s < STARTS; s++) {
            fitted *f = &all[d][s];
            status = fit(divergences[d].d, &w, starts[s].from, &f->q, &f->least);
            if (status) return status;
            cell(x, "%s, %s", divergences[d].name, starts[s].name);
            cell_number(x, f->q.mean, 4);
            cell_number(x, f->q.deviation, 4);
            cell_number(x, f->least, 4);
        }
    status = draw_fits(x, &w, all);
    if (status) return status;
    check_kl(x, &w, all);
    check_js(x, all);
    return LK_OK;
}

/* P and Q that can be done by hand: P a fair coin, Q a loaded one. */
static lk_status show_asymmetry(experiment *x)
{
    static const double p[2] = {.5, .5}, q[2] = {.9, .1};
    const double log_p[2] = {log(.5), log(.5)}, log_q[2] = {log(.9), log(.1)};
    double there, back, js, js_back;
    lk_status status = row_loss(LK_KL_DIVERGENCE, NULL, 0, 2, log_q, p, &there);
    if (!status) status = row_loss(LK_KL_DIVERGENCE, NULL, 0, 2, log_p, q, &back);
    if (!status) status = row_loss(LK_JS_DIVERGENCE, NULL, 0, 2, log_q, p, &js);
    if (!status) status = row_loss(LK_JS_DIVERGENCE, NULL, 0, 2, log_p, q, &js_back);
    if (status) return status;
    tell(x, "By hand: P = (0.5, 0.5) and Q = (0.9, 0.1).");
    refute(x, "KL(P‖Q) with P and Q exchanged is equal.", "It is not symmetric; JS divergence is.");
    check_digits(x, there, .5108, 4, "D(P‖Q) = ½ log(0.5/0.9) + ½ log(0.5/0.1)");
    check_digits(x, back, .3681, 4, "D(Q‖P) = 0.9 log(0.9/0.5) + 0.1 log(0.1/0.5)");
    check_near(x, js - js_back, 0, 1e-15, "JS(P, Q) - JS(Q, P)");
    return LK_OK;
}

/* ---- cross-entropy and entropy ------------------------------------------------------------------
 */

static lk_status show_entropy(experiment *x)
{
    static const double p[CLASSES] = {.1, .2, .05, .4, .25}, scores[CLASSES] = {1, -2, .5, 3, 0};
    double own[CLASSES], cross, itself, kl, entropy = 0;
    for (int k = 0; k < CLASSES; k++) {
        own[k] = log(p[k]);
        entropy -= p[k] * log(p[k]);
    }
    lk_status status = row_loss(LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, CLASSES, scores, p, &cross);
    if (!status) status = row_loss(LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, CLASSES, own, p, &itself);
    if (!status) status = row_loss(LK_KL_DIVERGENCE, of_logits, 2, CLASSES, scores, p, &kl);
    if (status) return status;
    const double t = .3, logit = log(t / (1 - t)), exact = -t * log(t) - (1 - t) * log(1 - t);
    double binary;
    status = trial_curve(LK_SIGMOID_CROSS_ENTROPY, NULL, 0, 1, &logit, t, &binary, NULL, NULL);
    if (status) return status;

    heading(x, "Cross-entropy, entropy, divergence");
    formula(x, "D(P\\|Q)=\\text{CE}(P,Q)-H(P)");
    formula(x, "H(P)=\\text{CE}(P,P)");
    check_near(x, cross - entropy, kl, 1e-14,
               "softmax cross-entropy minus entropy, 5 classes: the KL divergence");
    table(x, "Factor · CE(P, P) − H(P): the divergence of P from itself",
          "loss|factor|cross-entropy|entropy|difference");
    const double factors[4] = {1, .5, 1, 1. / CLASSES};
    double off[4];
    for (int k = 0; k < 4; k++) {
        const double scaled = factors[k] * (k < 2 ? binary : itself), h = k < 2 ? exact : entropy;
        off[k] = scaled - h;
        cell(x, "%s", k < 2 ? "binary" : "softmax, 5 classes");
        cell_number(x, factors[k], 1);
        cell_number(x, scaled, 4);
        cell_number(x, h, 4);
        cell_number(x, off[k], 4);
    }
    refute(x,
           "The ½ in front of binary cross-entropy, or the 1/C in front of softmax cross-entropy, "
           "is part of the definition.",
           "A factor only rescales the loss, like another learning rate. With it CE − H is no "
           "longer the KL divergence: it is below 0 where P and Q are equal.");
    check_at_most(x, once(off[1]), -.1, "½ of binary cross-entropy minus entropy, at Q = P");
    check_at_most(x, once(off[3]), -.1, "1/5 of softmax cross-entropy minus entropy, at Q = P");
    check_near(x, off[0], 0, 1e-15,
               "binary cross-entropy without a factor minus entropy, at Q = P");
    check_near(x, off[2], 0, 1e-15,
               "softmax cross-entropy without a factor minus entropy, at Q = P");
    return LK_OK;
}

static lk_status run(experiment *x)
{
    lk_status status = show_fits(x);
    if (!status) status = show_asymmetry(x);
    if (!status) status = show_entropy(x);
    return status;
}

const experiment_info kl_both_ways_experiment = {
    .name = "kl_both_ways",
    .title = "KL divergence covers both peaks in one direction, and seeks one in the other",
    .claim = "Which of P and Q stands first matters: fitted to a target with two peaks, D(P‖Q) "
             "spreads over both, and D(Q‖P) settles on one.",
    .run = run,
};
