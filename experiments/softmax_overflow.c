/* softmax_overflow.c: where exp() overflows, and what the losses do about it. */
#include "experiment.h"
#include "trial.h"

#include <math.h>

enum { CLASSES = 5, SHIFTS = 251 };

/* ---- the naive formula, as textbooks have it ----------------------------------------------------
 */

static void naive_f64(const double *a, int n, double *p)
{
    double sum = 0;
    for (int k = 0; k < n; k++) sum += exp(a[k]);
    for (int k = 0; k < n; k++) p[k] = exp(a[k]) / sum;
}

static void naive_f32(const float *a, int n, float *p)
{
    float sum = 0;
    for (int k = 0; k < n; k++) sum += expf(a[k]);
    for (int k = 0; k < n; k++) p[k] = expf(a[k]) / sum;
}

/* ---- losskit's ----------------------------------------------------------------------------------
 */

/* lk_softmax() or lk_log_softmax() of one row. */
static lk_status row_of(lk_loss function, int dtype, int64_t n, const void *a, void *p)
{
    const lk_tensor in = lk_vector(a, dtype, &n), out = lk_vector(p, dtype, &n);
    lk_call call = LK_CALL_INIT;
    call.input = &in;
    call.value = &out;
    call.reduction = LK_NONE;
    return lk_evaluate(function, NULL, 0, &call);
}

typedef struct jet {
    double value, slope;
} jet;

/* A pointwise loss at one input, in f32 or f64. */
static lk_status loss_at(lk_loss loss, int dtype, double input, double target, jet *out)
{
    const float narrow = (float)input;
    float narrow_value, narrow_slope;
    const int wide = dtype == LK_F64;
    const lk_tensor in = lk_view(wide ? (const void *)&input : &narrow, dtype, 0, NULL),
                    to = lk_view(&target, LK_F64, 0, NULL),
                    value = lk_view(wide ? (void *)&out->value : &narrow_value, dtype, 0, NULL),
                    slope = lk_view(wide ? (void *)&out->slope : &narrow_slope, dtype, 0, NULL);
    lk_call call = LK_CALL_INIT;
    call.input = &in;
    call.target = &to;
    call.value = &value;
    call.gradient = &slope;
    call.reduction = LK_NONE;
    const lk_status status = lk_evaluate(loss, NULL, 0, &call);
    if (!status && !wide) *out = (jet){narrow_value, narrow_slope};
    return status;
}

/* ---- where something breaks ---------------------------------------------------------------------
 * The place between low, where it does not, and high, where it does. */

typedef lk_status breaks(int dtype, double z, int *broken);

static lk_status bisect(breaks *test, int dtype, double low, double high, double *place)
{
    for (int k = 0; k < 60; k++) {
        int broken;
        *place = low + (high - low) / 2;
        const lk_status status = test(dtype, *place, &broken);
        if (status) return status;
        *(broken ? &high : &low) = *place;
    }
    return LK_OK;
}

/* The naive softmax of (0, z). */
static lk_status naive_is_nan(int dtype, double z, int *broken)
{
    const double wide[2] = {0, z};
    const float narrow[2] = {0, (float)z};
    double p[2];
    float q[2];
    naive_f64(wide, 2, p);
    naive_f32(narrow, 2, q);
    *broken = dtype == LK_F64 ? isnan(p[1]) : isnan(q[1]);
    return LK_OK;
}

static lk_status exponential_is_infinite(int dtype, double m, int *broken)
{
    jet j;
    const lk_status status = loss_at(LK_EXPONENTIAL, dtype, m, 1, &j);
    *broken = isinf(j.value);
    return status;
}

/* The slope of cross-entropy for the target 0 is the sigmoid itself. */
static lk_status sigmoid_is_one(int dtype, double z, int *broken)
{
    jet j;
    const lk_status status = loss_at(LK_SIGMOID_CROSS_ENTROPY, dtype, z, 0, &j);
    *broken = j.slope == 1;
    return status;
}

