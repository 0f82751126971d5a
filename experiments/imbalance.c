/* imbalance.c: a class of one row in a hundred, and what each remedy does for it. */
#include "imbalance.h"

#include <math.h>
#include <stdlib.h>

/* The remedies, and after them cross-entropy with its threshold moved: to where the probability is
 * that of the rare class in the training, and to the best F1 on validation rows. */
enum { AT_PRIOR = REMEDIES, AT_BEST_F1, WAYS };
enum { TRAIN = 20000, TEST = 40000, DIGIT = 8 };
static const double cloud_l2 = 1e-4, digit_l2 = 1e-3;

typedef struct outcome {
    measurement accuracy, precision, recall, f1, auc, average_precision;
} outcome;

static const char *name_of(int way)
{
    return way == AT_PRIOR     ? "cross-entropy, threshold 1 %"
           : way == AT_BEST_F1 ? "cross-entropy, threshold by F1"
                               : remedy_name((remedy)way);
}

/* ---- trials -------------------------------------------------------------------------------------
 */

lk_status imbalance_scores(remedy which, const rare_data *data, const lk_dataset *rows, double l2,
                           uint64_t seed, double **scores)
{
    lk_model *model = NULL;
    *scores = NULL;
    lk_status status = remedy_train(which, &data->train, l2, seed, &model);
    if (!status) status = rare_scores(model, rows, scores);
    lk_model_free(model);
    return status;
}

static lk_status note(const lk_dataset *test, const double *scores, double threshold, outcome *to)
{
    rare_measures m;
    const lk_status status = rare_measure(test, scores, threshold, &m);
    if (status) return status;
    measure(&to->accuracy, m.accuracy);
    measure(&to->precision, m.precision);
    measure(&to->recall, m.recall);
    measure(&to->f1, m.f1);
    measure(&to->auc, m.auc);
    measure(&to->average_precision, m.average_precision);
    return LK_OK;
}

static lk_status move_threshold(const rare_data *data, const double *test_scores, double l2,
                                uint64_t seed, outcome *to)
{
    double shares[2], *scores = NULL, threshold = 0;
    lk_status status = lk_class_shares(&data->train, shares);
    if (!status) status = note(&data->test, test_scores, log(shares[1] / shares[0]), &to[AT_PRIOR]);
    if (!status) status = imbalance_scores(REMEDY_NONE, data, &data->validation, l2, seed, &scores);
    if (!status) status = rare_best_threshold(&data->validation, scores, &threshold);
    if (!status) status = note(&data->test, test_scores, threshold, &to[AT_BEST_F1]);
    free(scores);
    return status;
}

static lk_status trial(const rare_data *data, double l2, uint64_t seed, outcome *to)
{
    lk_status status = LK_OK;
    for (int w = 0; !status && w < REMEDIES; w++) {
        double *scores = NULL;
        status = imbalance_scores((remedy)w, data, &data->test, l2, seed, &scores);
        if (!status) status = note(&data->test, scores, 0, &to[w]);
        if (!status && w == REMEDY_NONE) status = move_threshold(data, scores, l2, seed, to);
        free(scores);
    }
    return status;
}

/* ---- what is told -------------------------------------------------------------------------------
 */

static void print_outcomes(experiment *x, const char *caption, const outcome *of)
{
    table(x, caption, "remedy|precision|recall|F1|ROC AUC|average precision");
    for (int w = 0; w < WAYS; w++) {
        cell(x, "%s", name_of(w));
        cell_measured(x, of[w].precision, 3);
        cell_measured(x, of[w].recall, 3);
        cell_measured(x, of[w].f1, 3);
        cell_measured(x, of[w].auc, 3);
        cell_measured(x, of[w].average_precision, 3);
    }
}

/* Of the first n remedies; focal loss with its usual alpha weighs the common class more and is
 * judged by itself. */
