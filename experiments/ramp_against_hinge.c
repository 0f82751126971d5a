/* ramp_against_hinge.c: training rows with wrong labels. */
#include "hinge_rivals.h"
#include "trial.h"

#include <stdlib.h>
#include <string.h>

lk_status train_soft_margin(const lk_dataset *data, lk_loss loss, lk_model **model)
{
    lk_linear_options options = LK_LINEAR_OPTIONS_INIT;
    options.loss = loss;
    options.l2 = 1.0 / (double)data->rows;
    return lk_train_linear(data, &options, model, NULL);
}

enum { NOISES = 4, RIVALS = 3, CLEAN = 0, WRONG, FEW_FAR, MANY_FAR };
static const struct {
    const char *name;
    double share, stretch; /* of the training rows; how far they are moved out */
} noises[NOISES] = {{"none", 0, 1},
                    {"1 in 10", 0.1, 1},
                    {"1 in 50, and 10 times as far out", 0.02, 10},
                    {"1 in 10, and 10 times as far out", 0.1, 10}};
enum { LOGISTIC, HINGE, RAMP };
static const struct {
    const char *name;
    lk_loss loss;
} rivals[RIVALS] = {{"logistic", LK_LOGISTIC}, {"hinge", LK_HINGE}, {"ramp", LK_RAMP}};

static void spoil(lk_dataset *data, double share, double stretch, uint64_t seed)
{
    lk_random random = {seed};
    for (int64_t i = 0; i < data->rows; i++) {
        if (lk_random_unit(&random) >= share) continue;
        data->target[i] = 1 - data->target[i];
        for (int64_t k = 0; k < data->features; k++) data->dense[i * data->features + k] *= stretch;
    }
}

/* What the training minimises: the mean ramp and the penalty. */
static lk_status ramp_objective(const lk_model *model, const lk_dataset *data, double *objective)
{
    double length;
    lk_status status = trial_length(model, "weight", &length);
    double *scores = malloc((size_t)(data->rows + 1) * sizeof *scores);
    if (!status && !scores) status = lk_fail(LK_NO_MEMORY, "no memory for scores");
    if (!status) status = lk_model_predict(model, data, scores);
    lk_result mean = {0};
    if (!status) {
        const lk_tensor input = lk_vector(scores, LK_F64, &data->rows),
                        target = lk_vector(data->target, LK_F64, &data->rows);
        lk_call call = LK_CALL_INIT;
        call.input = &input;
        call.target = &target;
        call.flags = LK_LABELS_01;
        call.result = &mean;
        status = lk_evaluate(LK_RAMP, NULL, 0, &call);
    }
    free(scores);
    if (!status) *objective = mean.value + length * length / (2 * (double)data->rows);
    return status;
}

typedef struct noise_trial {
    measurement accuracy[RIVALS];
    measurement found, honest; /* ramp objective on the spoilt rows: of the model trained on them,
                                  and of that trained on the rows as they were */
} noise_trial;

static lk_status train_rivals(const trial_data *data, const lk_model *honest, noise_trial *t)
{
    lk_status status = LK_OK;
    for (int k = 0; !status && k < RIVALS; k++) {
        lk_model *model = NULL;
        double share = 0, found = 0, better = 0;
        status = train_soft_margin(&data->train, rivals[k].loss, &model);
        if (!status) status = trial_accuracy(model, &data->test, &share);
        measure(&t->accuracy[k], share);
        if (!status && k == RAMP) {
            status = ramp_objective(model, &data->train, &found);
            if (!status) status = ramp_objective(honest, &data->train, &better);
            measure(&t->found, found);
            measure(&t->honest, better);
        }
        lk_model_free(model);
    }
    return status;
}

static lk_status test_noise(experiment *x, int noise, noise_trial *t)
{
    memset(t, 0, sizeof *t);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        trial_data data;
        lk_model *honest = NULL;
        lk_status status =
            trial_split(experiment_data(x, "breast_cancer"), 0.3, LK_SCALE_STANDARD, seed, &data);
        if (!status) status = train_soft_margin(&data.train, LK_RAMP, &honest);
        if (!status) {
            spoil(&data.train, noises[noise].share, noises[noise].stretch,
                  lk_random_stream(seed, 1));
            status = train_rivals(&data, honest, t);
        }
        lk_model_free(honest);
        trial_free(&data);
        if (status) return status;
    }
    return LK_OK;
}

static measurement ramp_gain(const noise_trial *t)
{
    return difference_of(t->accuracy[RAMP], t->accuracy[HINGE]);
}

/* A mistake far out costs hinge what it is far out, and ramp 1 - s at the most: its gradient there
 * is 0. */
lk_status ramp_against_hinge(experiment *x)
{
    noise_trial trials[NOISES];
    heading(x, "Ramp: labels that are wrong");
    tell(x, "Linear models judge tumours; in training some rows have the wrong label, in the test "
            "none has. Ramp is hinge with a lid, here with s = -0.5.");
    formula(x, "R(m)=\\min\\bigl(1-s,\\;\\max(0,\\,1-m)\\bigr),\\qquad R'(m)=0\\text{ for }m<s");
    for (int n = 0; n < NOISES; n++) {
        const lk_status status = test_noise(x, n, &trials[n]);
        if (status) return status;
    }
    table(x, "Accuracy on unspoilt test rows, breast_cancer, five seeds",
          "wrong labels in training|logistic|hinge|ramp");
    for (int n = 0; n < NOISES; n++) {
        cell(x, "%s", noises[n].name);
        for (int k = 0; k < RIVALS; k++) cell_measured(x, trials[n].accuracy[k], 4);
    }
    check_at_least(x, ramp_gain(&trials[CLEAN]), -0.01,
                   "no wrong labels: accuracy of ramp minus that of hinge");
    check_at_least(x, ramp_gain(&trials[WRONG]), 0.005,
                   "1 label in 10 wrong: accuracy of ramp minus that of hinge");
    check_at_least(x, ramp_gain(&trials[FEW_FAR]), 0.01,
                   "1 in 50 wrong and far out: accuracy of ramp minus that of hinge");
    refute(x, "A loss with a lid cannot be led astray by points far out, however many.",
           "Its least value may not be, but it is not convex: the descent begins at hinge's "
           "solution, and where that is spoilt it ends in a poor local minimum.");
    check_at_least(x, difference_of(trials[MANY_FAR].found, trials[MANY_FAR].honest), 0.01,
                   "1 in 10 wrong and far out: the objective found minus that of the weights which "
                   "the rows gave before they were spoilt");
    return LK_OK;
}