static lk_status sigmoid_is_zero(int dtype, double z, int *broken)
{
    jet j;
    const lk_status status = loss_at(LK_SIGMOID_CROSS_ENTROPY, dtype, z, 0, &j);
    *broken = j.slope == 0;
    return status;
}

/* ---- softmax ------------------------------------------------------------------------------------
 */

static void write_row(experiment *x, const char *name, const double *p, const double *expected,
                      int decimals)
{
    cell(x, "%s", name);
    for (int k = 0; k < CLASSES; k++)
        if (expected)
            cell_digits(x, p[k], expected[k], decimals);
        else if (isnan(p[k]))
            cell(x, "NaN");
        else
            cell_number(x, p[k], decimals);
}

static lk_status show_rows(experiment *x)
{
    static const double small[CLASSES] = {1, 2, 3, 4, 5},
                        large[CLASSES] = {1000, 2000, 3000, 4000, 5000};
    static const double shares[CLASSES] = {.01165623, .03168492, .08612854, .23412166, .63640865},
                        one[CLASSES] = {0, 0, 0, 0, 1},
                        logs[CLASSES] = {-4000, -3000, -2000, -1000, 0};
    double naive[CLASSES], p[CLASSES], log_of_p[CLASSES], log_p[CLASSES];
    table(x, "Scores 1 to 5", "softmax|1|2|3|4|5");
    naive_f64(small, CLASSES, naive);
    write_row(x, "naive", naive, shares, 8);
    lk_status status = row_of(LK_SOFTMAX, LK_F64, CLASSES, small, p);
    if (status) return status;
    write_row(x, "lk_softmax", p, shares, 8);

    naive_f64(large, CLASSES, naive);
    status = row_of(LK_SOFTMAX, LK_F64, CLASSES, large, p);
    if (!status) status = row_of(LK_LOG_SOFTMAX, LK_F64, CLASSES, large, log_p);
    if (status) return status;
    int nans = 0, infinite = 0;
    for (int k = 0; k < CLASSES; k++) {
        log_of_p[k] = log(p[k]);
        nans += isnan(naive[k]) != 0;
        infinite += isinf(log_of_p[k]) != 0;
    }
    table(x, "Scores 1000 to 5000", "softmax|1000|2000|3000|4000|5000");
    write_row(x, "lk_softmax", p, one, 0);
    write_row(x, "naive", naive, NULL, 0);
    write_row(x, "lk_log_softmax", log_p, logs, 0);
    write_row(x, "log of lk_softmax", log_of_p, NULL, 0);
    check_digits(x, nans, CLASSES, 0,
                 "probabilities that are NaN in the naive softmax of 1000–5000");
    check_digits(
        x, infinite, 4, 0,
        "logarithms that are lost when they are taken of the probabilities, not of the scores");
    return LK_OK;
}

static lk_status show_thresholds(experiment *x)
{
    static const struct {
        const char *name;
        breaks *test;
        double low, high;   /* in f64; f32 breaks between the same */
        double expected[2]; /* f32, f64 */
        int decimals;
    } rows[] = {{"naive softmax of (0, z) is NaN", naive_is_nan, 0, 1000, {88.72, 709.78}, 2},
                {"exponential loss of margin z is inf",
                 exponential_is_infinite,
                 0,
                 -1000,
                 {-88.7228, -709.7827},
                 4},
                {"sigmoid of z is 1", sigmoid_is_one, 0, 1000, {16.6, 36.7}, 1},
                /* half of the smallest number: 2^-150 and 2^-1075 */
                {"sigmoid of z is 0", sigmoid_is_zero, 0, -1000, {-104.0, -745.1}, 1}};
    table(x, "From which z on a number leaves its format",
          "what happens|single (f32)|double (f64)");
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        cell(x, "%s", rows[k].name);
        for (int wide = 0; wide < 2; wide++) {
            double place;
            const lk_status status =
                bisect(rows[k].test, wide ? LK_F64 : LK_F32, rows[k].low, rows[k].high, &place);
            if (status) return status;
            cell_digits(x, place, rows[k].expected[wide], rows[k].decimals);
        }
    }
    return LK_OK;
}