static void check_trade(experiment *x, const outcome *of, int n, double gain, double loss)
{
    const outcome *const plain = &of[REMEDY_NONE];
    int least = REMEDY_OVER, dearest = REMEDY_OVER;
    for (int w = REMEDY_OVER; w < n; w++) {
        if (w == REMEDY_FOCAL) continue;
        if (mean_of(of[w].recall) < mean_of(of[least].recall)) least = w;
        if (mean_of(of[w].precision) > mean_of(of[dearest].precision)) dearest = w;
    }
    check_at_least(x, difference_of(of[least].recall, plain->recall), gain,
                   "the smallest gain in recall of any remedy but focal with α = 0.25%s (%s)",
                   n < REMEDIES ? " and anomaly detection" : "", name_of(least));
    check_at_most(x, difference_of(of[dearest].precision, plain->precision), -loss,
                  "what it costs in precision, where it costs least (%s)", name_of(dearest));
    refute(x, "Focal loss with α = 0.25 and γ = 2 finds more of a rare class.",
           "α weighs the rare class, and ¼ is less than ½: a row is taken for rare only where its "
           "probability is above 1 - α = ¾. It finds fewer, until the threshold is moved.");
    check_at_most(x, difference_of(of[REMEDY_FOCAL].recall, plain->recall), 0,
                  "recall with focal loss, α = 0.25, minus that with cross-entropy");
}

/* Of the remedies that train linear models, but for `skipped`. */
static void check_ranking(experiment *x, const outcome *of, int skipped, double limit)
{
    int most = REMEDY_OVER;
    double largest = 0;
    for (int w = REMEDY_OVER; w < REMEDY_ANOMALY; w++) {
        const double change = fabs(mean_of(difference_of(of[w].auc, of[REMEDY_NONE].auc)));
        if (w == skipped || change <= largest) continue;
        largest = change;
        most = w;
    }
    check_at_most(x, once(largest), limit,
                  "the largest change of the mean ROC AUC by a remedy that trains linear models%s "
                  "(%s)",
                  skipped == REMEDY_UNDER ? ", but for under-sampling" : "", name_of(most));
}

/* slack: in spreads of the difference, where few rare rows leave it to chance. */
static void check_best_f1(experiment *x, const outcome *of, double slack)
{
    int best = REMEDY_OVER;
    for (int w = REMEDY_OVER; w < REMEDIES; w++)
        if (mean_of(of[w].f1) > mean_of(of[best].f1)) best = w;
    const measurement lead = difference_of(of[AT_BEST_F1].f1, of[best].f1);
    check_at_least(x, lead, slack > 0 ? -slack * spread_of(lead) : 0,
                   "F1 of cross-entropy with the threshold chosen on validation rows, minus that "
                   "of the best remedy at threshold ½ (%s)%s",
                   name_of(best),
                   slack > 0 ? ": not told from it, the spread being what it is" : "");
}

/* The share of a normal distribution above t. */
static double above(double t) { return erfc(t / sqrt(2)) / 2; }

/* Scores along the line through the centres are distributed as N(0, 1) and N(2, 1), and the odds of
 * class 1 are weight / 99 exp(2 t - 2): the threshold lies where they are 1. */
static void check_theory(experiment *x, const outcome *of)
{
    const double plain = 1 + log(99) / 2, balanced = 1, common = 0.99 * TRAIN, rare = 0.01 * TRAIN;
    /* The weights of effective numbers of rows are as 1 - β^n of the other class is to its own. */
    const double effective = -expm1(common * log(0.9999)) / -expm1(rare * log(0.9999));
    formula(x, "\\frac{P(1\\mid t)}{P(0\\mid t)}=\\frac{w}{99}\\,e^{2t-2}=1\\quad\\text{at}\\quad "
               "t=1+\\tfrac12\\log\\frac{99}{w}");
    check_near(x, mean_of(of[REMEDY_NONE].recall), above(plain - 2), 0.03,
               "recall of cross-entropy, and that of the best border at threshold ½");
    check_near(x, mean_of(of[REMEDY_CLASS_WEIGHTS].recall), above(balanced - 2), 0.03,
               "recall with class weights (w = 99), and that of the best border");
    check_near(x, mean_of(of[REMEDY_CLASS_WEIGHTS].precision),
               above(balanced - 2) / (above(balanced - 2) + 99 * above(balanced)), 0.005,
               "precision with class weights, and that of the best border");
    check_near(x, mean_of(of[REMEDY_EFFECTIVE].recall), above(1 + log(99 / effective) / 2 - 2),
               0.03,
               "recall with weights by effective number (w = %.1f), and that of the best border",
               effective);
    check_near(x, mean_of(of[REMEDY_NONE].auc), above(-sqrt(2)), 0.01,
               "ROC AUC of cross-entropy, and that of the best ranking");
}