/* The largest error of a softmax of 1..5, shifted. */
static double error_of(const float *p, const double *truth)
{
    double error = 0;
    for (int k = 0; k < CLASSES; k++) {
        const double e = fabs((double)p[k] / truth[k] - 1);
        if (!(e <= error)) error = e;
    }
    return error;
}

static lk_status show_shifts(experiment *x)
{
    static const double scores[CLASSES] = {1, 2, 3, 4, 5};
    double truth[CLASSES], shift[SHIFTS], naive[SHIFTS], shifted[SHIFTS];
    lk_status status = row_of(LK_SOFTMAX, LK_F64, CLASSES, scores, truth);
    double usual = 0, weak = 0, steady = 0, first = 0;
    for (int i = 0; !status && i < SHIFTS; i++) {
        const int by = i - 130;
        float a[CLASSES], p[CLASSES];
        for (int k = 0; k < CLASSES; k++) a[k] = (float)(scores[k] + by);
        shift[i] = by;
        naive_f32(a, CLASSES, p);
        naive[i] = error_of(p, truth);
        status = row_of(LK_SOFTMAX, LK_F32, CLASSES, a, p);
        shifted[i] = error_of(p, truth);
        if (i == 0) first = shifted[i];
        steady = fmax(steady, fabs(shifted[i] - first));
        if (by >= -80 && by <= 80) usual = fmax(usual, naive[i]);
        if (by == -103) weak = naive[i];
    }
    if (status) return status;
    figure(x,
           &(figure_look){
               .title = "Error of the softmax of 1 to 5, all shifted by as much",
               .alt =
                   "The naive softmax is exact to 7 digits for shifts from -89 to 83. Below, its "
                   "error grows until at -105 nothing is left. Above 83 and below -108 it is NaN, "
                   "and has no curve. The softmax of losskit has the same small error everywhere.",
               .x_label = "shift of all scores",
               .y_label = "largest relative error, f32",
               .x_range = {-130, 120},
               .y_range = {1e-9, 10},
               .y_log = 1});
    figure_line(x, "naive", SHIFTS, shift, naive);
    figure_line(x, "lk_softmax", SHIFTS, shift, shifted);
    tell(x, "A shift of all scores must not change the softmax. losskit takes the largest score "
            "away first: nothing overflows, and one term is 1, so that the sum is not 0.");
    check_at_most(x, once(usual), 1e-6, "error of the naive softmax for shifts from -80 to 80");
    check_at_least(x, once(weak), .01,
                   "its error at the shift -103, where exp() has hardly a digit left");
    check_at_most(x, once(first), 1e-6, "error of lk_softmax");
    check_true(x, steady == 0, steady == 0 ? "the same error to the last bit" : "another error",
               "lk_softmax at every shift");
    return LK_OK;
}

static lk_status show_exponential(experiment *x)
{
    for (int wide = 0; wide < 2; wide++) {
        jet j;
        const lk_status status =
            loss_at(LK_EXPONENTIAL, wide ? LK_F64 : LK_F32, wide ? -710 : -89, 1, &j);
        if (status) return status;
        const int infinite = j.value == (double)INFINITY && j.slope == -(double)INFINITY;
        check_true(x, infinite, infinite ? "value inf, gradient -inf" : "something else",
                   "exponential loss beyond the range of %s: infinite, but not NaN",
                   wide ? "f64" : "f32");
    }
    return LK_OK;
}

/* ---- losses of probabilities --------------------------------------------------------------------
 */

typedef struct both {
    jet logits, probabilities; /* slopes are those along z */
} both;

/* The loss of a wrong answer, target 0, computed from the logit and from its sigmoid a. A layer
 * that ends in a sigmoid knows its output only, and has the slope a (1 - a) from that. */
static lk_status both_ways(double z, both *out)
{
    lk_status status = loss_at(LK_SIGMOID_CROSS_ENTROPY, LK_F64, z, 0, &out->logits);
    const double a = out->logits.slope;
    if (!status) status = loss_at(LK_BINARY_CROSS_ENTROPY, LK_F64, a, 0, &out->probabilities);
    out->probabilities.slope *= a * (1 - a);
    return status;
}

static lk_status show_probabilities(experiment *x)
{
    static const double logits[] = {10, 20, 30, 35, 40, 100};
    enum { AT = 40, N = 241 };
    both at_40 = {{0, 0}, {0, 0}};
    table(x, "The loss of a wrong answer, target 0, in f64",
          "logit z|from the logit|its slope|from the probability|its slope");
    for (size_t k = 0; k < sizeof logits / sizeof *logits; k++) {
        both b;
        const lk_status status = both_ways(logits[k], &b);
        if (status) return status;
        if (logits[k] == AT) at_40 = b;
        cell(x, "%g", logits[k]);
        cell_number(x, b.logits.value, 6);
        cell_number(x, b.logits.slope, 6);
        cell_number(x, b.probabilities.value, 6);
        cell_number(x, b.probabilities.slope, 6);
    }
    double z[N], from_logit[N], from_probability[N];
    trial_grid(0, 60, N, z);
    for (int k = 0; k < N; k++) {
        both b;
        const lk_status status = both_ways(z[k], &b);
        if (status) return status;
        from_logit[k] = b.logits.value;
        from_probability[k] = b.probabilities.value;
    }
    figure(x, &(figure_look){.title = "Cross-entropy of a wrong answer, from logit and probability",
                             .alt = "Both are the same straight line up to a logit of 37. There "
                                    "the loss of the probability jumps to 100 and stays there.",
                             .x_label = "logit z (the target is 0)",
                             .y_label = "loss",
                             .x_range = {0, 60},
                             .y_range = {0, 120}});
    figure_line(x, "from the probability", N, z, from_probability);
    figure_line(x, "from the logit", N, z, from_logit);

    refute(x, "The sigmoid never reaches 0 or 1.",
           "In floating point it does, and early. A loss that takes probabilities then sees a "
           "certainty, and has no slope left: losses belong on logits.");
    check_near(x, at_40.logits.slope, 1, 0, "the sigmoid of 40 in f64");
    check_near(x, at_40.probabilities.value, 100, 0,
               "binary_cross_entropy of sigmoid(40): log 0, held at 100, where the loss is 40");
    check_near(x, at_40.probabilities.slope, 0, 0,
               "its slope along z there: the worst mistake is not corrected at all");
    check_near(x, at_40.logits.value, AT, 1e-12, "sigmoid_cross_entropy of the logit 40");
    check_near(x, at_40.logits.slope, 1, 1e-12, "its slope along z there");
    return LK_OK;
}

static lk_status run(experiment *x)
{
    tell(x, "The softmax as it is written:");
    formula(x, "p_k=\\frac{e^{a_k}}{\\sum_j e^{a_j}}");
    tell(x, "The softmax as it is computed:");
    formula(x, "p_k=\\frac{e^{a_k-\\max a}}{\\sum_j e^{a_j-\\max a}}");
    lk_status status = show_rows(x);
    if (!status) status = show_shifts(x);
    if (!status) status = show_thresholds(x);
    if (!status) status = show_exponential(x);
    heading(x, "Losses on logits, not on probabilities");
    if (!status) status = show_probabilities(x);
    return status;
}

const experiment_info softmax_overflow_experiment = {
    .name = "softmax_overflow",
    .title = "The naive softmax overflows, and the shifted one does not",
    .claim = "exp() of a large score is infinite, and infinity over infinity is not a number. "
             "Taking the largest score away first changes nothing but that. Losses on logits have "
             "the same care inside.",
    .run = run,
};