static lk_status always_common(experiment *x, const lk_dataset *test)
{
    double *scores = calloc((size_t)(test->rows + 1), sizeof *scores);
    if (!scores) return lk_fail(LK_NO_MEMORY, "no memory for scores");
    rare_measures m = {.recall = NAN};
    const lk_status status = rare_measure(test, scores, 0, &m);
    free(scores);
    check_digits(x, m.accuracy, 0.99, 4, "accuracy of taking every row for common");
    check_digits(x, m.recall, 0, 4, "its recall");
    return status;
}

/* ---- two kinds of data --------------------------------------------------------------------------
 */

static lk_status run_clouds(experiment *x)
{
    outcome of[WAYS] = {0};
    heading(x, "Two overlapping clouds");
    tell(x,
         "Two round normal clouds in the plane, their centres two standard deviations apart, one "
         "point in a hundred from the rarer one: %d rows to train on, as many for validation, %d "
         "to test. All models but anomaly detection are linear, which is right for these data, so "
         "that the best possible recall is known.",
         TRAIN, TEST);
    rare_data data;
    lk_status status = LK_OK;
    for (uint64_t seed = 0; !status && seed < SEEDS; seed++) {
        status = rare_cloud_data(TRAIN, TEST, seed, &data);
        if (status) return status;
        if (seed == 0) status = always_common(x, &data.test);
        if (!status) status = trial(&data, cloud_l2, seed, of);
        rare_free(&data);
    }
    if (status) return status;
    print_outcomes(x, "Two clouds: test rows", of);
    check_theory(x, of);
    check_trade(x, of, REMEDIES, 0.2, 0.2);
    check_ranking(x, of, REMEDY_NONE, 0.01);
    check_at_most(x, difference_of(of[REMEDY_ANOMALY].auc, of[REMEDY_NONE].auc), -0.03,
                  "ROC AUC of anomaly detection, which knows no direction, minus cross-entropy's");
    check_near(x, mean_of(difference_of(of[AT_PRIOR].recall, of[REMEDY_CLASS_WEIGHTS].recall)), 0,
               0.03,
               "recall of cross-entropy with the threshold at the rare class's share, minus that "
               "with class weights");
    check_best_f1(x, of, 0);

    status = rare_cloud_data(TRAIN, TEST, 0, &data);
    if (status) return status;
    status = imbalance_curves(x, &data, cloud_l2, "ROC: two clouds (● threshold ½)",
                              "The curves of the linear models lie upon each other; only their "
                              "points at threshold ½ differ. Anomaly detection is lower.",
                              "Precision and recall: two clouds (● threshold ½)",
                              "The curves of the linear models lie close together. Cross-entropy's "
                              "point at threshold ½ is high at the left, those of the remedies are "
                              "low at the right. Anomaly detection is lower.");
    if (!status) status = imbalance_definitions(x, &data, cloud_l2);
    rare_free(&data);
    return status;
}

/* Class weights on the rows that they were trained on; and the loss that is the same but for a
 * factor, the l2 divided by it. */
typedef struct closer_look {
    measurement training_recall, same_recall;
} closer_look;

static lk_status look_closer(const rare_data *data, uint64_t seed, closer_look *look)
{
    double *scores = NULL, shares[2];
    rare_measures m;
    lk_status status =
        imbalance_scores(REMEDY_CLASS_WEIGHTS, data, &data->train, digit_l2, seed, &scores);
    if (!status) status = rare_measure(&data->train, scores, 0, &m);
    if (!status) measure(&look->training_recall, m.recall);
    free(scores);
    if (!status) status = lk_class_shares(&data->train, shares);
    if (status) return status;
    const double factor = 2 * shares[0] * shares[1];
    status = imbalance_scores(REMEDY_BALANCED, data, &data->test, digit_l2 * factor, seed, &scores);
    if (!status) status = rare_measure(&data->test, scores, 0, &m);
    if (!status) measure(&look->same_recall, m.recall);
    free(scores);
    return status;
}

static void check_digit(experiment *x, const outcome *of, const closer_look *look)
{
    check_trade(x, of, REMEDY_ANOMALY, 0.1, 0);
    refute(x, "What is rare lies far from what is common, and is found as an anomaly.",
           "It need not: eights lie among the other digits, and few of them are farther from the "
           "middle, by Mahalanobis distance, than 95 % of the others.");
    check_at_most(x, difference_of(of[REMEDY_ANOMALY].recall, of[REMEDY_NONE].recall), 0,
                  "recall of anomaly detection minus that of cross-entropy");
    check_ranking(x, of, REMEDY_UNDER, 0.02);
    check_at_most(x, difference_of(of[REMEDY_UNDER].auc, of[REMEDY_NONE].auc), 0,
                  "ROC AUC with under-sampling, which trains on 16 rows, minus cross-entropy's");
    check_at_least(x, difference_of(of[REMEDY_ENSEMBLE].auc, of[REMEDY_UNDER].auc), 0,
                   "ROC AUC of EasyEnsemble minus that of a single under-sample");
    refute(x, "Weights of N/(K N_c) move the border as far as the threshold at the class's share.",
           "Only where the classes overlap, as the clouds do. Eight rows in some 60 dimensions "
           "are separated from all others; once they are, their weight hardly matters, and the "
           "threshold moves further.");
    check_at_least(x, look->training_recall, 0.999,
                   "share of the rare training rows found with class weights");
    check_at_least(x, difference_of(of[AT_PRIOR].recall, of[REMEDY_CLASS_WEIGHTS].recall), 0,
                   "recall of cross-entropy with the threshold at the rare class's share, minus "
                   "that with class weights");
    check_best_f1(x, of, 1);
    tell(x,
         "Balanced cross-entropy has the same proportion of weights as class weights, but is some "
         "fifty times smaller, 2 π (1 - π) for a share π of the rare class: the same l2 holds the "
         "model back more. That is all of the difference between the two.");
    check_near(x, mean_of(difference_of(look->same_recall, of[REMEDY_CLASS_WEIGHTS].recall)), 0,
               0.005,
               "recall with balanced cross-entropy, l2 smaller by that factor, minus that with "
               "class weights");
}

static lk_status run_digit(experiment *x)
{
    outcome of[WAYS] = {0};
    closer_look look = {0};
    heading(x, "A handwritten 8 among other digits");
    tell(x,
         "Half of the rows of the digits are for training, and of the eights among them only one "
         "for 99 others: 8 images. All other eights are in the validation and test rows, weighted "
         "so that they count one in a hundred. With so few, every number below hangs on which "
         "eights were drawn; the spread over five divisions says how much.");
    rare_data data;
    lk_status status = LK_OK;
    for (uint64_t seed = 0; !status && seed < SEEDS; seed++) {
        status = rare_digit_data(experiment_data(x, "digits"), DIGIT, seed, &data);
        if (status) return status;
        status = trial(&data, digit_l2, seed, of);
        if (!status) status = look_closer(&data, seed, &look);
        rare_free(&data);
    }
    if (status) return status;
    print_outcomes(x, "The digit 8: test rows", of);
    check_digit(x, of, &look);

    status = rare_digit_data(experiment_data(x, "digits"), DIGIT, 0, &data);
    if (status) return status;
    status =
        imbalance_curves(x, &data, digit_l2, "ROC: the digit 8 (● threshold ½)",
                         "Cross-entropy and class weights have nearly the same curve; "
                         "under-sampling is lower, and anomaly detection lower still.",
                         "Precision and recall: the digit 8 (● threshold ½)",
                         "The curves of cross-entropy and class weights cross again and again. "
                         "Under-sampling is far below them, and anomaly detection finds next "
                         "to nothing.");
    rare_free(&data);
    return status;
}

static lk_status run(experiment *x)
{
    tell(x,
         "Of a hundred rows one is of the class that matters. Each remedy below makes that class "
         "count for more in the training. Precision is the share of the rows taken for rare that "
         "are, recall the share of the rare rows that are found, F1 their harmonic mean; ROC AUC "
         "and average precision judge the order of the scores alone, at no threshold.");
    tell(x,
         "Over- and under-sampling and SMOTE make both classes equally large; the noise is a fifth "
         "of each feature's deviation; the effective number has β = 0.9999. EasyEnsemble is the "
         "mean of models on under-samples. Anomaly detection knows the common rows only, and takes "
         "for rare what is farther from their mean, by Mahalanobis distance, than 95 %% of them. "
         "Where no threshold is named, it is ½ for probabilities.");
    const lk_status status = run_clouds(x);
    return status ? status : run_digit(x);
}

const experiment_info imbalance_experiment = {
    .name = "imbalance",
    .title = "At 99 to 1 every remedy trades precision for recall, and so does a moved threshold",
    .claim = "With one row in a hundred from the rare class, taking every row for common is right "
             "in 99 % and finds nothing. Resampling, weights and special losses find more of the "
             "rare class at the cost of precision; they hardly change the ranking of a linear "
             "model, and a moved threshold does as well.",
    .data = {"digits"},
    .run = run,
};
